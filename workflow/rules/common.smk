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
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(LIBRARY), *filter(None, [os.environ.get("PYTHONPATH")])]
)
os.environ["MALLOC_MMAP_MAX_"] = "0"
os.environ["MALLOC_TRIM_THRESHOLD_"] = "100000000000"

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
    if "WORDSPACES_DEVICE" not in os.environ:
        import torch

        found = torch.cuda.is_available()
        os.environ["WORDSPACES_DEVICE"] = "cuda" if found else "cpu"
    return os.environ["WORDSPACES_DEVICE"]


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


def run_files(stage, suffix, families=None):
    """One file of each training run (of some families), parallel to `runs_of`."""
    return [
        f"{STUDY}/{stage}/{corpus}/{sample}/{model}/seed{seed}{suffix}"
        for corpus, sample, model, family, seed in runs_of(families)
    ]


def runs_of(families=None):
    """Training runs (of some families) as [corpus, sample, model, family, seed]."""
    return [run for run in RUNS if families is None or run[3] in families]
