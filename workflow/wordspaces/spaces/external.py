"""Vectors that others trained, as a spaces table over the shared vocabulary."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from wordspaces.common.errors import StudyError
from wordspaces.models.vector_files import read_glove, read_matrix, read_word2vec
from wordspaces.spaces.settings import ExternalSettings
from wordspaces.spaces.table import INPUT_LAYER, INPUT_PROBE, INPUT_SPACE, space_block, spaces_table


def external_space(files: Sequence[str | Path], settings: ExternalSettings, tokens: Sequence[str]) -> pa.Table:
    """Input space of the words of the vocabulary that a file of vectors has, spelled as in the vocabulary.

    Parameters
    ----------
    files : the file of vectors and, for a safetensors matrix, its list of words; tokens : of the vocabulary, in the
        order of the ids; placeholders and special tokens are no words and are left out.

    Raises
    ------
    StudyError : the file cannot be read as its format, or has no word of the vocabulary.
    """
    ids = {token: i for i, token in enumerate(tokens) if not (token.startswith("<") and token.endswith(">"))}
    if settings.format == "safetensors":
        found, vectors = read_matrix(files[0], files[1], settings.tensor, ids)
    else:
        found, vectors = {"word2vec": read_word2vec, "glove": read_glove}[settings.format](files[0], ids)
    if not found:
        remedy = "check `format`, and that its words are in lower case as those of the vocabulary"
        raise StudyError(files[0], f"no word of the vocabulary of {len(ids):,} words", "vectors of its words", remedy)
    rows, none = np.array([ids[word] for word in found]), np.zeros(len(found), np.int32)
    return spaces_table([space_block(INPUT_SPACE, INPUT_LAYER, INPUT_PROBE, rows, found, none, vectors)])
