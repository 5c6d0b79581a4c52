"""The spaces that are probed: input vectors of every run, contextual ones of the declared layer, untrained vectors.

All input spaces of one corpus answer the same items: those whose words occur often enough in every training sample of
the corpus (contextual spaces: the comparison words that have contexts), and analogies are answered with these words.
So models, samples, seeds and the untrained vectors can be compared on a corpus; two corpora answer different items.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wordspaces.analysis.roster import Roster, Run, Space, Words, load_rosters


@dataclass(frozen=True)
class Probe:
    """One space to be probed: vectors [n, d] over `words`; `state` is "trained" or "untrained"."""

    space: Space
    state: str
    words: Words
    vectors: np.ndarray

    @property
    def columns(self) -> dict:
        """Identifying columns of the probe table."""
        names = ("corpus", "sample", "model", "family", "seed", "space", "probe")
        return {name: getattr(self.space, name) for name in names} | {"state": self.state}


def load_probes(
    paths: Sequence[str],
    runs: Sequence[Run],
    starts: Mapping[Run, np.ndarray],
    words: Mapping[str, Words],
    comparison: Words,
    layer: int,
) -> list[Probe]:
    """Every space to be probed: input spaces over the words of their corpus, contextual ones, untrained vectors.

    Parameters
    ----------
    paths : spaces tables, parallel to `runs`.
    starts : vectors of each run that was trained before it was, float32 [V, d], row = vocabulary id.
    words : the words of each corpus that its input spaces answer with; comparison : those of contextual spaces.
    layer : the declared layer of contextual spaces.
    """
    probes = []
    for corpus, known in words.items():
        chosen = [i for i, run in enumerate(runs) if run.corpus == corpus]
        roster, _ = load_rosters([paths[i] for i in chosen], [runs[i] for i in chosen], known)
        probes += probes_of([roster], starts)
    _, contextual = load_rosters(paths, runs, comparison, layer)
    return probes + (probes_of([contextual], {}) if contextual else [])


def probes_of(rosters: Sequence[Roster], starts: Mapping[Run, np.ndarray]) -> list[Probe]:
    """Every space of the rosters, then the vectors of each of their runs that `starts` holds (float32 [V, d])."""
    trained = [
        Probe(space, "trained", roster.words, vectors)
        for roster in rosters
        for space, vectors in zip(roster.spaces, roster.vectors, strict=True)
    ]
    untrained = []
    for space in rosters[0].spaces:
        if space.run not in starts:
            continue
        start, words = starts[space.run], rosters[0].words
        held = words.take(words.ids < len(start))
        untrained.append(Probe(space, "untrained", held, start[held.ids]))
    return trained + untrained
