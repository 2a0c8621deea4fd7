"""What the commands do, as functions from paths and ports to values; nothing here prints."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from threading import Event

from iamspec import apply, guard, observe, plan as planning, removal, target
from iamspec.access import Book
from iamspec.apply import Outcome
from iamspec.assertions import failures
from iamspec.document import Document
from iamspec.errors import InvalidSpec, Issue
from iamspec.guard import View
from iamspec.iam import Account, Reader, Writer
from iamspec.impact import assess, needed
from iamspec.kind import Purpose
from iamspec.linting import check_codes
from iamspec.match import Matches, aws_policies, match
from iamspec.observe import Live
from iamspec.plan import Action, Plan
from iamspec.principals import all_powers
from iamspec.references import check, offline, unmanaged
from iamspec.removal import Removals
from iamspec.simulate import carry_out
from iamspec.snapshot import Snapshot
from iamspec.spec import Spec, load
from iamspec.state import Desired, desired


@dataclass(frozen=True, slots=True)
class Options:
    """What of a plan is wanted, and which complaints against it are lifted."""

    targets: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()


def validate(paths: Sequence[str]) -> tuple[Spec, list[Issue]]:
    """The spec and what is worth a warning; InvalidSpec has everything that is wrong with it. Needs no account."""
    spec, issues = load(paths)
    found = check(spec)
    if wrong := [*issues, *found.issues, *check_codes(spec)]:
        raise InvalidSpec(wrong)
    if spec.settings.tests and (broken := list(failures(spec, spec_book(spec)))):
        raise InvalidSpec(broken)
    return spec, found.warnings


def spec_book(spec: Spec) -> Book:
    """The users of a spec, as far as a spec alone tells: AWS's documents come with the sandbox, if that is installed."""
    known = offline(spec)
    account = Account(known["account_id"], known["partition"])
    resources = desired(spec, account, {}).resources
    return Book(all_powers(resources, account, aws_documents()), account.id, spec.entities)


def live_book(reader: Reader) -> Book:
    """The users of an account, with the documents of AWS's policies."""
    live = observe.read_live(reader)
    powers = all_powers(live.resources, live.account, {})
    arns = {arn for one in powers.values() for arn in one.unknown_arns}
    documents = observe.read_documents(reader, arns, live.account)
    return Book(all_powers(live.resources, live.account, documents), live.account.id)


def aws_documents() -> Mapping[str, Document]:
    """AWS-managed policies by ARN, as the extra `sandbox` has them; nothing without it."""
    try:
        from iamspec.sandbox.upstream import managed_documents  # noqa: PLC0415 - an extra
    except ImportError:
        return {}
    return managed_documents()


def plan(paths: Sequence[str], reader: Reader, options: Options = Options()) -> Plan:
    """What would change, after one sweep of the account and what that sweep lacks."""
    guard.check_names(options.allow)
    spec, _ = validate(paths)
    if refused := list(unmanaged(spec)):
        raise InvalidSpec(refused)
    caller = reader.caller()
    _check_account(spec, caller.account)
    live = observe.read_live(reader, caller)
    wanted = desired(spec, live.account, live.resources)
    live = observe.look_up(reader, live, aws_policies(wanted))
    matches = match(wanted, live)
    live, removals = _removals(reader, wanted, live, matches)
    made = planning.make(wanted, live, matches.refreshed(live), removals)
    narrowed = target.narrow(made, options.targets, options.excluded, {*wanted.resources, *live.resources})
    return _judged(narrowed, live, removals, reader, spec, options)


def _judged(made: Plan, live: Live, removals: Removals, reader: Reader, spec: Spec, options: Options) -> Plan:
    """The plan with what it does to access, and what the guards say of that; only plans that do something are looked at."""
    limits, tombstones = spec.settings.guards, spec.absent
    held = tuple(one for one in removals.kept if one.held and one.address in tombstones)
    if not made.steps:
        return guard.judge(View(made, live, limits, held), options.allow)
    documents = observe.read_documents(reader, needed(made, live.resources), live.account)
    impact = assess(made, live.resources, documents)
    after = reduce(carry_out, made.steps, live)
    creates = any(change.action is Action.CREATE for change in made.changes)
    view = View(
        plan=replace(made, impact=impact),
        live=live,
        guards=limits,
        held=held,
        impact=impact,
        before=all_powers(live.resources, live.account, documents),
        after=all_powers(after.resources, live.account, documents),
        quotas=observe.read_quotas(reader) if creates else {},
    )
    return guard.judge(view, options.allow)


def _check_account(spec: Spec, account_id: str) -> None:
    declared = spec.settings.account
    if declared and declared.id and declared.id != account_id:
        message = (
            f"this spec is for account {declared.id}, but the credentials are for {account_id}; nothing was compared"
        )
        raise InvalidSpec([spec.issue(message, "account", "id")])


def _removals(reader: Reader, wanted: Desired, live: Live, matches: Matches) -> tuple[Live, Removals]:
    """What may go, after asking who owns it, and the account with all that a deletion or comparison lacks."""
    found = removal.candidates(wanted, live, matches.claimed)
    regions = wanted.spec.settings.guards.stack_regions
    live = observe.ask_owners(reader, live, found.prune, [None] if regions is None else regions)
    removals = removal.decide(found, wanted, live, matches.claimed)
    needs = dict.fromkeys(removals.deleted, Purpose.DELETE)
    for one in matches.pairs:
        if one.live is not None and getattr(one.desired, "tags", None) is not None:
            needs[one.old or one.address] = Purpose.COMPARE
    return observe.fill(reader, live, needs), removals


def drifted(plan: Plan) -> bool:
    """Whether live is not what the spec says; what is kept is none of that."""
    return bool(plan.changes or plan.undeclared)


def run(made: Plan, writer: Writer, *, parallelism: int, stop: Event) -> Iterator[Outcome]:
    """Makes the calls of a plan, yielding what became of each."""
    return apply.run(made, writer, parallelism=parallelism, stop=stop)


def remainder(paths: Sequence[str], writer: Writer, options: Options) -> Plan:
    """What is left to do after an apply, looking again for as long as IAM may need to become consistent."""
    left = None
    for _ in writer.looks():
        left = plan(paths, writer, options)
        if not left.changes:
            break
    assert left is not None  # noqa: S101 - a writer looks at least once
    return left


def take_snapshot(reader: Reader) -> Snapshot:
    """Everything that iamspec reads of an account, as it answered."""
    caller = reader.caller()
    details: dict[str, list[Mapping[str, object]]] = {}
    for call in observe.listings():
        for page in reader.pages(call):
            for section, found in page.items():
                if isinstance(found, list):
                    details.setdefault(section, []).extend(found)
    aliases = details.pop("AccountAliases", [])
    account = Account(caller.account, caller.partition, str(aliases[0]) if aliases else None)
    arns = sorted(str(one["Arn"]) for one in details.get("Policies", ()))
    return Snapshot(account, details, observe.policy_extras(reader, arns))
