"""Take persons out of tweets before they are stored: handles, mail addresses and web addresses.

What is masked is what the normaliser of the study takes for a handle, a mail address or a URL, so that it finds the
same tokens in a masked tweet as in the tweet itself. Two exceptions err on the side of the persons: a handle glued
to the end of a word ("see you soon@name") is masked and set off by a blank, unless it is too short for one ("sh@t",
"8@ten"); and a handle that ends in a single letter ("@name_A.") no longer makes an abbreviation of the full stop.
"""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import regex

from wordspaces.corpus.records import Document, Dropped, Part, Reader, Reading

USER = "@user"
ADDRESS = "http://url"
DOMAIN = "url.com"
MOST_PASSES = 5

# Blanks part what may be masked, so only stretches between blanks that hold one of these characters are looked at.
CANDIDATE = re.compile(r"(?<!\S)[^\s@＠﹫.:]*+[@＠﹫.:]\S*")
# Words and numbers are passed over whole, for no address begins inside one: "seehttp://t.co/x" is "seehttp" and t.co/x.
MASKED = regex.compile(
    r"""
      (?<! \w ) [rm]t [@＠﹫] \p{Cf}*+ (?P<retweeted> \w++ )
    | (?P<address> (?: https?: | www\. | pic\.twitter\.com ) [^\s<>"“”„‟″«»]*+ )
    | (?<! [\w.@＠﹫] ) (?: [a-z0-9] [a-z0-9-]* \. (?=[a-z0-9]) )++
      (?: com | org | net | gov | edu | info | co | io | ly | tv | be | gl ) (?! [\w@＠﹫.]* \w )
      (?: (?P<path> / [^\s<>"“”„‟″«»]*+ ) | (?P<domain>) )
    | (?P<mail> (?<! \w ) [\w.+-]*+ (?<= [\w+] ) [@＠﹫] \w [\w-]*+ (?: \. [\w-]+ )++ )
    | (?P<handle> (?<! \w ) [@＠﹫] \p{Cf}*+ \w++ )
    | (?P<glued> [@＠﹫] \p{Cf}*+ (?! \d ) \w{4,}+ )
    | (?: \d++ (?: [.,:/] \d++ )*+ (?: (?:st|nd|rd|th|s) (?! [^\W_] ) )?
        | [^\W\d_] [\p{M}[^\W_]]*+
          (?: ['‘’‚‛′‵`´ʼʹ＇] (?! s (?! [^\W_] ) ) [^\W\d_] [\p{M}[^\W_]]*+ )*+ ) (*SKIP) (*FAIL)
    """,
    regex.VERBOSE | regex.VERSION1 | regex.IGNORECASE,
)


def mask(text: str) -> str:
    """A tweet without persons: handles and mail addresses become ``@user``, web addresses ``http://url``.

    HTML is unescaped (twice, for some archives escaped it twice). A bare domain such as ``amazon.com`` becomes
    ``url.com``, which says no more about what follows it than a domain does. "RT @name:" becomes "RT @user:".
    Masking twice changes nothing more.
    """
    if "&" in text:
        text = html.unescape(html.unescape(text))
        if "&" in text and html.unescape(text) != text:
            # Escaped more than twice; what still looks escaped must not be taken for it by the next reader.
            text = text.replace("&", "&amp;amp;")
    for _ in range(MOST_PASSES):
        # What one pass sets off or shortens may be an address by itself for the next ("x.com@name").
        found = CANDIDATE.sub(_mask_stretch, text)
        if found == text:
            break
        text = found
    return text


def masked(reader: Reader) -> Reader:
    """The same reader, which masks texts and titles where it is told to."""

    def read(path: Path, part: Part | None, reading: Reading) -> Iterator[Document | Dropped]:
        for record in reader(path, part, reading):
            if reading.mask and isinstance(record, Document):
                yield Document(record.number, mask(record.title), mask(record.text))
            else:
                yield record

    return read


def _mask_stretch(stretch: re.Match[str]) -> str:
    return MASKED.sub(_replacement, stretch.group())


def _replacement(match: regex.Match[str]) -> str:
    kind = match.lastgroup
    if kind == "retweeted":
        return match.group()[:2] + USER
    if kind in ("handle", "mail"):
        return USER
    if kind == "glued":
        return f" {USER}"
    if kind == "domain":
        return DOMAIN
    # Right behind an @ a masked address would be taken for a handle.
    return f" {ADDRESS}" if match.string[match.start() - 1 : match.start()] in tuple("@＠﹫") else ADDRESS
