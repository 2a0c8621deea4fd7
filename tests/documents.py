"""Policy documents to be judged, and judgements as people read them."""

from typing import Any

from iamspec.policy.grammar import check, place

HINT = 'write an object with "Version" and "Statement"'
STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}


def document(*statements: Any, **elements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", **elements, "Statement": list(statements)}


def statement(**elements: Any) -> dict[str, Any]:
    """An acceptable statement with some elements replaced, or taken out by `...`."""
    merged = {**STATEMENT, **elements}
    return {key: value for key, value in merged.items() if value is not ...}


def found(data: Any, *, trust: bool = False) -> list[tuple[str, str]]:
    return [(place(finding.path), finding.message) for finding in check(data, trust=trust)]


def found_in(**elements: Any) -> list[tuple[str, str]]:
    return found({"Version": "2012-10-17", "Statement": statement(**elements)})


def condition(operator: str, value: Any) -> list[tuple[str, str]]:
    return found_in(Condition={operator: {"aws:Key": value}})
