"""Training of one Word2Vec model: epochs, pools and segments of whole documents, blocks of positions.

Random numbers come from three streams. "initialisation" fills the input table, "order" deals the text of each epoch
into pools (see `text`) and shuffles the documents of each, "sampling" drops frequent words, draws noise words and, but
for skip-gram with negative sampling (see `kernel`), windows. The last two start afresh for each epoch, pool and
segment, so a run that resumes at a segment needs no state of a generator. In memory are the tables, one pool of text
and one segment, however large the sample. A run that starts from the weights of another draws no initial table.
"""

import time
from collections.abc import Iterator, Mapping

import numpy as np

from wordspaces.common.errors import StudyError
from wordspaces.common.job import Ticker
from wordspaces.common.resume import Checkpoint
from wordspaces.common.streams import generator
from wordspaces.models.result import TrainingResult, aligned_rows
from wordspaces.models.snapshots import Snapshots, snapshot_grid
from wordspaces.models.start import checked_start
from wordspaces.models.training_log import TrainingLog
from wordspaces.models.word2vec.evaluation import sample_of
from wordspaces.models.word2vec.kernel import train_cbow, train_skipgram
from wordspaces.models.word2vec.run import Run
from wordspaces.models.word2vec.sampling import (
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
from wordspaces.models.word2vec.text import Text, text_of_arrays

BLOCK = 8
SEGMENT = 1 << 16
# States are saved between segments, and a word of the full softmax takes far longer: its segments are shorter by this.
SHORTER = 16
CHECKED = 256


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
    """`train_text` on a text that is in memory.

    Parameters
    ----------
    ids : int32 [tokens], vocabulary ids; documents : int64 [documents + 1], offsets of documents in `ids`.
    heldout_ids, heldout_documents : the same for text of the corpus that is in no training sample; may be empty.
    size : V, words in the vocabulary; the others as in `train_text`.
    """
    text = text_of_arrays(ids, documents, size)
    heldout = text_of_arrays(heldout_ids, heldout_documents, size, "held-out text")
    return train_text(text, heldout, settings, seed, checkpoint, ticker)


def train_text(
    text: Text,
    heldout: Text,
    settings: Word2VecSettings,
    seed: int,
    checkpoint: Checkpoint | None = None,
    ticker: Ticker | None = None,
    device: str | None = None,
    start: Mapping[str, np.ndarray] | None = None,
) -> TrainingResult:
    """Train on a sample of text; the same arguments give the same bytes, stopped and resumed or not.

    Parameters
    ----------
    text : the training sample; heldout : text of the corpus that is in no training sample, may be empty.
    settings, seed : of the run; checkpoint : where to save unfinished states; ticker : progress, in tokens.
    device : a device to train on with torch, whatever `settings.device` says; None follows the settings: compiled
        kernels on the CPU, torch on a GPU.
    start : weights of a finished run to go on from, as they are returned; None draws the input table, and sets the
        output table to 0.

    Returns
    -------
    weights "centre" and "context", float32 [V, d] ("centre" is the table of input vectors in both architectures);
    log, snapshots of the vectors that are compared, and timing. Loss and held-out loss are means over the predictions
    of a fixed piece of text (see `evaluation`), without the penalty, which has a column of its own.

    Raises
    ------
    StudyError : the sample has no predictions, the training diverged, there are more snapshots than tokens, the
        vocabulary is too large for a full softmax, `start` has other shapes, or there is no such device.
    """
    run = _prepare(text, heldout, settings, seed)
    if start:
        _start_from(run, start)
    saved = checkpoint.load() if checkpoint else None
    if saved:
        run.restore(*saved)
    if device or settings.device != "cpu":
        # Loading torch takes seconds, which a run on the CPU does not need to spend.
        from wordspaces.models.word2vec.torch_train import TorchTables

        kept = text.counts * run.keep
        run.device = TorchTables(*run.vectors(), settings, float(kept.max() / kept.sum()), device or settings.device)
    if not saved:
        run.record(0)
    began = time.perf_counter() - run.seconds
    while run.epoch < settings.epochs:
        pools = text.pools(generator(settings.seed_of("order", seed), "word2vec", "order", str(run.epoch)))
        while run.pool < len(pools):
            for words in _train_pool(run, text, pools[run.pool]):
                run.check(words)
                run.seconds = time.perf_counter() - began
                if ticker:
                    ticker(run.seen)
                if checkpoint and checkpoint.due():
                    checkpoint.save(*run.saved())
            run.pool, run.segment = run.pool + 1, 0
        run.epoch, run.pool = run.epoch + 1, 0
    run.seconds = time.perf_counter() - began
    return run.result()


def _start_from(run: Run, start: Mapping[str, np.ndarray]) -> None:
    """Put the tables of a finished run in the place of the initial ones."""
    shape = len(run.centre), run.settings.dimension
    found = checked_start(start, {"centre": shape, "context": shape}, run.log.where)
    for table, values in zip((run.centre, run.context), found.values(), strict=True):
        table[:, : run.settings.dimension] = values


def _prepare(text: Text, heldout: Text, settings: Word2VecSettings, seed: int) -> Run:
    """Check the text, draw the initial table, the noise distribution and the pieces of text that losses are read on."""
    size = len(text.counts)
    if not text.total:
        raise StudyError("training sample", "no token", "one token or more", "give the sample more text")
    if size <= 2 * settings.window:
        # The words of one window would nearly all be the same: their steps add up on a few rows until they diverge.
        allowed = f"{2 * settings.window + 1} or more with window = {settings.window}"
        raise StudyError("vocabulary", f"{size} words", allowed, "lower `window` or take a larger vocabulary")
    if settings.objective == "full_softmax" and size > SOFTMAX_WORDS:
        found = f"full_softmax over {size:,} words"
        raise StudyError("objective", found, f"up to {SOFTMAX_WORDS:,} words", 'use "negative_sampling"')
    grid = snapshot_grid(text.total * settings.epochs, settings.snapshots)
    keep = keep_probabilities(text.counts, settings.subsample)
    noise = alias_table(noise_distribution(text.counts, settings.noise_power))
    train_sample = sample_of(text, keep, noise, settings, "train")
    if train_sample is None:
        raise StudyError("training sample", "no word with a context", "documents of two words or more")
    centre, context = aligned_rows(size, settings.dimension), aligned_rows(size, settings.dimension)
    draw = generator(settings.seed_of("initialisation", seed), "word2vec", "initialisation")
    uniform = draw.random((size, settings.dimension), np.float32)
    centre[:, : settings.dimension] = (uniform - np.float32(0.5)) / np.float32(settings.dimension)
    return Run(
        settings=settings,
        seed=seed,
        tokens=text.total,
        centre=centre,
        context=context,
        keep=keep,
        noise=noise,
        train_sample=train_sample,
        heldout_sample=sample_of(heldout, keep, noise, settings, "heldout"),
        log=TrainingLog(f"word2vec {settings.architecture}, seed {seed}"),
        snapshots=Snapshots(min(settings.snapshot_words, size)),
        grid=grid,
    )


def _train_pool(run: Run, text: Text, groups: np.ndarray) -> Iterator[np.ndarray]:
    """Train the segments of a pool from `run.segment` on; gives, after each, words that it has trained."""
    ids, documents = text.gather(groups)
    names = str(run.epoch), str(run.pool)
    chosen = run.settings
    order = generator(chosen.seed_of("order", run.seed), "word2vec", "order", *names).permutation(len(documents) - 1)
    length = SEGMENT if chosen.objective == "negative_sampling" else SEGMENT // SHORTER
    parts, sampling = _segments(order, documents, length), chosen.seed_of("sampling", run.seed)
    for number in range(run.segment, len(parts)):
        state = stream_state(sampling, "word2vec", "sampling", *names, str(number))
        part = parts[number]
        drawn = chosen.dynamic_window and not chosen.weighted_window
        segment = draw_segment(ids, documents, part, run.keep, chosen.window, drawn, state)
        _train_segment(run, segment, int((documents[part + 1] - documents[part]).sum()), state)
        run.segment = number + 1
        yield segment.kept[-CHECKED:]


def _segments(order: np.ndarray, documents: np.ndarray, length: int) -> list[np.ndarray]:
    """Cut the documents of a pool into parts of about `length` tokens."""
    ends = np.cumsum(np.diff(documents)[order])
    cuts = np.searchsorted(ends, np.arange(length, ends[-1], length)) + 1
    return [part for part in np.split(order, np.unique(cuts)) if len(part)]


def _train_segment(run: Run, segment: Segment, length: int, state: np.ndarray) -> None:
    """Train one segment of `length` tokens, stopping to record at each point of the grid.

    A point is recorded when the blocks that begin before it are trained, so how many points there are has no influence
    on the weights.
    """
    before, positions, begin = run.seen, len(segment.kept), 0
    ends = np.minimum(np.arange(0, positions, BLOCK) + BLOCK, positions)
    words = None
    if run.settings.objective == "negative_sampling":
        words = draw_noise(run.noise, state, len(ends), run.settings.shared_negatives)
    for target in run.grid[(run.grid > before) & (run.grid <= before + length)]:
        stop = -(-int(np.searchsorted(segment.source, target - before)) // BLOCK)
        _train_blocks(run, segment, before, ends, words, begin, stop)
        begin = stop
        run.record(int(target))
    _train_blocks(run, segment, before, ends, words, begin, len(ends))
    run.seen = before + length


def _train_blocks(
    run: Run, segment: Segment, before: int, ends: np.ndarray, words: np.ndarray | None, begin: int, stop: int
) -> None:
    """Train the blocks ``begin..stop-1`` of a segment that starts after `before` presentations.

    ends : int64 [blocks], end of each block of the segment; words : int32 [blocks, K], its noise words, if it has any.
    """
    if stop <= begin:
        return
    first, ends = begin * BLOCK, ends[begin:stop]
    starts, words = np.arange(first, ends[-1], BLOCK), None if words is None else words[begin:stop]
    rates = run.rate(before + segment.source[starts]).astype(np.float32)
    chosen = run.settings
    if run.device:
        run.device.train(segment, starts, ends, rates, words)
    elif words is None:
        train_softmax(run.vectors(), segment, starts, ends, rates, chosen)
    else:
        given = run.centre, run.context, segment, first, ends, rates, words, chosen.negative, np.float32(chosen.l2)
        if chosen.architecture == "skipgram":
            train_skipgram(*given, np.float32(chosen.fall))
        else:
            train_cbow(*given)
    run.step += len(ends)
