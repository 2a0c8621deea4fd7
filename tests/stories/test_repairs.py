"""Repairs: a forgotten password, a leaked key, a lost phone; and all that a help desk must not be talked into."""

import csv
import io
import json
import sys
from datetime import timedelta

import pytest
from fake.state import Credential
from journals import lines, undoing
from story import ACCOUNT, AWS, QUARANTINE, Story
from vault import delivered

from iamspec.errors import IamError

ADMIN = f"{AWS}AdministratorAccess"
PASSWORD = "Correct-horse-7-battery-staple"
SPEC = f"""{ACCOUNT}guards: {{min_admins: 0}}
users:
  ann: {{console: true, access_keys: {{active: 1, overlap_days: 7}}}}
  bob: {{}}
"""
DAY = timedelta(days=1)


@pytest.fixture
def story(tmp_path, monkeypatch):
    """Ann with a password, a key and a virtual MFA device, all of long ago; the spec is where the commands run."""
    monkeypatch.chdir(tmp_path)
    story = Story(tmp_path)
    for name in ("ann", "bob"):
        story.user(name)
    give(story, "ann")
    write(story, SPEC)
    story.iam.state.clock += 100 * DAY
    return story


def give(story, name):
    story.iam.given("CreateLoginProfile", UserName=name, Password=PASSWORD)
    story.iam.given("CreateAccessKey", UserName=name)
    serial = story.iam.account.arn(f"mfa/{name}")
    story.iam.state.user(name).mfa[serial] = Credential(serial, story.iam.state.tick())


def write(story, spec):
    (story.folder / "iamspec.yaml").write_text(spec, encoding="utf-8")


def ann(story):
    return story.iam.state.user("ann")


def keys(story):
    return {one.id: one.status for one in ann(story).keys.values()}


def called(story):
    return [call.operation for call in story.iam.writes]


def typed(monkeypatch, *answers):
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{one}\n" for one in answers)))


def refusal(story, capsys, *words):
    """The last line of a command that was refused, after which nothing has been written."""
    assert story.run(*words, "--auto-approve") == 1
    assert story.iam.writes == []
    return capsys.readouterr().err.splitlines()[-1]


OUT = ("--credentials-out", "out", "--auto-approve")


# A forgotten password


def test_a_new_password_is_delivered_and_set(story, capsys):
    assert story.run("reset-password", "ann", *OUT) == 0
    (row,) = csv.DictReader(io.StringIO((story.folder / "out" / "ann.csv").read_text(encoding="utf-8")))
    assert (ann(story).password.text, ann(story).password.reset_required) == (row["Password"], True)
    assert row["Password"] != PASSWORD
    assert called(story) == ["TagUser", "UpdateLoginProfile"]
    out = capsys.readouterr()
    assert "console: a password → a new password" in out.out
    sessions = (
        "user/ann: sessions that are open now go on; if an intruder may have one, lock the user out first: "
        "iamspec suspend ann"
    )
    assert sessions in " ".join(out.out.split())
    assert row["Password"] not in out.out + out.err


def test_an_address_is_a_name(story):
    assert story.run("reset-password", "user/ann", *OUT) == 0
    assert called(story) == ["TagUser", "UpdateLoginProfile"]


def test_without_a_sink_no_password_is_set(story, capsys):
    """Kills: a password without an owner, and the advice to defer the only call of the plan."""
    last = refusal(story, capsys, "reset-password", "ann")
    assert last.startswith("error: this plan makes secrets, and there is no place for them (user/ann: a new password)")
    assert "--defer-credentials" not in last


def test_a_password_that_iam_refuses_stays_out_of_the_sink(story):
    story.iam.fail = lambda call: (
        IamError(call.operation, "AccessDenied", "no") if call.operation == "UpdateLoginProfile" else None
    )
    assert story.run("reset-password", "ann", *OUT) == 1
    assert (ann(story).password.text, list((story.folder / "out").iterdir())) == (PASSWORD, [])


def test_after_an_unclear_answer_the_new_password_is_kept_and_said_to_be_uncertain(story, capsys):
    """Kills: a user who is locked out, because the password that may be set was thrown away."""
    story.iam.fail = lambda call: (
        IamError(call.operation, "Unclear", "timeout") if call.operation == "UpdateLoginProfile" else None
    )
    assert story.run("reset-password", "ann", *OUT) == 1
    assert ann(story).password.text == PASSWORD
    assert (story.folder / "out" / "ann.csv").exists()
    assert "it is not known whether ann has the new password; reset it again" in capsys.readouterr().err


def test_the_journal_of_a_reset_has_no_password_and_says_at_undo_what_is_lost(story, capsys):
    assert story.run("reset-password", "ann", *OUT, "--journal", "j.jsonl") == 0
    text = (story.folder / "j.jsonl").read_text(encoding="utf-8")
    assert ann(story).password.text not in text
    assert [one["operation"] for one in lines("j.jsonl") if one["record"] == "call"] == called(story)
    back = undoing("j.jsonl", story.iam)
    assert (back.steps, back.notes) == ((), ("user/ann: does not come back: its old password",))


def test_a_complaint_is_lifted_by_the_name_of_a_user_as_well(story):
    """Kills: `--allow takeover:ann` that lifts nothing and says nothing."""
    assert story.run("remove-mfa", "ann", "--auto-approve") == 0
    assert story.run("reset-password", "ann", *OUT, "--allow", "takeover:ann") == 0


# A leaked key


def test_a_key_is_replaced_and_the_old_one_works_for_the_overlap(story, capsys):
    (old,) = keys(story)
    assert story.run("replace-key", "ann", *OUT) == 0
    (new,) = keys(story).keys() - {old}
    assert keys(story) == {old: "Active", new: "Active"}
    assert ann(story).tags["iamspec:rotation"] == new
    assert f"{old} works for up to 7 days more" in capsys.readouterr().out
    assert story.run("drift", ".") == 0
    story.iam.state.clock += 8 * DAY
    assert delivered(story.plan(SPEC), story.iam)[0].step.call.operation == "UpdateAccessKey"
    assert keys(story) == {old: "Inactive", new: "Active"}


def test_a_leaked_key_sleeps_before_the_new_one_is_made(story):
    (old,) = keys(story)
    assert story.run("replace-key", "ann", "--leaked", *OUT) == 0
    assert called(story) == ["UpdateAccessKey", "CreateAccessKey", "TagUser"]
    (new,) = keys(story).keys() - {old}
    assert keys(story) == {old: "Inactive", new: "Active"}
    assert story.run("apply", ".", "--auto-approve") == 0
    assert keys(story) == {old: "Inactive", new: "Active"}


def test_a_replaced_key_is_taken_back(story):
    before = keys(story)
    assert story.run("replace-key", "ann", "--leaked", *OUT, "--journal", "j.jsonl") == 0
    delivered(undoing("j.jsonl", story.iam, "reissue:user/ann"), story.iam)
    assert keys(story) == before


def test_one_key_of_two_is_made_inactive(story):
    story.iam.given("CreateAccessKey", UserName="ann")
    first, second = keys(story)
    assert story.run("deactivate-key", second, "--auto-approve") == 0
    assert keys(story) == {first: "Active", second: "Inactive"}


def test_the_last_key_of_the_spec_would_wake_up_again(story, capsys):
    """Kills: a leaked key that the next apply makes active."""
    (only,) = keys(story)
    assert refusal(story, capsys, "deactivate-key", only) == (
        f"error: user/ann needs 1 active access keys by the spec, so the next apply would wake {only} again; "
        "iamspec replace-key ann --leaked; nothing was changed"
    )


def test_a_key_of_nobody_here_is_refused(story, capsys):
    assert "no user of this account is known to have the access key AKIA0000000000009999" in refusal(
        story, capsys, "deactivate-key", "AKIA0000000000009999"
    )


def test_what_is_no_id_of_a_key_is_refused_before_iam_is_asked(story, capsys):
    """Kills: the words of a library about its parameters."""
    told = "error: AKIAX is no id of an access key, which looks like AKIAIOSFODNN7EXAMPLE"
    assert refusal(story, capsys, "deactivate-key", "AKIAX") == told


# A lost phone


def test_a_lost_device_is_removed_with_its_name(story, capsys):
    serial = story.iam.account.arn("mfa/ann")
    assert story.run("remove-mfa", "ann", "--auto-approve") == 0
    assert called(story) == ["TagUser", "DeactivateMFADevice", "DeleteVirtualMFADevice"]
    assert ann(story).mfa == {}
    out = capsys.readouterr()
    assert f"mfa devices: - {serial}" in out.out
    assert "proved: read again" in out.err


def test_of_several_devices_the_lost_one_is_named(story, capsys):
    story.iam.add_credentials("bob")
    first, second = sorted(story.iam.state.user("bob").mfa)
    last = refusal(story, capsys, "remove-mfa", "bob")
    assert last.startswith("error: user/bob has 2 MFA devices; name the lost device with --device: ")
    assert refusal(story, capsys, "remove-mfa", "bob", "--device", "x").startswith(
        "error: user/bob has no MFA device x;"
    )
    assert story.run("remove-mfa", "bob", "--device", second, "--auto-approve", "--allow", "takeover:user/bob") == 0
    assert sorted(story.iam.state.user("bob").mfa) == [first]


def test_a_device_that_iam_still_lists_is_an_error(story, capsys, monkeypatch):
    """Kills: a proof that looks at nothing."""
    monkeypatch.setitem(sys.modules["fake.client"].WRITING, "deactivate_mfa_device", lambda *_, **__: None)
    monkeypatch.setitem(sys.modules["fake.client"].WRITING, "delete_virtual_mfa_device", lambda *_, **__: None)
    assert story.run("remove-mfa", "ann", "--auto-approve") == 1
    assert "every call succeeded, but IAM still lists arn:aws:iam::123456789012:mfa/ann" in capsys.readouterr().err


# Taking a user over


BOTH = [("remove-mfa", "ann"), ("reset-password", "ann", "--credentials-out", "out")]


@pytest.mark.parametrize("order", [BOTH, BOTH[::-1]], ids=["phone first", "password first"])
def test_a_device_and_a_password_within_a_day_are_a_takeover(story, capsys, order):
    """Kills: a help desk that hands a user over in two calls."""
    first, second = order
    assert story.run(*first, "--auto-approve") == 0
    story.iam.state.clock += timedelta(hours=23)
    made = len(story.iam.writes)
    assert story.run(*second, "--auto-approve") == 1
    assert "takeover" in capsys.readouterr().out
    assert len(story.iam.writes) == made
    assert story.run(*second, "--auto-approve", "--allow", "takeover:user/ann") == 0


@pytest.mark.parametrize("order", [BOTH, BOTH[::-1]], ids=["phone first", "password first"])
def test_after_a_day_the_second_repair_is_no_complaint(story, order):
    first, second = order
    assert story.run(*first, "--auto-approve") == 0
    story.iam.state.clock += timedelta(hours=25)
    assert story.run(*second, "--auto-approve") == 0


def test_an_apply_that_gives_a_password_is_a_takeover_as_well(story):
    assert story.run("remove-mfa", "ann", "--auto-approve") == 0
    story.iam.given("DeleteLoginProfile", UserName="ann")
    guards = [one.guard for one in story.plan(SPEC).complaints]
    assert guards == ["reissue", "takeover"]


def test_a_password_of_today_and_a_device_are_a_takeover_whoever_gave_it(story):
    story.iam.given("DeleteLoginProfile", UserName="ann")
    story.iam.given("CreateLoginProfile", UserName="ann", Password=PASSWORD)
    assert story.run("remove-mfa", "ann", "--auto-approve") == 1


# Who may not be repaired


EVERYTHING = [
    ("reset-password", "ann", "--credentials-out", "out"),
    ("replace-key", "ann", "--credentials-out", "out"),
    ("remove-mfa", "ann"),
]
REFUSED = {
    "another account": (
        SPEC.replace("123456789012", "210987654321"),
        "this spec is for account 210987654321, but the credentials are for 123456789012; nothing was compared",
    ),
    "an undeclared user": (
        SPEC.replace("  ann:", "  ant:"),
        'user/ann is not declared in the spec; did you mean "ant"?',
    ),
    "an external user": (
        f"{ACCOUNT}users: {{ann: {{external: true}}}}\n",
        "user/ann is external in the spec, so iamspec never changes it",
    ),
    "a user that the spec suspends": (
        SPEC.replace("{console", "{suspended: true, console"),
        "user/ann is suspended; iamspec resume ann lifts that",
    ),
    "a user who has expired": (
        SPEC.replace("{console", "{expires: 2026-01-02, console"),
        "user/ann expired at 2026-01-03T00:00:00Z",
    ),
}


@pytest.mark.parametrize("words", EVERYTHING, ids=lambda words: words[0])
@pytest.mark.parametrize("case", REFUSED)
def test_no_repair_for_whom_the_spec_does_not_want(story, capsys, case, words):
    spec, message = REFUSED[case]
    write(story, spec)
    assert message in refusal_text(story, capsys, *words)


@pytest.mark.parametrize("words", EVERYTHING, ids=lambda words: words[0])
def test_no_repair_of_a_user_who_is_out_of_scope(story, capsys, words):
    story.iam.given("UpdateUser", UserName="ann", NewPath="/partners/")
    write(story, f"scope: {{exclude: {{users: [/partners/*]}}}}\n{SPEC}")
    assert "user/ann is out of scope: scope.exclude names it" in refusal_text(story, capsys, *words)


def refusal_text(story, capsys, *words):
    assert story.run(*words, "--auto-approve") == 1
    assert story.iam.writes == []
    return capsys.readouterr().err


@pytest.mark.parametrize("words", EVERYTHING, ids=lambda words: words[0])
def test_no_repair_for_a_suspended_or_quarantined_user(story, capsys, words):
    story.iam.given("AttachUserPolicy", UserName="ann", PolicyArn=QUARANTINE)
    assert "user/ann is in quarantine, because AWS found a key of it" in refusal_text(story, capsys, *words)
    story.iam.given("DetachUserPolicy", UserName="ann", PolicyArn=QUARANTINE)
    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    story.iam.given("PutUserPolicy", UserName="ann", PolicyName="iamspec-suspended", PolicyDocument=json.dumps(deny))
    assert "user/ann is suspended" in refusal_text(story, capsys, *words)


SAYS_OTHERWISE = {
    "no console": (
        ("reset-password", "ann", "--credentials-out", "out"),
        "console: false",
        "has `console: false` in the spec",
    ),
    "no keys": (
        ("replace-key", "ann", "--credentials-out", "out"),
        "access_keys: 0",
        "has `access_keys: 0` in the spec",
    ),
    "two keys": (
        ("replace-key", "ann", "--credentials-out", "out"),
        "access_keys: 2",
        "has `access_keys: 2` in the spec",
    ),
}


@pytest.mark.parametrize("case", SAYS_OTHERWISE)
def test_no_repair_against_the_spec(story, capsys, case):
    words, wanted, message = SAYS_OTHERWISE[case]
    write(story, f"{ACCOUNT}users: {{ann: {{{wanted}}}}}\n")
    assert message in refusal_text(story, capsys, *words)


def test_no_repair_where_there_is_nothing_to_repair(story, capsys):
    bob = [(*words[:1], "bob", *words[2:]) for words in EVERYTHING]
    found = [refusal_text(story, capsys, *words).splitlines()[-1] for words in bob]
    assert found == [
        "error: user/bob has no password; an apply makes one if the spec says `console: true`; nothing was changed",
        "error: user/bob has no access key; an apply makes one if the spec says `access_keys: 1`; nothing was changed",
        "error: user/bob has no MFA device; nothing was changed",
    ]


def test_a_third_key_has_no_room(story, capsys):
    story.iam.given("CreateAccessKey", UserName="ann")
    assert "IAM has no room for a third" in refusal_text(story, capsys, *EVERYTHING[1])


# Administrators


@pytest.mark.parametrize(
    ("answers", "code"),
    [([], 1), (["yes"], 1), (["bob"], 1), (["ann"], 0), (["user/ann"], 0), (["yes", "ann"], 0)],
    ids=["nothing", "yes", "another name", "the name", "the address", "yes and the name"],
)
@pytest.mark.parametrize("auto", [(), ("--auto-approve",)], ids=["asked", "auto-approved"])
def test_the_name_of_an_administrator_is_typed(story, monkeypatch, answers, code, auto):
    """Kills: an administrator's password in a script."""
    story.iam.given("AttachUserPolicy", UserName="ann", PolicyArn=ADMIN)
    write(story, SPEC.replace("{console", "{policies: [aws:AdministratorAccess], console"))
    typed(monkeypatch, *answers)
    assert story.run("reset-password", "ann", "--credentials-out", "out", *auto) == code
    assert (ann(story).password.text == PASSWORD) is bool(code)


def test_a_user_who_is_no_administrator_is_agreed_to_with_yes(story, monkeypatch):
    typed(monkeypatch, "yes")
    assert story.run("remove-mfa", "ann") == 0


def test_the_guards_look_at_a_repair(story, capsys):
    """Kills: a repair that cuts off whoever runs it."""
    story.iam.given("CreateAccessKey", UserName="ann")
    story.iam.caller_arn = story.iam.account.arn("user/ann")
    key = list(keys(story))[1]
    ann(story).keys[key].used = story.iam.state.clock
    assert story.run("deactivate-key", key, "--auto-approve") == 1
    assert "self-lockout" in capsys.readouterr().out


def test_a_part_of_a_spec_is_refused_with_the_command_to_run(story, capsys):
    part = story.folder / "users"
    part.mkdir()
    (part / "more.yaml").write_text("users: {zoe: {}}\n", encoding="utf-8")
    assert story.run("reset-password", "zoe", "--spec", "users", *OUT) == 1
    assert f"iamspec reset-password --spec {story.folder} zoe" in capsys.readouterr().err
