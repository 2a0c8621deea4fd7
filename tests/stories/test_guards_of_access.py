"""Guards of administrators, of the caller and of credentials, in accounts as AWS advises to set them up."""

import json

import pytest
from story import ACCOUNT, AWS, Story, seen

ADMIN = f"{AWS}AdministratorAccess"
NO_MFA = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "NotAction": ["iam:ListMFADevices", "sts:GetSessionToken"],
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        }
    ],
}
LEFT = "with full administrator access would be left, all conditions taken as met, fewer than guards.min_admins: 1"


@pytest.fixture
def story(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Story(tmp_path)


def password(story, name):
    story.iam.given("CreateLoginProfile", UserName=name, Password="Correct-horse-7-battery-staple")


def complaints(story, spec, account=ACCOUNT):
    return seen(story.plan(f"{account}{spec}")).get("complaints", [])


@pytest.fixture
def guarded(story):
    """An account in which every administrator is denied everything without MFA."""
    story.policy("mfa", document=NO_MFA)
    for name in ("ana", "bob"):
        story.user(name, policies=[ADMIN, "arn:aws:iam::123456789012:policy/mfa"])
        password(story, name)
    return story


MFA = f"policies: {{mfa: {{document: {json.dumps(NO_MFA)}}}}}\n"


@pytest.mark.parametrize("spec", ["users: {ana: {policies: [mfa]}, bob: {policies: [mfa]}}\n", "prune: true\n"])
def test_the_last_administrators_behind_a_deny_without_mfa_are_missed(guarded, spec):
    """Kills: administrators that do not count because AWS's own advice makes their rights conditional."""
    assert f"admin-quorum None: 0 users {LEFT}" in complaints(guarded, f"{MFA}{spec}")


@pytest.mark.parametrize(
    "condition",
    [
        {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}},
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    ],
)
def test_a_deny_whose_condition_always_holds_leaves_no_administrator(guarded, condition):
    """Kills: a Deny for all regions but one, or for every time, that counts as met since another Deny asks for MFA."""
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    document = {**NO_MFA, "Statement": [*NO_MFA["Statement"], statement]}
    users = "{ana: {policies: [mfa, aws:AdministratorAccess]}, bob: {policies: [mfa, aws:AdministratorAccess]}}"
    spec = f"policies: {{mfa: {{document: {json.dumps(document)}}}}}\nusers: {users}\n"
    assert f"admin-quorum None: 0 users {LEFT}" in complaints(guarded, spec)


def test_one_of_two_administrators_behind_a_deny_may_go(guarded):
    found = complaints(
        guarded, f"{MFA}users: {{ana: {{policies: [mfa]}}, bob: {{policies: [mfa, aws:AdministratorAccess]}}}}\n"
    )
    assert [one for one in found if one.startswith("admin-quorum")] == []


def test_an_administrator_without_credentials_is_no_way_back(story):
    """Kills: a ghost that counts: an administrator that nobody can sign in as, touched by the plan or not."""
    for name in ("ana", "ghost"):
        story.user(name, policies=[ADMIN])
    password(story, "ana")
    spec = "users: {ana: {}, ghost: {policies: [aws:AdministratorAccess]}}\n"
    left = "0 users with full administrator access would be left, fewer than guards.min_admins: 1"
    assert complaints(story, spec) == [f"admin-quorum None: {left}"]


@pytest.mark.parametrize(
    ("name", "why"),
    [("aan", "no user has this name"), ("bob", "has no administrator access"), ("ghost", "cannot sign in")],
)
def test_a_named_administrator_that_is_none_is_a_complaint(story, name, why):
    """Kills: a typing error in guards.administrators that guards nobody."""
    for one in ("ana", "ghost"):
        story.user(one, policies=[ADMIN])
    story.user("bob")
    password(story, "ana")
    users = "ana: {policies: [aws:AdministratorAccess]}, bob: {path: /x/}, ghost: {policies: [aws:AdministratorAccess], path: /x/}"
    found = complaints(story, f"guards: {{administrators: [{name}]}}\nusers: {{{users}}}\n")
    assert f"admin-quorum user/{name}: is one of guards.administrators, but {why}" in found


def test_a_password_policy_that_locks_people_out_at_once_is_a_complaint(story):
    """Kills: hard_expiry and max_password_age that act on everybody in the moment of the call, without a word."""
    story.user("ann")
    password(story, "ann")
    account = "account: {id: '123456789012', password_policy: {max_password_age: 1, hard_expiry: true}}\n"
    says = "hard_expiry locks out everybody whose password is older than 1 days, at once; up to 1 users, 0 of them administrators"
    assert complaints(story, "users: {ann: {}}\n", account) == [f"password-policy password-policy/account: {says}"]


def asking(key, value):
    statement = {"Effect": "Allow", "Action": "iam:*", "Resource": "*", "Condition": {"StringEquals": {key: value}}}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.mark.parametrize(
    ("document", "spec"),
    [
        (asking("aws:username", "ann"), "users: {anna: {renamed_from: ann, policies: [own], path: /ops/}}\n"),
        (asking("aws:PrincipalArn", "arn:aws:iam::123456789012:user/ops/ann"), "users: {ann: {policies: [own]}}\n"),
    ],
)
def test_a_caller_whose_policy_asks_for_the_name_or_path_keeps_both(story, document, spec):
    """Kills: a caller who is renamed or moved away from under a policy that asks for the old name or path."""
    story.policy("own", document=document)
    story.user("ann", "/ops/", policies=["arn:aws:iam::123456789012:policy/own"])
    story.iam.caller_arn = "arn:aws:iam::123456789012:user/ops/ann"
    policies = f"policies: {{own: {{document: {json.dumps(document)}}}}}\n"
    says = "these are your own credentials, and they would lose access: iam:*"
    assert complaints(story, f"{policies}{spec}") == [f"self-lockout user/ann: {says}"]


def test_a_key_and_a_password_that_were_made_today_are_not_taken_away_without_a_word(story):
    """Kills: `access_keys: 0` written by an import, which deletes a key made by hand in an outage."""
    story.user("bot")
    password(story, "bot")
    story.iam.given("CreateAccessKey", UserName="bot")
    found = complaints(story, "users: {bot: {access_keys: 0, console: false}}\n")
    assert [one.partition(", but")[0].rpartition(" ")[0] for one in found] == [
        "recently-used user/bot: would lose access key",
        "recently-used user/bot: would lose its",
    ]


def test_a_protected_name_that_nobody_has_is_a_complaint(story):
    """Kills: `protected: {groups: [admns]}`, which protects nothing and says nothing."""
    story.user("ana")
    story.group("admins")
    guards = "guards: {protected: {groups: [admns, 'adm*', admins], users: [ana]}}\n"
    spec = f"{guards}users: {{ana: {{tags: {{a: b}}}}}}\ngroups: {{admins: {{}}}}\n"
    assert complaints(story, spec) == ["protected group/admns: is under guards.protected, but no group has this name"]
    story.group("admns")
    assert complaints(story, spec) == []


REPAIR = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "*", "Resource": "*"},
    {"Effect": "Deny", "Action": ["iam:CreateUser", "iam:CreateAccessKey"], "Resource": "*"}]}  # fmt: skip


def test_an_administrator_who_may_make_nobody_new_is_none(story):
    """Kills: a last administrator who keeps everything but the rights that repair an account."""
    story.policy("all", document={**REPAIR, "Statement": REPAIR["Statement"][:1]})
    story.user("ana", policies=["arn:aws:iam::123456789012:policy/all"])
    password(story, "ana")
    spec = f"policies: {{all: {{document: {json.dumps(REPAIR)}}}}}\nusers: {{ana: {{policies: [all]}}}}\n"
    left = "0 users with full administrator access would be left, fewer than guards.min_admins: 1"
    assert f"admin-quorum None: {left}" in complaints(story, spec)


HOP = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}}
BY_ACCOUNT = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}]}  # fmt: skip


@pytest.mark.parametrize(
    ("session", "losing", "refused"),
    [("ana", ["ana"], True), ("ana", ["bob"], False), ("bob", ["ana"], False), ("x", ["ana", "bob"], True)],
)
def test_who_stands_behind_the_role_of_the_caller_may_assume_it_still(story, session, losing, refused):
    """Kills: a role that stays as it is, and that its user cannot assume any more."""
    story.policy("hop", document=HOP)
    for name in ("ana", "bob"):
        story.user(name, policies=["arn:aws:iam::123456789012:policy/hop"])
    story.iam.given("CreateRole", RoleName="ops", AssumeRolePolicyDocument=json.dumps(BY_ACCOUNT))
    story.iam.given("AttachRolePolicy", RoleName="ops", PolicyArn=ADMIN)
    story.iam.caller_arn = f"arn:aws:sts::123456789012:assumed-role/ops/{session}"
    users = {name: {"policies": [] if name in losing else ["hop"]} for name in ("ana", "bob")}
    document = f"policies: {{hop: {{document: {json.dumps(HOP)}}}}}\n"
    who = ", ".join(f"user/{one}" for one in losing)
    expected = f"self-lockout role/ops: these are your own credentials, and {who} could not assume it any more"
    assert (expected in complaints(story, f"{document}users: {json.dumps(users)}\n")) is refused
