"""Puts an SVG figure into a page: own identifiers, the page's colours and font, words for those who cannot see it."""

import re
from xml.etree import ElementTree

from wordspaces.common.errors import StudyError
from wordspaces.report.compact import compact
from wordspaces.report.style import SWAPS

_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_HARM = re.compile(r"<script|<foreignObject|\son\w+=|href=\"(?!#|data:image/png)")
_COLOUR = re.compile("|".join(SWAPS))
_FONT = re.compile(r"font-family: [^;\"]*;?\s*")


def inline_svg(text: str, name: str, title: str, description: str) -> str:
    """The `<svg>` element of a figure, ready to stand inside a page.

    Parameters
    ----------
    text : a figure saved by `wordspaces.report.pictures`; its metadata is left out, the page has its own provenance.
    name : identifiers and classes get this prefix, because two figures of one page must not share any.
    title, description : read out to those who cannot see the figure; plain text.

    Colours of the house style become CSS variables with the colour itself to fall back on, and text takes the page's
    font, so that the figure follows a dark page. What the page does not need is left out
    (`wordspaces.report.compact`).

    Raises
    ------
    StudyError : `text` holds no SVG, or something that a page must not run or fetch.
    """
    root = _parsed(text, name)
    compact(root, name)
    view = root.get("viewBox", "")
    if not view:
        raise StudyError(f"figure {name}", "no viewBox", "an SVG drawn by this project", "delete it and rerun")
    root.attrib = {
        "role": "img",
        "viewBox": view,
        "style": f"--width: {float(view.split()[2]):.0f}px",
        "stroke-linejoin": "round",
    }
    for place, (tag, words) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(tag)
        element.text = words
        root.insert(place, element)
    return ElementTree.tostring(root, encoding="unicode").replace(" />", "/>")


def _parsed(text: str, name: str) -> ElementTree.Element:
    body = _METADATA.sub("", text)
    begin = body.find("<svg")
    if begin < 0 or "</svg>" not in body:
        raise StudyError(f"figure {name}", "no SVG", "an SVG drawn by this project", "delete it and rerun")
    head, _, inside = body[begin:].partition(">")
    if _HARM.search(inside):
        raise StudyError(f"figure {name}", "a script or a reference to the outside", "shapes and text alone")
    inside = _COLOUR.sub(lambda found: f"var(--{SWAPS[found.group(0)]}, {found.group(0)})", _FONT.sub("", inside))
    try:
        return ElementTree.fromstring(f"{head}>{inside}")
    except ElementTree.ParseError as error:
        raise StudyError(f"figure {name}", str(error), "an SVG drawn by this project", "delete it and rerun") from None
