"""The contract of a sink: a place for secrets.

A password goes there before IAM has it, a key right after IAM has
made it.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from iamspec.errors import IamspecError

COLUMNS = ("User name", "Password", "Access key ID", "Secret access key", "Console login link")


class SinkError(IamspecError):
    """A secret could not be stored.

    The text says where and why, and never contains the secret.
    """


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret: a password, or an access key with its id.

    The `repr` hides the value.
    """

    user: str
    password: str = ""
    key_id: str = ""
    secret_key: str = ""
    link: str = ""

    def __repr__(self) -> str:
        return f"Secret({self.user!r}, {'a password' if self.password else self.key_id})"


@dataclass(frozen=True, slots=True)
class Recipient:
    """The owner of secrets, and the recipient for whom they are encrypted, if any."""

    user: str
    deliver_to: str | None = None


class Sink(Protocol):
    """A place for secrets.

    A secret that it cannot store raises SinkError, and leaves
    nothing behind.
    """

    def try_out(self, recipients: Sequence[Recipient]) -> None:
        """Checks, before the first call to IAM, that secrets for all recipients could be stored."""
        ...

    def store(self, recipient: Recipient, secrets: Sequence[Secret]) -> str:
        """Stores all secrets of a user in a run, and replaces the earlier file of this run.

        Returns the place.
        """
        ...

    def withdraw(self, recipient: Recipient) -> None:
        """Takes back all that was stored for a user in this run."""
        ...


def as_csv(secrets: Sequence[Secret]) -> bytes:
    """The layout of the file that the AWS console offers, with a line for each key.

    `aws configure import` reads it.
    """
    rows = [[one.user, one.password, one.key_id, one.secret_key, one.link] for one in _joined(secrets)]
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([COLUMNS, *rows])
    return text.getvalue().encode()


def _joined(secrets: Sequence[Secret]) -> list[Secret]:
    """The password in the line of the first key, as the console has it."""
    passwords = [one for one in secrets if one.password]
    keys = [one for one in secrets if not one.password]
    if not passwords or not keys:
        return [*passwords, *keys]
    first = passwords[0]
    return [Secret(first.user, first.password, keys[0].key_id, keys[0].secret_key, first.link), *keys[1:]]
