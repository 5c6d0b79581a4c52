"""Reruns follow content: each change plans exactly the stages that it touches, by the real Snakemake's dry run."""

import os

ANALYSES = {
    "compare_spaces",
    "decompose_variance",
    "climb_ladder",
    "measure_stability",
    "list_neighbours",
    "run_probes",
    "follow_dynamics",
    "measure_perplexity",
    "summarise_cells",
    "stratify_rsa",
    "infer_rsa",
    "compare_groups",
    "scale_map",
    "follow_curve",
    "fit_model_rdms",
    "regress_stability",
    "split_arms",
    "measure_dimension",
    "measure_regularisation",
    "measure_contextual",
    "describe_occurrences",
    "follow_adaptation",
    "explore_neighbours",
    "explore_agreement",
    "explore_courses",
}
SWEEPS = {"measure_dimension", "measure_regularisation", "draw_sweeps"}
CURVE = {"follow_curve", "draw_curve"}
DRAWINGS = {"headline", "forming", "stability", "probes", "perplexity", "map", "arms", "curve"}
DRAWINGS |= {"sweeps", "contextual", "geometry", "adaptation", "rules"}
TIMED = {"measure_cost", "draw_cost"}
DRAWINGS = {f"draw_{name}" for name in DRAWINGS}
END = {"write_report", "study"}
STATIC = {"train_word2vec", "train_glove", "train_svd", "train_contrastive", "extract_static_space"}
CONTEXTUAL = {"train_transformer", "extract_contextual_space"}
FURTHER = {"extract_input_space"}
EXTRACT = {"extract_dumps", "extract_tables", "extract_tweets"}
DUPLICATES = {"fingerprint_documents", "find_duplicates", "summarise_corpora"}
COOCCURRENCE = {"count_cooccurrence", "merge_cooccurrence"}
TOKENS = {"normalise_documents", "select_documents", "count_types", "build_vocabulary", "encode_sample", "count_tokens"}
BELOW_TOKENS = COOCCURRENCE | STATIC | CONTEXTUAL | ANALYSES | DRAWINGS | FURTHER | TIMED | END | {"score_trigram"}


def test_nothing_changed_nothing_planned(finished):
    assert finished.rules() == set()


def test_a_glove_setting_reruns_glove_and_what_depends_on_it(copied):
    copied.edit("config/smoke.yaml", "family: glove", "family: glove\n    x_max: 7.0")
    jobs = copied.plan()
    rules = {rule for rule, _ in jobs}
    assert {"train_glove", "extract_static_space", "compare_spaces"} <= rules
    assert (
        rules
        <= {"train_glove", "extract_static_space"}
        | (ANALYSES - {"measure_perplexity", "follow_adaptation"})
        | DRAWINGS
        | END
    )
    retrained = {wildcards["model"] for _, wildcards in jobs if "model" in wildcards}
    assert retrained == {"glove", "glove-initialisation", "glove-order", "glove-l2-0-1"}


def test_a_swept_value_trains_that_value_only(copied):
    copied.edit("config/smoke.yaml", "values: [4, 16]", "values: [4, 8, 16]")
    jobs = copied.plan()
    assert {rule for rule, _ in jobs} == {"train_word2vec", "extract_static_space"} | SWEEPS - {
        "measure_regularisation"
    } | {"draw_rules"} | END
    trained = [wildcards for rule, wildcards in jobs if rule == "train_word2vec"]
    assert {wildcards["model"] for wildcards in trained} == {"skipgram-dimension-8"}
    assert len(trained) == 2 * 2


def test_how_words_are_counted_reruns_what_factorises_the_counts(copied):
    copied.edit("config/smoke.yaml", "symmetric: true}", "symmetric: true, subsample: 0.001}")
    rules = copied.rules()
    assert COOCCURRENCE | {"train_glove", "train_svd"} <= rules
    assert not rules & (TOKENS | CONTEXTUAL | FURTHER | {"train_word2vec", "train_contrastive"})


def test_a_new_seed_runs_that_seed_only(copied):
    copied.edit("config/smoke.yaml", "seeds: [1, 2]", "seeds: [1, 2, 5]")
    jobs = copied.plan()
    rules = {rule for rule, _ in jobs}
    # The curve, the sweeps and the adapted models have the first seeds; that of the arms' bootstrap samples goes round.
    assert rules == (STATIC | CONTEXTUAL | ANALYSES | DRAWINGS | END) - CURVE - SWEEPS - {"train_contrastive"}
    assert {wildcards["seed"] for _, wildcards in jobs if "seed" in wildcards} == {"5"}


def test_a_library_module_reruns_the_stages_that_import_it_and_those_below(copied):
    copied.edit("workflow/wordspaces/cooccurrence/count.py", "import numpy as np", "import numpy as np\n\n_ADDED = 1")
    rules = copied.rules()
    assert "count_cooccurrence" in rules
    assert "train_glove" in rules
    assert not rules & (TOKENS | EXTRACT | DUPLICATES | CONTEXTUAL | FURTHER | {"fetch_source", "train_word2vec"})


def test_a_corpus_module_reruns_everything_but_downloads(copied):
    module = copied.folder / "workflow" / "wordspaces" / "corpus" / "documents.py"
    module.write_text(module.read_text() + "\n\n_ADDED = 1\n")
    rules = copied.rules()
    assert "fetch_source" not in rules
    assert rules == EXTRACT | DUPLICATES | TOKENS | BELOW_TOKENS


def test_a_reader_reruns_the_sources_of_its_kind(copied):
    module = copied.folder / "workflow" / "wordspaces" / "corpus" / "tweets.py"
    module.write_text(module.read_text() + "\n\n_ADDED = 1\n")
    jobs = copied.plan()
    rules = {rule for rule, _ in jobs}
    assert rules & EXTRACT == {"extract_tweets"}
    assert [wildcards["shard"] for rule, wildcards in jobs if rule == "fingerprint_documents"] == ["tweets-election"]


def test_a_report_module_reruns_the_report_only(copied):
    copied.edit("workflow/wordspaces/report/page.py", "\nimport ", "\n_ADDED = 1\nimport ")
    assert copied.rules() == END


def test_a_deleted_file_comes_back_when_it_is_needed_or_named(copied):
    """What was made of a file on the way is still there, so nothing asks for that file."""
    results = copied.folder / "results" / "smoke"
    (results / "figures" / "map.png").unlink()
    assert copied.rules() == set()
    assert copied.rules("results/smoke/figures/map.png") == {"draw_map"}
    (results / "report.html").unlink()
    (results / "analysis" / "cells.parquet").unlink()
    assert copied.rules() == {"draw_map", "summarise_cells", "draw_rules"} | END


def test_comments_layout_and_touches_rerun_nothing(copied):
    module = copied.folder / "workflow" / "wordspaces" / "models" / "glove" / "train.py"
    module.write_text("# why: a comment\n" + module.read_text().replace("\n\n\ndef ", "\n\n\n\n# layout\ndef "))
    script = copied.folder / "workflow" / "scripts" / "train_glove.py"
    script.write_text(script.read_text() + "\n# the end\n")
    for path in sorted((copied.folder / "workflow").rglob("*.py")):
        os.utime(path)
    for path in sorted((copied.folder / "results" / "smoke" / "tokens").rglob("*.parquet")):
        os.utime(path)
    for path in sorted((copied.folder / "results" / "sources").rglob("*")):
        os.utime(path)
    assert copied.rules() == set()


def test_a_changed_source_checksum_reruns_everything_below_it(copied):
    text = (copied.folder / "config" / "sources.yaml").read_text()
    checksum = "05ed445d555bcced1b3a3a42fecbed2ce426c1034429eb15ed043b166966b052"
    assert checksum in text
    (copied.folder / "config" / "sources.yaml").write_text(text.replace(checksum, "f" * 64))
    jobs = copied.plan()
    assert {rule for rule, _ in jobs} == {
        "fetch_source",
        "extract_tables",
    } | DUPLICATES | TOKENS | BELOW_TOKENS
    fetched = [wildcards["source"] for rule, wildcards in jobs if rule == "fetch_source"]
    extracted = [wildcards["shard"] for rule, wildcards in jobs if rule == "extract_tables"]
    assert fetched == extracted == ["wiki-leads"]


def test_threads_memory_and_checkpoints_rerun_nothing(copied):
    copied.edit("profiles/default/config.yaml", "checkpoint_minutes: 5", "checkpoint_minutes: 1")
    assert copied.rules("--set-resources", "train_transformer:mem_mb=9000") == set()


def test_a_listed_word_reruns_its_analysis_only(copied):
    copied.edit("config/smoke.yaml", "neighbours: {words: [", "neighbours: {words: [water, ")
    # Listed words are among those whose pairs are followed.
    listed = {"list_neighbours", "explore_courses"}
    assert copied.rules() == listed | {"follow_adaptation", "draw_adaptation", "draw_rules"} | END
