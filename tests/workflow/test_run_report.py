"""Snakemake's own report of a finished study: every figure and the page are in it, with caption, category and label."""

import json
import re
import zipfile

import pytest

from wordspaces.report.page import FIGURES

STUDY = "results/smoke"


@pytest.fixture(scope="module")
def archive(finished, tmp_path_factory):
    """The report as an archive, and what Snakemake said while it made it."""
    path = tmp_path_factory.mktemp("report") / "run.zip"
    run = finished.snakemake("--report", str(path))
    assert run.returncode == 0, run.stdout
    return path, run.stdout


def told(page, name):
    """The value of a variable that the report gives its scripts."""
    start = re.search(rf"var {name} = (?={{\")", page).end()
    return json.JSONDecoder().raw_decode(page, start)[0]


def test_every_figure_has_caption_category_and_label(archive, finished):
    path, _ = archive
    with zipfile.ZipFile(path) as files:
        assert files.testzip() is None
        page = files.read("run/report.html").decode()
        results, categories = told(page, "results"), told(page, "categories")
        category = {file: name for name, parts in categories.items() for part in parts.values() for file in part}
        expected = {f"{STUDY}/figures/{figure}.svg": figure for figure in FIGURES} | {f"{STUDY}/report.html": "page"}
        assert set(results) >= set(expected)
        for file, found in results.items():
            label = expected.get(file, found["labels"].get("figure"))
            assert found["labels"] == {"figure": label}, file
            assert category[file] not in ("", "Other"), file
            words = re.sub(r"<[^>]+>", "", found["caption"])
            assert len(words) > 60, file
            assert found["job_properties"]["rule"], file
            assert files.read(f"run/{found['data_uri']}") == (finished.folder / file).read_bytes(), file
    figures = {file: category[file] for file in expected if file.endswith(".svg")}
    assert len(set(figures.values())) > 5
    assert category[f"{STUDY}/report.html"] == "page"


def test_captions_are_sound_markup(archive):
    """docutils prints a mark on the terminal and puts a box into the text where a caption is not."""
    path, said = archive
    assert "(ERROR/" not in said
    assert "(WARNING/" not in said
    with zipfile.ZipFile(path) as files:
        captions = [found["caption"] for found in told(files.read("run/report.html").decode(), "results").values()]
    for caption in captions:
        assert "system-message" not in caption
        assert "problematic" not in caption
