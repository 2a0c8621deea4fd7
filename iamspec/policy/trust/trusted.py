"""A principal of a trust policy: an account, a user, a role, an AWS service, an issuer of tokens, a SAML provider, or anybody.

After "AWS JSON policy elements: Principal" in the IAM User Guide.
"""

import re
from dataclasses import dataclass
from enum import Enum

from iamspec.policy.statement import ACCOUNT_ID

ROOT = re.compile(r"arn:(?P<partition>[^:]*):iam::(?P<account>\d{12}):root", re.ASCII)
ENTITY = re.compile(r"arn:(?P<partition>[^:]*):iam::(?P<account>\d{12}):(?P<kind>user|role)/(?P<name>[^*?]+)", re.ASCII)
SESSION = re.compile(
    r"arn:(?P<partition>[^:]*):sts::(?P<account>\d{12}):(assumed-role/(?P<role>[^/*?]+)|federated-user)/(?P<name>[^*?]+)",
    re.ASCII,
)
UNIQUE_ID = re.compile(r"A(IDA|ROA)[A-Z0-9]{12,}", re.ASCII)
SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|aws\.internal|amazon\.com)")
PROVIDER = re.compile(
    r"arn:[^:]*:iam::(?P<account>\d{12}):(?P<kind>oidc|saml)-provider/(?P<name>.+)", re.ASCII | re.DOTALL
)
DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/[^*?]*)?")


class Sort(Enum):
    """The sort of a principal.

    A GONE principal is a user or role that was deleted: only its
    unique id is left.
    """

    ANYBODY = "anybody"
    ACCOUNT = "account"
    USER = "user"
    ROLE = "role"
    SESSION = "session"
    SERVICE = "service"
    ISSUER = "issuer"
    SAML = "saml"
    GONE = "gone"
    UNKNOWN = "unknown"


OF_AWS = frozenset({Sort.ANYBODY, Sort.ACCOUNT, Sort.USER, Sort.ROLE, Sort.SESSION})


@dataclass(frozen=True, slots=True)
class Trusted:
    """A principal of a trust policy.

    `name` is the path and the name of a user or role, the host and
    path of an issuer, the name of a service or SAML provider.
    `account` is the account of a user, role or provider. AWS's own
    issuers have none.
    """

    sort: Sort
    name: str = ""
    account: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """The order of principals in lists."""
        return (self.sort.value, self.account, self.name)

    @property
    def last_name(self) -> str:
        """The name of a user or role without the path."""
        return self.name.rpartition("/")[2]

    def covers(self, other: "Trusted") -> bool:
        """Whether to trust this principal is certainly to trust the other one, too."""
        if self == other:
            return True
        if self.sort is Sort.ANYBODY:
            return other.sort in OF_AWS
        if self.sort is Sort.ACCOUNT:
            return other.sort in OF_AWS and other.account == self.account
        if self.sort is Sort.ROLE and other.sort is Sort.SESSION:
            return other.account == self.account and other.name.partition("/")[0] == self.last_name
        return False

    def meets(self, other: "Trusted") -> bool:
        """Whether somebody may be both."""
        return self.covers(other) or other.covers(self)


ANYBODY = Trusted(Sort.ANYBODY)


def trusted(kind: str, text: str) -> Trusted:
    """The principal behind a text in the element Principal, under its kind (`AWS`, `Service`, `Federated`)."""
    reader = {"AWS": _of_aws, "Service": _service, "Federated": _federated}.get(kind)
    found = reader(text) if reader else None
    return found or Trusted(Sort.UNKNOWN, f"{kind} {text}")


def _of_aws(text: str) -> Trusted | None:
    if text == "*":
        return ANYBODY
    if ACCOUNT_ID.fullmatch(text):
        return Trusted(Sort.ACCOUNT, account=text)
    if found := ROOT.fullmatch(text):
        return Trusted(Sort.ACCOUNT, account=found["account"])
    if UNIQUE_ID.fullmatch(text):
        return Trusted(Sort.GONE, text)
    if found := ENTITY.fullmatch(text):
        return Trusted(Sort(found["kind"]), found["name"], found["account"])
    if found := SESSION.fullmatch(text):
        return Trusted(Sort.SESSION, f"{found['role'] or 'federated-user'}/{found['name']}", found["account"])
    return None


def _service(text: str) -> Trusted | None:
    return Trusted(Sort.SERVICE, text) if SERVICE.fullmatch(text) else None


def _federated(text: str) -> Trusted | None:
    if found := PROVIDER.fullmatch(text):
        return Trusted(Sort.ISSUER if found["kind"] == "oidc" else Sort.SAML, found["name"], found["account"])
    return Trusted(Sort.ISSUER, text) if DOMAIN.fullmatch(text) else None
