"""Agreement of cells about words: brute force over whole matrices, ceilings by hand, which runs are paired."""

from types import SimpleNamespace

import numpy as np
import pytest

from wordspaces.analysis.explorer.agreement import SCHEMA, agreement_table, ceilings, pairs_of
from wordspaces.analysis.roster import Roster, Space, Words, as_runs, load_rosters, read_words
from wordspaces.analysis.similarity.rdm import centred_units
from wordspaces.common.streams import generator

MODELS = ["glove", "skipgram", "cbow"]
CORPORA = ["wiki", "twitter"]
FAMILIES = {"glove": "glove", "skipgram": "word2vec", "cbow": "word2vec"}


def listed_runs(samples: str = "ab", seeds: tuple[int, ...] = (1, 2)) -> list:
    return as_runs([[c, s, m, FAMILIES[m], i] for c in CORPORA for s in samples for m in MODELS for i in seeds])


@pytest.fixture(scope="module")
def roster(study: SimpleNamespace) -> Roster:
    chosen = [i for i, run in enumerate(study.runs) if run[2] in MODELS and run[4] < 3]
    runs = as_runs([study.runs[i] for i in chosen])
    return load_rosters([study.spaces[i] for i in chosen], runs, read_words(study.comparison))[0]


@pytest.fixture(scope="module")
def table(roster: Roster):
    found = agreement_table(roster, MODELS, CORPORA)
    assert found.schema.equals(SCHEMA)
    return found.to_pandas()


def similarities(roster: Roster, *run: object) -> np.ndarray:
    """Cosines of all words with all words in one space, 0 on the diagonal."""
    at = next(i for i, s in enumerate(roster.spaces) if (s.corpus, s.sample, s.model, s.seed) == run)
    units = centred_units(roster.vectors[at], "test")
    matrix = units @ units.T
    np.fill_diagonal(matrix, 0.0)
    return matrix


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))


def rows_of(table, a, b, relation):
    """Rows of two cells and a relation, in the order of the words."""
    columns = ["a_corpus", "a_model", "b_corpus", "b_model", "relation"]
    return table.set_index(columns).loc[[(*a, *b, relation)]]


def test_pairs_have_other_seeds_and_one_sample_unless_that_is_what_differs():
    runs = listed_runs()
    found = pairs_of(runs, MODELS)
    for (a, b, relation), pairs in found.items():
        for i, j in pairs:
            assert (runs[i].corpus, runs[i].model) == a
            assert (runs[j].corpus, runs[j].model) == b
            assert runs[i].seed != runs[j].seed
            if a[0] == b[0]:
                assert (runs[i].sample == runs[j].sample) == (relation != "sample")
        assert len(set(map(frozenset, pairs))) == len(pairs)
    sizes = {relation: len(pairs) for (_, _, relation), pairs in found.items()}
    assert sizes == {
        "seed": 2,
        "sample": 2,
        "family": 4,
        "variant": 4,
        "corpus": 8,
        "family and corpus": 8,
        "variant and corpus": 8,
    }
    assert list(found)[:3] == [
        (("wiki", "glove"), ("wiki", "glove"), "seed"),
        (("wiki", "glove"), ("wiki", "glove"), "sample"),
        (("wiki", "glove"), ("wiki", "skipgram"), "family"),
    ]
    assert (("wiki", "skipgram"), ("wiki", "cbow"), "variant") in found


def test_agreement_is_that_of_whole_matrices(roster, table):
    one, other = ("wiki", "glove"), ("wiki", "skipgram")
    pairs = [((c, s, m, i), (d, s, n, 3 - i)) for (c, m), (d, n) in [(one, other)] for s in ("a", "b") for i in (1, 2)]
    expected = np.mean([cosines(similarities(roster, *i), similarities(roster, *j)) for i, j in pairs], axis=0)
    rows = rows_of(table, one, other, "family")
    np.testing.assert_allclose(rows["agreement"], expected, atol=1e-6)
    assert set(rows["pairs"]) == {4}
    np.testing.assert_array_equal(rows["id"], roster.words.ids)
    assert rows["word"].tolist() == list(roster.words.tokens)


def test_ceilings_are_seed_reliabilities_within_a_corpus_and_sample_reliabilities_between(table):
    glove, skipgram = ("wiki", "glove"), ("wiki", "skipgram")
    seed = [rows_of(table, cell, cell, "seed")["agreement"].to_numpy() for cell in (glove, skipgram)]
    rows = rows_of(table, glove, skipgram, "family")
    np.testing.assert_allclose(rows["ceiling"], np.sqrt(seed[0] * seed[1]), atol=1e-6)
    np.testing.assert_allclose(rows["gap"], rows["ceiling"] - rows["agreement"], atol=1e-6)
    between = ("twitter", "glove")
    sample = [rows_of(table, cell, cell, "sample")["agreement"].to_numpy() for cell in (glove, between)]
    rows = rows_of(table, glove, between, "corpus")
    np.testing.assert_allclose(rows["ceiling"], np.sqrt(sample[0] * sample[1]), atol=1e-6)
    np.testing.assert_allclose(rows_of(table, glove, glove, "sample")["ceiling"], seed[0], atol=1e-6)
    assert rows_of(table, glove, glove, "seed")["ceiling"].isna().all()


def test_a_reliability_that_is_not_positive_gives_no_ceiling():
    a, b = ("wiki", "x"), ("wiki", "y")
    known = {
        (a, a, "seed"): np.array([0.9, -0.1, 0.0, 0.4]),
        (b, b, "seed"): np.array([0.4, -0.4, 0.5, np.nan]),
        (a, b, "family"): np.full(4, 0.2),
    }
    found = ceilings(known, 4)
    np.testing.assert_allclose(found[a, b, "family"], [0.6, np.nan, np.nan, np.nan])
    assert np.isnan(found[a, a, "seed"]).all()


def planted(samples: str, seeds: tuple[int, ...]) -> Roster:
    runs = sorted(listed_runs(samples, seeds))
    spaces = tuple(Space(r.corpus, r.sample, r.model, r.family, r.seed) for r in runs)
    vectors = tuple(generator(i, "agreement").standard_normal((12, 5)).astype(np.float32) for i in range(len(spaces)))
    words = Words(np.arange(12, dtype=np.int32), tuple(f"w{i}" for i in range(12)), np.full(12, 9))
    return Roster("input", spaces, words, vectors)


def test_one_sample_leaves_corpora_without_a_ceiling_and_one_seed_leaves_nothing():
    found = agreement_table(planted("a", (1, 2)), MODELS, CORPORA).to_pandas()
    between = found["a_corpus"] != found["b_corpus"]
    assert found.loc[between, ["ceiling", "gap"]].isna().all(axis=None)
    assert found.loc[between, "agreement"].notna().all()
    assert "sample" not in set(found["relation"])
    assert agreement_table(planted("ab", (1,)), MODELS, CORPORA).num_rows == 0


def test_two_cells_that_are_one_space_turned_agree_and_have_no_gap():
    roster = planted("ab", (1, 2))
    base = generator(0, "one").standard_normal((12, 5))
    turned = []
    for i in range(len(roster.spaces)):
        turned.append((base @ np.linalg.qr(generator(i, "turn").standard_normal((5, 5)))[0]).astype(np.float32))
    found = agreement_table(Roster("input", roster.spaces, roster.words, tuple(turned)), MODELS, CORPORA).to_pandas()
    np.testing.assert_allclose(found["agreement"], 1.0, atol=1e-5)
    assert np.abs(found["gap"]).max() < 1e-5
