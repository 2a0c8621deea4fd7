"""Whether two patterns of actions or resources may match the same text.

False only if that is certain.

After "IAM JSON policy elements: Resource" and "IAM policy
elements: Variables and tags" in the IAM User Guide.
"""

import re
from functools import lru_cache

from iamspec.policy.globs import WILD, head as glob_head, meet
from iamspec.policy.wildcards import head

VARIABLE = re.compile(r"\$\{[^}]*\}?")  # may stand for any text
MOST_WILDCARDS = 40  # in two patterns together: with more, only what they begin and end with is compared
COLONS = 5  # of a whole ARN


def patterns_meet(one: str, other: str) -> bool:
    if one == other or "*" in (one, other):
        return True
    first, second = head(one), head(other)
    if not first.startswith(second) and not second.startswith(first):  # nearly always
        return False
    return _patterns_meet(VARIABLE.sub("*", one), VARIABLE.sub("*", other))


def resources_meet(one: str, other: str) -> bool:
    return patterns_meet(_whole(one), _whole(other))


@lru_cache(maxsize=10_000)
def _patterns_meet(one: str, other: str) -> bool:
    if WILD.isdisjoint(one) and WILD.isdisjoint(other):
        return one == other
    if _wildcards(one) + _wildcards(other) > MOST_WILDCARDS:
        first, second = _end(one), _end(other)
        return first.endswith(second) or second.endswith(first)
    return meet(one, other)


@lru_cache(maxsize=10_000)
def _wildcards(pattern: str) -> int:
    return sum(map(pattern.count, WILD))


def _end(pattern: str) -> str:
    """What a pattern ends with for certain."""
    return glob_head(pattern[::-1])[::-1]


def _whole(resource: str) -> str:
    """A short ARN as the pattern that IAM makes of it: missing parts may be anything."""
    return resource if resource.endswith("*") or resource.count(":") >= COLONS else f"{resource}:*"
