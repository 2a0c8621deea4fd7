"""What a change means: which actions it gives and takes, and in one word whether it widens or narrows."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from iamspec.document import ACTIONS, DEFAULT_VERSION, RESOURCES, Document, access_form

if TYPE_CHECKING:
    from iamspec.actions import Catalogue


WILD = re.compile(r"[*?]")


class Verdict(StrEnum):
    """One word for a change of documents."""

    WIDENS = "widens"
    NARROWS = "narrows"
    BOTH = "both widens and narrows"
    OTHER = "same actions, other resources or conditions"
    COSMETIC = "cosmetic"


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

    def covers(self, other: "Atom") -> bool:
        """Whether this one certainly says all that the other does, of actions that are yet to come, too."""
        if (self.effect, self.test) != (other.effect, other.test):
            return False
        mine, others = (self.actions, self.except_actions), (other.actions, other.except_actions)
        return _within(others, mine) and _within(
            (other.resources, other.except_resources), (self.resources, self.except_resources)
        )


def _within(inner: tuple[tuple[str, ...], bool], outer: tuple[tuple[str, ...], bool]) -> bool:
    """Whether all that is in (or not in) some patterns is certainly in (or not in) others."""
    (one, is_exception), (other, other_is_exception) = inner, outer
    if other_is_exception:  # less is taken out
        return is_exception and set(other) <= set(one)
    if is_exception:
        return other == ("*",)
    return all(any(_subsumes(wide, narrow) for wide in other) for narrow in one)


@lru_cache(maxsize=10_000)
def _subsumes(wide: str, narrow: str) -> bool:
    """Whether one pattern matches whatever the other does; a `*` in it is more than one sign, so that no `?` takes it."""
    if wide in {"*", narrow}:
        return True
    if "*" not in wide and "?" not in wide:
        return False
    pattern = "".join(".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in wide)
    return re.fullmatch(pattern, narrow.replace("*", "\0\0"), re.DOTALL) is not None


def atoms(document: Document) -> frozenset[Atom]:
    """Everything that a document says, whatever statements it is spread over."""
    form = access_form(document.canonical)
    if not isinstance(form, dict):
        return frozenset()
    old = form.get("Version") != "2012-10-17"
    return frozenset(
        atom for one in form.get("Statement", ()) if isinstance(one, dict) for atom in _statement_atoms(one, old=old)
    )


def _statement_atoms(statement: Mapping[str, Any], *, old: bool) -> Iterator[Atom]:
    rest = {key: one for key, one in statement.items() if key not in {"Effect", *ACTIONS, *RESOURCES}}
    test = json.dumps(rest, sort_keys=True) if rest else ""
    if old and "${" in json.dumps(statement):  # a variable is plain text in the old version
        test += DEFAULT_VERSION
    effect = str(statement.get("Effect"))
    for actions, except_actions in _taken_apart(statement, *ACTIONS):
        for resources, except_resources in _taken_apart(statement, *RESOURCES):
            yield Atom(effect, actions, resources, test, except_actions, except_resources)


def _taken_apart(statement: Mapping[str, Any], name: str, exception: str) -> Iterator[tuple[tuple[str, ...], bool]]:
    if exception in statement:
        yield tuple(map(str, statement[exception])), True
    for one in statement.get(name, ()):
        yield (str(one),), False


@dataclass(frozen=True, slots=True)
class Meaning:
    """What some documents in the place of others mean: whether they say more, or less, and actions as sets."""

    widens: bool = False
    narrows: bool = False
    gained: int = 0
    lost: int = 0

    @property
    def verdict(self) -> Verdict:
        if self.widens and self.narrows:
            return Verdict.BOTH if self.gained or self.lost else Verdict.OTHER
        if self.widens:
            return Verdict.WIDENS
        return Verdict.NARROWS if self.narrows else Verdict.COSMETIC


@dataclass(frozen=True, slots=True)
class Grants:
    """The policies of somebody, and the boundary, if there is one: both must allow."""

    policies: tuple[Document, ...] = ()
    boundary: Document | None = None

    def allowed(self, catalogue: "Catalogue") -> int:
        """The actions that both let through, on some resource or under some condition."""
        found = allowed(self.policies, catalogue)
        return found if self.boundary is None else found & allowed([self.boundary], catalogue)


def compare(before: Grants, after: Grants, catalogue: "Catalogue") -> Meaning:
    """What changes when one takes the place of the other; what only renames or reorders changes nothing."""
    more, less = _direction(before.policies, after.policies)
    if before.boundary is None or after.boundary is None:  # a boundary only ever takes away
        bound_more, bound_less = before.boundary is not None, after.boundary is not None
        if before.boundary is after.boundary:
            bound_more = bound_less = False
    else:
        bound_more, bound_less = _direction([before.boundary], [after.boundary])
    was, becomes = before.allowed(catalogue), after.allowed(catalogue)
    return Meaning(more or bound_more, less or bound_less, becomes & ~was, was & ~becomes)


def _direction(before: Sequence[Document], after: Sequence[Document]) -> tuple[bool, bool]:
    """Whether some documents say more than others, and whether they say less."""
    old: frozenset[Atom] = frozenset().union(*map(atoms, before))
    new: frozenset[Atom] = frozenset().union(*map(atoms, after))
    gone, come = _uncovered(old - new, new), _uncovered(new - old, old)
    widens = any(one.effect == "Allow" for one in come) or any(one.effect == "Deny" for one in gone)
    narrows = any(one.effect == "Allow" for one in gone) or any(one.effect == "Deny" for one in come)
    return widens, narrows


def _uncovered(found: frozenset[Atom], by: frozenset[Atom]) -> list[Atom]:
    """The atoms that none of the others covers; only those that may are looked at: the same pattern, or one with `*`."""
    likely: dict[tuple[str, str, str], list[Atom]] = {}
    for one in by if found else ():
        for key in _reach(one):
            likely.setdefault((one.effect, one.test, key), []).append(one)
    return [
        atom
        for atom in found
        if not any(one.covers(atom) for key in _sought(atom) for one in likely.get((atom.effect, atom.test, key), ()))
    ]


def _reach(atom: Atom) -> list[str]:
    """Under which keys an atom may cover others: its one action, its service, or anything."""
    service, _, name = atom.actions[0].partition(":") if atom.actions else ("", "", "")
    if atom.except_actions or WILD.search(service):
        return [""]
    return [f"{service}:"] if WILD.search(name) else [atom.actions[0]]


def _sought(atom: Atom) -> list[str]:
    if atom.except_actions:
        return [""]
    return ["", f"{atom.actions[0].partition(':')[0]}:", atom.actions[0]]


def allowed(documents: Iterable[Document], catalogue: "Catalogue") -> int:
    """The actions allowed on some resource or under some condition by any, and not denied always by any."""
    found = denied = 0
    for document in documents:
        found |= catalogue.allowed(document)
        denied |= catalogue.denied(document)
    return found & ~denied
