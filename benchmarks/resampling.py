"""Bootstrap over words beside rsatoolbox: seconds for a thousand draws, and whether each draw gives the same numbers.

The peer is the loop of rsatoolbox's `eval_bootstrap_pattern`, every space a fixed model, without its noise ceiling.
Who calls its parts by hand can resample all matrices at once; that is faster and is printed beside it, without a gate.
Both sides start from prepared spaces: rsatoolbox from its dissimilarity matrices, ours from unit vectors, whose
dissimilarities it forms on the way. A draw of rsatoolbox takes as long as any other, so it is given a few of the same
draws and its seconds are scaled.
"""

from collections.abc import Iterator
from importlib.metadata import version

import numpy as np
from benchmarks.similarity import planted_spaces
from benchmarks.timing import Gate, interleave, stopwatch
from rsatoolbox.model import ModelFixed
from rsatoolbox.rdm import RDMs as PeerRDMs
from rsatoolbox.rdm import compare as peer_compare

from wordspaces.analysis.similarity.bootstrap import resampled, word_multiplicities
from wordspaces.analysis.similarity.parallel import threads
from wordspaces.analysis.similarity.rdm import RDMs

SPACES, WORDS, DIMENSION = 24, 2000, 100
DRAWS, PEER_DRAWS = 1000, 1
ROUNDS = 3

SPEED = 500.0
DIFFERENCE = 1e-6


def run() -> Iterator[str | Gate]:
    """Lines to print and gates of the Pearson bootstrap of all pairs of spaces."""
    rdms = RDMs.of(planted_spaces(SPACES, WORDS, DIMENSION), range(SPACES))
    matrices = PeerRDMs(np.stack([rdms.condensed(index) for index in range(SPACES)]))
    pairs = SPACES * (SPACES - 1) // 2
    size = f"{SPACES} planted spaces of {WORDS:,} words x {DIMENSION}, {pairs} pairs, {threads()} threads"
    yield f"bootstrap over words: {size}"
    yield f"bootstrap over words: {DRAWS:,} draws here, {PEER_DRAWS} in a round of rsatoolbox {version('rsatoolbox')}"
    scale = DRAWS / PEER_DRAWS
    # The first draw of rsatoolbox gets its memory from the system, which takes several times as long as a draw.
    first = word_multiplicities(WORDS, 1, 0)
    ours(rdms, first), by_hand(matrices, first)
    lean = scale * np.median([stopwatch(lambda: by_hand(matrices, first))[0] for _ in range(ROUNDS)])
    found = interleave(
        lambda number: stopwatch(lambda: ours(rdms, word_multiplicities(WORDS, DRAWS, number))),
        lambda number: stopwatch(lambda: peer(matrices, word_multiplicities(WORDS, DRAWS, number)[:PEER_DRAWS])),
        ROUNDS,
    )
    seconds = np.median(found.ours_seconds), scale * np.median(found.peer_seconds)
    yield f"bootstrap over words: {seconds[0]:.2f} s, rsatoolbox {seconds[1]:,.0f} s, by hand {lean:,.0f} s"
    yield Gate("bootstrap_speed_over_rsatoolbox", scale * found.speedup, SPEED, least=True)
    difference = max(np.abs(a[:PEER_DRAWS] - b).max() for a, b in zip(found.ours, found.peer, strict=True))
    yield Gate("bootstrap_difference_from_rsatoolbox", float(difference), DIFFERENCE, least=False)


def ours(rdms: RDMs, multiplicities: np.ndarray) -> np.ndarray:
    """Pearson correlations of all pairs here in every draw: float64 [draws, s, s]."""
    return resampled(rdms, "pearson", multiplicities)


def peer(matrices: PeerRDMs, multiplicities: np.ndarray) -> np.ndarray:
    """The same by rsatoolbox: a resampled data set, and every model resampled and compared with it."""
    models = [ModelFixed(str(index), matrices.subset("index", index)) for index in range(matrices.n_rdm)]
    found = []
    for counts in multiplicities:
        words = np.repeat(np.arange(len(counts)), counts)
        sample = matrices.subsample_pattern("index", words)
        predicted = (model.predict_rdm().subsample_pattern("index", words) for model in models)
        found.append(np.concatenate([peer_compare(one, sample, method="corr") for one in predicted]))
    return np.stack(found)


def by_hand(matrices: PeerRDMs, multiplicities: np.ndarray) -> np.ndarray:
    """The same with the parts of rsatoolbox, all matrices resampled once and compared with themselves."""
    found = []
    for counts in multiplicities:
        sample = matrices.subsample_pattern("index", np.repeat(np.arange(len(counts)), counts))
        found.append(peer_compare(sample, sample, method="corr"))
    return np.stack(found)
