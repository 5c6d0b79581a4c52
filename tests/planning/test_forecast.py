"""Totals, the critical path against all paths, and the bounds that a list schedule keeps."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordspaces.planning.costs import Cost
from wordspaces.planning.forecast import critical_path, grouped, remaining, schedule_seconds, total
from wordspaces.planning.jobs import Job


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Job], list[float]]:
    """Up to nine jobs, each waiting for some before it, on one core or two."""
    jobs = []
    for number in range(draw(st.integers(1, 9))):
        needs = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        jobs.append(Job(f"r{number}", "s", needs=tuple(sorted(needs)), uses={"cores": draw(st.integers(1, 2))}))
    return jobs, draw(st.lists(st.integers(0, 20).map(float), min_size=len(jobs), max_size=len(jobs)))


def longest(jobs: list[Job], seconds: list[float]) -> float:
    """The slow twin: every path, one after another."""

    def paths(number: int) -> list[float]:
        before = [length for need in jobs[number].needs for length in paths(need)] or [0.0]
        return [length + seconds[number] for length in before]

    return max(length for number in range(len(jobs)) for length in paths(number))


@given(graphs())
def test_the_critical_path_is_the_longest_of_all(graph):
    jobs, seconds = graph
    chain = critical_path(jobs, seconds)
    assert sum(seconds[number] for number in chain) == longest(jobs, seconds)
    assert all(one in jobs[other].needs for one, other in itertools.pairwise(chain))


@given(graphs(), st.integers(2, 4))
def test_a_schedule_lies_between_its_bounds(graph, cores):
    jobs, seconds = graph
    took = schedule_seconds(jobs, seconds, {"cores": cores})
    work = sum(length * job.cores for job, length in zip(jobs, seconds, strict=True))
    least = max(longest(jobs, seconds), work / cores)
    assert least - 1e-9 <= took <= sum(seconds) + 1e-9
    if all(job.cores == 1 for job in jobs):
        # Graham (1969): at most 2 - 1/m times the best, for jobs of one core.
        assert took <= work / cores + (1 - 1 / cores) * longest(jobs, seconds) + 1e-9


@given(graphs())
def test_without_limits_only_the_chain_counts_and_with_one_core_the_sum(graph):
    jobs, seconds = graph
    assert schedule_seconds(jobs, seconds, {"cores": 100}) == longest(jobs, seconds)
    assert schedule_seconds(jobs, seconds, {"cores": 1}) == sum(seconds)


def test_one_gpu_takes_its_jobs_in_turn_and_leaves_the_cores_to_others():
    gpu = [Job("train", "models", uses={"cores": 1, "gpu": 1})] * 3
    cpu = [Job("count", "tokens")] * 3
    assert schedule_seconds(gpu + cpu, [10.0] * 6, {"cores": 4, "gpu": 1}) == 30
    assert schedule_seconds(gpu + cpu, [10.0] * 6, {"cores": 4, "gpu": 3}) == 20
    assert schedule_seconds(gpu, [10.0] * 3, {"cores": 4}) == 10


def test_the_longest_chain_goes_first():
    jobs = [Job("short", "s")] * 2 + [Job("long", "s"), Job("then", "s", needs=(2,))]
    assert schedule_seconds(jobs, [5.0, 5.0, 5.0, 10.0], {"cores": 2}) == 15


def test_totals_leave_downloads_out_of_the_cores_and_keep_their_bytes():
    jobs = [
        Job("fetch_source", "corpus"),
        Job("train", "models", uses={"cores": 2, "gpu": 1}, megabytes=500),
        Job("train", "models", uses={"cores": 1}, megabytes=700),
    ]
    costs = [Cost(100, 1e6, 10), Cost(20, 5, 300), Cost(5, 7, 200)]
    whole = total(jobs, costs)
    assert (whole.jobs, whole.core_seconds, whole.gpu_seconds, whole.bytes) == (3, 45, 20, 1e6 + 12)
    by_rule = grouped(jobs, costs, "rule")
    assert list(by_rule) == ["fetch_source", "train"]
    assert (by_rule["train"].megabytes, by_rule["train"].asked, by_rule["train"].seconds) == (300, 700, 25)


def test_what_is_finished_holds_nothing_back():
    jobs = [Job("a", "s", todo=False), Job("b", "s", needs=(0,)), Job("c", "s", needs=(0, 1))]
    left, costs = remaining(jobs, [Cost(9, 0, 0), Cost(1, 0, 0), Cost(2, 0, 0)])
    assert [(job.rule, job.needs) for job in left] == [("b", ()), ("c", (0,))]
    assert critical_path(left, [cost.seconds for cost in costs]) == [0, 1]


def test_nothing_takes_no_time():
    assert schedule_seconds([], [], {"cores": 2}) == 0
    assert critical_path([], []) == []
    assert total([], []).core_seconds == pytest.approx(0)
