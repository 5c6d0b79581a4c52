"""Clusters and texts among occurrences: planted senses, agreement with scikit-learn, and the script."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from running import run_script
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from wordspaces.analysis.probes.clusters import plane, separation, silhouettes, two_means
from wordspaces.analysis.probes.senses import ABSENT, FEW
from wordspaces.analysis.probes.vectors import unit_vectors
from wordspaces.common.artefacts import write_table
from wordspaces.common.provenance import Provenance
from wordspaces.common.streams import generator

MADE = Provenance("made", "tests", "0")
WIDTH, LAYERS = 8, 2
SENSES = {"bank": 2, "well": 1}


def normal(*names: object, shape: tuple[int, ...]) -> np.ndarray:
    return generator(1, *map(str, names)).standard_normal(shape)


def test_two_planted_clusters_are_found_and_the_smaller_one_is_named() -> None:
    centres = np.eye(6)[:2]
    units = unit_vectors(np.repeat(centres, (7, 4), axis=0) + 0.1 * normal("two", shape=(11, 6)))
    assert two_means(units).tolist() == [False] * 7 + [True] * 4
    assert two_means(units[::-1]).tolist() == [True] * 4 + [False] * 7
    even = units[np.r_[:4, 7:11]]
    assert two_means(even).tolist() == [False] * 4 + [True] * 4
    assert not two_means(np.repeat(units[:1], 5, axis=0)).any()


@pytest.mark.parametrize("seed", range(6))
def test_clusters_are_a_fixed_point_of_k_means(seed: int) -> None:
    units = unit_vectors(normal("points", seed, shape=(30, 5)) + 0.5)
    smaller = two_means(units)
    centres = np.stack([units[~smaller].mean(axis=0), units[smaller].mean(axis=0)])
    found = KMeans(2, init=centres, n_init=1).fit(units)
    assert (found.labels_ == smaller).all()
    assert smaller.sum() <= 15
    assert silhouettes(units, smaller) == pytest.approx(silhouette_score(units, smaller, metric="cosine"))


def test_silhouettes_equal_those_of_scikit_learn_for_any_labels() -> None:
    units = unit_vectors(normal("labels", shape=(25, 4)))
    labels = generator(1, "labels").integers(0, 4, 25)
    labels[0] = 9  # alone in its cluster
    assert silhouettes(units, labels) == pytest.approx(silhouette_score(units, labels, metric="cosine"))
    assert np.isnan(silhouettes(units, np.zeros(25)))


def test_separation_is_one_half_where_texts_do_not_differ_and_one_where_they_do() -> None:
    areas = []
    for draw in range(300):
        points = unit_vectors(normal("same", draw, shape=(11, 10)) + 1.0)
        areas.append(separation(points[:4], points[4:]))
    # A criterion that kept a point in its own centroid would say about .8 of so few points.
    assert np.mean(areas) == pytest.approx(0.5, abs=0.03)
    apart = unit_vectors(normal("apart", shape=(12, 10)) + np.repeat([[6.0], [-6.0]], 6, axis=0) * np.eye(10)[0])
    assert separation(apart[:6], apart[6:]) == 1.0
    assert np.isnan(separation(apart[:1], apart[6:]))


def test_separation_equals_pairs_judged_one_by_one() -> None:
    first, second = normal("first", shape=(4, 3)), normal("second", shape=(5, 3)) + 0.5
    right = []
    for i in range(4):
        for j in range(5):
            one, two = np.delete(first, i, axis=0).mean(axis=0), np.delete(second, j, axis=0).mean(axis=0)
            right.append((first[i] - second[j]) @ (one - two) > 0)
    assert separation(first, second) == pytest.approx(np.mean(right))


def test_plane_is_that_of_the_singular_vectors() -> None:
    points = normal("plane", shape=(20, 6))
    scores, shares = plane(points)
    values = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    np.testing.assert_allclose(np.square(scores).sum(axis=0), np.square(values[:2]))
    np.testing.assert_allclose(shares, np.square(values[:2]) / np.square(values).sum())
    np.testing.assert_allclose(plane(points)[0], scores)
    assert plane(points[:1])[0].tolist() == [[0.0, 0.0]]


def write_run(folder: Path, seed: int, counts: dict[tuple[str, str], int]) -> tuple[str, str]:
    """Occurrences and means of one run: "bank" has the sense of its number's parity, "well" a text's own direction."""
    spin = np.linalg.qr(normal("basis", seed, shape=(WIDTH, WIDTH)))[0]
    directions = 3.0 * np.eye(WIDTH) @ spin
    rows, vectors = [], []
    for (word, probe), count in counts.items():
        for number in range(count):
            sense = number % 2 if word == "bank" else 2 + (probe == "wiki")
            place = {"probe": probe, "id": 1, "token": word, "listed": True, "occurrence": number + 1}
            noise = 0.2 * normal("noise", seed, word, probe, number, shape=(LAYERS, WIDTH))
            for layer in range(LAYERS):
                rows.append(place | {"context": f"{probe} {number} [{word}]", "layer": layer})
                vectors.append((directions[sense] if layer else directions[4]) + noise[layer])
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    columns["layer"] = pa.array(columns["layer"], pa.int32())
    flat = pa.array(np.float32(vectors).ravel())
    table = pa.table(columns | {"vector": pa.FixedSizeListArray.from_arrays(flat, WIDTH)})
    write_table(folder / f"{seed}.occurrences.parquet", table, MADE)
    names = ["bank", "money", "river", "talk", "text", "other"]
    means = np.concatenate([[directions[0] + directions[1]], directions[:5]]) + 0.01 * normal(seed, shape=(6, WIDTH))
    parts = []
    for layer in range(LAYERS):
        for probe in ("twitter", "wiki"):
            values = pa.FixedSizeListArray.from_arrays(pa.array(np.float32(means).ravel()), WIDTH)
            ids = pa.array(range(6), pa.int32())
            same = {"space": [f"layer{layer}@{probe}"] * 6, "layer": pa.array([layer] * 6, pa.int32())}
            same |= {"probe": [probe] * 6, "id": ids, "token": names, "contexts": pa.array([5] * 6, pa.int32())}
            parts.append(pa.table(same | {"vector": values}))
    write_table(folder / f"{seed}.parquet", pa.concat_tables(parts), MADE)
    return str(folder / f"{seed}.occurrences.parquet"), str(folder / f"{seed}.parquet")


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("senses")
    counts = {("bank", "twitter"): 3, ("bank", "wiki"): 9, ("well", "twitter"): 8, ("well", "wiki"): 6}
    paths = [write_run(folder, seed, counts) for seed in (1, 2)]
    inputs = dict(zip(("occurrences", "spaces"), map(list, zip(*paths, strict=True)), strict=True))
    outputs = {"table": folder / "senses.parquet", "occurrences": folder / "occurrences.parquet"}
    outputs |= {"csv": folder / "senses.csv", "occurrences_csv": folder / "occurrences.csv"}
    params = {"runs": [["wiki", "a", "gpt", "gpt", seed] for seed in (1, 2)], "probes": ["twitter", "wiki"]}
    settings = {"words": ["bank", "well", "absent"], "layer": 1, "neighbours": 1}
    files = {name: str(path) for name, path in outputs.items()}
    run_script("describe_occurrences", inputs, files, params | {"senses": settings})
    return pd.read_parquet(outputs["table"]), pd.read_parquet(outputs["occurrences"])


def test_planted_senses_are_clusters_that_seeds_share(described: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    senses = described[0].set_index(["token", "probe", "layer"]).sort_index()
    for row in senses.loc[("bank", "wiki", 1)].itertuples():
        assert row.silhouette > 0.8
        assert row.smaller == pytest.approx(4 / 9)
        assert row.agreement == 1.0
        assert (row.first_words, row.second_words) == ("money", "river")
        assert row.first_context.split()[1] in "02468"
        assert row.second_context.split()[1] in "1357"
        assert pd.isna(row.text_auc)
    assert (senses.loc[("bank", "wiki", 0), "silhouette"] < 0.5).all()
    alike = senses["self_similarity"]
    assert alike.loc[("bank", "wiki", 0)].min() > alike.loc[("bank", "wiki", 1)].max()
    assert set(senses.loc[("bank", "twitter", 1), "note"]) == {FEW}
    assert senses.loc[("bank", "twitter", 1), "self_similarity"].notna().all()


def test_a_word_that_texts_use_apart_is_told_by_its_text(described: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    senses, places = described
    everything = senses[senses["probe"] == ""].set_index(["token", "layer"]).sort_index()
    assert (everything.loc[("well", 1), "text_auc"] == 1.0).all()
    assert (everything.loc[("well", 1), "text_silhouette"] > 0.8).all()
    assert (everything.loc[("bank", 1), "text_auc"] < 1.0).all()
    assert set(senses[senses["token"] == "absent"]["note"]) == {ABSENT}
    assert (places["layer"] == 1).all()
    well = places[(places["token"] == "well") & (places["seed"] == 1)]
    assert len(well) == 14
    assert well.groupby("probe")["cluster"].unique().map(list).to_dict() == {"twitter": [1], "wiki": [2]}
    assert well["x_share"].iloc[0] > 0.8
    left = well[well["probe"] == "wiki"]["x"]
    right = well[well["probe"] == "twitter"]["x"]
    assert left.max() < right.min() or right.max() < left.min()
