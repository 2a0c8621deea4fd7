"""The documents of users and roles with changed tags or names, narrowed to the tags and names."""

from dataclasses import replace

from iamspec.access.principals import Held, Powers
from iamspec.policy.evaluate.narrowed import narrowed
from iamspec.policy.evaluate.request import PRINCIPAL_TAG, Principal, Request, own
from iamspec.policy.evaluate.truth import Context

ANYTHING = Request("*")
Pair = tuple[Powers | None, Powers | None]


class Asked(Powers):
    """The powers of a principal, with policies narrowed to the tags and the name of the principal."""

    __slots__ = ()


def as_asked(was: Powers | None, becomes: Powers | None, account: str) -> Pair:
    """A principal before and after a plan, as Asked where it stays and policies ask for what changes about it."""
    if was is None or becomes is None or (was.arn, was.tags) == (becomes.arn, becomes.tags):
        return was, becomes
    return _narrowed(was, account), _narrowed(becomes, account)


def _narrowed(powers: Powers, account: str) -> Powers:
    keys = _keys(powers, account)
    policies = tuple(_held(one, keys) for one in powers.policies)
    boundary = _held(powers.boundary, keys) if powers.boundary is not None else None
    if boundary is powers.boundary and all(new is one for new, one in zip(policies, powers.policies, strict=True)):
        return powers
    return Asked(powers.address, powers.arn, powers.tags, policies, boundary, powers.groups, powers.takes_session_tags)


def _held(held: Held, keys: Context) -> Held:
    found = None if held.document is None else narrowed(held.document, keys)
    return held if found is held.document else replace(held, document=found)


def _keys(powers: Powers, account: str) -> Context:
    """The keys of the principal in each request. Sessions of a role are those that bring no tags."""
    keys = own(Principal(powers.arn, account, powers.address.name, powers.tags), ANYTHING)
    if powers.address.kind == "user" or powers.tags is None:
        return keys
    tags = {f"{PRINCIPAL_TAG}{key.lower()}": (value,) for key, value in powers.tags.items()}
    return Context({**keys.known, **tags}, closed=(PRINCIPAL_TAG,))
