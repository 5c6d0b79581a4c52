"""Growth and quality over strengths: values from logs and spaces made by hand, and cells that have none."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.spatial.distance import pdist
from scipy.stats import pearsonr, spearmanr

from wordspaces.analysis.human import Ratings
from wordspaces.analysis.roster import Run, Words
from wordspaces.analysis.settings import RegularisationSettings
from wordspaces.analysis.sweeps.cells import Cell, Sweep, as_cells
from wordspaces.analysis.sweeps.regularisation import Trained, regularisation_tables
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator
from wordspaces.models.training_log import LOG_SCHEMA

WORDS = 30
KNOWN = Words(np.arange(WORDS, dtype=np.int32), tuple(f"w{i}" for i in range(WORDS)), np.full(WORDS, 9))
RATINGS = Ratings((*((f"w{i}", f"w{i + 7}") for i in range(20)), ("w1", "unseen")), np.arange(21.0) % 6)
SWEEPS = {"l2": Sweep("m", "l2"), "decay": Sweep("g", "weight_decay"), "epochs": Sweep("m", "epochs")}
SETTINGS = RegularisationSettings()


def log_of(norms: list[float], heldout: list[float | None]) -> pa.Table:
    rows = [
        {
            "step": 10 * i,
            "tokens_seen": 100 * i,
            "epoch": i / 2,
            "loss": 3.0 - i,
            "heldout_loss": loss,
            "penalty": 0.1 * i,
        }
        | {"gradient_norm": 1.0 + i, "embedding_norm": norm, "learning_rate": 0.1}
        for i, (norm, loss) in enumerate(zip(norms, heldout, strict=True))
    ]
    return pa.Table.from_pylist(rows, schema=LOG_SCHEMA)


def trained(strength: float, seed: int, **changed: object) -> Trained:
    vectors = generator(8, "common").standard_normal((WORDS, 5)) * (1.0 - strength)
    vectors += 0.4 * generator(8, "own", str(strength), str(seed)).standard_normal((WORDS, 5))
    log = log_of([0.5, 1.5 - strength, 2.0 - strength], [4.0, 3.0 + strength, 3.5])
    given = {"log": log, "compared": vectors.astype(np.float32), "vectors": vectors.astype(np.float32)} | changed
    return Trained(known=KNOWN, **given)


def study(sweep: str = "l2", strengths: tuple[float, ...] = (0.0, 0.5), seeds: tuple[int, ...] = (1, 2)):
    listed = [[sweep, s, "wiki", "a", f"m-{s}" if s else "m", "word2vec", seed] for s in strengths for seed in seeds]
    cells = as_cells(listed)
    return cells, {cell.run: trained(cell.value, cell.run.seed) for cell in cells}


def tables(cells, runs, settings=SETTINGS):
    found = regularisation_tables(cells, SWEEPS, runs, {"wordsim": RATINGS}, settings)
    return [table.to_pandas() for table in found]


def test_measures_of_the_log_are_its_values() -> None:
    table, growth = tables(*study())
    found = table[(table["setting_value"] == 0.5) & (table["seed"] == 1)].set_index("measure")["value"]
    expected = {"norm_start": 0.5, "norm_end": 1.5, "norm_growth": 3.0, "heldout_final": 3.5}
    expected |= {"heldout_best": 3.5, "heldout_best_at": 100.0, "heldout_rise": 0.0}
    assert found[list(expected)].to_dict() == pytest.approx(expected)
    free = table[(table["setting_value"] == 0.0) & (table["seed"] == 1)].set_index("measure")["value"]
    assert free["heldout_best"] == 3.0
    assert free["heldout_best_at"] == 100.0
    assert free["heldout_rise"] == 0.5
    assert len(growth) == 4 * 3
    one = growth[(growth["setting_value"] == 0.5) & (growth["seed"] == 2)]
    assert one["mean_norm"].tolist() == [0.5, 1.0, 1.5]
    assert one["tokens_seen"].tolist() == [0, 100, 200]
    assert one["penalty"].tolist() == pytest.approx([0.0, 0.1, 0.2])
    assert one["gradient_norm"].tolist() == [1.0, 2.0, 3.0]


def test_quality_is_that_of_a_library() -> None:
    cells, runs = study()
    table, _ = tables(cells, runs)
    run = next(cell.run for cell in cells if cell.value == 0.5 and cell.run.seed == 1)
    vectors = runs[run].vectors.astype(np.float64)
    units = vectors - vectors.mean(axis=0)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    rho = spearmanr([units[i] @ units[i + 7] for i in range(20)], RATINGS.ratings[:20]).statistic
    row = table[(table["variant"] == "m-0.5") & (table["seed"] == 1)].set_index("measure").loc["wordsim"]
    assert row["value"] == pytest.approx(rho)
    assert row["low"] < rho < row["high"]
    assert row["items"] == 20
    for measure, other in (("rsa_other_seed", "m-0.5"), ("rsa_unregularised", "m")):
        partner = runs[Run("wiki", "a", other, "word2vec", 2)].compared
        two = [pdist(v - v.astype(np.float64).mean(axis=0), "cosine") for v in (runs[run].compared, partner)]
        chosen = table[(table["variant"] == "m-0.5") & (table["seed"] == 1) & (table["measure"] == measure)]
        found = chosen.set_index("method")["value"]
        assert found["spearman"] == pytest.approx(spearmanr(*two).statistic, abs=1e-5)
        assert found["pearson"] == pytest.approx(pearsonr(*two).statistic, abs=1e-5)


def test_without_regularisation_the_two_agreements_are_one() -> None:
    table, _ = tables(*study())
    free = table[table["setting_value"] == 0.0].set_index(["seed", "method", "measure"])["value"].unstack()
    rows = free[free["rsa_other_seed"].notna()]
    assert len(rows) == 4
    np.testing.assert_array_equal(rows["rsa_other_seed"], rows["rsa_unregularised"])


def test_kinds_of_regularisation_are_told_apart() -> None:
    for sweep, kind in (("l2", "penalty in the loss"), ("decay", "decoupled decay"), ("epochs", "other")):
        table, growth = tables(*study(sweep))
        assert set(table["kind"]) == set(growth["kind"]) == {kind}
        assert set(table["model"]) == {SWEEPS[sweep].model}


def test_what_has_no_value_is_null_and_says_why() -> None:
    cells, runs = study(strengths=(0.25, 0.5), seeds=(1,))
    first, second = (cell.run for cell in cells)
    equal = np.ones((WORDS, 5), np.float32)
    after = log_of([0.0, 0.5], [None, None]).slice(1)
    runs = {first: trained(0.25, 1, log=after), second: trained(0.5, 1, compared=equal, vectors=equal)}
    table = tables(cells, runs)[0].set_index(["setting_value", "measure"])
    for key, told in (
        ((0.25, "norm_growth"), "no vectors before training"),
        ((0.25, "heldout_rise"), "no held-out loss"),
        ((0.25, "rsa_other_seed"), "only one seed"),
        ((0.25, "rsa_unregularised"), "the value 0 is not swept"),
        ((0.5, "wordsim"), "a vector equal to the mean of all"),
        ((0.5, "effective_rank"), "vectors that are all equal"),
    ):
        rows = table.loc[[key]]
        assert rows["value"].isna().all(), key
        assert rows["note"].str.contains(told).all(), key
    cells, runs = study()
    table = tables(cells, runs | {cells[-1].run: trained(0.5, 2, compared=equal)})[0]
    agreement = table[(table["setting_value"] == 0.5) & (table["measure"] == "rsa_other_seed")]
    assert agreement["note"].str.startswith("not defined: a vector equal").all()
    assert agreement["value"].isna().all()


def test_few_known_pairs_give_no_correlation() -> None:
    cells, runs = study()
    few = Ratings((("w1", "w2"), ("w3", "unseen")), np.array([1.0, 2.0]))
    table = regularisation_tables(cells, SWEEPS, runs, {"simlex": few}, SETTINGS)[0].to_pandas()
    rows = table[table["measure"] == "simlex"]
    assert rows["value"].isna().all()
    assert (rows["note"] == "not defined: 1 pairs have both words known").all()


def test_no_sweep_gives_empty_tables_and_a_strange_one_is_refused() -> None:
    assert [len(table) for table in tables([], {})] == [0, 0]
    cells, runs = study()
    with pytest.raises(StudyError, match="sweep 'x': found no variant and setting of it"):
        tables([Cell("x", 1.0, cells[0].run)], runs)
