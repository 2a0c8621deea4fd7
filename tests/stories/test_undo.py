"""Undo: each kind of change is taken back, later changes of other people stay, and losses are named."""

import io
import json
import sys
from pathlib import Path

import pytest
from journals import DONE, run, undoing
from story import ACCOUNT, ALLOW, AWS, DENY, OWN, PRUNE, Story, seen

from iamspec.cli import main
from iamspec.errors import IamError, IamspecError
from iamspec.kinds import KINDS

ADMIN = f"{AWS}AdministratorAccess"


@pytest.fixture
def story(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    story = Story(tmp_path)
    story.policy("deploy")
    story.policy("limit")
    story.group("devs", policies=[f"{OWN}deploy"])
    story.group("ops")
    story.user("ann", groups=["devs"], policies=[f"{OWN}deploy"])
    story.iam.given("TagUser", UserName="ann", Tags=[{"Key": "team", "Value": "x"}, {"Key": "old", "Value": "y"}])
    story.iam.given("PutUserPolicy", UserName="ann", PolicyName="own", PolicyDocument=json.dumps(ALLOW))
    story.iam.given("PutUserPermissionsBoundary", UserName="ann", PermissionsBoundary=f"{OWN}limit")
    story.iam.given("PutGroupPolicy", GroupName="devs", PolicyName="own", PolicyDocument=json.dumps(ALLOW))
    story.iam.given("TagPolicy", PolicyArn=f"{OWN}deploy", Tags=[{"Key": "a", "Value": "b"}])
    story.iam.given("CreateAccountAlias", AccountAlias="acme")
    return story


ANN = "{groups: [devs], policies: [deploy], tags: {team: x, old: y}, inline_policies: {own: ALLOW}, permissions_boundary: limit}"
DEVS = "{policies: [deploy], inline_policies: {own: ALLOW}}"
SPEC = f"""{ACCOUNT}users: {{ann: {ANN}}}
groups: {{devs: {DEVS}, ops: {{}}}}
policies: {{deploy: {{tags: {{a: b}}, document: ALLOW}}, limit: {{document: ALLOW}}}}
"""
PRUNED = SPEC.replace(ACCOUNT, PRUNE)


def without(*parts):
    spec = PRUNED
    for part in parts:
        assert part in spec
        spec = spec.replace(part, "")
    return spec


NEVER_AGAIN = "IAM never shows its key: make it by hand"


def test_an_entity_that_iam_cannot_make_again_stays_away_and_the_undo_says_why(story, monkeypatch):
    """Kills: an undo whose call IAM must refuse, since a secret of the deleted entity is nowhere."""
    run(story.plan(without(", ops: {}")), story.iam, "journal")
    monkeypatch.setattr(type(KINDS["group"]), "unmakable", lambda *_: NEVER_AGAIN)
    plan = undoing("journal", story.iam)
    assert [(str(one.address), one.action, one.blocked, one.steps) for one in plan.changes] == [
        ("group/ops", "create", NEVER_AGAIN, ())
    ]


def test_an_entity_that_iam_cannot_make_is_blocked_in_a_plan(story, monkeypatch):
    """Kills: a new entity whose call lacks what IAM asks for."""
    monkeypatch.setattr(type(KINDS["group"]), "unmakable", lambda *_: NEVER_AGAIN)
    plan = story.plan(SPEC.replace("groups: {devs:", "groups: {new: {}, devs:"))
    assert [(str(one.address), one.action, one.blocked, one.steps) for one in plan.changes] == [
        ("group/new", "create", NEVER_AGAIN, ())
    ]


CHANGES = {
    "a user is made": SPEC.replace("users: {", "users: {bob: {groups: [ops], policies: [deploy], tags: {a: b}}, "),
    "a user with a boundary is made": SPEC.replace("users: {", "users: {bob: {permissions_boundary: limit}, "),
    "a group is made": SPEC.replace("groups: {devs:", "groups: {new: {policies: [deploy]}, devs:"),
    "a policy is made and given": SPEC.replace("policies: {deploy: {tags", "policies: {new: {tags: {x: y}, document: DENY}, deploy: {tags").replace("ops: {}", "ops: {policies: [new]}"),
    "a user has another path": SPEC.replace("ann: {", "ann: {path: /x/, "),
    "a user has another name": SPEC.replace("ann: {", "anna: {renamed_from: ann, "),
    "a user has another name and path": SPEC.replace("ann: {", "anna: {path: /x/, renamed_from: ann, "),
    "a group has another name": SPEC.replace("devs: {", "eng: {renamed_from: devs, ").replace("[devs]", "[eng]"),
    "a name differs in case": SPEC.replace("ann: {", "Ann: {"),
    "tags": SPEC.replace("{team: x, old: y}", "{team: z, new: w}"),
    "tags of a policy": SPEC.replace("{a: b}", "{c: d}"),
    "a document": SPEC.replace("deploy: {tags: {a: b}, document: ALLOW}", "deploy: {tags: {a: b}, document: DENY}"),
    "a boundary for another": SPEC.replace("permissions_boundary: limit", "permissions_boundary: deploy"),
    "a boundary taken off": SPEC.replace("permissions_boundary: limit", "permissions_boundary: null"),
    "memberships": SPEC.replace("groups: [devs]", "groups: [ops]"),
    "attachments": SPEC.replace("{groups: [devs], policies: [deploy]", "{groups: [devs], policies: [aws:ReadOnlyAccess]"),
    "attachments of a group": SPEC.replace("devs: {policies: [deploy]", "devs: {policies: [limit]"),
    "inline policies": SPEC.replace("inline_policies: {own: ALLOW}, p", "inline_policies: {own: DENY, new: ALLOW}, p"),
    "an inline policy of a group": SPEC.replace("[deploy], inline_policies: {own: ALLOW}}", "[deploy]}"),
    "an alias": SPEC.replace("'}", "', alias: acme-2}"),
    "no alias": SPEC.replace("'}", "', alias: null}"),
    "a user is deleted": without(f"ann: {ANN}"),
    "a group is deleted": without(", ops: {}"),
    "a group with members is deleted": without(f"devs: {DEVS}, ").replace("groups: [devs], ", ""),
    "a policy is deleted": without(", limit: {document: ALLOW}").replace("permissions_boundary: limit", "permissions_boundary: null"),
    "everything is deleted": f"{PRUNE}guards: {{min_admins: 0}}\n",
}  # fmt: skip
ALL = ("mass-delete", "admin-quorum")


def lasting(dump, *anew):
    """An account without what undoing cannot bring back of the entities that it had to make anew."""
    found = {key: dump[key] for key in ("alias", "roles")}
    for section, kind in (("users", "user"), ("groups", "group"), ("policies", "policy")):
        lost = ("id", "created", "password", "keys", "mfa", "ssh_keys", "certificates", "service_credentials")
        found[section] = {
            name: {
                key: value
                for key, value in one.items()
                if key not in ("updated", "versions", "default", "made", *(lost if f"{kind}/{name}" in anew else ()))
            }
            for name, one in dump[section].items()
        }
    return found


@pytest.mark.parametrize("name", CHANGES)
def test_every_kind_of_change_is_taken_back(story, name):
    before = story.iam.dump()
    plan = story.plan(CHANGES[name], *ALL)
    assert plan.changes
    assert {one.status for one in run(plan, story.iam, "journal")} == DONE
    assert story.iam.dump() != before
    back = undoing("journal", story.iam, *ALL)
    assert {one.status for one in run(back, story.iam, "undo")} == DONE
    anew = [str(one.address) for one in plan.changes if one.action == "delete"]
    assert lasting(story.iam.dump(), *anew) == lasting(before, *anew)
    assert undoing("journal", story.iam).changes == ()


@pytest.mark.parametrize("name", CHANGES)
def test_an_undo_is_taken_back_as_well(story, name):
    run(story.plan(CHANGES[name], *ALL), story.iam, "journal")
    after = story.iam.dump(identity=False)
    run(undoing("journal", story.iam, *ALL), story.iam, "undo")
    run(undoing("undo", story.iam, *ALL), story.iam, "redo")
    assert story.iam.dump(identity=False) == after


# What is told


def test_what_cannot_come_back_is_told_before_anybody_agrees(story, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    story.user("mallory", groups=["ops"])
    story.iam.add_credentials("mallory")
    story.policy("old")
    for document in (DENY, ALLOW):
        text = json.dumps(document)
        story.iam.given("CreatePolicyVersion", PolicyArn=f"{OWN}old", PolicyDocument=text, SetAsDefault=True)
    ids = [story.iam.dump()[section][name]["id"] for section, name in (("users", "mallory"), ("policies", "old"))]
    run(story.plan(PRUNED), story.iam, "journal")
    told = [
        f"policy/old: does not come back: its unique id {ids[1]}, its older versions v1, v2",
        (
            "user/mallory: does not come back: its password, 2 access keys, 1 SSH key, 1 service credential, "
            f"1 signing certificate, 2 MFA devices, its unique id {ids[0]}"
        ),
    ]
    assert seen(undoing("journal", story.iam))["notes"] == told
    assert main(["undo", "journal"], connect=lambda *_, **__: story.iam) == 1  # there is nobody to agree
    shown = capsys.readouterr()
    assert [one.strip() for one in shown.out.splitlines() if "does not come back" in one] == told
    assert shown.err.splitlines() == [
        'Apply this plan to account 123456789012 (acme)? Only "yes" is a yes:',
        "error: the question was not answered, and nothing was changed; pass --auto-approve",
    ]
    assert "mallory" not in story.names("users")


def test_a_document_comes_back_as_a_new_version_which_is_told(story):
    run(story.plan(CHANGES["a document"]), story.iam, "journal")
    back = seen(undoing("journal", story.iam))
    assert back["changes"] == ["update policy/deploy: document"]
    assert back["steps"] == [f"update CreatePolicyVersion PolicyArn={OWN}deploy PolicyDocument=ALLOW SetAsDefault=True"]
    assert back["notes"] == ["policy/deploy: its document comes back as a new version, with another number"]


def test_the_guards_look_at_an_undo_too(story):
    """Kills: an undo that removes the last administrator because that is how it was before."""
    run(
        story.plan(SPEC.replace("users: {", "users: {root: {policies: [aws:AdministratorAccess]}, ")),
        story.iam,
        "journal",
    )
    assert seen(undoing("journal", story.iam))["complaints"] == [
        "admin-quorum None: 0 users with full administrator access would be left, fewer than guards.min_admins: 1"
    ]
    assert not undoing("journal", story.iam, "admin-quorum").refused


# What others have changed since


def test_what_others_have_changed_since_stays_and_is_named(story):
    """Kills: an undo that restores yesterday over today's work of somebody else."""
    run(story.plan(CHANGES["tags"].replace("groups: [devs]", "groups: [ops]")), story.iam, "journal")
    story.iam.given("TagUser", UserName="ann", Tags=[{"Key": "team", "Value": "theirs"}])
    story.iam.given("AttachUserPolicy", UserName="ann", PolicyArn=ADMIN)
    back = undoing("journal", story.iam)
    assert seen(back)["notes"] == ["user/ann: others have changed tags.team since; it stays as it is"]
    run(back, story.iam, "undo")
    ann = story.live("users", "ann")
    assert (ann["tags"], ann["groups"]) == ({"team": "theirs", "old": "y"}, ["devs"])
    assert ADMIN in ann["attached"]


def test_a_user_whom_the_apply_made_and_others_changed_is_not_deleted(story):
    run(story.plan(CHANGES["a user is made"]), story.iam, "journal")
    story.iam.given("AttachUserPolicy", UserName="bob", PolicyArn=f"{AWS}ReadOnlyAccess")
    assert seen(undoing("journal", story.iam)) == {
        "notes": ["user/bob: was made by the apply, but others have changed it since; it stays as it is"]
    }


def test_a_user_whom_others_have_given_a_key_since_is_not_deleted(story):
    """Kills: an undo that deletes a key in use."""
    run(story.plan(SPEC.replace("users: {", "users: {bob: {}, ")), story.iam, "journal")
    story.iam.given("CreateAccessKey", UserName="bob")
    assert seen(undoing("journal", story.iam)) == {
        "notes": ["user/bob: was made by the apply, but others have given it credentials since; it stays"]
    }


def test_a_user_of_the_same_name_whom_somebody_else_made_is_not_deleted(story):
    """Kills: an undo that goes by names."""
    run(story.plan(SPEC.replace("users: {", "users: {bob: {}, ")), story.iam, "journal")
    story.iam.given("DeleteUser", UserName="bob")
    story.user("bob", policies=[f"{AWS}ReadOnlyAccess"])
    assert seen(undoing("journal", story.iam)) == {
        "notes": ["user/bob: the live entity is not the entity that the apply made; it stays as it is"]
    }


def test_who_was_deleted_and_made_again_by_others_is_not_touched(story):
    run(story.plan(CHANGES["a user is deleted"]), story.iam, "journal")
    story.user("ann", path="/new/")
    assert seen(undoing("journal", story.iam)) == {
        "notes": [
            "user/ann: something else of that name is live by now; it is not made again",
        ]
    }


def test_what_others_have_deleted_since_is_not_made_again(story):
    run(story.plan(CHANGES["tags of a policy"]), story.iam, "journal")
    for operation, params in (
        ("DetachUserPolicy", {"UserName": "ann", "PolicyArn": f"{OWN}deploy"}),
        ("DetachGroupPolicy", {"GroupName": "devs", "PolicyArn": f"{OWN}deploy"}),
        ("DeletePolicy", {"PolicyArn": f"{OWN}deploy"}),
    ):
        story.iam.given(operation, **params)
    assert seen(undoing("journal", story.iam)) == {
        "notes": ["policy/deploy: others have deleted it since; it is not made again"]
    }


def test_what_the_apply_made_and_others_use_by_now_stays(story):
    run(story.plan(CHANGES["a group is made"]), story.iam, "journal")
    story.user("eve", groups=["new"])
    assert seen(undoing("journal", story.iam)) == {
        "notes": ["group/new: was made by the apply, but user/eve needs it now; it stays"]
    }


def test_a_grant_of_what_is_gone_by_now_is_not_given_back(story):
    run(story.plan(CHANGES["memberships"]), story.iam, "journal")
    for operation, params in (
        ("DetachGroupPolicy", {"GroupName": "devs", "PolicyArn": f"{OWN}deploy"}),
        ("DeleteGroupPolicy", {"GroupName": "devs", "PolicyName": "own"}),
        ("DeleteGroup", {"GroupName": "devs"}),
    ):
        story.iam.given(operation, **params)
    back = seen(undoing("journal", story.iam))
    assert back["changes"] == ["update user/ann: groups"]
    assert back["notes"] == ["user/ann: devs is gone, and is not given back to it"]


def test_nobody_comes_back_without_the_boundary_that_he_had(story):
    """Kills: an undo that makes a user anew with all grants and no limit."""
    run(story.plan(CHANGES["a user is deleted"]), story.iam, "journal")
    story.iam.given("DeletePolicy", PolicyArn=f"{OWN}limit")
    assert seen(undoing("journal", story.iam)) == {
        "notes": [f"user/ann: its boundary {OWN}limit is gone, so it stays as it is"]
    }


# Applies that went only some way


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_call_in_flight_is_undone_if_it_was_carried_out_and_only_then(story, carried_out):
    """Kills: a call whose fate is not known that is taken for made, or for not made."""
    before = story.iam.dump()

    def lost(call):
        if call.operation == "CreateUser":
            if carried_out:
                story.iam.given(call.operation, **call.params)
            return IamError(call.operation, "Unclear", "connection reset")
        return None

    story.iam.fail = lost
    run(story.plan(CHANGES["a user with a boundary is made"]), story.iam, "journal")
    story.iam.fail = None
    back = undoing("journal", story.iam)
    assert [str(one.address) for one in back.changes] == (["user/bob"] if carried_out else [])
    run(back, story.iam, "undo")
    assert story.iam.dump() == before


def test_a_journal_of_another_account_is_refused(story):
    run(story.plan(CHANGES["tags"]), story.iam, "journal")
    other = Path("journal").read_text(encoding="ascii").replace("123456789012", "210987654321")
    Path("other").write_text(other, encoding="ascii")
    with pytest.raises(IamspecError) as refused:
        undoing("other", story.iam)
    assert str(refused.value) == (
        "other: the journal is of account 210987654321, but the credentials are for 123456789012"
    )


def test_undo_saves_a_plan_that_apply_takes(story, capsys):
    before = story.iam.dump()

    def command(*words):
        return main(list(words), connect=lambda *_, **__: story.iam)

    run(story.plan(CHANGES["memberships"]), story.iam, "journal")
    assert command("undo", "journal", "--out", "plan.json") == 0
    assert story.live("users", "ann")["groups"] == ["ops"]
    assert command("apply", "plan.json", "--auto-approve") == 0
    assert story.iam.dump() == before
    assert command("undo", "journal", "--auto-approve") == 0
    *_, said, _ = capsys.readouterr().out.splitlines()
    assert said == ("Nothing to undo: account 123456789012 (acme) has nothing of that apply that can be taken back.")
