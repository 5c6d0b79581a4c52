"""Readers of word lists, public ones and one's own: similarity ratings and analogies."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wordspaces.common.errors import StudyError

FORMAT = "word, word, number between tabs, commas or blanks"


@dataclass(frozen=True)
class Ratings:
    """Rated word pairs: `pairs` in the order of the list, `ratings` float64 [pairs] (higher is more similar)."""

    pairs: tuple[tuple[str, str], ...]
    ratings: np.ndarray


@dataclass(frozen=True)
class Analogies:
    """Analogy questions a : b = c : d by section, in the order of the list."""

    sections: dict[str, tuple[tuple[str, str, str, str], ...]]


def _lines(path: str | Path) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(path, f"no readable word list ({error})", "a UTF-8 text file", "correct its path") from None


def read_ratings(path: str | Path) -> Ratings:
    """Rated pairs such as WordSim-353 (Finkelstein et al. 2002) or SimLex-999 (Hill et al. 2015).

    A line is two words and a number, between tabs; between commas where it has no tab, between blanks where it has
    neither. Fields after the third are left alone. The first line may name the columns instead: its third field is then
    no number. Lines that begin with # are comments, empty ones are skipped; words are lower-cased, as the study's
    normaliser does. `StudyError`, with file and line, for any other line, a rating that is not finite, and a file
    without a pair.
    """
    pairs, ratings, header = [], [], True
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = _fields(line)
        rating = _number(fields[2]) if len(fields) > 2 and fields[0] and fields[1] else None
        if rating is None and not (header and len(fields) > 2 and all(fields[:3]) and not fields[2][0].isdigit()):
            raise StudyError(f"{path}, line {number}", repr(line), FORMAT)
        header = False
        if rating is not None:
            pairs.append((fields[0].lower(), fields[1].lower()))
            ratings.append(rating)
    if not pairs:
        raise StudyError(path, "no word pair", f"{FORMAT} on each line", "take a list of rated pairs")
    return Ratings(tuple(pairs), np.array(ratings))


def _fields(line: str) -> list[str]:
    """Fields of a line between tabs, commas or blanks, the first of these that it has; quotation marks taken off."""
    separator = next((one for one in ("\t", ",") if one in line), None)
    return [field.strip().strip('"').strip() for field in line.split(separator)]


def _number(text: str) -> float | None:
    """A finite number, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def read_analogies(path: str | Path) -> Analogies:
    """Questions of Mikolov et al. (2013): four words a line, ": name" before each section; words are lower-cased.

    Lines that begin with # are comments. `StudyError`, with file and line, for any other line.
    """
    sections: dict[str, list[tuple[str, str, str, str]]] = {}
    name = None
    for number, line in enumerate(_lines(path), start=1):
        if line.startswith(":"):
            name = line[1:].strip()
            sections.setdefault(name, [])
        elif line.strip() and not line.startswith("#"):
            fields = line.lower().split()
            if len(fields) != 4 or name is None:
                raise StudyError(f"{path}, line {number}", repr(line), "four words, after a line ': section'")
            sections[name].append((fields[0], fields[1], fields[2], fields[3]))
    if not any(sections.values()):
        raise StudyError(path, "no question", "four words a line", "download it again")
    return Analogies({name: tuple(questions) for name, questions in sections.items()})
