"""The access change of a plan as text, Markdown and data."""

import json
from dataclasses import replace

import pytest
from render_plans import HOSTILE, changed, full, policy, user
from story import ACCOUNT, OWN, Story
from teams import allowing, radius, team, team_with
from test_render_json import VALIDATOR
from test_render_markdown import outside_of_code

from iamspec.commands import plan as commands
from iamspec.commands.snapshot import take_snapshot
from iamspec.live.snapshot import SnapshotReader, parse
from iamspec.policy.actions import catalogue
from iamspec.policy.document import Document
from iamspec.policy.meaning import Grants
from iamspec.render.impact import of_documents, sentence
from iamspec.render.markdown import markdown
from iamspec.render.text import text
from iamspec.review.impact import Impact
from iamspec.review.impact.effect import effect
from iamspec.saved.plan_document import plan_document, plan_text


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


def crowd(story, count):
    story.policy("deploy")
    for number in range(count):
        story.user(f"user{number}", policies=[f"{OWN}deploy"])
    users = ", ".join(f"user{number}: {{policies: [deploy]}}" for number in range(count))
    return f"users: {{{users}}}\npolicies: {{deploy: {{document: {allowing('s3:GetObject', 's3:PutObject')}}}}}\n"


def test_users_for_whom_a_plan_does_the_same_stand_in_one_line(story):
    plan = story.plan(crowd(story, 5))
    said = "widens: +1 action: s3:PutObject"
    assert "\n".join(
        [
            "Access: who gains or loses what by identity policies:",
            f"  user0, user1 and 3 more  {said}",
            "      through policy/deploy",
            "",
        ]
    ) in text(plan)
    assert "- `user0`, `user1` and 3 more: widens: `+1` action: `s3:PutObject`; through `policy/deploy`\n" in markdown(
        plan
    )
    assert f"    document:  {said}\n" in text(plan)
    assert (
        "<code>policy/deploy</code>: widens: <code>+1</code> action: <code>s3:PutObject</code>; affects user0, "
        in markdown(plan)
    )


def test_in_drift_it_is_what_live_has_beside_the_spec(story):
    shown = text(story.plan(crowd(story, 1)), mode="drift")
    said = "narrower than the spec: -1 action: s3:PutObject"
    assert "Access: who has more or less than the spec gives, by identity policies:\n" in shown
    assert f"  user0  {said}\n" in shown
    assert f"    document:  {said}\n" in shown


def test_as_data_it_names_every_user_and_every_action(story):
    found = plan_document(story.plan(crowd(story, 4)))
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(json.dumps(found)))] == []
    same = {
        "verdict": "widens",
        "administrator": None,
        "gained": ["s3:PutObject"],
        "lost": [],
        "wider": [],
        "narrower": [],
        "denied": [],
        "released": [],
        "levels": {"gained": {"Write": 1}, "lost": {}},
        "risks": {"gained": {}, "lost": {}},
        "services": {"gained": {"s3": {"Write": 1}}, "lost": {}},
        "more": [{"effect": "Allow", "actions": ["s3:PutObject"], "resources": ["*"], "except": [], "conditions": []}],
        "less": [],
        "remark": None,
        "unlisted": [],
    }
    users = {"addresses": [f"user/user{number}" for number in range(4)], "fate": None}
    assert found["access"] == {
        "documents": [{"address": "policy/deploy", "field": "document", **same, "unknown": []}],
        "principals": [{**users, **same, "causes": ["policy/deploy"], "unknown": []}],
        "trusts": [],
    }


def test_the_schema_is_strict_about_it(story):
    found = plan_document(story.plan(crowd(story, 1)))
    for one in (found["access"], *found["access"]["documents"], *found["access"]["principals"]):
        for key in list(one):
            value = one.pop(key)
            assert not VALIDATOR.is_valid(found), key
            one[key] = value
        one["surplus"] = 1
        assert not VALIDATOR.is_valid(found)
        del one["surplus"]
    assert VALIDATOR.is_valid(found)


def test_without_a_change_nothing_is_said(story):
    team(story)
    plan = story.plan(team_with("ALLOW"))
    assert plan_document(plan)["access"] is None
    assert "Access" not in text(plan) + markdown(plan)


def test_many_actions_are_counted_by_service_and_few_are_named_strongest_first(story):
    team(story)
    plan = story.plan(team_with(allowing("s3:GetObject", "iam:GetUser", "iam:PassRole", "iam:CreateUser")))
    risk = "risk: PrivEsc 1, ResourceExposure 2"
    assert radius(plan) == [
        f"ann, bob | widens: +3 actions: iam:CreateUser, iam:PassRole, iam:GetUser; {risk} | policy/deploy",
    ]
    effect = of_documents(
        story.plan(team_with(allowing("s3:*", "iam:*", "ec2:*", "sqs:*", "sns:*"))), plan.changes[0].address
    )
    told = sentence(effect["document"], "plan")
    assert told.startswith("widens: +")
    assert [part.partition(":")[0] for part in told.partition("(")[2].partition(")")[0].split("; ")] == [
        *("ec2", "iam", "s3", "2 more services"),
    ]


def test_a_snapshot_knows_of_aws_what_the_package_knows_and_the_plan_says_what_is_not_known(story):
    """Kills: a plan by a snapshot that knows nothing of AWS's policies."""
    story.user("ann")
    policies = "[aws:IAMUserChangePassword, aws:NewerThanThePackage]"
    (story.folder / "iamspec.yaml").write_text(f"users: {{ann: {{policies: {policies}}}}}\n")
    saved = take_snapshot(story.iam).text()
    plan = commands.plan([str(story.folder)], SnapshotReader(parse(saved, "saved")))
    widens = "widens: +2 actions: iam:ChangePassword, iam:GetAccountPasswordPolicy; risk: ResourceExposure 1"
    assert radius(plan) == [f"ann | {widens} | own grants | policy/aws:NewerThanThePackage"]
    assert "      not known what they say: policy/aws:NewerThanThePackage\n" in text(plan)


def test_hostile_text_of_others_acts_on_no_terminal_and_marks_up_nothing():
    evil = HOSTILE
    data = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": f"x:{evil}", "Resource": "*"}}
    found = effect(user(evil), f"inline_policies.{evil}", (Grants(), Grants((Document(data),))), catalogue())
    other = replace(found, address=user("b"), field="", causes=(policy(evil),), unknown=(evil,))
    plan = changed(full(), impact=Impact((found,), (other,)))
    assert text(plan).replace("\n", "").isprintable()
    assert plan_text(plan).replace("\n", "").isprintable()
    assert "which AWS is not known to have\n      through policy/" in text(plan)
    access = markdown(plan).partition("### Access")[2].partition("### Changes")[0]
    assert {"<img", "@octocat", "\x1b"} & set(outside_of_code(access).split()) == set()


# Roles


OTHER = "999999999999"


def lines(story, spec, mode="plan"):
    return [line.strip() for line in text(story.plan(spec), mode=mode).splitlines()]


def test_a_change_of_trust_is_told_as_access(story):
    """Kills: a plan that lets a stranger become administrator, and shows a line of JSON."""
    trust = f"[{{service: ec2.amazonaws.com}}, {{account: '{OTHER}'}}]"
    spec = f"{ACCOUNT}roles: {{deployer: {{trust: {trust}, policies: [aws:AdministratorAccess]}}}}\n"
    told = f"+ anybody in account {OTHER} can become role/deployer (administrator)"
    assert told in lines(story, spec)
    story.applied(spec, "external-trust:role/deployer")
    narrow = spec.replace(f", {{account: '{OTHER}'}}", "")
    assert f"- anybody in account {OTHER} cannot become role/deployer (administrator) any more" in lines(story, narrow)
    drifted = f"+ anybody in account {OTHER} can become role/deployer, which the spec does not say"
    assert drifted in [line.replace(" (administrator)", "") for line in lines(story, narrow, "drift")]


def test_who_can_become_a_role_gains_what_the_role_gains(story):
    """Kills: a role that becomes administrator while nobody says who may assume it."""
    roles = "hop: {trust: [{account: own, user: ana}]}, deployer: {trust: [{account: own, role: hop}]"
    spec = f"{ACCOUNT}users: {{ana: {{}}}}\nroles: {{{roles}}}}}\n"
    story.applied(spec)
    wider = spec.replace("role: hop}]}", "role: hop}], policies: [aws:AdministratorAccess]}")
    told = "role/hop → role/deployer; user/ana → role/hop → role/deployer (followed 3 roles deep)"
    assert f"+ through role/deployer, and so with what it gains: {told}" in lines(story, wider)
    found = plan_document(story.plan(wider))
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(json.dumps(found)))] == []
    (effect,) = found["access"]["trusts"]
    assert (effect["address"], effect["administrator"], effect["can"]) == ("role/deployer", True, [])


def test_access_answers_through_roles_and_says_how_deep(story, capsys):
    roles = (
        "hop: {trust: [{account: own, user: ana}, {account: '999999999999'}]}, "
        "deployer: {trust: [{account: own, role: hop}, {service: ec2.amazonaws.com}], policies: [aws:AdministratorAccess]}"
    )
    (story.folder / "iamspec.yaml").write_text(f"{ACCOUNT}users: {{ana: {{}}}}\nroles: {{{roles}}}\n", encoding="utf-8")
    spec = ("--spec", str(story.folder))
    assert story.run("access", "--who", "iam:CreateUser", *spec) == 0
    shown = capsys.readouterr().out.splitlines()
    assert "user/ana → role/hop → role/deployer: allowed: iam:CreateUser" in shown
    assert "roles that are assumed one after the other are followed 3 deep" in shown
    assert story.run("access", "role/deployer", "iam:CreateUser", *spec) == 0
    assert capsys.readouterr().out.startswith("role/deployer: allowed: iam:CreateUser")
    arn = "arn:aws:iam::123456789012:role/hop"
    assert story.run("access", "--who", "sts:AssumeRole", arn, *spec) == 0
    shown = capsys.readouterr().out
    assert f"user/ana: allowed: sts:AssumeRole on {arn}: by the trust policy of role/hop" in shown
    assert (
        f"anybody in account 999999999999, as far as account 999999999999 allows it: sts:AssumeRole on {arn}" in shown
    )
    assert story.run("access", "user/ana", "sts:AssumeRole", arn.replace("hop", "deployer"), *spec) == 0
    assert capsys.readouterr().out.startswith("user/ana: denied: sts:AssumeRole")


def test_assertions_are_about_roles_too(story, capsys):
    (story.folder / "iamspec.yaml").write_text(
        f"{ACCOUNT}roles: {{x: {{path: /ci/, trust: [{{service: ec2.amazonaws.com}}], policies: [aws:ReadOnlyAccess]}}}}\n"
        'tests: {ci: {roles: ["/ci/*"], deny: ["iam:ListUsers"]}}\n',
        encoding="utf-8",
    )
    assert story.run("validate", str(story.folder)) == 1
    assert "tests.ci.deny[0]: role/x should be denied iam:ListUsers" in capsys.readouterr().err
