"""Tables of adaptation on the page: bits before and after, neighbours of the words that moved, what goes with it."""

from collections.abc import Sequence

import pandas as pd

from wordspaces.report.listing import Column, Listing, numbers
from wordspaces.report.names import ABSENT, corpus_label, interval, joined, number, plain
from wordspaces.report.style import Variants

RUN = ["model", "objective", "source", "target"]
SPACES = ("before", "after", "target alone")
NEIGHBOURS_SHOWN = 5
RESPONSES = {
    "displacement": "how far it moves",
    "forgotten": "neighbours lost",
    "gained": "neighbours of the target gained",
}
NONE = "No recipe of this study goes on with another corpus."


def bits_means(table: pd.DataFrame) -> pd.DataFrame:
    """Bits a word of each text before and after, means over the samples and seeds of a recipe, objective and direction.

    `table` : the table `adaptation`. Columns model, objective, source, target, text (a corpus), before, after, se
    (the larger one of the two means of standard errors, for one run), runs. Of a control, whose target is its source,
    the text of that corpus alone.
    """
    bits = table[table["measure"].isin(("bits_source", "bits_target")) & table["value"].notna()]
    bits = bits[(bits["measure"] == "bits_source") | (bits["source"] != bits["target"])]
    rows = []
    for key, part in bits.groupby([*RUN, "measure"], sort=False):
        ends = part.groupby(["sample", "seed"])["step"].agg(["min", "max"])
        at = part.set_index(["sample", "seed", "step"])
        first, last = ([(*run, ends.loc[run, which]) for run in ends.index] for which in ("min", "max"))
        named = dict(zip([*RUN, "measure"], key, strict=True))
        text = named["source"] if named.pop("measure") == "bits_source" else named["target"]
        error = max(float(at.loc[which, "se"].mean()) for which in (first, last))
        before, after = (float(at.loc[which, "value"].mean()) for which in (first, last))
        rows.append(named | {"text": text, "before": before, "after": after, "se": error, "runs": len(ends)})
    return pd.DataFrame(rows, columns=[*RUN, "text", "before", "after", "se", "runs"])


def bits_listing(means: pd.DataFrame, variants: Variants) -> Listing:
    """The table of `bits_means`, controls last."""
    means = _ordered(means.assign(control=means["source"] == means["target"]), variants, ["control"])
    rows = [
        [
            _recipe(row),
            _way(row.source, row.target),
            corpus_label(row.text),
            number(row.before),
            number(row.after),
            _signed(row.after - row.before),
            number(row.se),
        ]
        for row in means.itertuples()
    ]
    columns = [Column("recipe", "names"), Column("goes on"), Column("held-out text")]
    return Listing(
        "Bits before and after going on",
        "Cross-entropy in bits a word of the held-out text of either corpus, before and after going on. A recipe "
        "that goes on with other text of its own corpus is the control: what it changes is no matter of the new "
        "corpus. Standard errors are of one run, over batches of text.",
        columns + numbers("before", "after", "change", "standard error"),
        rows,
        f"{NONE} Or none that gives a probability of a text.",
    )


def bits_sentences(means: pd.DataFrame) -> list[str]:
    """What going on costs and gains, a sentence a recipe, objective and direction."""
    said = []
    for (model, objective, source, target), part in means[means["source"] != means["target"]].groupby(RUN, sort=False):
        at = part.set_index("text")
        if {source, target} <= set(at.index):
            way = f"{model}, {objective} from {corpus_label(source)} to {corpus_label(target)}"
            told = [
                f"{number(at.loc[text, 'before'])} to {number(at.loc[text, 'after'])} bits a word on "
                f"{corpus_label(text)}"
                for text in (target, source)
            ]
            said.append(f"{way}: {joined(told)}.")
    return said


def moved_listing(table: pd.DataFrame, variants: Variants) -> Listing:
    """Neighbours of the words that move most, before and after, beside those where the target alone taught the word.

    `table` : the table `adaptation_neighbours`; of each recipe and direction the first sample and seed. The words that
    moved most of every recipe and direction come first, so that each is seen.
    """
    moved = table[(table["chosen"] == "most moved") & table["neighbour"].notna()]
    rows = []
    for key, part in _ordered(moved, variants).groupby(RUN, sort=False):
        run = part[["sample", "seed"]].drop_duplicates().sort_values(["sample", "seed"]).iloc[0]
        part = part[(part["sample"] == run["sample"]) & (part["seed"] == run["seed"])].sort_values(
            "rank", kind="stable"
        )
        lists = part.groupby(["word", "space"])["neighbour"].agg(list).to_dict()
        far = part.groupby("word")["displacement"].first().sort_values(ascending=False, kind="stable")
        for place, (word, distance) in enumerate(far.items()):
            shown = [", ".join(lists.get((word, space), [ABSENT])[:NEIGHBOURS_SHOWN]) for space in SPACES]
            label = key[0] if key[1] == "continued" else f"{key[0]}, {key[1]}"
            rows.append((place, [word, label, _way(key[2], key[3]), number(distance), *shown]))
    rows.sort(key=lambda row: row[0])
    columns = [Column("word"), Column("recipe", "names"), Column("goes on"), Column("displacement", "number")]
    heads = ("nearest before", "nearest after", "nearest where the target alone is read")
    return Listing(
        "Neighbours of the words that moved most",
        "The words that moved most in each recipe and direction, the first of each before the second of any. "
        "Displacement is one minus the cosine of the vector before and after, both taken from the mean of all compared "
        "words before.",
        [*columns, *(Column(head, "words") for head in heads)],
        [row for _, row in rows],
        NONE,
    )


def moving_listing(table: pd.DataFrame, variants: Variants) -> Listing:
    """What goes with moving. `table` : the table `adaptation_factors`; of each recipe and direction the first run."""
    rows = []
    table = table[table["response"].isin(list(RESPONSES)) & table["r2"].notna()]
    for response in RESPONSES:
        part = _ordered(table[table["response"] == response], variants)
        for key, run in part.groupby(RUN, sort=False):
            first = run.drop_duplicates("predictor").set_index("predictor")
            label = key[0] if key[1] == "continued" else f"{key[0]}, {key[1]}"
            speech = first["partial_r2"].get("part of speech")
            cells = [estimate(first, name) for name in ("log count", "log ratio")]
            told = [
                RESPONSES[response],
                label,
                _way(key[2], key[3]),
                *cells,
                number(speech),
                number(first["r2"].iloc[0]),
            ]
            rows.append(told)
    columns = [Column("asked of a word"), Column("recipe", "names"), Column("goes on")]
    heads = ("log count", "log ratio of counts", "part of speech, partial R²", "R²")
    return Listing(
        "What goes with moving",
        "Least squares over words, intervals over words: the change for one standard deviation of a predictor, the "
        "others being equal. The ratio is of the counts in the target and the source.",
        columns + numbers(*heads),
        rows,
        NONE,
        shown=8,
    )


def estimate(table: pd.DataFrame, predictor: str, digits: int = 3) -> str:
    """An estimate with its interval; a dash where the regression has none. `table` is indexed by predictor."""
    if predictor not in table.index:
        return ABSENT
    row = table.loc[predictor]
    return f"{number(row['estimate'], digits)}\n{interval(row['low'], row['high'], digits=digits)}".strip()


def _ordered(table: pd.DataFrame, variants: Variants, before: Sequence[str] = ()) -> pd.DataFrame:
    """Rows in the order of recipes, then objective and direction."""
    place = {name: number for number, name in enumerate(variants.ordered(list(table["model"])))}
    ordered = table.assign(place=table["model"].map(place))
    return ordered.sort_values([*before, "place", "objective", "source", "target"], kind="stable")


def _recipe(row: object) -> str:
    return row.model if row.objective == "continued" else f"{row.model}, {plain(row.objective)}"


def _way(source: str, target: str) -> str:
    if source == target:
        return f"{corpus_label(source)}, other text"
    return f"{corpus_label(source)} → {corpus_label(target)}"


def _signed(value: float) -> str:
    return f"+{number(value)}" if value > 0 else number(value)
