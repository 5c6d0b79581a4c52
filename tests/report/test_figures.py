"""Figures show the values of their tables: lengths of bars, places of points, order of rows, which lines there are."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.report.findings import share_rows
from wordspaces.report.forming import aligned, forming, losses, norms, trajectories
from wordspaces.report.headline import cell_means, components, ladder, matrix
from wordspaces.report.names import corpus_label
from wordspaces.report.perplexity import perplexity
from wordspaces.report.pictures import Drawn, save
from wordspaces.report.probes import coverage_rows, least_covered, probe_means, probes
from wordspaces.report.stability import by_frequency, stability
from wordspaces.report.style import COMPONENT_COLOURS, FAMILY_COLOURS, Variants, human, new_figure, spread

CORPORA = ["wiki", "twitter"]


def texts(figure) -> list[str]:
    """Every text on a figure's axes."""
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_stacked_components_sum_to_one_in_their_colours(tables):
    shares = share_rows(tables.components, "pearson")
    stacked = components(shares).figure.axes[0].patches
    assert [to_hex(bar.get_facecolor()) for bar in stacked] == list(COMPONENT_COLOURS.values())
    assert sum(bar.get_width() for bar in stacked) == pytest.approx(1.0, abs=1e-9)
    np.testing.assert_allclose([bar.get_width() for bar in stacked], shares["share"])


def test_negative_shares_are_stacked_left_of_zero():
    names = list(COMPONENT_COLOURS)
    share = np.array([0.5, 0.3, 0.2, -0.1, 0.05, 0.05])
    table = pd.DataFrame({"component": names, "share": share, "low": share - 0.02, "high": share + 0.02})
    bars = components(table).figure.axes[0].patches
    assert bars[3].get_x() + bars[3].get_width() == pytest.approx(-0.1)
    assert bars[4].get_x() == pytest.approx(1.0)


def test_undefined_component_takes_no_room_and_is_named():
    share = np.array([0.5, 0.2, 0.2, 0.0, np.nan, 0.1])
    table = pd.DataFrame({"component": list(COMPONENT_COLOURS), "share": share, "low": share, "high": share})
    figure = components(table).figure
    assert len(figure.axes[0].patches) == 5
    assert "not defined" in texts(figure)


def test_missing_component_is_refused(tables):
    lacking = tables.components[tables.components["component"] != "seed"]
    with pytest.raises(StudyError, match="sample, shared; allowed: shared, model, corpus"):
        share_rows(lacking, "pearson")
    wrong = tables.components.assign(value=tables.components["value"] * 1.1)
    with pytest.raises(StudyError, match="sum of one"):
        share_rows(wrong, "pearson")


def test_ladder_has_a_point_for_each_pair_and_the_mean_beside(tables, variants):
    rungs = tables.ladder[tables.ladder["method"] == "pearson"]
    figure = ladder(rungs, variants).figure
    shown = [label.get_text() for label in figure.axes[0].get_yticklabels()][::-1]
    assert shown == [
        "other seed",
        "other sample",
        "other epochs",
        "other family",
        "other corpus",
        "untrained",
        "shuffled words",
    ]
    points = figure.axes[0].collections
    assert sum(len(each.get_offsets()) for each in points) == rungs["r"].notna().sum()
    seed = rungs[rungs["rung"] == "other seed"]["r"]
    assert f"{seed.mean():.2f}" in texts(figure)
    np.testing.assert_allclose(np.sort(points[-1].get_offsets()[:, 0]), np.sort(seed))
    assert {to_hex(colour[:3]) for colour in points[-1].get_facecolors()} == {
        FAMILY_COLOURS[family] for family in variants.families.values()
    }


def test_matrix_is_symmetric_ordered_and_carries_ceilings(tables, variants):
    rsa = tables.rsa[tables.rsa["method"] == "pearson"]
    drawn = matrix(rsa, variants, CORPORA)
    axes, margin = drawn.figure.axes[:2]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[:4] == ["skipgram a", "skipgram b", "short a", "short b"]
    values = axes.collections[0].get_array().reshape(20, 20)
    np.testing.assert_array_equal(values, values.T)
    same = (rsa["a_corpus"] == "wiki") & (rsa["b_corpus"] == "wiki") & (rsa["a_model"] == "skipgram")
    same &= (rsa["b_model"] == "skipgram") & (rsa["a_sample"] == "a") & (rsa["b_sample"] == "a")
    assert values[0, 0] == pytest.approx(rsa[same]["r"].mean())
    ceilings = margin.collections[0].get_array().reshape(20, 2)
    np.testing.assert_allclose(ceilings[:, 0], np.diag(values))
    assert ceilings[0, 1] == pytest.approx(values[0, 1])


def test_cell_means_count_every_pair_of_different_seeds_once(tables):
    rsa = tables.rsa[tables.rsa["method"] == "pearson"]
    cells = cell_means(rsa)
    assert 0 < cells["pairs"].sum() == (rsa["a_seed"] != rsa["b_seed"]).sum() < len(rsa)
    assert not cells.duplicated(["a_corpus", "a_model", "a_sample", "b_corpus", "b_model", "b_sample"]).any()


def test_cell_means_leave_out_what_one_seed_has_in_common(tables):
    """Two samples with two seeds: .6 where seeds are the same, .4 where not; of a single seed there is nothing else."""
    rsa = tables.rsa[
        (tables.rsa["method"] == "pearson") & (tables.rsa["relation"].isin(["sample", "sample same seed"]))
    ]
    rsa = rsa.assign(r=np.where(rsa["a_seed"] == rsa["b_seed"], 0.6, 0.4))
    assert set(cell_means(rsa)["r"]) == {0.4}
    assert set(cell_means(rsa[(rsa["a_seed"] == 1) & (rsa["b_seed"] == 1)])["r"]) == {0.6}


def test_the_margin_of_the_matrix_holds_the_ceilings_of_the_page(tables, variants):
    rsa = tables.rsa[(tables.rsa["method"] == "pearson") & (tables.rsa["roster"] == "input")]
    _, margin, _ = matrix(rsa, variants, CORPORA).figure.axes
    own = rsa[(rsa["relation"] == "sample") & (rsa["a_corpus"] == "wiki") & (rsa["a_model"] == "skipgram")]
    assert margin.collections[0].get_array().reshape(20, 2)[0, 1] == pytest.approx(own["r"].mean())


def test_a_row_that_has_nothing_is_no_row(tables, variants):
    """A study of one sample a corpus has no agreement with another one."""
    table = tables.dynamics[tables.dynamics["measure"] != "rsa_other_sample"]
    figure = forming(table, variants, CORPORA).figure
    assert [axes.get_ylabel() for axes in figure.axes if axes.get_ylabel()] == ["RSA to another seed, same text"]


@pytest.mark.parametrize("draw", [forming, losses, norms])
def test_nothing_is_trained_in_steps(tables, variants, draw):
    drawn = draw(tables.dynamics.head(0), variants, CORPORA)
    assert drawn.table.empty
    assert drawn.figure.texts[0].get_text().startswith("not defined")


def test_every_corpus_stands_in_the_legend_of_losses(tables, variants):
    corpora = [*CORPORA, "news", "books", "code"]
    (legend,) = losses(tables.dynamics, variants, corpora).figure.legends
    words = " ".join(text.get_text() for text in legend.get_texts())
    assert all(corpus_label(name) in words for name in corpora)


@pytest.mark.parametrize(
    ("count", "words"), [(999.4, "999"), (999.7, "1k"), (999_600, "1M"), (999_999_000, "1G"), (1234, "1.23k"), (0, "0")]
)
def test_counts_in_few_characters(count, words):
    assert human(count) == words


def test_forming_starts_at_step_zero_and_ends_at_the_table(tables, variants):
    figure = forming(tables.dynamics, variants, CORPORA).figure
    lines = figure.axes[0].lines
    assert len(lines) == 5
    np.testing.assert_allclose(lines[0].get_ydata(), [0.0, 10 / 125, 100 / 125])
    np.testing.assert_allclose(lines[0].get_xdata(), [0.0, 10000.5, 100000.5])
    assert figure.axes[0].get_xlim()[0] < 0 < figure.axes[0].get_xlim()[1]


def test_losses_have_a_panel_for_each_recipe(tables, variants):
    figure = losses(tables.dynamics, variants, CORPORA).figure
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in shown] == ["skipgram", "short", "glove", "gpt", "bert"]
    assert len(shown[0].lines) == 2 * 2 * 2 * 2  # measures, corpora, samples, seeds


def test_trajectories_and_norms_follow_the_table(tables, variants):
    figure = trajectories(tables.trajectories, variants, CORPORA).figure
    assert [line.get_ydata()[-1] for line in figure.axes[0].lines[:2]] == [0.5, -0.5]
    figure = norms(tables.dynamics, variants, CORPORA).figure
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), [1, 11, 101])
    assert figure.axes[0].get_yscale() == "log"


def test_aligned_numbers_snapshots_within_a_run(tables):
    table = aligned(tables.dynamics[tables.dynamics["measure"] == "loss"], "measure")
    assert table.groupby("snapshot")["step"].nunique().to_dict() == {0: 1, 1: 1, 2: 1}


def test_undefined_measures_are_said(tables, variants):
    nothing = tables.dynamics.assign(value=np.nan)
    assert "not defined" in forming(nothing, variants, CORPORA).figure.texts[0].get_text()


def test_stability_bins_hold_all_words_and_keep_the_mean(tables, variants):
    binned = by_frequency(tables.stability, 4)
    part = binned[(binned["model"] == "gpt") & (binned["level"] == "seed")]
    assert part["words"].tolist() == [10, 10, 10, 10]
    chosen = (tables.stability["model"] == "gpt") & (tables.stability["level"] == "seed")
    assert np.average(part["overlap"], weights=part["words"]) == pytest.approx(
        tables.stability[chosen]["overlap"].mean()
    )
    figure = stability(tables.stability, variants).figure
    chance = [line for line in figure.axes[0].lines if len(set(line.get_ydata())) == 1 and len(line.get_ydata()) == 2]
    assert chance[0].get_ydata()[0] == pytest.approx(5 / 39)


def test_stability_of_one_run_each_is_not_defined(tables, variants):
    figure = stability(tables.stability.iloc[:0], variants).figure
    assert "not defined" in figure.texts[0].get_text()


def test_probes_show_means_bands_and_coverage(tables, variants):
    drawn = probes(tables.probes, variants, CORPORA)
    axes = drawn.figure.axes[0]
    runs = tables.probes
    runs = runs[(runs["list"] == "wordsim") & (runs["corpus"] == "wiki") & (runs["model"] == "skipgram")]
    trained = runs[runs["state"] == "trained"]["value"].mean()
    assert any(line.get_xdata()[0] == pytest.approx(trained) for line in axes.lines if len(line.get_xdata()) == 1)
    band = axes.patches[0].get_extents()
    right = axes.transData.inverted().transform((band.x1, 0))[0]
    assert right == pytest.approx(runs["detectable"].max())
    assert texts(drawn.figure).count("28 of 28") == 2
    rows = coverage_rows(tables.probes, CORPORA)
    assert rows["probe"].tolist() == ["WordSim-353", "WordSim-353", "analogies", "analogies"]
    assert rows["corpus"].tolist() == [*CORPORA, *CORPORA]


def test_contextual_spaces_change_nothing_in_the_figure_of_the_probes(tables, variants):
    few = tables.probes[tables.probes["state"] == "trained"].assign(
        space="layer1@wiki", probe="wiki", covered=np.int32(8), detectable=0.86, value=-0.9
    )
    pd.testing.assert_frame_equal(probe_means(pd.concat([tables.probes, few])), probe_means(tables.probes))


def test_each_corpus_has_the_coverage_and_the_band_of_its_own(tables, variants):
    fewer = tables.probes.copy()
    fewer.loc[(fewer["corpus"] == "twitter") & (fewer["list"] == "wordsim"), ["covered", "detectable"]] = (17, 0.7)
    figure = probes(fewer, variants, CORPORA).figure
    wiki, twitter = figure.axes[0], figure.axes[2]
    rights = [axes.transData.inverted().transform((axes.patches[0].get_extents().x1, 0))[0] for axes in (wiki, twitter)]
    own = tables.probes[(tables.probes["list"] == "wordsim") & (tables.probes["corpus"] == "wiki")]["detectable"].max()
    assert rights == [pytest.approx(own), pytest.approx(0.7)]
    assert [axes.texts[0].get_text() for axes in (wiki, twitter)] == ["28 of 28", "17 of 28"]
    least = least_covered(coverage_rows(fewer, CORPORA))
    assert least[["probe", "corpus", "covered"]].iloc[0].tolist() == ["WordSim-353", "twitter", 17]
    assert len(least) == 2


def test_subtitles_of_the_probes_do_not_run_into_each_other(tables, variants):
    wide = tables.probes.assign(items=19544, covered=11478)
    figure = probes(wide, variants, CORPORA).figure
    figure.canvas.draw()
    boxes = [text.get_window_extent() for axes in figure.axes[:2] for text in axes.texts]
    assert boxes[0].x1 < boxes[1].x0


def test_masked_models_are_hollow_and_have_no_perplexity(tables, variants):
    figure = perplexity(tables.perplexity, variants, CORPORA).figure
    filled = [to_hex(each.get_facecolors()[0]) for each in figure.axes[0].collections]
    assert filled == ["#fdfdfc", "#fdfdfc", FAMILY_COLOURS["gpt"], FAMILY_COLOURS["gpt"]]
    wrong = tables.perplexity.assign(perplexity=5.0)
    with pytest.raises(StudyError, match="BERT"):
        perplexity(wrong, variants, CORPORA)


def test_variants_of_a_family_share_its_colour_and_differ_by_marker():
    looks = Variants({"a": "word2vec", "b": "word2vec", "c": "gpt"})
    assert looks.colour("a") == looks.colour("b") != looks.colour("c")
    assert looks.marker("a") != looks.marker("b")
    assert looks.dashes("a") != looks.dashes("b")
    assert looks.ordered(["zebra", "c", "a"]) == ["a", "c", "zebra"]


def test_small_helpers():
    assert [human(value) for value in (0, 950, 1200, 25_000, 3e6)] == ["0", "950", "1.2k", "25k", "3M"]
    offsets = spread(50, 0.3)
    assert np.abs(offsets).max() <= 0.3
    assert len(np.unique(offsets)) == 50


def test_unknown_figure_or_format_is_refused(tmp_path):
    drawn = {"a": Drawn(new_figure(1, 1), pd.DataFrame({"x": [1]}))}
    with pytest.raises(StudyError, match="no figure 'b'"):
        save(tmp_path / "b.svg", drawn, Provenance("r", "s", "c"))
    with pytest.raises(StudyError, match=r"format '\.pdf'"):
        save(Path(tmp_path / "a.pdf"), drawn, Provenance("r", "s", "c"))
