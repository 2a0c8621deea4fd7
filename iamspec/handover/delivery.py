"""The calls of a plan that make secrets, made so that none is lost and none is set that nobody has.

A password is stored before it is set, and withdrawn if it is not. A key is stored as soon as IAM has made it, and deleted
if it cannot be. After an answer that was lost the account is looked at, and what nobody knows the secret of is removed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import Any

from iamspec.credentials import MAKING
from iamspec.errors import IamError, IamspecError
from iamspec.handover.passwords import password
from iamspec.handover.sinks import Recipient, Secret, Sink, SinkError
from iamspec.iam import Account, Call, Caller, Writer
from iamspec.kind import Address, Step
from iamspec.kinds.account import PASSWORD_POLICY, PasswordPolicy
from iamspec.limits import sign_in_url
from iamspec.plan import Plan
from iamspec.retry import BROKEN

PASSWORD = "CreateLoginProfile"  # noqa: S105 - the name of an operation
NOT_DELIVERED = "NotDelivered"  # an error code of iamspec's own


class Undelivered(IamspecError):  # noqa: N818 - the message is the error
    """A plan that makes secrets, and no place for them."""


def secrets_of(plan: Plan) -> dict[Address, list[str]]:
    """Whom a plan makes secrets for, and which."""
    found: dict[Address, list[str]] = {}
    for step in plan.steps:
        if step.call.operation in MAKING:
            noun = "a password" if step.call.operation == PASSWORD else "an access key"
            found.setdefault(step.address, []).append(noun)
    return found


def deferred(plan: Plan) -> Plan:
    """The plan without what makes secrets, and without the changes that are nothing else."""
    changes = (replace(one, steps=tuple(_others(one.steps))) if one.steps else one for one in plan.changes)
    return replace(plan, changes=tuple(one for one in changes if one.steps or one.blocked))


def _others(steps: Sequence[Step]) -> Iterator[Step]:
    return (step for step in steps if step.call.operation not in MAKING)


def account_after(plan: Plan) -> Account:
    """The account with the alias that it has once the plan is done."""
    for change in plan.changes:
        if change.address == Address("account", "alias"):
            return replace(plan.account, alias=getattr(change.after, "alias", None))
    return plan.account


def _policies(plan: Plan) -> list[PasswordPolicy]:
    """The password policy as it is, and as it will be: should it not be changed after all, a password meets both."""
    live: Any = plan.live.resources.get(PASSWORD_POLICY) if plan.live is not None else None
    new: list[Any] = [change.after for change in plan.changes if change.address == PASSWORD_POLICY]
    return [one for one in (live, *new) if one is not None]


@dataclass(slots=True)
class Delivery:
    """A Writer that delivers to a sink what the calls of one plan make, and in all else is the writer that it is given.

    `places` has where each user's secrets are; nothing here or in an answer of `write` holds a secret longer than it must.
    """

    writer: Writer
    sink: Sink
    plan: Plan
    places: dict[str, str] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)  # users with a new password
    _recipients: dict[str, Recipient] = field(default_factory=dict)
    _stored: dict[str, list[Secret]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        for change in self.plan.changes:
            if any(step.call.operation in MAKING for step in change.steps):
                orders = getattr(change.after, "orders", None)
                self._recipients[change.address.name] = Recipient(
                    change.address.name, getattr(orders, "deliver_to", None)
                )

    @property
    def sign_in(self) -> str:
        """Where people sign in once the plan is done."""
        account = account_after(self.plan)
        return sign_in_url(account.partition, account.alias or account.id)

    def try_out(self) -> None:
        """SinkError if the sink would not take the secrets of this plan."""
        self.sink.try_out([self._recipients[name] for name in sorted(self._recipients)])

    def write(self, call: Call, *, patient: bool = False) -> Mapping[str, Any]:
        if call.operation == PASSWORD:
            return self._password(call, patient=patient)
        if call.operation in MAKING:
            return self._key(call, patient=patient)
        return self.writer.write(call, patient=patient)

    def _password(self, call: Call, *, patient: bool) -> Mapping[str, Any]:
        user = call.params["UserName"]
        secret = password(*_policies(self.plan))
        self._store(call, Secret(user, password=secret, link=self.sign_in))
        try:
            answer = self.writer.write(replace(call, params={**call.params, "Password": secret}), patient=patient)
        except IamError as error:
            self._withdraw(call, user)
            if _is_unclear(error):
                self._undo(Call("DeleteLoginProfile", {"UserName": user}), error)
            raise _without(error, secret) from None
        with self._lock:
            self.given.add(user)
        return answer

    def _key(self, call: Call, *, patient: bool) -> Mapping[str, Any]:
        user = call.params["UserName"]
        before = self._key_ids(user)
        try:
            answer = self.writer.write(call, patient=patient)
        except IamError as error:
            if not _is_unclear(error):
                raise
            gone = self._forget_new_keys(user, before, error)
            what = (
                f"{', '.join(gone)} was made, and is deleted again, as its secret is lost"
                if gone
                else "no new key shows"
            )
            message = f"{error.message} (looked up: {what})"
            raise IamError(error.operation, error.code, message, error.request_id, unclear=not gone) from error
        made = answer["AccessKey"]
        try:
            self._store(call, Secret(user, key_id=made["AccessKeyId"], secret_key=made["SecretAccessKey"]))
        except IamError as error:
            self._undo(Call("DeleteAccessKey", {"UserName": user, "AccessKeyId": made["AccessKeyId"]}), error)
            raise
        return {**answer, "AccessKey": {key: value for key, value in made.items() if key != "SecretAccessKey"}}

    def _store(self, call: Call, secret: Secret) -> None:
        """Stores a secret with what its user has been given before; IamError, so that the run goes on without it."""
        with self._lock:
            stored = [*self._stored.get(secret.user, ()), secret]
        try:
            place = self.sink.store(self._recipient(secret.user), stored)
        except SinkError as error:
            raise IamError(call.operation, NOT_DELIVERED, str(error)) from error
        with self._lock:
            self._stored[secret.user], self.places[secret.user] = stored, place

    def _withdraw(self, call: Call, user: str) -> None:
        """Takes the last secret of a user back out of the sink; what was there before stays."""
        with self._lock:
            stored = self._stored.pop(user)[:-1]
            self.places.pop(user, None)
        try:
            if stored:
                place = self.sink.store(self._recipient(user), stored)
                with self._lock:
                    self._stored[user], self.places[user] = stored, place
            else:
                self.sink.withdraw(self._recipient(user))
        except SinkError as error:
            raise IamError(call.operation, NOT_DELIVERED, str(error)) from error

    def _recipient(self, user: str) -> Recipient:
        return self._recipients.get(user) or Recipient(user)

    def _key_ids(self, user: str) -> frozenset[str]:
        (answer,) = self.writer.read_each([Call("ListAccessKeys", {"UserName": user})])
        return frozenset(one["AccessKeyId"] for one in (answer or {}).get("AccessKeyMetadata", ()))

    def _forget_new_keys(self, user: str, before: frozenset[str], error: IamError) -> list[str]:
        """A key whose secret was lost on its way is nobody's, and goes; it may take IAM a while to show it."""
        for _ in self.writer.looks():
            if new := sorted(self._key_ids(user) - before):
                for key in new:
                    self._undo(Call("DeleteAccessKey", {"UserName": user, "AccessKeyId": key}), error)
                return new
        return []

    def _undo(self, call: Call, cause: IamError) -> None:
        """Takes back what must not stay; if even that fails, both failures are told."""
        try:
            self.writer.write(call)
        except IamError as error:
            if not error.missing:
                both = f"{cause.message}; and what it may have left could not be removed: {error}"
                raise IamError(cause.operation, cause.code, both, cause.request_id) from error

    # Everything else is the writer's

    def caller(self) -> Caller:
        return self.writer.caller()

    def now(self) -> datetime:
        return self.writer.now()

    def pages(self, call: Call) -> Iterator[Mapping[str, Any]]:
        return self.writer.pages(call)

    def read_each(self, calls: Sequence[Call]) -> list[Mapping[str, Any] | None]:
        return self.writer.read_each(calls)

    def attempt_each(self, calls: Sequence[Call]) -> list[Mapping[str, Any] | IamError]:
        return self.writer.attempt_each(calls)

    def looks(self) -> Iterator[None]:
        return self.writer.looks()


def _is_unclear(error: IamError) -> bool:
    return error.unclear or error.code in BROKEN


def _without(error: IamError, secret: str) -> IamError:
    """What IAM says of a password may quote it."""
    return IamError(
        error.operation, error.code, error.message.replace(secret, "…"), error.request_id, unclear=error.unclear
    )
