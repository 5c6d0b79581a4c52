"""Text that GPT writes: tokens drawn one after another from a prompt at the beginning of a document."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import torch
import torch.nn.functional as F

from wordspaces.common.streams import generator
from wordspaces.models.transformer.body import Transformer
from wordspaces.models.transformer.packing import SEP
from wordspaces.models.transformer.settings import GptSettings
from wordspaces.spaces.examples import example_table
from wordspaces.spaces.joining import Entries
from wordspaces.spaces.reading import FIRST_WORD
from wordspaces.spaces.settings import ContextualSettings
from wordspaces.tokens.spelled import Spellings


@dataclass(frozen=True)
class Prompt:
    """Words a text begins with, as far as the vocabulary has them; ids : what the model reads of them; unknown : the
    word at which the prompt of the settings is broken off, "" where it is whole."""

    words: str
    ids: list[int]
    unknown: str


def read_prompts(prompts: Sequence[str], tokens: Sequence[str], spellings: Spellings | None) -> list[Prompt]:
    """Prompts as ids of a model: of words, or of the pieces that `spellings` has for them; tokens : V words.

    A prompt is read up to its first unknown word, so that one list of prompts serves studies of any size and language.
    """
    numbers = {token: number for number, token in enumerate(tokens) if number >= FIRST_WORD}
    found = []
    for prompt in prompts:
        words = prompt.split()
        known = next((place for place, word in enumerate(words) if word not in numbers), len(words))
        ids = [numbers[word] for word in words[:known]]
        if spellings is not None:
            borders = [slice(*spellings.offsets[word : word + 2]) for word in ids]
            ids = [int(piece) for border in borders for piece in spellings.pieces[border]]
        found.append(Prompt(" ".join(words[:known]), ids, "".join(words[known : known + 1])))
    return found


def broken_prompts(prompts: Sequence[Prompt]) -> str:
    """Unknown words at which prompts are broken off, in words; "" where there are none."""
    return ", ".join(dict.fromkeys(repr(prompt.unknown) for prompt in prompts if prompt.unknown))


@torch.no_grad()
def next_logarithms(model: Transformer, sequences: Sequence[Sequence[int]], settings: GptSettings) -> np.ndarray:
    """Natural logarithm of the probability of every id after each sequence, float64 [n, V].

    sequences : ids from `<sep>` on. Of one with more tokens than the model has seen positions in training, the last
    ones are read, one fewer than these, at positions from 0.
    """
    window = min(settings.context, model.reach)
    seen = [ids if len(ids) <= window else ids[-max(window - 1, 1) :] for ids in sequences]
    lengths = np.array([len(ids) for ids in seen])
    inside = np.arange(lengths.max()) < lengths[:, None]
    tokens = np.full(inside.shape, SEP, np.int64)
    tokens[inside] = np.concatenate(seen)
    rows = {"tokens": tokens, "segments": inside.astype(np.int64), "positions": inside * np.arange(lengths.max())}
    hidden = model({name: torch.from_numpy(array).to(settings.device) for name, array in rows.items()})
    last = hidden[torch.arange(len(seen)), torch.from_numpy(lengths - 1)]
    return F.log_softmax(F.linear(last, model.output, model.bias).double(), dim=1).cpu().numpy()


def tempered(logarithms: np.ndarray, temperature: float) -> np.ndarray:
    """Probability of each id to be drawn, float64 [V], at a temperature.

    Every entry of the vocabulary can be drawn that can stand in a text, and `<sep>`, which ends it; `<unk>`, `<cls>`
    and `<mask>` cannot, and their probability falls to the others in proportion.

    logarithms : float64 [V], of probabilities.
    """
    scaled = logarithms / temperature
    allowed = np.arange(len(scaled)) >= FIRST_WORD
    allowed[SEP] = True
    weights = np.exp(np.where(allowed, scaled - scaled[allowed].max(), -np.inf))
    return weights / weights.sum()


def draw_samples(
    model: Transformer, starts: Sequence[Sequence[int]], settings: GptSettings, reading: ContextualSettings, seed: int
) -> list[tuple[list[int], float]]:
    """One sample for each beginning, which is read after `<sep>`.

    Parameters
    ----------
    starts : ids of prompts. reading : length and temperature of samples, and how many are drawn side by side. seed : of
    the run; sample n (from 1) draws from the stream ("generation", n).

    Returns
    -------
    ids of each sample, its beginning included and its end left out; and the mean -log2 P of the tokens drawn, its end
    included, over the whole vocabulary and at temperature 1.
    """
    samples, sequences = reading.samples, [[SEP, *start] for start in starts]
    streams = [generator(seed, "generation", str(number + 1)) for number in range(len(starts))]
    costs: list[list[float]] = [[] for _ in starts]
    open_ones = list(range(len(starts)))
    while open_ones:
        for start in range(0, len(open_ones), reading.rows):
            part = open_ones[start : start + reading.rows]
            logarithms = next_logarithms(model, [sequences[number] for number in part], settings)
            for number, row in zip(part, logarithms, strict=True):
                drawn = _draw(tempered(row, samples.temperature), streams[number].random())
                sequences[number].append(drawn)
                costs[number].append(-row[drawn] / math.log(2.0))
        open_ones = [n for n in open_ones if sequences[n][-1] != SEP and len(costs[n]) < samples.length]
    ended = [ids[1:-1] if ids[-1] == SEP else ids[1:] for ids in sequences]
    return [(ids, float(np.mean(cost))) for ids, cost in zip(ended, costs, strict=True)]


def _draw(probabilities: np.ndarray, uniform: float) -> int:
    """The id into whose share of the running sum a number in [0, 1) falls."""
    running = np.cumsum(probabilities)
    # Rounding may leave the sum a little below the number drawn: then the last id that can be drawn.
    last = int(np.searchsorted(running, running[-1]))
    return min(int(np.searchsorted(running, uniform, side="right")), last)


def sample_rows(
    model: Transformer,
    prompts: Sequence[Prompt],
    entries: Entries,
    settings: GptSettings,
    reading: ContextualSettings,
    seed: int,
) -> pa.Table:
    """Samples under `EXAMPLES`, of the kind "sample", as many of each prompt as the settings say, numbered from 1."""
    asked = [prompt for prompt in prompts for _ in range(reading.samples.number)]
    drawn = draw_samples(model, [prompt.ids for prompt in asked], settings, reading, seed)
    return example_table(
        [
            {
                "kind": "sample",
                "probe": "",
                "number": number,
                "prompt": prompt.words,
                "text": entries.text(ids),
                "bits": bits,
            }
            for number, (prompt, (ids, bits)) in enumerate(zip(asked, drawn, strict=True), start=1)
        ]
    )
