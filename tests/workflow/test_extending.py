"""What the document says of extending the project, done as it says: the real Snakemake on a copy with its blocks."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from extension import Block, blocks, section
from scipy.stats import skew

from wordspaces.cooccurrence.tables import MATRIX_SCHEMA

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "workflow" / "README.md").read_text()
PARTS = ("A corpus", "A family of models", "An analysis", "A measure of agreement")
TINY = {
    "study": "tiny",
    "seeds": [1, 2],
    "corpora": {"notes": ["notes"]},
    "tokens": {
        "selection": {"samples": 1, "heldout": 0.1, "min_words": 3},
        "vocabulary": {"vocabulary_size": 105, "min_count": 2},
        "comparison": {"comparison_min_count": 5},
    },
    "cooccurrence": {"window": 3},
    "models": {
        "skipgram": {"family": "word2vec", "dimension": 8, "epochs": 2, "snapshots": 3},
        "svd": {"family": "svd", "dimension": 8},
        "skipgram-short": {"extends": "skipgram", "epochs": 1},
    },
    "references": ["skipgram-short", "svd"],
    "analysis": {
        "stability": {"k": 5},
        "neighbours": {"words": ["w1"]},
        "dynamics": {"related": [["w1", "w2"]], "unrelated": [["w3", "w4"]]},
    },
}


def write_texts(path, seed, documents=120):
    """Paragraphs of words drawn by Zipf's law, each document from a topic of its own half of the words."""
    draw = np.random.default_rng(seed)
    names = np.array([f"w{number}" for number in range(100)])
    chance = 1.0 / np.arange(1, 101)
    paragraphs = []
    for topic in draw.integers(2, size=documents):
        own = chance * np.where(np.arange(100) % 2 == topic, 1.0, 0.1)
        paragraphs.append(" ".join(draw.choice(names, 40, p=own / own.sum())))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(paragraphs) + "\n")


@dataclass(frozen=True)
class Extended:
    """A copy of the project with some parts of the document applied, and what Snakemake said of its targets."""

    project: Any
    said: str

    def table(self, name):
        """A table of the study of the document."""
        return pq.read_table(self.project.folder / "results" / "mine" / f"{name}.parquet").to_pandas()


def run(project, *targets):
    """Make some files of the study of the document."""
    files = [f"results/mine/{name}.parquet" for name in targets]
    return project.snakemake(*files, config="tiny.yaml config/mine/study.yaml")


@pytest.fixture(scope="module")
def with_corpus(bare, tmp_path_factory):
    """A corpus of one's own, through tokens and a small model."""
    project = bare(tmp_path_factory.mktemp("extended"))
    for part in ("tests", "pyproject.toml", "README.md", "results/README.md", "benchmarks"):
        source, target = ROOT / part, project.folder / part
        target.parent.mkdir(exist_ok=True)
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, target)
    for part in blocks(section(DOCUMENT, "A corpus")):
        part.apply(project.folder)
    write_texts(project.folder / "data" / "notes.txt", 1)
    for number in range(2):
        write_texts(project.folder / "data" / "letters" / f"{number}.txt", 2 + number)
    notes = yaml.safe_load((project.folder / "config" / "mine" / "sources.yaml").read_text())["letters"]
    notes |= {"where": {"fetcher": "local", "files": ["data/notes.txt"]}}
    with open(project.folder / "config" / "sources.yaml", "a") as sources:
        sources.write(yaml.safe_dump({"notes": notes}))
    (project.folder / "tiny.yaml").write_text(yaml.safe_dump(TINY, sort_keys=False))
    done = run(project, "spaces/letters/a/skipgram/seed1", "tokens/summary")
    assert done.returncode == 0, done.stdout[-4000:]
    return Extended(project, done.stdout)


@pytest.fixture(scope="module")
def with_all(with_corpus):
    """The same copy, once it has been extended by a family, an analysis and a measure too."""
    folder = with_corpus.project.folder
    for title in PARTS[1:]:
        for part in blocks(section(DOCUMENT, title)):
            part.apply(folder)
    done = run(with_corpus.project, "analysis/rsa", "analysis/ladder", "analysis/hubness")
    assert done.returncode == 0, done.stdout[-4000:]
    return Extended(with_corpus.project, done.stdout)


def spaces_of(extended, model, seed):
    """Words of the comparison, and their centred vectors in an input space of letters."""
    table = extended.table(f"spaces/letters/a/{model}/seed{seed}")
    compared = extended.table("tokens/comparison")
    vectors = np.stack(table.set_index("id").loc[compared["id"], "vector"]).astype(np.float64)
    return vectors - vectors.mean(axis=0)


def distances(vectors):
    """Cosine distances of every two words."""
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return (1.0 - units @ units.T)[np.triu_indices(len(units), 1)]


def test_every_part_has_blocks_and_every_block_has_a_place():
    found = {title: blocks(section(DOCUMENT, title)) for title in PARTS}
    assert {title: len(part) for title, part in found.items()} == {
        "A corpus": 2,
        "A family of models": 9,
        "An analysis": 5,
        "A measure of agreement": 4,
    }
    whole = section(DOCUMENT, "Extend it")
    assert whole.count("\n```\n") == sum(map(len, found.values()))


@pytest.mark.parametrize(
    ("block", "told"),
    [
        (Block("a.py", None, None, "x"), "no new file"),
        (Block("a.py", "after", "three", "x"), "has 0 lines"),
        (Block("a.py", "instead of", "o", "x"), "has 2 lines"),
    ],
)
def test_a_place_that_is_not_there_once_is_refused(tmp_path, block, told):
    (tmp_path / "a.py").write_text("one\ntwo\nother\n")
    with pytest.raises(ValueError, match=told):
        block.apply(tmp_path)


def test_a_corpus_of_ones_own_goes_to_tokens_and_a_model(with_corpus):
    sizes = with_corpus.table("tokens/summary").set_index(["corpus", "sample"])["words"]
    # Three thousand words of letters and half as many of notes: cut to the smaller, whole documents at the border.
    assert abs(sizes["letters", "a"] - sizes["notes", "a"]) <= 1
    assert sizes["letters", "heldout"] > 0
    assert not [line for line in with_corpus.said.splitlines() if "fetch_source" in line]
    space = with_corpus.table("spaces/letters/a/skipgram/seed1")
    vectors = np.stack(space["vector"])
    assert vectors.shape[1] == 8
    assert np.isfinite(vectors).all()
    assert {"w0", "w1", "w2"} <= set(space["token"])


def test_a_family_goes_from_settings_to_the_comparison(with_all):
    size = len(with_all.table("tokens/vocabulary"))
    pairs = with_all.table("cooccurrence/letters/a")
    logs = np.zeros((size, size))
    logs[tuple(pairs[name] for name in MATRIX_SCHEMA.names[:2])] = np.log1p(pairs["count"])
    left, values, _ = np.linalg.svd(logs)
    expected = (left[:, :16] * values[:16]) @ (left[:, :16] * values[:16]).T
    found = np.stack(with_all.table("spaces/letters/a/lsa/seed1")["vector"]).astype(np.float64)
    np.testing.assert_allclose(found @ found.T, expected, atol=1e-4 * expected.max())
    rsa = with_all.table("analysis/rsa")
    own = rsa[(rsa["a_model"] == "lsa") & (rsa["b_model"] == "lsa") & (rsa["method"] == "spearman")]
    same = own[own["a_corpus"] == own["b_corpus"]]
    assert set(same["relation"]) == {"seed"}
    np.testing.assert_allclose(same["r"], 1.0)
    assert set(rsa.loc[rsa["a_model"].eq("lsa") & rsa["b_model"].eq("skipgram"), "a_family"]) <= {"lsa"}
    assert "lsa" in set(rsa["a_family"]) | set(rsa["b_family"])
    # No seed has a part in it: one pair of spaces a corpus in its rung, not one a pair of seeds.
    ladder = with_all.table("analysis/ladder")
    rung = ladder[(ladder["rung"] == "recipe and lsa") & (ladder["method"] == "spearman")]
    sides = rung[rung["a_model"].eq("lsa")]["a_seed"].tolist() + rung[rung["b_model"].eq("lsa")]["b_seed"].tolist()
    assert set(sides) == {1}


def test_an_analysis_makes_its_table(with_all):
    table = with_all.table("analysis/hubness")
    assert len(table) == 2 * 2 * 4  # corpora, seeds, models
    compared = len(with_all.table("tokens/comparison"))
    assert set(table["words"]) == {compared}
    vectors = spaces_of(with_all, "skipgram", 2)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = units @ units.T - 2.0 * np.eye(len(units))
    listed = np.argsort(-cosines, axis=1, kind="stable")[:, :5]
    counts = np.bincount(listed.ravel(), minlength=len(units))
    row = table.query("corpus == 'letters' and model == 'skipgram' and seed == 2")
    np.testing.assert_allclose(row["hubness"], skew(counts))
    csv = pd.read_csv(with_all.project.folder / "results/mine/analysis/hubness.csv")
    pd.testing.assert_frame_equal(csv, table, check_dtype=False)


def test_a_measure_joins_the_comparison(with_all):
    rsa = with_all.table("analysis/rsa")
    assert set(rsa["method"]) == {"spearman", "pearson", "cosine", "cka", "concordance"}
    one, other = (distances(spaces_of(with_all, model, 1)) for model in ("skipgram", "svd"))
    expected = 2.0 * np.cov(one, other, ddof=0)[0, 1] / (one.var() + other.var() + (one.mean() - other.mean()) ** 2)
    rows = rsa[(rsa["a_corpus"] == "letters") & (rsa["b_corpus"] == "letters") & (rsa["method"] == "concordance")]
    rows = rows[(rows["a_seed"] == 1) & (rows["b_seed"] == 1)]
    sides = rows.apply(lambda row: {row["a_model"], row["b_model"]} == {"skipgram", "svd"}, axis=1)
    np.testing.assert_allclose(rows.loc[sides, "r"], expected, rtol=1e-5)
    assert rows.loc[sides, "se"].gt(0).all()


def test_what_was_added_passes_the_tests_and_the_style_of_the_project(with_all):
    folder = with_all.project.folder
    environment = {**os.environ, "PYTHONPATH": str(folder / "workflow")}

    def python(*arguments):
        return subprocess.run(
            [sys.executable, "-m", *arguments], cwd=folder, env=environment, text=True, capture_output=True, check=False
        )

    keys = python("wordspaces.keys").stdout
    assert "## models.<variant>, family lsa" in keys
    for command in (("check",), ("format", "--check")):
        style = python("ruff", *command, "workflow")
        assert style.returncode == 0, style.stdout
    rules = python("snakefmt", "--check", "workflow/rules")
    assert rules.returncode == 0, rules.stderr
    own = ("rule", "script", "layout", "shipped")
    tests = python(
        "pytest", "-q", "-x", "tests/workflow/test_study.py", "tests/common/test_layout.py", "-k", " or ".join(own)
    )
    assert tests.returncode == 0, tests.stdout[-3000:]
    assert " passed" in tests.stdout
