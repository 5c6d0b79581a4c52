# modelling: model RDMs.
#   model_rdms  what frequency, length, spelling, PPMI and human ratings explain of the spaces of a cell


rule fit_model_rdms:
    input:
        spaces=run_files("spaces", ".parquet"),
        cooccurrence=[
            f"{STUDY}/cooccurrence/{corpus}/{sample}.parquet"
            for corpus, sample in TRAINING_CELLS
        ],
        counts=f"{STUDY}/tokens/counts.parquet",
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
        comparison=COMPARISON,
        wordsim=probe_list("wordsim353"),
        simlex=probe_list("simlex999"),
    output:
        table=f"{ANALYSIS}/model_rdms.parquet",
        csv=f"{ANALYSIS}/model_rdms.csv",
    log:
        f"{LOGS}/analysis/fit_model_rdms.log",
    benchmark:
        f"{BENCHMARKS}/analysis/fit_model_rdms.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(with_pairs(4000, 40))),
        runtime=growing(240),
    params:
        **code_of("fit_model_rdms"),
        runs=RUNS,
        cells=TRAINING_CELLS,
        model_rdms=study_settings.compose(
            ModelRdmSettings, **PART.model_rdms.model_dump()
        ),
    script:
        "../../scripts/fit_model_rdms.py"
