# adaptation: what becomes of a finished space whose training goes on with the text of another corpus.
#   adaptation             every snapshot, against both corpora   adaptation_words    every word, before and after
#   adaptation_neighbours  of the words that move most            adaptation_factors  what goes with a word's move

# The ordinary runs of the adapted models on the corpora between which they go, all seeds of the first
# sample, and of the second, with which they go on to tell a new corpus from new text.
ADAPTED_CORPORA = {corpus for pair in study_settings.adapted_pairs() for corpus in pair}
UNADAPTED_RUNS = [
    run
    for run in RUNS
    if run[0] in ADAPTED_CORPORA
    and run[1] in SAMPLES[:2]
    and run[2] in study_settings.adaptation.models
]
CAUSAL_RUNS = [
    run
    for run in ADAPTED_RUNS + UNADAPTED_RUNS
    if run[3] == "gpt" and (run[2] in ADAPTED or run[1] == SAMPLES[0])
]


rule follow_adaptation:
    input:
        spaces=files_of_runs("spaces", ".parquet", ADAPTED_RUNS + UNADAPTED_RUNS),
        snapshots=files_of_runs("models", "snapshots.safetensors", ADAPTED_RUNS),
        logs=files_of_runs("models", "log.parquet", ADAPTED_RUNS),
        probabilities=files_of_runs("spaces", ".probabilities.parquet", CAUSAL_RUNS),
        counts=f"{STUDY}/tokens/counts.parquet",
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
        comparison=COMPARISON,
        lexicon=probe_list("parts-of-speech"),
    output:
        adaptation=f"{ANALYSIS}/adaptation.parquet",
        adaptation_csv=f"{ANALYSIS}/adaptation.csv",
        words=f"{ANALYSIS}/adaptation_words.parquet",
        words_csv=f"{ANALYSIS}/adaptation_words.csv",
        neighbours=f"{ANALYSIS}/adaptation_neighbours.parquet",
        neighbours_csv=f"{ANALYSIS}/adaptation_neighbours.csv",
        factors=f"{ANALYSIS}/adaptation_factors.parquet",
        factors_csv=f"{ANALYSIS}/adaptation_factors.csv",
    log:
        f"{LOGS}/analysis/follow_adaptation.log",
    benchmark:
        f"{BENCHMARKS}/analysis/follow_adaptation.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("follow_adaptation"),
        adapted_runs=ADAPTED_RUNS,
        runs=UNADAPTED_RUNS,
        causal_runs=CAUSAL_RUNS,
        first_sample=SAMPLES[0],
        variants={
            name: [model, source, objective]
            for name, (_, model, source, objective) in ADAPTED.items()
        },
        adaptation=study_settings.compose(
            AdaptationSettings,
            k=PART.stability.k,
            listed=PART.neighbours.words,
            most=study_settings.adaptation.most,
            batches=PART.perplexity.batches,
            **PART.factors.model_dump(),
        ),
    script:
        "../../scripts/follow_adaptation.py"
