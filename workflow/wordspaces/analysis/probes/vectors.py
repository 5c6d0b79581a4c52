"""Vectors of single words in context, as the reading of GPT and BERT wrote them down: one array for each layer."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wordspaces.analysis.tables import numbers
from wordspaces.common.errors import StudyError


@dataclass(frozen=True)
class Layers:
    """Vectors [layers, n, d], float64, of n places; `rows` is the table of the places, without layer and vector."""

    rows: pa.Table
    vectors: np.ndarray

    def take(self, keep: np.ndarray) -> "Layers":
        """Subset by boolean mask or positions [n]."""
        positions = np.arange(self.rows.num_rows)[keep]
        return Layers(self.rows.take(pa.array(positions)), self.vectors[:, positions])


def read_layers(table: pa.Table, where: object) -> Layers:
    """A table of occurrences or of sentences: a row for each place and layer, layers 0 to L of a place in turn.

    `StudyError`, naming `where`, for another order of rows and for a vector that is not finite.
    """
    layer = numbers(table, "layer")
    count = int(layer.max(initial=-1)) + 1
    if len(layer) and (len(layer) % count or not (layer.reshape(-1, count) == np.arange(count)).all()):
        raise StudyError(where, "rows out of order", f"layers 0 to {count - 1} of every place", "delete it and rerun")
    column = table["vector"].combine_chunks()
    flat = column.flatten().to_numpy(zero_copy_only=False).astype(np.float64)
    vectors = flat.reshape(-1, max(count, 1), column.type.list_size).transpose(1, 0, 2)
    if not np.isfinite(vectors).all():
        raise StudyError(where, "a vector that is not finite", "finite numbers", "retrain the model")
    first = table.drop_columns(["layer", "vector"]).filter(pa.array(layer == 0))
    return Layers(first.combine_chunks(), vectors)


def by_probe(layers: Layers) -> Iterator[tuple[str, Layers]]:
    """The places of each probe text, by its name."""
    probes = layers.rows["probe"]
    for probe in sorted(pc.unique(probes).to_pylist()):
        yield probe, layers.take(pc.equal(probes, probe).to_numpy(zero_copy_only=False))


def unit_vectors(vectors: np.ndarray) -> np.ndarray:
    """Vectors [..., d] in length one, float64; a zero vector becomes NaN, for it has no direction."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, lengths, out=np.full(vectors.shape, np.nan), where=lengths > 0.0)
