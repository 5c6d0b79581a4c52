# spaces: takes weights (and held-out tokens for contextual models), makes word x vector tables.
#   spaces/{corpus}/{sample}/{model}/seed{seed}.parquet                the vectors of every space of the run; of runs on
#                                                                      other samples, and of arms, input vectors alone
#   spaces/{corpus}/{sample}/{model}/seed{seed}.probabilities.parquet  GPT, BERT: -log2 P of held-out tokens
#   spaces/{corpus}/{sample}/{model}/seed{seed}.occurrences.parquet    GPT, BERT: single occurrences of listed and drawn words
#   spaces/{corpus}/{sample}/{model}/seed{seed}.sentences.parquet      GPT, BERT: every word of some sentences
#   spaces/{corpus}/{sample}/{model}/seed{seed}.examples.parquet       GPT: text it writes; BERT: gaps it fills
#   spaces/external/{external}.parquet                                 vectors that others trained, as the study lists them

SPACES = f"{STUDY}/spaces/{RUN}"


rule extract_static_space:
    input:
        weights=f"{MODELS}/weights.safetensors",
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
    output:
        space=f"{SPACES}.parquet",
    log:
        f"{LOGS}/spaces/{RUN}.log",
    benchmark:
        f"{BENCHMARKS}/spaces/extract_static_space/{RUN}.tsv"
    wildcard_constraints:
        model=family_variants(*STATIC_FAMILIES),
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(30),
    params:
        **code_of("extract_static_space"),
        family=family_of,
        add_context=adds_context,
    script:
        "../scripts/extract_static_space.py"


# On request: `snakemake results/<study>/spaces/wiki/a/skipgram/seed1.vectors.bin`.
rule export_vectors:
    input:
        weights=f"{MODELS}/weights.safetensors",
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
    output:
        text=f"{SPACES}.vectors.txt",
        binary=f"{SPACES}.vectors.bin",
    log:
        f"{LOGS}/spaces/{RUN}.vectors.log",
    benchmark:
        f"{BENCHMARKS}/spaces/export_vectors/{RUN}.tsv"
    wildcard_constraints:
        model=family_variants(*STATIC_FAMILIES),
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(30),
    params:
        **code_of("export_vectors"),
        family=family_of,
        add_context=adds_context,
    script:
        "../scripts/export_vectors.py"


# Every contextual encoder reads the held-out text of every corpus: "trained on" and "read on" are separate.
rule extract_contextual_space:
    input:
        weights=f"{MODELS}/weights.safetensors",
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
        entries=vocabulary_of,
        heldout=probe_shards,
        spellings=spellings_of,
    output:
        space=f"{SPACES}.parquet",
        probabilities=f"{SPACES}.probabilities.parquet",
        occurrences=f"{SPACES}.occurrences.parquet",
        sentences=f"{SPACES}.sentences.parquet",
        examples=f"{SPACES}.examples.parquet",
    log:
        f"{LOGS}/spaces/{RUN}.log",
    benchmark:
        f"{BENCHMARKS}/spaces/extract_contextual_space/{RUN}.tsv"
    wildcard_constraints:
        model=family_variants(*TRANSFORMERS, among=READ_VARIANTS),
        sample="|".join(SAMPLES),
    group:
        brief("contextual_spaces", reading_minutes)
    conda:
        environment_of
    threads: 1
    resources:
        mem_mb=growing(with_layers(2000)),
        runtime=growing(reading_minutes),
        gpu=GPUS,
        slurm_partition=place_of(GPUS, "gpu_partition", "slurm_partition"),
        gpu_model=place_of(GPUS, "gpu_type"),
    params:
        **code_of("extract_contextual_space"),
        variant=variant_settings,
        probes=[list(shard) for shard in corpus_shards()],
        contextual=reading_of,
        algorithm=algorithm_of,
    script:
        "../scripts/extract_contextual_space.py"


# Trainings that tell where the variance comes from are compared by their input vectors; reading them would take longer.
rule extract_input_space:
    input:
        weights=f"{MODELS}/weights.safetensors",
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
        spellings=spellings_of,
    output:
        space=f"{SPACES}.parquet",
    log:
        f"{LOGS}/spaces/{RUN}.log",
    benchmark:
        f"{BENCHMARKS}/spaces/extract_input_space/{RUN}.tsv"
    wildcard_constraints:
        model=family_variants(*TRANSFORMERS),
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(30),
    params:
        **code_of("extract_input_space"),
        tokeniser=tokeniser_of,
    script:
        "../scripts/extract_input_space.py"


# Both can make the vectors of a run of the study itself.
ruleorder: extract_contextual_space > extract_input_space


rule read_external_space:
    input:
        files=external_files,
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
    output:
        space=f"{STUDY}/spaces/external/{{external}}.parquet",
    log:
        f"{LOGS}/spaces/external/{{external}}.log",
    benchmark:
        f"{BENCHMARKS}/spaces/external/{{external}}.tsv"
    wildcard_constraints:
        external="|".join(EXTERNAL) or "(?!)",
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        **code_of("read_external_space"),
        external=external_setting,
    script:
        "../scripts/read_external_space.py"
