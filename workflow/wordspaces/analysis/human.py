"""Readers of the public word lists: similarity ratings and analogies."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wordspaces.common.errors import StudyError


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
        return Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(path, f"no readable word list ({error})", "a UTF-8 text file", "download it again") from None


def read_ratings(path: str | Path) -> Ratings:
    """WordSim-353 (Finkelstein et al. 2002) or SimLex-999 (Hill et al. 2015): word, word, rating between tabs.

    Lines that begin with # are comments; words are lower-cased, as the study's normaliser does.
    """
    pairs, ratings = [], []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        try:
            first, second, rating = fields[0].strip(), fields[1].strip(), float(fields[2])
        except (IndexError, ValueError):
            raise StudyError(f"{path}, line {number}", repr(line), "word, tab, word, tab, number") from None
        pairs.append((first.lower(), second.lower()))
        ratings.append(rating)
    if not pairs:
        raise StudyError(path, "no word pair", "word, tab, word, tab, number on each line", "download it again")
    return Ratings(tuple(pairs), np.array(ratings))


def read_analogies(path: str | Path) -> Analogies:
    """Questions of Mikolov et al. (2013): four words a line, ": name" before each section; words are lower-cased."""
    sections: dict[str, list[tuple[str, str, str, str]]] = {}
    name = None
    for number, line in enumerate(_lines(path), start=1):
        if line.startswith(":"):
            name = line[1:].strip()
            sections.setdefault(name, [])
        elif line.strip():
            fields = line.lower().split()
            if len(fields) != 4 or name is None:
                raise StudyError(f"{path}, line {number}", repr(line), "four words, after a line ': section'")
            sections[name].append((fields[0], fields[1], fields[2], fields[3]))
    if not any(sections.values()):
        raise StudyError(path, "no question", "four words a line", "download it again")
    return Analogies({name: tuple(questions) for name, questions in sections.items()})
