"""Policies, grants and roles in the sandbox refuse what IAM refuses."""

import json
from collections import Counter

import pytest
from test_sandbox import DOCUMENT, OWN, TRUST, client, refusal

from iamspec.sandbox import running

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
MALFORMED = ("MalformedPolicyDocument", 400)


@pytest.fixture
def iam():
    with running() as sandbox:
        yield client(sandbox)


def policy(iam, name="p", **params):
    return iam.create_policy(PolicyName=name, PolicyDocument=DOCUMENT, **params)["Policy"]["Arn"]


def statement(**changes):
    whole = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | changes
    return json.dumps({"Version": "2012-10-17", "Statement": [{k: v for k, v in whole.items() if v is not None}]})


def padded(size, name="x"):
    """A document of that many characters without white space, and with more of it."""
    text = statement(Resource="arn:aws:s3:::")
    return text.replace("s3:::", "s3:::" + name * (size - len("".join(text.split())))) + " " * 9


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


def test_a_policy_is_not_deleted_before_its_uses_and_versions(iam):
    arn = policy(iam)
    iam.create_user(UserName="bob", PermissionsBoundary=arn)
    iam.create_group(GroupName="devs")
    iam.attach_group_policy(GroupName="devs", PolicyArn=arn)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=DOCUMENT)
    for remove, params in (
        (iam.detach_group_policy, {"GroupName": "devs", "PolicyArn": arn}),
        (iam.delete_user_permissions_boundary, {"UserName": "bob"}),
        (iam.delete_policy_version, {"PolicyArn": arn, "VersionId": "v2"}),
    ):
        assert refusal(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", 409)
        remove(**params)
    iam.delete_policy(PolicyArn=arn)
    assert refusal(iam.delete_policy, PolicyArn=arn) == ("NoSuchEntity", 404)
    assert refusal(iam.delete_policy, PolicyArn=READ_ONLY) == ("AccessDenied", 403)


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


@pytest.mark.parametrize(("kind", "quota"), [("User", 2048), ("Group", 5120), ("Role", 10240)])
def test_inline_policies_have_a_size_together_without_white_space(iam, kind, quota):
    trust = {"AssumeRolePolicyDocument": TRUST} if kind == "Role" else {}
    name = {f"{kind}Name": "x"}
    getattr(iam, f"create_{kind.lower()}")(**name, **trust)
    put = getattr(iam, f"put_{kind.lower()}_policy")
    put(**name, PolicyName="a", PolicyDocument=padded(1000))
    put(**name, PolicyName="b", PolicyDocument=padded(quota - 1000))
    put(**name, PolicyName="b", PolicyDocument=padded(quota - 1000, "y"))
    refused = refusal(put, **name, PolicyName="b", PolicyDocument=padded(quota - 999))
    assert refused == ("LimitExceeded", 409)


def test_a_managed_policy_has_a_size_without_white_space(iam):
    iam.create_policy(PolicyName="fits", PolicyDocument=padded(6144))
    large = {"PolicyName": "large", "PolicyDocument": padded(6145)}
    assert refusal(iam.create_policy, **large) == ("LimitExceeded", 409)
    version = {"PolicyArn": f"{OWN}policy/fits", "PolicyDocument": padded(6145)}
    assert refusal(iam.create_policy_version, **version) == ("LimitExceeded", 409)


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "[]",
        "{}",
        statement(Effect="allow"),
        statement(Effect=None),
        statement(Action=None),
        statement(Action="GetObject"),
        statement(Action=[]),
        statement(Resource=None),
        statement(Resource="bucket"),
        statement(NotResource="*"),
        statement(Foo="bar"),
        statement(Principal="*"),
        statement(Condition={"StringLooksLike": {"aws:username": "x"}}),
        statement().replace("2012-10-17", "2012-10-18"),
        json.dumps({"Version": "2012-10-17", "Statement": [json.loads(statement(Sid="A"))["Statement"][0]] * 2}),
    ],
)
def test_what_is_no_policy_is_refused(iam, document):
    iam.create_user(UserName="bob")
    assert refusal(iam.create_policy, PolicyName="p", PolicyDocument=document) == MALFORMED
    assert refusal(iam.put_user_policy, UserName="bob", PolicyName="p", PolicyDocument=document) == MALFORMED


@pytest.mark.parametrize(
    "document",
    [
        statement(Resource="arn:aws:iam::*:*"),
        statement(Resource="arn:aws:iam::*:root"),
        statement(Resource="arn:aws:s3:*:*:access-grants/default/grant/*"),
        statement(Resource="arn:aws:iam::*:user/${aws:username}"),
        statement(Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}),
        statement(Condition={"bool": {"aws:SecureTransport": True}}),
        statement(Condition={"forallvalues:stringlikeifexists": {"aws:TagKeys": ["a", "b"]}}),
        json.dumps({"Version": "2012-10-17", "Statement": json.loads(statement())["Statement"][0]}),
    ],
)
def test_what_real_policies_hold_is_taken(iam, document):
    iam.create_policy(PolicyName="p", PolicyDocument=document)
    kept = iam.get_policy_version(PolicyArn=f"{OWN}policy/p", VersionId="v1")["PolicyVersion"]["Document"]
    assert kept == json.loads(document)


def test_the_old_version_is_for_inline_policies_only(iam):
    iam.create_user(UserName="bob")
    old = statement().replace("2012-10-17", "2008-10-17")
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=old)
    assert refusal(iam.create_policy, PolicyName="p", PolicyDocument=old) == MALFORMED


def test_percent_signs_in_a_document_survive(iam):
    iam.create_user(UserName="bob")
    document = statement(Resource="arn:aws:s3:::a%2Fb+c/*")
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=document)
    found = iam.get_user_policy(UserName="bob", PolicyName="p")
    assert (found["UserName"], found["PolicyName"]) == ("bob", "p")
    assert found["PolicyDocument"] == json.loads(document)


def test_a_trust_policy_names_principals_and_sts_actions_only(iam):
    def create(**changes):
        whole = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}} | changes
        document = {"Version": "2012-10-17", "Statement": [{k: v for k, v in whole.items() if v is not None}]}
        return {"RoleName": "r", "AssumeRolePolicyDocument": json.dumps(document)}

    for wrong in ({"Principal": None}, {"Action": "s3:GetObject"}, {"Resource": "*"}, {"Action": "sts:*"}):
        assert refusal(iam.create_role, **create(**wrong)) == MALFORMED
    iam.create_role(**create(Action=["sts:AssumeRole", "sts:TagSession"]))
    assert iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"]["Version"] == "2012-10-17"
    assert refusal(iam.create_role, **create() | {"RoleName": "R"}) == ("EntityAlreadyExists", 409)


def test_a_role_is_not_deleted_before_what_it_holds(iam):
    arn = policy(iam)
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=arn)
    iam.create_instance_profile(InstanceProfileName="ip")
    iam.add_role_to_instance_profile(InstanceProfileName="ip", RoleName="r")
    iam.attach_role_policy(RoleName="r", PolicyArn=READ_ONLY)
    iam.put_role_policy(RoleName="r", PolicyName="own", PolicyDocument=DOCUMENT)
    for remove, params in (
        (iam.remove_role_from_instance_profile, {"InstanceProfileName": "ip"}),
        (iam.detach_role_policy, {"PolicyArn": READ_ONLY}),
        (iam.delete_role_policy, {"PolicyName": "own"}),
    ):
        assert refusal(iam.delete_role, RoleName="r") == ("DeleteConflict", 409)
        remove(RoleName="r", **params)
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
    assert names(PolicyUsageFilter="PermissionsBoundary") == ["p"]
    assert names(PathPrefix="/job-function/", Scope="AWS")[0] in names(Scope="AWS")


def test_authorization_details_come_in_pages_over_all_kinds(iam):
    arn = policy(iam)
    iam.create_group(GroupName="devs")
    for name in ("ann", "bob"):
        iam.create_user(UserName=name)
        iam.add_user_to_group(GroupName="devs", UserName=name)
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    kinds = ["User", "Group", "Role", "LocalManagedPolicy"]
    sections = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    paginator = iam.get_paginator("get_account_authorization_details")
    pages = list(paginator.paginate(Filter=kinds, PaginationConfig={"PageSize": 2}))
    assert [[len(page[section]) for section in sections] for page in pages] == [
        [2, 0, 0, 0],
        [0, 1, 1, 0],
        [0, 0, 0, 1],
    ]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    assert pages[2]["Policies"][0]["Arn"] == arn
    exact = iam.get_account_authorization_details(Filter=kinds, MaxItems=5)
    assert exact["IsTruncated"] is False
    assert "Marker" not in exact


def test_authorization_details_are_whole(iam):
    arn = policy(iam)
    iam.create_user(UserName="ann", Path="/a/", PermissionsBoundary=arn, Tags=[{"Key": "k", "Value": "v"}])
    iam.create_group(GroupName="devs")
    iam.add_user_to_group(GroupName="devs", UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=DOCUMENT)
    iam.create_user(UserName="bob")
    iam.attach_user_policy(UserName="bob", PolicyArn=READ_ONLY)
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=arn)
    details = iam.get_account_authorization_details(Filter=["User", "Group", "Role", "LocalManagedPolicy"])
    ann, bob = (
        {k: v for k, v in one.items() if k not in {"UserId", "CreateDate"}} for one in details["UserDetailList"]
    )
    boundary = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn}
    assert ann == {
        "Path": "/a/",
        "UserName": "ann",
        "Arn": f"{OWN}user/a/ann",
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": json.loads(DOCUMENT)}],
        "GroupList": ["devs"],
        "AttachedManagedPolicies": [],
        "PermissionsBoundary": boundary,
        "Tags": [{"Key": "k", "Value": "v"}],
    }
    assert bob == {
        "Path": "/",
        "UserName": "bob",
        "Arn": f"{OWN}user/bob",
        "GroupList": [],
        "AttachedManagedPolicies": [{"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY}],
        "Tags": [],
    }
    role = details["RoleDetailList"][0]
    assert (role["PermissionsBoundary"], role["RolePolicyList"], role["InstanceProfileList"]) == (boundary, [], [])
    assert role["AssumeRolePolicyDocument"] == json.loads(TRUST)
    found = details["Policies"][0]
    assert (found["PolicyName"], found["AttachmentCount"], found["PermissionsBoundaryUsageCount"]) == ("p", 0, 2)
    assert [one["Document"] for one in found["PolicyVersionList"]] == [json.loads(DOCUMENT)]


def test_a_filter_chooses_among_the_policies(iam):
    policy(iam)
    iam.create_user(UserName="bob")
    iam.attach_user_policy(UserName="bob", PolicyArn=READ_ONLY)

    def owners(**params):
        pages = iam.get_paginator("get_account_authorization_details").paginate(**params)
        whole = list(pages)
        names = [one["Arn"].split(":")[4] for page in whole for one in page["Policies"]]
        return Counter(names), sum(len(page["UserDetailList"]) for page in whole)

    assert owners(Filter=["LocalManagedPolicy"]) == ({"123456789012": 1}, 0)
    assert owners(Filter=["AWSManagedPolicy"]) == ({"aws": 1}, 0)
    everything, users = owners()
    assert (everything["123456789012"], users) == (1, 1)
    assert everything["aws"] > 1000
