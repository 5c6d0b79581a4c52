"""The body: what a position can see, its attention against a slow twin, its size, its start."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError

from wordspaces.common.errors import StudyError
from wordspaces.models.transformer.body import Transformer, drop, load_model, log_unigram, new_model, sinusoids
from wordspaces.models.transformer.settings import BertSettings, GptSettings

V, D, T = 40, 16, 12
SMALL = {"dimension": D, "context": T, "layers": 2, "heads": 2, "initialisation": 0.3}
KINDS = [GptSettings(**SMALL), BertSettings(**SMALL)]


def model_of(settings: GptSettings | BertSettings) -> Transformer:
    return new_model(settings, np.arange(V), torch.Generator().manual_seed(3))


def rows_of(tokens: torch.Tensor, segments: list[int] | None = None) -> dict[str, torch.Tensor]:
    numbers = torch.tensor(segments if segments is not None else [1] * T).expand_as(tokens)
    places = torch.cat([torch.arange(int((numbers[0] == s).sum())) for s in numbers[0].unique_consecutive()])
    parts = (places > 3).long().expand_as(tokens)
    return {"tokens": tokens, "segments": numbers, "positions": places.expand_as(tokens), "parts": parts}


def random_tokens(rows: int = 2) -> torch.Tensor:
    return torch.randint(0, V, (rows, T), generator=torch.Generator().manual_seed(1))


def test_later_tokens_change_nothing_earlier_in_gpt_and_something_in_bert() -> None:
    for settings in KINDS:
        model, tokens = model_of(settings), random_tokens()
        changed = tokens.clone()
        changed[:, 7] = (changed[:, 7] + 1) % V
        with torch.no_grad():
            before, after = model(rows_of(tokens)), model(rows_of(changed))
        moved = (before - after).abs().amax(dim=(0, 2))
        assert (moved[7:] > 1e-4).all()
        if settings.family == "gpt":
            assert (moved[:7] == 0).all()
        else:
            assert (moved[:7] > 1e-4).all()


@pytest.mark.parametrize("settings", KINDS, ids=["gpt", "bert"])
def test_a_document_sees_nothing_of_its_neighbours_in_the_row(settings: GptSettings | BertSettings) -> None:
    model, tokens = model_of(settings), random_tokens()
    segments = [1] * 5 + [2] * 4 + [0] * 3
    changed = tokens.clone()
    changed[:, 5:9] = (changed[:, 5:9] + 1) % V
    with torch.no_grad():
        before = model(rows_of(tokens, segments))
        after = model(rows_of(changed, segments))
        alone = model({name: value[:, :5] for name, value in rows_of(tokens, segments).items()})
    assert torch.equal(before[:, :5], after[:, :5])
    assert torch.equal(before[:, 9:], after[:, 9:])
    assert (before[:, 5:9] - after[:, 5:9]).abs().min(dim=2).values.max() > 0
    torch.testing.assert_close(before[:, :5], alone, rtol=1e-5, atol=1e-6)


def twin(model: Transformer, rows: dict[str, torch.Tensor], heads: int) -> np.ndarray:
    """The forward pass in float64 with loops over rows, heads and positions."""
    w = {name: value.detach().double().numpy() for name, value in model.state_dict().items()}

    def norm(x: np.ndarray, scale: np.ndarray) -> np.ndarray:
        return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * scale

    out = []
    for tokens, segments, positions, parts in zip(*(rows[n].numpy() for n in rows), strict=True):
        x = w["embedding"][tokens] + w["positions"][positions]
        if not model.causal:
            x = x + w["parts"][parts]
        for b in range(len(model.blocks)):
            block = {n.removeprefix(f"blocks.{b}."): v for n, v in w.items() if n.startswith(f"blocks.{b}.")}
            h = norm(x, block["attention_norm.weight"])
            q, k, v = (h @ matrix.T for matrix in block["query_key_value"])
            size = D // heads
            mixed = np.zeros_like(x)
            for head in range(heads):
                part = slice(head * size, (head + 1) * size)
                for i in range(len(x)):
                    seen = [j for j in range(len(x)) if segments[j] == segments[i] and not (model.causal and j > i)]
                    score = np.array([q[i, part] @ k[j, part] / math.sqrt(size) for j in seen])
                    weight = np.exp(score - score.max())
                    mixed[i, part] = (weight / weight.sum()) @ v[seen][:, part]
            x = x + mixed @ block["mix"].T
            inner = norm(x, block["feed_forward_norm.weight"]) @ block["up"].T
            gelu = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
            x = x + gelu @ block["down"].T
        out.append(norm(x, w["norm.weight"]))
    return np.stack(out)


@pytest.mark.parametrize("settings", KINDS, ids=["gpt", "bert"])
def test_forward_equals_a_naive_twin(settings: GptSettings | BertSettings) -> None:
    model = model_of(settings)
    rows = rows_of(random_tokens(), [1] * 5 + [2] * 4 + [0] * 3)
    with torch.no_grad():
        np.testing.assert_allclose(model(rows).numpy(), twin(model, rows, settings.heads), rtol=2e-4, atol=2e-5)


def test_an_untrained_model_predicts_about_the_unigram() -> None:
    counts = np.arange(V) ** 2
    settings = GptSettings(dimension=D, context=T)
    model = new_model(settings, counts, torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = F.linear(model(rows_of(random_tokens())), model.output, model.bias)
    predicted = F.log_softmax(logits, dim=-1).mean(dim=(0, 1)).numpy()
    np.testing.assert_allclose(predicted, log_unigram(counts), atol=0.15)
    assert np.exp(log_unigram(counts).astype(np.float64)).sum() == pytest.approx(1.0)
    assert model.embedding.detach().std().item() == pytest.approx(settings.initialisation, rel=0.1)


def test_sinusoids_are_those_of_the_paper() -> None:
    table = sinusoids(30, 8).numpy()
    for position in (0, 7, 29):
        for pair in range(4):
            angle = position / 10000 ** (2 * pair / 8)
            assert table[position, pair] == pytest.approx(math.sin(angle), abs=1e-5)
            assert table[position, 4 + pair] == pytest.approx(math.cos(angle), abs=1e-5)


def test_dropout_keeps_the_mean_and_is_off_without_a_stream() -> None:
    x = torch.ones(200, 500)
    dropped = drop(x, 0.2, torch.Generator().manual_seed(0))
    assert (dropped == 0).float().mean().item() == pytest.approx(0.2, abs=0.01)
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.01)
    assert drop(x, 0.2, None) is x


def test_a_checkpoint_gives_back_the_model() -> None:
    for settings in KINDS:
        model = model_of(settings)
        again = load_model(settings, model.arrays())
        rows = rows_of(random_tokens())
        with torch.no_grad():
            assert torch.equal(model(rows), again(rows))
    wrong = [model_of(KINDS[1]).arrays(), {}, {"embedding": np.zeros((V, D), np.float32)}]
    wrong.append(model_of(GptSettings(**SMALL | {"context": 2 * T})).arrays())
    for weights in wrong:
        with pytest.raises(StudyError, match=r"weights: .*the weights of a gpt with these settings"):
            load_model(KINDS[0], weights)


def test_the_reach_is_kept_with_the_weights() -> None:
    model = model_of(KINDS[0])
    model.reach = 7
    assert load_model(KINDS[0], model.arrays()).reach == 7


def test_blocks_in_bfloat16_keep_two_digits_and_a_float32_stream() -> None:
    for settings in KINDS:
        full, rows = model_of(settings), rows_of(random_tokens(), [1] * 5 + [2] * 4 + [0] * 3)
        low = load_model(settings.model_copy(update={"precision": "bfloat16"}), full.arrays())
        with torch.no_grad():
            one, other = low(rows), full(rows)
        assert one.dtype == torch.float32
        assert 0 < (one - other).norm() < 0.02 * other.norm()


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValidationError, match="a dimension that 5 heads divide"):
        GptSettings(dimension=64, heads=5)
    with pytest.raises(ValidationError, match="even dimension"):
        BertSettings(dimension=15, heads=3, positions="sinusoidal")
    with pytest.raises(ValidationError):
        BertSettings(mask_rate=1.0)
    with pytest.raises(ValidationError, match="masked_weight or next_sentence_weight above 0"):
        BertSettings(masked_weight=0.0, next_sentence_weight=0.0)
    with pytest.raises(ValidationError, match="dimension"):
        GptSettings(dimension="wide")
