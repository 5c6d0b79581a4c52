"""Contrastive training of the vectors of a finished static model on the text of another corpus.

What is trained are the vectors that are compared. Of a model whose vectors are the sum of two tables, the sum is
trained and the second table stays, so the first takes up what changes; so does every table that the vectors do not
come from. AdaGrad (Duchi et al. 2011) moves no word that is in no context; its sums start at the size of the first
gradients.

The stream "sampling" draws each batch afresh from the number of the update, so a run resumes at any of them. In memory
are the sample, one table and its sums of squares.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from wordspaces.common.errors import StudyError
from wordspaces.common.job import Ticker
from wordspaces.common.resume import Checkpoint
from wordspaces.common.streams import generator
from wordspaces.models.contrastive.objective import Measured, info_nce
from wordspaces.models.contrastive.settings import ContrastiveSettings
from wordspaces.models.contrastive.views import Occurrences
from wordspaces.models.result import TrainingResult
from wordspaces.models.snapshots import Snapshots, snapshot_grid
from wordspaces.models.start import checked_start
from wordspaces.models.training_log import TrainingLog
from wordspaces.models.word2vec.text import Documents

TABLES = {"word2vec": ("centre", "context"), "glove": ("word", "context")}
HELDOUT_BATCHES = 8
RISE = 4.0


@dataclass
class _Run:
    """State of one training: the vectors float32 [V, d], their sums of squared gradients, and the place in it."""

    settings: ContrastiveSettings
    vectors: np.ndarray
    squares: np.ndarray
    rate: float
    log: TrainingLog
    snapshots: Snapshots
    step: int = 0
    seen: int = 0
    seconds: float = 0.0


def train_contrastive(
    text: Documents,
    heldout: Documents,
    start: Mapping[str, np.ndarray],
    family: str,
    add_context: bool,
    settings: ContrastiveSettings,
    seed: int,
    photographs: tuple[int, int] = (10, 2500),
    checkpoint: Checkpoint | None = None,
    ticker: Ticker | None = None,
    reserved: int = 0,
) -> TrainingResult:
    """Train on a sample of text; the same arguments give the same bytes, stopped and resumed or not.

    Parameters
    ----------
    text, heldout : the training sample and text that is in no training sample; the latter may be empty.
    start : weights of the finished model; family : "word2vec" or "glove"; add_context : whether the vectors that are
        compared are the sums of its two tables.
    reserved : ids below it stand for no one word and are not drawn.
    settings, seed : of the run; photographs : number of snapshots, and of words in each; checkpoint : where to save
        unfinished states; ticker : progress, in tokens.

    Returns
    -------
    weights : those of `start` with another first table; log : losses are InfoNCE in nats, of a fixed set of batches of
    the training and of the held-out text (null where that has too few words); `tokens_seen` counts trained contexts;
    snapshots of the vectors; timing.

    Raises
    ------
    StudyError : the family has no such tables, `start` has others, fewer than two words occur twice, the training
        diverged, or there are more snapshots than updates.
    """
    name = f"contrastive {family}, seed {seed}"
    if family not in TABLES:
        raise StudyError(name, f"family {family!r}", f"one of {', '.join(TABLES)}: vectors that need no network")
    first, second = TABLES[family]
    shape = np.shape(start.get(first, ()))
    checked_start(start, {first: shape, second: shape}, name)
    words = Occurrences.of(text, shape[0], settings, f"{name}: training sample", reserved)
    size, drawn = shape[0], min(settings.batch, len(words.words))
    total = -(-len(text.ids) * settings.epochs // (2 * drawn))
    grid = set(snapshot_grid(total, photographs[0]).tolist())
    fixed = start[second].astype(np.float32) if add_context else np.float32(0.0)
    vectors = start[first].astype(np.float32) + fixed
    probes = [_probe(words, settings, "train"), _heldout_probe(heldout, settings, size, reserved)]
    run = _Run(
        settings,
        vectors,
        _typical_squares(probes[0], vectors, settings),
        settings.learning_rate * float(np.sqrt(np.square(vectors.astype(np.float64)).mean())),
        TrainingLog(name),
        Snapshots(min(photographs[1], size)),
    )
    began = _resumed(run, checkpoint)
    with threadpool_limits(1, "blas"):
        if run.step == 0:
            _record(run, probes, len(text.ids))
        while run.step < total:
            rng = generator(seed, "contrastive", "sampling", str(run.step))
            _update(run, words.batch(settings, rng))
            run.step, run.seen = run.step + 1, run.seen + 2 * drawn
            if run.step in grid:
                _record(run, probes, len(text.ids))
            run.seconds = time.perf_counter() - began
            if ticker:
                ticker(run.seen)
            if checkpoint and run.step < total and checkpoint.due():
                checkpoint.save(*_saved(run))
    weights = dict(start) | {first: np.ascontiguousarray(run.vectors - fixed)}
    timing = {"seconds": run.seconds, "tokens_per_second": run.seen / max(run.seconds, 1e-9)}
    return TrainingResult(weights, run.log.table(), run.snapshots.tensors(), timing)


def _measure(views: object, vectors: np.ndarray, temperature: float) -> tuple[Measured, np.ndarray]:
    """Loss of a batch, and its gradient float64 [V, d]."""
    half = views.shape[0] // 2
    encoded = views @ vectors.astype(np.float64)
    found = info_nce(encoded[:half], encoded[half:], temperature)
    return found, views.T @ np.concatenate([found.left, found.right])


def _typical_squares(probe: list, vectors: np.ndarray, settings: ContrastiveSettings) -> np.ndarray:
    """Sums of squares to start from, float32 of the shape of `vectors`: the mean square of a component of the gradient.

    From sums of 0 the first step of every word would have one size, however little it has to learn, and noise would
    move words as far as a corpus does. From these a word moves as its gradients compare with those of others.
    """
    gradients = [_measure(views, vectors, settings.temperature)[1][np.unique(views.indices)] for views in probe]
    return np.full(vectors.shape, np.square(np.concatenate(gradients)).mean(), np.float32)


def _update(run: _Run, views: object) -> None:
    """One step of AdaGrad on the words of a batch; the others have no gradient and stay."""
    touched = np.unique(views.indices)
    _, gradient = _measure(views[:, touched], run.vectors[touched], run.settings.temperature)
    squares = run.squares[touched] + np.square(gradient)
    run.squares[touched] = squares
    # A component whose gradient has always been 0 does not move.
    run.vectors[touched] -= run.rate * gradient / np.sqrt(np.where(squares > 0.0, squares, 1.0))


def _probe(words: Occurrences, settings: ContrastiveSettings, name: str) -> list:
    """Fixed batches, the same for every run on a text."""
    return [
        words.batch(settings, generator(0, "contrastive", "evaluation", name, str(number)))
        for number in range(HELDOUT_BATCHES)
    ]


def _heldout_probe(heldout: Documents, settings: ContrastiveSettings, size: int, reserved: int) -> list:
    """Fixed batches of held-out text; none where it has too few words."""
    try:
        return _probe(Occurrences.of(heldout, size, settings, "held-out text", reserved), settings, "heldout")
    except StudyError:
        return []


def _record(run: _Run, probes: list[list], tokens: int) -> None:
    """Write a row of the log and a snapshot."""
    with np.errstate(all="ignore"):  # a diverged model is refused by the log, in words
        found = [[_measure(views, run.vectors, run.settings.temperature) for views in batches] for batches in probes]
        losses = [float(np.mean([part.loss for part, _ in batches])) if batches else None for batches in found]
        gradient = np.mean([slope for _, slope in found[0]], axis=0)
        if run.log.rows and losses[0] > RISE * run.log.rows[0]["loss"]:
            told = f"loss = {losses[0]:.4g}, at first {run.log.rows[0]['loss']:.4g}"
            allowed = f"at most {RISE:g} times the first"
            hint = "the training diverged: lower `learning_rate`"
            raise StudyError(f"{run.log.where}, step {run.step}", told, allowed, hint)
        run.log.add(
            step=run.step,
            tokens_seen=run.seen,
            epoch=run.seen / tokens,
            loss=losses[0],
            heldout_loss=losses[1],
            gradient_norm=float(np.linalg.norm(gradient)),
            embedding_norm=float(np.linalg.norm(run.vectors.astype(np.float64), axis=1).mean()),
            learning_rate=run.rate,
        )
    run.snapshots.add(run.vectors, run.seen, run.step)


def _saved(run: _Run) -> tuple[dict[str, np.ndarray], dict]:
    """Arrays and state of a resume file."""
    arrays = {"vectors": run.vectors, "squares": run.squares}
    arrays |= {f"snapshots.{name}": value for name, value in run.snapshots.tensors().items()}
    return arrays, {"step": run.step, "seen": run.seen, "seconds": run.seconds, "rows": run.log.rows}


def _resumed(run: _Run, checkpoint: Checkpoint | None) -> float:
    """Take up an unfinished run where there is one; gives when it would have begun by the clock."""
    found = checkpoint.load() if checkpoint else None
    if found:
        arrays, state = found
        run.vectors, run.squares = arrays["vectors"], arrays["squares"]
        kept = {name.removeprefix("snapshots."): value for name, value in arrays.items() if name.startswith("snap")}
        run.snapshots = Snapshots(run.snapshots.words, kept)
        run.log = TrainingLog(run.log.where, state["rows"])
        run.step, run.seen, run.seconds = state["step"], state["seen"], state["seconds"]
    return time.perf_counter() - run.seconds
