"""The preprocessing of GloVe's Twitter vectors, for a comparison with them on their own terms.

Pennington, J., Socher, R. and Manning, C. D. (2014). GloVe: global vectors for word representation. EMNLP. Their page
publishes a script, preprocess-twitter.rb, that marks features of tweets by tags. The steps here are those that the
script sets out, in its order, and the tags are those of the published vocabulary. It differs in what must be slips:

- the published pattern for capitals marks blanks, punctuation and the script's own tags too; here it marks words;
- a smiley with a letter or the digit 8 in it may not begin or end inside a word ("said: yes", "18)");
- a hashtag ends where its word does, not with the comma behind it.

The script leaves punctuation where it is. The published vocabulary has it as tokens of their own, and so it is here; an
apostrophe inside a word stays in it. HTML is unescaped first, or ``&amp;P`` would put out its tongue; joiners and other
marks that nobody sees are left out.
"""

import html
from collections.abc import Callable

import regex

GLOVE_PLACEHOLDERS = (
    "<url>",
    "<user>",
    "<smile>",
    "<lolface>",
    "<sadface>",
    "<neutralface>",
    "<heart>",
    "<number>",
    "<hashtag>",
    "<repeat>",
    "<elong>",
    "<allcaps>",
)

EYES = r"(?:[:=;]|(?<!\w)8)"
EYES_BEHIND = r"(?:[:=;]|8(?!\w))"
NOSE = r"['`-]?"

Replacement = str | Callable[[regex.Match[str]], str]


def _number(match: regex.Match[str]) -> str:
    """The tag of a number; right behind the sign of a hashtag it stays there."""
    return "<number> " if match.string[match.start() - 1 : match.start()] == "#" else " <number> "


def _split_hashtag(match: regex.Match[str]) -> str:
    """Words of a hashtag: parted before each capital, unless all of it is in capitals."""
    body = match.group(1)
    if body.isupper():
        return f" <hashtag> {body.lower()} <allcaps> "
    return f" <hashtag> {CAPITAL.sub(' ', body)} "


TAG = regex.compile("|".join(GLOVE_PLACEHOLDERS))
UNSEEN = regex.compile(r"[\p{Cf}\p{Variation_Selector}]")
CAPITAL = regex.compile(r"(?<=.)(?=\p{Lu})")
STEPS: tuple[tuple[regex.Pattern[str], Replacement], ...] = (
    # The last alternative is what masking leaves of a bare domain.
    (regex.compile(r"https?://\S+\b|www\.(?:\w+\.)+\S*|\burl\.com\b"), " <url> "),
    (regex.compile("/"), " / "),
    (regex.compile(r"@\w+"), " <user> "),
    # As published, eyes on the right of a closing bracket smile, for this step comes before that of sad faces.
    (regex.compile(rf"{EYES}{NOSE}(?:\)+|[)d]+(?!\w))", regex.IGNORECASE), " <smile> "),
    (regex.compile(rf"(?:(?<!\))\)|(?<![\w)])d)[)d]{{0,30}}+{NOSE}{EYES_BEHIND}", regex.IGNORECASE), " <smile> "),
    (regex.compile(rf"{EYES}{NOSE}p+(?!\w)", regex.IGNORECASE), " <lolface> "),
    (regex.compile(rf"{EYES}{NOSE}\(+"), " <sadface> "),
    (regex.compile(rf"{EYES}{NOSE}(?:[|*]|l(?!\w))"), " <neutralface> "),
    (regex.compile("<3"), " <heart> "),
    (regex.compile(r"[-+]?(?<!\.)\.*+\d[:,.\d]*"), _number),
    (regex.compile(r"#(<number>|\w+)"), _split_hashtag),
    (regex.compile(r"[!?.]*([!?.])(?<=[!?.]{2})"), r" \1 <repeat> "),
    (regex.compile(r"(\p{L})(?<!\1\1)\1{2,}+(?!\w)"), r"\1 <elong> "),
)
TOKEN = regex.compile(rf"{TAG.pattern}|\w[\w\p{{M}}]*(?:['’]\w[\w\p{{M}}]*)*|[^\s\w\p{{M}}]")


def normalise_glove_twitter(text: str) -> list[list[str]]:
    """Tokens of each line of `text`, lower-case, with tags out of `GLOVE_PLACEHOLDERS`; lines without one left out."""
    text = UNSEEN.sub("", html.unescape(text))
    lines = ([token for found in TOKEN.findall(_tagged(line)) for token in _plain(found)] for line in text.split("\n"))
    return [line for line in lines if line]


def _tagged(line: str) -> str:
    for pattern, replacement in STEPS:
        line = pattern.sub(replacement, line)
    return line


def _plain(token: str) -> list[str]:
    """A token in lower case, and a tag behind it where it is a word of two capitals or more."""
    if token in GLOVE_PLACEHOLDERS:
        return [token]
    lower = token.lower().replace("’", "'")
    return [lower, "<allcaps>"] if len(token) > 1 and token.isupper() else [lower]
