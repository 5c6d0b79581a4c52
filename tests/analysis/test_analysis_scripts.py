"""Every analysis script over a whole planted study: outputs, provenance, and the same bytes twice."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from running import run_script

from wordspaces.analysis.prediction.kneser_ney import bits, fit
from wordspaces.common.artefacts import read_with_content
from wordspaces.tokens.encode import ENCODED
from wordspaces.tokens.encoded import read_encoded

RECIPES = ["skipgram", "cbow", "glove", "gpt", "bert"]
FORMING = ("dynamics", "trajectories", "analogy_course", "convergence", "settling", "settling_runs")
LISTS = {
    "wordsim": "tiger\tcat\t7.35\nking\tqueen\t8.58\nman\twoman\t8.3\nold\tnew\t1.58\nking\tcat\t0.9\n",
    "simlex": "old\tnew\t1.58\nsmart\tintelligent\t9.2\nzebra\tokapi\t5.0\n",
    "analogies": ": family\nboy girl king queen\nman woman king queen\n: unknown\nathens greece baghdad iraq\n",
    "lexicon": "".join(f"w{i} {('NN', 'VB', 'JJ')[i % 3]}\n" for i in range(200)),
}


def jobs(
    study: SimpleNamespace, lists: dict[str, str], out: Path, words: list[str]
) -> dict[str, tuple[dict, dict, dict]]:
    """Inputs, outputs and settings of each script, in an order that respects what reads what."""
    spaces = {"spaces": study.spaces, "comparison": study.comparison, "external": []}
    snapshots, rsa = {"snapshots": study.snapshots}, {"rsa": str(out / "rsa.parquet")}

    def table(name: str) -> dict[str, str]:
        return {"table": str(out / f"{name}.parquet"), "csv": str(out / f"{name}.csv")}

    def second(key: str) -> dict[str, str]:
        return {key: str(out / f"{key}.parquet"), f"{key}_csv": str(out / f"{key}.csv")}

    started = {"learners": study.learners}
    recipes = [model for model in RECIPES if any(run[2] == model for run in study.runs)]
    dynamics = {"related": [words[:2]], "unrelated": [words[1:3]]}
    cells = {"runs": study.probability_runs, "static_runs": study.static_runs, "cells": study.cells}
    scored = {key: getattr(study, key) for key in ("probabilities", "trigrams", "counts", "vocabulary")}
    counted = {key: getattr(study, key) for key in ("spaces", "counts", "vocabulary")}
    probed = {"ratings": [lists["wordsim"], lists["simlex"]], "analogies": [lists["analogies"]]}
    probed |= {key: getattr(study, key) for key in ("counts", "vocabulary")}
    names = {"ratings": ["wordsim", "simlex"], "analogies": ["analogies"]}
    return {
        "compare_spaces": (spaces, table("rsa"), {"rsa": {"epochs_of": {"skipgram-short": "skipgram"}}}),
        "decompose_variance": (spaces, table("components"), {"components": {"models": recipes}}),
        "climb_ladder": (
            spaces | rsa | snapshots,
            table("ladder"),
            {"ladder": {"models": recipes}} | started,
        ),
        "measure_stability": (spaces | rsa, table("stability") | second("reliability"), {"stability": {"k": 5}}),
        "list_neighbours": (counted, table("neighbours"), {"neighbours": {"words": words[:2], "k": 5}}),
        "run_probes": (
            spaces | snapshots | probed,
            table("probes") | {"means": str(out / "probe_means.parquet"), "means_csv": str(out / "probe_means.csv")},
            {"probes": {"least_count": 1, "draws": 50}, "lists": names} | started,
        ),
        "follow_dynamics": (
            snapshots
            | {"logs": study.logs, "comparison": study.comparison, "counts": study.counts}
            | {"analogies": lists["analogies"], "lexicon": lists["lexicon"]},
            {key: path for name in FORMING for key, path in second(name).items()},
            {"dynamics": dynamics, "runs": study.learners},
        ),
        "measure_perplexity": (scored, table("perplexity"), {"perplexity": {}} | cells),
    }


def run_all(study: SimpleNamespace, out: Path, words: list[str]) -> dict[str, pd.DataFrame]:
    lists = {}
    for name, text in LISTS.items():
        lists[name] = str(out / f"{name}.txt")
        Path(lists[name]).write_text(text)
    for name, (inputs, outputs, params) in jobs(study, lists, out, words).items():
        run_script(name, inputs, outputs, {"runs": study.runs, "external": []} | params)
    for path in out.glob("*.parquet"):
        provenance, content = read_with_content(path)
        assert provenance.content == content
    return {path.stem: pd.read_parquet(path) for path in sorted(out.glob("*.parquet"))}


@pytest.fixture(scope="module")
def tables(study: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    return run_all(study, tmp_path_factory.mktemp("analysis"), ["king", "queen", "old"])


def test_every_table_has_rows(tables: dict[str, pd.DataFrame]) -> None:
    rows = {name: len(table) for name, table in tables.items()}
    assert rows == {
        "rsa": 2 * (72 * 71 // 2 + 48 * 47 // 2),
        "components": 2 * 24,
        "ladder": 2 * (60 + 60 + 24 + 24 + 216 + 120 + 60 + 60),
        "stability": 30 * 120,
        "reliability": 30,
        "neighbours": 12 * 2 * 5,
        "probes": (72 + 48 + 72) * (2 + 3 * 4),
        "probe_means": (2 * 6 + 2 * 2 * 2 + 2 * 6) * (2 + 3 * 4),
        "dynamics": 72 * 5 * 35 + 12 * 5 * 2,
        "trajectories": 72 * 5 * 2,
        "analogy_course": 0,
        # The start, the end, another seed and sample, two samples of the other corpus, and each other model.
        "convergence": 72 * 5 * (6 + 5),
        "settling": 72 * 5 * 4,
        "settling_runs": 72 * 6,
        "perplexity": (12 + 2 * 12) * 2 * 2 + 48,
    }


def test_a_trigram_scores_the_shards_of_every_corpus_in_order(
    study: SimpleNamespace, write: Callable, tmp_path: Path
) -> None:
    texts = {"wiki.one": [[8, 9, 8], [9]], "wiki.two": [[9, 8]], "twitter.one": [[10, 8, 9]]}
    shards = {}
    for name, documents in texts.items():
        columns = [[str(n) for n in range(len(documents))], documents, [[0]] * len(documents)]
        shards[name] = write(tmp_path / f"{name}.parquet", pa.table(columns, schema=ENCODED))
    inputs = {"tokens": [shards["wiki.one"]], "heldout": list(shards.values()), "vocabulary": study.vocabulary}
    params = {"probes": [name.split(".") for name in texts]}
    run_script("score_trigram", inputs, {"table": str(tmp_path / "trigram.parquet")}, params)
    table = pd.read_parquet(tmp_path / "trigram.parquet")
    assert table["probe"].tolist() == ["wiki"] * 6 + ["twitter"] * 3
    assert table["id"].tolist() == [token for documents in texts.values() for text in documents for token in text]
    train, heldout = read_encoded(inputs["tokens"]), read_encoded(inputs["heldout"])
    trigram = fit(train.ids, train.documents, study.vocabulary_size)
    assert table["bits"].tolist() == bits(trigram, heldout.ids, heldout.documents).astype(np.float32).tolist()


def test_shares_of_the_study_sum_to_one(tables: dict[str, pd.DataFrame]) -> None:
    shares = tables["components"].query("kind == 'share'")
    assert shares.groupby(["roster", "method"])["value"].sum().to_list() == pytest.approx([1.0] * 4)


def test_a_list_that_covers_too_little_is_null_with_a_note(tables: dict[str, pd.DataFrame]) -> None:
    probes = tables["probes"]
    simlex = probes[probes["list"] == "simlex"]
    assert simlex["value"].isna().all()
    assert simlex["note"].str.startswith("not defined: 2 of 3 pairs").all()
    assert probes.loc[(probes["list"] == "wordsim") & (probes["state"] == "trained"), "value"].notna().all()


def test_the_smallest_study_runs_and_says_what_is_not_defined(small_study: SimpleNamespace, tmp_path: Path) -> None:
    tables = run_all(small_study, tmp_path, ["w8", "w9", "w10"])
    assert tables["components"]["value"].isna().all()
    assert tables["stability"].empty
    ladder = tables["ladder"].set_index("rung")
    assert ladder.loc["other seed", "r"].isna().all()
    assert ladder.loc["untrained", "r"].notna().all()
    assert set(tables["rsa"]["relation"]) == {"family same seed"}


def test_two_runs_give_the_same_bytes(small_study: SimpleNamespace, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        run_all(small_study, folder, ["w8", "w9", "w10"])
    names = sorted(path.name for path in folders[0].glob("*.csv"))
    assert len(names) == 15
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name
