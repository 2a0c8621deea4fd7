"""What the fake IAM does not delete before something else is gone."""

import pytest
from fake.scene import AWS, OWN, TEXT, ask, details, refusal, scene

from iamspec.iam import Call


@pytest.fixture
def iam():
    return scene()


ADDED = {
    "password": ("CreateLoginProfile", {"Password": "Correct-horse-7"}),
    "key": ("CreateAccessKey", {}),
    "attached policy": ("AttachUserPolicy", {"PolicyArn": f"{OWN}deploy"}),
    "inline policy": ("PutUserPolicy", {"PolicyName": "own", "PolicyDocument": TEXT}),
    "group": ("AddUserToGroup", {"GroupName": "devs"}),
}


@pytest.mark.parametrize("added", ADDED)
def test_a_user_who_holds_something_is_not_deleted(iam, added):
    operation, params = ADDED[added]
    iam.given("CreateUser", UserName="bob")
    iam.given(operation, UserName="bob", **params)
    assert refusal(iam, "DeleteUser", UserName="bob") == "DeleteConflict"


@pytest.mark.parametrize("held", ["mfa", "ssh_keys", "certificates", "service_credentials"])
def test_a_user_with_a_credential_of_any_kind_is_not_deleted(iam, held):
    iam.given("CreateUser", UserName="bob")
    iam.add_credentials("bob")
    bob = iam.state.user("bob")
    bob.password = None
    for other in {"keys", "mfa", "ssh_keys", "certificates", "service_credentials"} - {held}:
        getattr(bob, other).clear()
    assert refusal(iam, "DeleteUser", UserName="bob") == "DeleteConflict"
    getattr(bob, held).clear()
    iam.write(Call("DeleteUser", {"UserName": "bob"}))
    assert list(iam.dump()["users"]) == ["alice"]


def test_tags_and_a_boundary_are_not_in_the_way_of_a_deletion(iam):
    tags = [{"Key": "team", "Value": "x"}]
    iam.given("CreateUser", UserName="bob", Tags=tags, PermissionsBoundary=f"{OWN}deploy")
    iam.write(Call("DeleteUser", {"UserName": "bob"}))
    assert list(iam.dump()["users"]) == ["alice"]


def test_every_credential_is_removed_by_the_operation_of_its_kind(iam):
    iam.given("CreateUser", UserName="bob")
    iam.add_credentials("bob")
    for key in ask(iam, "ListAccessKeys", UserName="bob")["AccessKeyMetadata"]:
        iam.write(Call("DeleteAccessKey", {"UserName": "bob", "AccessKeyId": key["AccessKeyId"]}))
    iam.write(Call("DeleteLoginProfile", {"UserName": "bob"}))
    for device in ask(iam, "ListMFADevices", UserName="bob")["MFADevices"]:
        iam.write(Call("DeactivateMFADevice", {"UserName": "bob", "SerialNumber": device["SerialNumber"]}))
    [ssh] = ask(iam, "ListSSHPublicKeys", UserName="bob")["SSHPublicKeys"]
    iam.write(Call("DeleteSSHPublicKey", {"UserName": "bob", "SSHPublicKeyId": ssh["SSHPublicKeyId"]}))
    [certificate] = ask(iam, "ListSigningCertificates", UserName="bob")["Certificates"]
    iam.write(Call("DeleteSigningCertificate", {"UserName": "bob", "CertificateId": certificate["CertificateId"]}))
    [service] = ask(iam, "ListServiceSpecificCredentials", UserName="bob")["ServiceSpecificCredentials"]
    name = "ServiceSpecificCredentialId"
    iam.write(Call("DeleteServiceSpecificCredential", {"UserName": "bob", name: service[name]}))
    iam.write(Call("DeleteUser", {"UserName": "bob"}))
    serial = "arn:aws:iam::123456789012:mfa/bob"
    assert iam.dump()["unassigned_mfa"] == [serial]
    iam.write(Call("DeleteVirtualMFADevice", {"SerialNumber": serial}))
    assert iam.dump()["unassigned_mfa"] == []


@pytest.mark.parametrize(
    ("serial", "code"), [("arn:aws:iam::123456789012:mfa/alice", "DeleteConflict"), ("GAHT00000001", "NoSuchEntity")]
)
def test_only_a_virtual_device_that_nobody_has_is_deleted(iam, serial, code):
    iam.add_credentials("alice")
    assert refusal(iam, "DeleteVirtualMFADevice", SerialNumber=serial) == code


def test_a_credential_of_another_user_is_unknown(iam):
    iam.given("CreateUser", UserName="bob")
    key = iam.given("CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"]
    assert refusal(iam, "DeleteAccessKey", UserName="alice", AccessKeyId=key) == "NoSuchEntity"


def test_a_group_with_members_is_not_deleted(iam):
    assert refusal(iam, "DeleteGroup", GroupName="devs") == "DeleteConflict"


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("AttachGroupPolicy", {"PolicyArn": f"{AWS}ReadOnlyAccess"}),
        ("PutGroupPolicy", {"PolicyName": "own", "PolicyDocument": TEXT}),
    ],
)
def test_a_group_with_policies_is_not_deleted(iam, operation, params):
    iam.given("CreateGroup", GroupName="ops")
    iam.given(operation, GroupName="ops", **params)
    assert refusal(iam, "DeleteGroup", GroupName="ops") == "DeleteConflict"


HOLD = {
    "user": lambda iam, arn: iam.given("AttachUserPolicy", UserName="alice", PolicyArn=arn),
    "group": lambda iam, arn: iam.given("AttachGroupPolicy", GroupName="devs", PolicyArn=arn),
    "role": lambda iam, arn: iam.add_role("app", attached=[arn]),
    "boundary of a user": lambda iam, arn: iam.given(
        "PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary=arn
    ),
    "boundary of a role": lambda iam, arn: iam.add_role("app", boundary=arn),
    "another version": lambda iam, arn: iam.given("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=TEXT),
}


@pytest.mark.parametrize("holder", HOLD)
def test_a_policy_that_something_holds_is_not_deleted(iam, holder):
    HOLD[holder](iam, f"{OWN}deploy")
    assert refusal(iam, "DeletePolicy", PolicyArn=f"{OWN}deploy") == "DeleteConflict"


def test_a_default_version_is_not_deleted_and_a_number_does_not_come_back(iam):
    arn = f"{OWN}deploy"
    assert refusal(iam, "DeletePolicyVersion", PolicyArn=arn, VersionId="v1") == "DeleteConflict"
    made = iam.write(Call("CreatePolicyVersion", {"PolicyArn": arn, "PolicyDocument": TEXT}))["PolicyVersion"]
    assert {name: one for name, one in made.items() if name != "CreateDate"} == {
        "VersionId": "v2",
        "IsDefaultVersion": False,
    }
    iam.write(Call("DeletePolicyVersion", {"PolicyArn": arn, "VersionId": "v2"}))
    iam.write(Call("CreatePolicyVersion", {"PolicyArn": arn, "PolicyDocument": TEXT, "SetAsDefault": True}))
    versions = details(iam)["Policies"][0]["PolicyVersionList"]
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in versions] == [("v3", True), ("v1", False)]
    iam.write(Call("SetDefaultPolicyVersion", {"PolicyArn": arn, "VersionId": "v1"}))
    assert details(iam)["Policies"][0]["DefaultVersionId"] == "v1"
