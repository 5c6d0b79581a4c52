"""The scripts that fit and export RDMs, over a planted study: values, ceilings, notes, the same bytes twice."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import rsatoolbox
from running import run_script
from scipy.stats import pearsonr, spearmanr

from wordspaces.analysis.human import read_ratings
from wordspaces.analysis.modelling.evidence import PREDICTORS, read_evidence
from wordspaces.analysis.modelling.predictors import rated_pairs
from wordspaces.analysis.roster import as_runs, load_rosters, read_words
from wordspaces.analysis.settings import ModelRdmSettings
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.streams import generator
from wordspaces.cooccurrence.tables import MATRIX_SCHEMA

WORDSIM = "tiger\tcat\t7.35\nking\tqueen\t8.58\nman\twoman\t8.3\nold\tnew\t1.58\nking\tcat\t0.9\ntiger\ttiger\t10\n"
SIMLEX = "old\tnew\t1.58\nsmart\tintelligent\t9.2\nzebra\tokapi\t5.0\n"


def counted(seed: int, size: int) -> pa.Table:
    """A symmetric matrix of counts of a few hundred pairs."""
    stream = generator(seed, "planted counts")
    dense = np.triu(stream.integers(1, 30, (size, size)) * (stream.random((size, size)) < 0.1))
    dense = dense + dense.T
    row, column = np.nonzero(dense)
    columns = [row.astype(np.int32), column.astype(np.int32), dense[row, column].astype(np.float64)]
    return pa.table(columns, schema=MATRIX_SCHEMA)


def inputs_of(study: SimpleNamespace, folder: Path, write: Callable) -> tuple[dict, dict]:
    """Inputs and settings of the script."""
    cells = sorted({(run[0], run[1]) for run in study.runs})
    matrices = [
        write(folder / f"{corpus}.{sample}.parquet", counted(number, study.vocabulary_size))
        for number, (corpus, sample) in enumerate(cells)
    ]
    lists = {"wordsim": folder / "wordsim.txt", "simlex": folder / "simlex.txt"}
    for path, text in zip(lists.values(), (WORDSIM, SIMLEX), strict=True):
        path.write_text(text)
    inputs = {key: getattr(study, key) for key in ("spaces", "counts", "vocabulary", "comparison")}
    inputs |= {"cooccurrence": matrices} | {name: str(path) for name, path in lists.items()}
    return inputs, {"runs": study.runs, "cells": [list(cell) for cell in cells], "model_rdms": {}}


@pytest.fixture(scope="module")
def made(study: SimpleNamespace, write: Callable, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("model_rdms")
    inputs, params = inputs_of(study, folder, write)
    outputs = {"table": str(folder / "model_rdms.parquet"), "csv": str(folder / "model_rdms.csv")}
    run_script("fit_model_rdms", inputs, outputs, params)
    return SimpleNamespace(inputs=inputs, params=params, table=pd.read_parquet(outputs["table"]))


def test_every_cell_has_all_rows(made: SimpleNamespace) -> None:
    cells = 2 * 6 + 2 * 2 * 2
    assert len(made.table) == cells * (2 * (2 * len(PREDICTORS) + 1) + 2)
    assert set(made.table["runs"]) == {6}
    assert set(made.table.loc[made.table["roster"] == "input", "words"]) == {120}


def test_values_are_means_over_the_runs(study: SimpleNamespace, made: SimpleNamespace) -> None:
    words, runs = read_words(study.comparison), as_runs(study.runs)
    roster, _ = load_rosters(study.spaces, runs, words)
    cells = [tuple(cell) for cell in made.params["cells"]]
    paths, size = made.inputs["cooccurrence"], study.vocabulary_size
    evidence = read_evidence(study.counts, paths, cells, size, words, ModelRdmSettings())["wiki"]
    counts = pd.read_parquet(study.counts).query("corpus == 'wiki' and sample != 'heldout'")
    assert evidence.counts.tolist() == counts.groupby("id")["count"].sum().loc[words.ids].tolist()
    cell = roster.select([i for i, s in enumerate(roster.spaces) if (s.corpus, s.model) == ("wiki", "glove")])
    rdms = RDMs.of(cell.vectors, cell.spaces)
    table = made.table.query("roster == 'input' and corpus == 'wiki' and model == 'glove' and measure == 'alone'")
    table = table.set_index(["predictor", "method"])
    for name, values in evidence.rdms().items():
        for method, correlation in (("pearson", pearsonr), ("spearman", spearmanr)):
            expected = np.mean([correlation(values, rdms.condensed(i))[0] for i in range(len(rdms))])
            assert table.loc[(name, method), "value"] == pytest.approx(expected, abs=1e-9)
    positions, human = rated_pairs(read_ratings(made.inputs["wordsim"]), words.tokens)
    assert len(positions) == table.loc[("wordsim", "spearman"), "pairs"] == 5
    expected = np.mean([spearmanr(rdms.condensed(i)[positions], human)[0] for i in range(len(rdms))])
    assert table.loc[("wordsim", "spearman"), "value"] == pytest.approx(expected)


def test_ppmi_rows_are_those_of_the_compared_words(study: SimpleNamespace, made: SimpleNamespace) -> None:
    words, cells = read_words(study.comparison), [tuple(cell) for cell in made.params["cells"]]
    settings, size = ModelRdmSettings(ppmi_alpha=0.5, ppmi_negative=2.0), study.vocabulary_size
    found = read_evidence(study.counts, made.inputs["cooccurrence"], cells, size, words, settings)
    for number, (corpus, sample) in enumerate(cells):
        table, dense = counted(number, size).to_pandas(), np.zeros((size, size))
        dense[table["row"], table["column"]] = table["count"]
        context = dense.sum(axis=0) ** 0.5
        with np.errstate(divide="ignore", invalid="ignore"):
            pmi = np.log(dense * context.sum() / (dense.sum(axis=1)[:, None] * context)) - np.log(2.0)
        expected = np.where(pmi > 0, pmi, 0.0)[words.ids]
        np.testing.assert_allclose(found[corpus].ppmi["ab".index(sample)].toarray(), expected, atol=1e-12)


def test_a_list_of_one_known_pair_or_two_is_null_with_a_note(made: SimpleNamespace) -> None:
    simlex = made.table[made.table["predictor"] == "simlex"]
    assert simlex["value"].isna().all()
    assert set(simlex["note"]) == {"not defined: 2 rated pairs among the words"}


def test_ceilings_are_leave_one_out_over_seeds_and_samples(study: SimpleNamespace, made: SimpleNamespace) -> None:
    roster, _ = load_rosters(study.spaces, as_runs(study.runs), read_words(study.comparison))
    cell = roster.select([i for i, s in enumerate(roster.spaces) if (s.corpus, s.model) == ("wiki", "cbow")])
    rdms = RDMs.of(cell.vectors, cell.spaces)
    standard = [(rdm - rdm.mean()) / rdm.std() for rdm in map(rdms.condensed, range(len(rdms)))]
    row = made.table.query("corpus == 'wiki' and model == 'cbow' and method == 'pearson'").iloc[0]
    for column, same in (("ceiling", True), ("sample_ceiling", False)):
        expected = []
        for i, space in enumerate(cell.spaces):
            others = [
                standard[j]
                for j, other in enumerate(cell.spaces)
                if other.seed != space.seed and (other.sample == space.sample) == same
            ]
            expected.append(pearsonr(standard[i], np.mean(others, axis=0))[0])
        assert row[column] == pytest.approx(np.mean(expected))


def test_one_seed_has_no_ceiling_and_says_so(small_study: SimpleNamespace, write: Callable, tmp_path: Path) -> None:
    inputs, params = inputs_of(small_study, tmp_path, write)
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        outputs = {"table": str(folder / "model_rdms.parquet"), "csv": str(folder / "model_rdms.csv")}
        run_script("fit_model_rdms", inputs, outputs, params)
    table = pd.read_parquet(folders[0] / "model_rdms.parquet")
    fitted = table[~table["predictor"].isin(["wordsim", "simlex"])]
    assert fitted["value"].notna().all()
    assert fitted[["ceiling", "sample_ceiling"]].isna().all(axis=None)
    assert fitted["note"].str.contains("no ceiling: one seed").all()
    assert (folders[0] / "model_rdms.csv").read_bytes() == (folders[1] / "model_rdms.csv").read_bytes()


def test_the_script_exports_the_rosters_of_a_study(
    study: SimpleNamespace, vectors_of: Callable, tmp_path: Path
) -> None:
    inputs = {"spaces": study.spaces, "comparison": study.comparison}
    params = {"runs": study.runs, "contextual_layer": 1, "dissimilarity": {}}
    for roster, spaces in (("input", 72), ("contextual", 48)):
        path = str(tmp_path / f"{roster}.hdf5")
        run_script("export_rdms", inputs, {"rdms": path}, params, roster=roster)
        assert rsatoolbox.rdm.load_rdm(path).n_rdm == spaces
    loaded = rsatoolbox.rdm.load_rdm(str(tmp_path / "input.hdf5"))
    keys = ("corpus", "sample", "model", "family", "seed")
    vectors = vectors_of([loaded.rdm_descriptors[key][5] for key in keys])[loaded.pattern_descriptors["id"]]
    np.testing.assert_allclose(loaded.dissimilarities[5], RDMs.of([vectors], ["five"]).condensed(0), atol=1e-12)
