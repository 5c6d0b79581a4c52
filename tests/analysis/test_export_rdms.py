"""Exported RDMs as the real rsatoolbox reads them."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest
import rsatoolbox
from scipy.spatial.distance import pdist

from wordspaces.analysis.roster import Roster, Space, Words
from wordspaces.analysis.similarity.compare import compare
from wordspaces.analysis.similarity.export import KEYS, named, to_rsatoolbox, write_rsatoolbox
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

TOKENS = ("one", "zwölf", "三", "drei", "quatre")
WORDS = Words(np.arange(3, 8, dtype=np.int32), TOKENS, np.array([50, 40, 30, 20, 10]))
SPACES = (Space("wiki", "a", "glove", "glove", 1), Space("wiki", "b", "gpt", "gpt", 2, "layer1@wiki", 1, "wiki"))


@pytest.fixture
def vectors() -> list[np.ndarray]:
    return [generator(seed, "export").standard_normal((5, 3 + seed)).astype(np.float32) for seed in (1, 2)]


@pytest.fixture
def rdms(vectors: list[np.ndarray]) -> RDMs:
    return RDMs.of(vectors, SPACES)


def assert_read(found: rsatoolbox.rdm.RDMs, vectors: list[np.ndarray]) -> None:
    for row, matrix in zip(found.dissimilarities, vectors, strict=True):
        values = matrix.astype(np.float64)
        np.testing.assert_allclose(row, pdist(values - values.mean(axis=0), "cosine"), atol=1e-12)
    assert found.n_cond == 5
    assert found.descriptors["roster"] == "input"
    assert found.dissimilarity_measure == "cosine of centred vectors"
    assert list(found.pattern_descriptors["word"]) == list(TOKENS)
    assert list(found.pattern_descriptors["id"]) == [3, 4, 5, 6, 7]
    assert list(found.pattern_descriptors["count"]) == [50, 40, 30, 20, 10]
    for key in KEYS:
        assert list(found.rdm_descriptors[key]) == [getattr(space, key) for space in SPACES]


def test_the_dictionary_makes_rdms(rdms: RDMs, vectors: list[np.ndarray]) -> None:
    assert_read(rsatoolbox.rdm.rdms_from_dict(to_rsatoolbox(rdms, WORDS, SPACES, "input")), vectors)


def test_the_file_is_loaded(rdms: RDMs, vectors: list[np.ndarray], tmp_path: Path) -> None:
    path = str(tmp_path / "rdms" / "input.hdf5")
    write_rsatoolbox(path, rdms, WORDS, SPACES, "input")
    assert_read(rsatoolbox.rdm.load_rdm(path), vectors)


def test_rsatoolbox_selects_by_word_and_space_and_compares(rdms: RDMs, tmp_path: Path) -> None:
    path = str(tmp_path / "input.hdf5")
    write_rsatoolbox(path, rdms, WORDS, SPACES, "input")
    loaded = rsatoolbox.rdm.load_rdm(path)
    r = rsatoolbox.rdm.compare(loaded, loaded, method="spearman")
    np.testing.assert_allclose(r, compare(rdms, "spearman"), atol=1e-6)
    some = loaded.subset("model", "gpt").subset_pattern("word", ["zwölf", "drei"])
    assert some.n_rdm == 1
    # Words 1 and 3 of five: after the four pairs of word 0 and the pair (1, 2).
    assert some.dissimilarities.item() == rdms.condensed(1)[5]


def test_more_words_than_an_attribute_of_older_formats_holds(tmp_path: Path) -> None:
    count = 6000
    words = Words(np.arange(count, dtype=np.int32), tuple(f"wört{i}" for i in range(count)), np.ones(count, np.int64))
    ring = np.linspace(0.0, 2 * np.pi, count, endpoint=False)
    rdms = RDMs.of([np.stack([np.cos(ring), np.sin(ring)], axis=1)], SPACES[:1])
    path = str(tmp_path / "input.hdf5")
    write_rsatoolbox(path, rdms, words, SPACES[:1], "input")
    loaded = rsatoolbox.rdm.load_rdm(path)
    assert loaded.pattern_descriptors["word"] == list(words.tokens)
    assert loaded.dissimilarities[0, count // 2 - 1] == pytest.approx(2.0)


def test_equal_content_gives_equal_bytes(rdms: RDMs, tmp_path: Path) -> None:
    paths = [tmp_path / "one.hdf5", tmp_path / "two.hdf5"]
    for path in paths:
        write_rsatoolbox(path, rdms, WORDS, SPACES, "input")
        time.sleep(1.05)  # a clock in the file would show
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_names_that_do_not_fit_are_refused(rdms: RDMs) -> None:
    with pytest.raises(StudyError, match="2 RDMs of 5 words, names of 1 spaces and 5 words"):
        to_rsatoolbox(rdms, WORDS, SPACES[:1], "input")


def test_without_h5py_one_line_says_what_to_install(
    rdms: RDMs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(StudyError, match="pip install h5py"):
        write_rsatoolbox(tmp_path / "input.hdf5", rdms, WORDS, SPACES, "input")
    assert list(tmp_path.iterdir()) == []


def test_a_roster_that_is_not_there_is_refused(vectors: list[np.ndarray]) -> None:
    roster = Roster("input", SPACES, WORDS, tuple(vectors))
    assert named([roster, None], "input") is roster
    with pytest.raises(StudyError, match=r"'contextual'.*input"):
        named([roster, None], "contextual")
