"""What a user signs in with: password, keys, certificates, devices. All of it must be gone before the user can be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from iamspec.iam import Call
from iamspec.kinds.contract import moment

CREDENTIALS = {  # the operations that tell of them, and where in their answers the ids stand
    "GetUser": ("User", "UserName"),
    "GetLoginProfile": ("LoginProfile", "UserName"),
    "ListAccessKeys": ("AccessKeyMetadata", "AccessKeyId"),
    "ListSSHPublicKeys": ("SSHPublicKeys", "SSHPublicKeyId"),
    "ListServiceSpecificCredentials": ("ServiceSpecificCredentials", "ServiceSpecificCredentialId"),
    "ListSigningCertificates": ("Certificates", "CertificateId"),
    "ListMFADevices": ("MFADevices", "SerialNumber"),
}
SIGN_IN = ("GetLoginProfile", "ListAccessKeys")  # those that a spec manages
KEY_USE = "GetAccessKeyLastUsed"
OTHERS = {
    "ListSSHPublicKeys": "ssh_keys",
    "ListServiceSpecificCredentials": "service_credentials",
    "ListSigningCertificates": "certificates",
    "ListMFADevices": "mfa_devices",
}
MANAGING = frozenset(  # the operations by which a plan changes what somebody signs in with
    {"CreateLoginProfile", "DeleteLoginProfile", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"}
)
PASSWORD = "CreateLoginProfile"  # noqa: S105 - the name of an operation
MAKING = frozenset({PASSWORD, "CreateAccessKey"})  # those of them that make a secret
ACTIVE, INACTIVE = "Active", "Inactive"


@dataclass(frozen=True, slots=True)
class Key:
    """An access key, equal to another by id and status; one that is still to be made has no id."""

    id: str = ""
    status: str = ACTIVE
    created: datetime | None = field(default=None, compare=False)
    used: datetime | None = field(default=None, compare=False)  # the last time; None for never
    asked: bool = field(default=False, compare=False)  # whether somebody has asked when it was used

    @property
    def active(self) -> bool:
        return self.status == ACTIVE

    def __str__(self) -> str:
        since = f" (created {self.created.date()})" if self.created else ""
        return f"{self.id or 'a new one'} {self.status}{since}"


Keys = tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What of a user's own must be gone before the user can be, beside password and keys; ids as IAM gives them.

    `asked` has the operations that have been answered.
    """

    ssh_keys: tuple[str, ...] = ()
    service_credentials: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    mfa_devices: tuple[str, ...] = ()
    password_used: datetime | None = None
    asked: frozenset[str] = field(default=frozenset(), compare=False)


def unasked(user_name: str, operations: Sequence[str], asked: frozenset[str]) -> list[Call]:
    """The calls that tell of credentials of a user and have not been made."""
    return [Call(operation, {"UserName": user_name}) for operation in operations if operation not in asked]


def key_use(keys: Keys) -> list[Call]:
    """When keys were used last takes a question for each."""
    return [Call(KEY_USE, {"AccessKeyId": key.id}) for key in keys if key.id and not key.asked]


def has_password(answer: Mapping[str, Any] | None) -> bool | None:
    """After GetLoginProfile; None where the answer says nothing, as a snapshot's."""
    if answer is None:
        return False
    return True if answer.get("LoginProfile") else None


def keys_of(answer: Mapping[str, Any] | None) -> Keys | None:
    """After ListAccessKeys, oldest first; None where the answer says nothing."""
    if answer is None:
        return ()
    if "AccessKeyMetadata" not in answer:
        return None
    found = [
        Key(one["AccessKeyId"], one.get("Status", ACTIVE), moment(one.get("CreateDate")))
        for one in answer["AccessKeyMetadata"]
    ]
    return tuple(sorted(found, key=lambda key: (str(key.created or ""), key.id)))


def recognised(keys: Keys, live: Keys) -> Keys:
    """The keys, those that were to be made by the ids of live ones that none of the others has; in the order of live."""
    known = {key.id for key in keys if key.id}
    new = iter([key for key in live if key.id not in known])
    named = [key if key.id else replace(key, id=next(new, key).id) for key in keys]
    order = {key.id: index for index, key in enumerate(live)}
    return tuple(sorted(named, key=lambda key: order.get(key.id, -1)))


def ids(operation: str, answer: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The ids in the answer to one of the other listings."""
    section, key = CREDENTIALS[operation]
    return tuple(sorted(one[key] for one in (answer or {}).get(section, ())))


def removal(user_name: str, held: Credentials, keys: Keys, *, password: bool) -> Iterator[Call]:
    """The calls that lock a user out and clear the way for DeleteUser, keys and password first."""
    owner = {"UserName": user_name}
    yield from (Call("DeleteAccessKey", {**owner, "AccessKeyId": key.id}) for key in keys)
    if password:
        yield Call("DeleteLoginProfile", owner)
    yield from (Call("DeleteSSHPublicKey", {**owner, "SSHPublicKeyId": key}) for key in held.ssh_keys)
    for one in held.service_credentials:
        yield Call("DeleteServiceSpecificCredential", {**owner, "ServiceSpecificCredentialId": one})
    yield from (Call("DeleteSigningCertificate", {**owner, "CertificateId": one}) for one in held.certificates)
    for serial in held.mfa_devices:
        yield Call("DeactivateMFADevice", {**owner, "SerialNumber": serial})
        if ":mfa/" in serial:  # a virtual one: its name would block enrolling again
            yield Call("DeleteVirtualMFADevice", {"SerialNumber": serial})
