"""The documents name what is there: links, headings, commands, configuration keys, files, and the lines of Python."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from extension import FENCED, section

from wordspaces.corpus.sources import Source

ROOT = Path(__file__).resolve().parents[2]
ORDER = ("README.md", "config/README.md", "results/README.md", "workflow/README.md")
DOCUMENTS = (*ORDER, "benchmarks/README.md", "profiles/slurm/README.md", "envs/README.md")
TEXTS = {name: (ROOT / name).read_text() for name in DOCUMENTS}
# Where a path in a document may begin: at its own folder, or at one of these.
BASES = ("", "workflow", "workflow/wordspaces")
NAMES = {path.name for part in ("workflow", "tests", "benchmarks", "config") for path in (ROOT / part).rglob("*.*")}
# What a reader's own files are called in the examples, and what a study makes.
THEIRS = ("data/", "config/mine/", "results/", ".resume/")
ARTEFACTS = {"timing.json", "cost.json"}
FILE = re.compile(r"[\w./-]+\.(?:py|smk|yaml|md|json|rst|png|txt|toml)|[\w-]+(?:/[\w-]+)*/")
SCHEMA = json.loads((ROOT / "workflow" / "schemas" / "config.schema.json").read_text())


def prose(text):
    """A document without its fenced blocks."""
    return FENCED.sub("", text)


def spans(text):
    """Code spans of a document."""
    return re.findall(r"`([^`\n]+)`", prose(text))


def commands(text):
    """Lines of indented code, and code spans."""
    return [line.strip() for line in prose(text).splitlines() if line.startswith("    ")] + spans(text)


def anchors(text):
    """What the headings of a document are called in an address, as GitHub makes it."""
    titles = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def places(node):
    """Mappings of a part of the schema that hold keys, references followed."""
    if "$ref" in node:
        yield from places(SCHEMA["$defs"][node["$ref"].rsplit("/", 1)[-1]])
    for option in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from places(option)
    if {"properties", "patternProperties", "additionalProperties"} & set(node):
        yield node


def below(node, key):
    """Parts of the schema behind one key: a property, or a name that the user gives."""
    for place in places(node):
        if key in place.get("properties", {}):
            yield place["properties"][key]
        named = place.get("additionalProperties")
        for pattern, part in {**place.get("patternProperties", {}), "": named}.items():
            if re.search(pattern, key) and isinstance(part, dict):
                yield part


def known(path, node=SCHEMA):
    """Whether a path of keys leads somewhere in the schema."""
    return not path or any(known(path[1:], part) for part in below(node, path[0]))


def settings_everywhere():
    """Keys of any settings class, of the study or of a source."""
    keys = set(SCHEMA["properties"]) | set(Source.model_fields) | {"extends"}
    return keys.union(*(part.get("properties", {}) for part in SCHEMA["$defs"].values()))


def paths(value, before=()):
    """Every path of keys in a configuration written as in a file; a key may be a path with dots."""
    if not isinstance(value, dict) or not value:
        return [before]
    return [path for key, part in value.items() for path in paths(part, (*before, *str(key).split(".")))]


def configuration(span):
    """What a code span says as YAML, where it is a mapping or a path of keys; None otherwise."""
    if FILE.fullmatch(span):
        return None
    if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", span) and span.split(".")[0] in SCHEMA["properties"]:
        return {span: None}
    if not re.match(r"[a-z_.]+: ?\S|[a-z_.]+:$", span):
        return None
    value = yaml.safe_load(span.replace("<name>", "name"))
    return value if isinstance(value, dict) else None


def test_each_document_begins_with_what_is_in_it_and_ends_with_the_next():
    for name, after in zip(ORDER, (*ORDER[1:], ORDER[0]), strict=True):
        title, opening, *_ = TEXTS[name].split("\n\n")
        assert title.startswith("# ")
        assert opening.startswith("Here ")
        assert opening.count(". ") == 0
        assert opening.endswith(".")
        last = TEXTS[name].rstrip().rsplit("\n\n", 1)[1]
        first = re.search(r"\]\(([^)#]+)\)", last).group(1)
        assert (ROOT / name).parent.joinpath(first).resolve() == ROOT / after


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_to_files_and_headings(name):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(TEXTS[name])):
        if target.startswith("http"):
            continue
        file, _, anchor = target.partition("#")
        path = (ROOT / name).parent.joinpath(file).resolve() if file else ROOT / name
        assert path.is_file(), f"{name} links to {target}, which is not there"
        assert path.is_relative_to(ROOT)
        assert not anchor or anchor in anchors(path.read_text()), (
            f"{name} links to a heading that {file} has not: {anchor}"
        )


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_of_make_are_targets(name):
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    listed = re.search(r"^WHATS = \((.*?)\)", (ROOT / "benchmarks" / "run.py").read_text(), re.MULTILINE | re.DOTALL)
    benches = set(re.findall(r'"(\w+)"', listed[1]))
    for line in commands(TEXTS[name]):
        for command in re.finditer(r"(?:^|; |&& )make ([a-z][a-z-]*)(.*)", line):
            assert command[1] in targets, f"{name}: make {command[1]}"
            for what in re.findall(r"WHAT=(\w+)", command[2]):
                assert what in benches, f"{name}: make bench WHAT={what}"
            for config in re.findall(r"CONFIG=(?:\"([^\"]+)\"|(\S+))", command[2]):
                for file in "".join(config).split():
                    assert file.startswith(THEIRS) or (ROOT / file).is_file(), f"{name}: {file}"


@pytest.mark.parametrize("name", ["README.md", "config/README.md"])
def test_keys_of_the_configuration_are_keys(name):
    everywhere, found = settings_everywhere(), 0
    for span in spans(TEXTS[name]):
        for path in paths(configuration(span) or {}):
            found += bool(path)
            # A single key may be that of a variant, a section or a source; a path begins at the study.
            inside = set(path) <= everywhere and len(path) == 1
            assert inside or known(path), f"{name} names the key {'.'.join(path)}: `{span}`"
        # The README also names what belongs to the profile: `mem_mb`, `checkpoint_minutes`.
        if name != "README.md" and re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", span):
            assert span in everywhere, f"{name} names the key {span}"
    assert found >= (3 if name == "README.md" else 30)


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name != "results/README.md"])
def test_files_that_are_named_are_there(name):
    listed = [span for span in spans(TEXTS[name]) if FILE.fullmatch(span) and not span.startswith(THEIRS)]
    assert listed or name not in ORDER
    for path in listed:
        bases = [ROOT / name / "..", *(ROOT / base for base in BASES)]
        there = any((base / path).resolve().exists() for base in bases)
        alone = "/" not in path and path in NAMES | ARTEFACTS
        assert there or alone, f"{name} names {path}, which is not there"


def test_the_pieces_of_the_checks_can_fail():
    assert not known(("tokens", "pieses"))
    assert not known(("analysis", "stability", "kk"))
    assert known(("tokens", "pieces", "bpe", "size"))
    assert paths({"a.b": {"c": 1, "d": {}}}) == [("a", "b", "c"), ("a", "b", "d")]
    assert configuration("report.html") is None
    assert configuration("corpus.duplicates: {near: false}") == {"corpus.duplicates": {"near": False}}
    assert anchors("# One: `two`, three\n") == {"one-two-three"}
    assert FILE.fullmatch("models/glove/train.py")
    assert not FILE.fullmatch("seeds: [1]")


def test_the_lines_of_python_run():
    lines = [line[4:] for line in section(TEXTS["README.md"], "In Python").splitlines() if line.startswith("    ")]
    draw = np.random.default_rng(1)
    mine = draw.normal(size=(30, 8))
    names = {"mine": mine, "theirs": mine + draw.normal(size=(30, 8))}
    exec("\n".join([*lines[:-1], f"found = {lines[-1].split('  #')[0]}"]), names)
    values, (similar, errors) = names["found"]
    assert 0.0 < values[0, 1] < 1.0
    assert similar.shape == errors.shape == (2, 2)


def test_the_citation_names_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{citation["version"]}"' in project
    assert {"cff-version", "message", "title", "authors", "license"} <= set(citation)
