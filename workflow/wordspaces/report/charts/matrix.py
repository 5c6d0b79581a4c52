"""Chart of all comparisons: every cell of corpus x recipe x document sample with every other, by any measure of RSA.

Beside a mean r stand what bounds it and what it is worth: with another seed on the same text a recipe agrees with
itself by its seed reliability, on another document sample of its corpus by its sample reliability; the ceiling of two
recipes is the root of the product of the two (Spearman 1904). Reliabilities are means over pairs of other seeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from wordspaces.report.charts.looks import finished, rows
from wordspaces.report.headline import cell_means
from wordspaces.report.names import corpus_label, interval, number, percent
from wordspaces.report.style import VERMILLION, Variants

METHODS = {
    "spearman": "Spearman",
    "pearson": "Pearson",
    "cosine": "cosine",
    "rho-a": "rho-a",
    "tau-a": "tau-a",
    "tau-b": "tau-b",
    "whitened": "whitened",
    "cka": "CKA (debiased)",
    "bures": "Bures",
}
CEILINGS = {"seed": "ceiling: other seed", "sample": "ceiling: other sample"}
NO_INTERVAL = "none for this measure"
STEP = 21  # pixels of a cell
SEPARATOR = " · "


@dataclass(frozen=True)
class Matrix:
    """The comparisons as tables: `cells` a row for each two of `keys`, and for each of them and each ceiling, with a
    column of r a measure; `facts` a row for each two recipes on the same or other documents: interval_<measure> (mean r
    over all samples and its interval, as text),
    seed_<measure> and sample_<measure> (the ceilings), free_<measure> (r with the noise taken out).
    """

    keys: list[str]
    methods: list[str]
    cells: pd.DataFrame
    facts: pd.DataFrame


def matrix_tables(
    rsa: pd.DataFrame, cells: pd.DataFrame, variants: Variants, corpora: Sequence[str], main: str
) -> Matrix:
    """What the chart shows.

    Parameters
    ----------
    rsa : columns method, relation, a_corpus, a_model, a_sample, b_corpus, b_model, b_sample, r; a row a pair of spaces.
    cells : columns method, a_corpus, a_model, b_corpus, b_model, samples (same, other), low, high,
        disattenuated_seed, disattenuated_sample, pairs; for some of the measures.
    variants, corpora : looks and order; main : the measure that comes first.
    """
    found = set(rsa["method"])
    methods = [name for name in METHODS if name in found] + sorted(found - set(METHODS))
    methods.sort(key=lambda name: name != main)
    models = variants.ordered([*rsa["a_model"], *rsa["b_model"]])
    samples = sorted({*rsa["a_sample"], *rsa["b_sample"]})
    order = [(corpus, model, sample) for corpus in corpora for model in models for sample in samples]
    wide = []
    for method in methods:
        part = cell_means(rsa[rsa["method"] == method])
        part = part.assign(a=_keys(part, "a"), b=_keys(part, "b"))
        wide.append(part.set_index(["a", "b"])["r"].rename(method))
    means = pd.concat(wide, axis=1).reset_index()
    turned = means[means["a"] != means["b"]].rename(columns={"a": "b", "b": "a"})
    both = pd.concat([means, turned], ignore_index=True)
    both["pair"] = [_pair(a, b) for a, b in zip(both["a"], both["b"], strict=True)]
    keys = [SEPARATOR.join(parts) for parts in order]
    present = [key for key in keys if key in set(both["a"])]
    reliability = _reliability(rsa, methods)
    margins = _margins(reliability, present, methods)
    ordered = both.sort_values(["a", "b"], key=lambda column: column.map(keys.index), kind="stable")
    facts = _facts(both, cells, reliability, methods)
    return Matrix(present, methods, pd.concat([ordered, margins], ignore_index=True), facts)


def _keys(table: pd.DataFrame, side: str) -> pd.Series:
    return table[[f"{side}_{name}" for name in ("corpus", "model", "sample")]].agg(SEPARATOR.join, axis=1)


def _pair(a: str, b: str) -> str:
    """Name of what two cells have in `facts`: their recipes, sorted, and whether they saw the same documents."""
    (a_corpus, a_model, a_sample), (b_corpus, b_model, b_sample) = a.split(SEPARATOR), b.split(SEPARATOR)
    same = "same" if (a_corpus, a_sample) == (b_corpus, b_sample) else "other"
    recipes = sorted([(a_corpus, a_model), (b_corpus, b_model)])
    return SEPARATOR.join([*recipes[0], *recipes[1], same])


def _reliability(rsa: pd.DataFrame, methods: Sequence[str]) -> dict[tuple[str, str, str, str], float]:
    """(method, level, corpus, model) -> mean r of two trainings of one recipe with other seeds, by level."""
    found = {}
    for level in CEILINGS:
        part = rsa[rsa["relation"] == level]
        means = part.groupby(["method", "a_corpus", "a_model"])["r"].mean()
        found |= {(method, level, corpus, model): value for (method, corpus, model), value in means.items()}
    return {key: value for key, value in found.items() if key[0] in methods}


def _margins(reliability: dict, keys: Sequence[str], methods: Sequence[str]) -> pd.DataFrame:
    """The two columns on the right: how far each recipe agrees with itself."""
    found = []
    for key in keys:
        corpus, model, _ = key.split(SEPARATOR)
        for level, name in CEILINGS.items():
            values = {method: reliability.get((method, level, corpus, model), np.nan) for method in methods}
            found.append({"a": key, "b": name, "pair": ""} | values)
    return pd.DataFrame(found)


def _facts(means: pd.DataFrame, cells: pd.DataFrame, reliability: dict, methods: Sequence[str]) -> pd.DataFrame:
    known = {}
    for row in cells.itertuples():
        recipes = sorted([(row.a_corpus, row.a_model), (row.b_corpus, row.b_model)])
        known[row.method, SEPARATOR.join([*recipes[0], *recipes[1], row.samples])] = row
    found = []
    for pair in sorted(set(means["pair"])):
        a_corpus, a_model, b_corpus, b_model, documents = pair.split(SEPARATOR)
        same = documents == "same"
        entry: dict[str, object] = {"pair": pair}
        for method in methods:
            row = known.get((method, pair))
            known_r = row is not None and np.isfinite(row.r)  # with one seed no pair of it is left
            entry[f"interval_{method}"] = f"{number(row.r)} {interval(row.low, row.high)}" if known_r else None
            for level in CEILINGS:
                a, b = (
                    reliability.get((method, level, *cell), np.nan)
                    for cell in ((a_corpus, a_model), (b_corpus, b_model))
                )
                # Two that saw the same documents share what another sample would change.
                bounds = min(a, b) > 0 and (level == "seed" or not same)
                entry[f"{level}_{method}"] = np.sqrt(a * b) if bounds else np.nan
            # A recipe with itself is its own ceiling.
            free = row and (a_corpus, a_model) != (b_corpus, b_model)
            entry[f"free_{method}"] = getattr(row, f"disattenuated_{'seed' if same else 'sample'}") if free else np.nan
        found.append(entry)
    return pd.DataFrame(found)


def matrix_chart(matrix: Matrix, confidence: float) -> dict[str, object]:
    """Specification of the matrix; its parameter `metric` names the measure that is shown.

    confidence : of the intervals, between 0 and 1. Cells stand as numbers in the data, with their names once.
    """
    columns = [*matrix.keys, "", *CEILINGS.values()]
    place = {name: number for number, name in enumerate(columns)}
    names = [_label(name) for name in columns]
    pairs = {name: number for number, name in enumerate(matrix.facts["pair"])}
    cells = matrix.cells.assign(**{side: matrix.cells[side].map(place) for side in "ab"})
    cells["pair"] = cells["pair"].map(pairs).fillna(-1).astype(int)
    facts = matrix.facts.assign(pair=matrix.facts["pair"].map(pairs))
    low = float(np.nanmin(matrix.cells[matrix.methods].to_numpy()))
    metric, known = alt.param(name="metric", value=matrix.methods[0]), alt.param(name="names", value=names)
    marked = alt.selection_point(name="pointed", fields=["a", "b"], on="pointerover", clear="pointerout", empty=False)
    told = {what: f"datum['{what}_' + metric]" for what in ("interval", "seed", "sample", "free")}
    text = {what: f"isValid({value}) ? format({value}, '.2f') : '–'" for what, value in told.items()}
    text["interval"] = f"{told['interval']} || '{NO_INTERVAL}'"
    chart = (
        alt.Chart(rows(cells, 3))
        .transform_lookup("pair", alt.LookupData(rows(facts, 3), "pair", [name for name in facts if name != "pair"]))
        .transform_calculate(r="datum[metric]", one="names[datum.a]", other="names[datum.b]", **text)
        .transform_filter("isValid(datum.r)")
        .mark_rect(strokeWidth=2)
        .encode(
            x=alt.X("b:O", scale=alt.Scale(domain=list(range(len(names)))), title=None, axis=_axis(angle=-90)),
            y=alt.Y("a:O", scale=alt.Scale(domain=list(range(len(matrix.keys)))), title=None, axis=_axis()),
            color=alt.Color(
                "r:Q",
                scale=alt.Scale(scheme="viridis", domain=[min(0.0, round(low, 2)), 1.0]),
                legend=alt.Legend(title="mean r", orient="top", gradientLength=220),
            ),
            stroke=alt.when(marked).then(alt.value(VERMILLION)).otherwise(alt.value("transparent")),
            tooltip=[
                alt.Tooltip("one:N", title="one"),
                alt.Tooltip("other:N", title="other"),
                alt.Tooltip("r:Q", title="mean r", format=".3f"),
                alt.Tooltip("interval:N", title=f"over all samples, {percent(confidence)} interval over words"),
                alt.Tooltip("seed:N", title=CEILINGS["seed"]),
                alt.Tooltip("sample:N", title=CEILINGS["sample"]),
                alt.Tooltip("free:N", title="noise taken out"),
            ],
        )
        .properties(width=STEP * len(names), height=STEP * len(matrix.keys))
        .add_params(metric, known, marked)
    )
    return finished(chart, "Matrix of mean correlations between all cells of corpus, recipe and document sample")


def _label(key: str) -> str:
    """A cell as readers call it: corpus, recipe and sample; a ceiling as it is."""
    corpus, separator, rest = key.partition(SEPARATOR)
    return f"{corpus_label(corpus)}{separator}{rest}" if separator else key


def _axis(angle: int = 0) -> alt.Axis:
    """Names of cells, as they are."""
    return alt.Axis(labelExpr="names[datum.value]", labelAngle=angle, labelLimit=240, ticks=False, domain=False)


def matrix_methods(matrix: Matrix) -> list[dict[str, str]]:
    """The measures that a reader may choose, with their names."""
    return [{"name": name, "label": METHODS.get(name, name)} for name in matrix.methods]
