"""Draw held-out and training documents, and match the number of words over samples and corpora."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from wordspaces.common.errors import StudyError
from wordspaces.common.streams import unit_interval
from wordspaces.tokens.matching import match_sizes
from wordspaces.tokens.samples import HELDOUT, sample_names
from wordspaces.tokens.settings import SelectionSettings

SELECTION = pa.schema(
    [
        ("corpus", pa.string()),
        ("sample", pa.string()),
        ("source", pa.string()),
        ("document", pa.string()),
        ("words", pa.int32()),
    ]
)


def draw(document: str) -> float:
    """Place of a document in [0, 1): a function of its id alone, so that more documents move none."""
    return unit_interval(document, "sample")


def sample_of(place: float, settings: SelectionSettings) -> str:
    """Sample of a document at `place`: held out, or one of the training samples, in equal shares."""
    if place < settings.heldout:
        return HELDOUT
    share = (place - settings.heldout) / (1.0 - settings.heldout)
    return sample_names(settings.samples)[min(int(share * settings.samples), settings.samples - 1)]


def select_documents(
    shards: Mapping[str, Sequence[pa.Table]],
    duplicates: Mapping[str, pa.Table],
    sources: Mapping[str, Sequence[str]],
    settings: SelectionSettings,
) -> pa.Table:
    """The documents of every sample, with equal numbers of words.

    Parameters
    ----------
    shards : corpus -> tables (document string, words int32), one a source.
    duplicates : corpus -> table with column id: documents to leave out.
    sources : corpus -> names of its sources, in the order of its shards.

    Returns
    -------
    corpus, sample, source, document string, words int32; sorted by these. Training samples of all corpora have the
    same number of words within one, and so have the held-out parts.

    Raises
    ------
    StudyError : a part without documents, `tokens_per_sample` beyond the smallest part, or parts that no choice of
        whole documents makes equal.
    """
    frames = [
        _candidates(corpus, shard, source, duplicates[corpus], settings)
        for corpus in sorted(shards)
        for shard, source in zip(shards[corpus], sources[corpus], strict=True)
    ]
    frame = pd.concat(frames, ignore_index=True).sort_values(["corpus", "sample", "place", "document"])
    parts = dict(list(frame.groupby(["corpus", "sample"], sort=True)))
    names = [*sample_names(settings.samples), HELDOUT]
    for cell in ((corpus, sample) for corpus in sorted(shards) for sample in names):
        if cell not in parts:
            found = f"{settings.min_words}, which leaves corpus {cell[0]} no document in sample {cell[1]}"
            raise StudyError("min_words", found, "documents in every sample", "lower min_words or add sources")
    words = {cell: part["words"].to_numpy() for cell, part in parts.items()}
    heldout = {cell: sizes for cell, sizes in words.items() if cell[1] == HELDOUT}
    training = {cell: sizes for cell, sizes in words.items() if cell[1] != HELDOUT}
    matched = {
        **match_sizes(heldout, _smallest(heldout)[0], lower=True),
        **match_sizes(training, _target(training, settings), lower=settings.tokens_per_sample is None),
    }
    chosen = [parts[cell].iloc[indices] for cell, indices in matched.items()]
    table = pd.concat(chosen).sort_values(["corpus", "sample", "source", "document"])
    return pa.Table.from_pandas(table[SELECTION.names], schema=SELECTION, preserve_index=False)


def _candidates(
    corpus: str, shard: pa.Table, source: str, duplicates: pa.Table, settings: SelectionSettings
) -> pd.DataFrame:
    """Documents of a shard that may be selected, with sample and place."""
    frame = pd.DataFrame({name: shard[name].to_numpy() for name in ("document", "words")})
    out = frame["document"].isin(duplicates["id"].to_pylist()) | (frame["words"] < settings.min_words)
    frame = frame[~out].assign(corpus=corpus, source=source)
    frame["place"] = np.array([draw(document) for document in frame["document"]], np.float64)
    frame["sample"] = [sample_of(place, settings) for place in frame["place"]]
    return frame


def _smallest(words: Mapping[tuple[str, str], np.ndarray]) -> tuple[int, str, str]:
    """Words, corpus and sample of the part with the fewest words."""
    return min((int(sizes.sum()), *cell) for cell, sizes in words.items())


def _target(training: Mapping[tuple[str, str], np.ndarray], settings: SelectionSettings) -> int:
    """Words of each training sample: as set, or all of the smallest."""
    words, corpus, sample = _smallest(training)
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
