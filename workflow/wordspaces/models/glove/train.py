"""Training of one GloVe model: passes over the pairs of the co-occurrence matrix, tile by tile, in a new order each.

Random numbers come from two streams: "initialisation" fills vectors and biases, "order" shuffles the pairs inside each
tile once, and the parts of tiles before each pass. A pass is a function of its number and of the tables before it, so a
run resumes at any pass.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wordspaces.common.errors import StudyError
from wordspaces.common.job import Ticker
from wordspaces.common.resume import Checkpoint
from wordspaces.common.streams import generator
from wordspaces.cooccurrence.tables import Matrix
from wordspaces.models.glove.kernel import cost_and_gradient, train_tiles
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.glove.tiles import SIDE, Tiles, cut_tiles
from wordspaces.models.result import TrainingResult, aligned_rows
from wordspaces.models.snapshots import Snapshots, snapshot_grid
from wordspaces.models.start import checked_start
from wordspaces.models.training_log import TrainingLog

TABLES = ("word", "context", "word_bias", "context_bias")
RISE = 4.0


@dataclass
class _Run:
    """State of one training.

    tables : word and context, float32 [V, 2, stride], their biases [V, 2], as the kernel wants them;
    tiles, heldout : pairs to train on, pairs of text that is in no sample; seed : of the order of the parts of tiles;
    tokens : of the sample.
    """

    settings: GloveSettings
    seed: int
    tokens: int
    tables: tuple[np.ndarray, ...]
    tiles: Tiles
    heldout: Tiles | None
    log: TrainingLog
    snapshots: Snapshots
    grid: np.ndarray
    epoch: int = 0
    seconds: float = 0.0

    @property
    def pairs(self) -> int:
        """Pairs of the matrix."""
        return len(self.tiles.cell)

    def space(self) -> np.ndarray:
        """The vectors that are compared, float32 [V, d]: word and context vectors added up, or word vectors alone."""
        word, context = (table[:, 0, : self.settings.dimension] for table in self.tables[:2])
        return word + context if self.settings.add_context else word

    def record(self, seen: int, step: int) -> None:
        """Write a row of the log and a snapshot after `seen` presentations, `step` pairs."""
        space = self.space()
        with np.errstate(all="ignore"):  # a diverged model is refused by the log, in words
            cost, penalty, norm = evaluate(self.tables, self.tiles, self.settings)
            if self.log.rows and cost > RISE * self.log.rows[0]["loss"]:
                raise self.diverged(step, f"cost = {cost:.4g}, untrained {self.log.rows[0]['loss']:.4g},")
            held = self.heldout and evaluate(self.tables, self.heldout, self.settings)[0]
            self.log.add(
                step=step,
                tokens_seen=seen,
                epoch=seen / self.tokens,
                loss=cost,
                heldout_loss=held,
                penalty=penalty if self.settings.l2 else None,
                gradient_norm=norm,
                embedding_norm=float(np.linalg.norm(space.astype(np.float64), axis=1).mean()),
                learning_rate=self.settings.learning_rate,
            )
        self.snapshots.add(space, seen, step)

    def check(self) -> None:
        """Refuse to go on where the tables are no longer finite."""
        with np.errstate(all="ignore"):
            finite = all(np.isfinite(table.sum()) for table in self.tables)
        if not finite:
            raise self.diverged((self.epoch + 1) * self.pairs, "vectors that are not finite")

    def diverged(self, step: int, found: str) -> StudyError:
        """What is said of a training that goes nowhere."""
        return StudyError(
            f"{self.log.where}, step {step}",
            f"{found} at learning_rate = {self.settings.learning_rate:g}",
            f"finite numbers, a cost of at most {RISE:g} times that of the untrained model",
            "the training diverged: lower `learning_rate`",
        )


def train_glove(
    matrix: Matrix,
    size: int,
    tokens: int,
    settings: GloveSettings,
    seed: int,
    checkpoint: Checkpoint | None = None,
    ticker: Ticker | None = None,
    heldout: Matrix | None = None,
    start: Mapping[str, np.ndarray] | None = None,
) -> TrainingResult:
    """Train on a co-occurrence matrix; the same arguments give the same bytes, stopped and resumed or not.

    Parameters
    ----------
    matrix : reads the matrix from its start, in blocks of row int32, column int32, count float64 [pairs]; called twice.
    size : V, words in the vocabulary; tokens : of the sample the pairs were counted on, which sets the axis of
        snapshots and log: a pass over the pairs presents the sample once.
    settings, seed : of the run; checkpoint : where to save unfinished states; ticker : progress, in pairs.
    heldout : reads the matrix of text that is in no training sample, as `matrix` does; its counts must be brought to
        the size of the sample first (`scaled`), for the model says how often words meet in a text of that size.
    start : weights of a finished run to go on from, as they are returned; AdaGrad's sums of squares are no part of
        them and start at 1 as in any run, so the first steps are as long as those of an untrained model.

    Returns
    -------
    weights "word" and "context" float32 [V, d], "word_bias" and "context_bias" float32 [V]; log, with the mean cost and
    penalty of a pair and the mean cost of a held-out pair; snapshots of what is compared; timing. Beside the tables,
    memory holds 12 bytes for a pair.

    Raises
    ------
    StudyError : the matrix is empty, holds a count that is not finite and above 0 or a word outside the vocabulary, the
        training diverged, `start` has other shapes, or there are more snapshots than tokens.
    """
    grid = snapshot_grid(tokens * settings.epochs, settings.snapshots)
    shuffle = int(generator(settings.seed_of("order", seed), "glove", "order", "tiles").integers(2**63))
    run = _Run(
        settings=settings,
        seed=seed,
        tokens=tokens,
        tables=initial_tables(size, settings, seed),
        tiles=cut_tiles(matrix, size, settings, shuffle, SIDE),
        heldout=heldout and cut_tiles(heldout, size, settings, 0, SIDE),
        log=TrainingLog(f"glove, seed {seed}"),
        snapshots=Snapshots(min(settings.snapshot_words, size)),
        grid=grid,
    )
    if start:
        _start_from(run, start)
    saved = checkpoint.load() if checkpoint else None
    if saved:
        _restore(run, *saved)
    else:
        run.record(0, 0)
    began = time.perf_counter() - run.seconds
    while run.epoch < settings.epochs:
        _train_epoch(run)
        run.check()
        run.epoch, run.seconds = run.epoch + 1, time.perf_counter() - began
        if ticker:
            ticker(run.epoch * run.pairs)
        if checkpoint and checkpoint.due():
            checkpoint.save(*_saved(run))
    return _result(run, time.perf_counter() - began)


def _start_from(run: _Run, start: Mapping[str, np.ndarray]) -> None:
    """Put vectors and biases of a finished run in the place of the initial ones."""
    size, d = len(run.tables[0]), run.settings.dimension
    shapes = dict(zip(TABLES, [(size, d)] * 2 + [(size,)] * 2, strict=True))
    for table, values in zip(run.tables, checked_start(start, shapes, run.log.where).values(), strict=True):
        if values.ndim == 2:
            table[:, 0, :d] = values
        else:
            table[:, 0] = values


def in_memory(row: np.ndarray, column: np.ndarray, count: np.ndarray) -> Matrix:
    """A matrix that is there already, as `train_glove` reads it: row, column int32, count float64 [pairs]."""
    return lambda: [(np.asarray(row, np.int32), np.asarray(column, np.int32), np.asarray(count, np.float64))]


def scaled(matrix: Matrix, factor: float) -> Matrix:
    """A matrix whose counts are multiplied by `factor`."""
    return lambda: ((row, column, factor * count) for row, column, count in matrix())


def initial_tables(size: int, settings: GloveSettings, seed: int) -> tuple[np.ndarray, ...]:
    """Tables of the untrained model: uniform in (-1/2, 1/2) / d, sums of squares 1, as in the published program.

    Returns word and context float32 [V, 2, stride], their biases float32 [V, 2]; biases are 0 where there are none.
    """
    d = settings.dimension
    draw = generator(settings.seed_of("initialisation", seed), "glove", "initialisation")
    vectors, biases = [], []
    for _ in range(2):
        start = ((draw.random((size, d + 1), np.float32) - np.float32(0.5)) / np.float32(d)).astype(np.float32)
        stride = aligned_rows(1, d).shape[1]
        vectors.append(aligned_rows(size, 2 * stride).reshape(size, 2, stride))
        vectors[-1][:, 0, :d], vectors[-1][:, 1] = start[:, :d], np.float32(1.0)
        bias = start[:, d] if settings.biases else np.zeros(size, np.float32)
        biases.append(np.stack([bias, np.ones(size, np.float32)], axis=1))
    return (*vectors, *biases)


def evaluate(tables: tuple[np.ndarray, ...], tiles: Tiles, settings: GloveSettings) -> tuple[float, float, float]:
    """Means over pairs of the cost and of the penalty, and the Euclidean norm of the gradient of their sum."""
    size, stride = tables[0].shape[0], tables[0].shape[2]
    of_word, of_context, of_biases = aligned_rows(size, stride), aligned_rows(size, stride), np.zeros((2, size))
    sums = cost_and_gradient(*tables, *tiles, np.float32(settings.l2), of_word, of_context, of_biases)
    squares = sum(np.einsum("vk,vk->v", part, part).sum(dtype=np.float64) for part in (of_word, of_context))
    if settings.biases:
        squares += (of_biases**2).sum()
    cost, penalty, norm = (value / len(tiles.cell) for value in (*sums, float(np.sqrt(squares))))
    return cost, penalty, norm


def train_pass(
    tables: tuple[np.ndarray, ...], tiles: Tiles, settings: GloveSettings, order: np.ndarray, begin: int, stop: int
) -> None:
    """Visit pairs begin..stop of a pass whose parts of tiles come in `order`, int64; in place."""
    rate, l2 = np.float32(settings.learning_rate), np.float32(settings.l2)
    train_tiles(*tables, *tiles, order, begin, stop, rate, rate if settings.biases else np.float32(0.0), l2)


def tile_order(tiles: Tiles, seed: int, epoch: int) -> np.ndarray:
    """Parts of the tiles in the order of one pass, int64."""
    return generator(seed, "glove", "order", str(epoch)).permutation(len(tiles.tile))


def _train_epoch(run: _Run) -> None:
    """One pass over the pairs, stopping at each point of the grid to record."""
    order, begin = tile_order(run.tiles, run.settings.seed_of("order", run.seed), run.epoch), 0
    inside = (run.grid > run.epoch * run.tokens) & (run.grid <= (run.epoch + 1) * run.tokens)
    for seen in map(int, run.grid[inside]):
        # Python's integers: the product can be larger than 64 bits hold.
        step = seen * run.pairs // run.tokens
        stop = step - run.epoch * run.pairs
        train_pass(run.tables, run.tiles, run.settings, order, begin, stop)
        begin = stop
        run.record(seen, step)
    train_pass(run.tables, run.tiles, run.settings, order, begin, run.pairs)


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
    visited = run.settings.epochs * run.pairs
    timing = {
        "seconds": seconds,
        "tokens_per_second": run.settings.epochs * run.tokens / max(seconds, 1e-9),
        "pairs_per_second": visited / max(seconds, 1e-9),
    }
    return TrainingResult(weights, run.log.table(), run.snapshots.tensors(), timing)
