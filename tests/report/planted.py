"""Tables of the analysis with planted values, as the figures and the page read them."""

import pandas as pd

from wordspaces.common.streams import generator

FAMILIES = {"skipgram": "word2vec", "short": "word2vec", "glove": "glove", "gpt": "gpt", "bert": "bert"}
RECIPES = ["skipgram", "glove", "gpt", "bert"]
CORPORA = ["wiki", "twitter"]


def planted_map() -> pd.DataFrame:
    """Two finished spaces of each cell, the way of the first and where both began."""
    rows = []
    for corpus in CORPORA:
        for model in RECIPES:
            for seed, step, kind in ((1, 0, "untrained"), (2, 0, "untrained"), (1, 5, "snapshot"), (1, 9, "final")):
                row = {"corpus": corpus, "sample": "a", "model": model, "family": FAMILIES[model], "seed": seed}
                place = float(len(rows))
                rows.append(
                    row
                    | {
                        "step": step,
                        "tokens_seen": 1000 * step,
                        "kind": kind,
                        "x": place,
                        "y": -place,
                        "stress": 0.1,
                        "words": 50,
                    }
                )
    return pd.DataFrame(rows)


def planted_arms() -> pd.DataFrame:
    """Parts of disagreement that add up to one half; GloVe draws no samples, and its streams overlap."""
    shares = {"initialisation": 0.2, "order": 0.1, "sampling": 0.05, "interaction": 0.05, "documents": 0.1}
    glove = {"initialisation": 0.3, "order": 0.2, "sampling": None, "interaction": -0.1, "documents": 0.1}
    return pd.DataFrame(
        [
            {"corpus": "wiki", "model": model, "arm": arm, "method": method, "share": share}
            for model, parts in (("skipgram", shares), ("glove", glove))
            for arm, share in (parts | {"shuffled": 0.4, "bootstrap": 0.5}).items()
            for method in ("pearson", "spearman")
        ]
    )


def planted_curve() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "model": "skipgram",
                "words_trained": words,
                "method": method,
                "measure": measure,
                "value": value * words / 400,
                "low": value * words / 400 - 0.01,
                "high": value * words / 400 + 0.01,
            }
            for words in (100, 200, 400)
            for method in ("pearson", "spearman")
            for measure, value in (("between corpora", 0.2), ("seed reliability", 0.9), ("sample ceiling", None))
            if value
        ]
    )


def planted_costs() -> list[dict]:
    """Skip-gram: time in proportion to tokens, with a fixed part over the dimension; attention: n squared."""
    rows = []
    base = {"trainer": "skipgram", "family": "word2vec", "measure": "training", "dimension": 64, "tokens": 1000}
    base |= {"window": 5, "pairs": None, "context": None, "rows": None, "vocabulary": 99, "repetitions": 3}
    alone = base | {
        "trainer": "gpt",
        "family": "gpt",
        "measure": "attention",
        "tokens": None,
        "window": None,
        "rows": 8,
    }
    for each, factor, values, law in (
        (base, "tokens", (1000, 2000, 4000, 8000, 16000), lambda x: 1e-6 * x),
        (base, "dimension", (16, 32, 64, 128, 256), lambda x: 1e-3 + 1e-5 * x),
        (alone, "context", (32, 64, 128, 256, 512), lambda x: 1e-7 * x**2),
    ):
        for value in values:
            clock = {"seconds": law(value), "low": 0.99 * law(value), "high": 1.02 * law(value)}
            rows.append(each | {"factor": factor, factor: value} | clock | {"wall_seconds": 1.1 * law(value)})
    return rows


def planted_dimension() -> pd.DataFrame:
    """Parts that add up to the total; the third value is the best, the second cannot be told from it."""
    parts = {8: (0.8, 0.1, 0.1), 16: (0.5, 0.2, 0.1), 32: (0.3, 0.3, 0.1), 64: (0.3, 0.5, 0.1)}
    return pd.DataFrame(
        [
            {"sweep": "d", "corpus": "wiki", "model": "skipgram", "setting": "dimension", "setting_value": float(value)}
            | {"target": target, "bias2": bias, "variance_samples": samples, "variance_seeds": seeds}
            | {"total": bias + samples + seeds, "best": value == 32}
            | {"distinguishable": None if value == 32 else value != 16}
            for target in ("ppmi", "largest")
            for value, (bias, samples, seeds) in parts.items()
        ]
    )


def planted_regularisation() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two seeds at three strengths: norms fall with the strength, as do rank and agreement."""
    rows, points = [], []
    for value in (0.0, 0.01, 0.1):
        for seed in (1, 2):
            run = {"sweep": "r", "corpus": "wiki", "model": "glove", "setting": "l2", "setting_value": value}
            run |= {"sample": "a", "seed": seed}
            measured = {"effective_rank": ("", 9.0), "wordsim": ("", 0.3 + seed / 100), "simlex": ("", None)}
            measured |= {f"rsa_{name}": ("spearman", 0.9) for name in ("other_seed", "unregularised")}
            for measure, (method, best) in measured.items():
                found = None if best is None else best * (1 - value)
                rows.append(run | {"measure": measure, "method": method, "value": found})
            points += [run | {"tokens_seen": seen, "mean_norm": (1 - value) * seen / 100} for seen in (0, 10, 100)]
    return pd.DataFrame(rows), pd.DataFrame(points)


def planted_contextual() -> pd.DataFrame:
    """Values that rise by layer, of runs that read their own corpus and the other; anisotropy has no baseline."""
    rows = []
    for corpus in CORPORA:
        for model in ("gpt", "bert"):
            for probe in CORPORA:
                for layer in range(3):
                    for measure in ("self_similarity", "intra_sentence_similarity", "maximum_explainable_variance"):
                        value = 0.2 + 0.2 * layer + 0.05 * (corpus != probe)
                        row = {"corpus": corpus, "model": model, "probe": probe, "layer": layer, "measure": measure}
                        rows.append(row | {"value": value, "adjusted": value - 0.1})
                    rows.append(row | {"measure": "anisotropy", "value": 0.1, "adjusted": None})
    return pd.DataFrame(rows)


def planted_occurrences() -> pd.DataFrame:
    """Four words of which one is in one text alone; two seeds, two samples."""
    rows = []
    for model in ("gpt", "bert"):
        for sample, seed in (("a", 1), ("a", 2), ("b", 1)):
            for token, counts in {"bank": (6, 3), "well": (9, 8), "only": (30, 0), "<b>": (4, 4)}.items():
                for probe, count in zip(CORPORA, counts, strict=True):
                    place = generator(6, model, sample, str(seed), token, probe).standard_normal((count, 2))
                    run = {"corpus": "wiki", "sample": sample, "model": model, "seed": seed, "token": token}
                    rows += [
                        run
                        | {"layer": 1, "probe": probe, "occurrence": number + 1, "x": x, "y": y, "cluster": 1}
                        | {"x_share": 0.4, "y_share": 0.2, "context": f"<unk> near {number} [{token}] & more"}
                        for number, (x, y) in enumerate(place)
                    ]
    return pd.DataFrame(rows)


def planted_adaptation() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Skip-gram in both directions and by both objectives: it forgets and gains in straight lines."""
    course, words = [], []
    for source, target in (("wiki", "twitter"), ("twitter", "wiki")):
        for objective in ("continued", "contrastive"):
            run = {"model": "skipgram", "objective": objective, "source": source, "target": target, "seed": 1}
            for step in (0, 10, 100):
                row = run | {"step": step, "tokens_seen": 100 * step}
                course.append(row | {"measure": "rsa_source_other", "value": 0.9 - step / 400})
                course.append(row | {"measure": "rsa_target", "value": 0.1 + step / 200})
            course += [
                run | {"measure": f"reliability_{end}", "value": value}
                for end, value in (("source", 0.9), ("target", 0.8))
            ]
            for number in range(12):
                move = {"word": f"w{number}", "log_ratio": number / 4 - 1, "displacement": number / 20}
                words.append(run | move | {"displacement_control": 0.05})
    return pd.DataFrame(course), pd.DataFrame(words)
