"""Closed forms of cost against what torch counts, and settings that follow the dimension."""

import numpy as np
import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode, mm_flop

from wordspaces.common.streams import generator
from wordspaces.models.transformer.body import new_model
from wordspaces.models.transformer.cost import forward_flops, parameter_count, peak_flops, training_flops
from wordspaces.models.transformer.objectives import make_batch, mask_words, training_losses
from wordspaces.models.transformer.packing import causal_rows, cut_pairs, pair_rows
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.models.transformer.softmax import CandidateSampler
from wordspaces.tokens.encoded import Encoded

V = 300
OFFSETS = np.arange(0, 401, 20)
TEXT = Encoded((np.arange(400) * 7 % 86 + 4).astype(np.int32), OFFSETS, OFFSETS)
SMALL = {"dimension": 24, "context": 16, "layers": 3, "heads": 2}
KINDS = [GptSettings(**SMALL), BertSettings(**SMALL)]


@pytest.mark.parametrize("candidates", [None, 20])
@pytest.mark.parametrize("settings", KINDS, ids=["gpt", "bert"])
def test_operations_are_those_that_torch_counts(settings: GptSettings | BertSettings, candidates: int | None) -> None:
    model = new_model(settings, np.ones(V), torch.Generator().manual_seed(0))
    if settings.family == "gpt":
        rows = causal_rows(TEXT, settings.context)
        batch = make_batch(rows, rows.tokens, rows.targets, "cpu")
    else:
        pairs = cut_pairs(TEXT, settings.context)
        rows = pair_rows(TEXT, pairs, np.arange(len(pairs.length)), settings.context)
        batch = make_batch(rows, *mask_words(rows, 0.3, V, generator(0, "masks")), "cpu")
    sampler = None if candidates is None else CandidateSampler(np.ones(V), candidates)
    # The fused kernels of a processor are unknown to the counter: attention as plain products has the same number.
    known = {torch.ops.aten.addmm_: lambda _, a, b, out_shape=None, **__: mm_flop(a, b)}
    with FlopCounterMode(display=False, custom_mapping=known) as counter, sdpa_kernel(SDPBackend.MATH):
        words, _, outputs = training_losses(model, batch, sampler, generator(0, "draw"), None)
        words.backward()
    assert outputs == V if candidates is None else outputs < V
    size = (len(rows.tokens), len(batch.chosen), outputs)
    assert counter.get_total_flops() == training_flops(settings, *size) == 3 * forward_flops(settings, *size)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("positions", ["learned", "sinusoidal"])
@pytest.mark.parametrize("kind", [GptSettings, BertSettings])
def test_number_of_parameters_in_closed_form(kind: type, positions: str, tied: bool) -> None:
    settings = kind(**SMALL, tied=tied, positions=positions)
    model = new_model(settings, np.ones(V), torch.Generator())
    assert sum(parameter.numel() for parameter in model.parameters()) == parameter_count(settings, V)


def test_the_large_sizes_have_the_parameters_of_their_papers() -> None:
    # Radford et al. (2019) have 124 million, 0.12 of them biases, which are left out; the bias of the output is new.
    gpt = GptSettings(dimension=768, context=1024)
    assert (gpt.layers, gpt.heads) == (12, 12)
    assert parameter_count(gpt, 50257) == pytest.approx(124.4e6, rel=0.002)
    # Devlin et al. (2019) have 110 million with a pooler and a head of 768 x 768 each, which are left out here.
    assert parameter_count(BertSettings(dimension=768, context=512), 30522) == pytest.approx(109e6, rel=0.005)


def test_peak_is_that_of_a_real_machine() -> None:
    assert 1e8 < peak_flops(GptSettings()) < 1e15


def test_the_dimension_sets_what_is_not_given() -> None:
    small, wide = GptSettings(dimension=32), GptSettings(dimension=256)
    assert (small.layers, small.heads, small.embedding_rate, small.matrix_rate) == (2, 2, 6e-3, 2e-2)
    assert (wide.layers, wide.heads, wide.embedding_rate, wide.matrix_rate) == (4, 4, 3e-3, 2e-2)
    adam = GptSettings(dimension=256, optimiser="adamw")
    assert adam.matrix_rate == 1.5e-3
    given = BertSettings(dimension=256, layers=1, heads=8, embedding_rate=0.01, matrix_rate=0.03)
    assert (given.layers, given.heads, given.embedding_rate, given.matrix_rate) == (1, 8, 0.01, 0.03)
    # As many heads as layers where that divides, the next fewer where not.
    assert GptSettings(dimension=200).heads == 2
    assert GptSettings(dimension=15).heads == 1
    assert GptSettings(**wide.model_dump()) == wide
