"""Puts an SVG figure into a page: own identifiers, the page's colours and font, words for those who cannot see it."""

import html
import re

from wordspaces.common.errors import StudyError
from wordspaces.report.style import SWAPS

_IDENTIFIER = re.compile(r'(\bid="|href="#|url\(#)')
_ROOT = re.compile(r"<svg\b[^>]*>", re.DOTALL)
_COLOUR = re.compile("|".join(SWAPS))
_FONT = re.compile(r"font-family: [^;\"]*;?\s*")


def inline_svg(text: str, name: str, title: str, description: str) -> str:
    """The `<svg>` element of a figure, ready to stand inside a page.

    Parameters
    ----------
    text : a figure saved by `wordspaces.report.pictures`; its metadata is left out, the page has its own provenance.
    name : identifiers get this prefix, because two figures of one page must not share any.
    title, description : read out to those who cannot see the figure; plain text.

    Colours of the house style become CSS variables with the colour itself to fall back on, and text takes the page's
    font, so that the figure follows a dark page.

    Raises
    ------
    StudyError : `text` holds no SVG, or something that a page must not run or fetch.
    """
    root = _ROOT.search(text)
    if root is None or "</svg>" not in text:
        raise StudyError(f"figure {name}", "no SVG", "an SVG drawn by this project", "delete it and rerun")
    body = text[root.end() : text.rindex("</svg>")]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    if re.search(r"<script|<foreignObject|\son\w+=|href=\"(?!#|data:image/png)", body):
        raise StudyError(f"figure {name}", "a script or a reference to the outside", "shapes and text alone")
    body = _IDENTIFIER.sub(lambda found: f"{found.group(0)}{name}-", body)
    body = _COLOUR.sub(lambda found: f"var(--{SWAPS[found.group(0)]}, {found.group(0)})", body)
    body = _FONT.sub("", body)
    view = re.search(r'viewBox="([^"]*)"', root.group(0))
    if view is None:
        raise StudyError(f"figure {name}", "no viewBox", "an SVG drawn by this project", "delete it and rerun")
    width = float(view.group(1).split()[2])
    words = f"<title>{html.escape(title)}</title><desc>{html.escape(description)}</desc>"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
        f'viewBox="{view.group(1)}" style="--width: {width:.0f}px">{words}{body.strip()}</svg>'
    )
