"""Pairs of words through training in a browser: a picked pair and a moment show what the table says."""

from importlib import resources

import pytest
from looking import PRECISION, number

SCRIPTS = resources.files("wordspaces.report").joinpath("templates", "scripts")


@pytest.fixture(scope="session")
def courses(table):
    """Table of the cosines of pairs of words at every snapshot."""
    return table("pair_course")


def pick(page, selector, word):
    """Choose a word in a list, or type it into a field."""
    place = page.locator(selector)
    if place.evaluate("(node) => node.tagName") == "SELECT":
        place.select_option(label=word)
    else:
        place.fill(word)
        place.press("Enter")


def assert_values(page, rows):
    """The values beside the slider are those of the rows, a cell each."""
    for row in rows.itertuples():
        value = page.locator(f"#pair-values [data-corpus='{row.corpus}'][data-model='{row.model}']").first
        assert abs(number(value.inner_text()) - row.cosine) <= PRECISION, (row.corpus, row.model)


@pytest.mark.parametrize(("key", "last"), [("Home", False), ("End", True)])
def test_a_picked_pair_shows_its_cosines_at_the_moment(open_page, report, courses, key, last):
    page = open_page(report, "forming")
    pairs = courses[["word_a", "word_b"]].drop_duplicates()
    one, other = pairs.iloc[len(pairs) // 3]
    pick(page, "#pair-a", one)
    pick(page, "#pair-b", other)
    slider = page.locator("#tokens-slider")
    slider.focus()
    page.keyboard.press(key)
    rows = courses[(courses["word_a"] == one) & (courses["word_b"] == other)]
    ends = rows.groupby(["corpus", "model"])["snapshot"].transform("max" if last else "min")
    assert_values(page, rows[rows["snapshot"] == ends])
    assert f"{one}.{other}" in page.url or f"{other}.{one}" in page.url
    page.reload()
    page.wait_for_selector('html[data-ready="true"]', state="attached")
    page.locator("#tokens-slider").focus()
    page.keyboard.press(key)
    assert_values(page, rows[rows["snapshot"] == ends])


@pytest.mark.parametrize("snapshots", [2, 10, 17, 30, 200])
def test_the_slider_stops_at_every_snapshot(browser, snapshots):
    """Grids from 1 to 1,000 as dense as a study likes, of two runs whose snapshots differ by a token or two."""
    script = SCRIPTS.joinpath("words.js").read_text()
    page = browser.new_page()
    first = [0, *(round(1000 ** (place / (snapshots - 2 or 1)) * 1e5) for place in range(snapshots - 1))]
    cells = [{"tokens_seen": first}, {"tokens_seen": [0, *(tokens + 1 for tokens in first[1:])]}]
    spread = "const moments = Words.prototype.spread.call({ meta: { cells } });"
    reach = "(tokens) => Words.prototype.snapshotAt.call({ meta: { cells } }, 1, tokens)"
    reached = page.evaluate(f"(cells) => {{ {script}; {spread}; return moments.map({reach}) }}", cells)
    page.close()
    assert reached == list(range(snapshots))
