# dynamics: how spaces form.
#   dynamics     measures of every snapshot        trajectories   cosines of listed pairs
#   convergence  agreement with finished spaces    analogy_course listed analogies
#   settling     words in their final place, by frequency; settling_runs: tokens until then


rule follow_dynamics:
    input:
        snapshots=run_files("models", "snapshots.safetensors", LEARNERS),
        logs=run_files("models", "log.parquet", LEARNERS),
        comparison=COMPARISON,
        counts=f"{STUDY}/tokens/counts.parquet",
        analogies=probe_list("analogies"),
        lexicon=probe_list("parts-of-speech"),
        categories=[
            words
            for words in PART.dynamics.categories.values()
            if isinstance(words, str)
        ],
    output:
        dynamics=f"{ANALYSIS}/dynamics.parquet",
        dynamics_csv=f"{ANALYSIS}/dynamics.csv",
        trajectories=f"{ANALYSIS}/trajectories.parquet",
        trajectories_csv=f"{ANALYSIS}/trajectories.csv",
        analogy_course=f"{ANALYSIS}/analogy_course.parquet",
        analogy_course_csv=f"{ANALYSIS}/analogy_course.csv",
        convergence=f"{ANALYSIS}/convergence.parquet",
        convergence_csv=f"{ANALYSIS}/convergence.csv",
        settling=f"{ANALYSIS}/settling.parquet",
        settling_csv=f"{ANALYSIS}/settling.csv",
        settling_runs=f"{ANALYSIS}/settling_runs.parquet",
        settling_runs_csv=f"{ANALYSIS}/settling_runs.csv",
    log:
        f"{LOGS}/analysis/follow_dynamics.log",
    benchmark:
        f"{BENCHMARKS}/analysis/follow_dynamics.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("follow_dynamics"),
        runs=runs_of(LEARNERS),
        dynamics=study_settings.compose(FollowSettings, **PART.dynamics.model_dump()),
    script:
        "../../scripts/follow_dynamics.py"
