"""The space of a static model: one vector for each word of the vocabulary."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from wordspaces.common.errors import StudyError
from wordspaces.spaces.table import INPUT_LAYER, INPUT_PROBE, INPUT_SPACE, space_block, spaces_table


def static_vectors(family: str, weights: Mapping[str, np.ndarray]) -> np.ndarray:
    """Word vectors of a static model, float32 [V, d].

    For "word2vec" the input vectors (the centre table), for "svd" the scaled left singular vectors, for "glove" the sum of word and context vectors (Pennington
    et al. 2014, section 4.2).

    Raises
    ------
    StudyError : another family, or a checkpoint without the arrays of this family.
    """
    needed = {"word2vec": ("centre",), "glove": ("word", "context"), "svd": ("centre",)}
    if family not in needed:
        raise StudyError("family", repr(family), " or ".join(map(repr, needed)))
    missing = [name for name in needed[family] if name not in weights]
    if missing:
        raise StudyError("weights", f"no array {missing[0]!r} among {sorted(weights)}", f"those of a {family} model")
    if family == "glove":
        return weights["word"] + weights["context"]
    return weights["centre"]


def static_space(family: str, weights: Mapping[str, np.ndarray], tokens: Sequence[str]) -> pa.Table:
    """Spaces table of a static model: the space "input", each word of the vocabulary once.

    tokens : the V words, in the order of their ids. Raises `StudyError` where the vectors are not as many.
    """
    vectors = static_vectors(family, weights)
    ids = np.arange(len(vectors), dtype=np.int32)
    contexts = np.zeros(len(vectors), np.int32)
    return spaces_table([space_block(INPUT_SPACE, INPUT_LAYER, INPUT_PROBE, ids, tokens, contexts, vectors)])
