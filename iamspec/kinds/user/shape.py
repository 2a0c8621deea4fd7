"""A user as people write it, and as IAM knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from iamspec.kinds.contract import Address, Facts, Principal, Shape
from iamspec.kinds.described_fields import (
    boundary_field,
    end_field,
    external_field,
    inline_field,
    lint_field,
    path_field,
    policies_field,
    renamed_field,
    tags_field,
)
from iamspec.kinds.fields import Count, Flag, Grants, Inlines, Lint, Nullable, RenamedFrom, Text
from iamspec.kinds.holdings import visible_inline
from iamspec.kinds.user.credentials import ROTATION, Credentials, Keys
from iamspec.kinds.user.rotation import KeyOrder
from iamspec.policy.document import Document
from iamspec.policy.expiry import End
from iamspec.policy.limits import QUARANTINE
from iamspec.policy.suspension import is_suspended


class Console(Shape):
    """Console access. `password_reset_required` counts at the creation of the password only."""

    password_reset_required: Flag = Field(
        default=True,
        description=(
            "Whether the first password must be changed at the first sign-in. It counts when the password is made, and "
            "is never compared later. Left out: true."
        ),
        examples=[False],
    )


def _console(value: Any) -> Any:
    if isinstance(value, Console | bool):
        return value
    if isinstance(value, Mapping):
        return Console.model_validate(value)
    if type(value) is not str and value in ("true", "false"):
        return value == "true"
    raise ValueError("must be true, false or {password_reset_required: …}")


class AccessKeys(Shape):
    """The number of active access keys, and their rotation.

    Keys are compared by state, so that a rotation is no drift.
    """

    active: Annotated[Count, Field(ge=0, le=2)] = Field(
        default=1,
        description=(
            "How many active access keys the user has. Missing keys are made. A key too many is drift, and apply leaves "
            "it alone. 0 deletes every key that nobody used within the last day. Left out: 1."
        ),
        examples=[1],
    )
    rotate_after_days: Annotated[Count, Field(ge=1, le=3650)] | None = Field(
        default=None,
        description=(
            "Age in days at which iamspec starts to replace an access key. It creates a second key, delivers it and "
            "writes the id of the key into the tag `iamspec:rotation` of the user. Then it "
            "waits until the new key is in use, deactivates the old key, and deletes it later. Each apply takes one "
            "step. There is always a working key. Left out: never."
        ),
        examples=[90],
    )
    overlap_days: Annotated[Count, Field(ge=0, le=365)] = Field(
        default=7,
        description=(
            "Days after which the old key becomes inactive though nobody uses the new key yet, and for which it then "
            "stays inactive before it is deleted. Left out: 7."
        ),
        examples=[14],
    )
    force: Flag = Field(
        default=False,
        description=(
            "Whether a key goes though somebody used it within the last day. Without it iamspec waits, and says so. "
            "Left out: false."
        ),
        examples=[True],
    )

    @property
    def order(self) -> KeyOrder:
        """The same in spans of time."""
        days = self.rotate_after_days
        after = timedelta(days=days) if days is not None else None
        return KeyOrder(self.active, after, timedelta(days=self.overlap_days), self.force)


def _access_keys(value: Any) -> Any:
    """An integer is short for `active`."""
    if isinstance(value, Mapping | AccessKeys):
        return value
    if type(value) is not str and str(value) in {"0", "1", "2"}:
        return {"active": int(value)}
    raise ValueError("must be 0, 1 or 2, or {active: …, rotate_after_days: …}")


class UserSpec(Shape):
    """Users by name.

    A declared user has exactly the groups and policies of the
    spec: left out means none. Tags, password, access keys and
    `suspended` are not managed where they are left out.
    """

    sample: ClassVar[Mapping[str, Any]] = {"alice": {"groups": ["developers"], "console": True}}

    path: Text = path_field("engineering")
    tags: dict[Text, Text] | None = tags_field("user")
    groups: Grants = Field(
        default_factory=list,
        description=(
            "The groups of the user, by name. The list is complete, together with the closed groups that list the user "
            "under `members`. Left out: none."
        ),
        examples=[["developers"], ["developers", {"name": "on-call", "expires": "2027-03-31"}]],
    )
    policies: Grants = policies_field("user")
    inline_policies: Inlines = inline_field()
    permissions_boundary: Nullable = boundary_field("user")
    console: Annotated[bool | Console | None, BeforeValidator(_console)] = Field(
        default=None,
        description=(
            "Whether the user has a password for the AWS console. `true` makes a random one and delivers it, `false` "
            "removes it. Left out: not managed."
        ),
        examples=[True],
    )
    access_keys: Annotated[
        AccessKeys | None, BeforeValidator(_access_keys, json_schema_input_type=Count | AccessKeys)
    ] = Field(
        default=None,
        description=(
            "How many active access keys the user has, and when they are replaced. A number is short for `active`. "
            "Left out: not managed."
        ),
        examples=[{"active": 1, "rotate_after_days": 90}],
    )
    deliver_to: Text | None = Field(
        default=None,
        description=(
            "The age recipient that the user's password and keys are encrypted for, whatever --credentials-out says of "
            "the others: age1… or an SSH public key. Left out: as --credentials-out says."
        ),
        examples=["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"],
    )
    suspended: Flag | None = Field(
        default=None,
        description=(
            "`true` locks the user out: a policy denies everything, keys are made inactive, the password is removed. "
            "Groups and policies stay. `false` lifts it. Left out: as it is."
        ),
        examples=[True],
    )
    expires: End | None = end_field("user")
    renamed_from: RenamedFrom = renamed_field("carol.smith")
    copy_permissions_from: Text | None = Field(
        default=None,
        description=(
            "Another user whose groups, policies, inline policies and boundary this user gets, too, for as long as the "
            "line stands. The own lists add to them. Left out: nobody."
        ),
        examples=["chloe"],
    )
    lint: Lint = lint_field()
    external: Flag = external_field()


@dataclass(frozen=True, slots=True)
class UserFacts(Facts):
    """`attached` and `inline` have what iamspec hides from the diff, too: AWS's quarantine, iamspec's own."""

    attached: frozenset[str] = frozenset()
    inline: Mapping[str, Document] = field(default_factory=dict)
    reserved_tags: Mapping[str, str] = field(default_factory=dict)
    credentials: Credentials = field(default_factory=Credentials)

    @property
    def rotation(self) -> str:
        """The id of the access key that iamspec made for a rotation, as the tag of the user says."""
        return next((one for key, one in self.reserved_tags.items() if key.casefold() == ROTATION), "")

    @property
    def quarantine(self) -> frozenset[str]:
        return frozenset(arn for arn in self.attached if arn.rpartition("/")[2].startswith(QUARANTINE))


@dataclass(frozen=True, slots=True)
class Orders:
    """Wishes of a spec that are no state of a user: how credentials are made, and until when."""

    password_reset_required: bool = True
    keys: KeyOrder | None = None
    expires: datetime | None = None
    deliver_to: str | None = None  # a recipient of age


@dataclass(frozen=True, slots=True)
class User(Principal):
    """A user as IAM knows it. `policies` and `permissions_boundary` are ARNs.

    `console`, `access_keys` and `suspended` are None where they
    were not read, or where the spec does not mention them. `via`
    has the source of each copied grant by field and item.
    """

    path: str = "/"
    tags: Mapping[str, str] | None = None
    groups: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()
    inline_policies: Mapping[str, Document] = field(default_factory=dict)
    permissions_boundary: str | None = None
    console: bool | None = None
    access_keys: Keys | None = None
    suspended: bool | None = None
    boundary_written: bool = field(default=True, compare=False)
    via: Mapping[tuple[str, str], Address] = field(default_factory=dict, compare=False)
    orders: Orders = field(default=Orders(), compare=False)
    facts: UserFacts = field(default=UserFacts(), compare=False, kw_only=True)

    def attaching(self, policies: frozenset[str]) -> "User":
        """The user when it attaches exactly these policies."""
        return replace(self, policies=policies, facts=replace(self.facts, attached=policies))

    def embedding(self, inline: Mapping[str, Document]) -> "User":
        """The user when it has exactly these inline policies."""
        facts = replace(self.facts, inline=inline)
        return replace(self, inline_policies=visible_inline(inline), suspended=is_suspended(inline), facts=facts)

    @property
    def expires(self) -> datetime | None:
        return self.orders.expires

    @property
    def can_sign_in(self) -> bool:
        """Whether the user has a password or an active key.

        Unread credentials count as usable. A new user has none.
        """
        if not self.is_live:
            return bool(self.console) or any(key.active for key in self.access_keys or ())
        return self.console is not False or self.access_keys is None or any(key.active for key in self.access_keys)

    @property
    def last_used(self) -> datetime | None:
        """The last use of the password or a key, as far as it was read."""
        times = [self.facts.credentials.password_used, *(key.used for key in self.access_keys or ())]
        return max((one for one in times if one is not None), default=None)
