"""The trust of roles: short forms, principals that are made in the same plan, deleted principals, and who comes from outside."""

import json

import pytest
from story import ACCOUNT, Story, called

from iamspec.desired.load import parsed
from iamspec.desired.trusts import foreign_sign_ins

OWN, OTHER = "123456789012", "210987654321"
HUB = "token.actions.githubusercontent.com"
GITHUB = f"identity_providers: {{github: {{oidc: https://{HUB}, client_ids: [sts.amazonaws.com]}}}}\n"
SERVICE = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture
def story(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Story(tmp_path)


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*names, **more):
    return {"Effect": "Allow", "Principal": {"AWS": list(names)}, "Action": "sts:AssumeRole", **more}


def role(story, name, trust=None):
    story.iam.given(
        "CreateRole", RoleName=name, AssumeRolePolicyDocument=json.dumps(trust or document(SERVICE)), Path="/"
    )


def spec(trust, *more):
    return f"{ACCOUNT}{''.join(more)}roles: {{x: {{trust: {trust}}}}}\n"


def allowing(*addresses):
    return tuple(f"external-trust:{one}" for one in addresses)


def trust_of(story, name):
    from fake.trust import shown_trust

    return shown_trust(story.iam.state, story.iam.state.roles[name].trust)


def test_a_role_is_made_with_the_trust_that_its_entries_stand_for(story):
    """Kills: a role that somebody else than the spec says may assume."""
    written = "[{service: lambda.amazonaws.com}, {github: acme/infra, branch: main}]"
    story.applied(spec(written, GITHUB), *allowing("role/x", "identity-provider/github"))
    issuer = f"arn:aws:iam::{OWN}:oidc-provider/{HUB}"
    tests = {f"{HUB}:aud": "sts.amazonaws.com", f"{HUB}:sub": "repo:acme/infra:ref:refs/heads/main"}
    assert trust_of(story, "x") == document(
        SERVICE,
        {
            "Effect": "Allow",
            "Principal": {"Federated": issuer},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": tests},
        },
    )


def test_people_come_through_the_sign_in_address_of_the_partition():
    """Kills: a trust with the audience of another partition, which admits no principal."""
    found = parsed(
        [f"{ACCOUNT}identity_providers: {{okta: {{saml: x}}}}\nroles: {{x: {{trust: [{{saml: okta}}]}}}}\n"]
    )[0]
    assert [one.message for one in foreign_sign_ins(found, "aws-us-gov")] == []
    assert [f"{one.where}: {one.message}" for one in foreign_sign_ins(found, "aws-eusc")] == [
        "role/x: trust[0].saml: the sign-in address of aws-eusc is not known here; write the trust as a document"
    ]


def test_an_entry_may_stand_without_a_list(story):
    role(story, "x")
    assert story.plan(spec("{service: lambda.amazonaws.com}")).changes == ()


def test_roles_may_trust_each_other_and_themselves(story):
    """Kills: a trust in a role that the same plan makes a moment later."""
    trusting = "{trust: [{account: own, role: b}]}, b: {trust: [{account: own, role: a}, {account: own, role: b}]}"
    plan = story.applied(f"{ACCOUNT}roles: {{a: {trusting}}}\n")
    assert [one.split()[1] for one in plan["steps"]] == [
        "CreateRole",
        "CreateRole",
        "UpdateAssumeRolePolicy",
        "UpdateAssumeRolePolicy",
    ]
    assert all("IamspecWaiting" in one for one in plan["steps"][:2])


def test_a_user_of_the_same_plan_is_made_before_the_role_that_trusts_it(story):
    plan = story.applied(f"{spec('[{account: own, user: ops/ana}]')}users: {{ana: {{path: /ops/}}}}\n")
    assert [one.split()[1] for one in plan["steps"]] == ["CreateUser", "CreateRole"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{account: own, role: non}", "trusts role/non, which is neither declared nor live"),
        ("{account: own, user: ana}", "trusts user/ana, which is neither declared nor live"),
        (
            "{github: acme/infra, branch: main}",
            f"trusts identity-provider/{HUB}, which is neither declared nor live",
        ),
    ],
)
def test_a_principal_that_is_not_there_is_an_error_of_the_plan(entry, message, story):
    """Kills: an apply that fails half-way with Invalid principal."""
    assert story.refused(spec(f"[{entry}]")) == [f"role/x: trust: {message}"]


def test_a_live_provider_may_be_trusted_without_being_declared(story):
    story.iam.given("CreateOpenIDConnectProvider", Url=f"https://{HUB}", ClientIDList=["sts.amazonaws.com"])
    plan = story.plan(spec("[{github: acme/infra, branch: main}]"), *allowing("role/x"))
    assert [step.call.operation for step in plan.steps] == ["CreateRole"]


def test_a_provider_of_the_same_plan_is_made_before_the_role_that_trusts_it(story):
    plan = story.plan(spec("[{github: acme/infra, branch: main}]", GITHUB))
    assert [step.call.operation for step in plan.steps] == ["CreateOpenIDConnectProvider", "CreateRole"]


# Guards


def complaints(plan):
    return [f"{one.address}: {one.message}" for one in plan.complaints if one.guard == "external-trust"]


def test_somebody_from_outside_who_could_not_before_is_a_complaint(story):
    role(
        story, "x", document(allow(f"arn:aws:iam::{OTHER}:root", Condition={"StringEquals": {"sts:ExternalId": "x-7"}}))
    )
    story.iam.given("AttachRolePolicy", RoleName="x", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    told = f"{ACCOUNT}roles: {{x: {{trust: [{{account: '{OTHER}'}}, {{account: own}}], policies: [aws:AdministratorAccess]}}}}\n"
    assert complaints(story.plan(told)) == [
        f"role/x: could be assumed by anybody in account {OTHER}, which could not before; it is an administrator"
    ]


def test_a_trust_beyond_the_quota_of_the_account_is_a_complaint(story):
    """Kills: an apply that fails half-way with LimitExceeded."""
    story.iam.state.quotas["AssumeRolePolicySizeQuota"] = 150
    role(story, "x")
    plan = story.plan(spec("[{service: lambda.amazonaws.com}, {service: ec2.amazonaws.com}]"))
    assert [step.call.operation for step in plan.steps] == ["UpdateAssumeRolePolicy"]
    assert [(one.guard, one.message) for one in plan.complaints] == [
        ("quota", "219 characters in trust after this plan; this account allows 150")
    ]


def test_a_narrower_trust_is_no_complaint(story):
    """Kills: a guard that complains of every change, which people then allow without reading."""
    role(story, "x", document(allow(f"arn:aws:iam::{OTHER}:root")))
    told = f"{ACCOUNT}roles: {{x: {{trust: [{{account: '{OTHER}', external_id: x-77}}]}}}}\n"
    plan = story.plan(told)
    assert [step.call.operation for step in plan.steps] == ["UpdateAssumeRolePolicy"]
    assert complaints(plan) == []


def test_a_deleted_principal_whose_name_another_one_has_is_a_complaint(story):
    """Kills: a new role of an old name that is trusted without a word."""
    role(story, "old")
    role(story, "x", document(allow(f"arn:aws:iam::{OWN}:role/old")))
    story.iam.given("DeleteRole", RoleName="old")
    role(story, "old")
    told = spec("[{account: own, role: old}]")
    assert complaints(story.plan(told)) == [
        (
            f"role/x: the role it trusted is gone; another one has its name, arn:aws:iam::{OWN}:role/old, and would be "
            "trusted; it has no policies"
        )
    ]


def test_a_unique_id_that_is_new_in_a_trust_may_be_of_any_account(story):
    """Kills: a user of another account whom a pull request names by the id, which IAM takes for the ARN."""
    role(story, "x")
    known = story.iam.dump()["roles"]["deploy"]["id"]
    for unique_id, told in (("AIDAEXAMPLEEXAMPLE123", True), (known, False)):
        text = json.dumps(document(allow(unique_id)))
        expected = f"role/x: could be assumed by whoever has the unique id {unique_id}, which could not before; it has no policies"
        found = story.plan(f"{ACCOUNT}roles: {{deploy: {{external: true}}, x: {{trust: {{document: {text}}}}}}}\n")
        assert complaints(found) == ([expected] if told else [])


@pytest.mark.parametrize(("key", "told"), [("aws:PrincipalTag/team", True), ("aws:SourceIp", False)])
def test_outsiders_who_may_bring_session_tags_that_policies_ask_for_are_a_complaint(story, key, told):
    """Kills: sts:TagSession for another account, which thereby meets every condition on tags of the principal."""
    root = f"arn:aws:iam::{OTHER}:root"
    role(story, "x", document(allow(root)))
    asking = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringLike": {key: "a*"}}}
    text = json.dumps(document(allow(root, Action=["sts:AssumeRole", "sts:TagSession"])))
    lines = f"trust: {{document: {text}}}, inline_policies: {{p: {json.dumps(document(asking))}}}"
    expected = (
        f"role/x: could be given session tags, which its policies ask for, by anybody in account {OTHER}, which could not "
        "before; it has p"
    )
    assert complaints(story.plan(f"{ACCOUNT}roles: {{x: {{{lines}}}}}\n")) == ([expected] if told else [])


def test_a_principal_that_the_same_plan_makes_anew_is_trusted_again_without_a_question(story):
    role(story, "old")
    role(story, "x", document(allow(f"arn:aws:iam::{OWN}:role/old")))
    story.iam.given("DeleteRole", RoleName="old")
    told = f"{ACCOUNT}roles: {{old: {{trust: {{service: lambda.amazonaws.com}}}}, x: {{trust: [{{account: own, role: old}}]}}}}\n"
    plan = story.applied(told)
    assert [one.split()[1] for one in plan["steps"]] == ["CreateRole", "UpdateAssumeRolePolicy"]


# Bad input, offline


RESOURCE = (
    "{document: {Version: 2012-10-17, Statement: {Effect: Allow, Action: 'sts:AssumeRole', Resource: '*', "
    "Principal: {AWS: '*'}}}}"
)
AWZ = 'trust.document.Statement.Principal.AWS: AWS "arn:awz:iam::123456789012:root" is in "awz", which is no partition'
FAULTS = [
    ("[]", "trust: the trust names nobody; write at least one entry"),
    ("[lambda]", "trust[0]: an entry is a mapping, such as {service: lambda.amazonaws.com}"),
    ("[{account: '21098765432'}]", 'trust[0].account: "21098765432" has 11 digits; an account id has 12'),
    ("[{account: 210987654321}]", 'trust[0].account: write the account id in quotes: account: "210987654321"'),
    ("[{}]", "trust[0]: this names nobody; write one of github, service, account, oidc, saml, identity_center, such "),
    ("[{service: a.amazonaws.com, saml: okta}]", "trust[0]: this names service and saml; write one entry for each"),
    ("[{github: acme/infra, branch: 'x/*'}]", 'trust[0].branch: a wildcard in "x/*"; write {like: "x/*"} if many'),
    ("[{saml: okta}]", 'trust[0].saml: no identity-provider "okta" is declared'),
    (
        "[{oidc: gitlap, subject: x}]",
        'trust[0].oidc: no identity-provider "gitlap" is declared; did you mean "gitlab"?',
    ),
    (
        RESOURCE,
        "trust.document.Statement.Resource: Resource is not allowed in a trust policy",
    ),
    ("{file: trust.json}", 'trust.file: "trust.json": '),
    ("lambda", "trust: must be a list of entries, such as `- {service: lambda.amazonaws.com}`, or {document: …}"),
    ("[{saml: gitlab}]", "trust[0].saml: identity-provider/gitlab is an issuer of tokens; write {oidc: gitlab}"),
    (RESOURCE.replace("Resource: '*', ", "").replace("'*'", "'arn:awz:iam::123456789012:root'"), AWZ),
    ("{file: secret.json}", "trust.document: this is no policy document, since it has no Statement"),
]


@pytest.mark.parametrize(("trust", "message"), FAULTS)
def test_a_faulty_trust_is_one_message(trust, message, story):
    (story.folder / "secret.json").write_text('{"account": "hunter2", "service": "hunter2"}', encoding="utf-8")
    providers = "identity_providers: {gitlab: {oidc: https://gitlab.com}}\n"
    (found,) = story.refused(spec(trust, providers))
    assert found.startswith(f"role/x: {message}")
    assert "hunter2" not in found


def test_a_faulty_entry_is_shown_at_its_place(story, capsys):
    (story.folder / "iamspec.yaml").write_text(
        "roles:\n  x:\n    trust:\n      - service: lambda.amazonaws.com\n      - account: own\n        rol: y\n"
    )
    assert story.run("validate", str(story.folder)) == 1
    wanted = 'iamspec.yaml:6:14: role/x: trust[1].rol: unknown key "rol" beside account; did you mean role?'
    assert wanted in capsys.readouterr().err


def test_a_document_in_a_file_is_shown_at_its_place_there(story, capsys):
    (story.folder / "trust.json").write_text(json.dumps(document({**SERVICE, "Resource": "*"}), indent=1))
    (story.folder / "iamspec.yaml").write_text("roles: {x: {trust: {file: trust.json}}}\n")
    assert story.run("validate", str(story.folder)) == 1
    assert "trust.json:10:16: role/x: trust.document.Statement[0].Resource: " in capsys.readouterr().err


def test_the_trust_of_a_saved_plan_is_run(story):
    allow_both = [word for one in allowing("role/x", "identity-provider/github") for word in ("--allow", one)]
    story.plan(spec("[{account: own, role: x}, {github: acme/infra, branch: main}]", GITHUB))
    assert story.run("plan", str(story.folder), "--out", "p.json", *allow_both) == 0
    assert story.run("apply", "p.json", "--auto-approve", *allow_both) == 0
    assert story.run("plan", str(story.folder), "--detailed-exitcode") == 0
    assert called(story.iam.writes[-1]).startswith("UpdateAssumeRolePolicy")


# Warnings


def warned(story, text):
    from iamspec.commands.validate import validate
    from iamspec.desired.lint import findings

    (story.folder / "iamspec.yaml").write_text(text, encoding="utf-8")
    found = findings(validate([str(story.folder)])[0])
    return [(one.code, one.where.partition(": ")[2], one.reason) for one in found]


def test_short_forms_and_documents_draw_the_warnings_of_their_statements(story):
    """Kills: a lint that looks at what roles may do, and not at who they are."""
    short = spec(f"[{{account: own}}, {{account: '{OTHER}'}}, {{github: acme/infra, branch: {{like: 'r/*'}}}}]", GITHUB)
    assert warned(story, short) == [("whole-account", "trust[1]", None), ("wildcard-subject", "trust[2]", None)]
    written = json.dumps(document({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}))
    assert warned(story, spec(f"{{document: {written}}}")) == [
        ("trust-anybody", "trust.document.Statement[0].Principal.AWS", None)
    ]
    meant = "lint: {ignore: {whole-account: an audit}}"
    ignored = f"{ACCOUNT}roles: {{x: {{trust: [{{account: '{OTHER}'}}], {meant}}}}}\n"
    assert warned(story, ignored) == [("whole-account", "trust[0]", "an audit")]


def test_an_issuer_that_everybody_can_use_needs_the_audience_that_iam_asks_for(story):
    """Kills: an apply that IAM refuses for a rule that is known offline."""
    providers = "identity_providers: {vercel: {oidc: https://oidc.vercel.com}}\n"
    (found,) = story.refused(spec("[{oidc: vercel, subject: owner:acme}]", providers))
    assert found.startswith("role/x: trust[0]: oidc.vercel.com gives tokens to anybody, so IAM demands a condition on ")


# Import


def imported(story, *words):
    assert story.run("import", *words, "--out", "live") == 0
    assert story.run("plan", "live", "--detailed-exitcode") == 0
    return (story.folder / "live" / "roles.yaml").read_text(encoding="utf-8")


def test_an_import_writes_trusts_in_short_form_where_they_are_that(story, capsys):
    """Kills: a short form that says more or less than the live trust, and a provider that nobody declares."""
    from saml import metadata

    story.iam.given("CreateOpenIDConnectProvider", Url=f"https://{HUB}", ClientIDList=["sts.amazonaws.com"])
    story.iam.given("CreateOpenIDConnectProvider", Url="https://oidc.example.com/id/A", ClientIDList=["a", "b"])
    story.iam.given("CreateSAMLProvider", Name="okta", SAMLMetadataDocument=metadata())
    entries = (
        "[{service: ec2.amazonaws.com}, {github: acme/infra, branch: main}, {saml: okta}, {account: own, role: hop}]"
    )
    providers = GITHUB.replace("}}\n", "}, okta: {saml: {file: okta.xml}}}\n")
    (story.folder / "okta.xml").write_text(metadata(), encoding="utf-8")
    story.iam.given("DeleteRole", RoleName="deploy")
    role(story, "hop", document({**SERVICE, "Sid": "Own"}))
    told = f"{ACCOUNT}{providers}roles: {{x: {{trust: {entries}}}, hop: {{external: true}}}}\n"
    story.applied(told, *allowing("role/x"))
    text = imported(story, "--roles")
    assert "github: acme/infra" in text
    assert "saml: okta" in text
    assert "role: hop" in text
    assert text.count("Federated") == 0
    assert "Sid: Own" in text
    found = (story.folder / "live" / "identity_providers.yaml").read_text(encoding="utf-8")
    assert "oidc.example.com-id-A:" in found
    assert "github:" in found


def test_an_import_of_one_role_names_its_provider_as_external(story, capsys):
    story.iam.given("CreateOpenIDConnectProvider", Url=f"https://{HUB}", ClientIDList=["sts.amazonaws.com"])
    story.applied(spec("[{github: acme/infra, branch: main}]"), *allowing("role/x"))
    capsys.readouterr()
    assert story.run("import", "role/x") == 0
    assert "github: acme/infra" in capsys.readouterr().out


def test_a_snapshot_has_the_providers(story):
    story.iam.given("CreateOpenIDConnectProvider", Url=f"https://{HUB}", ClientIDList=["sts.amazonaws.com"])
    told = spec("[{github: acme/infra, branch: main}]", GITHUB)
    story.applied(told, *allowing("role/x"))
    assert story.run("snapshot", "--out", "s.json") == 0
    assert story.run("plan", str(story.folder), "--snapshot", "s.json", "--detailed-exitcode") == 0
