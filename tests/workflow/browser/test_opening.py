"""The page opens from disk: ready, quiet, under its policy, in both themes, on a phone, every link leads somewhere."""

import re
from urllib.parse import unquote, urlsplit

import pytest
from looking import PHONE

READY_MS = 10_000  # `make bench WHAT=report` holds the real bound; this machine may be busy


@pytest.fixture(params=["report", "planted"])
def path(request):
    """The page of a real study, and that of planted tables."""
    return request.getfixturevalue(request.param)


def test_the_page_is_ready_soon_and_quiet(open_page, path):
    page = open_page(path)
    assert 0 < int(page.locator("html").get_attribute("data-ready-ms")) <= READY_MS
    assert page.locator("[role=alert]").count() == 0
    assert page.locator("h1").inner_text().strip()


def test_every_section_can_be_reached(open_page, path):
    page = open_page(path)
    links = page.locator("nav[aria-label=Sections] a")
    assert links.count() > 10
    for number in range(links.count()):
        link = links.nth(number)
        target = page.locator(link.get_attribute("href"))
        link.click()
        top = target.bounding_box()["y"]
        last = page.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 2")
        assert -2 <= top <= 120 or last, link.inner_text()
        assert target.locator("h2").first.is_visible()


def test_scripts_of_others_do_not_run(open_page, path):
    page = open_page(path, quiet=False)
    found = page.evaluate(
        """async () => {
          const broken = [];
          addEventListener("securitypolicyviolation", (event) => broken.push(event.effectiveDirective));
          const add = (tag, attributes) =>
            document.body.append(Object.assign(document.createElement(tag), attributes));
          add("script", { textContent: "globalThis.harmed = 'inline'" });
          add("script", { src: "https://example.org/x.js" });
          add("script", { src: "data:text/javascript,globalThis.harmed='data'" });
          add("img", { src: "https://example.org/x.png" });
          add("iframe", { src: "https://example.org/" });
          const button = document.createElement("button");
          button.setAttribute("onclick", "globalThis.harmed = 'handler'");
          document.body.append(button);
          button.click();
          await fetch("https://example.org/").catch(() => {});
          await new Promise((done) => setTimeout(done, 300));
          return { broken: broken.toSorted(), harmed: globalThis.harmed ?? null };
        }"""
    )
    expected = ["connect-src", "frame-src", "img-src", "script-src-attr", *["script-src-elem"] * 3]
    assert found == {"broken": expected, "harmed": None}


def test_strings_are_not_evaluated(open_page, path):
    """Code given by the debugger may always evaluate, so the page's own timer does it."""
    page = open_page(path, quiet=False)
    page.evaluate("setTimeout(\"document.title = 'harmed'\", 0)")
    page.wait_for_timeout(200)
    assert page.title() != "harmed"


def test_every_link_leads_somewhere(open_page, path):
    page = open_page(path)
    links = set(page.evaluate("[...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href'))"))
    assert len(links) > 30
    for link in links:
        parts = urlsplit(link)
        assert not parts.scheme, link
        assert not parts.netloc, link
        if parts.path:
            assert (path.parent / unquote(parts.path)).is_file(), link
        else:
            assert page.locator(f"[id='{parts.fragment.partition('&')[0]}']").count() == 1, link


def test_pictures_have_names(open_page, path):
    page = open_page(path)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("svg, img, canvas, [role=img]")].filter((found) => {
          const named = (node) =>
            node.getAttribute("aria-label") || node.getAttribute("aria-labelledby") || node.getAttribute("alt") ||
            node.querySelector(":scope > title")?.textContent;
          if (found.closest("[aria-hidden=true]") || found.parentElement.closest("svg")) return false;
          const around = ["img", "group", "graphics-document"].map((role) => `[role=${role}][aria-label]`).join();
          return !named(found) && !found.closest(around);
        }).map((found) => found.outerHTML.slice(0, 120))"""
    )
    assert nameless == []


def test_controls_have_names(open_page, path):
    page = open_page(path)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, textarea, [role=button], [role=combobox]")]
          .filter((found) => !(found.textContent.trim() && found.matches("button, [role=button]"))
            && !found.getAttribute("aria-label") && !found.getAttribute("aria-labelledby") && !found.labels?.length)
          .map((found) => found.outerHTML.slice(0, 120))"""
    )
    assert nameless == []


def luminance(colour):
    """Relative luminance (WCAG 2.2) of "rgb(r, g, b)"."""
    values = [int(value) / 255 for value in re.findall(r"\d+", colour)[:3]]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(page, selector):
    """Contrast of the text of an element with the background of the page."""
    ink = page.locator(selector).first.evaluate("(node) => getComputedStyle(node).color")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    low, high = sorted((luminance(ink), luminance(paper)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("way", ["system", "button", "address"])
def test_a_dark_page_is_dark_and_readable(open_page, report, way):
    page = open_page(
        report, "reach&theme=dark" if way == "address" else "", color_scheme="dark" if way == "system" else "light"
    )
    button = page.locator("#theme")
    while way == "button" and "dark" not in button.inner_text():
        button.click()
    assert luminance(page.evaluate("getComputedStyle(document.body).backgroundColor")) < 0.05
    for selector in ("main p", "h1", ".note", "figcaption", "nav a", "td", "#explorer p"):
        assert contrast(page, selector) >= 4.5, selector
    if way == "button":
        assert "theme=dark" in page.url


def test_a_light_page_is_light_and_readable(open_page, report):
    page = open_page(report, color_scheme="light")
    assert luminance(page.evaluate("getComputedStyle(document.body).backgroundColor")) > 0.9
    for selector in ("main p", "h1", ".note", "figcaption", "nav a", "td", "#explorer p"):
        assert contrast(page, selector) >= 4.5, selector


def test_a_phone_never_scrolls_sideways(open_page, path):
    page = open_page(path, **PHONE)
    assert page.evaluate("innerWidth") == 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for section in page.locator("main > section").all():
        section.scroll_into_view_if_needed()
        page.wait_for_timeout(30)  # a chart may be drawn now
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # What is wider than the window scrolls inside a frame that the keyboard reaches.
    unreachable = page.evaluate(
        """() => [...document.querySelectorAll("main *")].filter((node) => {
          const style = getComputedStyle(node);
          return /auto|scroll/.test(style.overflowX) && node.scrollWidth > node.clientWidth + 1
            && !node.closest("[tabindex], button, select, input, pre, svg") && !node.querySelector("button, a, input");
        }).map((node) => node.outerHTML.slice(0, 120))"""
    )
    assert unreachable == []


def test_without_scripts_everything_written_is_there(open_page, browser, report):
    from benchmarks.browser import context

    page = context(browser, java_script_enabled=False).new_page()
    page.goto(report.as_uri())
    assert page.locator("main > section").count() > 10
    assert page.locator("figure svg").count() > 10
    assert page.locator("h1").inner_text().strip()


def test_print_shows_every_section(open_page, report):
    page = open_page(report)
    page.emulate_media(media="print")
    for section in page.locator("main > section").all():
        assert section.bounding_box()["height"] > 20


def test_words_of_tables_are_text(open_page, planted):
    page = open_page(planted)
    page.locator("#neighbours").scroll_into_view_if_needed()
    assert page.get_by_text("<script>", exact=False).first.is_visible()
    assert page.locator("#neighbours script").count() == 0
