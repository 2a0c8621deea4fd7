"""What a rule looks at and what it says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from iamspec.policy.actions import Catalogue
from iamspec.policy.document import PRINCIPALS, Document, listed

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning about a policy document: `code` is a key of RULES, `path` leads to the value that it is about."""

    code: str
    path: Path
    message: str

    @property
    def order(self) -> tuple[Any, ...]:
        """Sorts remarks by place: statements by number, elements by name."""
        return (tuple((isinstance(step, str), step) for step in self.path), self.code, self.message)


@dataclass(frozen=True, slots=True)
class Part:
    """One statement and where it stands."""

    path: Path
    data: Mapping[str, Any]

    @property
    def allows(self) -> bool:
        return self.data.get("Effect") == "Allow"

    def texts(self, *elements: str) -> Iterator[tuple[Path, str]]:
        """The texts of some elements, a single one or each of a list, with their paths; what is no text is left out."""
        for element in elements:
            value = self.data.get(element)
            for at, one in enumerate(listed(value)):
                if isinstance(one, str):
                    place = (*self.path, element)
                    yield ((*place, at) if isinstance(value, list | tuple) else place), one

    def tests(self) -> Iterator[tuple[Path, str, Any]]:
        """The tests of Condition: path, key, and the values that it is compared with."""
        condition = self.data.get("Condition")
        for operator, keys in condition.items() if isinstance(condition, Mapping) else ():
            for key, values in keys.items() if isinstance(keys, Mapping) else ():
                yield (*self.path, "Condition", str(operator), str(key)), str(key), values


@dataclass(frozen=True)
class Subject:
    """A document under examination, with the catalogue that its actions are looked up in."""

    document: Document
    catalogue: Catalogue

    @cached_property
    def parts(self) -> list[Part]:
        data = self.document.data
        found = data.get("Statement") if isinstance(data, Mapping) else None
        if isinstance(found, Mapping):
            return [Part(("Statement",), found)]
        return [Part(("Statement", at), one) for at, one in enumerate(listed(found)) if isinstance(one, Mapping)]

    @cached_property
    def on_resource(self) -> bool:
        """Whether the document is the policy of a resource or a role's trust, which say who, and not on what."""
        return any(element in part.data for part in self.parts for element in PRINCIPALS)


def quoted(texts: list[str]) -> str:
    """`"a"`, `"a" or "b"`: what to write instead."""
    return " or ".join(f'"{text}"' for text in texts)
