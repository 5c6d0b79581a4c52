"""Objectives and training: what is asked, what is learnt, and that nothing depends on interruptions."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wordspaces.common.errors import StudyError
from wordspaces.common.provenance import Provenance
from wordspaces.common.resume import Checkpoint
from wordspaces.common.streams import generator
from wordspaces.models.result import TrainingResult
from wordspaces.models.training_log import LOG_SCHEMA
from wordspaces.models.transformer.body import new_model
from wordspaces.models.transformer.objectives import (
    evaluate,
    make_batch,
    mask_words,
    new_objective,
    pair_logits,
    target_counts,
    training_losses,
)
from wordspaces.models.transformer.optimisers import Optimisers, rate_factor
from wordspaces.models.transformer.packing import MASK, causal_rows
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.models.transformer.softmax import CandidateSampler
from wordspaces.models.transformer.train import Training, deterministic
from wordspaces.tokens.encoded import Encoded

V = 60
SMALL = {"dimension": 16, "context": 16, "batch": 8, "snapshots": 4, "snapshot_words": 30, "candidates": 20}
GPT = GptSettings(**SMALL, epochs=2, dropout=0.1)
BERT = BertSettings(**SMALL, epochs=2, dropout=0.1)
FAMILIES = pytest.mark.parametrize("settings", [GPT, BERT], ids=["gpt", "bert"])


def chain(documents: int, seed: int) -> Encoded:
    """Text in which each word mostly decides the next: w -> 5 w + 3 modulo the number of words."""
    rng = generator(seed, "chain")
    lengths = rng.integers(6, 30, documents)
    words = np.empty(lengths.sum(), np.int64)
    bounds = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    for start, end in itertools.pairwise(bounds):
        words[start] = rng.integers(V - 4)
        for place in range(start + 1, end):
            words[place] = (5 * words[place - 1] + 3) % (V - 4) if rng.random() < 0.9 else rng.integers(V - 4)
    return Encoded((words + 4).astype(np.int32), bounds, bounds)


TEXT, HELDOUT = chain(120, 0), chain(30, 1)


def same(one: TrainingResult, other: TrainingResult) -> bool:
    pairs = [(one.weights, other.weights), (one.snapshots, other.snapshots)]
    equal = all(a.keys() == b.keys() and all(a[n].tobytes() == b[n].tobytes() for n in a) for a, b in pairs)
    return equal and one.log.equals(other.log)


def test_masking_is_eighty_ten_ten_and_spares_specials() -> None:
    settings = BertSettings(**SMALL)
    text = chain(3000, 2)
    rows = new_objective(settings, text, HELDOUT, V).training_rows(generator(0, "pairs"))
    tokens, targets = mask_words(rows, 0.3, V, generator(0, "masks"))
    words, chosen = rows.source >= 0, targets >= 0
    assert not (chosen & ~words).any()
    assert (tokens == rows.tokens)[~chosen].all()
    assert (targets == rows.tokens)[chosen].all()
    n = chosen.sum()
    assert n / words.sum() == pytest.approx(0.3, abs=0.01)
    masked, kept = (tokens == MASK)[chosen], (tokens == rows.tokens)[chosen]
    assert masked.mean() == pytest.approx(0.8, abs=0.01)
    # A random word is the word itself once in V - 4 times.
    assert kept.mean() == pytest.approx(0.1 + 0.1 / (V - 4), abs=0.01)
    other = tokens[chosen][~masked & ~kept]
    assert other.min() >= 4
    assert len(np.unique(other)) == V - 4


@FAMILIES
def test_losses_and_gradients_equal_plain_cross_entropy(settings: GptSettings | BertSettings) -> None:
    objective = new_objective(settings, TEXT, HELDOUT, V)
    rows = objective.training_rows(generator(0, "pairs")).take(np.arange(4))
    model = new_model(settings, np.ones(V), torch.Generator().manual_seed(0))
    batch = objective.batch(rows, generator(0, "masks"))
    words, pairs, _ = training_losses(model, batch, None, generator(0, "draw"), None)
    hidden = model(batch.rows)
    answers = torch.full((hidden[..., 0].numel(),), -100)
    answers[batch.chosen] = torch.from_numpy(batch.targets)
    logits = hidden.flatten(0, 1) @ model.embedding.T + model.bias
    expected = F.cross_entropy(logits, answers, ignore_index=-100)
    torch.testing.assert_close(words, expected)
    for one, other in zip(
        torch.autograd.grad(words, [model.embedding, model.bias], retain_graph=True),
        torch.autograd.grad(expected, [model.embedding, model.bias], retain_graph=True),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)
    if settings.family == "bert":
        odds = pair_logits(model, hidden.flatten(0, 1), batch)
        both = torch.stack([torch.zeros_like(odds), odds], dim=1)
        torch.testing.assert_close(pairs, F.cross_entropy(both, torch.from_numpy(batch.consecutive).long()))
    else:
        assert pairs is None
    exact, _ = evaluate(model, batch, rows=3)
    assert exact == pytest.approx(expected.item(), rel=1e-5)


@FAMILIES
def test_one_batch_is_learnt_by_heart(settings: GptSettings | BertSettings) -> None:
    settings = settings.model_copy(update={"dropout": 0.0, "matrix_rate": 0.02, "embedding_rate": 0.01})
    objective = new_objective(settings, TEXT, HELDOUT, V)
    batch = objective.batch(objective.training_rows(generator(0, "p")).take(np.arange(2)), generator(0, "masks"))
    model = new_model(settings, np.ones(V), torch.Generator().manual_seed(0))
    deterministic("cpu")
    optimisers, steps = Optimisers(model, settings), 250
    for step in range(steps):
        words, pairs, _ = training_losses(model, batch, None, generator(0, "draw"), None)
        (words if pairs is None else words + pairs).backward()
        optimisers.step(1 - step / steps)
    loss, accuracy = evaluate(model, batch)
    # The first word of a document cannot be known: GPT keeps the entropy of those of this batch.
    starts = batch.targets[np.isin(batch.chosen, np.flatnonzero(batch.rows["positions"].numpy() == 0))]
    floor = 0.0
    if settings.family == "gpt":
        share = np.unique(starts, return_counts=True)[1] / len(starts)
        floor = -(share * np.log(share)).sum() * len(starts) / len(batch.targets)
    assert loss < floor + 0.05
    assert accuracy in (None, 1.0)


@FAMILIES
def test_training_learns_the_chain(settings: GptSettings | BertSettings) -> None:
    longer = settings.model_copy(update={"epochs": 25, "dropout": 0.0})
    result = Training(longer, TEXT, HELDOUT, V, seed=1).run()
    heldout = result.log["heldout_loss"].to_numpy()
    counts = np.bincount(HELDOUT.ids) / len(HELDOUT.ids)
    unigram = -(counts[counts > 0] * np.log(counts[counts > 0])).sum()
    assert abs(heldout[0] - np.log(V)) < 0.5
    assert heldout[-1] < unigram - 1.0


@FAMILIES
def test_same_seed_same_bytes_and_another_seed_others(settings: GptSettings | BertSettings) -> None:
    runs = [Training(settings, TEXT, HELDOUT, V, seed).run() for seed in (1, 1, 2)]
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])
    assert runs[0].log.schema == LOG_SCHEMA
    assert runs[0].log["tokens_seen"][-1].as_py() == settings.epochs * len(TEXT.ids)
    assert runs[0].snapshots["vectors"].shape == (4, 30, 16)
    assert runs[0].snapshots["vectors"][-1].tobytes() == runs[0].weights["embedding"][:30].tobytes()
    assert runs[0].snapshots["step"].tolist() == runs[0].log["step"].to_pylist()


class Interrupted(Exception):
    """Stands for a kill."""


@FAMILIES
@pytest.mark.parametrize("optimiser", ["muon", "adamw"])
def test_an_interrupted_run_ends_with_the_same_bytes(
    settings: GptSettings | BertSettings, optimiser: str, tmp_path: object
) -> None:
    settings = settings.model_copy(update={"optimiser": optimiser, "matrix_rate": 0.005})
    whole = Training(settings, TEXT, HELDOUT, V, 1).run()
    provenance = Provenance("train", "train.py", "0")
    total = Training(settings, TEXT, HELDOUT, V, 1).steps
    for kill_at in (2, total // 2 + 1, total - 1):
        calls = 0

        def kill(done: float, note: str = "", kill_at: int = kill_at) -> None:
            nonlocal calls
            calls += 1
            if calls > kill_at:
                raise Interrupted

        first = Training(settings, TEXT, HELDOUT, V, 1, Checkpoint(tmp_path, provenance, minutes=0))
        with pytest.raises(Interrupted):
            first.run(kill)
        second = Training(settings, TEXT, HELDOUT, V, 1, Checkpoint(tmp_path, provenance, minutes=0))
        assert same(second.run(), whole)
        assert second.at.step == total
        Checkpoint(tmp_path, provenance).clear()


def test_streams_are_separate() -> None:
    few, many = (GPT.model_copy(update={"candidates": n, "dropout": 0.0}) for n in (10, 30))
    starts = [Training(settings, TEXT, HELDOUT, V, 1) for settings in (few, many)]
    assert all(
        torch.equal(a, b) for a, b in zip(starts[0].model.parameters(), starts[1].model.parameters(), strict=True)
    )
    assert starts[0].run().snapshots["vectors"][0].std() == pytest.approx(GPT.initialisation, rel=0.1)


def test_divergence_names_the_step_and_the_rates() -> None:
    wild = GPT.model_copy(update={"embedding_rate": 1e30, "optimiser": "adamw", "matrix_rate": 1e30})
    with pytest.raises(StudyError, match=r"gpt, seed 1, step \d+.*embedding_rate = 1e\+30"):
        Training(wild, TEXT, HELDOUT, V, 1).run()


def test_without_next_sentence_pairs_stay_whole() -> None:
    alone = BERT.model_copy(update={"next_sentence_weight": 0.0})
    training = Training(alone, TEXT, HELDOUT, V, 1)
    rows = training.objective.training_rows(generator(0, "pairs"))
    assert (rows.consecutive != 0).all()
    start = training.model.next_sentence.detach().clone()
    result = training.run()
    assert "next_sentence_accuracy" not in result.snapshots
    assert torch.equal(training.model.next_sentence, start)


def test_next_sentence_accuracy_is_reported_beside_its_baseline() -> None:
    result = Training(BERT, TEXT, HELDOUT, V, 1).run()
    assert result.snapshots["next_sentence_accuracy"].shape == (4,)
    assert abs(result.snapshots["next_sentence_length_only"][0] - 0.5) < 0.25


def test_each_loss_of_bert_has_its_weight() -> None:
    pairs_only = BERT.model_copy(update={"masked_weight": 0.0, "next_sentence_weight": 1.0, "dropout": 0.0})
    training = Training(pairs_only, TEXT, HELDOUT, V, 1)
    result = training.run()
    # Nothing of the masked-word loss reaches the bias of its softmax, and decay spares it.
    assert (
        result.weights["bias"].tobytes() == Training(pairs_only, TEXT, HELDOUT, V, 1).model.arrays()["bias"].tobytes()
    )
    assert np.abs(result.weights["next_sentence"]).max() > 0
    words_only = Training(pairs_only.model_copy(update={"masked_weight": 1.0}), TEXT, HELDOUT, V, 1).run()
    assert words_only.weights["bias"].tobytes() != result.weights["bias"].tobytes()


def test_targets_are_counted_with_document_ends() -> None:
    objective = new_objective(GPT, TEXT, HELDOUT, V)
    counts = target_counts(objective, V)
    assert counts[1] == len(TEXT.documents) - 1
    counts[1] = 0
    assert (counts == np.bincount(TEXT.ids, minlength=V)).all()
    rows = causal_rows(TEXT, 16)
    assert len(make_batch(rows, rows.tokens, rows.targets, "cpu").targets) == len(TEXT.ids) + len(TEXT.documents) - 1


def test_learning_rate_rises_then_falls() -> None:
    factors = [rate_factor(GPT, step, 100) for step in range(1, 101)]
    assert factors[0] == pytest.approx(1 / 3)
    assert factors[2] == 1.0
    assert factors[-1] == pytest.approx(GPT.final_rate)
    assert (np.diff(factors[2:]) < 0).all()
    cosine = [rate_factor(GPT.model_copy(update={"schedule": "cosine"}), step, 103) for step in (4, 54, 103)]
    assert cosine == pytest.approx([1.0, (1 + GPT.final_rate) / 2, GPT.final_rate], abs=0.02)
    constant = GPT.model_copy(update={"schedule": "constant"})
    assert {rate_factor(constant, step, 100) for step in range(3, 101)} == {1.0}
    flat = GPT.model_copy(update={"warm_up": 0.0})
    assert rate_factor(flat, 1, 10) < 1.0


def test_candidates_can_be_every_word() -> None:
    settings = GPT.model_copy(update={"candidates": V, "dropout": 0.0, "epochs": 1})
    exact = Training(settings.model_copy(update={"softmax": "exact"}), TEXT, HELDOUT, V, 1).run()
    sampled = Training(settings, TEXT, HELDOUT, V, 1)
    assert isinstance(sampled.sampler, CandidateSampler)
    np.testing.assert_allclose(sampled.run().log["loss"], exact.log["loss"], rtol=1e-3)
