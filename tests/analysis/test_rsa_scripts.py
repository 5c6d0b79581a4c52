"""The scripts of cells, strata, map, curve and ladder over a planted study: rows, notes, the same bytes twice."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pytest
from running import run_script

from wordspaces.common.artefacts import read_with_content

RECIPES = ["skipgram", "cbow", "glove", "gpt", "bert"]
LEXICON = "".join(f"w{i} {'NN' if i < 60 else 'VB'}\n" for i in range(200))


def tables_of(name: str, inputs: dict, table: str, out: Path, params: dict) -> pd.DataFrame:
    outputs = {"table": str(out / f"{table}.parquet"), "csv": str(out / f"{table}.csv")}
    run_script(name, inputs, outputs, params)
    provenance, content = read_with_content(Path(outputs["table"]))
    assert provenance.content == content
    return pd.read_parquet(outputs["table"])


def run_all(study: SimpleNamespace, out: Path, write: Callable) -> dict[str, pd.DataFrame]:
    models = {run[2] for run in study.runs}
    recipes = [model for model in RECIPES if model in models]
    spaces = {"spaces": study.spaces, "comparison": study.comparison, "external": []}
    lexicon = out / "lexicon.txt"
    lexicon.write_text(LEXICON)
    sizes = write(out / "samples.parquet", pa.table({"sample": ["a", "b"], "words": [100, 100]}))
    runs = {"runs": study.runs, "external": []}
    shared = {"methods": ["pearson"], "epochs_of": {"skipgram-short": "skipgram"}}
    snapshots = {"snapshots": study.snapshots}
    learners = {"learners": study.learners}
    rsa = tables_of("compare_spaces", spaces, "rsa", out, runs | {"rsa": {"methods": ["pearson"]}})
    of_rsa = {"rsa": str(out / "rsa.parquet")}
    ladder = {"models": recipes, "references": [m for m in ("svd",) if m in models], "methods": ["pearson"]}
    return {
        "rsa": rsa,
        "cells": tables_of(
            "summarise_cells", spaces | {"counts": study.counts}, "cells", out, runs | {"cells": shared}
        ),
        "strata": tables_of(
            "stratify_rsa",
            spaces | {"lexicon": str(lexicon)},
            "strata",
            out,
            runs | {"strata": shared | {"models": recipes}},
        ),
        "map": tables_of("scale_map", spaces | snapshots, "map", out, runs | learners | {"map": {"method": "pearson"}}),
        "curve": tables_of(
            "follow_curve", spaces | {"samples": sizes}, "curve", out, runs | {"curve": {"methods": ["pearson"]}}
        ),
        "ladder": tables_of(
            "climb_ladder", spaces | snapshots | of_rsa, "ladder", out, runs | learners | {"ladder": ladder}
        ),
    }


@pytest.fixture(scope="module")
def tables(
    study: SimpleNamespace, write: Callable, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, pd.DataFrame]:
    return run_all(study, tmp_path_factory.mktemp("rsa"), write)


def test_every_table_has_its_rows(tables: dict[str, pd.DataFrame]) -> None:
    assert len(tables["cells"]) == 2 * (120 + 56)  # with and without frequency
    # Three strata by frequency and eight classes, each with a row for every pair of cells and every relation.
    strata = tables["strata"]
    for roster, pairs in {"input": 120, "contextual": 56}.items():
        part = strata[strata["roster"] == roster]
        relations = part.loc[part["a_model"] == "all", "relation"].nunique()
        assert len(part) == (3 + 8) * (pairs + relations)
    assert strata.loc[strata["stratum"] == "noun", "r"].notna().all()
    assert strata.loc[strata["stratum"] == "number", "r"].isna().all()
    # Every run is there, untrained and trained; the snapshots between of two corpora x six models on sample a.
    assert tables["map"].groupby("kind").size().to_dict() == {"final": 72, "snapshot": 12 * 3, "untrained": 72}
    assert tables["map"]["x"].notna().all()
    assert len(tables["curve"]) == 6 * 5
    assert tables["curve"]["value"].notna().all()


def test_a_cell_holds_the_mean_of_the_pairs_of_the_rsa_table(tables: dict[str, pd.DataFrame]) -> None:
    rsa = tables["rsa"].query("roster == 'input' and a_seed != b_seed and a_sample == b_sample")
    rsa = rsa.query("a_corpus == 'wiki' and b_corpus == 'wiki' and a_model == 'cbow' and b_model == 'glove'")
    cell = tables["cells"].query(
        "roster == 'input' and samples == 'same' and a_corpus == 'wiki' and b_corpus == 'wiki'"
    )
    cell = cell.query("a_model == 'cbow' and b_model == 'glove'").iloc[0]
    assert cell["r"] == pytest.approx(rsa["r"].mean(), abs=1e-12)
    assert cell["pairs"] == len(rsa)
    curve = tables["curve"].query("model == 'gpt' and measure == 'disattenuated by sample'").iloc[0]
    same = tables["cells"].query("roster == 'input' and a_model == 'gpt' and b_model == 'gpt' and relation == 'corpus'")
    assert curve["value"] == pytest.approx(same.iloc[0]["disattenuated_sample"], abs=1e-9)


def test_the_smallest_study_runs_and_says_what_is_not_defined(
    small_study: SimpleNamespace, write: Callable, tmp_path: Path
) -> None:
    tables = run_all(small_study, tmp_path, write)
    assert tables["cells"]["r"].isna().all()
    assert tables["cells"]["note"].str.contains("no two runs with different seeds").all()
    assert tables["strata"]["r"].isna().all()
    assert tables["strata"]["note"].str.startswith("not defined: ").all()
    assert tables["curve"].empty
    assert tables["map"].loc[tables["map"]["kind"] == "final", "x"].notna().all()
    ladder = tables["ladder"].set_index("rung")
    assert ladder.loc[["recipe and svd"], "r"].notna().all()
    assert len(ladder.loc[["recipe and svd"]]) == 3


def test_two_runs_give_the_same_bytes(small_study: SimpleNamespace, write: Callable, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        run_all(small_study, folder, write)
    names = sorted(path.name for path in folders[0].glob("*.csv"))
    assert names == ["cells.csv", "curve.csv", "ladder.csv", "map.csv", "rsa.csv", "strata.csv"]
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name
