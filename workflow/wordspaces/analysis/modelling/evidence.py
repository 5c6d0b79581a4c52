"""What the model RDMs of a corpus are made of: word counts, PPMI rows and the words themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow.compute as pc
from scipy.sparse import csr_array

from wordspaces.analysis.modelling.predictors import frequency_rdms, length_rdm, sparse_cosine_rdm, spelling_rdm
from wordspaces.analysis.roster import Words
from wordspaces.analysis.settings import ModelRdmSettings
from wordspaces.analysis.tables import numbers
from wordspaces.common.artefacts import read_table
from wordspaces.common.errors import StudyError
from wordspaces.cooccurrence.tables import read_matrix
from wordspaces.models.svd.ppmi import ppmi

PREDICTORS = ("frequency difference", "frequency sum", "length", "spelling", "ppmi")
FREE = ("frequency sum",)


@dataclass(frozen=True)
class Evidence:
    """Of one corpus, over `words`: `counts` int64 [n] over its samples, PPMI rows [n, V] of each sample."""

    words: Words
    counts: np.ndarray
    ppmi: tuple[csr_array, ...]

    def take(self, words: Words) -> "Evidence":
        """The same for some of the words; `StudyError` for one that is not among them."""
        missing = ~np.isin(words.ids, self.words.ids)
        if missing.any():
            found = f"{words.tokens[int(np.argmax(missing))]!r}"
            raise StudyError("words of the model RDMs", found, "words of the comparison vocabulary")
        rows = np.searchsorted(self.words.ids, words.ids)
        return Evidence(words, self.counts[rows], tuple(matrix[rows] for matrix in self.ppmi))

    def rdms(self) -> dict[str, np.ndarray]:
        """Model RDMs by name, in the order of `PREDICTORS`: float64 [pairs] each.

        That of PPMI is the mean over the samples, as the spaces it is held against are of all of them.
        """
        difference, total = frequency_rdms(self.counts)
        distributional = np.mean([sparse_cosine_rdm(rows, self.words.tokens) for rows in self.ppmi], axis=0)
        others = (length_rdm(self.words.tokens), spelling_rdm(self.words.tokens), distributional)
        return dict(zip(PREDICTORS, (difference, total, *others), strict=True))


def read_evidence(
    counts_path: str,
    matrix_paths: Sequence[str],
    cells: Sequence[tuple[str, str]],
    size: int,
    words: Words,
    settings: ModelRdmSettings,
) -> Mapping[str, Evidence]:
    """Evidence of each corpus.

    Parameters
    ----------
    counts_path : counts by corpus, sample and id; matrix_paths : co-occurrence matrices, parallel to `cells`.
    cells : (corpus, sample) of the training texts; size : V, words in the vocabulary.
    words : the words to compare, in id order.
    """
    table = read_table(counts_path, ["corpus", "sample", "id", "count"])
    counts: dict[str, np.ndarray] = {}
    rows: dict[str, list[csr_array]] = {}
    for (corpus, sample), path in zip(cells, matrix_paths, strict=True):
        chosen = table.filter(pc.and_(pc.equal(table["corpus"], corpus), pc.equal(table["sample"], sample)))
        of_cell = np.zeros(size, dtype=np.int64)
        of_cell[numbers(chosen, "id")] = numbers(chosen, "count")
        counts[corpus] = counts.get(corpus, 0) + of_cell[words.ids]
        whole = ppmi(partial(read_matrix, path), size, settings.ppmi_alpha, settings.ppmi_negative)
        rows.setdefault(corpus, []).append(whole[words.ids])
    return {corpus: Evidence(words, counts[corpus], tuple(rows[corpus])) for corpus in counts}
