"""Sinks beside folders: AWS Secrets Manager, and standard output for who asks for it by name."""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock

from iamspec.errors import IamError
from iamspec.handover.sealing import sealed
from iamspec.handover.sinks import Recipient, Secret, SinkError, as_csv
from iamspec.iam import Call, Writer

SERVICE = "secretsmanager"
MISSING = "ResourceNotFoundException"


@dataclass(slots=True)
class SecretsManager:
    """A secret for each user, PREFIX and the user's name, which must not exist before; the account's default key."""

    prefix: str
    writer: Writer
    _made: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def try_out(self, recipients: Sequence[Recipient]) -> None:
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
            raise SinkError(f"the secret {name} cannot be stored: {error.code}: {error.message}") from error
        with self._lock:
            self._made.add(name)
        return f"secret {name}"

    def withdraw(self, recipient: Recipient) -> None:
        name = self._name(recipient)
        with self._lock:
            if name not in self._made:
                return
            self._made.discard(name)
        try:
            self.writer.write(Call("DeleteSecret", {"SecretId": name, "ForceDeleteWithoutRecovery": True}, SERVICE))
        except IamError as error:
            raise SinkError(
                f"the secret {name} is none, and cannot be deleted: {error.code}: {error.message}"
            ) from error

    def _name(self, recipient: Recipient) -> str:
        return f"{self.prefix}{recipient.user}"


def _as_json(recipient: Recipient, secrets: Sequence[Secret]) -> str:
    """For programs: what there is, by the names of IAM's API; encrypted for who wants it to be."""
    found: dict[str, object] = {"UserName": recipient.user}
    keys = [{"AccessKeyId": one.key_id, "SecretAccessKey": one.secret_key} for one in secrets if one.key_id]
    for one in secrets:
        found |= {"Password": one.password, "ConsoleUrl": one.link} if one.password else {}
    text = json.dumps(found | (keys[0] if len(keys) == 1 else {"AccessKeys": keys} if keys else {}))
    return text if recipient.deliver_to is None else sealed(text.encode(), recipient.deliver_to).decode()


@dataclass(frozen=True, slots=True)
class Terminal:
    """Standard output, a block for each user; what has been printed cannot be taken back."""

    show: Callable[[str], None]

    def try_out(self, recipients: Sequence[Recipient]) -> None:
        for one in recipients:
            if one.deliver_to is not None:
                sealed(b"", one.deliver_to)

    def store(self, recipient: Recipient, secrets: Sequence[Secret]) -> str:
        """The newest secret only: the ones before it have been shown."""
        content = as_csv(secrets[-1:])
        self.show((content if recipient.deliver_to is None else sealed(content, recipient.deliver_to)).decode())
        return "standard output"

    def withdraw(self, recipient: Recipient) -> None:
        self.show(f"what was shown for {recipient.user} last is not valid\n")
