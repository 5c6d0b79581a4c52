"""Which Chromium is started."""

import pytest

from wordspaces.common.errors import StudyError


@pytest.fixture
def program(tmp_path):
    """Makes a program of a name, on the PATH of an environment."""

    def made(name):
        path = tmp_path / name
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return str(path)

    return made


def test_the_one_asked_for_comes_first_then_one_on_the_path_then_the_own(program, tmp_path):
    from benchmarks.browser import executable

    environment = {"PATH": str(tmp_path)}
    own = program("own")
    assert executable(environment, own) == own
    google = program("google-chrome")
    assert executable(environment, own) == google
    chromium = program("chromium")
    assert executable(environment, own) == chromium
    assert executable(environment | {"CHROMIUM": own}, own) == own


def test_none_at_all_is_told_in_one_line(tmp_path):
    from benchmarks.browser import executable

    environment = {"PATH": str(tmp_path)}
    with pytest.raises(StudyError, match=r"^Chromium: found none; .*playwright install chromium.*CHROMIUM") as told:
        executable(environment, str(tmp_path / "own"))
    assert "\n" not in str(told.value)
    with pytest.raises(StudyError, match=r"^CHROMIUM: found 'nowhere'"):
        executable(environment | {"CHROMIUM": "nowhere"}, str(tmp_path / "own"))
