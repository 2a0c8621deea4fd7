"""Roles in the sandbox: whom they trust as IAM keeps it, what an update leaves alone, and instance profiles."""

import json

import pytest
from test_sandbox import DOCUMENT, OWN, TRUST, client, refusal

from iamspec.sandbox import running

MALFORMED = ("MalformedPolicyDocument", 400)


@pytest.fixture
def iam():
    with running() as sandbox:
        yield client(sandbox)


def trusting(principal, **changes):
    statement = {"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": principal} | changes
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def role(iam, name="r", principal=None, **params):
    trust = trusting(principal) if principal else TRUST
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **params)["Role"]


def principal(iam, name="r"):
    (statement,) = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    return statement["Principal"]


def test_a_trust_policy_is_answered_as_sent_and_later_as_iam_writes_it(iam):
    """Kills: a plan that compares texts of trust policies, and finds a difference for ever."""
    made = role(iam, principal={"AWS": ["123456789012"]}, Description="d")
    assert made["AssumeRolePolicyDocument"] == json.loads(trusting({"AWS": ["123456789012"]}))
    assert made.keys().isdisjoint({"Description", "MaxSessionDuration"})
    found = iam.get_role(RoleName="R")["Role"]
    assert found["Description"] == "d"
    assert json.dumps(found["AssumeRolePolicyDocument"]) == json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": f"{OWN}root"}, "Action": "sts:AssumeRole"},
            ],
        }
    )


def test_a_trusted_user_is_followed_through_a_rename_and_is_an_id_when_gone(iam):
    """Kills: a trust by name, so that a new principal of an old name is trusted."""
    first = iam.create_user(UserName="ann", Path="/staff/")["User"]
    role(iam, principal={"AWS": f"{OWN}user/staff/ann"})
    iam.update_user(UserName="ann", NewUserName="anna", NewPath="/")
    assert principal(iam) == {"AWS": f"{OWN}user/anna"}
    iam.delete_user(UserName="anna")
    iam.create_user(UserName="anna")
    assert principal(iam) == {"AWS": first["UserId"]}
    details = iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"][0]
    assert details["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"AWS": first["UserId"]}
    update = {"RoleName": "r", "PolicyDocument": trusting({"AWS": first["UserId"]})}
    assert refusal(iam.update_assume_role_policy, **update) == MALFORMED


def test_a_role_trusts_itself_by_its_id_and_a_deleted_role_is_one(iam):
    made = role(iam, "deploy")
    role(iam, principal={"AWS": [made["Arn"], "arn:aws:iam::210987654321:role/elsewhere"]})
    iam.delete_role(RoleName="deploy")
    role(iam, "deploy")
    assert principal(iam) == {"AWS": [made["RoleId"], "arn:aws:iam::210987654321:role/elsewhere"]}


@pytest.mark.parametrize(
    "whom",
    [
        "*",
        {},
        {"AWS": f"{OWN}user/nobody"},
        {"AWS": f"{OWN}role/nobody"},
        {"AWS": f"{OWN}role/*"},
        {"AWS": f"{OWN}group/devs"},
        {"AWS": "arn:aws-cn:iam::123456789012:root"},
        {"AWS": "arn:aws:sts::123456789012:assumed-role/nobody/session"},
        {"AWS": "AIDAAAAAAAAAAAAAAAAAA"},
        {"AWS": "ann"},
        {"Service": "ec2"},
        {"Federated": "nobody"},
        {"Nobody": "x"},
    ],
)
def test_a_trust_in_nobody_is_refused(iam, whom):
    """Kills: a role that plans to trust a user with a slip in the name, made without a word."""
    assert refusal(iam.create_role, RoleName="r", AssumeRolePolicyDocument=trusting(whom)) == MALFORMED


@pytest.mark.parametrize(
    "whom",
    [
        {"AWS": "*"},
        {"AWS": f"{OWN}root"},
        {"AWS": "210987654321"},
        {"Service": ["ec2.amazonaws.com", "logs.eu-west-1.amazonaws.com"]},
        {"Federated": f"{OWN}saml-provider/okta"},
    ],
)
def test_accounts_services_and_providers_are_trusted(iam, whom):
    role(iam, principal=whom)


def test_a_shared_issuer_must_be_limited_to_somebody(iam):
    """Kills: a trust policy for GitHub that any repository of the world satisfies."""
    issuer = "token.actions.githubusercontent.com"
    federated = {"Federated": f"{OWN}oidc-provider/{issuer}"}

    def create(name, condition):
        document = trusting(federated, Action="sts:AssumeRoleWithWebIdentity", Condition=condition)
        return {"RoleName": name, "AssumeRolePolicyDocument": document}

    owner = {"StringEquals": {f"{issuer}:repository_owner_id": "1"}}
    everybody = {"StringLike": {f"{issuer}:sub": ["repo:acme/app:*", "*"]}}
    for condition in ({}, owner, everybody, {"StringLikeIfExists": {f"{issuer}:sub": "repo:acme/app:*"}}):
        assert refusal(iam.create_role, **create("r", condition)) == MALFORMED
    iam.create_role(**create("r", {"StringLike": {f"{issuer}:sub": "repo:acme/app:*"}}))


def test_a_boundary_and_a_trust_policy_have_their_limits(iam):
    named = trusting({"AWS": [f"arn:aws:iam::2109876543{number:02d}:root" for number in range(60)]})
    assert refusal(iam.create_role, RoleName="r", AssumeRolePolicyDocument=named) == ("LimitExceeded", 409)
    reserved = {"PermissionsBoundary": "arn:aws:iam::aws:policy/aws-service-role/AWSSupportServiceRolePolicy"}
    refused = refusal(iam.create_role, RoleName="r", AssumeRolePolicyDocument=TRUST, **reserved)
    assert refused == ("PolicyNotAttachable", 400)
    assert iam.list_roles()["Roles"] == []


def test_a_service_linked_role_belongs_to_its_service(iam):
    """Kills: a prune that takes the roles of AWS away in the sandbox, and fails in an account."""
    iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    name = {"RoleName": "AWSServiceRoleForAutoScaling"}
    protected = ("UnmodifiableEntity", 400)
    assert refusal(iam.delete_role, **name) == protected
    assert refusal(iam.update_assume_role_policy, **name, PolicyDocument=TRUST) == protected
    assert refusal(iam.put_role_policy, **name, PolicyName="p", PolicyDocument=DOCUMENT) == protected
    iam.update_role(**name, Description="d")
    task = iam.delete_service_linked_role(**name)["DeletionTaskId"]
    assert iam.delete_service_linked_role(**name)["DeletionTaskId"] == task
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert refusal(iam.get_role, **name) == ("NoSuchEntity", 404)


def test_an_instance_profile_has_one_role_and_tags_in_both_cases(iam):
    tags = [{"Key": "Team", "Value": "a"}, {"Key": "team", "Value": "b"}]
    iam.create_instance_profile(InstanceProfileName="Web", Path="/x/", Tags=tags)
    role(iam, "r", {"AWS": "123456789012"})
    both = {"InstanceProfileName": "web", "RoleName": "R"}
    iam.add_role_to_instance_profile(**both)
    assert refusal(iam.add_role_to_instance_profile, **both) == ("LimitExceeded", 409)
    assert refusal(iam.delete_instance_profile, InstanceProfileName="web") == ("DeleteConflict", 409)
    assert refusal(iam.create_instance_profile, InstanceProfileName="WEB") == ("EntityAlreadyExists", 409)
    iam.untag_instance_profile(InstanceProfileName="WEB", TagKeys=["team"])
    assert iam.list_instance_profile_tags(InstanceProfileName="web")["Tags"] == tags[:1]
    found = iam.get_instance_profile(InstanceProfileName="WEB")["InstanceProfile"]
    assert (found["Arn"], found["Tags"], found["Roles"][0]["Arn"]) == (
        f"{OWN}instance-profile/x/Web",
        tags[:1],
        f"{OWN}role/r",
    )
    iam.remove_role_from_instance_profile(**both)
    assert refusal(iam.remove_role_from_instance_profile, **both) == ("NoSuchEntity", 404)


def test_instance_profiles_come_in_pages(iam):
    for number in range(3):
        iam.create_instance_profile(InstanceProfileName=f"p{number}")
    pages = list(iam.get_paginator("list_instance_profiles").paginate(PaginationConfig={"PageSize": 2}))
    assert [[one["InstanceProfileName"] for one in page["InstanceProfiles"]] for page in pages] == [
        ["p0", "p1"],
        ["p2"],
    ]
