"""Figures of sweeps: parts that add up to the line, marks for the best and for what is not told from it."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from wordspaces.report.style import PAPER
from wordspaces.report.sweeps import QUALITIES, dimension, regularisation

CORPORA = ["wiki", "twitter"]


def test_parts_lie_on_each_other_up_to_the_total(tables, variants):
    figure = dimension(tables.dimension, variants, CORPORA).figure
    assert len(figure.axes) == 2
    for axes in figure.axes:
        tops = [area.get_paths()[0].vertices[:, 1].max() for area in axes.collections]
        # The highest of each layer, at 8: bias, and bias and samples; at 8 and at 64 all three give 1.0 and 0.9.
        assert tops == pytest.approx([0.8, 0.9, 1.0])
        (total,) = [line for line in axes.lines if len(line.get_xdata()) == 4]
        np.testing.assert_allclose(total.get_ydata(), [1.0, 0.8, 0.7, 0.9])
        assert axes.get_xscale() == "log"
        assert [label.get_text() for label in axes.get_xticklabels()] == ["8", "16", "32", "64"]


def test_marks_say_which_is_best_and_which_could_be(tables, variants):
    axes = dimension(tables.dimension, variants, CORPORA).figure.axes[0]
    marks = {line.get_xdata()[0]: line for line in axes.lines if len(line.get_xdata()) == 1}
    assert {value for value, line in marks.items() if line.get_marker() == "D"} == {32.0}
    hollow = {value for value, line in marks.items() if to_hex(line.get_markerfacecolor()) == PAPER}
    assert hollow == {8.0, 64.0}
    assert {to_hex(line.get_markeredgecolor()) for line in marks.values()} == {variants.colour("skipgram")}


def test_a_target_without_values_is_not_drawn(tables, variants):
    table = tables.dimension.copy()
    table.loc[table["target"] == "largest", "total"] = np.nan
    table["variance_samples"] = np.nan
    figure = dimension(table, variants, CORPORA).figure
    (axes,) = figure.axes
    assert "PPMI" in axes.get_title(loc="left")


def test_a_line_for_each_strength_and_means_over_seeds(tables, variants):
    table = tables.regularisation
    drawn = regularisation(table, tables.norm_growth, variants, CORPORA)
    growth, rank, quality = drawn.figure.axes
    assert [text.get_text() for text in growth.get_legend().get_texts()] == ["0", "0.01", "0.1"]
    np.testing.assert_allclose(growth.lines[2].get_ydata(), [0.0, 0.09, 0.9])
    np.testing.assert_allclose(growth.lines[2].get_xdata(), [0, 10, 100])
    assert len({line.get_linestyle() for line in growth.lines}) >= 2
    np.testing.assert_allclose(rank.lines[0].get_ydata(), [9.0, 9.0 * 0.99, 8.1])
    lines = {to_hex(line.get_color()): line.get_ydata() for line in quality.lines}
    np.testing.assert_allclose(lines[QUALITIES["wordsim"][1]], [0.315, 0.315 * 0.99, 0.315 * 0.9])
    # A measure without values (no pair of SimLex is known) has an empty line.
    assert len(lines[QUALITIES["simlex"][1]]) == 0
    assert set(drawn.table["measure"]) == {"mean_norm", "effective_rank", *QUALITIES} - {"simlex"}
    assert quality.get_xlabel() == "L2 penalty"


def test_a_study_without_sweeps_says_so(tables, variants):
    for drawn in (
        dimension(tables.dimension.iloc[:0], variants, CORPORA),
        regularisation(tables.regularisation.iloc[:0], tables.norm_growth.iloc[:0], variants, CORPORA),
    ):
        assert drawn.figure.texts[0].get_text().startswith("not defined: no ")
