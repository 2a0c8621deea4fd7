"""Undeclared entities in words: how dangerous they are, how they sign in, and how to stop them."""

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from iamspec.kinds import KINDS
from iamspec.render.lines import count
from iamspec.review.model import Review
from iamspec.review.undeclared import Undeclared

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)
PERSON = "user"  # the kind that signs in


def power(one: Undeclared) -> str:
    """Text such as `administrator` or `can become administrator`.

    For a group or a policy it is about its users.
    """
    person = one.address.kind == PERSON
    if one.administrator:
        return "administrator" if person else "makes its users administrators"
    if one.escalates:
        return "can become administrator" if person else "its users can become administrators"
    if one.administrator is None:
        return "not known whether administrator: a policy could not be read"
    return "no administrator" if person else "makes nobody an administrator"


def sign_in(one: Undeclared) -> str:
    """Text such as `password, 1 active key; last used 2026-11-27 21:14 UTC`.

    Empty for an entity that cannot sign in.
    """
    if one.address.kind != PERSON:
        return ""
    if one.console is None and one.active_keys is None:
        return "password and keys not known"
    password = {True: "password", False: "no password", None: "password not known"}[one.console]
    keys = "keys not known" if one.active_keys is None else _keys(one.active_keys)
    used = f"last used {moment(one.last_used)}" if one.last_used else "never used"
    return f"{password}, {keys}; {used}" if one.console or one.active_keys or one.last_used else f"{password}, {keys}"


def _keys(number: int) -> str:
    return count(number, "active key") if number else "no active key"


def origin(one: Undeclared) -> str:
    """Text such as `2026-11-27 21:14 UTC; groups: admins, developers`."""
    created = moment(one.created) if one.created else "not known when"
    groups = f"; groups: {', '.join(one.groups)}" if one.groups else ""
    none = "; in no group" if one.address.kind == PERSON and not one.groups else ""
    return f"{created}{groups}{none}"


def moment(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def cures(one: Undeclared) -> Iterator[tuple[str, str]]:
    """The ways to deal with a dangerous entity: a label, and the command or the line of YAML."""
    if one.address.kind == PERSON and (one.administrator or one.escalates) and (one.console or one.active_keys):
        yield "stop it now", f"iamspec suspend {shlex.quote(one.address.name)}"
    if one.created and (one.administrator or one.escalates):
        day = (one.created.astimezone(UTC) + timedelta(days=1)).date()
        yield "remove it", f"absent: {{{KINDS[one.address.kind].section}: {{{_key(one.address.name)}: {day}}}}}"


def _key(name: str) -> str:
    """A name as a key of YAML, in quotes where it could be read as something else."""
    return name if PLAIN.fullmatch(name) else json.dumps(name)


def remainder(rest: Sequence[Undeclared]) -> str:
    """The number of entities that are not shown, by risk.

    An example is `and 597 more: 2 administrators, 14 others with a
    password or an active key`.
    """
    found = Counter(_risk(one) for one in rest)
    risks = [
        count(found["administrator"], "administrator"),
        f"{found['escalates']} who can become administrator",
        f"{found['unknown']} with policies that could not be read",
        f"{count(found['signs in'], 'other')} with a password or an active key",
    ]
    told = [risk for risk in risks if not risk.startswith("0 ")]
    return f"and {len(rest)} more{': ' if told else ''}{', '.join(told)}"


def _risk(one: Undeclared) -> str:
    if one.administrator or one.escalates:
        return "administrator" if one.administrator else "escalates"
    if one.administrator is None:
        return "unknown"
    return "signs in" if one.console or one.active_keys else ""


def alike(one: Undeclared) -> str:
    """`looks like user/alice`, or nothing."""
    return f"looks like {one.looks_like}" if one.looks_like else ""


def brief(one: Undeclared) -> str:
    """The same facts in a line.

    An example is `administrator; password, 1 active key; created
    2026-11-27 21:14 UTC; groups: …`.
    """
    parts = [power(one), alike(one), sign_in(one), f"created {origin(one)}", f"kept: {one.kept}" if one.kept else ""]
    return "; ".join(part for part in parts if part)


def shown_first(review: Review, room: int) -> tuple[list[Undeclared], list[Undeclared]]:
    """The entities that a report describes in its first `room` characters, and the rest."""
    first: list[Undeclared] = []
    for one in review.undeclared:
        room -= len(f"{one.address}{power(one)}{sign_in(one)}{origin(one)}{one.kept or ''}") + OVERHEAD
        if room < 0 and first:
            break
        first.append(one)
    return first, list(review.undeclared[len(first) :])


OVERHEAD = 120  # characters of labels, line breaks and cures
