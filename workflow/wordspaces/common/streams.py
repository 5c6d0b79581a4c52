"""Named random streams: one generator for each purpose, so that a change of one leaves the others as they were."""

import hashlib

import numpy as np


def stream_seed(seed: int, *names: str) -> int:
    """128-bit integer seed of the stream `names` under `seed`; the same on every machine and Python version."""
    text = "/".join([str(int(seed)), *names]).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "little")


def generator(seed: int, *names: str) -> np.random.Generator:
    """Independent PCG64 generator for one purpose, such as ``generator(seed, "skipgram", "initialisation")``."""
    return np.random.Generator(np.random.PCG64(stream_seed(seed, *names)))


def unit_interval(text: str, *names: str) -> float:
    """Map `text` to [0, 1) by a keyed hash: how documents are drawn, with no state and no order."""
    digest = hashlib.blake2b(text.encode(), digest_size=8, key="/".join(names).encode()[:64]).digest()
    return int.from_bytes(digest, "little") / 2.0**64
