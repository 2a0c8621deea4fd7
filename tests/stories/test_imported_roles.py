"""The roles of a real account: imported, then changed in ten ways by one apply, as a client of AWS sees it too."""

import json
import os
from pathlib import Path

import boto3
import pytest
from test_imported_account import loaded, run

from iamspec.live.snapshot import parse
from iamspec.sandbox import environment, running

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
GONE = "privesc-ssmStartSession-role"
LINKED = ("/aws-service-role/", "/aws-reserved/")


@pytest.fixture
def account(data, tmp_path, monkeypatch):
    """The sandbox with the captured account, as the environment of a command."""
    monkeypatch.chdir(tmp_path)
    saved = parse((data / "account-authorization-details.json").read_text(encoding="utf-8"), "capture")
    with running(account_id=saved.account.id, snapshot=saved) as sandbox:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in environment(sandbox.endpoint, {}).items():
            monkeypatch.setenv(name, value)
        yield boto3.client("iam")


def change(roles):
    """Ten edits, and a role less and a role more among them."""
    roles["MyRole"]["trust"] = [{"service": "ssm.amazonaws.com"}, {"service": "ec2.amazonaws.com"}]  # widened
    roles["OrganizationAccountAccessRole"]["trust"][0]["external_id"] = "x-77"  # narrowed
    roles["privesc-AssumeRole-ending-role"]["policies"] = ["aws:ReadOnlyAccess"]  # swapped
    roles["fn1-privesc3-partial-role"]["permissions_boundary"] = "aws:ReadOnlyAccess"
    roles["MyOtherRole"]["tags"] = {"team": "platform"}
    roles["MyRole"]["description"] = "Runs commands"
    roles["fn2-exploitableResourceConstraint-role"]["max_session_duration"] = 7200
    del roles["OverprivilegedEC2"]["instance_profile"]
    del roles[GONE]
    roles["fresh"] = {
        "path": "/ci/",
        "trust": [{"service": "ec2.amazonaws.com"}],
        "policies": ["aws:ReadOnlyAccess"],
        "instance_profile": True,
    }


def test_the_roles_of_an_account_are_imported_and_changed_by_one_apply(account, capsys):
    """Kills: a role that is imported as something else, or a change of it that no apply brings about."""
    assert run(capsys, "import", "--roles", "--out", "spec") == (0, "")
    live = [role for page in account.get_paginator("list_roles").paginate() for role in page["Roles"]]
    ours = {role["RoleName"] for role in live if not role["Path"].startswith(LINKED)}
    assert set(loaded("spec/roles.yaml")["roles"]) == ours
    settings = Path("spec/iamspec.yaml")
    text = settings.read_text(encoding="utf-8")
    assert [
        name for name in (role["RoleName"] for role in live) if name not in ours and f"role/{name}: " not in text
    ] == []
    code, shown = run(capsys, "plan", "spec", "--detailed-exitcode")
    assert (code, "Nothing to do: account" in shown, len(live), len(ours)) == (0, True, 78, 68)
    roles = loaded("spec/roles.yaml")
    change(roles["roles"])
    Path("spec/roles.yaml").write_text(json.dumps(roles), encoding="utf-8")  # in which account ids keep their quotes
    settings.write_text(f"{text}absent: {{roles: {{{GONE}: 2099-01-01}}}}\n", encoding="utf-8")
    code, shown = run(capsys, "plan", "spec", "--format", "json", "--detailed-exitcode")
    assert [f"{one['action']} {one['address']}" for one in json.loads(shown)["changes"]] == [
        "update role/fn1-privesc3-partial-role",
        "update role/fn2-exploitableResourceConstraint-role",
        "create role/fresh",
        "update role/MyOtherRole",
        "update role/MyRole",
        "update role/OrganizationAccountAccessRole",
        "update role/OverprivilegedEC2",
        "update role/privesc-AssumeRole-ending-role",
        f"delete role/{GONE}",
    ]
    leaving = ("--allow", "in-use:role/OverprivilegedEC2")  # whose instance profile goes
    assert run(capsys, "apply", "spec", "--auto-approve", *leaving, "--journal", "journal.jsonl")[0] == 0
    code, shown = run(capsys, "plan", "spec", "--detailed-exitcode")
    assert (code, "Nothing to do: account" in shown) == (0, True)
    assert _seen_by(account) == EXPECTED


EXPECTED = {
    "trust": ["ssm.amazonaws.com", "ec2.amazonaws.com"],
    "external": {"StringEquals": {"sts:ExternalId": "x-77"}},
    "policies": [READ_ONLY],
    "boundary": READ_ONLY,
    "tags": [{"Key": "team", "Value": "platform"}],
    "description": "Runs commands",
    "session": 7200,
    "gone": [True, True],
    "fresh": ("/ci/", ["fresh"]),
}


def _seen_by(account):
    """What the edits are about, as a client of AWS sees it."""

    def every(operation, key, **asked):
        return account.get_paginator(operation).paginate(**asked).build_full_result()[key]

    details = every("get_account_authorization_details", "RoleDetailList", Filter=["Role"])
    roles = {one["RoleName"]: one for one in details}
    mine, fresh = roles["MyRole"], roles["fresh"]
    external = roles["OrganizationAccountAccessRole"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    attached = roles["privesc-AssumeRole-ending-role"]["AttachedManagedPolicies"]
    partial = roles["fn1-privesc3-partial-role"]["PermissionsBoundary"]
    listed = {one["RoleName"]: one for one in every("list_roles", "Roles")}
    profiles = every("list_instance_profiles", "InstanceProfiles")
    return {
        "trust": [one["Principal"]["Service"] for one in mine["AssumeRolePolicyDocument"]["Statement"]],
        "external": external,
        "policies": [one["PolicyArn"] for one in attached],
        "boundary": partial["PermissionsBoundaryArn"],
        "tags": roles["MyOtherRole"]["Tags"],
        "description": listed["MyRole"]["Description"],
        "session": listed["fn2-exploitableResourceConstraint-role"]["MaxSessionDuration"],
        "gone": [
            "OverprivilegedEC2" not in [one["InstanceProfileName"] for one in profiles],
            GONE not in listed.keys() | roles.keys(),
        ],
        "fresh": (fresh["Path"], [one["InstanceProfileName"] for one in fresh["InstanceProfileList"]]),
    }
