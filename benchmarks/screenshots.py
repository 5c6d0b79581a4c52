"""Pictures of the page of a finished study: `python -m benchmarks.screenshots sample`, or `make screenshots`.

Each shows one part of the page in a window of a fixed size. One that is too large as it is gets a palette of colours.
"""

import io
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.browser import chromium, context, go
from PIL import Image
from playwright.sync_api import Browser, Page

from wordspaces.common.errors import StudyError

FOLDER = Path("workflow/report/screenshots")
LARGEST = 250_000  # bytes of a picture
COLOURS = (256, 128, 64, 32)
WIDE, PHONE = (1280, 860), (390, 844)
SETTLE_MS = 400  # for charts that are drawn when they come near


@dataclass(frozen=True)
class View:
    """What a picture shows: the element at its top (none: the top of the page), the window, the theme."""

    top: str | None = None
    window: tuple[int, int] = WIDE
    dark: bool = False


VIEWS = {
    "headline": View(),
    "explorer": View("#explorer", window=(1280, 1120)),
    "matrix": View(".controls:has(#metric)", window=(1280, 1060)),
    "forming": View("#pairs", window=(1280, 740)),
    "dark": View("#explorer-heading", dark=True),
    "phone": View("#explorer-heading", window=PHONE),
}


def shot(browser: Browser, path: Path, view: View) -> Image.Image:
    """One picture of the page at `path`."""
    width, height = view.window
    profile = context(
        browser, viewport={"width": width, "height": height}, color_scheme="dark" if view.dark else "light"
    )
    page = profile.new_page()
    go(page, path)
    if view.top is not None:
        _bring_to_top(page, path, view.top)
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide")))
    profile.close()
    return picture.convert("RGB")


def _bring_to_top(page: Page, path: Path, top: str) -> None:
    if page.locator(top).count() == 0:
        raise StudyError(path, f"no {top} in the page", "the page of a study with all its parts")
    # Once more after charts above it were drawn, which may have moved it.
    for _ in range(2):
        page.locator(top).first.evaluate("(node) => node.scrollIntoView()")
        page.wait_for_timeout(SETTLE_MS)


def compressed(picture: Image.Image) -> bytes:
    """A picture as PNG, in all of its colours or as many as `LARGEST` allows; `StudyError` where 32 are too many."""
    for colours in (None, *COLOURS):
        out = io.BytesIO()
        fewer = picture if colours is None else picture.quantize(colours, dither=Image.Dither.NONE)
        fewer.save(out, "PNG", optimize=True)
        if out.tell() <= LARGEST:
            return out.getvalue()
    raise StudyError("picture", f"{out.tell():,} bytes in {colours} colours", f"{LARGEST:,} or fewer")


def main(study: str) -> None:
    """Write all pictures and say where they are."""
    path = Path("results") / study / "report.html"
    if not path.is_file():
        raise StudyError(path, "no page", "that of a finished study", "make study")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for name, view in VIEWS.items():
            content = compressed(shot(browser, path, view))
            (FOLDER / f"{name}.png").write_bytes(content)
            print(f"{FOLDER / name}.png: {view.window[0]} x {view.window[1]}, {len(content) / 1000:.0f} kB")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except StudyError as error:
        sys.exit(f"error: {error}")
