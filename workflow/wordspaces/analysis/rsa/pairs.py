"""Representational similarity analysis (Kriegeskorte et al. 2008): one row for every pair of spaces and method."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from wordspaces.analysis.relations import relation
from wordspaces.analysis.roster import EXTERNAL, Roster
from wordspaces.analysis.settings import RsaSettings
from wordspaces.analysis.similarity.compare import jackknife_many
from wordspaces.analysis.similarity.mantel import mantel_z
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.similarity.values import METHODS as PAIR_SUMS
from wordspaces.analysis.tables import from_rows, schema

KEYS = ("corpus", "sample", "model", "family", "seed", "probe")
_TYPES = {"seed": pa.int32()}
SCHEMA = schema(
    roster=pa.string(),
    method=pa.string(),
    **{f"{side}_{key}": _TYPES.get(key, pa.string()) for side in "ab" for key in KEYS},
    relation=pa.string(),
    r=pa.float64(),
    se=pa.float64(),
    mantel_z=pa.float64(),
    words=pa.int32(),
)


def rsa_table(rosters: Sequence[Roster], settings: RsaSettings) -> pa.Table:
    """Similarity of every pair of spaces within each roster, by each method.

    Columns: `SCHEMA`; `r` by `method`, `se` the delete-one-word jackknife standard error, `mantel_z` r
    in standard deviations from its mean over all matchings of the words (`wordspaces.analysis.similarity.mantel`; null
    for a method other than cosine, pearson and spearman, and where no matching changes r), `relation` as
    `wordspaces.analysis.relations` defines it, `words` the number of words compared. Rows are sorted by roster, method,
    then a and b; a comes before b in the order of spaces.
    """
    rows = []
    for roster in rosters:
        rdms = RDMs.of(roster.vectors, roster.spaces, *settings.dissimilarity.definition)
        found = jackknife_many(rdms, sorted(set(settings.methods)))
        for method, (r, se) in found.items():
            z = mantel_z(rdms, method, r) if method in PAIR_SUMS else np.full_like(r, np.nan)
            rows += _pairs(roster, method, {"r": r, "se": se, "mantel_z": z}, settings)
    return from_rows(sorted(rows, key=lambda row: (row["roster"], row["method"])), SCHEMA)


def _pairs(roster: Roster, method: str, found: dict[str, np.ndarray], settings: RsaSettings) -> list[dict]:
    rows = []
    for i, a in enumerate(roster.spaces):
        for j in range(i + 1, len(roster.spaces)):
            b = roster.spaces[j]
            if roster.name == EXTERNAL and EXTERNAL not in (a.family, b.family):
                continue  # that pair is in the roster of input spaces, over more words
            row = {"roster": roster.name, "method": method, "relation": relation(a, b, settings.epochs_of)}
            row |= {f"a_{key}": getattr(a, key) for key in KEYS} | {f"b_{key}": getattr(b, key) for key in KEYS}
            rows.append(row | {name: values[i, j] for name, values in found.items()} | {"words": len(roster.words)})
    return rows
