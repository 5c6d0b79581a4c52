"""Memory and time that rules ask for: closed forms, and room above what is expected."""

import pytest

from wordspaces.common.errors import StudyError
from wordspaces.models.transformer.cost import parameter_count, training_flops
from wordspaces.planning import measured, requests
from wordspaces.planning.costs import expected
from wordspaces.planning.jobs import Job
from wordspaces.sections import TRANSFORMERS

STUDIES = ["config", "smoke", "small", "full", "base"]


def test_a_training_takes_its_operations_at_the_rate_of_the_device(workload):
    work, gpu = workload("full"), workload("full", "cuda")
    settings = work.variants["gpt"]
    tokens = 256 * 1000
    outputs = min(4 * settings.candidates, work.vocabulary)
    flops = settings.epochs * training_flops(settings, 1000, tokens, outputs)
    assert requests.transformer_seconds(work, settings, tokens) == pytest.approx(flops / measured.CORE_FLOPS.value)
    assert requests.transformer_seconds(gpu, settings, tokens) == pytest.approx(flops / measured.GPU_FLOPS.value)


def test_pieces_count_their_own_vocabulary(workload):
    work = workload("full")
    assert work.entries(work.variants["gpt-bpe"]) == 16000
    assert work.entries(work.variants["gpt"]) == work.vocabulary == 50000


def test_memory_holds_at_least_what_a_training_has_to_hold(workload):
    for study in STUDIES:
        work = workload(study)
        for settings in work.variants.values():
            if settings.family in TRANSFORMERS:
                trained = 4 * 4 * parameter_count(settings, work.entries(settings)) / 1e6
                assert requests.transformer_memory(work, settings) > trained
            elif settings.family == "word2vec":
                assert requests.word2vec_memory(work, settings) > 8 * work.vocabulary * settings.dimension / 1e6


def test_a_word2vec_on_a_gpu_asks_for_torch_as_well(workload):
    work = workload("config")
    settings = work.variants["skipgram"]
    there = settings.model_copy(update={"device": "cuda"})
    more = requests.word2vec_memory(work, there) - requests.word2vec_memory(work, settings)
    assert more == requests.TORCH_ON_GPU


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_time_limits_are_at_least_twice_what_is_expected(workload, study, device):
    work = workload(study, device)
    rules = {"word2vec": "train_word2vec", "glove": "train_glove"} | dict.fromkeys(TRANSFORMERS, "train_transformer")
    for name, settings in work.variants.items():
        if settings.family == "svd":
            continue
        rule = "train_contrastive" if name in work.contrastive else rules[settings.family]
        cost = expected(work, Job(rule, "models", {"corpus": "wiki", "sample": "a", "model": name, "seed": "1"}))
        assert requests.training_minutes(work, name) >= 2 * cost.seconds / 60


def test_a_family_without_rates_is_refused_by_name(workload):
    work = workload("config")
    strange = work.variants["gpt"]
    work = type(work)(work.study, work.sources, "cpu")
    work.__dict__["variants"] = {"odd": strange}
    with pytest.raises(StudyError, match=r"models\.odd"):
        requests.static_seconds(work, "odd", 1e6, 1e6)
