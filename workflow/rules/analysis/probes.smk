# probes: what spaces know.
#   probes, probe_means  human ratings and analogies, run by run and over runs
#   contextual           what context does to the vectors of GPT and BERT, layer by layer
#   senses, occurrences  listed words, occurrence by occurrence

PROBES = PART.probes


rule run_probes:
    input:
        spaces=run_files("spaces", ".parquet"),
        snapshots=run_files("models", "snapshots.safetensors", LEARNERS),
        counts=f"{STUDY}/tokens/counts.parquet",
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
        comparison=COMPARISON,
        ratings=[
            probe_list("wordsim353"),
            probe_list("simlex999"),
            *PROBES.ratings.values(),
        ],
        analogies=[probe_list("analogies"), *PROBES.analogies.values()],
    output:
        table=f"{ANALYSIS}/probes.parquet",
        csv=f"{ANALYSIS}/probes.csv",
        means=f"{ANALYSIS}/probe_means.parquet",
        means_csv=f"{ANALYSIS}/probe_means.csv",
    log:
        f"{LOGS}/analysis/run_probes.log",
    benchmark:
        f"{BENCHMARKS}/analysis/run_probes.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("run_probes"),
        runs=RUNS,
        learners=runs_of(LEARNERS),
        probes=study_settings.compose(
            ProbeSettings, draws=PROBES.draws, bootstrap_seed=PROBES.bootstrap_seed
        ),
        lists={
            "ratings": ["wordsim", "simlex", *PROBES.ratings],
            "analogies": ["analogies", *PROBES.analogies],
        },
    script:
        "../../scripts/run_probes.py"


rule measure_contextual:
    input:
        occurrences=run_files("spaces", ".occurrences.parquet", TRANSFORMERS),
        sentences=run_files("spaces", ".sentences.parquet", TRANSFORMERS),
    output:
        table=f"{ANALYSIS}/contextual.parquet",
        csv=f"{ANALYSIS}/contextual.csv",
    log:
        f"{LOGS}/analysis/measure_contextual.log",
    benchmark:
        f"{BENCHMARKS}/analysis/measure_contextual.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        **code_of("measure_contextual"),
        runs=runs_of(TRANSFORMERS),
        contextual=PART.contextual.model_dump(mode="json"),
    script:
        "../../scripts/measure_contextual.py"


rule describe_occurrences:
    input:
        occurrences=run_files("spaces", ".occurrences.parquet", TRANSFORMERS),
        spaces=run_files("spaces", ".parquet", TRANSFORMERS),
    output:
        table=f"{ANALYSIS}/senses.parquet",
        csv=f"{ANALYSIS}/senses.csv",
        occurrences=f"{ANALYSIS}/occurrences.parquet",
        occurrences_csv=f"{ANALYSIS}/occurrences.csv",
    log:
        f"{LOGS}/analysis/describe_occurrences.log",
    benchmark:
        f"{BENCHMARKS}/analysis/describe_occurrences.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        **code_of("describe_occurrences"),
        runs=runs_of(TRANSFORMERS),
        probes=list(CORPORA),
        senses=study_settings.compose(
            SenseSettings,
            words=study_settings.spaces.occurrences.words,
            layer=PART.contextual_layer,
        ),
    script:
        "../../scripts/describe_occurrences.py"
