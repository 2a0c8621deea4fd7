"""An account that exists is imported and then changed by its spec: with the command line, over HTTP, as people do it."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import boto3
import pytest
import yaml

from iamspec.cli import main
from iamspec.live.snapshot import parse
from iamspec.sandbox import environment, running

ACCOUNT = "200611803367"
OWN = f"arn:aws:iam::{ACCOUNT}:policy/"
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
REMOVED, MOVED, RENAMED = "fp3-deny-iam-user", "obama", "biden"
CHANGED, SHARED, HELD = "fp4-nonExploitableResourceConstraint", "NotYourPolicy", "privesc-sre-admin-policy"
HOLDER = "privesc-sre-group"
REVIEWERS = ["privesc-sre-user", "fp1-allow-and-deny-user", "joe"]
NEW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def attached(*names):
    return [{"PolicyName": name, "PolicyArn": f"{OWN}{name}"} for name in names]


def entity(kind, name, **more):
    """One of a capture, in which lists that would be empty are as often left out."""
    return {f"{kind}Name": name, "Path": "/", "Arn": f"arn:aws:iam::{ACCOUNT}:{kind.lower()}/{name}", **more}


def policy(name, document):
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": document}
    return entity("Policy", name, DefaultVersionId="v1", PolicyVersionList=[version])


MADE = {
    "UserDetailList": [
        entity("User", REMOVED, GroupList=[], AttachedManagedPolicies=attached(CHANGED)),
        entity("User", MOVED, GroupList=["admin"], Tags=[{"Key": "büro", "Value": "東京 1"}]),
        entity("User", RENAMED, UserPolicyList=[{"PolicyName": "own", "PolicyDocument": quote(json.dumps(NEW))}]),
        entity("User", "fp1-allow-and-deny-user", AttachedManagedPolicies=attached(CHANGED)),
        entity("User", "privesc-sre-user", GroupList=[HOLDER]),
    ],
    "GroupDetailList": [
        entity("Group", "admin", AttachedManagedPolicies=[]),
        entity("Group", HOLDER, AttachedManagedPolicies=attached(HELD)),
    ],
    "RoleDetailList": [
        entity(
            "Role",
            "privesc-sre-role",
            AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [TRUST]},
            AttachedManagedPolicies=attached(HELD),
        )
    ],
    "Policies": [
        policy(CHANGED, {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}),
        policy(SHARED, json.dumps(NEW)),
        policy(HELD, quote(json.dumps(NEW))),
    ],
}


@pytest.fixture(params=["captured", "made"])
def capture(request):
    """Two answers of `aws iam get-account-authorization-details`: of a real account, and of an account made here."""
    if request.param == "made":
        return json.dumps(MADE)
    return (request.getfixturevalue("data") / "account-authorization-details.json").read_text(encoding="utf-8")


@pytest.fixture
def account(capture, tmp_path, monkeypatch):
    """The sandbox with the account in it, as the environment of a command; one more policy is held there."""
    monkeypatch.chdir(tmp_path)
    saved = parse(capture, "capture")
    with running(account_id=saved.account.id, snapshot=saved) as sandbox:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in environment(sandbox.endpoint, {}).items():
            monkeypatch.setenv(name, value)
        iam = boto3.client("iam")
        iam.attach_user_policy(UserName=MOVED, PolicyArn=OWN + SHARED)
        iam.attach_group_policy(GroupName="admin", PolicyArn=OWN + SHARED)
        yield iam


def loaded(name):
    return yaml.load(Path(name).read_text(encoding="utf-8"), yaml.CSafeLoader)


def edited(name, section, change):
    """A file of the spec with its entities of one kind as `change` leaves them."""
    data = loaded(name)
    change(data[section])
    Path(name).write_text(yaml.dump(data, Dumper=yaml.CSafeDumper, allow_unicode=True), encoding="utf-8")


def without(entity, name):
    entity["policies"] = [one for one in entity["policies"] if one != name]


def change_users(users):
    del users[REMOVED]
    without(users[MOVED], SHARED)
    users[MOVED]["path"] = "/presidents/"
    users["joe"] = {**users.pop(RENAMED), "renamed_from": RENAMED}


def change_groups(groups):
    without(groups["admin"], SHARED)
    without(groups[HOLDER], HELD)
    groups["reviewers"] = {"members": REVIEWERS, "policies": ["aws:SecurityAudit"]}


def change():
    """A user removed, one moved, one renamed, a group added, a document changed, and two policies removed."""
    settings = Path("spec/iamspec.yaml")
    text = settings.read_text(encoding="utf-8")
    assert text.count("\nprune: false") == 1
    settings.write_text(text.replace("\nprune: false", "\nprune: true"), encoding="utf-8")
    edited("spec/users.yaml", "users", change_users)
    edited("spec/groups.yaml", "groups", change_groups)
    edited(f"spec/policies/{CHANGED}.yaml", "policies", lambda found: found[CHANGED].update(document=NEW))
    for name in (SHARED, HELD):
        Path(f"spec/policies/{name}.yaml").unlink()


def run(capsys, *words):
    """The exit code and what was printed."""
    code = main(words)
    return code, capsys.readouterr().out


def entities(iam):
    """Every user, group and customer-managed policy that is live, with its document or memberships, by its address."""
    kinds = ["User", "Group", "LocalManagedPolicy"]
    return described(iam.get_paginator("get_account_authorization_details").paginate(Filter=kinds).build_full_result())


def described(details):
    found = {}
    for one in details["UserDetailList"]:
        held = sorted(policy["PolicyArn"] for policy in one["AttachedManagedPolicies"])
        inline = sorted(policy["PolicyName"] for policy in one.get("UserPolicyList", ()))
        found[f"user/{one['UserName']}"] = (one["Path"], one["UserId"], sorted(one["GroupList"]), held, inline)
    for one in details["GroupDetailList"]:
        held = sorted(policy["PolicyArn"] for policy in one["AttachedManagedPolicies"])
        found[f"group/{one['GroupName']}"] = (one["Path"], held)
    for one in details["Policies"]:
        documents = [version["Document"] for version in one["PolicyVersionList"] if version["IsDefaultVersion"]]
        found[f"policy/{one['PolicyName']}"] = (one["Path"], *documents)
    return found


def expected(before):
    """The account before, with what the spec changes."""
    after = {key: one for key, one in before.items() if key not in {f"user/{REMOVED}", f"policy/{SHARED}"}}
    path, identity, groups, held, inline = after.pop(f"user/{RENAMED}")
    after["user/joe"] = (path, identity, sorted([*groups, "reviewers"]), held, inline)
    _, identity, groups, held, inline = after[f"user/{MOVED}"]
    after[f"user/{MOVED}"] = ("/presidents/", identity, groups, [one for one in held if one != OWN + SHARED], inline)
    for name in REVIEWERS[:2]:
        path, identity, groups, held, inline = after[f"user/{name}"]
        after[f"user/{name}"] = (path, identity, sorted([*groups, "reviewers"]), held, inline)
    for name, gone in (("admin", SHARED), (HOLDER, HELD)):
        path, held = after[f"group/{name}"]
        after[f"group/{name}"] = (path, [one for one in held if one != OWN + gone])
    after["group/reviewers"] = ("/", ["arn:aws:iam::aws:policy/SecurityAudit"])
    after[f"policy/{CHANGED}"] = ("/", NEW)
    return after


def test_an_imported_account_plans_nothing(account, capsys):
    assert run(capsys, "import", "--out", "spec") == (0, "")
    kinds = [address.partition("/")[0] for address in entities(account)]
    counts = ", ".join(
        f"{kinds.count(kind)} {noun}" for kind, noun in (("user", "users"), ("group", "groups"), ("policy", "policies"))
    )
    assert run(capsys, "validate", "spec")[0] == 0
    assert main(["validate", "spec"]) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if "no AWS-managed policy" not in line]
    assert said == [f"ok: {counts}"]
    code, shown = run(capsys, "plan", "spec", "--detailed-exitcode")
    lines = [line for line in shown.splitlines() if line and "this is not AWS" not in line]
    assert (code, f"Nothing to do: account {ACCOUNT} is what the spec says." in lines[:2]) == (0, True)
    assert run(capsys, "drift", "spec")[0] == 0


def test_one_apply_makes_an_imported_account_what_its_edited_spec_says(account, capsys):
    run(capsys, "import", "--out", "spec")
    before = entities(account)
    change()
    code, shown = run(capsys, "plan", "spec", "--format", "json", "--detailed-exitcode")
    plan = json.loads(shown)
    reason = "role/privesc-sre-role, which the spec does not manage, attaches it"
    held = f"policy/{HELD}"
    assert (code, plan["undeclared"], plan["kept"]) == (2, [held], [{"address": held, "reason": reason}])
    assert [f"{one['action']} {one['address']}" for one in plan["changes"]] == [
        f"update policy/{CHANGED}",
        f"delete policy/{SHARED}",
        "update group/admin",
        f"update group/{HOLDER}",
        "create group/reviewers",
        "update user/fp1-allow-and-deny-user",
        f"delete user/{REMOVED}",
        "update user/joe",
        f"update user/{MOVED}",
        "update user/privesc-sre-user",
    ]
    code, shown = run(capsys, "apply", "spec", "--auto-approve", "--journal", "journal.jsonl")
    assert (code, reason in shown) == (0, True)
    assert run(capsys, "plan", "spec", "--detailed-exitcode")[0] == 0
    assert run(capsys, "drift", "spec")[0] == 2  # a kept policy is drift until it is declared
    assert entities(account) == expected(before)


def aws(*words):
    """The answer of the AWS CLI, as a person at the same prompt would get it."""
    program = shutil.which("aws")
    if program is None:
        pytest.skip("the AWS CLI is not installed")
    done = subprocess.run([program, "iam", *words, "--output", "json"], capture_output=True, text=True, check=False)
    return (done.returncode, json.loads(done.stdout) if done.stdout else done.stderr.strip())


@pytest.mark.parametrize("capture", ["made"], indirect=True)
def test_the_aws_cli_sees_what_an_apply_to_an_imported_account_has_done(account, capsys):
    users = [one["UserName"] for one in account.list_users()["Users"]]
    run(capsys, "import", "--out", "spec")
    change()
    assert run(capsys, "apply", "spec", "--auto-approve", "--journal", "journal.jsonl")[0] == 0
    renamed = {"joe" if name == RENAMED else name: "/" for name in users if name != REMOVED}
    _, now = aws("list-users", "--query", "Users[].[UserName, Path]")
    assert dict(now) == renamed | {MOVED: "/presidents/"}
    members = account.get_group(GroupName="reviewers")["Users"]
    assert sorted(one["UserName"] for one in members) == sorted(REVIEWERS)
    code, refused = aws("get-policy", "--policy-arn", OWN + SHARED)
    assert (code > 0, "(NoSuchEntity)" in refused) == (True, True)
    held = account.list_entities_for_policy(PolicyArn=OWN + HELD)
    assert (held["PolicyGroups"], held["PolicyUsers"]) == ([], [])
    assert [one["RoleName"] for one in held["PolicyRoles"]] == ["privesc-sre-role"]
    version = account.get_policy(PolicyArn=OWN + CHANGED)["Policy"]["DefaultVersionId"]
    found = account.get_policy_version(PolicyArn=OWN + CHANGED, VersionId=version)["PolicyVersion"]
    assert found["Document"] == NEW
