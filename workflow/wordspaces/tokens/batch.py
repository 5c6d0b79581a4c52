"""Many documents through the compiled normaliser, slice by slice, from and to the buffers of Arrow."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from wordspaces.common.errors import StudyError
from wordspaces.tokens.characters import characters
from wordspaces.tokens.cleaning import clean_batch
from wordspaces.tokens.normalise import DOMAINS
from wordspaces.tokens.scan import scan
from wordspaces.tokens.sentences import Sentences, write_sentences

SLICE = 1 << 20  # bytes of text at a time, or one document: what is in work stays in the processor's cache
MOST = 2**31 - 1  # what 32 bits can count: bytes of a string array, characters of a slice


def normalise_batch(texts: pa.Array | pa.ChunkedArray) -> tuple[pa.ListArray, np.ndarray, np.ndarray]:
    """What `wordspaces.tokens.normalise.normalise_batch` returns."""
    size, pieces = 0, [_sentences(_bytes(None), np.zeros(1, np.int64))]
    for data, offsets in _slices(texts):
        pieces.append(_sentences(data, offsets))
        size += len(pieces[-1].data)
        if size > MOST:
            raise StudyError("batch of texts", "over 2 GB of sentences", "2 GB", "normalise fewer documents at once")
    return (
        pa.concat_arrays([_list_array(piece) for piece in pieces]),
        np.concatenate([piece.words for piece in pieces]),
        np.concatenate([piece.placeholders for piece in pieces]),
    )


def _sentences(data: np.ndarray, offsets: np.ndarray) -> Sentences:
    """Sentences of the documents ``data[offsets[d] : offsets[d + 1]]``."""
    width = 1 + max(map(len, DOMAINS))
    domains = np.array([list(domain.ljust(width, "\0").encode()) for domain in DOMAINS], np.uint8)
    classes = characters().classes
    text = clean_batch(data, offsets)
    if len(text.codes) > MOST:
        raise StudyError("batch of texts", f"a document of {len(text.codes):,} characters", f"{MOST:,} at most")
    return write_sentences(text.codes, scan(text, classes, domains), classes)


def _list_array(piece: Sentences) -> pa.ListArray:
    """The sentences as list<string> [documents]."""
    bounds, data = pa.py_buffer(piece.bounds.astype(np.int32)), pa.py_buffer(piece.data)
    strings = pa.StringArray.from_buffers(len(piece.bounds) - 1, bounds, data)
    return pa.ListArray.from_arrays(pa.array(piece.documents.astype(np.int32)), strings)


def _slices(texts: pa.Array | pa.ChunkedArray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Bytes uint8 and offsets int64 [documents + 1] of some documents: `SLICE` bytes, or one document, at a time."""
    if texts.null_count:
        raise StudyError("batch of texts", f"{texts.null_count} nulls", "a text for each document")
    for chunk in texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]:
        if not len(chunk):
            continue
        try:
            chunk.validate(full=True)
        except pa.ArrowInvalid as error:
            raise StudyError("batch of texts", f"a text that cannot be read ({error})", "valid UTF-8") from None
        _, bounds, data = chunk.buffers()
        width = np.int64 if pa.types.is_large_string(chunk.type) else np.int32
        offsets = np.frombuffer(bounds, width)[chunk.offset : chunk.offset + len(chunk) + 1].astype(np.int64)
        data, start = _bytes(data), 0
        while start < len(chunk):
            end = max(start + 1, int(np.searchsorted(offsets, offsets[start] + SLICE, side="right")) - 1)
            part = offsets[start : end + 1]
            yield data[part[0] : part[-1]], part - part[0]
            start = end


def _bytes(buffer: pa.Buffer | None) -> np.ndarray:
    """The bytes, never to be written: numba compiles once more for arrays that can be."""
    return np.frombuffer(memoryview(buffer or b"").toreadonly(), np.uint8)
