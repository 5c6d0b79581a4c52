"""Text that GPT writes: the law it is drawn from, its seed, its end, its prompts."""

import numpy as np
import pytest
import torch
from small import NAMES, SMALL, T, V, alone, log_probabilities, model_of, spellings_of_words, untrained_beyond

from wordspaces.models.transformer.body import Transformer
from wordspaces.models.transformer.packing import SEP
from wordspaces.models.transformer.settings import GptSettings
from wordspaces.spaces.examples import EXAMPLES
from wordspaces.spaces.generation import (
    broken_prompts,
    draw_samples,
    next_logarithms,
    read_prompts,
    sample_rows,
    tempered,
)
from wordspaces.spaces.joining import Entries
from wordspaces.spaces.settings import ContextualSettings, SampleSettings

SETTINGS = GptSettings(**SMALL)
ENTRIES = Entries(NAMES, [True] * V)


def reading_of(rows: int = 64, **samples: object) -> ContextualSettings:
    return ContextualSettings(rows=rows, samples=SampleSettings(**samples))


def model_that_likes(*ids: int) -> Transformer:
    """A model that finds these ids far more likely than all others, wherever it stands."""
    model = model_of(SETTINGS)
    with torch.no_grad():
        model.bias.zero_()
        model.bias[list(ids)] = 20.0
    return model


def test_next_logarithms_are_those_of_each_text_alone() -> None:
    model = model_of(SETTINGS)
    words = [[], [5], [9, 8, 7, 6], list(range(4, 4 + T - 1))]
    found = next_logarithms(model, [[SEP, *ids] for ids in words], SETTINGS)
    for ids, row in zip(words, found, strict=True):
        np.testing.assert_allclose(row, log_probabilities(model, alone(model, np.array(ids, int))[0])[-1], atol=1e-4)


def test_a_text_beyond_trained_positions_slides() -> None:
    words = np.tile(np.arange(4, 20), 3)
    model = untrained_beyond(model_of(SETTINGS), 9)
    (found,) = next_logarithms(model, [[SEP, *words]], SETTINGS)
    rows, _ = alone(model, words[-8:])
    shown = {name: tensor[:, 1:] for name, tensor in rows.items()} | {"positions": torch.arange(8)[None]}
    np.testing.assert_allclose(found, log_probabilities(model, shown)[-1], atol=1e-4)
    drawn = draw_samples(model, [[5, 6]], SETTINGS, reading_of(length=60), 1)
    assert np.isfinite(drawn[0][1])


def test_a_temperature_sharpens_or_flattens_what_can_be_drawn() -> None:
    logarithms = np.log(np.random.default_rng(0).dirichlet(np.ones(V)))
    allowed = [SEP, *range(4, V)]
    for temperature in (0.5, 1.0, 2.0):
        found = tempered(logarithms, temperature)
        assert found[[0, 2, 3]].tolist() == [0.0, 0.0, 0.0]
        power = np.exp(logarithms[allowed]) ** (1.0 / temperature)
        np.testing.assert_allclose(found[allowed], power / power.sum(), rtol=1e-9)
    assert tempered(logarithms, 1e-4).max() == pytest.approx(1.0)


@pytest.mark.parametrize("temperature", [0.7, 1.5])
def test_frequencies_of_first_tokens_follow_the_tempered_law(temperature: float) -> None:
    model, count = model_of(SETTINGS), 4000
    reading = reading_of(rows=1000, length=1, temperature=temperature)
    drawn = draw_samples(model, [[7]] * count, SETTINGS, reading, 3)
    law = tempered(next_logarithms(model, [[SEP, 7]], SETTINGS)[0], temperature)
    seen = np.bincount([ids[1] if len(ids) > 1 else SEP for ids, _ in drawn], minlength=V)
    assert seen[[0, 2, 3]].sum() == 0
    possible = law > 0
    square = (np.square(seen - count * law)[possible] / (count * law[possible])).sum()
    # Chi square with 20 degrees of freedom is above 45 once in a thousand times.
    assert possible.sum() == V - 3
    assert square < 45


def test_special_tokens_are_never_drawn_however_likely() -> None:
    model = model_that_likes(0, 2, 3)
    drawn = draw_samples(model, [[]] * 20, SETTINGS, reading_of(length=12), 1)
    assert {entry for ids, _ in drawn for entry in ids} <= set(range(4, V))
    assert all(bits > 20 for _, bits in drawn)


def test_a_sample_ends_where_the_document_does_or_at_its_length() -> None:
    reading = reading_of(length=7)
    ended = draw_samples(model_that_likes(SEP), [[5, 6], []], SETTINGS, reading, 1)
    assert [ids for ids, _ in ended] == [[5, 6], []]
    assert all(bits < 0.01 for _, bits in ended)
    ((ids, _),) = draw_samples(model_that_likes(9), [[5, 6]], SETTINGS, reading, 1)
    assert ids == [5, 6, *[9] * 7]


def test_bits_are_those_of_the_model_at_temperature_one() -> None:
    model = model_of(SETTINGS)
    for ids, bits in draw_samples(model, [[8]] * 6, SETTINGS, reading_of(length=10, temperature=0.6), 2):
        table = log_probabilities(model, alone(model, np.array(ids))[0])
        costs = [-table[place, ids[place]] / np.log(2) for place in range(1, len(ids))]
        costs += [-table[len(ids), SEP] / np.log(2)] * (len(costs) < 10)
        assert bits == pytest.approx(np.mean(costs), rel=1e-4)


def test_same_seed_same_text_and_each_sample_its_own_stream() -> None:
    model, prompts = model_of(SETTINGS), read_prompts(["w5 w6", ""], NAMES, None)
    reading = reading_of(number=3, length=9)
    first, again, other = (sample_rows(model, prompts, ENTRIES, SETTINGS, reading, seed) for seed in (1, 1, 2))
    assert first.equals(again)
    assert first["text"].to_pylist() != other["text"].to_pylist()
    fewer_at_once = sample_rows(model, prompts, ENTRIES, SETTINGS, reading_of(rows=2, number=3, length=9), 1)
    assert fewer_at_once["text"].to_pylist() == first["text"].to_pylist()
    assert first.schema == EXAMPLES
    assert first["prompt"].to_pylist() == ["w5 w6"] * 3 + [""] * 3
    assert first["number"].to_pylist() == [1, 2, 3, 4, 5, 6]
    assert len(set(first["text"].to_pylist())) == 6
    for row in first.to_pylist():
        assert row["text"].startswith(row["prompt"])
        assert len(row["text"].split()) <= len(row["prompt"].split()) + 9
    assert sample_rows(model, prompts, ENTRIES, SETTINGS, reading_of(number=0), 1).num_rows == 0


def test_prompts_are_read_up_to_their_first_unknown_word() -> None:
    prompts = read_prompts(["w5 w6", "w5 else w6", "", "w0", "else"], NAMES, None)
    assert [prompt.words for prompt in prompts] == ["w5 w6", "w5", "", "", ""]
    assert [prompt.ids for prompt in prompts] == [[5, 6], [5], [], [], []]
    assert broken_prompts(prompts) == "'else', 'w0'"
    assert broken_prompts(prompts[:1]) == ""


def test_prompts_of_a_model_of_pieces_are_spelled() -> None:
    spellings = spellings_of_words()
    (prompt,) = read_prompts(["w5 w6"], NAMES, spellings)
    assert prompt.ids == spellings.pieces[spellings.offsets[5] : spellings.offsets[7]].tolist()
    assert len(prompt.ids) > 2
