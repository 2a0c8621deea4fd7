"""The accounts of AWS Organizations: units, states and tags, read from the management account or its delegate."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from iamspec.errors import IamError, Unreadable
from iamspec.fleet.shapes import OrganizationSpec
from iamspec.iam import Call, Reader

SERVICE = "organizations"
ACTIVE = "ACTIVE"
MOST_PAGES = 10_000  # of one list


@dataclass(frozen=True, slots=True)
class Found:
    """An account of the organization.

    Its name is shown and used for nothing, because a member can
    rename itself.
    """

    id: str
    name: str
    unit: str
    state: str = ACTIVE


@dataclass(frozen=True, slots=True)
class Chosen:
    """The accounts that a fleet takes from its organization, and every account that the organization has, by id."""

    accounts: tuple[Found, ...]
    all: Mapping[str, Found]


def choose(reader: Reader, wanted: OrganizationSpec) -> tuple[Chosen, list[tuple[str, tuple[str | int, ...]]]]:
    """The wanted accounts, sorted, and the units and tags that nothing has, each with its path in `organization`."""
    units, found = _tree(reader)
    problems: list[tuple[str, tuple[str | int, ...]]] = []
    chosen = [one for one in found if one.id not in wanted.exclude]
    for index, glob in enumerate(wanted.units or ()):
        if not any(_matches(glob, unit) for unit in units):
            there = ", ".join(sorted(filter(None, units))) or "none"
            problems.append((f'no organizational unit is "{glob}"; there are {there}', ("units", index)))
    if wanted.units is not None:
        chosen = [one for one in chosen if any(_holds(glob, one.unit) for glob in wanted.units)]
    if wanted.tags:
        tags = _tags(reader, [one.id for one in chosen])
        for key, value in wanted.tags.items():
            if not any(one.get(key) == value for one in tags.values()):
                problems.append((f'no account has the tag {key} with the value "{value}"', ("tags", key)))
        chosen = [one for one in chosen if wanted.tags.items() <= tags[one.id].items()]
    return Chosen(tuple(sorted(chosen, key=lambda one: one.id)), {one.id: one for one in found}), problems


def _tree(reader: Reader) -> tuple[set[str], list[Found]]:
    """The paths of all units, and all accounts.

    The root has the empty path.
    """
    units, accounts = {""}, []
    level = [(str(root["Id"]), "") for root in _all(reader, "ListRoots", "Roots", {})]
    while level:
        below: list[tuple[str, str]] = []
        for parent, path in level:
            where = {"ParentId": parent}
            accounts += [_account(one, path) for one in _all(reader, "ListAccountsForParent", "Accounts", where)]
            units_below = _all(reader, "ListOrganizationalUnitsForParent", "OrganizationalUnits", where)
            below += [(str(unit["Id"]), f"{path}/{unit['Name']}".lstrip("/")) for unit in units_below]
        units |= {path for _, path in below}
        level = below
    return units, accounts


def _account(one: Mapping[str, Any], unit: str) -> Found:
    """`State` has replaced `Status`, which an older library still reads."""
    return Found(str(one["Id"]), str(one.get("Name", "")), unit, str(one.get("State") or one.get("Status") or ACTIVE))


def _all(reader: Reader, operation: str, name: str, params: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The items of a list of AWS Organizations, page by page.

    Unreadable if it cannot be read to its end.
    """
    token, seen = None, set[str]()
    for _ in range(MOST_PAGES):
        more: dict[str, Any] = {} if token is None else {"NextToken": token}
        (answer,) = reader.attempt_each([Call(operation, {**params, **more}, SERVICE)])
        if isinstance(answer, IamError):
            raise Unreadable(f"the organization cannot be read: {answer}") from answer
        if not isinstance(answer.get(name), list):
            raise Unreadable(f"the organization cannot be read: the answer to {operation} has no {name}")
        yield from answer[name]
        token = answer.get("NextToken")
        if not token:
            return
        if token in seen:
            break
        seen.add(token)
    raise Unreadable(f"the organization cannot be read: the pages of {operation} do not end")


def _tags(reader: Reader, accounts: list[str]) -> dict[str, dict[str, str]]:
    return {
        account: {
            str(one["Key"]): str(one["Value"])
            for one in _all(reader, "ListTagsForResource", "Tags", {"ResourceId": account})
        }
        for account in accounts
    }


def _holds(glob: str, unit: str) -> bool:
    """Whether a unit, or a unit above it, is meant by a glob."""
    parts = unit.split("/")
    return any(_matches(glob, "/".join(parts[:end])) for end in range(1, len(parts) + 1))


def _matches(glob: str, path: str) -> bool:
    pattern = "".join(".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in glob.strip("/"))
    return re.fullmatch(pattern, path, re.IGNORECASE | re.DOTALL) is not None
