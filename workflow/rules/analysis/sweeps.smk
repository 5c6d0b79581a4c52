# sweeps: variants over values of one setting.
#   dimension       bias and variance of the geometry against two targets
#   regularisation  growth of norms and quality by strength    norm_growth  the points of the training logs


DIMENSION_RUNS, REGULARISATION_RUNS = map(sweep_runs, ("dimension", "regularisation"))
# All samples of the corpora of a sweep, of which the target is made.
TARGET_CELLS = [
    cell for cell in TRAINING_CELLS if cell[0] in {run[0] for run in DIMENSION_RUNS}
]
# Context counts of the target are smoothed as those of PPMI-SVD, where the study has it.
TARGET_ALPHA = [
    {"ppmi_alpha": settings.alpha}
    for settings in study_settings.models.values()
    if settings.family == "svd"
]


rule measure_dimension:
    input:
        spaces=files_of_runs("spaces", ".parquet", DIMENSION_RUNS),
        cooccurrence=[
            f"{STUDY}/cooccurrence/{corpus}/{sample}.parquet"
            for corpus, sample in TARGET_CELLS
        ],
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
        comparison=COMPARISON,
    output:
        table=f"{ANALYSIS}/dimension.parquet",
        csv=f"{ANALYSIS}/dimension.csv",
    log:
        f"{LOGS}/analysis/measure_dimension.log",
    benchmark:
        f"{BENCHMARKS}/analysis/measure_dimension.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_pairs(4000, 120)),
        runtime=growing(240),
    params:
        **code_of("measure_dimension"),
        runs=DIMENSION_RUNS,
        cells=study_settings.sweep_cells("dimension"),
        matrices=TARGET_CELLS,
        sweeps=swept("dimension"),
        dimension=study_settings.compose(
            DimensionSettings, **next(iter(TARGET_ALPHA), {})
        ),
    script:
        "../../scripts/measure_dimension.py"


rule measure_regularisation:
    input:
        spaces=files_of_runs("spaces", ".parquet", REGULARISATION_RUNS),
        logs=files_of_runs("models", "log.parquet", REGULARISATION_RUNS),
        counts=f"{STUDY}/tokens/counts.parquet",
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
        comparison=COMPARISON,
        wordsim=probe_list("wordsim353"),
        simlex=probe_list("simlex999"),
    output:
        table=f"{ANALYSIS}/regularisation.parquet",
        csv=f"{ANALYSIS}/regularisation.csv",
        growth=f"{ANALYSIS}/norm_growth.parquet",
        growth_csv=f"{ANALYSIS}/norm_growth.csv",
    log:
        f"{LOGS}/analysis/measure_regularisation.log",
    benchmark:
        f"{BENCHMARKS}/analysis/measure_regularisation.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        **code_of("measure_regularisation"),
        runs=REGULARISATION_RUNS,
        cells=study_settings.sweep_cells("regularisation"),
        samples={corpus: SAMPLES for corpus in CORPORA},
        sweeps=swept("regularisation"),
        regularisation=study_settings.compose(RegularisationSettings),
    script:
        "../../scripts/measure_regularisation.py"
