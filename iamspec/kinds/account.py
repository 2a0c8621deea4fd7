"""The account: the sign-in alias and the password policy."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from iamspec.errors import Issue
from iamspec.iam import Account, Call
from iamspec.kinds import effects
from iamspec.kinds.contract import Address, Declared, Granted, Kind, Phase, Resource, Shape, Step, World
from iamspec.kinds.fields import Count, Flag, Nullable, Text, nothing
from iamspec.kinds.operation import Answer, Effect, Lookup, Operation, Parameter, State, Verb
from iamspec.kinds.values import is_flag, is_number
from iamspec.policy.limits import ACCOUNT_ID, ALIAS

ADDRESS = Address("account", "alias")
PASSWORD_POLICY = Address("password-policy", "account")


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


FLAGS = frozenset(name for name, one in PasswordPolicySpec.model_fields.items() if one.default is False)


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

    def create(self, after: Alias) -> Iterator[Step]:
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


@dataclass(frozen=True, slots=True)
class PasswordPolicy(Resource):
    """The password policy of the account.

    All fields are None where the account has none. Then the rules
    of IAM apply.
    """

    minimum_password_length: int | None = None
    require_symbols: bool | None = None
    require_numbers: bool | None = None
    require_uppercase_characters: bool | None = None
    require_lowercase_characters: bool | None = None
    allow_users_to_change_password: bool | None = None
    max_password_age: int | None = None
    password_reuse_prevention: int | None = None
    hard_expiry: bool | None = None
    name: str = field(default="account", compare=False, kw_only=True)

    @property
    def rules(self) -> dict[str, Any]:
        """The rules by their names in the spec."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.compare}


def parameter(name: str) -> str:
    """`max_password_age` as IAM calls it: `MaxPasswordAge`."""
    return "".join(part.capitalize() for part in name.split("_"))


def _set_rules(_state: State, call: Call) -> Effect:
    """Plans write out every rule but the numbers that are not set."""
    rules: dict[str, Any] = {name: call.params.get(parameter(name)) for name in PasswordPolicy().rules}
    return {PASSWORD_POLICY: PasswordPolicy(**rules)}


def _drop_rules(state: State, call: Call) -> Effect:
    rules = state.resources.get(PASSWORD_POLICY)
    found = None if rules == PasswordPolicy() else rules
    effects.existing(call, found, "a password policy of the account's own")
    return {PASSWORD_POLICY: PasswordPolicy()}


def _rule(name: str) -> Parameter:
    return Parameter(parameter(name), is_flag if name in FLAGS else is_number, required=False, shown=False)


SET_RULES = Operation(
    name="UpdateAccountPasswordPolicy",
    verb=Verb.UPDATE,
    parameters=tuple(map(_rule, PasswordPolicy().rules)),
    effect=_set_rules,
    about=PASSWORD_POLICY,
    back="UpdateAccountPasswordPolicy",
)
DROP_RULES = Operation(
    name="DeleteAccountPasswordPolicy",
    verb=Verb.TAKE,
    parameters=(),
    effect=_drop_rules,
    about=PASSWORD_POLICY,
    back="UpdateAccountPasswordPolicy",
)


class PasswordPolicyKind(Kind[AccountSpec, PasswordPolicy]):
    """UpdateAccountPasswordPolicy has no partial update: a missing parameter goes back to its default."""

    name: ClassVar[str] = "password-policy"
    section: ClassVar[str] = "account"
    shape = AccountSpec
    listing: ClassVar[Call] = Call("GetAccountPasswordPolicy")
    details: ClassVar[str] = "PasswordPolicy"
    operations = (SET_RULES, DROP_RULES)
    scoped: ClassVar[bool] = False
    place: ClassVar[tuple[str, ...]] = ("password_policy",)

    def check(self, declared: Declared[AccountSpec]) -> Iterator[Issue]:
        yield from ()

    def declares(self, shape: AccountSpec) -> bool:
        return "password_policy" in shape.model_fields_set

    def desired(self, declared: Declared[AccountSpec], granted: Granted, world: World) -> PasswordPolicy:
        written = declared.shape.password_policy
        return PasswordPolicy(**written.model_dump()) if written is not None else PasswordPolicy()

    def records(self, answer: Mapping[str, Any]) -> list[Any]:
        """The policy that every account has, or has not."""
        return [answer.get(self.details) or {}]

    def parse(self, record: Mapping[str, Any], account: Account) -> PasswordPolicy:
        """Reads a password policy.

        A parameter that IAM does not mention is not set. Some
        services write 0 for a number that is not set.
        """
        if not record:
            return PasswordPolicy()
        found = {name: record.get(parameter(name)) for name in PasswordPolicy().rules}
        rules: dict[str, Any] = {name: bool(one) if name in FLAGS else one or None for name, one in found.items()}
        return PasswordPolicy(**rules)

    def written(self, resource: PasswordPolicy, account: Account) -> dict[str, Any]:
        return {"name": resource.name, **resource.rules}

    def as_created(self, resource: PasswordPolicy) -> PasswordPolicy:
        return PasswordPolicy()

    def create(self, after: PasswordPolicy) -> Iterator[Step]:
        yield from ()  # an account without an alias is a state, too

    def update(self, before: PasswordPolicy, after: PasswordPolicy, world: World) -> Iterator[Step]:
        """Before passwords are made, which must meet it."""
        params = {parameter(name): value for name, value in after.rules.items() if value is not None}
        operation = SET_RULES if params else DROP_RULES
        if before != after:
            yield Step(PASSWORD_POLICY, Phase.UPDATE, operation.call(**params))

    def delete(self, before: PasswordPolicy) -> Iterator[Step]:
        yield from ()
