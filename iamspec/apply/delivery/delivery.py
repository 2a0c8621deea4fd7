"""The calls of a plan that make secrets.

No secret is lost, and none is set without an owner.

A password is stored before it is set, and withdrawn if setting
fails. A key is stored as soon as IAM has made it, and deleted if
storing fails. After a lost answer the account is read, and a
credential with a lost secret is removed. The failure names
credentials that could not be removed, because the next plan cannot
recognise them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import Any

from iamspec.apply.delivery.passwords import password
from iamspec.apply.delivery.sinks import Recipient, Secret, Sink, SinkError
from iamspec.errors import IamError
from iamspec.iam import Account, Call, Caller, Writer
from iamspec.kinds.account import ADDRESS as ALIAS
from iamspec.kinds.contract import Address
from iamspec.kinds.operations import MAKING, OPERATIONS
from iamspec.kinds.password_policy import PASSWORD_POLICY, PasswordPolicy
from iamspec.kinds.user.operations import DROP_KEY, DROP_PASSWORD, MAKE_PASSWORD, MARK, RESET_PASSWORD, marks_new_key
from iamspec.live.observe import Live
from iamspec.live.retry import BROKEN
from iamspec.plan.model import Plan
from iamspec.policy.limits import sign_in_url

NOT_DELIVERED = "NotDelivered"  # an error code of iamspec's own


def account_after(plan: Plan) -> Account:
    """The account with the alias that it has once the plan is done."""
    for change in plan.changes:
        if change.address == ALIAS:
            return replace(plan.account, alias=getattr(change.after, "alias", None))
    return plan.account


def _policies(plan: Plan, account: Live) -> list[PasswordPolicy]:
    """The password policy as it is, and as it will be.

    A password meets both, in case the change of the policy fails.
    """
    live: Any = account.resources.get(PASSWORD_POLICY)
    new: list[Any] = [change.after for change in plan.changes if change.address == PASSWORD_POLICY]
    return [one for one in (live, *new) if one is not None]


@dataclass(slots=True)
class Delivery:
    """A Writer that delivers new secrets to a sink.

    All other calls go to the wrapped writer.

    `places` has where each user's secrets are. Nothing here or in
    an answer of `write` holds a secret longer than needed.
    """

    writer: Writer
    sink: Sink
    plan: Plan
    live: Live  # the account as it was read for the plan
    places: dict[str, str] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)  # users with a new password
    aliased: bool = True  # whether the alias is, or may still become, what the plan says
    _recipients: dict[str, Recipient] = field(default_factory=dict)
    _made: dict[str, str] = field(default_factory=dict)  # the last key that was made for each user
    _stored: dict[str, list[Secret]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        for change in self.plan.changes:
            if any(step.call.operation in MAKING for step in change.steps):
                self._recipients[change.address.name] = Recipient(change.address.name, change.deliver_to)

    @property
    def sign_in(self) -> str:
        """The sign-in address after the plan.

        The id leads there whatever became of the alias.
        """
        account = account_after(self.plan)
        return sign_in_url(account.partition, (self.aliased and account.alias) or account.id)

    def try_out(self) -> None:
        """SinkError if the sink would not take the secrets of this plan."""
        self.sink.try_out([self._recipients[name] for name in sorted(self._recipients)])

    def write(self, call: Call, *, patient: bool = False) -> Mapping[str, Any]:
        if call.operation in {MAKE_PASSWORD.name, RESET_PASSWORD.name}:
            return self._password(call, patient=patient)
        if call.operation in MAKING:
            return self._key(call, patient=patient)
        if marks_new_key(call):
            return self._marked(call)
        try:
            return self.writer.write(call, patient=patient)
        except IamError:
            row = OPERATIONS.get(call.operation)
            self.aliased = self.aliased and (row is None or row.about != ALIAS)  # the name may be somebody else's
            raise

    def _password(self, call: Call, *, patient: bool) -> Mapping[str, Any]:
        user = call.params["UserName"]
        secret = password(*_policies(self.plan, self.live))
        self._store(call, Secret(user, password=secret, link=self.sign_in))
        answer = self._set(replace(call, params={**call.params, "Password": secret}), secret, patient=patient)
        if isinstance(answer, IamError):
            if call.operation == RESET_PASSWORD.name and answer.code in BROKEN:  # the old password may work, or the new
                raise _with(answer, f"it is not known whether {user} has the new password; reset it again")
            left = [self._removed_password(user)] if answer.code in BROKEN else []
            raise _with(answer, *left, self._withdrawn(user))
        with self._lock:
            self.given.add(user)
        return answer

    def _set(self, call: Call, secret: str, *, patient: bool) -> Mapping[str, Any] | IamError:
        """Sets a password.

        A refusal is a value here, because an exception could quote
        the password.
        """
        try:
            return self.writer.write(call, patient=patient)
        except IamError as error:
            return IamError(error.operation, error.code, error.message.replace(secret, "…"), error.request_id)

    def _key(self, call: Call, *, patient: bool) -> Mapping[str, Any]:
        user = call.params["UserName"]
        known = self._known_keys(call)
        try:
            answer = self.writer.write(call, patient=patient)
        except IamError as error:
            if error.code not in BROKEN:
                raise
            raise _with(error, self._removed_keys(user, known)) from error
        made = answer["AccessKey"]
        try:
            self._store(call, Secret(user, key_id=made["AccessKeyId"], secret_key=made["SecretAccessKey"]))
        except IamError as error:
            raise _with(error, self._removed_key(user, made["AccessKeyId"])) from error
        with self._lock:
            self._made[user] = made["AccessKeyId"]
        return {**answer, "AccessKey": {key: value for key, value in made.items() if key != "SecretAccessKey"}}

    def _marked(self, call: Call) -> Mapping[str, Any]:
        """Writes the id of a new key into the tag of the user.

        A key without the tag would stop the next rotation.
        """
        user = call.params["UserName"]
        with self._lock:
            key = self._made.get(user)
        if key is None:
            raise IamError(call.operation, NOT_DELIVERED, f"no access key was made for {user}")
        tags = [{**tag, "Value": key} if tag == MARK else tag for tag in call.params["Tags"]]
        try:
            return self.writer.write(replace(call, params={**call.params, "Tags": tags}))
        except IamError as error:
            if self._removed_key(user, key):
                raise _with(error, f"the new access key {key} works, and the tag does not name it") from error
            failed = _with(error, self._withdrawn(user))
            message = f"{failed.message}; the new access key {key} was deleted again"
            raise IamError(error.operation, error.code, message, error.request_id, unclear=failed.unclear) from error

    def _store(self, call: Call, secret: Secret) -> None:
        """Stores a secret beside earlier secrets of the user.

        Raises IamError, so that the run goes on.
        """
        with self._lock:
            stored = [*self._stored.get(secret.user, ()), secret]
        try:
            place = self.sink.store(self._recipient(secret.user), stored)
        except SinkError as error:
            raise IamError(call.operation, NOT_DELIVERED, str(error)) from error
        with self._lock:
            self._stored[secret.user], self.places[secret.user] = stored, place

    # Taking back. Each function returns a sentence about its failure

    def _withdrawn(self, user: str) -> str:
        """Takes the last secret of a user back out of the sink.

        Earlier secrets stay.
        """
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
            return str(error)
        return ""

    def _removed_password(self, user: str) -> str:
        """Removes a password that may have been set.

        IAM may need a while to know of it.
        """
        for _ in self.writer.looks():
            try:
                self.writer.write(DROP_PASSWORD.call(UserName=user))
            except IamError as error:
                if not error.missing:
                    return f"the password that it may have set could not be removed: {error}"
            else:
                break
        return ""

    def _removed_keys(self, user: str, known: frozenset[str]) -> str:
        """Finds a key with a lost secret. IAM may show the key late."""
        unseen = ""
        for _ in self.writer.looks():
            found = self._key_ids(user)
            if isinstance(found, IamError):
                unseen = f"whether it made a key could not be found out: {found}"
                continue
            unseen = ""
            if new := sorted(found - known):
                return "; and ".join(filter(None, (self._removed_key(user, key) for key in new)))
        return unseen

    def _removed_key(self, user: str, key: str) -> str:
        """Removes a key, patiently.

        IAM may not know a new key everywhere, and then the removal
        fails.
        """
        try:
            self.writer.write(DROP_KEY.call(UserName=user, AccessKeyId=key), patient=True)
        except IamError as error:
            if not error.missing:
                return f"the access key {key} of {user} was made, its secret is lost, and it must be deleted: {error}"
        return ""

    # Looking

    def _known_keys(self, call: Call) -> frozenset[str]:
        """The keys of a user that a call did not make.

        The list of IAM may be old.
        """
        user = call.params["UserName"]
        found = self._key_ids(user)
        if isinstance(found, IamError):
            raise IamError(call.operation, NOT_DELIVERED, f"the keys of {user} could not be listed before: {found}")
        live: Any = self.live.resources.get(Address("user", user))
        planned = {key.id for key in getattr(live, "access_keys", None) or ()}
        with self._lock:
            return found | planned | {one.key_id for one in self._stored.get(user, ()) if one.key_id}

    def _key_ids(self, user: str) -> frozenset[str] | IamError:
        (answer,) = self.writer.attempt_each([Call("ListAccessKeys", {"UserName": user})])
        if isinstance(answer, IamError):
            return frozenset() if answer.missing else answer
        return frozenset(one["AccessKeyId"] for one in answer.get("AccessKeyMetadata", ()))

    def _recipient(self, user: str) -> Recipient:
        return self._recipients.get(user) or Recipient(user)

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


def _with(error: IamError, *problems: str) -> IamError:
    """A failure, and what it may have left that could not be taken back."""
    left = list(filter(None, problems))
    message = "; and ".join([error.message, *left])
    return IamError(error.operation, error.code, message, error.request_id, unclear=error.unclear or bool(left))
