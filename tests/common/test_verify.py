"""`verify` finds each way in which a file can differ from what it says of itself."""

import numpy as np
import pyarrow as pa
import pytest

from wordspaces.common.artefacts import write_table, write_tensors
from wordspaces.common.code import PACKAGE_ROOT, code_digest
from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance, file_digest
from wordspaces.common.verify import READERS, verify
from wordspaces.verify import main

SCRIPT = "scripts/merge_cooccurrence.py"


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A study of two artefacts, one made from the other."""
    monkeypatch.chdir(tmp_path)
    code = code_digest(PACKAGE_ROOT.parent / SCRIPT)
    write_table("results/s/a.parquet", pa.table({"x": [1, 2]}), Provenance("r", SCRIPT, code))
    inputs = {"results/s/a.parquet": file_digest("results/s/a.parquet")}
    write_tensors(
        "results/s/seed3/w.safetensors", {"w": np.ones(3)}, Provenance("t", SCRIPT, code, inputs=inputs, seed=3)
    )
    return tmp_path / "results" / "s"


def test_whole_study_has_no_fault(study):
    (study / ".resume").mkdir()
    (study / ".resume" / "x.parquet").write_text("not an artefact")
    assert verify(study, READERS) == (2, [])


def test_changed_input_missing_input_and_damage(study):
    code = code_digest(PACKAGE_ROOT.parent / SCRIPT)
    write_table(study / "a.parquet", pa.table({"x": [1, 3]}), Provenance("r", SCRIPT, code))
    (fault,) = verify("results/s", READERS)[1]
    assert "its input results/s/a.parquet is not the one it was made from" in fault
    (study / "a.parquet").unlink()
    (fault,) = verify("results/s", READERS)[1]
    assert "its input results/s/a.parquet is missing" in fault
    weights = study / "seed3" / "w.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\7")
    assert "content" in verify("results/s", READERS)[1][0]
    weights.write_bytes(b"short")
    assert "no readable checkpoint" in verify("results/s", READERS)[1][0]


def test_other_code_seed_and_versions(study):
    write_table(study / "b.parquet", pa.table({"x": [1]}), Provenance("r", SCRIPT, "0" * 32))
    write_table(study / "c.parquet", pa.table({"x": [1]}), Provenance("r", "scripts/gone.py", "0" * 32))
    code = code_digest(PACKAGE_ROOT.parent / SCRIPT)
    write_table(study / "seed1.parquet", pa.table({"x": [1]}), Provenance("r", SCRIPT, code, seed=2))
    write_table(study / "d.parquet", pa.table({"x": [1]}), Provenance("r", SCRIPT, code, versions={"numpy": "0.1"}))
    faults = verify("results/s", READERS)[1]
    assert len(faults) == 4
    for fault, told in zip(faults, ("other code", "no longer there", "numpy 0.1", "seed 2"), strict=True):
        assert told in fault


def test_no_study_is_refused(tmp_path):
    with pytest.raises(StudyError, match="no artefact"):
        verify(tmp_path / "nothing", READERS)


def test_command_counts_the_jobs_of_each_cpu_type(study, capsys):
    (study / "logs").mkdir()
    for number, cpu in enumerate(["AMD EPYC 7763 (AVX2)"] * 3):
        (study / "logs" / f"{number}.log").write_text(f"node n{number}: {cpu}, 1 of 4 CPUs\n")
    assert main("results/s") == 0
    assert capsys.readouterr().out == "results/s: 2 artefacts, 0 faults\n  3 jobs on AMD EPYC 7763 (AVX2)\n"
    (study / "logs" / "x.log").write_text("node n9: Intel Xeon 8280 (AVX512_SKX), 1 of 4 CPUs\n")
    assert main("results/s") == 0
    _, warning, many, one = capsys.readouterr().out.splitlines()
    assert warning.startswith("made on several CPU types")
    assert (many, one) == ("  3 jobs on AMD EPYC 7763 (AVX2)", "  1 job on Intel Xeon 8280 (AVX512_SKX)")
