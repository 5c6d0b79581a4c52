"""Keys of texts, compiled: one pass over UTF-8 that folds letters, masks addresses and sketches shingles of words.

A key is a 64-bit hash of what two copies of a text share: its letters, digits and combining marks, without case and
compatibility forms, and without URLs, handles and "RT" before a handle. Hashes take the code points one after the
other through the round of XXH64 (Collet 2014) and its final mixing; equal keys by chance are expected for
``n * n / 2**65`` pairs among n documents, 3e-4 pairs among 1e8.

A sketch holds, for each of many permutations of the 32-bit numbers, the least image of a document's shingles; two
documents agree in one of them with the probability that is the Jaccard similarity of their shingle sets (Broder 1997).
A permutation is ``x -> a * x + b`` modulo 2**32 with odd a (after Dietzfelbinger et al. 1997), which vectorises. Some
entries of the sketch, hashed together, are one band key (Indyk and Motwani 1998).

Everything compiled here calls only what is compiled here: the compiler's cache looks at one file's date.
"""

import functools

import numba
import numpy as np

from wordspaces.common.streams import stream_seed

BLANK, JOINER = np.int32(1 << 22), np.int32(1 << 22 | 1)
"""Marks in the table of foldings, above all code points: a blank ends an address, a joiner is skipped in a word."""
P1, P2, P3 = np.uint64(0x9E3779B185EBCA87), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9)
P4, P5 = np.uint64(0x85EBCA77C2B2AE63), np.uint64(0x27D4EB2F165667C5)
WORD_SEED = np.uint64(0x5851F42D4C957F2D)
HIGHEST = np.uint32(0xFFFFFFFF)
PENDING = 256


@functools.cache
def permutations(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Odd multipliers and increments of the first `number` permutations, uint32 each; the same for ever."""
    seeds = [stream_seed(0, "minhash", "permutation", str(k)) for k in range(number)]
    multipliers = np.array([seed % 2**32 | 1 for seed in seeds], np.uint32)
    return multipliers, np.array([seed >> 32 & 0xFFFFFFFF for seed in seeds], np.uint32)


@numba.njit(cache=True, inline="always")
def _rotated(value: np.uint64, bits: int) -> np.uint64:
    return value << np.uint64(bits) | value >> np.uint64(64 - bits)


@numba.njit(cache=True, inline="always")
def _taken(state: np.uint64, value: np.uint64) -> np.uint64:
    """State of a hash after one more value: the 64-bit round of XXH64."""
    return _rotated(state ^ _rotated(value * P2, 31) * P1, 27) * P1 + P4


@numba.njit(cache=True, inline="always")
def _mixed(state: np.uint64) -> np.uint64:
    """Final mixing of XXH64; 0 is left free for documents without a key."""
    state = (state ^ state >> np.uint64(33)) * P2
    state = (state ^ state >> np.uint64(29)) * P3
    state ^= state >> np.uint64(32)
    return state if state else np.uint64(1)


@numba.njit(cache=True, inline="always")
def _code(data: np.ndarray, i: int) -> tuple[int, int]:
    """Code point that begins at byte `i` of valid UTF-8, and its number of bytes."""
    lead = np.int32(data[i])
    if lead < 0x80:
        return lead, 1
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | (data[i + 1] & 0x3F), 2
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | (data[i + 1] & 0x3F) << 6 | (data[i + 2] & 0x3F), 3
    tail = (data[i + 1] & 0x3F) << 12 | (data[i + 2] & 0x3F) << 6 | (data[i + 3] & 0x3F)
    return (lead & 0x07) << 18 | tail, 4


@numba.njit(cache=True)
def _named(data: np.ndarray, i: int, end: int, table: np.ndarray) -> int:
    """Where the letters, digits, marks and low lines from `i` on end."""
    while i < end:
        code, size = _code(data, i)
        if code != 95 and (table[code] == 0 or table[code] >= BLANK):
            break
        i += size
    return i


@numba.njit(cache=True)
def _spaced(data: np.ndarray, i: int, end: int, table: np.ndarray, blank: bool) -> int:
    """Where the blanks from `i` on end, or where the next one stands."""
    while i < end:
        code, size = _code(data, i)
        if (table[code] == BLANK) != blank:
            break
        i += size
    return i


@numba.njit(cache=True, inline="always")
def _may_mask(byte: int) -> bool:
    """Whether something masked can begin with this byte: @, h, w, r or m. Most text is spared a call."""
    small = byte | 0x20
    return byte == 64 or small == 104 or small == 119 or small == 114 or small == 109


@numba.njit(cache=True, inline="always")
def _spells(data: np.ndarray, i: int, first: int, second: int, third: int) -> bool:
    """Whether three letters stand at byte `i`, given in lower case."""
    return (data[i] | 0x20) == first and (data[i + 1] | 0x20) == second and (data[i + 2] | 0x20) == third


@numba.njit(cache=True)
def _masked(data: np.ndarray, i: int, end: int, table: np.ndarray, begins: bool) -> int:
    """End of the URL, handle or "RT" before a handle that stands at byte `i`; `i` itself where there is none."""
    first = data[i] | 0x20
    if data[i] == 64:  # @name
        stop = _named(data, i + 1, end, table)
        return stop if stop > i + 1 else i
    if i + 4 < end and _spells(data, i, 104, 116, 116) and (data[i + 3] | 0x20) == 112:  # http: and https:
        colon = i + 5 if (data[i + 4] | 0x20) == 115 and i + 5 < end else i + 4
        if data[colon] == 58:
            return _spaced(data, colon, end, table, False)
    if i + 4 < end and _spells(data, i, 119, 119, 119) and data[i + 3] == 46:  # www. and what follows
        stop = _spaced(data, i + 4, end, table, False)
        return stop if stop > i + 4 else i
    if begins and (first == 114 or first == 109) and i + 2 < end and (data[i + 1] | 0x20) == 116:  # RT @, MT @
        stop = _spaced(data, i + 2, end, table, True)
        if stop + 1 < end and data[stop] == 64 and _named(data, stop + 1, end, table) > stop + 1:
            return stop
    return i


@numba.njit(cache=True)
def _shingle(recent: np.ndarray, oldest: int) -> np.uint32:
    """Hash of the words in a ring, from the oldest on."""
    state, place = WORD_SEED, oldest
    for _ in range(len(recent)):
        state = _taken(state, recent[place])
        place = place + 1 if place + 1 < len(recent) else 0
    return np.uint32(_mixed(state) >> np.uint64(32))


@numba.njit(cache=True)
def _counted(shingles: np.ndarray, number: int, distinct: np.ndarray, found: int) -> int:
    """Add the first `number` shingles to the first distinct ones, of which `found` are known; how many are now."""
    for s in range(number):
        known = found == len(distinct)
        for d in range(found):
            known |= distinct[d] == shingles[s]
        if not known:
            distinct[found] = shingles[s]
            found += 1
    return found


@numba.njit(cache=True)
def _sketch(
    shingles: np.ndarray, number: int, multipliers: np.ndarray, increments: np.ndarray, sketch: np.ndarray
) -> None:
    """Lower each entry of the sketch to the least image of the first `number` shingles, four of them at a time."""
    for s in range(0, number, 4):
        # The last one stands in for those missing at the end: a shingle seen twice changes no minimum.
        x0, x1 = shingles[s], shingles[min(s + 1, number - 1)]
        x2, x3 = shingles[min(s + 2, number - 1)], shingles[min(s + 3, number - 1)]
        for k in range(len(sketch)):
            a, b = multipliers[k], increments[k]
            y0, y1 = np.uint32(a * x0 + b), np.uint32(a * x1 + b)
            y2, y3 = np.uint32(a * x2 + b), np.uint32(a * x3 + b)
            sketch[k] = min(sketch[k], min(min(y0, y1), min(y2, y3)))


@numba.njit(cache=True)
def _all_characters(data: np.ndarray, i: int, end: int, table: np.ndarray) -> np.uint64:
    """Key of a text without letters and digits: of all its characters but blanks, URLs and handles."""
    state, taken = P5, np.uint64(0)
    while i < end:
        stop = _masked(data, i, end, table, True) if _may_mask(data[i]) else i
        code, size = _code(data, i)
        if stop == i and table[code] != BLANK:
            state = _taken(state, np.uint64(code))
            taken += np.uint64(1)
        i = stop if stop > i else i + size
    return _mixed(state + taken)


@numba.njit(cache=True)
def fingerprint_texts(
    data: np.ndarray,
    offsets: np.ndarray,
    table: np.ndarray,
    spellings: np.ndarray,
    multipliers: np.ndarray,
    increments: np.ndarray,
    shingle_words: int,
    min_shingles: int,
    keys: np.ndarray,
    bands: np.ndarray,
) -> None:
    """Key and band keys of each text.

    Parameters
    ----------
    data : uint8, UTF-8 of all texts; offsets : integers [texts + 1] into it.
    table, spellings : what each code point becomes, from `wordspaces.corpus.folding`.
    multipliers, increments : from `permutations`, as many as bands times rows.
    shingle_words : words in a row that make a shingle; min_shingles : distinct ones without which there are no bands.
    keys : uint64 [texts], filled; bands : uint64 [bands, texts], zeros, filled but for texts of too few shingles.
    """
    recent, shingles = np.zeros(shingle_words, np.uint64), np.empty(PENDING, np.uint32)
    sketch, distinct = np.empty(len(multipliers), np.uint32), np.empty(min_shingles, np.uint32)
    for text in range(len(offsets) - 1):
        i, end = np.int64(offsets[text]), np.int64(offsets[text + 1])
        sketch[:] = HIGHEST
        state, letters, word = P5, np.uint64(0), WORD_SEED
        words = place = pending = found = 0
        begins, inside = True, False
        while i < end or inside:
            stop, size, code, folded = i, 1, np.int32(0), np.int32(0)
            if i < end:
                if _may_mask(data[i]):
                    stop = _masked(data, i, end, table, begins)
                code, size = _code(data, i)
                folded = table[code] if stop == i else np.int32(0)
            if folded != 0 and folded < BLANK:
                run = np.int32(1) if folded > 0 else spellings[-folded]
                for part in range(run):
                    value = np.uint64(folded if folded > 0 else spellings[1 + part - folded])
                    state, word = _taken(state, value), _taken(word, value)
                letters += np.uint64(run)
                inside = True
            elif inside and folded != JOINER:
                recent[place] = _mixed(word)
                words, place = words + 1, place + 1 if place + 1 < shingle_words else 0
                inside, word = False, WORD_SEED
                if words >= shingle_words and len(sketch):
                    shingles[pending] = _shingle(recent, place)
                    pending += 1
                    if pending == PENDING:
                        found = _counted(shingles, pending, distinct, found)
                        _sketch(shingles, pending, multipliers, increments, sketch)
                        pending = 0
            begins = not ((folded != 0 and folded < BLANK) or code == 95 or (stop > i and code == 64))
            i = stop if stop > i else i + size
        found = _counted(shingles, pending, distinct, found)
        _sketch(shingles, pending, multipliers, increments, sketch)
        start = np.int64(offsets[text])
        keys[text] = _mixed(state + letters) if letters else _all_characters(data, start, end, table)
        _fill_bands(sketch, found == min_shingles, text, bands)


@numba.njit(cache=True)
def _fill_bands(sketch: np.ndarray, enough: bool, text: int, bands: np.ndarray) -> None:
    """Hash the entries of each band of one sketch together, two of them at a time; leave 0 where not `enough`."""
    rows = len(sketch) // max(len(bands), 1)
    for band in range(len(bands) if enough else 0):
        state, end = P5, (band + 1) * rows
        for k in range(band * rows, end, 2):
            second = sketch[k + 1] if k + 1 < end else HIGHEST
            state = _taken(state, np.uint64(sketch[k]) << np.uint64(32) | np.uint64(second))
        bands[band, text] = _mixed(state)


@numba.njit(cache=True)
def hash_strings(data: np.ndarray, offsets: np.ndarray, keys: np.ndarray) -> None:
    """Fill `keys`, uint64 [strings], with a hash of the bytes of each string, 0 for an empty one."""
    for string in range(len(offsets) - 1):
        start, end = np.int64(offsets[string]), np.int64(offsets[string + 1])
        state = P5
        for i in range(start, end):
            state = _taken(state, np.uint64(data[i]))
        keys[string] = _mixed(state + np.uint64(end - start)) if end > start else np.uint64(0)
