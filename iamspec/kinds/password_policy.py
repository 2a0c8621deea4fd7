"""The password policy of the account."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from iamspec.errors import Issue
from iamspec.iam import Account, Call
from iamspec.kinds import effects
from iamspec.kinds.account import AccountSpec, PasswordPolicySpec
from iamspec.kinds.contract import Address, Declared, Granted, Kind, Phase, Resource, Step, World
from iamspec.kinds.operation import Effect, Operation, Parameter, State, Verb
from iamspec.kinds.values import is_flag, is_number

PASSWORD_POLICY = Address("password-policy", "account")


FLAGS = frozenset(name for name, one in PasswordPolicySpec.model_fields.items() if one.default is False)


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

    def create(self, after: PasswordPolicy, world: World) -> Iterator[Step]:
        yield from ()  # an account without an alias is a state, too

    def update(self, before: PasswordPolicy, after: PasswordPolicy, world: World) -> Iterator[Step]:
        """Before passwords are made, which must meet it."""
        params = {parameter(name): value for name, value in after.rules.items() if value is not None}
        operation = SET_RULES if params else DROP_RULES
        if before != after:
            yield Step(PASSWORD_POLICY, Phase.UPDATE, operation.call(**params))

    def delete(self, before: PasswordPolicy) -> Iterator[Step]:
        yield from ()
