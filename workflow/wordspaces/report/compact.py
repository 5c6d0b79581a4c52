"""The same drawing in fewer bytes: an SVG of matplotlib for a page, where two dozen of them have to share a file.

What a page needs of an SVG are shapes, their places and their looks. Coordinates keep two decimals of a point (1/7200
inch), paths go from place to place by differences, equal styles become one class, and groups that say nothing go.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement

PLACES = 100  # units of a coordinate: hundredths
_NUMBER = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
_STEP = re.compile(r"([MLCQz])([^MLCQz]*)")
_POINTS = {"M": 1, "L": 1, "Q": 2, "C": 3}
_TRANSFORM = re.compile(r"(translate|rotate)\(([^)]*)\)")
_TURN_BY_NOTHING = re.compile(r"rotate\(-?0(?: [^)]*)?\)")
_REFERENCE = re.compile(r"url\(#([^)]+)\)|^#(.+)$")
_LENGTHS = ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "width", "height")
# Properties that act on a group as a whole, and so say something else there than on each of its members.
_OF_A_WHOLE = re.compile(r"(?:^|;)\s*(?:opacity|filter|mask|clip-path):")
_NAMESPACE = re.compile(r"\{[^}]*\}")


def compact(root: Element, prefix: str) -> None:
    """Rewrite an SVG tree in place: bare names of elements and attributes, short identifiers and classes.

    prefix : what identifiers and classes begin with. Positions change by 0.005 units at most. Two styles are told apart
    by their text; the rules of all stand in one `<style>` at the top. An element that neither fills nor strokes is left
    out, as is an identifier that nothing refers to.
    """
    _bare(root)
    _without_style_sheets(root)
    for element in root.iter():
        _round(element)
    _without_what_is_not_seen(root)
    _shorten_identifiers(root, prefix)
    _unwrap(root)
    _gather(root)
    _classes(root, prefix)


def short_path(text: str) -> str:
    """Path data in relative commands and hundredths of a unit; places do not drift, for differences are of the rounded.

    `text` : absolute commands M, L, Q, C and z, as matplotlib writes them.
    """
    parts, here, start = [], (0, 0), (0, 0)
    for command, numbers in _STEP.findall(text):
        if command == "z":
            parts.append("z")
            here = start
            continue
        values = [_hundredths(value) for value in _NUMBER.findall(numbers)]
        points = list(zip(values[::2], values[1::2], strict=True))
        for first in range(0, len(points), _POINTS[command]):
            piece = points[first : first + _POINTS[command]]
            parts.append(command.lower() + _spaced([part for x, y in piece for part in (x - here[0], y - here[1])]))
            here = piece[-1]
            start = here if command == "M" else start
    return _merged(parts)


def _merged(parts: list[str]) -> str:
    """Commands in a row that are the same need their letter once; a line after a move needs none at all."""
    text, last = "", ""
    for part in parts:
        letter, rest = part[0], part[1:]
        repeated = letter in "lqc" and (letter == last or (last == "m" and letter == "l"))
        joint = "" if rest.startswith("-") else " "
        text += joint + rest if repeated else part
        last = letter
    return text


def _hundredths(text: str) -> int:
    return round(float(text) * PLACES)


def _told(units: int) -> str:
    """Hundredths as a decimal without needless zeros: 150 is 1.5, -5 is -.05."""
    sign, whole, rest = "-" if units < 0 else "", abs(units) // PLACES, abs(units) % PLACES
    decimals = f".{rest:02d}".rstrip("0").rstrip(".")
    return f"{sign}{whole or (0 if not decimals else '')}{decimals}"


def _spaced(values: list[int]) -> str:
    words = [_told(value) for value in values]
    return words[0] + "".join(word if word.startswith("-") else f" {word}" for word in words[1:])


def _bare(root: Element) -> None:
    for element in root.iter():
        element.tag = _NAMESPACE.sub("", element.tag)
        element.attrib = {_NAMESPACE.sub("", key): value for key, value in element.attrib.items()}
        if element.tag not in ("text", "tspan"):
            element.text = None
        element.tail = None if element.tag != "tspan" else element.tail


def _without_style_sheets(root: Element) -> None:
    """A rule inside an inline SVG holds for the whole page, so what it says of all shapes goes to the root."""
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag in ("style", "metadata")]:
            parent.remove(child)
    root.set("stroke-linejoin", "round")


def _round(element: Element) -> None:
    for name in _LENGTHS:
        if _NUMBER.fullmatch(element.get(name, "")):
            element.set(name, _told(_hundredths(element.attrib[name])))
    if "d" in element.attrib:
        element.set("d", short_path(element.attrib["d"]))
    if "transform" in element.attrib:
        transform = _TURN_BY_NOTHING.sub("", element.attrib["transform"]).strip()
        element.set("transform", _TRANSFORM.sub(_rounded, transform))
        if not transform:
            del element.attrib["transform"]
    if "style" in element.attrib:
        element.set("style", _plain_style(element.attrib["style"]))


def _rounded(found: re.Match[str]) -> str:
    return f"{found[1]}({_spaced([_hundredths(value) for value in _NUMBER.findall(found[2])])})"


def _plain_style(text: str) -> str:
    """A style as `name:value` without blanks and without what is said anyway."""
    parts = [part.partition(":") for part in text.split(";") if part.strip()]
    told = {name.strip(): value.strip() for name, _, value in parts}
    if told.get("stroke-dashoffset") == "0":
        del told["stroke-dashoffset"]
    return ";".join(f"{name}:{value}" for name, value in told.items())


def _without_what_is_not_seen(root: Element) -> None:
    for parent in list(root.iter()):
        if parent.tag in ("clipPath", "defs"):
            continue
        for child in [child for child in parent if child.tag == "path" and _unseen(child)]:
            parent.remove(child)


def _unseen(path: Element) -> bool:
    style = path.get("style", "")
    return not path.get("d") or ("fill:none" in style and "stroke:" not in style)


def _references(element: Element) -> Iterator[str]:
    for key, value in element.attrib.items():
        found = _REFERENCE.search(value) if key in ("href", "clip-path", "style", "fill") else None
        if found:
            yield found[1] or found[2]


def _shorten_identifiers(root: Element, prefix: str) -> None:
    used = dict.fromkeys(name for element in root.iter() for name in _references(element))
    short = {name: f"{prefix}-{number}" for number, name in enumerate(used)}
    for element in root.iter():
        if element.get("id") in short:
            element.set("id", short[element.attrib["id"]])
        elif "id" in element.attrib:
            del element.attrib["id"]
        for key in ("href", "clip-path", "style", "fill"):
            if _REFERENCE.search(element.get(key, "")):
                element.set(key, _renamed(element.attrib[key], short))


def _renamed(value: str, short: Mapping[str, str]) -> str:
    return _REFERENCE.sub(lambda found: f"url(#{short[found[1]]})" if found[1] else f"#{short[found[2]]}", value)


def _unwrap(parent: Element) -> None:
    """Put the members of groups that say nothing in the place of these."""
    for child in parent:
        _unwrap(child)
    members: list[Element] = []
    for child in parent:
        if child.tag == "g" and not child.attrib:
            members += list(child)
        elif child.tag in ("g", "defs") and not len(child):
            continue
        else:
            members.append(child)
    parent[:] = members


def _gather(parent: Element) -> None:
    """Wrap neighbours that share style and clip path in one group that says them once."""
    for child in parent:
        if child.tag not in ("defs", "clipPath"):
            _gather(child)
    if parent.tag in ("defs", "text", "clipPath"):
        return
    members: list[Element] = []
    for shared, run in groupby(list(parent), key=_clip):
        members += _together(list(run), "clip-path", shared)
    parent[:] = members
    for group in (parent, *(child for child in parent if child.tag == "g")):
        # Only inside what was just put together: a group from before has been seen to.
        inside: list[Element] = []
        for shared, run in groupby(list(group), key=_style):
            inside += _together(list(run), "style", shared)
        group[:] = inside


def _clip(element: Element) -> str:
    """Clip path that an element and its neighbours may have as a group: not where it has a transform of its own."""
    return "" if "transform" in element.attrib or element.tag == "use" else element.get("clip-path", "")


def _style(element: Element) -> str:
    style = element.get("style", "")
    return "" if element.tag in ("g", "defs") or _OF_A_WHOLE.search(style) else style


def _together(run: list[Element], name: str, shared: str) -> list[Element]:
    """A run of elements with one value of an attribute: under a group that has it, where that is shorter."""
    if not shared or len(run) < 2:
        return run
    group = Element("g", {name: shared})
    for element in run:
        del element.attrib[name]
        plain = element.tag == "g" and not element.attrib
        group.extend(list(element) if plain else [element])
    return [group]


def _classes(root: Element, prefix: str) -> None:
    """Styles as classes, in order of appearance, and their rules."""
    names: dict[str, str] = {}
    for element in root.iter():
        style = element.attrib.pop("style", "") if element is not root else ""
        if style:
            element.set("class", names.setdefault(style, f"{prefix}{len(names)}"))
    if names:
        rules = SubElement(root, "style")
        rules.text = "".join(f".{name}{{{style}}}" for style, name in names.items())
        root.remove(rules)
        root.insert(0, rules)
