"""The credentials of a user: password, keys, certificates, devices.

All of them must be gone before the user can be deleted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from iamspec.iam import Call
from iamspec.kinds.contract import moment

SIGN_IN = ("GetLoginProfile", "ListAccessKeys")  # the reads of credentials that a spec manages
KEY_USE = "GetAccessKeyLastUsed"


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """A kind of credential that no spec manages, and that must be gone before its user.

    It has the field of Credentials, the noun, the read, the list
    in the answer, and the id in the answer and in the removal.
    """

    field: str
    noun: str
    read: str
    section: str
    id: str
    remove: str
    lost: tuple[str, str]


UNMANAGED = (
    Unmanaged(
        "ssh_keys",
        "SSH key",
        "ListSSHPublicKeys",
        "SSHPublicKeys",
        "SSHPublicKeyId",
        "DeleteSSHPublicKey",
        ("1 SSH key", "{} SSH keys"),
    ),
    Unmanaged(
        "service_credentials",
        "service-specific credential",
        "ListServiceSpecificCredentials",
        "ServiceSpecificCredentials",
        "ServiceSpecificCredentialId",
        "DeleteServiceSpecificCredential",
        ("1 service credential", "{} service credentials"),
    ),
    Unmanaged(
        "certificates",
        "signing certificate",
        "ListSigningCertificates",
        "Certificates",
        "CertificateId",
        "DeleteSigningCertificate",
        ("1 signing certificate", "{} signing certificates"),
    ),
    Unmanaged(
        "mfa_devices",
        "MFA device",
        "ListMFADevices",
        "MFADevices",
        "SerialNumber",
        "DeactivateMFADevice",
        ("1 MFA device", "{} MFA devices"),
    ),
)
OTHERS = {one.read: one for one in UNMANAGED}
READS = ("GetUser", *SIGN_IN, *OTHERS)  # everything that tells of a user's credentials
ACTIVE, INACTIVE = "Active", "Inactive"
MFA_REMOVED, PASSWORD_RESET = (
    "iamspec:mfa-removed",
    "iamspec:password-reset",
)  # tags of a user with the time of a repair
ROTATION = "iamspec:rotation"  # the tag of a user with the id of the access key that iamspec made for a rotation
NEW_KEY = "the-new-access-key"  # stands in a plan for the id of a key that is still to be made


@dataclass(frozen=True, slots=True)
class Key:
    """An access key. Two keys are equal by id and status.

    A key that is still to be made has no id.
    """

    id: str = ""
    status: str = ACTIVE
    created: datetime | None = field(default=None, compare=False)
    used: datetime | None = field(default=None, compare=False)  # the last use. None for never
    asked: bool = field(default=False, compare=False)  # whether somebody has asked when it was used
    replaces: bool = field(default=False, compare=False)  # a new key that takes the place of another

    @property
    def active(self) -> bool:
        return self.status == ACTIVE

    def __str__(self) -> str:
        since = f" (created {self.created.date()})" if self.created else ""
        return f"{self.id or 'a new one'} {self.status}{since}"


Keys = tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Credentials beside password and keys that must be gone before the user can be deleted.

    The ids are as IAM gives them. `asked` has the operations that
    have been answered.
    """

    ssh_keys: tuple[str, ...] = ()
    service_credentials: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    mfa_devices: tuple[str, ...] = ()
    password_used: datetime | None = None
    password_made: datetime | None = field(default=None, compare=False)
    asked: frozenset[str] = field(default=frozenset(), compare=False)


def unasked(user_name: str, operations: Sequence[str], asked: frozenset[str]) -> list[Call]:
    """The reads about credentials of a user that are still to be made."""
    return [Call(operation, {"UserName": user_name}) for operation in operations if operation not in asked]


def key_use(keys: Keys) -> list[Call]:
    """When keys were used last takes a question for each."""
    return [Call(KEY_USE, {"AccessKeyId": key.id}) for key in keys if key.id and not key.asked]


def has_password(answer: Mapping[str, Any] | None) -> bool | None:
    """Whether there is a password, after GetLoginProfile.

    None where the answer is silent, as in a snapshot.
    """
    if answer is None:
        return False
    return True if answer.get("LoginProfile") else None


def keys_of(answer: Mapping[str, Any] | None) -> Keys | None:
    """The keys after ListAccessKeys, oldest first. None where the answer is silent."""
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
    """The keys with ids, in the order of live.

    A key that was to be made gets the id of a live key that no
    other key has.
    """
    known = {key.id for key in keys if key.id}
    new = iter([key for key in live if key.id not in known])
    named = [key if key.id else replace(key, id=next(new, key).id) for key in keys]
    order = {key.id: index for index, key in enumerate(live)}
    return tuple(sorted(named, key=lambda key: order.get(key.id, -1)))


def ids(operation: str, answer: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The ids in the answer to the read of unmanaged credentials."""
    kind = OTHERS[operation]
    return tuple(sorted(one[kind.id] for one in (answer or {}).get(kind.section, ())))
