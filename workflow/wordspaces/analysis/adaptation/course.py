"""The way of a space from one corpus to another: RSA with both ends at every snapshot, and bits before and after.

A run begins with the final vectors of a model of the source corpus (step 0) and goes on with the text of the target.
Where the target is the source, the text is another document sample of it: a control, which tells what any new text does
from what a new corpus does.
All correlations are Pearson between cosine RDMs of centred vectors, over the comparison words that snapshots hold.

==================  ==================================================================================================
measure             of a snapshot V_t
==================  ==================================================================================================
rsa_source          with V_0, the source's final space of the same seed: 1 at step 0
rsa_source_other    mean with the source's final spaces of the other seeds: what remains of what the corpus taught
rsa_target          mean with the final spaces of other seeds that the target alone trained: what was gained; at step 0
                    the agreement between corpora
displacement        ||V_t - V_0|| / ||V_0||, Frobenius norms, not centred
heldout_loss        of the training log, on held-out text of the target, in the unit of the objective
bits_source,        of causal language models, at the first and the last step: cross-entropy per word of held-out text
bits_target         of the two corpora, `<unk>` among the words; se by batch means
reliability_source  mean of the pairs of the source's seeds: no step, a line to read the others against
reliability_target  the same of the target's own spaces
==================  ==================================================================================================

`se`, `low` and `high` of correlations are of the jackknife over words: they speak of other words, not of other runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import norm

from wordspaces.analysis.adaptation.settings import AdaptationSettings
from wordspaces.analysis.dynamics.courses import nearest_steps
from wordspaces.analysis.prediction.perplexity import CAUSAL, UNKNOWN, batch_error
from wordspaces.analysis.roster import LEAST_WORDS, Roster, Run, read_snapshots
from wordspaces.analysis.similarity.jackknife import jackknife_contrasts
from wordspaces.analysis.similarity.parallel import one_thread
from wordspaces.analysis.similarity.rdm import RDMs
from wordspaces.analysis.stability.arms import mean_weights
from wordspaces.analysis.tables import from_rows, numbers, schema, texts
from wordspaces.common.artefacts import read_table
from wordspaces.common.errors import StudyError

KEYS = {
    **dict.fromkeys(("model", "family", "objective", "source", "target", "sample"), pa.string()),
    "seed": pa.int32(),
}
SCHEMA = schema(
    **KEYS,
    step=pa.int64(),
    tokens_seen=pa.int64(),
    measure=pa.string(),
    **dict.fromkeys(("value", "se", "low", "high"), pa.float64()),
    words=pa.int32(),
    note=pa.string(),
)
ALONE = "not defined: the study has one seed of it"


@dataclass(frozen=True)
class Adapted:
    """One adapted run: the run itself, variant, corpus and document sample that it started from, how it went on."""

    run: Run
    model: str
    source: str
    objective: str
    begun: str

    @property
    def control(self) -> bool:
        """Whether it went on with other text of its own corpus."""
        return self.run.corpus == self.source

    @property
    def start(self) -> Run:
        """The finished run whose weights it started from."""
        run = self.run
        return Run(self.source, self.begun, self.model, run.family, run.seed)

    def columns(self) -> dict:
        """Identifying columns."""
        run = self.run
        known = {"model": self.model, "family": run.family, "objective": self.objective, "source": self.source}
        return known | {"target": run.corpus, "sample": run.sample, "seed": run.seed}


def as_adapted(runs: Sequence[Run], variants: Mapping[str, Sequence[str]], begun: str) -> list[Adapted]:
    """Adapted runs; `variants` tells of each variant [model, source corpus, objective], `begun` of which sample."""
    return [Adapted(run, *variants[run.model], begun) for run in runs]


@dataclass(frozen=True)
class Family:
    """Positions in a roster of what an adapted run is read against.

    start : the run it started from; end : itself; others : the source's other seeds; native : other seeds that the
    target alone trained; natives : all of these.
    """

    start: int
    end: int
    others: list[int]
    native: list[int]
    natives: list[int]

    @classmethod
    def of(cls, roster: Roster, adapted: Adapted) -> "Family":
        """`StudyError` where the roster lacks the run or the one it started from."""
        at = {space.run: i for i, space in enumerate(roster.spaces)}
        for run in (adapted.start, adapted.run):
            if run not in at:
                raise StudyError(f"adaptation {adapted.run}", f"no space of {run}", "the spaces before and after")
        same = [(i, run) for run, i in at.items() if run.model == adapted.model]
        begun, ended = (adapted.source, adapted.begun), (adapted.run.corpus, adapted.run.sample)
        natives = [(i, run) for i, run in same if (run.corpus, run.sample) == ended]
        source = [i for i, run in same if (run.corpus, run.sample) == begun and run.seed != adapted.run.seed]
        native = [i for i, run in natives if run.seed != adapted.run.seed]
        return cls(at[adapted.start], at[adapted.run], source, native, [i for i, _ in natives])


def adaptation_table(
    roster: Roster,
    adapted: Sequence[Adapted],
    snapshots: Sequence[str],
    logs: Sequence[str],
    bits: Mapping[Run, Mapping[str, tuple[float, float]]],
    settings: AdaptationSettings,
) -> pa.Table:
    """Measures of every snapshot of every adapted run: `SCHEMA`.

    `roster` holds the final spaces of the adapted runs and of the ordinary runs of their models on both corpora;
    `snapshots` and `logs` are paths parallel to `adapted`; `bits` is of `held_out_bits`, by run and corpus.
    """
    rows = []
    for one, snapshot, log in zip(adapted, snapshots, logs, strict=True):
        rows += _course(roster, one, snapshot, log, settings)
        for measure, corpus in (("bits_source", one.source), ("bits_target", one.run.corpus)):
            ends = [row for row in rows if row["measure"] == "displacement" and row["run"] == one.run]
            for row, run in ((ends[0], one.start), (ends[-1], one.run)):
                if corpus in bits.get(run, {}):
                    value, se = bits[run][corpus]
                    rows.append(row | {"measure": measure} | _interval(value, se, settings))
    order = (*KEYS, "measure", "step")
    rows.sort(key=lambda row: tuple(-1 if row[name] is None else row[name] for name in order))
    return from_rows(rows, SCHEMA)


def _course(roster: Roster, one: Adapted, snapshot: str, log: str, settings: AdaptationSettings) -> list[dict]:
    """Rows of one run, but for bits."""
    read, family = read_snapshots(snapshot), Family.of(roster, one)
    kept = roster.words.ids < read.vectors.shape[1]
    if kept.sum() < LEAST_WORDS:
        raise StudyError(snapshot, f"{int(kept.sum())} comparison words", f"{LEAST_WORDS} or more")
    vectors = read.vectors[:, roster.words.ids[kept]].astype(np.float64)
    base = one.columns() | {"run": one.run, "note": "", "words": int(kept.sum())}
    references = [family.start, *family.others, *family.natives]
    fixed = RDMs.of([roster.vectors[i][kept] for i in references], [roster.spaces[i] for i in references])
    sources, natives = list(range(1 + len(family.others))), list(range(1 + len(family.others), len(references)))
    other = [number for number in natives if references[number] in family.native]
    ends = {"reliability_source": list(combinations(sources, 2)), "reliability_target": list(combinations(natives, 2))}
    nowhere = base | {"step": None, "tokens_seen": None}
    rows = [nowhere | row for row in _correlations(fixed, ends, settings)]
    table = read_table(log, ["step", "heldout_loss"])
    losses = numbers(table, "heldout_loss").astype(np.float64)[nearest_steps(read.step, numbers(table, "step"))]
    length = np.linalg.norm(vectors[0])
    for index, moved in enumerate(vectors):
        row = base | {"step": int(read.step[index]), "tokens_seen": int(read.tokens_seen[index])}
        rdms = RDMs.of([moved], [f"{one.run}, snapshot {index}"]).beside(fixed)
        # The snapshot comes first, the references one place later.
        pairs = {
            "rsa_source": [(0, 1)],
            "rsa_source_other": [(0, 1 + number) for number in sources[1:]],
            "rsa_target": [(0, 1 + number) for number in other],
        }
        rows += [row | found for found in _correlations(rdms, pairs, settings)]
        rows.append(row | {"measure": "displacement", "value": np.linalg.norm(moved - vectors[0]) / length})
        rows.append(row | {"measure": "heldout_loss", "value": losses[index]})
    return rows


def _correlations(rdms: RDMs, pairs: Mapping[str, list], settings: AdaptationSettings) -> list[dict]:
    """Mean Pearson correlation of each list of pairs; a null with the reason for one without pairs."""
    names = [name for name, listed in pairs.items() if listed]
    rows = [{"measure": name, "note": ALONE} for name in pairs if name not in names]
    if not names:
        return rows
    # One thread: the last bits of a product depend on how many share it.
    with one_thread():
        weights = mean_weights([pairs[name] for name in names], len(rdms))
        values, replicates = jackknife_contrasts(rdms, "pearson", weights)
    spread = np.square(replicates - replicates.mean(axis=0)).sum(axis=0)
    errors = np.sqrt((rdms.words - 1) / rdms.words * spread)
    found = zip(names, values, errors, strict=True)
    return rows + [{"measure": name} | _interval(float(value), float(se), settings) for name, value, se in found]


def _interval(value: float, se: float, settings: AdaptationSettings) -> dict:
    reach = float(norm.ppf(0.5 + settings.confidence / 2.0)) * se
    return {"value": value, "se": se, "low": value - reach, "high": value + reach}


def held_out_bits(
    paths: Sequence[str], runs: Sequence[Run], vocabulary: str, settings: AdaptationSettings
) -> dict[Run, dict[str, tuple[float, float]]]:
    """Cross-entropy in bits per word and its standard error, by run and held-out corpus; causal models alone.

    `paths` : tables of scored tokens parallel to `runs`; `vocabulary` : path of that of words. Special tokens but
    `<unk>` are not counted, as in the table `perplexity`.
    """
    if not paths:
        return {}
    table = read_table(vocabulary, ["id", "token", "kind"])
    kinds = zip(numbers(table, "id"), texts(table, "token"), texts(table, "kind"), strict=True)
    unscored = [word for word, token, kind in kinds if kind == "special" and token != UNKNOWN]
    found: dict[Run, dict[str, tuple[float, float]]] = {}
    for path, run in zip(paths, runs, strict=True):
        scored = read_table(path)
        scored = scored.filter(pc.equal(scored["question"], CAUSAL))
        pieces = "pieces" in scored.column_names
        found[run] = {}
        for probe in sorted(pc.unique(scored["probe"]).to_pylist()):
            part = scored.filter(pc.equal(scored["probe"], probe))
            keep = ~np.isin(numbers(part, "word" if pieces else "id"), unscored)
            bits = numbers(part, "bits").astype(np.float64)[keep]
            shares = 1.0 / numbers(part, "pieces")[keep] if pieces else np.ones(len(bits))
            if not len(bits) or not np.isfinite(bits).all():
                raise StudyError(path, "no finite bits of a word", "a probability of every word", f"retrain {run}")
            found[run][probe] = float(bits.sum() / shares.sum()), batch_error(bits, settings.batches, shares)
    return found
