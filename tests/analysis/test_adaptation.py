"""Adaptation: planted moves, identity, rotation, the course of a space, bits, and the script of the rule."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from running import run_script

from wordspaces.analysis.adaptation.course import Adapted, Family, adaptation_table, as_adapted, held_out_bits
from wordspaces.analysis.adaptation.moved import displaced, distances, moved_tables, word_moves
from wordspaces.analysis.adaptation.settings import AdaptationSettings
from wordspaces.analysis.roster import Roster, Run, Space, Words
from wordspaces.common.artefacts import write_table, write_tensors
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.models.training_log import TrainingLog

N, D, VARIANT = 80, 6, "sg-from-wiki"
SETTINGS = AdaptationSettings(k=5, most=4, listed=["w3", "absent"], least_words=20, least_class=2)
PROVENANCE = Provenance("test", "s.py", "1" * 32)


def normal(*names):
    return np.random.default_rng([len(str(name)) * 131 + sum(map(ord, str(name))) for name in names]).standard_normal(
        (N, D)
    )


def roster(end):
    """Two seeds of both corpora, and a run that ends at `end` of the start."""
    tables = {(c, "sg", s): normal(c) + 0.3 * normal(c, s) for c in ("wiki", "twitter") for s in (1, 2)}
    tables["twitter", VARIANT, 1] = end(tables["wiki", "sg", 1], tables["twitter", "sg", 2])
    spaces = tuple(Space(corpus, "a", model, "word2vec", seed) for corpus, model, seed in tables)
    words = Words(np.arange(N, dtype=np.int32), tuple(f"w{i}" for i in range(N)), np.full(N, 9))
    return Roster("input", spaces, words, tuple(tables.values()))


ADAPTED = as_adapted([Run("twitter", "a", VARIANT, "word2vec", 1)], {VARIANT: ["sg", "wiki", "continued"]}, "a")


def test_words_that_were_moved_rank_first_and_the_others_did_not_move():
    moved = np.array([5, 17, 40])

    def end(start, native):
        start = start.copy()
        start[moved] *= -1.0
        return start

    found = roster(end)
    moves = word_moves(found, Family.of(found, ADAPTED[0]), 5)
    order = np.argsort(-moves["displacement"])
    assert set(order[:3]) == set(moved)
    assert not np.delete(moves["displacement"], moved).any()
    assert not np.delete(moves["distance"], moved).any()
    np.testing.assert_allclose(moves["distance"][moved], 2.0)
    assert set(np.argsort(moves["second_order_source"])[:3]) == set(moved)
    tables = moved_tables(found, ADAPTED, {"wiki": np.full(N, 4), "twitter": np.full(N, 9)}, {"w1": "noun"}, SETTINGS)
    most = tables[1].to_pandas().query("chosen == 'most moved'")
    assert set(most["word"].unique()[:3]) == {f"w{i}" for i in moved}
    np.testing.assert_allclose(tables[0]["log_ratio"].to_numpy(), np.log(2.0))


def test_a_run_that_learnt_nothing_moves_nothing():
    found = roster(lambda start, native: start)
    moves = word_moves(found, Family.of(found, ADAPTED[0]), 5)
    assert not moves["displacement"].any()
    assert (moves["overlap_source"] == 1.0).all()
    np.testing.assert_allclose(moves["second_order_source"], 1.0)
    np.testing.assert_array_equal(moves["overlap_target_before"], moves["overlap_target_after"])


def test_a_rotation_moves_every_word_but_keeps_its_neighbours():
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((D, D)))[0]
    found = roster(lambda start, native: start @ turn)
    moves = word_moves(found, Family.of(found, ADAPTED[0]), 5)
    assert np.median(moves["displacement"]) > 0.1
    assert (moves["overlap_source"] == 1.0).all()
    np.testing.assert_allclose(moves["second_order_source"], 1.0)


def test_one_who_ends_at_the_target_has_its_neighbours():
    found = roster(lambda start, native: native)
    moves = word_moves(found, Family.of(found, ADAPTED[0]), 5)
    assert (moves["overlap_target_after"] == 1.0).all()
    assert moves["overlap_target_before"].mean() < 0.3


def test_a_move_counts_beyond_that_of_other_text_of_the_same_corpus():
    tables = {("wiki", "a", "sg", s): normal("wiki") + 0.3 * normal("wiki", s) for s in (1, 2)}
    start = tables["wiki", "a", "sg", 1]
    tables["twitter", "a", VARIANT, 1], tables["wiki", "b", VARIANT, 1] = start.copy(), start.copy()
    tables["twitter", "a", VARIANT, 1][:10] *= -1.0
    tables["wiki", "b", VARIANT, 1][5:10] *= -1.0
    spaces = tuple(Space(corpus, sample, model, "word2vec", seed) for corpus, sample, model, seed in tables)
    words = Words(np.arange(N, dtype=np.int32), tuple(f"w{i}" for i in range(N)), np.full(N, 9))
    found = Roster("input", spaces, words, tuple(tables.values()))
    runs = [Run("twitter", "a", VARIANT, "word2vec", 1), Run("wiki", "b", VARIANT, "word2vec", 1)]
    adapted = as_adapted(runs, {VARIANT: ["sg", "wiki", "continued"]}, "a")
    counts = {"wiki": np.full(N, 4), "twitter": np.full(N, 9)}
    rows = moved_tables(found, adapted, counts, {}, SETTINGS)[0].to_pandas()
    assert set(rows["target"]) == {"twitter"}
    assert set(rows.nlargest(5, "excess")["word"]) == {f"w{i}" for i in range(5)}
    np.testing.assert_allclose(rows.loc[rows["id"] >= 10, "displacement_control"], 0.0)
    assert (rows.loc[rows["id"].between(5, 9), "displacement_control"] > 1.0).all()
    alone = moved_tables(found, adapted[:1], counts, {}, SETTINGS)[0].to_pandas()
    assert alone["excess"].isna().all()


def test_displacements_by_hand_and_refusals():
    before = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 2.0], [0.0, -2.0]])
    after = np.array([[0.0, 3.0], [-1.0, 0.0], [0.0, 1.0], [0.0, 2.0]])
    np.testing.assert_allclose(displaced(before, after), [1.0, 0.0, 0.0, 2.0])
    np.testing.assert_allclose(distances(before, after), [np.sqrt(10.0), 0.0, 0.5, 2.0])
    with pytest.raises(StudyError, match="not finite"):
        displaced(before, np.where(after == 3.0, np.nan, after))
    lost = roster(lambda start, native: start)
    with pytest.raises(StudyError, match="no space of mars"):
        Family.of(lost, Adapted(ADAPTED[0].run, "sg", "mars", "continued", "a"))


@pytest.fixture
def files(tmp_path):
    """A roster whose run goes half of the way to the target's other seed, with its files."""
    found = roster(lambda start, native: 0.5 * start + 0.5 * native)
    start, end = found.vectors[0], found.vectors[4]
    vectors = np.stack([start, 0.5 * (start + end), end]).astype(np.float32)
    tensors = {"initial": vectors[0], "vectors": vectors, "tokens_seen": np.arange(3) * 10, "step": np.arange(3)}
    log = TrainingLog("test")
    for step in range(3):
        row = {
            "step": step,
            "tokens_seen": 10 * step,
            "epoch": step / 2,
            "loss": 3.0 - step,
            "heldout_loss": 4.0 - step,
        }
        log.add(**row, gradient_norm=1.0, embedding_norm=1.0, learning_rate=0.1)
    paths = str(tmp_path / "snapshots.safetensors"), str(tmp_path / "log.parquet")
    write_tensors(paths[0], tensors, PROVENANCE)
    write_table(paths[1], log.table(), PROVENANCE)
    return found, *paths


def test_the_course_begins_at_the_source_and_nears_the_target(files):
    found, snapshots, log = files
    bits = {ADAPTED[0].start: {"wiki": (6.0, 0.1), "twitter": (9.0, 0.1)}, ADAPTED[0].run: {"wiki": (7.0, 0.2)}}
    table = adaptation_table(found, ADAPTED, [snapshots], [log], bits, SETTINGS).to_pandas()
    course = table[table["step"].notna()].pivot(index="step", columns="measure", values="value")
    assert course.loc[0, "rsa_source"] == pytest.approx(1.0)
    assert course.loc[0, "displacement"] == 0.0
    assert (np.diff(course["rsa_source_other"]) < 0).all()
    assert (np.diff(course["rsa_target"]) > 0).all()
    assert course["heldout_loss"].tolist() == [4.0, 3.0, 2.0]
    assert course.loc[[0, 2], "bits_source"].tolist() == [6.0, 7.0]
    assert course["bits_target"].notna().tolist() == [True, False, False]
    rows = table[table["measure"] == "rsa_target"]
    assert ((rows["low"] < rows["value"]) & (rows["value"] < rows["high"])).all()
    assert table[table["step"].isna()]["measure"].tolist() == ["reliability_source", "reliability_target"]


def test_correlations_are_pearson_of_centred_cosines(files):
    found, snapshots, log = files
    table = adaptation_table(found, ADAPTED, [snapshots], [log], {}, SETTINGS).to_pandas()
    last = table[(table["step"] == 2) & (table["measure"] == "rsa_target")]["value"].item()

    def cosines(vectors):
        centred = vectors - vectors.mean(axis=0)
        units = centred / np.linalg.norm(centred, axis=1, keepdims=True)
        return (units @ units.T)[np.triu_indices(N, 1)]

    end, native = found.vectors[4], found.vectors[3]
    assert last == pytest.approx(np.corrcoef(cosines(end), cosines(native))[0, 1], abs=1e-6)


def test_one_seed_gives_nulls_with_a_reason(files):
    found, snapshots, log = files
    alone = found.select([0, 2, 4])
    table = adaptation_table(alone, ADAPTED, [snapshots], [log], {}, SETTINGS).to_pandas()
    rows = table[table["measure"].isin(["rsa_source_other", "rsa_target", "reliability_source"])]
    assert rows["value"].isna().all()
    assert rows["note"].str.startswith("not defined").all()
    moves = word_moves(alone, Family.of(alone, ADAPTED[0]), 5)
    assert np.isnan(moves["second_order_seed"]).all()
    assert np.isfinite(moves["displacement"]).all()


def vocabulary_file(folder):
    ids = pa.array(np.arange(N), pa.int32())
    tokens = ["<unk>", "<eos>", *(f"w{i}" for i in range(2, N))]
    kinds = ["special", "special", *["word"] * (N - 2)]
    write_table(str(folder / "vocabulary.parquet"), pa.table({"id": ids, "token": tokens, "kind": kinds}), PROVENANCE)
    return str(folder / "vocabulary.parquet")


def test_bits_are_means_over_words_without_other_specials(tmp_path):
    scored = pa.table(
        {
            "probe": ["wiki"] * 5 + ["twitter"],
            "question": ["causal"] * 6,
            "id": pa.array([0, 1, 2, 3, 4, 5], pa.int32()),
            "bits": pa.array([2.0, 90.0, 4.0, 6.0, 8.0, 3.0], pa.float32()),
        }
    )
    write_table(str(tmp_path / "p.parquet"), scored, PROVENANCE)
    run = ADAPTED[0].run
    found = held_out_bits(
        [str(tmp_path / "p.parquet")], [run], vocabulary_file(tmp_path), AdaptationSettings(batches=2)
    )
    assert found[run]["wiki"][0] == pytest.approx(5.0)
    assert found[run]["wiki"][1] == pytest.approx(np.std([3.0, 7.0], ddof=1) / np.sqrt(2))
    assert found[run]["twitter"][0] == pytest.approx(3.0)
    assert held_out_bits([], [], "nowhere", AdaptationSettings()) == {}


def script_inputs(folder, found, snapshots, log):
    """Files of the rule for the spaces of `found`."""
    paths = []
    for number, vectors in enumerate(found.vectors):
        rows = {"space": ["input"] * N, "layer": pa.array([-1] * N, pa.int32()), "probe": [""] * N}
        rows |= {"id": pa.array(np.arange(N), pa.int32()), "contexts": pa.array([0] * N, pa.int32())}
        flat = pa.array(vectors.astype(np.float32).ravel())
        rows["vector"] = pa.FixedSizeListArray.from_arrays(flat, D)
        paths.append(str(folder / f"{number}.parquet"))
        write_table(paths[-1], pa.table(rows), PROVENANCE)
    ids = pa.array(np.arange(N), pa.int32())
    comparison = pa.table({"id": ids, "token": list(found.words.tokens), "count": pa.array([9] * N)})
    count = {"sample": ["a"] * N, "id": ids, "count": pa.array(range(1, N + 1))}
    counts = [pa.table({"corpus": [corpus] * N} | count) for corpus in ("wiki", "twitter")]
    for name, table in (("comparison", comparison), ("counts", pa.concat_tables(counts))):
        write_table(str(folder / f"{name}.parquet"), table, PROVENANCE)
    (folder / "lexicon").write_text("".join(f"w{i} {'NN' if i % 2 else 'VB'}\n" for i in range(N)))
    inputs = {name: str(folder / f"{name}.parquet") for name in ("comparison", "counts")}
    inputs |= {"lexicon": str(folder / "lexicon"), "vocabulary": vocabulary_file(folder), "probabilities": []}
    return inputs | {"spaces": [paths[-1], *paths[:-1]], "snapshots": [snapshots], "logs": [log]}


@pytest.mark.parametrize("asked", [True, False])
def test_the_script_writes_four_tables_and_none_where_nothing_is_asked(tmp_path, files, asked):
    found, snapshots, log = files
    inputs = script_inputs(tmp_path, found, snapshots, log)
    runs = [[s.corpus, s.sample, s.model, s.family, s.seed] for s in found.spaces]
    params = {"adapted_runs": runs[-1:], "runs": runs[:-1], "causal_runs": []}
    if not asked:
        inputs |= {"spaces": [], "snapshots": [], "logs": []}
        params |= {"adapted_runs": [], "runs": []}
    params |= {
        "first_sample": "a",
        "variants": {VARIANT: ["sg", "wiki", "continued"]},
        "adaptation": SETTINGS.model_dump(mode="json"),
    }
    names = ("adaptation", "words", "neighbours", "factors")
    outputs = {name: str(tmp_path / f"out_{name}.parquet") for name in names}
    outputs |= {f"{name}_csv": str(tmp_path / f"out_{name}.csv") for name in names}
    run_script("follow_adaptation", inputs, outputs, params)
    sizes = {name: pq.read_table(outputs[name]).num_rows for name in names}
    assert (sizes["words"], sizes["neighbours"]) == ((N, 5 * 3 * 5 + 1) if asked else (0, 0))
    assert all((size > 0) == asked for size in sizes.values())
    assert len(pd.read_csv(outputs["words_csv"])) == sizes["words"]
