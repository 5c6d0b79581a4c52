"""Vectors from files of other programs: GloVe text and matrices of safetensors files (word2vec: test_export)."""

import gzip

import numpy as np
import pytest
from gensim.models import KeyedVectors
from safetensors.numpy import save_file

from wordspaces.common.errors import StudyError
from wordspaces.models.vector_files import read_glove, read_matrix

TOKENS = ["the", "3", "naïve", "of", "."]
VECTORS = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)


def glove(path):
    lines = [" ".join([token, *map(str, vector.tolist())]) for token, vector in zip(TOKENS, VECTORS, strict=True)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def matrix(folder, tensors=None, words=TOKENS):
    save_file(tensors or {"embedding": VECTORS, "bias": np.zeros(5, np.float32)}, folder / "m.safetensors")
    (folder / "words.txt").write_text("".join(f"{word}\n" for word in words), encoding="utf-8")
    return folder / "m.safetensors", folder / "words.txt"


def test_glove_is_read_as_gensim_reads_it(tmp_path):
    path = glove(tmp_path / "glove.txt")
    tokens, vectors = read_glove(path)
    peer = KeyedVectors.load_word2vec_format(str(path), binary=False, no_header=True)
    assert tokens == TOKENS == peer.index_to_key
    np.testing.assert_array_equal(vectors, peer.vectors)
    packed = tmp_path / "glove.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    tokens, vectors = read_glove(packed, {"of", "3", "absent"})
    assert tokens == ["3", "of"]
    np.testing.assert_array_equal(vectors, VECTORS[[1, 3]])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "first line of 0 fields"),
        ("the of and\n", "with 0 numbers at its end"),
        ("the 1 2 3\nof 1 2\n", "line 2: found 2 fields"),
        ("the 1 2 3\nof 1 2 3", "line 2: .* no end of line"),
        ("the 1 2 3\nthe 1 2 3\n", "'the' twice"),
        ("the 1 nan 3\n", "not finite in the vector of 'the'"),
    ],
)
def test_damaged_glove_is_refused(tmp_path, content, message):
    (tmp_path / "g").write_text(content)
    with pytest.raises(StudyError, match=message):
        read_glove(tmp_path / "g")
    with pytest.raises(StudyError, match="no readable file"):
        read_glove(tmp_path / "absent")


def test_a_matrix_is_read_by_its_words(tmp_path):
    tokens, vectors = read_matrix(*matrix(tmp_path))
    assert (tokens, vectors.dtype) == (TOKENS, np.float32)
    np.testing.assert_array_equal(vectors, VECTORS)
    both = {"embedding": VECTORS, "head": 2 * VECTORS.astype(np.float16)}
    tokens, vectors = read_matrix(*matrix(tmp_path, both), "head", {"naïve"})
    assert tokens == ["naïve"]
    np.testing.assert_array_equal(vectors, both["head"][[2]].astype(np.float32))


@pytest.mark.parametrize(
    ("tensors", "words", "tensor", "message"),
    [
        ({"a": VECTORS, "b": VECTORS}, TOKENS, "", "2 matrices of 5 rows .*name it in `tensor`"),
        ({"a": VECTORS}, TOKENS[:4], "", "0 matrices of 4 rows"),
        ({"a": VECTORS}, TOKENS, "b", "no tensor 'b'.*a \\[5, 4\\]"),
        ({"a": VECTORS}, TOKENS[:3], "a", "a row for each of the 3 words"),
        ({"a": np.ones((5, 2), np.int64)}, TOKENS, "", "of type I64"),
        ({"a": np.full((5, 2), np.inf, np.float32)}, TOKENS, "", "not finite"),
    ],
)
def test_a_matrix_that_does_not_fit_is_refused(tmp_path, tensors, words, tensor, message):
    with pytest.raises(StudyError, match=message):
        read_matrix(*matrix(tmp_path, tensors, words), tensor)


def test_files_that_are_none_are_refused(tmp_path):
    path, words = matrix(tmp_path)
    with pytest.raises(StudyError, match="no readable list of words"):
        read_matrix(path, tmp_path / "absent")
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(StudyError, match="no readable safetensors file"):
        read_matrix(path, words)
