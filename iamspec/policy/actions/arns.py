"""Whether the Resource of a statement and the ARN format of a resource type can mean the same thing.

In doubt the answer is the answer without a warning. Region and
account are not compared. A policy variable may stand for anything.
A text that is no whole ARN may be any ARN. Case is ignored,
because the reference does not always write it as the service does.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from iamspec.policy.globs import ANY_BUT_SLASH, bounded, head, meet

VARIABLE = re.compile(r"\$\{[^}]*\}")
FIELDS = 6  # arn:partition:service:region:account:resource
ANY = "*"
WILD = frozenset("*?")
SOMETHING = "\x01"  # what stands for a placeholder when a pattern must match whatever is there


def can_be(resource: str, form: str) -> bool:
    """Whether an ARN of the format `form` may match the pattern `resource`.

    False only when certain.
    """
    fields, wanted = _resource_fields(resource), _format_fields(form)
    if len(fields) < FIELDS or len(wanted) < FIELDS or fields[2] != wanted[2]:
        return len(fields) < FIELDS or len(wanted) < FIELDS or not WILD.isdisjoint(fields[2] + wanted[2])
    pattern, tail = fields[5], wanted[5]
    if _overlap(tail, pattern):
        return True
    # a wildcard crosses colons: arn:aws:logs:*:*:/aws-glue/* reaches log-group:/aws-glue/jobs
    crosses = ":" in tail and not WILD.isdisjoint(fields[3] + fields[4])
    return crosses and any(_overlap(tail[at + 1 :], pattern) for at, sign in enumerate(tail) if sign == ":")


def service_of(resource: str) -> str | None:
    """The service whose resources a pattern means. None if they may be those of any service."""
    return _service(_resource_fields(resource))


def service_of_form(form: str) -> str | None:
    """The same of an ARN format."""
    return _service(_format_fields(form))


def _service(fields: Sequence[str]) -> str | None:
    return fields[2] if len(fields) == FIELDS and WILD.isdisjoint(fields[2]) else None


@lru_cache(maxsize=16384)
def _resource_fields(resource: str) -> tuple[str, ...]:
    return tuple(VARIABLE.sub(ANY, resource).lower().split(":", FIELDS - 1))


@lru_cache(maxsize=65536)
def covers(resource: str, form: str) -> bool:
    """Whether the pattern `resource` matches every ARN of the format `form`.

    For IAM, all ARNs of a single account are enough.
    """
    # names of two lengths: a row of "?" matches only one of them
    return all(_matches(resource, VARIABLE.sub(SOMETHING * length, form)) for length in (1, 2))


def _matches(resource: str, arn: str) -> bool:
    fields, wanted = resource.split(":", FIELDS - 1), arn.split(":", FIELDS - 1)
    if len(fields) < FIELDS or len(wanted) < FIELDS:
        return bool(_glob(resource).fullmatch(arn))
    if wanted[2] == "iam" and wanted[4].startswith(SOMETHING) and fields[4].isdigit():
        fields[4] = ANY  # IAM acts on the own account alone
    return all(_glob(one).fullmatch(other) for one, other in zip(fields[2:], wanted[2:], strict=True))


@lru_cache(maxsize=4096)
def _format_fields(form: str) -> tuple[str, ...]:
    text = VARIABLE.sub(ANY, form.replace("${BucketName}", ANY_BUT_SLASH))  # which tells buckets from objects
    return tuple(text.lower().split(":", FIELDS - 1))


@lru_cache(maxsize=16384)
def _glob(pattern: str) -> re.Pattern[str]:
    signs = {ANY: ".*", "?": "."}
    return re.compile(bounded(signs.get(sign) or re.escape(sign) for sign in pattern), re.DOTALL)


def _overlap(form: str, pattern: str) -> bool:
    """Whether some text matches both."""
    fixed, start = _head(form), _head(pattern)
    if not fixed.startswith(start) and not start.startswith(fixed):
        return False
    if pattern == start + ANY and (fixed.startswith(start) or form[len(fixed) : len(fixed) + 1] == ANY):
        return True  # the quick answer to the most frequent question, such as role/deploy-* and role/${Name}
    return meet(form, pattern)


@lru_cache(maxsize=16384)
def _head(pattern: str) -> str:
    return head(pattern)
