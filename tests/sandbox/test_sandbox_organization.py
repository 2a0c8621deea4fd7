"""An organization in the sandbox: its units and accounts, and the way into each member."""

import json
import os
import subprocess
import sys

import pytest
from test_sandbox import TRUST, client, refusal

from iamspec.sandbox import running

MANAGEMENT = "123456789012"
PROD, DEV = "200000000001", "200000000002"
ACCESS = "role/OrganizationAccountAccessRole"


@pytest.fixture
def sandbox():
    with running(members=3) as sandbox:
        yield sandbox


def inside(sandbox, account, service="iam"):
    """A client in a member account, by the role that every member has."""
    role = {"RoleArn": f"arn:aws:iam::{account}:{ACCESS}", "RoleSessionName": "fleet"}
    return client(sandbox, service, given=client(sandbox, "sts").assume_role(**role)["Credentials"])


def tree(organizations, parent):
    """Names of units and accounts below a parent."""
    found = {one["Name"]: one["State"] for one in organizations.list_accounts_for_parent(ParentId=parent)["Accounts"]}
    for unit in organizations.list_organizational_units_for_parent(ParentId=parent)["OrganizationalUnits"]:
        found[unit["Name"]] = tree(organizations, unit["Id"])
    return found


def test_members_are_by_turns_in_two_units(sandbox):
    organizations = client(sandbox, "organizations")
    (root,) = organizations.list_roots()["Roots"]
    assert tree(organizations, root["Id"]) == {
        "management": "ACTIVE",
        "Workloads": {"Prod": {"prod-1": "ACTIVE", "prod-2": "ACTIVE"}, "Dev": {"dev-1": "ACTIVE"}},
    }
    assert organizations.list_tags_for_resource(ResourceId=DEV)["Tags"] == [{"Key": "env", "Value": "dev"}]
    assert organizations.describe_organization()["Organization"]["MasterAccountId"] == MANAGEMENT
    assert refusal(organizations.list_accounts_for_parent, ParentId="ou-none-12345678")[0] == "ParentNotFoundException"
    assert refusal(organizations.list_tags_for_resource, ResourceId="999999999999")[0] == "TargetNotFoundException"


def test_many_members_come_in_pages(sandbox):
    sandbox.organise(45)
    pages = client(sandbox, "organizations").get_paginator("list_accounts").paginate()
    assert [len(page["Accounts"]) for page in pages] == [20, 20, 6]


def test_temporary_credentials_lead_into_the_account_of_the_role(sandbox):
    """Kills: a fleet that plans for one account as often as it has members."""
    prod = inside(sandbox, PROD)
    prod.create_user(UserName="ann")
    assert inside(sandbox, PROD, "sts").get_caller_identity()["Account"] == PROD
    assert [one["Arn"] for one in prod.list_users()["Users"]] == [f"arn:aws:iam::{PROD}:user/ann"]
    assert inside(sandbox, DEV).list_users()["Users"] == client(sandbox).list_users()["Users"] == []
    assert [one["EventName"] for one in inside(sandbox, PROD, "cloudtrail").lookup_events()["Events"]] == ["CreateUser"]


def test_a_member_may_not_look_at_the_organization_nor_into_another_member(sandbox):
    organizations = inside(sandbox, PROD, "organizations")
    assert organizations.describe_organization()["Organization"]["Id"] == "o-sandbox000"
    assert refusal(organizations.list_roots)[0] == "AccessDeniedException"
    other = {"RoleArn": f"arn:aws:iam::{DEV}:{ACCESS}", "RoleSessionName": "fleet"}
    assert refusal(inside(sandbox, PROD, "sts").assume_role, **other) == ("AccessDenied", 403)
    features = inside(sandbox, PROD).list_organizations_features
    assert refusal(features)[0] == "AccountNotManagementOrDelegatedAdministratorException"
    found = client(sandbox).list_organizations_features()
    assert (found["OrganizationId"], found["EnabledFeatures"]) == ("o-sandbox000", ["RootCredentialsManagement"])


def test_another_account_needs_the_trust_and_a_policy_of_its_own(sandbox):
    """Kills: an account that is let in by the trust alone, whatever its administrators allow."""
    trust = TRUST.replace('"Service": "ec2.amazonaws.com"', f'"AWS": "arn:aws:iam::{MANAGEMENT}:user/ann"')
    iam = client(sandbox)
    create = {"RoleName": "r", "AssumeRolePolicyDocument": trust}
    assert refusal(inside(sandbox, PROD).create_role, **create)[0] == "MalformedPolicyDocument"
    iam.create_user(UserName="ann")
    arn = inside(sandbox, PROD).create_role(**create)["Role"]["Arn"]
    sts = client(sandbox, "sts", key=iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"])
    assume = {"RoleArn": arn, "RoleSessionName": "ann"}
    assert refusal(sts.assume_role, **assume) == ("AccessDenied", 403)
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": allow})
    iam.put_user_policy(UserName="ann", PolicyName="r", PolicyDocument=document)
    sts.assume_role(**assume)


def test_a_command_finds_the_organization():
    code = "import boto3; print(len(boto3.client('organizations').list_accounts()['Accounts']))"
    command = [sys.executable, "-m", "iamspec", "sandbox", "--accounts", "2", "--", sys.executable, "-c", code]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("3\n", "")
