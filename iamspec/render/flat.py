"""Policy documents laid flat: each element and each test is a path with members.

IAM decides which members are equal.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from iamspec.policy.canonical import DEFAULT_VERSION
from iamspec.policy.statement import Reading, Statement, listed, text
from iamspec.render.yaml_lines import yaml_text

Path = tuple[str, ...]
NO_STATEMENT: Path = ("",)  # a member of a list that is null. A name would stand in quotes
Names = dict[tuple[str, ...], str]  # spellings that IAM takes as equal


@dataclass(frozen=True, slots=True)
class Flat:
    """A statement, or the head of a document: the members by path, and the shown text by meaning."""

    parts: Mapping[Path, Mapping[str, str]] = field(default_factory=dict)

    @property
    def pairs(self) -> frozenset[tuple[Path, str]]:
        """The whole content. It is equal for statements of the same meaning."""
        return frozenset((path, one) for path, members in self.parts.items() for one in members or ("",))

    @property
    def headings(self) -> frozenset[Path]:
        """The paths that have something below them."""
        return frozenset(path[:end] for path in self.parts for end in range(1, len(path)))


def flat(data: Mapping[str, Any], partition: str, names: Names) -> tuple[Flat, list[Flat]]:
    """The head of a document and its statements, each once, in the author's order.

    `names` remembers spellings: a later document is spelled like
    an earlier one.
    """
    head: dict[Path, dict[str, str]] = {("Version",): _member(data.get("Version", DEFAULT_VERSION))}
    for key in sorted(key for key in data if key not in {"Version", "Statement"}):
        if key != "Id" or data[key]:
            head[(yaml_text(key),)] = _member(data[key])
    statements = [_statement(one, partition, names) for one in listed(data.get("Statement"))]
    return Flat(head), list({one.pairs: one for one in statements}.values())


def _member(value: Any) -> dict[str, str]:
    return {_key(value): yaml_text(value)}


def _statement(written: Any, partition: str, names: Names) -> Flat:
    if not isinstance(written, Mapping):
        return Flat({NO_STATEMENT: _member(written)})
    parts: dict[Path, dict[str, str]] = {}
    for part in Statement(written).parts():
        spelled = _spelled(part.steps, names)
        members = parts.setdefault(spelled, {})
        for value, meant in zip(part.values, part.meanings(partition), strict=True):
            meaning = _key(meant)
            members[meaning] = names.setdefault((*spelled, "", meaning), yaml_text(_shown(value, part.reading)))
    return Flat(parts)


def _shown(value: Any, reading: Reading) -> Any:
    """Booleans and numbers as the text that IAM stores."""
    found = None if reading == "whole" else text(value)
    return value if found is None else found


def _spelled(path: Path, names: Names) -> Path:
    """Operators and keys of conditions have no case."""
    if path[0] != "Condition":
        return tuple(map(yaml_text, path))
    folded = tuple(map(str.lower, path))
    return tuple(names.setdefault(folded[: index + 1], yaml_text(step)) for index, step in enumerate(path))


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
