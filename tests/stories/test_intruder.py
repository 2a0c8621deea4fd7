"""A night with an intruder, and the morning after it: drift, who did it, what is accepted, and the rest healed."""

import json

import pytest
from test_sandbox import client

from iamspec.cli import main
from iamspec.live import aws
from iamspec.sandbox import environment, running

SPEC = """\
account: {id: "123456789012"}
scope: {users: ["*"], roles: [app]}
users:
  ann: {access_keys: {active: 1}} # the build machine
  # Ben works from home.
  ben:
    console: false # he has no need to sign in
  eve: {policies: [aws:AdministratorAccess], access_keys: {active: 1}}
roles:
  app: {trust: [{service: ec2.amazonaws.com}]}
"""
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
OPEN = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "sts:AssumeRole"}
    ],
}


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """An account as its spec says, and then a night in which eve's key was used."""
    tmp_path = tmp_path_factory.mktemp("night")
    with running() as sandbox, pytest.MonkeyPatch.context() as monkeypatch:
        for name, value in environment(sandbox.endpoint, {}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(aws, "LOOKUP_PAUSE", 0)
        (tmp_path / "iamspec.yaml").write_text(SPEC, encoding="utf-8")
        assert main(["apply", ".", "--auto-approve", "--credentials-out", "secrets"]) == 0
        root = client(sandbox)
        (old,) = root.list_access_keys(UserName="eve")["AccessKeyMetadata"]
        given = root.create_access_key(UserName="eve")["AccessKey"]
        root.delete_access_key(UserName="eve", AccessKeyId=old["AccessKeyId"])
        eve = client(sandbox, given={**given, "SessionToken": None})
        eve.create_user(UserName="intruder")
        eve.attach_user_policy(UserName="intruder", PolicyArn=ADMIN)
        eve.create_login_profile(UserName="intruder", Password="Long-enough-1")
        eve.create_access_key(UserName="intruder")
        second = eve.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
        eve.create_login_profile(UserName="ben", Password="Long-enough-1")
        eve.update_assume_role_policy(RoleName="app", PolicyDocument=json.dumps(OPEN))
        yield tmp_path / "iamspec.yaml", second


def screen(text):
    """The first screen of a terminal: 24 lines of 80 columns, with long lines broken."""
    rows = [line[at : at + 80] for line in text.splitlines() for at in range(0, max(len(line), 1), 80)]
    return "\n".join(rows[:24])


def test_the_first_screen_names_the_intruder_and_everything_that_the_night_left(night, capsys):
    """Kills: an intruder on the last line; a password, a key or an open role that look like any other change."""
    _, second = night
    capsys.readouterr()
    assert main(["drift", ".", "--blame"]) == 2
    out = capsys.readouterr().out
    first = screen(out)
    for shown in (
        "user/intruder  administrator",
        "password, 1 active key",
        f"user/ann  has access key {second}",
        "user/ben  has a password",
        "role/app  open to outsiders against the spec: anybody in account 999999999999",
    ):
        assert shown in first.replace("\n", ""), first
    for call in ("CreateUser", "CreateAccessKey", "CreateLoginProfile", "UpdateAssumeRolePolicy"):
        assert f"  {call} on " in out
    assert "by arn:aws:iam::123456789012:user/eve" in out


def test_one_finding_is_accepted_into_git_and_the_others_are_healed(night, capsys):
    """Kills: a comment that an acceptance takes away, and a morning after which something of the night is left."""
    spec, second = night
    assert main(["accept", "user/ben", "--spec", "."]) == 1
    assert spec.read_text(encoding="utf-8") == SPEC
    assert main(["accept", "user/ben", "--spec", ".", "--even-if", "credentials"]) == 0
    accepted = spec.read_text(encoding="utf-8")
    assert accepted == SPEC.replace("console: false # he", "console: true  # he")

    spec.write_text(f"{accepted}absent: {{users: {{intruder: 2999-01-01}}}}\n", encoding="utf-8")
    assert main(["deactivate-key", second, "--auto-approve"]) == 0
    assert main(["apply", ".", "--auto-approve", "--allow", "recently-used:user/intruder"]) == 0
    capsys.readouterr()
    assert main(["drift", "."]) == 0
    assert "No drift" in capsys.readouterr().out
