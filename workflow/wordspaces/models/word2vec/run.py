"""State of one Word2Vec training: tables, place in the text, what is written down on the way and in a resume file."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wordspaces.common.errors import StudyError
from wordspaces.models.result import TrainingResult
from wordspaces.models.snapshots import Snapshots
from wordspaces.models.training_log import TrainingLog
from wordspaces.models.word2vec.evaluation import Sample, mean_loss
from wordspaces.models.word2vec.sampling import Noise
from wordspaces.models.word2vec.settings import Word2VecSettings

if TYPE_CHECKING:
    from wordspaces.models.word2vec.torch_train import TorchTables

RISE = 4.0
PLACE = ("epoch", "pool", "segment", "step", "seen", "seconds")


@dataclass
class Run:
    """What a resume file holds, and what is computed once.

    tokens : of the sample; centre, context : input and output vectors, float32 [V, d and padding]; keep : from
    `sampling.keep_probabilities`; grid : from `snapshot_grid`; device : the tables on a torch device, which are then
    the ones that are trained. epoch, pool, segment : where to go on in the text; step : blocks trained; seen : tokens
    presented; seconds : spent.
    """

    settings: Word2VecSettings
    seed: int
    tokens: int
    centre: np.ndarray
    context: np.ndarray
    keep: np.ndarray
    noise: Noise
    train_sample: Sample
    heldout_sample: Sample | None
    log: TrainingLog
    snapshots: Snapshots
    grid: np.ndarray
    device: "TorchTables | None" = None
    epoch: int = 0
    pool: int = 0
    segment: int = 0
    step: int = 0
    seen: int = 0
    seconds: float = 0.0

    @property
    def total(self) -> int:
        """Presentations of the whole training."""
        return self.tokens * self.settings.epochs

    def rate(self, seen: np.ndarray | int) -> np.ndarray:
        """Learning rate after `seen` presentations: linear from the first to the last."""
        first, last = self.settings.learning_rate, self.settings.final_learning_rate
        return first + (last - first) * (np.asarray(seen, np.float64) / self.total)

    def vectors(self) -> tuple[np.ndarray, np.ndarray]:
        """Views [V, d] of the two tables, as they are now, without the padding of their rows."""
        tables = self.centre[:, : self.settings.dimension], self.context[:, : self.settings.dimension]
        if self.device:
            self.device.copy(*tables)
        return tables

    def record(self, seen: int) -> None:
        """Write a row of the log and a snapshot of the vectors after `seen` presentations."""
        tables, held = self.vectors(), self.heldout_sample
        space = tables[0] + tables[1] if self.settings.add_context else tables[0]
        with np.errstate(all="ignore"):  # a diverged model is refused by the log, in words
            found = mean_loss(self.train_sample, *tables, self.settings)
            if self.log.rows and found.loss > RISE * self.log.rows[0]["loss"]:
                raise self.diverged(f"loss = {found.loss:.4g}, untrained {self.log.rows[0]['loss']:.4g},")
            self.log.add(
                step=self.step,
                tokens_seen=seen,
                epoch=seen / self.tokens,
                loss=found.loss,
                heldout_loss=None if held is None else mean_loss(held, *tables, self.settings).loss,
                penalty=found.penalty if self.settings.l2 else None,
                gradient_norm=found.gradient_norm,
                embedding_norm=float(np.linalg.norm(space.astype(np.float64), axis=1).mean()),
                learning_rate=float(self.rate(seen)),
            )
        self.snapshots.add(space, seen, self.step)

    def check(self, words: np.ndarray) -> None:
        """Refuse to go on where the vectors of the words just trained are no longer finite.

        What is not finite spreads at once to every word it is trained with; so a few words tell.
        """
        with np.errstate(all="ignore"):
            finite = (
                self.device.finite(words)
                if self.device
                else np.isfinite(self.centre[words].sum() + self.context[words].sum())
            )
        if not finite:
            raise self.diverged("vectors that are not finite")

    def diverged(self, found: str) -> StudyError:
        """What is said of a training that goes nowhere."""
        return StudyError(
            f"{self.log.where}, step {self.step}",
            f"{found} at learning_rate = {self.rate(self.seen):g}",
            f"finite numbers, a loss of at most {RISE:g} times that of the untrained model",
            "the training diverged: lower `learning_rate`",
        )

    def saved(self) -> tuple[dict[str, np.ndarray], dict]:
        """Arrays and state of a resume file."""
        self.vectors()  # fetches them from the device
        arrays = {"centre": self.centre, "context": self.context}
        arrays |= {f"snapshots.{name}": value for name, value in self.snapshots.tensors().items()}
        return arrays, {name: getattr(self, name) for name in PLACE} | {"rows": self.log.rows}

    def restore(self, arrays: dict[str, np.ndarray], state: dict) -> None:
        """Inverse of `saved`."""
        self.centre[:], self.context[:] = arrays["centre"], arrays["context"]
        self.snapshots = Snapshots(
            self.snapshots.words,
            {name.removeprefix("snapshots."): value for name, value in arrays.items() if name.startswith("snapshots.")},
        )
        self.log = TrainingLog(self.log.where, state["rows"])
        for name in PLACE:
            setattr(self, name, state[name])

    def result(self) -> TrainingResult:
        """The finished model."""
        centre, context = self.vectors()
        weights = {"centre": np.ascontiguousarray(centre), "context": np.ascontiguousarray(context)}
        timing = {"seconds": self.seconds, "tokens_per_second": self.total / max(self.seconds, 1e-9)}
        return TrainingResult(weights, self.log.table(), self.snapshots.tensors(), timing)
