"""Policy documents laid flat: each element and each test a path with members, told apart as IAM tells them apart."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from iamspec.policy.document import ACCOUNT_ID, ACTIONS, DEFAULT_VERSION, PRINCIPALS, RESOURCES, listed
from iamspec.render.lines import scalar

Path = tuple[str, ...]
Names = dict[tuple[str, ...], str]  # how that which IAM takes for one is spelled


@dataclass(frozen=True, slots=True)
class Flat:
    """A statement, or the head of a document: by path the members, what they are shown as by what they mean."""

    parts: Mapping[Path, Mapping[str, str]] = field(default_factory=dict)

    @property
    def pairs(self) -> frozenset[tuple[Path, str]]:
        """All that it says; equal for statements that say the same."""
        return frozenset((path, one) for path, members in self.parts.items() for one in members or ("",))

    def has(self, element: str) -> bool:
        return any(path[0] == element for path in self.parts)


def flat(data: Mapping[str, Any], partition: str, names: Names) -> tuple[Flat, list[Flat]]:
    """The head of a document and its statements, each once, in the author's order.

    `names` remembers spellings: what is laid flat later is spelled as what was laid flat before.
    """
    head: dict[Path, dict[str, str]] = {("Version",): _member(data.get("Version", DEFAULT_VERSION))}
    for key in sorted(key for key in data if key not in {"Version", "Statement"}):
        if key != "Id" or data[key]:
            head[(scalar(key),)] = _member(data[key])
    statements = [_statement(one, partition, names) for one in listed(data.get("Statement"))]
    return Flat(head), list({one.pairs: one for one in statements}.values())


def _member(value: Any) -> dict[str, str]:
    return {_key(value): scalar(value)}


def _statement(statement: Any, partition: str, names: Names) -> Flat:
    if not isinstance(statement, Mapping):
        return Flat({("no statement",): _member(statement)})
    parts: dict[Path, dict[str, str]] = {}
    for element, value in statement.items():
        for path, values, same in _elements(str(element), value, partition):
            spelled = _spelled(path, names)
            members = parts.setdefault(spelled, {})
            for one in values:
                meaning = same(one)
                members[meaning] = names.setdefault((*spelled, "", meaning), scalar(_text(one)))
    return Flat(parts)


def _spelled(path: Path, names: Names) -> Path:
    """Operators and keys of conditions have no case."""
    if path[0] != "Condition":
        return tuple(map(scalar, path))
    folded = tuple(map(str.lower, path))
    return tuple(names.setdefault(folded[: index + 1], scalar(step)) for index, step in enumerate(path))


def _elements(element: str, value: Any, partition: str) -> Iterator[tuple[Path, Iterable[Any], Callable[[Any], str]]]:
    """The paths below an element of a statement, with the values there and what values mean."""
    if element in ACTIONS:
        yield (element,), listed(value), _ignoring_case
    elif element in RESOURCES:
        yield (element,), listed(value), _meaning
    elif element in PRINCIPALS and (value == "*" or isinstance(value, Mapping)):
        for kind, members in ({"AWS": "*"} if value == "*" else value).items():
            yield (element, str(kind)), listed(members), lambda one: _principal(one, partition)
    elif element == "Condition" and isinstance(value, Mapping):
        yield from _tests(value)
    elif element != "Sid" or value:
        yield (element,), [value], _key


def _tests(condition: Mapping[str, Any]) -> Iterator[tuple[Path, Iterable[Any], Callable[[Any], str]]]:
    for operator, tests in condition.items():
        if not isinstance(tests, Mapping):
            yield ("Condition", str(operator)), [tests], _key
            continue
        same = _ignoring_case if "ignorecase" in str(operator).lower() else _meaning
        for name, values in tests.items():
            yield ("Condition", str(operator), str(name)), listed(values), same


def _principal(value: Any, partition: str) -> str:
    text = _text(value)
    is_account = isinstance(text, str) and ACCOUNT_ID.fullmatch(text)
    return _key(f"arn:{partition}:iam::{text}:root" if is_account else text)


def _meaning(value: Any) -> str:
    return _key(_text(value))


def _ignoring_case(value: Any) -> str:
    return _meaning(value).lower()


def _text(value: Any) -> Any:
    """Booleans and numbers as the text that IAM keeps of them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
