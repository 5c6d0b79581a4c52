"""Choose whole documents whose words add up to a number, exactly or one short."""

from collections.abc import Mapping, Sequence

import numpy as np

from wordspaces.common.errors import StudyError

MAX_GAP = 1 << 16
"""Largest gap, in words, that the search of subsets opens: it takes that many bits a document."""
MAX_CANDIDATES = 4096
MAX_LOWERED = 1000
"""How far, in words, a common target is lowered."""


def match_sizes(
    words: Mapping[tuple[str, str], np.ndarray],
    target: int,
    lower: bool,
    before: Mapping[tuple[str, str], int] | None = None,
) -> dict[tuple[str, str], np.ndarray]:
    """Choose documents in every cell so that all cells have the same number of words, within one.

    Parameters
    ----------
    words : (corpus, sample) -> words of its documents, as `match_size` takes them.
    target : number of words; where `lower`, only the most that is allowed: two cells of 100 and 102 words without a
        document of two words can be made equal only by taking less from both.
    before : (corpus, sample) -> words that it has already, beside the documents to choose from; none where left out.

    Returns
    -------
    (corpus, sample) -> indices of its chosen documents, int64 ascending.

    Raises
    ------
    StudyError : as `match_size`.
    """
    refusal = None
    for lowered in range(target, max(target - MAX_LOWERED, 0) if lower else target - 1, -1):
        try:
            return {
                cell: match_size(sizes, lowered, "corpus {}, sample {}".format(*cell), (before or {}).get(cell, 0))
                for cell, sizes in words.items()
            }
        except StudyError as error:
            refusal = refusal or error
    raise refusal or StudyError("sample", f"{target} words", "at least one word")


def match_size(words: np.ndarray, target: int, where: str, before: int = 0) -> np.ndarray:
    """Indices of documents with `target` words in all, or `target` - 1 where `target` cannot be reached.

    Parameters
    ----------
    words : int [documents], at least 1 each, in the order in which documents are to be taken.
    target : number of words.
    where : named in the error.
    before : words that count towards the target already.

    Returns
    -------
    int64 [chosen], ascending. Documents are taken in order, each that still fits; what is then missing is made up by
    a subset of those left over and as few as possible of those taken last, which are put back for it.

    Raises
    ------
    StudyError : no choice comes within one word of the target.
    """
    there = before + int(words.sum())
    if there < target:
        raise StudyError(where, f"{there:,} words", f"at least {target:,}")
    taken = fill(words, target - before)
    for total in (target - before, target - before - 1):
        chosen = _complete(words, taken, total)
        if chosen is not None:
            return chosen
    raise StudyError(
        where,
        f"{len(words):,} documents, no choice of which has {target:,} words within one",
        "samples of equal size",
        "lower tokens_per_sample, or give the corpus more documents",
    )


def fill(words: np.ndarray, target: int) -> np.ndarray:
    """Documents in order, each that still fits, int64 ascending."""
    total, taken = 0, []
    for index, count in enumerate(words.tolist()):
        if total + count <= target:
            taken.append(index)
            total += count
            if total == target:
                break
    return np.array(taken, np.int64)


def _complete(words: np.ndarray, taken: np.ndarray, total: int) -> np.ndarray | None:
    """Indices, ascending, of documents with exactly `total` words: most of `taken`, and some others; or None."""
    left = np.setdiff1d(np.arange(len(words)), taken)
    for back in _widening(len(taken)):
        keep, returned = taken[: len(taken) - back], taken[len(taken) - back :]
        gap = total - int(words[keep].sum())
        if gap > MAX_GAP:
            break
        candidates = np.concatenate([returned, left])
        candidates = candidates[words[candidates] <= gap][:MAX_CANDIDATES]
        chosen = None if gap < 0 else subset_sum(words[candidates].tolist(), gap)
        if chosen is not None:
            return np.sort(np.concatenate([keep, candidates[chosen]]))
    return None


def _widening(taken: int) -> list[int]:
    """How many documents to put back, in turn: 0, 1, 2, 4, ... and all."""
    steps = [0]
    while (step := max(1, 2 * steps[-1])) < taken:
        steps.append(step)
    return [*steps, taken] if taken else steps


def subset_sum(words: Sequence[int], gap: int) -> np.ndarray | None:
    """Indices, int64 ascending, of a subset of `words` that adds up to `gap`; None where there is none.

    Bit s of a big integer says whether s can be reached; one shift and one OR a document (Bellman's recursion).
    Stops at the first document that makes `gap` reachable, so that early documents are preferred.
    """
    mask = (1 << (gap + 1)) - 1
    reached = [1]
    for count in words:
        if reached[-1] >> gap & 1:
            break
        reached.append((reached[-1] | reached[-1] << count) & mask)
    if not reached[-1] >> gap & 1:
        return None
    chosen, rest = [], gap
    for index in range(len(reached) - 1, 0, -1):
        if not reached[index - 1] >> rest & 1:
            chosen.append(index - 1)
            rest -= words[index - 1]
    return np.array(chosen[::-1], np.int64)
