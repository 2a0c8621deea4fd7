"""Every guard: the refusal, in plan and apply, its words, and the way past it."""

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from story import ACCOUNT, ALLOW, AWS, DENY, OWN, PRUNE, Story, seen

from iamspec.cli import main
from iamspec.errors import IamError, IamspecError
from iamspec.review.guard import GUARDS
from iamspec.saved.plan_document import plan_document

ADMIN, QUARANTINE = f"{AWS}AdministratorAccess", f"{AWS}AWSCompromisedKeyQuarantineV2"
NARROW = "{Version: '2012-10-17', Statement: {Effect: Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*'}}"


@pytest.fixture
def story(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Story(tmp_path)


def caller(story, name="ann"):
    story.iam.caller_arn = f"arn:aws:iam::123456789012:{name}"


@dataclass(frozen=True)
class Case:
    """An account and a spec that a guard complains about: what it says, and the words that lift it."""

    guard: str
    given: object
    spec: str
    says: tuple
    allow: tuple


def _last_admin(story):
    story.user("ann", policies=[ADMIN])


def _two_admins(story):
    story.user("ann", policies=[ADMIN])
    story.user("bob", policies=[ADMIN])


def _crossed(story):
    """Two policies of one user, each with the Deny that the other one is to have."""
    story.policy("p", document=_allow_but("s3:PutObject"))
    story.policy("q", document=_allow_but("s3:GetObject"))
    story.user("ann", policies=[f"{OWN}p", f"{OWN}q"])


def _allow_but(denied):
    statements = [("Allow", "s3:*"), ("Deny", denied)]
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": effect, "Action": action, "Resource": "*"} for effect, action in statements],
    }


CROSSED = (
    f"policies: {{p: {{document: {json.dumps(_allow_but('s3:GetObject'))}}}, "
    f"q: {{document: {json.dumps(_allow_but('s3:PutObject'))}}}}}\nusers: {{ann: {{policies: [p, q]}}}}\n"
)


def _own_user(story):
    story.user("ann", policies=[f"{AWS}ReadOnlyAccess"])
    caller(story, "user/ann")


def _own_role(story):
    story.policy("deploy")
    story.iam.add_role("deployer", "/ci/", attached=[f"{OWN}deploy"])
    story.iam.caller_arn = "arn:aws:sts::123456789012:assumed-role/deployer/session"


def _own_group(story):
    story.policy("deploy")
    story.group("devs", policies=[f"{OWN}deploy"])
    story.user("ann", groups=["devs"])
    caller(story, "user/ann")


def _six(story):
    for number in range(6):
        story.user(f"u{number}")


def _crowd(story):
    story.group("devs")
    for number in range(21):
        story.user(f"u{number:02}", groups=["devs"])


def _protected(story):
    story.group("devs")
    story.user("ann", groups=["devs"])
    story.iam.given("TagUser", UserName="ann", Tags=[{"Key": "iamspec:protected", "Value": "yes"}])


def _used(story):
    story.user("ann")
    story.iam.add_credentials("ann")
    story.iam.state.user("ann").password_used = story.iam.now() - timedelta(days=3)


def _held(story):
    story.policy("old")
    story.iam.add_role("worker", attached=[f"{OWN}old"])


def _bounded(story):
    story.policy("limit")
    story.user("ann")
    story.iam.given("PutUserPermissionsBoundary", UserName="ann", PermissionsBoundary=f"{OWN}limit")


def _leaked(story):
    story.user("ann", policies=[QUARANTINE])


def _leaked_in_group(story):
    story.group("devs")
    story.user("ann", groups=["devs"], policies=[QUARANTINE])


def _idle_group(story):
    story.group("idle")
    story.user("ann", groups=["idle"])
    caller(story, "user/ann")


def _own_group_of_another(story):
    _own_group(story)
    story.iam.caller_arn = "arn:aws:sts::123456789012:assumed-role/deploy/session"


def _unread(story):
    _own_user(story)
    story.iam.fail = lambda call: (
        IamError(call.operation, "AccessDenied", "no") if call.operation == "GetPolicyVersion" else None
    )


def _full(story):
    story.user("ann")
    story.iam.state.quotas["UsersQuota"] = 2
    story.iam.state.quotas["AttachedPoliciesPerUserQuota"] = 1
    story.iam.state.quotas["GroupsPerUserQuota"] = 1


def _root(story):
    story.user("ann")
    caller(story, "root")


NO_ADMIN = "0 users with full administrator access would be left, fewer than guards.min_admins: 1"
OFF = (
    "its boundary limit would come off because the spec has no line for it; "
    "write permissions_boundary: limit, or null if it is meant to go"
)
TOO_MANY_USERS = "6 users would be deleted, more than guards.max_deletes: 5; is a file of the spec missing?"
FULL_SPEC = "users: {ann: {groups: [a, b], policies: [aws:ReadOnlyAccess, aws:IAMFullAccess]}, bob: {}, cid: {}}\ngroups: {a: {}, b: {}}\n"
POLICY = f"policies: {{deploy: {{document: {NARROW}}}}}\n"
CASES = {
    "the last administrator": Case("admin-quorum", _last_admin, "users: {ann: {}}\n", (f"admin-quorum None: {NO_ADMIN}",), ("admin-quorum",)),
    "the last administrator by a Deny": Case(
        "admin-quorum",
        _last_admin,
        "users: {ann: {policies: [aws:AdministratorAccess], inline_policies: {no: {Version: '2012-10-17', Statement: {Effect: Deny, Action: 'iam:*', Resource: '*'}}}}}\n",
        (f"admin-quorum None: {NO_ADMIN}",),
        ("admin-quorum",),
    ),
    "a named administrator": Case(
        "admin-quorum",
        _two_admins,
        "guards: {administrators: [ann]}\nusers: {ann: {}, bob: {policies: [aws:AdministratorAccess]}}\n",
        ("admin-quorum user/ann: is one of guards.administrators, and would be none any more",),
        ("admin-quorum:user/ann",),
    ),
    "two administrators are wanted": Case(
        "admin-quorum",
        _two_admins,
        "guards: {min_admins: 2}\nusers: {ann: {}, bob: {policies: [aws:AdministratorAccess]}}\n",
        ("admin-quorum None: 1 user with full administrator access would be left, fewer than guards.min_admins: 2",),
        ("admin-quorum",),
    ),
    "one's own user": Case(
        "self-lockout", _own_user, "users: {ann: {}}\n",
        ("self-lockout user/ann: these are your own credentials, and they would lose access (user/ann)",),
        ("self-lockout:user/ann",),
    ),
    "one's own user gains a Deny": Case(
        "self-lockout", _own_user, "users: {ann: {policies: [aws:ReadOnlyAccess], inline_policies: {no: DENY}}}\n",
        ("self-lockout user/ann: these are your own credentials, and they would lose access (user/ann)",),
        ("self-lockout",),
    ),
    "one's own user gains a boundary": Case(
        "self-lockout", _own_user, f"users: {{ann: {{policies: [aws:ReadOnlyAccess], permissions_boundary: deploy}}}}\n{POLICY}",
        ("self-lockout user/ann: these are your own credentials, and they would lose access (policy/deploy, user/ann)",),
        ("self-lockout",),
    ),
    "one's own group": Case(
        "self-lockout", _own_group, f"users: {{ann: {{groups: [devs]}}}}\ngroups: {{devs: {{policies: [deploy]}}}}\n{POLICY}",
        ("self-lockout user/ann: these are your own credentials, and they would lose access (policy/deploy)",),
        ("self-lockout",),
    ),
    "one's own membership that gives nothing": Case(
        "self-lockout", _idle_group, "users: {ann: {}}\ngroups: {idle: {}}\n",
        ("self-lockout user/ann: these are your own credentials, and they would lose group/idle",),
        ("self-lockout",),
    ),
    "one's own user under another name": Case(
        "self-lockout", _own_user, "users: {anna: {renamed_from: ann}}\n",
        ("self-lockout user/ann: these are your own credentials, and they would lose access (user/anna)",),
        ("self-lockout:user/ann",),
    ),
    "one's own user, of whose policy nobody knows what it says": Case(
        "self-lockout", _unread, "users: {ann: {}}\n",
        ("self-lockout user/ann: these are your own credentials, and they would lose access (user/ann)",),
        ("self-lockout",),
    ),
    "a protected user by the group that he is in": Case(
        "protected", _own_group_of_another, "guards: {protected: {users: [ann]}}\nusers: {ann: {groups: [devs]}}\ngroups: {devs: {}}\npolicies: {deploy: {document: ALLOW}}\n",
        ("protected user/ann: is protected, and would lose access through group/devs",), ("protected:user/ann",),
    ),
    "a protected user by a document": Case(
        "protected", _own_group_of_another, f"guards: {{protected: {{users: [ann]}}}}\nusers: {{ann: {{groups: [devs]}}}}\ngroups: {{devs: {{policies: [deploy]}}}}\n{POLICY}",
        ("protected user/ann: is protected, and would lose access through policy/deploy",), ("protected:user/ann",),
    ),
    "a leaked key and more for a group": Case(
        "quarantine", _leaked_in_group, "users: {ann: {groups: [devs]}}\ngroups: {devs: {policies: [aws:ReadOnlyAccess]}}\n",
        ("quarantine user/ann: AWS has quarantined this user because a key leaked; it would be granted more",),
        ("quarantine:user/ann",),
    ),
    "one's own role": Case(
        "self-lockout", _own_role, POLICY,
        ("self-lockout role/deployer: these are your own credentials, and they would lose access (policy/deploy)",),
        ("self-lockout:role/deployer",),
    ),
    "many deletions": Case("mass-delete", _six, "prune: true\n", (f"mass-delete None: {TOO_MANY_USERS}",), ("mass-delete",)),
    "many revokes": Case(
        "mass-delete", _crowd, f"users: {{{', '.join(f'u{number:02}: {{}}' for number in range(21))}}}\ngroups: {{devs: {{}}}}\n",
        ("mass-delete None: 21 memberships, attachments, passwords and keys would be taken away, more than guards.max_revokes: 20",),
        ("mass-delete",),
    ),
    "a protected user by its tag": Case(
        "protected", _protected, "users: {ann: {}}\ngroups: {devs: {}}\n",
        ("protected user/ann: is protected, and would lose access: groups",), ("protected:user/ann",),
    ),
    "a protected user by the settings": Case(
        "protected", _last_admin, "prune: true\nguards: {protected: {users: ['a*']}, min_admins: 0}\n",
        ("protected user/ann: is protected, and would be deleted",), ("protected:user/ann",),
    ),
    "a protected user with another name": Case(
        "protected", _protected, "users: {anna: {renamed_from: ann, groups: [devs]}}\ngroups: {devs: {}}\n",
        ("protected user/anna: is protected, and would be renamed",), ("protected:user/anna",),
    ),
    "a user at work": Case(
        "recently-used", _used, "prune: true\n",
        ("recently-used user/ann: would be deleted, but was last used on 2025-12-29, within guards.recent_days: 30",),
        ("recently-used:user/ann",),
    ),
    "a boundary without a line": Case("boundary", _bounded, "users: {ann: {}}\n", (f"boundary user/ann: {OFF}",), ("boundary:user/ann",)),
    "a leaked key": Case(
        "quarantine", _leaked, "users: {ann: {policies: [aws:ReadOnlyAccess]}}\n",
        ("quarantine user/ann: AWS has quarantined this user because a key leaked; it would be granted more",),
        ("quarantine:user/ann",),
    ),
    "limits of the account": Case(
        "quota", _full, FULL_SPEC,
        (
            "quota None: 3 users after this plan; this account may have 2",
            "quota user/ann: 2 attached policies after this plan; this account allows 1",
            "quota user/ann: 2 groups after this plan; this account allows 1",
        ),
        ("quota", "quota:user/ann"),
    ),
    "a moment that no order avoids": Case(
        "window", _crossed, CROSSED,
        (
            ("window user/ann: has for a moment more than before and after: s3:PutObject "
            "(after CreatePolicyVersion of policy/p, before CreatePolicyVersion of policy/q)"),
        ),
        ("window:user/ann",),
    ),
    "root": Case(
        "root-caller", _root, "users: {ann: {path: /x/}}\n",
        ("root-caller None: these are the credentials of the root user, which nothing can restrict; use a role or a user",),
        ("root-caller",),
    ),
}  # fmt: skip


def command(story, *words):
    return main([*words], connect=lambda *_, **__: story.iam)


def written(story, spec):
    for name, document in (("ALLOW", ALLOW), ("DENY", DENY)):
        spec = spec.replace(name, json.dumps(document))
    (story.folder / "iamspec.yaml").write_text(f"{ACCOUNT}{spec}", encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_a_guard_refuses_says_why_and_can_be_lifted(story, name, capsys):
    """Kills: a guard that plan does not show, that apply does not heed, or that nothing lifts."""
    case = CASES[name]
    case.given(story)
    written(story, case.spec)
    before = story.iam.dump()
    assert seen(story.plan(f"{ACCOUNT}{case.spec}"))["complaints"] == list(case.says)
    assert command(story, "plan", "iamspec.yaml") == 1
    out, err = capsys.readouterr()
    for guard, address, message in (_parts(one) for one in case.says):
        shown = f"  refused  {guard}  {address}: {message}" if address else f"  refused  {guard}  {message}"
        assert f"{shown}\n           to allow: --allow {guard}{f':{address}' if address else ''}\n" in out
    assert err == "refused: apply would not run this plan\n"
    assert command(story, "apply", "iamspec.yaml", "--auto-approve") == 1
    assert capsys.readouterr().err == "refused: nothing was changed\n"
    assert (story.iam.writes, story.iam.dump()) == ([], before)
    lifting = [word for one in case.allow for word in ("--allow", one)]
    assert command(story, "plan", "iamspec.yaml", *lifting) == 0
    assert capsys.readouterr().out.count("  allowed  ") == len(case.says)
    if case.guard != "quota":  # which IAM has the last word on
        assert command(story, "apply", "iamspec.yaml", "--auto-approve", *lifting) == 0
        assert story.iam.dump() != before


def _parts(complaint):
    head, _, message = complaint.partition(": ")
    guard, address = head.split()
    return guard, None if address == "None" else address, message


def test_a_tombstone_of_what_others_hold_is_told_and_lifted_it_stays(story, capsys):
    _held(story)
    written(story, "absent: {policies: {old: 2099-01-01}}\n")
    message = "is absent in the spec, but role/worker, which the spec does not manage, attaches it"
    assert command(story, "plan", "iamspec.yaml") == 1
    shown = f"  refused  in-use  policy/old: {message}\n           to allow: --allow in-use:policy/old\n"
    assert shown in capsys.readouterr().out
    assert command(story, "apply", "iamspec.yaml", "--auto-approve") == 1
    assert command(story, "apply", "iamspec.yaml", "--auto-approve", "--allow", "in-use:policy/old") == 0
    assert (story.names("policies"), story.iam.writes) == (["old"], [])


def test_every_guard_has_a_case():
    elsewhere = {"in-use", "password-policy", "reissue"}  # see test_guards_of_access, test_rotation and test_suspension
    elsewhere |= {"copy-ended", "ended-deny"}  # see test_copies_that_end
    elsewhere |= {"takeover"}  # see test_repairs
    elsewhere |= {"external-trust"}  # see test_trusts and test_identity_providers
    assert {one.guard for one in CASES.values()} | elsewhere == set(GUARDS)


# All at once, and what is left visible


def test_all_complaints_are_shown_at_once(story):
    """Kills: a guard that hides the next one, so that a person has to try again and again."""
    _six(story)
    _last_admin(story)
    _bounded_too(story)
    plan = story.plan(f"{PRUNE}users: {{eve: {{}}}}\n")
    assert [line.partition(":")[0] for line in seen(plan)["complaints"]] == [
        "admin-quorum None",
        "boundary user/eve",
        "mass-delete None",
    ]


def _bounded_too(story):
    story.policy("limit")
    story.user("eve")
    story.iam.given("PutUserPermissionsBoundary", UserName="eve", PermissionsBoundary=f"{OWN}limit")


def test_what_is_lifted_stays_visible_in_the_plan_and_its_file(story):
    _last_admin(story)
    plan = story.plan(f"{ACCOUNT}users: {{ann: {{}}}}\n", "admin-quorum")
    assert not plan.refused
    assert seen(plan)["complaints"] == [f"allowed admin-quorum None: {NO_ADMIN}"]
    (one,) = plan_document(plan)["complaints"]
    told = {"guard": "admin-quorum", "address": None, "message": NO_ADMIN, "allowed": True, "lift": None}
    assert one == {**told, "change": plan.complaints[0].change}


# What --allow takes


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("nonesuch", f'--allow nonesuch: there is no guard "nonesuch"; there are {", ".join(sorted(GUARDS))}'),
        ("admin-quorom:user/ann", f'--allow admin-quorom:user/ann: there is no guard "admin-quorom"; there are {", ".join(sorted(GUARDS))}'),
        ("protected", "--allow protected: say for what, as in --allow protected:user/alice"),
        ("boundary", "--allow boundary: say for what, as in --allow boundary:user/alice"),
        ("recently-used:", "--allow recently-used:: say for what, as in --allow recently-used:user/alice"),
    ],
)  # fmt: skip
def test_a_permission_for_what_does_not_exist_is_an_error(story, word, message, capsys):
    written(story, "users: {ann: {}}\n")
    for words in (["plan"], ["apply", "--auto-approve"]):
        assert command(story, *words, "iamspec.yaml", "--allow", word) == 1
        assert capsys.readouterr().err == f"error: {message}\n"
    assert story.iam.writes == []


def test_a_permission_with_nothing_to_lift_is_fine(story):
    written(story, "users: {ann: {}}\n")
    words = ("--allow", "mass-delete", "--allow", "protected:user/nobody", "--allow", "reissue:user/ann")
    assert command(story, "apply", "iamspec.yaml", "--auto-approve", *words) == 0


def test_a_permission_lifts_one_complaint_and_no_other(story):
    """Kills: a permission for one user that counts for all users."""
    _bounded(story)
    _bounded_too_named(story, "bob")
    plan = story.plan(f"{ACCOUNT}users: {{ann: {{}}, bob: {{}}}}\n", "boundary:user/ANN")
    assert [line.partition(":")[0] for line in seen(plan)["complaints"]] == [
        "allowed boundary user/ann",
        "boundary user/bob",
    ]
    assert plan.refused


def _bounded_too_named(story, name):
    story.user(name)
    story.iam.given("PutUserPermissionsBoundary", UserName=name, PermissionsBoundary=f"{OWN}limit")


# What is told instead


def test_a_caller_who_is_nobody_in_the_account_is_told_as_not_checked(story):
    story.iam.caller_arn = "arn:aws:sts::123456789012:federated-user/eve"
    [note] = seen(story.plan(f"{ACCOUNT}users: {{ann: {{}}}}\n"))["notes"]
    assert note == (
        "the guard self-lockout was not checked: arn:aws:sts::123456789012:federated-user/eve is neither a user nor a role"
    )


def test_a_role_that_the_sweep_does_not_show_is_told_as_not_checked(story):
    """Kills: a guard that finds nothing wrong with a caller of whom it knows nothing."""
    story.iam.caller_arn = "arn:aws:sts::123456789012:assumed-role/gone/session"
    [note] = seen(story.plan(f"{ACCOUNT}users: {{ann: {{}}}}\n"))["notes"]
    assert note == "the guard self-lockout was not checked: role/gone is not in the account"


def test_four_fifths_of_a_limit_are_worth_a_word(story):
    story.user("ann")
    story.group("devs")
    story.iam.state.quotas |= {"UsersQuota": 5, "AttachedPoliciesPerGroupQuota": 5, "GroupsPerUserQuota": 5}
    policies = ", ".join(f"aws:{name}" for name in ("ReadOnlyAccess", "IAMFullAccess", "IAMUserChangePassword"))
    spec = f"{ACCOUNT}users: {{ann: {{}}, b: {{}}, c: {{}}, d: {{}}}}\ngroups: {{devs: {{policies: [{policies}, aws:job-function/Billing]}}}}\n"
    assert seen(story.plan(spec))["notes"] == [
        "4 of 5 users that this account may have, after this plan",
        "group/devs: 4 of 5 attached policies that this account may have, after this plan",
    ]


def test_a_limit_counts_for_who_is_there_already(story):
    """Kills: a limit that is asked for only where something is made."""
    story.user("ann")
    story.iam.state.quotas["AttachedPoliciesPerUserQuota"] = 1
    plan = story.plan(f"{ACCOUNT}users: {{ann: {{policies: [aws:ReadOnlyAccess, aws:IAMFullAccess]}}}}\n")
    assert seen(plan)["complaints"] == ["quota user/ann: 2 attached policies after this plan; this account allows 1"]


def test_what_is_lost_already_is_nobodys_business(story):
    """An account without administrators can still be worked with."""
    story.user("ann", policies=[f"{AWS}ReadOnlyAccess"])
    assert not story.plan(f"{ACCOUNT}users: {{ann: {{}}}}\n").refused


def test_an_unknown_guard_is_an_error_for_undo_too(story, capsys):
    with pytest.raises(IamspecError):
        story.plan(ACCOUNT, "nonesuch")
    (story.folder / "journal").write_text("{}\n", encoding="ascii")
    assert command(story, "undo", "journal", "--allow", "nonesuch") == 1
    assert capsys.readouterr().err.startswith("error: journal: line 1: ")
