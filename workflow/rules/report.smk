# report: takes analysis tables, makes figures (SVG, PNG, and the table each was drawn from) and one offline page.
#   figures/{figure}.svg .png .csv
#   report.html

TEMPLATES = "workflow/wordspaces/report/templates"
# Templates, styles and scripts of the page.
LOOKS = sorted(
    path.relative_to(workflow.basedir).as_posix()
    for path in (Path(workflow.basedir) / TEMPLATES).rglob("*.*")
)
ALL_FIGURES = [figure for figures in FIGURES_OF.values() for figure in figures]
# Tables of the analysis that sections of the page are made of, beside those of its first page and its figures.
SECTION_TABLES = {
    name: f"{ANALYSIS}/{name}.parquet"
    for name in (
        "adaptation",
        "adaptation_neighbours",
        "adaptation_factors",
        "senses",
        "probe_means",
        "settling_runs",
        "stability_factors",
        "strata",
        "model_rdms",
    )
}
# What every figure needs to know: whose colour is whose, and the order of corpora.
DRAWING = {
    "families": {
        name: settings.family for name, settings in study_settings.models.items()
    },
    "corpora": list(CORPORA),
}


rule draw_headline:
    input:
        ladder=f"{ANALYSIS}/ladder.parquet",
        components=f"{ANALYSIS}/components.parquet",
        rsa=f"{ANALYSIS}/rsa.parquet",
    output:
        pictures("draw_headline", "svg"),
        pictures("draw_headline", "png"),
        pictures("draw_headline", "csv"),
    log:
        f"{LOGS}/report/draw_headline.log",
    benchmark:
        f"{BENCHMARKS}/report/draw_headline.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **DRAWING,
        **code_of("draw_headline"),
        method=PART.methods[0],
    script:
        "../scripts/draw_headline.py"


rule draw_forming:
    input:
        dynamics=f"{ANALYSIS}/dynamics.parquet",
        trajectories=f"{ANALYSIS}/trajectories.parquet",
    output:
        pictures("draw_forming", "svg"),
        pictures("draw_forming", "png"),
        pictures("draw_forming", "csv"),
    log:
        f"{LOGS}/report/draw_forming.log",
    benchmark:
        f"{BENCHMARKS}/report/draw_forming.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **DRAWING,
        **code_of("draw_forming"),
    script:
        "../scripts/draw_forming.py"


rule draw_geometry:
    input:
        dynamics=f"{ANALYSIS}/dynamics.parquet",
        settling_runs=f"{ANALYSIS}/settling_runs.parquet",
    output:
        pictures("draw_geometry", "svg"),
        pictures("draw_geometry", "png"),
        pictures("draw_geometry", "csv"),
    log:
        f"{LOGS}/report/draw_geometry.log",
    benchmark:
        f"{BENCHMARKS}/report/draw_geometry.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **DRAWING,
        **code_of("draw_geometry"),
    script:
        "../scripts/draw_geometry.py"


rule draw_stability:
    input:
        stability=f"{ANALYSIS}/stability.parquet",
    output:
        pictures("draw_stability", "svg"),
        pictures("draw_stability", "png"),
        pictures("draw_stability", "csv"),
    log:
        f"{LOGS}/report/draw_stability.log",
    benchmark:
        f"{BENCHMARKS}/report/draw_stability.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **DRAWING,
        **code_of("draw_stability"),
    script:
        "../scripts/draw_stability.py"


rule draw_map:
    input:
        map=f"{ANALYSIS}/map.parquet",
    output:
        pictures("draw_map", "svg"),
        pictures("draw_map", "png"),
        pictures("draw_map", "csv"),
    log:
        f"{LOGS}/report/draw_map.log",
    benchmark:
        f"{BENCHMARKS}/report/draw_map.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **DRAWING,
        **code_of("draw_map"),
    script:
        "../scripts/draw_map.py"


rule draw_arms:
    input:
        arms=f"{ANALYSIS}/arms.parquet",
    output:
        pictures("draw_arms", "svg"),
        pictures("draw_arms", "png"),
        pictures("draw_arms", "csv"),
    log:
        f"{LOGS}/report/draw_arms.log",
    benchmark:
        f"{BENCHMARKS}/report/draw_arms.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **DRAWING,
        **code_of("draw_arms"),
        method=PART.methods[0],
    script:
        "../scripts/draw_arms.py"


rule draw_curve:
    input:
        curve=f"{ANALYSIS}/curve.parquet",
    output:
        pictures("draw_curve", "svg"),
        pictures("draw_curve", "png"),
        pictures("draw_curve", "csv"),
    log:
        f"{LOGS}/report/draw_curve.log",
    benchmark:
        f"{BENCHMARKS}/report/draw_curve.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **DRAWING,
        **code_of("draw_curve"),
        method=PART.methods[0],
    script:
        "../scripts/draw_curve.py"


rule draw_cost:
    input:
        cost=f"{STUDY}/models/cost.json",
    output:
        pictures("draw_cost", "svg"),
        pictures("draw_cost", "png"),
        pictures("draw_cost", "csv"),
    log:
        f"{LOGS}/report/draw_cost.log",
    benchmark:
        f"{BENCHMARKS}/report/draw_cost.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **code_of("draw_cost"),
    script:
        "../scripts/draw_cost.py"


rule draw_probes:
    input:
        probes=f"{ANALYSIS}/probes.parquet",
    output:
        pictures("draw_probes", "svg"),
        pictures("draw_probes", "png"),
        pictures("draw_probes", "csv"),
    log:
        f"{LOGS}/report/draw_probes.log",
    benchmark:
        f"{BENCHMARKS}/report/draw_probes.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **DRAWING,
        **code_of("draw_probes"),
    script:
        "../scripts/draw_probes.py"


rule draw_perplexity:
    input:
        perplexity=f"{ANALYSIS}/perplexity.parquet",
    output:
        pictures("draw_perplexity", "svg"),
        pictures("draw_perplexity", "png"),
        pictures("draw_perplexity", "csv"),
    log:
        f"{LOGS}/report/draw_perplexity.log",
    benchmark:
        f"{BENCHMARKS}/report/draw_perplexity.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **DRAWING,
        **code_of("draw_perplexity"),
    script:
        "../scripts/draw_perplexity.py"


# What the first GPT writes and the first BERT fills in, on the first sample of each corpus with the first seed.
EXAMPLES = [
    [corpus, model]
    for corpus in CORPORA
    for family in TRANSFORMERS
    for model in [
        name for name in study_settings.recipes() if VARIANTS[name].family == family
    ][:1]
]


rule draw_sweeps:
    input:
        dimension=f"{ANALYSIS}/dimension.parquet",
        regularisation=f"{ANALYSIS}/regularisation.parquet",
        norm_growth=f"{ANALYSIS}/norm_growth.parquet",
    output:
        pictures("draw_sweeps", "svg"),
        pictures("draw_sweeps", "png"),
        pictures("draw_sweeps", "csv"),
    log:
        f"{LOGS}/report/draw_sweeps.log",
    benchmark:
        f"{BENCHMARKS}/report/draw_sweeps.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **DRAWING,
        **code_of("draw_sweeps"),
        method=PART.methods[0],
    script:
        "../scripts/draw_sweeps.py"


rule draw_contextual:
    input:
        contextual=f"{ANALYSIS}/contextual.parquet",
        occurrences=f"{ANALYSIS}/occurrences.parquet",
    output:
        pictures("draw_contextual", "svg"),
        pictures("draw_contextual", "png"),
        pictures("draw_contextual", "csv"),
    log:
        f"{LOGS}/report/draw_contextual.log",
    benchmark:
        f"{BENCHMARKS}/report/draw_contextual.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **DRAWING,
        **code_of("draw_contextual"),
    script:
        "../scripts/draw_contextual.py"


rule draw_adaptation:
    input:
        adaptation=f"{ANALYSIS}/adaptation.parquet",
        words=f"{ANALYSIS}/adaptation_words.parquet",
    output:
        pictures("draw_adaptation", "svg"),
        pictures("draw_adaptation", "png"),
        pictures("draw_adaptation", "csv"),
    log:
        f"{LOGS}/report/draw_adaptation.log",
    benchmark:
        f"{BENCHMARKS}/report/draw_adaptation.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **DRAWING,
        **code_of("draw_adaptation"),
    script:
        "../scripts/draw_adaptation.py"


rule draw_rules:
    input:
        tables=FURTHER_TABLES,
        sections=SECTION_TABLES.values(),
        # Not that of the cost, which a clock draws anew every time.
        figures=expand(
            f"{FIGURES}/{{figure}}.svg",
            figure=[name for name in ALL_FIGURES if name not in ("rules", "cost")],
        ),
    output:
        pictures("draw_rules", "svg"),
        pictures("draw_rules", "png"),
        pictures("draw_rules", "csv"),
    log:
        f"{LOGS}/report/draw_rules.log",
    benchmark:
        f"{BENCHMARKS}/report/draw_rules.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **code_of("draw_rules"),
    script:
        "../scripts/draw_rules.py"


rule write_report:
    input:
        **{
            name: f"{ANALYSIS}/{name}.parquet"
            for name in (
                "components",
                "stability",
                "reliability",
                "neighbours",
                "probes",
                "perplexity",
                "dynamics",
                "rsa",
                "cells",
                "map",
                "trajectories",
                "word_neighbours",
                "word_agreement",
                "word_course",
                "pair_course",
            )
        },
        **SECTION_TABLES,
        # Not read: so that every other job has ended, and its run time is known, when the page is made.
        further=FURTHER_TABLES,
        summary=f"{STUDY}/tokens/summary.parquet",
        counts=f"{STUDY}/tokens/counts.parquet",
        comparison=COMPARISON,
        corpora=f"{STUDY}/corpus/summary.parquet",
        weights=[
            f"{STUDY}/models/{next(iter(CORPORA))}/{SAMPLES[0]}/{model}/seed{study_settings.seeds[0]}/weights.safetensors"
            for model in study_settings.models
        ],
        cost=f"{STUDY}/models/cost.json",
        timings=run_files("models", "timing.json"),
        examples=[
            f"{STUDY}/spaces/{corpus}/{SAMPLES[0]}/{model}/seed{study_settings.seeds[0]}.examples.parquet"
            for corpus, model in EXAMPLES
        ],
        figures=expand(f"{FIGURES}/{{figure}}.svg", figure=ALL_FIGURES),
        pictures=expand(
            f"{FIGURES}/{{figure}}.{{kind}}", figure=ALL_FIGURES, kind=["png", "csv"]
        ),
        captions=expand("workflow/report/{figure}.rst", figure=ALL_FIGURES),
        looks=LOOKS,
    output:
        page=captioned(f"{STUDY}/report.html", "page", "page"),
    log:
        f"{LOGS}/report/write_report.log",
    benchmark:
        f"{BENCHMARKS}/report/write_report.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **code_of("write_report"),
        study=study_settings.model_dump(mode="json"),
        analysis={
            "components": study_settings.compose(ComponentSettings),
            "stability": PART.stability.model_dump(mode="json"),
            "neighbours": PART.neighbours.model_dump(mode="json"),
            "explorer": PART.explorer.model_dump(mode="json"),
            "probes": study_settings.compose(ProbeSettings),
        },
        sources={
            name: SOURCES[name].model_dump(mode="json") for name in SOURCES_OF_STUDY
        },
        method=PART.methods[0],
        timed=[model for _, _, model, _, _ in runs_of()],
        examples=EXAMPLES,
        samples=SAMPLES,
        # Where the run times lie. The engine's benchmarks are no inputs: they are clock values, and no file of the
        # provenance. Older files of the folder, of rules that are no more, are passed over.
        benchmarks=BENCHMARKS,
        rules=sorted({rule.name for rule in workflow.rules}),
    script:
        "../scripts/write_report.py"
