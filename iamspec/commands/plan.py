"""What the commands do, as functions from paths and ports to values; nothing here prints."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from threading import Event
from typing import Any

from iamspec.access.account import AccountAccess
from iamspec.access.assertions import failures
from iamspec.access.principals import Powers, all_powers, unread
from iamspec.access.questions import Book, context
from iamspec.apply import run as apply
from iamspec.apply.run import Outcome, Witness
from iamspec.commands.reviewing import reviewed
from iamspec.desired.check import Findings, check, offline
from iamspec.desired.copying import copying_warnings
from iamspec.desired.lint import check_codes
from iamspec.desired.load import Spec, load
from iamspec.desired.resources import Desired, desired
from iamspec.desired.settings import Guards
from iamspec.desired.validation import did_you_mean
from iamspec.errors import IamspecError, InvalidSpec, Issue
from iamspec.iam import Account, Reader, Writer
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Granted, Purpose
from iamspec.live import observe
from iamspec.live.observe import Live
from iamspec.live.snapshot import Snapshot
from iamspec.plan import make as planning, removal, target
from iamspec.plan.complete import ordered
from iamspec.plan.match import Matches, aws_policies, match
from iamspec.plan.model import Plan
from iamspec.plan.removal import Removals
from iamspec.plan.steps import transition
from iamspec.policy.evaluate import Request
from iamspec.policy.managed import managed_documents
from iamspec.policy.meaning import Grants
from iamspec.render.access import Report
from iamspec.review import guard
from iamspec.review.impact import Actions
from iamspec.review.model import Review
from iamspec.status.accept import issues as accept_issues

ANY_ACCOUNT = "${account.id}"  # a variable that has no value, named like the setting that would say it


@dataclass(frozen=True, slots=True)
class Options:
    """What of a plan is wanted, and which complaints against it are lifted; `defer` that nobody is given a secret now."""

    targets: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    defer: bool = False


def validate(paths: Sequence[str], today: date | None = None) -> tuple[Spec, list[Issue]]:
    """The spec and its warnings. InvalidSpec has all errors, failing `tests` included. Needs no account.

    Whether something is accepted for too long is judged only where the day is known.
    """
    spec, found = _checked(paths, today)
    if broken := failing_tests(spec, found.granted):
        raise InvalidSpec(broken)
    return spec, found.warnings


def checked(paths: Sequence[str], today: date | None = None) -> tuple[Spec, list[Issue]]:
    """The spec and its warnings, without running its `tests`."""
    spec, found = _checked(paths, today)
    return spec, found.warnings


def _checked(paths: Sequence[str], today: date | None) -> tuple[Spec, Findings]:
    spec, issues = load(paths)
    found = check(spec)
    if wrong := [*issues, *found.issues, *check_codes(spec), *accept_issues(spec, today)]:
        raise InvalidSpec(wrong)
    found.warnings += copying_warnings(spec, today)
    return spec, found


def failing_tests(spec: Spec, granted: Mapping[Address, Granted] | None = None) -> list[Issue]:
    """The entries of `tests` that do not hold."""
    return list(failures(spec, spec_book(spec, granted, assume=True))) if spec.settings.tests else []


def spec_book(spec: Spec, granted: Mapping[Address, Granted] | None = None, *, assume: bool = False) -> Book:
    """The users of a spec, with AWS's policies as the package knows them.

    Without `account.id` the account is not known, unless it may be assumed; of an external user nothing is.
    """
    known = offline(spec)
    is_known = assume or bool(spec.settings.account and spec.settings.account.id)
    account = Account(known["account_id"] if is_known else ANY_ACCOUNT, known["partition"])
    wanted = desired(spec, account, {}, granted=granted)
    powers = all_powers(wanted.resources, account, managed_documents(account.partition))
    if not assume:
        powers |= {one: unread(one, account) for one in wanted.external if one.kind == "user"}
    return Book(powers, account.id if is_known else "", spec.entities)


def live_book(reader: Reader) -> Book:
    """The users of an account, with the documents of AWS's policies."""
    live = observe.read_live(reader)
    access = AccountAccess(live)
    arns = {arn for one in access.powers.values() for arn in one.unknown_arns}
    documents = observe.read_documents(reader, arns, live.account)
    powers = access.with_documents(documents).powers
    return Book(powers, live.account.id, endpoint=live.account.endpoint)


def ask(book: Book, words: Sequence[str], pairs: Sequence[str], *, who: bool) -> Report:
    """The answer to `USER`, to `USER ACTION [RESOURCE]`, or with `who` to `ACTION [RESOURCE]`."""
    if len(words) > (2 if who else 3):
        raise IamspecError("too many words: USER [ACTION [RESOURCE]], or --who ACTION [RESOURCE]")
    if not who and len(words) == 1:
        return replace(_summary(book.of(words[0])), endpoint=book.endpoint)
    action, *resource = words if who else words[1:]
    if resource and resource[0] != "*" and not resource[0].startswith("arn:"):
        raise IamspecError(f'"{resource[0]}" is no resource: an ARN, as in arn:aws:s3:::bucket/key, or *')
    request = Request(_action(action), resource[0] if resource else "*", context(pairs), wild=True)
    asked = [book.powers[one] for one in sorted(book.powers)] if who else [book.of(words[0])]
    if wrong := [one for powers in asked for one in book.contradictions(powers, request)]:
        raise IamspecError(f"--context: {wrong[0]}{f' (and so for {len(wrong) - 1} more)' if wrong[1:] else ''}")
    answers = book.who(request) if who else [book.ask(book.of(words[0]), request)]
    return Report(request, tuple(answers), who=who, endpoint=book.endpoint)


def _summary(powers: Powers) -> Report:
    from iamspec.policy.actions import catalogue  # noqa: PLC0415 - 100 ms that only questions about actions need

    known = tuple(held.document for held in powers.policies if held.document is not None)
    bounds = powers.boundary.document if powers.boundary else None
    allowed = Actions(Grants(known, bounds).allowed(catalogue()), catalogue())
    return Report(None, summary=allowed, unknown=tuple(powers.unknown), user=powers.address)


def _action(written: str) -> str:
    """An action as AWS spells it; a typing error must not look like an answer."""
    from iamspec.policy.actions import catalogue  # noqa: PLC0415

    spelled = catalogue().spelled(written)
    if spelled is None:
        hint = did_you_mean(written, catalogue().suggest(written))
        raise IamspecError(f'no action of AWS is called "{written}"{hint}')
    return spelled


def plan(paths: Sequence[str], reader: Reader, options: Options = Options()) -> Review:
    """What would change, after one sweep of the account and what that sweep lacks."""
    guard.check_names(options.allow)
    spec, _ = validate(paths)
    caller = reader.caller()
    _check_account(spec, caller.account)
    live = observe.read_live(reader, caller)
    wanted = desired(spec, live.account, live.resources, live.now)
    released = frozenset(one for one in wanted.copiers if guard.lifts(options.allow, "copy-ended", one))
    wanted = replace(wanted, released=released)
    live = observe.look_up(reader, live, aws_policies(wanted))
    matches = match(wanted, live)
    live, removals = _removals(reader, wanted, live, matches)
    made = planning.make(wanted, live, matches.refreshed(live), removals)
    narrowed = target.narrow(made, options.targets, options.excluded, {*wanted.resources, *live.resources})
    narrowed = _without_skipped(narrowed, wanted, live)
    return reviewed(ordered(narrowed, live), live, reader, options.allow, defer=options.defer)


def _without_skipped(narrowed: Plan, wanted: Desired, live: Live) -> Plan:
    """The plan with the calls that follow from policies as they stay, where changing them was not asked for."""
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
    live = ask_owners(reader, live, found.prune, wanted.spec.settings.guards)
    waiting = frozenset(one.old or one.address for one in matches.pairs if one.address in wanted.held_back)
    removals = removal.decide(found, wanted, live, matches.claimed, waiting)
    needs = dict.fromkeys(removals.deleted, Purpose.DELETE)
    for one in matches.pairs:
        if one.live is not None and KINDS[one.address.kind].compares(one.desired):
            needs[one.old or one.address] = Purpose.COMPARE
    return observe.fill(reader, live, needs), removals


def ask_owners(reader: Reader, live: Live, addresses: Iterable[Address], guards: Guards) -> Live:
    """The account with what stacks own of what would go by absence, in the regions of the settings."""
    there = [one for one in addresses if one in live.resources]
    return observe.ask_owners(reader, live, there, [None] if guards.stack_regions is None else guards.stack_regions)


def drifted(review: Review) -> bool:
    """Whether live is not what the spec says; what is kept is none of that."""
    return bool(review.changes or review.plan.undeclared)


def run(
    review: Review, writer: Writer, *, parallelism: int, stop: Event, witness: Witness | None = None
) -> Iterator[Outcome]:
    """Makes the calls of a plan, yielding what became of each; the witness hears of each as it happens."""
    return apply.run(review.plan, writer, parallelism=parallelism, stop=stop, witness=witness)


def remainder(paths: Sequence[str], writer: Writer, options: Options) -> Review:
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
    aliases, rules = ((answer or {}) for answer in reader.read_each(observe.listings()))
    details: dict[str, list[Mapping[str, object]]] = {}
    for page in reader.pages(observe.swept()):
        for section, found in page.items():
            if isinstance(found, list):
                details.setdefault(section, []).extend(found)
    alias = next(iter(aliases.get("AccountAliases", ())), None)
    arns = sorted(str(one["Arn"]) for one in details.get("Policies", ()))
    return Snapshot(
        Account(caller.account, caller.partition, alias, caller.endpoint),
        details,
        observe.policy_extras(reader, arns),
        rules.get("PasswordPolicy"),
    )
