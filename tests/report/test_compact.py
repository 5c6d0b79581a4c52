"""Figures inside a page take fewer bytes and lose nothing: places, looks, order."""

import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.common.provenance import Provenance
from wordspaces.common.streams import generator
from wordspaces.report.compact import compact, short_path
from wordspaces.report.inline import inline_svg
from wordspaces.report.pictures import Drawn, save
from wordspaces.report.style import house_style, new_figure

TOKEN = re.compile(r"[A-Za-z]|-?\d*\.?\d+")
STYLE = re.compile(r"([\w-]+):\s*((?:[^;(]|\([^)]*\))+)")
POINTS = {"m": 1, "l": 1, "q": 2, "c": 3}


def absolute(path):
    """Points [n, 2] that path data names, written in either kind of command, by the rules of SVG."""
    tokens, place, found = TOKEN.findall(path), 0, []
    here, start, command = np.zeros(2), np.zeros(2), ""
    while place < len(tokens):
        if tokens[place].isalpha():
            command, place = tokens[place], place + 1
        if command in "zZ":
            here = start
            continue
        number = POINTS[command.lower()]
        values = np.array(tokens[place : place + 2 * number], dtype=float).reshape(-1, 2)
        points = values + (here if command.islower() else 0)
        found, place, here = [*found, *points], place + 2 * number, points[-1]
        if command in "mM":
            start, command = here, {"m": "l", "M": "L"}[command]
    return np.array(found)


def drawn():
    """Lines, points in two colours, a bar that leaves the axes, turned text."""
    figure = new_figure(5, 3)
    axes = figure.subplots()
    random = generator(1, "compact")
    axes.plot(np.arange(300), random.standard_normal(300).cumsum())
    axes.scatter(random.uniform(0, 300, 80), random.standard_normal(80), c=["#0072b2", "#e69f00"] * 40, alpha=0.5)
    axes.bar([40], [99], width=20)
    axes.set_ylim(-9, 9)
    axes.set_ylabel("a <b> & c")
    return figure


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """A figure as its file and as it stands in a page."""
    path = tmp_path_factory.mktemp("compact") / "made.svg"
    with house_style():
        save(path, {"made": Drawn(drawn(), pd.DataFrame({"x": [1]}))}, RECORD)
    return path.read_text(), inline_svg(path.read_text(), "made", "t", "d")


RECORD = Provenance("draw", "s.py", "0" * 32)


def shapes(text, tag):
    return [element for element in ElementTree.fromstring(text).iter() if element.tag.rpartition("}")[2] == tag]


def test_known_paths():
    assert short_path("M 10 20.004 \nL 30.5 20 \nL 30.5 -20 \nz\n") == "m10 20 20.5 0 0-40z"
    assert short_path("M 0 0 C 1 2 3 4 5 6 C 6 8 9 9 9.999 9") == "m0 0c1 2 3 4 5 6 1 2 4 3 5 3"
    assert short_path("M 1 1 L 2 2 z M 3 3 Q 4 4 5 3") == "m1 1 1 1zm2 2q1 1 2 0"


@given(st.lists(st.tuples(st.sampled_from("LQC"), st.lists(st.floats(-900, 900), min_size=6, max_size=6)), max_size=60))
def test_places_do_not_drift(commands):
    path = "M 5.555555 -7.777777 "
    for command, values in commands:
        path += " ".join([command, *(f"{value:.6f}" for value in values[: 2 * POINTS[command.lower()]])]) + " \n"
    before, after = absolute(path), absolute(short_path(path))
    assert before.shape == after.shape
    assert np.abs(before - after).max() <= 0.005 + 1e-6


def test_every_visible_place_of_a_figure_survives(texts):
    before, after = texts
    paths = shapes(before, "path")
    styles = [path.get("style", "") for path in paths]
    seen = [p for p, style in zip(paths, styles, strict=True) if "fill: none" not in style or "stroke:" in style]
    kept = shapes(after, "path")
    assert len(paths) > len(seen) == len(kept) > 20
    for old, new in zip(seen, kept, strict=True):
        assert np.abs(absolute(old.get("d")) - absolute(new.get("d"))).max() <= 0.0051
    for tag in ("use", "text"):
        places = [
            np.array([[float(element.get(key, 0)) for key in "xy"] for element in shapes(text, tag)])
            for text in (before, after)
        ]
        assert len(places[0]) > 5
        assert np.abs(places[0] - places[1]).max() <= 0.0051


def test_looks_of_every_shape_survive(texts):
    """The style that reaches a shape from its class and from the groups around it is the one it had."""
    rules = dict(re.findall(r"\.(made\d+)\{([^}]*)\}", texts[1]))

    def looks(element, inherited, found):
        name = element.tag.rpartition("}")[2]
        style = rules.get(element.get("class", ""), "") or ("" if name == "svg" else element.get("style", ""))
        here = inherited | {key: value.strip() for key, value in STYLE.findall(style)}
        if name in ("use", "text") or (name == "path" and here.get("stroke")):
            found.append({key: here[key] for key in ("fill", "stroke", "stroke-width", "font-size") if key in here})
        for child in element:
            looks(child, here, found)
        return found

    old, new = (looks(ElementTree.fromstring(text), {}, []) for text in texts)
    bare = [{key: re.sub(r"var\(--\w+, (#\w+)\)", r"\1", value) for key, value in each.items()} for each in new]
    assert bare == old
    assert len(rules) < 20


def test_it_takes_less_than_half_and_leaves_no_rule_for_the_page(texts):
    before, after = texts
    assert len(after) < 0.5 * len(before)
    assert "a &lt;b&gt; &amp; c" in after
    sheet = re.search(r"<style>(.*?)</style>", after)[1]
    assert all(rule.startswith(".made") for rule in sheet.strip("}").split("}"))


def test_opacity_of_each_shape_is_not_that_of_their_group():
    path = '<path d="M 0 0 L 1 1" style="stroke: red; opacity: 0.5"/>'
    svg = f"<svg><g>{path}{path}</g></svg>"
    root = ElementTree.fromstring(svg)
    compact(root, "x")
    assert [child.tag for child in root] == ["style", "path", "path"]
    plain = ElementTree.fromstring(svg.replace("; opacity: 0.5", ""))
    compact(plain, "x")
    assert [child.tag for child in plain] == ["style", "g"]
