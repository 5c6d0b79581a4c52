"""The word explorer in a browser: what it shows is what the tables say, by mouse, keyboard and address."""

import pytest
from looking import HOSTILE, PHONE, PRECISION, number


@pytest.fixture(scope="session")
def neighbours(table):
    """Table of the neighbours of every word in every cell."""
    return table("word_neighbours").sort_values(["corpus", "model", "word", "rank"])


@pytest.fixture(scope="session")
def words(neighbours, table):
    """Compared words that every cell lists, the most frequent first."""
    cells = neighbours.groupby(["corpus", "model"]).ngroups
    everywhere = neighbours[neighbours["rank"] == 1].groupby("word").size()
    found = table("word_agreement").sort_values("id")["word"].drop_duplicates()
    found = [word for word in found if everywhere.get(word, 0) == cells and word.isalpha() and len(word) > 3]
    assert len(found) >= 3
    return found


def shown(page):
    """Neighbours that the page shows: (corpus, recipe) -> list of word, cosine, text on the runs."""
    found = page.evaluate(
        """() => [...document.querySelectorAll("#explorer .space")].map((space) => [
          space.dataset.corpus, space.dataset.model, [...space.querySelectorAll(".neighbour")].map((row) => [
            row.querySelector(".word").dataset.word,
            row.querySelector(".cosine").innerText,
            row.querySelector("svg.runs").getAttribute("aria-label"),
          ]),
        ])"""
    )
    return {
        (corpus, model): [(word, number(cosine), runs) for word, cosine, runs in rows] for corpus, model, rows in found
    }


def expect_word(page, word):
    """Wait until the explorer shows a word."""
    page.wait_for_function("(w) => document.getElementById('explorer-heading').dataset.word === w", arg=word)


def type_word(page, word):
    """Type a word into the search field and take it."""
    field = page.locator("#word")
    field.fill("")
    field.press_sequentially(word)
    field.press("Enter")


def assert_neighbours(page, neighbours, word):
    """The page shows of a word what the table says, in every cell."""
    found = shown(page)
    rows = neighbours[neighbours["word"] == word]
    expected = dict(iter(rows.groupby(["corpus", "model"])))
    assert {cell for cell, listed in found.items() if listed} == set(expected)
    for cell, group in expected.items():
        listed = found[cell]
        assert [word for word, _, _ in listed] == group["neighbour"].tolist(), cell
        for (_, cosine, runs), row in zip(listed, group.itertuples(), strict=True):
            assert abs(cosine - row.cosine) <= PRECISION, (cell, row.neighbour)
            assert f"{row.held} of {row.spaces}" in runs, (cell, row.neighbour)


def test_a_typed_word_shows_its_neighbours_in_every_space(open_page, report, neighbours, words):
    page = open_page(report)
    for word in words[:3]:
        type_word(page, word)
        expect_word(page, word)
        assert_neighbours(page, neighbours, word)
        assert page.locator("#explorer-heading").inner_text().find(word) >= 0


def test_completions_begin_with_what_is_typed(open_page, report, words):
    page = open_page(report)
    field, options = page.locator("#word"), page.locator("#word-options [role=option]")
    field.fill("")
    field.press_sequentially(words[0][:2])
    options.first.wait_for(state="visible")
    offered = [option.get_attribute("data-word") for option in options.all()]
    assert 1 <= len(offered) <= 12
    starts = [word.startswith(words[0][:2]) for word in offered]
    assert starts[0]
    assert starts == sorted(starts, reverse=True)
    assert field.get_attribute("aria-expanded") == "true"
    field.press("Escape")
    assert field.get_attribute("aria-expanded") == "false"
    assert not options.first.is_visible()


def test_the_keyboard_is_enough(open_page, report, neighbours, words):
    page = open_page(report)
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "word":
            break
    assert page.evaluate("document.activeElement.id") == "word"
    page.keyboard.press("Control+a")
    page.keyboard.type(words[1][:3])
    page.keyboard.press("ArrowDown")
    active = page.locator("#word").get_attribute("aria-activedescendant")
    chosen = page.locator(f"[id='{active}']").get_attribute("data-word")
    page.keyboard.press("Enter")
    expect_word(page, chosen)
    assert_neighbours(page, neighbours, chosen)
    # On to a neighbour, by the keyboard too.
    first = page.locator(".space .neighbour .word").first
    target = first.get_attribute("data-word")
    first.focus()
    assert first.evaluate("(node) => getComputedStyle(node).outlineStyle !== 'none' && node.matches(':focus-visible')")
    page.keyboard.press("Enter")
    expect_word(page, target)


def test_an_address_is_restored(open_page, report, neighbours, words):
    page = open_page(report, f"explorer&word={words[2]}&metric=pearson")
    expect_word(page, words[2])
    assert_neighbours(page, neighbours, words[2])
    assert page.locator("#word").input_value() == words[2]
    assert -5 <= page.locator("#explorer").bounding_box()["y"] <= 200


def test_back_goes_to_the_word_before(open_page, report, words):
    page = open_page(report, f"explorer&word={words[0]}")
    type_word(page, words[1])
    expect_word(page, words[1])
    assert f"word={words[1]}" in page.url
    type_word(page, words[2])
    expect_word(page, words[2])
    page.go_back()
    expect_word(page, words[1])
    page.go_back()
    expect_word(page, words[0])
    page.go_forward()
    expect_word(page, words[1])
    page.reload()
    expect_word(page, words[1])


def test_an_unknown_word_is_told(open_page, report, words):
    page = open_page(report, f"explorer&word={words[0]}")
    almost = words[1] + "qz"
    type_word(page, almost)
    status = page.locator("#explorer-status")
    status.get_by_text(almost).wait_for()
    nearest = status.locator(".word")
    assert words[1] in [near.get_attribute("data-word") for near in nearest.all()]
    assert page.locator("#explorer-heading").get_attribute("data-word") == words[0]
    nearest.first.click()
    expect_word(page, nearest.first.get_attribute("data-word") if nearest.count() else words[1])


def test_every_button_with_a_word_leads_to_it(open_page, report, words):
    page = open_page(report, f"explorer&word={words[0]}")
    for place in (
        "#suggestions",
        "#disagreements-corpus",
        "#disagreements-family",
        ".space .neighbour",
        ".moment-space",
    ):
        # From a word that is followed through training: a listed one need not be, and then shows no moments.
        type_word(page, words[0])
        expect_word(page, words[0])
        button = page.locator(f"#explorer {place} .word").last
        target = button.get_attribute("data-word")
        button.click()
        expect_word(page, target)
    page.locator("#random-word").click()
    page.wait_for_function("(w) => document.getElementById('explorer-heading').dataset.word !== w", arg=target)


def test_agreement_is_that_of_the_table(open_page, report, table, words):
    agreement = table("word_agreement")
    page = open_page(report, f"explorer&word={words[0]}")
    rows = agreement[(agreement["word"] == words[0]) & agreement["relation"].isin(["corpus", "family", "variant"])]
    pairs = page.locator("#agreement .pair")
    for relation, group in rows.groupby("relation"):
        listed = page.locator(f"#agreement .pair[data-relation={relation}] .value").all_text_contents()
        found = sorted(number(text.split()[0].rstrip(",")) for text in listed)
        assert len(found) == len(group)
        for value, expected in zip(found, sorted(group["agreement"]), strict=True):
            assert abs(value - expected) <= PRECISION
    assert pairs.count() == len(rows)


def test_a_moment_of_training_shows_the_nearest_words_of_it(open_page, report, table, words):
    course = table("word_course")
    page = open_page(report, f"explorer&word={words[0]}")
    rows = course[course["word"] == words[0]]
    slider = page.locator("#moment")
    slider.focus()
    for key, pick in (("Home", "idxmin"), ("End", "idxmax")):
        page.keyboard.press(key)
        moment = rows.loc[getattr(rows.groupby(["corpus", "model"])["snapshot"], pick)()]
        assert len(moment)
        for row in moment.itertuples():
            place = page.locator(f".moment-space[data-corpus='{row.corpus}'][data-model='{row.model}'] .word")
            told = [word for word in (row.first, row.second, row.third) if isinstance(word, str)]
            assert [found.get_attribute("data-word") for found in place.all()] == told
    assert page.locator("#course .course-chart svg").count() == rows["corpus"].nunique()


def test_a_phone_can_use_it(open_page, report, neighbours, words):
    page = open_page(report, "explorer", **PHONE)
    page.locator("#word").tap()
    type_word(page, words[0])
    expect_word(page, words[0])
    assert_neighbours(page, neighbours, words[0])
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    first = page.locator(".space .neighbour .word").first
    first.scroll_into_view_if_needed()
    target = first.get_attribute("data-word")
    first.tap()
    expect_word(page, target)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_hostile_words_are_text(open_page, hostile):
    page = open_page(hostile, "explorer")
    title = page.title()
    for word in HOSTILE:
        type_word(page, word)
        expect_word(page, word)
        assert word in page.locator("#explorer-heading").inner_text()
        assert f"word={page.evaluate('(w) => new URLSearchParams({ w }).toString().slice(2)', word)}" in page.url
        page.locator(".space .neighbour .word").first.hover()
    page.reload()
    expect_word(page, HOSTILE[-1])
    page.go_back()
    expect_word(page, HOSTILE[-2])
    assert page.title() == title
    assert page.locator("#explorer img, #explorer script, #explorer b:has-text('bold')").count() == 0
