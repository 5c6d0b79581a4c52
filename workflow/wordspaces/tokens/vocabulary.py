"""The one vocabulary of a study, its counts, and the words on which spaces are compared."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wordspaces.common.errors import StudyError
from wordspaces.tokens.placeholders import PLACEHOLDERS
from wordspaces.tokens.samples import is_disjoint
from wordspaces.tokens.settings import ComparisonSettings, VocabularySettings

SPECIALS = ("<unk>", "<sep>", "<cls>", "<mask>")
UNKNOWN = 0
RESERVED = (*SPECIALS, *PLACEHOLDERS)
VOCABULARY = pa.schema([("id", pa.int32()), ("token", pa.string()), ("kind", pa.string()), ("count", pa.int64())])
COMPARISON = pa.schema([("id", pa.int32()), ("token", pa.string()), ("count", pa.int64())])
COUNTS = pa.schema([("corpus", pa.string()), ("sample", pa.string()), ("id", pa.int32()), ("count", pa.int64())])
SUMMARY_COUNTS = ("documents", "words", "placeholders", "unknown", "tokens", "types")
SUMMARY = pa.schema(
    [("corpus", pa.string()), ("sample", pa.string()), *((name, pa.int64()) for name in SUMMARY_COUNTS)]
)

Cell = tuple[str, str]


def build_vocabulary(buckets: Iterable[pa.Table], settings: VocabularySettings) -> pa.Table:
    """Vocabulary of exactly `vocabulary_size` entries from the counts of all types.

    Parameters
    ----------
    buckets : token string, count int64, each token in one of them; one is in memory at a time, beside the words that
        may still come in.

    Returns
    -------
    id int32 (ascending from 0), token string, kind string (special, placeholder, word), count int64. First the
    specials, then the placeholders, then words by (-count, token). ``<unk>`` counts what the vocabulary leaves out.

    Raises
    ------
    StudyError : fewer words than the vocabulary needs occur `min_count` times.
    """
    needed = settings.vocabulary_size - len(RESERVED)
    seen: dict[str, int] = {}
    total = frequent = 0
    words = pa.table({"token": pa.array([], pa.string()), "count": pa.array([], pa.int64())})
    for bucket in buckets:
        masked = pc.is_in(bucket["token"], value_set=pa.array(PLACEHOLDERS))
        seen |= dict(zip(*(bucket.filter(masked)[name].to_pylist() for name in ("token", "count")), strict=True))
        bucket = bucket.filter(pc.invert(masked))
        total += pc.sum(bucket["count"]).as_py() or 0
        bucket = bucket.filter(pc.greater_equal(bucket["count"], settings.min_count))
        frequent += bucket.num_rows
        order = [("count", "descending"), ("token", "ascending")]
        words = pa.concat_tables([words, bucket]).sort_by(order).slice(0, needed).combine_chunks()
    if frequent < needed:
        raise StudyError(
            "vocabulary_size",
            f"{settings.vocabulary_size:,}",
            f"at most {frequent + len(RESERVED):,}: {frequent:,} words occur {settings.min_count} times "
            f"in the training samples, and {len(RESERVED)} entries are reserved",
            "lower vocabulary_size or min_count, or train on more text",
        )
    unknown = total - (pc.sum(words["count"]).as_py() or 0)
    reserved = [unknown, 0, 0, 0, *(seen.get(token, 0) for token in PLACEHOLDERS)]
    tokens = words["token"].to_pylist()
    # Other normalisers know further placeholders; no text can write one by itself.
    kinds = ["placeholder" if token[0] == "<" and token[-1] == ">" else "word" for token in tokens]
    return pa.table(
        [
            np.arange(settings.vocabulary_size, dtype=np.int32),
            [*RESERVED, *tokens],
            ["special"] * len(SPECIALS) + ["placeholder"] * len(PLACEHOLDERS) + kinds,
            [*reserved, *words["count"].to_pylist()],
        ],
        schema=VOCABULARY,
    )


def count_cells(
    vocabulary: pa.Table, batches: Iterable[tuple[Cell, pa.Table]]
) -> tuple[dict[Cell, np.ndarray], dict[Cell, int]]:
    """Counts of every vocabulary id, int64 [V], and number of documents, of each (corpus, sample).

    `batches` : some thousand encoded documents of a cell at a time, with ids list<int32>.
    """
    counts: dict[Cell, np.ndarray] = {}
    documents: dict[Cell, int] = {}
    for cell, batch in batches:
        ids = pc.list_flatten(batch["ids"]).to_numpy()
        found = np.bincount(ids, minlength=vocabulary.num_rows).astype(np.int64)
        counts[cell] = counts[cell] + found if cell in counts else found
        documents[cell] = documents.get(cell, 0) + batch.num_rows
    return counts, documents


def counts_table(counts: Mapping[Cell, np.ndarray]) -> pa.Table:
    """corpus, sample string, id int32, count int64: every vocabulary id of each cell, sorted by these."""
    cells = sorted(counts)
    size = len(counts[cells[0]])
    names = np.array(cells, dtype=object).repeat(size, axis=0)
    ids = np.tile(np.arange(size, dtype=np.int32), len(cells))
    return pa.table([names[:, 0], names[:, 1], ids, np.concatenate([counts[cell] for cell in cells])], schema=COUNTS)


def comparison_table(vocabulary: pa.Table, counts: Mapping[Cell, np.ndarray], settings: ComparisonSettings) -> pa.Table:
    """Words with `comparison_min_count` occurrences in each disjoint sample: id, token, smallest count; by id.

    Of more than `comparison_words` such words, those whose smallest count is largest.

    Raises `StudyError` where no word is that frequent everywhere.
    """
    disjoint = [cell for cell in sorted(counts) if is_disjoint(cell[1])]
    smallest = np.min([counts[cell] for cell in disjoint], axis=0)
    words = np.array(vocabulary["kind"].to_pylist()) == "word"
    chosen = np.flatnonzero(words & (smallest >= settings.comparison_min_count))
    if settings.comparison_words is not None:
        # By the count that is smallest over samples; among equals the earlier word of the vocabulary.
        chosen = np.sort(chosen[np.argsort(-smallest[chosen], kind="stable")][: settings.comparison_words])
    if not len(chosen):
        raise StudyError(
            "comparison_min_count",
            f"{settings.comparison_min_count}",
            f"at most {int(smallest[words].max(initial=0))}, the largest count that a word has in every sample",
            "lower it, or train on more text",
        )
    tokens = vocabulary["token"].take(pa.array(chosen)).combine_chunks()
    return pa.table([pa.array(chosen, pa.int32()), tokens, smallest[chosen]], schema=COMPARISON)


def summary_table(vocabulary: pa.Table, counts: Mapping[Cell, np.ndarray], documents: Mapping[Cell, int]) -> pa.Table:
    """Sizes of each cell, sorted by corpus and sample.

    words : tokens that are no placeholder, unknown ones included; unknown : occurrences of ``<unk>``; tokens : words
    and placeholders; types : distinct words of the vocabulary.
    """
    kinds = np.array(vocabulary["kind"].to_pylist())
    rows: list[Sequence[str | int]] = []
    for cell in sorted(counts):
        count = counts[cell]
        masked, tokens = int(count[kinds == "placeholder"].sum()), int(count.sum())
        types = int(np.count_nonzero(count[kinds == "word"]))
        rows.append((*cell, documents[cell], tokens - masked, masked, int(count[UNKNOWN]), tokens, types))
    return pa.table([list(column) for column in zip(*rows, strict=True)], schema=SUMMARY)
