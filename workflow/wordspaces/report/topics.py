"""Sections of the page that are made of tables of the analysis alone: each a few tables and sentences with numbers."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from wordspaces.report.adapted import bits_listing, bits_means, bits_sentences, moved_listing, moving_listing
from wordspaces.report.answered import probe_listings, settling_listing, settling_sentence
from wordspaces.report.kinds import (
    explained_listing,
    explained_sentence,
    stability_factor_listing,
    strata_listing,
    strata_means,
    strata_sentence,
)
from wordspaces.report.runs import rule_listing, stage_listing
from wordspaces.report.senses import sense_listing, sense_sentence
from wordspaces.report.style import Variants

TOPICS = (
    "adaptation",
    "adaptation_neighbours",
    "adaptation_factors",
    "senses",
    "probe_means",
    "settling_runs",
    "stability_factors",
    "strata",
    "model_rdms",
)


def topics(
    tables: Mapping[str, pd.DataFrame],
    jobs: pd.DataFrame,
    study: Mapping[str, Any],
    analysis: Mapping[str, Any],
    method: str,
) -> dict[str, Any]:
    """Tables (`wordspaces.report.listing.Listing`) and sentences of these sections, by the names of the templates.

    tables : the tables of `TOPICS` by name; jobs : of `wordspaces.report.runs.read_runs`; the rest as for the page.
    """
    corpora = list(study["corpora"])
    variants = Variants({name: settings["family"] for name, settings in study["models"].items()})
    layer = analysis["probes"]["contextual_layer"]
    bits, strata = bits_means(tables["adaptation"]), strata_means(tables["strata"], method)
    return {
        "adaptation_bits": bits_listing(bits, variants),
        "bits_sentences": bits_sentences(bits),
        "moved": moved_listing(tables["adaptation_neighbours"], variants),
        "moving": moving_listing(tables["adaptation_factors"], variants),
        "strata": strata_listing(strata),
        "strata_sentence": strata_sentence(strata),
        "explained": explained_listing(tables["model_rdms"], variants, method, corpora),
        "explained_sentence": explained_sentence(tables["model_rdms"], method),
        "stability_factors": stability_factor_listing(tables["stability_factors"], variants),
        "senses": sense_listing(tables["senses"], variants, corpora, layer),
        "sense_sentence": sense_sentence(tables["senses"], layer),
        "answers": probe_listings(tables["probe_means"], variants, corpora),
        "settling_table": settling_listing(tables["settling_runs"], variants, corpora),
        "settling_sentence": settling_sentence(tables["settling_runs"]),
        "stage_times": stage_listing(jobs),
        "rule_times": rule_listing(jobs),
    }
