"""Figure of adaptation: lines through their values, labels that keep clear of each other, studies without it."""

import numpy as np
import pytest

from wordspaces.report.adaptation import DASHES, LABELS, adaptation

CORPORA = ["wiki", "twitter"]


def test_a_row_a_direction_and_lines_go_through_their_values(tables, variants):
    figure = adaptation(tables.adaptation, tables.adaptation_words, variants, CORPORA).figure
    assert len(figure.axes) == 2 * 3
    assert figure.axes[0].get_title(loc="left") == "kept of Wikipedia"
    assert figure.axes[4].get_title(loc="left") == "gained of Wikipedia"
    curves = [line for line in figure.axes[1].lines if len(line.get_xdata()) == 3]
    assert len(curves) == len(DASHES)
    np.testing.assert_allclose(curves[0].get_xdata(), [0, 1000, 10000])
    np.testing.assert_allclose(curves[0].get_ydata(), [0.1, 0.15, 0.6])
    told = [text.get_text() for text in figure.legends[0].get_texts()]
    assert told == ["skipgram, continued", "skipgram, contrastive", "other seeds of the corpus alone"]


def test_labels_name_the_words_that_move_most_and_do_not_overlap(tables, variants):
    figure = adaptation(tables.adaptation, tables.adaptation_words, variants, CORPORA).figure
    labels = figure.axes[2].texts
    assert labels[0].get_text() == "w11"
    assert 1 < len(labels) <= LABELS
    figure.canvas.draw()
    boxes = [label.get_window_extent() for label in labels]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


@pytest.mark.parametrize("kept", ["no rows", "one seed"])
def test_a_study_without_adaptation_says_so(tables, variants, kept):
    course = tables.adaptation.iloc[:0] if kept == "no rows" else tables.adaptation.assign(value=np.nan)
    drawn = adaptation(course, tables.adaptation_words.iloc[:0], variants, CORPORA)
    assert drawn.figure.texts[0].get_text().startswith("not defined")
