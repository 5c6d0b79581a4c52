"""Reads the spaces and training logs of the runs of sweeps."""

from collections.abc import Mapping, Sequence

from wordspaces.analysis.roster import Run, Words, load_rosters
from wordspaces.analysis.sweeps.regularisation import Trained
from wordspaces.common.artefacts import read_table


def read_trained(
    spaces: Sequence[str], logs: Sequence[str], runs: Sequence[Run], compared: Words, known: Mapping[str, Words]
) -> dict[Run, Trained]:
    """Every run with its log, its input vectors of the compared words and of those `known` by its corpus.

    `spaces` and `logs` are paths parallel to `runs`.
    """
    found = {}
    for path, log, run in zip(spaces, logs, runs, strict=True):
        words = known[run.corpus]
        (over_compared,), (over_known,) = (load_rosters([path], [run], part)[0].vectors for part in (compared, words))
        found[run] = Trained(read_table(log), over_compared, words, over_known)
    return found
