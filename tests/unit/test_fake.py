"""The fake IAM as a port: how it answers, records, fails and is copied."""

import threading
from datetime import UTC, datetime

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from fake import FakeIam
from fake.client import READING, WRITING
from fake.scene import ALLOW, AWS, ENTITIES, OWN, TEXT, ask, details, scene
from model import assert_answer
from saml import metadata

from iamspec.errors import IamError
from iamspec.iam import Call, Reader, Writer


@pytest.fixture
def iam():
    return scene()


def test_the_authorization_details_are_those_of_boto3(iam):
    iam.given("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary=f"{OWN}deploy")
    iam.given("TagPolicy", PolicyArn=f"{OWN}deploy", Tags=[{"Key": "k", "Value": "v"}])
    iam.given("AttachGroupPolicy", GroupName="devs", PolicyArn=f"{OWN}deploy")
    iam.given("PutGroupPolicy", GroupName="devs", PolicyName="own", PolicyDocument=TEXT)
    user, group, policy = (datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC) for second in range(3))
    assert details(iam) == {
        "UserDetailList": [
            {
                "Path": "/",
                "UserName": "alice",
                "UserId": "AIDA0000000000000019",
                "Arn": "arn:aws:iam::123456789012:user/alice",
                "CreateDate": user,
                "GroupList": ["devs"],
                "AttachedManagedPolicies": [],
                "PermissionsBoundary": {
                    "PermissionsBoundaryType": "Policy",
                    "PermissionsBoundaryArn": f"{OWN}deploy",
                },
                "Tags": [],
            }
        ],
        "GroupDetailList": [
            {
                "Path": "/",
                "GroupName": "devs",
                "GroupId": "AGPA0000000000000020",
                "Arn": "arn:aws:iam::123456789012:group/devs",
                "CreateDate": group,
                "GroupPolicyList": [{"PolicyName": "own", "PolicyDocument": ALLOW}],
                "AttachedManagedPolicies": [{"PolicyName": "deploy", "PolicyArn": f"{OWN}deploy"}],
            }
        ],
        "RoleDetailList": [],
        "Policies": [
            {
                "PolicyName": "deploy",
                "PolicyId": "ANPA0000000000000021",
                "Arn": f"{OWN}deploy",
                "Path": "/",
                "DefaultVersionId": "v1",
                "AttachmentCount": 1,
                "PermissionsBoundaryUsageCount": 1,
                "IsAttachable": True,
                "CreateDate": policy,
                "UpdateDate": policy,
                "PolicyVersionList": [
                    {"Document": ALLOW, "VersionId": "v1", "IsDefaultVersion": True, "CreateDate": policy}
                ],
            }
        ],
    }


def test_without_a_filter_the_policies_of_aws_that_are_in_use_come_too(iam):
    iam.given("AttachUserPolicy", UserName="alice", PolicyArn=f"{AWS}ReadOnlyAccess")
    whole = ask(iam, "GetAccountAuthorizationDetails")
    assert [one["PolicyName"] for one in whole["Policies"]] == ["deploy", "ReadOnlyAccess"]
    some = ask(iam, "GetAccountAuthorizationDetails", Filter=["Group"])
    assert {name: len(entities) for name, entities in some.items()} == {
        "UserDetailList": 0,
        "GroupDetailList": 1,
        "RoleDetailList": 0,
        "Policies": 0,
    }


def test_tags_description_and_documents_of_a_policy_are_told_where_iam_tells_them(iam):
    params = {"PolicyName": "q", "PolicyDocument": TEXT, "Description": "d", "Tags": [{"Key": "k", "Value": "v"}]}
    made = iam.write(Call("CreatePolicy", params))["Policy"]
    assert ask(iam, "GetPolicy", PolicyArn=f"{OWN}q") == {"Policy": made}
    assert (made["Description"], made["Tags"]) == ("d", [{"Key": "k", "Value": "v"}])
    version = {"VersionId": "v1", "IsDefaultVersion": True, "CreateDate": made["CreateDate"]}
    assert ask(iam, "ListPolicyVersions", PolicyArn=f"{OWN}q") == {"Versions": [version]}
    whole = {"PolicyVersion": version | {"Document": ALLOW}}
    assert ask(iam, "GetPolicyVersion", PolicyArn=f"{OWN}q", VersionId="v1") == whole
    assert ask(iam, "GetPolicyVersion", PolicyArn=f"{OWN}q", VersionId="v2") is None


def test_pages_count_the_entities_of_all_lists_together(iam):
    iam.add_role("app")
    for size, lengths in {1: [1, 1, 1, 1], 3: [3, 1], 4: [4], 100: [4]}.items():
        iam.page_size = size
        pages = list(iam.pages(Call("GetAccountAuthorizationDetails", {"Filter": ENTITIES})))
        lists = [name for name in details(iam) if name != "IsTruncated"]
        assert [sum(len(page[name]) for name in lists) for page in pages] == lengths
        assert [page["IsTruncated"] for page in pages] == [*[True] * (len(pages) - 1), False]
        assert {name: [one for page in pages for one in page[name]] for name in lists} == details(iam)


def test_an_answer_goes_on_from_a_marker(iam):
    call = {"Filter": ENTITIES, "MaxItems": 2}
    first, second = iam.pages(Call("GetAccountAuthorizationDetails", call))
    again = list(iam.pages(Call("GetAccountAuthorizationDetails", call | {"Marker": first["Marker"]})))
    assert again == [second]
    assert len(iam.calls) == 2


def test_every_operation_exists_in_the_model_and_every_answer_fits_it(iam):
    service = ServiceModel(Loader().load_service_model("iam", "service-2"), "iam")
    known = {"".join(name.lower().split()): name for name in service.operation_names}
    assert sorted(name for name in {**READING, **WRITING} if name.replace("_", "") not in known) == []
    iam.add_credentials("alice")
    iam.add_role("app", boundary=f"{OWN}deploy", inline={"own": ALLOW})
    iam.given("PutUserPolicy", UserName="alice", PolicyName="own", PolicyDocument=TEXT)
    iam.given("UpdateAccountPasswordPolicy")
    for kind, name in (("Role", "app"), ("Group", "devs")):
        iam.given(f"Put{kind}Policy", **{f"{kind}Name": name, "PolicyName": "own", "PolicyDocument": TEXT})
    iam.given("CreateInstanceProfile", InstanceProfileName="app")
    iam.given("AddRoleToInstanceProfile", InstanceProfileName="app", RoleName="app")
    iam.given("CreateOpenIDConnectProvider", Url="https://idp.example.com")
    iam.given("CreateSAMLProvider", Name="idp", SAMLMetadataDocument=metadata())
    iam.given("CreateServiceLinkedRole", AWSServiceName="autoscaling.amazonaws.com")
    task = iam.given("DeleteServiceLinkedRole", RoleName="AWSServiceRoleForAutoScaling")["DeletionTaskId"]
    account = "arn:aws:iam::123456789012:"
    params = {
        "UserName": "alice",
        "RoleName": "app",
        "PolicyArn": f"{OWN}deploy",
        "VersionId": "v1",
        "GroupName": "devs",
        "PolicyName": "own",
        "InstanceProfileName": "app",
        "OpenIDConnectProviderArn": f"{account}oidc-provider/idp.example.com",
        "SAMLProviderArn": f"{account}saml-provider/idp",
        "DeletionTaskId": task,
        "AccessKeyId": next(iter(iam.state.user("alice").keys)),
    }
    for name in READING:
        operation = known[name.replace("_", "")]
        shape = service.operation_model(operation).input_shape
        members = shape.members if shape else {}
        for page in iam.pages(Call(operation, {key: one for key, one in params.items() if key in members})):
            assert page
            assert_answer(operation, page)


def test_every_answer_to_a_write_fits_the_model(iam):
    arn, user = f"{OWN}q", {"UserName": "bob"}
    for operation, params in [
        ("CreateUser", {**user, "PermissionsBoundary": f"{AWS}ReadOnlyAccess", "Tags": [{"Key": "k", "Value": "v"}]}),
        ("CreateGroup", {"GroupName": "ops"}),
        ("CreatePolicy", {"PolicyName": "q", "PolicyDocument": TEXT, "Description": "d"}),
        ("CreatePolicyVersion", {"PolicyArn": arn, "PolicyDocument": TEXT}),
        ("CreateAccessKey", user),
        ("CreateLoginProfile", {**user, "Password": "Correct-horse-7"}),
        ("UpdateUser", user),
    ]:
        assert_answer(operation, iam.write(Call(operation, params)))


def test_changing_an_answer_changes_nothing_in_the_account(iam):
    before = iam.dump()
    answer = details(iam)
    answer["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"].clear()
    answer["UserDetailList"][0]["GroupList"].clear()
    iam.dump()["users"]["alice"]["groups"].clear()
    assert iam.dump() == before


def test_a_stack_is_known_by_the_physical_id_and_where_it_is_said_by_the_region(iam):
    iam.stacks = {"alice": "people", ("eu-west-1", f"{OWN}deploy"): "policies"}
    asked = [("alice", "us-east-1"), (f"{OWN}deploy", "eu-west-1"), (f"{OWN}deploy", "us-east-1")]
    calls = [
        Call("DescribeStackResources", {"PhysicalResourceId": one}, "cloudformation", where) for one, where in asked
    ]
    first, second, third = iam.attempt_each(calls)
    assert first["StackResources"][0]["StackName"] == "people"
    assert second["StackResources"][0]["StackName"] == "policies"
    assert_answer("DescribeStackResources", first, "cloudformation")
    assert (third.code, third.message) == ("ValidationError", f"Stack for {OWN}deploy does not exist")


def test_calls_are_recorded_in_order_with_those_that_failed(iam):
    reading, writing = Call("GetUser", {"UserName": "bob"}), Call("DeleteUser", {"UserName": "bob"})
    iam.read_each([reading])
    with pytest.raises(IamError):
        iam.write(writing)
    assert (iam.calls, iam.writes) == ([reading, writing], [writing])


def test_a_fault_ends_a_call_before_it_does_anything(iam):
    before = iam.dump()
    iam.fail = lambda call: (
        IamError(call.operation, "Throttling", "slow down") if call.operation == "DeletePolicy" else None
    )
    with pytest.raises(IamError) as fault:
        iam.write(Call("DeletePolicy", {"PolicyArn": f"{OWN}deploy"}))
    assert (fault.value.code, iam.dump()) == ("Throttling", before)


def test_reads_of_many_tell_what_is_missing_from_what_has_failed(iam):
    calls = [Call("GetUser", {"UserName": name}) for name in ("alice", "bob")]
    alice, bob = iam.read_each(calls)
    assert (alice["User"]["UserName"], bob) == ("alice", None)
    found, missing = iam.attempt_each(calls)
    assert (found, missing.code) == (alice, "NoSuchEntity")
    iam.fail = lambda call: IamError(call.operation, "AccessDenied", "no")
    with pytest.raises(IamError):
        iam.read_each(calls)


def test_a_reader_does_not_write_and_a_writer_does_not_read(iam):
    for misuse in (
        lambda: iam.write(Call("GetUser", {"UserName": "alice"})),
        lambda: iam.read_each([Call("DeleteUser", {"UserName": "alice"})]),
        lambda: list(iam.pages(Call("DeleteUser", {"UserName": "alice"}))),
        lambda: iam.write(Call("CreateGroup", {"GroupName": "a b"})),
        lambda: iam.write(Call("CreateRole", {"RoleName": "r s", "AssumeRolePolicyDocument": "{}"})),
    ):
        with pytest.raises(AssertionError):
            misuse()


def test_the_port_is_whole_and_one_look_is_enough(iam):
    members = {name for name in vars(Writer) | vars(Reader) if not name.startswith("_")}
    assert sorted(members - set(dir(iam))) == []
    assert list(iam.looks()) == [None]


def test_a_copy_is_an_account_of_its_own(iam):
    before, other = iam.dump(), iam.copy()
    assert other.dump() == before
    other.write(Call("TagUser", {"UserName": "alice", "Tags": [{"Key": "k", "Value": "v"}]}))
    other.write(Call("DeletePolicy", {"PolicyArn": f"{OWN}deploy"}))
    assert (iam.dump(), iam.calls) == (before, [])
    assert other.dump() != before


def test_accounts_told_the_same_in_another_order_are_equal_but_for_their_identity():
    calls = [
        ("CreateGroup", {"GroupName": "id"}),
        ("CreateUser", {"UserName": "versions", "Tags": [{"Key": "created", "Value": "x"}]}),
        ("CreatePolicy", {"PolicyName": "text", "PolicyDocument": TEXT}),
    ]
    one, other = FakeIam(), FakeIam()
    for operation, params in calls:
        one.given(operation, **params)
    for operation, params in reversed(calls):
        other.given(operation, **params)
    assert one.dump() != other.dump()
    assert one.dump(identity=False) == other.dump(identity=False)
    other.given("TagUser", UserName="versions", Tags=[{"Key": "created", "Value": "y"}])
    assert one.dump(identity=False) != other.dump(identity=False)


def test_threads_may_write_side_by_side(iam):
    def make(number):
        for turn in range(50):
            iam.write(Call("CreateUser", {"UserName": f"u{number}-{turn}"}))

    threads = [threading.Thread(target=make, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    users = iam.dump()["users"].values()
    assert (len(users), len({user["id"] for user in users}), len({user["created"] for user in users})) == (
        201,
        201,
        201,
    )
