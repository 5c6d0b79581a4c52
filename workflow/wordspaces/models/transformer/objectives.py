"""What GPT and BERT are trained on: the next word, or hidden words and whether two spans belong together."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator
from wordspaces.models.transformer.body import Transformer
from wordspaces.models.transformer.packing import (
    MASK,
    NOWHERE,
    Pairs,
    Rows,
    causal_rows,
    cut_pairs,
    draw_partners,
    length_baseline,
    pair_rows,
    trained_positions,
)
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.models.transformer.softmax import (
    CandidateSampler,
    DrawnCandidates,
    candidate_rows,
    exact_losses,
    mean_loss,
)
from wordspaces.tokens.encoded import Encoded
from wordspaces.tokens.spelled import as_words

FIRST_WORD = 4
SHARE_MASKED, SHARE_RANDOM = 0.8, 0.1


@dataclass(frozen=True)
class Batch:
    """Rows as the model reads them, and what it is asked about them.

    rows : int64 [rows, T] tensors for `Transformer.forward`. chosen : int64 [n], places (row * T + column) where a
    word is predicted; targets : int64 [n]. starts : int64 [m], places of `<cls>`; consecutive : float [m], 1 where
    the two spans follow each other.
    """

    rows: dict[str, torch.Tensor]
    chosen: np.ndarray
    targets: np.ndarray
    starts: np.ndarray
    consecutive: np.ndarray


def make_batch(rows: Rows, tokens: np.ndarray, targets: np.ndarray, device: str) -> Batch:
    """A batch that shows `tokens` and asks for `targets`, int64 [rows, T] each; a target of -1 asks for nothing."""
    shown = {"tokens": tokens, "segments": rows.segments, "positions": rows.positions, "parts": rows.parts}
    chosen = np.flatnonzero(targets != NOWHERE)
    starts = np.flatnonzero(rows.consecutive != NOWHERE)
    return Batch(
        rows={name: torch.from_numpy(array).to(device) for name, array in shown.items()},
        chosen=chosen,
        targets=targets.ravel()[chosen],
        starts=starts,
        consecutive=rows.consecutive.ravel()[starts].astype(np.float32),
    )


def mask_words(rows: Rows, rate: float, vocabulary: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Hide words of a batch: Devlin et al. (2019), section 3.1.

    Each word is chosen with probability `rate`; of those chosen 80 % become `<mask>`, 10 % a random word or
    placeholder, 10 % stay. Specials of the format are never chosen.

    Returns
    -------
    tokens, targets : int64 [rows, T]; targets are -1 where nothing is predicted.
    """
    fate, kind = rng.random(rows.tokens.shape), rng.random(rows.tokens.shape)
    other = rng.integers(FIRST_WORD, vocabulary, rows.tokens.shape)
    chosen = (rows.targets != NOWHERE) & (fate < rate)
    shown = np.where(kind < SHARE_MASKED, MASK, np.where(kind < SHARE_MASKED + SHARE_RANDOM, other, rows.tokens))
    return np.where(chosen, shown, rows.tokens), np.where(chosen, rows.targets, NOWHERE)


def _unseen(heldout: Encoded) -> Encoded:
    """The held-out documents, refused where none has two tokens."""
    if not (np.diff(as_words(heldout).documents) > 1).any():
        found = f"no document of two tokens among {len(heldout.documents) - 1} held out"
        raise StudyError("tokens.selection.heldout", found, "one document or more", "hold out a larger share")
    return heldout


class CausalObjective:
    """-log P(w_t | w_1 .. w_t-1) within a document, the end of the document included.

    `reach` is how many positions the training rows have; held-out rows, and whoever reads the model, keep to these.
    """

    def __init__(self, settings: GptSettings, encoded: Encoded, heldout: Encoded, vocabulary: int) -> None:
        self.settings = settings
        self.training = causal_rows(encoded, settings.context)
        self.reach = trained_positions(self.training, settings.context)
        self.heldout = _evenly(causal_rows(_unseen(heldout), self.reach), settings.heldout_tokens)

    def training_rows(self, rng: np.random.Generator) -> Rows:
        """Rows of one pass, always the same."""
        return self.training

    def batch(self, rows: Rows, rng: np.random.Generator) -> Batch:
        """Every position predicts; nothing is random."""
        return make_batch(rows, rows.tokens, rows.targets, self.settings.device)


class MaskedObjective:
    """-log P(w | text with w hidden) at the chosen words; and whether the spans of a pair follow each other.

    `reach` as in `CausalObjective`.
    """

    def __init__(self, settings: BertSettings, encoded: Encoded, heldout: Encoded, vocabulary: int) -> None:
        self.settings, self.encoded, self.vocabulary = settings, encoded, vocabulary
        self.pairs = cut_pairs(encoded, settings.context)
        whole = pair_rows(encoded, self.pairs, np.arange(len(self.pairs.length)), settings.context)
        self.reach = trained_positions(whole, settings.context)
        unseen = cut_pairs(_unseen(heldout), self.reach)
        # One partition of the held-out text for every seed: its randomness is no part of a run.
        partner = self._partners(unseen, generator(0, "bert", "heldout", "pairs"))
        seen = self._partners(self.pairs, generator(0, "bert", "heldout", "lengths"))
        self.heldout = _evenly(pair_rows(heldout, unseen, partner, self.reach), settings.heldout_tokens)
        self.length_only = length_baseline(self.pairs, seen, unseen, partner)

    def _partners(self, pairs: Pairs, rng: np.random.Generator) -> np.ndarray:
        if self.settings.next_sentence_weight == 0.0:
            return np.arange(len(pairs.length))
        return draw_partners(pairs, rng)

    def training_rows(self, rng: np.random.Generator) -> Rows:
        """Rows of one pass, with second halves exchanged anew."""
        return pair_rows(self.encoded, self.pairs, self._partners(self.pairs, rng), self.settings.context)

    def batch(self, rows: Rows, rng: np.random.Generator) -> Batch:
        """Words hidden at random."""
        tokens, targets = mask_words(rows, self.settings.mask_rate, self.vocabulary, rng)
        return make_batch(rows, tokens, targets, self.settings.device)


Objective = CausalObjective | MaskedObjective


def new_objective(
    settings: GptSettings | BertSettings, encoded: Encoded, heldout: Encoded, vocabulary: int
) -> Objective:
    """The objective of the family that `settings` belong to."""
    kind = CausalObjective if settings.family == "gpt" else MaskedObjective
    return kind(settings, encoded, heldout, vocabulary)


def target_counts(objective: Objective, vocabulary: int) -> np.ndarray:
    """int64 [V]: how often each id is a target in one pass over the training sample."""
    rows = (
        objective.training
        if isinstance(objective, CausalObjective)
        else objective.training_rows(generator(0, "counts"))
    )
    return np.bincount(rows.targets[rows.targets != NOWHERE], minlength=vocabulary)


def _evenly(rows: Rows, tokens: int) -> Rows:
    """At most `tokens` positions of `rows`, in whole rows spread evenly."""
    total, context = rows.tokens.shape
    wanted = min(total, max(1, tokens // context))
    return rows.take(np.arange(wanted) * total // wanted)


class Losses(NamedTuple):
    """Of one batch, in nats: the mean word loss, 0 where no word is hidden; the mean next-sentence loss, None for a
    family without one; and over how many words the softmax went."""

    words: torch.Tensor
    pairs: torch.Tensor | None
    outputs: int


def training_losses(
    model: Transformer,
    batch: Batch,
    sampler: CandidateSampler | DrawnCandidates | None,
    rng: np.random.Generator,
    noise: torch.Generator | None,
) -> Losses:
    """Losses of a batch, to be differentiated.

    sampler : of the candidates, None for the exact softmax; `rng` draws them. noise : stream of the dropout.
    """
    hidden = model(batch.rows, noise).flatten(0, 1)
    pairs = _pair_loss(model, hidden, batch)
    if not len(batch.chosen):
        return Losses(hidden.sum() * 0.0, pairs, 0)
    chosen = hidden.index_select(0, torch.from_numpy(batch.chosen).to(hidden.device))
    if sampler is None:
        places, weight, bias = torch.from_numpy(batch.targets).to(hidden.device), model.output, model.bias
    else:
        words, log_inclusion, places = (
            torch.from_numpy(array).to(hidden.device) for array in sampler.draw(batch.targets, rng)
        )
        weight, bias = candidate_rows(words, log_inclusion, model.output, model.bias)
    dtype = torch.bfloat16 if model.low else torch.float32
    return Losses(mean_loss(chosen, places, weight, bias, dtype, _chunk(chosen)), pairs, len(weight))


def _chunk(hidden: torch.Tensor) -> int:
    """Positions whose logits are held at a time: on a CPU few, so that they stay in its cache; the wider, the more."""
    return 2 * hidden.shape[1] if hidden.device.type == "cpu" else 4096


def _pair_loss(model: Transformer, hidden: torch.Tensor, batch: Batch) -> torch.Tensor | None:
    if model.causal:
        return None
    wanted = torch.from_numpy(batch.consecutive).to(hidden.device)
    return F.binary_cross_entropy_with_logits(pair_logits(model, hidden, batch), wanted)


def pair_logits(model: Transformer, hidden: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Log odds float [m] that the spans of each pair follow each other, read at its `<cls>`."""
    return hidden[torch.from_numpy(batch.starts).to(hidden.device)] @ model.next_sentence + model.next_sentence_bias


@torch.no_grad()
def evaluate(model: Transformer, batch: Batch, rows: int = 64) -> tuple[float, float | None]:
    """Exact mean word loss of a batch in nats, and the share of its pairs told right (None without pairs).

    rows : read at a time, which bounds memory.
    """
    parts = zip(*(array.split(rows) for array in batch.rows.values()), strict=True)
    hidden = torch.cat([model(dict(zip(batch.rows, part, strict=True))) for part in parts]).flatten(0, 1)
    chosen = hidden[torch.from_numpy(batch.chosen).to(hidden.device)]
    targets = torch.from_numpy(batch.targets).to(hidden.device)
    loss = float(exact_losses(chosen, targets, model.output, model.bias).mean(dtype=torch.float64))
    if model.causal or not len(batch.starts):
        return loss, None
    guess = pair_logits(model, hidden, batch).cpu().numpy() > 0
    return loss, float((guess == (batch.consecutive > 0.5)).mean())
