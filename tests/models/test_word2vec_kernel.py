"""The compiled block kernels against the slow twin, exactly and in expectation."""

import hashlib
import inspect
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordspaces.common.code import PACKAGE_ROOT
from wordspaces.models.result import aligned_rows
from wordspaces.models.word2vec import blocks
from wordspaces.models.word2vec.kernel import train_cbow, train_skipgram
from wordspaces.models.word2vec.objectives import add_penalty, negative_sampling, predictions
from wordspaces.models.word2vec.sampling import (
    Segment,
    alias_table,
    draw_noise,
    draw_segment,
    noise_distribution,
    stream_state,
)
from wordspaces.models.word2vec.steps import sigmoid

WORDS, DIMENSION, NEGATIVE, SHARED = 40, 20, 5, 6
KERNELS = {"skipgram": train_skipgram, "cbow": train_cbow}
EMPTY = (
    Segment(*(np.zeros(1, kind) for kind in (np.int32, np.int64, np.int32, np.int32))),
    0,
    np.zeros(0, np.int64),
    np.zeros(0, np.float32),
    np.zeros((0, SHARED), np.int32),
)
ARCHITECTURES = pytest.mark.parametrize("architecture", ["skipgram", "cbow"])


@pytest.fixture
def text():
    rng = np.random.default_rng(0)
    ids = rng.zipf(1.5, 60).clip(max=WORDS).astype(np.int32) - 1
    documents = np.array([0, 1, 25, 27, 60])
    return draw_segment(ids, documents, np.arange(4), np.ones(WORDS, np.float32), 4, True, stream_state(1))


@pytest.fixture
def noise():
    return alias_table(noise_distribution(np.arange(1, WORDS + 1), 0.75))


def make_tables():
    rng = np.random.default_rng(5)
    tables = aligned_rows(WORDS, DIMENSION), aligned_rows(WORDS, DIMENSION)
    for table in tables:
        table[:, :DIMENSION] = rng.normal(size=(WORDS, DIMENSION)) / 2
    return tables


def run_kernel(architecture, text, words, ends, rate, l2=0.0, plain=None, fall=0.0):
    """Change of both tables after some blocks that meet these noise words."""
    centre, context = make_tables()
    before = centre.copy(), context.copy()
    rates = np.full(len(ends), rate, np.float32)
    given = text, 0, np.array(ends), rates, words, NEGATIVE, np.float32(l2)
    falling = (np.float32(fall),) if architecture == "skipgram" else ()
    KERNELS[architecture](centre, context, *given, *falling, plain=plain)
    return centre - before[0], context - before[1]


@ARCHITECTURES
@pytest.mark.parametrize("plain", [None, blocks.in_loops(DIMENSION)], ids=["vectors", "loops"])
@pytest.mark.parametrize("l2", [0.0, 0.2])
def test_blocks_take_the_step_of_the_slow_twin(architecture, l2, plain, text, noise):
    """Same noise words, block by block: table - rate * gradient of the summed loss, in float64."""
    n, rate, ends = len(text.kept), 0.05, [16, 21, 48, len(text.kept)]
    words = draw_noise(noise, stream_state(7), len(ends), SHARED)
    found = run_kernel(architecture, text, words, ends, rate, l2, plain)
    centre, context = (table[:, :DIMENSION].astype(np.float64) for table in make_tables())
    start, begin = (centre.copy(), context.copy()), 0
    for block, end in enumerate(ends):
        drawn = predictions(text, begin, end, WORDS, architecture)
        x = drawn.inputs @ centre
        step = negative_sampling(
            x, context, drawn.position, drawn.word, np.tile(words[block], (end - begin, 1)), NEGATIVE
        )
        step = add_penalty(step, x, context, drawn.position, drawn.word, l2)
        centre -= rate * (drawn.inputs.T @ step.inputs)
        context -= rate * step.output
        begin = end
    assert begin == n
    # Changes reach 3.5, where neighbouring float32 are 2e-7 apart and blocks add up some of them.
    np.testing.assert_allclose(found[0][:, :DIMENSION], centre - start[0], rtol=2e-6, atol=2e-6)
    np.testing.assert_allclose(found[1][:, :DIMENSION], context - start[1], rtol=2e-6, atol=2e-6)
    assert np.abs(found[0]).max() > 1e-2
    assert not found[0][:, DIMENSION:].any()
    assert not found[1][:, DIMENSION:].any()


@pytest.mark.parametrize("plain", [None, blocks.in_loops(DIMENSION)], ids=["vectors", "loops"])
@pytest.mark.parametrize("l2", [0.0, 0.2])
def test_weighted_window_has_the_expected_step_of_a_drawn_one(l2, plain, noise):
    """A pair at distance k weighs the probability that a window from 1..4 reaches it: the mean of the twin over those.

    The loss is a sum over pairs, so the mean over independent draws is that over equal windows for all positions.
    """
    rng, rate, ends, window = np.random.default_rng(0), 0.05, [8, 16, 45], 4
    ids = rng.zipf(1.5, 45).clip(max=WORDS).astype(np.int32) - 1
    given = ids, np.array([0, 1, 25, 27, 45]), np.arange(4), np.ones(WORDS, np.float32)
    whole, *drawn = (draw_segment(*given, reach, False, stream_state(1)) for reach in (window, 1, 2, 3, 4))
    words = draw_noise(noise, stream_state(7), len(ends), SHARED)
    found = run_kernel("skipgram", whole, words, ends, rate, l2, plain, fall=1 / window)
    centre, context = (table[:, :DIMENSION].astype(np.float64) for table in make_tables())
    start, begin = (centre.copy(), context.copy()), 0
    for block, end in enumerate(ends):
        changes = []
        for text in drawn:
            inputs, position, word = predictions(text, begin, end, WORDS, "skipgram")
            x = inputs @ centre
            step = negative_sampling(x, context, position, word, np.tile(words[block], (end - begin, 1)), NEGATIVE)
            step = add_penalty(step, x, context, position, word, l2)
            changes.append((inputs.T @ step.inputs, step.output))
        centre -= rate * np.mean([of_inputs for of_inputs, _ in changes], axis=0)
        context -= rate * np.mean([of_output for _, of_output in changes], axis=0)
        begin = end
    for table, now, before in zip(found, (centre, context), start, strict=True):
        np.testing.assert_allclose(table[:, :DIMENSION], now - before, rtol=2e-6, atol=2e-6)


def by_hand(weights, low, high, rows):
    """Weighted sums of rows, each over its own band, in float64."""
    i, q = np.indices(weights.shape)
    return np.where((q >= i + low) & (q < i + high), weights, 0.0).astype(np.float64) @ rows


@settings(deadline=None, max_examples=30)
@given(
    n=st.integers(1, 19),
    m=st.integers(1, 9).map(lambda fours: 4 * fours),
    d=st.integers(1, 9).map(lambda vectors: 16 * vectors),
    low=st.integers(-8, 2),
    width=st.integers(0, 12),
    transposed=st.booleans(),
    seed=st.integers(0, 99),
)
def test_vector_instructions_and_plain_loops_do_what_their_docstrings_say(n, m, d, low, width, transposed, seed):
    rng = np.random.default_rng(seed)
    a, b = (rng.normal(size=(rows, d)).astype(np.float32) for rows in (n, m))
    table = rng.normal(size=(n + 3, d)).astype(np.float32)
    ids = rng.integers(0, n + 3, n).astype(np.int32)
    i, q = np.indices((n, m))
    inside = (q >= i + low) & (q < i + low + width)
    weights = np.where(inside, rng.normal(size=(n, m)), 0.0).astype(np.float32)
    laid = np.ascontiguousarray(weights.T) if transposed else weights
    down, along = (1, n) if transposed else (m, 1)
    expected = table.astype(np.float64)
    np.add.at(expected, ids, by_hand(weights, low, low + width, b))
    for plain in (None, blocks.in_loops(d)):
        scores, target, copied = np.full((n, m), np.nan, np.float32), table.copy(), np.zeros((n, d), np.float32)
        blocks.products(a, n, b, m, scores, plain)
        np.testing.assert_allclose(scores, a.astype(np.float64) @ b.T, atol=1e-4)
        blocks.add_weighted(laid, down, along, b, m, low, low + width, target, ids, plain)
        np.testing.assert_allclose(target, expected, atol=1e-4)
        blocks.gather(table, ids, copied, plain)
        np.testing.assert_array_equal(copied, table[ids])
        blocks.scatter(target, ids, copied, plain)
        np.add.at(expected_sum := expected.copy(), ids, copied)
        np.testing.assert_allclose(target, expected_sum, atol=1e-4)


GENERIC = """
import numpy as np
from wordspaces.models.word2vec import blocks
assert blocks.LANES == 4
a, b, ids = np.arange(96, dtype=np.float32).reshape(6, 16), np.ones((8, 16), np.float32), np.arange(6, dtype=np.int32)
out = np.zeros((6, 8), np.float32)
blocks.products(a, 6, b, 8, out, None)
assert np.array_equal(out, a @ b.T)
blocks.add_weighted(out, 8, 1, b, 8, -6, 8, table := np.zeros((6, 16), np.float32), ids, None)
assert np.array_equal(table, out @ b)
"""


def test_vector_instructions_run_on_a_processor_without_wide_registers(tmp_path):
    """The compiler is told of a processor that has nothing but its family's least."""
    changes = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    places = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, "-c", GENERIC]
    done = subprocess.run(command, env=os.environ | changes | {"PYTHONPATH": places}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@ARCHITECTURES
def test_cached_code_follows_the_sources_it_is_made_of(architecture):
    """The cache's key holds the types of default arguments, and those their values."""
    text = b"".join(path.read_bytes() for path in blocks.SOURCES)
    assert {path.name for path in blocks.SOURCES} == {"blocks.py", "steps.py", "simd.py"}
    assert int.from_bytes(hashlib.blake2b(text, digest_size=7).digest(), "big") == blocks.CODE
    assert inspect.signature(KERNELS[architecture].py_func).parameters["code"].default == blocks.CODE
    falling = (np.float32(0),) if architecture == "skipgram" else ()
    KERNELS[architecture](*make_tables(), *EMPTY, NEGATIVE, np.float32(0), *falling)
    assert any(f"default={blocks.CODE}" in str(kinds) for kinds in KERNELS[architecture].signatures)


@ARCHITECTURES
@pytest.mark.parametrize("plain", [None, blocks.in_loops(DIMENSION)], ids=["vectors", "loops"])
def test_same_bytes_twice_and_little_rounding_apart(architecture, plain, text, noise):
    words = draw_noise(noise, stream_state(7), 4, SHARED)
    ends = [16, 21, 48, len(text.kept)]
    first, again, other = (run_kernel(architecture, text, words, ends, 0.05, 0.1, way) for way in (plain, plain, None))
    for one, two, three in zip(first, again, other, strict=True):
        assert one.tobytes() == two.tobytes()
        np.testing.assert_allclose(one, three, rtol=2e-6, atol=2e-6)


def expected_change(architecture, text, end, rate, negative):
    """-rate * gradient of equation 4 over one block, the expectation over noise words taken exactly."""
    centre, context = (table[:, :DIMENSION].astype(np.float64) for table in make_tables())
    drawn = predictions(text, 0, end, WORDS, architecture)
    x = drawn.inputs @ centre
    good = negative_sampling(x, context, drawn.position, drawn.word, np.zeros((end, 1), int), 0)
    of_inputs, of_output = good.inputs, good.output
    for word, share in enumerate(noise_distribution(np.arange(1, WORDS + 1), 0.75)):
        column = np.full((end, 1), word)
        both = negative_sampling(x, context, drawn.position, drawn.word, column, negative)
        of_inputs = of_inputs + share * (both.inputs - good.inputs)
        of_output = of_output + share * (both.output - good.output)
    return -rate * np.concatenate([drawn.inputs.T @ of_inputs, of_output])


@ARCHITECTURES
def test_shared_noise_has_the_expected_step_of_fresh_noise(architecture, text, noise):
    """Estimator: the mean change over 4,000 draws of the noise words of one block at a fixed state of the tables.

    Its expectation is that of `negative` fresh noise words for each prediction. Compared in units of its own standard
    error; the step of six noise words instead of five must lie far outside, which shows that the test can tell.
    """
    rate, end, draws = 0.05, 24, 4000
    state = stream_state(11)
    changes = np.array(
        [
            np.concatenate(run_kernel(architecture, text, draw_noise(noise, state, 1, SHARED), [end], rate))[
                :, :DIMENSION
            ]
            for _ in range(draws)
        ],
        np.float64,
    )
    mean, error = changes.mean(axis=0), changes.std(axis=0) / np.sqrt(draws)
    moving = error > 1e-9
    expected, wrong = (expected_change(architecture, text, end, rate, number) for number in (NEGATIVE, NEGATIVE + 1))
    assert np.abs((mean - expected)[moving] / error[moving]).max() < 5
    assert np.linalg.norm(mean - expected) < 0.04 * np.linalg.norm(expected)
    assert np.abs((mean - wrong)[moving] / error[moving]).max() > 15


def test_sigmoid_is_the_logistic_function():
    x = np.linspace(-30, 30, 2001).astype(np.float32)
    found = np.array([sigmoid(value) for value in x])
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-x.astype(np.float64))), atol=2e-7)


def test_rows_are_aligned():
    table = aligned_rows(7, 50)
    assert table.shape == (7, 64)
    assert table.ctypes.data % 64 == 0
    assert not table.any()


FIRST_AND_LATER = """
import hashlib
import numpy as np
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.models.word2vec.train import train_word2vec
ids = (np.random.default_rng(0).zipf(1.3, 20_000).clip(1, 300) - 1).astype(np.int32)
text = ids, np.arange(0, 20_001, 50).astype(np.int64), np.zeros(0, np.int32), np.zeros(1, np.int64), 300
for architecture in ("skipgram", "cbow"):
    settings = Word2VecSettings(architecture=architecture, dimension=32, epochs=1, snapshots=2, l2=1e-3)
    weights = train_word2vec(*text, settings, 1).weights
    print(hashlib.sha256(weights["centre"].tobytes() + weights["context"].tobytes()).hexdigest())
"""


def test_the_process_that_compiles_and_those_that_load_compute_the_same(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(PACKAGE_ROOT.parent)}
    runs = [
        subprocess.run(
            [sys.executable, "-c", FIRST_AND_LATER], env=environment, text=True, capture_output=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert list(tmp_path.rglob("*.nbc"))
    assert runs[0] == runs[1]
    assert len(set(runs[0].split())) == 2
