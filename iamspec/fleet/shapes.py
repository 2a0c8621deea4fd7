"""The shapes of fleet.yaml."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from iamspec.desired.settings import Version
from iamspec.kinds.contract import Shape
from iamspec.kinds.fields import Count, Text
from iamspec.policy.limits import ACCOUNT_ID

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)
VAR_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
PLAIN_ID = 'an account id is text: write it with quotes, as in "123456789012"'
WRONG_ID = 'an account id has 12 digits, as in "123456789012"'


def _is_plain_number(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, str) and type(value) is not str and value.isdigit()
    )


def _account_id(value: Any) -> Any:
    if _is_plain_number(value):
        raise ValueError(PLAIN_ID)
    if not isinstance(value, str) or not ACCOUNT_ID.fullmatch(value):
        raise ValueError(WRONG_ID)
    return str(value)


def _id_or_name(value: Any) -> Any:
    if _is_plain_number(value):
        raise ValueError(PLAIN_ID)
    if isinstance(value, str) and value.isdigit() and not ACCOUNT_ID.fullmatch(value):
        raise ValueError(WRONG_ID)
    return _matching(NAME, "a name")(value)


def _matching(pattern: re.Pattern[str], noun: str) -> Any:
    def check(value: Any) -> Any:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(f"{noun} is {pattern.pattern}")
        return str(value)

    return check


def _schema(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


AccountId = Annotated[str, BeforeValidator(_account_id), _schema("[0-9]{12}")]
AccountName = Annotated[str, BeforeValidator(_matching(NAME, "a name")), _schema(NAME.pattern)]
IdOrName = Annotated[str, BeforeValidator(_id_or_name), _schema(NAME.pattern)]
VarName = Annotated[str, BeforeValidator(_matching(VAR_NAME, "the name of a variable")), _schema(VAR_NAME.pattern)]
SessionName = Annotated[str, BeforeValidator(_matching(SESSION_NAME, "a session name")), _schema(r"[\w+=,.@-]{2,64}")]


class AccountEntry(Shape):
    """An account of the fleet."""

    id: AccountId = Field(description="The id of the account: 12 digits in quotes.", examples=["111111111111"])
    name: AccountName | None = Field(
        default=None,
        description=(
            "The name of the account in PATHs, waves and documents. Left out: the account has no name there, whatever "
            "AWS Organizations calls it."
        ),
        examples=["prod"],
    )
    vars: dict[VarName, Text] = Field(
        default_factory=dict,
        description="Values of ${iamspec:var.NAME} in the PATHs and documents of this account. Left out: none.",
        examples=[{"tier": "gold"}],
    )


class OrganizationSpec(Shape):
    """The accounts of AWS Organizations that belong to the fleet. `{}` means all."""

    units: Annotated[list[Text], Field(min_length=1)] | None = Field(
        default=None,
        description=(
            "Globs of paths of organizational units. A unit counts with all units below it. * crosses slashes, and "
            "case does not matter. Left out: all accounts."
        ),
        examples=[["Workloads/*"]],
    )
    tags: dict[Text, Text] = Field(
        default_factory=dict,
        description="Tags that an account must have. Left out: any account.",
        examples=[{"env": "prod"}],
    )
    exclude: list[AccountId] = Field(
        default_factory=list,
        description="Accounts that are left out, by id. Left out: none.",
        examples=[["222222222222"]],
    )


class AssumeRole(Shape):
    """The role that iamspec assumes in each account."""

    arn: Text = Field(
        description="The ARN of the role. It takes ${iamspec:account_id}, partition, account_name and var.NAME.",
        examples=["arn:${iamspec:partition}:iam::${iamspec:account_id}:role/iamspec"],
    )
    read_arn: Text | None = Field(
        default=None,
        description=(
            "The ARN of another role for plan, drift and status, which need to read only. Left out: the same role, "
            "whose sessions a policy then narrows to reading."
        ),
        examples=["arn:${iamspec:partition}:iam::${iamspec:account_id}:role/iamspec-read"],
    )
    external_id: Text | None = Field(
        default=None, description="The external id that the role asks for. Left out: none.", examples=["x-1"]
    )
    session_name: SessionName = Field(
        default="iamspec", description="The name of the session. Left out: iamspec.", examples=["iamspec-nightly"]
    )


class Wave(Shape):
    """Accounts that `fleet apply` applies together.

    The next wave begins when all of them are done.
    """

    accounts: Annotated[list[IdOrName], Field(min_length=1)] | None = Field(
        default=None,
        description="Ids or names of accounts. Left out: all accounts that no other wave names.",
        examples=[["333333333333"]],
    )
    max_concurrent: Annotated[Count, Field(ge=1)] | None = Field(
        default=None,
        description="The most accounts at one time. Left out: as many as the command allows.",
        examples=[20],
    )
    failure_tolerance: Count = Field(
        default=0,
        description=(
            "How many accounts of the wave may fail. One more, and no further account of this or a later wave begins. "
            "Left out: 0."
        ),
        examples=[2],
    )


class FleetGuards(Shape):
    """Limits for the whole fleet. The guards of each spec count beside them."""

    max_accounts_changed: Count | None = Field(
        default=None,
        description="The most accounts that one apply may change. Left out: any number.",
        examples=[50],
    )


class FleetSpec(Shape):
    """fleet.yaml: the accounts of a fleet, how they are reached, and their PATHs."""

    version: Version = Field(default=1, description="The version of this format. Left out: 1.", examples=[1])
    accounts: list[AccountEntry] = Field(
        default_factory=list,
        description="Accounts by id. Left out: those of the organization alone.",
        examples=[[{"id": "111111111111", "name": "prod", "vars": {"tier": "gold"}}]],
    )
    organization: OrganizationSpec | None = Field(
        default=None,
        description="Accounts that are read from AWS Organizations. Left out: those under `accounts` alone.",
        examples=[{"units": ["Workloads/*"], "tags": {"env": "prod"}, "exclude": ["222222222222"]}],
    )
    paths: Annotated[list[Text], Field(min_length=1)] = Field(
        description=(
            "The PATHs of the spec of each account, below the folder of this file. They take ${iamspec:account_id}, "
            "account_name and var.NAME. One that ends in ? is left out where it does not exist."
        ),
        examples=[["common", "accounts/${iamspec:account_name}?"]],
    )
    assume_role: AssumeRole | None = Field(
        default=None,
        description="The role that is assumed in each account. Left out: the credentials are used as they are.",
        examples=[{"arn": "arn:${iamspec:partition}:iam::${iamspec:account_id}:role/iamspec", "external_id": "x-1"}],
    )
    waves: Annotated[list[Wave], Field(min_length=1)] = Field(
        default=[Wave()],
        description="The waves of `fleet apply`, in order. Left out: one wave with all accounts, which stops at a failure.",
        examples=[[{"accounts": ["333333333333"]}, {"max_concurrent": 20, "failure_tolerance": 2}]],
    )
    guards: FleetGuards = Field(
        default=FleetGuards(),
        description="Limits for the whole fleet. Left out: none but those of each spec.",
        examples=[{"max_accounts_changed": 50}],
    )
