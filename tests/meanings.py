"""Random policy documents, other ways of writing them, and what IAM would decide by them for a set of requests."""

import copy
from collections.abc import Iterable
from functools import cache
from itertools import product
from typing import Any

from hypothesis import strategies as st

from iamspec.policy.actions import catalogue
from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Principal, Request, Source, evaluate
from iamspec.policy.meaning import Grants, compare
from iamspec.policy.statement import listed

ARN = "arn:aws:iam::123456789012:user/alice"
LEVEL = {Answer.DENIED: 0, Answer.DEPENDS: 1, Answer.ALLOWED: 2}
BUCKET = "arn:aws:s3:::b"

PATTERNS = ("*", "*:*", "s3:*", "s3:Get*", "s3:get?bject", "s3:GetObject", "s3:PutObject", "sqs:*", "foo:Bar", "foo:*")
RESOURCES = (
    *("*", "*", f"{BUCKET}/*", f"{BUCKET}/a", f"{BUCKET}/?", "arn:aws:*3:::b/a", "arn:aws:s3"),
    *(f"{BUCKET}/${{aws:username}}", f"{BUCKET}/${{*}}", f"{BUCKET}/*a*", f"{BUCKET}/??????????????"),
)
BLOCKS = (
    {},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"StringEquals": {"aws:RequestedRegion": ["a", "b"]}},
    {"StringEquals": {"aws:RequestedRegion": "a"}, "Bool": {"aws:SecureTransport": "true"}},
    {"StringLike": {"x:y": "${aws:username}*"}},
)
PROBES = [
    Request(action, resource, {"aws:RequestedRegion": (region,), "aws:SecureTransport": (tls,), "x:y": ("alice1",)})
    for action, resource, region, tls in product(
        ("s3:GetObject", "s3:PutObject", "s3:GetBucketAcl", "sqs:SendMessage", "foo:Bar"),
        (f"{BUCKET}/a", f"{BUCKET}/alice", f"{BUCKET}/*", "arn:aws:a3:::b/a", "arn:aws:s3:eu:1:c", "arn:aws:x:3:::b/a"),
        ("a", "b"),
        ("true", "false"),
    )
]


def some(values: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """One of the values, or a list of some, in which one may stand twice."""
    return st.sampled_from(values) | st.lists(st.sampled_from(values), min_size=1, max_size=3)


STATEMENTS = st.builds(
    lambda effect, block, about, on: {"Effect": effect, **about, **on, **({"Condition": block} if block else {})},
    st.sampled_from(("Allow", "Allow", "Deny")),
    st.sampled_from(BLOCKS),
    st.builds(lambda key, value: {key: value}, st.sampled_from(("Action", "Action", "NotAction")), some(PATTERNS)),
    st.builds(
        lambda key, value: {key: value}, st.sampled_from(("Resource", "Resource", "NotResource")), some(RESOURCES)
    ),
)
DOCUMENTS = st.builds(
    lambda statements, version: {"Version": version, "Statement": statements},
    st.lists(STATEMENTS, min_size=1, max_size=3),
    st.sampled_from(("2012-10-17", "2012-10-17", "2008-10-17")),
)


def decisions(*documents: Any, boundary: Any = None) -> list[int]:
    """What IAM decides on each probe for a user with these documents; more is more access."""
    sources = tuple(Source(f"p{number}", Document(one)) for number, one in enumerate(documents))
    bounds = None if boundary is None else Source("b", Document(boundary))
    principal = Principal(ARN, "123456789012", "alice", {}, sources, bounds)
    return [LEVEL[evaluate(principal, probe).answer] for probe in PROBES]


def change(before: Any, after: Any, *, is_open: bool = True) -> Any:
    """The meaning of a document in the place of another document, beside other policies or alone."""
    return compare(*(Grants((Document(one),), is_open=is_open) for one in (before, after)), catalogue())


BOOLEANS = st.booleans()
PARTED = st.sampled_from(("Action", "Resource", "none"))
CASES = st.sampled_from((str.upper, str.lower, str.swapcase, str))


@cache
def _orders(number: int) -> st.SearchStrategy[list[int]]:
    return st.permutations(range(number))


def shuffled(draw: Any, values: Iterable[Any]) -> list[Any]:
    """The values in any order. The strategies are made once for each number of values."""
    found = list(values)
    return [found[place] for place in draw(_orders(len(found)))]


def rewritten(draw: Any, data: Any, *, split: bool = True) -> Any:
    """The same document in other order and case, with repetitions, lists of one for texts, and statements split."""
    statements = [part for one in listed(data["Statement"]) for part in (_split(draw, one) if split else [one])]
    restated = [_restated(draw, one) for one in shuffled(draw, statements)]
    again = [copy.deepcopy(restated[0])] if draw(BOOLEANS) else []
    whole = [*restated, *again]
    return {"Statement": whole[0] if len(whole) == 1 and draw(BOOLEANS) else whole, "Version": data["Version"]}


def _split(draw: Any, statement: dict[str, Any]) -> list[dict[str, Any]]:
    """A statement for each action or each resource; what is excepted belongs together."""
    key = draw(PARTED)
    return [{**statement, key: one} for one in listed(statement[key])] if key in statement else [statement]


def _restated(draw: Any, statement: dict[str, Any]) -> dict[str, Any]:
    cased = draw(CASES)
    found: dict[str, Any] = {}
    for key, value in shuffled(draw, statement.items()):
        if key == "Condition":
            found[key] = {
                cased(operator): {
                    cased(name): [*listed(values), listed(values)[0]][::-1] for name, values in keys.items()
                }
                for operator, keys in reversed(value.items())
            }
        elif key == "Effect":
            found[key] = value
        else:
            texts = [cased(one) if "Action" in key else one for one in shuffled(draw, listed(value))]
            found[key] = texts[0] if len(texts) == 1 and draw(BOOLEANS) else [*texts, texts[0]]
    return found
