"""What a training says of itself beside its weights, where it may be read, and the compiled form of its blocks."""

import shutil

import numpy as np
import pytest
import torch

from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator
from wordspaces.models.transformer.cost import training_flops
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.models.transformer.train import Training
from wordspaces.tokens.encoded import Encoded

V = 60
SMALL = {"dimension": 16, "context": 16, "batch": 8, "snapshots": 4, "snapshot_words": 30, "candidates": 20}
GPT, BERT = GptSettings(**SMALL, epochs=2), BertSettings(**SMALL, epochs=2)


def random_text(documents: int, seed: int) -> Encoded:
    lengths = generator(seed, "lengths").integers(6, 30, documents)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return Encoded(generator(seed, "text").integers(4, V, offsets[-1]).astype(np.int32), offsets, offsets)


TEXT, HELDOUT = random_text(120, 0), random_text(30, 1)


def test_losses_in_bits_are_those_in_nats() -> None:
    log = Training(GPT, TEXT, HELDOUT, V, 1).run().log.to_pydict()
    np.testing.assert_allclose(log["loss_bits"], np.array(log["loss"]) / np.log(2))
    np.testing.assert_allclose(log["heldout_bits"], np.array(log["heldout_loss"]) / np.log(2))


def test_timing_names_the_operations_and_their_share_of_the_peak() -> None:
    training = Training(GPT, TEXT, HELDOUT, V, 1)
    timing = training.run().timing
    assert timing["flops"] == training.at.flops > 0
    assert timing["share_of_peak"] == pytest.approx(timing["flops_per_second"] / timing["peak_flops_per_second"])
    # Twenty candidates and the targets of eight rows are fewer words than there are.
    rows = training.steps * GPT.batch
    assert timing["flops"] < training_flops(GPT, rows, rows * GPT.context, V)


def test_the_reach_is_the_longest_stretch_trained_on() -> None:
    short = Encoded(TEXT.ids[:60], np.arange(0, 61, 6), np.arange(0, 61, 6))
    # Six words after <sep>, or six with <cls> and two <sep>.
    assert Training(GPT.model_copy(update={"snapshots": 2}), short, HELDOUT, V, 1).model.reach == 7
    assert Training(BERT.model_copy(update={"snapshots": 2}), short, HELDOUT, V, 1).model.reach == 9
    assert Training(GPT, TEXT, HELDOUT, V, 1).run().weights["reach"] == 16


@pytest.mark.parametrize("settings", [GPT, BERT], ids=["gpt", "bert"])
def test_no_loss_is_measured_at_positions_that_were_never_trained(settings: GptSettings | BertSettings) -> None:
    short = Encoded(TEXT.ids[:600], np.arange(0, 601, 6), np.arange(0, 601, 6))
    training = Training(settings, short, HELDOUT, V, 1)
    assert training.model.reach < SMALL["context"]
    with torch.no_grad():
        training.model.positions[training.model.reach :] = float("nan")
    losses = training.run().log["heldout_loss"].to_numpy()
    assert np.isfinite(losses).all()


def test_held_out_text_in_which_nothing_is_asked_is_refused() -> None:
    two = Encoded(HELDOUT.ids[:2], np.array([0, 2]), np.array([0, 2]))
    rare = BERT.model_copy(update={"mask_rate": 0.01})
    with pytest.raises(
        StudyError, match=r"tokens\.selection\.heldout: found no word to predict among 2 held-out tokens"
    ):
        Training(rare, TEXT, two, V, 1)
    for settings in (GPT, BERT):
        with pytest.raises(StudyError, match=r"tokens\.selection\.heldout: found no document of two tokens"):
            Training(settings, TEXT, Encoded(two.ids[:0], np.array([0]), np.array([0])), V, 1)


def test_a_context_longer_than_the_text_is_refused() -> None:
    tiny = Encoded(TEXT.ids[:8], np.array([0, 4, 8]), np.array([0, 4, 8]))
    with pytest.raises(StudyError, match=r"context: found 16 positions for a text of 10.*8 to 10.*lower `context`"):
        Training(GPT, tiny, HELDOUT, V, 1)


@pytest.mark.skipif(not (shutil.which("g++") or shutil.which("clang++")), reason="no C++ compiler for torch to use")
def test_compiled_blocks_compute_the_same() -> None:
    settings = GPT.model_copy(update={"dropout": 0.0, "epochs": 1})
    plain = Training(settings, TEXT, HELDOUT, V, 1)
    compiled = Training(settings.model_copy(update={"compiled": True}), TEXT, HELDOUT, V, 1)
    compiled.model.load_state_dict(plain.model.state_dict())
    rows = {name: value[:3] for name, value in plain.heldout.rows.items()}
    found = []
    for model in (compiled.model, plain.model):
        hidden = model(rows)
        hidden.square().sum().backward()
        found.append([hidden.detach(), *(parameter.grad for parameter in model.blocks.parameters())])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    assert all(block._compiled_call_impl is not None for block in compiled.model.blocks)
    assert plain.model.arrays().keys() == compiled.model.arrays().keys()
