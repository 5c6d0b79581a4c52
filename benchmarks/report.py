"""The page of a study in a headless Chromium: its size, how soon it is ready, how soon a chosen word is shown.

The large page is that of the study with the data of the word explorer grown to 20,000 words in every one of its cells
(`benchmarks.grown`). Every load is cold: a new browser, a new profile. The peer of the packed data is the same data as
JSON: its size, and the time to parse it into typed arrays.
"""

import json
import re
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.browser import chromium, context, go
from benchmarks.grown import WORDS, explorer_tables, grown
from benchmarks.timing import Gate, stopwatch
from playwright.sync_api import Browser

from wordspaces.common.code import PACKAGE_ROOT
from wordspaces.common.errors import StudyError
from wordspaces.report.explorer import explorer_pack
from wordspaces.report.pack import unpacked
from wordspaces.report.policy import data_block

LOADS, CHOICES, ROUNDS = 5, 20, 5
MEGABYTE = 1e6
SIZES = {"default": 4.0, "large": 12.0}  # megabytes
READY_S, WORD_MS = 3.0, 100.0
JSON_SIZE, JSON_TIME = 2.0, 0.5
BLOCK = re.compile(r'<script type="application/json" id="(data-words|provenance)">(.*?)</script>', re.DOTALL)
UNPACK = PACKAGE_ROOT / "report" / "templates" / "scripts" / "unpack.js"

# Chooses words as a reader does, and waits until each is drawn: two frames after its heading is there.
CHOOSE = """async (words) => {
  const field = document.getElementById("word"), heading = document.getElementById("explorer-heading");
  const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const times = [];
  for (const word of words) {
    await drawn();
    const start = performance.now();
    field.value = word;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    while (heading.dataset.word !== word && performance.now() - start < 5000) await drawn();
    document.querySelector("#explorer .space").getBoundingClientRect();
    times.push(heading.dataset.word === word ? performance.now() - start : NaN);
  }
  return times;
}"""

# The packed data beside JSON, read in turn into the same typed arrays.
READ = """async ([packed, plain, dtypes, rounds]) => {
  const kinds = { uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, uint32: Uint32Array, float32: Float32Array };
  const sides = [
    () => unpack(packed),
    async () => {
      const found = JSON.parse(plain);
      return Object.entries(dtypes).map(([name, kind]) => kinds[kind].from(found.arrays[name]));
    },
  ];
  const times = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 ? [1, 0] : [0, 1]) {
      const start = performance.now();
      await sides[side]();
      times[side].push(performance.now() - start);
    }
  }
  return times;
}"""


def run(study: str, corpus: Path | None) -> Iterator[str | Gate]:
    """Lines to print and gates; `study` is a finished one."""
    path = Path("results") / study / "report.html"
    if not path.is_file():
        raise StudyError(path, "no page", "that of a finished study", "make study")
    text = path.read_text(encoding="utf-8")
    blocks = dict(BLOCK.findall(text))
    if not blocks.get("data-words"):
        raise StudyError(path, "no data of a word explorer", "the page of a study that explores words")
    with chromium() as browser:
        told = browser.version
    yield f"Chromium {told}, Playwright {version('playwright')}{'; CORPUS is not used' if corpus else ''}"
    large = large_pack(path.parent / "analysis", blocks)
    with tempfile.TemporaryDirectory() as folder:
        grown_path = Path(folder) / "report.html"
        grown_path.write_text(with_words(text, large), encoding="utf-8")
        for name, page in (("default", path), ("large", grown_path)):
            size = page.stat().st_size / MEGABYTE
            data = len(_words_of(page)) / MEGABYTE
            yield f"{name}: {size:.2f} MB, of which data of words {data:.2f} MB"
            yield Gate(f"{name}_size_mb", size, SIZES[name], least=False)
            walls, own = zip(*(load_seconds(page) for _ in range(LOADS)), strict=True)
            span = f"{min(walls):.2f} to {max(walls):.2f} s"
            yield f"{name}: {LOADS} cold loads, {span}, by the page's own clock {np.median(own):.2f} s"
            yield Gate(f"{name}_ready_s", float(np.median(walls)), READY_S, least=False)
        times = word_milliseconds(grown_path, unpacked(large)[1]["words"])
        yield f"a chosen word: {min(times):.0f} to {max(times):.0f} ms over {CHOICES} words of {WORDS:,}"
        yield Gate("word_ms", float(np.median(times)), WORD_MS, least=False)
    yield from beside_json(large)


def large_pack(folder: Path, blocks: dict[str, str]) -> str:
    """Data of the word explorer of `WORDS` words, made by the project's own writer from grown tables of a study."""
    study = json.loads(blocks["provenance"])["settings"]["study"]
    meta: dict[str, Any] = unpacked(blocks["data-words"])[1]
    models = [recipe["name"] for recipe in meta["recipes"]]
    tables = grown(explorer_tables(folder), list(study["corpora"]), models)
    return explorer_pack(tables, study, meta["samples"], meta["k"], meta["overlap_k"])


def with_words(page: str, pack: str) -> str:
    """The page with other data of words, as its writer would have put them."""
    block = str(data_block("words", pack))
    return BLOCK.sub(lambda found: block if found[1] == "data-words" else found[0], page)


def _words_of(page: Path) -> str:
    return dict(BLOCK.findall(page.read_text(encoding="utf-8")))["data-words"]


def load_seconds(path: Path) -> tuple[float, float]:
    """Seconds of a cold load until every part is drawn: from outside, and by the page's own clock."""
    with chromium() as browser:
        page = context(browser, viewport={"width": 1280, "height": 900}).new_page()
        seconds, _ = stopwatch(lambda: go(page, path))
        return seconds, int(page.evaluate("document.documentElement.dataset.readyMs")) / 1000


def word_milliseconds(path: Path, words: list[str]) -> list[float]:
    """Milliseconds from typing a word and Enter until its neighbours are shown, for words of every frequency."""
    chosen = [words[i] for i in np.linspace(1, len(words) - 1, CHOICES + 1).astype(int)]
    with chromium() as browser:
        page = context(browser, viewport={"width": 1280, "height": 900}).new_page()
        go(page, path, "explorer")
        return page.evaluate(CHOOSE, chosen)[1:]  # the first one warms up


def beside_json(pack: str) -> Iterator[str | Gate]:
    """Size and reading time of JSON with the same data, over those of the pack."""
    arrays, meta = unpacked(pack)
    flat = {name: array.ravel().tolist() for name, array in arrays.items()}
    plain = json.dumps({"meta": meta, "arrays": flat}, ensure_ascii=False, separators=(",", ":"))
    dtypes = {name: array.dtype.name for name, array in arrays.items()}
    with chromium() as browser:
        ours, peer = _read(browser, pack, plain, dtypes)
    ratio = float(np.median(np.array(peer) / np.array(ours)))
    size = len(plain.encode())
    packed = f"packed {len(pack) / MEGABYTE:.1f} MB in {np.median(ours):.0f} ms"
    yield f"{packed}, JSON {size / MEGABYTE:.1f} MB in {np.median(peer):.0f} ms"
    yield Gate("size_of_json_over_packed", size / len(pack), JSON_SIZE, least=True)
    yield Gate("time_of_json_over_packed", ratio, JSON_TIME, least=True)


def _read(browser: Browser, pack: str, plain: str, dtypes: dict[str, str]) -> tuple[list[float], list[float]]:
    page = context(browser).new_page()
    page.add_script_tag(content=UNPACK.read_text(encoding="utf-8"))
    ours, peer = page.evaluate(READ, [pack, plain, dtypes, ROUNDS])
    return ours, peer
