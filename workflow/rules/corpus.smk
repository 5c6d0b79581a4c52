# corpus: takes a source (files from wherever they are published), makes clean documents and marks the duplicates.
#   results/sources/{source}/{file}                             downloads, verified, shared by all studies
#   results/<study>/corpus/{corpus}/{source}.parts.parquet      where the parts of a large file begin and end
#   results/<study>/corpus/{corpus}/{shard}.parquet             documents; .dropped.parquet counts what was left out
#   results/<study>/corpus/{corpus}/{shard}.fingerprints.parquet    what duplicates are found by
#   results/<study>/corpus/{corpus}/duplicates.parquet          documents that stand earlier in the corpus already
#   results/<study>/corpus/summary.parquet                      what became of every record, by source and reason
# A shard is a part of one file, and a job of its own. A source in one part is a shard of the same name.


localrules:
    fetch_source,


rule fetch_source:
    output:
        f"{DOWNLOADS}/{{source}}/{{file}}",
    log:
        f"{DOWNLOADS}/{{source}}/logs/{{file}}.log",
    benchmark:
        f"{DOWNLOADS}/{{source}}/logs/{{file}}.tsv"
    wildcard_constraints:
        file="[^/]+",
    conda:
        "../../envs/fetch.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(1440),
        # Connections; what each host allows stands in the profile.
        wikimedia=connections("wikimedia"),
        archive=connections("archive"),
        huggingface=connections("huggingface"),
        web=connections("web"),
    params:
        entry=file_entry,
    script:
        "../scripts/fetch_source.py"


rule split_source:
    input:
        files=lambda wildcards: source_files(wildcards.source),
        index=source_index,
    output:
        parts=f"{STUDY}/corpus/{{corpus}}/{{source}}.parts.parquet",
    log:
        f"{LOGS}/corpus/split_source/{{corpus}}.{{source}}.log",
    benchmark:
        f"{BENCHMARKS}/corpus/split_source/{{corpus}}.{{source}}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(120),
    params:
        **code_of("split_source"),
        format=lambda wildcards: SOURCES[wildcards.source].format,
        parts=lambda wildcards: SOURCES[wildcards.source].parts,
    script:
        "../scripts/split_source.py"


# One rule for each kind of reader: a change of how tweets are read leaves the dumps alone.
rule extract_dumps:
    input:
        file=shard_file,
        parts=shard_parts,
    output:
        documents=f"{STUDY}/corpus/{{corpus}}/{{shard}}.parquet",
        dropped=f"{STUDY}/corpus/{{corpus}}/{{shard}}.dropped.parquet",
    log:
        f"{LOGS}/corpus/extract_documents/{{corpus}}.{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/corpus/extract_documents/{{corpus}}.{{shard}}.tsv"
    wildcard_constraints:
        shard=shards_in(DUMP_FORMATS),
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(480),
    params:
        **code_of("extract_dumps"),
        place=shard_place,
        format=shard_format,
        reading=shard_reading,
    script:
        "../scripts/extract_dumps.py"


rule extract_tweets:
    input:
        file=shard_file,
        parts=shard_parts,
    output:
        documents=f"{STUDY}/corpus/{{corpus}}/{{shard}}.parquet",
        dropped=f"{STUDY}/corpus/{{corpus}}/{{shard}}.dropped.parquet",
    log:
        f"{LOGS}/corpus/extract_documents/{{corpus}}.{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/corpus/extract_documents/{{corpus}}.{{shard}}.tsv"
    wildcard_constraints:
        shard=shards_in(TWEET_FORMATS),
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(240),
    params:
        **code_of("extract_tweets"),
        place=shard_place,
        format=shard_format,
        reading=shard_reading,
    script:
        "../scripts/extract_tweets.py"


rule extract_tables:
    input:
        file=shard_file,
        parts=shard_parts,
    output:
        documents=f"{STUDY}/corpus/{{corpus}}/{{shard}}.parquet",
        dropped=f"{STUDY}/corpus/{{corpus}}/{{shard}}.dropped.parquet",
    log:
        f"{LOGS}/corpus/extract_documents/{{corpus}}.{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/corpus/extract_documents/{{corpus}}.{{shard}}.tsv"
    wildcard_constraints:
        shard=shards_in(TABLE_FORMATS),
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(240),
    params:
        **code_of("extract_tables"),
        place=shard_place,
        format=shard_format,
        reading=shard_reading,
    script:
        "../scripts/extract_tables.py"


rule fingerprint_documents:
    input:
        documents=f"{STUDY}/corpus/{{corpus}}/{{shard}}.parquet",
    output:
        fingerprints=f"{STUDY}/corpus/{{corpus}}/{{shard}}.fingerprints.parquet",
    log:
        f"{LOGS}/corpus/fingerprint_documents/{{corpus}}.{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/corpus/fingerprint_documents/{{corpus}}.{{shard}}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        **code_of("fingerprint_documents"),
        duplicates=study_settings.corpus.duplicates.model_dump(mode="json"),
    script:
        "../scripts/fingerprint_documents.py"


rule find_duplicates:
    input:
        fingerprints=lambda wildcards: [
            f"{STUDY}/corpus/{wildcards.corpus}/{shard}.fingerprints.parquet"
            for shard in shards_of(wildcards.corpus)
        ],
    output:
        duplicates=f"{STUDY}/corpus/{{corpus}}/duplicates.parquet",
    log:
        f"{LOGS}/corpus/find_duplicates/{{corpus}}.log",
    benchmark:
        f"{BENCHMARKS}/corpus/find_duplicates/{{corpus}}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(720),
    params:
        **code_of("find_duplicates"),
    script:
        "../scripts/find_duplicates.py"


rule summarise_corpora:
    input:
        dropped=[
            f"{STUDY}/corpus/{corpus}/{shard}.dropped.parquet"
            for corpus, shard in corpus_shards()
        ],
        duplicates=[f"{STUDY}/corpus/{corpus}/duplicates.parquet" for corpus in CORPORA],
    output:
        summary=f"{STUDY}/corpus/summary.parquet",
    log:
        f"{LOGS}/corpus/summarise_corpora.log",
    benchmark:
        f"{BENCHMARKS}/corpus/summarise_corpora.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(60),
    params:
        **code_of("summarise_corpora"),
        shards=[[corpus, SHARDS[shard].source] for corpus, shard in corpus_shards()],
    script:
        "../scripts/summarise_corpora.py"
