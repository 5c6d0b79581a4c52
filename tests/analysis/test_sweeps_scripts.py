"""The scripts of sweeps over a planted study: outputs, provenance, the pooled target, and the same bytes twice."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from running import run_script

from wordspaces.analysis.roster import read_words
from wordspaces.analysis.sweeps.target import pool, pooled_ppmi
from wordspaces.common.artefacts import read_with_content
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator
from wordspaces.models.svd.ppmi import ppmi
from wordspaces.models.training_log import LOG_SCHEMA

LISTS = "tiger\tcat\t7.35\nking\tqueen\t8.58\nman\twoman\t8.3\nold\tnew\t1.58\nking\tcat\t0.9\n"
# Variants of the planted study stand for the values of a sweep.
STAND = {"skipgram": 16.0, "cbow": 8.0, "skipgram-short": 0.0}
SWEEPS = {"s": {"model": "skipgram", "setting": "l2"}}


def counted(seed: int, size: int) -> pa.Table:
    keys = np.sort(generator(seed, "pairs").choice(size * size, 40 * size, replace=False))
    counts = generator(seed, "counts").integers(1, 9, len(keys)) / 2.0
    return pa.table({"row": (keys // size).astype(np.int32), "column": (keys % size).astype(np.int32), "count": counts})


@pytest.fixture(scope="module")
def made(study: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory, write) -> SimpleNamespace:
    """Inputs of both scripts: runs of three variants on Wikipedia, their logs, co-occurrences of both samples."""
    folder = tmp_path_factory.mktemp("sweeps")
    chosen = [i for i, run in enumerate(study.runs) if run[0] == "wiki" and run[2] in STAND and run[4] < 3]
    runs = [study.runs[i] for i in chosen]
    (folder / "list.txt").write_text(LISTS)
    row = {"epoch": 0.0, "loss": 1.0, "heldout_loss": 2.0, "gradient_norm": 1.0, "learning_rate": 0.1}
    rows = [row | {"step": i, "tokens_seen": i, "embedding_norm": 1.0 + i} for i in range(3)]
    logs = [write(folder / f"{i}.log.parquet", pa.Table.from_pylist(rows, LOG_SCHEMA)) for i in chosen]
    matrices = [write(folder / f"{i}.x.parquet", counted(i, study.vocabulary_size)) for i in range(2)]
    shared = {
        "spaces": [study.spaces[i] for i in chosen],
        "vocabulary": study.vocabulary,
        "comparison": study.comparison,
    }
    lists = {name: str(folder / "list.txt") for name in ("wordsim", "simlex")}
    params = {"runs": runs, "cells": [["s", STAND[run[2]], *run] for run in runs], "sweeps": SWEEPS}
    return SimpleNamespace(
        matrices=matrices,
        dimension=(shared | {"cooccurrence": matrices}, params),
        regularisation=(shared | {"logs": logs, "counts": study.counts, **lists}, params),
    )


def measure_dimension(made: SimpleNamespace, out: Path, **changed: object) -> pd.DataFrame:
    inputs, params = made.dimension
    named = {"table": str(out / "dimension.parquet"), "csv": str(out / "dimension.csv")}
    params = params | {"matrices": [["wiki", "a"], ["wiki", "b"]], "dimension": {}} | changed
    run_script(
        "measure_dimension", inputs | ({} if params["runs"] else {"spaces": [], "cooccurrence": []}), named, params
    )
    return pd.read_parquet(named["table"])


def measure_regularisation(made: SimpleNamespace, out: Path, **changed: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    inputs, params = made.regularisation
    named = {"table": str(out / "regularisation.parquet"), "csv": str(out / "regularisation.csv")}
    named |= {"growth": str(out / "norm_growth.parquet"), "growth_csv": str(out / "norm_growth.csv")}
    params = params | {"samples": {"wiki": ["a", "b"]}, "regularisation": {}} | changed
    run_script("measure_regularisation", inputs | ({} if params["runs"] else {"spaces": [], "logs": []}), named, params)
    return pd.read_parquet(named["table"]), pd.read_parquet(named["growth"])


def test_dimension_has_every_target_and_value(made: SimpleNamespace, tmp_path: Path) -> None:
    table = measure_dimension(made, tmp_path)
    values = table.groupby("target")["setting_value"].apply(list).to_dict()
    assert values == {"largest": [0, 8, 16], "ppmi": [0, 8, 16]}
    assert (table["samples"] == 2).all()
    assert (table["seeds"] == 2).all()
    assert (table["words"] == 120).all()
    np.testing.assert_allclose(table["bias2"] + table["variance"], table["total"])
    assert table.groupby("target")["best"].sum().tolist() == [1, 1]
    provenance, content = read_with_content(tmp_path / "dimension.parquet")
    assert provenance.content == content
    assert len(pd.read_csv(tmp_path / "dimension.csv")) == len(table) == 6


def test_regularisation_has_every_run_and_measure(made: SimpleNamespace, tmp_path: Path) -> None:
    table, growth = measure_regularisation(made, tmp_path)
    assert len(growth) == 12 * 3
    assert (table.groupby(["setting_value", "sample", "seed"])["measure"].nunique() == 12).all()
    assert table["value"].notna().all()
    assert (table.loc[table["measure"] == "norm_growth", "value"] == 3.0).all()
    assert (table.loc[table["measure"] == "wordsim", "items"] == 5).all()
    for name in ("regularisation", "norm_growth"):
        provenance, content = read_with_content(tmp_path / f"{name}.parquet")
        assert provenance.content == content
        assert (tmp_path / f"{name}.csv").is_file()


def test_a_study_without_sweeps_gets_empty_tables(made: SimpleNamespace, tmp_path: Path) -> None:
    none = {"runs": [], "cells": [], "sweeps": {}}
    assert measure_dimension(made, tmp_path, **none, matrices=[]).empty
    assert all(table.empty for table in measure_regularisation(made, tmp_path, **none))


def test_the_same_inputs_give_the_same_bytes(made: SimpleNamespace, tmp_path: Path) -> None:
    for number in "12":
        (tmp_path / number).mkdir()
        measure_dimension(made, tmp_path / number)
        measure_regularisation(made, tmp_path / number)
    for first in sorted((tmp_path / "1").iterdir()):
        assert first.read_bytes() == (tmp_path / "2" / first.name).read_bytes()


def test_the_target_is_ppmi_of_the_summed_counts(made: SimpleNamespace, study: SimpleNamespace) -> None:
    words, size = read_words(study.comparison), study.vocabulary_size
    summed = np.zeros((size, size))
    for seed in range(2):
        part = counted(seed, size).to_pandas()
        summed[part["row"], part["column"]] += part["count"]
    smoothed = summed.sum(axis=0) ** 0.75
    smoothed /= smoothed.sum()
    with np.errstate(divide="ignore"):
        expected = np.maximum(np.log(summed / (summed.sum(axis=1)[:, None] * smoothed)), 0.0)
    found = pooled_ppmi(made.matrices, size, 0.75, words)
    np.testing.assert_allclose(found.toarray(), expected[words.ids], rtol=1e-10, atol=1e-12)


def test_one_matrix_pooled_is_itself_and_bad_counts_are_refused() -> None:
    blocks = [(np.array([0, 0], np.int32), np.array([1, 2], np.int32), np.array([2.0, 3.0]))]
    blocks.append((np.array([2], np.int32), np.array([0], np.int32), np.array([1.5])))
    ((row, column, count),) = pool([lambda: iter(blocks)], 3)()
    assert (row.tolist(), column.tolist(), count.tolist()) == ([0, 0, 2], [1, 2, 0], [2.0, 3.0, 1.5])
    bad = [(np.array([0], np.int32), np.array([1], np.int32), np.array([-1.0]))]
    with pytest.raises(StudyError, match="a count of -1"):
        ppmi(pool([lambda: iter(bad)], 3), 3, 0.75, 1.0)
