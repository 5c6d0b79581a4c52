# prediction: how well held-out text is predicted.
#   perplexity                     cross-entropy of the language models, beside n-grams
#   trigram/{corpus}/{sample}      -log2 P of every held-out token by a Kneser-Ney trigram (Parquet alone)


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
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(int(1000 + 150 * MILLIONS)),
        runtime=growing(60),
    params:
        **code_of("score_trigram"),
        probes=[list(shard) for shard in corpus_shards()],
    script:
        "../../scripts/score_trigram.py"


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
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(240),
    params:
        **code_of("measure_perplexity"),
        runs=runs_of(TRANSFORMERS),
        cells=TRIGRAM_CELLS,
        static_runs=[run for run in RUNS if run[3] not in TRANSFORMERS],
        perplexity=PART.perplexity.model_dump(mode="json"),
    script:
        "../../scripts/measure_perplexity.py"
