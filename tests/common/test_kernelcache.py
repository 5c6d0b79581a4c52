"""The cache of compiled kernels: many processes, two CPU types, damaged files, folders that cannot be written."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from wordspaces.common.kernelcache import LOCATOR, KernelFiles

WORKFLOW = Path(__file__).resolve().parents[2] / "workflow"
NUMBAS_OWN = KernelFiles.__base__

MODULE = """
import numba
@numba.njit(cache=True)
def fall(numbers, step):
    total = numbers[0] - numbers[0]
    for number in numbers:
        total += number * step
    return total
"""
# 1.1 is rounded to each type: the code of one signature gives another number for the next.
PROGRAM = """
import sys
import numpy as np
from kernels import fall
for kind in sys.argv[1:]:
    print(float(fall(np.full(3, 1.1, kind), np.array([1], kind)[0])), end=" ")
print(sum(fall.stats.cache_hits.values()), fall._cache.cache_path)
"""


def interleaved(kind: type, folder: Path) -> list[str | None]:
    """What is found for two keys after two processes saved at once, the second between the steps of the first."""
    first, second, reader = (kind(str(folder), "kernel", "stamp") for _ in range(3))
    save_first, second._load_index = first._save_data, dict  # the second one has read the index before

    def interrupted(name, data):
        second.save("b", "code of b")
        save_first(name, data)

    first._save_data = interrupted
    first.save("a", "code of a")
    return [reader.load(key) for key in "ab"]


def test_two_processes_that_save_at_once_do_not_mix_up_their_code(tmp_path):
    assert interleaved(KernelFiles, tmp_path) == ["code of a", "code of b"]


def test_numba_itself_mixes_it_up(tmp_path):
    """The reason for the module: where this fails, numba has mended it and the module can go."""
    assert interleaved(NUMBAS_OWN, tmp_path) == [None, "code of a"]


def test_code_is_found_for_its_own_version_source_and_key_alone(tmp_path):
    files = KernelFiles(str(tmp_path), "kernel", "stamp")
    files.save(("int64", "cpu a"), "code")
    assert KernelFiles(str(tmp_path), "kernel", "stamp").load(("int64", "cpu a")) == "code"
    assert files.load(("int64", "cpu b")) is None
    assert KernelFiles(str(tmp_path), "kernel", "changed").load(("int64", "cpu a")) is None
    files._version = "another"
    assert files.load(("int64", "cpu a")) is None


def test_a_file_under_a_name_that_is_not_its_own_is_not_run(tmp_path):
    files = KernelFiles(str(tmp_path), "kernel", "stamp")
    files.save("a", "code of a")
    (file,) = tmp_path.iterdir()
    file.rename(tmp_path / files._file(files._identity("b")))
    assert files.load("b") is None


@pytest.mark.parametrize("left", [b"", b"cut", None])
def test_a_damaged_file_is_made_anew(tmp_path, left):
    files = KernelFiles(str(tmp_path), "kernel", "stamp")
    files.save("a", "code of a")
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-9] if left is None else left)
    assert files.load("a") is None
    files.save("a", "code of a")
    assert files.load("a") == "code of a"


def test_a_folder_that_cannot_be_written_costs_time_alone(tmp_path):
    (tmp_path / "file").write_text("")
    files = KernelFiles(str(tmp_path / "file"), "kernel", "stamp")
    files.save("a", "code of a")
    assert files.load("a") is None


def test_flush_forgets_one_function(tmp_path):
    one, other = (KernelFiles(str(tmp_path), name, "stamp") for name in ("kernel", "kernels"))
    one.save("a", "code of a")
    other.save("a", "other code")
    one.flush()
    assert (one.load("a"), other.load("a")) == (None, "other code")


def started(folder: Path, kinds: tuple[str, ...], **environment: str) -> subprocess.Popen[str]:
    """A process that runs the kernel on some types; says each result, hits and folder of its cache."""
    inherited = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    path = os.pathsep.join([str(folder), str(WORKFLOW)])
    changes = {"PYTHONPATH": path, "NUMBA_CACHE_LOCATOR_CLASSES": LOCATOR, **environment}
    command = [sys.executable, "-c", PROGRAM, *kinds]
    return subprocess.Popen(command, env=inherited | changes, text=True, stdout=-1, stderr=-2)


def said(process: subprocess.Popen[str]) -> list[str]:
    out = process.communicate(timeout=120)[0]
    assert process.returncode == 0, out
    return out.split()


def test_processes_and_cpu_types_share_an_empty_folder(tmp_path):
    kinds = ("float32", "float64", "int16")
    types = [{}, {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}]
    results = [str(float(np.full(3, 1.1, kind).cumsum(dtype=kind)[-1])) for kind in kinds]
    (tmp_path / "kernels.py").write_text(MODULE)
    for hits in (None, "3"):
        processes = [started(tmp_path, kinds, NUMBA_CACHE_DIR=str(tmp_path / "cache"), **cpu) for cpu in types * 2]
        for process in processes:
            *found, hit, folder = said(process)
            assert found == results
            assert hits is None or hit == hits
            assert Path(folder).parent == tmp_path / "cache"
    assert len(list((tmp_path / "cache").rglob("*.nbc"))) == len(kinds) * len(types)
    assert not list((tmp_path / "cache").rglob("*.nbi"))


def test_code_and_home_that_cannot_be_written_leave_a_temporary_folder(tmp_path):
    for file in ("__pycache__", "home"):  # a file where a folder should be: nobody, root included, can write below it
        (tmp_path / file).write_text("")
    (tmp_path / "temporary").mkdir()
    (tmp_path / "kernels.py").write_text(MODULE)
    places = {"XDG_CACHE_HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "temporary")}
    for hits in ("0", "1"):
        *_, hit, folder = said(started(tmp_path, ("float64",), PYTHONDONTWRITEBYTECODE="1", **places))
        assert hit == hits
        assert Path(folder).is_relative_to(tmp_path / "temporary")
