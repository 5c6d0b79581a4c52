"""Training of one GloVe model: passes over the pairs of the co-occurrence matrix, tile by tile, in a new order each.

Random numbers come from two streams: "initialisation" fills vectors and biases, "order" shuffles the pairs inside each
tile once, and the parts of tiles before each pass. What comes next is a function of the pass, of the place in it and of
the tables, so a run resumes anywhere.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wordspaces.common.errors import StudyError
from wordspaces.common.job import Ticker
from wordspaces.common.resume import Checkpoint
from wordspaces.common.streams import generator
from wordspaces.cooccurrence.tables import Matrix
from wordspaces.models.glove.evaluation import evaluate
from wordspaces.models.glove.kernel import train_tiles
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.glove.tiles import SIDE, Tiles, cut_tiles
from wordspaces.models.result import TrainingResult, aligned_rows
from wordspaces.models.snapshots import Snapshots, snapshot_grid
from wordspaces.models.start import checked_start
from wordspaces.models.training_log import TrainingLog

if TYPE_CHECKING:
    from wordspaces.models.glove.torch_train import TorchTables

TABLES = ("word", "context", "word_bias", "context_bias")
RISE = 4.0
# Pairs between two questions whether a save is due: some seconds of work.
PIECE = 1 << 24


@dataclass
class _Run:
    """State of one training.

    tables : word and context, float32 [V, 2, stride], their biases [V, 2], as the kernel wants them;
    tiles, heldout : pairs to train on, pairs of text that is in no sample; seed : of the order of the parts of tiles;
    tokens : of the sample; device : the tables as they are on a GPU, where it trains there; epoch, done : passes that
    have ended, pairs of the one after them.
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
    device: "TorchTables | None" = None
    epoch: int = 0
    done: int = 0
    seconds: float = 0.0

    @property
    def pairs(self) -> int:
        """Pairs of the matrix."""
        return len(self.tiles.cell)

    def visit(self, order: np.ndarray, stop: int) -> None:
        """Train on the next pairs of a pass, up to `stop`."""
        if self.device is None:
            train_pass(self.tables, self.tiles, self.settings, order, self.done, stop)
        else:
            self.device.train(order, self.done, stop)
        self.done = stop

    def fetch(self) -> None:
        """Bring the tables up to date where they are elsewhere."""
        if self.device is not None:
            self.device.copy(self.tables)

    def space(self) -> np.ndarray:
        """The vectors that are compared, float32 [V, d]: word and context vectors added up, or word vectors alone."""
        word, context = (table[:, 0, : self.settings.dimension] for table in self.tables[:2])
        return word + context if self.settings.add_context else word

    def record(self, seen: int, step: int) -> None:
        """Write a row of the log and a snapshot after `seen` presentations, `step` pairs."""
        self.fetch()
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
        self.fetch()
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
    device: str | None = None,
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
    device : of torch, instead of the one of the settings: "cpu" too, where the compiled kernel trains otherwise.

    Returns
    -------
    weights "word" and "context" float32 [V, d], "word_bias" and "context_bias" float32 [V]; log, with the mean cost and
    penalty of a pair and the mean cost of a held-out pair; snapshots of what is compared; timing. Beside the tables,
    memory holds 12 bytes for a pair.

    Raises
    ------
    StudyError : the matrix is empty, holds a count that is not finite and above 0 or a word outside the vocabulary, the
        training diverged, `start` has other shapes, there is no such device, or there are more snapshots than tokens.
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
    if device or settings.device != "cpu":
        # Loading torch takes seconds, which a run on the CPU does not need to spend.
        from wordspaces.models.glove.torch_train import TorchTables

        run.device = TorchTables(run.tables, run.tiles, settings, device or settings.device)
    if not saved:
        run.record(0, 0)
    began = time.perf_counter() - run.seconds

    def meanwhile() -> None:
        run.seconds = time.perf_counter() - began
        if ticker:
            ticker(run.epoch * run.pairs + run.done)
        if checkpoint and checkpoint.due():
            run.fetch()
            checkpoint.save(*_saved(run))

    while run.epoch < settings.epochs:
        _train_epoch(run, meanwhile)
        run.check()
        run.epoch, run.done = run.epoch + 1, 0
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


def train_pass(
    tables: tuple[np.ndarray, ...], tiles: Tiles, settings: GloveSettings, order: np.ndarray, begin: int, stop: int
) -> None:
    """Visit pairs begin..stop of a pass whose parts of tiles come in `order`, int64; in place."""
    rate, l2 = np.float32(settings.learning_rate), np.float32(settings.l2)
    train_tiles(*tables, *tiles, order, begin, stop, rate, rate if settings.biases else np.float32(0.0), l2)


def tile_order(tiles: Tiles, seed: int, epoch: int) -> np.ndarray:
    """Parts of the tiles in the order of one pass, int64."""
    return generator(seed, "glove", "order", str(epoch)).permutation(len(tiles.tile))


def _train_epoch(run: _Run, meanwhile: Callable[[], None]) -> None:
    """What is left of one pass over the pairs, stopping at each point of the grid to record, and now and then."""
    order = tile_order(run.tiles, run.settings.seed_of("order", run.seed), run.epoch)
    before = run.epoch * run.pairs
    while True:
        # A row of the log for each point of the grid that has been passed. Python's integers: products are large.
        while len(run.log.rows) < len(run.grid):
            seen = int(run.grid[len(run.log.rows)])
            stop = seen * run.pairs // run.tokens - before
            if stop > run.done:
                break
            run.record(seen, before + stop)
        else:
            stop = run.pairs
        if run.done == run.pairs:
            return
        run.visit(order, min(stop, run.pairs, run.done + PIECE))
        meanwhile()


def _saved(run: _Run) -> tuple[dict[str, np.ndarray], dict]:
    """Arrays and state of a resume file."""
    arrays = dict(zip(TABLES, run.tables, strict=True))
    arrays |= {f"snapshots.{name}": value for name, value in run.snapshots.tensors().items()}
    return arrays, {"epoch": run.epoch, "done": run.done, "seconds": run.seconds, "rows": run.log.rows}


def _restore(run: _Run, arrays: dict[str, np.ndarray], state: dict) -> None:
    """Inverse of `_saved`."""
    for name, table in zip(TABLES, run.tables, strict=True):
        table[:] = arrays[name]
    run.snapshots = Snapshots(
        run.snapshots.words,
        {name.removeprefix("snapshots."): value for name, value in arrays.items() if name.startswith("snapshots.")},
    )
    run.log = TrainingLog(run.log.where, state["rows"])
    run.epoch, run.done, run.seconds = state["epoch"], state["done"], state["seconds"]


def _result(run: _Run, seconds: float) -> TrainingResult:
    """The finished model."""
    d = run.settings.dimension
    planes = [np.ascontiguousarray(table[:, 0, :d]) for table in run.tables[:2]]
    biases = [np.ascontiguousarray(table[:, 0]) for table in run.tables[2:]]
    weights = dict(zip(TABLES, [*planes, *biases], strict=True))
    passes = run.settings.epochs / max(seconds, 1e-9)
    timing = {"seconds": seconds, "tokens_per_second": passes * run.tokens, "pairs_per_second": passes * run.pairs}
    return TrainingResult(weights, run.log.table(), run.snapshots.tensors(), timing)
