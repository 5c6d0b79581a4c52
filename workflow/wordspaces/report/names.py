"""How things are called in front of a reader: components, rungs, relations, families, measures; numbers as text."""

import math

COMPONENTS = ("shared", "model", "corpus", "interaction", "sample", "seed")
_COMPONENTS = {
    "shared": ("common to all", "what all spaces have in common"),
    "model": ("training recipe", "the training recipe"),
    "corpus": ("corpus", "the corpus"),
    "interaction": ("recipe × corpus", "the interplay of recipe and corpus"),
    "sample": ("document sample", "the choice of documents"),
    "seed": ("seed", "the seed"),
}
STAGES = ("corpus", "tokens", "cooccurrence", "models", "spaces", "analysis", "report")
FAMILIES = {"word2vec": "Word2Vec", "glove": "GloVe", "svd": "PPMI-SVD", "gpt": "GPT", "bert": "BERT"}
CORPORA = {"wiki": "Wikipedia", "twitter": "Twitter"}
MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"
ABSENT = "\N{EN DASH}"


def component_label(component: str) -> str:
    """Short name of a variance component, for an axis."""
    return _COMPONENTS.get(component, (plain(component),) * 2)[0]


def component_phrase(component: str) -> str:
    """Name of a variance component inside a sentence."""
    return _COMPONENTS.get(component, (plain(component),) * 2)[1]


def family_label(family: str) -> str:
    """Name of a model family as its authors write it."""
    return FAMILIES.get(family, family)


def corpus_label(corpus: str) -> str:
    """Name of a corpus for readers; its name in the configuration where that is all there is."""
    return CORPORA.get(corpus, corpus)


def plain(name: str) -> str:
    """A column's or key's name as words."""
    return name.replace("_", " ").replace("-", " ")


def number(value: float | None, digits: int = 2) -> str:
    """A decimal with a true minus sign; a dash where there is no value."""
    if value is None or not math.isfinite(value):
        return ABSENT
    text = f"{abs(value):.{digits}f}"
    return f"{MINUS}{text}" if value < 0 and float(text) != 0 else text


def count(value: float | None) -> str:
    """A whole number with thin spaces between thousands."""
    if value is None or not math.isfinite(value):
        return ABSENT
    return f"{MINUS if value < 0 else ''}{abs(round(value)):,}".replace(",", THIN)


def counted(value: int, noun: str) -> str:
    """A count with its noun, in the plural where it is not one."""
    return f"{count(value)} {noun}{'' if value == 1 else 's'}"


def percent(share: float | None) -> str:
    """A share as whole per cent; below one per cent of either sign with one decimal."""
    if share is None or not math.isfinite(share):
        return ABSENT
    hundredths = 100.0 * share
    return f"{number(hundredths, 0 if abs(hundredths) >= 0.95 or hundredths == 0 else 1)}{THIN}%"


def interval(low: float | None, high: float | None, scale: float = 1.0, digits: int = 2) -> str:
    """An interval in brackets, or nothing where it is not defined."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"[{number(scale * low, digits)}, {number(scale * high, digits)}]"


def joined(parts: list[str]) -> str:
    """A list in a sentence: a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
