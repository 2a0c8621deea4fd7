"""Exceptions of the settings: accepted drift and lifted complaints, each with the digest of what was seen, reason and end."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Shape
from iamspec.kinds.fields import TEXT_SCHEMA, Text
from iamspec.policy.grammar.quoting import nearest

ADDRESSED = tuple(KINDS)


def _day(value: Any) -> Any:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError("must be a day, as in 2026-11-23") from error


def _reason(value: Any) -> Any:
    if isinstance(value, str) and not value.strip():
        raise ValueError("write why this is meant to be so")
    return str(value) if isinstance(value, str) else value


def _address(value: Any) -> Any:
    """The address of an entity as text. A glob would accept unseen entities."""
    if not isinstance(value, str):
        return value
    kind, _, name = value.partition("/")
    if not name:
        raise ValueError("must be the address of one entity, as in user/alice")
    if kind not in ADDRESSED:
        near = nearest(kind, ADDRESSED)
        hint = f'; did you mean "{near}"?' if near else ""
        raise ValueError(f'there is no kind "{kind}"; the kinds are {", ".join(ADDRESSED)}{hint}')
    if set("*?") & set(name):
        raise ValueError("must be the address of one entity; a glob is not taken here")
    return str(value)


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Reason = Annotated[str, BeforeValidator(_reason), WithJsonSchema(TEXT_SCHEMA)]
OneAddress = Annotated[
    str, BeforeValidator(_address), WithJsonSchema({"type": "string", "pattern": "^[a-z-]+/[^*?]+$"})
]


class AcceptedDriftSpec(Shape):
    """Accepted drift: an entity that may stay in the state with this digest."""

    address: OneAddress = Field(
        description="The entity, by its live name. It is one address, without wildcards.", examples=["user/legacy-ftp"]
    )
    state: Text = Field(
        description=(
            "The state that is accepted: the digest that `iamspec drift` prints with the entity. Any other state of the "
            "entity is drift."
        ),
        examples=["5f0c1d0a8b8d4ce3b3a0a1f6a4c94f1f2d6f0b7e"],
    )
    reason: Reason = Field(description="Why the drift is accepted.", examples=["owner: storage team"])
    until: Day = Field(
        description="The last day of the acceptance, to its end in UTC. Later it has no effect, and is a note.",
        examples=["2027-03-31"],
    )

    @property
    def entity(self) -> Address:
        kind, _, name = self.address.partition("/")
        return Address(kind, name)


class DriftSpec(Shape):
    """The drift that `iamspec drift` accepts."""

    accept: list[AcceptedDriftSpec] = Field(
        default_factory=list,
        description="Entities that may differ from the spec, each in one state and until a day. Left out: none.",
        examples=[
            [
                {
                    "address": "user/legacy-ftp",
                    "state": "5f0c1d0a8b8d4ce3b3a0a1f6a4c94f1f2d6f0b7e",
                    "reason": "owner: storage team",
                    "until": "2027-03-31",
                }
            ]
        ],
    )


class AllowedComplaintSpec(Shape):
    """A lifted complaint: a guard, an entity, and the digest of the change."""

    guard: Text = Field(
        description="The guard whose complaint is lifted. root-caller, quarantine and self-lockout cannot be lifted here.",
        examples=["protected"],
    )
    address: OneAddress | None = Field(
        default=None,
        description=(
            "The entity that the complaint is about, without wildcards. Left out: the complaint is about the whole plan, "
            "as that of mass-delete."
        ),
        examples=["policy/deploy-artifacts"],
    )
    change: Text = Field(
        description=(
            "The change that is allowed: the digest that `iamspec plan` prints with the complaint. Another change of the "
            "same entity is refused again."
        ),
        examples=["0d1f3c5b7a9e8d6c4b2a0f1e3d5c7b9a8f6e4d2c"],
    )
    reason: Reason = Field(description="Why the change is allowed.", examples=["moved into its own account"])
    until: Day = Field(
        description=(
            "The last day of the permission, to its end in UTC, at most 30 days ahead. Later it has no effect, and is a "
            "note."
        ),
        examples=["2026-12-05"],
    )

    @property
    def entity(self) -> Address | None:
        kind, _, name = (self.address or "").partition("/")
        return Address(kind, name) if name else None

    @property
    def subject(self) -> str:
        return f"{self.guard} of {self.address}" if self.address else self.guard


def ended(entries: Sequence[AcceptedDriftSpec | AllowedComplaintSpec], today: date) -> Iterator[tuple[int, str]]:
    """The entries that have ended, by their number, with a sentence about each.

    A day ends with itself in UTC.
    """
    for number, one in enumerate(entries):
        if one.until < today:
            yield number, f"ended on {one.until} and has no effect any more; take the entry out"
