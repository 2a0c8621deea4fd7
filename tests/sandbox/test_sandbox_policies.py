"""Policies, grants and roles in the sandbox refuse what IAM refuses."""

import json

import pytest
from test_sandbox import DOCUMENT, OWN, TRUST, client, refusal

from iamspec.sandbox import running

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def iam():
    with running() as sandbox:
        yield client(sandbox)


def policy(iam, name="p", **params):
    return iam.create_policy(PolicyName=name, PolicyDocument=DOCUMENT, **params)["Policy"]["Arn"]


def statement(**changes):
    whole = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | changes
    return json.dumps({"Version": "2012-10-17", "Statement": [{k: v for k, v in whole.items() if v is not None}]})


def test_a_policy_has_its_tags_and_description(iam):
    arn = policy(iam, Path="/team/", Description="what for", Tags=[{"Key": "a", "Value": "1"}])
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "A", "Value": "2"}])
    found = iam.get_policy(PolicyArn=arn)["Policy"]
    assert {key: found[key] for key in ("Arn", "Path", "Description", "Tags", "AttachmentCount")} == {
        "Arn": f"{OWN}policy/team/p",
        "Path": "/team/",
        "Description": "what for",
        "Tags": [{"Key": "A", "Value": "2"}, {"Key": "a", "Value": "1"}],
        "AttachmentCount": 0,
    }
    iam.untag_policy(PolicyArn=arn, TagKeys=["a"])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "A", "Value": "2"}]
    assert refusal(iam.tag_policy, PolicyArn=arn, Tags=[{"Key": "aws:x", "Value": ""}]) == ("InvalidInput", 400)
    many = [{"Key": f"k{number}", "Value": ""} for number in range(50)]
    assert refusal(iam.tag_policy, PolicyArn=arn, Tags=many) == ("LimitExceeded", 409)
    assert not {"Tags", "Description"} & iam.list_policies(Scope="Local")["Policies"][0].keys()


def test_a_policy_has_five_versions_and_the_default_is_kept(iam):
    arn = policy(iam)
    for number in range(2, 6):
        document = statement(Action=f"s3:Get{number}")
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=number == 4)
    sixth = {"PolicyArn": arn, "PolicyDocument": DOCUMENT}
    assert refusal(iam.create_policy_version, **sixth) == ("LimitExceeded", 409)
    versions = iam.list_policy_versions(PolicyArn=arn)
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in versions["Versions"]] == [
        ("v5", False),
        ("v4", True),
        ("v3", False),
        ("v2", False),
        ("v1", False),
    ]
    assert versions["IsTruncated"] is False
    assert refusal(iam.delete_policy_version, PolicyArn=arn, VersionId="v4") == ("DeleteConflict", 409)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v5")
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=DOCUMENT)["PolicyVersion"]
    assert (made["VersionId"], made["IsDefaultVersion"]) == ("v6", False)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    assert refusal(iam.get_policy_version, PolicyArn=arn, VersionId="v5") == ("NoSuchEntity", 404)
    document = iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"]
    assert document["Statement"][0]["Action"] == "s3:Get2"


@pytest.mark.parametrize("last", range(3))
def test_a_policy_is_not_deleted_before_each_use_and_version(iam, last):
    arn = policy(iam)
    iam.create_user(UserName="bob", PermissionsBoundary=arn)
    iam.create_group(GroupName="devs")
    iam.attach_group_policy(GroupName="devs", PolicyArn=arn)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=DOCUMENT)
    takes = [
        (iam.detach_group_policy, {"GroupName": "devs", "PolicyArn": arn}),
        (iam.delete_user_permissions_boundary, {"UserName": "bob"}),
        (iam.delete_policy_version, {"PolicyArn": arn, "VersionId": "v2"}),
    ]
    for take, params in [*takes[:last], *takes[last + 1 :], takes[last]]:
        assert refusal(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", 409)
        take(**params)
    iam.delete_policy(PolicyArn=arn)
    assert refusal(iam.delete_policy, PolicyArn=arn) == ("NoSuchEntity", 404)


def test_a_policy_of_aws_is_not_changed(iam):
    assert refusal(iam.delete_policy, PolicyArn=READ_ONLY) == ("AccessDenied", 403)
    version = {"PolicyArn": READ_ONLY, "PolicyDocument": DOCUMENT}
    assert refusal(iam.create_policy_version, **version) == ("AccessDenied", 403)


def test_only_what_exists_is_attached_and_only_what_is_attached_detached(iam):
    iam.create_user(UserName="bob")
    nowhere = f"{OWN}policy/nowhere"
    assert refusal(iam.attach_user_policy, UserName="bob", PolicyArn=nowhere) == ("NoSuchEntity", 404)
    for _ in range(2):
        iam.attach_user_policy(UserName="bob", PolicyArn=READ_ONLY)
    assert iam.get_policy(PolicyArn=READ_ONLY)["Policy"]["AttachmentCount"] == 1
    iam.detach_user_policy(UserName="bob", PolicyArn=READ_ONLY)
    assert refusal(iam.detach_user_policy, UserName="bob", PolicyArn=READ_ONLY) == ("NoSuchEntity", 404)
    assert refusal(iam.delete_user_policy, UserName="bob", PolicyName="own") == ("NoSuchEntity", 404)
    linked = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"
    assert refusal(iam.attach_user_policy, UserName="bob", PolicyArn=linked) == ("PolicyNotAttachable", 400)


@pytest.mark.parametrize("kind", ["User", "Group", "Role"])
def test_ten_managed_policies_may_be_attached(iam, kind):
    trust = {"AssumeRolePolicyDocument": TRUST} if kind == "Role" else {}
    name = {f"{kind}Name": "x"}
    getattr(iam, f"create_{kind.lower()}")(**name, **trust)
    attach = getattr(iam, f"attach_{kind.lower()}_policy")
    arns = [policy(iam, f"p{number}") for number in range(11)]
    for arn in arns[:10]:
        attach(**name, PolicyArn=arn)
    assert refusal(attach, **name, PolicyArn=arns[10]) == ("LimitExceeded", 409)
    attach(**name, PolicyArn=arns[0])


@pytest.mark.parametrize("last", range(3))
def test_a_role_is_not_deleted_before_each_thing_that_it_holds(iam, last):
    arn = policy(iam)
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=arn)
    iam.create_instance_profile(InstanceProfileName="ip")
    iam.add_role_to_instance_profile(InstanceProfileName="ip", RoleName="r")
    iam.attach_role_policy(RoleName="r", PolicyArn=READ_ONLY)
    iam.put_role_policy(RoleName="r", PolicyName="own", PolicyDocument=DOCUMENT)
    takes = [
        (iam.remove_role_from_instance_profile, {"InstanceProfileName": "ip"}),
        (iam.detach_role_policy, {"PolicyArn": READ_ONLY}),
        (iam.delete_role_policy, {"PolicyName": "own"}),
    ]
    for take, params in [*takes[:last], *takes[last + 1 :], takes[last]]:
        assert refusal(iam.delete_role, RoleName="r") == ("DeleteConflict", 409)
        take(RoleName="r", **params)
    absent = {"InstanceProfileName": "ip", "RoleName": "r"}
    assert refusal(iam.remove_role_from_instance_profile, **absent) == ("NoSuchEntity", 404)
    iam.delete_role(RoleName="r")
    assert iam.list_roles()["Roles"] == []


def test_a_service_linked_role_is_its_services_business(iam):
    made = iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]
    assert made["Arn"] == f"{OWN}role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForecs"
    name = {"RoleName": made["RoleName"]}
    assert refusal(iam.delete_role, **name) == ("UnmodifiableEntity", 400)
    assert refusal(iam.attach_role_policy, **name, PolicyArn=READ_ONLY) == ("UnmodifiableEntity", 400)


def test_who_holds_a_policy_is_told_by_usage_and_kind(iam):
    arn = policy(iam)
    iam.create_user(UserName="bob", PermissionsBoundary=arn)
    iam.create_group(GroupName="devs")
    iam.attach_group_policy(GroupName="devs", PolicyArn=arn)
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=arn)
    iam.attach_role_policy(RoleName="r", PolicyArn=arn)

    def holders(**params):
        answer = iam.list_entities_for_policy(PolicyArn=arn, **params)
        return [one.get(f"{kind}Name") for kind in ("User", "Group", "Role") for one in answer[f"Policy{kind}s"]]

    assert holders() == ["bob", "devs", "r"]
    assert holders(PolicyUsageFilter="PermissionsPolicy") == ["devs", "r"]
    assert holders(PolicyUsageFilter="PermissionsBoundary") == ["bob", "r"]
    assert holders(EntityFilter="Role") == ["r"]
    assert refusal(iam.list_entities_for_policy, PolicyArn=f"{OWN}policy/no") == ("NoSuchEntity", 404)
    found = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (found["AttachmentCount"], found["PermissionsBoundaryUsageCount"]) == (2, 2)


def test_policies_are_listed_by_scope_and_use(iam):
    arn = policy(iam)
    policy(iam, "unused")
    iam.create_user(UserName="bob", PermissionsBoundary=arn)
    iam.attach_user_policy(UserName="bob", PolicyArn=READ_ONLY)

    def names(**params):
        pages = iam.get_paginator("list_policies").paginate(**params)
        return [one["PolicyName"] for page in pages for one in page["Policies"]]

    assert names(Scope="Local") == ["p", "unused"]
    assert len(names(Scope="AWS")) > 1000
    assert names(OnlyAttached=True) == ["ReadOnlyAccess", "p"]
    assert names(OnlyAttached=True, PolicyUsageFilter="PermissionsBoundary") == ["p"]
    assert names(Scope="Local", PolicyUsageFilter="PermissionsBoundary") == ["p", "unused"]
    assert names(PathPrefix="/job-function/", Scope="AWS")[0] in names(Scope="AWS")
