"""Turns a validation error into one line that says where, what was found and what is allowed."""

import difflib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from wordspaces.common.errors import StudyError

# What pydantic calls an error -> how its allowed values are said; {name} is filled from the error's own context.
ALLOWED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "list_type": "a list",
    "dict_type": "a mapping of names to values",
    "model_type": "a mapping of settings",
    "model_attributes_type": "a mapping of settings",
    "finite_number": "a finite number",
    "greater_than": "a value > {gt}",
    "greater_than_equal": "a value >= {ge}",
    "less_than": "a value < {lt}",
    "less_than_equal": "a value <= {le}",
    "too_short": "at least {min_length} entry",
    "too_long": "at most {max_length} entries",
    "string_pattern_mismatch": "a name of small letters, digits and hyphens ({pattern})",
    "literal_error": "{expected}",
    "union_tag_invalid": "{expected_tags}",
    "union_tag_not_found": "a key {discriminator}",
    "value_error": "{error}",
}


def explain(error: ValidationError, path: str | Path, root: Any) -> StudyError:
    """The first fault of a validation as a `StudyError`: the file and dotted key, the value found, what is allowed.

    Parameters
    ----------
    error : as raised by pydantic.
    path : the file that was read.
    root : the type that was validated, from which the known keys at each place are taken.
    """
    fault = error.errors(include_url=False)[0]
    place = [str(part) for part in fault["loc"]]
    key = ".".join(_written(place)) or "the whole file"
    if fault["type"] == "extra_forbidden":
        known = _known_keys(root, fault["loc"][:-1])
        close = difflib.get_close_matches(place[-1], known, n=1)
        remedy = f"did you mean {close[0]!r}?" if close else ""
        return StudyError(f"{path}: {key}", "an unknown key", ", ".join(known) or "no key here", remedy)
    if fault["type"] == "missing":
        return StudyError(f"{path}: {key}", "no such key", "a value; the key is required")
    allowed = ALLOWED.get(fault["type"], fault["msg"])
    return StudyError(f"{path}: {key}", _short(fault["input"]), allowed.format(**fault.get("ctx", {})))


def _short(value: Any, width: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= width else text[: width - 3] + "..."


def _written(place: list[str]) -> list[str]:
    """A location without the parts that the file does not hold: the union tag under a model, the mark of a bad name."""
    if len(place) > 2 and place[0] == "models":
        place = place[:2] + place[3:]
    return [part for part in place if part != "[key]"]


def _known_keys(root: Any, place: tuple[Any, ...]) -> list[str]:
    """Field names of the settings class found by following `place` down from `root`."""
    candidates = [root]
    for part in place:
        below: list[Any] = []
        for candidate in candidates:
            below += _step(candidate, part)
        candidates = below or candidates
    models = [found for candidate in candidates for found in _models(candidate)]
    return list(dict.fromkeys(name for model in models for name in model.model_fields))


def _step(candidate: Any, part: Any) -> list[Any]:
    """Types that lie under `part` of a type: a field, a mapping's value, or the union member with that tag."""
    found: list[Any] = []
    for model in _models(candidate):
        if part in model.model_fields:
            found.append(model.model_fields[part].annotation)
        family = model.model_fields.get("family")
        if family is not None and part in get_args(family.annotation):
            return [model]
    arguments = get_args(candidate)
    if not found and len(arguments) == 2 and arguments[0] is not Any:
        found.append(arguments[1])
    return found


def _models(candidate: Any) -> list[type[BaseModel]]:
    """Settings classes in a type, through unions and annotations."""
    if isinstance(candidate, type) and issubclass(candidate, BaseModel):
        return [candidate]
    return [model for argument in get_args(candidate) for model in _models(argument)]
