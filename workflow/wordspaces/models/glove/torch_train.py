"""GloVe in torch, for a GPU: the pairs in the order of the compiled kernel, many of them in one update.

The gradients of the pairs of an update are taken at the same vectors. What falls on one row is summed in the order of
the pairs, so a rerun gives the same bytes. Visited one after the other, the n pairs on a row would divide by roots of
sums of squares that grow from G to G + (1 - 1/n) sum g^2; here all divide by the mean of the first root and the last,
as 1 / root then averages to when the squares are alike. With one pair an update, both are the same up to rounding.
On the default Wikipedia text (703,144 pairs, 15 passes) updates of 11,000 pairs and more end at a cost 0.3 % below the
kernel's, and their space agrees with the kernel's at .999, where another seed of the kernel agrees with it at .990.
"""

import numpy as np
import torch

from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.glove.tiles import Tiles
from wordspaces.models.rows import settle, summed_rows

BATCH = 1 << 14
UPDATES = 64


def batch_pairs(pairs: int) -> int:
    """Pairs of one update: `BATCH`, or fewer where a pass would have less than `UPDATES` updates."""
    return max(1, min(BATCH, pairs // UPDATES))


class TorchTables:
    """The tables of a run on a torch device, and the updates on them.

    Parameters
    ----------
    tables : word and context, float32 [V, 2, stride], their biases [V, 2], as `kernel.train_tiles` has them; copied.
    tiles : pairs; settings : of the run; device : such as "cuda".

    Raises
    ------
    StudyError : the device is a GPU, and torch finds none.
    """

    def __init__(self, tables: tuple[np.ndarray, ...], tiles: Tiles, settings: GloveSettings, device: str) -> None:
        settle(device)
        self.settings, self.device, self.tiles = settings, torch.device(device), tiles
        self.tables = tuple(torch.from_numpy(table.copy()).to(self.device) for table in tables)
        self.batch = batch_pairs(len(tiles.cell))

    def copy(self, tables: tuple[np.ndarray, ...]) -> None:
        """Write the tables as they are now into arrays of the shapes they came in."""
        for table, now in zip(tables, self.tables, strict=True):
            table[:] = now.cpu().numpy()

    def train(self, order: np.ndarray, begin: int, stop: int) -> None:
        """Visit pairs begin..stop of a pass whose parts come in `order`, int64 [parts]."""
        tiles = self.tiles
        lengths = np.diff(tiles.starts)[order]
        ends = np.cumsum(lengths)
        for first in range(begin, stop, self.batch):
            visited = np.arange(first, min(first + self.batch, stop))
            place = np.searchsorted(ends, visited, side="right")
            part = order[place]
            pair = tiles.starts[part] + visited - (ends[place] - lengths[place])
            row0, column0 = np.divmod(tiles.tile[part], tiles.across)
            cell = tiles.cell[pair].astype(np.int64)
            rows, columns = row0 * tiles.side + (cell >> 16), column0 * tiles.side + (cell & 0xFFFF)
            given = (rows, columns, tiles.log_count[pair], tiles.weight[pair])
            self._update(*(torch.from_numpy(part).to(self.device) for part in given))

    def _update(self, rows: torch.Tensor, columns: torch.Tensor, logs: torch.Tensor, weight: torch.Tensor) -> None:
        """One AdaGrad step of all pairs of a batch."""
        word, context, word_bias, context_bias = self.tables
        w, c, l2 = word[rows, 0], context[columns, 0], self.settings.l2
        step = weight * ((w * c).sum(1) + word_bias[rows, 0] + context_bias[columns, 0] - logs)
        of_w, of_c, of_bias = step[:, None] * c + l2 * w, step[:, None] * w + l2 * c, step[:, None]
        rate = self.settings.learning_rate
        for table, ids, gradient in ((word, rows, of_w), (context, columns, of_c)):
            _descend(table, ids, gradient, rate)
        for table, ids in ((word_bias, rows), (context_bias, columns)):
            _descend(table[..., None], ids, of_bias, rate if self.settings.biases else 0.0)


def _descend(table: torch.Tensor, ids: torch.Tensor, gradient: torch.Tensor, rate: float) -> None:
    """Move the rows `ids` of ``table[:, 0]`` against their gradients, and add the squares to ``table[:, 1]``; in place.

    table : [V, 2, d]; ids : int64 [n], may repeat; gradient : [n, d].
    """
    d = gradient.shape[1]
    many = torch.ones(len(ids), 1, dtype=gradient.dtype, device=gradient.device)
    words, sums = summed_rows(ids, torch.cat([gradient, gradient * gradient, many], dim=1))
    total, squares, count = sums[:, :d], sums[:, d : 2 * d], sums[:, 2 * d :]
    before = table[words, 1]
    root = (torch.sqrt(before) + torch.sqrt(before + (1.0 - 1.0 / count) * squares)) / 2.0
    table[words, 0] -= rate * total / root
    table[words, 1] = before + squares
