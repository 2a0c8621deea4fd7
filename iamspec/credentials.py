"""What a user signs in with: password, keys, certificates, devices. All of it must be gone before the user can be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from iamspec.iam import Call
from iamspec.kind import moment

CREDENTIALS = {  # the operations that tell of them, and where in their answers the ids stand
    "GetUser": ("User", "UserName"),
    "GetLoginProfile": ("LoginProfile", "UserName"),
    "ListAccessKeys": ("AccessKeyMetadata", "AccessKeyId"),
    "ListSSHPublicKeys": ("SSHPublicKeys", "SSHPublicKeyId"),
    "ListServiceSpecificCredentials": ("ServiceSpecificCredentials", "ServiceSpecificCredentialId"),
    "ListSigningCertificates": ("Certificates", "CertificateId"),
    "ListMFADevices": ("MFADevices", "SerialNumber"),
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What of a user's own must be gone before the user can be; ids as IAM gives them."""

    password: bool = False
    access_keys: tuple[str, ...] = ()
    ssh_keys: tuple[str, ...] = ()
    service_credentials: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    mfa_devices: tuple[str, ...] = ()
    last_used: datetime | None = None  # the password or a key, whichever was later

    @classmethod
    def of(cls, answers: Sequence[Mapping[str, Any] | None]) -> "Credentials":
        """The credentials of a user, out of the answers to `credential_reads`."""
        found = dict(zip(CREDENTIALS, answers, strict=True))

        def ids(operation: str) -> tuple[str, ...]:
            section, key = CREDENTIALS[operation]
            return tuple(sorted(one[key] for one in (found[operation] or {}).get(section, ())))

        return cls(
            password=bool((found["GetLoginProfile"] or {}).get("LoginProfile")),
            access_keys=ids("ListAccessKeys"),
            ssh_keys=ids("ListSSHPublicKeys"),
            service_credentials=ids("ListServiceSpecificCredentials"),
            certificates=ids("ListSigningCertificates"),
            mfa_devices=ids("ListMFADevices"),
            last_used=moment((found["GetUser"] or {}).get("User", {}).get("PasswordLastUsed")),
        )

    def used(self, when: datetime | None) -> "Credentials":
        """The same after hearing of another time of use."""
        times = [one for one in (self.last_used, when) if one is not None]
        return replace(self, last_used=max(times, default=None))

    def removal(self, user_name: str) -> list[Call]:
        """The calls that lock a user out and clear the way for DeleteUser, keys and password first."""
        owner = {"UserName": user_name}
        calls = [Call("DeleteAccessKey", {**owner, "AccessKeyId": key}) for key in self.access_keys]
        if self.password:
            calls.append(Call("DeleteLoginProfile", owner))
        calls += [Call("DeleteSSHPublicKey", {**owner, "SSHPublicKeyId": key}) for key in self.ssh_keys]
        for one in self.service_credentials:
            calls.append(Call("DeleteServiceSpecificCredential", {**owner, "ServiceSpecificCredentialId": one}))
        calls += [Call("DeleteSigningCertificate", {**owner, "CertificateId": one}) for one in self.certificates]
        for serial in self.mfa_devices:
            calls.append(Call("DeactivateMFADevice", {**owner, "SerialNumber": serial}))
            if ":mfa/" in serial:  # a virtual one: its name would block enrolling again
                calls.append(Call("DeleteVirtualMFADevice", {"SerialNumber": serial}))
        return calls


def credential_reads(user_name: str) -> list[Call]:
    """The calls that tell of all credentials of a user, but for when its keys were used."""
    return [Call(operation, {"UserName": user_name}) for operation in CREDENTIALS]
