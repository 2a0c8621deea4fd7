"""The dangers of a plan or a drift for the first lines of every report: new power, trust in outsiders, credentials."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iamspec.errors import Location
from iamspec.kinds.contract import Address
from iamspec.kinds.user.shape import User
from iamspec.plan.accepting import former
from iamspec.plan.findings import Excess
from iamspec.render.headline import power_label, power_reason
from iamspec.render.lines import count
from iamspec.review.dangers import DRIFT, Danger, dangers, opened
from iamspec.review.model import Review

SHOWN = 3  # outsiders of a role who are named


@dataclass(frozen=True, slots=True)
class Concern:
    """A danger in words.

    `rule` is `administrator`, `escalation` or `outside-trust`.
    """

    rule: str
    label: str
    address: Address
    reason: str
    place: Location | None


def concerns(review: Review, mode: str, powers: Sequence[Danger] | None = None) -> list[Concern]:
    """New administrators first, then who can become one, then the roles that outsiders may assume."""
    places = {one.address: one.source for one in review.changes}
    places |= {former(one): one.source for one in review.changes} if mode == DRIFT else {}
    found = [
        Concern(
            "administrator" if one.administrator else "escalation",
            power_label(one, mode),
            one.address,
            power_reason(one),
            places.get(one.address),
        )
        for one in (dangers(review, mode) if powers is None else powers)
    ]
    against = " against the spec" if mode == DRIFT else ""
    for role in opened(review, mode):
        more = f" and {len(role.who) - SHOWN} more" if len(role.who) > SHOWN else ""
        reason = f"{', '.join(role.who[:SHOWN])}{more}{'; it is an administrator' if role.administrator else ''}"
        found.append(
            Concern("outside-trust", f"Open to outsiders{against}", role.address, reason, places.get(role.address))
        )
    return found


def rest(hidden: Sequence[Concern]) -> str:
    """Text such as `and 12 more: 2 administrators, 9 who can become one, 1 role open to outsiders`."""
    numbers = {rule: sum(one.rule == rule for one in hidden) for rule in ("administrator", "escalation")}
    opened_roles = len(hidden) - sum(numbers.values())
    told = [
        (numbers["administrator"], count(numbers["administrator"], "administrator")),
        (numbers["escalation"], f"{numbers['escalation']} who can become one"),
        (opened_roles, f"{count(opened_roles, 'role')} open to outsiders"),
    ]
    return f"and {len(hidden)} more: {', '.join(words for number, words in told if number)}"


def beyond(review: Review, mode: str) -> list[Excess]:
    """The credentials that the spec does not want, by address.

    In drift they include those that an apply would take away.
    """
    found = {*review.plan.excess, *(_taken(review) if mode == DRIFT else ())}
    return sorted(found, key=lambda one: (one.address, one.credential))


def _taken(review: Review) -> Iterator[Excess]:
    for change in review.changes:
        live, spec = change.before, change.after
        if not isinstance(live, User) or not isinstance(spec, User):
            continue
        taken = ["a password"] if live.console and spec.console is False else []
        if spec.access_keys is not None and not any(key.active for key in spec.access_keys):  # a rotation leaves one
            taken += _keys([key.id for key in live.access_keys or () if key.active])
        if taken:
            yield Excess(former(change), " and ".join(taken))


def _keys(ids: Sequence[str]) -> list[str]:
    return [f"access key {ids[0]}"] if len(ids) == 1 else [f"{len(ids)} active access keys"] if ids else []
