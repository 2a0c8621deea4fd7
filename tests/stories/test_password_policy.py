"""The account's password policy: whole or not at all, since IAM changes no part of one."""

import itertools

import pytest
from faulty import faults
from model import assert_valid
from story import Story, seen
from vault import Vault, delivered

from iamspec.apply.run import Status
from iamspec.cli import main
from iamspec.commands import importing
from iamspec.commands.imported import as_text
from iamspec.errors import IamError
from iamspec.iam import Account
from iamspec.kinds import KINDS

KIND = KINDS["password-policy"]
STRICT = {
    "minimum_password_length": 14,
    "require_symbols": True,
    "require_numbers": True,
    "require_uppercase_characters": True,
    "require_lowercase_characters": True,
    "allow_users_to_change_password": True,
    "max_password_age": 90,
    "password_reuse_prevention": 24,
    "hard_expiry": True,
}
LIVE = {
    "MinimumPasswordLength": 14,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "AllowUsersToChangePassword": True,
    "MaxPasswordAge": 90,
    "PasswordReusePrevention": 24,
    "HardExpiry": True,
}
DEFAULTS = {name: False for name in LIVE if name not in {"MaxPasswordAge", "PasswordReusePrevention"}} | {
    "MinimumPasswordLength": 6
}
PASSWORD = "Correct-horse-7-battery-staple"


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


def policy(**rules):
    written = ", ".join(f"{name}: {str(value).lower()}" for name, value in rules.items())
    return f"account: {{password_policy: {{{written}}}}}\n"


def shown(plan):
    return {one.field: (one.before, one.after) for change in plan.changes for one in change.differences}


def made(plan):
    return [(step.call.operation, dict(step.call.params)) for step in plan.steps]


def test_every_rule_of_iam_s_can_be_written(story):
    """Kills: a rule that is spelled otherwise than IAM's parameter and so never sent."""
    plan = story.plan(policy(**STRICT))
    assert shown(plan) == {name: (None, value) for name, value in STRICT.items()}
    assert made(plan) == [("UpdateAccountPasswordPolicy", LIVE)]
    story.applied(policy(**STRICT))
    assert story.iam.state.password_policy == LIVE


def test_defaults_that_come_back_are_shown(story):
    """Kills: one line in a spec that takes eight other rules away without a word."""
    story.iam.given("UpdateAccountPasswordPolicy", **LIVE)
    plan = story.plan(policy(minimum_password_length=20))
    assert shown(plan) == {
        "minimum_password_length": (14, 20),
        "require_symbols": (True, False),
        "require_numbers": (True, False),
        "require_uppercase_characters": (True, False),
        "require_lowercase_characters": (True, False),
        "allow_users_to_change_password": (True, False),
        "max_password_age": (90, None),
        "password_reuse_prevention": (24, None),
        "hard_expiry": (True, False),
    }
    assert made(plan) == [("UpdateAccountPasswordPolicy", DEFAULTS | {"MinimumPasswordLength": 20})]
    story.applied(policy(minimum_password_length=20))


@pytest.mark.parametrize("rules", [{}, {"minimum_password_length": 6}, {"hard_expiry": False}], ids=str)
def test_an_empty_policy_is_one_of_defaults_and_not_none(story, rules):
    plan = story.plan(policy(**rules))
    assert made(plan) == [("UpdateAccountPasswordPolicy", DEFAULTS)]
    story.applied(policy(**rules))


def test_null_removes_it_and_what_is_left_out_is_left_alone(story):
    story.iam.given("UpdateAccountPasswordPolicy", **LIVE)
    assert story.applied("account: {alias: acme}\n")["changes"] == ["update account/alias: alias"]
    story.iam.calls.clear()
    told = story.applied("account: {password_policy: null}\n")
    assert told["steps"] == ["update DeleteAccountPasswordPolicy"]
    assert story.iam.state.password_policy is None
    story.iam.calls.clear()
    assert story.applied("account: {password_policy: null}\n") == {}


def test_what_is_so_already_is_no_call(story):
    story.iam.given("UpdateAccountPasswordPolicy", **LIVE)
    assert story.applied(policy(**STRICT)) == {}
    story.iam.given("UpdateAccountPasswordPolicy", MinimumPasswordLength=8)
    assert story.applied(policy(minimum_password_length=8)) == {}


LIVES = {
    "numbers that are 0 are not set": (
        {"MinimumPasswordLength": 8, "MaxPasswordAge": 0, "PasswordReusePrevention": 0},
        0,
    ),
    "what IAM does not say is not set": ({"MinimumPasswordLength": 8}, 0),
    "what is derived is not compared": ({"MinimumPasswordLength": 8, "ExpirePasswords": True}, 0),
    "what is false is false": ({"MinimumPasswordLength": 8, "HardExpiry": False, "RequireSymbols": False}, 0),
    "what is true is not": ({"MinimumPasswordLength": 8, "HardExpiry": True}, 1),
}


@pytest.mark.parametrize(("live", "changes"), LIVES.values(), ids=LIVES)
def test_live_rules_are_read_as_iam_and_others_write_them(story, live, changes):
    """Kills: drift that comes back every night, because 0 is not nothing."""
    account = Account("123456789012")
    [record] = KIND.records({"PasswordPolicy": live})
    [wanted] = KIND.records({"PasswordPolicy": {"MinimumPasswordLength": 8}})
    assert (KIND.parse(record, account) != KIND.parse(wanted, account)) is bool(changes)
    assert KIND.parse({}, account).rules == dict.fromkeys(STRICT)
    assert story.iam.writes == []


def test_every_call_is_one_that_iam_knows(story):
    flags = [name for name, value in STRICT.items() if value is True]
    for chosen in itertools.chain.from_iterable(itertools.combinations(flags, count) for count in (0, 1, 6, 7)):
        for length, age, reuse in ((6, 1, 1), (128, 1095, 24)):
            rules = dict.fromkeys(chosen, True) | {
                "minimum_password_length": length,
                "max_password_age": age,
                "password_reuse_prevention": reuse,
            }
            for step in story.plan(policy(**rules)).steps:
                assert_valid(step.call)


def test_an_import_writes_it_and_the_plan_is_empty(story):
    story.iam.given("UpdateAccountPasswordPolicy", **LIVE)
    text = as_text(importing.take(story.iam), whole=True)
    assert all(f"{name}: {str(value).lower()}" in text for name, value in STRICT.items())
    assert seen(story.plan(text)) == {}


@pytest.mark.parametrize("live", [None, LIVE, DEFAULTS], ids=["none", "strict", "defaults"])
def test_an_import_of_any_has_an_empty_plan(story, live):
    if live:
        story.iam.given("UpdateAccountPasswordPolicy", **live)
    text = as_text(importing.take(story.iam), whole=True)
    assert ("password_policy" in text) is bool(live)
    assert seen(story.plan(text)) == {}


def commanded(story, *arguments):
    return main(list(arguments), connect=lambda *_, **__: story.iam)


@pytest.fixture
def at(story, monkeypatch):
    monkeypatch.chdir(story.folder)
    return story


def spec_file(story, text):
    (story.folder / "iamspec.yaml").write_text(text)


def test_a_snapshot_keeps_it(at, capsys):
    at.iam.given("UpdateAccountPasswordPolicy", **LIVE)
    spec_file(at, policy(**STRICT))
    assert commanded(at, "snapshot", "--out", "live.json") == 0
    assert commanded(at, "drift", "--snapshot", "live.json") == 0
    spec_file(at, policy(**STRICT | {"max_password_age": 30}))
    capsys.readouterr()
    assert commanded(at, "drift", "--snapshot", "live.json") == 2
    assert "max_password_age" in capsys.readouterr().out


def test_an_undo_puts_back_what_was(at):
    for before, after in ((LIVE, "account: {password_policy: null}\n"), (None, policy(**STRICT))):
        at.iam.state.password_policy = before and dict(before)
        spec_file(at, after)
        journal = f"{'was' if before else 'none'}.jsonl"
        assert commanded(at, "apply", "--auto-approve", "--account", "123456789012", "--journal", journal) == 0
        assert at.iam.state.password_policy != before
        assert commanded(at, "undo", journal, "--auto-approve") == 0
        assert at.iam.state.password_policy == before


def test_a_saved_plan_sets_it(at):
    spec_file(at, "account: {id: '123456789012', password_policy: {minimum_password_length: 20}}\n")
    assert commanded(at, "plan", "--out", "plan.json") == 0
    assert commanded(at, "apply", "plan.json", "--auto-approve") == 0
    assert at.iam.state.password_policy == DEFAULTS | {"MinimumPasswordLength": 20}


def test_a_saved_plan_is_void_once_somebody_else_has_set_it(at, capsys):
    spec_file(at, "account: {id: '123456789012', password_policy: {minimum_password_length: 20}}\n")
    assert commanded(at, "plan", "--out", "plan.json") == 0
    at.iam.given("UpdateAccountPasswordPolicy", MinimumPasswordLength=8)
    capsys.readouterr()
    assert commanded(at, "apply", "plan.json", "--auto-approve") == 1
    assert "password-policy/account" in capsys.readouterr().err
    assert at.iam.writes == []


def test_a_password_that_is_made_with_a_new_policy_meets_the_new_one(story):
    """Kills: a password by the rules of before, that IAM refuses, or one before the rules are there."""
    text = policy(**STRICT | {"minimum_password_length": 40}) + "users: {alice: {console: true}}\n"
    plan, vault = story.plan(text), Vault()
    assert [step.call.operation for step in plan.steps] == [
        "UpdateAccountPasswordPolicy",
        "CreateUser",
        "CreateLoginProfile",
    ] or [step.call.operation for step in plan.steps] == [
        "CreateUser",
        "UpdateAccountPasswordPolicy",
        "CreateLoginProfile",
    ]
    outcomes = delivered(plan, story.iam, vault)
    assert {one.status for one in outcomes} == {Status.DONE}
    [password] = vault.secrets()
    assert len(password) >= 40
    assert story.plan(text).changes == ()


def test_a_policy_that_cannot_be_read_is_no_policy_that_is_not_there(story):
    """Kills: a plan that shows rules as new because nobody may look."""
    story.iam.fail = lambda call: (
        IamError(call.operation, "AccessDenied", "no") if call.operation == "GetAccountPasswordPolicy" else None
    )
    with pytest.raises(IamError):
        story.plan(policy(**STRICT))


def faults_of(folder, rules):
    return [
        line.partition(": ")[2] for line in faults(folder, {"iamspec.yaml": f"account: {{password_policy: {rules}}}\n"})
    ]


def test_rules_beyond_what_iam_takes_are_told_with_the_bound(tmp_path):
    at = "account.password_policy"
    assert faults_of(
        tmp_path, "{minimum_password_length: 5, max_password_age: 1096, password_reuse_prevention: 25}"
    ) == [
        f'{at}.minimum_password_length: must be at least 6, not "5"',
        f'{at}.max_password_age: must be at most 1095, not "1096"',
        f'{at}.password_reuse_prevention: must be at most 24, not "25"',
    ]
    assert faults_of(tmp_path, "{minimum_password_length: 129, max_password_age: 0, password_reuse_prevention: 0}") == [
        f'{at}.minimum_password_length: must be at most 128, not "129"',
        f'{at}.max_password_age: must be at least 1, not "0"',
        f'{at}.password_reuse_prevention: must be at least 1, not "0"',
    ]
    assert faults_of(tmp_path, "{minimum_password_length: -1, require_symbols: yes, hard_expiry: 'true'}") == [
        f"{at}.minimum_password_length: must be a whole number from 0 on, without quotes",
        f"{at}.require_symbols: must be true or false, without quotes",
        f"{at}.hard_expiry: must be true or false, without quotes",
    ]
    assert faults_of(tmp_path, "{minimum_length: 8}") == [
        f'{at}: unknown key "minimum_length"; did you mean "minimum_password_length"?'
    ]
    assert faults_of(tmp_path, "") == [f"{at}: no value"]
    assert faults_of(tmp_path, "[14]") == [f"{at}: must be a mapping (`key: value` lines), not a list"]
