"""Arrays in one text: what goes in comes out, the same text twice, byte planes and differences as the format says."""

import base64
import gzip
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from wordspaces.common.errors import StudyError
from wordspaces.report.pack import DTYPES, packed, unpacked

SHAPES = arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=7)
ARRAYS = st.sampled_from(DTYPES).flatmap(lambda name: arrays_of.arrays(name, SHAPES))
META = st.dictionaries(st.text(max_size=4), st.one_of(st.text(), st.integers(-9, 9), st.none(), st.booleans()))


def content_of(text: str) -> tuple[dict, bytes]:
    """Header and array bytes, read without the module."""
    raw = gzip.decompress(base64.b64decode(text))
    size = int.from_bytes(raw[:4], "little")
    return json.loads(raw[4 : 4 + size].decode("utf-8")), raw[4 + size :]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=4), ARRAYS, max_size=4), META, st.integers(0, 9))
def test_what_goes_in_comes_out_and_equal_input_gives_equal_text(arrays, meta, stride):
    strides = {name: stride for name, array in arrays.items() if array.dtype.kind != "f"}
    text = packed(arrays, meta, strides)
    assert text == packed(dict(arrays), dict(meta), dict(strides))
    assert text.isascii()
    found, told = unpacked(text)
    assert told == meta
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_integers_of_several_bytes_are_stored_low_bytes_first():
    header, raw = content_of(packed({"a": np.array([[0x0102, 0x0304], [0x0506, 7]], np.uint16)}, {}))
    assert raw == bytes([2, 4, 6, 7, 1, 3, 5, 0])
    assert header["arrays"]["a"] == {"dtype": "uint16", "shape": [2, 2], "offset": 0, "planes": 2, "stride": 0}


def test_differences_wrap_around_and_floats_stay_whole():
    arrays = {"d": np.array([1, 5, -128, 127], np.int8), "f": np.array([1.5], np.float32)}
    header, raw = content_of(packed(arrays, {"word": "schön 語"}, {"d": 2}))
    assert raw[:4] == bytes([1, 5, (-129) % 256, 122])
    assert raw[header["arrays"]["f"]["offset"] :] == np.array([1.5], "<f4").tobytes()
    assert header["arrays"]["f"]["planes"] == 1
    assert header["meta"] == {"word": "schön 語"}


def test_numbers_are_no_longer_than_gzip_makes_them_and_repeats_are_found():
    numbers = np.random.default_rng(1).normal(0, 12, 20_000).astype(np.int8)
    whole = base64.b64encode(gzip.compress(numbers.tobytes(), 9))
    assert len(packed({"a": numbers}, {})) < 1.01 * len(whole)
    assert len(packed({"a": np.tile(numbers[:500], 40)}, {})) < 3000


def test_the_head_of_the_gzip_carries_no_time():
    raw = base64.b64decode(packed({}, {}))
    assert raw[:2] == b"\x1f\x8b"
    assert raw[4:8] == bytes(4)


@pytest.mark.parametrize(
    ("array", "meta", "strides", "told"),
    [
        (np.zeros(3), {}, {}, "array 'a' of the page: found float64"),
        (np.zeros(3, np.int64), {}, {}, "found int64"),
        (np.zeros(3, np.float32), {}, {"a": 1}, "float32 as differences"),
        (np.zeros(3, np.uint8), {"x": float("nan")}, {}, "not finite"),
    ],
)
def test_what_it_cannot_hold_is_refused(array, meta, strides, told):
    with pytest.raises(StudyError, match=told):
        packed({"a": array}, meta, strides)
