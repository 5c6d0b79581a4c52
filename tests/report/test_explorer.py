"""What the word explorer reads: every number of the tables found again in the arrays, within half a hundredth."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from wordspaces.common.errors import StudyError
from wordspaces.report.explorer import ExplorerTables, explorer_pack
from wordspaces.report.pack import unpacked
from wordspaces.report.positions import quantised, quantised_share

CORPORA, RECIPES = ["wiki", "twitter"], ["skipgram", "glove"]
STUDY = {
    "corpora": {"wiki": ["x"], "twitter": ["y"]},
    "models": {"skipgram": {"family": "word2vec"}, "short": {"family": "word2vec"}, "glove": {"family": "glove"}},
    "references": ["short"],
    "seeds": [1, 2],
}
TOKENS = dict(enumerate(["<b>", "the", "sea", "war", "rare"]))
LISTED = {"wiki": [0, 1, 2, 3, 4], "twitter": [1, 2, 3]}
COMPARED = [1, 2, 3]
COUNTS = {"wiki": np.array([5, 90, 20, 30, 4]), "twitter": np.array([0, 80, 40, 2, 0])}
K, SNAPSHOTS, HALF = 2, 3, 0.005


def numbers(name: str, size: int) -> np.ndarray:
    return np.random.default_rng([*name.encode()]).uniform(-1, 1, size)


def planted(spaces: int = 4, courses: bool = True) -> ExplorerTables:
    cells = [(corpus, model) for corpus in CORPORA for model in RECIPES]
    rows = [
        {"corpus": c, "model": m, "id": i, "word": TOKENS[i], "rank": rank, "neighbour_id": j, "spaces": spaces}
        for c, m in reversed(cells)
        for i in LISTED[c]
        for rank, j in enumerate([j for j in LISTED[c] if j != i][:K], start=1)
    ]
    neighbours = pd.DataFrame(rows)
    neighbours["neighbour"] = neighbours["neighbour_id"].map(TOKENS)
    neighbours["cosine"] = numbers("cosine", len(rows))
    neighbours["held"] = np.arange(len(rows)) % (spaces + 1)
    neighbours["pattern"] = 2 ** np.arange(len(rows)) % 2 ** min(spaces, 40)
    agreement = pd.DataFrame(
        {"id": i, "word": TOKENS[i], "a_corpus": a[0], "a_model": a[1], "b_corpus": b[0], "b_model": b[1]}
        | {"relation": relation, "pairs": 6}
        for a, b in [*zip(cells, cells, strict=True), *combinations(cells, 2)]
        for relation in (
            ["seed", "sample"] if a == b else ["family" if a[0] == b[0] else "corpus" if a[1] == b[1] else "both"]
        )
        for i in COMPARED
    )
    agreement["agreement"] = np.abs(numbers("agreement", len(agreement))) * 0.5 + 0.4
    key = agreement.set_index(["a_corpus", "a_model", "b_corpus", "b_model", "relation", "id"])["agreement"]
    agreement["ceiling"] = [
        np.nan
        if r.relation == "seed"
        else np.sqrt(
            np.prod(
                [
                    key[(*cell, *cell, "seed" if r.a_corpus == r.b_corpus else "sample", r.id)]
                    for cell in ((r.a_corpus, r.a_model), (r.b_corpus, r.b_model))
                ]
            )
        )
        for r in agreement.itertuples()
    ]
    agreement["gap"] = agreement["ceiling"] - agreement["agreement"]
    stability = pd.DataFrame(
        {"corpus": a, "other_corpus": b, "model": m, "level": level, "id": i}
        for m in [*RECIPES, "short"]
        for level, a, b in [("seed", c, c) for c in CORPORA] + [("corpus", "twitter", "wiki")]
        for i in COMPARED
    )
    stability["overlap"] = np.abs(numbers("overlap", len(stability)))
    course = pd.DataFrame(
        {"corpus": c, "model": m, "id": i, "word": TOKENS[i], "snapshot": t, "tokens_seen": 10**t}
        | {"first": "sea" if i == 1 else None, "second": "war" if i == 1 else None, "third": None}
        for c, m in cells[1:]
        for t in range(SNAPSHOTS)
        for i in COMPARED
    )
    course["similarity"] = numbers("course", len(course))
    course.loc[course["snapshot"] == 0, "similarity"] = np.nan
    pairs = pd.DataFrame(
        {"corpus": c, "model": m, "snapshot": t, "word_a": a, "word_b": b}
        for c, m in cells[1:]
        for t in range(SNAPSHOTS)
        for a, b in combinations(["sea", "the", "war"], 2)
    )
    pairs["cosine"] = numbers("pairs", len(pairs))
    if not courses:
        course, pairs = course[:0], pairs[:0]
    return ExplorerTables(neighbours, agreement, course, pairs, stability, COUNTS)


def opened(tables: ExplorerTables):
    text = explorer_pack(tables, STUDY, ["a", "b"], K, 10)
    assert text == explorer_pack(tables, STUDY, ["a", "b"], K, 10)
    return unpacked(text)


@pytest.fixture(scope="module")
def planned():
    tables = planted()
    return tables, *opened(tables)


def test_words_come_by_frequency_and_cells_in_the_order_of_the_study(planned):
    _, arrays, meta = planned
    assert meta["words"] == ["the", "sea", "war", "<b>", "rare"]
    assert arrays["counts"].tolist() == [[90, 20, 30, 5, 4], [80, 40, 2, 0, 0]]
    assert [(cell["corpus"], cell["recipe"]) for cell in meta["cells"]] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert meta["corpora"][0] == {"name": "wiki", "label": "Wikipedia"}
    assert [recipe["name"] for recipe in meta["recipes"]] == RECIPES
    assert arrays["compared"].tolist() == [0, 1, 2]


def test_every_neighbour_is_found_with_its_cosine_and_its_pattern(planned):
    tables, arrays, meta = planned
    for row in tables.neighbours.itertuples():
        corpus = CORPORA.index(row.corpus)
        listed = arrays[f"listed_{corpus}"].tolist()
        at = (RECIPES.index(row.model), row.rank - 1, listed.index(meta["words"].index(row.word)))
        assert meta["words"][listed[arrays[f"neighbours_{corpus}"][at]]] == row.neighbour
        assert arrays[f"cosines_{corpus}"][at] * meta["step"] == pytest.approx(row.cosine, abs=HALF + 1e-9)
        assert arrays[f"patterns_{corpus}"][at] == row.pattern
    assert arrays["patterns_0"].dtype == np.uint8
    assert (arrays["neighbours_0"] != meta["missing"]["neighbours"]).all()


def test_ceilings_are_got_from_two_rows_of_agreement(planned):
    tables, arrays, meta = planned
    names = [(CORPORA[cell["corpus"]], RECIPES[cell["recipe"]]) for cell in meta["cells"]]
    rows = {}
    for place, told in enumerate(meta["agreements"]):
        rows[(*names[told["a"]], *names[told["b"]], told["relation"])] = (place, told)
    for row in tables.agreement.itertuples():
        place, told = rows[row.a_corpus, row.a_model, row.b_corpus, row.b_model, row.relation]
        word = COMPARED.index(row.id)
        assert arrays["agreement"][place, word] * meta["step"] == pytest.approx(row.agreement, abs=HALF + 1e-6)
        assert told["pairs"] == 6
        if row.relation == "seed":
            assert told["ceiling"] is None
            continue
        ceiling = np.sqrt(np.prod([arrays["agreement"][i, word] * meta["step"] for i in told["ceiling"]]))
        assert ceiling == pytest.approx(row.ceiling, abs=2 * HALF)


def test_overlap_is_that_of_shown_recipes_alone(planned):
    tables, arrays, meta = planned
    assert len(meta["overlaps"]) == 2 * 2
    shown = tables.stability[(tables.stability["model"] != "short") & (tables.stability["level"] != "corpus")]
    np.testing.assert_allclose(arrays["overlap"].ravel() * 0.01, shown["overlap"], atol=HALF + 1e-9)
    assert meta["overlaps"][2] == {"level": "seed", "a": 1, "b": 1}


def test_courses_of_words_and_pairs_are_found_again(planned):
    tables, arrays, meta = planned
    assert [cell["tokens_seen"] for cell in meta["cells"]] == [[], [1, 10, 100], [1, 10, 100], [1, 10, 100]]
    known = tables.course["similarity"].to_numpy().reshape(3, SNAPSHOTS, 3)
    assert (arrays["similarity"][0] == meta["missing"]["similarity"]).all()
    assert (arrays["similarity"][:, 0] == meta["missing"]["similarity"]).all()
    np.testing.assert_allclose(arrays["similarity"][1:, 1:, 0] * 0.01, known[:, 1:, 0], atol=HALF + 1e-9)
    assert arrays["course_words"].tolist() == [0]
    none = meta["missing"]["course_neighbours"]
    assert arrays["course_neighbours"][:, :, :, 0].tolist() == [[[none] * 3] * 3] + [[[1, 2, none]] * 3] * 3
    assert [meta["words"][i] for i in meta["pair_words"]] == ["sea", "the", "war"]
    cosines = tables.pairs["cosine"].to_numpy().reshape(3, SNAPSHOTS, 3)
    np.testing.assert_allclose(arrays["pair_cosines"][1:] * 0.01, cosines, atol=HALF + 1e-9)


def test_words_of_disagreement_have_the_largest_mean_gap_and_every_gap_known(planned):
    tables, _, meta = planned
    gaps = tables.agreement[tables.agreement["relation"] == "corpus"].groupby("word")["gap"].mean()
    ordered = gaps.sort_values(ascending=False)
    assert [meta["words"][row["word"]] for row in meta["disagreements"]["corpus"]] == ordered.index.tolist()
    assert [row["gap"] for row in meta["disagreements"]["corpus"]] == pytest.approx(ordered.tolist(), abs=5e-4)
    partly = planted()
    chosen = (partly.agreement["relation"] == "corpus") & (partly.agreement["word"] == ordered.index[0])
    partly.agreement.loc[chosen.idxmax(), "gap"] = np.nan
    found = opened(partly)[1]["disagreements"]["corpus"]
    assert ordered.index[0] not in [meta["words"][row["word"]] for row in found]
    assert len(found) == 2


@pytest.mark.parametrize(("spaces", "kind"), [(8, np.uint8), (9, np.uint16), (32, np.uint32)])
def test_patterns_take_as_many_bits_as_there_are_spaces(spaces, kind):
    tables = planted(spaces)
    arrays, _ = opened(tables)
    assert arrays["patterns_1"].dtype == kind
    assert arrays["patterns_1"].max() == tables.neighbours.query("corpus == 'twitter'")["pattern"].max()


def test_many_spaces_are_counted_and_a_study_without_courses_is_shown():
    tables = planted(70, courses=False)
    tables.neighbours["pattern"] = None
    arrays, meta = opened(tables)
    assert "patterns_0" not in arrays
    assert arrays["held_0"].sum() == tables.neighbours.query("corpus == 'wiki'")["held"].sum()
    assert arrays["similarity"].shape == (4, 0, 0)
    assert arrays["pair_cosines"].size == 0
    assert meta["pair_words"] == []
    assert [cell["tokens_seen"] for cell in meta["cells"]] == [[]] * 4
    nothing = ExplorerTables(
        *(table[:0] for table in (tables.neighbours, tables.agreement)),
        tables.course,
        tables.pairs,
        tables.stability,
        COUNTS,
    )
    with pytest.raises(StudyError, match="no word in its tables"):
        opened(nothing)


def test_a_study_of_one_seed_has_courses_and_no_agreement():
    tables = planted()
    alone = replace(tables, agreement=tables.agreement[:0], stability=tables.stability[:0])
    arrays, meta = opened(alone)
    assert arrays["compared"].tolist() == [0, 1, 2]
    assert arrays["agreement"].shape == arrays["overlap"].shape == (0, 3)
    assert arrays["similarity"].shape == (4, SNAPSHOTS, 1)
    assert meta["agreements"] == meta["overlaps"] == meta["disagreements"]["family"] == []


def test_quantised_values_are_half_a_hundredth_off_at_most_and_clipped_beyond():
    values = np.random.default_rng(3).uniform(-1, 1, 1000)
    assert np.abs(quantised(values) / 100 - values).max() <= HALF + 1e-12
    assert np.abs(quantised_share(np.abs(values)) / 100 - np.abs(values)).max() <= HALF + 1e-12
    assert quantised(np.array([-3.0, 1.7, np.nan])).tolist() == [-100, 100, -128]
    assert quantised_share(np.array([-0.2, 1.1, np.nan])).tolist() == [0, 100, 255]
