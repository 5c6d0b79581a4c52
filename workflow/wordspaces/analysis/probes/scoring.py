"""Every item of every word list in every space: cosines of rated pairs, ranks of the answers to analogies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from wordspaces.analysis.human import Analogies, Ratings
from wordspaces.analysis.probes.analogies import reciprocal_ranks
from wordspaces.analysis.probes.spaces import Probe
from wordspaces.analysis.roster import Words
from wordspaces.analysis.similarity.rdm import centred_units
from wordspaces.common.errors import StudyError

ALL_SECTIONS = "all"
SPEARMAN = "spearman"
SHARES = ("accuracy", "accuracy_3cosmul")
MEASURES_OF_ANALOGIES = (*SHARES, "reciprocal_rank", "reciprocal_rank_3cosmul")


@dataclass(frozen=True)
class Scored:
    """The items of one list and section in one space.

    columns : of the space. items : of the section. known : int64 [n], numbers of the items in the section whose words
    are all known. answers : measure -> float64 [n], the cosine of a pair, or for the share of right answers 1 or 0, for
    the mean reciprocal rank one over the rank. ratings : float64 [n] of pairs, None for analogies. reason : why the
    vectors answer nothing (then there are no answers), or "".
    """

    columns: Mapping[str, object]
    list: str
    section: str
    items: int
    known: np.ndarray
    answers: Mapping[str, np.ndarray]
    ratings: np.ndarray | None
    reason: str

    @property
    def key(self) -> tuple:
        """What spaces that answer the same items have in common."""
        names = ("corpus", "space", "probe", "state")
        return (self.list, self.section, *(self.columns[name] for name in names), self.known.tobytes())

    @property
    def measures(self) -> tuple[str, ...]:
        """Measures of the list."""
        return MEASURES_OF_ANALOGIES if self.ratings is None else (SPEARMAN,)


def score_probes(
    probes: Iterable[Probe], ratings: Mapping[str, Ratings], analogies: Mapping[str, Analogies]
) -> list[Scored]:
    """Every list and section, and all sections of a list of analogies together, in every space; vectors are centred."""
    found = []
    known: dict[tuple, tuple[np.ndarray, np.ndarray]] = {}
    for probe in probes:
        try:
            units, reason = centred_units(probe.vectors, f"{probe.space}, {probe.state}"), ""
        except StudyError as error:
            units, reason = None, str(error)
        for name, listed in [*ratings.items(), *analogies.items()]:
            key = name, probe.words.tokens
            if key not in known:
                known[key] = _known(listed, probe.words)
            cell = probe.columns, name
            if isinstance(listed, Ratings):
                found.append(_pairs(*cell, listed, units, *known[key], reason))
            else:
                found += _sections(*cell, listed, units, *known[key], reason)
    order = ("corpus", "sample", "model", "seed", "space", "state")
    return sorted(found, key=lambda one: (one.list, one.section, *(one.columns[name] for name in order)))


def _known(listed: Ratings | Analogies, words: Words) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the items whose words are all known, int64 [n], and the rows of these words, int64 [n, 2 or 4]."""
    at = words.positions()
    items = listed.pairs if isinstance(listed, Ratings) else _questions(listed)
    known = [i for i, item in enumerate(items) if all(word in at for word in item)]
    rows = np.array([[at[word] for word in items[i]] for i in known], dtype=np.int64)
    return np.array(known, dtype=np.int64), rows.reshape(len(known), 2 if isinstance(listed, Ratings) else 4)


def _questions(listed: Analogies) -> list[tuple[str, str, str, str]]:
    """The questions of all sections, in the order of the list."""
    return [question for section in listed.sections.values() for question in section]


def _pairs(
    columns: dict,
    name: str,
    listed: Ratings,
    units: np.ndarray | None,
    known: np.ndarray,
    rows: np.ndarray,
    reason: str,
) -> Scored:
    answers = {} if units is None else {SPEARMAN: (units[rows[:, 0]] * units[rows[:, 1]]).sum(axis=1)}
    return Scored(columns, name, ALL_SECTIONS, len(listed.pairs), known, answers, listed.ratings[known], reason)


def _sections(
    columns: dict,
    name: str,
    listed: Analogies,
    units: np.ndarray | None,
    known: np.ndarray,
    rows: np.ndarray,
    reason: str,
) -> list[Scored]:
    """One for each section and one for all of them."""
    answers = {}
    if units is not None:
        ranks = reciprocal_ranks(units, rows)
        values = [(one == 1.0).astype(np.float64) for one in ranks] + list(ranks)
        answers = dict(zip(MEASURES_OF_ANALOGIES, values, strict=True))
    found, start = [], 0
    for section, asked in listed.sections.items():
        here = slice(*np.searchsorted(known, [start, start + len(asked)]))
        own = {measure: values[here] for measure, values in answers.items()}
        found.append(Scored(columns, name, section, len(asked), known[here] - start, own, None, reason))
        start += len(asked)
    return [*found, Scored(columns, name, ALL_SECTIONS, start, known, answers, None, reason)]
