"""Listed pairs of words and listed analogies, followed over snapshots by centred unit vectors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wordspaces.analysis.dynamics.courses import Units
from wordspaces.analysis.neighbours import check_known
from wordspaces.analysis.roster import Words
from wordspaces.analysis.settings import DynamicsSettings

RELATIONS = {"related": "related", "synonyms": "synonym", "unrelated": "unrelated"}


@dataclass(frozen=True)
class Pairs:
    """Listed pairs: words, relation (a value of `RELATIONS`), rows int64 [pairs, 2] (-1 where unknown)."""

    words: tuple[tuple[str, str], ...]
    relation: tuple[str, ...]
    rows: np.ndarray

    def cosines(self, units: Units) -> np.ndarray:
        """Cosine of each pair, float64 [pairs]; NaN where a word or the geometry is unknown."""
        if units is None:
            return np.full(len(self.words), np.nan)
        values = (units[self.rows[:, 0]] * units[self.rows[:, 1]]).sum(axis=1)
        return np.where((self.rows >= 0).all(axis=1), values, np.nan)

    def of(self, relation: str) -> np.ndarray:
        """Mask of the pairs of one relation: bool [pairs]."""
        return np.array([name == relation for name in self.relation])


def listed_pairs(settings: DynamicsSettings, words: Words) -> Pairs:
    """Rows of the listed pairs among `words`; `StudyError` where no word of a list is known."""
    listed, relations = [], []
    for name, relation in RELATIONS.items():
        pairs = getattr(settings, name)
        where, allowed = f"{name} pairs of the dynamics", "at least one word of the comparison vocabulary"
        if pairs:
            check_known([word for pair in pairs for word in pair], [words], where, allowed)
        listed += [(first, second) for first, second in pairs]
        relations += [relation] * len(pairs)
    at = words.positions()
    rows = np.array([[at.get(word, -1) for word in pair] for pair in listed], dtype=np.int64)
    return Pairs(tuple(listed), tuple(relations), rows)


@dataclass(frozen=True)
class Question:
    """An analogy a : b = c : d: its words, rows int64 [4] (-1 where unknown), and why it has no answer, or ""."""

    words: tuple[str, str, str, str]
    rows: np.ndarray
    note: str

    def __str__(self) -> str:
        a, b, c, d = self.words
        return f"{a} : {b} = {c} : {d}"


def listed_questions(listed: Sequence[Sequence[str]], words: Words) -> list[Question]:
    """The listed analogies among `words`; one with an unknown word, or one word twice, has a note that says so."""
    at, questions = words.positions(), []
    for four in listed:
        a, b, c, d = four
        unknown = [word for word in dict.fromkeys(four) if word not in at]
        note = ""
        if unknown:
            verb = "is" if len(unknown) == 1 else "are"
            note = f"not defined: {', '.join(unknown)} {verb} not among the compared words"
        elif len(set(four)) < len(four):
            note = "not defined: the four words are not different"
        questions.append(Question((a, b, c, d), np.array([at.get(word, -1) for word in four]), note))
    return questions


def answer(units: Units, question: Question) -> tuple[float, float]:
    """Cosine of b - a + c with d, and the rank of d among all words but a, b and c by that cosine, 1 the first.

    `units` float64 [n, d] of length one (3CosAdd, Mikolov et al. 2013). Words that tie with d come after it. NaN for
    both where the question has a note, the space has no geometry or b - a + c has no direction.
    """
    if question.note or units is None:
        return np.nan, np.nan
    a, b, c, d = question.rows
    target = units[b] - units[a] + units[c]
    length = np.linalg.norm(target)
    if not length > 1e-12:
        return np.nan, np.nan
    cosines = units @ target / length
    others = np.ones(len(units), dtype=bool)
    others[[a, b, c]] = False
    return float(cosines[d]), 1.0 + float((cosines[others] > cosines[d]).sum())
