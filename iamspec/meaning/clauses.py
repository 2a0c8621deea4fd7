"""Policy documents taken apart into the least that they say, whatever statements that is spread over."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from iamspec.document import ACTIONS, RESOURCES, Document
from iamspec.meaning.wildcards import WILD, disjoint, subsumes

Named = (
    str | tuple[str, ...]
)  # one pattern of actions or resources; a tuple is all but those, which cannot be taken apart


@dataclass(frozen=True, slots=True)
class Clause:
    """What a statement says of its actions: an effect on one pattern of resources, if `test` holds."""

    effect: str
    resource: Named
    test: str = ""

    def covers(self, other: "Clause") -> bool:
        """Whether this one certainly holds wherever the other does."""
        return (
            self.effect == other.effect
            and self.test in {"", other.test}
            and within(other.resource, self.resource, arn=True)
        )


Saying = Mapping[Clause, set[Named]]  # each clause with the actions that it is said of
Piece = tuple[Clause, Named]

WHOLE: Piece = (Clause("Allow", "*"), "*")


def said(document: Document) -> dict[str, Mapping[str, Any]]:
    """The statements of a document without their labels, by a text that is the same for all that say the same.

    A variable is plain text in the old version of the language, and is written here as such text is in the new one.
    """
    form = document.canonical
    is_old = isinstance(form, dict) and form.get("Version") != "2012-10-17"
    found: dict[str, Mapping[str, Any]] = {}
    for one in form.get("Statement", ()) if isinstance(form, dict) else ():
        if isinstance(one, dict):
            text = json.dumps({key: value for key, value in one.items() if key != "Sid"}, sort_keys=True)
            if is_old and "${" in text:
                text = text.replace("${", "${$}{")
                found[text] = json.loads(text)
            else:
                found[text] = one
    return found


def saying(statements: Iterable[Mapping[str, Any]]) -> dict[Clause, set[Named]]:
    """All that some statements say together."""
    found: dict[Clause, set[Named]] = {}
    for one in statements:
        rest = {key: value for key, value in one.items() if key not in {"Sid", "Effect", *ACTIONS, *RESOURCES}}
        test = json.dumps(rest, sort_keys=True) if rest else ""
        actions = list(_taken_apart(one, *ACTIONS))
        for resource in _taken_apart(one, *RESOURCES):
            found.setdefault(Clause(str(one.get("Effect")), resource, test), set()).update(actions)
    return found


def _taken_apart(statement: Mapping[str, Any], name: str, exception: str) -> Iterator[Named]:
    if exception in statement:
        yield tuple(map(_simple, statement[exception]))
    yield from map(_simple, statement.get(name, ()))


def _simple(pattern: Any) -> str:
    """A pattern as text; `**` is `*`, and so is `*:*`, since every action and every ARN has a colon."""
    text = str(pattern)
    if not text.startswith("*"):
        return text
    return "*" if not text.strip("*:") and text.count(":") <= 1 else text


def beyond(some: Saying, others: Saying) -> list[Piece]:
    """What some say and others do not in the same words, nor in wider ones."""
    new = ((clause, named - others.get(clause, set())) for clause, named in some.items())
    return uncovered([(clause, one) for clause, named in new for one in sorted(named, key=str)], others)


def uncovered(found: list[Piece], by: Saying) -> list[Piece]:
    """What of all that is found nothing else certainly says, too."""
    covering: dict[Clause, list[tuple[set[Named], list[Named]]]] = {}
    left = []
    for clause, named in found:
        if clause not in covering:
            covering[clause] = [(one, _wide(one)) for other, one in by.items() if other.covers(clause)]
        if not any(named in one or any(within(named, each) for each in wide) for one, wide in covering[clause]):
            left.append((clause, named))
    return left


def _wide(some: set[Named]) -> list[Named]:
    """Those that can cover others than themselves."""
    return [one for one in some if isinstance(one, tuple) or WILD.search(one)]


def within(inner: Named, outer: Named, *, arn: bool = False) -> bool:
    """Whether all that one means is certainly meant by the other; less taken out is more."""
    if isinstance(inner, tuple) and isinstance(outer, tuple):
        return all(any(subsumes(wide, narrow, arn=arn) for wide in inner) for narrow in outer)
    if isinstance(outer, tuple):
        return not arn and disjoint(str(inner), outer)
    return outer == "*" if isinstance(inner, tuple) else subsumes(outer, inner, arn=arn)
