"""Exponents of cost: planted laws are recovered, intervals cover, and the figure and table say what was measured."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from scipy.optimize import curve_fit

from wordspaces.common.errors import StudyError
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.svd.settings import SvdSettings
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.report.account import clock, complexity, embedding, probability, regularisation
from wordspaces.report.cost import cost, cost_rows
from wordspaces.report.recipes import context, objective, optimiser, span
from wordspaces.report.scaling import power_law, with_fixed_part
from wordspaces.report.style import FAMILY_COLOURS

X = np.array([16.0, 32, 48, 64, 96, 128, 192, 256])


@given(p=st.floats(0.1, 3.0), scale=st.floats(1e-9, 1e3), size=st.floats(1e-3, 1e6))
def test_an_exact_power_is_recovered_by_both_laws(p, scale, size):
    x = X * size
    seconds = scale * x**p
    plain, other = power_law(x, seconds), with_fixed_part(x, seconds)
    assert plain.exponent == pytest.approx(p, abs=1e-6)
    assert plain.high - plain.low < 1e-4
    # The exponents of the other law are searched 0.002 apart.
    assert other.exponent == pytest.approx(p, abs=0.0021)
    assert other.low <= p + 0.0021
    assert other.high >= p - 0.0021
    np.testing.assert_allclose(other.at(x), seconds, rtol=0.01)


@pytest.mark.parametrize(("fixed", "p"), [(0.5, 1.0), (2.0, 1.0), (0.1, 2.0), (5.0, 1.5)])
def test_a_fixed_part_is_told_from_the_exponent(fixed, p):
    seconds = fixed + (X / 16) ** p
    found = with_fixed_part(X, seconds)
    assert found.exponent == pytest.approx(p, abs=0.0021)
    assert found.fixed == pytest.approx(fixed, rel=0.02)
    np.testing.assert_allclose(found.at(X), seconds, rtol=2e-3)
    # Without a fixed part the exponent comes out too small.
    assert power_law(X, seconds).high < p


def test_the_search_finds_what_a_descent_finds():
    rng = np.random.default_rng(7)
    seconds = (1.0 + 0.3 * (X / 64) ** 1.2) * np.exp(rng.normal(0, 0.01, len(X)))
    found = with_fixed_part(X, seconds)
    law = lambda x, a, b, p: a + b * (x / 64) ** p  # noqa: E731
    (a, _, p), _ = curve_fit(law, X, seconds, [1.0, 0.3, 1.0], sigma=seconds)
    assert found.exponent == pytest.approx(p, abs=0.003)
    assert found.fixed == pytest.approx(a, rel=0.01)


@pytest.mark.parametrize(("fit", "fixed"), [(power_law, 0.0), (with_fixed_part, 0.7)])
def test_intervals_cover_about_as_often_as_they_say(fit, fixed):
    rng = np.random.default_rng(11)
    inside = 0
    for _ in range(300):
        seconds = (fixed + (X / 64) ** 1.0) * np.exp(rng.normal(0, 0.02, len(X)))
        found = fit(X, seconds)
        assert found.low <= found.exponent <= found.high
        inside += found.low <= 1.0 <= found.high
    # Binomial: 95 % of 300 is 285, with a standard deviation of 3.8.
    assert 273 <= inside <= 297


def test_times_that_do_not_rise_tell_no_exponent(costs):
    noise = np.random.default_rng(5).normal(0, 0.01, len(X))
    for seconds in (np.exp(noise), np.exp(noise) / X**0.01):
        assert not with_fixed_part(X, seconds).told
    flat = [record | {"seconds": 1.0 + 0.01 * (number % 2)} for number, record in enumerate(costs[:5])]
    (row,) = cost_rows(flat)
    assert (row["exponent"], row["interval"], row["agrees"]) == ("–", "", "cannot tell")
    assert with_fixed_part(X, 1.0 + X).told


def test_a_wider_confidence_is_a_wider_interval():
    seconds = (0.2 + X / 64) * np.exp(np.random.default_rng(3).normal(0, 0.03, len(X)))
    for fit in (power_law, with_fixed_part):
        narrow, wide = fit(X, seconds, 0.8), fit(X, seconds, 0.99)
        assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize("wrong", [[1, 2, np.nan, 4, 5], [1, 2, 0, 4, 5], [1, 2, -1, 4, 5], [1, 2, np.inf, 4, 5]])
def test_times_that_are_none_are_refused(wrong):
    for fit in (power_law, with_fixed_part):
        with pytest.raises(StudyError, match="not above 0"):
            fit(X[:5], np.array(wrong, float))
    with pytest.raises(StudyError, match="3 distinct sizes"):
        with_fixed_part(np.array([1.0, 2, 3, 3]), np.ones(4))


def test_rows_tell_exponents_beside_theory(costs):
    rows = {(row["label"], row["factor"]): row for row in cost_rows(costs)}
    assert set(rows) == {
        ("skip-gram", "tokens T"),
        ("skip-gram", "dimension d"),
        ("attention", "context n"),
    }
    tokens, width, context = rows.values()
    assert (tokens["exponent"], tokens["expected"], tokens["agrees"], tokens["fixed"].split()[0]) == (
        "1.00",
        "1",
        "yes",
        "0",
    )
    assert (context["exponent"], context["expected"]) == ("2.00", "2")
    # 1 ms beside 10 us for each of 16 components: 86 % at the smallest.
    assert width["fixed"].split() == ["86", "%"]
    assert width["exponent"] == "1.00"
    assert float(width["slope"]) < 0.6
    quadratic = [record | {"seconds": record["seconds"] ** 2} for record in costs if record["factor"] == "tokens"]
    assert [(row["exponent"], row["agrees"]) for row in cost_rows(quadratic)] == [("2.00", "no")]


def test_the_figure_has_a_panel_for_each_law_and_its_points(costs):
    drawn = cost(costs)
    panels = [axes for axes in drawn.figure.axes if axes.get_title(loc="left")]
    assert [axes.get_xlabel() for axes in panels] == ["tokens T", "dimension d", "context n"]
    points = next(line for line in panels[0].lines if line.get_marker() == "o")
    np.testing.assert_allclose(points.get_xdata(), [1000, 2000, 4000, 8000, 16000])
    np.testing.assert_allclose(points.get_ydata(), 1e-6 * points.get_xdata())
    assert to_hex(points.get_color()) == FAMILY_COLOURS["word2vec"]
    assert panels[0].get_legend().get_texts()[0].get_text().startswith("skip-gram  1.00 [")
    assert len(drawn.table) == len(costs)
    assert {"trainer", "measure", "factor", "seconds", "low", "high"} <= set(drawn.table)


def test_a_study_without_measured_cost_says_so():
    assert cost([]).figure.texts[0].get_text() == "not defined: this study measures no cost"
    assert cost_rows([]) == []


def of(settings):
    return settings.model_dump(mode="json")


def test_what_each_model_defines():
    skipgram, cbow = of(Word2VecSettings()), of(Word2VecSettings(architecture="cbow"))
    whole = of(Word2VecSettings(objective="full_softmax"))
    glove, svd, gpt, bert = of(GloveSettings()), of(SvdSettings()), of(GptSettings()), of(BertSettings())
    assert "P(c | w) not normalised" in probability(skipgram)
    assert "P(w | context) not normalised" in probability(cbow)
    assert probability(whole).startswith("P(c | w), a softmax")
    assert probability(glove).startswith("none")
    assert probability(svd).startswith("none")
    assert "chain rule" in probability(gpt)
    assert "P(next | two spans); no P(" in probability(bert)
    assert "next" not in probability(of(BertSettings(next_sentence_weight=0.0)))
    assert "static; compared: word + context vectors" in embedding(glove)
    assert "static; compared: input vectors" in embedding(skipgram)
    assert embedding(gpt).startswith("contextual, e<sub>t</sub> = f(w<sub>1</sub> … w<sub>t</sub>, t)")
    assert "w<sub>T</sub>" in embedding(bert)
    assert "not that of the output" in embedding(of(GptSettings(tied=False)))
    orders = [str(complexity(each)) for each in (skipgram, cbow, whole, glove)]
    assert orders == ["O(T c d)", "O(T c d)", "O(T c d V)", "O(|X| d)"]
    assert "n<sup>2</sup> d" in complexity(gpt)


def test_a_family_that_the_report_does_not_know_has_dashes():
    other = {"family": "lsa", "dimension": 8}
    for told in (objective(other), context(other, 5), optimiser(other), probability(other), complexity(other)):
        assert told == "–"
    assert embedding(other) == "static; compared: word vectors"


def test_a_penalty_and_a_decay_have_names_of_their_own():
    assert regularisation(of(GloveSettings(l2=0.01))) == "L2 in the loss, 0.01"
    both = of(GptSettings(weight_decay=0.2, dropout=0.1))
    assert regularisation(both) == "decoupled weight decay, 0.2; dropout, 0.1"
    assert regularisation(of(BertSettings())) == "none"
    assert "decay" not in optimiser(both)


def test_seconds_are_the_median_of_the_trainings(tables):
    frame = tables.dynamics.iloc[:4][["model"]].assign(
        model=["a", "a", "a", "b"], seconds=[1.0, 30.0, 2.0, 12.3], tokens_per_second=[5e5, 2e4, 3e5, 1234.5]
    )
    assert clock(frame, "a") == {"seconds": "2.00", "range": "1.00 to 30", "speed": "300k"}
    assert clock(frame, "b") == {"seconds": "12", "range": "", "speed": "1.23k"}
    assert clock(frame, "c")["seconds"] == "–"
    assert span(np.nan, np.nan) == "–"
    assert span(1, 2) == "1 to 2"
