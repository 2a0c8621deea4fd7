"""Short forms of trust policies: the mistakes in them, the statements that they stand for, and the way back."""

from typing import Any

import pytest

from iamspec.policy.document import Document
from iamspec.policy.trust import check
from iamspec.policy.trust.entry import read
from iamspec.policy.trust.short import Issuer, Surroundings, expanded, shortened

OWN, OTHER = "123456789012", "210987654321"
HUB = "token.actions.githubusercontent.com"
ISSUERS = {
    "gh": Issuer(HUB, ("sts.amazonaws.com",)),
    "acme-hub": Issuer(f"{HUB}/acme", ("sts.amazonaws.com",)),
    "gitlab": Issuer("gitlab.com", ("https://gitlab.com",)),
    "bare": Issuer("oidc.example.com"),
}
AROUND = Surroundings(OWN, "aws", ISSUERS)


def statement(principal: Any, action: str, condition: Any = None) -> dict[str, Any]:
    found = {"Effect": "Allow", "Principal": principal, "Action": action}
    return found | ({"Condition": condition} if condition else {})


def web(issuer: str, **condition: Any) -> dict[str, Any]:
    provider = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{issuer}"}
    return statement(provider, "sts:AssumeRoleWithWebIdentity", condition)


def hub(subject: str) -> dict[str, Any]:
    return web(HUB, StringEquals={f"{HUB}:aud": "sts.amazonaws.com", f"{HUB}:sub": subject})


EXPANSIONS = [
    ({"service": "lambda.amazonaws.com"}, statement({"Service": "lambda.amazonaws.com"}, "sts:AssumeRole")),
    ({"account": OTHER}, statement({"AWS": f"arn:aws:iam::{OTHER}:root"}, "sts:AssumeRole")),
    ({"account": "own"}, statement({"AWS": f"arn:aws:iam::{OWN}:root"}, "sts:AssumeRole")),
    (
        {"account": OTHER, "role": "ci/deployer", "external_id": "x-77"},
        statement(
            {"AWS": f"arn:aws:iam::{OTHER}:role/ci/deployer"},
            "sts:AssumeRole",
            {"StringEquals": {"sts:ExternalId": "x-77"}},
        ),
    ),
    ({"account": "own", "user": "ana"}, statement({"AWS": f"arn:aws:iam::{OWN}:user/ana"}, "sts:AssumeRole")),
    ({"github": "acme/infra", "environment": "prod:eu"}, hub("repo:acme/infra:environment:prod%3Aeu")),
    ({"github": "acme/infra", "branch": "main"}, hub("repo:acme/infra:ref:refs/heads/main")),
    ({"github": "acme/infra", "tag": "v1"}, hub("repo:acme/infra:ref:refs/tags/v1")),
    ({"github": "acme/infra", "pull_request": True}, hub("repo:acme/infra:pull_request")),
    (
        {"github": "acme/infra", "environment": "prod", "owner_id": 12, "repository_id": 34},
        hub("repo:acme@12/infra@34:environment:prod"),
    ),
    (
        {"github": "acme/infra", "branch": {"like": "release/*"}},
        web(
            HUB,
            StringEquals={f"{HUB}:aud": "sts.amazonaws.com"},
            StringLike={f"{HUB}:sub": "repo:acme/infra:ref:refs/heads/release/*"},
        ),
    ),
    (
        {"github": "acme/infra", "branch": "main", "provider": "acme-hub"},
        web(
            f"{HUB}/acme",
            StringEquals={
                f"{HUB}/acme:aud": "sts.amazonaws.com",
                f"{HUB}/acme:sub": "repo:acme/infra:ref:refs/heads/main",
            },
        ),
    ),
    (
        {"oidc": "gitlab", "subject": "project_path:acme/app:ref_type:branch:ref:main"},
        web(
            "gitlab.com",
            StringEquals={
                "gitlab.com:aud": "https://gitlab.com",
                "gitlab.com:sub": "project_path:acme/app:ref_type:branch:ref:main",
            },
        ),
    ),
    (
        {"oidc": "bare", "subject": {"like": "team-a-*"}},
        web("oidc.example.com", StringLike={"oidc.example.com:sub": "team-a-*"}),
    ),
    (
        {"saml": "okta"},
        statement(
            {"Federated": f"arn:aws:iam::{OWN}:saml-provider/okta"},
            "sts:AssumeRoleWithSAML",
            {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
        ),
    ),
    (
        {"identity_center": "AdministratorAccess"},
        statement(
            {"AWS": f"arn:aws:iam::{OWN}:root"},
            "sts:AssumeRole",
            {
                "ArnLike": {
                    "aws:PrincipalArn": [
                        f"arn:aws:iam::{OWN}:role/aws-reserved/sso.amazonaws.com{folder}/"
                        "AWSReservedSSO_AdministratorAccess_????????????????"
                        for folder in ("", "/*")
                    ]
                }
            },
        ),
    ),
]


@pytest.mark.parametrize(("written", "wanted"), EXPANSIONS)
def test_a_short_form_stands_for_one_statement(written: dict[str, Any], wanted: dict[str, Any]) -> None:
    entry, problems = read(written)
    assert problems == []
    assert entry is not None
    assert expanded([entry], AROUND) == {"Version": "2012-10-17", "Statement": [wanted]}
    assert check(expanded([entry], AROUND)) == []


@pytest.mark.parametrize(("written", "wanted"), EXPANSIONS)
def test_a_statement_that_a_short_form_stands_for_is_written_in_it(
    written: dict[str, Any], wanted: dict[str, Any]
) -> None:
    """Kills: an import that writes another trust than the live one, or that misses a short form."""
    found = shortened(Document({"Version": "2012-10-17", "Statement": [wanted]}), AROUND)
    assert found is not None
    assert [one.written for one in found] == [written]


def test_entries_stay_in_their_order() -> None:
    entries = [entry for written, _ in EXPANSIONS if (entry := read(written)[0])]
    assert shortened(Document(expanded(entries, AROUND)), AROUND) == entries


SERVICE = EXPANSIONS[0][1]


@pytest.mark.parametrize(
    "document",
    [
        {"Version": "2008-10-17", "Statement": [SERVICE]},
        {"Version": "2012-10-17", "Id": "x", "Statement": [SERVICE]},
        {"Version": "2012-10-17", "Statement": [{**SERVICE, "Sid": "A"}]},
        {"Version": "2012-10-17", "Statement": [{**SERVICE, "Effect": "Deny"}]},
        {"Version": "2012-10-17", "Statement": [SERVICE, hub("repo:acme/*")]},
        {"Version": "2012-10-17", "Statement": [{**SERVICE, "Action": ["sts:AssumeRole", "sts:TagSession"]}]},
        {"Version": "2012-10-17", "Statement": [statement({"AWS": [OTHER, OWN]}, "sts:AssumeRole")]},
        {
            "Version": "2012-10-17",
            "Statement": [statement({"AWS": OTHER}, "sts:AssumeRole", {"Bool": {"aws:MultiFactorAuthPresent": True}})],
        },
        {"Version": "2012-10-17", "Statement": []},
        "no document",
    ],
)
def test_another_trust_policy_has_no_short_form(document: Any) -> None:
    """Kills: an inverse that drops what no short form says."""
    assert shortened(Document(document), AROUND) is None


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ({}, (), "this names nobody; write one of github, service, account, oidc, saml, identity_center, such as "),
        ({"gihub": "acme/infra"}, (), "this names nobody; did you mean github?"),
        (
            {"service": "lambda.amazonaws.com", "account": "own"},
            (),
            "this names service and account; write one entry for each of them",
        ),
        (
            {"service": "lambda.amazonaws.com", "role": "x"},
            ("role",),
            'unknown key "role" beside service; take it out',
        ),
        ({"account": OTHER, "rol": "x"}, ("rol",), 'unknown key "rol" beside account; did you mean role?'),
        ({"account": "21098765432"}, ("account",), '"21098765432" has 11 digits; an account id has 12'),
        ({"account": "ours"}, ("account",), '"ours" is no account; write an account id in quotes, or own'),
        ({"account": 210987654321}, ("account",), 'write the account id in quotes: account: "210987654321"'),
        ({"account": "*"}, ("account",), 'a wildcard in "*"; name exactly one'),
        (
            {"account": OTHER, "role": "a", "user": "b"},
            (),
            "role and user exclude each other; write one entry for each of them",
        ),
        ({"account": OTHER, "role": "ci/*"}, ("role",), 'a wildcard in "ci/*"; name exactly one'),
        (
            {"account": OTHER, "user": "a b"},
            ("user",),
            '"a b" is no name of a user; write the path, if there is one, and the name, as in ci/deployer',
        ),
        ({"account": OTHER, "role": "/ci/x"}, ("role",), '"/ci/x" is no name of a role; write the path, if there is'),
        (
            {"account": OTHER, "role": f"arn:aws:iam::{OTHER}:role/x"},
            ("role",),
            f'"arn:aws:iam::{OTHER}:role/x" is no name of a role; write the path, if there is one, and the name',
        ),
        (
            {"account": OTHER, "external_id": "x"},
            ("external_id",),
            "an external id has 2 to 1224 letters, digits and +=,.@:/\\-_",
        ),
        (
            {"github": "acme/infra"},
            (),
            "the place of the workflow is missing; write exactly one of environment, branch, tag, pull_request",
        ),
        (
            {"github": "acme/infra", "branch": "main", "tag": "v1"},
            (),
            "branch and tag exclude each other; write exactly one of environment, branch, tag, pull_request",
        ),
        (
            {"github": "acme", "branch": "main"},
            ("github",),
            '"acme" is no repository; write OWNER/REPOSITORY, such as acme/infra',
        ),
        ({"github": "acme/*", "branch": "main"}, ("github",), 'a wildcard in "acme/*"; name exactly one'),
        (
            {"github": "acme/infra", "branch": "release/*"},
            ("branch",),
            'a wildcard in "release/*"; write {like: "release/*"} if many are meant',
        ),
        (
            {"github": "acme/infra", "environment": {"like": "prod*"}},
            ("environment",),
            'must be text; {like: "release/*"} is for branch, tag, subject',
        ),
        (
            {"github": "acme/infra", "branch": {"lik": "x"}},
            ("branch",),
            'write {like: "release/*"}',
        ),
        (
            {"github": "acme/infra", "pull_request": "false"},
            ("pull_request",),
            "write true, or another place in its stead",
        ),
        (
            {"github": "acme/infra", "branch": "main", "owner_id": 1},
            ("owner_id",),
            "write owner_id and repository_id, or neither of them",
        ),
        (
            {"github": "acme/infra", "branch": "main", "owner_id": "acme", "repository_id": 3},
            ("owner_id",),
            '"acme" is no id of GitHub, which is a number',
        ),
        ({"oidc": "gitlab"}, (), "subject is missing; write the subject that the tokens have"),
        (
            {"oidc": "gitlab", "subject": {"like": "*"}},
            ("subject", "like"),
            '"*" matches everything; write a beginning that is yours',
        ),
        (
            {"oidc": "gitlab", "subject": "${aws:username}"},
            ("subject",),
            "a variable has no place in a short form; write the trust as a document",
        ),
        ({"saml": ""}, ("saml",), "no value"),
        ({"saml": ["a", "b"]}, ("saml",), "must be text"),
        (
            {"service": "lambda"},
            ("service",),
            '"lambda" is no AWS service; write its principal, such as "lambda.amazonaws.com"',
        ),
        (
            {"identity_center": "Power User"},
            ("identity_center",),
            '"Power User" is no name; letters without accents, digits and ._- only',
        ),
    ],
)
def test_a_mistake_in_a_short_form_is_one_message(written: dict[str, Any], path: tuple[str, ...], message: str) -> None:
    entry, problems = read(written)
    assert entry is None
    assert [(at, text[: len(message)]) for at, text in problems] == [(path, message)]
