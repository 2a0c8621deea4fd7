"""Sinks beside folders: AWS Secrets Manager, and standard output for who asks for it by name."""

import json
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock

from iamspec.apply.delivery.sealing import sealed
from iamspec.apply.delivery.sinks import Recipient, Secret, SinkError, as_csv
from iamspec.errors import IamError, IamspecError
from iamspec.iam import Call, Writer
from iamspec.live.retry import BROKEN

SERVICE = "secretsmanager"
MISSING = "ResourceNotFoundException"
NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")  # after CreateSecret. Names of users may have a comma, too


@dataclass(slots=True)
class SecretsManager:
    """A secret of Secrets Manager for each user, encrypted with the default key of the account.

    The name is PREFIX and the name of the user. The secret must
    not exist before.
    """

    prefix: str
    writer: Writer
    _made: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def try_out(self, recipients: Sequence[Recipient]) -> None:
        for one in recipients:
            if not NAME.fullmatch(self._name(one)):
                raise SinkError(f"{self._name(one)} is no name that a secret of Secrets Manager may have")
        answers = self.writer.attempt_each(
            [Call("DescribeSecret", {"SecretId": self._name(one)}, SERVICE) for one in recipients]
        )
        for one, answer in zip(recipients, answers, strict=True):
            if not isinstance(answer, IamError):
                raise SinkError(
                    f"the secret {self._name(one)} exists; hand it over and delete it, or take another prefix"
                )
            if answer.code != MISSING:
                raise SinkError(f"Secrets Manager cannot be asked about {self._name(one)}: {answer}") from answer
            if one.deliver_to is not None:
                sealed(b"", one.deliver_to)

    def store(self, recipient: Recipient, secrets: Sequence[Secret]) -> str:
        name, text = self._name(recipient), _as_json(recipient, secrets)
        with self._lock:
            again = name in self._made
        what = {"SecretId": name} if again else {"Name": name}
        params = {**what, "SecretString": text, "ClientRequestToken": str(uuid.uuid4())}
        try:
            self.writer.write(Call("PutSecretValue" if again else "CreateSecret", params, SERVICE))
        except IamError as error:
            left = "" if again or error.code not in BROKEN else self._deleted(name)
            raise SinkError(f"the secret {name} cannot be stored: {error.code}: {error.message}{left}") from error
        with self._lock:
            self._made.add(name)
        return f"secret {name}"

    def withdraw(self, recipient: Recipient) -> None:
        name = self._name(recipient)
        with self._lock:
            if name not in self._made:
                return
            self._made.discard(name)
        if left := self._deleted(name):
            raise SinkError(left.removeprefix("; "))

    def _deleted(self, name: str) -> str:
        """Deletes a secret that is invalid or may exist.

        Returns a sentence if that fails.
        """
        try:
            self.writer.write(Call("DeleteSecret", {"SecretId": name, "ForceDeleteWithoutRecovery": True}, SERVICE))
        except IamError as error:
            if error.code != MISSING:
                return f"; secret {name} is invalid and cannot be deleted: {error.code}: {error.message}"
        return ""

    def _name(self, recipient: Recipient) -> str:
        return f"{self.prefix}{recipient.user}"


def _as_json(recipient: Recipient, secrets: Sequence[Secret]) -> str:
    """The secrets for programs, by the names of IAM's API.

    They are encrypted for a recipient who wants encryption.
    """
    found: dict[str, object] = {"UserName": recipient.user}
    keys = [{"AccessKeyId": one.key_id, "SecretAccessKey": one.secret_key} for one in secrets if one.key_id]
    for one in secrets:
        found |= {"Password": one.password, "ConsoleUrl": one.link} if one.password else {}
    text = json.dumps(found | (keys[0] if len(keys) == 1 else {"AccessKeys": keys} if keys else {}))
    return text if recipient.deliver_to is None else sealed(text.encode(), recipient.deliver_to).decode()


@dataclass(slots=True)
class Terminal:
    """Standard output, with a block for each user.

    Printed secrets cannot be taken back.
    """

    show: Callable[[str], None]
    _shown: dict[str, int] = field(default_factory=dict)

    def try_out(self, recipients: Sequence[Recipient]) -> None:
        for one in recipients:
            if one.deliver_to is not None:
                sealed(b"", one.deliver_to)

    def store(self, recipient: Recipient, secrets: Sequence[Secret]) -> str:
        """Prints the newest secret only, since the earlier secrets have been printed.

        If there are fewer secrets than before, the last secret is
        invalid.
        """
        if len(secrets) < self._shown.get(recipient.user, 0):
            self.withdraw(recipient)
        else:
            content = as_csv(secrets[-1:])
            self._show((content if recipient.deliver_to is None else sealed(content, recipient.deliver_to)).decode())
        self._shown[recipient.user] = len(secrets)
        return "standard output"

    def withdraw(self, recipient: Recipient) -> None:
        self._show(f"what was shown for {recipient.user} last is not valid\n")

    def _show(self, text: str) -> None:
        try:
            self.show(text)
        except IamspecError as error:
            raise SinkError(str(error)) from error
        except OSError as error:
            raise SinkError(f"standard output cannot be written: {error.strerror}") from error
