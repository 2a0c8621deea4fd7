"""Who is suspended: locked out before anything else happens, given nothing meanwhile, and back as before."""

import json
from datetime import UTC, datetime

import pytest
from story import ACCOUNT, ALLOW, AWS, PRUNE, Story, seen

from iamspec.cli import main
from iamspec.commands import importing, suspend
from iamspec.commands.drift import drifted
from iamspec.commands.imported import as_text
from iamspec.errors import IamError, IamspecError
from iamspec.policy.meaning import Verdict
from iamspec.policy.suspension import DENY_ALL, NAME
from iamspec.review.impact import Effect

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
LONGEST = (
    "sessions of roles that it has assumed already live on, until 2026-11-24 15:00 UTC at the latest "
    "(12 hours, the longest that IAM allows); revoke them at the roles if that is too long"
)
LEFT = "is suspended, and the spec says nothing of that: it stays so until `suspended: false` or `iamspec resume`"
TAKEN = "somebody may have taken it away on purpose"
PUT = f"PutUserPolicy PolicyDocument={DENY_ALL.text} PolicyName={NAME} UserName="
LIFT = f"release DeleteUserPolicy PolicyName={NAME} UserName="


@pytest.fixture
def story(tmp_path):
    """Alice with a password, a key, a group and a policy; bob beside her."""
    made = Story(tmp_path)
    made.group("devs", policies=[f"{AWS}ReadOnlyAccess"])
    made.group("ops")
    made.user("alice", groups=["devs"], policies=[f"{AWS}SecurityAudit"])
    made.iam.given("PutUserPolicy", UserName="alice", PolicyName="own", PolicyDocument=json.dumps(ALLOW))
    made.iam.given("CreateLoginProfile", UserName="alice", Password="Correct-horse-7-battery-staple")
    made.iam.given("CreateAccessKey", UserName="alice")
    made.user("bob", groups=["devs"])
    made.iam.state.clock = NOW
    return made


GROUPS = "groups: {devs: {policies: [aws:ReadOnlyAccess]}, ops: {}}\n"
ALICE = "groups: [devs], policies: [aws:SecurityAudit], inline_policies: {own: ALLOW}"


def spec(more="", alice=ALICE, others=", bob: {groups: [devs]}"):
    return f"{GROUPS}users: {{alice: {{{alice}{more}}}{others}}}\n"


def key_of(story, user="alice"):
    return next(iter(story.iam.state.user(user).keys))


def suspended_by_hand(story, user="alice"):
    """As somebody does it in the console, in a hurry: the policy, and nothing else."""
    story.iam.given("PutUserPolicy", UserName=user, PolicyName=NAME, PolicyDocument=DENY_ALL.text)


# The spec says so


def test_suspended_and_back_is_equal_but_for_what_was_announced(story):
    """Kills: a suspension that takes groups or policies, one that grants before it denies, a return that forgets."""
    key, before = key_of(story), story.live("users", "alice")
    assert story.applied(spec(", suspended: true")) == {
        "changes": ["update user/alice: console, access_keys, suspended"],
        "steps": [
            f"lock-out {PUT}alice",
            f"lock-out UpdateAccessKey AccessKeyId={key} Status=Inactive UserName=alice",
            "lock-out DeleteLoginProfile UserName=alice",
        ],
        "notes": [f"user/alice: {LONGEST}"],
    }
    story.iam.calls.clear()
    assert story.applied(spec(", suspended: false")) == {
        "changes": ["update user/alice: suspended"],
        "steps": [f"{LIFT}alice"],
    }
    story.iam.calls.clear()
    after = story.live("users", "alice")
    assert {name: after.get(name) for name in {*before, *after} if after.get(name) != before.get(name)} == {
        "keys": [{"status": "Inactive"}],
        "password": None,
    }
    asked = spec(", suspended: false, access_keys: 1")
    complaint = f"reissue user/alice: exists without an active access key, and would be given {key} again; {TAKEN}"
    told = {
        "changes": ["update user/alice: access_keys"],
        "steps": [f"grant UpdateAccessKey AccessKeyId={key} Status=Active UserName=alice"],
        "notes": [f"user/alice: access key {key} is made active again"],
        "complaints": [complaint],
    }
    assert (seen(story.plan(asked)), story.plan(asked).refused) == (told, True)
    assert story.applied(asked, "reissue:user/alice") == told | {"complaints": [f"allowed {complaint}"]}
    story.iam.given("CreateLoginProfile", UserName="alice", Password="Correct-horse-7-battery-staple")
    assert story.live("users", "alice") == before


def test_a_user_suspended_at_night_stays_so_through_the_morning(story):
    """Kills: an apply that undoes what a responder did an hour ago, or that counts it as drift."""
    suspended_by_hand(story)
    before = story.iam.dump()
    assert story.applied(spec()) == {"notes": [f"user/alice: {LEFT}"]}
    assert not drifted(story.plan(spec()))
    assert story.iam.dump() == before


def test_nothing_is_given_to_a_suspended_user(story):
    """Kills: the morning's apply that makes a new password, a key or a membership for whom a leak has been found."""
    suspended_by_hand(story)
    story.iam.given("DeleteLoginProfile", UserName="alice")
    story.iam.given("UpdateAccessKey", UserName="alice", AccessKeyId=key_of(story), Status="Inactive")
    before = story.iam.dump()
    more = (
        "groups: [devs, ops], policies: [aws:SecurityAudit, aws:AdministratorAccess], "
        "inline_policies: {own: DENY, new: ALLOW}, console: true, access_keys: 2"
    )
    waiting = "is not given while it is suspended: group/ops, AdministratorAccess, new, own"
    assert story.applied(spec(alice=more)) == {"notes": [f"user/alice: {LEFT}", f"user/alice: {waiting}"]}
    assert story.iam.dump() == before


def test_what_is_taken_is_taken_from_a_suspended_user_too(story):
    suspended_by_hand(story)
    assert story.applied(spec(alice="console: false, access_keys: 0")) == {
        "changes": ["update user/alice: groups, policies, inline_policies, console, access_keys"],
        "steps": [
            f"lock-out DeleteAccessKey AccessKeyId={key_of_first(story)} UserName=alice",
            "lock-out DeleteLoginProfile UserName=alice",
            "revoke DeleteUserPolicy PolicyName=own UserName=alice",
            f"revoke DetachUserPolicy PolicyArn={AWS}SecurityAudit UserName=alice",
            "revoke RemoveUserFromGroup GroupName=devs UserName=alice",
        ],
        "notes": [f"user/alice: {LEFT}"],
    }
    assert story.live("users", "alice") == {"path": "/", "inline": {NAME: json.loads(DENY_ALL.text)}}


def key_of_first(story):
    [call] = [call for call in story.iam.writes if "AccessKeyId" in call.params]
    return call.params["AccessKeyId"]


def test_the_password_of_who_is_suspended_by_hand_is_not_taken_by_a_spec_that_is_silent(story):
    suspended_by_hand(story)
    assert seen(story.plan(spec(", console: true, access_keys: 1"))) == {"notes": [f"user/alice: {LEFT}"]}


def test_true_for_who_is_suspended_by_hand_does_the_rest(story):
    suspended_by_hand(story)
    key = key_of(story)
    assert story.applied(spec(", suspended: true")) == {
        "changes": ["update user/alice: console, access_keys"],
        "steps": [
            f"lock-out UpdateAccessKey AccessKeyId={key} Status=Inactive UserName=alice",
            "lock-out DeleteLoginProfile UserName=alice",
        ],
    }


def test_false_for_who_is_not_suspended_is_nothing(story):
    assert story.applied(spec(", suspended: false")) == {}


def test_false_gives_what_has_waited(story):
    suspended_by_hand(story)
    more = "groups: [devs, ops], policies: [aws:SecurityAudit], inline_policies: {own: ALLOW}, suspended: false"
    assert story.applied(spec(alice=more)) == {
        "changes": ["update user/alice: groups, suspended"],
        "steps": ["grant AddUserToGroup GroupName=ops UserName=alice", f"{LIFT}alice"],
    }


def test_a_new_password_after_a_suspension_is_a_complaint(story):
    suspended_by_hand(story)
    story.iam.given("DeleteLoginProfile", UserName="alice")
    plan = story.plan(spec(", suspended: false, console: true"))
    assert (seen(plan)["complaints"], plan.refused) == (
        [f"reissue user/alice: exists without a password, and would be given one; {TAKEN}"],
        True,
    )


def test_another_document_in_its_place_is_no_suspension_and_an_alarm(story):
    """Kills: a name that hides whatever somebody grants under it."""
    story.iam.given("PutUserPolicy", UserName="alice", PolicyName=NAME, PolicyDocument=json.dumps(ALLOW))
    story.iam.given("PutGroupPolicy", GroupName="ops", PolicyName="iamspec-x", PolicyDocument=json.dumps(ALLOW))
    told = (
        "has a name of iamspec's own, and iamspec has not written it: it is in no comparison, so look at what it allows"
    )
    alarms = [
        f"group/ops: its inline policy iamspec-x {told}",
        f"user/alice: its inline policy {NAME} {told}",
    ]
    assert seen(story.plan(spec())) == {"alarms": alarms}
    assert story.applied(spec(", suspended: true"))["steps"][0] == f"lock-out {PUT}alice"
    assert seen(story.plan(spec(", suspended: true"))) == {"alarms": alarms[:1]}


def test_a_suspension_in_other_words_is_one(story):
    document = {"Statement": {"Effect": "Deny", "Action": ["*"], "Resource": ["*"]}, "Version": "2012-10-17"}
    story.iam.given("PutUserPolicy", UserName="alice", PolicyName=NAME, PolicyDocument=json.dumps(document))
    assert seen(story.plan(spec())) == {"notes": [f"user/alice: {LEFT}"]}


# With other changes of the same user


def test_who_is_renamed_is_locked_out_under_the_old_name(story):
    """Kills: a call for a name that nobody has yet."""
    key = key_of(story)
    old = "users: {ann: {renamed_from: alice, " + ALICE + ", suspended: true}, bob: {groups: [devs]}}\n"
    told = story.applied(GROUPS + old)
    assert told["changes"] == ["update user/ann: name, console, access_keys, suspended"]
    assert told["steps"] == [
        f"lock-out {PUT}alice",
        f"lock-out UpdateAccessKey AccessKeyId={key} Status=Inactive UserName=alice",
        "lock-out DeleteLoginProfile UserName=alice",
        "rename UpdateUser NewUserName=ann UserName=alice",
    ]


def test_who_is_suspended_and_renamed_comes_back_under_the_new_name(story):
    suspended_by_hand(story)
    old = "users: {ann: {renamed_from: alice, " + ALICE + ", suspended: false}, bob: {groups: [devs]}}\n"
    assert story.applied(GROUPS + old)["steps"] == ["rename UpdateUser NewUserName=ann UserName=alice", f"{LIFT}ann"]


def test_who_is_made_suspended_has_a_name_and_nothing_else(story):
    """Kills: a user who can sign in for the moment before the Deny."""
    new = ", cid: {groups: [devs], policies: [aws:ReadOnlyAccess], console: true, access_keys: 1, suspended: true}"
    assert story.applied(spec(others=f", bob: {{groups: [devs]}}{new}")) == {
        "changes": ["create user/cid: path, suspended"],
        "steps": ["create CreateUser Path=/ UserName=cid", f"update {PUT}cid"],
    }


def test_who_is_suspended_can_be_deleted(story):
    suspended_by_hand(story)
    key = key_of(story)
    told = story.applied(f"{PRUNE}{spec(alice='').replace('alice: {}, ', '')}")
    assert told["changes"] == [
        "delete user/alice: path, groups, policies, inline_policies, console, access_keys, suspended"
    ]
    assert told["steps"] == [
        f"lock-out DeleteAccessKey AccessKeyId={key} UserName=alice",
        "lock-out DeleteLoginProfile UserName=alice",
        "revoke DeleteUserPolicy PolicyName=own UserName=alice",
        f"revoke DetachUserPolicy PolicyArn={AWS}SecurityAudit UserName=alice",
        "revoke RemoveUserFromGroup GroupName=devs UserName=alice",
        f"{LIFT}alice",
        "delete DeleteUser UserName=alice",
    ]
    assert story.names("users") == ["bob"]


def test_the_lock_out_comes_before_every_other_call(story):
    """Kills: a suspension that waits for twenty grants to other people."""
    text = spec(", suspended: true", others=", bob: {groups: [devs, ops]}, cid: {groups: [ops]}")
    plan = story.plan("policies: {p: {document: ALLOW}}\n" + text)
    assert [step.call.operation for step in plan.steps] == [
        "PutUserPolicy",
        "UpdateAccessKey",
        "DeleteLoginProfile",
        "CreatePolicy",
        "CreateUser",
        "AddUserToGroup",
        "AddUserToGroup",
    ]


def test_who_is_imported_while_suspended_stays_so_and_the_plan_is_empty(story):
    """Kills: an import whose first apply takes a password that nobody has said anything about."""
    suspended_by_hand(story)
    imported = importing.take(story.iam)
    assert imported.skipped == ["user/alice: is suspended, which is left out and so left as it is", *UNREAD]
    assert seen(story.plan(as_text(imported, whole=True))) == {"notes": [f"user/alice: {LEFT}"]}


UNREAD = [
    "1 role: `iamspec import --roles` writes roles, too",
    "identity providers and instance profiles were not read: `iamspec import --roles` writes them, too",
]


# What it does to access, and who objects


def test_the_plan_says_that_a_suspended_user_loses_everything(story):
    plan = story.plan(spec(", suspended: true"))
    [effect] = plan.impact.principals
    assert isinstance(effect, Effect)
    assert (str(effect.address), effect.verdict, len(effect.gained)) == ("user/alice", Verdict.NARROWS, 0)
    assert effect.denied.is_everything
    assert "s3:GetObject" in effect.lost.names


def test_the_plan_says_what_comes_back(story):
    suspended_by_hand(story)
    [effect] = story.plan(spec(", suspended: false")).impact.principals
    assert (str(effect.address), effect.verdict, len(effect.lost)) == ("user/alice", Verdict.WIDENS, 0)
    assert effect.released.is_everything


def complaints(plan):
    return [f"{one.guard} {one.address}: {one.message}" for one in plan.complaints]


ADMIN = f"{AWS}AdministratorAccess"


def test_the_last_administrator_is_not_suspended_without_a_word(story):
    story.user("root", policies=[ADMIN])
    text = spec(others=", bob: {groups: [devs]}, root: {policies: [aws:AdministratorAccess], suspended: true}")
    left = "admin-quorum None: 0 users with full administrator access would be left, fewer than guards.min_admins: 1"
    named = "admin-quorum user/root: is one of guards.administrators, and would be none any more"
    assert complaints(story.plan(text)) == [left]
    assert complaints(story.plan(f"guards: {{administrators: [root]}}\n{text}")) == [left, named]
    assert complaints(suspend.suspending(["root"], story.iam)) == [left]


def test_nobody_suspends_himself_without_a_word(story):
    story.iam.caller_arn = "arn:aws:iam::123456789012:user/alice"
    own = "self-lockout user/alice: these are your own credentials, and they would lose access (user/alice)"
    assert complaints(story.plan(spec(", suspended: true"))) == [own]
    assert complaints(suspend.suspending(["alice"], story.iam)) == [own]
    assert not suspend.suspending(["alice"], story.iam, ["self-lockout"]).refused


def test_who_is_protected_is_not_suspended_without_a_word(story):
    text = f"guards: {{protected: {{users: [alice]}}}}\n{spec(', suspended: true')}"
    lost = "protected user/alice: is protected, and would lose access: access_keys, console, suspended"
    assert complaints(story.plan(text)) == [lost]
    story.iam.state.user("alice").tags["iamspec:protected"] = "yes"
    assert complaints(suspend.suspending(["alice"], story.iam)) == [lost]
    assert not suspend.suspending(["alice"], story.iam, ["protected:user/alice"]).refused


def test_who_is_protected_may_have_a_key_rotated(story):
    story.iam.state.user("alice").keys[key_of(story)].created = datetime(2026, 1, 1, tzinfo=UTC)
    text = f"guards: {{protected: {{users: [alice]}}}}\n{spec(', access_keys: {rotate_after_days: 90}')}"
    assert complaints(story.plan(text)) == []


# The commands


def told(story, *arguments):
    """The output of a command and the calls."""
    code = main([*arguments, "--auto-approve"], connect=lambda *_, **__: story.iam)
    return code, [call.operation for call in story.iam.writes]


@pytest.fixture
def at(story, monkeypatch):
    monkeypatch.chdir(story.folder)
    return story


def test_suspend_and_resume_need_no_spec(at, capsys):
    before = at.live("users", "alice")
    code, made = told(at, "suspend", "ALICE", "bob")  # side by side
    assert (code, sorted(made)) == (0, ["DeleteLoginProfile", "PutUserPolicy", "PutUserPolicy", "UpdateAccessKey"])
    out = capsys.readouterr()
    assert f"user/alice: {LONGEST}" in out.out
    assert "proved: read again, and nothing is left to do for 123456789012" in out.err
    at.iam.calls.clear()
    assert told(at, "suspend", "alice") == (0, [])
    assert "user/alice: is suspended already" in capsys.readouterr().out
    key = key_of(at)
    assert told(at, "resume", "alice") == (0, ["DeleteUserPolicy"])
    out = capsys.readouterr().out
    assert f"user/alice: inactive access keys stay so: {key}; --activate-keys makes them active" in out
    assert "user/alice: has no password" in out
    suspended_by_hand(at)
    at.iam.calls.clear()
    assert told(at, "resume", "Alice", "--activate-keys") == (0, ["UpdateAccessKey", "DeleteUserPolicy"])
    at.iam.given("CreateLoginProfile", UserName="alice", Password="Correct-horse-7-battery-staple")
    assert at.live("users", "alice") == before


def test_who_is_not_suspended_is_not_resumed(at, capsys):
    assert told(at, "resume", "alice", "--activate-keys") == (0, [])
    assert "user/alice: is not suspended" in capsys.readouterr().out


def test_a_name_that_nobody_has_suspends_nobody(at):
    """Kills: the half of a list that is done before the typing error is found."""
    with pytest.raises(IamspecError) as refused:
        suspend.suspending(["bob", "alise"], at.iam)
    assert str(refused.value) == 'no user "alise" is live in account 123456789012; did you mean "alice"?'
    assert told(at, "suspend", "bob", "alise") == (1, [])


@pytest.mark.parametrize("operation", ["PutUserPolicy", "UpdateAccessKey", "DeleteLoginProfile"])
def test_what_fails_of_a_suspension_stops_none_of_the_rest_and_is_made_up_for(at, operation):
    """Kills: a key that stays active at three in the morning, because there was no room for one policy more."""

    def broken(call):
        return IamError(call.operation, "LimitExceeded", "no") if call.operation == operation else None

    at.iam.fail = broken
    assert told(at, "suspend", "alice") == (1, ["PutUserPolicy", "UpdateAccessKey", "DeleteLoginProfile"])
    at.iam.fail = None
    at.iam.calls.clear()
    assert told(at, "suspend", "alice") == (0, [operation])


# Saved, undone, shown as commands


def test_an_undo_of_a_suspension_lifts_it_and_wakes_the_keys(at, capsys):
    before = at.live("users", "alice")
    told(at, "suspend", "alice", "--journal", "j.jsonl")
    capsys.readouterr()
    at.iam.calls.clear()
    code = main(["undo", "j.jsonl", "--auto-approve"], connect=lambda *_, **__: at.iam)
    out = capsys.readouterr().out
    assert (code, at.iam.writes) == (1, [])
    assert "reissue" in out
    assert "user/alice: does not come back: its password" in out
    allowed = ["undo", "j.jsonl", "--auto-approve", "--allow", "reissue:user/alice"]
    assert main(allowed, connect=lambda *_, **__: at.iam) == 0
    at.iam.given("CreateLoginProfile", UserName="alice", Password="Correct-horse-7-battery-staple")
    assert at.live("users", "alice") == before


def test_a_saved_plan_suspends(at, capsys):
    (at.folder / "iamspec.yaml").write_text(ACCOUNT + spec(", suspended: true").replace("ALLOW", json.dumps(ALLOW)))
    connect = {"connect": lambda *_, **__: at.iam}
    assert main(["plan", "--out", "plan.json"], **connect) == 0
    assert main(["apply", "plan.json", "--auto-approve"], **connect) == 0
    assert [call.operation for call in at.iam.writes] == ["PutUserPolicy", "UpdateAccessKey", "DeleteLoginProfile"]
    assert main(["drift"], **connect) == 0
    capsys.readouterr()


def test_as_commands_of_aws_it_is_the_same_calls(at, capsys):
    (at.folder / "iamspec.yaml").write_text(spec(", suspended: true").replace("ALLOW", json.dumps(ALLOW)))
    main(["plan", "--format", "awscli"], connect=lambda *_, **__: at.iam)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("aws ")]
    assert lines == [
        f"aws iam put-user-policy --user-name alice --policy-name {NAME} --policy-document '{DENY_ALL.text}'",
        f"aws iam update-access-key --user-name alice --access-key-id {key_of(at)} --status Inactive",
        "aws iam delete-login-profile --user-name alice",
    ]


def test_a_snapshot_tells_who_is_suspended_and_nothing_of_keys(at, capsys):
    suspended_by_hand(at)
    connect = {"connect": lambda *_, **__: at.iam}
    (at.folder / "iamspec.yaml").write_text(spec(", console: true").replace("ALLOW", json.dumps(ALLOW)))
    assert main(["snapshot", "--out", "live.json"], **connect) == 0
    assert main(["plan", "--snapshot", "live.json"], **connect) == 0
    out = capsys.readouterr().out
    assert f"user/alice: {LEFT}" in out
    assert "user/alice: its password and keys are not known here, so they are not compared" in out
