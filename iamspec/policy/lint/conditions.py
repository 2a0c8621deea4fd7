"""Rules about tests of a Condition that do something else than their author meant."""

import re
from collections.abc import Iterator
from ipaddress import ip_network

from iamspec.policy.evaluate.addresses import network, within
from iamspec.policy.evaluate.keys import is_multivalued
from iamspec.policy.lint.operators import ALL, ANY, IF_EXISTS, NULL, Operator, Tested
from iamspec.policy.lint.subject import Remark, Subject

SOURCE_IP = "aws:sourceip"
MFA, MFA_AGE = "aws:multifactorauthpresent", "aws:multifactorauthage"
PRIVATE = [  # RFC 1918, 6598, 3927, 4193, 4291: no request reaches AWS from there, but through a VPC endpoint
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
    *("fc00::/7", "fe80::/10", "::1/128"),
]
BITS = {4: 32, 6: 128}

_PRIVATE = [span for span in map(network, PRIVATE) if span is not None]
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_WILDCARD = re.compile(r"[*?]")


def wildcard_without_like(subject: Subject) -> Iterator[Remark]:
    for test in subject.tests:
        if not test.how.is_of("string") or "like" in test.how.name:
            continue
        for place, value in test.texts():
            if _WILDCARD.search(_VARIABLE.sub("", value)):
                meant = f'"{test.how.written}" compares "{value}" character by character; for a pattern write "{_like(test.how)}"'
                yield Remark("wildcard-without-like", place, meant)


def _like(how: Operator) -> str:
    quantifier = how.written[: len(how.quantifier) + 1] if how.quantifier else ""
    return f"{quantifier}String{'Not' if how.negated else ''}Like{IF_EXISTS if how.if_exists else ''}"


def missing_qualifier(subject: Subject) -> Iterator[Remark]:
    for test in subject.tests:
        how = test.how
        if not how.quantifier and how.name != NULL and is_multivalued(test.key):
            choice = f'write "{ANY}:{how.written}" or "{ALL}:{how.written}"'
            message = (
                f'a request may have several values of "{test.key}", which "{how.written}" never matches; {choice}'
            )
            yield Remark("missing-qualifier", test.path, message)


def private_address(subject: Subject) -> Iterator[Remark]:
    """private-address: all addresses of a condition are private."""
    for test in subject.tests:
        if not test.how.is_of("ipaddress") or test.folded != SOURCE_IP:
            continue
        spans = [network(value) for _, value in test.texts()]
        if spans and all(span and any(within(span, private) for private in _PRIVATE) for span in spans):
            holds = "always holds" if test.how.negated else "never holds"
            cure = 'for addresses within a VPC write "aws:VpcSourceIp"'
            message = f'"{test.key}" is the public address of the caller, so that this test {holds}; {cure}'
            yield Remark("private-address", test.path, message)


def odd_values(subject: Subject) -> Iterator[Remark]:
    """odd-boolean and odd-address: values that IAM takes and reads in its own way."""
    for test in subject.tests:
        for place, value in test.texts():
            if "${" in value:
                continue
            if test.how.name in {"bool", NULL} and value.lower() not in {"true", "false"}:
                message = f'"{value}" means false, as every text but "true" does; write "true" or "false"'
                yield Remark("odd-boolean", place, message)
            elif test.how.is_of("ipaddress") and (meant := _meant(value)):
                yield Remark("odd-address", place, f'IAM reads "{value}" as "{meant}"; write that')


def _meant(value: str) -> str | None:
    """The usual way of writing a range that IAM takes in an unusual way.

    Otherwise None.
    """
    span = network(value)
    if span is None or _is_usual(value):
        return None
    version, first, last = span
    length = BITS[version] - (last - first).bit_length()
    return str(ip_network((first.to_bytes(BITS[version] // 8), length)))


def _is_usual(value: str) -> bool:
    try:
        return ip_network(value) is not None
    except ValueError:
        return False


def mfa(subject: Subject) -> Iterator[Remark]:
    """mfa-not-enforced: a request with an access key carries no keys about MFA at all."""
    covered = any(map(_denies_without_keys, subject.tests))
    for test in subject.tests:
        absent = f'a request with an access key has no "{test.key}", so that this'
        if not covered and _denies_with_key_alone(test):
            message = f'{absent} does not deny it; write "{test.how.written}{IF_EXISTS}"'
            yield Remark("mfa-not-enforced", test.path, message)
        elif _allows_without_key(test):
            message = f'{absent} allows it without MFA; write "{test.how.written[: -len(IF_EXISTS)]}"'
            yield Remark("mfa-not-enforced", test.path, message)


def _denies_with_key_alone(test: Tested) -> bool:
    how = test.how
    if not test.statement.denies or how.holds_without_key:
        return False
    if test.folded == MFA:
        return how.is_of("bool", "string") and test.is_only("false")
    return test.folded == MFA_AGE and how.is_of("numericgreaterthan")


def _denies_without_keys(test: Tested) -> bool:
    """Whether a Deny speaks of requests that have no keys about MFA."""
    return (
        test.statement.denies
        and test.folded in {MFA, MFA_AGE}
        and (test.how.if_exists or (test.how.name == NULL and test.is_only("true")))
    )


def _allows_without_key(test: Tested) -> bool:
    how = test.how
    return test.statement.allows and test.folded == MFA and how.if_exists and how.is_of("bool") and test.is_only("true")
