"""The known facts about condition keys: keys with several values, and keys of tags.

After "AWS global condition context keys" and "Multivalued context
keys" in the IAM User Guide, and recorded decisions.
"""

from functools import lru_cache

TAG_KEYS = "aws:tagkeys"  # IAM is known never to compare it without ForAnyValue or ForAllValues
_GLOBAL = frozenset(
    {
        TAG_KEYS,
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:vpceorgpaths",
    }
)


@lru_cache(maxsize=4096)
def is_multivalued(key: str) -> bool:
    """Whether a request may carry several values of the key."""
    folded = key.lower()
    if folded.startswith("aws:"):
        return folded in _GLOBAL
    from iamspec.policy.actions import catalogue  # noqa: PLC0415 - only keys of services need the reference

    return catalogue().keys.multivalued(folded)


def is_of_tags(key: str) -> bool:
    """Whether the values of the key are tags.

    An empty tag value is a value.
    """
    folded = key.lower()
    return folded == TAG_KEYS or "tag/" in folded
