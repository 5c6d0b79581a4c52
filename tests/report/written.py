"""Writes the files of a page by the scripts of the report, as the workflow engine would call them."""

import contextlib
import importlib
import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
from topical import planted_topics

from wordspaces.common import provenance
from wordspaces.common.artefacts import write_table, write_tensors
from wordspaces.common.code import PACKAGE_ROOT
from wordspaces.common.provenance import Provenance
from wordspaces.models.cost.timing import write_costs
from wordspaces.report.page import FIGURES
from wordspaces.report.topics import TOPICS
from wordspaces.spaces.examples import example_table

WORKFLOW = PACKAGE_ROOT.parent
# In a study each script has a process of its own, whose imports its record names. Here they share one: all of these are
# there from the start (but torch, which none of them imports), so that equal jobs leave equal records.
for package in provenance.PACKAGES:
    if package != "torch":
        importlib.import_module(provenance.MODULES.get(package, package))
DRAWN = {
    "headline": ("ladder", "components", "rsa"),
    "forming": ("dynamics", "trajectories"),
    "geometry": ("dynamics", "settling_runs"),
    "stability": ("stability",),
    "probes": ("probes",),
    "contextual": ("contextual", "occurrences"),
    "perplexity": ("perplexity",),
    "map": ("map",),
    "arms": ("arms",),
    "curve": ("curve",),
    "sweeps": ("dimension", "regularisation", "norm_growth"),
    "adaptation": ("adaptation", "adaptation_words"),
}
BENCHMARK = "s\th:m:s\tmax_rss\tcpu_time\n{seconds}\t0:00:02\t{memory}\t1.5\n"
FIGURES_OF = {
    "headline": ("ladder", "components", "matrix"),
    "forming": ("forming", "losses", "trajectories", "norms"),
    "sweeps": ("dimension", "regularisation"),
    "contextual": ("contextual", "occurrences"),
    "geometry": ("geometry", "phases", "convergence", "settling"),
}


class Named(dict):
    """Params by attribute and by key, as the workflow engine gives them."""

    __getattr__ = dict.__getitem__


class Files(list):
    """Inputs by name and in a flat list."""

    def __init__(self, **named):
        super().__init__(path for value in named.values() for path in (value if isinstance(value, list) else [value]))
        self.__dict__.update(named)


def run_script(name, inputs, outputs, **params):
    """Run a script of the workflow as the engine would."""
    task = SimpleNamespace(
        input=inputs,
        output=outputs,
        params=Named(script=f"scripts/{name}.py", code="0" * 32, **params),
        wildcards=Named(),
        resources=Named(),
        threads=1,
        log=[],
        rule=name,
    )
    runpy.run_path(str(WORKFLOW / "scripts" / f"{name}.py"), init_globals={"snakemake": task})


def write_study(folder, tables, study, costs):
    """Tables as files, then every figure and the page, with `folder` to work in; returns the path of the page."""
    with contextlib.chdir(folder):
        write_files(Path("results"), tables, study, costs)
    return folder / "results" / "report.html"


def write_files(folder, tables, study, costs):
    """Tables, figures and page below `folder`."""
    tables_of = {}
    frames = vars(tables) | planted_topics(tables.settling_runs, tables.adaptation)
    for name, frame in frames.items():
        tables_of[name] = str(folder / "analysis" / f"{name}.parquet")
        write_table(
            tables_of[name], pa.Table.from_pandas(frame, preserve_index=False), Provenance(name, "s.py", "1" * 32)
        )
    rows = [(c, s, 9, 300 + (s == "b"), 20, 10, 320, 99) for c in study["corpora"] for s in ("a", "b", "heldout")]
    columns = ["corpus", "sample", "documents", "words", "placeholders", "unknown", "tokens", "types"]
    extra = {"summary": pa.Table.from_pandas(pd.DataFrame(rows, columns=columns), preserve_index=False)}
    fates = [("extraction", "empty", 0), ("extraction", "kept", 40), ("extraction", "redirect", 7)]
    fates += [("duplicates", "near duplicate", 1), ("duplicates", "same text", 2)]
    rows = [(corpus, source, *fate) for corpus, (source,) in study["corpora"].items() for fate in fates]
    columns = ["corpus", "source", "step", "reason", "documents"]
    extra["corpora"] = pa.Table.from_pandas(pd.DataFrame(rows, columns=columns), preserve_index=False)
    ids = tables.comparison["id"].to_numpy(np.int32)
    rows = [
        pd.DataFrame({"corpus": corpus, "sample": sample, "id": ids, "count": np.arange(len(ids), 0, -1)})
        for corpus in study["corpora"]
        for sample in ("a", "b")
    ]
    extra["counts"] = pa.Table.from_pandas(pd.concat(rows), preserve_index=False)
    for name, table in extra.items():
        tables_of[name] = str(folder / f"{name}.parquet")
        write_table(tables_of[name], table, Provenance(name, "s.py", "1" * 32))
    families = {name: settings["family"] for name, settings in study["models"].items()}
    looks = {"families": families, "corpora": list(study["corpora"])}
    for family, needs in DRAWN.items():
        names = FIGURES_OF.get(family, (family,))
        own = {"method": "spearman"} if family in ("headline", "arms", "curve", "sweeps") else {}
        outputs = [str(folder / "figures" / f"{name}.{kind}") for name in names for kind in ("svg", "png", "csv")]
        asked = {name.removeprefix("adaptation_"): tables_of[name] for name in needs}
        run_script(f"draw_{family}", Files(**asked), outputs, **looks, **own)
    timed = [name for name in families for _ in study["seeds"]]
    timings = [str(folder / f"{number}.json") for number in range(len(timed))]
    for number, path in enumerate(timings):
        Path(path).write_text(json.dumps({"seconds": number + 0.5, "tokens_per_second": 20000.0}))
    write_costs(folder / "cost.json", costs)
    drawn = [str(folder / "figures" / f"cost.{kind}") for kind in ("svg", "png", "csv")]
    run_script("draw_cost", Files(cost=str(folder / "cost.json")), drawn)
    given = [str(folder / "figures" / f"{name}.svg") for name in FIGURES if name not in ("rules", "cost")]
    drawn = [str(folder / "figures" / f"rules.{kind}") for kind in ("svg", "png", "csv")]
    run_script("draw_rules", Files(figures=given), drawn)
    for name, seconds, memory in (
        ("models/train_glove/wiki", 2.5, 300),
        ("models/train_glove/x", 4, "NA"),
        ("old/x", 9, 9),
    ):
        path = folder / "benchmarks" / f"{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(BENCHMARK.format(seconds=seconds, memory=memory))
    written = [
        {"kind": "sample", "probe": "", "number": n, "prompt": p, "text": f"{p} <b>{n}</b>", "bits": 5.5}
        for n, p in enumerate(["the", "the", "i"], start=1)
    ]
    gap = {"kind": "filled", "number": 1, "text": "x & y [MASK] z", "truth": "sun"}
    filled = [
        gap | {"probe": probe, "fill": fill, "rank": rank, "probability": 0.4 / rank}
        for probe in study["corpora"]
        for rank, fill in ((1, "moon"), (2, "<unk>"), (7, "sun"))
    ]
    examples = []
    for corpus in study["corpora"]:
        for model, rows in (("gpt", written), ("bert", filled)):
            examples.append(str(folder / f"{corpus}.{model}.examples.parquet"))
            write_table(examples[-1], example_table(rows), Provenance("read", "s.py", "1" * 32))
    weights = [str(folder / f"{name}.safetensors") for name in families]
    for path in weights:
        write_tensors(path, {"centre": np.zeros((10, 4), np.float32)}, Provenance("train", "s.py", "1" * 32))
    templates = WORKFLOW / "wordspaces" / "report" / "templates"
    names = ("components", "stability", "reliability", "neighbours", "probes", "perplexity", "dynamics")
    names += ("summary", "comparison", "corpora", "rsa", "cells", "map")
    names += ("word_neighbours", "word_agreement", "word_course", "pair_course", "counts", "trajectories")
    inputs = Files(
        **{name: tables_of[name] for name in (*names, *TOPICS)},
        weights=weights,
        cost=str(folder / "cost.json"),
        timings=timings,
        examples=examples,
        figures=[str(folder / "figures" / f"{name}.svg") for name in FIGURES],
        captions=[str(WORKFLOW / "report" / f"{name}.rst") for name in FIGURES],
        looks=sorted(str(path) for path in templates.rglob("*.*")),
    )
    run_script(
        "write_report",
        inputs,
        Named(page=str(folder / "report.html")),
        study=study,
        examples=[[corpus, model] for corpus in study["corpora"] for model in ("gpt", "bert")],
        analysis={
            "components": {"confidence": 0.95},
            "stability": {"k": 5},
            "neighbours": {"least_count": 10},
            "explorer": {"k": 3},
            "probes": {"contextual_layer": 1, "confidence": 0.95, "power": 0.8},
        },
        sources={"leads": {"what": "leads of articles & more", "licence": "CC BY-SA 4.0"}},
        method="spearman",
        benchmarks=str(folder / "benchmarks"),
        rules=["train_glove", "write_report"],
        timed=timed,
        samples=["a", "b"],
        shards=[[corpus, source] for corpus, (source,) in study["corpora"].items()],
    )
