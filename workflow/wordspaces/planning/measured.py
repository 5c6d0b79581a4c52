"""Rates and sizes that forecasts and the resources of rules rest on: each with its unit and what it was measured on.

CORE: one core of an AMD EPYC (two of them busy), in the benchmark files and artefacts of the default study. TABLES: the
trainers' own passes on that core over a made text of a million tokens, vocabularies of 8,000 and 50,000, 64 to 768
dimensions. LARGE: what `config/README.md` lists for texts of gigabytes. ASSUMED: not measured.
"""

from typing import NamedTuple

CORE, TABLES, LARGE, ASSUMED = "default study", "passes of trainers", "large texts", "assumed"


class Measured(NamedTuple):
    """A number with its unit and what it was measured on."""

    value: float
    unit: str
    source: str


class Format(NamedTuple):
    """What a file of one format holds: characters of text a byte, characters a document, characters read a second."""

    characters: float
    document: float
    rate: float
    source: str


FORMATS = {
    "mediawiki": Format(0.8, 3100, 3.9e6, LARGE),
    "wikipedia-parquet": Format(1.72, 3100, 7.8e6, LARGE),
    # 10 MB of JSON a second, of which 150 bytes hold a character that is kept.
    "twitter-stream": Format(0.067, 91, 6.7e4, LARGE),
    "sentiment140": Format(1.4, 74, 3.5e6, ASSUMED),
    "orange-tab": Format(0.47, 106, 3.5e6, CORE),
    "crowdflower": Format(0.79, 93, 3.5e6, CORE),
    "summaries": Format(0.75, 487, 1e7, CORE),
    "parquet": Format(1.7, 500, 7.8e6, ASSUMED),
    "json-lines": Format(0.9, 500, 3.5e6, ASSUMED),
    "csv": Format(0.9, 500, 3.5e6, ASSUMED),
    "lines": Format(1.0, 500, 1e7, ASSUMED),
    "paragraphs": Format(1.0, 500, 1e7, ASSUMED),
}

WORDS = Measured(0.155, "words a character", CORE)
KEPT = Measured(0.92, "share of words left after duplicates and short documents", CORE)
TOKENS = Measured(1.1, "tokens, placeholders among them, a word", CORE)
COMPARED = Measured(0.3, "share of the words frequent enough in one corpus that are so in all", CORE)

# Seconds.
DOWNLOAD = Measured(1e7, "bytes/s of one connection", ASSUMED)
NUMBA_START = Measured(1.0, "s, start of a job that loads numba", CORE)
TORCH_START = Measured(2.8, "s, start of a job that loads torch", CORE)
START = Measured(0.4, "s, start of any other job", CORE)
CLUSTER_START = Measured(
    8.0, "s, what a job waits for on Slurm beside its own time", "a Slurm of two nodes on one machine"
)
ARTICLES = Measured(29e6, "characters of articles fingerprinted/s", LARGE)
TWEETS = Measured(17e6, "characters of tweets fingerprinted/s", LARGE)
DUPLICATES = Measured(7.5e5, "documents/s a key", LARGE)
NORMALISED = Measured(6.7e6, "characters/s, writing included", LARGE)
SCANNED = Measured(2e7, "characters of normalised text read/s", ASSUMED)
PIECES = Measured(1e6, "characters/s a tokeniser learns from or cuts", ASSUMED)
COUNTED = Measured(1.5e6, "tokens/s of co-occurrence at a window of 5", CORE)
MERGED = Measured(4e6, "pairs/s merged", CORE)
WORD2VEC = Measured(0.07e-6, "s a token and epoch", TABLES)
WORD2VEC_DIMENSION = Measured(0.0023e-6, "s a token, epoch and dimension, at 5 noise words and a window of 5", TABLES)
WORD2VEC_TABLE = Measured(0.75e-6, "s a word and dimension: initial tables, snapshots, losses, writing", CORE)
FULL_SOFTMAX = Measured(2.5e-10, "s a token, epoch, word of the vocabulary and dimension", ASSUMED)
L2 = Measured(1.8, "times as long with a penalty", CORE)
GLOVE = Measured(0.02e-6, "s a pair and epoch", TABLES)
GLOVE_DIMENSION = Measured(0.00075e-6, "s a pair, epoch and dimension", TABLES)
SVD_PAIR = Measured(7.6e-9, "s a pair and dimension", CORE)
SVD_TABLE = Measured(8.5e-9, "s a word and squared dimension", CORE)
CONTRASTIVE = Measured(0.11e-6, "s a token, epoch and dimension", CORE)
CORE_FLOPS = Measured(4e10, "operations/s of GPT and BERT on a core", CORE)
GPU_FLOPS = Measured(1e13, "operations/s of GPT and BERT on a GPU", ASSUMED)
COMPILING = Measured(60.0, "s, torch compiles the blocks", "config/README.md")
COST = Measured(25.0, "s, the grid over which cost is measured", CORE)

# Bytes.
DOCUMENT_BYTES = Measured(0.39, "bytes of documents a character", CORE)
FINGERPRINT_BYTES = Measured(240.0, "bytes of fingerprints a document", CORE)
NORMALISED_BYTES = Measured(0.43, "bytes of normalised text a character", CORE)
TYPE_BYTES = Measured(0.07, "bytes of counted types a character, while they are few", CORE)
TOKEN_BYTES = Measured(1.6, "bytes of an encoded token", CORE)
PAIR_BYTES = Measured(2.6, "bytes of a pair of X", CORE)
PROBABILITY_BYTES = Measured(6.7, "bytes of a held-out token's probability", CORE)

# Memory: most of any job of the rule in the default study, in MB; what grows with the study comes on top (`requests`).
MEGABYTES = {
    "split_source": 200, "extract_dumps": 160, "extract_tweets": 160, "extract_tables": 160,
    "fingerprint_documents": 300, "find_duplicates": 230, "summarise_corpora": 120,
    "normalise_documents": 360, "select_documents": 150, "count_types": 190, "build_vocabulary": 120,
    "encode_sample": 170, "count_tokens": 160, "train_tokeniser": 1000, "encode_pieces": 300,
    "count_cooccurrence": 280, "merge_cooccurrence": 260,
    "train_word2vec": 370, "train_glove": 310, "train_svd": 250, "train_transformer": 500, "train_contrastive": 260,
    "measure_cost": 1260,
    "extract_static_space": 185, "extract_contextual_space": 590, "extract_input_space": 140,
    "compare_spaces": 600, "climb_ladder": 550, "decompose_variance": 560, "infer_rsa": 680, "compare_groups": 480,
    "summarise_cells": 520, "stratify_rsa": 520, "scale_map": 1350, "fit_model_rdms": 560, "run_probes": 690,
    "write_report": 580,
}  # fmt: skip
OTHER_MEGABYTES = Measured(440, "MB, most of any other job", CORE)
