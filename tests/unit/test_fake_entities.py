"""The fake IAM about users, groups and policies: names, missing entities, tags."""

import pytest
from fake import FakeIam
from fake.scene import AWS, OWN, TEXT, ask, details, refusal, scene

from iamspec.errors import IamError
from iamspec.iam import Account, Call


@pytest.fixture
def iam():
    return scene()


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("CreateUser", {"UserName": "Alice", "Path": "/elsewhere/"}),
        ("CreateGroup", {"GroupName": "DEVS"}),
        ("CreatePolicy", {"PolicyName": "Deploy", "Path": "/elsewhere/", "PolicyDocument": TEXT}),
        ("UpdateUser", {"UserName": "bob", "NewUserName": "ALICE"}),
        ("UpdateGroup", {"GroupName": "ops", "NewGroupName": "Devs"}),
    ],
)
def test_a_name_that_differs_in_case_or_path_only_is_taken(iam, operation, params):
    iam.given("CreateUser", UserName="bob")
    iam.given("CreateGroup", GroupName="ops")
    assert refusal(iam, operation, **params) == "EntityAlreadyExists"


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("DeletePolicy", {"PolicyArn": f"{OWN}Deploy"}),
        ("AttachUserPolicy", {"UserName": "alice", "PolicyArn": f"{AWS}readonlyaccess"}),
    ],
)
def test_arns_are_found_in_their_exact_case_only(iam, operation, params):
    assert refusal(iam, operation, **params) == "NoSuchEntity"


def test_names_are_found_in_any_case_and_stay_as_they_are(iam):
    """Kills: an account in which a spec with another spelling finds nobody, as no account of AWS is."""
    iam.write(Call("PutUserPolicy", {"UserName": "ALICE", "PolicyName": "Own", "PolicyDocument": TEXT}))
    iam.write(Call("PutUserPolicy", {"UserName": "alice", "PolicyName": "own", "PolicyDocument": TEXT}))
    iam.write(Call("RemoveUserFromGroup", {"UserName": "Alice", "GroupName": "DEVS"}))
    [user] = details(iam)["UserDetailList"]
    assert (user["UserName"], user["GroupList"], [one["PolicyName"] for one in user["UserPolicyList"]]) == (
        "alice",
        [],
        ["Own"],
    )


def test_a_rename_keeps_id_date_credentials_memberships_and_policies(iam):
    iam.given("AttachUserPolicy", UserName="alice", PolicyArn=f"{OWN}deploy")
    iam.add_credentials("alice")
    before = iam.dump()["users"]["alice"]
    iam.write(Call("UpdateUser", {"UserName": "alice", "NewUserName": "Alice", "NewPath": "/staff/"}))
    assert iam.dump()["users"] == {"Alice": before | {"name": "Alice", "path": "/staff/"}}
    [user] = details(iam)["UserDetailList"]
    assert user["Arn"] == "arn:aws:iam::123456789012:user/staff/Alice"


def test_a_name_is_free_once_its_user_has_another(iam):
    iam.write(Call("UpdateUser", {"UserName": "alice", "NewUserName": "alice.smith"}))
    iam.write(Call("CreateUser", {"UserName": "Alice"}))
    assert sorted(iam.dump()["users"]) == ["Alice", "alice.smith"]


def test_a_group_may_change_the_case_of_its_name_or_its_path_only(iam):
    iam.write(Call("UpdateGroup", {"GroupName": "devs", "NewGroupName": "Devs"}))
    iam.write(Call("UpdateGroup", {"GroupName": "Devs", "NewPath": "/staff/"}))
    [group] = details(iam)["GroupDetailList"]
    assert group["Arn"] == "arn:aws:iam::123456789012:group/staff/Devs"


def test_a_renamed_group_keeps_its_members_and_frees_its_old_name(iam):
    iam.write(Call("UpdateGroup", {"GroupName": "devs", "NewGroupName": "engineers"}))
    assert iam.dump()["users"]["alice"]["groups"] == ["engineers"]
    iam.write(Call("CreateGroup", {"GroupName": "devs"}))
    assert iam.dump()["users"]["alice"]["groups"] == ["engineers"]


def test_what_is_deleted_and_made_again_has_another_id(iam):
    first = details(iam)["Policies"][0]["PolicyId"]
    iam.write(Call("DeletePolicy", {"PolicyArn": f"{OWN}deploy"}))
    iam.write(Call("CreatePolicy", {"PolicyName": "deploy", "PolicyDocument": TEXT}))
    second = details(iam)["Policies"][0]["PolicyId"]
    assert (first[:4], second[:4]) == ("ANPA", "ANPA")
    assert first != second


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("AttachUserPolicy", {"UserName": "alice", "PolicyArn": f"{AWS}NoSuchThing"}),
        ("AttachUserPolicy", {"UserName": "alice", "PolicyArn": "arn:aws:iam::210987654321:policy/deploy"}),
        ("AttachUserPolicy", {"UserName": "alice", "PolicyArn": f"{AWS}Billing"}),
        ("AttachGroupPolicy", {"GroupName": "devs", "PolicyArn": f"{OWN}none"}),
        ("CreateUser", {"UserName": "bob", "PermissionsBoundary": f"{OWN}none"}),
        ("PutUserPermissionsBoundary", {"UserName": "alice", "PermissionsBoundary": f"{OWN}none"}),
        ("DeleteUserPermissionsBoundary", {"UserName": "alice"}),
        ("DetachUserPolicy", {"UserName": "alice", "PolicyArn": f"{OWN}deploy"}),
        ("DetachGroupPolicy", {"GroupName": "devs", "PolicyArn": f"{OWN}deploy"}),
        ("DeleteUserPolicy", {"UserName": "alice", "PolicyName": "own"}),
        ("DeleteGroupPolicy", {"GroupName": "devs", "PolicyName": "own"}),
        ("RemoveUserFromGroup", {"GroupName": "none", "UserName": "alice"}),
        ("AddUserToGroup", {"GroupName": "none", "UserName": "alice"}),
        ("AddUserToGroup", {"GroupName": "devs", "UserName": "none"}),
        ("DeletePolicyVersion", {"PolicyArn": f"{OWN}deploy", "VersionId": "v2"}),
        ("SetDefaultPolicyVersion", {"PolicyArn": f"{OWN}deploy", "VersionId": "v2"}),
        ("TagUser", {"UserName": "none", "Tags": []}),
        ("TagPolicy", {"PolicyArn": f"{OWN}none", "Tags": []}),
        ("UpdateAccessKey", {"UserName": "alice", "AccessKeyId": "AKIA000000000000", "Status": "Inactive"}),
        ("DeleteLoginProfile", {"UserName": "alice"}),
        ("UpdateLoginProfile", {"UserName": "alice", "PasswordResetRequired": True}),
        ("DeactivateMFADevice", {"UserName": "alice", "SerialNumber": "GAHT00000000"}),
        ("DeleteAccountAlias", {"AccountAlias": "acme"}),
        ("DeleteAccountPasswordPolicy", {}),
    ],
)
def test_what_does_not_exist_cannot_be_used_or_taken_away(iam, operation, params):
    iam.given("CreateGroup", GroupName="ops")
    assert refusal(iam, operation, **params) == "NoSuchEntity"


@pytest.mark.parametrize("name", ["ReadOnlyAccess", "job-function/Billing", "service-role/AWSLambdaBasicExecutionRole"])
def test_a_policy_of_aws_is_attached_by_its_whole_arn(iam, name):
    iam.write(Call("AttachUserPolicy", {"UserName": "alice", "PolicyArn": AWS + name}))
    short = name.rpartition("/")[2]
    [user] = details(iam)["UserDetailList"]
    assert user["AttachedManagedPolicies"] == [{"PolicyName": short, "PolicyArn": AWS + name}]


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("DeletePolicy", {}),
        ("CreatePolicyVersion", {"PolicyDocument": TEXT}),
    ],
)
def test_a_policy_of_aws_cannot_be_changed(iam, operation, params):
    tags = {"PolicyArn": f"{AWS}ReadOnlyAccess", "Tags": [{"Key": "k", "Value": "v"}]}
    assert refusal(iam, operation, PolicyArn=f"{AWS}ReadOnlyAccess", **params) == "AccessDenied"
    assert refusal(iam, operation, PolicyArn=f"{AWS}NoSuchThing", **params) == "AccessDenied"
    assert refusal(iam, "TagPolicy", **tags) == "InvalidInput"


def test_a_policy_for_service_linked_roles_cannot_be_attached(iam):
    arn = f"{AWS}aws-service-role/AWSSupportServiceRolePolicy"
    assert refusal(iam, "AttachUserPolicy", UserName="alice", PolicyArn=arn) == "PolicyNotAttachable"


def test_the_partition_of_the_account_is_that_of_the_policies_of_aws():
    iam = FakeIam(Account("123456789012", "aws-cn"))
    assert ask(iam, "GetPolicy", PolicyArn="arn:aws-cn:iam::aws:policy/ReadOnlyAccess")["Policy"]["Path"] == "/"
    with pytest.raises(IamError, match="Partition aws is not valid"):
        ask(iam, "GetPolicy", PolicyArn=f"{AWS}ReadOnlyAccess")


def test_user_tag_keys_are_one_for_all_cases_and_the_last_writing_stays(iam):
    iam.write(
        Call("TagUser", {"UserName": "alice", "Tags": [{"Key": "Team", "Value": "a"}, {"Key": "x", "Value": ""}]})
    )
    iam.write(Call("TagUser", {"UserName": "alice", "Tags": [{"Key": "team", "Value": "b"}]}))
    assert iam.dump()["users"]["alice"]["tags"] == {"x": "", "team": "b"}
    iam.write(Call("UntagUser", {"UserName": "alice", "TagKeys": ["TEAM", "never"]}))
    assert iam.dump()["users"]["alice"]["tags"] == {"x": ""}


def test_policy_tag_keys_are_different_in_different_case(iam):
    tags = [{"Key": "Team", "Value": "a"}, {"Key": "team", "Value": "b"}]
    iam.write(Call("TagPolicy", {"PolicyArn": f"{OWN}deploy", "Tags": tags}))
    assert ask(iam, "ListPolicyTags", PolicyArn=f"{OWN}deploy") == {"Tags": tags}
    iam.write(Call("UntagPolicy", {"PolicyArn": f"{OWN}deploy", "TagKeys": ["TEAM", "team"]}))
    assert ask(iam, "ListPolicyTags", PolicyArn=f"{OWN}deploy") == {"Tags": tags[:1]}


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([{"Key": "aws:x", "Value": ""}], "InvalidInput"),
        ([{"Key": "AWS:x", "Value": ""}], "InvalidInput"),
        ([{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}], "InvalidInput"),
        ([{"Key": f"more{number}", "Value": ""} for number in range(50)], "LimitExceeded"),
    ],
)
def test_reserved_doubled_and_too_many_tags_are_refused(iam, tags, code):
    iam.given("TagUser", UserName="alice", Tags=[{"Key": "one", "Value": ""}])
    assert refusal(iam, "TagUser", UserName="alice", Tags=tags) == code


def test_tags_of_aws_cannot_be_taken_off_and_do_not_count(iam):
    iam.state.user("alice").tags["aws:owner"] = "aws"
    iam.write(Call("UntagUser", {"UserName": "alice", "TagKeys": ["aws:owner"]}))
    assert iam.dump()["users"]["alice"]["tags"] == {"aws:owner": "aws"}
    tags = [{"Key": str(number), "Value": ""} for number in range(50)]
    iam.write(Call("TagUser", {"UserName": "alice", "Tags": tags}))
    assert len(iam.dump()["users"]["alice"]["tags"]) == 51


def test_one_bad_tag_and_there_is_no_user(iam):
    assert refusal(iam, "CreateUser", UserName="bob", Tags=[{"Key": "aws:x", "Value": ""}]) == "InvalidInput"
