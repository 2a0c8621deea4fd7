"""The account: the shape of its section, and the sign-in alias."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from iamspec.errors import Issue
from iamspec.iam import Account, Call
from iamspec.kinds import effects
from iamspec.kinds.contract import Address, Declared, Granted, Kind, Phase, Resource, Shape, Step, World
from iamspec.kinds.fields import Count, Flag, Nullable, Text, nothing
from iamspec.kinds.operation import Answer, Effect, Lookup, Operation, Parameter, State, Verb
from iamspec.policy.limits import ACCOUNT_ID, ALIAS

ADDRESS = Address("account", "alias")


class PasswordPolicySpec(Shape):
    """The account's password policy, by the names and with the defaults of UpdateAccountPasswordPolicy."""

    minimum_password_length: Annotated[Count, Field(ge=6, le=128)] = Field(
        default=6, description="The least number of characters of a password. Left out: 6.", examples=[14]
    )
    require_symbols: Flag = Field(
        default=False, description="Whether a password needs a symbol such as ! or #. Left out: false.", examples=[True]
    )
    require_numbers: Flag = Field(
        default=False, description="Whether a password needs a digit. Left out: false.", examples=[True]
    )
    require_uppercase_characters: Flag = Field(
        default=False, description="Whether a password needs a letter from A to Z. Left out: false.", examples=[True]
    )
    require_lowercase_characters: Flag = Field(
        default=False, description="Whether a password needs a letter from a to z. Left out: false.", examples=[True]
    )
    allow_users_to_change_password: Flag = Field(
        default=False,
        description=(
            "Whether every user may change the own password. Without it, a user needs a policy that allows "
            "iam:ChangePassword. Left out: false."
        ),
        examples=[True],
    )
    max_password_age: Annotated[Count, Field(ge=1, le=1095)] | None = Field(
        default=None,
        description="Days after which a password must be changed. Left out: never.",
        examples=[90],
    )
    password_reuse_prevention: Annotated[Count, Field(ge=1, le=24)] | None = Field(
        default=None,
        description="How many earlier passwords a user cannot take again. Left out: none.",
        examples=[24],
    )
    hard_expiry: Flag = Field(
        default=False,
        description=(
            "Whether a user with an expired password is locked out until an administrator sets a new one. Left out: "
            "false, so the user changes it at the next sign-in."
        ),
        examples=[True],
    )


class AccountSpec(Shape):
    """The `account` section of the settings.

    iamspec leaves the alias and the password policy alone if they
    are left out. null removes them.
    """

    id: Text | None = Field(
        default=None,
        description=(
            "The account that the spec is for: 12 digits in quotes. plan and apply refuse any other account. `prune` "
            "needs it. Left out: any account."
        ),
        examples=["123456789012"],
    )
    alias: Nullable = Field(
        default=None,
        description=(
            "The name of the account in its sign-in address, https://ALIAS.signin.aws.amazon.com/console. `null` "
            "removes it. Left out: not managed."
        ),
        examples=["acme-prod"],
    )
    password_policy: Annotated[PasswordPolicySpec | None, BeforeValidator(nothing)] = Field(
        default=None,
        description=(
            "The rules of passwords. They are complete: a rule that is left out goes back to IAM's default. `null` "
            "removes the policy. Left out: not managed."
        ),
        examples=[{"minimum_password_length": 14, "require_symbols": True}],
    )


@dataclass(frozen=True, slots=True)
class Alias(Resource):
    """The account's name in its sign-in address, `https://ALIAS.signin.aws.amazon.com/console`."""

    alias: str | None = None
    name: str = field(default="alias", compare=False, kw_only=True)


def _name(_state: State, call: Call) -> Effect:
    return {ADDRESS: Alias(call.params["AccountAlias"])}


def _unname(state: State, call: Call) -> Effect:
    alias = call.params["AccountAlias"]
    effects.existing(call, alias if alias == state.account.alias else None, f"the alias {alias}")
    return {ADDRESS: Alias(None)}


def _is_named(call: Call, pages: Iterable[Answer]) -> bool:
    return any(call.params["AccountAlias"] in page["AccountAliases"] for page in pages)


NAME = Operation(
    name="CreateAccountAlias",
    verb=Verb.UPDATE,
    parameters=(Parameter("AccountAlias"),),
    effect=_name,
    about=ADDRESS,
    lookup=Lookup(lambda _call: Call("ListAccountAliases"), _is_named),
    back="DeleteAccountAlias",
)
UNNAME = Operation(
    name="DeleteAccountAlias",
    verb=Verb.TAKE,
    parameters=(Parameter("AccountAlias"),),
    effect=_unname,
    about=ADDRESS,
    back="CreateAccountAlias",
)


class AccountKind(Kind[AccountSpec, Alias]):
    name: ClassVar[str] = "account"
    section: ClassVar[str] = "account"
    shape = AccountSpec
    listing: ClassVar[Call] = Call("ListAccountAliases")
    details: ClassVar[str] = "AccountAliases"
    operations = (NAME, UNNAME)
    scoped: ClassVar[bool] = False
    place: ClassVar[tuple[str, ...]] = ("alias",)

    def check(self, declared: Declared[AccountSpec]) -> Iterator[Issue]:
        spec = declared.shape
        if spec.id is not None and not ACCOUNT_ID.fullmatch(spec.id):
            yield Issue(f'"{spec.id}" is no account id: it has 12 digits', declared.locate(("id",)), "account.id")
        if spec.alias is not None and (ACCOUNT_ID.fullmatch(spec.alias) or not ALIAS.fullmatch(spec.alias)):
            yield declared.issue(
                f'"{spec.alias}" is no alias: 3 to 63 lower-case letters, digits and single hyphens, '
                "a letter or digit at both ends, and no account id",
                "alias",
            )

    def declares(self, shape: AccountSpec) -> bool:
        return "alias" in shape.model_fields_set

    def desired(self, declared: Declared[AccountSpec], granted: Granted, world: World) -> Alias:
        return Alias(declared.shape.alias)

    def records(self, answer: Mapping[str, Any]) -> list[Any]:
        """The alias that every account has, or has not."""
        return (answer.get(self.details) or [None])[:1]

    def parse(self, record: Any, account: Account) -> Alias:
        return Alias(record)

    def written(self, resource: Alias, account: Account) -> dict[str, Any]:
        return {"alias": resource.alias}

    def as_created(self, resource: Alias) -> Alias:
        return resource

    def create(self, after: Alias, world: World) -> Iterator[Step]:
        yield Step(ADDRESS, Phase.CREATE, NAME.call(AccountAlias=after.alias))

    def update(self, before: Alias, after: Alias, world: World) -> Iterator[Step]:
        """The calls that change the alias.

        CreateAccountAlias replaces the alias. Deleting the old
        alias first would offer it to every other account.
        """
        if after.alias is None:
            yield from self.delete(before)
        elif before.alias != after.alias:
            yield Step(ADDRESS, Phase.UPDATE, NAME.call(AccountAlias=after.alias))

    def delete(self, before: Alias) -> Iterator[Step]:
        if before.alias is not None:
            yield Step(ADDRESS, Phase.DELETE, UNNAME.call(AccountAlias=before.alias))
