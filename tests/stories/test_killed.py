"""An apply that is killed in the middle: the journal is complete, and the apply can be finished and undone."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
import yaml

from iamspec.cli import main
from iamspec.sandbox import environment, running

PATIENCE = 120  # seconds for which the test waits for a process
LEAVING = (f"in-use:role/r{number}" for number in range(4))  # roles whose instance profiles go
ALLOWED = ("mass-delete", "external-trust:identity-provider/hub", *LEAVING)
ALLOW = tuple(word for one in ALLOWED for word in ("--allow", one))


def document(action):
    return {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}}


def role(service, **fields):
    return {"trust": [{"service": f"{service}.amazonaws.com"}], **fields}


def hub(*audiences):
    return {"hub": {"oidc": "https://hub.example.com", "client_ids": list(audiences)}}


def before():
    """An account of 16 users and 6 roles, who have something to lose, and an identity provider."""
    users = {f"u{n:03}": {"groups": ["old"], "tags": {"n": str(n)}} for n in range(16)}
    policies = {f"p{n}": {"document": document("s3:GetObject")} for n in range(6)}
    roles = {f"r{n}": role("ec2", policies=["p1"], tags={"n": str(n)}, instance_profile=True) for n in range(6)}
    groups = {"old": {"policies": ["p1"]}, "gone": {}}
    return {"policies": policies, "groups": groups, "users": users, "roles": roles, "identity_providers": hub("a")}


def after():
    """61 changes: 19 users to make, 10 to change, 6 to delete; 10 roles; 6 documents, 8 groups, provider, alias."""
    users = {f"u{n:03}": {"groups": ["new"], "policies": ["p0"], "path": "/team/"} for n in range(10)}
    users |= {f"n{n:03}": {"groups": ["new"], "tags": {"n": "x"}} for n in range(15)}
    users |= {f"m{n:03}": {"inline_policies": {"own": document("s3:Get*")}} for n in range(4)}
    policies = {f"p{n}": {"document": document("s3:PutObject"), "tags": {"a": "b"}} for n in range(6)}
    groups = {"new": {"renamed_from": "old", "policies": ["p2"]}} | {f"g{n}": {"policies": ["p3"]} for n in range(6)}
    roles = {f"r{n}": role("lambda", description="works", policies=["p0"]) for n in range(4)}
    roles |= {f"s{n}": role("ec2", inline_policies={"own": document("s3:Get*")}) for n in range(4)}
    roles["s0"]["instance_profile"] = "r0"  # which goes from one role to another
    absent = {"roles": {f"r{n}": "2099-01-01" for n in (4, 5)}}
    entities = {"policies": policies, "groups": groups, "users": users, "roles": roles}
    return {"alias": "acme", "absent": absent, "identity_providers": hub("a", "b"), **entities}


def written(folder, spec):
    folder.mkdir()
    account = {"id": "123456789012"} | ({"alias": spec.pop("alias")} if "alias" in spec else {})
    spec = {"account": account, "prune": True, **spec}
    (folder / "iamspec.yaml").write_text(yaml.safe_dump(spec, sort_keys=False), encoding="utf-8")


class Shell:
    """A folder, and commands in it against one sandbox: in this process, but for those that are to be killed."""

    def __init__(self, folder, capsys):
        self.folder, self._capsys = folder, capsys

    def start(self, *words):
        return subprocess.Popen(
            [sys.executable, "-m", "iamspec", *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self, *words):
        self._capsys.readouterr()
        code = main(words)
        out, err = self._capsys.readouterr()
        assert (code, out[-900:] + err[-500:] if code else "") == (0, "")
        return out

    def account(self):
        return json.loads(self.run("snapshot"))


@pytest.fixture
def shell(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with running() as sandbox:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in environment(sandbox.endpoint, {}).items():
            monkeypatch.setenv(name, value)
        yield Shell(tmp_path, capsys)


def kill_after(process, journal, calls):
    """Kills a process as soon as its journal tells of so many calls."""
    for _ in range(PATIENCE * 200):
        if journal.exists() and journal.read_bytes().count(b'"record": "call"') >= calls:
            break
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL


def whole_lines(journal):
    """The lines of a journal; the last may be torn."""
    *found, torn = journal.read_bytes().split(b"\n")
    assert torn == b"" or not torn.endswith(b"}")
    return [json.loads(line) for line in found]


def entities(account, gone=()):
    """A snapshot by addresses; of those whose loss was announced without what cannot come back."""
    found = {"account/alias": account["account"]["alias"]}
    for section, kind, key in (
        ("UserDetailList", "user", "UserName"),
        ("GroupDetailList", "group", "GroupName"),
        ("Policies", "policy", "PolicyName"),
        ("RoleDetailList", "role", "RoleName"),
    ):
        for one in account["details"][section]:
            address = f"{kind}/{one[key]}"
            found[address] = _comparable(one, lost=address in gone)
    described = {one["RoleName"]: one.get("Description", "") for one in account["lists"]["ListRoles"]["Roles"]}
    return found, account["policies"], described, account["providers"]


NEW = ("PolicyVersionList", "DefaultVersionId", "UpdateDate")  # a document comes back as a new version
PROFILES = "InstanceProfileList"  # a profile comes back with another id


def _comparable(one, *, lost):
    left_out = (*NEW, PROFILES, *(("UserId", "GroupId", "PolicyId", "RoleId", "CreateDate") if lost else ()))
    found = {key: _ordered(value) for key, value in one.items() if key not in left_out}
    found[PROFILES] = [(made["InstanceProfileName"], made["Path"]) for made in one.get(PROFILES, ())]
    documents = [version["Document"] for version in one.get("PolicyVersionList", ()) if version["IsDefaultVersion"]]
    return found, documents


def _ordered(value):
    return sorted(value, key=str) if isinstance(value, list) else value


def announced(plan):
    return set(re.findall(r"^  (\S+): does not come back: ", plan, re.MULTILINE))


def test_an_apply_that_is_killed_is_finished_by_the_next_and_both_are_undone(shell):
    """Kills: a call that no journal knows of, a half of an entity that stays, an undo that takes guesses for facts."""
    written(shell.folder / "before", before())
    written(shell.folder / "after", after())
    shell.run("apply", "before", "--auto-approve", *ALLOW, "--journal", "zero")
    original = shell.account()
    plan = json.loads(shell.run("plan", "after", *ALLOW, "--format", "json"))
    assert len(plan["changes"]) == 61
    first, second = shell.folder / "first", shell.folder / "second"
    with shell.start("apply", "after", "--auto-approve", *ALLOW, "--journal", str(first)) as process:
        kill_after(process, first, len(plan["steps"]) // 2)
    start, *told = whole_lines(first)
    assert (start["record"], start["calls"]) == ("start", len(plan["steps"]))
    assert {one["guard"] for one in start["lifted"]} == {"mass-delete", "external-trust", "in-use"}
    assert {one["record"] for one in told} == {"trying", "call"}
    tried = [(one["operation"], one["params"]) for one in told if one["record"] == "trying"]
    ended = [(one["operation"], one["params"]) for one in told if one["record"] == "call"]
    assert [one for one in ended if one not in tried] == []
    assert len(plan["steps"]) // 2 <= len(ended) <= len(tried) <= len(ended) + 8
    left = json.loads(shell.run("plan", "after", *ALLOW, "--format", "json"))
    planned = [(one["operation"], one["params"]) for one in plan["steps"]]
    undone = [(one["operation"], one["params"]) for one in left["steps"]]
    assert [one for one in planned if one not in undone and one not in tried] == []  # nothing done is untold
    shell.run("apply", "after", "--auto-approve", *ALLOW, "--journal", str(second))
    gone = set()
    for number, journal in enumerate((second, first)):
        gone |= announced(shell.run("undo", str(journal), "--auto-approve", *ALLOW, "--journal", f"undo{number}"))
    profiles = {f"instance-profile/r{n}" for n in range(1, 6)}
    assert gone == {f"user/u{n:03}" for n in range(10, 16)} | {"group/gone", "role/r4", "role/r5"} | profiles
    assert entities(shell.account(), gone) == entities(original, gone)
