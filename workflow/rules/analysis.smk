# analysis: takes files of the stages above, no model, makes tidy tables (Parquet, and the same as CSV).
#   rsa           every pair of spaces        components  variance components     ladder      agreement by what differs
#   cells         means with ceilings         strata      within kinds of words   map         all spaces in a plane
#   curve         agreement by training words             inference   mean r resampled
#   groups        agreement of one group of pairs against another
#   stability     measures of every word      reliability means and RSA by cell   neighbours  of listed words
#   stability_factors  what goes with a word's stability  arms        which random stream, or the documents
#   probes        human ratings, analogies    dynamics, trajectories  forming     perplexity  on held-out text
#   model_rdms    what frequency, length, spelling, PPMI and human ratings explain of the spaces of a cell
#   rdms/{roster}.hdf5  on request: RDMs as rsatoolbox loads them
#   trigram/{corpus}/{sample}  -log2 P of every held-out token by a Kneser-Ney trigram (Parquet alone)

ANALYSIS = f"{STUDY}/analysis"
COMPARISON = f"{STUDY}/tokens/comparison.parquet"
PART = study_settings.analysis
EXTERNAL_SPACES = [f"{STUDY}/spaces/external/{name}.parquet" for name in EXTERNAL]


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
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_spaces(4000),
        runtime=240,
    params:
        **code_of("compare_spaces"),
        runs=RUNS,
        external=list(EXTERNAL),
        rsa=study_settings.compose(
            RsaSettings, methods=[*PART.methods, *PART.comparisons]
        ),
    script:
        "../scripts/compare_spaces.py"


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
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_spaces(4000),
        runtime=240,
    params:
        **code_of("decompose_variance"),
        runs=RUNS,
        components=study_settings.compose(ComponentSettings),
    script:
        "../scripts/decompose_variance.py"


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
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_spaces(4000),
        runtime=240,
    params:
        **code_of("infer_rsa"),
        runs=RUNS,
        inference=study_settings.compose(
            InferenceSettings, **PART.inference.model_dump()
        ),
    script:
        "../scripts/infer_rsa.py"


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
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_spaces(4000),
        runtime=240,
    params:
        **code_of("compare_groups"),
        runs=RUNS,
        groups=study_settings.compose(GroupSettings),
    script:
        "../scripts/compare_groups.py"


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
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_spaces(4000),
        runtime=240,
    params:
        **code_of("climb_ladder"),
        runs=RUNS,
        learners=runs_of(LEARNERS),
        ladder=study_settings.compose(LadderSettings),
    script:
        "../scripts/climb_ladder.py"


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
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_spaces(4000),
        runtime=240,
    params:
        **code_of("summarise_cells"),
        runs=RUNS,
        external=list(EXTERNAL),
        cells=study_settings.compose(CellSettings),
    script:
        "../scripts/summarise_cells.py"


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
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_spaces(4000),
        runtime=240,
    params:
        **code_of("stratify_rsa"),
        runs=RUNS,
        strata=study_settings.compose(StrataSettings, **PART.strata.model_dump()),
    script:
        "../scripts/stratify_rsa.py"


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
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=4 * with_spaces(2000),
        runtime=240,
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
        "../scripts/scale_map.py"


# Trainings on shares of the samples, and those on the whole samples that they are compared with.
CURVE = CURVE_RUNS + [
    run
    for run in RUNS
    if run[2] in study_settings.curve.models
    and run[4] in study_settings.seeds[: study_settings.curve.seeds]
]


rule follow_curve:
    input:
        spaces=[
            f"{STUDY}/spaces/{corpus}/{sample}/{model}/seed{seed}.parquet"
            for corpus, sample, model, _, seed in CURVE
        ],
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
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_spaces(4000),
        runtime=240,
    params:
        **code_of("follow_curve"),
        runs=CURVE,
        curve=study_settings.compose(CurveSettings),
    script:
        "../scripts/follow_curve.py"


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
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_spaces(4000),
        runtime=240,
    params:
        **code_of("measure_stability"),
        runs=RUNS,
        stability=PART.stability.model_dump(mode="json"),
    script:
        "../scripts/measure_stability.py"


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
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        **code_of("regress_stability"),
        factors=study_settings.compose(
            StabilityFactorSettings, **PART.factors.model_dump()
        ),
    script:
        "../scripts/regress_stability.py"


# The study's own runs in which all random streams vary, on every disjoint sample of the corpora of the arms.
SHUFFLED_RUNS = [
    run
    for run in RUNS
    if run[0] in study_settings.arm_corpora() and run[2] in study_settings.arms.models
]


rule split_arms:
    input:
        spaces=[
            f"{STUDY}/spaces/{corpus}/{sample}/{model}/seed{seed}.parquet"
            for corpus, sample, model, family, seed in SHUFFLED_RUNS + ARM_RUNS
        ],
        comparison=COMPARISON,
    output:
        table=f"{ANALYSIS}/arms.parquet",
        csv=f"{ANALYSIS}/arms.csv",
    log:
        f"{LOGS}/analysis/split_arms.log",
    benchmark:
        f"{BENCHMARKS}/analysis/split_arms.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_spaces(4000),
        runtime=240,
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
        "../scripts/split_arms.py"


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
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_spaces(4000),
        runtime=240,
    params:
        **code_of("list_neighbours"),
        runs=RUNS,
        neighbours=PART.neighbours.model_dump(mode="json"),
    script:
        "../scripts/list_neighbours.py"


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
        "../../envs/cpu.yaml"
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
        "../scripts/run_probes.py"


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
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_spaces(4000),
        runtime=240,
    params:
        **code_of("follow_dynamics"),
        runs=runs_of(LEARNERS),
        dynamics=PART.dynamics.model_dump(mode="json"),
    script:
        "../scripts/follow_dynamics.py"


# What counts of the same words predict: the reference for GPT, so a study without GPT has no use for it.
rule score_trigram:
    input:
        tokens=token_shards,
        heldout=[
            f"{STUDY}/tokens/{corpus}/heldout/{shard}.parquet"
            for corpus, shard in corpus_shards()
        ],
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
    output:
        table=f"{ANALYSIS}/trigram/{{corpus}}/{{sample}}.parquet",
    log:
        f"{LOGS}/analysis/score_trigram/{{corpus}}.{{sample}}.log",
    benchmark:
        f"{BENCHMARKS}/analysis/score_trigram/{{corpus}}.{{sample}}.tsv"
    wildcard_constraints:
        sample="|".join(SAMPLES),
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=int(1000 + 150 * MILLIONS),
        runtime=60,
    params:
        **code_of("score_trigram"),
        probes=[list(shard) for shard in corpus_shards()],
    script:
        "../scripts/score_trigram.py"


TRIGRAM_CELLS = [
    [corpus, sample] for corpus in CORPORA for sample in SAMPLES if runs_of(["gpt"])
]


rule measure_perplexity:
    input:
        probabilities=run_files("spaces", ".probabilities.parquet", TRANSFORMERS),
        trigrams=[
            f"{ANALYSIS}/trigram/{corpus}/{sample}.parquet"
            for corpus, sample in TRIGRAM_CELLS
        ],
        counts=f"{STUDY}/tokens/counts.parquet",
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
    output:
        table=f"{ANALYSIS}/perplexity.parquet",
        csv=f"{ANALYSIS}/perplexity.csv",
    log:
        f"{LOGS}/analysis/measure_perplexity.log",
    benchmark:
        f"{BENCHMARKS}/analysis/measure_perplexity.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        **code_of("measure_perplexity"),
        runs=runs_of(TRANSFORMERS),
        cells=TRIGRAM_CELLS,
        static_runs=[run for run in RUNS if run[3] not in TRANSFORMERS],
        perplexity=PART.perplexity.model_dump(mode="json"),
    script:
        "../scripts/measure_perplexity.py"


TRAINING_CELLS = [[corpus, sample] for corpus in CORPORA for sample in SAMPLES]


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
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_spaces(with_pairs(4000, 40)),
        runtime=240,
    params:
        **code_of("fit_model_rdms"),
        runs=RUNS,
        cells=TRAINING_CELLS,
        model_rdms=study_settings.compose(
            ModelRdmSettings, **PART.model_rdms.model_dump()
        ),
    script:
        "../scripts/fit_model_rdms.py"


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
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=with_spaces(4000),
        runtime=60,
    params:
        **code_of("export_rdms"),
        runs=RUNS,
        contextual_layer=PART.contextual_layer,
        dissimilarity=PART.dissimilarity.model_dump(mode="json"),
    script:
        "../scripts/export_rdms.py"
