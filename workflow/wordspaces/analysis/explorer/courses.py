"""How single words, and pairs of words, move while spaces form: the mean over the runs of each corpus and recipe.

`word_course` follows every compared word that the snapshots hold. Its columns: `corpus`, `model`, `id`, `word`,
`snapshot` (0 is before training), `tokens_seen` (mean over runs, rounded); `similarity`, how much of the word's place
is reached: the mean over runs of its second-order similarity with the finished spaces of other seeds on the same text
(null for a single seed and for vectors without geometry, as before training they may be); `first`, `second` and
`third`, its nearest words in that snapshot of the first run (first sample, first seed), null for words beyond the
`course_words` most frequent ones. A recipe that is computed, not trained, has no course.

`pair_course` follows the cosine of every pair of chosen words. Its columns: `corpus`, `model`, `snapshot`,
`tokens_seen`, `word_a`, `word_b` (in alphabetical order); `cosine`, the mean over runs for vectors centred over the
compared words, and `spread`, its standard deviation over runs (null for a single run).

Runs of a cell whose numbers of snapshots differ are followed at as many as the shortest has, spread evenly over each.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pyarrow as pa

from wordspaces.analysis.dynamics.agreement import mean_known
from wordspaces.analysis.dynamics.courses import Units, directions_of, read_final, words_held
from wordspaces.analysis.explorer.cells import Cell, cells_of, most_frequent
from wordspaces.analysis.explorer.settings import ExploreCourseSettings
from wordspaces.analysis.roster import Run, Words, read_snapshots
from wordspaces.analysis.similarity.parallel import one_thread
from wordspaces.analysis.stability.nearest import nearest
from wordspaces.analysis.stability.words import second_order
from wordspaces.analysis.tables import schema

PLACES = ("first", "second", "third")
_SNAPSHOT = {"snapshot": pa.int32(), "tokens_seen": pa.int64()}
WORD_COURSE = schema(
    corpus=pa.string(),
    model=pa.string(),
    id=pa.int32(),
    word=pa.string(),
    **_SNAPSHOT,
    similarity=pa.float32(),
    **dict.fromkeys(PLACES, pa.string()),
)
PAIR_COURSE = schema(
    corpus=pa.string(),
    model=pa.string(),
    **_SNAPSHOT,
    word_a=pa.string(),
    word_b=pa.string(),
    cosine=pa.float32(),
    spread=pa.float32(),
)
CONTENT = ("noun", "verb", "adjective")


def chosen_words(listed: Sequence[str], words: Words, classes: Mapping[str, str], most: int) -> list[int]:
    """Rows of the words whose pairs are followed: those of `listed` that are known, then the most frequent others
    whose class (`classes` by word) is noun, verb or adjective; `most` of them, in alphabetical order of the word.
    """
    at = words.positions()
    first = [at[word] for word in dict.fromkeys(listed) if word in at]
    content = [i for i in np.argsort(-words.counts, kind="stable") if classes.get(words.tokens[i]) in CONTENT]
    return sorted(list(dict.fromkeys([*first, *map(int, content)]))[:most], key=lambda i: words.tokens[i])


def evenly(snapshots: int, kept: int) -> np.ndarray:
    """Positions of `kept` of some snapshots, first and last among them, spread evenly: int64 [kept]."""
    return np.rint(np.linspace(0, snapshots - 1, kept)).astype(np.int64)


def places_reached(units: Sequence[Units], finals: Sequence[Units], words: int) -> np.ndarray:
    """Mean second-order similarity of every word of each snapshot with `finals`: float64 [t, words], NaN for none."""
    known = [final for final in finals if final is not None]
    found = np.full((len(units), words), np.nan)
    for index, snapshot in enumerate(units):
        if snapshot is not None and known:
            found[index] = mean_known(np.stack([second_order(snapshot, final) for final in known], axis=1))
    return found


def nearest_words(units: Sequence[Units], words: int) -> np.ndarray:
    """The three nearest words of each word at each snapshot: int32 [t, words, 3], -1 for none."""
    k = len(PLACES)
    found = np.full((len(units), words, k), -1, dtype=np.int32)
    for index, snapshot in enumerate(units):
        if snapshot is not None:
            found[index] = nearest(snapshot, k)
    return found


def pair_cosines(units: Sequence[Units], rows: np.ndarray) -> np.ndarray:
    """Cosine of every pair of `rows` (int64 [p, 2]) at each snapshot: float64 [t, p], NaN without geometry."""
    found = np.full((len(units), len(rows)), np.nan)
    for index, snapshot in enumerate(units):
        if snapshot is not None:
            found[index] = np.einsum("pd,pd->p", snapshot[rows[:, 0]], snapshot[rows[:, 1]])
    return found


def course_tables(
    files: Sequence[str],
    runs: Sequence[Run],
    words: Words,
    classes: Mapping[str, str],
    settings: ExploreCourseSettings,
) -> tuple[pa.Table, pa.Table]:
    """Tables of `WORD_COURSE` and `PAIR_COURSE`, by cell in the order of the study.

    `files` : snapshots of each of `runs`; `words` : the comparison vocabulary; `classes` : class of a word
    (`read_lexicon`). The finished spaces of one cell and the snapshots of one run are in memory at a time. Without runs
    both are empty. `StudyError` where the snapshots hold too few of the words.
    """
    cells = cells_of(runs, settings.models)
    empty = (WORD_COURSE.empty_table(), PAIR_COURSE.empty_table())
    if not cells:
        return empty
    held = words_held([files[i] for members in cells.values() for i in members], words)
    chosen = chosen_words(settings.listed, held, classes, settings.pair_words)
    rows = np.array(list(combinations(chosen, 2)), dtype=np.int64).reshape(-1, 2)
    # One thread: the last bits of a product depend on how many share it.
    with one_thread():
        parts = [
            _cell_tables(cell, [(files[i], runs[i]) for i in members], held, rows, settings.course_words)
            for cell, members in cells.items()
        ]
    joined = [pa.concat_tables(listed_parts) for listed_parts in zip(*parts, empty, strict=True)]
    return joined[0].combine_chunks(), joined[1].combine_chunks()


def _cell_tables(
    cell: Cell, files: Sequence[tuple[str, Run]], words: Words, rows: np.ndarray, most: int
) -> tuple[pa.Table, pa.Table]:
    """Rows of one cell; `files` by sample, then seed; `most` words get nearest words."""
    finals = {run: read_final(path, words, run) for path, run in files}
    reached, cosines, tokens, lists = [], [], [], None
    for path, run in files:
        snapshots = read_snapshots(path)
        units, seen = [directions_of(matrix[words.ids], run) for matrix in snapshots.vectors], snapshots.tokens_seen
        others = [final for other, final in finals.items() if other.sample == run.sample and other.seed != run.seed]
        reached.append(places_reached(units, others, len(words)))
        cosines.append(pair_cosines(units, rows))
        tokens.append(seen)
        if lists is None:
            lists = nearest_words(units, len(words))
    kept = min(len(seen) for seen in tokens)
    at = [evenly(len(seen), kept) for seen in tokens]
    seen = np.rint(np.mean([part[keep] for part, keep in zip(tokens, at, strict=True)], axis=0)).astype(np.int64)
    similarity = mean_known(np.stack([part[keep] for part, keep in zip(reached, at, strict=True)], axis=-1))
    measured = np.stack([part[keep] for part, keep in zip(cosines, at, strict=True)])
    beyond = np.ones(len(words), dtype=bool)
    beyond[most_frequent(words.counts, most)] = False
    lists = lists[at[0]]
    lists[:, beyond] = -1
    return _word_rows(cell, words, seen, similarity, lists), _pair_rows(cell, words, seen, rows, measured)


def _word_rows(cell: Cell, words: Words, seen: np.ndarray, similarity: np.ndarray, lists: np.ndarray) -> pa.Table:
    """Rows of `WORD_COURSE` by snapshot and word."""
    size, each = similarity.size, len(words)
    tokens = pa.array(words.tokens, pa.string())
    columns = _keys(cell, seen, each)
    columns |= {"id": pa.array(np.tile(words.ids, len(seen)))}
    columns |= {"word": tokens.take(pa.array(np.tile(np.arange(each), len(seen))))}
    columns |= {"similarity": pa.array(similarity.ravel(), from_pandas=True)}
    for place, name in enumerate(PLACES):
        found = lists[:, :, place].ravel()
        columns[name] = tokens.take(pa.array(found, mask=found < 0, size=size))
    return pa.table([columns[field.name].cast(field.type) for field in WORD_COURSE], schema=WORD_COURSE)


def _pair_rows(cell: Cell, words: Words, seen: np.ndarray, rows: np.ndarray, measured: np.ndarray) -> pa.Table:
    """Rows of `PAIR_COURSE` by snapshot and pair; `measured` float64 [runs, t, p]."""
    # A run without geometry at a snapshot says nothing of it.
    means = mean_known(np.moveaxis(measured, 0, -1))
    spread = np.full(means.shape, np.nan) if len(measured) < 2 else measured.std(axis=0, ddof=1)
    tokens = pa.array(words.tokens, pa.string())
    columns = _keys(cell, seen, len(rows))
    for side, name in enumerate(("word_a", "word_b")):
        columns[name] = tokens.take(pa.array(np.tile(rows[:, side], len(seen))))
    columns |= {"cosine": pa.array(means.ravel(), from_pandas=True)}
    columns |= {"spread": pa.array(spread.ravel(), from_pandas=True)}
    return pa.table([columns[field.name].cast(field.type) for field in PAIR_COURSE], schema=PAIR_COURSE)


def _keys(cell: Cell, seen: np.ndarray, each: int) -> dict[str, pa.Array]:
    """Identifying columns of `each` rows at every snapshot."""
    size = len(seen) * each
    corpus, model = (pa.repeat(pa.scalar(part), size) for part in cell)
    places = pa.array(np.repeat(np.arange(len(seen)), each))
    return {"corpus": corpus, "model": model, "snapshot": places, "tokens_seen": pa.array(np.repeat(seen, each))}
