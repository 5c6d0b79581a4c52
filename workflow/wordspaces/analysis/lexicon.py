"""Parts of speech of single words, from a lexicon of tagged forms.

The format is that of Brill's tagger (Brill 1992): one form a line, then its tags of the Penn Treebank, the most
frequent one first. A word gets one class, that of its most frequent tag, whatever it is in a given sentence.

===========  ==========================================================================================
class        Penn tags
===========  ==========================================================================================
noun         NN NNS
proper noun  NNP NNPS
verb         VB VBD VBG VBN VBP VBZ
adjective    JJ JJR JJS
adverb       RB RBR RBS
function     CC DT EX IN MD PDT POS PRP PRP$ RP TO WDT WP WP$ WRB
number       CD
other        everything else: interjections (UH), foreign words (FW), symbols, list marks, punctuation
===========  ==========================================================================================
"""

from collections.abc import Mapping
from pathlib import Path

from wordspaces.common.errors import StudyError

COMMENT = ";;;"
_TAGS = {
    "noun": "NN NNS",
    "proper noun": "NNP NNPS",
    "verb": "VB VBD VBG VBN VBP VBZ",
    "adjective": "JJ JJR JJS",
    "adverb": "RB RBR RBS",
    "function": "CC DT EX IN MD PDT POS PRP PRP$ RP TO WDT WP WP$ WRB",
    "number": "CD",
}
OTHER = "other"
CLASSES = (*_TAGS, OTHER)
_CLASS_OF = {tag: name for name, tags in _TAGS.items() for tag in tags.split()}


def coarse_class(tag: str) -> str:
    """Class (one of `CLASSES`) of a Penn tag; that of the first part of a tag such as NN|JJ."""
    return _CLASS_OF.get(tag.partition("|")[0], OTHER)


def read_lexicon(path: str | Path) -> Mapping[str, str]:
    """Class (one of `CLASSES`) of every word of a lexicon, by its lower-case form.

    Where forms differ in case alone, the lower-case one decides, then the one with a capital first letter, then any
    other; among equals the first line. Lines that begin with ;;; are comments. `StudyError` for a file that cannot be
    read, a line without a tag, and a file without a word.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(path, f"no readable lexicon ({error})", "a UTF-8 text file", "download it again") from None
    found: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith(COMMENT):
            continue
        form, *tags = line.split()
        if not tags:
            raise StudyError(f"{path}, line {number}", repr(line), "a word and its tags", "download it again")
        word, rank = form.lower(), _case_rank(form)
        if word not in found or rank < found[word][0]:
            found[word] = (rank, coarse_class(tags[0]))
    if not found:
        raise StudyError(path, "no word", "a word and its tags on each line", "download it again")
    return {word: name for word, (_, name) in found.items()}


def _case_rank(form: str) -> int:
    """0 for a form in lower case, 1 for one with a capital first letter alone, 2 for any other."""
    if form == form.lower():
        return 0
    return 1 if form == form[:1].upper() + form[1:].lower() else 2
