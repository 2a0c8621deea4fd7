"""Tags as IAM keeps them, after "Tagging IAM resources" in the IAM User Guide and recorded answers."""

from collections.abc import Iterable, Mapping, Sequence

from iamspec.sandbox.refusals import Refused

MAX_TAGS = 50
RESERVED = "aws:"

Tags = Mapping[str, str]


def added(tags: Tags, more: Sequence[Mapping[str, str]], *, folded: bool) -> dict[str, str]:
    """The tags after a call that tags an entity.

    A call without tags is InvalidInput.
    """
    if not more:
        raise Refused("InvalidInput", "Error occurred while validating input.")
    return merged(tags, more, folded=folded)


def merged(tags: Tags, more: Sequence[Mapping[str, str]], *, folded: bool) -> dict[str, str]:
    """The tags with `more` written over them.

    With `folded`, keys that differ in case are the same key.
    """
    keys = [tag["Key"] for tag in more]
    if any(_reserved(key) for key in keys):
        raise Refused("InvalidInput", "Tag keys beginning with aws: are reserved for system use.")
    if len({_key(key, folded=folded) for key in keys}) < len(keys):
        raise Refused("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    whole = without(tags, keys, folded=folded) | {tag["Key"]: tag["Value"] for tag in more}
    if sum(not _reserved(key) for key in whole) > MAX_TAGS:
        raise Refused("LimitExceeded", f"The number of tags has reached the maximum limit: {MAX_TAGS}")
    return whole


def without(tags: Tags, keys: Iterable[str], *, folded: bool) -> dict[str, str]:
    """The tags without `keys`.

    Unknown and reserved keys are no error, and nothing happens to
    them.
    """
    gone = {_key(key, folded=folded) for key in keys if not _reserved(key)}
    return {key: value for key, value in tags.items() if _key(key, folded=folded) not in gone}


def _reserved(key: str) -> bool:
    return key.lower().startswith(RESERVED)


def _key(key: str, *, folded: bool) -> str:
    return key.lower() if folded else key
