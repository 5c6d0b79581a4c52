"""Our side of the benchmark of transformers: how fast a training runs, and what a whole one has learnt."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from benchmarks.nano import Trained
from benchmarks.text import Text
from benchmarks.transformer_peers import Family, Size
from torch import nn

from wordspaces.models.transformer.body import load_model
from wordspaces.models.transformer.cost import training_flops
from wordspaces.models.transformer.objectives import evaluate, make_batch
from wordspaces.models.transformer.packing import NOWHERE, Rows, causal_rows, cut_pairs, pair_rows
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.models.transformer.train import Training
from wordspaces.tokens.encoded import Encoded

UPDATES = 16  # of a pass
HELDOUT_DOCUMENTS = 20  # that a training looks at itself


@dataclass(frozen=True)
class Side:
    """How to measure the tokens a second of one side, its operations for a token, and its parameters."""

    measure: Callable[[], float]
    work: float
    parameters: int


def our_settings(
    family: Family, size: Size, softmax: str = "sampled", epochs: int = 4, device: str = "cpu"
) -> GptSettings | BertSettings:
    """Our defaults at this size, with as little as can be written down on the way."""
    return (GptSettings if family == "gpt" else BertSettings)(
        dimension=size.dimension,
        context=size.context,
        heads=size.heads,
        layers=size.layers,
        batch=size.batch,
        softmax=softmax,
        epochs=epochs,
        snapshots=2,
        snapshot_words=1,
        heldout_tokens=1,
        device=device,
        precision="float32" if device == "cpu" else "bfloat16",
    )


class _Enough(Exception):
    """Stops a training whose time has been taken."""


def our_side(settings: GptSettings | BertSettings, text: Text) -> Side:
    """A training on documents that make `UPDATES` full updates a pass; timed are the second pass and the third."""
    encoded, heldout = updates_of(text.training, settings, UPDATES), first_documents(text.heldout, HELDOUT_DOCUMENTS)
    rows = pack(encoded, settings)
    tokens = int((rows.segments > 0).sum())

    def measure() -> float:
        training, times = Training(settings, encoded, heldout, text.size, 0), []
        updates = training.steps // settings.epochs

        def ticker(done: float, note: str = "") -> None:
            times.append(clock(settings.device))
            if len(times) == 3 * updates:
                raise _Enough

        with suppress(_Enough):
            training.run(ticker)
        return 2 * tokens / (times[-1] - times[updates - 1])

    model = Training(settings, encoded, heldout, text.size, 0).model
    return Side(measure, _work(settings, rows, text.size), parameters(model))


def _work(settings: GptSettings | BertSettings, rows: Rows, vocabulary: int) -> float:
    """Operations of ours for a token, from a batch of rows spread over all."""
    some = rows.take(np.arange(settings.batch) * len(rows.tokens) // settings.batch)
    targets = some.targets[some.targets != NOWHERE]
    targets = targets[: int(len(targets) * getattr(settings, "mask_rate", 1.0))]
    outputs = vocabulary
    if settings.softmax == "sampled":
        outputs = min(vocabulary, settings.candidates + len(np.unique(targets)))
    return training_flops(settings, settings.batch, len(targets), outputs) / int((some.segments > 0).sum())


def parameters(model: nn.Module) -> int:
    """Trained numbers, those of tied matrices once."""
    return sum(parameter.numel() for parameter in model.parameters())


def clock(device: str) -> float:
    """CPU seconds; with a GPU those on the clock, when it is done."""
    if device == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def pack(encoded: Encoded, settings: GptSettings | BertSettings) -> Rows:
    """Rows of one pass, as ours trains on them but for the exchange of second halves."""
    if settings.family == "gpt":
        return causal_rows(encoded, settings.context)
    pairs = cut_pairs(encoded, settings.context)
    return pair_rows(encoded, pairs, np.arange(len(pairs.length)), settings.context)


def first_documents(encoded: Encoded, number: int) -> Encoded:
    """The first documents, without their sentences."""
    documents = encoded.documents[: number + 1]
    return Encoded(encoded.ids[: documents[-1]], documents, documents)


def updates_of(encoded: Encoded, settings: GptSettings | BertSettings, updates: int) -> Encoded:
    """As many first documents as fill the rows of these updates and no more."""
    few, many = 1, len(encoded.documents)
    while many - few > 1:
        middle = (few + many) // 2
        fits = len(pack(first_documents(encoded, middle), settings).tokens) <= updates * settings.batch
        few, many = (middle, many) if fits else (few, middle)
    return first_documents(encoded, few)


def our_rate(size: Size, text: Text) -> float:
    """Tokens a CPU second of GPT with candidates."""
    return our_side(our_settings("gpt", size), text).measure()


def train_ours(settings: GptSettings, encoded: Encoded, heldout: Rows, vocabulary: int, seed: int) -> Trained:
    """A whole training, its preparation included; then the exact loss of every target of `heldout`."""
    begin = time.process_time()
    training = Training(settings, encoded, first_documents(encoded, HELDOUT_DOCUMENTS), vocabulary, seed)
    result = training.run()
    spent = time.process_time() - begin
    model = load_model(settings, result.weights)
    loss, _ = evaluate(model, make_batch(heldout, heldout.tokens, heldout.targets, "cpu"))
    return Trained(loss, spent, training.steps)
