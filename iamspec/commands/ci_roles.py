"""The roles that a workflow needs, as a CloudFormation template.

A person makes them with a command.

The identity policies are those of `iamspec permissions`. The trust
follows the documentation of GitHub's and GitLab's OIDC tokens: only a
single repository can assume a role.
"""

import json
from dataclasses import dataclass
from typing import Any

from iamspec.review.permissions import managing, reading

NO_PROVIDER, HAS_IDS = "MakesProvider", "HasIds"


@dataclass(frozen=True, slots=True)
class Issuer:
    """A CI system that signs tokens: host, audience, and the subjects of its plan and apply jobs."""

    host: str
    audience: str
    parameter: str
    plan: tuple[str, ...]
    apply: tuple[str, ...]
    plan_test: str = "StringEquals"


ISSUERS = {
    "github": Issuer(
        host="token.actions.githubusercontent.com",
        audience="sts.amazonaws.com",
        parameter="Repository",
        plan=("repo:${%s}:pull_request", "repo:${%s}:ref:refs/heads/main"),
        apply=("repo:${%s}:environment:iam",),
    ),
    "gitlab": Issuer(
        host="gitlab.com",
        audience="https://gitlab.com",
        parameter="Project",
        plan=("project_path:${%s}:ref_type:branch:ref:*",),
        apply=("project_path:${%s}:ref_type:branch:ref:main",),
        plan_test="StringLike",
    ),
}


def template(ci: str) -> str:
    """The template as JSON."""
    issuer = ISSUERS[ci]
    value = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The roles of iamspec in CI: one plans, one applies",
        "Parameters": _parameters(issuer),
        "Conditions": {
            NO_PROVIDER: {"Fn::Equals": [{"Ref": "ProviderArn"}, ""]},
            HAS_IDS: {"Fn::Not": [{"Fn::Equals": [{"Ref": f"{issuer.parameter}WithIds"}, ""]}]},
        },
        "Resources": {
            "Provider": {
                "Type": "AWS::IAM::OIDCProvider",
                "Condition": NO_PROVIDER,
                "Properties": {"Url": f"https://{issuer.host}", "ClientIdList": [issuer.audience]},
            },
            "PlanRole": _role(issuer, "iamspec-plan", issuer.plan, issuer.plan_test, reading().document),
            "ApplyRole": _role(issuer, "iamspec-apply", issuer.apply, "StringEquals", managing().document),
        },
        "Outputs": {name: {"Value": {"Fn::GetAtt": [name, "Arn"]}} for name in ("PlanRole", "ApplyRole")},
    }
    return json.dumps(value, indent=2) + "\n"


def command(ci: str, file: str) -> str:
    """The one command that makes the roles."""
    words = [
        "aws cloudformation deploy --stack-name iamspec-ci",
        f"--template-file {file}",
        "--capabilities CAPABILITY_NAMED_IAM",
        f"--parameter-overrides {ISSUERS[ci].parameter}=OWNER/NAME",
    ]
    return " \\\n    ".join(words)


def _parameters(issuer: Issuer) -> dict[str, Any]:
    return {
        issuer.parameter: {"Type": "String", "Description": "OWNER/NAME of the repository that may assume the roles"},
        f"{issuer.parameter}WithIds": {
            "Type": "String",
            "Default": "",
            "Description": "OWNER@OWNER_ID/NAME@NAME_ID, where tokens have ids in their subject (GitHub since July 2026)",
        },
        "ProviderArn": {
            "Type": "String",
            "Default": "",
            "Description": "ARN of the OIDC provider, if the account has it already",
        },
    }


def _role(issuer: Issuer, name: str, subjects: tuple[str, ...], test: str, policy: dict[str, Any]) -> dict[str, Any]:
    provider = {"Fn::If": [NO_PROVIDER, {"Ref": "Provider"}, {"Ref": "ProviderArn"}]}
    condition = {
        "StringEquals": {f"{issuer.host}:aud": issuer.audience},
        test: {f"{issuer.host}:sub": _subjects(issuer, subjects)},
    }
    if test == "StringEquals":
        condition = {test: {f"{issuer.host}:aud": issuer.audience, f"{issuer.host}:sub": _subjects(issuer, subjects)}}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            "Policies": [{"PolicyName": name, "PolicyDocument": policy}],
        },
    }


def _subjects(issuer: Issuer, subjects: tuple[str, ...]) -> dict[str, Any]:
    """The subjects by the name of the repository, and by name and ids if ids are given."""
    by_name = [{"Fn::Sub": one % issuer.parameter} for one in subjects]
    by_ids = [{"Fn::Sub": one % f"{issuer.parameter}WithIds"} for one in subjects]
    return {"Fn::If": [HAS_IDS, [*by_name, *by_ids], by_name]}
