# tokens: takes documents, makes the same evidence for every model: one normaliser, one vocabulary, samples of one size.
#   tokens/{corpus}/{shard}.normalised.parquet      sentences of tokens
#   tokens/samples, border .parquet                 which documents each sample has; sizes matched over corpora
#   tokens/{corpus}/{shard}.types.parquet           how often each token stands in the training documents
#   tokens/vocabulary.parquet                       one vocabulary for all corpora
#   tokens/{corpus}/{sample}/{shard}.parquet        encoded shards; sample "heldout" is in no training sample
#   tokens/counts, comparison, summary .parquet     counts by cell, the comparison words, sizes
#   tokens/pieces/{tokeniser}/                      a subword tokeniser, its vocabulary and encoded shards

# What says which documents a sample has.
SELECTION = {
    "samples": f"{STUDY}/tokens/samples.parquet",
    "border": f"{STUDY}/tokens/border.parquet",
}
SELECTION_SETTINGS = study_settings.tokens.selection.model_dump(mode="json")


rule normalise_documents:
    input:
        documents=f"{STUDY}/corpus/{{corpus}}/{{shard}}.parquet",
    output:
        normalised=f"{STUDY}/tokens/{{corpus}}/{{shard}}.normalised.parquet",
    log:
        f"{LOGS}/tokens/normalise_documents/{{corpus}}.{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/tokens/normalise_documents/{{corpus}}.{{shard}}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        **code_of("normalise_documents"),
        normaliser=study_settings.tokens.normaliser.model_dump(mode="json"),
    script:
        "../scripts/normalise_documents.py"


rule select_documents:
    input:
        normalised=[
            f"{STUDY}/tokens/{corpus}/{shard}.normalised.parquet"
            for corpus, shard in corpus_shards()
        ],
        duplicates=[f"{STUDY}/corpus/{corpus}/duplicates.parquet" for corpus in CORPORA],
        # Not read, but made first: it refuses a source of which nothing was kept.
        summary=f"{STUDY}/corpus/summary.parquet",
    output:
        **SELECTION,
    log:
        f"{LOGS}/tokens/select_documents.log",
    benchmark:
        f"{BENCHMARKS}/tokens/select_documents.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(240),
    params:
        **code_of("select_documents"),
        shards={corpus: shards_of(corpus) for corpus in CORPORA},
        selection=SELECTION_SETTINGS,
    script:
        "../scripts/select_documents.py"


rule count_types:
    input:
        **SELECTION,
        normalised=f"{STUDY}/tokens/{{corpus}}/{{shard}}.normalised.parquet",
        duplicates=f"{STUDY}/corpus/{{corpus}}/duplicates.parquet",
    output:
        types=f"{STUDY}/tokens/{{corpus}}/{{shard}}.types.parquet",
    log:
        f"{LOGS}/tokens/count_types/{{corpus}}.{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/tokens/count_types/{{corpus}}.{{shard}}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        **code_of("count_types"),
        number=shard_number,
        selection=SELECTION_SETTINGS,
    script:
        "../scripts/count_types.py"


rule build_vocabulary:
    input:
        types=[
            f"{STUDY}/tokens/{corpus}/{shard}.types.parquet"
            for corpus, shard in corpus_shards()
        ],
    output:
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
    log:
        f"{LOGS}/tokens/build_vocabulary.log",
    benchmark:
        f"{BENCHMARKS}/tokens/build_vocabulary.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        **code_of("build_vocabulary"),
        vocabulary=study_settings.tokens.vocabulary.model_dump(mode="json"),
    script:
        "../scripts/build_vocabulary.py"


rule encode_sample:
    input:
        **SELECTION,
        normalised=f"{STUDY}/tokens/{{corpus}}/{{shard}}.normalised.parquet",
        duplicates=f"{STUDY}/corpus/{{corpus}}/duplicates.parquet",
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
    output:
        encoded=f"{STUDY}/tokens/{{corpus}}/{{sample}}/{{shard}}.parquet",
    log:
        f"{LOGS}/tokens/encode_sample/{{corpus}}.{{sample}}.{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/tokens/encode_sample/{{corpus}}.{{sample}}.{{shard}}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        **code_of("encode_sample"),
        number=shard_number,
        selection=SELECTION_SETTINGS,
    script:
        "../scripts/encode_sample.py"


rule count_tokens:
    input:
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
        encoded=[
            f"{STUDY}/tokens/{corpus}/{sample}/{shard}.parquet"
            for corpus, sample, shard in cells()
        ],
    output:
        counts=f"{STUDY}/tokens/counts.parquet",
        comparison=f"{STUDY}/tokens/comparison.parquet",
        summary=f"{STUDY}/tokens/summary.parquet",
    log:
        f"{LOGS}/tokens/count_tokens.log",
    benchmark:
        f"{BENCHMARKS}/tokens/count_tokens.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        **code_of("count_tokens"),
        cells=cells(),
        comparison=study_settings.tokens.comparison.model_dump(mode="json"),
    script:
        "../scripts/count_tokens.py"


# Subword tokenisers refine the shared words: GPT and BERT may read pieces, word vectors are then pooled from these.
PIECES = f"{STUDY}/tokens/pieces/{{tokeniser}}"


rule train_tokeniser:
    input:
        **SELECTION,
        normalised=[
            f"{STUDY}/tokens/{corpus}/{shard}.normalised.parquet"
            for corpus, shard in corpus_shards()
        ],
        duplicates=[f"{STUDY}/corpus/{corpus}/duplicates.parquet" for corpus in CORPORA],
        words=f"{STUDY}/tokens/vocabulary.parquet",
    output:
        tokeniser=f"{PIECES}/tokeniser.parquet",
        vocabulary=f"{PIECES}/vocabulary.parquet",
        spellings=f"{PIECES}/spellings.parquet",
    log:
        f"{LOGS}/tokens/train_tokeniser/{{tokeniser}}.log",
    benchmark:
        f"{BENCHMARKS}/tokens/train_tokeniser/{{tokeniser}}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        **code_of("train_tokeniser"),
        shards={corpus: shards_of(corpus) for corpus in CORPORA},
        selection=SELECTION_SETTINGS,
        pieces=lambda wildcards: TOKENISERS[wildcards.tokeniser].model_dump(mode="json"),
    script:
        "../scripts/train_tokeniser.py"


rule encode_pieces:
    input:
        **SELECTION,
        normalised=f"{STUDY}/tokens/{{corpus}}/{{shard}}.normalised.parquet",
        duplicates=f"{STUDY}/corpus/{{corpus}}/duplicates.parquet",
        words=f"{STUDY}/tokens/vocabulary.parquet",
        tokeniser=f"{PIECES}/tokeniser.parquet",
    output:
        encoded=f"{PIECES}/{{corpus}}/{{sample}}/{{shard}}.parquet",
    log:
        f"{LOGS}/tokens/encode_pieces/{{tokeniser}}.{{corpus}}.{{sample}}.{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/tokens/encode_pieces/{{tokeniser}}.{{corpus}}.{{sample}}.{{shard}}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        **code_of("encode_pieces"),
        number=shard_number,
        selection=SELECTION_SETTINGS,
    script:
        "../scripts/encode_pieces.py"
