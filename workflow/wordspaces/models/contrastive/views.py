"""Batches of the contrastive objective: distinct words, and two occurrences of each with the words around them."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from wordspaces.common.errors import StudyError
from wordspaces.models.contrastive.objective import encoder, smooth_weights
from wordspaces.models.contrastive.settings import ContrastiveSettings
from wordspaces.models.word2vec.text import Documents


@dataclass(frozen=True)
class Occurrences:
    """Where the words of a text stand that occur twice or more next to another word.

    ids : int32 [tokens]; first, last : int64 [tokens], borders of each token's document; words : int64 [n];
    places : int64, positions of the first word, then of the second, and so on; starts : int64 [n + 1], where each
    word's begin; keys : float64 [n], log of its weight in the draw; weights : float64 [V], of each
    word in a context.
    """

    ids: np.ndarray
    first: np.ndarray
    last: np.ndarray
    words: np.ndarray
    places: np.ndarray
    starts: np.ndarray
    keys: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(
        cls, text: Documents, size: int, settings: ContrastiveSettings, where: str, reserved: int = 0
    ) -> "Occurrences":
        """Occurrences in a text; `size` : V. `StudyError`, naming `where`, with fewer than two such words.

        reserved : ids below it are no words (unknown ones, placeholders): contexts of two unknown words are not those
        of one word. They stay in the contexts of others.
        """
        lengths = np.diff(text.offsets)
        first, last = (np.repeat(ends, lengths) for ends in (text.offsets[:-1], text.offsets[1:]))
        positions = np.flatnonzero((last - first > 1) & (text.ids >= reserved))
        positions = positions[np.argsort(text.ids[positions], kind="stable")]
        words, counts = np.unique(text.ids[positions], return_counts=True)
        twice = counts >= 2
        if twice.sum() < 2:
            found = f"{int(twice.sum())} words that occur twice in documents of two words or more"
            raise StudyError(where, found, "two or more", "give it more text")
        places = positions[np.repeat(twice, counts)]
        starts = np.concatenate([[0], np.cumsum(counts[twice])])
        keys = settings.power * np.log(counts[twice])
        weights = smooth_weights(np.bincount(text.ids, minlength=size), settings.smoothing)
        return cls(text.ids, first, last, words[twice], places, starts, keys, weights)

    def draw(self, batch: int, rng: np.random.Generator) -> np.ndarray:
        """Positions int64 [B, 2] of two occurrences of each of B = min(batch, n) distinct words.

        Words come without replacement in the odds of their weights (the B largest of log weight plus Gumbel noise:
        Vieira 2014), two occurrences of a word with equal probability; they may stand near each other.
        """
        keys = self.keys + rng.gumbel(size=len(self.keys))
        count = min(batch, len(self.words))
        chosen = np.sort(np.argpartition(-keys, count - 1)[:count])
        begin, sizes = self.starts[chosen], self.starts[chosen + 1] - self.starts[chosen]
        one = rng.integers(0, sizes)
        other = (one + rng.integers(1, sizes)) % sizes
        return self.places[np.stack([begin + one, begin + other], axis=1)]

    def views(self, places: np.ndarray, window: int) -> sparse.csr_matrix:
        """Encoder [n, V] of the contexts of the positions `places` [n]: `window` words on either side."""
        steps = np.concatenate([np.arange(-window, 0), np.arange(1, window + 1)])
        around = places[:, None] + steps
        known = (around >= self.first[places, None]) & (around < self.last[places, None])
        return encoder(self.ids[np.clip(around, 0, len(self.ids) - 1)], known, self.weights)

    def batch(self, settings: ContrastiveSettings, rng: np.random.Generator) -> sparse.csr_matrix:
        """Encoder [2B, V] of a drawn batch: the first views of its words, then the second ones."""
        places = self.draw(settings.batch, rng)
        return self.views(places.T.ravel(), settings.window)
