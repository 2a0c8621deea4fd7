"""Warnings about trust policies: who is let in, and under too few conditions."""

from typing import Any

import pytest

from iamspec.policy.document import Document
from iamspec.policy.grammar import place
from iamspec.policy.lint import lint_trust

OWN, OTHER = "123456789012", "210987654321"
HUB = "token.actions.githubusercontent.com"


def allow(principal: Any, **condition: Any) -> dict[str, Any]:
    found = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return found | ({"Condition": condition} if condition else {})


def web(issuer: str, **condition: Any) -> dict[str, Any]:
    provider = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{issuer}"}
    return {**allow(provider, **condition), "Action": "sts:AssumeRoleWithWebIdentity"}


def hub(subject: Any, operator: str = "StringEquals") -> dict[str, Any]:
    return web(HUB, **{operator: {f"{HUB}:sub": subject}})


def found(statement: dict[str, Any]) -> list[tuple[str, str, str]]:
    document = Document({"Version": "2012-10-17", "Statement": [statement]})
    return [(one.code, place(one.path).removeprefix("Statement[0]."), one.message) for one in lint_trust(document, OWN)]


@pytest.mark.parametrize(
    ("statement", "code", "where", "message"),
    [
        (
            allow({"AWS": ["*"]}),
            "trust-anybody",
            "Principal.AWS[0]",
            "anybody in any AWS account can assume the role; name the accounts, or add a Condition",
        ),
        (
            allow({"AWS": [OWN, OTHER]}),
            "whole-account",
            "Principal.AWS[1]",
            f"all of account {OTHER} is trusted; name a role of it, or ask for an external id",
        ),
        (
            {"Effect": "Allow", "NotPrincipal": {"AWS": OTHER}, "Action": "sts:AssumeRole"},
            "trust-anybody",
            "NotPrincipal",
            "anybody but these can assume the role, in any AWS account; name those who may in Principal",
        ),
        *(
            (
                allow({"AWS": "*"}, **condition),
                "trust-anybody",
                "Principal.AWS",
                (
                    "anybody in any AWS account can assume the role; name the accounts, or add a Condition that a "
                    "stranger cannot meet"
                ),
            )
            for condition in (
                {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
                {"StringEquals": {"aws:PrincipalTag/team": "ops", "sts:RoleSessionName": "x"}},
                {"StringNotEquals": {"aws:PrincipalAccount": OTHER}},
                {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
                {"StringLike": {"aws:PrincipalOrgID": "*"}},
            )
        ),
        *(
            (
                allow({"AWS": OTHER}, **condition),
                "whole-account",
                "Principal.AWS",
                f"all of account {OTHER} is trusted; name a role of it, or ask for an external id",
            )
            for condition in (
                {"StringNotEquals": {"sts:ExternalId": "x-1"}},
                {"StringEqualsIfExists": {"sts:ExternalId": "x-1"}},
                {"StringLike": {"sts:ExternalId": "*"}},
                {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            )
        ),
        (
            allow({"Service": "states.amazonaws.com"}, StringNotEquals={"aws:SourceAccount": OTHER}),
            "service-without-source",
            "Principal.Service",
            'states.amazonaws.com would use the role for any account; ask for your own in "aws:SourceAccount"',
        ),
        (
            allow({"Service": "states.amazonaws.com"}),
            "service-without-source",
            "Principal.Service",
            'states.amazonaws.com would use the role for any account; ask for your own in "aws:SourceAccount"',
        ),
        (
            hub("repo:acme/*", "StringLike"),
            "github-wide",
            f"Condition.StringLike.{HUB}:sub",
            'the subject "repo:acme/*" is not that of one repository; write repo:OWNER/REPOSITORY:…',
        ),
        (
            web(HUB, StringEquals={f"{HUB}:job_workflow_ref": "acme/infra/.github/workflows/x.yml@refs/heads/main"}),
            "github-wide",
            "Principal.Federated",
            "the trust asks for no subject, so it is not bound to one repository; compare the claim sub",
        ),
        (
            hub(["repo:acme@1/infra@2:environment:x", "repo:acme/infra:environment:x"]),
            "github-by-name",
            f"Condition.StringEquals.{HUB}:sub",
            (
                'the subject "repo:acme/infra:environment:x" trusts a new owner of the name, too; write owner_id and '
                "repository_id"
            ),
        ),
        (
            hub("repo:acme@1/infra@2:ref:refs/heads/*", "StringLike"),
            "wildcard-subject",
            f"Condition.StringLike.{HUB}:sub",
            'the subject "repo:acme@1/infra@2:ref:refs/heads/*" means many; name the environment, the branch or the job',
        ),
        (
            web("gitlab.com", StringLike={"gitlab.com:sub": "project_path:acme/*"}),
            "wildcard-subject",
            "Condition.StringLike.gitlab.com:sub",
            'the subject "project_path:acme/*" means many; name the environment, the branch or the job',
        ),
    ],
)
def test_a_trust_that_lets_too_many_in_is_a_warning(
    statement: dict[str, Any], code: str, where: str, message: str
) -> None:
    assert found(statement) == [(code, where, message)]


@pytest.mark.parametrize(
    "statement",
    [
        allow({"AWS": OWN}),
        allow({"AWS": f"arn:aws:iam::{OTHER}:role/x"}),
        allow({"AWS": OTHER}, StringEquals={"sts:ExternalId": "x-1"}),
        allow({"AWS": OTHER}, ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{OTHER}:role/x"}),
        allow({"AWS": "*"}, StringEquals={"aws:PrincipalOrgID": "o-1"}),
        allow({"AWS": "*"}, StringEquals={"sts:ExternalId": "x-1"}),
        allow({"AWS": "*"}, IpAddress={"aws:SourceIp": "192.0.2.0/24"}),
        allow({"Service": "states.amazonaws.com"}, ArnLike={"aws:SourceArn": f"arn:aws:states:*:{OWN}:stateMachine:*"}),
        allow({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}),
        allow({"Service": "states.amazonaws.com"}, StringEquals={"aws:SourceAccount": OWN}),
        hub("repo:acme@1/infra@2:environment:x"),
        {**allow({"AWS": "*"}), "Effect": "Deny"},
        web("gitlab.com", StringEquals={"gitlab.com:sub": "project_path:acme/app:ref_type:branch:ref:main"}),
    ],
)
def test_a_narrow_trust_is_no_warning(statement: dict[str, Any]) -> None:
    """Kills: a warning about the own account, about a Deny, or about a service that cannot say its source."""
    assert found(statement) == []
