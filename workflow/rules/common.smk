# What every stage needs: the validated study, its paths, its runs, and the digest of the code behind a script.
import math
import os
import re
import sys
from functools import partial
from pathlib import Path

LIBRARY = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(LIBRARY))

from wordspaces.analysis.adaptation.settings import AdaptationSettings
from wordspaces.analysis.explorer.settings import (
    ExploreCourseSettings,
    ExploreNeighbourSettings,
)
from wordspaces.analysis.settings import (
    ArmSettings,
    CellSettings,
    ComponentSettings,
    CurveSettings,
    FollowSettings,
    DimensionSettings,
    GroupSettings,
    InferenceSettings,
    LadderSettings,
    MapSettings,
    ModelRdmSettings,
    ProbeSettings,
    RegularisationSettings,
    RsaSettings,
    StabilityFactorSettings,
    StrataSettings,
)
from wordspaces.analysis.probes.settings import SenseSettings
from wordspaces.common.code import code_digest
from wordspaces.common.errors import StudyError
from wordspaces.corpus.plan import files_of, shards_of_study
from wordspaces.corpus.sources import DUMP_FORMATS, TABLE_FORMATS, TWEET_FORMATS
from wordspaces.corpus.lists import read_sources, source_lists
from planner import after_run
from wordspaces.config import read_study
from wordspaces.planning import requests
from wordspaces.planning.workload import Workload
from wordspaces.sections import LEARNERS, STATIC_FAMILIES, TRANSFORMERS, WORDS

# Jobs inherit these; a script could not set them for itself any more. The library beside this file is the one that
# runs, whatever is installed. Large blocks stay in the process instead of going back to the system at each step:
# without this, training a transformer on a CPU takes half as long again. Compiled kernels lie in a cache that jobs and
# nodes share.
os.environ.update(
    PYTHONPATH=os.pathsep.join(
        [str(LIBRARY), *filter(None, [os.getenv("PYTHONPATH")])]
    ),
    MALLOC_MMAP_MAX_="0",
    MALLOC_TRIM_THRESHOLD_="100000000000",
    NUMBA_CACHE_LOCATOR_CLASSES="wordspaces.common.kernelcache.KernelCacheLocator",
)

# A script takes the place of its shell, so that a signal to the job reaches it: a bash before 5.1 would stay in between
# and die of SIGTERM while a training is still saving its state.
shell.prefix("set -euo pipefail; exec ")

CONFIG_FILE = str(workflow.configfiles[-1]) if workflow.configfiles else "config"
try:
    SOURCES = read_sources(source_lists(config, workflow.basedir))
    study_settings = read_study(config, CONFIG_FILE, SOURCES)
    SHARDS = shards_of_study(study_settings.corpora, SOURCES)
except StudyError as refusal:
    sys.exit(f"error: {refusal}")

DOWNLOADS = "results/sources"
STUDY = f"results/{study_settings.study}"
LOGS = f"{STUDY}/logs"
BENCHMARKS = f"{STUDY}/benchmarks"
RUN = "{corpus}/{sample}/{model}/seed{seed}"
CORPORA = study_settings.corpora
SAMPLES = study_settings.samples()
CELLS = study_settings.cells()
TOKENISERS = study_settings.tokens.pieces
VARIANTS = study_settings.variants()
RUNS = study_settings.runs()
ARM_RUNS = study_settings.arm_runs()
CURVE_RUNS = study_settings.curve_runs()
ADAPTED = study_settings.adapted_variants()
ADAPTED_RUNS = study_settings.adapted_runs()
# Variants of GPT and BERT that are read in held-out text: those of arms and sweeps are compared by their input vectors.
READ_VARIANTS = {
    name: settings
    for name, settings in VARIANTS.items()
    if name in study_settings.models or name in ADAPTED
}
EXTERNAL = study_settings.external
PROBE_LISTS = ("wordsim353", "simlex999", "analogies", "parts-of-speech")
SOURCES_OF_STUDY = sorted({name for members in CORPORA.values() for name in members})


def family_variants(*families, among=VARIANTS):
    """Regular expression of the variants of some families, for wildcard constraints; matches nothing if there is none."""
    names = [name for name, settings in among.items() if settings.family in families]
    return "|".join(names) or "(?!)"


CONTRASTIVE = {
    name: study_settings.adaptation.contrastive.model_dump(mode="json")
    for name, (_, _, _, objective) in ADAPTED.items()
    if objective == "contrastive"
}


def trained_variants(*families):
    """Regular expression of the variants of some families that the trainer of their family trains."""
    names = [
        name
        for name, settings in VARIANTS.items()
        if settings.family in families and name not in CONTRASTIVE
    ]
    return "|".join(names) or "(?!)"


def start_of(wildcards):
    """Weights from which a variant starts: those of a finished run on the first sample of its corpus; none for ordinary variants."""
    if wildcards.model not in ADAPTED:
        return []
    _, model, source, _ = ADAPTED[wildcards.model]
    place = f"{source}/{SAMPLES[0]}/{model}/seed{wildcards.seed}"
    return [f"{STUDY}/models/{place}/weights.safetensors"]


wildcard_constraints:
    corpus="|".join(CORPORA),
    sample="|".join(CELLS),
    model="|".join(VARIANTS),
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
GPUS = 1 if DEVICE == "cuda" else 0

# A job that failed is tried again where the profile says so: for want of memory or time, perhaps, so it is given more.
GROWTH = 1.5


def growing(amount):
    """Resource of a job in whole units, a number or a function of its wildcards, half as much again at each attempt."""

    def grown(wildcards, attempt):
        first = amount(wildcards) if callable(amount) else amount
        return math.ceil(first * GROWTH ** (attempt - 1))

    return grown


def place_of(gpus, on_gpu, otherwise=None):
    """Resource for a cluster that jobs with a GPU take from one entry of the profile's default resources, others from
    another; none where the profile has no such entry. gpus : a number, or a function of the wildcards.
    """
    entries = workflow.resource_settings.default_resources or {}

    def place(wildcards):
        number = gpus(wildcards) if callable(gpus) else gpus
        entry = on_gpu if number else otherwise
        return entries[entry].raw if entry and entry in entries else None

    return place


# Connections at once to the hosts of downloads: what Wikimedia allows, and moderation elsewhere. Set here because a
# `--resources` on the command line would put those of a profile aside; `--resources wikimedia=1` still has its say.
CONNECTIONS = {"wikimedia": 2, "archive": 2, "huggingface": 4, "web": 2}
for host, limit in CONNECTIONS.items():
    if host not in workflow.global_resources:
        workflow.register_resource(host, limit)

# What a job asks for grows with the study: floors here and in the rules, the closed forms in the library, where
# `make plan` reads them too. Rates were measured on one core and are taken with a margin of two and more.
WORK = Workload(study_settings, SOURCES, DEVICE)
MILLIONS = WORK.millions


def pair_millions():
    """Distinct pairs in the matrix X of a sample, in millions."""
    return WORK.sample_pairs / 1e6


def with_pairs(megabytes, bytes_per_pair):
    """Memory of a job that holds X."""
    return int(megabytes + requests.pairs_memory(WORK, bytes_per_pair))


def with_spaces(megabytes):
    """Memory of an analysis that holds a dissimilarity of every pair of words in every space."""
    return int(megabytes + requests.comparison_memory(WORK))


def with_variant(form, megabytes):
    """Memory of a job of one variant: a floor, and what grows with its settings."""
    return lambda wildcards: int(megabytes + form(WORK, VARIANTS[wildcards.model]))


with_vectors = partial(with_variant, requests.word2vec_memory)
with_tiles = partial(with_variant, requests.glove_memory)
with_contexts = partial(with_variant, requests.contrastive_memory)
with_layers = partial(with_variant, requests.reading_memory)


def gpus_of(wildcards):
    """GPUs of a Word2Vec or GloVe training: one where the variant asks for it."""
    return int(getattr(VARIANTS[wildcards.model], "device", "cpu") == "cuda")


def environment_of(wildcards):
    """Conda environment of a training, or reading, of a variant: the one with CUDA for those that run on a GPU."""
    settings = VARIANTS[wildcards.model]
    transformer = settings.family in TRANSFORMERS
    device = DEVICE if transformer else getattr(settings, "device", "cpu")
    return f"../../envs/{'gpu' if device == 'cuda' else 'cpu'}.yaml"


def processes_of(wildcards):
    """Processes of a GPT or BERT training, each on a GPU or on a core of its own."""
    return VARIANTS[wildcards.model].processes


def gpus_together(wildcards):
    """GPUs of a GPT or BERT training: one for each of its processes."""
    return GPUS * processes_of(wildcards)


def with_body(megabytes):
    """Memory of a GPT or BERT training, each process of which has the whole model and text."""
    each = with_variant(requests.transformer_memory, megabytes)
    return lambda wildcards: processes_of(wildcards) * each(wildcards)


def training_minutes(wildcards):
    """Time limit of a training."""
    return requests.training_minutes(WORK, wildcards.model)


def reading_minutes(wildcards):
    """Time limit of reading GPT or BERT."""
    return requests.reading_minutes(WORK, VARIANTS[wildcards.model])


def brief(group, minutes):
    """Group of jobs that share a submission to a cluster where they are short, so that none is over before it has begun.

    minutes : time limit, a function of the wildcards. Jobs with a GPU are never grouped.
    """

    def grouped(wildcards):
        short = minutes(wildcards) < requests.BRIEF
        on_cpu = DEVICE == "cpu" and not gpus_of(wildcards)
        return group if short and on_cpu else None

    return grouped


def contrastive_settings(wildcards):
    """Settings of the contrastive objective of a variant."""
    return CONTRASTIVE[wildcards.model]


def variant_settings(wildcards):
    """All settings of a variant, defaults included, as they reach its trainer."""
    settings = VARIANTS[wildcards.model].model_dump(mode="json")
    return settings | ({"device": DEVICE} if settings["family"] in TRANSFORMERS else {})


def source_files(source):
    """Where the files of a source lie: as downloaded, shared by all studies, or where the user has them."""
    return files_of(source, SOURCES[source], DOWNLOADS)


def downloads_of(source):
    """Files that have to be downloaded for a source, the index of a dump with it."""
    where = SOURCES[source].where
    if where.fetcher == "local":
        return []
    indices = [where.index()] if where.fetcher == "wikimedia" else []
    return [f"{DOWNLOADS}/{source}/{name}" for name in [*where.names(), *indices]]


def shards_of(corpus):
    """Names of the shards of a corpus, in the order in which they are read."""
    return [name for name, shard in SHARDS.items() if shard.source in CORPORA[corpus]]


def corpus_shards():
    """Every (corpus, shard) of the study, in the order of the configuration."""
    return [(corpus, shard) for corpus in CORPORA for shard in shards_of(corpus)]


def shard_number(wildcards):
    """Number of a shard in its corpus."""
    return shards_of(wildcards.corpus).index(wildcards.shard)


def shards_in(formats):
    """Regular expression of the shards of some formats; matches nothing if there is none."""
    names = [
        name
        for name, shard in SHARDS.items()
        if SOURCES[shard.source].format in formats
    ]
    return "|".join(map(re.escape, names)) or "(?!)"


def token_folder(model):
    """Folder of the encoded samples that a variant trains on: words, or the pieces of its tokeniser."""
    settings = VARIANTS[model] if model else None
    tokeniser = getattr(settings, "tokeniser", WORDS)
    words = f"{STUDY}/tokens"
    return words if tokeniser == WORDS else f"{words}/pieces/{tokeniser}"


def vocabulary_of(wildcards):
    """The vocabulary of a variant: the shared words, or the pieces of its tokeniser."""
    return f"{token_folder(wildcards.model)}/vocabulary.parquet"


def spellings_of(wildcards):
    """The pieces of every shared word, for a variant that reads pieces."""
    folder = token_folder(wildcards.model)
    words = VARIANTS[wildcards.model].tokeniser == WORDS
    return [] if words else [f"{folder}/spellings.parquet"]


def probe_shards(wildcards):
    """Encoded held-out shards of every corpus, in what the variant reads."""
    folder = token_folder(wildcards.model)
    return [
        f"{folder}/{corpus}/heldout/{shard}.parquet"
        for corpus, shard in corpus_shards()
    ]


def token_shards(wildcards):
    """Encoded shards of one training sample, for the variant where there is one."""
    folder = token_folder(getattr(wildcards, "model", None))
    corpus, sample = wildcards.corpus, wildcards.sample
    return [
        f"{folder}/{corpus}/{sample}/{shard}.parquet" for shard in shards_of(corpus)
    ]


def heldout_shards(wildcards):
    """Encoded shards of the held-out documents of one corpus, for the variant where there is one."""
    folder = token_folder(getattr(wildcards, "model", None))
    corpus = wildcards.corpus
    return [f"{folder}/{corpus}/heldout/{shard}.parquet" for shard in shards_of(corpus)]


def files_of_runs(stage, name, runs):
    """One file of each of some training runs, parallel to `runs`; a name that begins with a dot is a suffix."""
    join = "" if name.startswith(".") else "/"
    return [
        f"{STUDY}/{stage}/{corpus}/{sample}/{model}/seed{seed}{join}{name}"
        for corpus, sample, model, family, seed in runs
    ]


def run_files(stage, name, families=None):
    """One file of each of the study's own training runs (of some families), parallel to `runs_of`."""
    return files_of_runs(stage, name, runs_of(families))


def sweep_runs(measure):
    """Runs of the sweeps with one measure, each once: the study's own, and those that are trained for them."""
    cells = study_settings.sweep_cells(measure)
    return [list(run) for run in dict.fromkeys(tuple(cell[2:]) for cell in cells)]


def swept(measure):
    """What each sweep with one measure is of."""
    return {
        name: {"model": sweep.model, "setting": sweep.setting}
        for name, sweep in study_settings.sweeps.items()
        if sweep.measured == measure
    }


def runs_of(families=None):
    """Training runs (of some families) as [corpus, sample, model, family, seed]."""
    return [run for run in RUNS if families is None or run[3] in families]


def reading_of(wildcards):
    """How a variant is read; what is asked of the other family, or of pieces alone, reruns nothing."""
    reading = study_settings.spaces.model_dump(mode="json")
    family = VARIANTS[wildcards.model].family
    others = {"gpt": ["pseudo_tokens", "filled"], "bert": ["samples"]}[family]
    words = algorithm_of(wildcards) == ""
    return {
        key: value
        for key, value in reading.items()
        if key not in others and not (words and key == "pieces")
    }


def algorithm_of(wildcards):
    """Algorithm of the tokeniser of a variant; "" for a variant that reads words."""
    tokeniser = VARIANTS[wildcards.model].tokeniser
    return "" if tokeniser == WORDS else TOKENISERS[tokeniser].algorithm


def file_entry(wildcards):
    """What identifies a download: where this one file comes from, so that no other change repeats it."""
    return SOURCES[wildcards.source].where.entry(wildcards.file)


def source_index(wildcards):
    """The index of a source whose files have one."""
    where = SOURCES[wildcards.source].where
    indexed = where.fetcher == "wikimedia"
    return [f"{DOWNLOADS}/{wildcards.source}/{where.index()}"] if indexed else []


def shard_file(wildcards):
    """The file that a shard is, where it is not a part of one (see `extract_shard`)."""
    shard = SHARDS[wildcards.shard]
    whole = SOURCES[shard.source].parts == 1
    return [source_files(shard.source)[shard.file]] if whole else []


def shard_parts(wildcards):
    """The table of parts, where the source is cut into several."""
    source = SHARDS[wildcards.shard].source
    parts = f"{STUDY}/corpus/{wildcards.corpus}/{source}.parts.parquet"
    return [parts] if SOURCES[source].parts > 1 else []


def shard_place(wildcards):
    """File and part of a shard, and what comes before the numbers of its documents."""
    shard = SHARDS[wildcards.shard]
    files = source_files(shard.source)
    prefix = SOURCES[shard.source].prefix(shard.source, shard.file, len(files))
    place = {"prefix": prefix, "file": shard.file, "part": shard.part}
    return place | {"path": files[shard.file]}


def shard_format(wildcards):
    return SOURCES[SHARDS[wildcards.shard].source].format


def shard_reading(wildcards):
    """How a shard is to be read: what its source says, and the limits of the study."""
    source = SOURCES[SHARDS[wildcards.shard].source]
    limits = study_settings.corpus.extraction.model_dump(mode="json")
    return source.reading() | (limits if source.format in DUMP_FORMATS else {})


def connections(host):
    """Resource of a download: one connection to a host, or none of it."""
    return lambda wildcards: int(SOURCES[wildcards.source].where.fetcher == host)


def cells():
    """Every (corpus, sample, shard) of the study, held-out included."""
    return [
        [corpus, sample, shard]
        for corpus in CORPORA
        for sample in CELLS
        for shard in shards_of(corpus)
    ]


def cooccurrence_shards(wildcards):
    return [
        f"{STUDY}/cooccurrence/{wildcards.corpus}/{wildcards.sample}/{shard}.parquet"
        for shard in shards_of(wildcards.corpus)
    ]


def external_files(wildcards):
    """The file of vectors that others trained and, for a matrix, the list of its words."""
    chosen = EXTERNAL[wildcards.external]
    return [chosen.path, *filter(None, [chosen.vocabulary])]


def external_setting(wildcards):
    """How a file of vectors that others trained is read."""
    return EXTERNAL[wildcards.external].model_dump(mode="json")


def tokeniser_of(wildcards):
    """What a variant of GPT or BERT reads: words, or the pieces of a tokeniser of that name."""
    return VARIANTS[wildcards.model].tokeniser


def family_of(wildcards):
    return VARIANTS[wildcards.model].family


def adds_context(wildcards):
    """Whether the vectors of a static variant are the sums of its two tables."""
    return getattr(VARIANTS[wildcards.model], "add_context", False)


def probe_list(name):
    """Where a list of words with human judgements lies."""
    return source_files(name)[0]


def explorer_part(settings, **own):
    """Recipes, what else a job of the explorer is given, and those settings of the section that it has."""
    section = study_settings.analysis.explorer.model_dump(mode="json")
    chosen = {
        key: value for key, value in section.items() if key in settings.model_fields
    }
    return study_settings.compose(settings, **chosen, **own)


def explored_words():
    """Words that the configuration lists for dynamics and neighbours."""
    followed = study_settings.analysis.dynamics
    groups = (
        followed.related + followed.synonyms + followed.unrelated + followed.analogies
    )
    return [
        word for group in groups for word in group
    ] + study_settings.analysis.neighbours.words


FIGURES = f"{STUDY}/figures"
REPORT = f"{workflow.basedir}/workflow/report"
FIGURES_OF = {
    "draw_headline": ("ladder", "components", "matrix"),
    "draw_forming": ("forming", "losses", "trajectories", "norms"),
    "draw_geometry": ("geometry", "phases", "convergence", "settling"),
    "draw_stability": ("stability",),
    "draw_probes": ("probes",),
    "draw_contextual": ("contextual", "occurrences"),
    "draw_perplexity": ("perplexity",),
    "draw_map": ("map",),
    "draw_arms": ("arms",),
    "draw_curve": ("curve",),
    "draw_cost": ("cost",),
    "draw_sweeps": ("dimension", "regularisation"),
    "draw_adaptation": ("adaptation",),
    "draw_rules": ("rules",),
}
# Tables of the analysis that no figure and no section of the page is made from: part of the study all the same.
FURTHER_TABLES = [
    f"{STUDY}/analysis/{name}.parquet"
    for name in (
        "inference",
        "groups",
        "analogy_course",
        "convergence",
        "settling",
    )
]


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
