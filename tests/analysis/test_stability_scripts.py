"""The scripts of stability over a planted study: outputs, provenance, and the same bytes twice."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from running import run_script

from wordspaces.common.artefacts import read_with_content
from wordspaces.common.streams import generator

LEXICON = "king NN\nqueen NN\nman NN\nwoman NN\nold JJ\nnew JJ\n" + "".join(
    f"w{i} {('NN', 'VB', 'JJ')[i % 3]}\n" for i in range(8, 200)
)


def tables_of(name: str, out: Path, inputs: dict, params: dict, outputs: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Run a script whose outputs are tables of these names, each with its CSV; give them back."""
    keys = ["table", *outputs[1:]]
    named = {key: str(out / f"{name_}.parquet") for key, name_ in zip(keys, outputs, strict=True)}
    twins = ["csv", *(f"{key}_csv" for key in outputs[1:])]
    named |= {key: str(out / f"{name_}.csv") for key, name_ in zip(twins, outputs, strict=True)}
    run_script(name, inputs, named, params)
    for path in out.glob("*.parquet"):
        provenance, content = read_with_content(path)
        assert provenance.content == content
    return {name: pd.read_parquet(out / f"{name}.parquet") for name in outputs}


def cooccurrence(folder: Path, write, cells: int) -> list[str]:
    """Matrices in which word i has about 150 - i / 2 contexts."""
    paths = []
    for cell in range(cells):
        stream = generator(cell, "cooccurrence")
        rows = np.concatenate([np.full(150 - i // 2 + int(stream.integers(5)), i) for i in range(200)])
        columns = np.concatenate([np.arange((rows == i).sum()) for i in range(200)])
        table = {"row": rows.astype(np.int32), "column": columns.astype(np.int32), "count": np.ones(len(rows))}
        paths.append(write(folder / f"{cell}.x.parquet", pa.table(table)))
    return paths


def measured(study: SimpleNamespace, out: Path) -> dict[str, pd.DataFrame]:
    spaces = {"spaces": study.spaces, "comparison": study.comparison, "external": []}
    tables_of("compare_spaces", out, spaces, {"runs": study.runs, "external": [], "rsa": {}}, ("rsa",))
    inputs = spaces | {"rsa": str(out / "rsa.parquet")}
    params = {"runs": study.runs, "stability": {}}
    return tables_of("measure_stability", out, inputs, params, ("stability", "reliability"))


def regressed(study: SimpleNamespace, out: Path, folder: Path, write) -> pd.DataFrame:
    (folder / "lexicon.txt").write_text(LEXICON)
    inputs = {"stability": str(out / "stability.parquet"), "comparison": study.comparison}
    inputs |= {"lexicon": str(folder / "lexicon.txt"), "cooccurrence": cooccurrence(folder, write, 2)}
    return tables_of("regress_stability", out, inputs, {"factors": {}}, ("stability_factors",))["stability_factors"]


def split(study: SimpleNamespace, out: Path) -> pd.DataFrame:
    """Runs of other variants stand for those in which one stream of skipgram varies."""
    stands = {("skipgram", "a"): "skipgram", ("skipgram-short", "a"): "skipgram-order", ("glove", "a"): "glove"}
    stands |= {("skipgram", "b"): "skipgram"}
    paths, runs, arm_runs = [], [], []
    for path, (corpus, sample, model, family, seed) in zip(study.spaces, study.runs, strict=True):
        name = stands.get((model, sample))
        if corpus != "wiki" or name is None:
            continue
        boot = sample == "b"
        target = runs if name == model and not boot else arm_runs
        target.append([corpus, f"boot{seed}" if boot else sample, name, family, seed])
        paths.append((target is arm_runs, path))
    ordered = [path for _, path in sorted(paths, key=lambda entry: entry[0])]
    arms = {"models": {"skipgram": ["order"], "glove": []}, "base_seed": 1}
    params = {"runs": runs, "arm_runs": arm_runs, "arms": arms, "split": {"k": 5}}
    return tables_of("split_arms", out, {"spaces": ordered, "comparison": study.comparison}, params, ("arms",))["arms"]


@pytest.fixture(scope="module")
def tables(study: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory, write) -> dict[str, pd.DataFrame]:
    out, folder = tmp_path_factory.mktemp("stability"), tmp_path_factory.mktemp("inputs")
    found = measured(study, out)
    return found | {"factors": regressed(study, out, folder, write), "arms": split(study, out)}


def test_a_table_has_one_row_for_each_word_and_cell(tables: dict[str, pd.DataFrame]) -> None:
    assert len(tables["stability"]) == 30 * 120
    assert len(tables["reliability"]) == 30
    assert tables["stability"]["overlap50"].dtype == np.float32
    assert not tables["reliability"].drop(columns="note").isna().any().any()


def test_factors_have_their_predictors_in_every_cell(tables: dict[str, pd.DataFrame]) -> None:
    table = tables["factors"]
    assert table.groupby(["model", "level"]).size().tolist() == [3 + 2 + 1] * 18
    speech = table[table["predictor"] == "part of speech"]
    assert speech["estimate"].isna().all()
    assert speech["partial_r2"].between(0.0, 1.0).all()
    # Six of the listed words are not in the lexicon, too few for a class.
    assert set(table["words"]) == {114}
    assert table["note"].str.contains("6 words of rare classes left out").all()


def test_arms_hold_the_pairs_of_their_runs(tables: dict[str, pd.DataFrame]) -> None:
    rows = tables["arms"].query("method == 'pearson'").set_index(["model", "arm"])
    assert rows.loc[("skipgram", "order"), "pairs"] == 3
    assert rows.loc[("skipgram", "shuffled"), "pairs"] == 3
    assert rows.loc[("skipgram", "bootstrap"), "pairs"] == 3
    # Planted: what stands for bootstrap samples is one sample, in which the seed differs and no document.
    assert rows.loc[("skipgram", "documents"), "share"] == pytest.approx(0.0, abs=0.02)
    assert rows.loc[("skipgram", "sampling"), "note"] == "not defined: no run that varies it was asked for"
    assert rows.loc[("glove", "shuffled"), "r"] > 0.5
    assert len(tables["arms"]) == 2 * 2 * 12


def test_two_runs_give_the_same_bytes(small_study: SimpleNamespace, tmp_path: Path, write) -> None:
    names = set()
    for folder in ("one", "two"):
        out = tmp_path / folder
        out.mkdir()
        assert measured(small_study, out)["stability"].empty
        assert regressed(small_study, out, tmp_path, write).empty
        assert split(small_study, out)["share"].isna().all()
        names = {path.name for path in out.glob("*.csv")}
    assert {"stability.csv", "reliability.csv", "stability_factors.csv", "arms.csv"} < names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
