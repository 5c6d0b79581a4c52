"""Cleaning wikitext: prose stays, markup goes."""

import pytest

from wordspaces.corpus.wikitext import clean, is_disambiguation


@pytest.mark.parametrize(
    ("wikitext", "prose"),
    [
        ("'''Bold''' and ''italic'' [[Link|text]] of [[plain link]]s.", "Bold and italic text of plain links."),
        ("[[File:A.jpg|thumb|A [[cat]] here]]Prose.[[Category:Cats]] [[fr:Chat]]", "Prose."),
        ("See [[:Category:Cats]] and [[Cat#Breeds]].", "See Category:Cats and Cat."),
        ("A<ref name='x'>Author, ''Title''.</ref> B<ref name=x /> C.", "A B C."),
        ("{{Infobox|a={{nested|b={{deep}}}}|c=[[d]]}}Prose {{citation needed|date=May}}.", "Prose."),
        (
            "About {{convert|5|km|mi}} or {{convert|1.7|-|2|kg}} of {{lang|fr|pain}}.",
            "About 5 km or 1.7 - 2 kg of pain.",
        ),
        ("Athens ({{IPA-en|x}}; {{lang-el|Αθήνα}}) is ({{audio|a.ogg}}) old.", "Athens (Αθήνα) is old."),
        ("Mass is <math>\\frac{a}{b}</math> heavy<!-- hidden --> here.", "Mass is heavy here."),
        ("Before.\n{| class=wikitable\n! head\n|-\n| [[cell]] || {{x}}\n|}\nAfter.", "Before.\nAfter."),
        ("Gods:\n* [[Zeus]], king\n** Hera\n# first\n: indented", "Gods:\nZeus, king\nHera\nfirst\nindented"),
        ("[http://x.org An archive] and http://bare.org there.", "An archive and there."),
        ("x&nbsp;&ndash;&nbsp;y &amp; z", "x – y & z"),
        ("H<sub>2</sub>O<br/>next <nowiki>[[raw]]</nowiki>", "H2O\nnext raw"),
        ("__NOTOC__\nText.\n__FORCETOC__", "Text."),
        ("[[United Kingdom]] {{flag|UK}}\n* {{flag|FR}} (FRA)\n* 1999", "United Kingdom"),
    ],
)
def test_prose_of_markup(wikitext: str, prose: str) -> None:
    assert clean(wikitext) == prose


def test_end_sections_go_with_their_subsections_and_others_stay() -> None:
    wikitext = (
        "Lead.\n== History ==\nPast.\n== See also ==\n* [[Other]]\n=== Deep ===\nGone.\n== Legacy ==\nStays.\n"
        "== ''References'' ==\nGone too.\n== External links ==\n* [http://x.org X]"
    )
    assert clean(wikitext) == "Lead.\nPast.\nStays."


def test_unbalanced_markup_swallows_nothing() -> None:
    prose = clean("''Open italics and '''bold\n\nSecond [[broken paragraph.\n\nThird }} one.")
    assert [line.split()[-1] for line in prose.splitlines()] == ["bold", "paragraph.", "one."]
    assert not set("[]{}'") & set(prose)


def test_nothing_left_is_an_empty_string() -> None:
    assert clean("{{Infobox}}\n[[Category:X]]\n== Notes ==\n* a") == ""


@pytest.mark.parametrize(
    ("title", "wikitext", "expected"),
    [
        ("Ada", "{{disambiguation}}", True),
        ("Ada", "{{Hndis|Ada}}", True),
        ("Ada", "{{ Geodis }}", True),
        ("Aa (disambiguation)", "text", True),
        ("Aa River", "{{river disambiguation}}", True),
        ("Smith", "{{surname}}", True),
        ("Anarchism", "{{Redirect|Anarchist}} {{disambiguation needed|date=May 2010}}", False),
    ],
)
def test_disambiguation_pages_are_known_by_title_or_template(title: str, wikitext: str, expected: bool) -> None:
    assert is_disambiguation(title, wikitext) is expected
