"""The training log: what every family writes down at each point of the snapshot grid."""

import math
from typing import Any

import pyarrow as pa

from wordspaces.common.errors import StudyError

LOG_SCHEMA = pa.schema(
    [
        pa.field("step", pa.int64(), nullable=False),
        pa.field("tokens_seen", pa.int64(), nullable=False),
        pa.field("epoch", pa.float64(), nullable=False),
        pa.field("loss", pa.float64(), nullable=False),
        pa.field("heldout_loss", pa.float64(), nullable=True),
        pa.field("penalty", pa.float64(), nullable=True),
        pa.field("gradient_norm", pa.float64(), nullable=False),
        pa.field("embedding_norm", pa.float64(), nullable=False),
        pa.field("learning_rate", pa.float64(), nullable=False),
        pa.field("loss_bits", pa.float64(), nullable=True),
        pa.field("heldout_bits", pa.float64(), nullable=True),
    ]
)


class TrainingLog:
    """Rows of one training, in order of the steps.

    step : updates (or blocks, or batches) made so far; tokens_seen : presentations of training tokens so far;
    epoch : the same in passes over the sample; loss, heldout_loss : nats of the family's own objective, the held-out
    one None where the family has none, both without any penalty; penalty : what a penalty on the parameters adds to
    `loss`, None where it has none; gradient_norm : Euclidean norm of the latest gradient, or of that of the recorded
    loss; embedding_norm : mean Euclidean norm of a vector that is compared; learning_rate : at this step; loss_bits,
    heldout_bits : the two losses in bits, where they are -log P of a token; None for every other objective.
    """

    def __init__(self, where: str, rows: list[dict[str, Any]] | None = None, code_length: bool = False) -> None:
        """Start a log for the run named `where`, or continue from the `rows` of a resume file.

        code_length : whether losses are -log P of a token.
        """
        self.where, self.code_length = where, code_length
        self.rows: list[dict[str, Any]] = list(rows or [])

    def add(
        self,
        *,
        step: int,
        tokens_seen: int,
        epoch: float,
        loss: float,
        gradient_norm: float,
        embedding_norm: float,
        learning_rate: float,
        heldout_loss: float | None = None,
        penalty: float | None = None,
    ) -> None:
        """Append one row.

        Raises
        ------
        StudyError : a value is not finite (the training diverged), or the first row is not at 0 tokens, or
        `tokens_seen` does not rise or `step` falls from one row to the next.
        """
        measured = {
            "loss": float(loss),
            "heldout_loss": None if heldout_loss is None else float(heldout_loss),
            "penalty": None if penalty is None else float(penalty),
            "gradient_norm": float(gradient_norm),
            "embedding_norm": float(embedding_norm),
        }
        for name, value in measured.items():
            if value is not None and not math.isfinite(value):
                raise StudyError(
                    f"{self.where}, step {step}",
                    f"{name} = {value} at learning_rate = {learning_rate:g}",
                    "finite numbers",
                    "the training diverged: lower `learning_rate`",
                )
        before = self.rows[-1] if self.rows else {"step": 0, "tokens_seen": -1}
        if step < before["step"] or tokens_seen <= before["tokens_seen"] or (not self.rows and tokens_seen != 0):
            found = f"a row at step {step}, {tokens_seen} tokens, after {len(self.rows)} rows"
            raise StudyError(self.where, found, "rows that start at 0 tokens and rise")
        row = {"step": int(step), "tokens_seen": int(tokens_seen), "epoch": float(epoch)}
        bits = {
            f"{name}_bits": self._bits(measured[key]) for name, key in (("loss", "loss"), ("heldout", "heldout_loss"))
        }
        self.rows.append(row | measured | {"learning_rate": float(learning_rate)} | bits)

    def _bits(self, nats: float | None) -> float | None:
        return nats / math.log(2.0) if self.code_length and nats is not None else None

    def table(self) -> pa.Table:
        """The log as a table under `LOG_SCHEMA`."""
        return pa.Table.from_pylist(self.rows, schema=LOG_SCHEMA)
