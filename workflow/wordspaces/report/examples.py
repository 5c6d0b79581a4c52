"""Examples on the page: text that GPT writes, and gaps in held-out text that BERT fills."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from wordspaces.report.names import corpus_label, count, number, percent

TEXTS, GAPS = 2, 10
SIDE, FILLS = 8, 3
GAP = "[MASK]"
COLUMNS = [
    "corpus",
    "model",
    "kind",
    "probe",
    "number",
    "prompt",
    "text",
    "bits",
    "truth",
    "fill",
    "rank",
    "probability",
]


def joined(frames: Sequence[pd.DataFrame], named: Sequence[Sequence[str]]) -> pd.DataFrame:
    """Tables of examples under one another, with the corpus and the model of each, in `named` as [corpus, model]."""
    parts = [frame.assign(corpus=corpus, model=model) for frame, (corpus, model) in zip(frames, named, strict=True)]
    return pd.concat([part[COLUMNS] for part in parts], ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def written_rows(table: pd.DataFrame, corpora: Sequence[str]) -> list[dict[str, Any]]:
    """Two texts of each corpus, of different prompts where there are several: model, corpus, text, bits a token.

    table : of `joined`.
    """
    rows = []
    for corpus in corpora:
        written = table[(table["kind"] == "sample") & (table["corpus"] == corpus)].sort_values("number")
        first = written.drop_duplicates("prompt")
        rest = written.drop(first.index) if written.index.is_unique else written.iloc[:0]
        for row in pd.concat([first, rest]).head(TEXTS).itertuples():
            rows.append(
                {"model": row.model, "corpus": corpus_label(corpus), "text": row.text, "bits": number(row.bits)}
            )
    return rows


def filled_rows(table: pd.DataFrame, corpora: Sequence[str]) -> list[dict[str, Any]]:
    """Ten gaps, equally many in the held-out text of each corpus, filled by a model that was trained on that corpus.

    Columns: model, corpus, text around the gap, truth, fills (the three most likely words and their probabilities),
    rank of the truth. table : of `joined`.
    """
    rows = []
    gaps = table[(table["kind"] == "filled") & (table["corpus"] == table["probe"])]
    there = [corpus for corpus in corpora if corpus in set(gaps["corpus"])]
    for corpus in there:
        own = gaps[gaps["corpus"] == corpus].sort_values(["number", "rank"])
        for _, gap in list(own.groupby("number"))[: max(1, GAPS // len(there))]:
            first = gap.iloc[0]
            right = gap[gap["fill"] == first["truth"]]["rank"]
            fills = [f"{row.fill} ({percent(row.probability)})" for row in gap[gap["rank"] <= FILLS].itertuples()]
            rows.append(
                {
                    "model": first["model"],
                    "corpus": corpus_label(corpus),
                    "text": around(first["text"]),
                    "truth": first["truth"],
                    "fills": ", ".join(fills),
                    "rank": count(right.iloc[0] if len(right) else None),
                }
            )
    return rows


def around(text: str) -> str:
    """Up to eight words on either side of the gap."""
    words = text.split()
    at = words.index(GAP) if GAP in words else 0
    first, last = max(0, at - SIDE), at + SIDE + 1
    shown = words[first:last]
    return " ".join([*(["…"] if first else []), *shown, *(["…"] if last < len(words) else [])])
