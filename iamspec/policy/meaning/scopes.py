"""The pieces of a change for people: actions, resources and condition keys, the riskiest first."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from iamspec.policy.meaning.clauses import Clause, Named, Piece, Saying, names, within
from iamspec.policy.remembered import Remembered
from iamspec.policy.statement import Statement

if TYPE_CHECKING:
    from iamspec.policy.actions import Catalogue

RISKS = ("PrivEsc", "CredentialExposure", "ResourceExposure", "DataAccess")  # the worst first


@dataclass(frozen=True, slots=True)
class Scope:
    """Actions on resources under a condition, and the same actions on the other side of the change.

    `conditions` are keys. `beside` are narrower resources of the
    other side. `otherwise` are the keys under which the other side
    has the same resources. It is None if the other side lacks them.
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


def scopes(pieces: Iterable[Piece], others: Sequence[Saying], catalogue: "Catalogue") -> tuple[Scope, ...]:
    """The pieces of a direction, compared with the other side."""
    unique = dict.fromkeys(pieces)
    covering = {
        clause: _covering(clause, others, catalogue) for clause in dict.fromkeys(clause for clause, _ in unique)
    }
    found = [_scope(clause, named, others, covering[clause], catalogue) for clause, named in unique]
    joined = _joined(_joined(found, "actions"), "resources")
    return tuple(sorted(joined, key=lambda one: (*weight(one.mask, catalogue), one.actions, one.resources)))


def weight(mask: int, catalogue: "Catalogue") -> tuple[int, ...]:
    """Sorts sets of actions by risk, the worst first."""
    risks = catalogue.risks(mask)
    return tuple(-risks[name].bit_count() if name in risks else 0 for name in RISKS)


def _scope(clause: Clause, named: Named, others: Sequence[Saying], covering: int, catalogue: "Catalogue") -> Scope:
    same = [one for one in others if one.effect == clause.effect and names(one, named)]
    instead = [one for one in same if any(within(clause.resource, each, arn=True) for each in one.resources)]
    narrower = (each for one in same for each in one.resources if isinstance(each, str))
    beside = {each for each in narrower if within(each, clause.resource, arn=True)}
    return Scope(
        clause.effect,
        actions(named, catalogue),
        clause.resource if isinstance(clause.resource, tuple) else (clause.resource,),
        keys(clause.test, catalogue),
        except_actions=isinstance(named, tuple),
        except_resources=isinstance(clause.resource, tuple),
        beside=() if instead else tuple(sorted(beside)),
        otherwise=keys(instead[0].test, catalogue) if instead else None,
        mask=_known(clause, named, catalogue) & ~covering,
    )


def _known(clause: Clause, named: Named, catalogue: "Catalogue") -> int:
    on = {"NotResource" if isinstance(clause.resource, tuple) else "Resource": clause.resource}
    return catalogue.reached(Statement({**_written(named), **on}))


def _covering(clause: Clause, others: Iterable[Saying], catalogue: "Catalogue") -> int:
    """The actions for which other clauses certainly cover this clause."""
    found = 0
    for one in others:
        if one.holds(clause):
            found |= _masks(catalogue)(one)
    return found


@cache
def _masks(catalogue: "Catalogue") -> Remembered[Saying, int]:
    """The known actions of a statement."""

    def mask(one: Saying) -> int:
        found = 0
        for named in one.actions:
            found |= catalogue.named(Statement(_written(named)))
        return found

    return Remembered(mask)


def _written(named: Named) -> dict[str, Named]:
    return {"NotAction" if isinstance(named, tuple) else "Action": named}


def actions(named: Named, catalogue: "Catalogue") -> tuple[str, ...]:
    """Patterns of actions as AWS spells what they match."""
    return tuple(catalogue.spelling(one) for one in ([named] if isinstance(named, str) else named))


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
    groups: dict[Scope, list[Scope]] = {}
    for one in found:
        whole = one.except_actions or one.except_resources
        groups.setdefault(replace(one if whole else _with(one, field, ()), mask=0), []).append(one)
    return [_union(same, field) for same in groups.values()]


def _union(same: Sequence[Scope], field: Literal["actions", "resources"]) -> Scope:
    mask = 0
    for one in same:
        mask |= one.mask
    values = {each for one in same for each in getattr(one, field)}
    return replace(_with(same[0], field, tuple(sorted(values))), mask=mask)


def _with(one: Scope, field: Literal["actions", "resources"], values: tuple[str, ...]) -> Scope:
    return replace(one, actions=values) if field == "actions" else replace(one, resources=values)
