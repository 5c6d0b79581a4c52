"""Analogies a : b = c : ? by the sum and by the product of cosines."""

import numba
import numpy as np

from wordspaces.analysis.similarity.parallel import one_thread

EPSILON = 0.001


def reciprocal_ranks(units: np.ndarray, questions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One over the rank of the right answer among all words but a, b and c, by 3CosAdd and by 3CosMul: float64 [q].

    3CosAdd scores a word x by cos(x, b) - cos(x, a) + cos(x, c) (Mikolov et al. 2013), 3CosMul by
    cos(x, b) cos(x, c) / (cos(x, a) + 0.001) with cosines moved to [0, 1] by (cos + 1) / 2 (Levy & Goldberg 2014,
    equation 4). A word that scores as much as the right one counts as before it, so that a tie is no right answer: 1
    stands for a question answered rightly. 0 where the right answer is one of the three words of its own question.

    units : float64 [n, d], of length one. questions : int64 [q, 4], rows of a, b, c and the right answer.
    """
    asked, inverse = np.unique(questions[:, :3], return_inverse=True)
    # One thread: the last bits of a product depend on how many share it.
    with one_thread():
        cosines = (units[asked] @ units.T).astype(np.float32)
    return _ranks(cosines, inverse.reshape(-1, 3).astype(np.int64), questions.astype(np.int64))


@numba.njit(cache=True, nogil=True)
def _ranks(cosines: np.ndarray, rows: np.ndarray, questions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Reciprocal ranks of every question; rows int64 [q, 3] of a, b, c in cosines float32 [asked, n]."""
    count, size = len(questions), cosines.shape[1]
    added, multiplied = np.zeros(count), np.zeros(count)
    one, half, epsilon = np.float32(1.0), np.float32(0.5), np.float32(EPSILON)
    for q in range(count):
        a, b, c = cosines[rows[q, 0]], cosines[rows[q, 1]], cosines[rows[q, 2]]
        truth = questions[q, 3]
        if truth == questions[q, 0] or truth == questions[q, 1] or truth == questions[q, 2]:
            continue
        total = b[truth] - a[truth] + c[truth]
        product = (one + b[truth]) * half * ((one + c[truth]) * half) / ((one + a[truth]) * half + epsilon)
        before, over = 0, 0
        for x in range(size):
            before += b[x] - a[x] + c[x] >= total
            over += (one + b[x]) * half * ((one + c[x]) * half) / ((one + a[x]) * half + epsilon) >= product
        # The three words of the question are no answers; a word that stands in it twice is taken off once.
        for i in range(3):
            x = questions[q, i]
            if (i > 0 and x == questions[q, 0]) or (i > 1 and x == questions[q, 1]):
                continue
            before -= b[x] - a[x] + c[x] >= total
            over -= (one + b[x]) * half * ((one + c[x]) * half) / ((one + a[x]) * half + epsilon) >= product
        # What is left before or beside the right answer is itself, and the words that score as much or more.
        added[q], multiplied[q] = 1.0 / before, 1.0 / over
    return added, multiplied
