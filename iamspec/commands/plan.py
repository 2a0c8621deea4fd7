"""`iamspec plan`: compares a spec with an account, and reviews the calls that would make them equal."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from iamspec.access.account import AccountAccess
from iamspec.commands.ahead import Ahead
from iamspec.commands.base import BaseSpec, base_spec
from iamspec.commands.options import NO_OPTIONS, Options
from iamspec.commands.reading import ask_owners, check_named, named, requested
from iamspec.commands.reviewing import facts_of, reviewed
from iamspec.commands.sign_in_report import MANY, by_report
from iamspec.commands.validate import validate
from iamspec.desired.load import Spec
from iamspec.desired.resources import Desired, desired
from iamspec.desired.sections import ENTITIES
from iamspec.errors import InvalidSpec
from iamspec.iam import Reader
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Purpose
from iamspec.live import observe
from iamspec.live.observe import Live
from iamspec.plan import make as planning, removal, target
from iamspec.plan.accepting import Acceptances, acceptances, accepted_changes, accepting, in_force, today
from iamspec.plan.complete import ordered
from iamspec.plan.due import due, suspensions, without
from iamspec.plan.findings import Reported
from iamspec.plan.match import Match, Matches, aws_policies, match
from iamspec.plan.model import Plan
from iamspec.plan.removal import Removals
from iamspec.plan.state import state_reads
from iamspec.plan.steps import transition
from iamspec.review import guard
from iamspec.review.guard.widening import gains
from iamspec.review.lifts import issues as lift_issues, lifted
from iamspec.review.loosened import loosened, newly_declared
from iamspec.review.model import Base, Complaint, Review
from iamspec.review.uncompared import uncompared

SUPPOSED = "this is what would go if prune named every kind in scope; it is no plan that apply runs"


def plan(paths: Sequence[str], reader: Reader, options: Options = NO_OPTIONS) -> Review:
    """The reviewed plan of a spec, after a sweep of the account and the reads that the sweep lacks."""
    guard.check_names(options.allow)
    ahead = Ahead(reader, options.only)
    spec = options.spec or validate(paths, account=options.account, loaded=ahead.begin)[0]
    if options.unasked:
        check_named(spec, options.only)
    base = base_spec(paths, options.base) if options.base is not None else None
    swept = ahead.swept(spec)
    if options.supposed_prune:
        spec = replace(spec, settings=spec.settings.model_copy(update={"prune": list(ENTITIES)}))
    live = named(swept, spec)
    if wrong := list(lift_issues(spec, today(live))):
        raise InvalidSpec(wrong)
    wanted = desired(spec, live.account, live.resources, live.now)
    live = requested(reader, live, wanted)
    wanted = replace(wanted.beside(live.resources), released=_released(wanted, live, options))
    live = observe.look_up(reader, live, aws_policies(wanted))
    matches = match(wanted, live)
    live = observe.fill(reader, live, state_reads(in_force(spec, live), live))
    accepted = acceptances(spec, live)
    live, removals, told, note = _removals(reader, wanted, live, matches, accepted, options)
    access = AccountAccess(live)
    made = planning.make(wanted, live, matches.refreshed(live), removals)
    made = replace(made, sign_in=told, notes=(*made.notes, note) if note else made.notes)
    made = accepting(_with_surroundings(made, wanted, access, matches, removals, options), accepted)
    narrowed = _narrowed(made, options, {*wanted.resources, *live.resources})
    narrowed = _without_skipped(narrowed, wanted, live)
    if options.due:
        review = _due(due(narrowed, options.due, wanted.world, live.now), live, reader, options)
    else:
        review = reviewed(ordered(narrowed, live), live, reader, options, before=access)
    review = replace(review, settings=spec.issue("").location)
    return review if base is None else replace(review, base=_compared(base, spec, matches, review, reader))


def _due(made: Plan, live: Live, reader: Reader, options: Options) -> Review:
    """The reviewed plan of what time asks for, without the ends that would give anybody more.

    Those are complaints.
    """
    withheld: dict[Address, str] = {}
    while True:
        review = reviewed(ordered(made, live), live, reader, options)
        locked = {one.address for one in suspensions(review.plan)}
        gaining = {
            cause: one.address
            for one in review.impact.principals
            if gains(one)
            for cause in (one.causes or (one.address,))
            if cause not in locked
        }
        found = [one for one in review.changes if one.address in gaining]
        if not found:
            break
        withheld |= {one.address: f"its end would give {gaining[one.address]} more access: {LATER}" for one in found}
        made = without(made, found)
    told = [Complaint("ended-deny", one, message, holds_back=True) for one, message in sorted(withheld.items())]
    others = [one for one in review.complaints if one.guard != "ended-deny"]
    return replace(review, complaints=(*others, *told))


LATER = "a reviewed apply decides on it"


def _compared(base: BaseSpec, spec: Spec, matches: Matches, review: Review, reader: Reader) -> Base:
    """What the spec loosens since the base, with the facts about live entities that it newly declares."""
    names = {one.address: one.old or one.address for one in matches.pairs if one.live is not None}
    fresh = [names[one] for one in newly_declared(base.spec, spec) if one in names]
    found = (*loosened(base.spec, spec), *base.fleet)
    return Base(base.revision.ref, base.revision.commit, found, facts_of(fresh, review, reader))


def _with_surroundings(
    made: Plan, wanted: Desired, access: AccountAccess, matches: Matches, removals: Removals, options: Options
) -> Plan:
    """The plan with all that is live and that it leaves alone: kinds that came into scope, entities out of scope."""
    entered = [SUPPOSED] if options.supposed_prune else []
    made = replace(made, entered=(*entered, *removal.entered(wanted, access.live, removals)))
    if not options.facts:
        return made
    return replace(made, uncompared=uncompared(wanted.spec.scope, access, matches.claimed | wanted.external))


def _released(wanted: Desired, live: Live, options: Options) -> frozenset[Address]:
    """The copiers whose changes are not held back, because an option or the settings lift `copy-ended` for them."""
    held = {
        one: Complaint("copy-ended", one, "", change=planning.copied_change(wanted, live, one))
        for one in wanted.copiers
    }
    allowed = {one.address for one in lifted(held.values(), wanted.spec.settings.guards, live.now) if one.allowed}
    return frozenset(one for one in held if one in allowed or guard.lifts(options.allow, "copy-ended", one))


def _narrowed(made: Plan, options: Options, known: set[Address]) -> Plan:
    """The plan for the targets.

    Drift also lacks the changes that would undo accepted drift.
    """
    accepted = tuple(accepted_changes(made)) if options.states else ()
    narrowed = target.narrow(made, options.targets, (*options.excluded, *accepted), known)
    skipped = tuple(one for one in narrowed.skipped if str(one) not in accepted)
    return replace(narrowed, skipped=skipped)


def _without_skipped(narrowed: Plan, wanted: Desired, live: Live) -> Plan:
    """The plan with the calls that are right while the policies that were not asked for stay as they are."""
    left: list[Any] = [live.resources.get(one) for one in narrowed.skipped if one.kind == "policy"]
    documents = {one.facts.arn: one.document for one in left if one is not None}
    if not documents:
        return narrowed
    world = replace(wanted.world, documents={**wanted.world.documents, **documents})
    changes = (
        replace(one, steps=tuple(transition(KINDS[one.address.kind], one.before, one.after, world)))
        if one.steps
        else one
        for one in narrowed.changes
    )
    return replace(narrowed, changes=tuple(changes))


def _is_blocked(match: Match) -> bool:
    """Whether IAM cannot make the live entity what the spec says, so that it keeps all that it holds."""
    return match.live is not None and KINDS[match.address.kind].blocked(match.live, match.desired) is not None


def _removals(
    reader: Reader, wanted: Desired, live: Live, matches: Matches, accepted: Acceptances, options: Options
) -> tuple[Live, Removals, Reported | None, str]:
    """The account with all reads that deletions and comparisons need, and the entities that may go.

    Above 500 users the credential report answers for most of them.
    """
    found = removal.candidates(wanted, live, matches.claimed)
    live = ask_owners(reader, live, found.prune, wanted.spec.settings.guards)
    live = observe.ask_managers(reader, live, found.deleted)
    waiting = frozenset(
        one.old or one.address for one in matches.pairs if one.address in wanted.held_back or _is_blocked(one)
    )
    removals = removal.decide(found, wanted, live, matches.claimed, waiting, accepted.reasons)
    compared = {
        one.old or one.address: one.desired
        for one in matches.pairs
        if one.live is not None and KINDS[one.address.kind].compares(one.desired)
    }
    live = observe.confirmed(live, compared)
    told, note, before = None, "", live
    if sum(one.kind == "user" for one in compared) > MANY and not options.exact:
        live, told, note = by_report(reader, wanted, matches, live, options.exactly | removals.deleted)
    asked = [one for one in compared if live.resources[one] is before.resources[one]]
    gone = {*removals.deleted, *_lost_parts(matches, removals.deleted, live)}
    needs = {**dict.fromkeys(gone, Purpose.DELETE), **dict.fromkeys(asked, Purpose.COMPARE)}
    return observe.fill(reader, live, needs), removals, told, note


def _lost_parts(matches: Matches, deleted: Iterable[Address], live: Live) -> Iterator[Address]:
    """The parts that go with their entities, or that entities lose. An undo makes them again as they were."""
    for one in matches.pairs:
        if one.live is not None:
            yield from sorted((one.live.parts - one.desired.parts) & live.resources.keys())
    for address in deleted:
        yield from sorted(live.resources[address].parts & live.resources.keys())
