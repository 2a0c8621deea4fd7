"""GetAccountAuthorizationDetails of the sandbox: pages, filters and every member."""

import json
from collections import Counter

import pytest
from test_sandbox import DOCUMENT, OWN, TRUST, client

from iamspec.sandbox import running

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def iam():
    with running() as sandbox:
        yield client(sandbox)


def policy(iam, name="p", **params):
    return iam.create_policy(PolicyName=name, PolicyDocument=DOCUMENT, **params)["Policy"]["Arn"]


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
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
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
    assert owners() == ({"123456789012": 1, "aws": 1}, 1)
