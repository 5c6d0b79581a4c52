"""Benchmark files as Snakemake writes them, and what its looks at a job leave out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.planning.benchmarks import last_look, read_record, read_records

HEAD = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def written(folder, seconds, core, memory="300.5", lines=1):
    path = folder / "job.tsv"
    path.write_text(HEAD + f"{seconds}\t0:00:00\t{memory}\t1\t1\t1\t0\t0\t50\t{core}\n" * lines)
    return path


@given(st.floats(0, 1e5))
def test_the_last_look_is_never_more_than_an_interval_ago(seconds):
    looked = last_look(seconds)
    assert 0 <= looked <= seconds
    assert seconds - looked <= (0.53 + 1e-6 if seconds < 16.43 else 30)


@pytest.mark.parametrize(
    ("seconds", "seen", "core"),
    [
        (58.07, 20.27, 20.27 * 58.07 / 46.43),  # looked at after 16.43 s and 46.43 s
        (40.0, 16.4, 16.4 * 40 / 16.43),
        (10.6, 10.6, 10.6),  # at work all the time: no more than the clock
        (3600.0, 7000.0, 7000.0),  # several threads: as it was seen
    ],
)
def test_what_came_after_the_last_look_is_added_at_the_same_rate(tmp_path, seconds, seen, core):
    record = read_record(written(tmp_path, seconds, seen))
    assert record.core_seconds == pytest.approx(core, rel=0.02)
    assert record.seconds == seconds
    assert record.megabytes == 300.5


@pytest.mark.parametrize("seen", ["NA", "0.00", "-"])
def test_a_job_that_was_not_seen_at_work_counts_its_seconds(tmp_path, seen):
    record = read_record(written(tmp_path, 0.4, seen, memory="NA"))
    assert (record.core_seconds, record.megabytes) == (0.4, None)


def test_the_last_line_counts(tmp_path):
    path = written(tmp_path, 5.3, 5.3)
    path.write_text(path.read_text() + "8.0\t0:00:08\t10\t1\t1\t1\t0\t0\t50\t8.0\n")
    assert read_record(path).seconds == 8


@pytest.mark.parametrize("text", ["", HEAD, HEAD + "1.0\t0:0", "no\ttable\n1\t2\n"])
def test_a_file_that_is_cut_short_has_no_record(tmp_path, text):
    path = tmp_path / "job.tsv"
    path.write_text(text)
    assert read_record(path) is None
    assert read_record(tmp_path / "missing.tsv") is None


def test_reading_stops_when_patience_ends(tmp_path):
    path = str(written(tmp_path, 5, 5))
    assert [record is None for record in read_records([path, None, path])] == [False, True, False]
    assert read_records([path, path], patience=0) == [None, None]
