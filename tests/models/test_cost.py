"""Measured cost: the grid, the evidence that it is measured on, and the order in which tasks are timed."""

import json
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from wordspaces.common.artefacts import write_table
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.cooccurrence.tables import MATRIX_SCHEMA
from wordspaces.models.cost import timing
from wordspaces.models.cost.evidence import draw_pairs, first_pairs, read_first, sized
from wordspaces.models.cost.grid import ATTENTION, SOFTMAX, TRAINING, Point, grid
from wordspaces.models.cost.settings import CostSettings
from wordspaces.models.cost.timing import interleaved, read_costs, records, write_costs
from wordspaces.tokens.encoded import Encoded, read_encoded

MADE = Provenance("r", "s.py", "0")


def text_of(*lengths, sentence=3):
    """Documents of some lengths with ids 0, 1, ...; a sentence ends after every third token."""
    ends = np.cumsum([0, *lengths])
    starts = [np.arange(first, last, sentence) for first, last in pairwise(ends)]
    return Encoded(np.arange(ends[-1], dtype=np.int32), ends, np.append(np.concatenate(starts), ends[-1]))


def test_one_factor_is_swept_at_a_time_and_the_others_stay_at_their_base():
    settings = CostSettings()
    swept = grid(settings, 10**6, 8000)
    base = {
        "tokens": settings.base.tokens,
        "window": settings.base.window,
        "dimension": settings.base.dimension,
        "pairs": settings.base.pairs,
        "context": settings.base.context,
    }
    sweeps = {
        "tokens": settings.tokens,
        "window": settings.windows,
        "pairs": settings.pairs,
        "vocabulary": settings.vocabularies,
        "context": settings.contexts,
    }
    for factor, point in swept:
        for name, value in base.items():
            if name != factor and getattr(point, name) is not None and point.measure != SOFTMAX:
                assert getattr(point, name) == value
    for trainer, measure, factor in {(point.trainer, point.measure, factor) for factor, point in swept}:
        found = [getattr(p, f) for f, p in swept if (p.trainer, p.measure, f) == (trainer, measure, factor)]
        widths = settings.widths if trainer in ("gpt", "bert") else settings.dimensions
        assert found == sweeps.get(factor, widths)


def test_an_update_has_as_many_positions_whatever_the_row_and_attention_as_many_rows():
    settings = CostSettings()
    for _, point in grid(settings, 10**6, 8000):
        if point.context and point.measure == TRAINING:
            assert point.rows * point.context == settings.base.positions
        if point.measure == ATTENTION:
            assert point.rows == settings.base.rows


def test_what_a_study_does_not_have_is_not_in_its_grid():
    found = {(p.trainer, f) for f, p in grid(CostSettings(), 100_000, 1500)}
    assert ("glove", "pairs") in found
    assert ("skipgram", "vocabulary") not in found  # three of the values are left: too few for a slope
    assert ("glove", "pairs") not in {(p.trainer, f) for f, p in grid(CostSettings(), 80_000, 1500)}
    assert max(p.pairs for f, p in grid(CostSettings(), 100_000, 1500) if p.pairs) == 100_000
    assert grid(CostSettings(trainers=[]), 10, 10) == []


@pytest.mark.parametrize("wrong", [{"tokens": [1, 2, 3]}, {"windows": [4, 2, 8, 16]}, {"contexts": [8, 16, 32, 4096]}])
def test_sweeps_that_give_no_slope_are_refused(wrong):
    with pytest.raises(ValidationError):
        CostSettings(**wrong)


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5), tokens=st.integers(1, 60))
def test_a_text_is_repeated_and_cut(lengths, tokens):
    text = text_of(*lengths)
    found = sized(text, tokens)
    np.testing.assert_array_equal(found.ids, np.arange(tokens) % sum(lengths))
    assert found.documents[-1] == found.sentences[-1] == tokens
    assert set(found.documents) <= set(found.sentences)
    assert set(found.documents[:-1] % sum(lengths)) <= set(text.documents[:-1])
    assert (np.diff(found.documents) > 0).all()
    assert (np.diff(found.sentences) > 0).all()
    assert np.diff(found.documents).max() <= max(lengths)


def encoded_file(path, documents):
    schema = pa.schema([("document", pa.string()), ("ids", pa.list_(pa.int32())), ("sentences", pa.list_(pa.int32()))])
    rows = [{"document": str(i), "ids": ids, "sentences": starts} for i, (ids, starts) in enumerate(documents)]
    write_table(path, pa.Table.from_pylist(rows, schema=schema), MADE)
    return path


def test_a_text_is_read_no_further_than_needed(tmp_path):
    first = encoded_file(tmp_path / "a.parquet", [([1, 2, 3], [0, 2]), ([4], [0])])
    second = encoded_file(tmp_path / "b.parquet", [([5, 6], [0]), ([7, 8, 9], [0, 1])])
    whole, twin = read_first([first, second], 100), read_encoded([first, second])
    for name in ("ids", "documents", "sentences"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(twin, name))
    assert read_first([first, tmp_path / "none.parquet"], 4).ids.tolist() == [1, 2, 3, 4]
    assert read_first([first, second], 5).ids.tolist() == [1, 2, 3, 4, 5, 6]
    with pytest.raises(StudyError, match="no token"):
        read_first([encoded_file(tmp_path / "c.parquet", [])], 5)


def test_pairs_are_drawn_evenly_and_any_first_few_are_such_a_draw(tmp_path):
    row = np.repeat(np.arange(200, dtype=np.int32), 50)
    column = np.tile(np.arange(50, dtype=np.int32), 200)
    table = pa.Table.from_arrays([row, column, 1.0 + row + column / 100], schema=MATRIX_SCHEMA)
    write_table(tmp_path / "x.parquet", table, MADE)
    drawn = draw_pairs(tmp_path / "x.parquet", 4000)
    np.testing.assert_allclose(drawn[2], 1.0 + drawn[0] + drawn[1] / 100)
    assert len(set(zip(*(part.tolist() for part in drawn[:2]), strict=True))) == 4000
    for part in (drawn, first_pairs(drawn, 1000)):
        # Means of uniform draws, within four standard errors.
        assert abs(part[0].mean() - 99.5) < 4 * 57.7 / np.sqrt(len(part[0]))
        assert abs(part[1].mean() - 24.5) < 4 * 14.4 / np.sqrt(len(part[0]))
    few = first_pairs(drawn, 1000)
    assert (np.diff(few[0].astype(np.int64) * 50 + few[1]) > 0).all()
    assert len(draw_pairs(tmp_path / "x.parquet", 10**6)[0]) == len(row)


def test_tasks_are_timed_in_turn_and_a_short_one_many_times(monkeypatch):
    now, called = [0.0], []
    monkeypatch.setattr(timing.time, "process_time", lambda: now[0])
    monkeypatch.setattr(timing.time, "perf_counter", lambda: 2.0 * now[0])

    def task(number, seconds):
        def run():
            called.append(number)
            # The first call is slow, as a compilation is.
            now[0] += seconds + (50.0 if called.count(number) == 1 else 0.0)

        return run

    times = interleaved([task(0, 0.004), task(1, 0.5), task(2, 0.02)], 4)
    np.testing.assert_allclose(times.cpu, np.repeat([[0.004], [0.5], [0.02]], 4, axis=1))
    np.testing.assert_allclose(times.wall, 2 * times.cpu)
    assert [called.count(number) for number in range(3)] == [2 + 4 * 3, 2 + 4, 2 + 4]
    rounds = np.array_split(called[6:], 4)
    assert all(set(part) == {0, 1, 2} for part in rounds)
    assert len({tuple(dict.fromkeys(part.tolist())) for part in rounds}) > 1


def test_seconds_of_a_sleeper_are_not_counted():
    def task():
        end = time.process_time() + 0.002
        while time.process_time() < end:
            pass
        time.sleep(0.02)

    times = interleaved([task], 2)
    assert (times.cpu > 0.0019).all()
    assert (times.cpu < times.wall).all()


def test_records_keep_medians_and_quartiles_and_come_back(tmp_path):
    point, other = Point("cbow", TRAINING, 8, tokens=10), Point("cbow", TRAINING, 8, tokens=20)
    cpu = np.array([[1.0, 9.0, 2.0], [5.0, 5.0, 5.0]])
    found = records(
        [("tokens", point), ("dimension", point), ("tokens", other)], [point, other], timing.Times(cpu, cpu)
    )
    assert [record["seconds"] for record in found] == [2.0, 2.0, 5.0]
    assert (found[0]["low"], found[0]["high"], found[0]["family"]) == (1.5, 5.5, "word2vec")
    write_costs(tmp_path / "cost.json", found)
    assert read_costs(tmp_path / "cost.json") == found
    for wrong in ("{", "[]", json.dumps({"measurements": [{"seconds": 1}]})):
        Path(tmp_path / "wrong.json").write_text(wrong)
        with pytest.raises(StudyError, match="no readable costs"):
            read_costs(tmp_path / "wrong.json")
