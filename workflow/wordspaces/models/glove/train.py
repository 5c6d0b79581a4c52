"""Training of one GloVe model: passes over the pairs of the co-occurrence matrix, in a new order each.

Random numbers come from two streams: "initialisation" fills vectors and biases, "order" shuffles the pairs of each
pass. A pass is a function of its number and of the tables before it, so a run resumes at any pass.
"""

import time
from dataclasses import dataclass

import numpy as np

from wordspaces.common.errors import StudyError
from wordspaces.common.job import Ticker
from wordspaces.common.resume import Checkpoint
from wordspaces.common.streams import generator
from wordspaces.models.glove.kernel import cost_and_gradient_norm, train_pairs
from wordspaces.models.glove.objectives import pair_weight
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.result import TrainingResult, aligned_rows
from wordspaces.models.snapshots import Snapshots, snapshot_grid
from wordspaces.models.training_log import TrainingLog

TABLES = ("word", "context", "word_bias", "context_bias")


@dataclass
class _Run:
    """State of one training.

    tables : word and context, float32 [V, 2, stride], their biases [V, 2], as the kernel wants them;
    pairs : row, column, log count and weight of each pair, in the order of the matrix; tokens : of the sample.
    """

    settings: GloveSettings
    tokens: int
    tables: tuple[np.ndarray, ...]
    pairs: tuple[np.ndarray, ...]
    log: TrainingLog
    snapshots: Snapshots
    grid: np.ndarray
    epoch: int = 0
    seconds: float = 0.0

    def steps(self, seen: np.ndarray) -> np.ndarray:
        """Pairs visited when `seen` tokens have been presented: the same share of the whole training."""
        return np.asarray(seen, np.int64) * len(self.pairs[0]) // self.tokens

    def space(self) -> np.ndarray:
        """Sum of word and context vectors, float32 [V, d] (Pennington et al. 2014, section 4.2)."""
        d = self.settings.dimension
        return self.tables[0][:, 0, :d] + self.tables[1][:, 0, :d]

    def record(self, seen: int, step: int) -> None:
        """Write a row of the log and a snapshot after `seen` presentations, `step` pairs."""
        space = self.space()
        mean_cost, norm = cost_and_gradient_norm(*self.tables, *self.pairs, np.float32(self.settings.l2))
        self.log.add(
            step=step,
            tokens_seen=seen,
            epoch=seen / self.tokens,
            loss=mean_cost,
            gradient_norm=norm,
            embedding_norm=float(np.linalg.norm(space.astype(np.float64), axis=1).mean()),
            learning_rate=self.settings.learning_rate,
        )
        self.snapshots.add(space, seen, step)


def train_glove(
    row: np.ndarray,
    column: np.ndarray,
    count: np.ndarray,
    size: int,
    tokens: int,
    settings: GloveSettings,
    seed: int,
    checkpoint: Checkpoint | None = None,
    ticker: Ticker | None = None,
) -> TrainingResult:
    """Train on a co-occurrence matrix; the same arguments give the same bytes, stopped and resumed or not.

    Parameters
    ----------
    row, column : int32 [pairs], word and context of each pair; count : float64 [pairs], above 0.
    size : V, words in the vocabulary; tokens : of the sample the pairs were counted on, which sets the axis of
        snapshots and log: a pass over the pairs presents the sample once.
    settings, seed : of the run; checkpoint : where to save unfinished states; ticker : progress, in pairs.

    Returns
    -------
    weights "word" and "context" float32 [V, d], "word_bias" and "context_bias" float32 [V]; log, with the mean cost of
    a pair as loss and no held-out loss; snapshots of word + context; timing.

    Raises
    ------
    StudyError : the matrix is empty, holds a count that is not above 0 or a word outside the vocabulary, the training
        diverged, or there are more snapshots than tokens.
    """
    _check(row, column, count, size)
    run = _prepare(row, column, count, size, tokens, settings, seed)
    saved = checkpoint.load() if checkpoint else None
    if saved:
        _restore(run, *saved)
    else:
        run.record(0, 0)
    start = time.perf_counter() - run.seconds
    while run.epoch < settings.epochs:
        _train_epoch(run, generator(seed, "glove", "order", str(run.epoch)).permutation(len(row)))
        run.epoch, run.seconds = run.epoch + 1, time.perf_counter() - start
        if ticker:
            ticker(run.epoch * len(row))
        if checkpoint and checkpoint.due():
            checkpoint.save(*_saved(run))
    return _result(run, time.perf_counter() - start)


def _check(row: np.ndarray, column: np.ndarray, count: np.ndarray, size: int) -> None:
    if not len(row):
        raise StudyError("co-occurrence matrix", "no pair of words", "one pair or more", "give the sample more text")
    if min(row.min(), column.min()) < 0 or max(row.max(), column.max()) >= size:
        found = f"word ids {min(row.min(), column.min())} to {max(row.max(), column.max())}"
        raise StudyError("co-occurrence matrix", found, f"0 to {size - 1} (the vocabulary)")
    if not np.all(count > 0):
        raise StudyError("co-occurrence matrix", f"a count of {count[~(count > 0)][0]}", "counts above 0")


def _prepare(
    row: np.ndarray,
    column: np.ndarray,
    count: np.ndarray,
    size: int,
    tokens: int,
    settings: GloveSettings,
    seed: int,
) -> _Run:
    """Initial tables, uniform in (-1/2, 1/2) / d, sums of squares 1, as in the published program."""
    d = settings.dimension
    draw = generator(seed, "glove", "initialisation")
    vectors, biases = [], []
    for _ in range(2):
        start = ((draw.random((size, d + 1), np.float32) - np.float32(0.5)) / np.float32(d)).astype(np.float32)
        stride = aligned_rows(1, d).shape[1]
        vectors.append(aligned_rows(size, 2 * stride).reshape(size, 2, stride))
        vectors[-1][:, 0, :d], vectors[-1][:, 1] = start[:, :d], np.float32(1.0)
        biases.append(np.stack([start[:, d], np.ones(size, np.float32)], axis=1))
    return _Run(
        settings=settings,
        tokens=tokens,
        tables=(*vectors, *biases),
        pairs=(
            np.asarray(row, np.int32),
            np.asarray(column, np.int32),
            np.log(count).astype(np.float32),
            pair_weight(count, settings.x_max, settings.alpha).astype(np.float32),
        ),
        log=TrainingLog(f"glove, seed {seed}"),
        snapshots=Snapshots(min(settings.snapshot_words, size)),
        grid=snapshot_grid(tokens * settings.epochs, settings.snapshots),
    )


def _train_epoch(run: _Run, order: np.ndarray) -> None:
    """One pass over the pairs, stopping at each point of the grid to record."""
    settings, pairs = run.settings, len(order)
    shuffled = [part[order] for part in run.pairs]
    rate, l2 = np.float32(settings.learning_rate), np.float32(settings.l2)
    before, begin = run.epoch * pairs, 0
    inside = (run.grid > run.epoch * run.tokens) & (run.grid <= (run.epoch + 1) * run.tokens)
    for seen, step in zip(run.grid[inside], run.steps(run.grid[inside]), strict=True):
        stop = int(step) - before
        train_pairs(*run.tables, *(part[begin:stop] for part in shuffled), rate, l2)
        begin = stop
        run.record(int(seen), int(step))
    train_pairs(*run.tables, *(part[begin:] for part in shuffled), rate, l2)


def _saved(run: _Run) -> tuple[dict[str, np.ndarray], dict]:
    """Arrays and state of a resume file."""
    arrays = dict(zip(TABLES, run.tables, strict=True))
    arrays |= {f"snapshots.{name}": value for name, value in run.snapshots.tensors().items()}
    return arrays, {"epoch": run.epoch, "seconds": run.seconds, "rows": run.log.rows}


def _restore(run: _Run, arrays: dict[str, np.ndarray], state: dict) -> None:
    """Inverse of `_saved`."""
    for name, table in zip(TABLES, run.tables, strict=True):
        table[:] = arrays[name]
    run.snapshots = Snapshots(
        run.snapshots.words,
        {name.removeprefix("snapshots."): value for name, value in arrays.items() if name.startswith("snapshots.")},
    )
    run.log = TrainingLog(run.log.where, state["rows"])
    run.epoch, run.seconds = state["epoch"], state["seconds"]


def _result(run: _Run, seconds: float) -> TrainingResult:
    """The finished model."""
    d = run.settings.dimension
    planes = [np.ascontiguousarray(table[:, 0, :d]) for table in run.tables[:2]]
    biases = [np.ascontiguousarray(table[:, 0]) for table in run.tables[2:]]
    weights = dict(zip(TABLES, [*planes, *biases], strict=True))
    visited = run.settings.epochs * len(run.pairs[0])
    timing = {
        "seconds": seconds,
        "tokens_per_second": run.settings.epochs * run.tokens / max(seconds, 1e-9),
        "pairs_per_second": visited / max(seconds, 1e-9),
    }
    return TrainingResult(weights, run.log.table(), run.snapshots.tensors(), timing)
