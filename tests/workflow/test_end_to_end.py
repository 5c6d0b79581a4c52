"""The smoke study through the real Snakemake: it runs, verifies, has nothing more to do, gives the same bytes twice."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from gensim.models import KeyedVectors
from sameness import PAGE, RECORD, artefacts, without_clocks

ROOT = Path(__file__).resolve().parents[2]


def test_the_road_ends_with_a_report(finished):
    page = (finished.folder / "results" / "smoke" / "report.html").read_text()
    assert "<title>" in page
    for word in ("wiki", "twitter", "skipgram", "cbow", "glove", "svd", "gpt", "bert"):
        assert word in page
    weights = sorted((finished.folder / "results" / "smoke" / "models").rglob("weights.safetensors"))
    # Corpora x samples x variants x seeds; on Wikipedia arms of skip-gram, GloVe and GPT, and each of the three on two
    # bootstrap samples; skip-gram on half of every sample; on Wikipedia skip-gram at another dimension, GloVe at
    # another L2; from Wikipedia to Twitter skip-gram by two objectives and GPT by one, and the same on the other sample
    # of Wikipedia.
    assert len(weights) == 2 * 2 * 7 * 2 + (4 + 2 + 4) + 3 * 2 + 2 * 2 * 2 + 2 * 2 + 2 + 2 * 3


def test_nothing_is_left_behind(finished):
    assert not list((finished.folder / "results").rglob("*.partial"))
    assert not list((finished.folder / "results").rglob("*.resume"))


def test_a_second_run_has_nothing_to_do(finished):
    assert "Nothing to be done" in finished.snakemake().stdout


def test_every_artefact_verifies(finished):
    run = subprocess.run(
        [sys.executable, "-m", "wordspaces.verify", "results/smoke"],
        cwd=finished.folder,
        env={**os.environ, "PYTHONPATH": str(finished.folder / "workflow")},
        text=True,
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "0 faults" in run.stdout


def test_size_matching_holds_in_the_study(finished):
    table = pq.read_table(finished.folder / "results" / "smoke" / "tokens" / "summary.parquet").to_pandas()
    for samples, cells in ((["a", "b"], 4), (["a50", "b50"], 4), (["heldout"], 2)):
        words = table[table["sample"].isin(samples)]["words"]
        assert len(words) == cells
        assert words.max() - words.min() <= 1


def test_vectors_are_exported_on_request(copied):
    """As the map of the artefacts says; gensim reads the same vectors as stand in the spaces table."""
    run = "results/smoke/spaces/wiki/a/glove/seed1"
    done = copied.snakemake(f"{run}.vectors.bin")
    assert done.returncode == 0, done.stdout
    table = pq.read_table(copied.folder / f"{run}.parquet")
    for kind in ("bin", "txt"):
        found = KeyedVectors.load_word2vec_format(copied.folder / f"{run}.vectors.{kind}", binary=kind == "bin")
        assert found.index_to_key == table["token"].to_pylist()
        vectors = table["vector"].combine_chunks().flatten().to_numpy().reshape(found.vectors.shape)
        np.testing.assert_allclose(found.vectors, vectors, rtol=1e-6)
    # The same vectors, come back as those of somebody else, agree with the space that they were exported from.
    copied.edit(
        "config/smoke.yaml",
        "\nanalysis:\n",
        f"\nexternal:\n  mine: {{format: word2vec, path: {run}.vectors.bin}}\n\nanalysis:\n",
    )
    names = ("analysis/rsa.parquet", "analysis/cells.parquet", "figures/map.svg")
    done = copied.snakemake(*(f"results/smoke/{name}" for name in names))
    assert done.returncode == 0, done.stdout
    rsa, cells = (
        pq.read_table(copied.folder / f"results/smoke/analysis/{name}.parquet").to_pandas() for name in ("rsa", "cells")
    )
    external = rsa[(rsa["roster"] == "external") & (rsa["method"] == "spearman")]
    assert set(external["relation"]) == {"external"}
    assert external["b_model"].eq("mine").all()
    itself = (external["a_model"] == "glove") & (external["a_corpus"] == "wiki") & (external["a_sample"] == "a")
    assert external.loc[itself & (external["a_seed"] == 1), "r"].min() > 0.999999
    assert external.loc[~itself, "r"].max() < 0.999
    assert cells.loc[cells["roster"] == "external", "relation"].eq("external").all()
    assert ">mine<" in (copied.folder / "results/smoke/figures/map.svg").read_text()


def test_two_clean_runs_have_equal_bytes(finished, finished_again):
    first, second = artefacts(finished), artefacts(finished_again)
    assert sorted(first) == sorted(second)
    assert [path for path in first if first[path] != second[path]] == []


def test_what_is_left_out_of_the_page_is_clock_values_only(finished):
    page = (finished.folder / "results" / "smoke" / PAGE).read_text()
    left = without_clocks(page)
    for anchor in (
        "reach",
        "alike",
        "forming",
        "stability",
        "neighbours",
        "probes",
        "prediction",
        "recipes",
        "corpora",
    ):
        section = re.search(rf'<section id="{anchor}">.*?</section>', page, re.DOTALL).group(0)
        kept = re.search(rf'<section id="{anchor}">.*?</section>', left, re.DOTALL).group(0)
        assert (kept == section) == (anchor != "recipes")
    assert "Cost</a>" in left
    assert '<section id="cost">' not in left
    assert json.loads(RECORD.search(left).group(2))["inputs"]


def test_the_map_of_artefacts_names_every_column(finished):
    told = (ROOT / "results" / "README.md").read_text()
    for path in sorted((finished.folder / "results" / "smoke" / "analysis").glob("*.parquet")):
        (line,) = [line for line in told.splitlines() if line.startswith(f"| `{path.stem}` |")]
        for column in pq.read_schema(path).names:
            listed = f"`{column}`" in line or ("a_*" in line and column[:2] in ("a_", "b_"))
            assert listed, f"results/README.md does not tell the column {column} of {path.stem}"
