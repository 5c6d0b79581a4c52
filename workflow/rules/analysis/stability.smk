# stability: what stays of words and spaces from training to training.
#   stability          measures of every word             reliability  means and RSA by cell
#   stability_factors  what goes with a word's stability  arms         which random stream, or the documents
#   neighbours         of listed words


rule measure_stability:
    input:
        rsa=f"{ANALYSIS}/rsa.parquet",
        spaces=run_files("spaces", ".parquet"),
        comparison=COMPARISON,
    output:
        table=f"{ANALYSIS}/stability.parquet",
        csv=f"{ANALYSIS}/stability.csv",
        reliability=f"{ANALYSIS}/reliability.parquet",
        reliability_csv=f"{ANALYSIS}/reliability.csv",
    log:
        f"{LOGS}/analysis/measure_stability.log",
    benchmark:
        f"{BENCHMARKS}/analysis/measure_stability.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("measure_stability"),
        runs=RUNS,
        stability=PART.stability.model_dump(mode="json"),
    script:
        "../../scripts/measure_stability.py"


rule regress_stability:
    input:
        stability=f"{ANALYSIS}/stability.parquet",
        comparison=COMPARISON,
        lexicon=probe_list("parts-of-speech"),
        cooccurrence=[
            f"{STUDY}/cooccurrence/{corpus}/{sample}.parquet"
            for corpus in CORPORA
            for sample in SAMPLES
        ],
    output:
        table=f"{ANALYSIS}/stability_factors.parquet",
        csv=f"{ANALYSIS}/stability_factors.csv",
    log:
        f"{LOGS}/analysis/regress_stability.log",
    benchmark:
        f"{BENCHMARKS}/analysis/regress_stability.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        **code_of("regress_stability"),
        factors=study_settings.compose(
            StabilityFactorSettings, **PART.factors.model_dump()
        ),
    script:
        "../../scripts/regress_stability.py"


# The study's own runs in which all random streams vary, on every disjoint sample of the corpora of the arms.
SHUFFLED_RUNS = [
    run
    for run in RUNS
    if run[0] in study_settings.arm_corpora() and run[2] in study_settings.arms.models
]


rule split_arms:
    input:
        spaces=files_of_runs("spaces", ".parquet", SHUFFLED_RUNS + ARM_RUNS),
        comparison=COMPARISON,
    output:
        table=f"{ANALYSIS}/arms.parquet",
        csv=f"{ANALYSIS}/arms.csv",
    log:
        f"{LOGS}/analysis/split_arms.log",
    benchmark:
        f"{BENCHMARKS}/analysis/split_arms.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("split_arms"),
        runs=SHUFFLED_RUNS,
        arm_runs=ARM_RUNS,
        arms={
            "models": {
                model: study_settings.arms_of(model)
                for model in study_settings.arms.models
            },
            "base_seed": study_settings.seeds[0],
        },
        split=study_settings.compose(ArmSettings, k=PART.stability.k),
    script:
        "../../scripts/split_arms.py"


rule list_neighbours:
    input:
        spaces=run_files("spaces", ".parquet"),
        counts=f"{STUDY}/tokens/counts.parquet",
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
    output:
        table=f"{ANALYSIS}/neighbours.parquet",
        csv=f"{ANALYSIS}/neighbours.csv",
    log:
        f"{LOGS}/analysis/list_neighbours.log",
    benchmark:
        f"{BENCHMARKS}/analysis/list_neighbours.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("list_neighbours"),
        runs=RUNS,
        neighbours=PART.neighbours.model_dump(mode="json"),
    script:
        "../../scripts/list_neighbours.py"
