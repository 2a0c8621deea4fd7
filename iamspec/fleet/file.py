"""fleet.yaml: the accounts of a fleet, the role in each account, and the PATHs of the spec."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from iamspec.desired.files import MAX_SPEC_BYTES, Root
from iamspec.desired.settings import Version
from iamspec.desired.source import Block, Tree, parse_yaml
from iamspec.desired.validation import did_you_mean, validated
from iamspec.desired.variables import ACCOUNT_NAME, VAR
from iamspec.errors import InvalidSpec, Issue, Location
from iamspec.kinds.contract import Shape, dotted
from iamspec.kinds.fields import Count, Text
from iamspec.plan.fingerprint import digest
from iamspec.policy.document import VARIABLE, unknown_variables
from iamspec.policy.limits import ACCOUNT_ID

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)
VAR_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
ROLE_ARN = re.compile(r"arn:[^:\s]+:iam::[^:\s]+:role/\S+", re.ASCII)
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


@dataclass(frozen=True, slots=True)
class Fleet:
    """A fleet.yaml: the data, the folder above all PATHs, and the places in the file."""

    spec: FleetSpec
    folder: Path
    tree: Tree

    @property
    def digest(self) -> str:
        """A hash of all that the file says, however it is written."""
        return digest(self.spec.model_dump(mode="json"))

    def issue(self, message: str, *path: str | int, key: bool = False) -> Issue:
        return Issue(message, self.tree.location(path, key=key), dotted(path))


def read(typed: str) -> Fleet:
    """The fleet in a file.

    InvalidSpec has everything that is wrong with it, each with its
    place.
    """
    if not Path(typed).exists():
        raise InvalidSpec([Issue("no such file; `iamspec explain fleet` says how to begin one", Location(typed))])
    root = Root.of(typed)
    if root.only is None:
        raise InvalidSpec(
            [Issue("this is a folder; a fleet is described by a file such as fleet.yaml", Location(typed))]
        )
    issues: list[Issue] = []
    tree = parse_yaml(root.read(root.only, MAX_SPEC_BYTES), root.shown(root.only), doubled=issues)
    if not isinstance(tree.data, Block):
        raise InvalidSpec(
            [*issues, Issue("a fleet is a mapping with `accounts` or `organization`, and `paths`", Location(tree.file))]
        )
    data = {key: one for key, one in tree.data.items() if not key.startswith("x-")}
    spec = validated(FleetSpec, data, tree, issues)
    if spec is None:
        raise InvalidSpec(issues)
    fleet = Fleet(spec, root.folder, tree)
    if wrong := [*issues, *_problems(fleet)]:
        raise InvalidSpec(wrong)
    return fleet


def _problems(fleet: Fleet) -> Iterator[Issue]:
    """What does not fit together in a file of the right shape."""
    spec = fleet.spec
    if not spec.accounts and spec.organization is None:
        yield fleet.issue("there is no account: write `accounts`, or `organization: {}` for all of AWS Organizations")
    yield from _doubles(fleet)
    yield from _templates(fleet)
    yield from _waves(fleet)


def _doubles(fleet: Fleet) -> Iterator[Issue]:
    seen: dict[str, Location] = {}
    for index, account in enumerate(fleet.spec.accounts):
        for noun, value in (("id", account.id), ("name", account.name)):
            place = fleet.tree.location(("accounts", index, noun))
            if value is not None and (first := seen.setdefault(f"{noun} {value.lower()}", place)) is not place:
                yield fleet.issue(f'the {noun} "{value}" stands twice; first at {first}', "accounts", index, noun)
    listed = {account.id for account in fleet.spec.accounts}
    for index, one in enumerate(fleet.spec.organization.exclude if fleet.spec.organization else ()):
        if one in listed:
            yield fleet.issue(f"account {one} is excluded, and stands under accounts", "organization", "exclude", index)


def _templates(fleet: Fleet) -> Iterator[Issue]:
    """Unknown variables, and roles that are none."""
    given = {f"{VAR}{name}" for account in fleet.spec.accounts for name in account.vars}
    known = {"account_id", ACCOUNT_NAME, *given}
    role = fleet.spec.assume_role
    texts: list[tuple[str, set[str], tuple[str | int, ...]]] = [
        (path, known, ("paths", index)) for index, path in enumerate(fleet.spec.paths)
    ]
    roles = [(name, text) for name in ("arn", "read_arn") if role is not None and (text := getattr(role, name))]
    texts += [(text, {*known, "partition"}, ("assume_role", name)) for name, text in roles]
    for text, names, path in texts:
        for _, name in unknown_variables(text, names):
            hint = did_you_mean(name, names) or f"; there are {', '.join(sorted(names))}"
            yield fleet.issue(f"unknown ${{iamspec:{name}}}{hint}", *path)
    for index, written in enumerate(fleet.spec.paths):
        if written.removesuffix("?").strip() == "":
            yield fleet.issue("must name a file or a folder", "paths", index)
    for name, text in roles:
        if not ROLE_ARN.fullmatch(VARIABLE.sub("x", text)):
            yield fleet.issue(f'"{text}" is no ARN of a role: arn:aws:iam::ACCOUNT:role/NAME', "assume_role", name)


def _waves(fleet: Fleet) -> Iterator[Issue]:
    """Accounts in two waves, unknown accounts, and a second wave with the rest."""
    ids = by_name(fleet.spec)
    seen: dict[str, Location] = {}
    rest: Location | None = None
    for number, wave in enumerate(fleet.spec.waves):
        for index, written in enumerate(wave.accounts or ()):
            path = ("waves", number, "accounts", index)
            account = ids.get(written)
            if account is None and not (written.isdigit() and fleet.spec.organization is not None):
                yield fleet.issue(f'no account has the id or name "{written}"{did_you_mean(written, ids)}', *path)
                continue
            place = fleet.tree.location(path)
            if (first := seen.setdefault(account or written, place)) is not place:
                yield fleet.issue(f'account "{written}" is in two waves; first at {first}', *path)
        if wave.accounts is None:
            place = fleet.tree.location(("waves", number))
            if rest is not None:
                yield fleet.issue(f"two waves have all other accounts; first at {rest}", "waves", number)
            rest = rest or place


def by_name(spec: FleetSpec) -> Mapping[str, str]:
    """The ids of the accounts that the file names, by id and by name."""
    named = {account.name: account.id for account in spec.accounts if account.name}
    return {**{account.id: account.id for account in spec.accounts}, **named}
