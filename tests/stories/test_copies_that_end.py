"""Users that copy a user who is suspended or has ended: their changes wait, and nothing else does."""

from datetime import date

import pytest
from story import ACCOUNT, ALLOW, OWN, PRUNE, Story, seen

from iamspec.commands.options import Options
from iamspec.commands.plan import plan as plan_of
from iamspec.commands.validate import validate
from iamspec.policy.suspension import DENY_ALL, NAME

PAST, FUTURE = "2025-06-01", "2031-01-01"  # the account in memory begins in 2026
SPEC = """\
groups: {devs: {}, ops: {}}
policies: {deploy: {document: ALLOW}}
users:
  alice: {groups: [devs], policies: [deploy], WHY}
  dan: {copy_permissions_from: alice, groups: [ops], policies: [aws:ReadOnlyAccess]}
  eve: {copy_permissions_from: dan}
  fay: {groups: [ops]}
"""
HELD = "which WHY: only the changes of this user are held back; name another user in copy_permissions_from"


@pytest.fixture
def story(tmp_path, monkeypatch):
    """Everybody as the spec said before alice ended, apart from eve, who is new."""
    monkeypatch.chdir(tmp_path)
    story = Story(tmp_path)
    story.group("devs")
    story.group("ops")
    story.policy("deploy")
    story.user("alice", groups=["devs"], policies=[f"{OWN}deploy"])
    story.user("dan", groups=["devs"], policies=[f"{OWN}deploy"])
    story.user("fay")
    story.iam.calls.clear()
    return story


WAYS = {
    "ended": (f"expires: {PAST}", f"ended at {PAST[:-1]}2T00:00:00Z"),
    "suspended": ("suspended: true", "is suspended"),
}


@pytest.mark.parametrize(("line", "why"), WAYS.values(), ids=WAYS)
def test_the_copiers_wait_and_everybody_else_does_not(story, line, why):
    """Kills: a user who never ends because another user copies permissions from them, and a night without any other end."""
    plan = story.plan(ACCOUNT + SPEC.replace("WHY", line))
    told = seen(plan)
    held = HELD.replace("WHY", why)
    assert told["changes"] == ["update user/alice: suspended", "update user/fay: groups"]
    assert told["complaints"] == [
        f"copy-ended user/dan: copies user/alice, {held}",
        f"copy-ended user/eve: copies user/alice, {held}",
    ]
    assert (plan.refused, [str(one) for one in plan.held_back]) == (False, ["user/dan", "user/eve"])


def test_plan_drift_and_apply_exit_with_1_and_apply_runs_the_rest(story, capsys):
    """Kills: exit code 0 for half a plan."""
    story.plan(ACCOUNT + SPEC.replace("WHY", f"expires: {PAST}"))
    path = str(story.folder / "iamspec.yaml")
    assert story.run("plan", path) == 1
    assert "on hold  copy-ended  user/dan: copies user/alice" in capsys.readouterr().out
    assert story.run("drift", path) == 2
    assert story.run("apply", path, "--auto-approve") == 1
    err = capsys.readouterr().err
    assert "proved: read again, and nothing is left to do" in err
    assert err.endswith("held back: user/dan, user/eve; all other changes are planned (guard copy-ended)\n")
    assert story.live("users", "fay")["groups"] == ["ops"]
    assert story.live("users", "dan") == {"path": "/", "groups": ["devs"], "attached": [f"{OWN}deploy"]}
    assert "eve" not in story.names("users")
    assert story.run("drift", path) == 1
    assert capsys.readouterr().err.endswith("(guard copy-ended)\n")


def test_lifted_the_copiers_get_what_is_written(story):
    """Kills: a complaint that nobody can lift."""
    spec = ACCOUNT + SPEC.replace("WHY", f"expires: {PAST}")
    plan = story.plan(spec, "copy-ended:user/dan", "copy-ended:user/eve")
    assert [str(one.address) for one in plan.changes] == ["user/alice", "user/dan", "user/eve", "user/fay"]
    assert [one.allowed for one in plan.complaints] == [True, True]
    assert plan.held_back == ()


def test_a_copier_that_is_suspended_is_suspended(story):
    """Kills: a suspension that is held back with the grants."""
    spec = ACCOUNT + SPEC.replace("WHY", f"expires: {PAST}").replace(
        "copy_permissions_from: alice,", "copy_permissions_from: alice, suspended: true,"
    )
    changes = {
        str(one.address): [difference.field for difference in one.differences] for one in story.plan(spec).changes
    }
    assert changes["user/dan"] == ["suspended"]
    story.applied(spec)
    assert story.live("users", "dan")["groups"] == ["devs"]


def test_what_a_copier_holds_is_not_deleted_under_it(story):
    """Kills: a deletion that IAM refuses, because the copier still has the policy."""
    spec = f"{PRUNE}users:\n  alice: {{expires: {PAST}}}\n  dan: {{copy_permissions_from: alice}}\n  fay: {{}}\n"
    plan = story.plan(spec)
    kept = {str(one.address): one.reason for one in plan.plan.kept}
    assert kept == {
        "group/devs": "user/dan, whose changes are held back, is in it",
        "policy/deploy": "user/dan, whose changes are held back, attaches it",
    }
    story.applied(spec)
    assert story.names("policies") == ["deploy"]


def test_a_target_elsewhere_hears_nothing_of_copiers(story):
    spec = ACCOUNT + SPEC.replace("WHY", f"expires: {PAST}")
    story.plan(spec)
    made = plan_of([str(story.folder)], story.iam, Options(targets=("user/fay",)))
    assert (made.complaints, made.held_back) == ((), ())


def warned(story, line, today):
    story.plan(ACCOUNT + SPEC.replace("WHY", line).replace("ALLOW", str(ALLOW).replace("'", '"')))
    _, warnings = validate([str(story.folder)], today)
    return [f"{one.where}: {one.message}" for one in warnings]


CURE = "name another user in copy_permissions_from"
WARNINGS = {
    "suspended": (
        "suspended: true",
        date(2026, 1, 1),
        [
            f"user/dan: copy_permissions_from: user/alice is suspended: plan holds back all changes of user/dan (copy-ended); {CURE}",
            f"user/eve: copy_permissions_from: user/alice is suspended: plan holds back all changes of user/eve (copy-ended); {CURE}",
        ],
    ),
    "31 days before": (f"expires: {FUTURE}", date(2030, 12, 2), []),
    "30 days before": (
        f"expires: {FUTURE}",
        date(2030, 12, 3),
        [
            f"user/dan: copy_permissions_from: user/alice ends at 2031-01-02T00:00:00Z: changes of user/dan are held back from then on; {CURE}"
        ],
    ),
    "after the end": (
        f"expires: {FUTURE}",
        date(2031, 1, 2),
        [
            f"user/dan: copy_permissions_from: user/alice ended at 2031-01-02T00:00:00Z: plan holds back all changes of user/dan (copy-ended); {CURE}",
            f"user/eve: copy_permissions_from: user/alice ended at 2031-01-02T00:00:00Z: plan holds back all changes of user/eve (copy-ended); {CURE}",
        ],
    ),
    "no day": (f"expires: {PAST}", None, []),
}


@pytest.mark.parametrize(("line", "today", "expected"), WARNINGS.values(), ids=WARNINGS)
def test_validate_warns_from_thirty_days_before(story, line, today, expected):
    assert warned(story, line, today) == expected


# Ends of a Deny


LEASH = '{Version: 2012-10-17, Statement: [{Effect: Deny, Action: "iam:*", Resource: "*"}]}'
BOUND = f"""\
groups:
  admins: {{policies: [aws:AdministratorAccess]}}
  leashed: {{policies: [leash]}}
policies: {{leash: {{document: {LEASH}}}, allow: {{document: ALLOW}}}}
"""
BOTH = "users: {bob: {groups: [admins, kept]}, ann: {groups: [admins, kept]}}\n"
ENDS = {
    "an attachment": (
        "users: {bob: {groups: [admins], policies: [{name: leash, expires: PAST}]}}\n",
        ("user/bob", "the attachment of leash", "user/bob"),
    ),
    "a membership": (
        "users: {bob: {groups: [admins, {name: leashed, expires: PAST}]}}\n",
        ("user/bob", "its membership of leashed", "user/bob"),
    ),
    "an attachment of a group": (
        f"{BOTH}groups:\n  kept: {{policies: [{{name: leash, expires: PAST}}]}}\n",
        ("group/kept", "the attachment of leash", "user/ann, user/bob"),
    ),
    "a member of a closed group": (
        "users: {bob: {groups: [admins]}}\ngroups:\n  kept: {policies: [leash], members: [{name: bob, expires: PAST}]}\n",
        ("user/bob", "its membership of kept", "user/bob"),
    ),
}


def leashed(lines, end):
    """The spec with its ends; groups of its own stand beside the others."""
    users, _, groups = lines.replace("PAST", end).partition("groups:\n")
    return ACCOUNT + BOUND.replace("groups:\n", f"groups:\n{groups}") + users


@pytest.fixture
def bound(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Story(tmp_path)


@pytest.mark.parametrize(("lines", "told"), ENDS.values(), ids=ENDS)
def test_the_end_of_a_deny_is_a_complaint_that_names_who_gains(bound, lines, told):
    """Kills: an administrator made by a date, in a run that nobody watches."""
    bound.applied(leashed(lines, FUTURE))
    bound.iam.calls.clear()
    plan = bound.plan(leashed(lines, PAST))
    address, what, who = told
    message = f"{what} has ended at 2025-06-02T00:00:00Z, and with it a Deny: {who} would gain access; "
    assert seen(plan)["complaints"] == [f"ended-deny {address}: {message}write a later end, or allow the grant"]
    assert plan.refused
    assert not bound.plan(leashed(lines, PAST), f"ended-deny:{address}").refused


@pytest.mark.parametrize(
    "grant", ["policies: [{name: leash, expires: PAST}]", "groups: [{name: leashed, expires: PAST}]"]
)
def test_the_end_of_a_deny_that_is_copied_is_a_complaint_about_the_copier(bound, grant):
    """Kills: bob, made an administrator by the end of a Deny of ann."""
    lines = f"users: {{ann: {{{grant}}}, bob: {{groups: [admins], copy_permissions_from: ann}}}}\n"
    bound.applied(leashed(lines, FUTURE))
    bound.iam.calls.clear()
    found = [one for one in bound.plan(leashed(lines, PAST)).complaints if str(one.address) == "user/bob"]
    assert [one.guard for one in found] == ["ended-deny"]
    assert "user/bob would gain access" in found[0].message


def test_the_end_of_an_allow_is_none(bound):
    """Kills: a complaint about what only takes away, or about a grant that has nothing to do with an end."""
    lines = (
        "users: {bob: {groups: [admins, {name: leashed, expires: FUTURE}], policies: [{name: allow, expires: PAST}]}}\n"
    )
    bound.applied(leashed(lines.replace("FUTURE", FUTURE), FUTURE))
    bound.iam.calls.clear()
    assert "complaints" not in seen(bound.plan(leashed(lines.replace("FUTURE", FUTURE), PAST)))


def test_a_deny_that_stays_in_another_way_is_none(bound):
    lines = "users: {bob: {groups: [admins, leashed], policies: [{name: leash, expires: PAST}]}}\n"
    bound.applied(leashed(lines, FUTURE))
    bound.iam.calls.clear()
    assert "complaints" not in seen(bound.plan(leashed(lines, PAST)))


def test_a_saved_plan_with_the_end_of_a_deny_is_judged_again(bound, capsys):
    """Kills: a plan file that runs what apply would have refused."""
    lines = ENDS["an attachment"][0]
    bound.applied(leashed(lines, FUTURE))
    bound.plan(leashed(lines, PAST))
    assert bound.run("plan", ".", "--out", "plan.json") == 1
    assert bound.run("apply", "plan.json", "--auto-approve") == 1
    assert "ended-deny  user/bob" in capsys.readouterr().out
    assert bound.run("apply", "plan.json", "--auto-approve", "--allow", "ended-deny:user/bob") == 0


SAYS = {
    ("plan", "text"): "Nothing to do in account 123456789012; left alone: 1 held back.",
    ("plan", "markdown"): "### iamspec: nothing to do in account 123456789012; 1 held back",
    ("plan", "html"): "<p>Nothing to do in account 123456789012; left alone: 1 held back.</p>",
    ("drift", "text"): "No drift in account 123456789012; left alone: 1 held back.",
    ("drift", "markdown"): "### iamspec: no drift in account 123456789012; 1 held back",
    ("drift", "html"): "<p>No drift in account 123456789012; left alone: 1 held back.</p>",
}


@pytest.mark.parametrize(("command", "how"), SAYS)
def test_no_report_calls_an_account_what_the_spec_says_while_changes_are_held_back(tmp_path, capsys, command, how):
    """Kills: "No drift" about a user without a comparison."""
    story = Story(tmp_path)
    story.user("alice")
    story.user("dan")
    story.iam.given("PutUserPolicy", UserName="alice", PolicyName=NAME, PolicyDocument=DENY_ALL.text)
    spec = f"{ACCOUNT}users: {{alice: {{suspended: true}}, dan: {{copy_permissions_from: alice}}}}\n"
    (story.folder / "iamspec.yaml").write_text(spec, encoding="utf-8")
    assert story.run(command, str(story.folder), "--format", how) == 1
    assert SAYS[command, how] in capsys.readouterr().out.splitlines()
