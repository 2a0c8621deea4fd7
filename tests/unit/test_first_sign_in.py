"""`cannot-change-password`: a user who must change the first password, and may not, cannot get in."""

import datetime as dt
import json

import pytest
from yaml import safe_load

from iamspec.cli import main
from iamspec.commands.validate import validate
from iamspec.policy.lint_texts.texts import OF_SPECS

TODAY = dt.date(2026, 11, 24)
SETTING = "`account: {password_policy: {allow_users_to_change_password: true}}`"
NOTHING = (
    "user/ann: console: cannot-change-password: the password must be changed at the first sign-in, and nothing allows "
    f"iam:ChangePassword without MFA; write {SETTING}, or `policies: [aws:IAMUserChangePassword]` for the user"
)


def statement(effect, action, resource="*", condition=None, key="Action"):
    found = {"Effect": effect, key: action, "Resource": resource}
    return {**found, "Condition": condition} if condition else found


def warnings(tmp_path, user, **rest):
    """The warnings about a spec with one user, without their places."""
    spec = {"users": {"ann": {"console": True, **user}}, **rest}
    (tmp_path / "iamspec.yaml").write_text(json.dumps(spec), encoding="utf-8")
    _, found = validate([str(tmp_path)], TODAY)
    return [f"{one.where}: {one.message}" for one in found]


def inline(*statements):
    return {"inline_policies": {"own": {"document": {"Version": "2012-10-17", "Statement": list(statements)}}}}


OWN = "arn:aws:iam::*:user/${aws:username}"
NO_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
QUIET = {
    "AWS's policy for it": {"policies": ["aws:IAMUserChangePassword"]},
    "a policy on the own user": inline(statement("Allow", "iam:ChangePassword", OWN)),
    "an administrator": {"policies": ["aws:AdministratorAccess"]},
    "a password that need not be changed": {"console": {"password_reset_required": False}},
    "a user without a password": {"console": False},
    "a user who is suspended": {"suspended": True},
    "a user who has ended": {"expires": "2026-11-01"},
    "a reason to ignore it": {"lint": {"ignore": {"cannot-change-password": "the help desk does it"}}},
    "an answer that depends on the address": inline(
        statement("Allow", "iam:ChangePassword", "*", {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
    ),
    "a Deny without MFA that leaves it out": inline(
        statement("Allow", "iam:*"), statement("Deny", ["iam:ChangePassword"], "*", NO_MFA, key="NotAction")
    ),
}
WARNED = {
    "no policy at all": {},
    "a policy for another user": inline(statement("Allow", "iam:ChangePassword", "arn:aws:iam::*:user/bob")),
    "an Allow with MFA": inline(
        statement("Allow", "iam:ChangePassword", "*", {"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    ),
    "an Allow with a fresh MFA": inline(
        statement("Allow", "iam:ChangePassword", "*", {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}})
    ),
}


@pytest.mark.parametrize("case", QUIET)
def test_who_can_change_the_password_or_needs_not_is_no_warning(tmp_path, case):
    assert warnings(tmp_path, QUIET[case]) == []


@pytest.mark.parametrize("case", WARNED)
def test_who_cannot_get_past_the_first_sign_in_is_a_warning_with_the_cure(tmp_path, case):
    """Kills: `console: true` in silence, and a user who stands before the door."""
    assert warnings(tmp_path, WARNED[case]) == [NOTHING]


def test_a_deny_without_mfa_is_named_because_no_allow_helps(tmp_path):
    """Kills: a first password judged as somebody with MFA."""
    policies = {"mfa": {"document": {"Version": "2012-10-17", "Statement": [statement("Deny", "*", "*", NO_MFA)]}}}
    user = {"policies": ["aws:IAMUserChangePassword", "mfa"]}
    (found,) = warnings(tmp_path, user, policies=policies)
    start, _, cure = found.partition(f" at {tmp_path}")
    assert start.endswith("and iam:ChangePassword is denied without MFA (Deny by Statement[0] of policy/mfa")
    assert cure.endswith(
        "); let its NotAction list iam:ChangePassword, or write `console: {password_reset_required: false}`"
    )


def test_the_password_policy_lets_everybody(tmp_path):
    account = {"password_policy": {"allow_users_to_change_password": True}}
    assert warnings(tmp_path, {}, account=account) == []
    assert warnings(tmp_path, {}, account={"password_policy": {"max_password_age": 90}}) == [NOTHING]


def test_what_an_external_group_grants_is_not_known(tmp_path):
    assert warnings(tmp_path, {"groups": ["all"]}, groups={"all": {"external": True}}) == []


def test_copied_permissions_count(tmp_path):
    source = {"bob": {"policies": ["aws:IAMUserChangePassword"]}}
    spec = {"users": {"ann": {"console": True, "copy_permissions_from": "bob"}, **source}}
    (tmp_path / "iamspec.yaml").write_text(json.dumps(spec), encoding="utf-8")
    assert validate([str(tmp_path)], TODAY)[1] == []


def test_validate_warns_and_is_strict_if_asked(tmp_path, capsys):
    (tmp_path / "iamspec.yaml").write_text("users: {ann: {console: true}}\n", encoding="utf-8")
    assert main(["validate", str(tmp_path)]) == 0
    warned = capsys.readouterr().err
    assert main(["validate", "--strict", str(tmp_path)]) == 1
    strict = capsys.readouterr().err
    place = f"{tmp_path}/iamspec.yaml:1:24: "
    assert warned.splitlines()[0] == f"{place}warning: {NOTHING}"
    assert strict.splitlines()[0] == f"{place}error: {NOTHING}"


def test_the_example_of_explain_shows_it(tmp_path):
    example = safe_load(OF_SPECS["cannot-change-password"].example)
    for word, expected in (("warned", 1), ("better", 0)):
        assert len(warnings(tmp_path, example[word]["users"]["alice"])) == expected
