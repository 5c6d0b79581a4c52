"""RDMs for rsatoolbox (van den Bosch et al. 2025): as the dictionary that it takes, and as the HDF5 that it loads.

    rdms = rsatoolbox.rdm.load_rdm("results/<study>/analysis/rdms/input.hdf5")
    rdms = rsatoolbox.rdm.rdms_from_dict(to_rsatoolbox(rdms, words, spaces, "input"))

Dissimilarities come in the order that rsatoolbox and scipy share. Pattern descriptors are `word`, `id` and `count` (the
smallest over the training samples), RDM descriptors the columns that name a space.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wordspaces.analysis.roster import Roster, Space, Words
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.common.artefacts import atomic
from wordspaces.common.errors import StudyError

MEASURE = "cosine of centred vectors"
KEYS = ("corpus", "sample", "model", "family", "seed", "space", "layer", "probe")


def to_rsatoolbox(
    rdms: RDMs, words: Words, spaces: Sequence[Space], roster: str, measure: str = MEASURE
) -> dict[str, Any]:
    """Everything that ``rsatoolbox.rdm.rdms_from_dict`` asks for.

    Parameters
    ----------
    rdms : of `spaces`, over `words`; roster : goes into the descriptors; measure : what a dissimilarity is.

    Returns
    -------
    "dissimilarities" float64 [s, pairs], "dissimilarity_measure", and the dictionaries "descriptors",
    "rdm_descriptors" (lists [s]), "pattern_descriptors" (lists [n]). `StudyError` where the lengths do not agree.
    """
    found = _frame(rdms, words, spaces, roster, measure)
    return {"dissimilarities": np.stack([rdms.condensed(i) for i in range(len(rdms))])} | found


def write_rsatoolbox(
    path: str | Path, rdms: RDMs, words: Words, spaces: Sequence[Space], roster: str, measure: str = MEASURE
) -> None:
    """Write `to_rsatoolbox` as HDF5, one RDM in memory at a time; equal content gives equal bytes.

    Parameters and errors as there; also `StudyError` without the package h5py, which rsatoolbox brings with it.
    """
    try:
        import h5py
    except ImportError:
        raise StudyError(path, "no package h5py", "h5py, which rsatoolbox needs too", "pip install h5py") from None
    frame = _frame(rdms, words, spaces, roster, measure)
    # The latest format: in older ones the words would not fit into an attribute. rsatoolbox decodes attributes as
    # UTF-8, data sets of text as ASCII alone.
    with atomic(path) as partial, h5py.File(partial, "w", libver="latest") as file:
        data = file.create_dataset("dissimilarities", (len(rdms), rdms.pairs), "<f8")
        for index in range(len(rdms)):
            data[index] = rdms.condensed(index)
        for name, value in frame.items():
            if isinstance(value, str):
                file.attrs[name] = value
                continue
            group = file.create_group(name)
            for key, listed in value.items():
                group.attrs[key] = listed


def named(rosters: Sequence[Roster | None], name: str) -> Roster:
    """The roster of that name; `StudyError` where there is none, as where no model has contextual vectors."""
    known = {roster.name: roster for roster in rosters if roster is not None}
    if name not in known:
        raise StudyError("roster", repr(name), f"one of the rosters of this study: {', '.join(sorted(known))}")
    return known[name]


def _frame(rdms: RDMs, words: Words, spaces: Sequence[Space], roster: str, measure: str) -> dict[str, Any]:
    """All but the dissimilarities."""
    if (rdms.words, len(rdms)) != (len(words), len(spaces)):
        found = f"{len(rdms)} RDMs of {rdms.words} words, names of {len(spaces)} spaces and {len(words)} words"
        raise StudyError("RDMs to export", found, "a name for each space and word")
    return {
        "dissimilarity_measure": measure,
        "descriptors": {"roster": roster},
        "rdm_descriptors": {key: [getattr(space, key) for space in spaces] for key in KEYS},
        "pattern_descriptors": {
            "word": list(words.tokens),
            "id": [int(number) for number in words.ids],
            "count": [int(count) for count in words.counts],
        },
    }
