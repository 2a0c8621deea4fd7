"""The JSON Schema of policy documents.

It has the grammar as far as JSON Schema can express it, with
proposals for editors.
"""

from typing import Any

from iamspec.policy.grammar.condition import IF_EXISTS, NULL, OPERATORS, SETS
from iamspec.policy.grammar.rules import EFFECTS, VERSIONS

COMMON_ACTIONS = (  # for completion alone. Any other action is valid, too
    "*",
    "cloudformation:DescribeStacks",
    "cloudwatch:GetMetricData",
    "cloudwatch:PutMetricData",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
    "ec2:DescribeInstances",
    "ec2:RunInstances",
    "ec2:StartInstances",
    "ec2:StopInstances",
    "ec2:TerminateInstances",
    "ecr:GetAuthorizationToken",
    "iam:*",
    "iam:ChangePassword",
    "iam:CreateAccessKey",
    "iam:CreateServiceLinkedRole",
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:PassRole",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "lambda:InvokeFunction",
    "lambda:UpdateFunctionCode",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:GetLogEvents",
    "logs:PutLogEvents",
    "s3:*",
    "s3:DeleteObject",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:ListAllMyBuckets",
    "s3:ListBucket",
    "s3:PutObject",
    "secretsmanager:GetSecretValue",
    "sns:Publish",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
    "ssm:GetParameter",
    "ssm:StartSession",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
)
COMMON_KEYS = (
    "aws:CurrentTime",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalOrgID",
    "aws:PrincipalTag/team",
    "aws:RequestedRegion",
    "aws:ResourceTag/team",
    "aws:SecureTransport",
    "aws:SourceIp",
    "iam:PassedToService",
    "iam:PermissionsBoundary",
    "iam:PolicyARN",
)
ACTION = r"^(?:\*(?::\*)?|[A-Za-z0-9.-]+:[^:]+|.*\$\{iamspec:.*)$"
SCALAR = {"type": ["string", "number", "boolean"]}


def definitions() -> dict[str, Any]:
    """The definitions of a document, a document in a file, a statement and a condition, by their names."""
    return {
        "Document": {
            "description": "A policy document, or {file: …} with a file as JSON or YAML, relative to this file.",
            "anyOf": [{"$ref": "#/$defs/DocumentFile"}, {"$ref": "#/$defs/PolicyDocument"}],
        },
        "DocumentFile": {
            "type": "object",
            "required": ["file"],
            "additionalProperties": False,
            "properties": {
                "file": {"type": "string", "description": "A policy document as JSON or YAML, relative to this file."}
            },
        },
        "PolicyDocument": _document(),
        "Statement": _statement(),
        "Condition": _condition(),
        "Tests": _tests(),
    }


def _document() -> dict[str, Any]:
    statement = {"$ref": "#/$defs/Statement"}
    return {
        "type": "object",
        "required": ["Statement"],
        "additionalProperties": False,
        "properties": {
            "Version": {
                "enum": list(VERSIONS),
                "description": "The version of the policy language. With the older one variables do not work.",
            },
            "Id": {"type": "string", "description": "A name of the document, for people."},
            "Statement": {
                "description": "One statement, or a list of them. A Deny wins over every Allow.",
                "anyOf": [statement, {"type": "array", "minItems": 1, "items": statement}],
            },
        },
    }


def _statement() -> dict[str, Any]:
    action = {"anyOf": [{"enum": list(COMMON_ACTIONS)}, {"type": "string", "pattern": ACTION}]}
    resource = {"type": "string"}
    return {
        "type": "object",
        "required": ["Effect"],
        "additionalProperties": False,
        "allOf": [_exactly_one("Action", "NotAction"), _exactly_one("Resource", "NotResource")],
        "properties": {
            "Sid": {
                "type": "string",
                "pattern": "^[A-Za-z0-9]*$",
                "description": "A name of the statement: letters and digits.",
            },
            "Effect": {"enum": list(EFFECTS), "description": "Whether the statement allows or denies."},
            "Action": {"description": "Actions such as s3:GetObject; * stands for any characters.", **_some(action)},
            "NotAction": {"description": "Every action but these.", **_some(action)},
            "Resource": {"description": "ARNs of resources; * and ? are wildcards.", **_some(resource)},
            "NotResource": {"description": "Every resource but these.", **_some(resource)},
            "Condition": {"$ref": "#/$defs/Condition"},
        },
    }


def _tests() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "Condition keys, each with a value or a list of values, of which one must match.",
        "properties": dict.fromkeys(COMMON_KEYS, _some(SCALAR)),
        "additionalProperties": _some(SCALAR),
    }


def _condition() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "Tests that must all hold: operators, each with condition keys and values.",
        "properties": {name: {"$ref": "#/$defs/Tests"} for name in (*OPERATORS, *_if_exists())},
        "patternProperties": {_operators(): {"$ref": "#/$defs/Tests"}},
        "additionalProperties": False,
    }


def _if_exists() -> list[str]:
    return [f"{name}{IF_EXISTS}" for name in OPERATORS if name != NULL]


def _operators() -> str:
    """A pattern of all operators, with their quantifiers, in any case: IAM ignores it."""
    names = "|".join(_any_case(name) for name in OPERATORS if name != NULL)
    sets = "|".join(_any_case(f"{name}:") for name in SETS)
    return f"^(?:{sets})?(?:(?:{names})(?:{_any_case(IF_EXISTS)})?|{_any_case(NULL)})$"


def _any_case(name: str) -> str:
    return "".join(f"[{sign.upper()}{sign.lower()}]" if sign.isalpha() else sign for sign in name)


def _some(one: dict[str, Any]) -> dict[str, Any]:
    """One value, or a list of them."""
    return {"anyOf": [one, {"type": "array", "minItems": 1, "items": one}]}


def _exactly_one(one: str, other: str) -> dict[str, Any]:
    return {"oneOf": [{"required": [one]}, {"required": [other]}]}
