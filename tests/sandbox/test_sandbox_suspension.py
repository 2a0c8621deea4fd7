"""Credentials from the making to the suspension and back, in the IAM that users try things out in."""

import json

import pytest
from test_sandbox import client, refusal
from vault import Vault, delivered

from iamspec.apply.run import Status
from iamspec.commands import plan as commands
from iamspec.commands.options import Options
from iamspec.live.aws import AwsWriter
from iamspec.live.connection import Connection
from iamspec.policy.suspension import DENY_ALL, NAME
from iamspec.sandbox import running

RULES = "account: {password_policy: {minimum_password_length: 40, require_symbols: true, require_numbers: true}}\n"


class Sandboxed:
    """An account in the sandbox, a folder for its spec, and where its secrets go."""

    def __init__(self, sandbox, folder):
        self.iam, self.folder, self.vault = client(sandbox), folder, Vault()
        self.writer = AwsWriter(Connection(endpoint_url=sandbox.endpoint))

    def plan(self, users, *allow):
        (self.folder / "iamspec.yaml").write_text(f"{RULES}users: {{{users}}}\n")
        return commands.plan([str(self.folder)], self.writer, Options(allow=allow))

    def applied(self, users, *allow):
        """The operations of a plan that has been made, after which nothing is left."""
        plan = self.plan(users, *allow)
        assert not plan.refused
        outcomes = delivered(plan, self.writer, self.vault)
        assert [one for one in outcomes if one.status is not Status.DONE] == []
        assert self.plan(users, *allow).changes == ()
        return [one.step.call.operation for one in outcomes]

    def statuses(self):
        return [key["Status"] for key in self.iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]]


@pytest.fixture
def account(tmp_path, monkeypatch):
    for name, value in (("ACCESS_KEY_ID", "AKIAIAMSPECSANDBOX00"), ("SECRET_ACCESS_KEY", "any")):
        monkeypatch.setenv(f"AWS_{name}", value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_IAM", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with running() as sandbox:
        yield Sandboxed(sandbox, tmp_path)


def test_credentials_are_made_suspended_and_woken(account):
    """Kills: a sandbox that says yes where IAM says no, or forgets what it was told."""
    assert sorted(account.applied("ann: {console: true, access_keys: 2}")) == [
        "CreateAccessKey",
        "CreateAccessKey",
        "CreateLoginProfile",
        "CreateUser",
        "UpdateAccountPasswordPolicy",
    ]
    assert account.iam.get_login_profile(UserName="ann")["LoginProfile"]["PasswordResetRequired"] is True
    assert account.statuses() == ["Active", "Active"]
    assert refusal(account.iam.create_access_key, UserName="ann") == ("LimitExceeded", 409)
    [password] = [one.password for one in account.vault.held["ann"] if one.password]
    assert len(password) >= 40
    assert sorted(account.applied("ann: {suspended: true}")) == [
        "DeleteLoginProfile",
        "PutUserPolicy",
        "UpdateAccessKey",
        "UpdateAccessKey",
    ]
    assert account.statuses() == ["Inactive", "Inactive"]
    assert refusal(account.iam.get_login_profile, UserName="ann") == ("NoSuchEntity", 404)
    document = account.iam.get_user_policy(UserName="ann", PolicyName=NAME)["PolicyDocument"]
    assert document == json.loads(DENY_ALL.text)
    assert account.applied("ann: {console: true, access_keys: 1}") == []  # the morning's
    assert account.applied("ann: {suspended: false}") == ["DeleteUserPolicy"]
    woken = account.applied("ann: {access_keys: 1}", "reissue:user/ann")
    assert (woken, sorted(account.statuses())) == (["UpdateAccessKey"], ["Active", "Inactive"])


def test_a_password_that_need_not_be_changed_is_made_so(account):
    account.applied("ann: {console: {password_reset_required: false}}")
    assert account.iam.get_login_profile(UserName="ann")["LoginProfile"]["PasswordResetRequired"] is False
    assert account.applied("ann: {console: true}") == []
    assert account.applied("ann: {console: false}", "recently-used:user/ann") == ["DeleteLoginProfile"]


def test_none_means_that_all_keys_go(account):
    account.applied("ann: {access_keys: 2}")
    assert account.applied("ann: {access_keys: 0}", "recently-used:user/ann") == ["DeleteAccessKey", "DeleteAccessKey"]
    assert account.statuses() == []


def test_weaker_passwords_are_refused_once_the_policy_is_there(account):
    account.applied("ann: {}")
    weak = {"UserName": "ann", "Password": "Correct-horse-7-battery-staple"}
    assert refusal(account.iam.create_login_profile, **weak) == ("PasswordPolicyViolation", 400)
