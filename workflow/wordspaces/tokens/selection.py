"""Draw held-out and training documents, and match the number of words over samples and corpora.

Every shard is read twice, some thousands of documents at a time: once to count the words in each step of a sample's
interval, once to fetch the few thousand documents around the step where the sample ends, among which whole documents
are chosen so that all samples have the same number of words.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from wordspaces.common.errors import StudyError
from wordspaces.tokens.matching import fill, match_size, match_sizes
from wordspaces.tokens.samples import (
    BINS,
    BORDER,
    HELDOUT,
    SAMPLES,
    Selection,
    Shard,
    arrival_bins,
    arrivals,
    bins_of,
    bootstrap_names,
    eligible,
    numbered,
    sample_names,
)
from wordspaces.tokens.settings import SelectionSettings

BEFORE, AFTER = 2048, 4096
"""Documents on either side of a sample's end among which the last ones are chosen."""

Cell = tuple[str, str]


class Corpus(NamedTuple):
    """Normalised shards of a corpus, and what gives the sorted row numbers, int64, of the duplicates in shard n."""

    shards: Sequence[Shard]
    left_out: Callable[[int], np.ndarray]


class Unit(NamedTuple):
    """A document, or one copy of it: its step and place in the sample, where it stands, its words."""

    step: int
    place: float
    document: str
    shard: int
    row: int
    words: int


def select_documents(corpora: Mapping[str, Corpus], settings: SelectionSettings) -> Selection:
    """The documents of every sample, with equal numbers of words.

    Parameters
    ----------
    corpora : corpus -> its shards, with document string, place double, words int32, and their duplicates.

    Returns
    -------
    Training samples of all corpora have the same number of words within one, and so have the held-out parts and equal
    shares of the samples. Bootstrap samples come as near to that number as whole documents allow.

    Raises
    ------
    StudyError : a part without documents, `tokens_per_sample` beyond the smallest part, or parts that no choice of
        whole documents makes equal.
    """
    names = sample_names(settings)
    histograms = {cell: found for corpus, part in corpora.items() for cell, found in _disjoint(corpus, part, settings)}
    totals = {cell: int(words.sum()) for cell, (words, _) in histograms.items()}
    for (corpus, sample), total in sorted(totals.items()):
        if not total:
            found = f"{settings.min_words}, which leaves corpus {corpus} no document in sample {sample}"
            raise StudyError("min_words", found, "documents in every sample", "lower min_words or add sources")
    heldout = {cell: total for cell, total in totals.items() if cell[1] == HELDOUT}
    training = {cell: total for cell, total in totals.items() if cell[1] != HELDOUT}
    target = _target(training, settings)
    rows: list[tuple] = []
    listed: list[tuple] = []
    free = settings.tokens_per_sample is None
    for cells, words, lower in ((heldout, min(heldout.values()), True), (training, target, free)):
        found = _matched({cell: histograms[cell] for cell in cells}, words, lower, corpora, settings, None)
        rows += found[0]
        listed += found[1]
    selection = _selection(rows, listed, settings)
    words = min(row[4] for row in rows if row[1] in names)
    for share in settings.shares:
        parts = {(corpus, f"{sample}{share}"): histograms[corpus, sample] for corpus in corpora for sample in names}
        found = _matched(parts, words * share // 100, True, corpora, settings, None)
        rows += found[0]
        listed += found[1]
    for name in bootstrap_names(settings):
        drawn = {(corpus, name): _histogram(_copies(corpus, part, name, selection)) for corpus, part in corpora.items()}
        found = _matched(drawn, words, False, corpora, settings, selection)
        rows += found[0]
        listed += found[1]
    return _selection(rows, listed, settings)


def _selection(rows: list[tuple], listed: list[tuple], settings: SelectionSettings) -> Selection:
    """Rows of both tables, sorted, as a `Selection`."""
    columns = [list(column) for column in zip(*sorted(rows), strict=True)]
    border = [list(column) for column in zip(*sorted(listed), strict=True)] or [[] for _ in BORDER]
    return Selection(pa.table(columns, schema=SAMPLES), pa.table(border, schema=BORDER), settings)


def _batches(part: Corpus, settings: SelectionSettings) -> Iterator[tuple[int, int, pa.Table, np.ndarray]]:
    """Number of the shard, first row, batch, and which of its rows may be chosen, over a corpus."""
    for number, shard in enumerate(part.shards):
        left_out = part.left_out(number)
        for first, batch in numbered(shard()):
            yield number, first, batch, eligible(first, batch, left_out, settings)


def _disjoint(
    corpus: str, part: Corpus, settings: SelectionSettings
) -> Iterator[tuple[Cell, tuple[np.ndarray, np.ndarray]]]:
    """Words and documents by step, int64 [BINS], of the held-out part and of each disjoint sample."""
    found = {name: (np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)) for name in [*sample_names(settings), HELDOUT]}
    for _, _, batch, chosen in _batches(part, settings):
        places, sizes = batch["place"].to_numpy(), batch["words"].to_numpy()
        for name, (words, documents) in found.items():
            steps = bins_of(places, name, settings)
            inside = chosen & (steps >= 0)
            np.add.at(words, steps[inside], sizes[inside])
            np.add.at(documents, steps[inside], 1)
    for name, histogram in found.items():
        yield (corpus, name), histogram


def _units(corpus: str, part: Corpus, sample: str, steps: range, settings: SelectionSettings) -> Iterator[Unit]:
    """Documents of a disjoint sample whose step is within `steps`."""
    for number, first, batch, chosen in _batches(part, settings):
        found = bins_of(batch["place"].to_numpy(), sample, settings)
        rows = np.flatnonzero(chosen & (found >= steps.start) & (found < steps.stop))
        taken = batch.take(pa.array(rows))
        for row, step, document, place, words in zip(
            rows, found[rows], *(taken[name].to_pylist() for name in ("document", "place", "words")), strict=True
        ):
            yield Unit(int(step), place, document, number, first + int(row), words)


def _copies(corpus: str, part: Corpus, sample: str, selection: Selection) -> Iterator[Unit]:
    """Copies of the documents of sample "a" that may come into a bootstrap sample."""
    for number, shard in enumerate(part.shards):
        left_out = part.left_out(number)
        for first, batch in numbered(shard()):
            rows = np.flatnonzero(selection.copies(corpus, "a", number, first, batch, left_out))
            taken = batch.take(pa.array(rows))
            for row, document, words in zip(
                rows, *(taken[name].to_pylist() for name in ("document", "words")), strict=True
            ):
                for step, time in zip(arrival_bins(document, sample), arrivals(document, sample), strict=True):
                    yield Unit(step, time, document, number, first + int(row), words)


def _histogram(units: Iterator[Unit]) -> tuple[np.ndarray, np.ndarray]:
    """Words and documents by step, int64 [BINS]."""
    words, documents = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
    for unit in units:
        words[unit.step] += unit.words
        documents[unit.step] += 1
    return words, documents


def _matched(
    histograms: Mapping[Cell, tuple[np.ndarray, np.ndarray]],
    target: int,
    lower: bool,
    corpora: Mapping[str, Corpus],
    settings: SelectionSettings,
    drawn_from: Selection | None,
) -> tuple[list[tuple], list[tuple]]:
    """Rows of the tables `SAMPLES` and `BORDER` for some cells, all of them with the same number of words."""
    windows = {cell: _window(*histogram, target) for cell, histogram in histograms.items()}
    units: dict[Cell, list[Unit]] = {}
    for (corpus, sample), steps in windows.items():
        part = corpora[corpus]
        if drawn_from is None:
            found = _units(corpus, part, sample, steps, settings)
        else:
            found = (unit for unit in _copies(corpus, part, sample, drawn_from) if unit.step in steps)
        units[corpus, sample] = sorted(found)
    before = {cell: int(histograms[cell][0][: steps.start].sum()) for cell, steps in windows.items()}
    sizes = {cell: np.array([unit.words for unit in found], np.int64) for cell, found in units.items()}
    if drawn_from is None:
        chosen = match_sizes(sizes, target, lower, before)
    else:
        chosen = {cell: nearest(counts, target - before[cell]) for cell, counts in sizes.items()}
    rows, listed = [], []
    for cell, indices in chosen.items():
        taken = [units[cell][index] for index in indices]
        documents = int(histograms[cell][1][: windows[cell].start].sum()) + len(taken)
        rows.append((*cell, windows[cell].start, documents, before[cell] + int(sizes[cell][indices].sum())))
        places = sorted((unit.shard, unit.row) for unit in taken)
        listed += [(*cell, *place, places.count(place)) for place in dict.fromkeys(places)]
    return rows, listed


def nearest(words: np.ndarray, target: int) -> np.ndarray:
    """Copies whose words come to `target` within one or, of few large documents, as near below it as they fit."""
    try:
        return match_size(words, target, "")
    except StudyError:
        return fill(words, target)


def _window(words: np.ndarray, documents: np.ndarray, target: int) -> range:
    """Steps around the one in which a sample reaches `target` words, wide enough to choose its last documents from."""
    end = int(np.searchsorted(np.cumsum(words), target))
    ends = np.cumsum(documents)
    here = int(ends[min(end, BINS - 1)])
    start = int(np.searchsorted(ends, here - BEFORE, side="right"))
    stop = int(np.searchsorted(ends, here + AFTER)) + 1
    return range(min(start, end), min(max(stop, end + 1), BINS))


def _target(training: Mapping[Cell, int], settings: SelectionSettings) -> int:
    """Words of each training sample: as set, or all of the smallest."""
    words, corpus, sample = min((total, *cell) for cell, total in training.items())
    wanted = settings.tokens_per_sample
    if wanted is None:
        return words
    if wanted > words:
        raise StudyError(
            "tokens_per_sample",
            f"{wanted:,}",
            f"at most {words:,}, all that sample {sample} of corpus {corpus} has",
            "lower it, take fewer samples, or add sources",
        )
    return wanted
