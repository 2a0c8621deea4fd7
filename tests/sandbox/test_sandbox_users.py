"""Users and groups in the sandbox refuse what IAM refuses."""

import pytest
from test_sandbox import DOCUMENT, OWN, client, refusal

from iamspec.sandbox import running

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def iam():
    with running() as sandbox:
        yield client(sandbox)


def test_names_are_one_whatever_their_case(iam):
    iam.create_user(UserName="Alice", Path="/staff/")
    iam.create_group(GroupName="Devs")
    iam.create_policy(PolicyName="Deploy", PolicyDocument=DOCUMENT)
    assert refusal(iam.create_user, UserName="alice") == ("EntityAlreadyExists", 409)
    assert refusal(iam.create_group, GroupName="DEVS") == ("EntityAlreadyExists", 409)
    again = {"PolicyName": "deploy", "Path": "/other/", "PolicyDocument": DOCUMENT}
    assert refusal(iam.create_policy, **again) == ("EntityAlreadyExists", 409)
    assert iam.get_user(UserName="alice")["User"]["UserName"] == "Alice"


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("create_user", {"UserName": "a b"}),
        ("create_user", {"UserName": "käthe"}),
        ("create_user", {"UserName": "x" * 65}),
        ("create_user", {"UserName": "a", "Path": "no-slash"}),
        ("create_user", {"UserName": "a", "Path": "/" + "x" * 512 + "/"}),
        ("create_user", {"UserName": "a", "Tags": [{"Key": "a;b", "Value": ""}]}),
        ("create_user", {"UserName": "a", "Tags": [{"Key": "k", "Value": "v" * 257}]}),
        ("create_group", {"GroupName": "x" * 129}),
        ("create_policy", {"PolicyName": "p", "Path": "/a!b/", "PolicyDocument": DOCUMENT}),
        ("create_policy", {"PolicyName": "p", "Description": "d" * 1001, "PolicyDocument": DOCUMENT}),
        ("create_policy", {"PolicyName": "p", "PolicyDocument": DOCUMENT.replace("GetObject", "Get\u0416")}),
        ("create_account_alias", {"AccountAlias": "Upper"}),
        ("list_users", {"MaxItems": 1001}),
        ("list_users", {"Marker": "nowhere"}),
    ],
)
def test_what_breaks_the_service_model_is_a_validation_error(iam, operation, params):
    assert refusal(getattr(iam, operation), **params) == ("ValidationError", 400)


def test_what_the_service_model_allows_is_taken(iam):
    tags = [{"Key": "Größe: ж", "Value": ""}]
    iam.create_user(UserName="x" * 64, Path="/a!~/b/", Tags=tags)
    assert iam.list_user_tags(UserName="x" * 64)["Tags"] == tags


def test_a_user_is_renamed_and_moved_in_place(iam):
    iam.create_group(GroupName="devs")
    made = iam.create_user(UserName="bob", Tags=[{"Key": "team", "Value": "a"}])["User"]
    iam.add_user_to_group(GroupName="devs", UserName="bob")
    iam.attach_user_policy(UserName="bob", PolicyArn=READ_ONLY)
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=DOCUMENT)
    iam.create_login_profile(UserName="bob", Password="Long-enough-1")
    key = iam.create_access_key(UserName="bob")["AccessKey"]["AccessKeyId"]
    iam.update_user(UserName="bob", NewUserName="robert", NewPath="/staff/")

    user = iam.get_user(UserName="robert")["User"]
    arn = f"{OWN}user/staff/robert"
    assert user == made | {"UserName": "robert", "Path": "/staff/", "Arn": arn}
    assert [one["UserName"] for one in iam.get_group(GroupName="devs")["Users"]] == ["robert"]
    assert [one["GroupName"] for one in iam.list_groups_for_user(UserName="robert")["Groups"]] == ["devs"]
    attached = iam.list_attached_user_policies(UserName="robert")["AttachedPolicies"]
    assert attached == [{"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY}]
    assert iam.list_user_policies(UserName="robert")["PolicyNames"] == ["own"]
    assert iam.get_login_profile(UserName="robert")["LoginProfile"]["UserName"] == "robert"
    keys = iam.list_access_keys(UserName="robert")["AccessKeyMetadata"]
    assert [(one["UserName"], one["AccessKeyId"]) for one in keys] == [("robert", key)]
    iam.delete_access_key(UserName="robert", AccessKeyId=key)
    assert refusal(iam.get_user, UserName="bob") == ("NoSuchEntity", 404)


def test_a_rename_may_change_the_case_and_nothing_that_is_taken(iam):
    for name in ("bob", "carol"):
        iam.create_user(UserName=name)
        iam.create_group(GroupName=f"of-{name}")
    iam.update_user(UserName="bob", NewUserName="Bob")
    iam.update_group(GroupName="of-bob", NewGroupName="Of-Bob")
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["Bob", "carol"]
    assert refusal(iam.update_user, UserName="Bob", NewUserName="CAROL") == ("EntityAlreadyExists", 409)
    clash = {"GroupName": "Of-Bob", "NewGroupName": "OF-CAROL"}
    assert refusal(iam.update_group, **clash) == ("EntityAlreadyExists", 409)


def test_a_group_is_renamed_and_moved_in_place(iam):
    made = iam.create_group(GroupName="devs")["Group"]
    iam.create_user(UserName="bob")
    iam.add_user_to_group(GroupName="devs", UserName="bob")
    iam.attach_group_policy(GroupName="devs", PolicyArn=READ_ONLY)
    iam.update_group(GroupName="devs", NewPath="/eng/")
    assert iam.get_group(GroupName="devs")["Group"]["Arn"] == f"{OWN}group/eng/devs"
    iam.update_group(GroupName="devs", NewGroupName="developers")
    answer = iam.get_group(GroupName="developers")
    assert answer["Group"] == made | {
        "GroupName": "developers",
        "Path": "/eng/",
        "Arn": f"{OWN}group/eng/developers",
    }
    assert [user["UserName"] for user in answer["Users"]] == ["bob"]
    attached = iam.list_attached_group_policies(GroupName="developers")["AttachedPolicies"]
    assert [one["PolicyArn"] for one in attached] == [READ_ONLY]


def test_memberships_are_idempotent_and_their_ends_must_exist(iam):
    iam.create_user(UserName="bob")
    iam.create_group(GroupName="devs")
    for _ in range(2):
        iam.add_user_to_group(GroupName="devs", UserName="bob")
    assert len(iam.get_group(GroupName="devs")["Users"]) == 1
    for _ in range(2):
        iam.remove_user_from_group(GroupName="devs", UserName="bob")
    assert iam.get_group(GroupName="devs")["Users"] == []
    for operation in (iam.add_user_to_group, iam.remove_user_from_group):
        assert refusal(operation, GroupName="devs", UserName="nobody") == ("NoSuchEntity", 404)
        assert refusal(operation, GroupName="none", UserName="bob") == ("NoSuchEntity", 404)


def test_a_user_is_in_ten_groups_at_most(iam):
    iam.create_user(UserName="bob")
    for number in range(11):
        iam.create_group(GroupName=f"g{number}")
    for number in range(10):
        iam.add_user_to_group(GroupName=f"g{number}", UserName="bob")
    assert refusal(iam.add_user_to_group, GroupName="g10", UserName="bob") == ("LimitExceeded", 409)
    iam.add_user_to_group(GroupName="g9", UserName="bob")


def test_the_quotas_of_the_account_are_those_of_its_summary():
    with running() as sandbox:
        iam = client(sandbox)
        sandbox.quotas["UsersQuota"] = 1
        iam.create_user(UserName="bob")
        assert refusal(iam.create_user, UserName="carol") == ("LimitExceeded", 409)
        summary = iam.get_account_summary()["SummaryMap"]
    wanted = {
        "Users": 1,
        "UsersQuota": 1,
        "Groups": 0,
        "GroupsQuota": 300,
        "Policies": 0,
        "PoliciesQuota": 1500,
        "PolicySizeQuota": 6144,
        "UserPolicySizeQuota": 2048,
        "GroupPolicySizeQuota": 5120,
        "RolePolicySizeQuota": 10240,
        "GroupsPerUserQuota": 10,
        "AttachedPoliciesPerUserQuota": 10,
        "AttachedPoliciesPerGroupQuota": 10,
        "AttachedPoliciesPerRoleQuota": 10,
        "AccessKeysPerUserQuota": 2,
        "VersionsPerPolicyQuota": 5,
        "PolicyVersionsInUse": 0,
        "PolicyVersionsInUseQuota": 10000,
        "AssumeRolePolicySizeQuota": 2048,
    }
    assert {key: summary.get(key) for key in wanted} == wanted


def test_tags_of_users_ignore_the_case_of_keys_and_keep_it(iam):
    iam.create_user(UserName="bob", Tags=[{"Key": "Team", "Value": "a"}, {"Key": "cost", "Value": "1"}])
    iam.tag_user(UserName="bob", Tags=[{"Key": "team", "Value": "b"}])
    assert iam.get_user(UserName="bob")["User"]["Tags"] == [
        {"Key": "cost", "Value": "1"},
        {"Key": "team", "Value": "b"},
    ]
    iam.untag_user(UserName="bob", TagKeys=["COST", "absent"])
    assert iam.list_user_tags(UserName="bob")["Tags"] == [{"Key": "team", "Value": "b"}]


def test_tags_are_refused_that_are_reserved_doubled_or_too_many(iam):
    iam.create_user(UserName="bob")
    reserved = [{"Key": "AWS:x", "Value": ""}]
    assert refusal(iam.tag_user, UserName="bob", Tags=reserved) == ("InvalidInput", 400)
    assert refusal(iam.create_user, UserName="eve", Tags=reserved) == ("InvalidInput", 400)
    assert refusal(iam.get_user, UserName="eve") == ("NoSuchEntity", 404)
    doubled = [{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}]
    assert refusal(iam.tag_user, UserName="bob", Tags=doubled) == ("InvalidInput", 400)
    iam.tag_user(UserName="bob", Tags=[{"Key": f"k{number}", "Value": ""} for number in range(50)])
    assert refusal(iam.tag_user, UserName="bob", Tags=[{"Key": "one-more", "Value": ""}]) == ("LimitExceeded", 409)


def test_a_boundary_must_exist_is_shown_and_can_be_taken_off(iam):
    nowhere = f"{OWN}policy/nowhere"
    assert refusal(iam.create_user, UserName="bob", PermissionsBoundary=nowhere) == ("NoSuchEntity", 404)
    arn = iam.create_policy(PolicyName="limit", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    iam.create_user(UserName="bob", PermissionsBoundary=arn)
    shown = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
    assert iam.get_user(UserName="bob")["User"]["PermissionsBoundary"] == shown
    assert "PermissionsBoundary" not in iam.list_users()["Users"][0]
    refused = refusal(iam.put_user_permissions_boundary, UserName="bob", PermissionsBoundary=nowhere)
    assert refused == ("NoSuchEntity", 404)
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=READ_ONLY)
    boundary = iam.get_user(UserName="bob")["User"]["PermissionsBoundary"]
    assert boundary["PermissionsBoundaryArn"] == READ_ONLY
    iam.delete_user_permissions_boundary(UserName="bob")
    assert "PermissionsBoundary" not in iam.get_user(UserName="bob")["User"]


@pytest.mark.parametrize("last", range(3))
def test_a_group_is_not_deleted_before_each_thing_that_it_holds(iam, last):
    iam.create_group(GroupName="devs")
    iam.create_user(UserName="bob")
    iam.add_user_to_group(GroupName="devs", UserName="bob")
    iam.attach_group_policy(GroupName="devs", PolicyArn=READ_ONLY)
    iam.put_group_policy(GroupName="devs", PolicyName="own", PolicyDocument=DOCUMENT)
    takes = [
        (iam.remove_user_from_group, {"UserName": "bob"}),
        (iam.detach_group_policy, {"PolicyArn": READ_ONLY}),
        (iam.delete_group_policy, {"PolicyName": "own"}),
    ]
    for take, params in [*takes[:last], *takes[last + 1 :], takes[last]]:
        assert refusal(iam.delete_group, GroupName="devs") == ("DeleteConflict", 409)
        take(GroupName="devs", **params)
    iam.delete_group(GroupName="devs")
    assert refusal(iam.delete_group, GroupName="devs") == ("NoSuchEntity", 404)


def test_lists_come_in_pages(iam):
    for number in range(5):
        iam.create_user(UserName=f"u{number}", Path="/staff/" if number else "/")
        iam.create_group(GroupName=f"g{number}")
        iam.add_user_to_group(GroupName="g0", UserName=f"u{number}")

    def sizes(operation, key, **params):
        pages = iam.get_paginator(operation).paginate(PaginationConfig={"PageSize": 2}, **params)
        return [(len(page[key]), page["IsTruncated"]) for page in pages]

    assert sizes("list_users", "Users") == [(2, True), (2, True), (1, False)]
    assert sizes("list_users", "Users", PathPrefix="/staff/") == [(2, True), (2, False)]
    assert sizes("list_groups", "Groups") == [(2, True), (2, True), (1, False)]
    assert sizes("get_group", "Users", GroupName="g0") == [(2, True), (2, True), (1, False)]
    assert sizes("list_groups_for_user", "Groups", UserName="u1") == [(1, False)]
    assert sizes("list_policies", "Policies", Scope="Local") == [(0, False)]
