"""The suspension of a user: an inline policy of iamspec that denies everything."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from iamspec.policy.document import Document
from iamspec.policy.limits import reserved_inline

NAME = "iamspec-suspended"
LONGEST_SESSION = timedelta(hours=12)  # MaxSessionDuration of a role is 43200 seconds at most
DENY_ALL = Document(
    {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "IamspecSuspended", "Effect": "Deny", "Action": "*", "Resource": "*"}],
    }
)


def is_suspended(inline: Mapping[str, Document]) -> bool:
    """Whether the inline policies hold the Deny of a suspension.

    Another document may stand under its name. IAM keeps the
    spelling of an older policy.
    """
    return any(name.casefold() == NAME and DENY_ALL.grants_as(one) for name, one in inline.items())


def strangers(inline: Mapping[str, Document]) -> list[str]:
    """The inline policies under reserved names that are not iamspec's.

    They may grant access that no other field shows.
    """
    return sorted(name for name, one in inline.items() if reserved_inline(name) and not one.only_denies)


def sessions(now: datetime) -> str:
    """The access that a suspension does not end, as a clause about the user."""
    last = (now + LONGEST_SESSION).strftime("%Y-%m-%d %H:%M")
    return (
        "sessions of roles that it has assumed already live on, until "
        f"{last} UTC at the latest (12 hours, the longest that IAM allows); revoke them at the roles if that is too long"
    )
