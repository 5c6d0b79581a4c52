"""What the rules of `analysis` and `report` are expected to take: as in the default study, scaled by what drives them.

That a rule grows with runs, or with pairs of words, follows from what it does; larger studies have not been measured.
"""

from typing import NamedTuple

from wordspaces.planning import measured
from wordspaces.planning.workload import Workload


class TableRule(NamedTuple):
    """Seconds that a job takes whatever the study, seconds more in the default study, what these grow with, and bytes
    there, those of the same table as CSV with them (which grow with the runs at most)."""

    fixed: float
    grown: float
    driver: str
    bytes: float = 1e5


RUNS, COMPARED, VOCABULARY = 84, 841, 8000
"""Runs, words compared and entries of the vocabulary of the default study."""
TABLE_RULES = {
    "compare_spaces": TableRule(0.6, 10.5, "pairs", 1.8e6),
    "decompose_variance": TableRule(1.1, 4.5, "pairs", 2.0e5),
    "infer_rsa": TableRule(1.2, 6.8, "pairs", 2.0e5),
    "compare_groups": TableRule(1.2, 4.0, "pairs", 2.0e5),
    "climb_ladder": TableRule(0.6, 4.5, "pairs", 2.0e5),
    "summarise_cells": TableRule(1.2, 10.7, "pairs", 2.0e5),
    "stratify_rsa": TableRule(1.0, 8.5, "pairs", 6.0e5),
    "scale_map": TableRule(2.0, 4.3, "pairs", 6.0e5),
    "follow_curve": TableRule(1.0, 1.5, "pairs", 2.0e5),
    "fit_model_rdms": TableRule(1.5, 9.5, "pairs", 2.0e5),
    "measure_stability": TableRule(1.8, 4.4, "pairs", 2.6e6),
    "split_arms": TableRule(1.6, 4.5, "pairs", 2.0e5),
    "regress_stability": TableRule(1.8, 0.4, "words", 2.0e5),
    "list_neighbours": TableRule(0.4, 1.4, "words", 4.0e5),
    "follow_adaptation": TableRule(1.0, 11.0, "words", 3.0e6),
    "follow_dynamics": TableRule(0.5, 12.0, "runs", 2.0e6),
    "explore_neighbours": TableRule(0.6, 3.0, "words", 1.1e7),
    "explore_agreement": TableRule(0.6, 2.6, "pairs", 3.4e6),
    "explore_courses": TableRule(0.6, 7.0, "runs", 1.8e7),
    "run_probes": TableRule(1.6, 8.3, "words", 6.0e5),
    "measure_contextual": TableRule(0.6, 2.1, "runs", 4.0e5),
    "describe_occurrences": TableRule(0.6, 5.0, "runs", 6.0e5),
    "measure_perplexity": TableRule(0.5, 0.6, "runs", 2.0e5),
    "measure_dimension": TableRule(1.0, 1.5, "words", 2.0e5),
    "measure_regularisation": TableRule(1.0, 1.5, "words", 2.0e5),
    "draw_headline": TableRule(2.1, 0.0, "", 5e5),
    "draw_forming": TableRule(4.4, 0.0, "", 1.5e6),
    "draw_geometry": TableRule(4.8, 0.0, "", 1.5e6),
    "draw_stability": TableRule(2.0, 0.0, "", 5e5),
    "draw_map": TableRule(1.3, 0.0, "", 5e5),
    "draw_arms": TableRule(1.1, 0.0, "", 3e5),
    "draw_curve": TableRule(1.2, 0.0, "", 3e5),
    "draw_cost": TableRule(3.5, 0.0, "", 5e5),
    "draw_probes": TableRule(1.6, 0.0, "", 5e5),
    "draw_perplexity": TableRule(1.4, 0.0, "", 3e5),
    "draw_sweeps": TableRule(2.2, 0.0, "", 5e5),
    "draw_contextual": TableRule(2.7, 0.0, "", 5e5),
    "draw_adaptation": TableRule(2.2, 0.0, "", 5e5),
    "draw_rules": TableRule(3.5, 0.0, "", 3e5),
    "write_report": TableRule(1.5, 8.5, "words", 3.5e6),
}


def table_cost(work: Workload, rule: str) -> tuple[float, float]:
    """Seconds and bytes of a job; of a rule that is not listed, the start of a job and nothing."""
    found = TABLE_RULES.get(rule, TableRule(measured.NUMBA_START.value, 0.0, "", 0.0))
    grown = growth(work, found.driver)
    return found.fixed + grown * found.grown, found.bytes * min(grown, growth(work, "runs"))


def growth(work: Workload, driver: str) -> float:
    """How often as much a study has as the default one: runs, words in all runs, pairs of words in them."""
    runs = len(work.study.runs()) / RUNS
    if driver == "pairs":
        return runs * (work.compared / COMPARED) ** 2
    return {"runs": runs, "words": runs * work.vocabulary / VOCABULARY, "": 1.0}[driver]
