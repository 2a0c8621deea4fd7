"""The people, services and issuers that a trust policy admits to its role, with conditions.

An Allow statement admits each of its principals. A Deny statement
takes away from other statements.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from iamspec.policy.document import Document
from iamspec.policy.remembered import Remembered
from iamspec.policy.statement import Statement, listed, statements, text
from iamspec.policy.trust.checks import Check, alternatives, checks
from iamspec.policy.trust.trusted import ANYBODY, Sort, Trusted, trusted
from iamspec.policy.wildcards import WILD

ASSUME, BY_SAML, BY_TOKEN = "sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"
TAG_SESSION, SET_IDENTITY = "sts:TagSession", "sts:SetSourceIdentity"  # asked for beside the way in
ACTIONS = {Sort.ISSUER: (BY_TOKEN,), Sort.SAML: (BY_SAML,), Sort.ANYBODY: (ASSUME, BY_SAML, BY_TOKEN)}
BUT = "but"  # the operator of the test that stands for NotPrincipal
ACCOUNT_KEY, ARN_KEY = "aws:principalaccount", "aws:principalarn"


@dataclass(frozen=True, slots=True)
class Denial:
    """A Deny of a trust policy: for the principals, unless a test fails.

    `ways` are the actions that it denies. None denies all with
    which the principals could assume the role.
    """

    who: Trusted
    checks: frozenset[Check]
    ways: frozenset[str] | None = None

    def concerns(self, ways: frozenset[str]) -> bool:
        """Whether it denies some of the ways."""
        return self.ways is None or not self.ways.isdisjoint(ways)

    def covers(self, other: "Denial") -> bool:
        """Whether this one denies all that the other does."""
        is_wide = self.ways is None or (other.ways is not None and self.ways >= other.ways)
        return is_wide and self.who.covers(other.who) and _follow(self.checks, other.checks)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms on which a principal may assume the role: the checks, the denials, and the actions."""

    checks: frozenset[Check]
    unless: frozenset[Denial]
    ways: frozenset[str]

    @property
    def parts(self) -> Iterator["Terms"]:
        return (replace(self, checks=tests) for tests in alternatives(self.checks))

    def cover(self, other: "Terms") -> bool:
        """Whether these certainly let in everybody whom the others let in, of the same principals."""
        return (
            self.ways >= other.ways
            and _follow(self.checks, other.checks)
            and all(
                any(theirs.covers(mine) for theirs in other.unless) for mine in self.unless if mine.concerns(other.ways)
            )
        )


@dataclass(frozen=True, slots=True)
class Admission:
    """A principal that may assume the role if all checks hold and no denial applies.

    `ways` are the actions with which it may. None is all that
    there are for the principal.
    """

    who: Trusted
    checks: frozenset[Check] = frozenset()
    unless: frozenset[Denial] = frozenset()
    ways: frozenset[str] | None = None

    @property
    def key(self) -> tuple[tuple[str, ...], tuple[object, ...]]:
        """The order of admissions in lists."""
        return (self.who.key, tuple(sorted(one.order for one in self.checks)))

    @property
    def is_unconditional(self) -> bool:
        return not self.checks

    @property
    def terms(self) -> "Terms":
        return Terms(self.checks, self.unless, _ways(self))

    def is_outside(self, account: str) -> bool:
        """Whether a principal is outside of an account: no user or role of it, and no AWS service."""
        if self.who.sort in {Sort.SERVICE, Sort.GONE}:
            return False
        if self.who.sort in {Sort.ANYBODY, Sort.UNKNOWN}:
            return not any(_confines(one, account) for one in self.checks)
        if self.who.sort in {Sort.ISSUER, Sort.SAML}:
            return True
        return self.who.account != account


def _ways(admission: Admission) -> frozenset[str]:
    return frozenset(_actions(admission.who)) if admission.ways is None else admission.ways


def _actions(who: Trusted) -> tuple[str, ...]:
    """The actions with which a principal assumes a role."""
    return ACTIONS.get(who.sort, (ASSUME,))


def _follow(some: Iterable[Check], others: frozenset[Check]) -> bool:
    """Whether each of the tests follows from others."""
    return all(any(other.implies(one) for other in others) for one in some)


def _confines(check: Check, account: str) -> bool:
    """Whether a test lets in principals of one account only."""
    if not check.is_plain or not check.values:
        return False
    if check.key == ACCOUNT_KEY:
        return check.values == {account}
    if check.key != ARN_KEY:
        return False
    parts = [one.split(":") for one in check.values]
    text_like = check.takes_wildcards and "arn" not in check.base  # there * goes across colons
    return all(one[4:5] == [account] and not (text_like and WILD.search(":".join(one[:4]))) for one in parts)


@Remembered
def admissions(document: Document) -> tuple[Admission, ...]:
    """The admissions of a trust policy, each once, in a fixed order.

    A document that cannot be read admits UNKNOWN.
    """
    if not isinstance(document.data, Mapping):
        return (Admission(Trusted(Sort.UNKNOWN, "a trust policy that cannot be read")),)
    found = list(statements(document.data))
    denials = [(who, tests, ways) for one in found if one.denies for who, tests, ways in _principals(one)]
    admitted = {
        Admission(who, tests, frozenset(_against(denials, who, ways)), _less_than_all(ways, _actions(who)))
        for one in found
        if one.allows
        for who, tests, ways in _principals(one)
    }
    return tuple(sorted((one for one in admitted if not _is_shut(one)), key=lambda one: one.key))


Part = tuple[Trusted, frozenset[Check], frozenset[str]]  # a principal of a statement, the tests, and the actions


def _against(denials: Iterable[Part], who: Trusted, ways: frozenset[str]) -> Iterator[Denial]:
    """The denials that may concern a principal that comes in some ways."""
    for denied, tests, actions in denials:
        if denied.meets(who) and actions & ways:
            yield Denial(denied, tests, _less_than_all(actions & ways, ways))


def _less_than_all(ways: frozenset[str], known: Iterable[str]) -> frozenset[str] | None:
    return None if ways >= frozenset(known) else ways


def _is_shut(admission: Admission) -> bool:
    """Whether a Deny takes the whole admission back."""
    return any(
        one.ways is None and one.who.covers(admission.who) and _follow(one.checks, admission.checks)
        for one in admission.unless
    )


def _principals(statement: Statement) -> Iterator[Part]:
    """The principals of a statement that its actions are about, with the tests and these actions."""
    tests = checks(statement)
    found = [(who, tests) for who in _named(statement, "Principal")]
    if statement.has("NotPrincipal"):
        excepted = frozenset(" ".join(filter(None, one.key)) for one in _named(statement, "NotPrincipal"))
        found.append((ANYBODY, tests | {Check(BUT, "principal", excepted)}))
    for who, conditions in found:
        if ways := frozenset(one for one in _actions(who) if _grants(statement, one)):
            yield who, conditions, ways


def _named(statement: Statement, element: str) -> Iterator[Trusted]:
    written = statement.data.get(element)
    if written == "*":
        yield ANYBODY
    for kind, names in written.items() if isinstance(written, Mapping) else ():
        for name in listed(names):
            yield trusted(str(kind), text(name) or str(name))


def _grants(statement: Statement, action: str) -> bool:
    if statement.has("NotAction"):
        return not any(_fits(pattern, action) for pattern in statement.stored("NotAction"))
    return any(_fits(pattern, action) for pattern in statement.stored("Action"))


def _fits(pattern: str, action: str) -> bool:
    parts = (".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in pattern)
    return re.fullmatch("".join(parts), action, re.IGNORECASE) is not None


def outside(document: Document, account: str) -> tuple[Admission, ...]:
    """The admissions of somebody outside of an account."""
    return tuple(one for one in admissions(document) if one.is_outside(account))


def services(document: Document) -> tuple[str, ...]:
    """The AWS services that may assume the role, sorted."""
    return tuple(sorted({one.who.name for one in admissions(document) if one.who.sort is Sort.SERVICE}))


def is_trusted_by_outside(document: Document, account: str) -> bool:
    """Whether somebody outside of an account may assume the role."""
    return bool(outside(document, account))


def newly_admitted(before: Document | None, after: Document) -> tuple[Admission, ...]:
    """The admissions of a trust policy that an older one did not have, or had under more conditions only.

    Principals under equal terms share the answer: a statement may
    name hundreds.
    """
    old = admissions(before) if before is not None else ()
    known: dict[tuple[frozenset[Terms], Terms], bool] = {}
    found = []
    for one in admissions(after):
        key = (frozenset(each.terms for each in old if each.who.covers(one.who)), one.terms)
        if key not in known:
            known[key] = _is_known(*key)
        if not known[key]:
            found.append(one)
    return tuple(found)


def _is_known(old: Iterable[Terms], new: Terms) -> bool:
    """Whether each alternative of some terms is certainly met by others."""
    parts = [part for one in old for part in one.parts]
    return all(any(each.cover(part) for each in parts) for part in new.parts)


def newly_outside(
    before: Document | None, after: Document, account: str, own: Container[str] = ()
) -> tuple[Admission, ...]:
    """The admissions of outsiders that a trust policy to be written has and the live one has not.

    IAM takes a unique id for the user or role that has it, of
    whatever account. `own` are the unique ids of this account.
    """
    return tuple(
        one
        for one in newly_admitted(before, after)
        if one.is_outside(account) or (one.who.sort is Sort.GONE and one.who.name not in own)
    )


def newly_marking(before: Document | None, after: Document, action: str) -> tuple[Trusted, ...]:
    """The principals who may mark a session by an action after a change of trust, and could not before.

    Conditions and Deny statements are ignored.
    """
    old = _marking(before, action) if before is not None else set()
    found = (one for one in _marking(after, action) if not any(each.covers(one) for each in old))
    return tuple(sorted(found, key=lambda one: one.key))


@Remembered
def takes_session_tags(document: Document) -> bool:
    """Whether a session may bring tags of its own, after "Passing session tags in AWS STS" in the IAM User Guide.

    A trust policy that cannot be read may allow it.
    """
    return not isinstance(document.data, Mapping) or bool(_marking(document, TAG_SESSION))


def _marking(document: Document, action: str) -> set[Trusted]:
    """The principals of all Allow statements about an action."""
    data = document.data if isinstance(document.data, Mapping) else {}
    about = [one for one in statements(data) if one.allows and _grants(one, action)]
    named = {who for one in about for who in _named(one, "Principal")}
    return named | {ANYBODY} if any(one.has("NotPrincipal") for one in about) else named
