"""Tags as IAM keeps them, after "Tagging IAM resources" in the IAM User Guide."""

from collections.abc import Iterable, Mapping, Sequence

from iamspec.sandbox.refusals import Refused

MAX_TAGS = 50
RESERVED = "aws:"


def merged(tags: Mapping[str, str], more: Sequence[Mapping[str, str]], *, folded: bool) -> dict[str, str]:
    """The tags with more of them written over; `folded` where two ways of writing a key are one key."""
    keys = [tag["Key"] for tag in more]
    if len({_key(key, folded=folded) for key in keys}) < len(keys):
        raise Refused("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    whole = without(tags, keys, folded=folded) | {tag["Key"]: tag.get("Value", "") for tag in more}
    if len(whole) > MAX_TAGS:
        raise Refused("LimitExceeded", f"The number of tags has reached the maximum limit: {MAX_TAGS}")
    return whole


def without(tags: Mapping[str, str], keys: Iterable[str], *, folded: bool) -> dict[str, str]:
    """The tags without some; a key that is not there is no error."""
    gone = {_key(key, folded=folded) for key in keys}
    if reserved := sorted(key for key in gone if key.lower().startswith(RESERVED)):
        raise Refused("InvalidInput", f"{reserved[0]}: tag keys that begin with aws: are reserved for system use.")
    return {key: value for key, value in tags.items() if _key(key, folded=folded) not in gone}


def _key(key: str, *, folded: bool) -> str:
    return key.lower() if folded else key
