"""The spec of an account on disk, as teams lay it out by hand or as `iamspec import` writes it."""

import json
from pathlib import Path
from typing import Any

import yaml

from iamspec.desired.yaml_text import dump
from tests.benchmarks.account import ACCOUNT_ID, ALIAS, TEAMS, Declared


def write_by_team(declared: Declared, folder: Path) -> None:
    """A file of users for each team, and every other policy's document in a file of its own."""
    _yaml(folder / "iamspec.yaml", {"version": 1, "account": {"id": ACCOUNT_ID, "alias": ALIAS}})
    _yaml(folder / "groups.yaml", {"groups": declared.groups})
    for team in TEAMS:
        users = {name: one for name, one in declared.users.items() if name.startswith(f"{team}.")}
        policies = {name: one for name, one in declared.policies.items() if name.startswith(f"{team}-")}
        _yaml(folder / "users" / f"{team}.yaml", {"users": users})
        _yaml(folder / "policies" / f"{team}.yaml", {"policies": _with_documents(policies, folder / "policies")})


def write_as_imported(declared: Declared, folder: Path) -> None:
    """A file of all users, a file of all groups, and a file for each policy."""
    (folder / "policies").mkdir(parents=True, exist_ok=True)
    settings = dump({"version": 1, "account": {"id": ACCOUNT_ID, "alias": ALIAS}})
    (folder / "iamspec.yaml").write_text(settings.replace("'1'", "1"), encoding="utf-8")
    for section, entities in (("users", declared.users), ("groups", declared.groups)):
        (folder / f"{section}.yaml").write_text(dump({section: dict(sorted(entities.items()))}), encoding="utf-8")
    for name, policy in declared.policies.items():
        (folder / "policies" / f"{name}.yaml").write_text(dump({"policies": {name: policy}}), encoding="utf-8")


def _with_documents(policies: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The policies, every other one with its document in a file, as teams do with what they have in JSON."""
    written = {}
    for number, (name, policy) in enumerate(policies.items()):
        written[name] = policy
        if number % 2 == 0:
            path = folder / "documents" / f"{name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(policy["document"], indent=2), encoding="utf-8")
            written[name] = policy | {"document": {"file": f"documents/{name}.json"}}
    return written


def _yaml(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False), encoding="utf-8")
