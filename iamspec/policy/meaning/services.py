"""Statements narrowed to the services of a change: what they say of other services can say nothing of the change."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from iamspec.policy.meaning.clauses import Form, Lot, Named, Saying, saying
from iamspec.policy.meaning.covering import OPEN

MOST_LISTS = 1_000  # lists of actions that are kept by their services
MOST_NARROWED = 2_000  # statements that are kept beside what they say of some services
ANY = ""  # the service of a pattern that may mean several services
ANYTHING = frozenset({ANY})
OPEN_SERVICE = re.compile(r"\n[^:\n]*[*?$]")  # a pattern of several services, among patterns in lines


def service(named: Named) -> str:
    """The service of a pattern of actions. ANY for a pattern that may mean several services."""
    found, colon, _ = ("", "", "") if isinstance(named, tuple) else named.partition(":")
    return found if colon and OPEN.isdisjoint(found) else ANY


@lru_cache(maxsize=MOST_LISTS)
def by_service(names: tuple[Named, ...]) -> Mapping[str, Sequence[Named]]:
    """The actions by their service."""
    found: dict[str, list[Named]] = {}
    for one in names:
        found.setdefault(service(one), []).append(one)
    return found


def services(lots: Iterable[Lot]) -> frozenset[str]:
    """The services of some pieces."""
    return frozenset(one for _, names in lots for one in by_service(names))


def narrowed(forms: Iterable[Form], near: frozenset[str]) -> tuple[Saying, ...]:
    """All that some statements say of some services, and perhaps more. Statements of other services are left out."""
    if ANY in near:
        return tuple(map(saying, forms))
    return tuple(_narrowed(saying(one), near) for one in forms if _concerns(one, near))


def _concerns(form: Form, near: frozenset[str]) -> bool:
    """Whether a statement may name an action of some services."""
    lines = "\n" + "\n".join(map(str, form.get("Action", ())))
    return "NotAction" in form or any(f"\n{one}:" in lines for one in near) or OPEN_SERVICE.search(lines) is not None


@lru_cache(maxsize=MOST_NARROWED)
def _narrowed(found: Saying, near: frozenset[str]) -> Saying:
    actions = tuple(one for one in found.actions if (mine := service(one)) in near or mine == ANY)
    return found if len(actions) == len(found.actions) else Saying(found.effect, found.resources, found.test, actions)
