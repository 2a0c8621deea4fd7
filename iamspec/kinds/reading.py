"""The reads of an account: why an entity is read, the listing of several types, and times in an answer."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from iamspec.iam import Call

Answer = tuple[Call, Mapping[str, Any] | None]  # a read and its result. None where IAM says NoSuchEntity


class Purpose(Enum):
    """The reason for reading an entity.

    Each needs more than the listing of the account.
    """

    COMPARE = "compare"
    SIGN_IN = "sign-in"  # and when a password was used last
    DELETE = "delete"
    EXPORT = "export"


def sweep(*entities: str) -> Call:
    """The read of everything of some types (`User`, `LocalManagedPolicy`), with documents, memberships, attachments."""
    return Call("GetAccountAuthorizationDetails", {"Filter": list(entities), "MaxItems": 1000})


def moment(value: Any) -> datetime | None:
    """A time in an answer of IAM.

    boto3 gives a datetime, a capture has text. None for anything
    else.
    """
    if isinstance(value, datetime):
        return value
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
