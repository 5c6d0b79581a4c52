"""Arrays for a page in one text: base64 of gzip of a header and the arrays' bytes.

The bytes under gzip are a little-endian uint32 with the length of the header, the header, and the arrays one after
another. The header is UTF-8 JSON: `{"meta": ..., "arrays": {name: {"dtype", "shape", "offset", "planes", "stride"}}}`,
`offset` in bytes from the end of the header. What `templates/scripts/unpack.js` reads:

dtype    uint8, int8, uint16, uint32 or float32; values are in row-major order
planes   how many byte planes an array is stored in: of integers of several bytes all lowest bytes come first, then all
         the next ones, as these compress far better than whole numbers; 1 for other arrays, stored as they are
stride   above 0 for an array of integers that is stored as differences: each value from place `stride` on had the one
         `stride` places before it taken off, modulo 2^bits; 0 for others

Equal input gives equal text: there is no time in the head of the gzip. It is one member whose blocks are made apart for
the header and for each plane: repeats are found within one of them alone, and where it is shorter so (numbers seldom
repeat as words do) bytes are coded by their frequency only.
"""

import base64
import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wordspaces.common.errors import StudyError

DTYPES = ("uint8", "int8", "uint16", "uint32", "float32")
HEAD = np.dtype("<u4")
# Of a gzip member (RFC 1952): method deflate, no name, no time, slowest compression, unknown system.
GZIP_HEAD = bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 255])
LAST_BLOCK = b"\x03\x00"
LEVEL, RAW, MEMORY = 9, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL
STRATEGIES = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY)


def packed(arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any], strides: Mapping[str, int] | None = None) -> str:
    """Text of `arrays` and `meta` (JSON values); integer arrays named in `strides` are stored as differences.

    `StudyError` for an array of another type than `DTYPES`, for differences of another than integers, and for meta with
    a number that is not finite.
    """
    described, parts, offset = {}, [], 0
    for name, array in arrays.items():
        stride = (strides or {}).get(name, 0)
        if array.dtype.name not in DTYPES or (stride and array.dtype.kind == "f"):
            found = f"{array.dtype.name}{' as differences' if stride else ''}"
            raise StudyError(
                f"array {name!r} of the page", found, f"{', '.join(DTYPES)}, of which integers as differences"
            )
        planes = array.dtype.itemsize if array.dtype.kind in "iu" else 1
        stored = _planes(_differences(array.ravel(), stride), planes)
        described[name] = {"dtype": array.dtype.name, "shape": list(array.shape), "offset": offset}
        described[name] |= {"planes": planes, "stride": stride}
        parts += stored
        offset += array.nbytes
    try:
        told = json.dumps(
            {"meta": meta, "arrays": described}, ensure_ascii=False, separators=(",", ":"), allow_nan=False
        )
    except ValueError:
        raise StudyError("meta of the page", "a number that is not finite", "null for what is not known") from None
    header = told.encode()
    pieces = [np.array(len(header), HEAD).tobytes() + header, *parts]
    return base64.b64encode(_gzip(pieces)).decode("ascii")


def unpacked(text: str) -> tuple[dict[str, np.ndarray], Any]:
    """Arrays and meta of a text that `packed` made."""
    content = gzip.decompress(base64.b64decode(text))
    start = HEAD.itemsize + int(np.frombuffer(content, HEAD, 1)[0])
    header = json.loads(content[HEAD.itemsize : start].decode())
    arrays = {}
    for name, part in header["arrays"].items():
        dtype = np.dtype(part["dtype"]).newbyteorder("<")
        size = int(np.prod(part["shape"], dtype=np.int64))
        stored = np.frombuffer(content, np.uint8, size * dtype.itemsize, start + part["offset"])
        whole = np.frombuffer(stored.reshape(part["planes"], -1).T.tobytes() if size else b"", dtype)
        arrays[name] = _sums(whole.astype(part["dtype"]), part["stride"]).reshape(part["shape"])
    return arrays, header["meta"]


def _gzip(pieces: Sequence[bytes]) -> bytes:
    """One gzip member of all pieces, each compressed by itself by the strategy that makes it shortest."""
    blocks = [min((_deflated(piece, strategy) for strategy in STRATEGIES), key=len) for piece in pieces]
    content = b"".join(pieces)
    tail = np.array([zlib.crc32(content), len(content) % 2**32], HEAD).tobytes()
    return b"".join([GZIP_HEAD, *blocks, LAST_BLOCK, tail])


def _deflated(piece: bytes, strategy: int) -> bytes:
    """Deflate blocks of a piece that end at a whole byte, so that others may follow."""
    coder = zlib.compressobj(LEVEL, zlib.DEFLATED, RAW, MEMORY, strategy)
    return coder.compress(piece) + coder.flush(zlib.Z_FULL_FLUSH)


def _planes(values: np.ndarray, planes: int) -> list[bytes]:
    """Bytes of flat `values`, little-endian, by plane."""
    little = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    if planes == 1:
        return [little.tobytes()]
    return [plane.tobytes() for plane in little.view(np.uint8).reshape(-1, planes).T]


def _differences(values: np.ndarray, stride: int) -> np.ndarray:
    """Flat integers with the one `stride` places before taken off each; 0 leaves them."""
    if not stride or len(values) <= stride:
        return values
    found = values.copy()
    # Of unsigned and signed integers alike the difference wraps around, and so does its inverse.
    with np.errstate(over="ignore"):
        found[stride:] -= values[:-stride]
    return found


def _sums(values: np.ndarray, stride: int) -> np.ndarray:
    """Inverse of `_differences`."""
    if not stride or len(values) <= stride:
        return values
    rows = -(-len(values) // stride)
    padded = np.zeros(rows * stride, dtype=values.dtype)
    padded[: len(values)] = values
    return np.cumsum(padded.reshape(rows, stride), axis=0, dtype=values.dtype).ravel()[: len(values)]
