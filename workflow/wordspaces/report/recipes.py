"""What each training recipe is and took: objective, context, parameters, text, optimiser, seconds; from artefacts.

A family that the report does not know has a dash where its objective, source, context or optimiser would stand.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from safetensors import SafetensorError, safe_open

from wordspaces.common.errors import StudyError
from wordspaces.report.account import TRANSFORMERS, clock, complexity, embedding, probability, regularisation
from wordspaces.report.names import ABSENT, count, family_label, number

# w: word, c: context word, n: noise word; u, v: input and output vectors; h: hidden state; E: output embeddings.
_OBJECTIVES = {
    ("word2vec", "skipgram", "negative_sampling"): (
        "−log σ(<b>u</b><sub>w</sub>·<b>v</b><sub>c</sub>)"
        " − Σ<sub>n</sub> log σ(−<b>u</b><sub>w</sub>·<b>v</b><sub>n</sub>)"
    ),
    ("word2vec", "cbow", "negative_sampling"): (
        "−log σ(<b>ū</b>·<b>v</b><sub>w</sub>) − Σ<sub>n</sub> log σ(−<b>ū</b>·<b>v</b><sub>n</sub>),"
        " <b>ū</b> = mean of <b>u</b><sub>c</sub>"
    ),
    ("word2vec", "skipgram", "full_softmax"): (
        "−<b>u</b><sub>w</sub>·<b>v</b><sub>c</sub> + log Σ<sub>x</sub> exp(<b>u</b><sub>w</sub>·<b>v</b><sub>x</sub>)"
    ),
    ("word2vec", "cbow", "full_softmax"): (
        "−<b>ū</b>·<b>v</b><sub>w</sub> + log Σ<sub>x</sub> exp(<b>ū</b>·<b>v</b><sub>x</sub>),"
        " <b>ū</b> = mean of <b>u</b><sub>c</sub>"
    ),
    ("glove",): (
        "f(X<sub>wc</sub>)"
        " (<b>u</b><sub>w</sub>·<b>v</b><sub>c</sub> + b<sub>w</sub> + b′<sub>c</sub> − log X<sub>wc</sub>)²"
    ),
    ("svd",): (
        "‖max(0, log(X<sub>wc</sub> / (X<sub>w</sub> P(c))) − log k) − <b>u</b><sub>w</sub>·<b>v</b><sub>c</sub>‖²"
    ),
    ("gpt",): "−Σ<sub>t</sub> log P(w<sub>t</sub> | w<sub>&lt;t</sub>)",
    ("bert",): ("−Σ<sub>t masked</sub> log P(w<sub>t</sub> | unmasked words)"),
}
_NEXT_SENTENCE = " − {weight} log P(next | two spans)"
_SOURCES = {
    "word2vec": "Mikolov et al. 2013",
    "glove": "Pennington et al. 2014",
    "svd": "Levy et al. 2015",
    "gpt": "Radford et al. 2019",
    "bert": "Devlin et al. 2019",
}


def objective(settings: Mapping[str, Any]) -> Markup:
    """The loss that a variant minimises, as HTML; each term in nats but for GloVe's weighted squares."""
    family = settings["family"]
    key = (family, settings["architecture"], settings["objective"]) if family == "word2vec" else (family,)
    text = _OBJECTIVES.get(key, ABSENT)
    if family == "glove" and not settings["biases"]:
        text = text.replace(" + b<sub>w</sub> + b′<sub>c</sub>", "")
    if settings.get("next_sentence_weight"):
        weight = settings["next_sentence_weight"]
        text += _NEXT_SENTENCE.format(weight="" if weight == 1 else f"{weight:g}").replace("  ", " ")
    if settings.get("l2"):
        text += f" + {settings['l2']:g}/2 (|<b>u</b>|² + |<b>v</b>|²)"
    return Markup(text)


def context(settings: Mapping[str, Any], window: int) -> str:
    """What a variant sees of a word's surroundings; `window` is that of the co-occurrence matrix."""
    family = settings["family"]
    if family == "word2vec":
        drawn = "1 to " if settings["dynamic_window"] else ""
        return f"{drawn}{settings['window']} words on either side"
    if family in ("glove", "svd"):
        return f"{window} words on either side, through X"
    if family not in TRANSFORMERS:
        return ABSENT
    side = "up to {} positions before the word" if family == "gpt" else "all of {} positions, both sides"
    return side.format(settings["context"])


def optimiser(settings: Mapping[str, Any]) -> str:
    """Optimiser and peak learning rate of a variant."""
    family = settings["family"]
    if family == "word2vec":
        return f"SGD, {settings['learning_rate']:g}, linear decay"
    if family == "glove":
        return f"AdaGrad, {settings['learning_rate']:g}"
    if family == "svd":
        return "none: truncated singular value decomposition"
    if family not in TRANSFORMERS:
        return ABSENT
    matrices = "; Muon" if settings["optimiser"] == "muon" else ""
    rates = settings["embedding_rate"], settings["matrix_rate"]
    return f"AdamW, {rates[0]:g} (embeddings){matrices}, {rates[1]:g} (matrices)"


def parameters(path: str) -> int:
    """Number of values in a checkpoint, read from its header alone.

    Raises
    ------
    StudyError : the file is no readable checkpoint.
    """
    try:
        with safe_open(path, framework="numpy") as handle:
            return sum(int(np.prod(handle.get_slice(name).get_shape())) for name in handle.keys())  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise StudyError(
            path, f"no readable checkpoint ({error})", "a finished artefact", "delete it and rerun"
        ) from None


def recipe_rows(
    models: Mapping[str, Mapping[str, Any]],
    references: Sequence[str],
    window: int,
    sizes: Mapping[str, int],
    seen: pd.DataFrame,
    unique: tuple[int, int],
    timings: pd.DataFrame,
) -> list[dict[str, Any]]:
    """Rows of the table of training recipes, in the order of the configuration.

    Parameters
    ----------
    models : variant -> settings; references : variants outside the variance components.
    window : of the co-occurrence matrix; sizes : variant -> parameters.
    seen : columns model, step, tokens_seen; the last row of every training log.
    unique : fewest and most training tokens of a sample.
    timings : columns model, seconds, tokens_per_second; clock values of every training.
    """
    rows = []
    for name, settings in models.items():
        last = seen[seen["model"] == name]
        family = settings["family"]
        rows.append(
            {
                "name": name,
                "family": family,
                "family_label": family_label(family),
                "source": _SOURCES.get(family, ABSENT),
                "reference": name in references,
                "objective": objective(settings),
                "context": context(settings, window),
                "dimension": count(settings["dimension"]),
                "parameters": count(sizes[name]),
                "unique": span(*unique),
                "presented": span(last["tokens_seen"].min(), last["tokens_seen"].max()),
                "epochs": number(settings.get("epochs"), 0),
                "updates": span(last["step"].min(), last["step"].max()),
                "optimiser": optimiser(settings),
                "probability": probability(settings),
                "embedding": embedding(settings),
                "regularisation": regularisation(settings),
                "complexity": complexity(settings),
                "clock": clock(timings, name),
            }
        )
    return rows


def span(low: float, high: float) -> str:
    """One count, or the lowest and highest where they differ."""
    least, most = count(low), count(high)
    return least if least == most else f"{least} to {most}"
