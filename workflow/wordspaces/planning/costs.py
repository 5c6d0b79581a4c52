"""What a job of each rule is expected to take, in closed form: seconds, bytes it writes, memory.

Rates are those of `measured`; a rule without a form here is expected to take the start of a job, and is told apart.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from wordspaces.models.cost.settings import CostSettings
from wordspaces.models.transformer.cost import parameter_count
from wordspaces.planning import measured, requests
from wordspaces.planning.jobs import Job
from wordspaces.planning.tables import TABLE_RULES, table_cost
from wordspaces.planning.workload import Workload

Wildcards = Mapping[str, str]
DUPLICATE_KEYS = 3
"""Keys of a document beside its bands: identity, text, title."""


class Cost(NamedTuple):
    """What a job is expected to take: seconds while it runs, bytes that it writes, most memory in MB."""

    seconds: float
    bytes: float
    megabytes: float


class Form(NamedTuple):
    """Seconds to start a job of a rule, and its seconds and bytes beyond."""

    start: measured.Measured
    of: Callable[[Workload, Wildcards], tuple[float, float]]


def expected(work: Workload, job: Job) -> Cost:
    """Cost of one job."""
    grows = growing_megabytes(work, job)
    megabytes = measured.MEGABYTES.get(job.rule, measured.OTHER_MEGABYTES.value) + grows
    if job.rule in FORMS:
        form = FORMS[job.rule]
        seconds, size = form.of(work, job.wildcards)
        return Cost(form.start.value + seconds, size, megabytes)
    seconds, size = table_cost(work, job.rule)
    return Cost(seconds, size, megabytes)


def known(rule: str) -> bool:
    """Whether a rule has a form of its own."""
    return rule in FORMS or rule in TABLE_RULES


def growing_megabytes(work: Workload, job: Job) -> float:
    """Memory that grows with the study, by the forms with which the rules ask for it."""
    settings = work.variants.get(job.wildcards.get("model", ""))
    if job.rule in VARIANT_MEMORY and settings is not None:
        return VARIANT_MEMORY[job.rule](work, settings)
    if job.rule in PAIR_MEMORY:
        return requests.pairs_memory(work, PAIR_MEMORY[job.rule])
    if job.rule == "score_trigram":
        return 150 * work.millions
    factor = {"scale_map": 4}.get(job.rule, int(job.rule in TABLE_RULES and TABLE_RULES[job.rule].driver == "pairs"))
    return factor * requests.comparison_memory(work)


def _fetch(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    source = work.sources[wildcards["source"]]
    size = source.bytes / len(source.where.names())
    return size / measured.DOWNLOAD.value, size


def _extract(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    text = work.texts[wildcards["shard"]]
    return text.characters / measured.FORMATS[text.format].rate, text.characters * measured.DOCUMENT_BYTES.value


def _fingerprint(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    text = work.texts[wildcards["shard"]]
    rate = measured.TWEETS if text.tweets else measured.ARTICLES
    return text.characters / rate.value, text.documents * measured.FINGERPRINT_BYTES.value


def _duplicates(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    documents = sum(work.texts[shard].documents for shard in work.shards_of(wildcards["corpus"]))
    keys = work.study.corpus.duplicates.bands + DUPLICATE_KEYS if work.study.corpus.duplicates.near else DUPLICATE_KEYS
    return documents * keys / measured.DUPLICATES.value, 0.6 * documents


def _normalise(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    characters = work.texts[wildcards["shard"]].characters
    return characters / measured.NORMALISED.value, characters * measured.NORMALISED_BYTES.value


def _all_characters(work: Workload) -> float:
    return sum(text.characters for text in work.texts.values())


def _select(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    return _all_characters(work) / measured.SCANNED.value, 2e5


def _types(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    characters = work.texts[wildcards["shard"]].characters
    return characters / measured.SCANNED.value, measured.TYPE_BYTES.value * characters**0.5 * min(
        characters, 3e6
    ) ** 0.5


def _encode(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    tokens = work.tokens_in(wildcards["sample"]) * work.share_of(wildcards["corpus"], wildcards["shard"])
    read = work.texts[wildcards["shard"]].characters
    return read / measured.SCANNED.value, tokens * measured.TOKEN_BYTES.value


def _encode_pieces(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    seconds, size = _encode(work, wildcards)
    tokens = size / measured.TOKEN_BYTES.value
    return seconds + tokens / measured.WORDS.value / measured.PIECES.value, 1.3 * size


def _tokeniser(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    learnt = min(work.study.tokens.pieces[wildcards["tokeniser"]].characters, _all_characters(work))
    return learnt / measured.PIECES.value + _all_characters(work) / measured.SCANNED.value, 1e6


def _cooccurrence(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    share = work.share_of(wildcards["corpus"], wildcards["shard"])
    tokens = work.tokens_in(wildcards["sample"]) * share
    wider = work.study.cooccurrence.window / 5
    pairs = work.pairs(share * work.words_in(wildcards["sample"]))
    return wider * tokens / measured.COUNTED.value, pairs * measured.PAIR_BYTES.value


def _merge(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    words, corpus = work.words_in(wildcards["sample"]), wildcards["corpus"]
    read = sum(work.pairs(words * work.share_of(corpus, shard)) for shard in work.shards_of(corpus))
    return read / measured.MERGED.value, work.pairs(words) * measured.PAIR_BYTES.value


def _train_static(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    name, settings = wildcards["model"], work.variants[wildcards["model"]]
    words = work.words_in(wildcards["sample"])
    table = 4 * work.vocabulary * settings.dimension
    seconds = requests.static_seconds(work, name, measured.TOKENS.value * words, work.pairs(words))
    if settings.family == "svd":
        return seconds, 2 * table
    kept = settings.snapshots * min(work.vocabulary, settings.snapshot_words)
    seconds += measured.WORD2VEC_TABLE.value * work.vocabulary * settings.dimension
    return seconds, 3 * table + 4 * kept * settings.dimension


def _train_transformer(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    settings = work.variants[wildcards["model"]]
    seconds = requests.transformer_seconds(work, settings, work.tokens_in(wildcards["sample"]))
    compiling = measured.COMPILING.value * settings.compiled
    kept = settings.snapshots * min(work.vocabulary, settings.snapshot_words) + work.vocabulary
    return seconds + compiling, 4 * (parameter_count(settings, work.entries(settings)) + kept * settings.dimension)


def _static_space(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    settings = work.variants[wildcards["model"]]
    size = work.vocabulary * (4.2 * settings.dimension + 24)
    return size / 5e7, size


def _contextual_space(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    settings = work.variants[wildcards["model"]]
    tokens = len(work.study.corpora) * work.tokens_in("heldout")
    vectors = work.vocabulary * 4 * settings.dimension * (1 + 0.45 * (settings.layers + 1))
    single = 3.1e6 * settings.dimension / 64 * (settings.layers + 1) / 3
    return requests.reading_seconds(work, settings), vectors + single + measured.PROBABILITY_BYTES.value * tokens


def _trigram(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    return work.tokens_in(wildcards["sample"]) / 2e6, measured.PROBABILITY_BYTES.value * work.tokens_in("heldout")


def _grid(work: Workload, wildcards: Wildcards) -> tuple[float, float]:
    cost = work.study.cost
    return measured.COST.value * cost.repetitions / CostSettings().repetitions * bool(cost.trainers), 1e5


def _constant(seconds: float = 0.0, size: float = 1e4) -> Callable[[Workload, Wildcards], tuple[float, float]]:
    return lambda work, wildcards: (seconds, size)


FORMS = {
    "fetch_source": Form(measured.START, _fetch),
    "split_source": Form(measured.START, _constant(2.0)),
    **{f"extract_{kind}": Form(measured.START, _extract) for kind in ("dumps", "tweets", "tables")},
    "fingerprint_documents": Form(measured.NUMBA_START, _fingerprint),
    "find_duplicates": Form(measured.START, _duplicates),
    "summarise_corpora": Form(measured.START, _constant()),
    "normalise_documents": Form(measured.NUMBA_START, _normalise),
    "select_documents": Form(measured.START, _select),
    "count_types": Form(measured.START, _types),
    "build_vocabulary": Form(measured.START, _constant(size=1e5)),
    "encode_sample": Form(measured.START, _encode),
    "count_tokens": Form(measured.START, _constant(size=3e5)),
    "train_tokeniser": Form(measured.START, _tokeniser),
    "encode_pieces": Form(measured.START, _encode_pieces),
    "count_cooccurrence": Form(measured.NUMBA_START, _cooccurrence),
    "merge_cooccurrence": Form(measured.NUMBA_START, _merge),
    **{f"train_{kind}": Form(measured.NUMBA_START, _train_static) for kind in ("word2vec", "glove", "contrastive")},
    "train_svd": Form(measured.NUMBA_START, _train_static),
    "train_transformer": Form(measured.TORCH_START, _train_transformer),
    "measure_cost": Form(measured.START, _grid),
    "extract_static_space": Form(measured.START, _static_space),
    "extract_input_space": Form(measured.START, _static_space),
    "extract_contextual_space": Form(measured.TORCH_START, _contextual_space),
    "score_trigram": Form(measured.START, _trigram),
}
VARIANT_MEMORY = {
    "train_word2vec": requests.word2vec_memory,
    "train_contrastive": requests.contrastive_memory,
    "train_transformer": requests.transformer_memory,
    "extract_contextual_space": requests.reading_memory,
}
PAIR_MEMORY = {"train_glove": 48, "train_svd": 48, "measure_dimension": 120, "fit_model_rdms": 40}
