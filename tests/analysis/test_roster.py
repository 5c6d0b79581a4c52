"""Rosters: alignment, the declared layer, and refusals."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from wordspaces.analysis.roster import (
    Words,
    as_runs,
    corpus_words,
    join_external,
    load_rosters,
    read_snapshots,
    read_starts,
    read_words,
)
from wordspaces.common.artefacts import read_table, read_tensors, write_table, write_tensors
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.spaces.table import space_block


def test_input_roster_is_sorted_and_aligned(study: SimpleNamespace, vectors_of: Callable) -> None:
    words = read_words(study.comparison)
    turned = list(reversed(range(len(study.runs))))
    roster, contextual = load_rosters(
        [study.spaces[i] for i in turned], as_runs([study.runs[i] for i in turned]), words
    )
    assert contextual is None
    assert list(roster.spaces) == sorted(roster.spaces)
    assert len(roster.spaces) == 72
    for space, vectors in zip(roster.spaces, roster.vectors, strict=True):
        run = space.run
        expected = vectors_of([run.corpus, run.sample, run.model, run.family, run.seed])[words.ids]
        np.testing.assert_array_equal(vectors, expected)


def test_contextual_roster_holds_the_words_that_all_spaces_have(study: SimpleNamespace) -> None:
    words = read_words(study.comparison)
    _, contextual = load_rosters(study.spaces, as_runs(study.runs), words, layer=1)
    assert {(space.model, space.probe, space.layer) for space in contextual.spaces} == {
        (model, probe, 1) for model in ("gpt", "bert") for probe in ("twitter", "wiki")
    }
    assert len(contextual.spaces) == 48
    half = study.vocabulary_size // 2
    expected = [i for i in words.ids if i < half or i % 5 != 0]
    assert contextual.words.ids.tolist() == expected
    table = read_table(study.spaces[study.runs.index(["wiki", "b", "gpt", "gpt", 2])])
    frame = table.to_pandas().query("space == 'layer1@twitter'").set_index("id").loc[expected]
    at = [str(space) for space in contextual.spaces].index("wiki/b/gpt/seed2 layer1@twitter")
    np.testing.assert_array_equal(contextual.vectors[at], np.stack(frame["vector"]))


def test_words_without_contexts_are_left_out(study: SimpleNamespace, tmp_path: Path, write: Callable) -> None:
    index = study.runs.index(["wiki", "a", "gpt", "gpt", 1])
    frame = read_table(study.spaces[index]).to_pandas()
    frame.loc[(frame["space"] == "layer1@wiki") & (frame["id"] == 9), "contexts"] = 0
    table = pa.Table.from_pandas(frame, schema=read_table(study.spaces[index]).schema, preserve_index=False)
    path = write(tmp_path / "seed1.parquet", table)
    words = read_words(study.comparison)
    _, contextual = load_rosters([path], as_runs([study.runs[index]]), words, layer=1)
    assert 9 not in contextual.words.ids
    assert 10 in contextual.words.ids


def test_an_absent_layer_is_refused_with_the_ones_there_are(study: SimpleNamespace) -> None:
    with pytest.raises(StudyError, match="layers 1, 2"):
        load_rosters(study.spaces, as_runs(study.runs), read_words(study.comparison), layer=7)


def test_a_comparison_word_without_a_vector_is_refused(study: SimpleNamespace) -> None:
    words = Words(np.array([8, 9, 10, 5000], np.int32), ("a", "b", "c", "absent"), np.full(4, 10))
    with pytest.raises(StudyError, match="'absent'"):
        load_rosters(study.spaces[:1], as_runs(study.runs[:1]), words)


def test_too_few_comparison_words_are_refused(study: SimpleNamespace, tmp_path: Path, write: Callable) -> None:
    path = write(tmp_path / "comparison.parquet", read_table(study.comparison).slice(0, 2))
    with pytest.raises(StudyError, match="2 comparison words"):
        read_words(path)


def test_snapshots_must_begin_before_training(study: SimpleNamespace, tmp_path: Path) -> None:
    tensors = read_tensors(study.snapshots[0])
    late, uneven = tmp_path / "late.safetensors", tmp_path / "uneven.safetensors"
    record = Provenance(rule="planted", script="tests", code="0")
    write_tensors(late, tensors | {"step": tensors["step"] + 1}, record)
    write_tensors(uneven, tensors | {"vectors": tensors["vectors"][:-1]}, record)
    with pytest.raises(StudyError, match="step 0"):
        read_snapshots(str(late))
    with pytest.raises(StudyError, match="4 snapshots at 5 steps"):
        read_snapshots(str(uneven))


def test_starts_are_the_first_snapshots(study: SimpleNamespace) -> None:
    starts = read_starts(study.snapshots[:2], as_runs(study.runs[:2]))
    for path, run in zip(study.snapshots[:2], as_runs(study.runs[:2]), strict=True):
        np.testing.assert_array_equal(starts[run], read_tensors(path)["initial"])
        np.testing.assert_array_equal(starts[run][:12], read_tensors(path)["vectors"][0][:12])


def test_words_of_a_corpus_need_their_count_in_each_of_its_samples(tmp_path) -> None:
    cells = [
        ("wiki", "a", [9, 9, 5, 4]),
        ("wiki", "b", [9, 6, 5, 9]),
        ("wiki", "heldout", [0] * 4),
        ("tw", "a", [9] * 4),
    ]
    counts = {
        "corpus": [corpus for corpus, _, _ in cells for _ in range(4)],
        "sample": [sample for _, sample, _ in cells for _ in range(4)],
        "id": np.tile(np.arange(4, dtype=np.int32), len(cells)),
        "count": np.concatenate([np.array(values, np.int64) for _, _, values in cells]),
    }
    vocabulary = {"id": np.arange(4, dtype=np.int32), "token": list("abcd"), "kind": ["special", *["word"] * 3]}
    record = Provenance(rule="planted", script="tests", code="0")
    write_table(tmp_path / "counts.parquet", pa.table(counts), record)
    write_table(tmp_path / "vocabulary.parquet", pa.table(vocabulary), record)
    found = corpus_words(
        str(tmp_path / "counts.parquet"), str(tmp_path / "vocabulary.parquet"), {"wiki": {"a", "b"}, "tw": {"a"}}, 5
    )
    assert (found["wiki"].tokens, found["wiki"].counts.tolist()) == (("b", "c"), [6, 5])
    assert found["tw"].tokens == ("b", "c", "d")


def test_external_vectors_join_over_the_words_that_all_have(
    study: SimpleNamespace, tmp_path: Path, write: Callable
) -> None:
    words = read_words(study.comparison)
    roster, _ = load_rosters(study.spaces, as_runs(study.runs), words)
    tokens, rng = list(words.tokens), np.random.default_rng(3)
    known = np.sort(rng.choice(len(words), len(words) - 5, replace=False))
    paths, vectors = {}, {}
    for name, rows in {"published": known, "mine": np.arange(len(words) - 2)}.items():
        vectors[name] = rng.normal(size=(len(rows), 7)).astype(np.float32)
        nothing, listed = np.zeros(len(rows), np.int32), [tokens[row] for row in rows]
        paths[name] = str(tmp_path / f"{name}.parquet")
        write(paths[name], space_block("input", -1, "", words.ids[rows], listed, nothing, vectors[name]))
    joined = join_external(roster, paths)
    assert joined.name == "external"
    assert [space.model for space in joined.spaces if space.family == "external"] == ["mine", "published"]
    common = np.array([row for row in known if row < len(words) - 2])
    assert joined.words.ids.tolist() == words.ids[common].tolist()
    assert len(joined.spaces) == len(joined.vectors) == 74
    np.testing.assert_array_equal(joined.vectors[0], roster.vectors[0][common])
    np.testing.assert_array_equal(joined.vectors[-2], vectors["mine"][common])
    np.testing.assert_array_equal(joined.vectors[-1], vectors["published"][np.searchsorted(known, common)])
    write(paths["mine"], space_block("input", -1, "", words.ids[:3], tokens[:3], np.zeros(3, np.int32), np.eye(3)))
    with pytest.raises(StudyError, match="3 comparison words left with those of 'mine'"):
        join_external(roster, {"mine": paths["mine"]})
