"""Word vectors in the word2vec formats: there and back, as gensim reads them, and what is refused."""

import gzip
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from gensim.models import KeyedVectors
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from wordspaces.common.artefacts import write_table, write_tensors
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.models.export import write_word2vec_binary, write_word2vec_text
from wordspaces.models.vector_files import read_word2vec

TOKENS = ["the", "<url>", "naïve", "7", "日本", "3.5"]
VECTORS = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
WRITERS = {"txt": write_word2vec_text, "bin": write_word2vec_binary}
BOTH = pytest.mark.parametrize("kind", WRITERS)


def written(folder, kind, tokens=TOKENS, vectors=VECTORS):
    WRITERS[kind](folder / f"vectors.{kind}", tokens, vectors)
    return folder / f"vectors.{kind}"


@BOTH
def test_gensim_reads_what_is_written(tmp_path, kind):
    found = KeyedVectors.load_word2vec_format(str(written(tmp_path, kind)), binary=kind == "bin")
    assert found.index_to_key == TOKENS
    np.testing.assert_array_equal(found.vectors, VECTORS)


@BOTH
def test_what_gensim_writes_is_read(tmp_path, kind):
    peer = KeyedVectors(5)
    peer.add_vectors(TOKENS, VECTORS)
    peer.save_word2vec_format(str(tmp_path / "peer"), binary=kind == "bin")
    tokens, vectors = read_word2vec(tmp_path / "peer")
    assert (tokens, vectors.dtype) == (TOKENS, np.float32)
    np.testing.assert_allclose(vectors, VECTORS, rtol=1e-6)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1, max_size=8)


@BOTH
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_there_and_back(tmp_path_factory, kind, data):
    tokens = data.draw(st.lists(WORDS, unique=True, min_size=1, max_size=6))
    finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
    vectors = data.draw(arrays(np.float32, (len(tokens), data.draw(st.integers(4, 20))), elements=finite))
    found, back = read_word2vec(written(tmp_path_factory.mktemp("export"), kind, tokens, vectors))
    assert found == tokens
    np.testing.assert_array_equal(back, vectors)


@BOTH
def test_gzip_and_words_to_keep(tmp_path, kind):
    packed = tmp_path / "vectors.gz"
    packed.write_bytes(gzip.compress(written(tmp_path, kind).read_bytes()))
    tokens, vectors = read_word2vec(packed, only={"7", "<url>", "absent"})
    assert tokens == ["<url>", "7"]
    np.testing.assert_array_equal(vectors, VECTORS[[1, 3]])
    assert read_word2vec(packed)[0] == TOKENS
    assert read_word2vec(packed, only=())[1].shape == (0, 5)


def test_binary_without_line_feeds(tmp_path):
    rows = b"".join(token.encode() + b" " + vector.tobytes() for token, vector in zip(TOKENS, VECTORS, strict=True))
    (tmp_path / "v").write_bytes(b"6 5\n" + rows)
    tokens, vectors = read_word2vec(tmp_path / "v")
    assert tokens == TOKENS
    np.testing.assert_array_equal(vectors, VECTORS)


def test_text_with_words_of_several_parts(tmp_path):
    (tmp_path / "v").write_text("2 3\n. . . 1 2 3 \nnew york 4 5 6\n")
    tokens, vectors = read_word2vec(tmp_path / "v")
    assert tokens == [". . .", "new york"]
    np.testing.assert_array_equal(vectors, [[1, 2, 3], [4, 5, 6]])


def test_equal_calls_give_equal_bytes(tmp_path):
    for kind in WRITERS:
        assert written(tmp_path, kind).read_bytes() == written(tmp_path, kind).read_bytes()


@BOTH
@pytest.mark.parametrize("token", ["two words", "", "a\tb", "line\n", "a\u00a0b"])
def test_refuses_words_the_format_cannot_hold(tmp_path, kind, token):
    with pytest.raises(StudyError, match="without white space"):
        written(tmp_path, kind, ["the", token], VECTORS[:2])
    assert not list(tmp_path.iterdir())


@BOTH
def test_refuses_what_does_not_fit(tmp_path, kind):
    with pytest.raises(StudyError, match="twice"):
        written(tmp_path, kind, ["a", "a"], VECTORS[:2])
    with pytest.raises(StudyError, match="one vector for each word"):
        written(tmp_path, kind, ["a"], VECTORS)
    for value in (np.nan, 1e300):
        with pytest.raises(StudyError, match="not finite"):
            written(tmp_path, kind, ["a"], np.full((1, 3), value))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("the 0.1 0.2 0.3\nof 1 2 3\n", "header, such as '400000 100'"),
        ("", "header"),
        ("2 0\na\nb\n", "header"),
        ("2 3\nthe 1 2 3\nof 1 2\n", "line 3: found 2 fields .*; allowed: 3 numbers"),
        ("2 3\nthe 1 2 3 4\nof 1 2 3 4\n", "line 2: found 4 fields"),
        ("2 3\nthe 1 2 3\nof 1 x 3\n", "line 3"),
        ("2 3\nthe 1 x 3\nof 1 2 3\n", "line 2"),
        ("2 3\nthe 1 2 3\nof 1 2 3", "line 3: .* no end of line"),
        ("3 3\nthe 1.25 2.5 3.5\nof 1.5 2.5 3.5\n", "2 words; allowed: the 3 .*cut short"),
        ("900000 300\nthe 1 2 3\n", "bytes; allowed: at least"),
        ("1 3\nthe 1 2 3\nof 1 2 3\n", "something after 1 words"),
        ("1 3\nthe 1 nan 3\n", "not finite in the vector of 'the'"),
    ],
)
def test_refuses_damaged_text(tmp_path, content, message):
    path = tmp_path / "vectors.txt"
    path.write_text(content)
    with pytest.raises(StudyError, match=message) as error:
        read_word2vec(path)
    assert str(path) in str(error.value)


def test_refuses_damaged_binary(tmp_path):
    whole = written(tmp_path, "bin").read_bytes()
    path = tmp_path / "damaged.bin"
    for cut in range(len(whole) - 3, 5, -7):
        path.write_bytes(whole[:cut])
        with pytest.raises(StudyError, match="cut short"):
            read_word2vec(path)
    for content, message in [
        (whole + b"more", "something after"),
        (whole.replace(b"6 5", b"6 4", 1), "UTF-8|something after|no blank"),
        (b"6 5\n" + b"\xff" * 5000, "no blank"),
        (b"1 2\n\xff\xfe " + bytes(8), "UTF-8"),
        (gzip.compress(whole)[:-20], "no readable file"),
    ]:
        path.write_bytes(content)
        with pytest.raises(StudyError, match=message):
            read_word2vec(path)
    with pytest.raises(StudyError, match="no readable file"):
        read_word2vec(tmp_path / "missing")


def test_script_writes_both_formats(tmp_path):
    made = Provenance(rule="made", script="tests", code="0")
    vocabulary = pa.table({"id": pa.array(range(6), pa.int32()), "token": TOKENS})
    write_table(tmp_path / "vocabulary.parquet", vocabulary, made)
    write_tensors(tmp_path / "weights.safetensors", {"centre": VECTORS, "context": VECTORS}, made)

    class Named(dict):
        __getattr__ = dict.__getitem__

    task = SimpleNamespace(
        input=Named(vocabulary=tmp_path / "vocabulary.parquet", weights=tmp_path / "weights.safetensors"),
        output=Named(text=tmp_path / "out.txt", binary=tmp_path / "out.bin"),
        params=Named(family="word2vec", add_context=False, code="0", script="scripts/export_vectors.py"),
        wildcards=Named(),
        resources=Named(),
        log=[],
        rule="export_vectors",
    )
    script = Path(__file__).parents[2] / "workflow" / "scripts" / "export_vectors.py"
    runpy.run_path(str(script), init_globals={"snakemake": task})
    for path in (task.output.text, task.output.binary):
        tokens, vectors = read_word2vec(path)
        assert tokens == TOKENS
        np.testing.assert_array_equal(vectors, VECTORS)
