"""Facts that a plan reports and no call changes: entities that stay, accepted drift, copies, open windows."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from iamspec.errors import Location
from iamspec.kinds.contract import Address


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that the spec would have gone, but that stays, and why."""

    address: Address
    reason: str
    held: bool = False  # by somebody else
    unasked: bool = False  # CloudFormation could not be asked for the owner


@dataclass(frozen=True, slots=True)
class Excess:
    """A credential that the spec does not want and apply leaves alone, as `access key AKIA…`."""

    address: Address
    credential: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """An entity whose drift the settings accept in exactly this state, the reason, and the last day."""

    address: Address
    state: str
    reason: str
    until: date
    source: Location | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """How many users the credential report of `made` has answered for."""

    users: int
    made: datetime

    def __str__(self) -> str:
        return f"sign-in of {self.users:,} users as of {self.made.astimezone(UTC):%H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Copier:
    """A user that copies the permissions of a suspended or ended user.

    `why` is a clause. `change` is a digest of the user as it is
    live and as the spec wants it.
    """

    address: Address
    source: Address
    why: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """A grant that has ended.

    It has the entity, its field, and the ARN of the policy or the
    name of the group or member.
    """

    address: Address
    field: str
    item: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Uncompared:
    """A live entity out of scope.

    Only roles have facts. None stands for an unknown fact.
    `outside` has sentences about outsiders who may assume the
    role. `by_accounts` says that other accounts are among them.
    `accepted` says that `drift.accept` names it.
    """

    address: Address
    administrator: bool | None = None
    escalates: bool | None = None
    outside: tuple[str, ...] = ()
    by_accounts: bool = False
    accepted: bool = False

    @property
    def is_exposed(self) -> bool:
        """Whether the entity is drift though nothing compares it."""
        return not self.accepted and bool(self.administrator or self.escalates or self.outside)


@dataclass(frozen=True, slots=True)
class Window:
    """A moment between two calls at which a user or role has more, or less, than before and after the plan.

    `what` names actions. `reason` names the calls that are done
    and the calls that are still to come.
    """

    address: Address
    direction: str  # "more" or "less"
    what: tuple[str, ...]
    reason: str
