# tokens: takes documents, makes the same evidence for every model: one normaliser, one vocabulary, samples of one size.
#   tokens/{corpus}/{source}.normalised.parquet     sentences of tokens
#   tokens/documents.parquet                        which document lies in which sample; sizes matched over corpora
#   tokens/vocabulary.parquet                       one vocabulary for all corpora
#   tokens/{corpus}/{sample}/{source}.parquet       encoded shards; sample "heldout" is in no training sample
#   tokens/counts, comparison, summary .parquet     counts by cell, the comparison words, sizes


rule normalise_documents:
    input:
        documents=f"{STUDY}/corpus/{{corpus}}/{{source}}.parquet",
    output:
        normalised=f"{STUDY}/tokens/{{corpus}}/{{source}}.normalised.parquet",
    log:
        f"{LOGS}/tokens/normalise_documents/{{corpus}}.{{source}}.log",
    benchmark:
        f"{BENCHMARKS}/tokens/normalise_documents/{{corpus}}.{{source}}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        **code_of("normalise_documents"),
    script:
        "../scripts/normalise_documents.py"


rule select_documents:
    input:
        normalised=[
            f"{STUDY}/tokens/{corpus}/{source}.normalised.parquet"
            for corpus, source in corpus_sources()
        ],
        duplicates=[f"{STUDY}/corpus/{corpus}/duplicates.parquet" for corpus in CORPORA],
    output:
        documents=f"{STUDY}/tokens/documents.parquet",
    log:
        f"{LOGS}/tokens/select_documents.log",
    benchmark:
        f"{BENCHMARKS}/tokens/select_documents.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        **code_of("select_documents"),
        corpora=CORPORA,
        selection=study_settings.tokens.selection.model_dump(mode="json"),
    script:
        "../scripts/select_documents.py"


rule build_vocabulary:
    input:
        documents=f"{STUDY}/tokens/documents.parquet",
        normalised=[
            f"{STUDY}/tokens/{corpus}/{source}.normalised.parquet"
            for corpus, source in corpus_sources()
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
        mem_mb=2000,
        runtime=60,
    params:
        **code_of("build_vocabulary"),
        corpora=CORPORA,
        vocabulary=study_settings.tokens.vocabulary.model_dump(mode="json"),
    script:
        "../scripts/build_vocabulary.py"


rule encode_sample:
    input:
        documents=f"{STUDY}/tokens/documents.parquet",
        normalised=f"{STUDY}/tokens/{{corpus}}/{{source}}.normalised.parquet",
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
    output:
        encoded=f"{STUDY}/tokens/{{corpus}}/{{sample}}/{{source}}.parquet",
    log:
        f"{LOGS}/tokens/encode_sample/{{corpus}}.{{sample}}.{{source}}.log",
    benchmark:
        f"{BENCHMARKS}/tokens/encode_sample/{{corpus}}.{{sample}}.{{source}}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        **code_of("encode_sample"),
    script:
        "../scripts/encode_sample.py"


rule count_tokens:
    input:
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
        encoded=[
            f"{STUDY}/tokens/{corpus}/{sample}/{source}.parquet"
            for corpus, sample, source in cells()
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
        mem_mb=2000,
        runtime=60,
    params:
        **code_of("count_tokens"),
        cells=cells(),
        comparison=study_settings.tokens.comparison.model_dump(mode="json"),
    script:
        "../scripts/count_tokens.py"
