"""Planted tables for the sections of the page that are made of tables alone."""

import pandas as pd
from planted import CORPORA, FAMILIES, RECIPES

BOUNDS = {"low": 0.1, "high": 0.5}
WAYS = (("wiki", "twitter"), ("twitter", "wiki"), ("wiki", "wiki"))


def planted_bits() -> pd.DataFrame:
    """GPT with two seeds: the target falls from 12 to 8 bits, the source rises from 7 to 9; a control gains a tenth."""
    rows = []
    for source, target in WAYS:
        ends = {"bits_source": (7.0, 9.0), "bits_target": (12.0, 8.0)}
        ends = dict.fromkeys(ends, (7.0, 6.9)) if source == target else ends
        for measure, (first, last) in ends.items():
            for seed, off in ((1, -0.5), (2, 0.5)):
                for step, value in ((0, first), (90 + seed, last)):
                    run = {
                        "model": "gpt",
                        "family": "gpt",
                        "objective": "continued",
                        "source": source,
                        "target": target,
                    }
                    run |= {
                        "sample": "a",
                        "seed": seed,
                        "step": step,
                        "tokens_seen": 10 * step,
                        "words": 40,
                        "note": "",
                    }
                    rows.append(run | {"measure": measure, "value": value + off, "se": 0.1 + step / 1000})
    return pd.DataFrame(rows)


def planted_moved() -> pd.DataFrame:
    """Two words of each recipe and direction; w1 moved further; the second seed would say otherwise."""
    rows = []
    for model in ("skipgram", "gpt"):
        for source, target in WAYS[:2]:
            for seed in (1, 2):
                for word, far in (("w1", 0.9), ("w2", 0.4)):
                    for space in ("before", "after", "target alone"):
                        for rank in range(1, 8):
                            run = {"model": model, "objective": "continued", "source": source, "target": target}
                            run |= {"sample": "a", "seed": seed, "word": word, "chosen": "most moved", "rank": rank}
                            told = f"{word} {space} {rank}" if seed == 1 else "never"
                            rows.append(run | {"displacement": far, "space": space, "neighbour": told, "cosine": 0.5})
    return pd.DataFrame(rows)


def planted_moving() -> pd.DataFrame:
    """Estimates of two predictors and the partial R2 of the part of speech."""
    rows = []
    for response in ("displacement", "forgotten", "gained"):
        run = {"model": "skipgram", "objective": "continued", "source": "wiki", "target": "twitter", "seed": 1}
        run |= {"sample": "a", "response": response, "r2": 0.6}
        rows += [run | {"predictor": name, "estimate": 0.3, **BOUNDS} for name in ("log count", "log ratio")]
        rows.append(run | {"predictor": "part of speech", "partial_r2": 0.07})
    return pd.DataFrame(rows)


def planted_strata() -> pd.DataFrame:
    """Means over recipes and corpora, and a row of one recipe that is no mean; one class has too few words."""
    rows = []
    kinds = [("frequency", "count 1 to 9", 0), ("part of speech", "noun", 0), ("part of speech", "verb", 1)]
    kinds.append(("part of speech", "number", 2))
    for kind, stratum, place in kinds:
        for relation, r in (("seed", 0.9), ("sample", 0.7), ("family", 0.4), ("corpus", 0.2 + place / 10)):
            row = {"roster": "input", "method": "spearman", "stratum_kind": kind, "stratum": stratum, "place": place}
            row |= {"relation": relation, "words": 30, "r": None if stratum == "number" else r, **BOUNDS}
            for name in ("all", "skipgram"):
                sides = {f"{side}_{key}": name for side in "ab" for key in ("corpus", "model", "probe")}
                rows.append(row | sides | ({"r": 0.99} if name == "skipgram" else {}))
    return pd.DataFrame(rows)


def planted_stability_factors() -> pd.DataFrame:
    """One regression that is defined and one that is not."""
    rows = []
    for model, level, r2 in (("skipgram", "seed", 0.3), ("glove", "corpus", None)):
        row = {"model": model, "level": level, "r2": r2, "estimate": 0.25 if r2 else None, **BOUNDS}
        names = ("log count", "log contexts", "part of speech")
        rows += [row | {"predictor": name, "partial_r2": 0.05 if r2 else None} for name in names]
    return pd.DataFrame(rows)


def planted_model_rdms() -> pd.DataFrame:
    """PPMI explains skip-gram of Wikipedia least; ratings are there by rank alone."""
    rows = []
    for corpus in CORPORA:
        for model in ("skipgram", "glove"):
            row = {
                "roster": "input",
                "corpus": corpus,
                "model": model,
                "ceiling": 0.95,
                "sample_ceiling": 0.6,
                **BOUNDS,
            }
            ppmi = 0.31 if (corpus, model) == ("wiki", "skipgram") else 0.52
            rows += [
                row | {"predictor": name, "measure": "alone", "method": method, "value": value}
                for method in ("pearson", "spearman")
                for name, value in (("ppmi", ppmi), ("length", 0.02))
            ]
            rows.append(row | {"predictor": "all", "measure": "cross-validated", "method": "spearman", "value": 0.55})
            rows.append(row | {"predictor": "wordsim", "measure": "alone", "method": "spearman", "value": 0.44})
    return pd.DataFrame(rows)


def planted_senses() -> pd.DataFrame:
    """Two seeds agree on "bank" by 0.8 and on "plain" by 0.2; other layers and texts of one corpus say other things."""
    rows = []
    for corpus in CORPORA:
        for token, agreement in (("bank", 0.8), ("plain", 0.2)):
            for seed in (1, 2):
                for layer, probe in ((1.0, ""), (2.0, ""), (1.0, "wiki")):
                    cell = {"corpus": corpus, "sample": "a", "model": "gpt", "seed": seed, "token": token}
                    here = layer == 1.0 and probe == ""
                    told = {
                        "first_words": f"money {seed}",
                        "second_words": "river",
                        "first_context": f"the [{token}] <b>",
                    }
                    row = cell | told | {"layer": layer, "probe": probe, "occurrences": 20, "smaller": 0.4, "note": ""}
                    values = {"silhouette": 0.5 if here else 0.99, "agreement": agreement if here else -0.99}
                    rows.append(row | values | {"second_context": None})
    return pd.DataFrame(rows)


def planted_probe_means() -> pd.DataFrame:
    """Recipes on two lists, trained and untrained; one recipe has a single run."""
    rows = []
    for name, measure in (("wordsim", "spearman"), ("analogies", "accuracy")):
        for corpus in CORPORA:
            for place, model in enumerate(RECIPES):
                for state in ("trained", "untrained"):
                    value = 0.1 * place + 0.05 if state == "trained" else 0.001
                    cell = {"list": name, "section": "all", "corpus": corpus, "model": model, "family": FAMILIES[model]}
                    cell |= {"space": "input", "probe": "", "state": state, "measure": measure, "value": value}
                    runs = {"runs": 1, "run_low": None, "run_high": None} if model == "bert" else {"runs": 4}
                    ends = {"run_low": value - 0.01, "run_high": value + 0.01, "item_low": -0.2, "item_high": 0.6}
                    rows.append(cell | {"covered": 99, "items": 353} | ends | runs)
    table = pd.DataFrame(rows)
    others = [table.assign(section="family", value=9.0), table.assign(space="layer1@wiki", value=9.0)]
    return pd.concat([table, *others], ignore_index=True)


def planted_topics(settling_runs: pd.DataFrame, adaptation: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """All tables of the sections by name; those that figures need too are given."""
    return {
        "adaptation": pd.concat([adaptation, planted_bits()], ignore_index=True),
        "adaptation_neighbours": planted_moved(),
        "adaptation_factors": planted_moving(),
        "senses": planted_senses(),
        "probe_means": planted_probe_means(),
        "settling_runs": settling_runs,
        "stability_factors": planted_stability_factors(),
        "strata": planted_strata(),
        "model_rdms": planted_model_rdms(),
    }
