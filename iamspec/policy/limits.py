"""IAM's rules on names, paths and tags, and its quotas.

Patterns and lengths follow the IAM service model (API version
2010-05-08). Quotas follow "IAM and AWS STS quotas" in the User
Guide.
"""

import re
import unicodedata
from dataclasses import dataclass
from math import inf

NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
PATH = re.compile(r"/|/[\x21-\x7e]+/")
POLICY_PATH = re.compile(r"(/[A-Za-z0-9.,+@=_-]+)*/")
ALIAS = re.compile(r"[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]")
ACCOUNT_ID = re.compile(r"\d{12}", re.ASCII)
ARN = re.compile(
    r"arn:(?P<partition>[a-z-]+):iam::(?P<account>aws|\d{12}):(?P<kind>[a-z-]+)(?P<path>/(?:[\x21-\x7e]+/)?)(?P<name>[\w+=,.@-]+)",
    re.ASCII,
)

MAX_USER_NAME = 64
MAX_ROLE_NAME = 64
MAX_NAME = 128
MAX_PATH = 512
MAX_TAGS = 50
MAX_TAG_KEY = 128
MAX_TAG_VALUE = 256
MAX_DESCRIPTION = 1000
ROLE_DESCRIPTION = re.compile(r"[\t\n\r\x20-\x7e\xa1-\xff]*")
MAX_GROUPS_PER_USER = 10
MAX_VERSIONS = 5
USER_INLINE_SIZE = 2048
GROUP_INLINE_SIZE = 5120
ROLE_INLINE_SIZE = 10_240
SHORTEST_SESSION = 3600  # seconds, and what a role has that nobody gave another one
RESERVED_INLINE = "iamspec-"
RESERVED_TAGS = ("aws:", "iamspec:")
QUARANTINE = "AWSCompromisedKeyQuarantine"
NEVER_OURS = ("/aws-service-role/", "/aws-reserved/")
SERVICE_MADE = "/service-role/"
SIGN_IN_HOSTS = {  # where people sign in, behind the alias and a dot
    "aws": "signin.aws.amazon.com",
    "aws-cn": "signin.amazonaws.cn",
    "aws-us-gov": "signin.amazonaws-us-gov.com",
}
USUAL_TAG = re.compile(r"[A-Za-z0-9 _.:/=+@-]*")
TAG_EXTRA = frozenset("_.:/=+-@")


@dataclass(frozen=True, slots=True)
class Quota:
    """The number that AWS allows at first, and the most that it grants on request.

    The maximum is infinite where AWS documents none that holds for
    every account.
    """

    default: int
    maximum: float


POLICY_SIZE = Quota(6144, 6144)
TRUST_SIZE = Quota(2048, 8192)
ATTACHED = {"user": Quota(10, 20), "group": Quota(10, 10), "role": Quota(10, 25)}
COUNTS = {
    "user": Quota(5000, inf),
    "group": Quota(300, 500),
    "policy": Quota(1500, 10_000),
    "role": Quota(1000, 10_000),
    "instance-profile": Quota(1000, 10_000),
    "identity-provider": Quota(100, 700),
}


def sign_in_url(partition: str, account: str) -> str:
    """The sign-in address of the console. `account` is the alias or the id."""
    return f"https://{account}.{SIGN_IN_HOSTS.get(partition, SIGN_IN_HOSTS['aws'])}/console"


def belongs_to_aws(kind: str, path: str) -> bool:
    """Whether AWS keeps its own roles under this path.

    Users and groups may have such a path, too.
    """
    return kind == "role" and path.startswith(NEVER_OURS)


def made_by_service(kind: str, path: str) -> bool:
    """Whether AWS services put the roles and policies that they make for people under this path."""
    return kind in {"role", "policy"} and path.startswith(SERVICE_MADE)


def reserved_inline(name: str) -> bool:
    """Whether an inline policy is iamspec's own by its name, in whatever case."""
    return name.casefold().startswith(RESERVED_INLINE)


def name_error(name: str, *, longest: int = MAX_NAME) -> str | None:
    """Why IAM would refuse a name, or None."""
    if not name:
        return "a name cannot be empty"
    if not NAME.fullmatch(name):
        return f'"{name}" is no name: letters without accents, digits and _+=,.@- only'
    if len(name) > longest:
        return f"a name has at most {longest} characters; this one has {len(name)}"
    return None


def path_error(path: str, *, policy: bool = False) -> str | None:
    """Why IAM would refuse a path, or None."""
    if not path.startswith("/") or not path.endswith("/"):
        return f'"{path}" is no path: it begins and ends with "/", as in "/engineering/"'
    if not (POLICY_PATH if policy else PATH).fullmatch(path):
        allowed = "letters, digits and .,+@=_- between single slashes" if policy else "printable ASCII without spaces"
        return f'"{path}" is no path: {allowed} only'
    if len(path) > MAX_PATH:
        return f"a path has at most {MAX_PATH} characters; this one has {len(path)}"
    return None


def tag_key_error(key: str) -> str | None:
    """Why IAM, or iamspec, would refuse a tag key, or None."""
    if not key or len(key) > MAX_TAG_KEY:
        return f"a tag key has 1 to {MAX_TAG_KEY} characters"
    if key.lower().startswith("aws:"):
        return f'"{key}": tags that begin with "aws:" belong to AWS'
    return _tag_characters(key)


def tag_value_error(value: str) -> str | None:
    """Why IAM would refuse a tag value, or None."""
    if len(value) > MAX_TAG_VALUE:
        return f"a tag value has at most {MAX_TAG_VALUE} characters; this one has {len(value)}"
    return _tag_characters(value)


def _tag_characters(text: str) -> str | None:
    """Letters, separators and numbers of any script and a few signs (`tagValueType` in the model)."""
    if USUAL_TAG.fullmatch(text):
        return None
    wrong = sorted({sign for sign in text if sign not in TAG_EXTRA and unicodedata.category(sign)[0] not in "LZN"})
    if wrong:
        return f"a tag cannot hold {' '.join(map(repr, wrong))}: letters, digits, spaces and _.:/=+-@ only"
    return None
