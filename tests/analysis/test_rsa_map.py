"""The second-order map: planted configurations come back, and what is carried along lands where it must."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist, squareform

from wordspaces.analysis.roster import EXTERNAL, Roster, Run, Snapshots, Space, Words
from wordspaces.analysis.rsa.map import carried, distances, map_table, scale, stress
from wordspaces.analysis.settings import MapSettings
from wordspaces.common.streams import generator

SETTINGS = MapSettings(method="pearson")


def normal(*names: object, shape: tuple[int, ...]) -> np.ndarray:
    return generator(41, *(str(name) for name in names)).standard_normal(shape)


def test_a_planted_configuration_comes_back_without_stress() -> None:
    planted = normal("configuration", shape=(12, 2)) * [2.0, 1.0]
    apart = squareform(pdist(planted))
    positions = scale(apart)
    np.testing.assert_allclose(squareform(pdist(positions)), apart, atol=1e-4)
    assert stress(positions, apart) < 1e-4
    # Turned and mirrored alike: the axes are those of the points, not of the input.
    turned = planted @ np.array([[0.6, 0.8], [0.8, -0.6]])
    np.testing.assert_allclose(scale(squareform(pdist(turned))), positions, atol=1e-3)


def test_stress_is_that_of_kruskal() -> None:
    # An equilateral tetrahedron does not fit the plane; a square of side 1 misses its diagonals by sqrt 2 - 1.
    square = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
    apart = np.ones((4, 4)) - np.eye(4)
    assert stress(square, apart) == pytest.approx(np.sqrt(2 * (np.sqrt(2) - 1) ** 2 / 8))
    assert stress(scale(apart), apart) <= stress(square, apart) + 1e-9


def test_distances_are_those_of_standardised_rdms() -> None:
    rdms = normal("rdms", shape=(5, 300))
    standard = rdms - rdms.mean(axis=1, keepdims=True)
    standard /= np.linalg.norm(standard, axis=1, keepdims=True)
    np.testing.assert_allclose(distances(np.corrcoef(rdms)), cdist(standard, standard), atol=1e-7)


def test_finished_spaces_are_carried_to_their_own_places_and_strangers_to_the_origin() -> None:
    r = np.corrcoef(normal("rdms", shape=(6, 40)))
    r = np.pad(r, (0, 1), mode="edge")  # the last space twice, as a deterministic model has it
    r[-1, -1] = 1.0
    positions = scale(distances(r))
    np.testing.assert_allclose(carried(r, r, positions), positions, atol=1e-3)
    np.testing.assert_allclose(carried(np.zeros((1, 7)), r, positions), 0.0, atol=1e-12)


def planted(flat_start: bool = False) -> tuple[Roster, dict[Run, Snapshots]]:
    """Two corpora, two seeds: a run walks from its own start to the geometry of its corpus; svd is not trained."""
    spaces, vectors, courses = [], [], {}
    words = Words(np.arange(5, 95, dtype=np.int32), tuple(map(str, range(90))), np.full(90, 10))
    for corpus in "pq":
        for model, seed in (("m", 1), ("m", 2), ("svd", 1)):
            space = Space(corpus, "a", model, model, seed)
            goal = normal("goal", corpus, shape=(100, 12)) + 0.3 * normal(
                "noise", *space.run.__dict__.values(), shape=(100, 12)
            )
            start = normal("start", model, seed, shape=(100, 12))
            if flat_start:
                start[:] = 0.0
            if model == "m":
                course = np.stack([start, 0.5 * start + 0.5 * goal, 0.2 * start + 0.8 * goal, goal])
                courses[space.run] = Snapshots(course[:, :80], np.array([0, 10, 100, 1000]), np.array([0, 1, 10, 100]))
            spaces.append(space)
            vectors.append(goal[words.ids])
    return Roster("input", tuple(spaces), words, tuple(vectors)), courses


def test_starts_lie_at_the_centre_and_paths_lead_to_the_finished_space() -> None:
    table = map_table(*planted(), SETTINGS).to_pandas()
    assert table.groupby("kind").size().to_dict() == {"final": 6, "snapshot": 4, "untrained": 4}
    assert set(table["words"]) == {75}
    assert table["stress"].nunique() == 1
    final = table[table["kind"] == "final"].set_index(["corpus", "model", "seed"])
    sides = final["x"].groupby("corpus").agg(["min", "max"])
    assert (sides["min"] * sides["max"] > 0).all()  # each corpus on its own side
    assert sides.loc["p", "min"] * sides.loc["q", "min"] < 0
    assert final.loc[("p", "m", 1), ["step", "tokens_seen"]].tolist() == [100, 1000]
    assert final.loc[("p", "svd", 1), ["step", "tokens_seen"]].isna().all()
    radius = final[["x", "y"]].pow(2).sum(axis=1).pow(0.5).min()
    starts = table.loc[table["kind"] == "untrained", ["x", "y"]]
    assert starts.pow(2).sum(axis=1).pow(0.5).max() < 0.35 * radius
    for corpus in "pq":
        goal = final.loc[(corpus, "m", 1), ["x", "y"]].to_numpy(np.float64)
        way = table[(table["corpus"] == corpus) & (table["seed"] == 1) & table["kind"].isin(["untrained", "snapshot"])]
        left = np.linalg.norm(way.sort_values("step")[["x", "y"]].to_numpy() - goal, axis=1)
        assert (np.diff(left) < 0).all()


def test_equal_input_gives_equal_bytes() -> None:
    assert map_table(*planted(), SETTINGS).equals(map_table(*planted(), SETTINGS))


def test_a_start_without_geometry_and_too_few_spaces_are_null_with_a_note() -> None:
    roster, courses = planted(flat_start=True)
    table = map_table(roster, courses, SETTINGS).to_pandas()
    starts = table[table["kind"] == "untrained"]
    assert starts[["x", "y"]].isna().all(axis=None)
    assert starts["note"].str.startswith("not defined: ").all()
    assert table.loc[table["kind"] != "untrained", "x"].notna().all()
    table = map_table(roster.select([0, 1, 2]), courses, SETTINGS).to_pandas()
    assert table[["x", "y", "stress"]].isna().all(axis=None)
    assert set(table["note"]) == {"not defined: 3 finished spaces, allowed: 4 or more"}


def test_without_snapshots_finished_spaces_are_mapped_over_all_words() -> None:
    roster, _ = planted()
    table = map_table(roster, {}, SETTINGS).to_pandas()
    assert set(table["kind"]) == {"final"}
    assert set(table["words"]) == {90}


def test_vectors_that_others_trained_are_carried_to_the_space_they_resemble() -> None:
    roster, courses = planted()
    theirs = Space(EXTERNAL, "", "theirs", EXTERNAL, -1)
    turned = roster.vectors[2] @ np.linalg.qr(normal("turn", shape=(12, 12)))[0]
    external = Roster(EXTERNAL, (*roster.spaces, theirs), roster.words, (*roster.vectors, 3.0 * turned))
    table = map_table(roster, courses, SETTINGS, external).to_pandas()
    (row,) = table[table["kind"] == "external"].itertuples()
    assert (row.model, row.seed) == ("theirs", -1)
    final = table[table["kind"] == "final"].reset_index(drop=True)
    np.testing.assert_allclose([row.x, row.y], final.loc[2, ["x", "y"]].astype(float), atol=1e-3)
    alone = map_table(roster, courses, SETTINGS).to_pandas()
    np.testing.assert_array_equal(final["x"], alone.loc[alone["kind"] == "final", "x"])
