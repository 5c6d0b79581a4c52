# explorer: what a reader of the page looks up about a word.
#   word_neighbours  of every word, in every corpus and recipe     word_agreement  of cells about each word
#   word_course      how words move in training                    pair_course     cosines of pairs of words


RECIPES = study_settings.recipes()
RECIPE_RUNS = [run for run in RUNS if run[2] in RECIPES]
# A recipe that is computed, not trained, has no course.
COURSE_RUNS = [run for run in RECIPE_RUNS if run[3] in LEARNERS]


rule explore_neighbours:
    input:
        spaces=files_of_runs("spaces", ".parquet", RECIPE_RUNS),
        counts=f"{STUDY}/tokens/counts.parquet",
        vocabulary=f"{STUDY}/tokens/vocabulary.parquet",
    output:
        table=f"{ANALYSIS}/word_neighbours.parquet",
    log:
        f"{LOGS}/analysis/explore_neighbours.log",
    benchmark:
        f"{BENCHMARKS}/analysis/explore_neighbours.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("explore_neighbours"),
        runs=RECIPE_RUNS,
        explorer=explorer_part(ExploreNeighbourSettings),
    script:
        "../../scripts/explore_neighbours.py"


rule explore_agreement:
    input:
        spaces=files_of_runs("spaces", ".parquet", RECIPE_RUNS),
        comparison=COMPARISON,
    output:
        table=f"{ANALYSIS}/word_agreement.parquet",
        csv=f"{ANALYSIS}/word_agreement.csv",
    log:
        f"{LOGS}/analysis/explore_agreement.log",
    benchmark:
        f"{BENCHMARKS}/analysis/explore_agreement.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("explore_agreement"),
        runs=RECIPE_RUNS,
        models=RECIPES,
    script:
        "../../scripts/explore_agreement.py"


rule explore_courses:
    input:
        snapshots=files_of_runs("models", "snapshots.safetensors", COURSE_RUNS),
        comparison=COMPARISON,
        lexicon=probe_list("parts-of-speech"),
    output:
        words=f"{ANALYSIS}/word_course.parquet",
        words_csv=f"{ANALYSIS}/word_course.csv",
        pairs=f"{ANALYSIS}/pair_course.parquet",
    log:
        f"{LOGS}/analysis/explore_courses.log",
    benchmark:
        f"{BENCHMARKS}/analysis/explore_courses.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=growing(with_spaces(4000)),
        runtime=growing(240),
    params:
        **code_of("explore_courses"),
        runs=COURSE_RUNS,
        explorer=explorer_part(ExploreCourseSettings, listed=explored_words()),
    script:
        "../../scripts/explore_courses.py"
