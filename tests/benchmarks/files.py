"""The spec of an account on disk: a file of users for each team, and the policies' documents in files of their own."""

import json
from pathlib import Path
from typing import Any

import yaml

from tests.benchmarks.account import ACCOUNT_ID, ALIAS, TEAMS, Declared


def write(declared: Declared, folder: Path) -> None:
    """Writes the spec into an empty folder."""
    _yaml(folder / "iamspec.yaml", {"version": 1, "account": {"id": ACCOUNT_ID, "alias": ALIAS}})
    _yaml(folder / "groups.yaml", {"groups": declared.groups})
    for team in TEAMS:
        users = {name: one for name, one in declared.users.items() if name.startswith(f"{team}.")}
        policies = {name: one for name, one in declared.policies.items() if name.startswith(f"{team}-")}
        _yaml(folder / "users" / f"{team}.yaml", {"users": users})
        _yaml(folder / "policies" / f"{team}.yaml", {"policies": _with_documents(policies, folder / "policies")})


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
