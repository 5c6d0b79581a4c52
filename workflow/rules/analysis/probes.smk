# probes: what spaces know.
#   probes  human ratings, analogies


rule run_probes:
    input:
        spaces=run_files("spaces", ".parquet"),
        snapshots=run_files("models", "snapshots.safetensors", LEARNERS),
        counts=f"{STUDY}/tokens/counts.parquet",
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
        comparison=COMPARISON,
        wordsim=probe_list("wordsim353"),
        simlex=probe_list("simlex999"),
        analogies=probe_list("analogies"),
    output:
        table=f"{ANALYSIS}/probes.parquet",
        csv=f"{ANALYSIS}/probes.csv",
    log:
        f"{LOGS}/analysis/run_probes.log",
    benchmark:
        f"{BENCHMARKS}/analysis/run_probes.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_spaces(4000),
        runtime=240,
    params:
        **code_of("run_probes"),
        runs=RUNS,
        learners=runs_of(LEARNERS),
        probes=study_settings.compose(ProbeSettings),
    script:
        "../../scripts/run_probes.py"
