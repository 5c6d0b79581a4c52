"""What the report shows of held-out prediction: which references, which rows, which cells of its table."""

from wordspaces.analysis.prediction.perplexity import MASKED_NOTE, PSEUDO_NOTE
from wordspaces.report.learning import BITS, learning
from wordspaces.report.perplexity import definition_rows, perplexity, scope_of

CORPORA = ["wiki", "twitter"]
TRIGRAM = "Kneser-Ney trigram of the same"


def legend_texts(figure) -> set[str]:
    """Every text of a figure's legends."""
    return {text.get_text() for legend in figure.legends for text in legend.get_texts()}


def test_causal_models_stand_beside_a_unigram_and_a_trigram_masked_ones_beside_a_unigram(tables, variants):
    drawn = perplexity(tables.perplexity, variants, CORPORA)
    marks = [(each.get_marker(), each.get_xdata()[0]) for each in drawn.figure.axes[0].lines]
    assert marks == [("None", 10.0), ("None", 10.0)] + [("None", 10.0), ("^", 8.625)] * 2
    assert {"unigram of the training text", TRIGRAM} <= legend_texts(drawn.figure)
    masked = perplexity(tables.perplexity[tables.perplexity["model"] != "gpt"], variants, CORPORA).figure
    assert TRIGRAM not in legend_texts(masked)


def test_tokens_hidden_one_by_one_are_no_points(tables, variants):
    drawn = perplexity(tables.perplexity, variants, CORPORA)
    assert set(drawn.table["objective"]) == {"causal", "masked"}
    points = [each.get_offsets()[:, 0].tolist() for each in drawn.figure.axes[0].collections]
    assert points == [[9.0] * 4, [8.0] * 4] * 2


def test_the_table_of_perplexities_has_the_trigram_of_causal_and_the_pseudo_perplexity_of_masked_models(
    tables, variants
):
    rows, reasons = definition_rows(tables.perplexity, variants, CORPORA)
    cells = {(row["model"], row["corpus"], row["probe"]): row["cells"] for row in rows}
    none = "not defined"
    assert cells["gpt", "Wikipedia", "Wikipedia"] == ["8.00", "10.00", "8.62", "256", "1024", none]
    assert cells["bert", "Wikipedia", "Twitter"] == ["9.00", "10.00", none, none, none, "2048"]
    assert [reason for models, reason in reasons if models == "bert"] == [MASKED_NOTE, PSEUDO_NOTE]


def test_whether_bert_learned_is_judged_by_the_tokens_hidden_as_in_training(tables):
    for table in (tables.perplexity, tables.perplexity[::-1]):
        learned = learning(table, tables.dynamics, ["bert"])
        assert learned[["measure", "learned", "runs"]].values.tolist() == [[BITS, 4, 4]] * 2


def test_beside_models_of_pieces_unknown_words_are_left_out(tables):
    words = tables.perplexity.assign(unit="word")
    assert scope_of(words) == "all tokens"
    one = words.assign(unit=["piece", *["word"] * (len(words) - 1)])
    assert scope_of(one) == "without unknown"
