"""Calls that IAM accepts in one form only: versions, tags, aliases, deletions, and entities of iamspec."""

import json

import pytest
from story import ALLOW, AWS, DENY, OWN, PRUNE, Story, seen


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


def test_a_policy_is_not_moved(story):
    story.policy("p", "/old/")
    plan = story.plan("policies: {p: {path: /new/, document: DENY}}\n")
    assert (seen(plan), plan.refused) == ({"changes": ["blocked policy/p: path, document"]}, True)
    assert plan.changes[0].blocked == (
        "IAM cannot move a policy from /old/ to /new/: write path: /old/, or declare a policy of another name there, "
        "move its holders to it and then remove this one"
    )


@pytest.mark.parametrize(
    ("default", "left"),
    [
        ("v1", ["v1", "v3", "v4", "v5", "v6"]),
        ("v5", ["v2", "v3", "v4", "v5", "v6"]),
        ("v2", ["v2", "v3", "v4", "v5", "v6"]),
    ],
)
def test_the_oldest_version_that_is_not_the_default_makes_room_for_a_sixth(story, default, left):
    """Kills: a pruned default, and a version ten that sorts before version two."""
    story.policy("p", document=DENY)
    for _ in range(4):
        story.iam.given("CreatePolicyVersion", PolicyArn=f"{OWN}p", PolicyDocument=json.dumps(DENY))
    story.iam.given("SetDefaultPolicyVersion", PolicyArn=f"{OWN}p", VersionId=default)
    oldest = "v2" if default == "v1" else "v1"
    assert story.applied("policies: {p: {document: ALLOW}}\n") == {
        "changes": ["update policy/p: document"],
        "steps": [
            f"update DeletePolicyVersion PolicyArn={OWN}p VersionId={oldest}",
            f"update CreatePolicyVersion PolicyArn={OWN}p PolicyDocument=ALLOW SetAsDefault=True",
        ],
    }
    policy = story.iam.dump()["policies"]["p"]
    assert (sorted(policy["versions"]), policy["default"], policy["document"]) == (left, "v6", ALLOW)


def test_four_versions_leave_room_for_a_fifth(story):
    """Kills: a history that is thrown away without need."""
    story.policy("p", document=DENY)
    for _ in range(3):
        story.iam.given("CreatePolicyVersion", PolicyArn=f"{OWN}p", PolicyDocument=json.dumps(DENY))
    assert story.applied("policies: {p: {document: ALLOW}}\n")["steps"] == [
        f"update CreatePolicyVersion PolicyArn={OWN}p PolicyDocument=ALLOW SetAsDefault=True"
    ]
    assert sorted(story.iam.dump()["policies"]["p"]["versions"]) == ["v1", "v2", "v3", "v4", "v5"]


def test_a_description_is_used_at_creation_only(story):
    story.iam.given("CreatePolicy", PolicyName="p", PolicyDocument=json.dumps(ALLOW), Description="old")
    spec = "policies: {p: {description: new, document: ALLOW}, q: {description: Some words, document: ALLOW}}\n"
    assert story.applied(spec) == {
        "changes": ["create policy/q: path, description, document"],
        "steps": ["create CreatePolicy Description=Some words Path=/ PolicyDocument=ALLOW PolicyName=q"],
    }
    assert [story.live("policies", name)["description"] for name in "pq"] == ["old", "Some words"]


def test_a_user_with_credentials_of_every_kind_is_locked_out_first_and_leaves_nothing(story):
    """Kills: a credential that is forgotten, a name of a virtual MFA device that stays taken, a lock-out that waits."""
    story.group("g")
    story.policy("p")
    story.user("mallory", groups=["g"], policies=[f"{OWN}p", f"{AWS}ReadOnlyAccess"])
    story.iam.add_credentials("mallory")
    story.iam.given("PutUserPolicy", UserName="mallory", PolicyName="i", PolicyDocument=json.dumps(ALLOW))
    story.iam.given("PutUserPermissionsBoundary", UserName="mallory", PermissionsBoundary=f"{OWN}p")
    held = story.iam.dump()["users"]["mallory"]
    [key, other], [virtual, hardware] = sorted(one["id"] for one in held["keys"]), [one["id"] for one in held["mfa"]]
    ssh, certificate, service = (held[name][0]["id"] for name in ("ssh_keys", "certificates", "service_credentials"))
    user = "UserName=mallory"
    spec = "groups: {g: {}}\npolicies: {p: {document: ALLOW}}\nabsent: {users: {mallory: 2026-11-23}}\n"
    assert story.applied(spec) == {
        "changes": [
            "delete user/mallory: path, groups, policies, inline_policies, permissions_boundary, console, access_keys"
        ],
        "steps": [
            f"lock-out DeleteAccessKey AccessKeyId={key} {user}",
            f"lock-out DeleteAccessKey AccessKeyId={other} {user}",
            f"lock-out DeleteLoginProfile {user}",
            f"lock-out DeleteSSHPublicKey SSHPublicKeyId={ssh} {user}",
            f"lock-out DeleteServiceSpecificCredential ServiceSpecificCredentialId={service} {user}",
            f"lock-out DeleteSigningCertificate CertificateId={certificate} {user}",
            f"lock-out DeactivateMFADevice SerialNumber={hardware} {user}",
            f"lock-out DeactivateMFADevice SerialNumber={virtual} {user}",
            f"lock-out DeleteVirtualMFADevice SerialNumber={virtual}",
            f"revoke DeleteUserPolicy PolicyName=i {user}",
            f"revoke DetachUserPolicy PolicyArn={OWN}p {user}",
            f"revoke DetachUserPolicy PolicyArn={AWS}ReadOnlyAccess {user}",
            f"revoke RemoveUserFromGroup GroupName=g {user}",
            f"delete DeleteUser {user}",
        ],
    }
    left = story.iam.dump()
    assert (left["users"], left["unassigned_mfa"]) == ({}, [])


def test_a_user_in_ten_groups_is_moved(story):
    """Kills: an eleventh membership, and a revoke more than the quota forces."""
    for number in range(10):
        story.group(f"a{number}")
        story.group(f"b{number}")
    story.user("ann", groups=[f"a{number}" for number in range(10)])
    groups = ", ".join(f"{letter}{number}: {{}}" for letter in "ab" for number in range(10))
    spec = f"groups: {{{groups}}}\nusers: {{ann: {{groups: [a0, a1, a2, a3, a4, a5, b0, b1]}}}}\n"
    assert story.applied(spec) == {
        "changes": ["update user/ann: groups"],
        "steps": [
            "make-room RemoveUserFromGroup GroupName=a6 UserName=ann",
            "make-room RemoveUserFromGroup GroupName=a7 UserName=ann",
            "grant AddUserToGroup GroupName=b0 UserName=ann",
            "grant AddUserToGroup GroupName=b1 UserName=ann",
            "revoke RemoveUserFromGroup GroupName=a8 UserName=ann",
            "revoke RemoveUserFromGroup GroupName=a9 UserName=ann",
        ],
        "notes": ["user/ann: a quota leaves no room, so 2 of its grants are taken away before the new ones"],
    }


NOTE = "https://old.signin.aws.amazon.com/console stops working as soon as the alias changes"


@pytest.mark.parametrize(
    ("alias", "step"),
    [
        ("new", "update CreateAccountAlias AccountAlias=new"),
        ("null", "delete DeleteAccountAlias AccountAlias=old"),
    ],
)
def test_an_alias_is_replaced_in_one_call_or_taken_away_by_null(story, alias, step):
    """Kills: a deletion before the creation, which offers the old name to everybody."""
    story.iam.given("CreateAccountAlias", AccountAlias="old")
    assert seen(story.plan("account: {id: '123456789012'}\n")) == {}
    assert story.applied(f"account: {{alias: {alias}}}\n") == {
        "changes": ["update account/alias: alias"],
        "steps": [step],
        "notes": [NOTE],
    }
    assert story.iam.dump()["alias"] == (None if alias == "null" else alias)


TAGS = {"team": "x", "cost": "1", "aws:stack": "y", "iamspec:expires": "z"}


def test_tags_are_left_alone_or_exact_but_for_those_of_others(story):
    """Kills: a user who loses an unmanaged tag, or a tag of AWS."""
    for name in ("ann", "bob", "cid"):
        story.user(name)
        story.iam.state.users[name].tags.update(TAGS)
    assert story.applied("users: {ann: {}, bob: {tags: {Team: x, new: 0042}}, cid: {tags: {}}}\n") == {
        "changes": ["update user/bob: tags", "update user/cid: tags"],
        "steps": [
            "update UntagUser TagKeys=cost UserName=bob",
            "update TagUser Tags=Team:x,new:0042 UserName=bob",
            "update UntagUser TagKeys=cost,team UserName=cid",
        ],
    }
    others = {"aws:stack": "y", "iamspec:expires": "z"}
    tags = [story.live("users", name)["tags"] for name in ("ann", "bob", "cid")]
    assert tags == [TAGS, others | {"Team": "x", "new": "0042"}, others]


def test_tags_of_policies_are_read_before_they_are_compared(story):
    """Kills: a comparison with the sweep of the account, which does not tell of them."""
    for name in "pq":
        story.policy(name)
        story.iam.state.policies[f"{OWN}{name}"].tags.update(TAGS)
    spec = "policies: {p: {tags: {Team: x, team: x}, document: ALLOW}, q: {document: ALLOW}}\n"
    assert story.applied(spec) == {
        "changes": ["update policy/p: tags"],
        "steps": [
            f"update UntagPolicy PolicyArn={OWN}p TagKeys=cost",
            f"update TagPolicy PolicyArn={OWN}p Tags=Team:x",
        ],
    }


def inline_lock(story, *names):
    story.user("ann")
    story.group("g")
    for name in names:
        text = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'
        story.iam.given("PutUserPolicy", UserName="ann", PolicyName=name, PolicyDocument=text)
        story.iam.given("PutGroupPolicy", GroupName="g", PolicyName=name, PolicyDocument=text)


def test_inline_policies_of_iamspec_are_left_alone_by_an_update(story):
    inline_lock(story, "iamspec-lock", "own")
    assert story.applied("users: {ann: {}}\ngroups: {g: {}}\n") == {
        "changes": ["update group/g: inline_policies", "update user/ann: inline_policies"],
        "steps": [
            "release DeleteGroupPolicy GroupName=g PolicyName=own",
            "release DeleteUserPolicy PolicyName=own UserName=ann",
        ],
    }
    assert list(story.live("users", "ann")["inline"]) == ["iamspec-lock"]
    assert list(story.live("groups", "g")["inline"]) == ["iamspec-lock"]


def test_inline_policies_of_iamspec_go_with_who_has_them(story):
    """Kills: a deletion that IAM refuses because of what the diff does not see."""
    inline_lock(story, "iamspec-lock")
    assert story.applied(PRUNE) == {
        "changes": ["delete group/g: path, inline_policies", "delete user/ann: path, inline_policies"],
        "steps": [
            "release DeleteGroupPolicy GroupName=g PolicyName=iamspec-lock",
            "release DeleteUserPolicy PolicyName=iamspec-lock UserName=ann",
            "delete DeleteUser UserName=ann",
            "delete DeleteGroup GroupName=g",
        ],
    }
