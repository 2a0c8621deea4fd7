"""The scope of iamspec in an account: as a spec writes it, and as a function of an entity.

Import, plan, apply and drift share this function.
"""

import re
from collections.abc import Collection, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    WithJsonSchema,
    create_model,
)

from iamspec.desired.sections import ENTITIES, KINDS_ONLY, Globs
from iamspec.kinds import KINDS, SCOPED, SECTIONS
from iamspec.kinds.contract import Shape
from iamspec.kinds.fields import Text
from iamspec.policy.globs import bounded
from iamspec.policy.limits import ACCOUNT_ID, belongs_to_aws, made_by_service


def _account_id(value: Any) -> Any:
    if not isinstance(value, str) or not ACCOUNT_ID.fullmatch(value):
        raise ValueError("must be an account id: 12 digits, in quotes")
    return str(value)


AccountId = Annotated[str, BeforeValidator(_account_id), WithJsonSchema({"type": "string", "pattern": "^[0-9]{12}$"})]


class Scoping(Shape):
    """The scope of iamspec: globs by kind, minus the excluded.

    Without globs everything is in scope.
    """

    trusted_accounts: list[AccountId] = Field(
        default_factory=list,
        description=(
            "Ids of other accounts that the roles of AWS's own tools may trust, such as the management account. A role "
            "with a name like OrganizationAccountAccessRole is kept, whatever prune says, while it trusts nobody else. "
            "Left out: none."
        ),
        examples=[["210987654321"]],
    )

    def globs(self, section: str) -> list[str] | None:
        """The globs of a kind, by its section.

        None where the scope does not name the kind.
        """
        found: list[str] | None = getattr(self, section)
        return found

    @property
    def excluded(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = getattr(self, "exclude")  # noqa: B009 - a field that the model below has
        return found


def _globs(section: str) -> Any:
    return Field(
        default=None,
        description=(
            f"Globs of the {section} in scope. One with a leading slash matches path and name, another one the name. "
            "* crosses slashes, and case does not matter. Left out: all, or none if another kind has globs."
        ),
        examples=[["/people/*"]],
    )


if TYPE_CHECKING:
    ScopeSpec = Scoping
else:  # a list of globs for each kind
    ScopeSpec = create_model(
        "ScopeSpec",
        __base__=Scoping,
        __doc__=Scoping.__doc__,
        __module__=__name__,
        **{kind.section: (list[Text] | None, _globs(kind.section)) for kind in SCOPED.values()},
        exclude=(
            Globs,
            Field(
                default_factory=dict,
                description="Globs by kind of what is out of scope all the same. Left out: none.",
                examples=[{"users": ["svc-terraform-*"]}],
                json_schema_extra=KINDS_ONLY,
            ),
        ),
    )


KIND_OF = {section: SECTIONS[section].name for section in ENTITIES}


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    signs = {"*": ".*", "?": "."}
    return re.compile(bounded(signs.get(sign) or re.escape(sign) for sign in glob), re.IGNORECASE | re.DOTALL)


def matches(globs: Sequence[str], path: str, name: str) -> bool:
    """Whether a glob matches the bare name, or path and name if it begins with `/`.

    `*` crosses `/`, and case is ignored.
    """
    return any(_pattern(glob).fullmatch(path + name if glob.startswith("/") else name) for glob in globs)


class Scope:
    """The part of an account that a spec is about.

    `sections` are those that the spec has. Without them, as in an
    import, every kind counts as asked for.
    """

    def __init__(self, spec: ScopeSpec | None = None, sections: Collection[str] | None = None) -> None:
        spec = spec or ScopeSpec()
        self.sections = sections
        self.named = {section: spec.globs(section) for section in ENTITIES}
        self.everything = all(one is None for one in self.named.values())
        self.globs = {KIND_OF[section]: one or [] for section, one in self.named.items()}
        self.excluded = {KIND_OF[section]: one for section, one in spec.excluded.items()}

    def refusal(self, kind: str, path: str, name: str, *, declared: bool = False) -> str | None:
        """The reason why an entity is out of scope, as a clause.

        None if it is in scope. An entity made by a service is in
        scope only if it is declared. Users and groups are in scope
        whatever their path, so that no intruder hides behind a
        path of AWS.
        """
        if reason := self.kind_refusal(kind):
            return reason
        if belongs_to_aws(kind, path):
            return f"{path} belongs to AWS"
        if made_by_service(kind, path) and not declared:
            return f"{path} is where AWS services put what they make"
        if matches(self.excluded.get(kind, ()), path, name):
            return "scope.exclude names it"
        if not self.everything and kind in self.globs and not matches(self.globs[kind], path, name):
            return "no glob of scope names it"
        return None

    def kind_refusal(self, kind: str) -> str | None:
        """The reason why no entity of a kind is in scope, as a clause.

        None if some may be.
        """
        section = KINDS[kind].section
        if not self.everything:
            unnamed = KINDS[kind].scoped and self.named[section] is None
            return f'scope does not name {section}; add {section}: ["*"] to it' if unnamed else None
        if KINDS[kind].by_request and self.sections is not None and not self._asks_for(kind):
            return f"the spec has no section {section}"
        return None

    def _asks_for(self, kind: str) -> bool:
        """Whether the spec has the section of a kind, or of the kind that it comes with."""
        asked = {KINDS[one].section for one in (kind, KINDS[kind].comes_with) if one}
        return bool(asked & set(self.sections or ()))
