"""The resolved list of accounts: ids and names of fleet.yaml, and what AWS Organizations has beside them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from iamspec.desired.variables import ACCOUNT_NAME, VAR, ForAccount, wild_in_arn
from iamspec.errors import IamspecError, InvalidSpec
from iamspec.fleet.file import Fleet, by_name
from iamspec.fleet.organization import ACTIVE, Found, choose
from iamspec.fleet.shapes import FleetSpec
from iamspec.iam import Reader
from iamspec.policy.document import substitute, unknown_variables

OPTIONAL = "?"


@dataclass(frozen=True, slots=True)
class Member:
    """An account of a fleet.

    `name` is that of fleet.yaml. `shown` is the name in AWS
    Organizations, for people only. `trouble` says why the account
    cannot be looked at.
    """

    id: str
    name: str | None = None
    vars: Mapping[str, str] = field(default_factory=dict)
    shown: str = ""
    unit: str = ""
    trouble: str | None = None

    @property
    def variables(self) -> dict[str, str]:
        """The values of `${iamspec:…}` beside those that every account has."""
        named = {ACCOUNT_NAME: self.name} if self.name else {}
        return {**named, **{f"{VAR}{name}": value for name, value in self.vars.items()}}

    def for_spec(self, *, partial: bool) -> ForAccount:
        return ForAccount(self.id, self.variables, keeps_undeclared=partial)


@dataclass(frozen=True, slots=True)
class Paths:
    """The PATHs of an account, below the folder of the fleet.

    `partial` if one with `?` does not exist.
    """

    found: tuple[str, ...]
    partial: bool = False


def members(fleet: Fleet, reader: Reader | None) -> tuple[Member, ...]:
    """The accounts of the fleet, sorted by id.

    Without a reader, only those that the file names.
    """
    named = {one.id: one for one in fleet.spec.accounts}
    wanted = fleet.spec.organization
    if wanted is None or reader is None:
        return tuple(sorted((Member(one.id, one.name, one.vars) for one in named.values()), key=lambda one: one.id))
    chosen, problems = choose(reader, wanted)
    if problems:
        raise InvalidSpec(fleet.issue(message, "organization", *path) for message, path in problems)
    ids = {*named, *(one.id for one in chosen.accounts)}
    return tuple(_member(one, named, chosen.all.get(one)) for one in sorted(ids))


def _member(account_id: str, named: Mapping[str, object], found: Found | None) -> Member:
    entry = named.get(account_id)
    trouble = None
    if found is not None and found.state != ACTIVE:
        state = found.state.lower().replace("_", " ")
        trouble = f"AWS Organizations says that the account is {state}; list it under organization.exclude"
    name, given = getattr(entry, "name", None), getattr(entry, "vars", {})
    return Member(account_id, name, given, found.name if found else "", found.unit if found else "", trouble)


def paths_of(fleet: Fleet, member: Member) -> Paths:
    """The PATHs of an account.

    IamspecError if one is missing, needs a name that the account
    lacks, or leads out.
    """
    found, partial = [], False
    for template in fleet.spec.paths:
        optional = template.endswith(OPTIONAL)
        text = template.removesuffix(OPTIONAL)
        known = {"account_id": member.id, **member.variables}
        lacking = [name for _, name in unknown_variables(text, known)]
        if lacking and not optional:
            raise IamspecError(
                f"the PATH {template} needs ${{iamspec:{lacking[0]}}}, which fleet.yaml does not give this account"
            )
        path = str(substitute(text, known))
        if lacking or not _is_below(fleet.folder, path, template):
            if not optional:
                raise IamspecError(f"the PATH {path} does not exist; end it with ? if it may be missing")
            partial = True
            continue
        found.append(path)
    if not found:
        raise IamspecError(f"none of the PATHs {', '.join(fleet.spec.paths)} exists for this account")
    return Paths(tuple(found), partial)


def _is_below(folder: Path, path: str, template: str) -> bool:
    """Whether a PATH exists.

    IamspecError if it leads out of the folder of the fleet, links
    resolved.
    """
    if "\0" in path:
        raise IamspecError(f"the PATH {template} has a character that no file name can have")
    target = (folder / path).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise IamspecError(f"the PATH {path} leads out of the folder of fleet.yaml; every PATH must be below it")
    return target.exists()


def roles_of(spec: FleetSpec, member: Member, partition: str) -> tuple[str | None, str | None]:
    """The ARNs of the role to assume, and of the role to assume for reads.

    Raises IamspecError if a variable in them is missing or would
    widen them.
    """
    if spec.assume_role is None:
        return None, None
    role, reading = spec.assume_role.arn, spec.assume_role.read_arn
    return _role(role, member, partition), _role(reading, member, partition) if reading else None


def _role(arn: str, member: Member, partition: str) -> str:
    known = {"account_id": member.id, "partition": partition, **member.variables}
    for _, name in unknown_variables(arn, known):
        raise IamspecError(f"assume_role needs ${{iamspec:{name}}}, which fleet.yaml does not give this account")
    for message in wild_in_arn(arn, known, is_arn=True):
        raise IamspecError(message)
    return str(substitute(arn, known))


def waves_of(spec: FleetSpec, accounts: Sequence[Member]) -> list[list[str]]:
    """The ids of each wave, in order.

    IamspecError if a wave is empty or names an unknown account, or
    accounts are left.
    """
    ids = by_name(spec)
    there = {one.id for one in accounts}
    named = [[ids.get(one, one) for one in wave.accounts or ()] for wave in spec.waves]
    for wave in named:
        if strange := sorted(set(wave) - there):
            raise IamspecError(f"waves: {', '.join(strange)}: no such account is in the fleet")
    rest = sorted(there - {one for wave in named for one in wave})
    waves = [rest if spec.waves[number].accounts is None else wave for number, wave in enumerate(named)]
    for number, wave in enumerate(waves, 1):
        if not wave:
            raise IamspecError(f"wave {number} is empty: every account is in another wave")
    if left := sorted(there - {one for wave in waves for one in wave}):
        raise IamspecError(f"no wave has {_listed(left)}; add a wave without `accounts` for all others")
    return waves


def _listed(ids: Iterable[str], most: int = 5) -> str:
    found = list(ids)
    return ", ".join(found[:most]) + (f" and {len(found) - most} more" if len(found) > most else "")
