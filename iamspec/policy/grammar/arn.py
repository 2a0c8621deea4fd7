"""The shape of ARNs in the Resource and NotResource of a policy, as far as IAM itself insists on it.

After "IAM JSON policy elements: Resource" and "IAM identifiers" in the IAM User Guide. What a service has for resources is not asked.
"""

import re

FORM = "arn:partition:service:region:account:resource"
PARTS = 6

_VARIABLE = re.compile(r"\$\{(\$|[^${}]*)\}")  # linear in time, whatever is thrown at it
_PARTITION = re.compile(r"aws(-[a-z0-9-]+)?")
_WILDCARD = re.compile(r"[*?]")
_OPEN = re.compile(r"[*?$/]")


def resource_error(text: str) -> str | None:
    """Why IAM would refuse a resource, as the end of a sentence that begins with it; or None."""
    if text == "*":
        return None
    parts = (_VARIABLE.sub(_stand_in, text) if "${" in text else text).split(":", PARTS - 1)
    if len(parts) == 1 or not (parts[0] == "arn" or _WILDCARD.search(parts[0])):
        return f'is no ARN; write {FORM}, such as "arn:aws:s3:::bucket/*", or "*"'
    if not (_PARTITION.fullmatch(parts[1]) or _WILDCARD.search(parts[1])):
        return (
            'has no partition of AWS after "arn:"; write "aws", "aws-cn", "aws-us-gov", "*" or "${iamspec:partition}"'
        )
    if len(parts) < PARTS:
        return _short_error(text, parts)
    if not parts[2]:
        return f"names no service; write {FORM}"
    return _iam_error(parts[3], parts[5]) if parts[2] == "iam" else None


def _stand_in(variable: re.Match[str]) -> str:
    """Text without colons for a variable; IAM expands none in the partition, iamspec does."""
    return "aws" if variable[0] == "${iamspec:partition}" else "${}"


def _short_error(text: str, parts: list[str]) -> str | None:
    """IAM lets a last wildcard stand for all the parts that follow (`arn:aws:cloudfront:*`), but not after an empty part."""
    if text.endswith("*") and all(parts):
        return None
    return f"has {len(parts)} of the six parts of an ARN; write {FORM} (region and account may be empty)"


def _iam_error(region: str, resource: str) -> str | None:
    if region and not _OPEN.search(region):
        return 'has a region, but IAM is global; leave it empty, as in "arn:aws:iam::123456789012:user/alice"'
    if resource != "root" and not _OPEN.search(resource):
        return 'names no kind of IAM resource; write user/…, group/…, role/…, policy/…, or "*"'
    return None
