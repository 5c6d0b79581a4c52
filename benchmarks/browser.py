"""A headless Chromium without a network, in which tests, benchmarks and screenshots open the page from disk.

Which one: `CHROMIUM` of the environment, else one of the usual names on PATH, else the one Playwright installs. Names
of hosts are not resolved, and every context is offline: whatever the page tried to load would fail and be seen.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from wordspaces.common.errors import StudyError

NAMES = ("chromium", "chromium-browser", "google-chrome")
NO_NAMES = "--host-resolver-rules=MAP * ~NOTFOUND"
# The scripts of the page set this once every part has been drawn.
READY = 'html[data-ready="true"]'
PATIENCE = 60_000  # milliseconds, on a busy machine


def executable(environment: Mapping[str, str], own: str) -> str:
    """Path of the Chromium to start; `own` is where Playwright's would be.

    `StudyError` where `CHROMIUM` names no program, and where there is none at all.
    """
    asked = environment.get("CHROMIUM")
    if asked:
        found = shutil.which(asked)
        if found is None:
            raise StudyError("CHROMIUM", repr(asked), "a program that can be run")
        return found
    for name in NAMES:
        found = shutil.which(name, path=environment.get("PATH"))
        if found is not None:
            return found
    if os.access(own, os.X_OK):
        return own
    remedy = "install one (apt-get install chromium, or .venv/bin/playwright install chromium) or set CHROMIUM to it"
    raise StudyError("Chromium", "none", f"one of {', '.join(NAMES)} on PATH or Playwright's own", remedy)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running headless Chromium, closed at the end."""
    with sync_playwright() as playwright:
        path = executable(os.environ, playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=path, args=[NO_NAMES])
        try:
            yield browser
        finally:
            browser.close()


def context(browser: Browser, **options: Any) -> BrowserContext:
    """A new profile without network: empty caches, no motion; `options` as Playwright's `new_context` takes them."""
    return browser.new_context(**{"offline": True, "reduced_motion": "reduce"} | options)


def go(page: Page, path: Path, fragment: str = "") -> None:
    """Open a file and wait until its scripts are ready; `fragment` is what follows "#" in the address."""
    page.goto(path.resolve().as_uri() + (f"#{fragment}" if fragment else ""))
    page.wait_for_selector(READY, state="attached", timeout=PATIENCE)
