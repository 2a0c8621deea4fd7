"""Rules about condition keys that requests for an action do not carry."""

from collections.abc import Iterator
from functools import lru_cache

from iamspec.policy.actions import Catalogue, package_data
from iamspec.policy.actions.applicable import SHARED_PREFIX
from iamspec.policy.actions.conditions import SINGLE
from iamspec.policy.evaluate.keys import is_multivalued
from iamspec.policy.lint.operators import ALL, NULL, Tested, tested
from iamspec.policy.lint.subject import Remark, Subject

OF_TAGS = ("aws:requesttag/", "aws:resourcetag/", "aws:tagkeys")  # the global keys that only some actions set
SHOWN = 3  # actions in one message


def never_set(subject: Subject) -> Iterator[Remark]:
    """key-never-set: no action of an Allow sets the key, or an action of a Deny does not set it."""
    if subject.on_resource:
        return
    for test in subject.tests:
        if test.how.if_exists or (test.statement.allows and test.how.quantifier == ALL.lower()):
            continue
        lacking, others = _lacking(subject.catalogue, test)
        if not lacking or (others and not test.statement.denies):
            continue
        if test.how.holds_without_key and not others:
            yield _never_set(test, lacking, f"this test {'always' if _holds(test) else 'never'} holds")
        elif not test.how.holds_without_key:
            yield _never_set(
                test, lacking, "this does not deny it" if test.statement.denies else "this test never holds"
            )


def _holds(test: Tested) -> bool:
    return test.how.name != NULL or test.is_only("true")


def _never_set(test: Tested, lacking: list[str], what: str) -> Remark:
    shown = ", ".join(lacking[:SHOWN]) + (f" and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else "")
    message = f'no request for {shown} has "{test.key}", so that {what}'
    return Remark("key-never-set", test.path, message)


def _lacking(catalogue: Catalogue, test: Tested) -> tuple[list[str], list[str]]:
    """The patterns of Action without any action that sets the key, and the other patterns."""
    patterns = [text for _, text in test.statement.texts("Action")]
    if not _is_set_by_some(catalogue, test.folded):
        return [], patterns
    lacks = [_lacks(catalogue, pattern, test.folded) for pattern in patterns]
    return (
        [pattern for pattern, does in zip(patterns, lacks, strict=True) if does],
        [pattern for pattern, does in zip(patterns, lacks, strict=True) if not does],
    )


@lru_cache(maxsize=65536)
def _lacks(catalogue: Catalogue, pattern: str, key: str) -> bool:
    """Whether a pattern matches known actions of one service, and none of them sets the key."""
    service = pattern.partition(":")[0].lower()
    if service in SHARED_PREFIX or service not in catalogue.services:
        return False
    actions = catalogue.names(catalogue.mask(pattern))
    return bool(actions) and not any(catalogue.carries(action, key) for action in actions)


@lru_cache(maxsize=4096)
def _is_set_by_some(catalogue: Catalogue, key: str) -> bool:
    """Whether the reference lists the actions that set the key.

    Other keys may come with any request.
    """
    if key.startswith("aws:"):
        return key.startswith(OF_TAGS)
    service = key.partition(":")[0]
    if service not in catalogue.services or service in SHARED_PREFIX or key in _of_any_service():
        return False
    return any(catalogue.carries(action, key) for action in catalogue.names(catalogue.mask(f"{service}:*")))


@lru_cache(maxsize=1)
def _of_any_service() -> frozenset[str]:
    return frozenset(key.lower() for key in package_data("global-condition-keys.json")["cross_service"])


def forallvalues_allow(subject: Subject) -> Iterator[Remark]:
    """forallvalues-allow: the test holds for a request without the key, which the statement then allows."""
    for test in subject.tests:
        if not test.statement.allows or test.how.quantifier != ALL.lower() or _is_demanded(test):
            continue
        if reason := _absence(subject.catalogue, test):
            yield Remark("forallvalues-allow", test.path, f'"{ALL}" holds without "{test.key}", which {reason}')


def _is_demanded(test: Tested) -> bool:
    """Whether the statement asks for the key to be there."""
    return any(
        one.how.name == NULL and one.folded == test.folded and one.is_only("false") for one in tested(test.statement)
    )


def _absence(catalogue: Catalogue, test: Tested) -> str | None:
    """The reason why a request may lack an important key, as the end of a sentence.

    Or None.
    """
    key = test.folded
    cure = f'add {{"Null": {{"{test.key}": "false"}}}}'
    if key.startswith("aws:") and not key.startswith(OF_TAGS):
        return f"not every request has; {cure}"
    if key.partition(":")[0] not in {"aws", *catalogue.services} or key in SINGLE or not catalogue.keys.known(key):
        return None
    if not is_multivalued(key):
        return f'has one value at most; write "{test.how.written[len(ALL) + 1 :]}"'
    if test.statement.has("NotAction"):
        return f"not every action sets; {cure}"
    patterns = (pattern for _, pattern in test.statement.texts("Action"))
    actions = (action for pattern in patterns for action in catalogue.names(catalogue.mask(pattern)))
    lacking = next((action for action in actions if not catalogue.carries(action, key)), None)
    return f"no request for {lacking} has; {cure}" if lacking else None
