"""Word2Vec in torch, for a GPU: the blocks of the compiled kernels, many of them in one update.

Text, windows, noise words and learning rates of a block are those of training on the CPU, drawn by the same streams.
The one difference: the gradients of hundreds of positions are taken at the same vectors and added together, where the
compiled kernels update after each block. With one block an update, both are the same up to rounding. How many
positions can go together depends on how often they meet the same row, see `batch_positions`.

What falls on one row of a table is summed in the order of the positions: rows are sorted by word (stably) and reduced
by segment, so a rerun gives the same bytes, which atomic additions on a GPU would not.
"""

import numpy as np
import torch

from wordspaces.models.rows import settle, summed_rows
from wordspaces.models.word2vec.sampling import Segment
from wordspaces.models.word2vec.settings import Word2VecSettings

BATCH = 1024
REACH = 1.0


def batch_positions(settings: Word2VecSettings, commonest: float) -> int:
    """Positions of one update: `BATCH`, or fewer where the learning rates on one row would add up to over `REACH`.

    The logistic loss of vectors of length l is stable up to steps of 8 / l^2; steps on one row add up. `commonest` :
    share of the most frequent word among the tokens that subsampling keeps.
    """
    predicted = 1.0
    if settings.architecture == "skipgram":
        predicted = settings.window + 1.0 if settings.dynamic_window else 2.0 * settings.window
    return int(min(BATCH, REACH / (settings.learning_rate * commonest * predicted)))


def add_rows(table: torch.Tensor, ids: torch.Tensor, steps: torch.Tensor) -> None:
    """Add ``steps[k]`` to ``table[ids[k]]`` for every k, in place, in an order that never changes.

    table : [V, d]; ids : int64 [n], may repeat; steps : [n, d].
    """
    words, sums = summed_rows(ids, steps)
    table[words] = table[words] + sums


class TorchTables:
    """The two tables of a run on a torch device, and the updates on them.

    Parameters
    ----------
    centre, context : input and output vectors, float [V, d]; copied. settings : of the run; commonest : as in
    `batch_positions`; device : such as "cuda".

    Raises
    ------
    StudyError : the device is a GPU, and torch finds none.
    """

    def __init__(
        self, centre: np.ndarray, context: np.ndarray, settings: Word2VecSettings, commonest: float, device: str
    ) -> None:
        settle(device)
        self.settings, self.device = settings, torch.device(device)
        self.batch = batch_positions(settings, commonest)
        self.centre, self.context = (torch.tensor(table, device=self.device) for table in (centre, context))

    def copy(self, centre: np.ndarray, context: np.ndarray) -> None:
        """Write the tables as they are now into arrays [V, d]."""
        centre[:], context[:] = self.centre.cpu().numpy(), self.context.cpu().numpy()

    def finite(self, words: np.ndarray) -> bool:
        """Whether the vectors of some words are all finite numbers."""
        ids = torch.from_numpy(words.astype(np.int64)).to(self.device)
        return bool(torch.isfinite(self.centre[ids].sum() + self.context[ids].sum()))

    def train(
        self, segment: Segment, starts: np.ndarray, ends: np.ndarray, rates: np.ndarray, noise: np.ndarray | None
    ) -> None:
        """Train blocks of positions of a segment, as many in one update as `batch_positions` says.

        starts, ends : int64 [blocks]; rates : float32 [blocks]; noise : int32 [blocks, K], None for the full softmax.
        """
        text = _Blocks(segment, starts, ends, rates, noise, self.centre)
        at_once = max(1, self.batch // text.longest)
        for first in range(0, len(starts), at_once):
            blocks = slice(first, first + at_once)
            if noise is None:
                self._full_softmax(text, blocks)
            elif self.settings.architecture == "skipgram":
                self._skipgram(text, blocks)
            else:
                self._cbow(text, blocks)

    def _skipgram(self, text: "_Blocks", blocks: slice) -> None:
        """One update of skip-gram with negative sampling."""
        centre, around, mask = text.at(blocks)
        mask = mask * (1.0 - self.settings.fall * (text.offset.abs() - 1))
        rate, noise, l2 = text.rates[blocks], text.noise[blocks], self.settings.l2
        pairs = mask.sum(2, keepdim=True)
        x, near, far = self.centre[centre], self.context[around], self.context[noise]
        good = rate * mask * torch.sigmoid(-x @ near.mT)
        bad = -rate * (self.settings.negative / noise.shape[1]) * pairs * torch.sigmoid(x @ far.mT)
        steps = good @ near + bad @ far - rate * l2 * pairs * x
        near_steps = good.mT @ x - rate * l2 * mask.sum(1)[..., None] * near
        add_rows(self.centre, centre.flatten(), steps.flatten(0, 1))
        self._add_context((around, near_steps), (noise, bad.mT @ x))

    def _cbow(self, text: "_Blocks", blocks: slice) -> None:
        """One update of CBOW with negative sampling."""
        centre, around, mask = text.at(blocks)
        rate, noise, l2 = text.rates[blocks], text.noise[blocks], self.settings.l2
        some, share = text.shares(mask)
        h, out, far = share @ self.centre[around], self.context[centre], self.context[noise]
        good = rate * some * torch.sigmoid(-(h * out).sum(2, keepdim=True))
        bad = -rate * (self.settings.negative / noise.shape[1]) * some * torch.sigmoid(h @ far.mT)
        steps = good * out + bad @ far - rate * l2 * some * h
        out_steps = good * h - rate * l2 * some * out
        add_rows(self.centre, around.flatten(), (share.mT @ steps).flatten(0, 1))
        self._add_context((centre, out_steps), (noise, bad.mT @ h))

    def _add_context(self, *parts: tuple[torch.Tensor, torch.Tensor]) -> None:
        """Add the steps of several blocks of words, (ids [blocks, n], steps [blocks, n, d]), to the output table."""
        ids = torch.cat([words.flatten() for words, _ in parts])
        add_rows(self.context, ids, torch.cat([steps.flatten(0, 1) for _, steps in parts]))

    def _full_softmax(self, text: "_Blocks", blocks: slice) -> None:
        """One update of either architecture with the softmax over the whole vocabulary."""
        centre, around, mask = text.at(blocks)
        rate, l2 = text.rates[blocks].expand(-1, mask.shape[1], 1).flatten(0, 1), self.settings.l2
        if self.settings.architecture == "skipgram":
            block, position, column = torch.nonzero(mask, as_tuple=True)
            words, rows = around[block, column], block * mask.shape[1] + position
            x = self.centre[centre].flatten(0, 1)
        else:
            some, share = text.shares(mask)
            rows = torch.nonzero(some.flatten(), as_tuple=True)[0]
            words = centre.flatten()[rows]
            x = (share @ self.centre[around]).flatten(0, 1)
        # Whole numbers, so the order in which they are added is of no matter.
        predicted = torch.zeros(len(x), len(self.context), dtype=x.dtype, device=x.device)
        predicted.index_put_((rows, words), torch.ones_like(words, dtype=x.dtype), accumulate=True)
        count = predicted.sum(1, keepdim=True)
        slopes = rate * (count * torch.softmax(x @ self.context.T, 1) - predicted)
        steps = -(slopes @ self.context) - rate * l2 * count * x
        penalty = l2 * (rate * predicted).sum(0)[:, None] * self.context
        self.context -= slopes.T @ x + penalty
        if self.settings.architecture == "skipgram":
            add_rows(self.centre, centre.flatten(), steps)
        else:
            back = share.mT @ steps.unflatten(0, centre.shape)
            add_rows(self.centre, around.flatten(), back.flatten(0, 1))


class _Blocks:
    """Blocks of consecutive positions of a segment as tensors: positions of a block, and the words around them.

    Shorter blocks are filled up with positions that predict nothing, and so are the ends of the segment.
    """

    def __init__(
        self,
        segment: Segment,
        starts: np.ndarray,
        ends: np.ndarray,
        rates: np.ndarray,
        noise: np.ndarray | None,
        like: torch.Tensor,
    ) -> None:
        self.longest = int((ends - starts).max())
        self.reach = int(max(segment.left.max(), segment.right.max()))
        device = like.device
        self.kept, self.left, self.right, self.starts, self.ends = (
            torch.from_numpy(np.asarray(part, np.int64)).to(device)
            for part in (segment.kept, segment.left, segment.right, starts, ends)
        )
        self.rates = torch.from_numpy(rates).to(device, like.dtype)[:, None, None]
        self.noise = None if noise is None else torch.from_numpy(noise.astype(np.int64)).to(device)
        self.position = torch.arange(self.longest, device=device)
        self.column = torch.arange(self.longest + 2 * self.reach, device=device)
        self.offset = self.column - self.reach - self.position[:, None]
        self.dtype = like.dtype

    def at(self, blocks: slice) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Words at the positions of some blocks, int64 [blocks, P]; words from the first position less the reach to the
        last and the reach, int64 [blocks, R]; [blocks, P, R], 1 where the second is in the window of the first."""
        last = len(self.kept) - 1
        starts = self.starts[blocks, None]
        at = starts + self.position
        inside = (at < self.ends[blocks, None])[..., None]
        at = at.clamp(max=last)
        around = (starts - self.reach + self.column).clamp(0, last)
        window = (self.offset >= -self.left[at][..., None]) & (self.offset <= self.right[at][..., None])
        return self.kept[at], self.kept[around], (window & (self.offset != 0) & inside).to(self.dtype)

    @staticmethod
    def shares(mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """1 for the positions that have context words, [blocks, P, 1]; the share of each word in their mean."""
        count = mask.sum(2, keepdim=True)
        return count.clamp(max=1), mask / count.clamp(min=1)
