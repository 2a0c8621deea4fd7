"""Who calls: users by their keys, sessions of roles by their temporary credentials, and everybody else."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from iamspec.sandbox.accounts import Accounts
from iamspec.sandbox.entities import Role, User, unique_id
from iamspec.sandbox.refusals import Refused
from iamspec.sandbox.upstream import utcnow

STRANGER = "iamspec-sandbox"
TEMPORARY = "ASIA"


@dataclass(frozen=True, slots=True)
class Session:
    """A role that a caller has assumed.

    `provider` is the ARN of the identity provider behind the
    caller.
    """

    role: Role
    name: str
    token: str
    started: datetime
    expires: datetime
    tags: Mapping[str, str] = field(default_factory=dict)
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """The owner of the key: a user, a session of a role, or a stranger whom no account lists."""

    key_id: str
    arn: str
    id: str
    account: str
    iam_user: User | None = None
    session: Session | None = None

    @property
    def user(self) -> str | None:
        return self.iam_user.name if self.iam_user is not None else None

    @property
    def name(self) -> str:
        return self.user or self.arn.rpartition("/")[2]


class Sessions:
    """The roles assumed so far, by the keys given out for them."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.assumed: dict[str, Caller] = {}

    def caller(self, key_id: str, token: str = "") -> Caller:
        """The owner of a key.

        An unknown lasting key belongs to a stranger in the first
        account.
        """
        if key_id.startswith(TEMPORARY):
            return self._of_session(key_id, token)
        for account, backend in self.accounts.backends.items():
            key = backend.access_keys.get(key_id)
            if key_id in backend.spent_keys or (key is not None and key.status != "Active"):
                raise _invalid()
            if key is not None and (user := backend.users.get(key.user_name)) is not None:
                return Caller(key_id, user.arn, user.id, account, user)
        first = self.accounts.first
        return Caller(key_id, first.arn(f"user/{STRANGER}"), "AIDAIAMSPECSANDBOX0000", str(first.account_id))

    def _of_session(self, key_id: str, token: str) -> Caller:
        found = self.assumed.get(key_id)
        session = found.session if found is not None else None
        if found is None or session is None or session.role.gone or session.token != token:
            raise _invalid()
        if session.expires <= utcnow():
            raise Refused("ExpiredToken", "The security token included in the request is expired.")
        return found

    def begin(self, session: Session) -> Caller:
        """A caller with a new key for the session."""
        role = session.role
        arn = f"arn:{self.accounts.partition}:sts::{role.account_id}:assumed-role/{role.name}/{session.name}"
        made = Caller(unique_id(TEMPORARY, 20), arn, f"{role.id}:{session.name}", str(role.account_id), session=session)
        self.assumed[made.key_id] = made
        return made


def _invalid() -> Refused:
    return Refused("InvalidClientTokenId", "The security token included in the request is invalid.")


def new_token() -> str:
    return secrets.token_urlsafe(96)
