"""Who is given what, and who keeps it: quarantines, boundaries, closed groups, external entities, copies."""

import pytest
from story import ALLOW, AWS, DENY, OWN, PRUNE, QUARANTINE, Story, seen

from iamspec.errors import IamspecError


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


ALARM = "user/alice: AWS has attached AWSCompromisedKeyQuarantineV2: an access key of this user has leaked"


def test_a_quarantine_of_a_declared_user_stays_and_is_an_alarm(story):
    """Kills: an apply that sets a leaked key free because the spec has no line for the quarantine."""
    story.user("alice", policies=[QUARANTINE, f"{AWS}ReadOnlyAccess"])
    assert story.applied("users: {alice: {}}\n") == {
        "changes": ["update user/alice: policies"],
        "steps": [f"revoke DetachUserPolicy PolicyArn={AWS}ReadOnlyAccess UserName=alice"],
        "alarms": [ALARM],
    }
    assert story.live("users", "alice") == {"path": "/", "attached": [QUARANTINE]}


def test_more_for_a_quarantined_user_is_a_complaint(story):
    story.user("alice", policies=[QUARANTINE])
    spec = "users: {alice: {policies: [aws:ReadOnlyAccess]}}\n"
    plan = story.plan(spec)
    complaint = "quarantine user/alice: AWS has quarantined this user because a key leaked; it would be granted more"
    told = {
        "changes": ["update user/alice: policies"],
        "steps": [f"grant AttachUserPolicy PolicyArn={AWS}ReadOnlyAccess UserName=alice"],
        "alarms": [ALARM],
        "complaints": [complaint],
    }
    assert (seen(plan), plan.refused) == (told, True)
    allowed = told | {"complaints": [f"allowed {complaint}"]}
    assert story.applied(spec, "quarantine:user/alice") == allowed


def test_a_quarantined_user_is_not_pruned_but_goes_by_a_tombstone(story):
    story.user("alice", policies=[QUARANTINE])
    reason = "AWS has quarantined it because a key of it leaked: look into that, then write a tombstone"
    told = {"undeclared": ["user/alice"], "kept": [f"user/alice: {reason}"], "alarms": [ALARM]}
    assert story.applied(PRUNE) == told
    assert story.applied(f"{PRUNE}absent: {{users: {{alice: 2026-11-23}}}}\n") == {
        "changes": ["delete user/alice: path, policies"],
        "steps": [
            f"release DetachUserPolicy PolicyArn={QUARANTINE} UserName=alice",
            "delete DeleteUser UserName=alice",
        ],
        "alarms": [ALARM],
    }


BOUND = "policies: {b: {document: ALLOW}}\n"
RELEASE = "release DeleteUserPermissionsBoundary UserName=alice"


def bounded(story):
    story.policy("b")
    story.user("alice")
    story.iam.given("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary=f"{OWN}b")


def test_a_forgotten_line_takes_no_boundary_off(story):
    """Kills: a line that gets lost in a merge, and a user without limits."""
    bounded(story)
    spec = f"{BOUND}users: {{alice: {{}}}}\n"
    plan = story.plan(spec)
    complaint = (
        "boundary user/alice: its boundary b would come off because the spec has no line for it; "
        "write permissions_boundary: b, or null if it is meant to go"
    )
    told = {"changes": ["update user/alice: permissions_boundary"], "steps": [RELEASE], "complaints": [complaint]}
    assert (seen(plan), plan.refused) == (told, True)
    with pytest.raises(IamspecError, match="--allow boundary: say for what, as in --allow boundary:user/alice"):
        story.plan(spec, "boundary")
    assert story.plan(spec, "boundary:user/bob").refused
    assert story.applied(spec, "boundary:user/alice") == told | {"complaints": [f"allowed {complaint}"]}
    assert story.live("users", "alice") == {"path": "/"}


def test_null_takes_a_boundary_off_and_its_policy_may_go(story):
    """Kills: a deletion of a policy before the boundary that it was is taken off."""
    bounded(story)
    assert story.applied(f"{PRUNE}users: {{alice: {{permissions_boundary: null}}}}\n") == {
        "changes": ["delete policy/b: path, document", "update user/alice: permissions_boundary"],
        "steps": [RELEASE, f"delete DeletePolicy PolicyArn={OWN}b"],
    }
    assert (story.names("policies"), story.live("users", "alice")) == ([], {"path": "/"})


def test_a_boundary_is_replaced_in_one_call_and_its_policy_may_go(story):
    bounded(story)
    spec = f"{PRUNE}policies: {{c: {{document: DENY}}}}\nusers: {{alice: {{permissions_boundary: c}}}}\n"
    assert story.applied(spec) == {
        "changes": [
            "delete policy/b: path, document",
            "create policy/c: path, document",
            "update user/alice: permissions_boundary",
        ],
        "steps": [
            "create CreatePolicy Path=/ PolicyDocument=DENY PolicyName=c",
            f"update PutUserPermissionsBoundary PermissionsBoundary={OWN}c UserName=alice",
            f"delete DeletePolicy PolicyArn={OWN}b",
        ],
    }
    assert story.live("users", "alice") == {"path": "/", "boundary": f"{OWN}c"}


def test_a_boundary_goes_on_before_anything_is_granted(story):
    story.user("alice")
    spec = f"{BOUND}users: {{alice: {{permissions_boundary: b, policies: [aws:AdministratorAccess]}}}}\n"
    assert story.applied(spec)["steps"] == [
        "create CreatePolicy Path=/ PolicyDocument=ALLOW PolicyName=b",
        f"update PutUserPermissionsBoundary PermissionsBoundary={OWN}b UserName=alice",
        f"grant AttachUserPolicy PolicyArn={AWS}AdministratorAccess UserName=alice",
    ]


def crowd(story):
    story.group("open")
    story.group("closed")
    story.user("ann", groups=["open", "closed"])
    story.user("bob", groups=["closed"])


CROWD = "groups: {open: {}, closed: {members: [bob]}}\nusers: {bob: {}}\n"


def test_an_undeclared_user_is_listed_in_an_open_group_and_removed_from_a_closed_one(story):
    crowd(story)
    told = story.applied(CROWD)
    assert {name: lines for name, lines in told.items() if name != "strays"} == {
        "changes": ["update group/closed: members"],
        "steps": ["revoke RemoveUserFromGroup GroupName=closed UserName=ann"],
        "undeclared": ["user/ann"],
    }
    assert seen(story.plan(CROWD)) == {"undeclared": ["user/ann"], "strays": ["user/ann in group/open"]}


def test_who_is_removed_from_a_closed_group_is_not_listed_in_it(story):
    crowd(story)
    assert seen(story.plan(CROWD))["strays"] == ["user/ann in group/open"]


def test_an_undeclared_user_is_listed_in_an_open_group_that_is_renamed(story):
    crowd(story)
    plan = story.plan("groups: {opened: {renamed_from: open}}\n")
    assert seen(plan)["strays"] == ["user/ann in group/opened"]


def test_a_pruned_user_leaves_its_groups_by_its_own_deletion_only(story):
    """Kills: two calls for one membership, the second of which fails."""
    crowd(story)
    assert story.applied(f"{PRUNE}{CROWD}") == {
        "changes": ["delete user/ann: path, groups"],
        "steps": [
            "revoke RemoveUserFromGroup GroupName=closed UserName=ann",
            "revoke RemoveUserFromGroup GroupName=open UserName=ann",
            "delete DeleteUser UserName=ann",
        ],
    }


def test_an_excluded_user_in_a_closed_group_is_kept_and_told(story):
    """Kills: a closed group that takes access away from who is out of scope."""
    story.group("admins")
    story.user("svc-x", groups=["admins"])
    story.user("root", groups=["admins"])
    spec = f"{PRUNE}scope: {{exclude: {{users: [svc-*]}}}}\ngroups: {{admins: {{members: [root]}}}}\nusers: {{root: {{}}}}\n"
    reason = "in group/admins, which is closed and does not list it, but out of scope: scope.exclude names it"
    assert story.applied(spec) == {"kept": [f"user/svc-x: {reason}"]}
    assert story.live("users", "svc-x") == {"path": "/", "groups": ["admins"]}


def test_external_entities_are_referred_to_and_never_changed(story):
    """Kills: an external entity that is emptied because nothing is written about it, or pruned."""
    story.policy("p")
    story.group("legacy", policies=[f"{OWN}p"])
    story.user("old", groups=["legacy"], policies=[f"{OWN}p"])
    story.user("alice")
    before = story.iam.dump()
    spec = (
        f"{PRUNE}users: {{alice: {{groups: [legacy], policies: [p]}}, old: {{external: true}}}}\n"
        "groups: {legacy: {external: true}}\npolicies: {p: {external: true}}\n"
    )
    assert story.applied(spec) == {
        "changes": ["update user/alice: groups, policies"],
        "steps": [
            f"grant AttachUserPolicy PolicyArn={OWN}p UserName=alice",
            "grant AddUserToGroup GroupName=legacy UserName=alice",
        ],
    }
    alice = before["users"]["alice"] | {"attached": [f"{OWN}p"], "groups": ["legacy"]}
    assert story.iam.dump() == before | {"users": before["users"] | {"alice": alice}}


def test_an_external_entity_that_is_not_live_is_an_error(story):
    story.user("legacy")
    missing = "external, but not live in account 123456789012"
    assert story.refused("users: {legay: {external: true}}\ngroups: {g: {external: true}}\n") == [
        f'user/legay: {missing}; did you mean "legacy"?',
        f"group/g: {missing}",
    ]


def test_an_external_member_is_a_member_of_a_closed_group(story):
    story.group("g")
    story.user("old")
    story.user("gone", groups=["g"])
    spec = "users: {old: {external: true}, gone: {external: true}}\ngroups: {g: {members: [OLD]}}\n"
    assert story.applied(spec) == {
        "changes": ["update group/g: members"],
        "steps": [
            "grant AddUserToGroup GroupName=g UserName=old",
            "revoke RemoveUserFromGroup GroupName=g UserName=gone",
        ],
    }


COPIED = """
groups: {devs: {}, ops: {}}
policies: {b: {document: ALLOW}}
users:
  alice:
    groups: [devs]
    policies: [aws:ReadOnlyAccess]
    inline_policies: {i: ALLOW, j: ALLOW}
    permissions_boundary: b
  bob: {copy_permissions_from: alice, groups: [ops], inline_policies: {j: DENY}}
  cid: {copy_permissions_from: bob, permissions_boundary: null}
"""


def test_copied_permissions_say_from_whom(story):
    """Kills: a copy that forgets a field, that loses an own one to a copied one, or that hides where it comes from."""
    story.applied("groups: {devs: {}, ops: {}}\n" + COPIED[COPIED.index("policies:") : COPIED.index("  bob:")])
    story.iam.calls.clear()
    story.user("bob")
    plan = story.plan(COPIED)
    [bob, cid] = plan.changes
    assert {one.field: {item: str(source) for item, source in one.via.items()} for one in bob.differences} == {
        "groups": {"devs": "user/alice"},
        "policies": {"aws:ReadOnlyAccess": "user/alice"},
        "inline_policies": {"i": "user/alice"},
        "permissions_boundary": {"b": "user/alice"},
    }
    assert {one.field: {item: str(source) for item, source in one.via.items()} for one in cid.differences} == {
        "path": {},
        "groups": {"devs": "user/bob", "ops": "user/bob"},
        "policies": {"aws:ReadOnlyAccess": "user/bob"},
        "inline_policies": {"i": "user/bob", "j": "user/bob"},
    }
    story.applied(COPIED)
    grants = {
        "path": "/",
        "attached": [f"{AWS}ReadOnlyAccess"],
        "groups": ["devs", "ops"],
        "inline": {"i": ALLOW, "j": DENY},
    }
    assert story.live("users", "bob") == grants | {"boundary": f"{OWN}b"}
    assert story.live("users", "cid") == grants
