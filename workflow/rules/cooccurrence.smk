# cooccurrence: takes encoded shards of a sample, makes its sparse co-occurrence matrix X.
#   cooccurrence/{corpus}/{sample}/{shard}.parquet   exact integer weights of one shard
#   cooccurrence/{corpus}/{sample}.parquet            their sum, as counts

COOCCURRENCE = study_settings.cooccurrence.model_dump(mode="json")


# Counts of a sample say which words are frequent enough to be dropped, where the settings drop any.
COUNTS = (
    []
    if study_settings.cooccurrence.subsample is None
    else f"{STUDY}/tokens/counts.parquet"
)


rule count_cooccurrence:
    input:
        encoded=f"{STUDY}/tokens/{{corpus}}/{{sample}}/{{shard}}.parquet",
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
        counts=COUNTS,
    output:
        shard=f"{STUDY}/cooccurrence/{{corpus}}/{{sample}}/{{shard}}.parquet",
    log:
        f"{LOGS}/cooccurrence/count_cooccurrence/{{corpus}}.{{sample}}.{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/cooccurrence/count_cooccurrence/{{corpus}}.{{sample}}.{{shard}}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(3000),
        runtime=growing(60),
    params:
        **code_of("count_cooccurrence"),
        settings=COOCCURRENCE,
    script:
        "../scripts/count_cooccurrence.py"


rule merge_cooccurrence:
    input:
        shards=cooccurrence_shards,
    output:
        matrix=f"{STUDY}/cooccurrence/{{corpus}}/{{sample}}.parquet",
    log:
        f"{LOGS}/cooccurrence/merge_cooccurrence/{{corpus}}.{{sample}}.log",
    benchmark:
        f"{BENCHMARKS}/cooccurrence/merge_cooccurrence/{{corpus}}.{{sample}}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(3000),
        runtime=growing(60),
    params:
        **code_of("merge_cooccurrence"),
        settings=COOCCURRENCE,
    script:
        "../scripts/merge_cooccurrence.py"
