"""A small planted study, put through the real analyses, so that the report reads the columns that they write."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from wordspaces.analysis.dynamics.follow import SCHEMAS
from wordspaces.analysis.human import Analogies, Ratings
from wordspaces.analysis.neighbours import neighbours_table
from wordspaces.analysis.prediction.perplexity import MASKED_NOTE, PSEUDO_NOTE, SCHEMA, STATIC_NOTE
from wordspaces.analysis.probes.scoring import score_probes
from wordspaces.analysis.probes.spaces import probes_of
from wordspaces.analysis.probes.table import probe_rows, probes_table
from wordspaces.analysis.roster import Roster, Space, Words
from wordspaces.analysis.rsa.components import components_table
from wordspaces.analysis.rsa.ladder import ladder_table
from wordspaces.analysis.rsa.pairs import rsa_table
from wordspaces.analysis.settings import (
    ComponentSettings,
    LadderSettings,
    NeighbourSettings,
    ProbeSettings,
    RsaSettings,
    StabilitySettings,
)
from wordspaces.analysis.stability.overlap import stability_tables
from wordspaces.analysis.tables import from_rows
from wordspaces.common.streams import generator
from wordspaces.models.glove.settings import GloveSettings
from wordspaces.models.transformer.settings import BertSettings, GptSettings
from wordspaces.models.word2vec.settings import Word2VecSettings
from wordspaces.report.style import Variants

FAMILIES = {"skipgram": "word2vec", "short": "word2vec", "glove": "glove", "gpt": "gpt", "bert": "bert"}
RECIPES = ["skipgram", "glove", "gpt", "bert"]
CORPORA = ["wiki", "twitter"]
WORDS, WIDTH = 40, 6
PHASES = {0: None, 10: 0.25, 100: 0.75}


def _normal(*names: object) -> np.ndarray:
    return generator(5, *map(str, names)).standard_normal((WORDS, WIDTH))


def _roster() -> Roster:
    spaces, vectors = [], []
    for corpus in sorted(CORPORA):
        for sample in "ab":
            for model in sorted(FAMILIES):
                for seed in (1, 2):
                    parts = _normal("shared"), _normal(corpus), 0.5 * _normal(model), 0.5 * _normal(corpus, sample)
                    spaces.append(Space(corpus, sample, model, FAMILIES[model], seed))
                    vectors.append((sum(parts) + 0.4 * _normal(corpus, sample, model, seed)).astype(np.float32))
    tokens = ("<script>", "x&y", *(f"w{i}" for i in range(WORDS - 2)))
    words = Words(np.arange(WORDS, dtype=np.int32), tokens, np.arange(1000, 1000 - 20 * WORDS, -20))
    return Roster("input", tuple(spaces), words, tuple(vectors))


def _by_corpus(roster: Roster) -> dict[str, Roster]:
    """Roster of each corpus; "x&y" is frequent enough in one alone."""
    chosen = {c: [i for i, space in enumerate(roster.spaces) if space.corpus == c] for c in sorted(CORPORA)}
    rosters = {corpus: roster.select(keep) for corpus, keep in chosen.items()}
    keep = np.array([token != "x&y" for token in roster.words.tokens])
    wiki = rosters["wiki"]
    rosters["wiki"] = Roster("input", wiki.spaces, wiki.words.take(keep), tuple(v[keep] for v in wiki.vectors))
    return rosters


def _dynamics(spaces: tuple[Space, ...]) -> pd.DataFrame:
    rows = []
    for space in spaces:
        for step in (0, 10, 100):
            run = {name: getattr(space, name) for name in ("corpus", "sample", "model", "seed")}
            run |= {"step": step, "tokens_seen": step * 1000 + (space.sample == "b") * (step > 0), "words": WORDS}
            values = {"rsa_other_seed": step / 125, "rsa_other_sample": step / 200, "loss": 4.1 - step / 50}
            values |= {"heldout_loss": None if step == 10 else 4.0, "mean_norm": 1 + step, "gradient_norm": 1.0}
            values |= {"effective_rank": 6 - step / 50, "participation_ratio": 6 - step / 25, "directions": step // 10}
            values |= {"isotropy": 1 - step / 200, "silhouette": step / 250, "silhouette_chance": -0.1}
            values |= {"rsa_initial": 1 - step / 100, "rsa_other_family": step / 400}
            values |= {"phase_share": PHASES[step], "straightness": None if step == 0 else 0.75}
            if space.family == "bert":
                values |= {"next_sentence_accuracy": 0.5 + step / 500, "next_sentence_length_only": 0.53}
            rows += [run | {"measure": name, "value": value} for name, value in values.items()]
    return from_rows(rows, SCHEMAS["dynamics"]).to_pandas()


def _trajectories(dynamics: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for run in dynamics[dynamics["measure"] == "loss"].to_dict("records"):
        for relation, sign in (("related", 1), ("unrelated", -1)):
            pair = {"word_a": "w1", "word_b": "w2", "relation": relation, "cosine": sign * run["step"] / 200}
            rows.append(run | pair)
    return from_rows(rows, SCHEMAS["trajectories"]).to_pandas()


def _settling_runs(spaces: tuple[Space, ...]) -> pd.DataFrame:
    """Frequent words are early, rare ones late; the second seed takes twice as long."""
    rows = []
    for space in spaces:
        run = {name: getattr(space, name) for name in ("corpus", "sample", "model", "family", "seed")}
        for band, tokens in (("frequent", 1000), ("middle", 2000), ("rare", 4000), ("all", 3000)):
            times = {"tokens_to_half": tokens * space.seed, "tokens_to_90": 10 * tokens * space.seed}
            rows.append(run | {"measure": "second_order", "band": band, "final": 0.8, "words": 13, "note": ""} | times)
    return from_rows(rows, SCHEMAS["settling_runs"]).to_pandas()


def _perplexity(spaces: tuple[Space, ...]) -> pd.DataFrame:
    rows = []
    for space in spaces:
        run = {name: getattr(space, name) for name in ("corpus", "sample", "model", "family", "seed")}
        if space.family not in ("gpt", "bert"):
            rows.append(run | {"note": STATIC_NOTE})
            continue
        for probe in CORPORA:
            bits = 8.0 + (probe != space.corpus)
            row = run | {"probe": probe, "scope": "all tokens", "bits": bits, "unigram_bits": 10.0, "tokens": 500}
            if space.family == "gpt":
                causal = {"objective": "causal", "perplexity": 2.0**bits, "unigram_perplexity": 1024.0, "note": ""}
                rows.append(row | causal | {"trigram_bits": 9.0 - space.seed / 4})
                continue
            # More bits than any unigram needs: whoever takes these rows for the masked ones will show it.
            pseudo = {"objective": "pseudo", "bits": 11.0, "pseudo_perplexity": 2048.0, "note": PSEUDO_NOTE}
            rows += [row | {"objective": "masked", "note": MASKED_NOTE}, row | pseudo]
    return from_rows(rows, SCHEMA).to_pandas()


def _map() -> pd.DataFrame:
    """Two finished spaces of each cell, the way of the first and where both began."""
    rows = []
    for corpus in CORPORA:
        for model in RECIPES:
            for seed, step, kind in ((1, 0, "untrained"), (2, 0, "untrained"), (1, 5, "snapshot"), (1, 9, "final")):
                row = {"corpus": corpus, "sample": "a", "model": model, "family": FAMILIES[model], "seed": seed}
                place = float(len(rows))
                rows.append(row | {"step": step, "kind": kind, "x": place, "y": -place, "stress": 0.1, "words": 50})
    return pd.DataFrame(rows)


def _arms() -> pd.DataFrame:
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


def _curve() -> pd.DataFrame:
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


def _costs() -> list[dict]:
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


@pytest.fixture(scope="session")
def costs() -> list[dict]:
    """Records of planted laws of cost."""
    return _costs()


def _dimension() -> pd.DataFrame:
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


def _regularisation() -> tuple[pd.DataFrame, pd.DataFrame]:
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


def _contextual() -> pd.DataFrame:
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


def _occurrences() -> pd.DataFrame:
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


def _adaptation() -> tuple[pd.DataFrame, pd.DataFrame]:
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


@pytest.fixture(scope="session")
def tables() -> SimpleNamespace:
    """Every table of the analysis as a data frame."""
    roster = _roster()
    starts = {space.run: 0.1 * _normal("start", space).astype(np.float32) for space in roster.spaces}
    rsa = rsa_table([roster], RsaSettings(epochs_of={"short": "skipgram"}))
    words = roster.words.tokens
    ratings = Ratings(tuple((words[i], words[i + 1]) for i in range(2, 30)), np.arange(28.0))
    analogies = Analogies({"made": tuple((words[i], words[i + 1], words[i + 2], words[i + 3]) for i in range(2, 20))})
    scored = score_probes(probes_of([roster], starts), {"wordsim": ratings}, {"analogies": analogies})
    probes = probes_table(probe_rows(scored, ProbeSettings()))
    dynamics = _dynamics(roster.spaces)
    stability, reliability = stability_tables(roster, rsa, StabilitySettings(k=5))
    regularisation, norm_growth = _regularisation()
    frames = {
        "rsa": rsa,
        "components": components_table(roster, ComponentSettings(models=RECIPES)),
        "ladder": ladder_table(rsa, roster, starts, LadderSettings(models=RECIPES)),
        "stability": stability,
        "reliability": reliability,
        "neighbours": neighbours_table(_by_corpus(roster), NeighbourSettings(words=["<script>", "w3", "absent"], k=6)),
        "probes": probes,
    }
    return SimpleNamespace(
        **{name: table.to_pandas() for name, table in frames.items()},
        dynamics=dynamics,
        trajectories=_trajectories(dynamics),
        settling_runs=_settling_runs(roster.spaces),
        map=_map(),
        arms=_arms(),
        contextual=_contextual(),
        occurrences=_occurrences(),
        curve=_curve(),
        dimension=_dimension(),
        regularisation=regularisation,
        norm_growth=norm_growth,
        adaptation=_adaptation()[0],
        adaptation_words=_adaptation()[1],
        perplexity=_perplexity(roster.spaces),
        comparison=pd.DataFrame({"id": roster.words.ids, "token": words, "count": roster.words.counts}),
    )


@pytest.fixture(scope="session")
def variants() -> Variants:
    """Looks of the planted recipes."""
    return Variants(FAMILIES)


@pytest.fixture(scope="session")
def study() -> dict:
    """Resolved settings of the planted study, as the workflow gives them."""
    models = {
        "skipgram": Word2VecSettings(),
        "short": Word2VecSettings(epochs=3),
        "glove": GloveSettings(),
        "gpt": GptSettings(),
        "bert": BertSettings(),
    }
    return {
        "study": "planted",
        "seeds": [1, 2],
        "corpora": {"wiki": ["leads"], "twitter": ["tweets"]},
        "models": {name: settings.model_dump(mode="json") for name, settings in models.items()},
        "references": ["short"],
        "cooccurrence": {"window": 5},
    }
