"""Stability between trainings: what two spaces share of each word's place, and as wholes. Three levels.

All pairs have different seeds and the same model:

- seed: same corpus, same document sample;
- sample: same corpus, other document sample;
- corpus: other corpus.

Measures of a word, each the mean over all pairs of spaces of that corpus (or pair of corpora), model and level, on
vectors centred over the compared words: `overlap` and `overlap5` ... (share of the k nearest neighbours in common, at
the main k and at others), `jaccard` (at the main k), `rbo` (rank-biased overlap down to the largest k),
`displacement` (cosine distance after rotation), `second_order` (cosine of the similarities to all other words);
`wordspaces.analysis.stability.words` defines them. Measures of a pair of spaces: `eigenspace_instability`, weighted
and not, `pip_loss` and its normalised form; `wordspaces.analysis.stability.whole` defines these.
"""

from collections.abc import Collection, Sequence
from itertools import combinations

import numpy as np
import pyarrow as pa

from wordspaces.analysis.roster import Roster, Space
from wordspaces.analysis.settings import NEIGHBOURS, StabilitySettings
from wordspaces.analysis.similarity.parallel import one_thread
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.stability import whole, words
from wordspaces.analysis.stability.nearest import nearest
from wordspaces.analysis.tables import from_rows, numbers, schema, texts
from wordspaces.common.errors import StudyError
from wordspaces.common.streams import generator
from wordspaces.spaces.table import INPUT_SPACE

LEVELS = ("seed", "sample", "corpus")
Key = tuple[str, str, str, str]
Lacking = tuple[str, str | None, str, str]
_CELL = {name: pa.string() for name in ("corpus", "other_corpus", "model", "level")}
WHOLE = ("eigenspace_instability", "eigenspace_instability_unweighted", "pip_loss", "pip_loss_normalised")


def word_measures(settings: StabilitySettings) -> tuple[str, ...]:
    """Names of the measures of a word beside `overlap`, in the order of the columns."""
    others = [f"overlap{k}" for k in sorted(set(settings.ks) - {settings.k})]
    return (*others, "jaccard", "rbo", "displacement", "second_order")


def word_schema(settings: StabilitySettings) -> pa.Schema:
    """Columns of the table of words; `chance` is the expected `overlap` of two random lists."""
    single = dict.fromkeys(word_measures(settings), pa.float32())
    word = {"id": pa.int32(), "token": pa.string(), "count": pa.int64()}
    return schema(**_CELL, **word, overlap=pa.float64(), chance=pa.float64(), **single)


def reliability_schema(settings: StabilitySettings) -> pa.Schema:
    """Columns of the table of cells: means over words and pairs, and expected values of random neighbour lists.

    `chance` is that of `overlap`; `depth` is how far rank-biased overlap looks. Of displacement and second-order
    similarity it is the mean once words are paired at random: a rotation fits even unrelated words somewhat.
    """
    measures = word_measures(settings)
    chances = [f"chance_{name}" for name in measures]
    means = ("overlap", "chance", "rsa_pearson", "rsa_spearman", *measures, *chances, *WHOLE)
    counts = dict.fromkeys(("pairs", "k", "depth", "words"), pa.int32())
    return schema(**_CELL, **counts, **dict.fromkeys(means, pa.float64()), note=pa.string())


def level_of(a: Space, b: Space) -> str | None:
    """Level of a pair of spaces; None for another model or the same seed."""
    if a.model != b.model or a.seed == b.seed:
        return None
    if a.corpus != b.corpus:
        return "corpus"
    return "seed" if a.sample == b.sample else "sample"


def usable_ks(settings: StabilitySettings, vocabulary: int) -> tuple[list[int], str]:
    """The `ks` below the number of compared words, ascending, and a note on others.

    `StudyError` where `k` is not below it, or one of `ks` that are not the default ones.
    """
    for name, asked in (("k", [settings.k]), ("ks", settings.ks)):
        large = [k for k in asked if k >= vocabulary]
        if large and (name == "k" or tuple(settings.ks) != NEIGHBOURS):
            found, allowed = f"{large[0]} for {vocabulary} compared words", f"1 to {vocabulary - 1}"
            raise StudyError(f"{name} of the stability", found, allowed, "lower it, or compare more words")
    left_out = [str(k) for k in sorted(set(settings.ks)) if k >= vocabulary]
    note = f"no overlap at k = {', '.join(left_out)}: {vocabulary} compared words" if left_out else ""
    return sorted(k for k in set(settings.ks) if k < vocabulary), note


def stability_tables(roster: Roster, rsa: pa.Table, settings: StabilitySettings) -> tuple[pa.Table, pa.Table]:
    """Stability of each word (`word_schema`), and of each cell with its mean RSA (`reliability_schema`).

    `count` is a word's smallest count over the training cells. RSA is null for a method that the RSA table lacks, a
    measure where it is not defined, overlap at a default k that is not below the number of words. A level without a
    pair for a corpus and model (one seed, sample or corpus) is a cell of nulls with a note; words have no such row.
    """
    ks, note = usable_ks(settings, len(roster.words))
    depth = max([settings.k, *ks])
    # One thread: sums of products are then the same whatever the machine has.
    with one_thread():
        units = RDMs.of(roster.vectors, roster.spaces).units
    groups = _groups(roster.spaces)
    used = sorted({i for pairs in groups.values() for pair in pairs for i in pair})
    lists = {i: nearest(units[i], depth) for i in used}
    rsa_means, chances = _rsa_means(rsa), _chances(settings, ks, depth, len(roster.words))
    tables, cells = [], []
    order = mismatched(len(roster.words), settings.shuffle_seed)
    with one_thread():
        spectra = {i: whole.Spectrum.of(units[i]) for i in used}
        for key, pairs in groups.items():
            by_pair = [_words(units[i], units[j], lists[i], lists[j], ks, settings) for i, j in pairs]
            values = {name: np.mean([pair[name] for pair in by_pair], axis=0) for name in by_pair[0]}
            spaces = np.mean([_whole(units[i], units[j], spectra[i], spectra[j]) for i, j in pairs], axis=0)
            tables.append(_word_table(roster, key, values, chances["chance"], settings))
            cell = dict(zip(_CELL, key, strict=True)) | {"pairs": len(pairs), "k": settings.k, "depth": depth}
            cell |= {"words": len(roster.words), "note": note} | chances | dict(zip(WHOLE, spaces, strict=True))
            cell |= _shuffled([(units[i], units[j][order]) for i, j in pairs])
            cell |= {f"rsa_{method}": rsa_means.get((*key, method)) for method in ("pearson", "spearman")}
            cells.append(cell | {name: _mean(column) for name, column in values.items()})
    known = {"pairs": 0, "k": settings.k, "depth": depth, "words": len(roster.words)}
    for key, reason in lacking(roster.spaces, set(groups)).items():
        cells.append(dict(zip(_CELL, key, strict=True)) | known | {"note": f"not defined: {reason}"})
    cells.sort(key=lambda cell: _place((cell["corpus"], cell["other_corpus"], cell["model"], cell["level"])))
    empty = word_schema(settings).empty_table()
    return pa.concat_tables([*tables, empty]).combine_chunks(), from_rows(cells, reliability_schema(settings))


def _words(
    left: np.ndarray,
    right: np.ndarray,
    left_list: np.ndarray,
    right_list: np.ndarray,
    ks: Sequence[int],
    settings: StabilitySettings,
) -> dict[str, np.ndarray]:
    """Measures of every word between two spaces: float64 [n] by name."""
    counts = words.common_counts(left_list, right_list)
    found = {"overlap": words.overlap(counts, settings.k)}
    found |= {f"overlap{k}": words.overlap(counts, k) for k in ks if k != settings.k}
    found["jaccard"] = words.jaccard(counts, settings.k)
    found["rbo"] = words.rank_biased_overlap(counts, settings.rbo_p)
    found["displacement"] = words.displacement(left, right)
    return found | {"second_order": words.second_order(left, right)}


def _whole(left: np.ndarray, right: np.ndarray, left_spectrum: whole.Spectrum, right_spectrum: whole.Spectrum) -> tuple:
    """Measures of two spaces, in the order of `WHOLE`."""
    product = left.T @ right
    weighted = whole.eigenspace_instability(left_spectrum, right_spectrum, product)
    unweighted = whole.eigenspace_instability(left_spectrum, right_spectrum, product, 0.0)
    return weighted, unweighted, whole.pip_loss(left, right), whole.normalised_pip_loss(left, right)


def mismatched(vocabulary: int, seed: int) -> np.ndarray:
    """A word for each word, never itself, each once: int64 [n], from the stream `stability, mismatched`."""
    ring = generator(seed, "stability", "mismatched").permutation(vocabulary)
    order = np.empty(vocabulary, dtype=np.int64)
    order[ring] = np.roll(ring, 1)
    return order


def _shuffled(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """Mean displacement and second-order similarity of pairs of units whose words are mismatched, by column."""
    displacement = np.mean([words.displacement(left, right) for left, right in pairs])
    second = [_mean(words.second_order(left, right)) for left, right in pairs]
    return {"chance_displacement": float(displacement), "chance_second_order": float(np.mean(second))}


def _chances(settings: StabilitySettings, ks: Sequence[int], depth: int, vocabulary: int) -> dict[str, float]:
    """Expected values of random neighbour lists, by column; they need no draw."""
    chances = {"chance": words.overlap_chance(vocabulary, settings.k)}
    chances |= {f"chance_overlap{k}": words.overlap_chance(vocabulary, k) for k in ks if k != settings.k}
    chances["chance_jaccard"] = words.jaccard_chance(vocabulary, settings.k)
    return chances | {"chance_rbo": words.rank_biased_chance(vocabulary, depth, settings.rbo_p)}


def _word_table(
    roster: Roster, key: Key, values: dict[str, np.ndarray], chance: float, settings: StabilitySettings
) -> pa.Table:
    """Rows of one cell, a word each, in the order of the words."""
    size = len(roster.words)
    columns: dict[str, pa.Array] = {}
    columns |= {name: pa.repeat(pa.scalar(part), size) for name, part in zip(_CELL, key, strict=True)}
    columns |= {"id": pa.array(roster.words.ids), "token": pa.array(roster.words.tokens, pa.string())}
    columns |= {"count": pa.array(roster.words.counts), "chance": pa.repeat(pa.scalar(chance), size)}
    for field in word_schema(settings):
        if field.name in columns:
            continue
        column = values.get(field.name, np.full(size, np.nan))
        columns[field.name] = pa.array(column, pa.float64(), from_pandas=True).cast(field.type)
    made = word_schema(settings)
    return pa.table([columns[field.name].cast(field.type) for field in made], schema=made)


def _mean(column: np.ndarray) -> float:
    """Mean over the words for which the measure is defined; NaN for none."""
    known = column[~np.isnan(column)]
    return float(known.mean()) if len(known) else np.nan


def _groups(spaces: Sequence[Space]) -> dict[Key, list[tuple[int, int]]]:
    """Pairs of spaces by (corpus, other corpus, model, level), sorted."""
    groups: dict[Key, list[tuple[int, int]]] = {}
    for i, a in enumerate(spaces):
        for j in range(i + 1, len(spaces)):
            level = level_of(a, spaces[j])
            if level is not None:
                corpora = sorted([a.corpus, spaces[j].corpus])
                groups.setdefault((*corpora, a.model, level), []).append((i, j))
    return dict(sorted(groups.items(), key=lambda entry: _place(entry[0])))


def _place(key: Lacking) -> tuple[str, str, str, int]:
    """Where a cell stands among the rows; one without another corpus beside its own corpus."""
    corpus, other, model, level = key
    return corpus, other or corpus, model, LEVELS.index(level)


def lacking(spaces: Sequence[Space], found: Collection[Key]) -> dict[Lacking, str]:
    """Cells (corpus, other corpus, model, level) that no pair of `spaces` is in, and why.

    The other corpus is None where the model has one corpus only. `found` are the cells that have pairs.
    """
    cells: dict[str, dict[str, list[Space]]] = {}
    for space in spaces:
        cells.setdefault(space.model, {}).setdefault(space.corpus, []).append(space)
    reasons: dict[Lacking, str] = {}
    for model, by_corpus in cells.items():
        for corpus, runs in by_corpus.items():
            several = len({run.sample for run in runs}) > 1
            reasons[corpus, corpus, model, "seed"] = "no two seeds on one sample" if several else "only one seed"
            reasons[corpus, corpus, model, "sample"] = (
                "no two samples with different seeds" if several else "only one sample of the corpus"
            )
        if len(by_corpus) == 1:
            reasons[next(iter(by_corpus)), None, model, "corpus"] = "only one corpus"
        for corpus, other in combinations(sorted(by_corpus), 2):
            reasons[corpus, other, model, "corpus"] = "no two corpora with different seeds"
    return {key: reason for key, reason in reasons.items() if key not in found}


def _rsa_means(rsa: pa.Table) -> dict[tuple[str, str, str, str, str], float]:
    """Mean r of the input roster by (corpus, other corpus, model, level, method)."""
    sums: dict[tuple, list[float]] = {}
    columns = ("roster", "relation", "a_corpus", "b_corpus", "a_model", "method")
    listed = zip(*(texts(rsa, column) for column in columns), numbers(rsa, "r"), strict=True)
    for roster, relation, a, b, model, method, r in listed:
        if roster == INPUT_SPACE and relation in LEVELS:
            sums.setdefault((*sorted([a, b]), model, relation, method), []).append(r)
    return {key: float(np.mean(values)) for key, values in sums.items()}
