"""The settings of a spec. They stand in a single file directly in a PATH, so a single owner reviews them."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, create_model

from iamspec.kinds import KINDS, SCOPED
from iamspec.kinds.account import AccountSpec
from iamspec.kinds.contract import Shape
from iamspec.kinds.fields import Count, Flag, Lint, Text
from iamspec.policy.grammar.quoting import nearest

ENTITIES = tuple(kind.section for kind in KINDS.values() if kind.scoped)


def _version(value: Any) -> Any:
    if value in ("1", 1):
        return 1
    raise ValueError("must be 1, the only version there is")


def _day(value: Any) -> Any:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError("must be a day, as in 2026-11-23") from error


def _section(value: Any) -> Any:
    if value not in ENTITIES:
        near = nearest(str(value), ENTITIES)
        hint = f'; did you mean "{near}"?' if near else ""
        raise ValueError(f"unknown key; the kinds are {', '.join(ENTITIES)}{hint}")
    return str(value)


Version = Annotated[Literal[1], BeforeValidator(_version)]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Section = Annotated[str, BeforeValidator(_section), WithJsonSchema({"enum": list(ENTITIES)})]
Globs = dict[Section, list[Text]]
KINDS_ONLY: dict[str, Any] = {"propertyNames": {"enum": list(ENTITIES)}}


class Scoping(Shape):
    """What iamspec answers for: globs by kind, minus the excluded; without globs everything."""

    def globs(self, section: str) -> list[str] | None:
        """The globs of a kind, by its section; None where the scope says nothing of the kind."""
        found: list[str] | None = getattr(self, section)
        return found

    @property
    def excluded(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = getattr(self, "exclude")  # noqa: B009 - a field that the model below has
        return found


if TYPE_CHECKING:
    ScopeSpec = Scoping
else:  # a list of globs for each kind
    ScopeSpec = create_model(
        "ScopeSpec",
        __base__=Scoping,
        __doc__=Scoping.__doc__,
        __module__=__name__,
        **{kind.section: (list[Text] | None, None) for kind in SCOPED.values()},
        exclude=(Globs, Field(default_factory=dict, json_schema_extra=KINDS_ONLY)),
    )


class Guards(Shape):
    """The limits that the guards hold a plan to."""

    max_deletes: Count = 5
    max_revokes: Count = 20
    min_admins: Count = 1
    recent_days: Count = 30
    administrators: list[Text] = Field(default_factory=list)
    protected: Globs = Field(default_factory=dict, json_schema_extra=KINDS_ONLY)
    stack_regions: list[Text] | None = None


class CaseSpec(Shape):
    """What must be allowed or denied: an action or a pattern of actions, on a resource, with condition keys known."""

    action: Text
    resource: Text = "*"
    context: dict[Text, Text | list[Text]] = Field(default_factory=dict)


def _case(value: Any) -> Any:
    return {"action": value} if isinstance(value, str) else value


Cases = list[Annotated[CaseSpec, BeforeValidator(_case, json_schema_input_type=Text | CaseSpec)]]


class TestSpec(Shape):
    """An assertion about users by name or path, and about all who are in some groups."""

    __test__ = False  # no test case of pytest

    users: list[Text] = Field(default_factory=list)
    groups: list[Text] = Field(default_factory=list)
    allow: Cases = Field(default_factory=list)
    deny: Cases = Field(default_factory=list)
    boundary: Text | None = None


class AcceptedSpec(Shape):
    """An accepted failure of an `iamspec status` check: reason, end, and the accepted entities."""

    reason: Text
    until: Day
    who: list[Text] = Field(default_factory=list)


class StatusSpec(Shape):
    """Accepted failures of `iamspec status`, and limits for its checks."""

    accept: dict[Text, AcceptedSpec] = Field(default_factory=dict)
    root_unused_days: Annotated[Count, Field(ge=1, le=3650)] = 30
    required_tags: list[Text] = Field(default_factory=list)


class Settings(Shape):
    """The keys that only the settings file may have, and `version`."""

    version: Version = 1
    account: AccountSpec | None = None
    scope: ScopeSpec = ScopeSpec()
    prune: Flag = False
    guards: Guards = Guards()
    lint: Lint = Lint()
    tests: dict[Text, TestSpec] = Field(default_factory=dict)
    absent: dict[Section, dict[Text, Day]] = Field(default_factory=dict, json_schema_extra=KINDS_ONLY)
    status: StatusSpec = StatusSpec()


KEYS = tuple(name for name in Settings.model_fields if name != "version")
