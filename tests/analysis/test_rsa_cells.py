"""Cells: ceilings against a brute-force twin, disattenuation of planted correlations, and what is not defined."""

import itertools
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from wordspaces.analysis.roster import Roster, Space, Words, as_runs, load_rosters, read_words, text_counts
from wordspaces.analysis.rsa.cells import cells_table, estimate_cells, frequencies
from wordspaces.analysis.rsa.design import Cell, CellPair, statistic_maker
from wordspaces.analysis.rsa.intervals import over_words
from wordspaces.analysis.settings import CellSettings
from wordspaces.analysis.similarity.compare import METHODS, mid_ranks
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.similarity.settings import DissimilaritySettings
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator

PEARSON = CellSettings(methods=["pearson"], controls=["none"])


def block(words: int, *names: object, width: int = 8) -> np.ndarray:
    values = generator(23, *(str(name) for name in names)).standard_normal((words, width))
    values -= values.mean(axis=0)
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def listed(words: int) -> Words:
    return Words(np.arange(words, dtype=np.int32), tuple(map(str, range(words))), np.arange(words, 0, -1) + 9)


def planted(
    words: int = 200,
    samples: str = "ab",
    seeds: tuple[int, ...] = (1, 2, 3),
    models: str = "m",
    common: float = 0.6,
    noise: tuple[float, float] = (0.3, 0.2),
    draw: int = 0,
) -> Roster:
    """Cells whose expected geometries correlate by `common` across corpora; `noise` is the share of sample and seed."""
    signal = 1.0 - sum(noise)
    spaces, vectors = [], []
    for corpus, sample, model, seed in itertools.product("pq", samples, models, seeds):
        parts = [
            (signal * common, ("common", model)),
            (signal * (1.0 - common), ("own", corpus, model)),
            (noise[0], ("sample", corpus, sample, model)),
            (noise[1], ("seed", corpus, sample, model, seed)),
        ]
        # Columns side by side add their inner products: fourth root of a share, for a cosine of weight its root.
        vectors.append(np.hstack([share**0.25 * block(words, draw, *names) for share, names in parts if share]))
        spaces.append(Space(corpus, sample, model, f"f{model}", seed))
    return Roster("input", tuple(spaces), listed(words), tuple(vectors))


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_noise_ceilings_equal_those_of_averaged_rdms(method: str) -> None:
    roster = planted(words=40)
    found = estimate_cells(roster, method)
    rdms = RDMs.of(roster.vectors, roster.spaces)
    condensed = [rdms.condensed(i) for i in range(len(rdms))]
    if method == "spearman":
        condensed = [mid_ranks(rdm) for rdm in condensed]
    standard = {space: (rdm - rdm.mean()) / rdm.std() for space, rdm in zip(roster.spaces, condensed, strict=True)}
    mine = [space for space in roster.spaces if space.corpus == "p"]
    expected: dict[str, list[float]] = {
        name: [] for name in ("seed_lower", "seed_upper", "sample_lower", "sample_upper")
    }
    for run in mine:
        pools = {
            "seed_lower": [s for s in mine if s.sample == run.sample and s.seed != run.seed],
            "seed_upper": [s for s in mine if s.sample == run.sample],
            "sample_lower": [s for s in mine if s.sample != run.sample and s.seed != run.seed],
            "sample_upper": mine,
        }
        for name, pool in pools.items():
            mean = np.mean([standard[s] for s in pool], axis=0)
            expected[name].append(np.corrcoef(standard[run], mean)[0, 1])
    for name, values in expected.items():
        assert found.values[name][0] == pytest.approx(np.mean(values), abs=1e-6)
        assert found.se[name][0] > 0.0


def test_disattenuation_recovers_the_planted_correlation() -> None:
    table = cells_table([planted(words=300, common=0.6, noise=(0.3, 0.2))], PEARSON).to_pandas()
    row = table[table["a_corpus"] != table["b_corpus"]].iloc[0]
    assert row["relation"] == "corpus"
    assert row["r"] == pytest.approx(0.5 * 0.6, abs=0.03)
    assert row["a_seed_reliability"] == pytest.approx(0.8, abs=0.03)
    assert row["sample_ceiling"] == pytest.approx(0.5, abs=0.03)
    assert row["disattenuated_sample"] == pytest.approx(0.6, abs=0.04)
    assert row["disattenuated_sample_low"] < 0.6 < row["disattenuated_sample_high"]
    assert row["disattenuated_seed"] == pytest.approx(0.3 / 0.8, abs=0.04)
    assert row["disattenuated_sample"] == pytest.approx(row["r"] / row["sample_ceiling"], abs=1e-12)


def test_the_interval_of_a_disattenuated_correlation_is_that_of_the_ratio() -> None:
    roster = planted(words=50)
    found, spaces = estimate_cells(roster, "pearson"), roster.spaces
    units = RDMs.of(roster.vectors, spaces).units
    place = found.pairs.index(CellPair(Cell("p", "m", "fm", ""), Cell("q", "m", "fm", ""), True))

    def ratio(keep: np.ndarray) -> float:
        upper = np.triu_indices(len(keep), 1)
        r = np.corrcoef([(u[keep] @ u[keep].T)[upper] for u in units])
        groups: dict[str, list[float]] = {"pp": [], "qq": [], "pq": []}
        for i, j in itertools.combinations(range(len(spaces)), 2):
            a, b = spaces[i], spaces[j]
            if a.seed != b.seed and (a.corpus, a.sample) != (b.corpus, b.sample):
                groups[a.corpus + b.corpus].append(r[i, j])
        pp, qq, pq = (np.mean(values) for values in groups.values())
        return pq / np.sqrt(pp * qq)

    replicates = np.array([ratio(np.delete(np.arange(50), word)) for word in range(50)])
    se = np.sqrt(49 / 50 * np.square(replicates - replicates.mean()).sum())
    assert found.values["disattenuated_sample"][place] == pytest.approx(ratio(np.arange(50)), abs=1e-9)
    assert found.se["disattenuated_sample"][place] == pytest.approx(se, rel=1e-6)


@pytest.mark.parametrize("method", list(METHODS))
def test_every_method_has_means_with_errors_and_all_but_one_has_noise_ceilings(method: str) -> None:
    found = estimate_cells(planted(words=40), method)
    corpus = found.pairs.index(CellPair(Cell("p", "m", "fm", ""), Cell("q", "m", "fm", ""), True))
    assert 0.0 < found.values["mean"][corpus] < found.values["ceiling_sample"][corpus] < 1.0
    assert 0.0 < found.se["mean"][corpus] < 0.2
    assert 0.0 < found.se["disattenuated_sample"][corpus] < 0.5
    # Bures similarity is no inner product of RDMs, so a mean RDM has no correlation by it.
    lower, upper = found.values["seed_lower"], found.values["seed_upper"]
    assert np.isnan(lower).all() if method == "bures" else (lower < upper).all()


def test_equal_spaces_give_one_everywhere() -> None:
    roster = planted(words=30)
    roster = Roster("input", roster.spaces, roster.words, (block(30, "one"),) * len(roster.spaces))
    table = cells_table([roster], CellSettings(controls=["none"])).to_pandas()
    names = [
        name for name in table.columns if name == "r" or name.endswith(("reliability", "lower", "upper", "ceiling"))
    ]
    names += ["disattenuated_seed", "disattenuated_sample"]
    values = table[names].to_numpy(np.float64)
    np.testing.assert_allclose(values[np.isfinite(values)], 1.0, atol=1e-6)
    assert table["se"].to_numpy() == pytest.approx(0.0, abs=1e-6)
    assert table["disattenuated_seed"].notna().all()


def test_independent_noise_covers_zero_and_its_interval_errs_on_the_wide_side() -> None:
    settings = CellSettings(methods=["pearson"], controls=["none"], confidence=0.9)
    rows = []
    for draw in range(200):
        roster = planted(words=60, samples="a", seeds=(1, 2), noise=(0.0, 1.0 - 1e-12), draw=draw)
        table = cells_table([roster], settings)
        rows += [row for row in table.to_pylist() if row["a_corpus"] != row["b_corpus"]]
        assert all(value is None for value in table["disattenuated_sample"].to_pylist())
    r, se = (np.array([row[name] for row in rows]) for name in ("r", "se"))
    # Errors of single pairs of words alone: the jackknife variance is twice the true one (Efron & Stein 1981), so an
    # interval of .9 covers 1.645 sqrt(2) standard deviations, .98. A variance from 200 draws is known to 10 per cent.
    assert np.square(se).mean() / np.square(r).mean() == pytest.approx(2.0, rel=0.35)
    assert np.mean([row["low"] < 0.0 < row["high"] for row in rows]) == pytest.approx(0.98, abs=0.03)


def test_three_samples_widen_the_interval_by_their_own_jackknife() -> None:
    roster = planted(words=60, samples="abc", seeds=(1, 2))
    table = cells_table([roster], PEARSON).to_pandas()
    assert set(table["resampled"]) == {"words and samples"}
    found = estimate_cells(roster, "pearson")
    place = found.pairs.index(CellPair(Cell("p", "m", "fm", ""), Cell("q", "m", "fm", ""), True))
    two = [i for i, space in enumerate(roster.spaces) if space.sample != "c"]
    assert set(cells_table([roster.select(two)], PEARSON)["resampled"].to_pylist()) == {"words"}
    values = []
    for corpus, sample in itertools.product("pq", "abc"):
        keep = [i for i, s in enumerate(roster.spaces) if (s.corpus, s.sample) != (corpus, sample)]
        values.append(estimate_cells(roster.select(keep), "pearson").values["disattenuated_sample"][place])
    split = np.array(values).reshape(2, 3)
    over_samples = (2 / 3 * np.square(split - split.mean(axis=1, keepdims=True)).sum(axis=1)).sum()
    statistic = statistic_maker(found.pairs, found.cells, "pearson")(roster.spaces)
    by_words = over_words(RDMs.of(roster.vectors, roster.spaces), "pearson", statistic)[2]
    by_words = by_words[statistic.layout["disattenuated_sample"]][place]
    assert found.se["disattenuated_sample"][place] ** 2 == pytest.approx(over_samples + by_words, rel=1e-6)


@pytest.mark.parametrize(
    ("kept", "null", "note"),
    [
        ({"seeds": (1,)}, ["r", "seed_ceiling", "sample_ceiling", "a_seed_lower"], "only one seed of p m"),
        ({"samples": "a"}, ["sample_ceiling", "disattenuated_sample", "a_sample_lower"], "only one document sample"),
        ({"noise": (0.0, 1.0 - 1e-12)}, ["disattenuated_seed", "seed_ceiling"], "not clearly above zero"),
    ],
)
def test_what_is_not_defined_is_null_with_a_note(kept: dict, null: list[str], note: str) -> None:
    table = cells_table([planted(words=40, **kept)], PEARSON).to_pandas()
    between = table[table["a_corpus"] != table["b_corpus"]]
    assert between[null].isna().all(axis=None)
    assert between["note"].str.contains(note).all()


def test_pairs_on_the_same_documents_are_not_disattenuated_by_sample() -> None:
    table = cells_table([planted(words=40, models="mn")], PEARSON).to_pandas()
    same = table[table["samples"] == "same"]
    assert same["disattenuated_sample"].isna().all()
    assert same["note"].str.contains("same documents").all()
    other = table[(table["samples"] == "other") & (table["a_corpus"] == table["b_corpus"])]
    own = other[other["a_model"] == other["b_model"]]
    assert own["disattenuated_sample"].to_numpy() == pytest.approx(1.0)
    assert set(own["relation"]) == {"sample"}
    assert set(other.loc[other["a_model"] != other["b_model"], "relation"]) == {"family and sample"}


@pytest.fixture(scope="module")
def real(study: SimpleNamespace) -> pa.Table:
    rosters = load_rosters(study.spaces, as_runs(study.runs), read_words(study.comparison), layer=1)
    counts = text_counts(study.counts, {"wiki": {"a", "b"}, "twitter": {"a", "b"}})
    return cells_table(list(rosters), CellSettings(epochs_of={"skipgram-short": "skipgram"}), counts)


def test_every_pair_of_cells_is_one_row_for_each_method(real: pa.Table) -> None:
    frame = real.to_pandas()
    # 12 cells of input vectors: 2 x 21 pairs in one corpus, on same and other samples; 36 between corpora.
    # 8 cells of contextual vectors, 4 a corpus: 2 x 10 pairs twice, and 16 between corpora.
    sizes = {"contextual": 56, "input": 120}
    assert frame.groupby(["roster", "method", "control"]).size().to_dict() == {
        (roster, method, control): size
        for roster, size in sizes.items()
        for method in ("pearson", "spearman")
        for control in ("none", "frequency")
    }
    assert (frame["r"] <= frame["seed_ceiling"] + 0.1).all()
    assert "epochs and sample" in set(frame["relation"])
    assert "seed other probe" in set(frame["relation"])
    assert frame.loc[frame["relation"] == "seed", "pairs"].eq(6).all()


def test_the_control_takes_frequency_out() -> None:
    roster = planted(words=120)
    # Log frequency in the own text as a direction of its own in every space.
    counts = {name: generator(5, name).integers(10, 5000, size=120) for name in "pq"}
    logs = {name: np.log(values) - np.log(values).mean() for name, values in counts.items()}
    both = zip(roster.spaces, roster.vectors, strict=True)
    tilted = tuple(np.hstack([v, 0.6 * logs[space.corpus][:, None]]).astype(np.float32) for space, v in both)
    tilted = Roster(roster.name, roster.spaces, roster.words, tilted)
    euclidean = CellSettings(dissimilarity=DissimilaritySettings(kind="euclidean"))
    controls = frequencies(tilted, counts)
    assert len(controls) == 4
    before, plain = (estimate_cells(each, "pearson", euclidean) for each in (roster, tilted))
    without = estimate_cells(tilted, "pearson", euclidean, controls)
    inside = np.array([pair.a.corpus == pair.b.corpus for pair in before.pairs])
    raised, taken = ((found.values["mean"] - before.values["mean"])[inside] for found in (plain, without))
    assert (raised > 0.1).all()
    assert (np.abs(taken) < raised / 2).all()
    with pytest.raises(StudyError, match="no counts of q"):
        frequencies(tilted, {"p": counts["p"]})
