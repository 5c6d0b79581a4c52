"""The space of a static model: one vector for each word of the vocabulary."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from wordspaces.common.errors import StudyError
from wordspaces.spaces.table import INPUT_LAYER, INPUT_PROBE, INPUT_SPACE, space_block, spaces_table

TABLES = {"glove": ("word", "context")}
USUAL = ("centre", "context")
"""Arrays with the vectors of words and of contexts, in families that do not say otherwise in `TABLES`."""


def static_vectors(family: str, weights: Mapping[str, np.ndarray], add_context: bool) -> np.ndarray:
    """Word vectors of a static model, float32 [V, d].

    The vectors of words as inputs ("word2vec"), as rows of X ("glove") or as scaled left singular vectors ("svd"),
    "centre" of any other family; with `add_context` the sums of these and of the vectors of the same words as contexts
    (Pennington et al. 2014, section 4.2; Levy, Goldberg and Dagan 2015, section 3.3).

    Raises
    ------
    StudyError : a checkpoint without the arrays of this family.
    """
    names = TABLES.get(family, USUAL)[: 2 if add_context else 1]
    missing = [name for name in names if name not in weights]
    if missing:
        raise StudyError("weights", f"no array {missing[0]!r} among {sorted(weights)}", f"those of a {family} model")
    words, *contexts = (weights[name] for name in names)
    return words + contexts[0] if contexts else words


def static_space(family: str, weights: Mapping[str, np.ndarray], add_context: bool, tokens: Sequence[str]) -> pa.Table:
    """Spaces table of a static model: the space "input", each word of the vocabulary once.

    tokens : the V words, in the order of their ids; the others as in `static_vectors`. Raises `StudyError` where the
    vectors are not as many.
    """
    vectors = static_vectors(family, weights, add_context)
    ids = np.arange(len(vectors), dtype=np.int32)
    contexts = np.zeros(len(vectors), np.int32)
    return spaces_table([space_block(INPUT_SPACE, INPUT_LAYER, INPUT_PROBE, ids, tokens, contexts, vectors)])
