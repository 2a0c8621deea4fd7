"""The review of a plan: the shared step of all commands that show a plan or run one."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from iamspec.access.account import AccountAccess
from iamspec.access.principals import Powers
from iamspec.commands.options import NO_OPTIONS, Options
from iamspec.desired.guards import Guards
from iamspec.iam import Reader
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Phase, Purpose
from iamspec.kinds.operations import OPERATIONS
from iamspec.kinds.user.operations import DROP_PASSWORD
from iamspec.live import observe
from iamspec.live.observe import Live
from iamspec.live.simulate import carry_out_all
from iamspec.plan.accepting import former
from iamspec.plan.model import PRUNED, Action, Change, Plan, touched
from iamspec.plan.secrets import deferred
from iamspec.plan.state import state, state_reads
from iamspec.policy.managed import managed_documents
from iamspec.review import guard
from iamspec.review.direction import of_live
from iamspec.review.guard import View
from iamspec.review.guard.administrators import Administrators
from iamspec.review.impact import Impact, assess, needed
from iamspec.review.lookalike import lookalikes
from iamspec.review.model import Review
from iamspec.review.undeclared import Undeclared, first_reads, later_reads, undeclared, unread_policies


def reviewed(
    plan: Plan,
    live: Live,
    reader: Reader,
    options: Options = NO_OPTIONS,
    *,
    limits: Guards | None = None,
    after: Live | None = None,
    before: AccountAccess | None = None,
) -> Review:
    """The plan with its effect on access and the complaints against it.

    `limits` replace the limits of the plan for the guards. `after`
    is the account after all calls, if it is known already. Calls
    that make secrets are not reviewed if the options leave them
    for later.
    """
    looked_at = deferred(plan) if options.defer else plan
    known = after if looked_at.steps == plan.steps else None
    view = _view(looked_at, before or AccountAccess(live), reader, limits or plan.guards, known)
    drifted = _drifted(plan) if options.states else {}
    listed = _with_pruned(plan) if options.states else plan
    wanted = first_reads(listed, view.before.live) if options.facts else {}
    complaints = guard.complaints(view, options.allow)
    seen = observe.fill(reader, view.before.live, wanted | state_reads(drifted.values(), view.before.live))
    review = Review(
        plan=plan,
        before=view.before,
        after=view.after,
        impact=view.impact,
        complaints=complaints,
        undeclared=_undeclared(listed, reader, view.before, seen) if options.facts else (),
        remarks=(*guard.remarks(view, complaints), *_alike(plan, live)),
        states=_states(drifted, seen),
    )
    return replace(review, live_impact=of_live(review).impact) if options.states else review


def facts_of(addresses: Sequence[Address], review: Review, reader: Reader) -> tuple[Undeclared, ...]:
    """The facts about live entities, as about undeclared ones, the most dangerous first."""
    if not addresses:
        return ()
    listed = replace(review.plan, undeclared=tuple(sorted(addresses)), kept=())
    seen = observe.fill(reader, review.before.live, first_reads(listed, review.before.live))
    return _undeclared(listed, reader, review.before, seen)


def _with_pruned(plan: Plan) -> Plan:
    """The plan in which entities that prune would delete are undeclared, as they are in drift."""
    pruned = (former(one) for one in plan.changes if one.reason == PRUNED)
    return replace(plan, undeclared=tuple(sorted({*plan.undeclared, *pruned})))


def _drifted(plan: Plan) -> dict[Address, Address]:
    """The live address of each entity that differs from the spec, by its address in the plan."""
    others = (*(one.address for one in plan.excess), *(one.address for one in plan.exposed))
    found = {one: one for one in (*plan.undeclared, *others)}
    return found | {one.address: former(one) for one in plan.changes}


def _states(drifted: Mapping[Address, Address], live: Live) -> dict[Address, str]:
    """The state of each of these entities, as far as it is known."""
    found = {shown: state(address, live) for shown, address in sorted(drifted.items())}
    return {address: digest for address, digest in found.items() if digest is not None}


def _alike(plan: Plan, live: Live) -> Iterator[str]:
    """A note for each new entity with the name of another entity, but for a sign or two."""
    created = [one.address for one in plan.changes if one.action is Action.CREATE]
    for one, other in sorted(lookalikes(created, set(live.resources)).items()):
        yield f"{one} looks like {other}, which exists: compare the spelling"


def _view(plan: Plan, before: AccountAccess, reader: Reader, limits: Guards, known: Live | None) -> View:
    """Everything that the guards look at.

    A plan without calls needs no further reads.
    """
    live = before.live
    if not plan.steps:
        return View(plan, live, limits, plan.held, Impact(), before, before)
    live = _with_sign_in(plan, before, reader)
    before = before.with_live(live)
    after = before.after(carry_out_all(live, plan.steps) if known is None else known)
    documents = observe.read_documents(reader, needed(plan, before, after), live.account)
    filled = before.with_documents(documents)
    before, after = filled, after.with_documents(documents, filled)
    adds = any(step.phase in {Phase.CREATE, Phase.GRANT} for step in plan.steps) or any(map(_grows, plan.changes))
    quotas = observe.read_quotas(reader) if adds else {}
    return View(plan, live, limits, plan.held, assess(plan, before, after), before, after, quotas)


def _grows(change: Change) -> bool:
    """Whether a document changes whose size the account limits."""
    names = (place.path[0] for place in KINDS[change.address.kind].places if place.size_key)
    return any(getattr(change.before, name, None) != getattr(change.after, name, None) for name in names)


def _with_sign_in(plan: Plan, before: AccountAccess, reader: Reader) -> Live:
    """The account with the credentials that guards need.

    These are the credentials of all administrators where the plan
    concerns an administrator, and the last use of passwords that
    the plan takes away.
    """
    concerned = touched(plan.changes)
    admins = [before.powers[one] for one in Administrators(before).candidates]
    wanted = {one.address: Purpose.COMPARE for one in admins} if any(_reaches(one, concerned) for one in admins) else {}
    losing = [Address("user", one.before.name) for one in plan.changes if one.before and _loses_password(one)]
    return observe.fill(reader, before.live, wanted | dict.fromkeys(losing, Purpose.SIGN_IN))


def _reaches(powers: Powers, concerned: Collection[Address]) -> bool:
    """Whether a plan changes a user or an entity that the user has policies from."""
    owners = {owner for held in powers.policies for owner in (held.owner, held.through)}
    return powers.address in concerned or any(one in owners for one in concerned)


def _loses_password(change: Change) -> bool:
    return any(OPERATIONS[step.call.operation] is DROP_PASSWORD for step in change.steps) and change.after is not None


def _undeclared(plan: Plan, reader: Reader, access: AccountAccess, seen: Live) -> tuple[Undeclared, ...]:
    """The facts about undeclared entities, after the reads that they need.

    `seen` has the credentials already.
    """
    if not plan.undeclared:
        return ()
    live = access.live
    read = observe.fill(reader, seen, later_reads(plan.undeclared, seen))
    unread, packaged = unread_policies(plan, access), managed_documents(live.account.partition)
    documents = observe.read_documents(reader, unread - packaged.keys(), live.account)
    documents |= {arn: packaged[arn] for arn in unread & packaged.keys()}
    return undeclared(plan, read, access.with_documents(documents))
