"""Arms: which pairs they hold, planted stream variances recovered, what is not defined for a model."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from wordspaces.analysis.roster import Roster, Space, Words
from wordspaces.analysis.settings import ArmSettings
from wordspaces.analysis.similarity.compare import compare, jackknife, leave_one_out
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.stability.arms import ARMS, COMMON, DIFFERENCES, arm_pairs, arms_table
from wordspaces.analysis.stability.nearest import nearest
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

WORDS, WIDTH = 300, 60
VARIANCE = {"initialisation": 0.1, "order": 0.05, "sampling": 0.15, "documents": 0.2}
Key = tuple[str, str, int]


def planted(space: Space, base: int = 1) -> np.ndarray:
    """A common part of variance .5 and one for each stream and the documents, by the seed that each of them has."""
    model, _, varied = space.model.partition("-")
    streams = ("initialisation", "order", "sampling")
    free = {"": streams, "fixed": ("initialisation", "sampling")}.get(varied, (varied,))
    seeds = {stream: space.seed if stream in free else base for stream in streams}
    if space.family == "glove":
        seeds["sampling"] = base
    parts = [(1.0 - sum(VARIANCE.values()), ("common", model))]
    parts += [(VARIANCE[stream], (stream, model, str(seed))) for stream, seed in seeds.items()]
    parts.append((VARIANCE["documents"], ("documents", space.sample)))
    return sum(np.sqrt(share) * generator(5, *names).standard_normal((WORDS, WIDTH)) for share, names in parts)


def roster_of(runs: list[tuple[str, str, int]], family: str = "word2vec", words: int = WORDS) -> Roster:
    spaces = tuple(sorted(Space("wiki", sample, model, family, seed) for sample, model, seed in runs))
    listed = Words(np.arange(words, dtype=np.int32), tuple(f"w{i}" for i in range(words)), np.full(words, 10))
    vectors = tuple(planted(space)[:words].astype(np.float32) for space in spaces)
    return Roster("input", spaces, listed, vectors)


def ordinary(model: str, seeds: tuple[int, ...] = (1, 2, 3)) -> list[Key]:
    return [("a", model, seed) for seed in seeds]


def with_arms(model: str, arms: tuple[str, ...], seeds: tuple[int, ...] = (2, 3)) -> list[Key]:
    return ordinary(model) + [("a", f"{model}-{arm}", seed) for arm, seed in product(arms, seeds)]


BOOTS: list[Key] = [("boot1", "sgns", 1), ("boot2", "sgns", 2), ("boot3", "sgns", 3)]
STREAMS = ("initialisation", "order", "sampling")


@pytest.fixture(scope="module")
def roster() -> Roster:
    return roster_of([*with_arms("sgns", (*STREAMS, "fixed")), *BOOTS, ("b", "sgns", 1), ("b", "sgns", 2)])


@pytest.fixture(scope="module")
def table(roster: Roster) -> pd.DataFrame:
    return arms_table(roster, {"sgns": [*STREAMS, "fixed"]}, 1, ArmSettings()).to_pandas()


def keyed(table: pd.DataFrame, method: str) -> pd.DataFrame:
    return table[table["method"] == method].set_index("arm")


def named(roster: Roster, model: str) -> dict[str, set[frozenset[Key]]]:
    keys = [(s.sample, s.model, s.seed) for s in roster.spaces]
    pairs = arm_pairs(roster.spaces, model, 1)
    return {arm: {frozenset((keys[i], keys[j])) for i, j in listed} for arm, listed in pairs.items()}


def test_an_arm_pairs_the_base_run_and_the_runs_of_its_stream(roster: Roster) -> None:
    found = named(roster, "sgns")
    assert tuple(found)[: len(ARMS)] == ARMS
    assert set(found) == {*ARMS, *COMMON.values()}
    one, two = ("a", "sgns-order", 2), ("a", "sgns-order", 3)
    base = ("a", "sgns", 1)
    assert found["order"] == {frozenset(pair) for pair in ((base, one), (base, two), (one, two))}
    assert found["shuffled"] == {frozenset((("a", "sgns", i), ("a", "sgns", j))) for i, j in ((1, 2), (1, 3), (2, 3))}
    assert found["bootstrap"] == {frozenset(pair) for pair in product(BOOTS, BOOTS) if pair[0] != pair[1]}
    assert len(found["fixed"]) == 3
    across = {frozenset((("a", "sgns", i), ("b", "sgns", j))) for i, j in product((1, 2, 3), (1, 2)) if i != j}
    assert found["sample"] == across
    expected = {frozenset((("a", "sgns-order", i), ("a", "sgns-sampling", j))) for i, j in product((2, 3), (2, 3))}
    assert found["common initialisation"] == expected


def test_a_part_of_a_sample_is_no_other_sample() -> None:
    assert named(roster_of([*ordinary("sgns"), ("a25", "sgns", 1), ("a25", "sgns", 2)]), "sgns")["sample"] == set()


def test_a_run_of_the_base_seed_is_no_second_base_run() -> None:
    runs = [*with_arms("sgns", ("order",), (1, 2)), ("boot1", "sgns", 1), ("boot2", "sgns", 1)]
    found = named(roster_of(runs), "sgns")
    assert found["order"] == {frozenset((("a", "sgns", 1), ("a", "sgns-order", 2)))}
    assert found["bootstrap"] == set()


def test_fixed_is_made_of_single_streams_where_it_has_no_run_of_its_own() -> None:
    found = named(roster_of(with_arms("sgns", STREAMS)), "sgns")
    expected = {
        frozenset((("a", "sgns-initialisation", i), ("a", "sgns-sampling", j))) for i, j in product((2, 3), (2, 3))
    }
    assert found["fixed"] == expected
    glove = named(roster_of(with_arms("glove", ("initialisation", "order")), "glove"), "glove")
    assert glove["fixed"] == glove["initialisation"] != set()


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_planted_stream_variances_are_recovered(table: pd.DataFrame, method: str) -> None:
    # Independent parts: with share v of the variance varied, the correlation of the inner products is (1 - v)^2.
    v, rows = VARIANCE, keyed(table, method)
    free = v["initialisation"] + v["order"] + v["sampling"]
    varied = {stream: v[stream] for stream in STREAMS}
    varied |= {"fixed": free - v["order"], "shuffled": free, "bootstrap": free + v["documents"]}
    varied["sample"] = varied["bootstrap"]
    share = {arm: 1.0 - (1.0 - part) ** 2 for arm, part in varied.items()}
    for arm, value in share.items():
        assert rows.loc[arm, "share"] == pytest.approx(value, abs=0.03), arm
        assert rows.loc[arm, "r"] == pytest.approx(1.0 - rows.loc[arm, "share"])
        assert rows.loc[arm, "se"] < 0.02
    assert rows.loc["documents", "share"] == pytest.approx(share["bootstrap"] - share["shuffled"], abs=0.03)
    interaction = sum(share[stream] for stream in STREAMS) - share["shuffled"]
    assert rows.loc["interaction", "share"] == pytest.approx(interaction, abs=0.03)
    assert rows.loc["interaction", "low"] < rows.loc["interaction", "share"] < rows.loc["interaction", "high"]
    for stream in STREAMS:
        own = share["shuffled"] - (1.0 - (1.0 - free + v[stream]) ** 2)
        assert rows.loc[f"{stream}, own", "share"] == pytest.approx(own, abs=0.03)
    assert (rows["note"] == "").all()
    assert (rows["resampled"] == "words").all()
    assert rows.loc["documents", "pairs"] == 3
    assert rows.loc["initialisation, own", "pairs"] == 3
    overlaps = rows["overlap"].drop([*DIFFERENCES, "sample"])
    assert overlaps.rank().tolist() == [5.0, 6.0, 4.0, 3.0, 2.0, 1.0]


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_a_mean_is_that_of_its_pairs_and_so_is_its_standard_error(
    roster: Roster, table: pd.DataFrame, method: str
) -> None:
    rdms = RDMs.of(roster.vectors, roster.spaces)
    r = compare(rdms, method)
    pairs = arm_pairs(roster.spaces, "sgns", 1)
    rows = keyed(table, method)
    for arm in ARMS:
        assert rows.loc[arm, "r"] == pytest.approx(np.mean([r[i, j] for i, j in pairs[arm]]))
        assert rows.loc[arm, "pairs"] == len(pairs[arm])
    small = roster_of([("a", "sgns", 1), ("a", "sgns", 2), ("a", "sgns-order", 2)])
    found = keyed(arms_table(small, {"sgns": ["order"]}, 1, ArmSettings()).to_pandas(), method)
    se = jackknife(RDMs.of(small.vectors, small.spaces), method)[1]
    for arm, (i, j) in (("shuffled", (0, 1)), ("order", (0, 2))):
        assert found.loc[arm, "se"] == pytest.approx(se[i, j], rel=1e-6)
        lists = [nearest(centred, 10) for centred in RDMs.of(small.vectors, small.spaces).units]
        shared = [len(set(a) & set(b)) / 10 for a, b in zip(lists[i].tolist(), lists[j].tolist(), strict=True)]
        assert found.loc[arm, "overlap"] == pytest.approx(np.mean(shared))


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_the_error_of_a_difference_is_that_of_its_replicates(roster: Roster, table: pd.DataFrame, method: str) -> None:
    rdms, pairs = RDMs.of(roster.vectors, roster.spaces), arm_pairs(roster.spaces, "sgns", 1)
    r = np.concatenate([block for _, block in leave_one_out(rdms, method)])
    means = {arm: np.mean([r[:, i, j] for i, j in listed], axis=0) for arm, listed in pairs.items()}
    replicates = {
        "documents": means["shuffled"] - means["bootstrap"],
        "interaction": means["shuffled"] - sum(means[stream] for stream in STREAMS),
        "order, own": means["fixed"] - means["shuffled"],
        "sampling, own": means["common sampling"] - means["shuffled"],
    }
    rows = keyed(table, method)
    for name, values in replicates.items():
        expected = np.sqrt((WORDS - 1) * np.var(values))
        assert rows.loc[name, "se"] == pytest.approx(expected)
        assert rows.loc[name, "high"] - rows.loc[name, "low"] == pytest.approx(2 * 1.959964 * expected, rel=1e-5)


def test_a_model_without_a_stream_has_no_such_arm() -> None:
    glove = roster_of(with_arms("glove", ("initialisation", "order")), "glove", 60)
    rows = keyed(arms_table(glove, {"glove": ["initialisation", "order"]}, 1, ArmSettings()).to_pandas(), "pearson")
    assert rows.loc["sampling", "note"] == "not defined: a training of glove has no such random stream"
    assert np.isnan(rows.loc["sampling", "share"])
    parts = rows.loc[["initialisation", "order"], "share"].sum()
    assert rows.loc["interaction", "share"] == pytest.approx(parts - rows.loc["shuffled", "share"])
    own = rows.loc["order", "r"] - rows.loc["shuffled", "r"]
    assert rows.loc["initialisation, own", "share"] == pytest.approx(own)
    assert rows.loc["sampling, own", "note"] == "not defined: a training of glove has no such random stream"
    assert rows.loc["documents", "note"].startswith("not defined: it needs two bootstrap samples")


def test_what_two_streams_do_only_together_is_total_of_both_and_own_of_neither() -> None:
    planned = roster_of(with_arms("glove", ("initialisation", "order")), "glove")
    vectors = []
    for space in planned.spaces:
        varied = space.model.partition("-")[2]
        seeds = [space.seed if varied in ("", stream) else 1 for stream in ("initialisation", "order")]
        parts = (0.7, ("common",)), (0.3, ("both", *map(str, seeds)))
        vectors.append(sum(np.sqrt(v) * generator(6, *key).standard_normal((WORDS, WIDTH)) for v, key in parts))
    pair = Roster("input", planned.spaces, planned.words, tuple(v.astype(np.float32) for v in vectors))
    rows = keyed(arms_table(pair, {"glove": ["initialisation", "order"]}, 1, ArmSettings()).to_pandas(), "pearson")
    whole = 1.0 - 0.7**2
    for arm in ("initialisation", "order", "shuffled", "interaction"):
        assert rows.loc[arm, "share"] == pytest.approx(whole, abs=0.03), arm
    for arm in ("initialisation, own", "order, own"):
        assert rows.loc[arm, "share"] == pytest.approx(0.0, abs=0.03), arm


def test_fewer_than_three_pairs_are_noted() -> None:
    few = roster_of([("a", "sgns", 1), ("a", "sgns", 2), ("b", "sgns", 2), ("b", "sgns", 1)], words=60)
    rows = keyed(arms_table(few, {"sgns": []}, 1, ArmSettings(k=5)).to_pandas(), "pearson")
    assert rows.loc["shuffled", "note"] == "one pair of runs: the interval does not speak of other runs"
    assert rows.loc["sample", "note"] == "two pairs of runs: the interval does not speak of other runs"
    assert pd.isna(rows.loc["bootstrap", "resampled"])
    one_sample = roster_of(ordinary("sgns"), words=60)
    rows = keyed(arms_table(one_sample, {"sgns": []}, 1, ArmSettings(k=5)).to_pandas(), "pearson")
    assert rows.loc["sample", "note"] == "not defined: no two disjoint samples with different seeds"
    assert rows.loc["shuffled", "note"] == ""


def test_a_deterministic_model_has_documents_alone() -> None:
    spaces = roster_of([*ordinary("svd"), ("boot1", "svd", 1), ("boot2", "svd", 2)], "svd", 60)
    # Seeds do nothing: each sample gives one space.
    vectors = tuple(planted(Space("wiki", s.sample, "svd", "svd", 1))[:60] for s in spaces.spaces)
    table = arms_table(Roster("input", spaces.spaces, spaces.words, vectors), {"svd": []}, 1, ArmSettings(k=5))
    rows = keyed(table.to_pandas(), "spearman")
    assert rows.loc["shuffled", "r"] == pytest.approx(1.0)
    assert rows.loc["shuffled", "overlap"] == 1.0
    assert rows.loc["documents", "share"] == pytest.approx(1.0 - rows.loc["bootstrap", "r"], abs=1e-6)
    assert rows.loc["interaction", "note"] == "not defined: no stream to interact"
    assert rows.loc["fixed", "note"] == "not defined: a training of svd draws nothing"


def test_one_run_alone_gives_notes_and_no_run_is_refused() -> None:
    single = roster_of([("a", "sgns", 1)], words=60)
    table = arms_table(single, {"sgns": ["order"]}, 1, ArmSettings(methods=["pearson"])).to_pandas()
    assert table["share"].isna().all()
    assert table["note"].str.startswith("not defined: ").all()
    notes = table.set_index("arm")["note"]
    assert notes["shuffled"] == "not defined: only one seed"
    assert notes["order"] == "not defined: no two runs that differ in it alone"
    assert notes["sampling"] == "not defined: no run that varies it was asked for"
    with pytest.raises(StudyError, match="no run of 'cbow' on 'wiki'"):
        arms_table(single, {"cbow": []}, 1, ArmSettings())
    with pytest.raises(StudyError, match="1 to 59"):
        arms_table(roster_of(ordinary("sgns"), words=60), {"sgns": []}, 1, ArmSettings(k=60))
