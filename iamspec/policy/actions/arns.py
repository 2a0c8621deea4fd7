"""Whether the Resource of a statement and the ARN format of a resource type can mean the same thing.

Where the patterns leave a doubt, the answer is the one that gives no warning: region and account are not compared, a
policy variable may stand for anything, what is no whole ARN may be any, and case is ignored because the reference does
not always write it as the service does.
"""

import re
from functools import lru_cache

from iamspec.policy.globs import bounded

VARIABLE = re.compile(r"\$\{[^}]*\}")
FIELDS = 6  # arn:partition:service:region:account:resource
ANY = "*"
WILD = frozenset("*?")
ANY_BUT_SLASH = "\x00"  # a bucket's name holds no slash, which tells buckets from objects
SOMETHING = "\x01"  # what stands for a placeholder when a pattern must match whatever is there


@lru_cache(maxsize=65536)
def can_be(resource: str, form: str) -> bool:
    """Whether an ARN of the format `form` may match the pattern `resource`; False only when certain."""
    fields = VARIABLE.sub(ANY, resource).lower().split(":", FIELDS - 1)
    wanted = _format_fields(form)
    if len(fields) < FIELDS or len(wanted) < FIELDS or not WILD.isdisjoint(fields[2] + wanted[2]):
        return True
    tails = [wanted[5]]
    if not WILD.isdisjoint(fields[3] + fields[4]):
        # a wildcard crosses colons: arn:aws:logs:*:*:/aws-glue/* reaches log-group:/aws-glue/jobs
        tails += [wanted[5][at + 1 :] for at, sign in enumerate(wanted[5]) if sign == ":"]
    return fields[2] == wanted[2] and any(_overlap(fields[5], tail) for tail in tails)


@lru_cache(maxsize=65536)
def covers(resource: str, form: str) -> bool:
    """Whether the pattern `resource` matches every ARN of the format `form`, of IAM at least those of one account."""
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
    text = VARIABLE.sub(ANY, form.replace("${BucketName}", ANY_BUT_SLASH))
    return tuple(text.lower().split(":", FIELDS - 1))


@lru_cache(maxsize=16384)
def _glob(pattern: str) -> re.Pattern[str]:
    signs = {ANY: ".*", "?": ".", ANY_BUT_SLASH: "[^/]*"}
    return re.compile(bounded(signs.get(sign) or re.escape(sign) for sign in pattern), re.DOTALL)


def _overlap(one: str, other: str) -> bool:
    """Whether some text matches both patterns."""
    wild = re.compile(r"[*?\x00]")
    if not wild.search(one):
        return bool(_glob(other).fullmatch(one))
    if not wild.search(other):
        return bool(_glob(one).fullmatch(other))
    heads = sorted((wild.split(one)[0], wild.split(other)[0]), key=len)
    if not heads[1].startswith(heads[0]):
        return False
    return _meet(one, other)


def _meet(one: str, other: str) -> bool:
    """As `_overlap`, by walking both patterns at once: each state is a place in the one and a place in the other."""
    states, seen = [(0, 0)], {(0, 0)}
    while states:
        at, to = states.pop()
        if at == len(one) and to == len(other):
            return True
        for state in _onward(one, at, other, to):
            if state not in seen:
                seen.add(state)
                states.append(state)
    return False


def _onward(one: str, at: int, other: str, to: int) -> list[tuple[int, int]]:
    left, right = one[at : at + 1], other[to : to + 1]
    repeats = (ANY, ANY_BUT_SLASH)
    found = []
    if left in repeats:
        found.append((at + 1, to))
    if right in repeats:
        found.append((at, to + 1))
    if left and right and _agree(left, right):
        found.append((at if left in repeats else at + 1, to if right in repeats else to + 1))
    return found


def _agree(left: str, right: str) -> bool:
    """Whether one character can be both."""
    wild = (ANY, "?", ANY_BUT_SLASH)
    if left in wild or right in wild:
        return {left, right} != {ANY_BUT_SLASH, "/"}
    return left == right
