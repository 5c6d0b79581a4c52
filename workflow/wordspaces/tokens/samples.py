"""Names of the samples, the hashes by which documents are drawn, and which documents each sample has.

A document's place in [0, 1) is a hash of its id alone: the same on every machine, whatever else the corpus holds. A
training sample, and the held-out part, is an interval of places; a share of a sample is the beginning of its interval.
A bootstrap sample draws each document of sample "a"
a Poisson number of times: its copies arrive at the times of a Poisson process of rate 1 that is hashed from its id,
and those that come before a common end are taken (the Poisson bootstrap: Hanley and MacGibbon 2006; Chamandy et al.
2012). Where a sample ends is set by its number of words.
"""

import math
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wordspaces.common.streams import unit_interval
from wordspaces.tokens.settings import SelectionSettings

HELDOUT = "heldout"
BOOTSTRAP = "boot"
BINS = 1 << 14
"""Steps into which the interval of a sample is divided, to find where it ends without holding its documents."""
HORIZON = 2.0
"""Time up to which copies of a document are drawn; a bootstrap sample as large as its source ends near 1."""

SAMPLES = pa.schema(
    [
        ("corpus", pa.string()),
        ("sample", pa.string()),
        ("border", pa.int32()),
        ("documents", pa.int64()),
        ("words", pa.int64()),
    ]
)
BORDER = pa.schema(
    [
        ("corpus", pa.string()),
        ("sample", pa.string()),
        ("shard", pa.int32()),
        ("row", pa.int64()),
        ("copies", pa.int32()),
    ]
)


def sample_names(settings: SelectionSettings) -> list[str]:
    """Names of the disjoint training samples: a, b, and so on."""
    return list(string.ascii_lowercase[: settings.samples])


def share_names(settings: SelectionSettings) -> list[str]:
    """Names of the shares of the training samples: a25, b25, and so on, by percentage."""
    return [f"{sample}{share}" for share in settings.shares for sample in sample_names(settings)]


def is_disjoint(sample: str) -> bool:
    """Whether a name is that of one of the disjoint training samples, of which all others but the held-out are made."""
    return len(sample) == 1


def bootstrap_names(settings: SelectionSettings) -> list[str]:
    """Names of the bootstrap samples: boot1, boot2, and so on."""
    return [f"{BOOTSTRAP}{number}" for number in range(1, settings.bootstrap + 1)]


def draw(document: str) -> float:
    """Place of a document in [0, 1): a function of its id alone, so that more documents move none."""
    return unit_interval(document, "sample")


def interval_of(sample: str, settings: SelectionSettings) -> tuple[float, float]:
    """Places [low, high) of the documents of the held-out part, of a disjoint training sample or of its shares."""
    if sample == HELDOUT:
        return 0.0, settings.heldout
    share = (1.0 - settings.heldout) / settings.samples
    number = string.ascii_lowercase.index(sample.rstrip(string.digits))
    high = 1.0 if number == settings.samples - 1 else settings.heldout + (number + 1) * share
    return settings.heldout + number * share, high


def bins_of(places: np.ndarray, sample: str, settings: SelectionSettings) -> np.ndarray:
    """Step of each place within the interval of a sample, int64 [documents]; -1 outside it."""
    low, high = interval_of(sample, settings)
    steps = np.minimum(((places - low) * (BINS / (high - low))).astype(np.int64), BINS - 1)
    return np.where((places >= low) & (places < high), steps, -1)


def arrivals(document: str, sample: str) -> list[float]:
    """Times, below `HORIZON` and rising, at which copies of a document arrive in a bootstrap sample."""
    times: list[float] = []
    time = 0.0
    while True:
        time -= math.log1p(-unit_interval(document, sample, str(len(times))))
        if time >= HORIZON:
            return times
        times.append(time)


def arrival_bins(document: str, sample: str) -> list[int]:
    """Step of each copy of a document within the time of a bootstrap sample, rising."""
    return [min(int(time * (BINS / HORIZON)), BINS - 1) for time in arrivals(document, sample)]


Shard = Callable[[], Iterator[pa.Table]]
"""Gives the rows of a normalised shard from the beginning, some thousands at a time."""


def numbered(batches: Iterator[pa.Table]) -> Iterator[tuple[int, pa.Table]]:
    """Batches with the row number at which each begins."""
    first = 0
    for batch in batches:
        yield first, batch
        first += batch.num_rows


def eligible(first: int, batch: pa.Table, left_out: np.ndarray, settings: SelectionSettings) -> np.ndarray:
    """Which rows may be in a sample: no duplicates (`left_out`, sorted row numbers) and long enough; bool [rows]."""
    chosen = batch["words"].to_numpy() >= settings.min_words
    inside = left_out[np.searchsorted(left_out, first) : np.searchsorted(left_out, first + batch.num_rows)]
    chosen[inside - first] = False
    return chosen


@dataclass(frozen=True)
class Selection:
    """Which documents each sample has: up to its border all of them, beyond it those that are listed.

    samples : under `SAMPLES`; border : under `BORDER`, with the number of the shard in its corpus.
    """

    samples: pa.Table
    border: pa.Table
    settings: SelectionSettings

    @cached_property
    def _borders(self) -> dict[tuple[str, str], int]:
        names = zip(*(self.samples[name].to_pylist() for name in ("corpus", "sample", "border")), strict=True)
        return {(corpus, sample): border for corpus, sample, border in names}

    def _listed(self, corpus: str, sample: str, shard: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows of a shard that are listed for a sample, rising, and how often."""
        chosen = pc.and_(
            pc.and_(pc.equal(self.border["corpus"], corpus), pc.equal(self.border["sample"], sample)),
            pc.equal(self.border["shard"], shard),
        )
        rows = self.border.filter(chosen)
        return rows["row"].to_numpy(), rows["copies"].to_numpy()

    def copies(
        self, corpus: str, sample: str, shard: int, first: int, batch: pa.Table, left_out: np.ndarray
    ) -> np.ndarray:
        """How often a sample has each row of a batch of a shard, int64 [rows].

        Parameters
        ----------
        shard : its number in the corpus; first : number of the batch's first row in it; left_out : sorted row numbers
        of its duplicates. The batch has document string, place double, words int32.
        """
        chosen = eligible(first, batch, left_out, self.settings)
        if sample.startswith(BOOTSTRAP):
            counts = np.where(chosen, self._arrived(corpus, sample, shard, first, batch, left_out), 0)
        else:
            steps = bins_of(batch["place"].to_numpy(), sample, self.settings)
            counts = (chosen & (steps >= 0) & (steps < self._borders[corpus, sample])).astype(np.int64)
        rows, times = self._listed(corpus, sample, shard)
        inside = slice(*np.searchsorted(rows, [first, first + batch.num_rows]))
        counts[rows[inside] - first] += times[inside]
        return counts

    def _arrived(
        self, corpus: str, sample: str, shard: int, first: int, batch: pa.Table, left_out: np.ndarray
    ) -> np.ndarray:
        """Copies that arrive before the border of a bootstrap sample, of the documents of the sample it draws from."""
        counts = np.zeros(batch.num_rows, np.int64)
        border, documents = self._borders[corpus, sample], batch["document"]
        for row in np.flatnonzero(self.copies(corpus, "a", shard, first, batch, left_out)):
            counts[row] = sum(step < border for step in arrival_bins(documents[int(row)].as_py(), sample))
        return counts
