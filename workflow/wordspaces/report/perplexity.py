"""Figure of held-out prediction: bits a word of the models that give probabilities, beside n-grams of counts."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from wordspaces.common.errors import StudyError
from wordspaces.report.names import corpus_label, family_label, number
from wordspaces.report.pictures import Drawn
from wordspaces.report.style import INK, PAPER, Variants, absent, dot, house_style, new_figure, spread, vertical_grid

SCOPE, KNOWN = "all tokens", "without unknown"
PSEUDO = "pseudo"
BEHIND = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.6}  # of a number, so that a bar does not cross it
CELLS = {  # column -> decimals
    "bits": 2,
    "unigram_bits": 2,
    "trigram_bits": 2,
    "perplexity": 0,
    "unigram_perplexity": 0,
    "pseudo_perplexity": 0,
}


@house_style()
def perplexity(table: pd.DataFrame, variants: Variants, corpora: Sequence[str]) -> Drawn:
    """Cross-entropy of each run on the held-out text of every corpus; masked models hollow, for theirs is another task.

    Parameters
    ----------
    table : columns corpus, sample, model, family, seed, probe, scope, objective, bits, unigram_bits, trigram_bits; rows
        of models without probabilities have null bits and are not drawn, nor are those of tokens hidden one by one.

    Raises
    ------
    StudyError : a masked model has a perplexity.
    """
    table = as_trained(table[table["bits"].notna() & (table["scope"] == scope_of(table))])
    if table.empty:
        return Drawn(absent("no recipe of this study gives probabilities"), table)
    _check_families(table)
    models = variants.ordered(list(table["model"]))
    lines = [(model, corpus) for model in models for corpus in corpora]
    probes = [corpus for corpus in corpora if corpus in set(table["probe"])]
    figure = new_figure(7.4, 0.55 * len(lines) + 1.75)
    grid = figure.subplots(1, len(probes), squeeze=False, sharex=True, sharey=True)[0]
    for axes, probe in zip(grid, probes, strict=True):
        for height, (model, corpus) in enumerate(reversed(lines)):
            runs = table[(table["model"] == model) & (table["corpus"] == corpus) & (table["probe"] == probe)]
            if runs.empty:
                continue
            masked = (runs["objective"] == "masked").any()
            colour = variants.colour(model)
            axes.scatter(
                runs["bits"],
                height + spread(len(runs), 0.14),
                s=26,
                facecolors=PAPER if masked else colour,
                edgecolors=colour,
                linewidths=1.2,
                zorder=3,
            )
            _references(axes, runs, height)
            mean = float(runs["bits"].mean())
            axes.text(mean, height + 0.24, number(mean), ha="center", va="bottom", size=8.5, bbox=BEHIND, zorder=4)
        axes.set_title(f"on held-out {corpus_label(probe)}")
        axes.set_xlabel("cross-entropy (bits a word)")
        axes.margins(x=0.1)
        vertical_grid(axes)
    names = [f"{model}, trained on {corpus_label(corpus)}" for model, corpus in reversed(lines)]
    grid[0].set_yticks(range(len(lines)), names)
    grid[0].set_ylim(-0.6, len(lines) - 0.4)
    handles = [dot(variants.colour(name), f"{name} (a run a point)") for name in models]
    handles.append(dot(INK, "unigram of the training text", "|"))
    handles += [dot(INK, "Kneser-Ney trigram of the same", "^")] if table["trigram_bits"].notna().any() else []
    columns = min(3, (len(handles) + 1) // 2)
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, handletextpad=0.2)
    return Drawn(figure, table)


def _references(axes: Axes, runs: pd.DataFrame, height: float) -> None:
    """The unigram as a bar through the line of some runs; the trigram, where they have one, as a tip from below."""
    unigram, trigram = float(runs["unigram_bits"].mean()), float(runs["trigram_bits"].mean())
    axes.plot([unigram] * 2, [height - 0.3, height + 0.3], color=INK, linewidth=2, solid_capstyle="butt")
    if pd.notna(trigram):
        axes.plot([trigram], [height - 0.3], color=INK, linestyle="", marker="^", markersize=5.5, markeredgewidth=0)


def as_trained(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of what a model was trained to predict: without the tokens that were hidden one by one."""
    return table[table["objective"] != PSEUDO]


def _check_families(table: pd.DataFrame) -> None:
    """A perplexity beside a masked objective would invite a comparison that is not valid."""
    wrong = table[(table["objective"] != "causal") & table["perplexity"].notna()]
    if not wrong.empty:
        family = family_label(wrong["family"].iloc[0])
        raise StudyError("perplexity table", f"a perplexity of {family}", "null for masked models")


def scope_of(table: pd.DataFrame) -> str:
    """Tokens over which all recipes of a study can be read beside each other.

    A model of pieces spells words that the vocabulary lacks, which models of words and n-grams score as one easy token.
    table : columns scope and, where some model may read pieces, unit.
    """
    return KNOWN if "unit" in table and (table["unit"] == "piece").any() else SCOPE


def definition_rows(
    table: pd.DataFrame, variants: Variants, corpora: Sequence[str]
) -> tuple[list[dict], list[tuple[str, str]]]:
    """Rows of the table of perplexities, and why cells are not defined, as (recipes, reason).

    A row is the mean over the runs of one recipe and training corpus on one held-out text; only its pseudo-perplexity
    comes from the tokens that were hidden one by one. Recipes without any probabilities share the last rows.
    """
    table = table[(table["scope"] == scope_of(table)) | table["scope"].isna()]
    rows, reasons, without = [], {}, {}
    for model in variants.ordered(list(table["model"])):
        mine = table[table["model"] == model]
        for reason in dict.fromkeys(note for note in mine["note"] if note):
            reasons.setdefault(reason, []).append(model)
        if mine["bits"].isna().all():
            without.setdefault(mine["note"].iloc[0], []).append(model)
            continue
        for corpus in corpora:
            for probe in corpora:
                runs = mine[(mine["corpus"] == corpus) & (mine["probe"] == probe)]
                if len(runs):
                    rows.append(_defined_row(model, corpus, probe, runs))
    blank = {"corpus": "", "probe": "", "cells": ["not defined"] * len(CELLS)}
    rows += [{"model": ", ".join(names), **blank} for names in without.values()]
    return rows, [(", ".join(names), reason) for reason, names in reasons.items()]


def _defined_row(model: str, corpus: str, probe: str, runs: pd.DataFrame) -> dict:
    columns = dict.fromkeys(CELLS, as_trained(runs)) | {"pseudo_perplexity": runs}
    means = {name: float(part[name].mean()) for name, part in columns.items()}
    cells = [number(means[name], digits) if pd.notna(means[name]) else "not defined" for name, digits in CELLS.items()]
    return {"model": model, "corpus": corpus_label(corpus), "probe": corpus_label(probe), "cells": cells}
