"""The canonical form of a policy document: a JSON value, equal for all spellings of a document.

The rules of equality follow the IAM User Guide, "Grammar of the
IAM JSON policy language" and "IAM JSON policy elements".
"""

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from iamspec.policy.statement import MAPPINGS, Part, Statement, listed, text

DEFAULT_VERSION = "2008-10-17"
DEEPEST = 50  # levels, far more than any policy has
encoded = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode  # made once, since every statement calls it


def unsorted(data: Any, partition: str = "aws") -> Any:
    """The canonical form, except that statements keep the author's order and may stand twice."""
    if not isinstance(data, Mapping):
        return _frozen(data)
    form = {str(key): _frozen(value) for key, value in data.items() if key not in {"Version", "Id", "Statement"}}
    form["Version"] = _text(data.get("Version", DEFAULT_VERSION))
    form["Statement"] = [
        _statement(Statement(one), partition) if isinstance(one, MAPPINGS) else _frozen(one)
        for one in listed(data.get("Statement"))
    ]
    if data.get("Id"):
        form["Id"] = _text(data["Id"])
    return form


def access_form(form: Any) -> Any:
    """A canonical form without its labels."""
    if not isinstance(form, dict):
        return form
    bare = {key: value for key, value in form.items() if key != "Id"}
    bare["Statement"] = unique(
        [
            {key: value for key, value in one.items() if key != "Sid"} if isinstance(one, dict) else one
            for one in form.get("Statement", ())
        ]
    )
    return bare


def _statement(statement: Statement, partition: str) -> dict[str, Any]:
    form: dict[str, Any] = {}
    tests: list[Any] = []
    for part in statement.parts():
        steps = part.steps
        if len(steps) == 1:
            form[steps[0]] = _values(part, partition)
        elif steps[0] == "Condition":
            tests.append([*map(str.lower, steps[1:]), _values(part, partition)])
        else:
            form.setdefault(steps[0], {})[steps[1]] = _values(part, partition)
    if tests:  # all must hold, so they are a set, however they are nested
        form["Condition"] = unique(tests)
    return form


def _values(part: Part, partition: str) -> Any:
    """The values of a part as a set.

    A value with an order of its own stands by itself.
    """
    if part.reading == "whole":
        return _frozen(part.values[0])
    found = part.meanings(partition)
    try:
        "".join(found)  # the quickest way to tell whether all are texts
    except TypeError:
        return unique(list(map(_frozen, found)))
    return sorted(set(found)) if len(found) > 1 else found


def _text(value: Any) -> Any:
    """A scalar as the text that IAM stores, another value frozen."""
    found = text(value)
    return _frozen(value) if found is None else found


def _frozen(value: Any, levels: int = DEEPEST) -> Any:
    """Data of ordinary types.

    Deeper levels become a text, so that no document is too deep.
    """
    if isinstance(value, str):  # the usual case
        return str(value)
    if isinstance(value, Mapping | list | tuple) and not levels:
        return "".join(_tokens(value))
    if isinstance(value, Mapping):
        return {str(key): _frozen(one, levels - 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_frozen(one, levels - 1) for one in value]
    if isinstance(value, float) and not isfinite(value):
        return str(value)  # NaN never equals NaN
    return value


def _tokens(value: Any) -> Iterator[str]:
    """JSON with sorted keys and without recursion."""
    pending: list[Any] = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, _Mark):
            yield one
        elif isinstance(one, Mapping):
            yield "{"
            pending.append(_Mark("}"))
            for key in sorted(one, key=str, reverse=True):
                pending += [_Mark(","), one[key], _Mark(f"{json.dumps(str(key))}:")]
        elif isinstance(one, list | tuple):
            yield "["
            pending.append(_Mark("]"))
            for member in reversed(one):
                pending += [_Mark(","), member]
        else:
            yield json.dumps(one)


class _Mark(str):
    """A piece of JSON between values."""

    __slots__ = ()


def unique(found: list[Any]) -> list[Any]:
    """The values sorted, without repetition. Strings, the usual case, sort directly."""
    if len(found) <= 1:
        return found
    try:
        "".join(found)  # the quickest way to tell whether all are texts
    except TypeError:
        return [one for _, one in sorted({encoded(one): one for one in found}.items())]
    return sorted(set(found))
