"""Requests held against the service model: patterns, lengths, ranges and enums, which no client checks whole."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

from iamspec.sandbox.refusals import Refused

# Python's `re` has no Unicode categories: those of the models, as far as ASCII, and what stands in for the rest of each
CATEGORIES = {r"\p{L}": "a-zA-Z", r"\p{N}": "0-9", r"\p{Z}": " "}
STAND_INS = {"L": "a", "N": "0", "Z": " "}


def check(shape: Any, params: dict[str, Any]) -> None:
    """ValidationError with everything that is wrong, in the words of AWS."""
    found = list(_violations(shape, params, ""))
    if found:
        errors = "error" if len(found) == 1 else "errors"
        raise Refused("ValidationError", f"{len(found)} validation {errors} detected: {'; '.join(found)}")


def _violations(shape: Any, value: Any, where: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for name in shape.required_members:
            if name not in value:
                yield _failed(None, _member(where, name), "Member must not be null")
        for name in value:
            yield from _violations(shape.members[name], value[name], _member(where, name))
    elif shape.type_name == "list":
        yield from _range(shape, value, len(value), where, "length")
        for number, one in enumerate(value, start=1):
            yield from _violations(shape.member, one, f"{where}.{number}.member")
    elif shape.type_name == "integer":
        yield from _range(shape, value, value, where, "value")
    elif shape.type_name == "string":
        yield from _text(shape, value, where)


def _text(shape: Any, value: str, where: str) -> Iterator[str]:
    yield from _range(shape, value, len(value), where, "length")
    if shape.enum and value not in shape.enum:
        yield _failed(value, where, f"Member must satisfy enum value set: [{', '.join(sorted(shape.enum))}]")
    pattern = shape.metadata.get("pattern")
    if pattern and not matches(pattern, value):
        yield _failed(value, where, f"Member must satisfy regular expression pattern: {pattern}")


def _range(shape: Any, value: Any, number: int, where: str, what: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and number < low:
        yield _failed(value, where, f"Member must have {what} greater than or equal to {low}")
    if high is not None and number > high:
        yield _failed(value, where, f"Member must have {what} less than or equal to {high}")


def matches(pattern: str, text: str) -> bool:
    r"""Whether a pattern takes the whole text; `\w` and `\d` are ASCII in the models, `\p{L}` is any letter."""
    if r"\p{" in pattern:
        text = "".join(one if one.isascii() else STAND_INS.get(unicodedata.category(one)[0], one) for one in text)
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    if pattern.startswith("/[") and pattern.endswith("]*/"):
        pattern = pattern[1:-1]  # two patterns of the model stand between slashes, as in JavaScript
    for category, characters in CATEGORIES.items():
        pattern = pattern.replace(category, characters)
    return re.compile(pattern, re.ASCII)


def _failed(value: Any, where: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{str(value)[:80]}'"
    return f"Value {shown} at '{where}' failed to satisfy constraint: {constraint}"


def _member(where: str, name: str) -> str:
    member = name[:1].lower() + name[1:]
    return f"{where}.{member}" if where else member
