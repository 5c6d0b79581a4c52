# dynamics: how spaces form.
#   dynamics  measures of every snapshot    trajectories  cosines of listed pairs


rule follow_dynamics:
    input:
        snapshots=run_files("models", "snapshots.safetensors", LEARNERS),
        logs=run_files("models", "log.parquet", LEARNERS),
        comparison=COMPARISON,
    output:
        table=f"{ANALYSIS}/dynamics.parquet",
        csv=f"{ANALYSIS}/dynamics.csv",
        trajectories=f"{ANALYSIS}/trajectories.parquet",
        trajectories_csv=f"{ANALYSIS}/trajectories.csv",
    log:
        f"{LOGS}/analysis/follow_dynamics.log",
    benchmark:
        f"{BENCHMARKS}/analysis/follow_dynamics.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_spaces(4000),
        runtime=240,
    params:
        **code_of("follow_dynamics"),
        runs=runs_of(LEARNERS),
        dynamics=PART.dynamics.model_dump(mode="json"),
    script:
        "../../scripts/follow_dynamics.py"
