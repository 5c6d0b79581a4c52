"""Matrices of GPT and BERT as spaces: each word has its row, or the mean of the rows of its pieces."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from wordspaces.common.errors import StudyError
from wordspaces.spaces.table import INPUT_LAYER, INPUT_PROBE, INPUT_SPACE, space_block, spaces_table
from wordspaces.tokens.spelled import Spellings

EMBEDDING = "embedding"


def matrix_block(space: str, matrix: np.ndarray, tokens: Sequence[str], spellings: Spellings | None) -> pa.Table:
    """Rows of a spaces table from an input or output matrix, every word of the vocabulary once.

    matrix : float [entries, d], words or pieces; tokens : the V words, in the order of their ids; spellings : of them
    where the model reads pieces, whose vectors are then averaged.
    """
    vectors = matrix if spellings is None else spellings.pool(matrix)
    ids = np.arange(len(tokens))
    return space_block(space, INPUT_LAYER, INPUT_PROBE, ids, tokens, np.zeros(len(ids), np.int32), vectors)


def input_space(weights: Mapping[str, np.ndarray], tokens: Sequence[str], spellings: Spellings | None) -> pa.Table:
    """Spaces table of a transformer that is not run: its input vectors alone. `StudyError` where it has none."""
    if EMBEDDING not in weights:
        raise StudyError("weights", f"no array {EMBEDDING!r} among {sorted(weights)}", "those of a gpt or bert model")
    return spaces_table([matrix_block(INPUT_SPACE, weights[EMBEDDING], tokens, spellings)])
