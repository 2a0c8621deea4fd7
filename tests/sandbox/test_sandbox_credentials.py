"""Credentials in the sandbox, and why a user who has them is not deleted."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from test_sandbox import DOCUMENT, client, refusal

from iamspec.sandbox import running

GIT = "codecommit.amazonaws.com"
PASSWORD = "Long-enough-1"


@pytest.fixture
def iam():
    with running() as sandbox:
        iam = client(sandbox)
        iam.create_user(UserName="bob")
        yield iam


def certificate():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bob")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM).decode()


def given_everything(iam):
    """Gives bob all that blocks his deletion; the calls that take it away again."""
    bob, read_only = {"UserName": "bob"}, {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    iam.create_login_profile(**bob, Password=PASSWORD)
    key = iam.create_access_key(**bob)["AccessKey"]["AccessKeyId"]
    cert = iam.upload_signing_certificate(**bob, CertificateBody=certificate())["Certificate"]["CertificateId"]
    ssh = iam.upload_ssh_public_key(**bob, SSHPublicKeyBody="ssh-rsa AAAA")["SSHPublicKey"]["SSHPublicKeyId"]
    git = iam.create_service_specific_credential(**bob, ServiceName=GIT)["ServiceSpecificCredential"]
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="bob")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(**bob, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")
    iam.put_user_policy(**bob, PolicyName="own", PolicyDocument=DOCUMENT)
    iam.attach_user_policy(**bob, **read_only)
    iam.create_group(GroupName="devs")
    iam.add_user_to_group(**bob, GroupName="devs")
    return [
        (iam.delete_login_profile, {}),
        (iam.delete_access_key, {"AccessKeyId": key}),
        (iam.delete_signing_certificate, {"CertificateId": cert}),
        (iam.delete_ssh_public_key, {"SSHPublicKeyId": ssh}),
        (
            iam.delete_service_specific_credential,
            {"ServiceSpecificCredentialId": git["ServiceSpecificCredentialId"]},
        ),
        (iam.deactivate_mfa_device, {"SerialNumber": serial}),
        (iam.delete_user_policy, {"PolicyName": "own"}),
        (iam.detach_user_policy, read_only),
        (iam.remove_user_from_group, {"GroupName": "devs"}),
    ]


@pytest.mark.parametrize("last", range(9))
def test_a_user_is_not_deleted_before_each_thing_that_it_has(iam, last):
    takes = given_everything(iam)
    remaining = takes.pop(last)
    for take, params in takes:
        take(UserName="bob", **params)
    assert refusal(iam.delete_user, UserName="bob") == ("DeleteConflict", 409)
    take, params = remaining
    take(UserName="bob", **params)
    iam.delete_user(UserName="bob")
    assert refusal(iam.get_user, UserName="bob") == ("NoSuchEntity", 404)


def test_a_boundary_and_tags_do_not_keep_a_user(iam):
    arn = iam.create_policy(PolicyName="limit", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    iam.create_user(UserName="eve", PermissionsBoundary=arn, Tags=[{"Key": "k", "Value": "v"}])
    iam.delete_user(UserName="eve")
    iam.delete_policy(PolicyArn=arn)
    iam.create_user(UserName="eve")
    assert "Tags" not in iam.get_user(UserName="eve")["User"]


def test_a_login_profile_says_whether_the_password_must_be_changed(iam):
    assert refusal(iam.get_login_profile, UserName="bob") == ("NoSuchEntity", 404)
    made = iam.create_login_profile(UserName="bob", Password=PASSWORD, PasswordResetRequired=True)["LoginProfile"]
    assert iam.get_login_profile(UserName="bob")["LoginProfile"] == made
    assert (made["UserName"], made["PasswordResetRequired"]) == ("bob", True)
    again = {"UserName": "bob", "Password": PASSWORD}
    assert refusal(iam.create_login_profile, **again) == ("EntityAlreadyExists", 409)
    iam.update_login_profile(UserName="bob", PasswordResetRequired=False)
    assert iam.get_login_profile(UserName="bob")["LoginProfile"] == made | {"PasswordResetRequired": False}
    iam.delete_login_profile(UserName="bob")
    assert refusal(iam.update_login_profile, UserName="bob") == ("NoSuchEntity", 404)


def test_passwords_meet_the_policy_of_the_account(iam):
    def refused(password):
        return refusal(iam.create_login_profile, UserName="bob", Password=password)

    weak = ("PasswordPolicyViolation", 400)
    assert refusal(iam.get_account_password_policy) == ("NoSuchEntity", 404)
    assert (refused("Short-1"), refused("only-lower-case"), refused("alllowercase1")) == (weak, weak, weak)
    iam.update_account_password_policy(MinimumPasswordLength=14, RequireSymbols=True)
    assert (refused("Without0Symbols"), refused("Too-short-123")) == (weak, weak)
    iam.create_login_profile(UserName="bob", Password="symbols-and-length")
    assert iam.get_account_password_policy()["PasswordPolicy"] == {
        "MinimumPasswordLength": 14,
        "RequireSymbols": True,
        "RequireNumbers": False,
        "RequireUppercaseCharacters": False,
        "RequireLowercaseCharacters": False,
        "AllowUsersToChangePassword": False,
        "ExpirePasswords": False,
        "HardExpiry": False,
    }
    assert refusal(iam.update_account_password_policy, MaxPasswordAge=1096) == ("ValidationError", 400)


def test_a_user_has_two_access_keys_at_most(iam):
    keys = [iam.create_access_key(UserName="bob")["AccessKey"]["AccessKeyId"] for _ in range(2)]
    assert refusal(iam.create_access_key, UserName="bob") == ("LimitExceeded", 409)
    iam.update_access_key(UserName="bob", AccessKeyId=keys[0], Status="Inactive")
    found = iam.list_access_keys(UserName="bob")
    assert [(one["AccessKeyId"], one["Status"]) for one in found["AccessKeyMetadata"]] == [
        (keys[0], "Inactive"),
        (keys[1], "Active"),
    ]
    assert found["IsTruncated"] is False
    assert iam.get_access_key_last_used(AccessKeyId=keys[0])["UserName"] == "bob"
    assert refusal(iam.delete_access_key, UserName="bob", AccessKeyId="A" * 20) == ("NoSuchEntity", 404)


def test_service_specific_credentials_are_two_for_a_service(iam):
    made = [
        iam.create_service_specific_credential(UserName="bob", ServiceName=GIT)["ServiceSpecificCredential"]
        for _ in range(2)
    ]
    third = {"UserName": "bob", "ServiceName": GIT}
    assert refusal(iam.create_service_specific_credential, **third) == ("LimitExceeded", 409)
    unknown = {"UserName": "bob", "ServiceName": "s3.amazonaws.com"}
    assert refusal(iam.create_service_specific_credential, **unknown) == ("NoSuchEntity", 404)
    iam.update_service_specific_credential(
        UserName="bob",
        ServiceSpecificCredentialId=made[0]["ServiceSpecificCredentialId"],
        Status="Inactive",
    )
    shown = [{key: value for key, value in one.items() if key != "ServicePassword"} for one in made]
    shown[0]["Status"] = "Inactive"
    for params in ({"UserName": "bob"}, {"AllUsers": True}, {"UserName": "bob", "ServiceName": GIT}):
        assert iam.list_service_specific_credentials(**params)["ServiceSpecificCredentials"] == shown


def test_root_is_told_alike_by_summary_report_and_devices():
    """Kills: a report in which root has MFA, and a summary in which it has none."""
    with running() as sandbox:
        iam = client(sandbox)

        def told():
            sandbox.backend.report_made = None
            iam.generate_credential_report()
            row = iam.get_credential_report()["Content"].decode().splitlines()[1].split(",")
            summary = iam.get_account_summary()["SummaryMap"]
            devices = [one["SerialNumber"] for one in iam.list_virtual_mfa_devices()["VirtualMFADevices"]]
            return row[0], row[3], row[7], summary["AccountPasswordPresent"], summary["AccountMFAEnabled"], devices

        assert told() == ("<root_account>", "true", "true", 1, 1, [])
        sandbox.root.mfa = "virtual"
        assert told()[5] == ["arn:aws:iam::123456789012:mfa/root-account-mfa-device"]
        sandbox.root.password, sandbox.root.mfa = False, ""
        assert told() == ("<root_account>", "false", "false", 0, 0, [])


def test_a_report_is_as_iam_writes_it(iam):
    iam.create_user(UserName="Alice")
    iam.create_login_profile(UserName="bob", Password=PASSWORD)
    keys = sorted(iam.create_access_key(UserName="Alice")["AccessKey"]["AccessKeyId"] for _ in range(2))
    iam.update_access_key(UserName="Alice", AccessKeyId=keys[0], Status="Inactive")
    iam.generate_credential_report()
    text = iam.get_credential_report()["Content"].decode()
    rows = {one["user"]: one for one in csv.DictReader(io.StringIO(text))}
    assert (list(rows), text.endswith("\n")) == (["<root_account>", "Alice", "bob"], False)
    assert (rows["Alice"]["access_key_1_active"], rows["Alice"]["access_key_2_active"]) == ("false", "true")
    assert (rows["Alice"]["password_last_used"], rows["bob"]["password_last_used"]) == ("N/A", "no_information")
    assert rows["bob"]["password_last_changed"].endswith("Z")


def test_ssh_keys_are_five_different_ones(iam):
    for number in range(5):
        iam.upload_ssh_public_key(UserName="bob", SSHPublicKeyBody=f"ssh-rsa {number}")
    assert len(iam.list_ssh_public_keys(UserName="bob")["SSHPublicKeys"]) == 5
    upload = {"UserName": "bob", "SSHPublicKeyBody": "ssh-rsa 6"}
    assert refusal(iam.upload_ssh_public_key, **upload) == ("LimitExceeded", 409)
    upload["SSHPublicKeyBody"] = "ssh-rsa 1"
    assert refusal(iam.upload_ssh_public_key, **upload) == ("DuplicateSSHPublicKey", 400)
    upload["SSHPublicKeyBody"] = "nonsense"
    assert refusal(iam.upload_ssh_public_key, **upload) == ("InvalidPublicKey", 400)


def test_a_virtual_mfa_device_in_use_is_not_deleted(iam):
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]["SerialNumber"]
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    nowhere = serial.replace("phone", "other")
    enable = {"UserName": "bob", **codes}
    assert refusal(iam.enable_mfa_device, **enable, SerialNumber=nowhere) == ("NoSuchEntity", 404)
    iam.enable_mfa_device(**enable, SerialNumber=serial)
    iam.update_user(UserName="bob", NewUserName="robert")
    assigned = iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    assert [(one["SerialNumber"], one["User"]["UserName"]) for one in assigned] == [(serial, "robert")]
    assert [one["SerialNumber"] for one in iam.list_mfa_devices(UserName="robert")["MFADevices"]] == [serial]
    assert refusal(iam.delete_virtual_mfa_device, SerialNumber=serial) == ("DeleteConflict", 409)
    iam.deactivate_mfa_device(UserName="robert", SerialNumber=serial)
    iam.delete_virtual_mfa_device(SerialNumber=serial)
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []


def test_an_alias_is_replaced_and_only_its_own_name_takes_it_off(iam):
    for alias in ("acme-dev", "acme-prod"):
        iam.create_account_alias(AccountAlias=alias)
    assert iam.list_account_aliases()["AccountAliases"] == ["acme-prod"]
    assert refusal(iam.delete_account_alias, AccountAlias="acme-dev") == ("NoSuchEntity", 404)
    iam.delete_account_alias(AccountAlias="acme-prod")
    assert iam.list_account_aliases()["AccountAliases"] == []
