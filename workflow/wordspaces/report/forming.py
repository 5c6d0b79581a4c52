"""Figures of spaces that form: similarity to finished spaces, losses, trajectories of word pairs, norms."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from wordspaces.report.names import corpus_label
from wordspaces.report.pictures import Drawn
from wordspaces.report.style import INK, MUTED, SILVER, Variants, absent, house_style, line, new_figure, presentations

REFERENCES = {
    "rsa_other_seed": "to another seed, same text",
    "rsa_other_sample": "to another sample of the corpus",
}
LOSSES = {"loss": ("training", "-"), "heldout_loss": ("held out", (0, (1.2, 1.4)))}
NORMS = {"mean_norm": "mean norm of a word vector", "gradient_norm": "norm of the gradient"}
KINDS = {
    "related": ("-", "related words"),
    "synonym": ((0, (5, 1.6)), "synonyms"),
    "unrelated": ((0, (1.2, 1.4)), "unrelated words"),
}
RUN = ["corpus", "sample", "model", "seed"]


@house_style()
def forming(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """RSA of each snapshot with the finished space of another seed and of another sample, from step 0.

    Parameters
    ----------
    table : columns corpus, sample, model, seed, tokens_seen, measure, value.
    """
    table = of_measures(table, list(REFERENCES))
    if table.empty:
        return Drawn(absent("no second seed, so no other finished space"), table)
    shown = {measure: words for measure, words in REFERENCES.items() if measure in set(table["measure"])}
    figure, grid = panels(len(shown), corpora, 2.75)
    for row, (measure, words) in zip(grid, shown.items(), strict=True):
        for axes, corpus in zip(row, corpora, strict=True):
            part = table[(table["measure"] == measure) & (table["corpus"] == corpus)]
            mean_lines(axes, part, variants)
            axes.set_title(corpus_label(corpus) if measure == next(iter(shown)) else "")
            axes.set_ylim(min(-0.03, float(table["value"].min()) - 0.02), 1.0)
        row[0].set_ylabel(f"RSA {words}")
    finish(figure, grid, table, variants)
    return Drawn(figure, table)


@house_style()
def losses(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """Training and held-out loss of each recipe in nats of its own objective: a panel a recipe, never one scale.

    Parameters
    ----------
    table : columns corpus, sample, model, seed, tokens_seen, measure, value.
    """
    table = of_measures(table, list(LOSSES))
    if table.empty:
        return Drawn(absent("no recipe of this study is trained in steps"), table)
    models = variants.ordered(list(table["model"]))
    columns = 3
    rows = -(-len(models) // columns)
    figure = new_figure(7.4, 2.3 * rows + 0.5)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    others = (INK, MUTED)
    for axes, model in zip(grid, models, strict=False):
        part = table[table["model"] == model]
        for (measure, corpus), runs in part.groupby(["measure", "corpus"], sort=True):
            colour = ([variants.colour(model), *others] + [SILVER] * len(corpora))[list(corpora).index(corpus)]
            for _, run in runs.groupby(RUN, sort=True):
                run = run.sort_values("tokens_seen")
                axes.plot(
                    run["tokens_seen"],
                    run["value"],
                    color=colour,
                    linestyle=LOSSES[measure][1],
                    linewidth=0.8,
                    alpha=0.8,
                )
        axes.set_title(model)
        presented(axes, part)
    for axes in grid[len(models) :]:
        axes.set_visible(False)
    for axes in grid[::columns]:
        axes.set_ylabel("loss of its objective")
    handles = [line(MUTED, words, dashes) for words, dashes in LOSSES.values()]
    handles.append(line(MUTED, f"{corpus_label(corpora[0])}: in colour"))
    handles += [line(colour, corpus_label(name)) for colour, name in zip(others, corpora[1:], strict=False)]
    if rest := corpora[1 + len(others) :]:
        handles.append(line(SILVER, ", ".join(map(corpus_label, rest))))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), columnspacing=1.3)
    return Drawn(figure, table)


@house_style()
def trajectories(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """Mean cosine of related words, of synonyms and of unrelated words while the spaces form, from step 0.

    Parameters
    ----------
    table : columns corpus, sample, model, seed, tokens_seen, relation (one of `KINDS`), cosine; a row a pair.

    """
    table = table[table["cosine"].notna()]
    if table.empty:
        return Drawn(absent("no listed pair has both words compared"), table)
    means = table.groupby([*RUN, "tokens_seen", "relation"], sort=True)["cosine"].mean().reset_index()
    means = aligned(means.rename(columns={"cosine": "value"}), "relation")
    shown = {kind: looks for kind, looks in KINDS.items() if kind in set(means["relation"])}
    models = variants.ordered(list(means["model"]))
    figure, grid = panels(len(models), corpora, 1.25)
    for row, model in zip(grid, models, strict=True):
        for axes, corpus in zip(row, corpora, strict=True):
            part = means[(means["model"] == model) & (means["corpus"] == corpus)]
            for kind, (dashes, _) in shown.items():
                mean_line(axes, part[part["relation"] == kind], variants.colour(model), dashes)
            axes.set_title(corpus_label(corpus) if model == models[0] else "")
            axes.axhline(0, color=MUTED, linewidth=0.6)
        row[0].set_ylabel(model)
    values = means["value"]
    for axes in grid.ravel():
        axes.set_ylim(min(-0.05, float(values.min()) - 0.05), float(values.max()) + 0.05)
    for axes in grid[-1]:
        presented(axes, means)
    handles = [line(MUTED, words, dashes) for dashes, words in shown.values()]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    figure.supylabel("centred cosine, mean over pairs", size=9.5)
    return Drawn(figure, means.rename(columns={"value": "cosine"}))


@house_style()
def norms(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """Mean norm of the word vectors and norm of the gradient while the spaces form.

    Parameters
    ----------
    table : columns corpus, sample, model, seed, tokens_seen, measure, value.
    """
    table = of_measures(table, list(NORMS))
    if table.empty:
        return Drawn(absent("no recipe of this study is trained in steps"), table)
    figure, grid = panels(len(NORMS), corpora, 2.5)
    for row, (measure, words) in zip(grid, NORMS.items(), strict=True):
        for axes, corpus in zip(row, corpora, strict=True):
            mean_lines(axes, table[(table["measure"] == measure) & (table["corpus"] == corpus)], variants)
            axes.set_yscale("log", nonpositive="mask")
            axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=9))
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.yaxis.set_minor_locator(NullLocator())
            axes.set_title(corpus_label(corpus) if measure == next(iter(NORMS)) else "")
        row[0].set_ylabel(words)
    finish(figure, grid, table, variants)
    return Drawn(figure, table)


def of_measures(table: pd.DataFrame, measures: list[str]) -> pd.DataFrame:
    """Rows of the named measures with a value (none where a measure is not defined), and `snapshot` as in `aligned`."""
    return aligned(table[table["measure"].isin(measures) & table["value"].notna()], "measure")


def aligned(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """`table` with a column snapshot: 0, 1, ... within each run and `kind`, by tokens seen.

    Document samples differ by a token or two, so that equal snapshots of two runs lie at almost equal tokens.
    """
    table = table.sort_values([*RUN, kind, "tokens_seen"], kind="stable")
    rank = table.groupby([*RUN, kind], sort=False)["tokens_seen"].rank(method="dense").astype(int) - 1
    return table.assign(snapshot=rank).reset_index(drop=True)


def panels(rows: int, corpora: Sequence[str], height: float) -> tuple[Figure, np.ndarray]:
    """A figure with a panel for each of `rows` rows of `height` inches and each corpus; axes [rows, corpora]."""
    figure = new_figure(1.0 + 3.1 * max(len(corpora), 2), height * rows + 0.9)
    return figure, figure.subplots(rows, len(corpora), squeeze=False, sharex=True, sharey="row")


def mean_lines(axes: Axes, table: pd.DataFrame, variants: Variants) -> None:
    """A line for each recipe of `table` (columns model, snapshot, tokens_seen, value), as `mean_line` draws it."""
    for model in variants.ordered(list(table["model"])):
        mean_line(axes, table[table["model"] == model], variants.colour(model), variants.dashes(model))


def mean_line(axes: Axes, runs: pd.DataFrame, colour: str, dashes: str | tuple) -> None:
    """The mean over seeds and samples, in the band from the lowest run to the highest."""
    curve = runs.groupby("snapshot", sort=True).agg(
        tokens=("tokens_seen", "mean"), low=("value", "min"), mean=("value", "mean"), high=("value", "max")
    )
    axes.fill_between(curve["tokens"], curve["low"], curve["high"], color=colour, alpha=0.17, linewidth=0)
    axes.plot(curve["tokens"], curve["mean"], color=colour, linestyle=dashes)


def presented(axes: Axes, table: pd.DataFrame) -> None:
    """The axis of token presentations over all `tokens_seen` of `table`."""
    seen = table["tokens_seen"]
    presentations(axes, float(seen[seen > 0].min()), float(seen.max()))


def finish(figure: Figure, grid: np.ndarray, table: pd.DataFrame, variants: Variants) -> None:
    """The axis of token presentations below the last row and a legend of the recipes."""
    for axes in grid[-1]:
        presented(axes, table)
    names = variants.ordered(list(table["model"]))
    handles = [line(variants.colour(name), name, variants.dashes(name)) for name in names]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 6), columnspacing=1.3)
