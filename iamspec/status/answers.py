"""Single answers of the account as facts.

A refused or senseless answer is `Missing`.
"""

from collections.abc import Mapping
from typing import Any

from iamspec.errors import IamError
from iamspec.kinds.contract import moment
from iamspec.live.snapshot import NOT_SAVED
from iamspec.status.evidence import Certificate, Missing, NotHere, ServiceKey

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException"})
EXTERNAL = frozenset({"ACCOUNT", "ORGANIZATION"})  # types of analyzers
ROOT_DEVICE = ":mfa/root-account-mfa-device"
SERVICES = {"GetAlternateContact": "account", "ListAnalyzers": "access-analyzer"}
ELSEWHERE = {
    "AccountNotManagementOrDelegatedAdministratorException": "only the management account of the organization can tell",
    "OrganizationNotFoundException": "the account is in no organization",
    "ServiceAccessNotEnabledException": "the organization does not let IAM manage root access",
    "OrganizationNotInAllFeaturesModeException": "the organization has not all features enabled",
}

Answer = Mapping[str, Any]


def refused(error: IamError) -> Missing:
    """Why a question has no answer."""
    if error.code in DENIED:
        return Missing(f"{SERVICES.get(error.operation, 'iam')}:{error.operation} was denied")
    return Missing(f"the snapshot has no {error.operation}" if error.code == NOT_SAVED else str(error))


def _listed(answer: Answer | IamError, key: str, needed: str) -> list[Answer] | Missing:
    """The entries of a list in an answer, each with a text under `needed`."""
    if isinstance(answer, IamError):
        return refused(answer)
    found = answer.get(key, ())
    if not isinstance(found, list | tuple):
        return Missing(f"{key} is no list")
    if not all(isinstance(one, Mapping) and isinstance(one.get(needed), str) for one in found):
        return Missing(f"an entry of {key} has no {needed}")
    return list(found)


def summary(answer: Answer | IamError) -> Mapping[str, int] | Missing:
    if isinstance(answer, IamError):
        return refused(answer)
    found = answer.get("SummaryMap")
    if not isinstance(found, Mapping):
        return Missing("the account summary is no mapping")
    return {name: one for name, one in found.items() if isinstance(one, int)}


def service_keys(answer: Answer | IamError) -> tuple[ServiceKey, ...] | Missing:
    found = _listed(answer, "ServiceSpecificCredentials", "UserName")
    if isinstance(found, Missing):
        return found
    return tuple(
        ServiceKey(
            user=one["UserName"],
            service=str(one.get("ServiceName", "")),
            active=one.get("Status") != "Inactive",
            created=moment(one.get("CreateDate")),
            expires=moment(one.get("ExpirationDate")),
        )
        for one in found
    )


def contact(answer: Answer | IamError) -> bool | Missing:
    if not isinstance(answer, IamError):
        return bool(answer.get("AlternateContact"))
    return False if answer.code == "ResourceNotFoundException" else refused(answer)


def organization(answer: Answer | IamError) -> frozenset[str] | NotHere | Missing:
    if not isinstance(answer, IamError):
        return frozenset(answer.get("EnabledFeatures", ()))
    reason = ELSEWHERE.get(answer.code) or ELSEWHERE.get(f"{answer.code}Exception")
    return NotHere(reason) if reason else refused(answer)


def root_devices(answer: Answer | IamError) -> tuple[str, ...] | Missing:
    """The virtual MFA devices of root.

    IAM names the owner. For many years it gave the device of root
    a fixed name.
    """
    found = _listed(answer, "VirtualMFADevices", "SerialNumber")
    if isinstance(found, Missing):
        return found
    return tuple(sorted(one["SerialNumber"] for one in found if _is_of_root(one)))


def _is_of_root(device: Answer) -> bool:
    user = device.get("User")
    arn = str(user.get("Arn")) if isinstance(user, Mapping) else ""
    return arn.endswith(":root") or str(device["SerialNumber"]).endswith(ROOT_DEVICE)


def certificates(answer: Answer | IamError) -> tuple[Certificate, ...] | Missing:
    found = _listed(answer, "ServerCertificateMetadataList", "ServerCertificateName")
    if isinstance(found, Missing):
        return found
    return tuple(Certificate(one["ServerCertificateName"], moment(one.get("Expiration"))) for one in found)


def analyzer(answer: Answer | IamError) -> bool | Missing:
    """Whether a region has an active analyzer of external access."""
    found = _listed(answer, "analyzers", "type")
    if isinstance(found, Missing):
        return found
    return any(one["type"] in EXTERNAL and one.get("status") == "ACTIVE" for one in found)
