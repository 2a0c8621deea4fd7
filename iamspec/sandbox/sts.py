"""Who calls, and the two operations of STS that tell and change it."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from iamspec.sandbox.backend import Backend
from iamspec.sandbox.entities import unique_id
from iamspec.sandbox.refusals import Refused
from iamspec.sandbox.upstream import utcnow

STRANGER = "iamspec-sandbox"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever holds the key: `user` is the name of an IAM user if it is one of the account's."""

    key_id: str
    arn: str
    id: str
    user: str | None = None


class Sessions:
    """The roles assumed so far, by the keys given out for them."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.assumed: dict[str, Caller] = {}

    def caller(self, key_id: str) -> Caller:
        """Any key is taken; one that nobody was given here is that of a user outside the account's list."""
        if key_id in self.assumed:
            return self.assumed[key_id]
        key = self.backend.access_keys.get(key_id)
        if key is not None and (user := self.backend.users.get(key.user_name)) is not None:
            return Caller(key_id, user.arn, user.id, user.name)
        return Caller(key_id, self._arn("iam", f"user/{STRANGER}"), "AIDAIAMSPECSANDBOX0000")

    def get_caller_identity(self, caller: Caller, _: dict[str, Any]) -> dict[str, Any]:
        return {"UserId": caller.id, "Account": self.backend.account_id, "Arn": caller.arn}

    def assume_role(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """Credentials for any role of the account: who trusts whom is not asked."""
        arn, session = params["RoleArn"], params["RoleSessionName"]
        role = next((one for one in self.backend.roles.values() if one.arn == arn), None)
        if role is None:
            raise Refused(
                "AccessDenied",
                f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            )
        assumed = Caller(
            unique_id("ASIA", 20), self._arn("sts", f"assumed-role/{role.name}/{session}"), f"{role.id}:{session}"
        )
        self.assumed[assumed.key_id] = assumed
        return {
            "Credentials": {
                "AccessKeyId": assumed.key_id,
                "SecretAccessKey": secrets.token_urlsafe(30),
                "SessionToken": secrets.token_urlsafe(96),
                "Expiration": utcnow() + timedelta(seconds=params.get("DurationSeconds", 3600)),
            },
            "AssumedRoleUser": {"AssumedRoleId": assumed.id, "Arn": assumed.arn},
        }

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:{self.backend.partition}:{service}::{self.backend.account_id}:{resource}"
