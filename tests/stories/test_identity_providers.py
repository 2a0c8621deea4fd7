"""Identity providers: made, compared, changed, saved, taken back and removed. IAM knows an issuer by its URL alone."""

import json

import pytest
from journals import run, undoing
from saml import metadata
from story import ACCOUNT, Story, called, seen

HUB = "token.actions.githubusercontent.com"
ALLOWED = tuple(f"external-trust:identity-provider/{name}" for name in ("github", "okta"))
OIDC, SAML = "arn:aws:iam::123456789012:oidc-provider/", "arn:aws:iam::123456789012:saml-provider/"
GITHUB = f"{{oidc: https://{HUB}, client_ids: [sts.amazonaws.com]}}"
BOTH = f"{ACCOUNT}identity_providers: {{github: {GITHUB}, okta: {{saml: {{file: okta.xml}}}}}}\n"


@pytest.fixture
def story(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "okta.xml").write_text(metadata(), encoding="utf-8")
    return Story(tmp_path)


def made(story, *client_ids):
    story.iam.given("CreateOpenIDConnectProvider", Url=f"https://{HUB}", ClientIDList=list(client_ids))


def providers(story):
    return sorted([*story.iam.state.oidc_providers, *story.iam.state.saml_providers])


def test_providers_are_made_and_the_next_plan_is_empty(story):
    plan = story.applied(BOTH, *ALLOWED)
    assert plan["changes"] == [
        "create identity-provider/github: oidc, client_ids",
        "create identity-provider/okta: saml",
    ]
    assert [one.partition(" SAMLMetadata")[0] for one in plan["steps"]] == [
        f"create CreateOpenIDConnectProvider ClientIDList=['sts.amazonaws.com'] Url=https://{HUB}",
        "create CreateSAMLProvider Name=okta",
    ]
    assert providers(story) == [f"{OIDC}{HUB}", f"{SAML}okta"]


def test_a_live_issuer_is_found_by_its_url_under_the_name_of_the_spec(story):
    """Kills: a second provider for a URL that IAM has already."""
    made(story, "sts.amazonaws.com")
    assert seen(story.plan(f"{ACCOUNT}identity_providers: {{gh: {GITHUB}}}\n")) == {}


def test_the_audiences_are_complete_and_thumbprints_only_where_they_are_written(story):
    made(story, "old", "sts.amazonaws.com")
    spec = f"{ACCOUNT}identity_providers: {{github: {{oidc: https://{HUB}, client_ids: [new, sts.amazonaws.com]"
    plan = story.applied(f"{spec}}}}}\n", "external-trust:identity-provider/github")
    assert plan["steps"] == [
        f"grant AddClientIDToOpenIDConnectProvider ClientID=new OpenIDConnectProviderArn={OIDC}{HUB}",
        f"revoke RemoveClientIDFromOpenIDConnectProvider ClientID=old OpenIDConnectProviderArn={OIDC}{HUB}",
    ]
    printed = seen(story.plan(f"{spec}, thumbprints: [{'A' * 40}]}}}}\n"))
    assert printed["steps"] == [
        f"update UpdateOpenIDConnectProviderThumbprint OpenIDConnectProviderArn={OIDC}{HUB} ThumbprintList=['{'a' * 40}']"
    ]


def test_metadata_are_compared_by_entity_id_and_certificates(story):
    story.applied(BOTH, *ALLOWED)
    (story.folder / "okta.xml").write_text(metadata().replace("made for tests", "written anew"), encoding="utf-8")
    assert seen(story.plan(BOTH)) == {}
    (story.folder / "okta.xml").write_text(metadata(number=2), encoding="utf-8")
    (change,) = story.plan(BOTH).changes
    assert [one.call.operation for one in change.steps] == ["UpdateSAMLProvider"]
    (difference,) = change.differences
    assert difference.before["entity_id"] == difference.after["entity_id"] == "https://idp.example.com/saml"
    assert difference.before["certificates"] != difference.after["certificates"]


def test_nobody_reads_providers_that_no_spec_asks_for(story):
    """Kills: reads, and so permissions, that a spec without providers never needed."""
    made(story)
    story.plan(f"{ACCOUNT}users: {{}}\n")
    assert [call.operation for call in story.iam.calls if "Provider" in call.operation] == []
    story.plan(f"{ACCOUNT}identity_providers: {{}}\n")
    assert [call.operation for call in story.iam.calls if "Provider" in call.operation] == [
        "ListOpenIDConnectProviders",
        "ListSAMLProviders",
    ]


def test_undeclared_providers_are_listed_and_that_of_identity_center_is_not(story):
    made(story)
    story.iam.given("CreateSAMLProvider", Name="AWSSSO_1a2b_DO_NOT_DELETE", SAMLMetadataDocument=metadata(number=3))
    pruning = "prune: [identity_providers]\n"
    assert seen(story.plan(f"{ACCOUNT}identity_providers: {{}}\n"))["undeclared"] == [f"identity-provider/{HUB}"]
    pruned = seen(story.plan(f"{pruning}{ACCOUNT}identity_providers: {{}}\n"))
    assert pruned["steps"] == [f"delete DeleteOpenIDConnectProvider OpenIDConnectProviderArn={OIDC}{HUB}"]


def test_a_provider_that_a_role_trusts_stays_and_is_named(story):
    """Kills: a tombstone that cuts off whoever comes through the provider."""
    made(story, "sts.amazonaws.com")
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": f"{OIDC}{HUB}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{HUB}:sub": "repo:acme/infra:ref:refs/heads/main"}},
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    story.iam.given("CreateRole", RoleName="ci", Path="/", AssumeRolePolicyDocument=text)
    tombstone = f"absent: {{identity_providers: {{{HUB}: 2099-01-01}}}}\n"
    found = seen(story.plan(f"{ACCOUNT}{tombstone}identity_providers: {{}}\n"))
    held = "role/ci, which the spec does not manage, trusts it"
    assert found["complaints"] == [
        f"in-use identity-provider/{HUB}: is absent in the spec, but {held}",
    ]
    pruned = seen(story.plan(f"prune: [identity_providers]\n{ACCOUNT}identity_providers: {{}}\n"))
    assert (pruned["kept"], "steps" in pruned) == ([f"identity-provider/{HUB}: {held}"], False)


def test_a_name_of_the_spec_is_of_one_provider(story):
    """Kills: an undeclared SAML provider taken for the issuer that the spec calls the same."""
    made(story, "sts.amazonaws.com")
    story.iam.given("CreateSAMLProvider", Name="github", SAMLMetadataDocument=metadata())
    found = seen(story.plan(f"{ACCOUNT}identity_providers: {{github: {GITHUB}}}\n"))
    assert found == {"undeclared": ["identity-provider/saml-provider/github"]}


def test_a_saved_plan_of_providers_is_run_under_the_names_of_the_spec(story):
    story.plan(BOTH)
    allow = [word for one in ALLOWED for word in ("--allow", one)]
    assert story.run("plan", str(story.folder), "--out", "p.json", *allow) == 0
    assert story.run("apply", "p.json", "--auto-approve", *allow) == 0
    assert providers(story) == [f"{OIDC}{HUB}", f"{SAML}okta"]
    assert story.run("plan", str(story.folder), "--detailed-exitcode") == 0


def test_an_undo_takes_providers_back(story):
    made(story, "old", "sts.amazonaws.com")
    journal = story.folder / "journal.jsonl"
    run(story.plan(BOTH, *ALLOWED), story.iam, journal)
    taken = undoing(journal, story.iam)
    assert [called(step.call) for step in taken.steps] == [
        f"AddClientIDToOpenIDConnectProvider ClientID=old OpenIDConnectProviderArn={OIDC}{HUB}",
        f"DeleteSAMLProvider SAMLProviderArn={SAML}okta",
    ]


FAULTS = [
    ("{oidc: http://x.example.com}", 'oidc: "http://x.example.com" is no URL of an issuer; write https://HOST/PATH'),
    ("{oidc: 'https://x.example.com?a=b'}", 'oidc: "https://x.example.com?a=b" has a query, a fragment or a user'),
    ("{oidc: https://x.example.com, saml: {file: okta.xml}}", "saml: oidc and saml exclude each other"),
    ("{client_ids: [a]}", '"oidc" or "saml" is missing'),
    ("{oidc: https://x.example.com, client_ids: [a, a]}", 'client_ids[1]: "a" stands here twice'),
    ("{oidc: https://x.example.com, thumbprints: [abc]}", 'thumbprints[0]: "abc" is no thumbprint'),
    ("{saml: {file: okta.xml}, client_ids: [a]}", "client_ids: client_ids are of an issuer of tokens (oidc)"),
    ("{saml: {file: none.xml}}", 'saml.file: "none.xml": '),
    ("{saml: {file: broken.xml}}", "saml: this is no XML: line 2, column 1"),
]


@pytest.mark.parametrize(("written", "message"), FAULTS)
def test_a_faulty_provider_is_one_message(written, message, story):
    (story.folder / "broken.xml").write_text("<a>\n", encoding="utf-8")
    (found,) = story.refused(f"identity_providers: {{x: {written}}}\n")
    assert found.startswith(f"identity-provider/x: {message}")


def test_broken_xml_is_shown_in_its_own_file(story, capsys):
    (story.folder / "broken.xml").write_text("<a>\n\n<b></a>", encoding="utf-8")
    (story.folder / "iamspec.yaml").write_text("identity_providers: {x: {saml: {file: broken.xml}}}\n")
    assert story.run("validate", str(story.folder)) == 1
    assert "broken.xml:3:6: identity-provider/x: saml: this is no XML" in capsys.readouterr().err


def test_two_providers_of_one_url_are_an_error_that_shows_both(story):
    spec = f"identity_providers:\n  a: {GITHUB}\n  b: {{oidc: 'https://{HUB}:443'}}\n"
    (found,) = story.refused(spec)
    assert found.startswith("identity-provider/b: oidc: identity-provider/a at ")
    assert found.endswith(f"is the same entity to IAM, oidc-provider/{HUB}")


def test_a_certificate_that_has_expired_is_an_error_of_validate(story, capsys, monkeypatch):
    from datetime import UTC, datetime

    class Later(datetime):
        @classmethod
        def now(cls, *_):
            return cls(2036, 1, 1, tzinfo=UTC)

    monkeypatch.setattr("iamspec.cli.checking.datetime", Later)
    (story.folder / "iamspec.yaml").write_text("identity_providers: {okta: {saml: {file: okta.xml}}}\n")
    assert story.run("validate", str(story.folder)) == 1
    assert "okta.xml:1:1: identity-provider/okta: saml: a certificate in it has expired on 2035-12-30" in (
        capsys.readouterr().err
    )
