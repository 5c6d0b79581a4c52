"""The listed pairs through training in a browser: the slider of the pairs moves the rule and the values below it."""

import pytest
from looking import PHONE, PRECISION, number

from wordspaces.report.charts.courses import kind_means
from wordspaces.report.forming import KINDS

CHART = ".chart[data-chart=trajectories]"
RULE = f"{CHART} svg .mark-rule.role-mark line"


@pytest.fixture(scope="session")
def means(table):
    """Means of the listed pairs, as the chart has them."""
    return kind_means(table("trajectories"))


def places_of_rules(page):
    """Horizontal places of the rules of all panels, in pixels of the window."""
    found = page.locator(RULE)
    found.first.wait_for(state="attached")
    return [found.nth(row).evaluate("(line) => line.getBoundingClientRect().x") for row in range(found.count())]


@pytest.mark.parametrize(("key", "last"), [("Home", False), ("End", True)])
def test_values_and_rule_stand_at_the_moment_of_the_slider(open_page, report, means, key, last):
    page = open_page(report, "forming")
    page.locator(CHART).scroll_into_view_if_needed()
    page.locator(f"{CHART}[data-drawn=true]").wait_for()
    before = places_of_rules(page)
    assert len(before) == means.groupby(["recipe", "text"]).ngroups
    page.locator("#tokens-slider").focus()
    page.keyboard.press("Home" if last else "End")
    page.keyboard.press(key)
    ends = means.groupby(["recipe", "text", "kind"])["tokens"].transform("max" if last else "min")
    rows = means[means["tokens"] == ends]
    assert len(rows) == page.locator("#trajectories-values td").count()
    for row in rows.itertuples():
        where = f"tr[data-model='{row.recipe}'] td[data-text='{row.text}'][data-kind='{KINDS[row.kind][1]}']"
        value = number(page.locator(f"#trajectories-values {where}").inner_text())
        assert abs(value - row.mean) <= PRECISION + 0.0005, row  # the chart holds thousandths
    if last:
        assert places_of_rules(page) == pytest.approx(before, abs=0.5)
    else:
        page.wait_for_function(
            "([rule, before]) => document.querySelector(rule).getBoundingClientRect().x < before - 50",
            arg=[RULE, before[0]],
        )


def test_the_chart_fits_a_phone(open_page, report):
    page = open_page(report, "forming", **PHONE)
    page.locator(CHART).scroll_into_view_if_needed()
    page.locator(f"{CHART}[data-drawn=true]").wait_for()
    wide = page.locator(CHART).evaluate("(node) => node.scrollWidth - node.clientWidth")
    assert wide <= 1


def test_a_wide_matrix_scrolls_in_its_frame_on_a_phone(open_page, report):
    page = open_page(report, "figures", **PHONE)
    matrix = page.locator(".chart[data-chart=matrix]")
    matrix.scroll_into_view_if_needed()
    page.locator(".chart[data-chart=matrix][data-drawn=true]").wait_for()
    size = matrix.locator("svg .role-axis-label text").first.evaluate("(text) => text.getBoundingClientRect().height")
    assert size > 10  # pixels: names can be read
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
