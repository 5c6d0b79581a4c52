"""What a study is expected to hold, beside what finished ones held."""

import pytest

from wordspaces.tokens.samples import share_names

# Of finished runs of the two studies: words of a sample, words of the held-out part, pairs of X of the first sample of
# each corpus, words compared.
FINISHED = {"config": (265530, 58993, (703144, 652627), 841), "smoke": (20000, 609, (63761, 63304, 45238), 81)}


def test_words_of_the_default_study_follow_from_its_smallest_corpus(workload):
    work = workload("config")
    words, heldout, _, _ = FINISHED["config"]
    assert work.sample_words == pytest.approx(words, rel=0.1)
    assert work.words_in("heldout") == pytest.approx(heldout, rel=0.1)
    assert min(work.corpus_words, key=work.corpus_words.get) == "twitter"


def test_words_that_are_set_are_taken_as_they_are(workload):
    assert workload("smoke").sample_words == 20000
    assert workload("full").sample_words == 50e6


@pytest.mark.parametrize("study", FINISHED)
def test_pairs_and_compared_words_are_about_those_of_finished_studies(workload, study):
    work, (_, _, pairs, compared) = workload(study), FINISHED[study]
    for found in pairs:
        assert 0.6 < work.sample_pairs / found < 1.4
    assert 0.8 < work.compared / compared < 1.3


@pytest.mark.parametrize("study", ["config", "smoke", "small", "full", "base"])
def test_shards_share_their_corpus_out(workload, study):
    work = workload(study)
    for corpus in work.study.corpora:
        assert sum(work.share_of(corpus, shard) for shard in work.shards_of(corpus)) == pytest.approx(1)
    characters = sum(text.characters for text in work.texts.values())
    names = {name for members in work.study.corpora.values() for name in members}
    assert 0.01 < characters / sum(work.sources[name].bytes for name in names) < 2


def test_samples_are_as_large_as_their_names_say(workload):
    work = workload("config")
    assert work.words_in("a") == work.words_in("b") == work.words_in("boot1") == work.sample_words
    assert [work.words_in(name) / work.sample_words for name in share_names(work.study.tokens.selection)] == [
        0.25,
        0.25,
        0.5,
        0.5,
    ]
    with pytest.raises(KeyError):
        work.words_in("c")


def test_the_text_of_the_full_study_is_what_was_measured_of_it(workload):
    work = workload("full")
    characters = {
        corpus: sum(work.texts[name].characters for name in work.shards_of(corpus)) for corpus in ("wiki", "twitter")
    }
    documents = sum(text.documents for text in work.texts.values())
    assert characters["wiki"] == pytest.approx(20e9, rel=0.05)
    assert characters["twitter"] == pytest.approx(4e9, rel=0.05)
    assert documents == pytest.approx(50e6, rel=0.05)
    assert len(work.texts) == 103
