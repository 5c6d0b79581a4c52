"""Charts in a browser: the matrix takes any measure and says what the tables say, by mouse, keyboard and address."""

import re

import pytest

from wordspaces.report.names import corpus_label

MATRIX = ".chart[data-chart=matrix]"
CELL = ("corpus", "model", "sample")


@pytest.fixture(scope="session")
def means(table):
    """(measure, set of two labels) -> mean r over the pairs of spaces of two cells that have different seeds."""
    rsa = table("rsa")
    rsa = rsa[(rsa["roster"] == "input") & (rsa["a_seed"] != rsa["b_seed"])]
    sides = [
        rsa[f"{side}_corpus"].map(corpus_label) + " · " + rsa[f"{side}_model"] + " · " + rsa[f"{side}_sample"]
        for side in "ab"
    ]
    pairs = [frozenset(labels) for labels in zip(*sides, strict=True)]
    return rsa.groupby([rsa["method"], pairs])["r"].mean()


def near(page, selector):
    """Scroll to a chart and wait until it is drawn."""
    page.locator(selector).scroll_into_view_if_needed()
    page.locator(f"{selector}[data-drawn=true]").wait_for()


def options(page, selector, what):
    """Values or texts of the options of a select."""
    return page.locator(selector).evaluate(f"(node) => [...node.options].map((option) => option.{what})")


def told(page):
    """What stands below the matrix: labels of the two cells, mean r, measure."""
    text = page.locator("#matrix-detail").inner_text()
    found = re.match(r"(.+?) and (.+?): mean r (\S+) \((.+?)\)(?=;)", text)
    assert found, text
    return frozenset(found.group(1, 2)), float(found.group(3).replace("\N{MINUS SIGN}", "-")), found.group(4)


def test_the_matrix_says_what_the_table_says_by_every_measure(open_page, report, means):
    page = open_page(report)
    near(page, MATRIX)
    methods = options(page, "#metric", "value")
    assert set(methods) == set(means.index.get_level_values(0))
    labels = options(page, "#matrix-one", "textContent")
    for number, method in enumerate(methods):
        one, other = labels[number % len(labels)], labels[-1 - number]
        page.locator("#metric").select_option(method)
        page.locator("#matrix-one").select_option(label=one)
        page.locator("#matrix-other").select_option(label=other)
        cells, value, _ = told(page)
        assert cells == {one, other}
        assert value == pytest.approx(means[method, frozenset([one, other])], abs=6e-4)


def test_the_measure_is_kept_in_the_address(open_page, report):
    page = open_page(report)
    second, third = options(page, "#metric", "value")[1:3]
    page.locator("#metric").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator("#metric").input_value() == second
    assert f"metric={second}" in page.url
    again = open_page(report, f"figures&metric={third}")
    near(again, MATRIX)
    assert again.locator("#metric").input_value() == third
    assert told(again)[2] == options(again, "#metric", "textContent")[2]
    page.evaluate("(value) => { location.hash = `#figures&metric=${value}` }", third)
    page.wait_for_function("(value) => document.getElementById('metric').value === value", arg=third)


def test_an_unknown_measure_in_the_address_is_the_first(open_page, report):
    page = open_page(report, "figures&metric=<script>")
    assert page.locator("#metric").input_value() == options(page, "#metric", "value")[0]


def test_another_measure_gives_other_colours(open_page, report):
    page = open_page(report)
    near(page, MATRIX)
    cells = f"{MATRIX} svg .mark-rect path[aria-roledescription]"
    fills = f"() => [...document.querySelectorAll('{cells}')].map((cell) => cell.getAttribute('fill'))"
    before = page.evaluate(fills)
    assert len(set(before)) > 10
    page.locator("#metric").select_option(options(page, "#metric", "value")[-1])
    page.wait_for_function(f"(old) => JSON.stringify(({fills})()) !== JSON.stringify(old)", arg=before)
    assert len(page.evaluate(fills)) == len(before)


def test_pointing_at_a_cell_names_it_and_a_click_keeps_it(open_page, report):
    page = open_page(report)
    near(page, MATRIX)
    cell = page.locator(f"{MATRIX} svg .mark-rect path[aria-roledescription]").nth(3)
    cell.hover()
    tooltip = page.locator("#vg-tooltip-element.visible")
    tooltip.wait_for()
    text = tooltip.inner_text()
    cell.click()
    labels, value, _ = told(page)
    assert all(label in text for label in labels)
    assert f"{value:.3f}" in text.replace("\N{MINUS SIGN}", "-")


@pytest.mark.parametrize("chart", ["map", "matrix"])
def test_charts_take_the_colours_of_the_theme(open_page, report, chart):
    page = open_page(report, color_scheme="light")
    place = f".chart[data-chart={chart}]"
    near(page, place)
    ink = f"() => getComputedStyle(document.querySelector('{place} svg .role-legend-label text')).fill"
    light = page.evaluate(ink)
    page.evaluate(f"document.querySelector('{place}').dataset.drawn = ''")
    page.locator("#theme").click()
    page.locator("#theme").click()
    assert "dark" in page.locator("#theme").inner_text()
    near(page, place)
    page.wait_for_function(f"(old) => ({ink})() !== old", arg=light)


def test_the_map_names_what_is_pointed_at(open_page, report, settings):
    page = open_page(report)
    near(page, ".chart[data-chart=map]")
    page.locator(".chart[data-chart=map] svg .mark-symbol path[aria-roledescription]").last.hover(force=True)
    tooltip = page.locator("#vg-tooltip-element.visible")
    tooltip.wait_for()
    assert any(model in tooltip.inner_text() for model in settings["models"])
