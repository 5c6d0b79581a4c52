"""Costs of single jobs beside what such jobs took and wrote, and a form for every rule."""

import re
from pathlib import Path

import pytest

from wordspaces.planning import measured
from wordspaces.planning.costs import FORMS, expected, known
from wordspaces.planning.jobs import Job
from wordspaces.planning.tables import TABLE_RULES, growth

RULES = Path(__file__).resolve().parents[2] / "workflow" / "rules"
ON_REQUEST = {"export_vectors", "export_rdms", "read_external_space"}
PLACE = {"corpus": "wiki", "sample": "a", "seed": "1"}


def test_every_rule_has_a_form_and_every_form_a_rule():
    text = "\n".join(path.read_text() for path in RULES.rglob("*.smk"))
    rules = set(re.findall(r"^rule (\w+):", text, flags=re.MULTILINE))
    assert {rule for rule in rules if not known(rule)} == ON_REQUEST
    assert {*FORMS, *TABLE_RULES} <= rules


# Bytes of weights and snapshots of finished runs of the default study.
WRITTEN = {
    "skipgram": 4097784 + 8450072,
    "skipgram-dimension-256": 16385800 + 33794096,
    "glove": 4161976 + 8450112,
    "gpt": 2494040 + 8450216,
    "bert": 2495116 + 8450536,
    "svd": 4097832,
}


@pytest.mark.parametrize("model", WRITTEN)
def test_bytes_of_a_training_are_those_of_a_finished_one(workload, model):
    work = workload("config")
    family = work.variants[model].family
    rule = "train_" + {"gpt": "transformer", "bert": "transformer"}.get(family, family)
    assert expected(work, Job(rule, "models", PLACE | {"model": model})).bytes == pytest.approx(
        WRITTEN[model], rel=0.01
    )


def test_seconds_grow_with_what_a_rule_reads(workload):
    small, large = workload("config"), workload("full")
    for rule, wildcards in (
        ("train_word2vec", PLACE | {"model": "skipgram"}),
        ("train_glove", PLACE | {"model": "glove"}),
        ("train_svd", PLACE | {"model": "svd"}),
        ("train_transformer", PLACE | {"model": "gpt"}),
        ("merge_cooccurrence", PLACE),
        ("find_duplicates", PLACE),
        ("compare_spaces", {}),
    ):
        job = Job(rule, "any", wildcards)
        assert expected(large, job).seconds > 5 * expected(small, job).seconds


def test_epochs_and_dimension_count_in_full_beyond_the_start(workload):
    work = workload("full")

    def beyond(model: str) -> float:
        seconds = expected(work, Job("train_word2vec", "models", PLACE | {"model": model})).seconds
        table = measured.WORD2VEC_TABLE.value * work.vocabulary * work.variants[model].dimension
        return seconds - measured.NUMBA_START.value - table

    assert beyond("skipgram") == pytest.approx(5 * beyond("skipgram-short"))


def test_a_rule_of_ones_own_is_the_start_of_a_job(workload):
    cost = expected(workload("config"), Job("measure_hubness", "analysis", {}))
    assert (cost.seconds, cost.bytes) == (measured.NUMBA_START.value, 0)
    assert not known("measure_hubness")


def test_the_default_study_is_the_yardstick_of_tables(workload):
    work = workload("config")
    assert growth(work, "runs") == growth(work, "words") == 1
    assert growth(work, "pairs") == pytest.approx(1, rel=0.1)
    assert growth(workload("full"), "runs") == pytest.approx(240 / 84)


def test_downloads_are_counted_in_bytes_and_hold_no_core(workload):
    work = workload("full")
    names = work.sources["wikipedia-20231101-en"].where.names()
    job = Job("fetch_source", "corpus", {"source": "wikipedia-20231101-en", "file": names[0]})
    assert expected(work, job).bytes * len(names) == pytest.approx(11.6e9)
