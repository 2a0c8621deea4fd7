"""The account itself: its sign-in alias."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from pydantic import Field

from iamspec.errors import Issue
from iamspec.grants import Count, Flag, Nullable, Text
from iamspec.iam import Account, Call
from iamspec.kind import Address, Declared, Facts, Granted, Kind, Phase, Shape, Step, World
from iamspec.limits import ACCOUNT_ID, ALIAS

ADDRESS = Address("account", "alias")


class PasswordPolicySpec(Shape):
    """The account's password policy, by the names of UpdateAccountPasswordPolicy; only its shape is checked so far."""

    minimum_password_length: Annotated[Count, Field(ge=6, le=128)] | None = None
    require_symbols: Flag | None = None
    require_numbers: Flag | None = None
    require_uppercase_characters: Flag | None = None
    require_lowercase_characters: Flag | None = None
    allow_users_to_change_password: Flag | None = None
    max_password_age: Annotated[Count, Field(ge=1, le=1095)] | None = None
    password_reuse_prevention: Annotated[Count, Field(ge=1, le=24)] | None = None
    hard_expiry: Flag | None = None


class AccountSpec(Shape):
    """The `account` section of the settings; an alias that is left out is left alone, null removes it."""

    id: Text | None = None
    alias: Nullable = None
    password_policy: PasswordPolicySpec | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """The account's name in its sign-in address, `https://ALIAS.signin.aws.amazon.com/console`."""

    alias: str | None = None
    name: str = field(default="alias", compare=False)
    facts: Facts = field(default=Facts(), compare=False)


class AccountKind(Kind[AccountSpec, Alias]):
    name: ClassVar[str] = "account"
    section: ClassVar[str] = "account"
    shape = AccountSpec
    listing: ClassVar[Call] = Call("ListAccountAliases")
    details: ClassVar[str] = "AccountAliases"
    place: ClassVar[tuple[str, ...]] = ("alias",)

    def check(self, declared: Declared[AccountSpec]) -> Iterator[Issue]:
        spec = declared.shape
        if spec.id is not None and not ACCOUNT_ID.fullmatch(spec.id):
            yield declared.issue(f'"{spec.id}" is no account id: it has 12 digits', "id")
        if spec.alias is not None and (ACCOUNT_ID.fullmatch(spec.alias) or not ALIAS.fullmatch(spec.alias)):
            yield declared.issue(
                f'"{spec.alias}" is no alias: 3 to 63 lower-case letters, digits and single hyphens, '
                "a letter or digit at both ends, and no account id",
                "alias",
            )

    def desired(self, declared: Declared[AccountSpec], granted: Granted, world: World) -> Alias:
        return Alias(declared.shape.alias)

    def parse(self, record: Any, account: Account) -> Alias:
        return Alias(record)

    def written(self, resource: Alias, account: Account) -> dict[str, Any]:
        return {"alias": resource.alias}

    def settle(self, desired: Alias, live: Alias) -> Alias:
        return desired

    def bare(self, resource: Alias) -> Alias:
        return resource

    def create(self, after: Alias) -> Iterator[Step]:
        yield Step(ADDRESS, Phase.CREATE, Call("CreateAccountAlias", {"AccountAlias": after.alias}))

    def update(self, before: Alias, after: Alias, world: World) -> Iterator[Step]:
        """CreateAccountAlias replaces the alias; deleting the old one first would offer it to everybody."""
        if after.alias is None:
            yield from self.delete(before)
        elif before.alias != after.alias:
            yield Step(ADDRESS, Phase.UPDATE, Call("CreateAccountAlias", {"AccountAlias": after.alias}))

    def delete(self, before: Alias) -> Iterator[Step]:
        if before.alias is not None:
            yield Step(ADDRESS, Phase.DELETE, Call("DeleteAccountAlias", {"AccountAlias": before.alias}))
