"""Admissions in words for people: `anybody in account 210987654321`, `GitHub Actions of acme/infra on branch main`."""

import re

from iamspec.policy.grammar.issuers import GITHUB
from iamspec.policy.trust.admission import BUT, Admission
from iamspec.policy.trust.checks import Check
from iamspec.policy.trust.trusted import Sort, Trusted

STS = "sts.amazonaws.com"
SUBJECT, AUDIENCE = "sub", "aud"
EXTERNAL_ID, MFA = "sts:externalid", "aws:multifactorauthpresent"
_GITHUB = re.compile(r"repo:(?P<owner>[^/:@]+)(@\d+)?/(?P<repo>[^/:@]+)(@\d+)?:(?P<rest>.+)")
_PLACES = {"environment:": "in environment ", "ref:refs/heads/": "on branch ", "ref:refs/tags/": "on tag "}


def who(admission: Admission, account: str) -> str:
    """The principal of an admission, as seen from an account, with the subject of a token."""
    found = admission.who
    if found.sort is Sort.ISSUER:
        return _issuer(admission)
    if found.sort is Sort.SAML:
        elsewhere = "" if found.account == account else f" of account {found.account}"
        return f"a login through the SAML provider {found.name}{elsewhere}"
    return _principal(found, account)


def sentence(admission: Admission, account: str) -> str:
    """The principal with every condition: `anybody in account 210987654321, with external id x-77`."""
    tests = sorted(admission.checks, key=lambda one: one.order)
    found = [_condition(one) for one in tests if not _is_said(one, admission)]
    if admission.unless:
        found.append("unless a Deny of the trust policy applies")
    return ", ".join([who(admission, account), *found])


def _principal(found: Trusted, account: str) -> str:
    own, kind = found.account == account, found.sort.value
    if found.sort is Sort.ANYBODY:
        return "anybody in any AWS account"
    if found.sort is Sort.ACCOUNT:
        return "anybody in this account whose policies allow it" if own else f"anybody in account {found.account}"
    if found.sort in {Sort.USER, Sort.ROLE}:
        return f"{kind}/{found.last_name}" if own else f"{kind} {found.name} of account {found.account}"
    if found.sort is Sort.SESSION:
        return f"the session {found.name}" if own else f"the session {found.name} of account {found.account}"
    if found.sort is Sort.SERVICE:
        return f"the AWS service {found.name}"
    if found.sort is Sort.GONE:
        return f"{found.name}, {'a user' if found.name.startswith('AIDA') else 'a role'} that is gone"
    return found.name


def _issuer(admission: Admission) -> str:
    issuer = admission.who.name
    subject = _key(issuer, SUBJECT)
    found = sorted(value for one in admission.checks if one.is_plain and one.key == subject for value in one.values)
    if not found:
        return f"a login through {issuer}"
    if issuer == GITHUB:
        return f"GitHub Actions of {' or of '.join(dict.fromkeys(map(_of_github, found)))}"
    return f"a login through {issuer} with subject {' or '.join(found)}"


def _of_github(subject: str) -> str:
    found = _GITHUB.fullmatch(subject)
    if found is None:
        return f"subject {subject}"
    name, rest = f"{found['owner']}/{found['repo']}", found["rest"]
    if rest == "pull_request":
        return f"{name} in pull requests"
    for prefix, words in _PLACES.items():
        if rest.startswith(prefix):
            return f"{name} {words}{rest.removeprefix(prefix)}"
    return f"{name} ({rest})"


def _key(issuer: str, claim: str) -> str:
    return f"{issuer}:{claim}".lower()


def _is_said(check: Check, admission: Admission) -> bool:
    """Whether the words for the principal have the test already, or the test is that of every login."""
    if admission.who.sort is not Sort.ISSUER or not check.is_plain:
        return False
    issuer = admission.who.name
    return check.key == _key(issuer, SUBJECT) or (check.key == _key(issuer, AUDIENCE) and check.values == {STS})


def _condition(check: Check) -> str:
    values = " or ".join(sorted(check.values)) or "nothing"
    if check.operator == BUT:
        return f"but not {values}"
    if check.key == EXTERNAL_ID and check.is_plain:
        return f"with external id {values}"
    if check.operator == "bool" and check.key == MFA and check.values == {"true"}:
        return "with MFA"
    if check.is_plain:
        return f"if {check.key} is {values}"
    if check.is_negated and not check.is_optional:
        return f"if {check.key} is not {values}"
    return f"if {check.operator} {check.key} {values}"
