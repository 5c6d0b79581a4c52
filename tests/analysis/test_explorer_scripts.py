"""The scripts of the explorer over a planted study: outputs, provenance, and the same bytes twice."""

from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet as pq
from running import run_script

from wordspaces.analysis.explorer import agreement, courses, neighbours
from wordspaces.common.artefacts import read_with_content

MODELS = ["skipgram", "glove"]


def explored(study: SimpleNamespace, out: Path) -> dict[str, bytes]:
    """Run the three scripts; bytes of each output by name."""
    out.mkdir()
    lexicon = out.parent / "lexicon.txt"
    lexicon.write_text("king NN\nqueen NN\nw20 JJ\nw21 VB\n")
    chosen = [i for i, run in enumerate(study.runs) if run[2] in MODELS]
    runs, spaces = [study.runs[i] for i in chosen], [study.spaces[i] for i in chosen]

    def path(name: str) -> str:
        return str(out / name)

    run_script(
        "explore_neighbours",
        {"spaces": spaces, "counts": study.counts, "vocabulary": study.vocabulary},
        {"table": path("word_neighbours.parquet")},
        {"runs": runs, "explorer": {"models": MODELS, "k": 4, "least_count": 700}},
    )
    run_script(
        "explore_agreement",
        {"spaces": spaces, "comparison": study.comparison},
        {"table": path("word_agreement.parquet"), "csv": path("word_agreement.csv")},
        {"runs": runs, "models": MODELS},
    )
    outputs = {"words": "word_course.parquet", "words_csv": "word_course.csv", "pairs": "pair_course.parquet"}
    snapshots = [study.snapshots[study.learners.index(run)] for run in runs]
    run_script(
        "explore_courses",
        {"snapshots": snapshots, "comparison": study.comparison, "lexicon": str(lexicon)},
        {key: path(name) for key, name in outputs.items()},
        {"runs": runs, "explorer": {"models": MODELS, "pair_words": 4, "listed": ["w20"]}},
    )
    return {file.name: file.read_bytes() for file in sorted(out.iterdir())}


def test_scripts_write_their_tables_and_the_same_bytes_twice(study, tmp_path):
    first, second = explored(study, tmp_path / "first"), explored(study, tmp_path / "second")
    schemas = {
        "word_neighbours": neighbours.SCHEMA,
        "word_agreement": agreement.SCHEMA,
        "word_course": courses.WORD_COURSE,
        "pair_course": courses.PAIR_COURSE,
    }
    assert {name for name in first if name.endswith(".parquet")} == {f"{name}.parquet" for name in schemas}
    for name, schema in schemas.items():
        file = tmp_path / "first" / f"{name}.parquet"
        assert pq.read_schema(file).names == schema.names
        assert pq.read_metadata(file).num_rows > 0
        provenance, content = read_with_content(file)
        assert provenance.content == content
    assert first == second
    pairs = pq.read_table(tmp_path / "first" / "pair_course.parquet").to_pandas()
    assert {*pairs["word_a"], *pairs["word_b"]} == {"king", "queen", "w20", "w21"}
    assert (tmp_path / "first" / "word_course.csv").read_text().startswith('"corpus","model","id","word"')
