"""The page of a real study in a real browser, opened from disk without a network."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

sys.path.append(str(Path(__file__).parent))  # for `looking`, beside the tests

from looking import HOSTILE, Watched

from wordspaces.common.artefacts import read_table
from wordspaces.report.pack import packed, unpacked
from wordspaces.report.policy import data_block

if TYPE_CHECKING:  # the browser extra is there for these tests alone, which the others leave out
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[3]
REPORT_TESTS = ROOT / "tests" / "report"
WORDS = re.compile(r'<script type="application/json" id="data-words">(.*?)</script>', re.DOTALL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser."""
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


def _conftest_of_report() -> ModuleType:
    """The planted tables of the tests of the report."""
    specification = importlib.util.spec_from_file_location("conftest_of_report", REPORT_TESTS / "conftest.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


_report = _conftest_of_report()
tables, study, costs = _report.tables, _report.study, _report.costs


Open = Callable[..., "Page"]


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One browser for all tests."""
    from benchmarks.browser import chromium

    with chromium() as running:
        yield running


@pytest.fixture
def open_page(browser) -> Iterator[Open]:
    """Opens a page in a profile of its own; at the end of the test, every page must have kept quiet."""
    from benchmarks.browser import context, go

    opened = []

    def opening(path: Path, fragment: str = "", quiet: bool = True, **options: Any) -> "Page":
        options = {"viewport": {"width": 1280, "height": 900}} | options
        watched = Watched(context(browser, **options).new_page())
        if quiet:
            opened.append((watched, path.resolve()))
        go(watched.page, path, fragment)
        return watched.page

    yield opening
    for watched, path in opened:
        watched.page.wait_for_timeout(50)
        watched.check(path)
    for left in browser.contexts:
        left.close()


@pytest.fixture(scope="session")
def results(request) -> Path:
    """Folder of a finished study: RESULTS of the environment, else the smoke study, made where it is not up to date."""
    if os.environ.get("RESULTS"):
        return ROOT / os.environ["RESULTS"]
    here = ROOT / "results" / "smoke"
    if (here / "report.html").is_file():
        plan = [sys.executable, "-m", "snakemake", "--dry-run", "--cores", "1", "--configfile", "config/smoke.yaml"]
        told = subprocess.run(plan, cwd=ROOT, text=True, stdout=-1, stderr=-2, check=False).stdout
        if "Nothing to be done" in told:
            return here
    return request.getfixturevalue("finished").folder / "results" / "smoke"


@pytest.fixture(scope="session")
def report(results) -> Path:
    """The page of that study."""
    return results / "report.html"


@pytest.fixture(scope="session")
def table(results) -> Callable[[str], pd.DataFrame]:
    """Tables of the analysis of that study by name."""
    return lambda name: read_table(results / "analysis" / f"{name}.parquet").to_pandas()


@pytest.fixture(scope="session")
def settings(report) -> dict[str, Any]:
    """Settings of that study, as the page carries them."""
    found = re.search(r'<script type="application/json" id="provenance">(.*?)</script>', report.read_text(), re.DOTALL)
    return json.loads(found.group(1))["settings"]["study"]


@pytest.fixture(scope="session")
def planted(tmp_path_factory, tables, study, costs) -> Path:
    """The page of planted tables, two of whose words are markup."""
    from written import write_study

    return write_study(tmp_path_factory.mktemp("planted"), tables, study, costs)


@pytest.fixture(scope="session")
def hostile(report, tmp_path_factory) -> Path:
    """The page of the study with words that are markup in the explorer: those the corpora disagree most about."""
    page = report.read_text()
    arrays, meta = unpacked(WORDS.search(page).group(1))
    listed = [entry["word"] for entry in meta["disagreements"]["corpus"]]
    listed += [place for place in arrays["compared"].tolist() if place not in listed]
    for place, word in zip(listed, HOSTILE, strict=False):
        meta["words"][place] = word
    path = tmp_path_factory.mktemp("hostile") / "report.html"
    block = str(data_block("words", packed(arrays, meta)))
    path.write_text(WORDS.sub(lambda _: block, page))
    return path
