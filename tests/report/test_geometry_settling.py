"""Figures of shape, phases, convergence and settling: lines and bars through their values, and studies without them."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from wordspaces.report.geometry import above_chance, decade_name, decade_shares, geometry, phases
from wordspaces.report.settling import BANDS, LEVELS, REFERENCES, convergence, settling

CORPORA = ["wiki", "twitter"]


def test_shape_goes_through_its_values_and_the_silhouette_is_above_chance(tables, variants):
    figure = geometry(tables.dynamics, variants, CORPORA).figure
    assert len(figure.axes) == 5 * 2
    assert [len(axes.lines) for axes in figure.axes[:8]] == [5] * 8
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), [6.0, 5.8, 4.0])
    np.testing.assert_allclose(figure.axes[4].lines[0].get_ydata(), [0.0, 1.0, 10.0])
    np.testing.assert_allclose(figure.axes[8].lines[0].get_ydata(), [0.1, 0.14, 0.5])
    assert figure.axes[8].get_ylabel().startswith("silhouette of cate")


def test_parts_of_speech_stand_in_where_categories_have_no_silhouette(tables):
    table = tables.dynamics
    speech = table["measure"].str.startswith("silhouette")
    renamed = table[speech].assign(measure=table["measure"].str.replace("silhouette", "silhouette_pos"), value=0.3)
    none = table.assign(value=table["value"].where(~speech))
    found, label = above_chance(pd.concat([none, renamed]))
    assert "parts" in label
    assert (found["value"] == 0.0).all()
    nothing, label = above_chance(none)
    assert nothing.empty
    assert label == ""


def one_run(tokens, shares, straightness=0.5):
    run = {"corpus": "wiki", "sample": "a", "model": "glove", "seed": 1}
    rows = [
        run | {"step": at, "tokens_seen": at, "measure": measure, "value": value}
        for at, share in zip(tokens, shares, strict=True)
        for measure, value in (("phase_share", share), ("straightness", straightness if at else None))
    ]
    return pd.DataFrame(rows)


def test_shares_go_to_their_decades_and_a_phase_over_two_is_cut_by_the_logarithm():
    found = decade_shares(one_run([0, 200, 1000, 100_000], [None, 0.1, 0.3, 0.6]))
    assert found["decade"].tolist() == [2, 3, 4]
    np.testing.assert_allclose(found["share"], [0.4, 0.3, 0.3])
    # Before the first snapshot after step 0 progress is linear in the tokens.
    early = decade_shares(pd.concat([one_run([0, 200], [None, 1.0]), one_run([0, 20], [None, 1.0]).assign(seed=2)]))
    np.testing.assert_allclose(early[early["seed"] == 1]["share"], [0.5, 0.5])
    np.testing.assert_allclose(early[early["seed"] == 2]["share"], [1.0, 0.0])
    # No more decades than colours: the first holds all before.
    long = decade_shares(one_run([0, 3, 3 * 10**9], [None, 0.2, 0.8]))
    assert long["decade"].tolist() == [4, 5, 6, 7, 8, 9]
    np.testing.assert_allclose(long["share"].iloc[0], 0.2 + 0.8 * np.log10(1e5 / 3) / 9)


def test_a_run_that_moved_nowhere_has_no_phases(variants):
    still = one_run([0, 200], [None, None])
    assert decade_shares(still).empty
    assert "not defined" in phases(still, variants, CORPORA).figure.texts[0].get_text()


def test_bars_of_phases_end_at_one_with_the_straightness_behind(tables, variants):
    table = tables.dynamics.assign(tokens_seen=tables.dynamics["step"] * 1200)
    drawn = phases(table, variants, CORPORA)
    axes = drawn.figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["bert", "gpt", "glove", "short", "skipgram"]
    widths = {}
    for bar in axes.patches:
        widths.setdefault(round(bar.get_y() + 0.31), []).append(bar.get_width())
    assert [sum(widths[height]) for height in range(5)] == pytest.approx([1.0] * 5)
    # Up to 100k tokens: a quarter until 12k, and of the rest the way to 100k on the logarithmic scale to 120k.
    assert widths[0][0] == pytest.approx(0.25 + 0.75 * np.log10(100 / 12))
    assert {text.get_text() for text in axes.texts} == {"0.75", "straightness"}


def test_decades_have_names():
    names = [decade_name(k, [2, 3, 4, 5]) for k in (2, 3, 4, 5)]
    assert names == ["up to 1k", "1k to 10k", "10k to 100k", "from 100k"]


def test_convergence_has_a_row_for_each_reference(tables, variants):
    figure = convergence(tables.dynamics, variants, CORPORA).figure
    assert [axes.get_ylabel() for axes in figure.axes[::2]] == list(REFERENCES.values())
    np.testing.assert_allclose(figure.axes[4].lines[0].get_ydata(), [0.0, 0.025, 0.25])
    alone = tables.dynamics[tables.dynamics["measure"] != "rsa_other_seed"]
    assert len(convergence(alone, variants, CORPORA).figure.axes) == 2 * 2
    nothing = tables.dynamics.assign(value=np.nan)
    assert "not defined" in convergence(nothing, variants, CORPORA).figure.texts[0].get_text()
    assert "not defined" in geometry(nothing, variants, CORPORA).figure.texts[0].get_text()


def test_settling_joins_half_and_ninety_per_cent_of_each_band(tables, variants):
    drawn = settling(tables.settling_runs, variants, CORPORA)
    axes = drawn.figure.axes[0]
    joined = [line for line in axes.lines if line.get_linewidth() == 1.2]
    assert len(joined) == 5 * len(BANDS)
    frequent = next(line for line in joined if to_hex(line.get_color()) == BANDS["frequent"][0])
    half = np.sqrt(1000.0 * 2000.0)  # geometric mean of the two seeds
    np.testing.assert_allclose(frequent.get_xdata(), [10 * half, half])
    markers = [line.get_marker() for line in axes.lines if line.get_linestyle() == "None"]
    assert {marker: markers.count(marker) for marker in set(markers)} == {m: 5 * 3 for m, _ in LEVELS.values()}
    assert set(drawn.table["band"]) == set(BANDS)


def test_settling_without_another_seed_says_so(tables, variants):
    alone = tables.settling_runs.assign(tokens_to_half=np.nan, tokens_to_90=np.nan)
    assert "not defined: no second seed" in settling(alone, variants, CORPORA).figure.texts[0].get_text()
