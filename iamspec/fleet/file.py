"""fleet.yaml as a value: it is read, and its parts are compared with each other."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from iamspec.desired.files import MAX_SPEC_BYTES, Root
from iamspec.desired.source import parse_yaml
from iamspec.desired.tree import Block, Tree
from iamspec.desired.validation import did_you_mean, validated
from iamspec.desired.variables import ACCOUNT_NAME, VAR
from iamspec.errors import InvalidSpec, Issue, Location
from iamspec.fleet.shapes import FleetSpec
from iamspec.kinds.contract import dotted
from iamspec.plan.fingerprint import digest
from iamspec.policy.document import VARIABLE, unknown_variables
from iamspec.policy.statement import ACCOUNT_ID

ROLE_ARN = re.compile(r"arn:[^:\s]+:iam::[^:\s]+:role/\S+", re.ASCII)


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
    """Contradictions in a file of the right shape."""
    spec = fleet.spec
    if not spec.accounts and spec.organization is None:
        yield fleet.issue("there is no account: write `accounts`, or `organization: {}` for all of AWS Organizations")
    yield from _doubles(fleet)
    yield from _templates(fleet)
    yield from _waves(fleet)


def _doubles(fleet: Fleet) -> Iterator[Issue]:
    seen: dict[str, Location] = {}
    for index, account in enumerate(fleet.spec.accounts):
        if account.name and ACCOUNT_ID.fullmatch(account.name):
            yield fleet.issue(f'the name "{account.name}" looks like the id of an account', "accounts", index, "name")
        for noun, value in (("id", account.id), ("name", account.name)):
            place = fleet.tree.location(("accounts", index, noun))
            if value is not None and (first := seen.setdefault(f"{noun} {value.lower()}", place)) is not place:
                yield fleet.issue(f'the {noun} "{value}" stands twice; first at {first}', "accounts", index, noun)
    listed = {account.id for account in fleet.spec.accounts}
    for index, one in enumerate(fleet.spec.organization.exclude if fleet.spec.organization else ()):
        if one in listed:
            yield fleet.issue(f"account {one} is excluded, and stands under accounts", "organization", "exclude", index)


def _templates(fleet: Fleet) -> Iterator[Issue]:
    """Unknown variables, and roles without the ARN of a role."""
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
