"""What became of the records of every source: kept, dropped and why, and which of the kept ones are duplicates."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from wordspaces.common.errors import StudyError
from wordspaces.corpus.documents import KEPT

SUMMARY = pa.schema(
    [*((name, pa.string()) for name in ("corpus", "source", "step", "reason")), ("documents", pa.int64())]
)
EXTRACTION, DUPLICATES = "extraction", "duplicates"


def summarise(
    shards: Sequence[tuple[str, str]], dropped: Iterable[pa.Table], duplicates: Mapping[str, pa.Table]
) -> pa.Table:
    """Records of each source by what became of them.

    Parameters
    ----------
    shards : corpus and source of each shard.
    dropped : of each shard, reason string and documents int64; "kept" is one of the reasons.
    duplicates : corpus -> shard int32 (number in the corpus), reason string, documents int64.

    Returns
    -------
    corpus, source string; step string ("extraction": what the reader kept and dropped, "duplicates": what was left out
    of the documents kept); reason string, documents int64; sources in the order of the shards, then by these.
    """
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for (corpus, source), table in zip(shards, dropped, strict=True):
        for row in table.to_pylist():
            counts[corpus, source, EXTRACTION, row["reason"]] += row["documents"]
    for corpus, table in duplicates.items():
        sources = [source for owner, source in shards if owner == corpus]
        for row in table.to_pylist():
            counts[corpus, sources[row["shard"]], DUPLICATES, row["reason"]] += row["documents"]
    order = {shard: number for number, shard in reversed(list(enumerate(shards)))}
    keys = sorted(counts, key=lambda key: (order[key[:2]], *key[2:]))
    for corpus, source in order:
        _refuse_nothing(source, {key[3]: counts[key] for key in keys if key[:3] == (corpus, source, EXTRACTION)})
    columns = [list(column) for column in zip(*keys, strict=True)]
    return pa.table([*columns, [counts[key] for key in keys]], schema=SUMMARY)


def _refuse_nothing(source: str, counts: Mapping[str, int]) -> None:
    """`StudyError` where no document of a source was kept, with the reasons."""
    if not counts.get(KEPT):
        said = ", ".join(f"{number:,} {reason}" for reason, number in counts.items() if number) or "no record at all"
        raise StudyError(f"source {source}", f"no document ({said})", "a source with documents", "correct its entry")
