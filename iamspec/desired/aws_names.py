"""References to AWS-managed policies, checked offline against the names that the package knows."""

import re
from collections.abc import Iterator
from typing import Any

from iamspec.errors import Issue
from iamspec.kinds.contract import Declared
from iamspec.kinds.holdings import AWS_MANAGED
from iamspec.policy import managed

AWS_STYLE = re.compile(r"([A-Z][A-Za-z0-9]+){2,}")  # as AWS names its policies
OWNER = ":aws:policy/"  # in the ARN of every AWS-managed policy


def aws_name(written: str) -> str | None:
    """The name of an AWS-managed policy with its path, as in `job-function/Billing`.

    None for any other reference.
    """
    if written.startswith(AWS_MANAGED):
        return written.removeprefix(AWS_MANAGED)
    return written.partition(OWNER)[2] if written.startswith("arn:") and OWNER in written else None


def reserved(written: str) -> str | None:
    """The reason why IAM attaches this AWS-managed policy to no entity, or None."""
    name = aws_name(written)
    if name is None or not managed.is_reserved(name):
        return None
    path = name.partition("/")[0]
    return f'"{written}" cannot be attached, nor be a boundary: AWS keeps the policies below {path}/ for itself'


def unknown(declared: Declared[Any]) -> Iterator[Issue]:
    """Warnings about references to AWS-managed policies that are not in the data of the package."""
    shape = vars(declared.shape)
    references: list[tuple[str, tuple[str | int, ...]]] = [
        (one.name, ("policies", index)) for index, one in enumerate(shape.get("policies", ()))
    ]
    references.append((shape.get("permissions_boundary") or "", ("permissions_boundary",)))
    for written, path in references:
        name = aws_name(written)
        if name and name not in managed.versions() and not managed.is_reserved(name):
            yield declared.issue(_unknown(name), *path)


def _unknown(name: str) -> str:
    return f'no AWS-managed policy "{name}" is known as of {managed.as_of()} (plan asks AWS itself){meant(name)}'


def meant(name: str) -> str:
    """The end of a message about an unknown AWS-managed policy: the nearest name, if any is near."""
    near = managed.suggestion(name)
    return f'; did you mean "{AWS_MANAGED}{near}"?' if near else ""


def without_prefix(name: str) -> str:
    """The end of a message about an undeclared policy: the spelling of the AWS-managed policy of that name."""
    near = managed.suggestion(name) if AWS_STYLE.fullmatch(name) else managed.same_name(name)
    return f"; a policy of AWS is written {AWS_MANAGED}{near}" if near else ""
