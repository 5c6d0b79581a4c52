"""How a space forms: measures of every snapshot of every run, on the axis of tokens seen.

All geometry is over the comparison words that the snapshots of all runs hold; cosines and correlations are of vectors
centred over them, correlations are Pearson between cosine RDMs. A measure without a value (no other seed, vectors
without geometry) is null.

=========================  ===========================================================================================
measure                    of the snapshot V_t, in a run that goes from V_0 to V_T
=========================  ===========================================================================================
displacement,              see `motion`
step_displacement,
path_length, straightness,
phase_share
mean_norm, mean_norm_rare, see `norm_measures`; bands of words by their count in the corpus
mean_norm_middle,
mean_norm_frequent,
norm_frequency_slope,
norm_frequency_correlation
effective_rank,            see `shape_measures`
participation_ratio,
top_share, directions,
isotropy,
isotropy_centred,
mean_cosine
cosine_related,            mean cosine of the listed pairs of each relation
cosine_synonyms,
cosine_unrelated
silhouette                 of the listed categories of words, otherwise of those of the analogy sections
silhouette_chance          the same, mean over shuffled labels
silhouette_pos,            the same of parts of speech
silhouette_pos_chance
rsa_initial,               mean correlation with the spaces of each relation of `dynamics.agreement`
rsa_own_final,
rsa_other_seed,
rsa_other_sample,
rsa_other_variant,
rsa_other_family,
rsa_other_corpus
loss, heldout_loss,        of the training log at the step nearest to the snapshot's; losses are in the units of
gradient_norm,             the family's own objective and not comparable between families
learning_rate
next_sentence_accuracy     share of held-out pairs of spans for which the model is right on whether one follows the
                           other; only for models trained to say so, as is the next
next_sentence_length_only  the share that the lengths of the two spans alone give: the same at every snapshot
=========================  ===========================================================================================
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from wordspaces.analysis.dynamics.agreement import (
    CONVERGENCE,
    agreements,
    chosen_finals,
    convergence_rows,
    mean_known,
    relation_means,
)
from wordspaces.analysis.dynamics.clusters import (
    Partition,
    analogy_categories,
    class_categories,
    listed_categories,
    partition,
    silhouette_measures,
)
from wordspaces.analysis.dynamics.courses import Course, Units, read_course, read_final, words_held
from wordspaces.analysis.dynamics.frequency import frequency_bands, norm_measures, training_counts
from wordspaces.analysis.dynamics.motion import motion
from wordspaces.analysis.dynamics.pairs import RELATIONS, Pairs, Question, answer, listed_pairs, listed_questions
from wordspaces.analysis.dynamics.settling import (
    SETTLING,
    SETTLING_RUNS,
    band_similarities,
    run_rows,
    settling_rows,
)
from wordspaces.analysis.dynamics.shape import shape_measures
from wordspaces.analysis.human import Analogies
from wordspaces.analysis.roster import Run, Words
from wordspaces.analysis.settings import FollowSettings
from wordspaces.analysis.similarity.parallel import one_thread
from wordspaces.analysis.tables import from_rows, schema

_KEYS = {
    "corpus": pa.string(),
    "sample": pa.string(),
    "model": pa.string(),
    "seed": pa.int32(),
    "step": pa.int64(),
    "tokens_seen": pa.int64(),
}
SCHEMAS = {
    "dynamics": schema(**_KEYS, measure=pa.string(), value=pa.float64(), words=pa.int32(), note=pa.string()),
    "trajectories": schema(**_KEYS, word_a=pa.string(), word_b=pa.string(), relation=pa.string(), cosine=pa.float64()),
    "analogy_course": schema(
        **_KEYS, question=pa.string(), cosine=pa.float64(), rank=pa.int32(), words=pa.int32(), note=pa.string()
    ),
    "convergence": CONVERGENCE,
    "settling": SETTLING,
    "settling_runs": SETTLING_RUNS,
}
# Names of the measures that are means over a relation of `dynamics.agreement`.
RSA = {
    "initial": "rsa_initial",
    "own": "rsa_own_final",
    "seed": "rsa_other_seed",
    "sample": "rsa_other_sample",
    "variant": "rsa_other_variant",
    "family": "rsa_other_family",
    "corpus": "rsa_other_corpus",
}


@dataclass(frozen=True)
class Frame:
    """What all runs are measured with: counts of the words by corpus, listed items, categories by measure, families
    of the recipes, variants that differ in epochs alone."""

    counts: Mapping[str, np.ndarray]
    pairs: Pairs
    questions: Sequence[Question]
    partitions: Mapping[str, Partition]
    recipes: Mapping[str, str]
    epochs_of: Mapping[str, str]


def dynamics_tables(
    files: Sequence[tuple[str, str]],
    runs: Sequence[Run],
    words: Words,
    counts: Mapping[str, np.ndarray],
    analogies: Analogies,
    lexicon: Mapping[str, str],
    settings: FollowSettings,
) -> dict[str, pa.Table]:
    """Tables by name, with the columns of `SCHEMAS`.

    dynamics        every measure of every snapshot, a row each; `words` behind it, `note` where it cannot be had
    trajectories    cosine of every listed pair; null for an unknown word
    analogy_course  of every listed analogy a : b = c : d, cosine of b - a + c with d and rank of d among `words` words
    convergence     agreement with finished spaces, see `dynamics.agreement`
    settling        similarity of words to their place in another seed's finished space, see `dynamics.settling`
    settling_runs   tokens until half and 90 % of it, a row for each run and band

    `files` are the paths of the snapshots and of the log of each of `runs`; `counts` the occurrences in the training
    text of each corpus by vocabulary id (`text_counts`). One run's snapshots are in memory at a time, and the last ones
    of all. `StudyError` where no word of a list of pairs is known.
    """
    held = words_held([snapshots for snapshots, _ in files], words)
    order = sorted(range(len(runs)), key=lambda i: runs[i])
    finals = {runs[i]: read_final(files[i][0], held, runs[i]) for i in order}
    recipes = {run.model: run.family for run in runs if run.model in settings.models or not settings.models}
    frame = _frame(held, counts, analogies, lexicon, recipes, settings)
    rows: dict[str, list[dict]] = {name: [] for name in SCHEMAS}
    # One thread: the last bits of a product depend on how many share it.
    with one_thread():
        for i in order:
            _follow(read_course(*files[i], runs[i], held), finals, frame, rows)
    return {name: from_rows(rows[name], columns) for name, columns in SCHEMAS.items()}


def _frame(
    held: Words,
    counts: Mapping[str, np.ndarray],
    analogies: Analogies,
    lexicon: Mapping[str, str],
    recipes: Mapping[str, str],
    settings: FollowSettings,
) -> Frame:
    listed = listed_categories(settings.categories) or analogy_categories(analogies)
    kinds = {"silhouette": listed, "silhouette_pos": class_categories(lexicon, held)}
    partitions = {name: partition(kind, held, settings.shuffle_seed) for name, kind in kinds.items()}
    pairs, questions = listed_pairs(settings, held), listed_questions(settings.analogies, held)
    return Frame(training_counts(counts, held), pairs, questions, partitions, recipes, settings.epochs_of)


def _follow(course: Course, finals: Mapping[Run, Units], frame: Frame, rows: dict[str, list[dict]]) -> None:
    """Add the rows of one run to every table."""
    counts = frame.counts[course.run.corpus]
    found = agreements(course, finals, frame.epochs_of)
    means = relation_means(found, len(course), frame.recipes)
    chosen = chosen_finals(course.run, finals, frame.epochs_of)
    seeds = [finals[other] for other, name in chosen.items() if name == "seed"]
    bands, inside = band_similarities(course.units, seeds, frequency_bands(counts))
    measures = course.logged() | motion(course.vectors) | norm_measures(course.vectors, counts)
    measures |= {RSA[name]: values for name, values in means.items()}
    measures |= _shapes(course) | _silhouettes(course, frame)
    cosines = np.array([frame.pairs.cosines(units) for units in course.units])
    measures |= {
        f"cosine_{name}": mean_known(cosines[:, frame.pairs.of(relation)])
        for name, relation in RELATIONS.items()
        if relation in frame.pairs.relation
    }
    rows["dynamics"] += _measure_rows(course, measures, frame)
    rows["trajectories"] += _pair_rows(course, cosines, frame.pairs)
    rows["analogy_course"] += _question_rows(course, frame.questions)
    rows["convergence"] += convergence_rows(course, found)
    rows["settling"] += settling_rows(course, bands, inside)
    agreed = {RSA[name]: means[name] for name in ("seed", "family")}
    rows["settling_runs"] += run_rows(course, agreed, bands, inside)


def _shapes(course: Course) -> dict[str, np.ndarray]:
    shapes = [shape_measures(vectors) for vectors in course.vectors]
    return {name: np.array([shape[name] for shape in shapes]) for name in shapes[0]}


def _silhouettes(course: Course, frame: Frame) -> dict[str, np.ndarray]:
    found = {}
    for name, chosen in frame.partitions.items():
        values = np.array([silhouette_measures(units, chosen) for units in course.units])
        found |= {name: values[:, 0], f"{name}_chance": values[:, 1]}
    return found


def _measure_rows(course: Course, measures: Mapping[str, np.ndarray], frame: Frame) -> list[dict]:
    """Rows of `dynamics` by snapshot, measures in alphabetical order."""
    words = course.vectors.shape[1]
    told = {name: {"words": words, "note": ""} for name in measures}
    for name, chosen in frame.partitions.items():
        for measure in (name, f"{name}_chance"):
            told[measure] = {"words": len(chosen.rows), "note": chosen.note}
    return [
        _base(course, index) | {"measure": name, "value": float(measures[name][index])} | told[name]
        for index in range(len(course))
        for name in sorted(measures)
    ]


def _pair_rows(course: Course, cosines: np.ndarray, pairs: Pairs) -> list[dict]:
    """Rows of `trajectories` by snapshot and words."""
    order = sorted(range(len(pairs.words)), key=lambda i: pairs.words[i])
    return [
        _base(course, index)
        | {"word_a": pairs.words[i][0], "word_b": pairs.words[i][1]}
        | {"relation": pairs.relation[i], "cosine": cosines[index, i]}
        for index in range(len(course))
        for i in order
    ]


def _question_rows(course: Course, questions: Sequence[Question]) -> list[dict]:
    """Rows of `analogy_course` by snapshot, in the order of the list."""
    candidates = course.vectors.shape[1] - 3
    listed = []
    for index, units in enumerate(course.units):
        for question in questions:
            cosine, rank = answer(units, question)
            note = question.note or ("" if np.isfinite(rank) else "not defined: vectors without direction")
            place = int(rank) if np.isfinite(rank) else None
            told = {"question": str(question), "cosine": cosine, "rank": place, "words": candidates, "note": note}
            listed.append(_base(course, index) | told)
    return listed


def _base(course: Course, index: int) -> dict:
    """Identifying columns of a snapshot, without the family."""
    return {name: value for name, value in course.columns(index).items() if name in _KEYS}
