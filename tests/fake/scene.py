"""An account to begin with, and the questions that every test asks of one."""

import json

import pytest

from fake.client import FakeIam
from iamspec.errors import IamError
from iamspec.iam import Call

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TEXT = json.dumps(ALLOW)
AWS = "arn:aws:iam::aws:policy/"
OWN = "arn:aws:iam::123456789012:policy/"
ENTITIES = ["User", "Group", "Role", "LocalManagedPolicy"]


def refusal(iam, operation, **params):
    """The code with which a write is refused, having changed nothing."""
    before = iam.dump()
    with pytest.raises(IamError) as refused:
        iam.write(Call(operation, params))
    assert iam.dump() == before
    assert refused.value.operation == operation
    return refused.value.code


def ask(iam, operation, **params):
    [answer] = iam.read_each([Call(operation, params)])
    return answer


def details(iam):
    return ask(iam, "GetAccountAuthorizationDetails", Filter=ENTITIES)


def document(size):
    """A policy document of exactly so many characters, white space not counted."""
    whole = json.loads(TEXT)
    whole["Statement"][0]["Resource"] = "arn:aws:s3:::"
    whole["Statement"][0]["Resource"] += "x" * (size - len(json.dumps(whole).replace(" ", "")))
    return json.dumps(whole, indent=8)


def numbered(operation, key, count, **params):
    return [(operation, {key: f"{key[0].lower()}{number}", **params}) for number in range(count)]


def scene():
    """Alice in the group devs, the policy `deploy`, and nobody with anything else."""
    made = FakeIam()
    made.given("CreateUser", UserName="alice")
    made.given("CreateGroup", GroupName="devs")
    made.given("CreatePolicy", PolicyName="deploy", PolicyDocument=TEXT)
    made.given("AddUserToGroup", GroupName="devs", UserName="alice")
    return made
