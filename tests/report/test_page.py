"""The page and the figure files: self-contained, escaped, the same bytes twice, verifiable."""

import json
import re
from html.parser import HTMLParser

import pytest
from written import WORKFLOW, write_study

from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.report.inline import inline_svg
from wordspaces.report.page import FIGURES, split_caption
from wordspaces.report.provenance import READERS, into_page, page_content


@pytest.fixture(scope="module")
def page(tmp_path_factory, tables, study, costs):
    """Path of a finished page with its figures beside it."""
    return write_study(tmp_path_factory.mktemp("report"), tables, study, costs)


class Elements(HTMLParser):
    """Start tags and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


def test_words_of_the_corpus_are_text_and_never_markup(page):
    elements = Elements(page.read_text())
    assert "<script>" in elements.words
    assert any("x&y" in words for words in elements.words)
    scripts = [attrs for tag, attrs in elements.tags if tag == "script"]
    blocks = [{"type": "application/json", "id": name} for name in ("provenance", "data-charts", "data-words")]
    assert [attrs for attrs in scripts if attrs] == blocks


def test_nothing_is_fetched_from_elsewhere(page):
    text = page.read_text()
    elements = Elements(text)
    for tag, attrs in elements.tags:
        for name in ("src", "href", "xlink:href", "data", "srcset", "action"):
            target = attrs.get(name)
            if target is not None:
                inside = target.startswith("data:image/png;base64,") or not re.match(r"(?i)[a-z]+:|//", target)
                assert inside, (tag, target)
    markup = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)  # the policy sees to what scripts may load
    assert not re.search(r"@import|url\((?!#)", markup)
    policy = [attrs["content"] for tag, attrs in elements.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policy[0].startswith("default-src 'none'")
    assert "unsafe-eval" not in policy[0]
    assert "unsafe-inline" not in policy[0].partition("style-src")[0]


def test_links_lead_to_files_and_identifiers_are_unique(page):
    elements = Elements(page.read_text())
    links = [attrs["href"] for tag, attrs in elements.tags if tag == "a" and not attrs["href"].startswith("#")]
    assert len(links) == 3 * len(FIGURES)
    assert all((page.parent / link).is_file() for link in links)
    identifiers = [attrs["id"] for _, attrs in elements.tags if "id" in attrs]
    assert len(set(identifiers)) == len(identifiers)
    anchors = {attrs["href"][1:] for tag, attrs in elements.tags if tag == "a" and attrs["href"].startswith("#")}
    assert anchors <= set(identifiers)


def test_page_says_what_the_tables_say(page):
    text = " ".join(" ".join(Elements(page.read_text()).words).split()).replace("\N{NARROW NO-BREAK SPACE}", " ")
    for part in (
        "redirect 7",
        "3 (8 %): same text 2, near duplicate 1",
        "held out",
        "Word2Vec",
        "AdaGrad",
        "not defined",
        "leads of articles & more",
    ):
        assert part in text
    assert "In no corpus frequent enough, so without neighbours: absent." in text
    assert "among the words that are frequent enough in the corpus: 10 occurrences or more" in text
    assert "accuracy lowest run highest run lengths only bert Wikipedia 0.70 0.70 0.70 0.53 bert Twitter 0.70" in text
    assert "Two seeds on the same text agree at r = " in text
    assert "100 000 to 100 001" in text


def test_every_figure_says_which_rule_made_it_from_what(page):
    captions = re.findall(r'<span class="files">(.*?)</span>', page.read_text(), re.DOTALL)
    assert len(captions) == len(FIGURES)
    assert captions[0].startswith("Rule <code>draw_headline</code>, from <code>analysis/components</code>, <code>")
    assert sum("<code>draw_rules</code>, from 22 files" in caption for caption in captions) == 1


def test_sections_of_tables_stand_in_the_page(page):
    elements = Elements(page.read_text())
    text = " ".join(" ".join(elements.words).split()).replace("\N{NARROW NO-BREAK SPACE}", " ")
    for part in (
        "gpt, continued from Wikipedia to Twitter: 12.00 to 8.00 bits a word on Twitter",
        "w1 before 1, w1 before 2",
        "most on “verb” (r = 0.30 [0.10, 0.50])",
        "money 1: the [bank] <b>",
        "Training tokens presented until a space has half",
        "models 2 6.5 4.0 3.0 300",
        "train_glove models 2 6.5",
        "0.250 [0.100, 0.500]",
    ):
        assert part in text


def test_examples_are_a_few_of_each_corpus_and_text(page):
    text = page.read_text()
    shown = " ".join(" ".join(Elements(text).words).split()).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "gpt Wikipedia the <b>1</b> 5.50 gpt Wikipedia i <b>3</b> 5.50 gpt Twitter the <b>1</b> 5.50" in shown
    assert "bert Wikipedia x & y [MASK] z sun moon (40 %), <unk> (20 %) 7" in shown
    assert shown.count("[MASK]") == 2
    assert "<b>1</b>" not in text


def test_reference_variants_have_no_column_of_neighbours(page):
    text = page.read_text()
    section = text[text.index('<section id="neighbours">') : text.index('<section id="probes">')]
    heads = re.findall(r'<th scope="col">([^<]+)</th>', section)
    assert heads == ["word", "skipgram", "glove", "gpt", "bert"] * 2


def test_two_runs_have_equal_bytes(page, tmp_path, tables, study, costs):
    other = write_study(tmp_path, tables, study, costs)
    assert page.read_bytes() == other.read_bytes()
    figures = sorted((page.parent / "figures").iterdir())
    assert len(figures) == 3 * len(FIGURES)
    assert [
        path.name for path in figures if path.read_bytes() != (other.parent / "figures" / path.name).read_bytes()
    ] == []


def test_every_file_carries_provenance_that_verifies(page):
    paths = [page, *(page.parent / "figures" / f"{name}{kind}" for name in FIGURES for kind in (".svg", ".png"))]
    for path in paths:
        record, content = READERS[path.suffix](path)
        assert record.content == content
    assert record.rule == "draw_rules"
    record = READERS[".html"](page)[0]
    assert "results/figures/ladder.svg" in record.inputs
    assert record.settings["study"]["study"] == "planted"


def test_changed_files_do_not_verify(page, tmp_path):
    changed = tmp_path / "page.html"
    changed.write_text(page.read_text().replace("Definitions", "Inventions"))
    record, content = READERS[".html"](changed)
    assert record.content != content
    drawing = tmp_path / "ladder.svg"
    drawing.write_text((page.parent / "figures" / "ladder.svg").read_text().replace("other seed", "other word"))
    record, content = READERS[".svg"](drawing)
    assert record.content != content
    short = tmp_path / "ladder.png"
    short.write_bytes((page.parent / "figures" / "ladder.png").read_bytes()[:-20])
    with pytest.raises(StudyError, match="whole PNG"):
        READERS[".png"](short)


def test_provenance_cannot_close_its_element():
    page = '<p></p><script type="application/json" id="provenance"></script>'
    written = into_page(page, Provenance("r", "s", "c", settings={"word": "</script><b>"}))
    assert written.count("</script>") == 1
    assert page_content(written) == page_content(page)
    body = re.search(r'id="provenance">(.*)</script>', written).group(1)
    assert json.loads(body)["settings"]["word"] == "</script><b>"
    with pytest.raises(StudyError, match="provenance elements"):
        into_page("<p></p>", Provenance("r", "s", "c"))


def test_inline_figures_take_the_colours_of_the_page_and_share_no_identifier(page):
    text = (page.parent / "figures" / "components.svg").read_text()
    inside = inline_svg(text, "one", "A <title>", "words")
    assert "var(--vermillion, #d55e00)" in inside
    assert "<metadata>" not in inside
    assert "font-family" not in inside
    assert "A &lt;title&gt;" in inside
    other = inline_svg(text, "two", "t", "d")
    identifiers = [set(re.findall(r'\bid="([^"]+)"', each)) for each in (inside, other)]
    assert not identifiers[0] & identifiers[1]
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', inside))
    assert used <= identifiers[0]


@pytest.mark.parametrize("harm", ["<script>x</script>", '<image href="http://a/b.png"/>', '<g onclick="x"/>'])
def test_harm_in_a_figure_is_refused(harm):
    with pytest.raises(StudyError, match="reference to the outside"):
        inline_svg(f'<svg viewBox="0 0 9 9">{harm}</svg>', "x", "t", "d")


def test_every_figure_has_a_caption_with_a_title():
    for name in FIGURES:
        title, text = split_caption(name, (WORKFLOW / "report" / f"{name}.rst").read_text())
        assert title.endswith(".")
        assert text
    with pytest.raises(StudyError, match=r"caption x\.rst"):
        split_caption("x", "no title")
