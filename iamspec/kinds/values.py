"""The values that a parameter of a call may have: text, a flag, a number, a document, tags."""

import json
from collections.abc import Callable

Check = Callable[[object], bool]


def is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def is_flag(value: object) -> bool:
    return isinstance(value, bool)


def is_true(value: object) -> bool:
    return value is True


def is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_document(value: object) -> bool:
    """JSON text of an object."""
    if not isinstance(value, str):
        return False
    try:
        return isinstance(json.loads(value), dict)
    except (ValueError, RecursionError):
        return False


def is_tag_list(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_tag, value))


def _is_tag(value: object) -> bool:
    if not isinstance(value, dict) or value.keys() != {"Key", "Value"}:
        return False
    return all(isinstance(text, str) for text in value.values())


def is_text_list(value: object) -> bool:
    return isinstance(value, list) and all(map(is_text, value))


def one_of(*values: str) -> Check:
    """A check for exactly these texts."""
    return lambda value: isinstance(value, str) and value in values
