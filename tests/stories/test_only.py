"""`apply --only expiry,rotation`: what time asks for is run, and nothing else. It only takes away and replaces."""

import json
from datetime import timedelta

import pytest
from story import ACCOUNT, ALLOW, AWS, DENY, OWN, Story, seen

PAST, ALL = "2020-01-01", "expiry,rotation"


@pytest.fixture
def story(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Story(tmp_path)


def applied(story, spec, capsys, *words, only=ALL, code=0):
    """The writes of a run, and what it said."""
    spec = spec.replace("ALLOW", json.dumps(ALLOW)).replace("DENY", json.dumps(DENY))
    (story.folder / "iamspec.yaml").write_text(spec, encoding="utf-8")
    story.iam.calls.clear()
    assert story.run("apply", str(story.folder), "--auto-approve", "--only", only, *words) == code, capsys.readouterr()
    return [f"{one.operation} {one.params.get('UserName', one.params.get('GroupName'))}" for one in story.iam.writes]


def test_ends_are_run_and_every_other_difference_waits(story, capsys):
    """Kills: a nightly run that applies merged changes that wait for a person."""
    for name in ("ops", "devs"):
        story.group(name)
    story.user("ann", groups=["ops", "devs"], policies=[f"{AWS}ReadOnlyAccess"])
    story.user("bob", groups=["ops"])
    story.iam.given("CreateLoginProfile", UserName="bob", Password="Secret-1234567")
    story.user("gone")
    spec = (
        f"{ACCOUNT}prune: true\ngroups: {{ops: {{}}, devs: {{}}, new: {{}}}}\nusers:\n"
        f"  ann: {{path: /x/, groups: [{{name: ops, expires: {PAST}}}, devs, new], policies: "
        f"[{{name: 'aws:ReadOnlyAccess', expires: {PAST}}}, 'aws:IAMReadOnlyAccess']}}\n"
        f"  bob: {{groups: [devs], expires: {PAST}}}\n"
    )
    assert sorted(applied(story, spec, capsys)) == [
        "DeleteLoginProfile bob",
        "DetachUserPolicy ann",
        "PutUserPolicy bob",
        "RemoveUserFromGroup ann",
    ]
    assert "proved: read again" in capsys.readouterr().err
    assert (story.live("users", "ann")["groups"], "gone" in story.names("users")) == (["devs"], True)


def test_who_copies_loses_at_night_what_the_source_loses(story, capsys):
    """Kills: access that ends for a user tonight, and for the copiers of the user with the next apply of a person."""
    for name in ("ann", "bob", "cid"):
        story.user(name, policies=[f"{AWS}ReadOnlyAccess"])
    spec = (
        f"{ACCOUNT}users:\n  ann: {{policies: [{{name: 'aws:ReadOnlyAccess', expires: {PAST}}}]}}\n"
        "  bob: {copy_permissions_from: ann}\n"
        "  cid: {copy_permissions_from: bob, policies: ['aws:ReadOnlyAccess']}\n"
    )
    assert sorted(applied(story, spec, capsys)) == ["DetachUserPolicy ann", "DetachUserPolicy bob"]
    assert seen(story.plan(spec)) == {
        "notes": ["user/ann: the attachment of aws:ReadOnlyAccess has ended at 2020-01-02T00:00:00Z; take the line out"]
    }


def test_an_end_that_would_give_more_is_not_run_and_is_listed(story, capsys):
    """Kills: a date that makes bob an administrator."""
    admin = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    story.policy("leash", document=DENY)
    story.policy("all", document=admin)
    story.group("ops")
    story.user("bob", policies=[f"{OWN}leash", f"{OWN}all"])
    story.user("cid", groups=["ops"])
    spec = (
        f"{ACCOUNT}policies: {{leash: {{document: DENY}}, all: {{external: true}}}}\ngroups: {{ops: {{}}}}\n"
        f"users: {{bob: {{policies: [all, {{name: leash, expires: {PAST}}}]}}, "
        f"cid: {{groups: [{{name: ops, expires: {PAST}}}]}}}}\n"
    )
    assert applied(story, spec, capsys, code=1) == ["RemoveUserFromGroup cid"]
    shown = capsys.readouterr()
    assert "held back: user/bob" in shown.err
    assert "its end would give user/bob more access: a reviewed apply decides on it" in shown.out


def test_a_run_for_the_clock_does_not_speak_for_the_whole_spec(story, capsys):
    """Kills: "is what the spec says" over a membership that time does not ask for."""
    story.user("ann")
    story.group("devs")
    spec = f"{ACCOUNT}users: {{ann: {{groups: [devs]}}}}\ngroups: {{devs: {{}}}}\n"
    assert applied(story, spec, capsys) == []
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["Skipped, as not asked for:", "  user/ann"]
    assert lines[3] == "Nothing to do: all that was asked for in account 123456789012 is what the spec says."


def test_a_rotation_takes_its_next_step_and_makes_no_first_key(story, capsys):
    """Kills: a nightly run that gives keys to whoever lacks one."""
    for name in ("ci", "new"):
        story.user(name)
    story.iam.given("CreateAccessKey", UserName="ci")
    story.iam.state.clock += timedelta(days=91)
    spec = (
        f"{ACCOUNT}users: {{ci: {{access_keys: {{active: 1, rotate_after_days: 90}}, console: true}}, "
        "new: {access_keys: {active: 1, rotate_after_days: 90}}}\n"
    )
    assert applied(story, spec, capsys, only="expiry", code=0) == []
    sink = ("--credentials-out", "age:age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p")
    assert applied(story, spec, capsys, *sink) == ["CreateAccessKey ci", "TagUser ci"]
    assert story.iam.state.user("ci").password is None


@pytest.mark.parametrize("sink", ["stdout", "keys"])
def test_without_a_terminal_no_key_is_left_on_the_machine(story, capsys, sink):
    """Kills: an access key in the log of a nightly job."""
    applied(story, f"{ACCOUNT}users: {{}}\n", capsys, "--credentials-out", sink, code=1)
    assert "would leave keys on this machine; take secretsmanager:PREFIX or age:RECIPIENT" in capsys.readouterr().err


def test_only_is_checked(story, capsys):
    applied(story, f"{ACCOUNT}users: {{}}\n", capsys, only="everything", code=1)
    assert '--only: "everything" is nothing that time asks for' in capsys.readouterr().err


def test_the_role_of_the_clock_may_do_what_the_spec_needs_by_arn(story, capsys):
    """Kills: a nightly role that may make keys for everybody."""
    spec = (
        f"{ACCOUNT}groups: {{ops: {{path: /g/}}}}\nusers:\n"
        "  ci: {path: /bots/, access_keys: {active: 1, rotate_after_days: 90}}\n"
        "  bob: {expires: 2027-01-01}\n"
        "  ann: {groups: [{name: ops, expires: 2027-01-01}], policies: [{name: 'aws:ReadOnlyAccess', expires: 2027-01-01}]}\n"
        "  dan: {groups: [ops], access_keys: 1}\n"
    )
    (story.folder / "iamspec.yaml").write_text(spec, encoding="utf-8")
    assert story.run("permissions", "--for", "clock", str(story.folder)) == 0
    writes = {}
    for one in json.loads(capsys.readouterr().out)["Statement"]:
        for action in [one["Action"]] if isinstance(one["Action"], str) else one["Action"]:
            if not action.split(":")[1].startswith(("Get", "List", "Describe", "Generate")):
                found = one["Resource"]
                writes.setdefault(action, set()).update([found] if isinstance(found, str) else found)
    arn = "arn:aws:iam::123456789012:"
    assert writes == {
        "iam:CreateAccessKey": {f"{arn}user/bots/ci"},
        "iam:UpdateAccessKey": {f"{arn}user/bots/ci", f"{arn}user/bob"},
        "iam:DeleteAccessKey": {f"{arn}user/bots/ci"},
        "iam:TagUser": {f"{arn}user/bots/ci"},
        "iam:PutUserPolicy": {f"{arn}user/bob"},
        "iam:DeleteLoginProfile": {f"{arn}user/bob"},
        "iam:RemoveUserFromGroup": {f"{arn}group/g/ops"},
        "iam:DetachUserPolicy": {f"{arn}user/ann"},
    }
