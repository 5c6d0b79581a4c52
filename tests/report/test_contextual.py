"""Figures of words in context: lines through their values, occurrences with their contexts, studies without either."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from wordspaces.report.contextual import (
    KINDS,
    MEASURES,
    SNIPPETS,
    apart,
    contextual,
    drawn_runs,
    drawn_words,
    occurrences,
    snippet,
)
from wordspaces.report.examples import around

CORPORA = ["wiki", "twitter"]


def test_lines_go_through_the_means_and_anisotropy_is_drawn_once(tables, variants):
    figure = contextual(tables.contextual, variants, CORPORA).figure
    assert len(figure.axes) == len(KINDS) * len(MEASURES)
    assert [axes.get_title(loc="left") for axes in figure.axes[: len(MEASURES)]] == list(MEASURES.values())
    raw, less = figure.axes[0], figure.axes[len(MEASURES)]
    for axes, shift in ((raw, 0.0), (less, 0.1)):
        lines = [line for line in axes.lines if len(set(line.get_ydata())) > 1]
        assert len(lines) == 4
        solid = [line for line in lines if line.get_linestyle() == "-"]
        assert {to_hex(line.get_color()) for line in solid} == {variants.colour("gpt"), variants.colour("bert")}
        for line in lines:
            other = 0.0 if line.get_linestyle() == "-" else 0.05
            np.testing.assert_allclose(line.get_ydata(), np.array([0.2, 0.4, 0.6]) + other - shift)
    assert not figure.axes[-1].axison
    assert len(figure.axes[-1].lines) == 0


def test_one_corpus_has_no_other_text(tables, variants):
    own = tables.contextual.query("corpus == 'wiki' and probe == 'wiki'")
    figure = contextual(own, variants, ["wiki"]).figure
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["gpt", "bert"]


def test_words_with_most_occurrences_in_all_texts_are_drawn(tables, variants):
    drawn = occurrences(tables.occurrences, variants, CORPORA)
    assert drawn_words(drawn_runs(tables.occurrences, variants, CORPORA)) == ["well", "<b>", "bank"]
    assert set(drawn.table["token"]) == {"well", "<b>", "bank"}
    assert set(zip(drawn.table["sample"], drawn.table["seed"], strict=True)) == {("a", 1)}
    panels = [axes for axes in drawn.figure.axes if axes.axison]
    assert [axes.get_title(loc="left") for axes in panels[:2]] == ["well · gpt", "well · bert"]
    points = sum(len(dots.get_offsets()) for dots in panels[0].collections)
    assert points == 9 + 8
    told = [axes for axes in drawn.figure.axes if not axes.axison]
    assert len(told) == len(panels) == 6
    assert all(len(axes.texts) == SNIPPETS for axes in told)
    assert all("[well]" in text.get_text() for text in told[0].texts)


def test_numbered_points_lie_far_from_each_other():
    points = np.array([[0.0, 0], [0.1, 0], [5, 0], [0, 4], [4.9, 0]])
    assert sorted(apart(points, 3)) == [0, 2, 3] or sorted(apart(points, 3)) == [1, 2, 3]
    assert len(apart(points[:2], 4)) == 2


def test_a_snippet_keeps_its_word():
    words = " ".join(f"w{n}" for n in range(8))
    assert snippet(f"{words} [right] {words}") == "w3 w4 w5 w6 w7 [right] w0 w1 w2 w3 w4"
    assert len(snippet(" ".join(["letters" * 4] * 17))) <= 62
    assert around(f"{words} x [MASK] y {words}") == "… w1 w2 w3 w4 w5 w6 w7 x [MASK] y w0 w1 w2 w3 w4 w5 w6 …"
    assert around("[MASK] here") == "[MASK] here"


@pytest.mark.parametrize("drawn", [contextual, occurrences])
def test_a_study_without_contextual_models_says_so(tables, variants, drawn):
    figure = drawn(getattr(tables, drawn.__name__).iloc[:0], variants, CORPORA).figure
    assert figure.texts[0].get_text().startswith("not defined: no ")
