"""Passes of Word2Vec and GloVe to be timed: what their trainers do between two looks at the loss, and nothing else.

Drawing of segments and noise words belongs to a pass of Word2Vec; initial tables, the cutting of X into tiles, losses
and snapshots do not.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from wordspaces.common.streams import generator
from wordspaces.models.cost.evidence import Pairs, first_pairs, sized
from wordspaces.models.cost.grid import SOFTMAX, Point
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.glove.tiles import SIDE, cut_tiles
from wordspaces.models.glove.train import in_memory, initial_tables, tile_order, train_pass
from wordspaces.models.result import aligned_rows
from wordspaces.models.word2vec.kernel import train_cbow, train_skipgram
from wordspaces.models.word2vec.sampling import (
    Noise,
    alias_table,
    draw_noise,
    draw_segment,
    keep_probabilities,
    noise_distribution,
    stream_state,
)
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.models.word2vec.softmax import train_softmax
from wordspaces.models.word2vec.train import BLOCK, SEGMENT
from wordspaces.tokens.encoded import Encoded, unigram_counts

Task = Callable[[], None]
SEED = 0


class Word2VecPasses:
    """Passes over one text; points of one dimension and vocabulary share their tables.

    text : of the study, ids below `size`, the words of its vocabulary.
    """

    def __init__(self, text: Encoded, size: int) -> None:
        self.text, self.size = text, size
        self.tables: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}

    @cached_property
    def counts(self) -> np.ndarray:
        """Tokens of each word, int64 [V]."""
        return unigram_counts(self.text, self.size)

    @cached_property
    def noise(self) -> Noise:
        """The noise distribution of the default settings."""
        return alias_table(noise_distribution(self.counts, Word2VecSettings().noise_power))

    def vectors(self, size: int, dimension: int) -> tuple[np.ndarray, np.ndarray]:
        """Input and output vectors, float32 [V, d and padding]: initial at first, then as passes left them."""
        if (size, dimension) not in self.tables:
            centre, context = aligned_rows(size, dimension), aligned_rows(size, dimension)
            draw = np.random.default_rng(SEED).random((size, dimension), np.float32)
            centre[:, :dimension] = (draw - np.float32(0.5)) / np.float32(dimension)
            self.tables[size, dimension] = centre, context
        return self.tables[size, dimension]

    def task(self, point: Point) -> Task:
        """One pass at a point, in place."""
        text = sized(self.text, point.tokens)
        architecture = "cbow" if point.trainer == "cbow" else "skipgram"
        objective = "full_softmax" if point.measure == SOFTMAX else "negative_sampling"
        # Words beyond a smaller vocabulary become the unknown one; dropping that as often as it would be dropped in the
        # whole vocabulary would leave less text to a smaller one.
        subsample = None if point.measure == SOFTMAX else 1e-3
        settings = Word2VecSettings(
            architecture=architecture,
            objective=objective,
            dimension=point.dimension,
            window=point.window,
            subsample=subsample,
        )
        tables = self.vectors(point.vocabulary, point.dimension)
        ids = np.where(text.ids < point.vocabulary, text.ids, 0).astype(np.int32)
        parts = segments(text.documents)
        keep = keep_probabilities(self.counts, settings.subsample)
        return lambda: self.run(settings, tables, ids, text.documents, parts, keep)

    def run(
        self,
        settings: Word2VecSettings,
        tables: tuple[np.ndarray, np.ndarray],
        ids: np.ndarray,
        documents: np.ndarray,
        parts: list[np.ndarray],
        keep: np.ndarray,
    ) -> None:
        """Draw and train every segment, at the constant rate of the first step."""
        state = stream_state(SEED, "cost", "sampling")
        drawn = settings.dynamic_window and not settings.weighted_window
        for part in parts:
            segment = draw_segment(ids, documents, part, keep, settings.window, drawn, state)
            positions = len(segment.kept)
            if not positions:
                continue
            starts = np.arange(0, positions, BLOCK)
            ends = np.minimum(starts + BLOCK, positions)
            rates = np.full(len(ends), settings.learning_rate, np.float32)
            if settings.objective == "full_softmax":
                train_softmax(tuple(t[:, : settings.dimension] for t in tables), segment, starts, ends, rates, settings)
                continue
            words = draw_noise(self.noise, state, len(ends), settings.shared_negatives)
            given = *tables, segment, 0, ends, rates, words, settings.negative, np.float32(settings.l2)
            if settings.architecture == "skipgram":
                train_skipgram(*given, np.float32(settings.fall))
            else:
                train_cbow(*given)


def segments(documents: np.ndarray) -> list[np.ndarray]:
    """Numbers of documents in parts of about `SEGMENT` tokens. documents : int64 [documents + 1], their offsets."""
    cuts = np.searchsorted(documents[:-1], np.arange(SEGMENT, documents[-1], SEGMENT))
    return [part for part in np.split(np.arange(len(documents) - 1), np.unique(cuts)) if len(part)]


def glove_task(pairs: Pairs, size: int, point: Point) -> Task:
    """One pass over the first `point.pairs` of the drawn pairs, in place; the first of the trainer's own. size : V."""
    settings = GloveSettings(dimension=point.dimension)
    shuffle = int(generator(SEED, "glove", "order", "tiles").integers(2**63))
    tiles = cut_tiles(in_memory(*first_pairs(pairs, point.pairs)), size, settings, shuffle, SIDE)
    tables, order = initial_tables(size, settings, SEED), tile_order(tiles, SEED, 0)
    return lambda: train_pass(tables, tiles, settings, order, 0, len(tiles.cell))
