"""The passwords and keys of users out of IAM's credential report, where the account has more than 500 users.

The report is up to four hours old. It answers only for users about
whom it agrees with the spec, who do not rotate, and who have no
power over other users. IAM is asked about all others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from iamspec.access.account import AccountAccess
from iamspec.access.administrators import rights
from iamspec.access.book import Book
from iamspec.access.principals import Powers, held_by, powers_of
from iamspec.desired.resources import Desired
from iamspec.iam import Reader
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Holding
from iamspec.kinds.user.shape import User
from iamspec.live.observe import Live
from iamspec.plan.findings import Reported
from iamspec.plan.match import Match, Matches
from iamspec.policy.actions.escalation import ways
from iamspec.policy.document import Document
from iamspec.policy.evaluate.statements import WILDCARDS, action_pattern, compiled
from iamspec.policy.managed import managed_documents
from iamspec.policy.remembered import Remembered
from iamspec.policy.statement import ACTIONS, statements
from iamspec.review.undeclared import escalations
from iamspec.status.credential_report import REPORT, newest, parsed
from iamspec.status.evidence import Missing
from iamspec.status.report import Report, Row

MANY = 500  # users whose sign-in is asked about one by one
GIVING = ("iam:createaccesskey", "iam:createloginprofile", "iam:updateloginprofile")
OWN = "${aws:username}"


def by_report(
    reader: Reader, wanted: Desired, matches: Matches, live: Live, exactly: frozenset[Address]
) -> tuple[Live, Reported | None, str]:
    """The account with the sign-in that the report tells, how many users that is, and a note if there is no report."""
    report = _report(reader, live)
    if isinstance(report, Missing):
        return live, None, f"the sign-in of each user is asked for, as there is no credential report: {report.reason}"
    rows = {row.address: row for row in report.users}
    agreed: dict[Address, User] = {}
    for one in matches.pairs:
        if (
            one.address in exactly
            or one.address in wanted.held_back
            or not KINDS[one.address.kind].compares(one.desired)
        ):
            continue
        found = _as_reported(one, rows.get(one.address), report, matches, live)
        if found is not None:
            agreed[one.address] = found
    powerful = _powerful(agreed, live)
    told = {address: one for address, one in agreed.items() if address not in powerful}
    if not told:
        return live, None, ""
    return live.with_facts(resources={**live.resources, **told}), Reported(len(told), report.made), ""


def _report(reader: Reader, live: Live) -> Report | Missing:
    """The report. A report with unknown columns does not count."""
    (answer,) = reader.attempt_each([REPORT])
    report = parsed(newest(reader, answer, live.now, lambda _: None))
    if isinstance(report, Report) and report.unknown_columns:
        return Missing(f"it has unknown columns: {', '.join(report.unknown_columns)}")
    return report


def _as_reported(match: Match, row: Row | None, report: Report, matches: Matches, live: Live) -> User | None:
    """The live user with the sign-in of the report.

    None if the report does not prove that the plan leaves the user
    alone.
    """
    user, desired = match.live, match.desired
    if not isinstance(user, User) or not isinstance(desired, User) or row is None or match.old is not None:
        return None
    if desired.orders.keys is not None and desired.orders.keys.rotate_after is not None:
        return None
    if row.password is None or row.more or (user.facts.created is not None and user.facts.created >= report.made):
        return None
    found = replace(user, console=row.password)
    if not _keys_agree(desired, user, row):
        return None
    kind = KINDS["user"]
    before: Any = kind.renaming(found, matches.name_of) if matches.names else found
    return found if kind.fill_desired(desired, before, live.now) == before else None


def _keys_agree(desired: User, user: User, row: Row) -> bool:
    """Whether the keys of the report are those of the spec: as many, all active, and none for a suspended user."""
    there = [key for key in row.keys if key.active is not False or key.rotated is not None]
    if desired.suspended or (desired.suspended is None and user.suspended):
        return not any(key.active is not False for key in there)
    if desired.orders.keys is None:
        return True
    return len(there) == desired.orders.keys.active and all(key.active is True for key in there)


# Who is always asked exactly


def _powerful(users: Mapping[Address, User], live: Live) -> set[Address]:
    """The users who are or can become administrators, or may make keys or passwords for other users."""
    access = AccountAccess(live).with_documents(managed_documents(live.account.partition))
    named = _Named(access)
    suspects = {address: one for address, one in users.items() if _leads_on(named.by(address, one))}
    groups = {address: one for address, one in live.resources.items() if address.kind == "group"}
    powers = powers_of({**groups, **suspects}, access.documents)
    return {address for address in suspects if _has_power(powers[address], access)}


class _Named:
    """The actions that lead on, as far as somebody's documents allow them somewhere, as bits.

    An unknown document may allow all of them.
    """

    def __init__(self, access: AccountAccess) -> None:
        self._access = access
        self._of_groups: dict[str, int] = {}

    def by(self, address: Address, user: User) -> int:
        found, bound = self._held(address, user), user.permissions_boundary
        for name in user.groups:
            if name not in self._of_groups:
                group = Address("group", name)
                holding = self._access.live.resources.get(group)
                self._of_groups[name] = self._held(group, holding) if isinstance(holding, Holding) else -1
            found |= self._of_groups[name]
        return -1 if bound and self._access.documents.held(bound, None).document is None else found

    def _held(self, holder: Address, entity: Holding) -> int:
        found = 0
        for one in held_by(self._access.documents, holder, entity):
            found |= -1 if one.document is None else _named(one.document)
        return found


def _has_power(powers: Powers, access: AccountAccess) -> bool:
    if powers.unknown:
        return True
    documents = [held.document for held in powers.policies if held.document is not None]
    if any(map(_gives_others, documents)) or rights(powers, Book({}, access.live.account.id)) is not None:
        return True
    return bool(escalations(powers, access))


@cache
def _leads_on(named: int) -> bool:
    """Whether all actions of a set are among the named ones. Nearly nobody has such a set."""
    return any(named & one == one for one in _needed())


@cache
def _needed() -> tuple[int, ...]:
    """The sets of actions with which a principal gains more access, or access to other principals, as bits."""
    bits = {action: 1 << number for number, action in enumerate(_actions())}
    return tuple(sum(bits[action] for action in one) for one in {*(frozenset({one}) for one in GIVING), *ways()})


@cache
def _actions() -> tuple[str, ...]:
    return tuple(sorted({*GIVING, *(action for one in ways() for action in one)}))


@Remembered
def _named(document: Document) -> int:
    """The actions of these sets that a document allows somewhere, under some condition, as bits."""
    found = 0
    for one in statements(document.data):
        if one.allows:
            actions, others = (_matched(one.stored(element)) for element in ACTIONS)
            found |= (actions if one.has("Action") else -1) & ~others
    return found


def _matched(patterns: Iterable[str]) -> int:
    found = 0
    for one in patterns:
        found |= _matching(one)
    return found


@lru_cache(maxsize=65536)
def _matching(pattern: str) -> int:
    service = pattern.lower().partition(":")[0]
    if service not in _services() and WILDCARDS.isdisjoint(service):
        return 0
    matches = action_pattern(pattern).match
    return sum(1 << number for number, action in enumerate(_actions()) if matches(action))


@cache
def _services() -> frozenset[str]:
    return frozenset(action.partition(":")[0] for action in _actions())


@Remembered
def _gives_others(document: Document) -> bool:
    """Whether a document allows to make keys or passwords for anybody but the own user, whatever a Deny says."""
    for one in statements(document.data):
        rules = compiled(Document({**document.data, "Statement": [one.data]})) if one.allows else ()
        if any(rule.names(action) for rule in rules for action in GIVING):
            resources = [text for _, text in one.texts("Resource")]
            if not resources or not all(text.rpartition("/")[2] == OWN for text in resources):
                return True
    return False
