# rsa: representational similarity of the spaces.
#   rsa         every pair of spaces        components  variance components      ladder  agreement by what differs
#   cells       means with ceilings         strata      within kinds of words    map     all spaces in a plane
#   curve       agreement by training words inference   mean r resampled
#   groups      agreement of one group of pairs against another
#   rdms/{roster}.hdf5  on request: RDMs as rsatoolbox loads them


rule compare_spaces:
    input:
        spaces=run_files("spaces", ".parquet"),
        comparison=COMPARISON,
        external=EXTERNAL_SPACES,
    output:
        table=f"{ANALYSIS}/rsa.parquet",
        csv=f"{ANALYSIS}/rsa.csv",
    log:
        f"{LOGS}/analysis/compare_spaces.log",
    benchmark:
        f"{BENCHMARKS}/analysis/compare_spaces.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("compare_spaces"),
        runs=RUNS,
        external=list(EXTERNAL),
        rsa=study_settings.compose(
            RsaSettings, methods=[*PART.methods, *PART.comparisons]
        ),
    script:
        "../../scripts/compare_spaces.py"


rule decompose_variance:
    input:
        spaces=run_files("spaces", ".parquet"),
        comparison=COMPARISON,
    output:
        table=f"{ANALYSIS}/components.parquet",
        csv=f"{ANALYSIS}/components.csv",
    log:
        f"{LOGS}/analysis/decompose_variance.log",
    benchmark:
        f"{BENCHMARKS}/analysis/decompose_variance.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("decompose_variance"),
        runs=RUNS,
        components=study_settings.compose(ComponentSettings),
    script:
        "../../scripts/decompose_variance.py"


rule infer_rsa:
    input:
        spaces=run_files("spaces", ".parquet"),
        comparison=COMPARISON,
    output:
        table=f"{ANALYSIS}/inference.parquet",
        csv=f"{ANALYSIS}/inference.csv",
    log:
        f"{LOGS}/analysis/infer_rsa.log",
    benchmark:
        f"{BENCHMARKS}/analysis/infer_rsa.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("infer_rsa"),
        runs=RUNS,
        inference=study_settings.compose(
            InferenceSettings, **PART.inference.model_dump()
        ),
    script:
        "../../scripts/infer_rsa.py"


rule compare_groups:
    input:
        spaces=run_files("spaces", ".parquet"),
        comparison=COMPARISON,
    output:
        table=f"{ANALYSIS}/groups.parquet",
        csv=f"{ANALYSIS}/groups.csv",
    log:
        f"{LOGS}/analysis/compare_groups.log",
    benchmark:
        f"{BENCHMARKS}/analysis/compare_groups.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("compare_groups"),
        runs=RUNS,
        groups=study_settings.compose(GroupSettings),
    script:
        "../../scripts/compare_groups.py"


rule climb_ladder:
    input:
        rsa=f"{ANALYSIS}/rsa.parquet",
        spaces=run_files("spaces", ".parquet"),
        snapshots=run_files("models", "snapshots.safetensors", LEARNERS),
        comparison=COMPARISON,
    output:
        table=f"{ANALYSIS}/ladder.parquet",
        csv=f"{ANALYSIS}/ladder.csv",
    log:
        f"{LOGS}/analysis/climb_ladder.log",
    benchmark:
        f"{BENCHMARKS}/analysis/climb_ladder.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("climb_ladder"),
        runs=RUNS,
        learners=runs_of(LEARNERS),
        ladder=study_settings.compose(LadderSettings),
    script:
        "../../scripts/climb_ladder.py"


rule summarise_cells:
    input:
        spaces=run_files("spaces", ".parquet"),
        comparison=COMPARISON,
        external=EXTERNAL_SPACES,
        counts=f"{STUDY}/tokens/counts.parquet",
    output:
        table=f"{ANALYSIS}/cells.parquet",
        csv=f"{ANALYSIS}/cells.csv",
    log:
        f"{LOGS}/analysis/summarise_cells.log",
    benchmark:
        f"{BENCHMARKS}/analysis/summarise_cells.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("summarise_cells"),
        runs=RUNS,
        external=list(EXTERNAL),
        cells=study_settings.compose(CellSettings),
    script:
        "../../scripts/summarise_cells.py"


rule stratify_rsa:
    input:
        spaces=run_files("spaces", ".parquet"),
        comparison=COMPARISON,
        lexicon=probe_list("parts-of-speech"),
        lists=[words for words in PART.strata.lists.values() if isinstance(words, str)],
    output:
        table=f"{ANALYSIS}/strata.parquet",
        csv=f"{ANALYSIS}/strata.csv",
    log:
        f"{LOGS}/analysis/stratify_rsa.log",
    benchmark:
        f"{BENCHMARKS}/analysis/stratify_rsa.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("stratify_rsa"),
        runs=RUNS,
        strata=study_settings.compose(StrataSettings, **PART.strata.model_dump()),
    script:
        "../../scripts/stratify_rsa.py"


rule scale_map:
    input:
        spaces=run_files("spaces", ".parquet"),
        snapshots=run_files("models", "snapshots.safetensors", LEARNERS),
        comparison=COMPARISON,
        external=EXTERNAL_SPACES,
    output:
        table=f"{ANALYSIS}/map.parquet",
        csv=f"{ANALYSIS}/map.csv",
    log:
        f"{LOGS}/analysis/scale_map.log",
    benchmark:
        f"{BENCHMARKS}/analysis/scale_map.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(4 * with_spaces(2000)),
        runtime=growing(240),
    params:
        **code_of("scale_map"),
        runs=RUNS,
        external=list(EXTERNAL),
        learners=runs_of(LEARNERS),
        map=study_settings.compose(
            MapSettings,
            method=PART.methods[0],
            seed=study_settings.seeds[0],
            sample=SAMPLES[0],
        ),
    script:
        "../../scripts/scale_map.py"


# Trainings on shares of the samples, and those on the whole samples that they are compared with.
CURVE = CURVE_RUNS + [
    run
    for run in RUNS
    if run[2] in study_settings.curve.models
    and run[4] in study_settings.seeds[: study_settings.curve.seeds]
]


rule follow_curve:
    input:
        spaces=files_of_runs("spaces", ".parquet", CURVE),
        comparison=COMPARISON,
        samples=f"{STUDY}/tokens/samples.parquet",
    output:
        table=f"{ANALYSIS}/curve.parquet",
        csv=f"{ANALYSIS}/curve.csv",
    log:
        f"{LOGS}/analysis/follow_curve.log",
    benchmark:
        f"{BENCHMARKS}/analysis/follow_curve.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("follow_curve"),
        runs=CURVE,
        curve=study_settings.compose(CurveSettings),
    script:
        "../../scripts/follow_curve.py"


# On request: `snakemake results/<study>/analysis/rdms/input.hdf5`, or `contextual.hdf5`.
rule export_rdms:
    input:
        spaces=run_files("spaces", ".parquet"),
        comparison=COMPARISON,
    output:
        rdms=f"{ANALYSIS}/rdms/{{roster}}.hdf5",
    log:
        f"{LOGS}/analysis/export_rdms/{{roster}}.log",
    benchmark:
        f"{BENCHMARKS}/analysis/export_rdms/{{roster}}.tsv"
    wildcard_constraints:
        roster="input|contextual",
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(60),
    params:
        **code_of("export_rdms"),
        runs=RUNS,
        contextual_layer=PART.contextual_layer,
        dissimilarity=PART.dissimilarity.model_dump(mode="json"),
    script:
        "../../scripts/export_rdms.py"
