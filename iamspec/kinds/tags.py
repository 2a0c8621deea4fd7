"""Tags as IAM lists them, and as people write them."""

from collections.abc import Iterable, Mapping

from iamspec.policy.limits import RESERVED_TAGS


def own_tags(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The tags that a spec may manage, out of IAM's list of Key and Value, sorted."""
    return {
        tag["Key"]: tag["Value"] for tag in sorted(tags, key=lambda tag: tag["Key"]) if not reserved_tag(tag["Key"])
    }


def reserved_tags(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The tags that belong to AWS and to iamspec, which no spec manages."""
    return {tag["Key"]: tag["Value"] for tag in tags if reserved_tag(tag["Key"])}


def reserved_tag(key: str) -> bool:
    return key.lower().startswith(RESERVED_TAGS)


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]
