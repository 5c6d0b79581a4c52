"""What holds for every test."""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run, so that a change is judged by itself, and by no clock: a busy machine fails no law.
# HYPOTHESIS_PROFILE=default searches anew.
settings.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.hookimpl(wrapper=True)  # a wrapper comes before pytest-xdist reads the groups; what comes first does not
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Where processes share the tests, each file is the work of one, and so are all tests of the finished study.

    These come first: they take the longest, and mostly wait for Snakemake.
    """

    def group(item: pytest.Item) -> str:
        path = item.path
        return "finished" if "finished" in getattr(item, "fixturenames", ()) else f"{path.parent.name}/{path.name}"

    items.sort(key=lambda item: group(item) != "finished")
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))
    return (yield)


@pytest.fixture(autouse=True)
def ordinary_floats() -> Iterator[None]:
    """Undo what a training sets for its whole process: subnormal numbers flushed to zero."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)
