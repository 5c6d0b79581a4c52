"""The first component of the occurrences of a word, and how far these lie apart."""

import numpy as np

WORDS_AT_ONCE = 4096


def pool(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First component and spread of each word; works on some thousand words at a time.

    vectors : float [words, contexts, d]. Returns float32 [words, d], of `first_components`, and float32 [words], of
    `spreads`.
    """
    pooled = np.empty((len(vectors), vectors.shape[2]), np.float32)
    spread = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), WORDS_AT_ONCE):
        part = slice(start, start + WORDS_AT_ONCE)
        these = vectors[part].astype(np.float64)
        pooled[part] = first_components(these)
        spread[part] = spreads(these)
    return pooled, spread


def first_components(vectors: np.ndarray) -> np.ndarray:
    """First right singular vector of the contexts of each word, not centred, in the length of a context.

    Ethayarajh (2019), section 5. It is scaled by its singular value over the root of the number of contexts, which
    makes it the vector itself where all contexts have one vector, and its product with their mean is not negative.

    vectors : float64 [words, contexts, d]. Returns float64 [words, d].
    """
    contexts = vectors.shape[1]
    # Singular vectors over contexts, of which there are few, give those over components by one more product.
    _, over_contexts = np.linalg.eigh(vectors @ vectors.transpose(0, 2, 1))
    scaled = np.einsum("wcd,wc->wd", vectors, over_contexts[:, :, -1]) / np.sqrt(contexts)
    towards = np.einsum("wd,wd->w", scaled, vectors.mean(axis=1))
    return np.where(towards < 0.0, -1.0, 1.0)[:, None] * scaled


def spreads(vectors: np.ndarray) -> np.ndarray:
    """1 - |mean|^2 / mean |x|^2 over the contexts of each word: 0 where all contexts give one vector, at most 1.

    vectors : float64 [words, contexts, d]. Returns float64 [words].
    """
    apart = vectors - vectors.mean(axis=1, keepdims=True)
    total = np.square(vectors).sum(axis=(1, 2))
    return np.square(apart).sum(axis=(1, 2)) / np.where(total > 0.0, total, 1.0)
