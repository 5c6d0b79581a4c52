"""Run times are those of the benchmark files; the graph of rules is that of the records inside the files."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from wordspaces.common.artefacts import write_table, write_tensors
from wordspaces.common.provenance import Provenance
from wordspaces.report.page import made_by
from wordspaces.report.rules import EDGES, _graph, _ordered, record_of, recorded, rule_edges, rules
from wordspaces.report.runs import read_runs, rule_listing, stage_listing

HEAD = "s\th:m:s\tmax_rss\tcpu_time\n"


def test_jobs_are_summed_by_stage_and_rule(tmp_path):
    files = {
        "spaces/extract/b.tsv": "7.0\t0:00:07\t900.0\t6.0\n",
        "models/train/wiki/a/seed1.tsv": "1.5\t0:00:01\t100.0\t1.0\n",
        # A job that was tried twice, and one too short to be measured.
        "models/train/wiki/a/seed2.tsv": "99.0\t0:01:39\t999.0\t9.0\n4.0\t0:00:04\t250.0\t3.0\n",
        "models/measure.tsv": "0.2\t0:00:00\tNA\t-\n",
        "models/gone/x.tsv": "50.0\t0:00:50\t1.0\t1.0\n",
        "models/train/empty.tsv": "",
    }
    for name, lines in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(HEAD + lines)
    jobs = read_runs(tmp_path, ["extract", "train", "measure"])
    assert len(jobs) == 4
    rows = {row[0]: row[1:] for row in stage_listing(jobs).rows}
    assert list(rows) == ["models", "spaces"]
    assert rows["models"] == ["3", "5.7", "4.0", "4.0", "250"]
    listing = rule_listing(jobs)
    assert [row[:3] for row in listing.rows] == [
        ["measure", "models", "1"],
        ["train", "models", "2"],
        ["extract", "spaces", "1"],
    ]
    assert listing.rows[0][3:] == ["0.2", "0.2", "–", "–"]
    assert not listing.first
    assert read_runs(tmp_path / "none", ["train"]).empty


@pytest.fixture
def study(tmp_path):
    """Files of four stages: a download, tokens from it, two trainings with one space, a table that nobody recorded."""
    root = tmp_path / "study"

    def record(rule, *given):
        return Provenance(rule, "s.py", "0" * 32, inputs={str(path): "1" * 64 for path in given})

    download, tokens = tmp_path / "sources" / "x.txt", root / "tokens" / "t.parquet"
    table = pa.table({"x": [1]})
    download.parent.mkdir()
    download.write_text("x")
    write_table(tokens, table, record("encode", download))
    spaces = []
    for seed in (1, 2):
        weights = root / "models" / f"w{seed}.safetensors"
        write_tensors(weights, {"x": np.zeros(2, np.float32)}, record("train", tokens, root / "models" / "clock.json"))
        spaces.append(root / "spaces" / f"s{seed}.parquet")
        write_table(spaces[-1], table, record("extract", weights, tokens))
    last = root / "analysis" / "rsa.parquet"
    write_table(last, table, record("compare", *spaces, root / "spaces" / "gone.parquet"))
    return root, last


def test_edges_are_what_the_records_say(study):
    root, last = study
    edges = rule_edges(recorded([str(last)]), str(root))
    found = {tuple(row[:4]): row[4] for row in edges.itertuples(index=False)}
    assert found == {
        ("analysis", "compare", "spaces", "extract"): 2,
        ("analysis", "compare", "spaces", "gone.parquet"): 1,
        ("spaces", "extract", "models", "train"): 2,
        ("spaces", "extract", "tokens", "encode"): 1,
        ("models", "train", "tokens", "encode"): 1,
        ("models", "train", "models", "clock.json"): 1,
        ("tokens", "encode", "corpus", "downloads"): 1,
    }


def test_a_file_without_a_record_ends_the_way_back(tmp_path):
    broken = tmp_path / "x.parquet"
    broken.write_text("no parquet")
    for path in (broken, tmp_path / "absent.safetensors", tmp_path / "x.json"):
        assert record_of(path) is None
    assert recorded([str(broken)]) == {str(broken): None}


def test_names_stand_in_columns_and_do_not_overlap(study):
    root, last = study
    figure = rules(rule_edges(recorded([str(last)]), str(root))).figure
    figure.canvas.draw()
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts][-5:] == ["corpus", "tokens", "models", "spaces", "analysis"]
    assert len(axes.patches) == 7
    boxes = [text.get_window_extent() for text in axes.texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def test_barycentres_untangle_what_can_be_untangled():
    pairs = [(f"d{9 - number}", f"c{number}") for number in range(5)]
    edges = pd.DataFrame([("report", a, "analysis", b, 1) for a, b in pairs], columns=EDGES)
    columns = _ordered(_graph(edges))
    place = {rule: number for column in columns.values() for number, (_, rule) in enumerate(column)}
    assert all(place[a] == place[b] for a, b in pairs)


def test_nothing_recorded_is_said():
    drawn = rules(pd.DataFrame(columns=EDGES))
    assert "not defined" in drawn.figure.texts[0].get_text()


def test_a_figure_names_its_rule_and_what_that_was_given():
    record = Provenance("draw", "s.py", "0", inputs={"results/x/analysis/a.parquet": "1", "elsewhere/list.csv": "2"})
    made = made_by("results/x/figures/f.svg", record)
    assert made == {"rule": "draw", "given": ["analysis/a", "elsewhere/list"]}
