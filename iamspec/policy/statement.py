"""A statement of a policy document, taken apart once for all readers.

After "IAM JSON policy elements reference" in the IAM User Guide.
Nothing here raises on the content of live IAM.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

ACTIONS = ("Action", "NotAction")
RESOURCES = ("Resource", "NotResource")
PRINCIPALS = ("Principal", "NotPrincipal")
ACCOUNT_ID = re.compile(r"\d{12}", re.ASCII)
MAPPINGS, LISTS = (dict, Mapping), (list, tuple)  # concrete types first: an abstract type takes longer to test

Path = tuple[str | int, ...]


# How IAM reads the values of an element: as names without case, as texts, as texts in which an account id means the root
# of the account, or as one value that stands as it is.
Reading = Literal["name", "text", "principal", "whole"]


class Part(NamedTuple):  # made for every element of every document: a tuple is made fastest
    """The values at one place of a statement: `Action`, `Principal AWS`, `Condition StringEquals aws:username`."""

    steps: tuple[str, ...]
    values: Sequence[Any]
    reading: Reading

    def meanings(self, partition: str) -> list[Any]:
        """The values as IAM reads them.

        A value that is no text means itself.
        """
        if self.reading == "whole":
            return list(self.values)
        read = str.lower if self.reading == "name" else str.__str__
        try:
            found: list[Any] = list(map(read, self.values))
        except TypeError:  # a value that is no text
            found = [read(one) if isinstance(one, str) else one for one in map(_text_or_value, self.values)]
        return [_account_root(one, partition) for one in found] if self.reading == "principal" else found


@dataclass(frozen=True, slots=True)
class Test:
    """One test of a Condition.

    `key` is None if the operator has no mapping of keys.
    """

    operator: str
    key: str | None
    written: Any

    @property
    def values(self) -> Sequence[Any]:
        return listed(self.written)

    @property
    def part(self) -> Part:
        if self.key is None:
            return Part(("Condition", self.operator), (self.written,), "whole")
        reading: Reading = "name" if "ignorecase" in self.operator.lower() else "text"
        return Part(("Condition", self.operator, self.key), self.values, reading)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the author wrote it.

    `index` counts from 0. `alone` means that the statement stands
    without a list.
    """

    data: Mapping[str, Any]
    index: int = 0
    alone: bool = False

    @property
    def path(self) -> Path:
        """The place of the statement in its document."""
        return ("Statement",) if self.alone else ("Statement", self.index)

    @property
    def effect(self) -> Any:
        return self.data.get("Effect")

    @property
    def allows(self) -> bool:
        return bool(self.effect == "Allow")

    @property
    def denies(self) -> bool:
        return bool(self.effect == "Deny")

    @property
    def is_unconditional(self) -> bool:
        return not self.data.get("Condition")

    def has(self, *elements: str) -> bool:
        return not self.data.keys().isdisjoint(elements)

    def values(self, element: str) -> Sequence[Any]:
        """The values of an element as written.

        A scalar is a list of one.
        """
        return listed(self.data.get(element))

    def stored(self, element: str) -> tuple[str, ...]:
        """The values of an element as IAM stores them, without those that are no text."""
        found = self.values(element)
        if {str}.issuperset(map(type, found)):  # as nearly always
            return tuple(found)
        return tuple(one for one in map(text, found) if one is not None)

    def texts(self, *elements: str) -> Iterator[tuple[Path, str]]:
        """The texts of some elements with their paths."""
        for element in elements:
            value = self.data.get(element)
            place: Path = (*self.path, element)
            for at, one in enumerate(listed(value)):
                if isinstance(one, str):
                    yield ((*place, at) if isinstance(value, LISTS) else place), one

    def tests(self) -> Iterator[Test]:
        """The tests of the Condition, all of which must hold."""
        condition = self.data.get("Condition")
        for operator, keys in condition.items() if isinstance(condition, MAPPINGS) else ():
            if isinstance(keys, MAPPINGS):
                yield from (Test(str(operator), str(key), values) for key, values in keys.items())
            else:
                yield Test(str(operator), None, keys)

    def parts(self) -> list[Part]:
        """Everything that the statement says.

        An empty Sid and an empty Condition say nothing.
        """
        found: list[Part] = []
        for element, value in self.data.items():
            if (reading := _READINGS.get(element)) is not None:
                found.append(Part((element,), listed(value), reading))
            elif element in PRINCIPALS and (value == "*" or isinstance(value, MAPPINGS)):
                found += _principals(element, value)
            elif element == "Condition" and isinstance(value, MAPPINGS):
                found += [test.part for test in self.tests()]
            elif element != "Sid" or value:
                whole = _text_or_value(value) if element == "Sid" else value
                found.append(Part((str(element),), (whole,), "whole"))
        return found


_READINGS: dict[str, Reading] = {**dict.fromkeys(ACTIONS, "name"), **dict.fromkeys(RESOURCES, "text")}


def _principals(element: str, value: Any) -> Iterator[Part]:
    """The kinds of principals. `"*"` means everybody of AWS."""
    if not value:
        yield Part((element,), (value,), "whole")
    for kind, members in ({"AWS": "*"} if value == "*" else value).items():
        yield Part((element, str(kind)), listed(members), "principal" if kind == "AWS" else "text")


def statements(data: Any) -> Iterator[Statement]:
    """The statements of a document in order, without list members that are no objects."""
    found = data.get("Statement") if isinstance(data, MAPPINGS) else None
    alone = not isinstance(found, LISTS)
    for index, one in enumerate(listed(found)):
        if isinstance(one, MAPPINGS):
            yield Statement(one, index, alone)


def listed(value: Any) -> Sequence[Any]:
    """A scalar as a list of one, nothing as the empty list."""
    if value is None:
        return ()
    return value if isinstance(value, LISTS) else (value,)


def text(value: Any) -> str | None:
    """A scalar as the text that IAM stores. None for other values."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None


def _text_or_value(value: Any) -> Any:
    found = text(value)
    return value if found is None else found


def _account_root(value: Any, partition: str) -> Any:
    if isinstance(value, str) and ACCOUNT_ID.fullmatch(value):
        return f"arn:{partition}:iam::{value}:root"
    return value
