"""What a variant is as a model: the probability it defines, its embedding, its penalty, the order of its operations."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from wordspaces.report.names import ABSENT, number
from wordspaces.report.style import human

Settings = Mapping[str, Any]
TRANSFORMERS = ("gpt", "bert")


def probability(settings: Settings) -> Markup:
    """Which probability a variant defines, as HTML, and which it does not."""
    family = settings["family"]
    if family == "word2vec":
        given, asked = ("w", "c") if settings["architecture"] == "skipgram" else ("context", "w")
        if settings["objective"] == "full_softmax":
            return Markup(f"P({asked} | {given}), a softmax over the vocabulary; none of a sequence")
        return Markup(
            f"P(text, not noise | {given}, {asked}), one pair at a time; P({asked} | {given}) not normalised,"
            f" none of a sequence"
        )
    if family == "glove":
        return Markup("none: a regression on log X<sub>wc</sub>")
    if family == "svd":
        return Markup("none: a factorisation of PPMI")
    if family == "gpt":
        return Markup(
            "P(w<sub>1</sub> … w<sub>T</sub>) = Π<sub>t</sub> P(w<sub>t</sub> | w<sub>&lt;t</sub>), chain rule"
        )
    if family != "bert":
        return Markup(ABSENT)
    pairs = "; P(next | two spans)" if settings["next_sentence_weight"] else ""
    return Markup(f"P(masked word | the rest){pairs}; no P(w<sub>1</sub> … w<sub>T</sub>)")


def embedding(settings: Settings) -> Markup:
    """Whether a word has one vector or one for each context, and which matrix is compared, as HTML."""
    if settings["family"] in TRANSFORMERS:
        read = f"w<sub>1</sub> … w<sub>{'t' if settings['family'] == 'gpt' else 'T'}</sub>"
        own = "" if settings["tied"] else ", not that of the output"
        return Markup(f"contextual, e<sub>t</sub> = f({read}, t); compared: the input matrix{own}")
    sides = {"word2vec": ("input", "output"), "glove": ("word", "context"), "svd": ("word", "context")}
    first, second = sides.get(settings["family"], ("word", "context"))
    return Markup(f"static; compared: {first} {f'+ {second} ' if settings.get('add_context') else ''}vectors")


def regularisation(settings: Settings) -> str:
    """The penalty in the loss and the decay beside it, each by its own name: one is not the other (Loshchilov 2019)."""
    found = []
    if settings.get("l2"):
        found.append(f"L2 in the loss, {settings['l2']:g}")
    if settings.get("weight_decay"):
        found.append(f"decoupled weight decay, {settings['weight_decay']:g}")
    if settings.get("dropout"):
        found.append(f"dropout, {settings['dropout']:g}")
    return "; ".join(found) or "none"


def complexity(settings: Settings) -> Markup:
    """Order of the operations of a pass, as HTML: T tokens, c window, d dimension, |X| pairs, n context, V words."""
    family = settings["family"]
    if family == "word2vec":
        whole = settings["objective"] == "full_softmax"
        if settings["architecture"] == "cbow":
            return Markup("O(T (c + V) d)" if whole else "O(T c d)")
        return Markup("O(T c d V)" if whole else "O(T c d)")
    if family == "glove":
        return Markup("O(|X| d)")
    if family == "svd":
        return Markup("O(|X| + V d) a step of Lanczos")
    if family not in TRANSFORMERS:
        return Markup(ABSENT)
    outputs = "V" if settings["softmax"] == "exact" else "k"
    told = "V words" if outputs == "V" else "k candidates"
    return Markup(
        f"O(n<sup>2</sup> d) + O(n d<sup>2</sup>) + O(n {outputs} d) a row: attention, matrices, output over {told}"
    )


def clock(timings: pd.DataFrame, model: str) -> dict[str, str]:
    """Median seconds of a variant's trainings with the fastest and slowest, and median tokens presented a second.

    timings : columns model, seconds, tokens_per_second, a row a run.
    """
    own = timings[timings["model"] == model]
    if own.empty:
        return {"seconds": ABSENT, "range": "", "speed": ABSENT}
    least, most = (_seconds(own["seconds"].agg(name)) for name in ("min", "max"))
    return {
        "seconds": _seconds(own["seconds"].median()),
        "range": f"{least} to {most}" if least != most else "",
        "speed": human(float(own["tokens_per_second"].median())),
    }


def _seconds(value: float) -> str:
    return number(value, 2 if value < 10 else 0)
