"""Words that lie nearest to a vector of one layer: by their mean vectors over held-out contexts in the same layer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from wordspaces.analysis.probes.vectors import unit_vectors
from wordspaces.common.artefacts import read_table
from wordspaces.common.errors import StudyError
from wordspaces.spaces.table import select_space


@dataclass
class NearestWords:
    """Mean vectors float64 [n, d] of the words of each layer and probe text, with ids int [n]; tokens by id.

    Vectors are centred over the words (of several texts over those that all have, each the mean over these texts), for
    without it what all words of a layer share decides.
    """

    vectors: dict[tuple[int, str], tuple[np.ndarray, np.ndarray]]
    tokens: dict[int, str]
    centred: dict[tuple, tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=dict)

    def of(self, vector: np.ndarray, layer: int, probes: Sequence[str], word: str, number: int) -> list[str]:
        """The `number` words nearest to `vector` float64 [d], the nearest first, without `word` itself."""
        ids, mean, units = self._centred(layer, tuple(sorted(probes)))
        cosines = units @ (vector - mean)
        order = ids[np.argsort(-cosines, kind="stable")[: number + 1]]
        return [token for token in (self.tokens[int(one)] for one in order) if token != word][:number]

    def _centred(self, layer: int, probes: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Ids, mean, and centred vectors of length one of the words of a layer that all `probes` have."""
        if (layer, probes) not in self.centred:
            parts = [self.vectors[layer, probe] for probe in probes]
            common = parts[0][0]
            for ids, _ in parts[1:]:
                common = np.intersect1d(common, ids)
            vectors = np.mean([found[np.searchsorted(ids, common)] for ids, found in parts], axis=0)
            mean = vectors.mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1])
            # A word without direction lies nearest to nothing.
            self.centred[layer, probes] = common, mean, np.nan_to_num(unit_vectors(vectors - mean))
        return self.centred[layer, probes]


def read_nearest(path: str, layers: int, probes: Sequence[str]) -> NearestWords:
    """The mean vectors of layers 0 to `layers` - 1 and every probe text from a spaces table.

    `StudyError` where the table lacks one of them.
    """
    table = read_table(path, ["space", "layer", "probe", "id", "token", "contexts", "vector"])
    vectors, tokens = {}, {}
    names = dict(zip(table["id"].to_pylist(), table["token"].to_pylist(), strict=True))
    for layer in range(layers):
        for probe in probes:
            ids, contexts, found = select_space(table, f"layer{layer}@{probe}", layer, probe)
            if not (contexts > 0).all():
                raise StudyError(path, f"a vector of layer {layer} without contexts", "means over contexts")
            vectors[layer, probe] = ids, found.astype(np.float64)
            tokens |= {int(one): names[one] for one in ids.tolist()}
    return NearestWords(vectors, tokens)
