"""One JSON object a line: from the bytes of a line to the object, or why there is none."""

import json
import re
from typing import Any

from wordspaces.corpus.opening import BYTE_ORDER_MARK
from wordspaces.corpus.records import Dropped

SURROGATE = re.compile("[\ud800-\udfff]")


def parse_object(line: bytes | None) -> dict[str, Any] | Dropped:
    """The object on a line; None stands for a line that was too long to be held."""
    if line is None:
        return Dropped("overlong line")
    line = line.removeprefix(BYTE_ORDER_MARK)
    if not line or line.isspace():
        return Dropped("blank line")
    try:
        found = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        return Dropped("not UTF-8")
    except (ValueError, RecursionError):
        return Dropped("broken line")
    return found if isinstance(found, dict) else Dropped("broken line")


def whole_characters(text: str) -> str:
    r"""Text without halves of surrogate pairs: JSON may hold them ("\ud83d"), no file in UTF-8 can."""
    return text if text.isascii() else SURROGATE.sub("", text)


def as_number(value: Any) -> str:
    """Text of a string or an integer that names a record, "" for anything else."""
    if isinstance(value, str):
        return whole_characters(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
