"""GPT and BERT beside Hugging Face and a trainer after nanoGPT: tokens a CPU second, then what is learnt in equal time.

All sides have the same width, layers, heads, rows and vocabulary, one thread and one setting of the allocator. A token
is a position of a row that is not padding; ours packs whole documents, the peers cut one stream into full rows.
"""

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from benchmarks.nano import Trained, nano, train_nano
from benchmarks.text import Text, read_text
from benchmarks.timing import Gate
from benchmarks.transformer_ours import (
    UPDATES,
    Side,
    clock,
    first_documents,
    our_rate,
    our_settings,
    our_side,
    parameters,
    train_ours,
)
from benchmarks.transformer_peers import Family, Peer, Size, hugging_face

from wordspaces.models.transformer.cost import peak_flops, training_flops
from wordspaces.models.transformer.packing import causal_rows
from wordspaces.models.transformer.settings import BertSettings
from wordspaces.models.transformer.train import deterministic
from wordspaces.tokens.encoded import Encoded

VOCABULARY = 10_000
SIZES = (Size(64, 64, 2, 32), Size(128, 128, 2, 16))
SIZE_OF_GPU = Size(512, 256, 8, 64, layers=8)
SOFTMAXES: dict[Family, tuple[str, ...]] = {"gpt": ("sampled", "exact"), "bert": ("sampled",)}
LARGE = 2_000_000  # tokens; a text that is passed many times in the time below teaches no side much
ASKED_OF_SMALL = 0.6  # of the nats
SECONDS, SECONDS_OF_SMALL = 180.0, 30.0
MARGIN = 0.9  # of the time: ours counts its updates beforehand
HELDOUT = 100_000  # tokens
ROUNDS, SEEDS = 5, 3

SAMPLED_SPEED = 2.5
EXACT_SPEED = {"huggingface": 1.2, "nanogpt": 1.0}
BERT_SPEED = 2.7
NATS = 0.6
SAMPLED_LOSS = 1.01


def run(study: str, corpus: Path | None) -> Iterator[str | Gate]:
    """Lines to print and gates, in the order in which they are found."""
    text = cut_vocabulary(read_text(study, corpus), VOCABULARY)
    words = f"{text.size:,} words" + (f", it has no {VOCABULARY:,}" if text.size < VOCABULARY else "")
    yield f"text: {text.name}, {len(text.training.ids):,} training tokens of {words}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("transformers", "torch"))
    yield f"peers: {packages}, a trainer after nanoGPT; one thread"
    yield from speeds(text)
    yield from learnt(text)
    yield from on_gpu(text)


def cut_vocabulary(text: Text, size: int) -> Text:
    """The text with its `size` first words; all others are ``<unk>``, which is the word 0."""
    parts = (
        Encoded(np.where(part.ids < size, part.ids, 0).astype(np.int32), part.documents, part.sentences)
        for part in (text.training, text.heldout)
    )
    return Text(text.name, *parts, text.words[:size])


def speeds(text: Text) -> Iterator[str | Gate]:
    """Tokens a CPU second of all sides, in turn."""
    deterministic("cpu")
    # Candidates leave out what the whole vocabulary costs the peers, which is less where it is smaller.
    share = min(1.0, text.size / VOCABULARY)
    peak = peak_flops(our_settings("gpt", SIZES[0]))
    yield f"peak: {peak / 1e9:.0f} GFLOP/s, products of 512 x 512 matrices in float32"
    for size in SIZES:
        found = yield from _compare("gpt", size, text, "cpu", peak)
        for softmax, bounds in (("sampled", dict.fromkeys(EXACT_SPEED, share * SAMPLED_SPEED)), ("exact", EXACT_SPEED)):
            for peer, bound in bounds.items():
                ratio = float(np.median(found[softmax] / found[peer]))
                yield Gate(f"gpt_{size}_{softmax}_speed_over_{peer}", ratio, bound, least=True)
    for size in SIZES:
        found = yield from _compare("bert", size, text, "cpu", peak)
        ratio = float(np.median(found["sampled"] / found["huggingface"]))
        yield Gate(f"bert_{size}_speed_over_huggingface", ratio, share * BERT_SPEED, least=True)


def _compare(
    family: Family, size: Size, text: Text, device: str, peak: float
) -> Generator[str, None, dict[str, np.ndarray]]:
    """Lines of all sides; returns the tokens a second of each, float64 [rounds]."""
    sides = _sides(family, size, text, device)
    found = take_turns({name: side.measure for name, side in sides.items()}, ROUNDS)
    for name, side in sides.items():
        rate = float(np.median(found[name]))
        reached = f"{side.work * rate / 1e9:,.0f} GFLOP/s, {side.work * rate / peak:.0%} of the peak"
        title = f"ours, {name} softmax" if name in SOFTMAXES["gpt"] else name
        yield f"{family}_{size}: {title}: {rate:,.0f} tokens/s, {reached}; {side.parameters:,} parameters"
    return found


def take_turns(sides: dict[str, Callable[[], float]], rounds: int) -> dict[str, np.ndarray]:
    """What each side measures, float64 [rounds]: all in every round, and another side begins each time."""
    names = list(sides)
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            found[name].append(sides[name]())
    return {name: np.array(values) for name, values in found.items()}


def _sides(family: Family, size: Size, text: Text, device: str) -> dict[str, Side]:
    ours = [our_settings(family, size, softmax, device=device) for softmax in SOFTMAXES[family]]
    sides = {settings.softmax: our_side(settings, text) for settings in ours}
    peers = {"huggingface": hugging_face(family, size, text.training, text.size, BertSettings().mask_rate, device)}
    if family == "gpt":
        peers["nanogpt"] = nano(size, text.training, text.size, 0, device)
    positions = size.batch * size.context
    work = training_flops(ours[0], size.batch, positions, text.size) / positions
    for name, peer in peers.items():
        sides[name] = Side(_peer_measure(peer, positions), work, parameters(peer.model))
    return sides


def _peer_measure(peer: Peer, positions: int) -> Callable[[], float]:
    def measure() -> float:
        torch.use_deterministic_algorithms(False)  # ours asks for them on a GPU
        for _ in range(UPDATES // 4):
            peer.update()
        begin = clock(peer.device)
        for _ in range(UPDATES):
            peer.update()
        return UPDATES * positions / (clock(peer.device) - begin)

    return measure


def learnt(text: Text) -> Iterator[str | Gate]:
    """Held-out losses of GPT after equal CPU time, then of ours with the two softmaxes after equal tokens."""
    size, large = SIZES[0], len(text.training.ids) >= LARGE
    seconds, asked = (SECONDS, 1.0) if large else (SECONDS_OF_SMALL, ASKED_OF_SMALL)
    documents = int(np.searchsorted(text.heldout.documents[1:], HELDOUT)) + 1
    heldout = causal_rows(first_documents(text.heldout, documents), size.context)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        # At once, as the trainings will be.
        tokens = MARGIN * seconds * min(pool.map(our_rate, [size] * 2, [text] * 2))
        while True:
            part, epochs = _plan(text.training, tokens)
            given = part, heldout, text.size
            settings = {softmax: our_settings("gpt", size, softmax, epochs) for softmax in SOFTMAXES["gpt"]}
            ours = _all([pool.submit(train_ours, settings["sampled"], *given, seed) for seed in range(SEEDS)])
            longest = max(side.seconds for side in ours)
            if longest <= seconds:
                break
            yield f"gpt_{size}: {longest:.1f} of {seconds:.0f} CPU seconds on {tokens:,.0f} tokens; again on fewer"
            tokens *= 0.95 * seconds / longest
        waiting = pool.submit(train_ours, settings["exact"], *given, 0)
        known = text.training, heldout, text.size, seconds
        theirs = _all([pool.submit(train_nano, size, *known, seed) for seed in range(SEEDS)])
        exact = waiting.result()
    yield f"gpt_{size}: ours {_numbers(ours)}; {epochs} x {len(part.ids):,} tokens"
    yield f"gpt_{size}: nanogpt {_numbers(theirs)}"
    below = float(np.mean([side.loss for side in theirs]) - np.mean([side.loss for side in ours]))
    yield Gate("gpt_heldout_nats_below_nanogpt", below, asked * NATS, least=True)
    yield f"gpt_{size}: ours, exact softmax {_numbers([exact])}"
    yield Gate("gpt_sampled_loss_over_exact", ours[0].loss / exact.loss, SAMPLED_LOSS, least=False)


def _all(jobs: list[Future[Trained]]) -> list[Trained]:
    return [job.result() for job in jobs]


def _numbers(sides: list[Trained]) -> str:
    losses = " ".join(f"{side.loss:.4f}" for side in sides)
    spent = " ".join(f"{side.seconds:.1f}" for side in sides)
    return f"{losses} nats in {spent} CPU seconds, {sides[0].updates:,} updates"


def _plan(encoded: Encoded, tokens: float) -> tuple[Encoded, int]:
    """First documents and passes that make about these tokens: few passes, over as much of the text as they allow."""
    epochs = max(1, int(np.ceil(tokens / len(encoded.ids))))
    return first_documents(encoded, max(1, int(np.searchsorted(encoded.documents, tokens / epochs)) - 1)), epochs


def on_gpu(text: Text) -> Iterator[str]:
    """Tokens a second of all sides on a GPU, products in bfloat16; no gates, as small models leave it idle."""
    if not torch.cuda.is_available():
        yield "gpu: not measured, torch finds none"
        return
    peak = peak_flops(our_settings("gpt", SIZES[0], device="cuda"))
    yield f"gpu: {torch.cuda.get_device_name()}, {peak / 1e12:.0f} TFLOP/s in bfloat16"
    for size in (*SIZES, SIZE_OF_GPU):
        for family in SOFTMAXES:
            yield from _compare(family, size, text, "cuda", peak)
