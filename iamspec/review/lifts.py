"""Complaints that the settings lift: faults of the entries, and the digest that binds an entry to a change."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from iamspec.desired.exceptions import AllowedComplaintSpec, ended
from iamspec.desired.guards import Guards
from iamspec.desired.load import Spec
from iamspec.desired.validation import did_you_mean
from iamspec.errors import Issue, Location
from iamspec.kinds.contract import Address
from iamspec.plan.accepting import former
from iamspec.plan.fingerprint import short
from iamspec.plan.model import Change, Plan
from iamspec.review.impact import Impact
from iamspec.review.model import Complaint, Lift
from iamspec.review.texts import GUARD_TEXTS

NEVER = frozenset({"root-caller", "quarantine", "self-lockout"})  # which no file may lift
LONGEST = timedelta(days=30)
DATED = frozenset({"recently-used", "password-policy"})  # their messages change from day to day
BY_MESSAGE = frozenset({"in-use"})  # about an entity that no call changes


def issues(spec: Spec, today: date | None = None) -> Iterator[Issue]:
    """All faults of `guards.allow`. Ends are judged only where the day is known."""
    for number, one in enumerate(spec.settings.guards.allow):
        path = ("guards", "allow", number)
        if one.guard not in GUARD_TEXTS:
            yield spec.issue(
                f'there is no guard "{one.guard}"{did_you_mean(one.guard, list(GUARD_TEXTS))}', *path, "guard"
            )
        elif one.guard in NEVER:
            message = f"{one.guard} cannot be lifted in a file; a person lifts it for one run: --allow {one.guard}"
            yield spec.issue(message, *path, "guard")
        elif one.address is None and not GUARD_TEXTS[one.guard].bare:
            yield spec.issue("say for what, as in address: user/alice", *path)
        if today is not None and one.until > today + LONGEST:
            yield spec.issue(f"at most 30 days ahead: until {today + LONGEST} today", *path, "until")


def change_digest(plan: Plan, impact: Impact, complaint: Complaint) -> str:
    """The digest of the change that a complaint is about, as far as the plan can tell them apart.

    It covers the changed entity, and the entities that change the
    access of this entity: before, after, and every call. A complaint
    about the whole plan covers the whole plan.
    """
    for copier in plan.copiers:
        if complaint.guard == "copy-ended" and copier.address == complaint.address:
            return copier.change
    message = "" if complaint.guard in DATED else complaint.message
    changes = () if complaint.guard in BY_MESSAGE else _concerned(plan, impact, complaint.address)
    return short([complaint.guard, str(complaint.address or ""), message, [_change(one) for one in changes]])


def _concerned(plan: Plan, impact: Impact, address: Address | None) -> tuple[Change, ...]:
    """The changes that a complaint about an address may come from.

    The whole plan if none is found.
    """
    causes = {cause for one in impact.principals if one.address == address for cause in one.causes}
    found = tuple(one for one in plan.changes if {one.address, former(one)} & {address, *causes})
    return found or plan.changes


def _change(change: Change) -> list[object]:
    differences = [[one.field, one.before, one.after] for one in change.differences]
    calls = [[str(one.address), one.call.operation, one.call.params] for one in change.steps]
    was = change.before.facts.id if change.before else ""
    return [str(change.address), change.action.value, was, differences, calls, change.blocked]


def in_force(guards: Guards, now: datetime) -> list[tuple[int, AllowedComplaintSpec]]:
    """The entries that have not ended and do not reach too far, with their numbers."""
    today = now.astimezone(UTC).date()
    found = enumerate(guards.allow)
    return [(number, one) for number, one in found if today <= one.until <= today + LONGEST and one.guard not in NEVER]


def lifted(
    complaints: Iterable[Complaint], guards: Guards, now: datetime, places: tuple[Location | None, ...] = ()
) -> Iterator[Complaint]:
    """The complaints, those lifted that an entry of the settings allows with exactly their change."""
    entries = in_force(guards, now)
    for one in complaints:
        number, entry = next(((number, entry) for number, entry in entries if fits(entry, one)), (0, None))
        if entry is None or one.guard in NEVER:
            yield one
        else:
            place = places[number] if number < len(places) else None
            yield replace(one, allowed=True, lift=Lift(number, entry.reason, entry.until, place))


def fits(entry: AllowedComplaintSpec, complaint: Complaint) -> bool:
    """Whether an entry is about a complaint: the guard, the address, and the digest of the change."""
    is_about = entry.guard == complaint.guard and entry.entity == complaint.address
    return is_about and entry.change.strip().casefold() == complaint.change


def notes(plan: Plan, guards: Guards, now: datetime, complaints: Iterable[Complaint]) -> Iterator[str]:
    """The entries that have ended or fit no complaint. They have no effect."""
    over = dict(ended(guards.allow, now.astimezone(UTC).date()))
    found = list(complaints)
    for number, entry in enumerate(guards.allow):
        if number not in over and any(fits(entry, one) for one in found):
            continue
        message = over.get(number, _misfit(entry, found))
        place = plan.allow_places[number] if number < len(plan.allow_places) else None
        yield str(Issue(f"{entry.subject} {message}", place, f"guards.allow[{number}]"))


def _misfit(entry: AllowedComplaintSpec, complaints: Iterable[Complaint]) -> str:
    if any(one.guard == entry.guard and one.address == entry.entity for one in complaints):
        return "is about another change than the one that was allowed, so the entry has no effect"
    return "is no complaint about this plan, so the entry has no effect; take it out"
