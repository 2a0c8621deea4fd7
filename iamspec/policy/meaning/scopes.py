"""The pieces of a change for people: actions, resources and condition keys, the riskiest first."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

from iamspec.policy.meaning.clauses import Clause, Lot, Named, Saying, within
from iamspec.policy.meaning.covering import Holding, is_plain, named_by
from iamspec.policy.remembered import Remembered
from iamspec.policy.statement import Statement

if TYPE_CHECKING:
    from iamspec.policy.actions import Catalogue

RISKS = ("PrivEsc", "CredentialExposure", "ResourceExposure", "DataAccess")  # the worst first
EFFECTS = frozenset({"Allow", "Deny"})
MOST_NAMED = 2_000  # answers about lists of actions that are kept
MOST_KNOWN = 10_000  # answers about single actions and conditions
FEW = 1_000  # look-ups of actions that cost less than to sort statements by their actions


@dataclass(frozen=True, slots=True)
class Scope:
    """Actions on resources under a condition, and the same actions on the other side of the change.

    Actions and resources are sorted, and each stands there once.
    `conditions` are keys. `beside` are narrower resources of the
    other side. `otherwise` are the keys under which the other side
    has the same resources. It is None if the other side lacks
    them.
    """

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    except_actions: bool = False
    except_resources: bool = False
    beside: tuple[str, ...] = ()
    otherwise: tuple[str, ...] | None = None
    mask: int = 0  # the known actions in it that the other side does not certainly have


def scopes(lots: Sequence[Lot], others: Sequence[Saying], catalogue: "Catalogue") -> tuple[Scope, ...]:
    """The pieces of a direction, compared with the other side."""
    unique = dict.fromkeys(others)
    effects = {clause.effect for clause, _ in lots}
    beside = {effect: _Beside([one for one in unique if one.effect == effect]) for effect in effects & EFFECTS}
    nothing = _Beside([])  # for an odd effect in a live document
    found: list[Scope] = []
    for clause, same in groupby(lots, key=itemgetter(0)):
        found += _scopes_of(clause, [names for _, names in same], beside.get(clause.effect, nothing), catalogue)
    joined = _joined(_joined(found, "actions"), "resources")
    return tuple(sorted(joined, key=lambda one: (*weight(one.mask, catalogue), one.actions, one.resources)))


def weight(mask: int, catalogue: "Catalogue") -> tuple[int, ...]:
    """Sorts sets of actions by risk, the worst first."""
    risks = catalogue.risks(mask)
    return tuple(-risks[name].bit_count() if name in risks else 0 for name in RISKS)


class _Beside:
    """The statements of one effect on the other side, by the actions that they name."""

    def __init__(self, others: Sequence[Saying]) -> None:
        self.holding = Holding(others)
        self._others = others
        self._wide = [one for one in others if not is_plain(one)]
        self._work = 0

    @cached_property
    def _places(self) -> dict[int, int]:
        return {id(one): place for place, one in enumerate(self._others)}

    @cached_property
    def _plain(self) -> dict[Named, list[Saying]]:
        """The other statements by the actions that they name."""
        found: dict[Named, list[Saying]] = {}
        for one in self._others:
            for named in one.actions if is_plain(one) else ():
                found.setdefault(named, []).append(one)
        return found

    def naming(self, names: tuple[Named, ...]) -> dict[Named, list[Saying]]:
        """The statements that name an action, by the action, in their order.

        Actions without any are left out.
        """
        found: dict[Named, dict[int, Saying]] = {}
        for one in self._wide:
            for named in named_by(one, names):
                found.setdefault(named, {})[self._places[id(one)]] = one
        for named, same in self._naming(names):
            for one in same:
                found.setdefault(named, {})[self._places[id(one)]] = one
        return {named: [those[place] for place in sorted(those)] for named, those in found.items()}

    def _naming(self, names: tuple[Named, ...]) -> Iterator[tuple[Named, Sequence[Saying]]]:
        """The statements without wildcards that name an action.

        A few actions are looked up in each statement. To sort all
        statements by their actions takes longer, but once.
        """
        self._work += len(names) * len(self._others)
        if self._work <= FEW:
            return ((named, [one]) for one in self._others if is_plain(one) for named in named_by(one, names))
        return ((named, self._plain[named]) for named in names if named in self._plain)


def _scopes_of(
    clause: Clause, lists: Sequence[tuple[Named, ...]], beside: _Beside, catalogue: "Catalogue"
) -> Iterable[Scope]:
    if not beside.holding.all:
        return chain.from_iterable(_new(clause, names, catalogue) for names in lists)
    return _compared(clause, tuple(dict.fromkeys(chain.from_iterable(lists))), beside, catalogue)


@lru_cache(maxsize=MOST_KNOWN)
def _new(clause: Clause, names: tuple[Named, ...], catalogue: "Catalogue") -> tuple[Scope, ...]:
    """The scopes of a clause where the other side says nothing, as of new users with the same policies."""
    return tuple(_compared(clause, names, _Beside([]), catalogue))


def _compared(clause: Clause, names: tuple[Named, ...], beside: _Beside, catalogue: "Catalogue") -> Iterator[Scope]:
    """The scopes of a clause for some actions.

    Actions that the other side does not name have one scope
    together.
    """
    covering = _covering(beside.holding.of(clause), catalogue)
    naming = beside.naming(names)
    if not isinstance(clause.resource, str):
        yield from (_scope(clause, named, naming.get(named, ()), covering, catalogue) for named in names)
        return
    alone = tuple(one for one in names if one not in naming and isinstance(one, str))
    for named in names:
        if named in naming or not isinstance(named, str):
            yield _scope(clause, named, naming.get(named, ()), covering, catalogue)
        elif named is alone[0]:
            yield Scope(
                clause.effect,
                _spelled(alone, catalogue),
                (clause.resource,),
                keys(clause.test, catalogue),
                mask=_reached(clause.resource, alone, catalogue) & ~covering,
            )


def _scope(clause: Clause, named: Named, same: Sequence[Saying], covering: int, catalogue: "Catalogue") -> Scope:
    """The scope of an action.

    `same` are the statements of the other side that name this
    action.
    """
    instead = [one for one in same if any(within(clause.resource, each, arn=True) for each in one.resources)]
    narrower = (each for one in same for each in one.resources if isinstance(each, str))
    beside = {each for each in narrower if within(each, clause.resource, arn=True)}
    return Scope(
        clause.effect,
        actions(named, catalogue),
        tuple(sorted(set(clause.resource))) if isinstance(clause.resource, tuple) else (clause.resource,),
        keys(clause.test, catalogue),
        except_actions=isinstance(named, tuple),
        except_resources=isinstance(clause.resource, tuple),
        beside=() if instead else tuple(sorted(beside)),
        otherwise=keys(instead[0].test, catalogue) if instead else None,
        mask=_known(clause.resource, named, catalogue) & ~covering,
    )


@lru_cache(maxsize=MOST_NAMED)
def _spelled(names: tuple[str, ...], catalogue: "Catalogue") -> tuple[str, ...]:
    """Patterns of actions as AWS spells what they match, sorted and once each."""
    return tuple(sorted(set(map(_spelling(catalogue).__getitem__, names))))


class _Spelling(dict[str, str]):
    """Patterns as AWS spells what they match, each looked up once."""

    def __init__(self, catalogue: "Catalogue") -> None:
        super().__init__()
        self._catalogue = catalogue

    def __missing__(self, pattern: str) -> str:
        return self.setdefault(pattern, self._catalogue.spelling(pattern))


@cache
def _spelling(catalogue: "Catalogue") -> _Spelling:
    return _Spelling(catalogue)


@lru_cache(maxsize=MOST_NAMED)
def _reached(resource: str, names: tuple[str, ...], catalogue: "Catalogue") -> int:
    """The known actions that some patterns of actions mean on a resource."""
    return catalogue.reached(Statement({"Action": names, "Resource": resource}))


@lru_cache(maxsize=MOST_KNOWN)
def _known(resource: Named, named: Named, catalogue: "Catalogue") -> int:
    on = {"NotResource" if isinstance(resource, tuple) else "Resource": resource}
    return catalogue.reached(Statement({**_written(named), **on}))


def _covering(held: Iterable[Saying], catalogue: "Catalogue") -> int:
    """The known actions of some statements."""
    found = 0
    for one in held:
        found |= _masks(catalogue)(one)
    return found


@cache
def _masks(catalogue: "Catalogue") -> Remembered[Saying, int]:
    """The known actions of a statement."""

    def mask(one: Saying) -> int:
        found = catalogue.union([named for named in one.actions if isinstance(named, str)])
        for named in one.actions:
            if isinstance(named, tuple):
                found |= catalogue.named(Statement(_written(named)))
        return found

    return Remembered(mask)


def _written(named: Named) -> dict[str, Named]:
    return {"NotAction" if isinstance(named, tuple) else "Action": named}


@lru_cache(maxsize=MOST_KNOWN)
def actions(named: Named, catalogue: "Catalogue") -> tuple[str, ...]:
    """Patterns of actions as AWS spells what they match, sorted and once each."""
    return tuple(sorted({_spelling(catalogue)[one] for one in ([named] if isinstance(named, str) else named)}))


@lru_cache(maxsize=MOST_KNOWN)
def keys(test: str, catalogue: "Catalogue") -> tuple[str, ...]:
    """The condition keys of a clause's test.

    Other elements, such as Principal, stand under their own names.
    """
    found: set[str] = set()
    for element, value in json.loads(test).items() if test else ():
        found |= set(map(catalogue.keys.spelling, _keys_of(value))) if element == "Condition" else {element}
    return tuple(sorted(found))


def _keys_of(condition: Any) -> Iterator[str]:
    return (str(test[1]) for test in condition if len(test) > 1) if isinstance(condition, list) else iter(())


def _joined(found: Iterable[Scope], field: Literal["actions", "resources"]) -> list[Scope]:
    """Scopes that differ in a single field, joined.

    Exceptions belong together and stay apart from other values.
    """
    groups: dict[object, list[Scope]] = {}
    for one in found:
        whole = one.except_actions or one.except_resources
        values = (
            one.actions if whole or field != "actions" else (),
            one.resources if whole or field != "resources" else (),
        )
        rest = (one.effect, one.conditions, one.except_actions, one.except_resources, one.beside, one.otherwise)
        groups.setdefault((values, rest), []).append(one)
    return [_union(same, field) for same in groups.values()]


def _union(same: Sequence[Scope], field: Literal["actions", "resources"]) -> Scope:
    first = same[0]
    if len(same) == 1:
        return first
    mask = 0
    for one in same:
        mask |= one.mask
    values = tuple(dict.fromkeys(sorted(chain.from_iterable(getattr(one, field) for one in same))))
    return (
        replace(first, actions=values, mask=mask) if field == "actions" else replace(first, resources=values, mask=mask)
    )
