"""Do words of one category gather? Silhouettes of snapshots over categories of words.

The silhouette of a word (Rousseeuw 1987) is (b - a) / max(a, b), a its mean distance to the other words of its
category, b to those of the nearest other category; the distance is one minus the cosine of centred vectors. A mean over
words of 1 is clusters far apart, of 0 none, below 0 words that lie nearer to another category than to their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wordspaces.analysis.dynamics.courses import Units
from wordspaces.analysis.human import Analogies
from wordspaces.analysis.lexicon import CLASSES, OTHER
from wordspaces.analysis.roster import Words
from wordspaces.analysis.rsa.strata import read_list
from wordspaces.common.streams import generator

LEAST_MEMBERS = 5
SHUFFLES = 10
SAME = 0.5


@dataclass(frozen=True)
class Partition:
    """Some words in categories: `rows` int64 [m] of the compared words, `labels` int64 [m] positions in `names`.

    `shuffled` int64 [SHUFFLES, m] are the same labels in random order. Where there are fewer than two categories,
    `note` says why there is no silhouette.
    """

    names: tuple[str, ...]
    rows: np.ndarray
    labels: np.ndarray
    shuffled: np.ndarray
    note: str


def partition(categories: Mapping[str, Sequence[str]], words: Words, seed: int) -> Partition:
    """The categories that have `LEAST_MEMBERS` words or more among `words`; a word of several is in the first."""
    at, taken, kept = words.positions(), set(), {}
    for name, members in categories.items():
        known = [at[word] for word in dict.fromkeys(members) if word in at and at[word] not in taken]
        if len(known) >= LEAST_MEMBERS:
            kept[name] = known
            taken.update(known)
    rows = np.array([row for members in kept.values() for row in members], dtype=np.int64)
    labels = np.repeat(np.arange(len(kept)), [len(members) for members in kept.values()])
    stream = generator(seed, "dynamics", "silhouette")
    shuffled = stream.permuted(np.broadcast_to(labels, (SHUFFLES, len(labels))), axis=1)
    note = ""
    if len(kept) < 2:
        found = f"{len(kept)} of {len(categories)} categories"
        note = f"not defined: {found} with {LEAST_MEMBERS} compared words or more, two are needed"
    return Partition(tuple(kept), rows, labels, shuffled, note)


def silhouettes(units: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """Mean silhouette over words for each of several labellings: float64 [r].

    `units` float64 [m, d] of length one, `labels` int64 [r, m] in 0 to `count` - 1, each used. The mean cosine of a
    word with a category is its product with the category's mean, so no distance of two words is formed. A word alone
    in its category has 0, as in scikit-learn.
    """
    repeats, members = labels.shape
    inside = (labels[:, None, :] == np.arange(count)[:, None]).astype(np.float64)
    sizes = inside.sum(axis=2)
    sums = (inside.reshape(repeats * count, members) @ units).reshape(repeats, count, -1)
    products = np.einsum("rkd,md->rmk", sums, units, optimize=True)
    own = np.take_along_axis(products, labels[:, :, None], axis=2)[:, :, 0]
    size = np.take_along_axis(sizes, labels, axis=1)
    within = (size - own) / np.maximum(size - 1.0, 1.0)
    away = 1.0 - products / sizes[:, None, :]
    np.put_along_axis(away, labels[:, :, None], np.inf, axis=2)
    nearest = away.min(axis=2)
    larger = np.maximum(within, nearest)
    values = np.divide(nearest - within, larger, out=np.zeros_like(larger), where=(larger > 0.0) & (size > 1.0))
    return values.mean(axis=1)


def silhouette_measures(units: Units, chosen: Partition) -> tuple[float, float]:
    """Silhouette of a snapshot and its chance: the mean over shuffled labels. NaN without categories or geometry."""
    if chosen.note or units is None:
        return float("nan"), float("nan")
    labels = np.concatenate([chosen.labels[None], chosen.shuffled])
    values = silhouettes(units[chosen.rows], labels, len(chosen.names))
    return float(values[0]), float(values[1:].mean())


def analogy_categories(analogies: Analogies) -> dict[str, list[str]]:
    """Categories from the columns of analogy sections: "name 1" holds a and c of each a : b = c : d, "name 2" b and d.

    Sections repeat columns (adjectives stand beside comparatives and beside superlatives), so a column joins the first
    category with which it shares half of its words or of the category's, whichever are fewer.
    """
    found: dict[str, dict[str, None]] = {}
    for section, questions in analogies.sections.items():
        for side in (0, 1):
            column = dict.fromkeys(word for question in questions for word in question[side::2])
            same = (name for name, held in found.items() if _shared(column, held) >= SAME)
            found.setdefault(next(same, f"{section} {side + 1}"), {}).update(column)
    return {name: list(members) for name, members in found.items()}


def _shared(column: dict[str, None], held: dict[str, None]) -> float:
    """Share of the smaller of two sets that is in both."""
    fewer = min(len(column), len(held))
    return len(column.keys() & held.keys()) / fewer if fewer else 0.0


def listed_categories(categories: Mapping[str, list[str] | str]) -> dict[str, list[str]]:
    """Categories of the settings: words as they stand, or those of a file (`read_list`)."""
    return {name: read_list(entry) if isinstance(entry, str) else list(entry) for name, entry in categories.items()}


def class_categories(lexicon: Mapping[str, str], words: Words) -> dict[str, list[str]]:
    """Parts of speech of the compared words; a word that the lexicon does not hold, or has as `other`, is in none."""
    classes = [name for name in CLASSES if name != OTHER]
    return {name: [token for token in words.tokens if lexicon.get(token) == name] for name in classes}
