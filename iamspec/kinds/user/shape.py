"""A user as people write it, and as IAM knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from iamspec.kinds.contract import Address, Facts, Principal, Shape
from iamspec.kinds.fields import Count, Flag, Grants, Inlines, Lint, Nullable, RenamedFrom, Text
from iamspec.kinds.user.credentials import Credentials, Keys
from iamspec.kinds.user.rotation import KeyOrder
from iamspec.limits import QUARANTINE, reserved_inline
from iamspec.policy.document import Document
from iamspec.policy.expiry import End
from iamspec.policy.suspension import is_suspended


class Console(Shape):
    """Console access, and whether its first password must be changed at the first sign-in: for its making only."""

    password_reset_required: Flag = True


def _console(value: Any) -> Any:
    if isinstance(value, Console | bool):
        return value
    if isinstance(value, Mapping):
        return Console.model_validate(value)
    if type(value) is not str and value in ("true", "false"):
        return value == "true"
    raise ValueError("must be true, false or {password_reset_required: …}")


class AccessKeys(Shape):
    """How many active access keys, and how they are rotated; keyed by state, so that a rotation is no drift."""

    active: Annotated[Count, Field(ge=0, le=2)] = 1
    rotate_after_days: Annotated[Count, Field(ge=1, le=3650)] | None = None
    overlap_days: Annotated[Count, Field(ge=0, le=365)] = 7
    force: Flag = False

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
    """A user as people write it. What is left out is empty, but for tags, the boundary, credentials and `suspended`."""

    path: Text = "/"
    tags: dict[Text, Text] | None = None
    groups: Grants = Field(default_factory=list)
    policies: Grants = Field(default_factory=list)
    inline_policies: Inlines = Field(default_factory=dict)
    permissions_boundary: Nullable = None
    console: Annotated[bool | Console | None, BeforeValidator(_console)] = None
    access_keys: Annotated[
        AccessKeys | None, BeforeValidator(_access_keys, json_schema_input_type=Count | AccessKeys)
    ] = None
    deliver_to: Text | None = None
    suspended: Flag | None = None
    expires: End | None = None
    renamed_from: RenamedFrom = None
    copy_permissions_from: Text | None = None
    lint: Lint = Lint()
    external: Flag = False


@dataclass(frozen=True, slots=True)
class UserFacts(Facts):
    """`attached` and `inline` have what iamspec hides from the diff, too: AWS's quarantine, iamspec's own."""

    attached: frozenset[str] = frozenset()
    inline: Mapping[str, Document] = field(default_factory=dict)
    reserved_tags: Mapping[str, str] = field(default_factory=dict)
    credentials: Credentials = field(default_factory=Credentials)

    @property
    def quarantine(self) -> frozenset[str]:
        return frozenset(arn for arn in self.attached if arn.rpartition("/")[2].startswith(QUARANTINE))


@dataclass(frozen=True, slots=True)
class Orders:
    """What a spec wants of a user that is no state of it: how credentials are made, and until when."""

    password_reset_required: bool = True
    keys: KeyOrder | None = None
    expires: datetime | None = None
    deliver_to: str | None = None  # a recipient of age


@dataclass(frozen=True, slots=True)
class User(Principal):
    """A user as IAM knows it; `policies` and `permissions_boundary` are ARNs.

    `console`, `access_keys` and `suspended` are None where nobody has asked, or the spec says nothing of them.
    `via` says for what was copied from whom: the keys are (field, item).
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
        seen = {name: one for name, one in inline.items() if not reserved_inline(name)}
        facts = replace(self.facts, inline=inline)
        return replace(self, inline_policies=seen, suspended=is_suspended(inline), facts=facts)

    @property
    def is_live(self) -> bool:
        """Only IAM gives an id."""
        return self.facts.id != ""

    @property
    def last_used(self) -> datetime | None:
        """When its password or one of its keys was used last, as far as anybody has asked."""
        times = [self.facts.credentials.password_used, *(key.used for key in self.access_keys or ())]
        return max((one for one in times if one is not None), default=None)
