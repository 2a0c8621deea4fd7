"""Drift that the settings accept: entries that fit the account, and a plan without the drift that they accept."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date

from iamspec.desired.exceptions import ended
from iamspec.desired.load import Spec
from iamspec.errors import Issue
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address
from iamspec.live.observe import Live
from iamspec.plan.findings import Accepted
from iamspec.plan.model import Change, Plan
from iamspec.plan.state import entity, state


@dataclass(frozen=True, slots=True)
class Acceptances:
    """The entries of `drift.accept` that fit the account as it is, and notes about the others."""

    fitting: Mapping[Address, Accepted]
    notes: tuple[str, ...]

    @property
    def reasons(self) -> dict[Address, str]:
        """Why each entity stays, for the list of kept entities."""
        return {one.address: f"accepted until {one.until}: {one.reason}" for one in self.fitting.values()}


def today(live: Live) -> date:
    """The day in UTC. An entry of the settings ends with its day."""
    return live.now.astimezone(UTC).date()


def in_force(spec: Spec, live: Live) -> list[Address]:
    """The addresses of the entries that have not ended, whose entities must be read for their states."""
    return [one.entity for one in spec.settings.drift.accept if one.until >= today(live)]


def acceptances(spec: Spec, live: Live) -> Acceptances:
    """Every entry judged, after the reads for the states of `in_force`.

    An entry that does not fit has no effect.
    """
    entries = spec.settings.drift.accept
    over = dict(ended(entries, today(live)))
    fitting: dict[Address, Accepted] = {}
    notes: list[str] = []
    for number, one in enumerate(entries):
        issue = spec.issue(f"{one.entity} {over[number]}" if number in over else "", "drift", "accept", number)
        if not issue.message:
            now = state(one.entity, live)
            issue = replace(issue, message=_misfit(one.entity, one.state, now, live))
        if issue.message:
            notes.append(_note(issue))
        else:
            fitting[one.entity] = Accepted(one.entity, one.state, one.reason, one.until, issue.location)
    return Acceptances(fitting, tuple(notes))


def _misfit(address: Address, accepted: str, now: str | None, live: Live) -> str:
    """The reason why an entry accepts nothing.

    Empty if the entity is in the accepted state.
    """
    if now is None:
        return f"the password and keys of {address} are not known here, so nothing of it is accepted"
    if now == accepted.strip().casefold():
        return ""
    if entity(address, live) is None:
        return f"there is no {address} in account {live.account.id}; take the entry out"
    return f"{address} is not in the state that was accepted, so the entry has no effect"


def _note(issue: Issue) -> str:
    return str(issue)


def accepting(plan: Plan, found: Acceptances) -> Plan:
    """The plan in which accepted entities are not undeclared.

    Calls stay: an apply makes live equal to the spec.
    """
    accepted = found.fitting
    drifted = {*plan.undeclared, *map(former, plan.changes), *(one.address for one in plan.excess)}
    drifted |= {one.address for one in plan.kept} | {one.address for one in plan.exposed}
    idle = (_idle(one) for one in accepted.values() if one.address.kind in KINDS and one.address not in drifted)
    return replace(
        plan,
        undeclared=tuple(one for one in plan.undeclared if one not in accepted),
        strays=tuple((user, group) for user, group in plan.strays if user not in accepted),
        excess=tuple(one for one in plan.excess if one.address not in accepted),
        uncompared=tuple(replace(one, accepted=one.address in accepted) for one in plan.uncompared),
        accepted=tuple(accepted[one] for one in sorted(accepted)),
        notes=(*plan.notes, *found.notes, *idle),
    )


def _idle(one: Accepted) -> str:
    return _note(
        Issue(
            f"{one.address} is what the spec says, so the entry has no effect; take it out", one.source, "drift.accept"
        )
    )


def former(change: Change) -> Address:
    """The address of a changed entity in the account as it is."""
    return Address(change.address.kind, change.before.name) if change.before else change.address


def accepted_changes(plan: Plan) -> Iterator[str]:
    """The addresses of the changes that would undo accepted drift, as `--exclude` takes them."""
    known: Collection[Address] = {one.address for one in plan.accepted}
    yield from (str(one.address) for one in plan.changes if former(one) in known)
