"""Listed pairs, analogies and categories of words over a snapshot: planted answers, scikit-learn, chance."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from wordspaces.analysis.dynamics.clusters import (
    analogy_categories,
    class_categories,
    listed_categories,
    partition,
    silhouette_measures,
    silhouettes,
)
from wordspaces.analysis.dynamics.pairs import answer, listed_pairs, listed_questions
from wordspaces.analysis.human import Analogies
from wordspaces.analysis.roster import Words
from wordspaces.analysis.settings import FollowSettings
from wordspaces.analysis.similarity.rdm import centred_units
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator


def words_of(*tokens: str) -> Words:
    return Words(np.arange(len(tokens), dtype=np.int32), tokens, np.full(len(tokens), 9))


NAMED = words_of("man", "king", "woman", "queen", *(f"w{i}" for i in range(40)))


def planted_royals() -> np.ndarray:
    """Royalty and sex are two directions; the other words are noise."""
    stream = generator(1, "royals")
    vectors = 0.5 * stream.standard_normal((44, 12))
    base, royal, female = 3.0 * stream.standard_normal((3, 12))
    vectors[:4] = base, base + royal, base + female, base + royal + female
    return vectors


def test_a_planted_analogy_is_first_and_a_wrong_one_counts_those_before_it() -> None:
    units = centred_units(planted_royals(), "planted")
    right, wrong = listed_questions([["man", "king", "woman", "queen"], ["man", "king", "woman", "w3"]], NAMED)
    cosine, rank = answer(units, right)
    assert rank == 1.0
    target = units[1] - units[0] + units[2]
    assert cosine == pytest.approx(units[3] @ target / np.linalg.norm(target))
    others = [row for row in range(44) if row not in (0, 1, 2)]
    order = sorted(others, key=lambda row: -units[row] @ target)
    assert answer(units, wrong)[1] == order.index(NAMED.tokens.index("w3")) + 1
    assert str(right) == "man : king = woman : queen"


def test_an_analogy_without_an_answer_says_why() -> None:
    units = centred_units(planted_royals(), "planted")
    listed = [["man", "boy", "woman", "girl"], ["man", "king", "man", "king"], ["man", "king", "boy", "queen"]]
    notes = [question.note for question in listed_questions(listed, NAMED)]
    assert notes[0] == "not defined: boy, girl are not among the compared words"
    assert notes[1] == "not defined: the four words are not different"
    assert notes[2] == "not defined: boy is not among the compared words"
    assert all(np.isnan(answer(units, question)).all() for question in listed_questions(listed, NAMED))
    known = listed_questions([["man", "king", "woman", "queen"]], NAMED)[0]
    assert np.isnan(answer(None, known)).all()


def test_synonyms_are_a_relation_of_their_own_and_may_be_none() -> None:
    listed = {"related": [["man", "king"]], "unrelated": [["man", "w3"]]}
    plain = listed_pairs(FollowSettings(**listed), NAMED)
    assert plain.relation == ("related", "unrelated")
    pairs = listed_pairs(FollowSettings(**listed, synonyms=[["w1", "w2"], ["w1", "zebra"]]), NAMED)
    assert pairs.relation == ("related", "synonym", "synonym", "unrelated")
    units = centred_units(planted_royals(), "planted")
    found = pairs.cosines(units)
    assert found[1] == pytest.approx(units[5] @ units[6])
    assert np.isnan(found[2])
    with pytest.raises(StudyError, match="synonyms pairs of the dynamics"):
        listed_pairs(FollowSettings(**listed, synonyms=[["okapi", "zebra"]]), NAMED)


@pytest.mark.parametrize("spread", [0.0, 0.3, 3.0])
def test_silhouettes_equal_those_of_scikit_learn(spread: float) -> None:
    stream = generator(2, "clusters")
    labels = np.repeat([0, 1, 2, 3], [5, 9, 7, 12])
    vectors = stream.standard_normal((4, 8))[labels] + spread * stream.standard_normal((33, 8))
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    mixed = stream.permuted(labels)
    found = silhouettes(units, np.stack([labels, mixed]), 4)
    expected = [silhouette_score(vectors, chosen, metric="cosine") for chosen in (labels, mixed)]
    np.testing.assert_allclose(found, expected, atol=1e-9)
    if spread == 0.0:
        assert found[0] == pytest.approx(1.0)


def test_a_word_alone_in_its_category_has_none_as_in_scikit_learn() -> None:
    units = centred_units(generator(4, "alone").standard_normal((9, 4)), "alone")
    labels = np.array([0, 1, 1, 1, 2, 2, 2, 2, 2])
    expected = silhouette_score(units, labels, metric="cosine")
    assert silhouettes(units, labels[None], 3)[0] == pytest.approx(expected)


def test_planted_categories_stand_out_from_shuffled_labels() -> None:
    labels = np.repeat(np.arange(3), 12)
    stream = generator(5, "planted")
    vectors = 6.0 * stream.standard_normal((3, 16))[labels] + 0.3 * stream.standard_normal((36, 16))
    words = words_of(*(f"w{i}" for i in range(36)))
    chosen = partition({f"c{k}": [f"w{i}" for i in np.flatnonzero(labels == k)] for k in range(3)}, words, 1)
    found, chance = silhouette_measures(centred_units(vectors, "planted"), chosen)
    assert found > 0.9
    assert abs(chance) < 0.15
    noise, level = silhouette_measures(centred_units(stream.standard_normal((36, 16)), "noise"), chosen)
    assert abs(noise - level) < 0.05
    assert np.isnan(silhouette_measures(None, chosen)).all()


def test_a_partition_takes_categories_of_five_and_each_word_once() -> None:
    listed = {
        "first": [f"w{i}" for i in range(6)],
        "second": [f"w{i}" for i in range(4, 12)],
        "few": ["w20", "w21", "w22", "w23"],
        "unknown": ["zebra", "okapi", "gnu", "ibex", "oryx"],
    }
    found = partition(listed, NAMED, 3)
    assert found.names == ("first", "second")
    assert [NAMED.tokens[row] for row in found.rows] == [f"w{i}" for i in range(12)]
    assert found.labels.tolist() == [0] * 6 + [1] * 6
    assert found.note == ""
    assert (np.sort(found.shuffled, axis=1) == found.labels).all()
    assert len(np.unique(found.shuffled, axis=0)) > 1


def test_too_few_categories_are_null_with_a_note() -> None:
    found = partition({"one": [f"w{i}" for i in range(9)], "few": ["man", "king"]}, NAMED, 1)
    assert found.note == "not defined: 1 of 2 categories with 5 compared words or more, two are needed"
    assert np.isnan(silhouette_measures(centred_units(planted_royals(), "planted"), found)).all()


def test_columns_of_sections_become_categories_and_repeated_ones_join() -> None:
    sections = {
        "capitals": (("athens", "greece", "oslo", "norway"), ("oslo", "norway", "rome", "italy")),
        "world": (("rome", "italy", "cairo", "egypt"), ("oslo", "norway", "rome", "italy")),
        "plural": (("cat", "cats", "dog", "dogs"),),
    }
    assert analogy_categories(Analogies(sections)) == {
        "capitals 1": ["athens", "oslo", "rome", "cairo"],
        "capitals 2": ["greece", "norway", "italy", "egypt"],
        "plural 1": ["cat", "dog"],
        "plural 2": ["cats", "dogs"],
    }


def test_categories_of_the_settings_may_be_files(tmp_path: Path) -> None:
    (tmp_path / "animals.txt").write_text("cat\ndog # the other one\n")
    found = listed_categories({"animals": str(tmp_path / "animals.txt"), "royals": ["king", "queen"]})
    assert found == {"animals": ["cat", "dog"], "royals": ["king", "queen"]}
    with pytest.raises(StudyError, match="no readable list"):
        listed_categories({"animals": str(tmp_path / "none.txt")})


def test_parts_of_speech_leave_out_what_the_lexicon_does_not_tell() -> None:
    found = class_categories({"man": "noun", "king": "noun", "w1": "other", "w2": "verb"}, NAMED)
    assert found["noun"] == ["man", "king"]
    assert found["verb"] == ["w2"]
    assert "other" not in found
