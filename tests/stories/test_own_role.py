"""The caller's own role, and the roles of pipelines: each way to lose one is refused by name."""

import json

import pytest
from saml import metadata
from story import ACCOUNT, Story

OWN = "123456789012"
HUB = "token.actions.githubusercontent.com"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ALL = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
FEW = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:Get*", "Resource": "*"}}
ENTRIES = "{github: acme/infra, environment: iam}, {saml: okta}, {account: own, role: hop}"
PROVIDERS = f"identity_providers: {{github: {{oidc: https://{HUB}, client_ids: [sts.amazonaws.com]}}, okta: {{saml: {{file: okta.xml}}}}}}\n"
HOP = "hop: {trust: [{service: ec2.amazonaws.com}]}"
ALLOWED = tuple(
    f"external-trust:{one}" for one in ("role/runner", "identity-provider/github", "identity-provider/okta")
)


def runner(entries=ENTRIES, policies="[aws:AdministratorAccess]", more=""):
    return f"runner: {{path: /ci/, trust: [{entries}], policies: {policies}{more}}}"


def spec(role=None, head="", providers=PROVIDERS, hop=HOP):
    roles = ", ".join(one for one in (runner() if role is None else role, hop) if one)
    return f"{head}{ACCOUNT}{providers}roles: {{{roles}}}\n"


def write(story, operation, **params):
    story.iam.given(operation, **params)


@pytest.fixture
def story(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "okta.xml").write_text(metadata(), encoding="utf-8")
    story = Story(tmp_path)
    story.iam.given("CreatePolicy", PolicyName="limit", Path="/", PolicyDocument=json.dumps(FEW))
    story.applied(spec(), *ALLOWED)
    story.iam.calls.clear()
    story.iam.caller_arn = f"arn:aws:sts::{OWN}:assumed-role/runner/session"
    return story


PRUNE = "prune: [roles, identity_providers]\n"
BOUNDED = f"{spec(runner(more=', permissions_boundary: limit'))}policies: {{limit: {{external: true}}}}\n"
OTHER_TRUST = runner(ENTRIES.replace("environment: iam", "environment: prod"))
NO_GITHUB = runner("{saml: okta}, {account: own, role: hop}")
WITHOUT_GITHUB = PROVIDERS.replace(f"github: {{oidc: https://{HUB}, client_ids: [sts.amazonaws.com]}}, ", "")
OTHER_CLIENT = PROVIDERS.replace("[sts.amazonaws.com]", "[other]")
WAYS = {
    "deletion": (spec("", PRUNE), "you would be deleted"),
    "policies": (spec(runner(policies="[]")), "they would lose access"),
    "suspension": (spec(runner(more=", suspended: true")), "they would lose access"),
    "boundary": (BOUNDED, "they would lose access"),
    "trust": (spec(OTHER_TRUST), "the trust would not let in GitHub Actions of acme/infra in environment iam any more"),
    "chain": (spec(hop="", head=PRUNE), "role/hop, which the trust names, would be deleted"),
    "provider": (
        spec(NO_GITHUB, PRUNE, WITHOUT_GITHUB),
        f"identity-provider/{HUB}, which the trust names, would be deleted",
    ),
    "audience": (
        spec(providers=OTHER_CLIENT),
        "identity-provider/github, which the trust names, would not take tokens for sts.amazonaws.com any more",
    ),
}


def lockouts(plan):
    return [one for one in plan.complaints if one.guard == "self-lockout"]


@pytest.mark.parametrize("way", sorted(WAYS))
def test_each_way_to_lose_the_own_role_is_refused_by_name(way, story):
    """Kills: a pipeline that cuts off its own way in, and a person who cannot repair it."""
    text, message = WAYS[way]
    plan = story.plan(text)
    assert plan.refused
    found = lockouts(plan)
    assert [str(one.address) for one in found] == ["role/runner"] * len(found)
    assert any(
        one.message.startswith("these are your own credentials, and") and message in one.message for one in found
    )


def test_saml_certificates_are_a_way_in(story):
    (story.folder / "okta.xml").write_text(metadata(number=2), encoding="utf-8")
    assert any("identity-provider/okta, which the trust names" in one.message for one in lockouts(story.plan(spec())))


@pytest.mark.parametrize(
    ("session", "pipelines", "told"), [("i-0123456789abcdef0", "", 1), ("ana", "", 0), ("ana", "runner", 1)]
)
def test_the_instance_profile_is_a_way_in(story, session, pipelines, told):
    """Kills: a runner on EC2 that loses its instance profile, and with it every credential, without a word."""
    write(story, "CreateInstanceProfile", InstanceProfileName="runner", Path="/")
    write(story, "AddRoleToInstanceProfile", InstanceProfileName="runner", RoleName="runner")
    story.iam.caller_arn = f"arn:aws:sts::{OWN}:assumed-role/runner/{session}"
    plan = story.plan(f"{spec()}guards: {{pipelines: [{pipelines}], protected: {{roles: [runner]}}}}\n")
    lost = "it would leave instance-profile/runner, and instances with that profile would lose it"
    assert [lost in one.message for one in lockouts(plan)] == [True] * told
    assert [one.message for one in plan.complaints if one.guard == "protected"] == [
        "is protected, and would lose access: instance_profile"
    ]


def test_a_session_that_brings_tags_needs_the_action_for_it(story):
    """Kills: a runner that always sets session tags, and is refused as soon as the trust does not allow that."""
    hop = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWN}:role/hop"}, "Action": ["sts:AssumeRole"]}
    tagged = json.dumps(
        {"Version": "2012-10-17", "Statement": [{**hop, "Action": ["sts:AssumeRole", "sts:TagSession"]}]}
    )
    write(story, "UpdateAssumeRolePolicy", RoleName="runner", PolicyDocument=tagged)
    plain = json.dumps({"Version": "2012-10-17", "Statement": [hop]})
    lines = f"runner: {{path: /ci/, trust: {{document: {plain}}}, policies: [aws:AdministratorAccess]}}"
    assert [one.message for one in lockouts(story.plan(spec(lines)))] == [
        "these are your own credentials, and the trust would not allow sts:TagSession for role/hop any more"
    ]


HUB_ENTRY = "{github: acme/hub, environment: iam}"
CHAINED = f"{runner('{account: own, role: hop}')}, hop: {{trust: [{HUB_ENTRY}]}}"
SHUT = {
    "trust": (
        CHAINED.replace("iam}", "prod}"),
        PROVIDERS,
        (
            "the trust of role/hop, through which it is assumed, would not let in GitHub Actions of acme/hub in environment "
            "iam any more"
        ),
    ),
    "audience": (
        CHAINED,
        OTHER_CLIENT,
        (
            "identity-provider/github, which the trust of role/hop names, would not take tokens for sts.amazonaws.com any "
            "more"
        ),
    ),
}


@pytest.mark.parametrize("way", sorted(SHUT))
def test_the_ways_into_every_role_of_the_chain_are_ways_in(way, story):
    """Kills: a hub that nobody can enter any more, and a pipeline behind it that nobody asks about."""
    story.applied(spec(CHAINED, hop=""), *ALLOWED, "external-trust:role/hop", "self-lockout")
    story.iam.calls.clear()
    roles, providers, message = SHUT[way]
    plan = story.plan(spec(roles, hop="", providers=providers))
    assert [one.message for one in lockouts(plan)] == [f"these are your own credentials, and {message}"]


def test_logins_of_a_protected_provider_are_protected(story):
    """Kills: an audience or a certificate that goes, of a provider that the settings protect."""
    (story.folder / "okta.xml").write_text(metadata(number=2), encoding="utf-8")
    plan = story.plan(f"{spec(providers=OTHER_CLIENT)}guards: {{protected: {{identity_providers: [github, okta]}}}}\n")
    assert [(str(one.address), one.message) for one in plan.complaints if one.guard == "protected"] == [
        ("identity-provider/github", "is protected, and would lose access: client_ids"),
        ("identity-provider/okta", "is protected, and would lose access: saml"),
    ]


def test_a_wider_trust_is_no_lockout(story):
    wider = runner(f"{ENTRIES}, {{service: lambda.amazonaws.com}}")
    assert lockouts(story.plan(spec(wider))) == []


@pytest.mark.parametrize("way", sorted(WAYS))
def test_the_roles_of_pipelines_are_held_to_the_same(way, story):
    """Kills: a person who locks the pipeline out, and hears of it at night."""
    text, message = WAYS[way]
    story.iam.caller_arn = f"arn:aws:iam::{OWN}:root"
    assert lockouts(story.plan(text)) == []
    found = lockouts(story.plan(f"{text}guards: {{pipelines: [runner]}}\n"))
    own = message.replace("you would", "it would")
    assert any(one.message.startswith("this is one of guards.pipelines, and") and own in one.message for one in found)


def test_a_pipeline_that_no_role_has_the_name_of_is_a_complaint(story):
    plan = story.plan(
        f"{spec(hop=HOP.replace(']}', '], max_session_duration: 7200}'))}guards: {{pipelines: [runer]}}\n"
    )
    assert [one.message for one in lockouts(plan)] == ["is one of guards.pipelines, but no role has this name"]


def test_a_policy_of_a_role_of_identity_center_is_the_callers_own(story):
    """Kills: a permission set taken for nobody, because its role is out of scope."""
    name = "AWSReservedSSO_Admin_0123456789abcdef"
    trust = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": OWN}, "Action": "sts:AssumeRole"},
    }
    path = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
    story.iam.given("CreateRole", RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(trust))
    story.iam.given("CreatePolicy", PolicyName="mine", Path="/", PolicyDocument=json.dumps(ALL))
    story.iam.given("AttachRolePolicy", RoleName=name, PolicyArn=f"arn:aws:iam::{OWN}:policy/mine")
    story.iam.caller_arn = f"arn:aws:sts::{OWN}:assumed-role/{name}/ana@example.com"
    plan = story.plan(f"{ACCOUNT}policies: {{mine: {{document: {json.dumps(FEW)}}}}}\n")
    assert [str(one.address) for one in lockouts(plan)] == [f"role/{name}"]
