"""Where words and cells stand in the arrays of a page, and how their values become bytes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

HUNDREDTHS = 100
SIGNED_NONE, SHARE_NONE = -128, 255


@dataclass(frozen=True)
class Places:
    """Where words and cells stand: words in the order of the page, vocabulary ids int64 [W], cells (corpus, model)."""

    words: list[str]
    ids: np.ndarray
    cells: list[tuple[str, str]]

    def of_ids(self, ids: pd.Series | np.ndarray) -> np.ndarray:
        """Positions of vocabulary ids: int64."""
        order = np.argsort(self.ids, kind="stable")
        return order[np.searchsorted(self.ids, np.asarray(ids), sorter=order)]

    def of_words(self, words: pd.Series) -> np.ndarray:
        """Positions of words: int64, -1 for null."""
        found = words.map({word: place for place, word in enumerate(self.words)})
        return found.fillna(-1).to_numpy(dtype=np.int64)

    def of_cells(self, corpora: pd.Series, models: pd.Series) -> np.ndarray:
        """Positions of cells: int64, -1 for one that is not shown."""
        at = {cell: place for place, cell in enumerate(self.cells)}
        listed = zip(corpora, models, strict=True)
        # Few cells, many rows: looked up once for each distinct one.
        codes, distinct = pd.factorize(pd.Series(listed))
        return np.array([at.get(cell, -1) for cell in distinct], dtype=np.int64)[codes] if len(codes) else codes

    @property
    def index(self) -> np.dtype:
        """Integer type of a position, with room for a value that stands for none."""
        return np.dtype(np.uint16 if len(self.words) < np.iinfo(np.uint16).max else np.uint32)

    def indices(self, found: np.ndarray) -> np.ndarray:
        """Positions as they are stored: -1 becomes the largest value."""
        return np.where(found < 0, np.iinfo(self.index).max, found).astype(self.index)


def quantised(values: np.ndarray) -> np.ndarray:
    """Values of -1..1 as int8 in hundredths, others clipped; NaN becomes -128. The error is 0.005 at most."""
    known = np.rint(np.clip(np.nan_to_num(values), -1.0, 1.0) * HUNDREDTHS)
    return np.where(np.isnan(values), SIGNED_NONE, known).astype(np.int8)


def quantised_share(values: np.ndarray) -> np.ndarray:
    """Values of 0..1 as uint8 in hundredths, others clipped; NaN becomes 255. The error is 0.005 at most."""
    known = np.rint(np.clip(np.nan_to_num(values), 0.0, 1.0) * HUNDREDTHS)
    return np.where(np.isnan(values), SHARE_NONE, known).astype(np.uint8)


def filled(shape: tuple[int, ...], at: tuple[np.ndarray, ...], values: Any, none: float) -> np.ndarray:
    """Array of `shape` with `values` at the positions `at` and `none` elsewhere; -1 on the first axis is left out."""
    listed = np.asarray(values)
    array = np.full(shape, none, dtype=np.result_type(listed.dtype, type(none)))
    shown = at[0] >= 0
    array[tuple(axis[shown] for axis in at)] = listed[shown]
    return array
