"""The page and the figure files: self-contained, escaped, the same bytes twice, verifiable."""

import contextlib
import json
import re
import runpy
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from wordspaces.common.artefacts import write_table, write_tensors
from wordspaces.common.code import PACKAGE_ROOT
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.models.cost.timing import write_costs
from wordspaces.report.inline import inline_svg
from wordspaces.report.page import FIGURES, split_caption
from wordspaces.report.provenance import READERS, into_page, page_content
from wordspaces.spaces.examples import example_table

WORKFLOW = PACKAGE_ROOT.parent
DRAWN = {
    "headline": ("ladder", "components", "rsa"),
    "forming": ("dynamics", "trajectories"),
    "geometry": ("dynamics", "settling_runs"),
    "stability": ("stability",),
    "probes": ("probes",),
    "contextual": ("contextual", "occurrences"),
    "perplexity": ("perplexity",),
    "map": ("map",),
    "arms": ("arms",),
    "curve": ("curve",),
    "sweeps": ("dimension", "regularisation", "norm_growth"),
    "adaptation": ("adaptation", "adaptation_words"),
}
FIGURES_OF = {
    "headline": ("ladder", "components", "matrix"),
    "forming": ("forming", "losses", "trajectories", "norms"),
    "sweeps": ("dimension", "regularisation"),
    "contextual": ("contextual", "occurrences"),
    "geometry": ("geometry", "phases", "convergence", "settling"),
}


class Named(dict):
    """Params by attribute and by key, as the workflow engine gives them."""

    __getattr__ = dict.__getitem__


class Files(list):
    """Inputs by name and in a flat list."""

    def __init__(self, **named):
        super().__init__(path for value in named.values() for path in (value if isinstance(value, list) else [value]))
        self.__dict__.update(named)


def run_script(name, inputs, outputs, **params):
    """Run a script of the workflow as the engine would."""
    task = SimpleNamespace(
        input=inputs,
        output=outputs,
        params=Named(script=f"scripts/{name}.py", code="0" * 32, **params),
        wildcards=Named(),
        resources=Named(),
        threads=1,
        log=[],
        rule=name,
    )
    runpy.run_path(str(WORKFLOW / "scripts" / f"{name}.py"), init_globals={"snakemake": task})


def write_study(folder, tables, study, costs):
    """Tables as files, then every figure and the page, with `folder` to work in; returns the path of the page."""
    with contextlib.chdir(folder):
        write_files(Path("results"), tables, study, costs)
    return folder / "results" / "report.html"


def write_files(folder, tables, study, costs):
    """Tables, figures and page below `folder`."""
    tables_of = {}
    for name, frame in vars(tables).items():
        tables_of[name] = str(folder / "analysis" / f"{name}.parquet")
        write_table(
            tables_of[name], pa.Table.from_pandas(frame, preserve_index=False), Provenance(name, "s.py", "1" * 32)
        )
    rows = [(c, s, 9, 300 + (s == "b"), 20, 10, 320, 99) for c in study["corpora"] for s in ("a", "b", "heldout")]
    columns = ["corpus", "sample", "documents", "words", "placeholders", "unknown", "tokens", "types"]
    extra = {"summary": pa.Table.from_pandas(pd.DataFrame(rows, columns=columns), preserve_index=False)}
    fates = [("extraction", "empty", 0), ("extraction", "kept", 40), ("extraction", "redirect", 7)]
    fates += [("duplicates", "near duplicate", 1), ("duplicates", "same text", 2)]
    rows = [(corpus, source, *fate) for corpus, (source,) in study["corpora"].items() for fate in fates]
    columns = ["corpus", "source", "step", "reason", "documents"]
    extra["corpora"] = pa.Table.from_pandas(pd.DataFrame(rows, columns=columns), preserve_index=False)
    for name, table in extra.items():
        tables_of[name] = str(folder / f"{name}.parquet")
        write_table(tables_of[name], table, Provenance(name, "s.py", "1" * 32))
    families = {name: settings["family"] for name, settings in study["models"].items()}
    looks = {"families": families, "corpora": list(study["corpora"])}
    for family, needs in DRAWN.items():
        names = FIGURES_OF.get(family, (family,))
        own = {"method": "spearman"} if family in ("headline", "arms", "curve", "sweeps") else {}
        outputs = [str(folder / "figures" / f"{name}.{kind}") for name in names for kind in ("svg", "png", "csv")]
        asked = {name.removeprefix("adaptation_"): tables_of[name] for name in needs}
        run_script(f"draw_{family}", Files(**asked), outputs, **looks, **own)
    timed = [name for name in families for _ in study["seeds"]]
    timings = [str(folder / f"{number}.json") for number in range(len(timed))]
    for number, path in enumerate(timings):
        Path(path).write_text(json.dumps({"seconds": number + 0.5, "tokens_per_second": 20000.0}))
    write_costs(folder / "cost.json", costs)
    drawn = [str(folder / "figures" / f"cost.{kind}") for kind in ("svg", "png", "csv")]
    run_script("draw_cost", Files(cost=str(folder / "cost.json")), drawn)
    written = [
        {"kind": "sample", "probe": "", "number": n, "prompt": p, "text": f"{p} <b>{n}</b>", "bits": 5.5}
        for n, p in enumerate(["the", "the", "i"], start=1)
    ]
    gap = {"kind": "filled", "number": 1, "text": "x & y [MASK] z", "truth": "sun"}
    filled = [
        gap | {"probe": probe, "fill": fill, "rank": rank, "probability": 0.4 / rank}
        for probe in study["corpora"]
        for rank, fill in ((1, "moon"), (2, "<unk>"), (7, "sun"))
    ]
    examples = []
    for corpus in study["corpora"]:
        for model, rows in (("gpt", written), ("bert", filled)):
            examples.append(str(folder / f"{corpus}.{model}.examples.parquet"))
            write_table(examples[-1], example_table(rows), Provenance("read", "s.py", "1" * 32))
    weights = [str(folder / f"{name}.safetensors") for name in families]
    for path in weights:
        write_tensors(path, {"centre": np.zeros((10, 4), np.float32)}, Provenance("train", "s.py", "1" * 32))
    templates = WORKFLOW / "wordspaces" / "report" / "templates"
    names = ("components", "stability", "reliability", "neighbours", "probes", "perplexity", "dynamics")
    names += ("summary", "comparison", "corpora")
    inputs = Files(
        **{name: tables_of[name] for name in names},
        weights=weights,
        cost=str(folder / "cost.json"),
        timings=timings,
        examples=examples,
        figures=[str(folder / "figures" / f"{name}.svg") for name in FIGURES],
        captions=[str(WORKFLOW / "report" / f"{name}.rst") for name in FIGURES],
        template=str(templates / "page.html"),
        css=str(templates / "page.css"),
    )
    run_script(
        "write_report",
        inputs,
        Named(page=str(folder / "report.html")),
        study=study,
        examples=[[corpus, model] for corpus in study["corpora"] for model in ("gpt", "bert")],
        analysis={
            "components": {"confidence": 0.95},
            "stability": {"k": 5},
            "neighbours": {"least_count": 10},
            "probes": {"contextual_layer": 1, "confidence": 0.95, "power": 0.8},
        },
        sources={"leads": {"what": "leads of articles & more", "licence": "CC BY-SA 4.0"}},
        method="spearman",
        timed=timed,
        shards=[[corpus, source] for corpus, (source,) in study["corpora"].items()],
    )


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
    assert scripts == [{"type": "application/json", "id": "provenance"}]


def test_nothing_is_fetched_from_elsewhere(page):
    text = page.read_text()
    elements = Elements(text)
    for tag, attrs in elements.tags:
        for name in ("src", "href", "xlink:href", "data", "srcset", "action"):
            target = attrs.get(name)
            if target is not None:
                inside = target.startswith("data:image/png;base64,") or not re.match(r"(?i)[a-z]+:|//", target)
                assert inside, (tag, target)
    assert not re.search(r"@import|url\((?!#)", text)
    policy = [attrs["content"] for tag, attrs in elements.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policy[0].startswith("default-src 'none'")


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
    assert record.rule == "draw_cost"
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
