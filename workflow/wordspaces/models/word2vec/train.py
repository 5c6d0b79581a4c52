"""Training of one Word2Vec model: epochs, segments of whole documents, blocks of positions.

Random numbers come from three streams. "initialisation" fills the input table, "order" shuffles the documents of each
epoch, "sampling" drops frequent words, draws windows and noise words. The last two start afresh for each epoch and
segment, so a run that resumes at a segment needs no state of a generator.
"""

import time
from dataclasses import dataclass, field

import numpy as np

from wordspaces.common.errors import StudyError
from wordspaces.common.job import Ticker
from wordspaces.common.resume import Checkpoint
from wordspaces.common.streams import generator
from wordspaces.models.result import TrainingResult, aligned_rows
from wordspaces.models.snapshots import Snapshots, snapshot_grid
from wordspaces.models.training_log import TrainingLog
from wordspaces.models.word2vec.evaluation import Sample, draw_sample, mean_loss
from wordspaces.models.word2vec.kernel import train_cbow, train_skipgram
from wordspaces.models.word2vec.sampling import (
    Noise,
    Segment,
    alias_table,
    draw_noise,
    draw_segment,
    keep_probabilities,
    noise_distribution,
    stream_state,
)
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.models.word2vec.softmax import SOFTMAX_WORDS, train_softmax

BLOCK = 16
SEGMENT = 1 << 16


@dataclass
class _Run:
    """State of one training: what a resume file holds, and what is computed once."""

    settings: Word2VecSettings
    total: int
    tokens: int
    centre: np.ndarray
    context: np.ndarray
    noise: Noise
    train_sample: Sample
    heldout_sample: Sample | None
    log: TrainingLog
    snapshots: Snapshots
    epoch: int = 0
    segment: int = 0
    step: int = 0
    seen: int = 0
    seconds: float = 0.0
    grid: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))

    def rate(self, seen: np.ndarray | int) -> np.ndarray:
        """Learning rate after `seen` presentations: linear from the first to the last."""
        first, last = self.settings.learning_rate, self.settings.final_learning_rate
        return first + (last - first) * (np.asarray(seen, np.float64) / self.total)

    def vectors(self) -> tuple[np.ndarray, np.ndarray]:
        """Views [V, d] of the two tables without the padding of their rows."""
        return self.centre[:, : self.settings.dimension], self.context[:, : self.settings.dimension]

    def record(self, seen: int) -> None:
        """Write a row of the log and a snapshot of the vectors after `seen` presentations."""
        tables, held = self.vectors(), self.heldout_sample
        with np.errstate(all="ignore"):  # a diverged model is refused by the log, in words
            loss, norm = mean_loss(self.train_sample, *tables, self.settings)
            self.log.add(
                step=self.step,
                tokens_seen=seen,
                epoch=seen / self.tokens,
                loss=loss,
                heldout_loss=None if held is None else mean_loss(held, *tables, self.settings)[0],
                gradient_norm=norm,
                embedding_norm=float(np.linalg.norm(tables[0].astype(np.float64), axis=1).mean()),
                learning_rate=float(self.rate(seen)),
            )
        self.snapshots.add(tables[0], seen, self.step)


def train_word2vec(
    ids: np.ndarray,
    documents: np.ndarray,
    heldout_ids: np.ndarray,
    heldout_documents: np.ndarray,
    size: int,
    settings: Word2VecSettings,
    seed: int,
    checkpoint: Checkpoint | None = None,
    ticker: Ticker | None = None,
) -> TrainingResult:
    """Train on a sample of text; the same arguments give the same bytes, stopped and resumed or not.

    Parameters
    ----------
    ids : int32 [tokens], vocabulary ids; documents : int64 [documents + 1], offsets of documents in `ids`.
    heldout_ids, heldout_documents : the same for text of the corpus that is in no training sample; may be empty.
    size : V, words in the vocabulary; settings, seed : of the run.
    checkpoint : where to save unfinished states; ticker : progress, in tokens.

    Returns
    -------
    weights "centre" and "context", float32 [V, d] ("centre" is the table of input vectors in both architectures);
    log, snapshots of "centre", and timing. Loss and held-out loss are means over the predictions of a fixed piece of
    text (see `evaluation`).

    Raises
    ------
    StudyError : the sample has no predictions, ids lie outside the vocabulary, the training diverged, there are more
        snapshots than tokens, or the vocabulary is too large for a full softmax.
    """
    run = _prepare(ids, documents, heldout_ids, heldout_documents, size, settings, seed)
    keep = keep_probabilities(np.bincount(ids, minlength=size), settings.subsample)
    saved = checkpoint.load() if checkpoint else None
    if saved:
        _restore(run, *saved)
    else:
        run.record(0)
    start = time.perf_counter() - run.seconds
    for epoch in range(run.epoch, settings.epochs):
        order = generator(seed, "word2vec", "order", str(epoch)).permutation(len(documents) - 1)
        parts = _segments(order, documents)
        for number in range(run.segment, len(parts)):
            run.epoch, run.segment = epoch, number
            state = stream_state(seed, "word2vec", "sampling", str(epoch), str(number))
            segment = draw_segment(ids, documents, parts[number], keep, settings.window, settings.dynamic_window, state)
            length = int((documents[parts[number] + 1] - documents[parts[number]]).sum())
            _train_segment(run, segment, length, state)
            run.segment, run.seconds = number + 1, time.perf_counter() - start
            if ticker:
                ticker(run.seen)
            if checkpoint and checkpoint.due():
                checkpoint.save(*_saved(run))
        run.segment = 0
    return _result(run, time.perf_counter() - start)


def _prepare(
    ids: np.ndarray,
    documents: np.ndarray,
    heldout_ids: np.ndarray,
    heldout_documents: np.ndarray,
    size: int,
    settings: Word2VecSettings,
    seed: int,
) -> _Run:
    """Check the text, draw the initial table, the noise distribution and the pieces of text that losses are read on."""
    every = np.concatenate([ids, heldout_ids])
    if not len(ids) or every.min() < 0 or every.max() >= size:
        found = f"word ids {every.min()} to {every.max()}" if len(ids) else "no token"
        raise StudyError("training sample", found, f"one token or more, ids 0 to {size - 1} (the vocabulary)")
    if settings.objective == "full_softmax" and size > SOFTMAX_WORDS:
        found = f"full_softmax over {size:,} words"
        raise StudyError("objective", found, f"up to {SOFTMAX_WORDS:,} words", 'use "negative_sampling"')
    counts = np.bincount(ids, minlength=size)
    keep = keep_probabilities(counts, settings.subsample)
    noise = alias_table(noise_distribution(counts, settings.noise_power))
    train_sample = draw_sample(ids, documents, keep, noise, settings, "train")
    if train_sample is None:
        raise StudyError("training sample", "no word with a context", "documents of two words or more")
    held = draw_sample(heldout_ids, heldout_documents, keep, noise, settings, "heldout") if len(heldout_ids) else None
    centre, context = aligned_rows(size, settings.dimension), aligned_rows(size, settings.dimension)
    uniform = generator(seed, "word2vec", "initialisation").random((size, settings.dimension), np.float32)
    centre[:, : settings.dimension] = (uniform - np.float32(0.5)) / np.float32(settings.dimension)
    total = len(ids) * settings.epochs
    return _Run(
        settings=settings,
        total=total,
        tokens=len(ids),
        centre=centre,
        context=context,
        noise=noise,
        train_sample=train_sample,
        heldout_sample=held,
        log=TrainingLog(f"word2vec {settings.architecture}, seed {seed}"),
        snapshots=Snapshots(min(settings.snapshot_words, size)),
        grid=snapshot_grid(total, settings.snapshots),
    )


def _segments(order: np.ndarray, documents: np.ndarray) -> list[np.ndarray]:
    """Cut the documents of an epoch into parts of about `SEGMENT` tokens."""
    ends = np.cumsum(np.diff(documents)[order])
    cuts = np.searchsorted(ends, np.arange(SEGMENT, ends[-1], SEGMENT)) + 1
    return [part for part in np.split(order, np.unique(cuts)) if len(part)]


def _train_segment(run: _Run, segment: Segment, length: int, state: np.ndarray) -> None:
    """Train one segment of `length` tokens, stopping at each point of the grid to record."""
    before, begin = run.seen, 0
    targets = run.grid[(run.grid > before) & (run.grid <= before + length)]
    for target in targets:
        stop = int(np.searchsorted(segment.source, target - before))
        _train_positions(run, segment, before, begin, stop, state)
        begin = stop
        run.record(int(target))
    _train_positions(run, segment, before, begin, len(segment.kept), state)
    run.seen = before + length


def _train_positions(run: _Run, segment: Segment, before: int, begin: int, stop: int, state: np.ndarray) -> None:
    """Train the kept positions ``begin..stop-1`` of a segment that starts after `before` presentations."""
    if stop <= begin:
        return
    starts = np.arange(begin, stop, BLOCK)
    ends = np.minimum(starts + BLOCK, stop)
    rates = run.rate(before + segment.source[starts]).astype(np.float32)
    chosen = run.settings
    if chosen.objective == "full_softmax":
        train_softmax(run.vectors(), segment, starts, ends, rates, chosen)
    else:
        kernel = train_skipgram if chosen.architecture == "skipgram" else train_cbow
        words = draw_noise(run.noise, state, len(ends), chosen.shared_negatives)
        tables = run.centre, run.context
        kernel(*tables, segment, begin, ends, rates, words, chosen.negative, np.float32(chosen.l2))
    run.step += len(ends)


def _saved(run: _Run) -> tuple[dict[str, np.ndarray], dict]:
    """Arrays and state of a resume file."""
    arrays = {"centre": run.centre, "context": run.context}
    arrays |= {f"snapshots.{name}": value for name, value in run.snapshots.tensors().items()}
    state = {name: getattr(run, name) for name in ("epoch", "segment", "step", "seen", "seconds")}
    return arrays, state | {"rows": run.log.rows}


def _restore(run: _Run, arrays: dict[str, np.ndarray], state: dict) -> None:
    """Inverse of `_saved`."""
    run.centre[:], run.context[:] = arrays["centre"], arrays["context"]
    run.snapshots = Snapshots(
        run.snapshots.words,
        {name.removeprefix("snapshots."): value for name, value in arrays.items() if name.startswith("snapshots.")},
    )
    run.log = TrainingLog(run.log.where, state["rows"])
    for name in ("epoch", "segment", "step", "seen", "seconds"):
        setattr(run, name, state[name])


def _result(run: _Run, seconds: float) -> TrainingResult:
    """The finished model."""
    centre, context = run.vectors()
    weights = {"centre": np.ascontiguousarray(centre), "context": np.ascontiguousarray(context)}
    timing = {"seconds": seconds, "tokens_per_second": run.total / max(seconds, 1e-9)}
    return TrainingResult(weights, run.log.table(), run.snapshots.tensors(), timing)
