"""A small planted study, put through the real analyses, so that the report reads the columns that they write."""

import sys
from pathlib import Path
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
from wordspaces.analysis.rsa.cells import cells_table
from wordspaces.analysis.rsa.components import components_table
from wordspaces.analysis.rsa.ladder import ladder_table
from wordspaces.analysis.rsa.pairs import rsa_table
from wordspaces.analysis.settings import (
    CellSettings,
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

sys.path.append(str(Path(__file__).parent))  # for `planted` and `written`, beside the tests

from explored import explorer_tables
from planted import (
    CORPORA,
    FAMILIES,
    RECIPES,
    planted_adaptation,
    planted_arms,
    planted_contextual,
    planted_costs,
    planted_curve,
    planted_dimension,
    planted_map,
    planted_occurrences,
    planted_regularisation,
)

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


@pytest.fixture(scope="session")
def costs() -> list[dict]:
    """Records of planted laws of cost."""
    return planted_costs()


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
    regularisation, norm_growth = planted_regularisation()
    frames = {
        "rsa": rsa,
        "cells": cells_table([roster], CellSettings(controls=["none"])),
        "components": components_table(roster, ComponentSettings(models=RECIPES)),
        "ladder": ladder_table(rsa, roster, starts, LadderSettings(models=RECIPES)),
        "stability": stability,
        "reliability": reliability,
        "neighbours": neighbours_table(_by_corpus(roster), NeighbourSettings(words=["<script>", "w3", "absent"], k=6)),
        "probes": probes,
    }
    return SimpleNamespace(
        **{name: table.to_pandas() for name, table in frames.items()},
        **explorer_tables(roster),
        dynamics=dynamics,
        trajectories=_trajectories(dynamics),
        settling_runs=_settling_runs(roster.spaces),
        map=planted_map(),
        arms=planted_arms(),
        contextual=planted_contextual(),
        occurrences=planted_occurrences(),
        curve=planted_curve(),
        dimension=planted_dimension(),
        regularisation=regularisation,
        norm_growth=norm_growth,
        adaptation=planted_adaptation()[0],
        adaptation_words=planted_adaptation()[1],
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
