"""Policy documents taken apart into the least that they say, whatever statements that is spread over."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from iamspec.document import ACTIONS, RESOURCES, Document
from iamspec.meaning.wildcards import WILD, disjoint, subsumes

Patterns = tuple[tuple[str, ...], bool]  # what is meant, or all but that


@dataclass(frozen=True, slots=True)
class Atom:
    """The least that a statement says: an effect for one pattern of actions on one pattern of resources, if `test` holds.

    What NotAction and NotResource say cannot be taken apart, so their lists stay whole.
    """

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    test: str = ""
    except_actions: bool = False
    except_resources: bool = False

    @property
    def pattern(self) -> Patterns:
        return self.actions, self.except_actions

    def covers(self, other: "Atom") -> bool:
        """Whether this one certainly says all that the other does, of actions that are yet to come, too."""
        if self.effect != other.effect or self.test not in {"", other.test}:
            return False
        return _actions_within(other.pattern, self.pattern) and _resources_within(
            (other.resources, other.except_resources), (self.resources, self.except_resources)
        )


def _actions_within(inner: Patterns, outer: Patterns) -> bool:
    """Whether all that is in (or not in) some patterns is certainly in (or not in) others."""
    (one, inner_is_exception), (other, outer_is_exception) = inner, outer
    if outer_is_exception and not inner_is_exception:
        return all(disjoint(action, other) for action in one)
    return _within(inner, outer, arn=False)


def _resources_within(inner: Patterns, outer: Patterns) -> bool:
    return _within(inner, outer, arn=True)


def _within(inner: Patterns, outer: Patterns, *, arn: bool) -> bool:
    (one, inner_is_exception), (other, outer_is_exception) = inner, outer
    if outer_is_exception:  # less is taken out
        return inner_is_exception and all(any(subsumes(wide, each, arn=arn) for wide in one) for each in other)
    if inner_is_exception:
        return other == ("*",)
    return all(any(subsumes(wide, each, arn=arn) for wide in other) for each in one)


def said(document: Document) -> dict[str, Mapping[str, Any]]:
    """The statements of a document without their labels, by a text that is the same for all that say the same.

    A variable is plain text in the old version of the language, and is written here as such text is in the new one.
    """
    form = document.canonical
    found: dict[str, Mapping[str, Any]] = {}
    for one in form.get("Statement", ()) if isinstance(form, dict) else ():
        if isinstance(one, dict):
            text = json.dumps({key: value for key, value in one.items() if key != "Sid"}, sort_keys=True)
            if form.get("Version") != "2012-10-17":
                text = text.replace("${", "${$}{")
            found[text] = one
    return {text: one if "${$}{" not in text else json.loads(text) for text, one in found.items()}


def atoms(statements: Iterable[Mapping[str, Any]]) -> set[Atom]:
    return {atom for one in statements for atom in _statement_atoms(one)}


def _statement_atoms(statement: Mapping[str, Any]) -> Iterator[Atom]:
    rest = {key: one for key, one in statement.items() if key not in {"Sid", "Effect", *ACTIONS, *RESOURCES}}
    test = json.dumps(rest, sort_keys=True) if rest else ""
    effect = str(statement.get("Effect"))
    resources = list(_taken_apart(statement, *RESOURCES))
    for actions, except_actions in _taken_apart(statement, *ACTIONS):
        for patterns, except_resources in resources:
            yield Atom(effect, actions, patterns, test, except_actions, except_resources)


def _taken_apart(statement: Mapping[str, Any], name: str, exception: str) -> Iterator[Patterns]:
    if exception in statement:
        yield tuple(map(_everything, statement[exception])), True
    for one in statement.get(name, ()):
        yield (_everything(one),), False


def _everything(pattern: Any) -> str:
    """A pattern as text; `**` is `*`, and so is `*:*`, since every action and every ARN has a colon."""
    text = str(pattern)
    return "*" if text.startswith("*") and not text.strip("*:") and text.count(":") <= 1 else text


def uncovered(found: Iterable[Atom], by: Iterable[Atom]) -> list[Atom]:
    """The atoms that none of the others covers; only those that may are looked at: the same pattern, or one with `*`."""
    left = list(found)
    if not left:
        return left
    likely: dict[tuple[str, str, str], list[Atom]] = {}
    for one in by:
        likely.setdefault((one.effect, one.test, _reach(one)), []).append(one)
    return [
        atom
        for atom in left
        if not any(
            one.covers(atom)
            for test in {"", atom.test}
            for key in _sought(atom)
            for one in likely.get((atom.effect, test, key), ())
        )
    ]


def _reach(atom: Atom) -> str:
    """The key under which an atom may cover others: its one action, its service, or anything."""
    service, _, name = atom.actions[0].partition(":") if atom.actions else ("", "", "")
    if atom.except_actions or not atom.actions or WILD.search(service):
        return ""
    return f"{service}:" if WILD.search(name) else atom.actions[0]


def _sought(atom: Atom) -> tuple[str, ...]:
    if atom.except_actions or not atom.actions:
        return ("",)
    return ("", f"{atom.actions[0].partition(':')[0]}:", atom.actions[0])
