"""The one vocabulary of a study, its counts, and the words on which spaces are compared."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wordspaces.common.errors import StudyError
from wordspaces.tokens.encoded import Encoded, unigram_counts
from wordspaces.tokens.normalise import PLACEHOLDERS
from wordspaces.tokens.samples import HELDOUT
from wordspaces.tokens.settings import ComparisonSettings, VocabularySettings
from wordspaces.tokens.shards import selected, split_sentences

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


def count_types(normalised: pa.Table, documents: pa.Array | pa.ChunkedArray) -> pa.Table:
    """Occurrences of each token in the given documents of a normalised shard: token string, count int64."""
    tokens = split_sentences(selected(normalised, documents))[1].flatten()
    found = pc.value_counts(tokens)
    return pa.table({"token": found.field("values"), "count": found.field("counts")})


def build_vocabulary(counts: Iterable[pa.Table], settings: VocabularySettings) -> pa.Table:
    """Vocabulary of exactly `vocabulary_size` entries from the token counts of all training shards.

    Returns
    -------
    id int32 (ascending from 0), token string, kind string (special, placeholder, word), count int64. First the
    specials, then the placeholders, then words by (-count, token). ``<unk>`` counts what the vocabulary leaves out.

    Raises
    ------
    StudyError : fewer words than the vocabulary needs occur `min_count` times.
    """
    merged = pa.concat_tables(counts).group_by("token").aggregate([("count", "sum")])
    merged = merged.rename_columns({"token": "token", "count_sum": "count"})
    masked = pc.is_in(merged["token"], value_set=pa.array(PLACEHOLDERS))
    seen = dict(zip(*(merged.filter(masked)[name].to_pylist() for name in ("token", "count")), strict=True))
    words = merged.filter(pc.invert(masked))
    total = pc.sum(words["count"]).as_py() or 0
    words = words.filter(pc.greater_equal(words["count"], settings.min_count))
    needed = settings.vocabulary_size - len(RESERVED)
    if words.num_rows < needed:
        raise StudyError(
            "vocabulary_size",
            f"{settings.vocabulary_size:,}",
            f"at most {words.num_rows + len(RESERVED):,}: {words.num_rows:,} words occur {settings.min_count} times "
            f"in the training samples, and {len(RESERVED)} entries are reserved",
            "lower vocabulary_size or min_count, or train on more text",
        )
    words = words.sort_by([("count", "descending"), ("token", "ascending")]).slice(0, needed)
    unknown = total - pc.sum(words["count"]).as_py()
    reserved = [unknown, 0, 0, 0, *(seen.get(token, 0) for token in PLACEHOLDERS)]
    kinds = ["special"] * len(SPECIALS) + ["placeholder"] * len(PLACEHOLDERS) + ["word"] * needed
    return pa.table(
        [
            np.arange(settings.vocabulary_size, dtype=np.int32),
            [*RESERVED, *words["token"].to_pylist()],
            kinds,
            [*reserved, *words["count"].to_pylist()],
        ],
        schema=VOCABULARY,
    )


def count_cells(
    vocabulary: pa.Table, shards: Iterable[tuple[Cell, Encoded]]
) -> tuple[dict[Cell, np.ndarray], dict[Cell, int]]:
    """Counts of every vocabulary id, int64 [V], and number of documents, of each (corpus, sample)."""
    counts: dict[Cell, np.ndarray] = {}
    documents: dict[Cell, int] = {}
    for cell, encoded in shards:
        found = unigram_counts(encoded, vocabulary.num_rows)
        counts[cell] = counts[cell] + found if cell in counts else found
        documents[cell] = documents.get(cell, 0) + len(encoded.documents) - 1
    return counts, documents


def counts_table(counts: Mapping[Cell, np.ndarray]) -> pa.Table:
    """corpus, sample string, id int32, count int64: every vocabulary id of each cell, sorted by these."""
    cells = sorted(counts)
    size = len(counts[cells[0]])
    names = np.array(cells, dtype=object).repeat(size, axis=0)
    ids = np.tile(np.arange(size, dtype=np.int32), len(cells))
    return pa.table([names[:, 0], names[:, 1], ids, np.concatenate([counts[cell] for cell in cells])], schema=COUNTS)


def comparison_table(vocabulary: pa.Table, counts: Mapping[Cell, np.ndarray], settings: ComparisonSettings) -> pa.Table:
    """Words with `comparison_min_count` occurrences in each training cell: id, token, smallest count; by id.

    Raises `StudyError` where no word is that frequent everywhere.
    """
    smallest = np.min([count for (_, sample), count in sorted(counts.items()) if sample != HELDOUT], axis=0)
    words = np.array(vocabulary["kind"].to_pylist()) == "word"
    chosen = np.flatnonzero(words & (smallest >= settings.comparison_min_count))
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
