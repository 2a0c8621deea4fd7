"""The shape of ARNs in the Resource and NotResource of a policy, as far as IAM insists on it.

After "IAM JSON policy elements: Resource" and "IAM identifiers" in
the IAM User Guide. IAM checks only its own resources and those of
S3.
"""

import re

FORM = "arn:partition:service:region:account:resource"
PARTS = 6
PARTITIONS = frozenset(
    {"aws", "aws-cn", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-us-gov"}
)  # those of botocore with an endpoint of IAM

_VARIABLE = re.compile(r"\$\{(\$|[^${}]*)\}")  # linear in time, whatever is thrown at it
_WILDCARD = re.compile(r"[*?]")
_OPEN = re.compile(r"[*?$]")  # a wildcard or a variable: what stands there is not known
_IAM_TYPES = (  # the prefixes in IAM's own refusal, then those of newer documentation and of AWS's policies
    *("user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/"),
    *("sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/"),
    *("assumed-role/", "contextProvider/", "delegation-request/", "role-template/"),
)
_S3_TYPES = ("access-grants/", "accesspoint/", "async-request/", "job/", "storage-lens/", "storage-lens-group/")


def resource_error(text: str) -> str | None:
    """The reason why IAM would refuse a resource, as the end of a sentence that begins with it.

    Or None.
    """
    if text == "*":
        return None
    parts = (_VARIABLE.sub(_stand_in, text) if "${" in text else text).split(":", PARTS - 1)
    if len(parts) == 1 or not (parts[0] == "arn" or _WILDCARD.search(parts[0])):
        return f'is no ARN; write {FORM}, such as "arn:aws:s3:::bucket/*", or "*"'
    if not (parts[1] in PARTITIONS or _WILDCARD.search(parts[1])):
        return (
            'has no partition of AWS after "arn:"; write "aws", "aws-cn", "aws-us-gov", "*" or "${iamspec:partition}"'
        )
    if len(parts) > 2 and _WILDCARD.search(parts[2]) and parts[2:] != ["*"]:
        return f"has a wildcard in the service, which IAM refuses; name the service: {FORM}"
    if len(parts) < PARTS:
        return _short_error(text, parts)
    if not parts[2]:
        return f"names no service; write {FORM}"
    checked = _CHECKED.get(parts[2])
    return checked(parts[3:]) if checked else None


def foreign_partition(text: str, partition: str) -> str | None:
    """The reason why IAM would refuse a resource in this partition, as the end of a sentence.

    Or None.
    """
    named = text.split(":", 2)[1:2]
    if not named or named[0] == partition or named[0] not in PARTITIONS:
        return None
    return f'is in partition {named[0]}, but the account is in {partition}; write "${{iamspec:partition}}"'


def _stand_in(variable: re.Match[str]) -> str:
    """Text without colons in place of a variable.

    IAM expands no variable in the partition, but iamspec does.
    """
    return "aws" if variable[0] == "${iamspec:partition}" else "${}"


def _short_error(text: str, parts: list[str]) -> str | None:
    """The fault of a short ARN.

    IAM lets a last wildcard stand for all the parts that follow
    (`arn:aws:cloudfront:*`), but not after an empty part.
    """
    if text.endswith("*") and all(parts):
        return None
    return f"has {len(parts)} of the six parts of an ARN; write {FORM} (region and account may be empty)"


def _iam_error(rest: list[str]) -> str | None:
    region, _, resource = rest
    if region and not _OPEN.search(region):
        return 'has a region, but IAM is global; leave it empty, as in "arn:aws:iam::123456789012:user/alice"'
    if resource in {"*", "root"} or resource.startswith(("$", *_IAM_TYPES)):
        return None
    return 'names no kind of IAM resource; write user/…, group/…, role/…, policy/… or another one, or "*"'


def _s3_error(rest: list[str]) -> str | None:
    """A bucket ARN has neither region nor account.

    An access point and the like have them.
    """
    region, account, resource = rest
    if resource.startswith(("$", *_S3_TYPES)):
        return None
    found = [name for name, part in (("region", region), ("account", account)) if part and not _OPEN.search(part)]
    if not found:
        return None
    return f'has {" and ".join(found)}, but the ARN of a bucket has none; write "arn:aws:s3:::bucket/*"'


_CHECKED = {"iam": _iam_error, "s3": _s3_error}
