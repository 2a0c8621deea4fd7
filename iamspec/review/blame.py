"""The events of CloudTrail that explain drift: for each drifted entity the calls that made it what it is."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from iamspec.iam import Account
from iamspec.kinds.contract import Address
from iamspec.kinds.holdings import reference
from iamspec.live.trail import Event
from iamspec.plan.diff import Difference
from iamspec.plan.model import Action
from iamspec.review.model import Blamed, Review

NAMES = {
    "user": "userName",
    "group": "groupName",
    "role": "roleName",
    "instance-profile": "instanceProfileName",
    "policy": "policyArn",
}
ENTITY = {"user": "User", "group": "Group", "role": "Role", "instance-profile": "InstanceProfile", "policy": "Policy"}
ITEMS = {  # fields of which each member has calls of its own, and the parameter that names the member
    "policies": (("Attach{}Policy", "Detach{}Policy"), "policyArn"),
    "inline_policies": (("Put{}Policy", "Delete{}Policy"), "policyName"),
    "groups": (("AddUserToGroup", "RemoveUserFromGroup"), "groupName"),
    "members": (("AddUserToGroup", "RemoveUserFromGroup"), "userName"),
}
WHOLE = {  # fields that change as a whole
    "permissions_boundary": ("Put{}PermissionsBoundary", "Delete{}PermissionsBoundary"),
    "tags": ("Tag{}", "Untag{}"),
    "path": ("Update{}",),
    "name": ("Update{}",),
    "description": ("Update{}", "UpdateRoleDescription"),
    "max_session_duration": ("Update{}",),
    "document": ("CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion"),
    "trust": ("UpdateAssumeRolePolicy",),
    "console": ("CreateLoginProfile", "DeleteLoginProfile"),
    "access_keys": ("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"),
    "alias": ("CreateAccountAlias", "DeleteAccountAlias"),
}
CREDENTIALS = ("CreateAccessKey", "UpdateAccessKey", "CreateLoginProfile")
RULES = ("UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy")


def drifted(review: Review) -> list[Address]:
    """The entities that differ, undeclared entities in the order of their danger first."""
    found = [one.address for one in review.undeclared]
    found += [one for one in review.plan.undeclared if one not in set(found)]
    found += [one.address for one in review.plan.excess]
    return list(dict.fromkeys([*found, *(one.address for one in review.changes)]))


def resource_name(address: Address, review: Review) -> str:
    """The name by which events are looked up: of a policy the ARN, of renamed entities the name that is live."""
    live = review.live.resources.get(address)
    if address.kind == "policy" and live is not None:
        return live.facts.arn
    renamed = {one.address: one.before.name for one in review.changes if one.before is not None}
    return renamed.get(address, address.name)


def blamed(
    review: Review, found: Mapping[Address, Sequence[Event]], more: Collection[Address] = ()
) -> tuple[Blamed, ...]:
    """The events that fit, for each entity about which was asked.

    `more` are the entities with older events that were not read.
    """
    return tuple(
        Blamed(address, tuple(one for one in events if fits(one, address, review)), address in more)
        for address, events in found.items()
    )


def concerns(event: Event, address: Address, name: str) -> bool:
    """Whether an event is about an entity, by the resources or the parameters of the event."""
    params = event.params or {}
    return name in event.resources or str(params.get(NAMES.get(address.kind, ""), "")).casefold() == name.casefold()


def fits(event: Event, address: Address, review: Review) -> bool:
    """Whether a call may have made an entity what it is."""
    return any(
        event.name in names and _names(event, parameter, items, review.account)
        for names, parameter, items in _explained(address, review)
    )


def _names(event: Event, parameter: str, items: Iterable[str], account: Account) -> bool:
    """Whether the event is about one of the items.

    Without a parameter it is about the entity as a whole.
    """
    if not parameter:
        return True
    value = str((event.params or {}).get(parameter, ""))
    shown = reference(value, account) if parameter == "policyArn" and value.startswith("arn:") else value
    wanted = {one.casefold() for one in items}
    return value.casefold() in wanted or shown.casefold() in wanted


def _explained(address: Address, review: Review) -> Iterator[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    """The calls that may have made the entity as it is: names, and the parameter with its items."""
    entity = ENTITY.get(address.kind, "")
    if address in review.plan.undeclared:
        made = [f"Create{entity}", *CREDENTIALS, "AddUserToGroup", "UpdateAssumeRolePolicy", "CreatePolicyVersion"]
        yield (*made, f"Attach{entity}Policy", f"Put{entity}Policy"), "", ()
    if any(one.address == address for one in review.plan.excess):
        yield CREDENTIALS, "", ()
    for change in review.changes:
        if change.address != address:
            continue
        if change.action is Action.CREATE:
            yield (f"Delete{entity}", f"Update{entity}"), "", ()
        elif change.action is Action.DELETE:
            yield (f"Create{entity}",), "", ()
        if address.kind == "password-policy":
            yield RULES, "", ()
        for one in change.differences:
            yield from _of_field(one, entity)


def _of_field(one: Difference, entity: str) -> Iterator[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    if one.field in ITEMS:
        (adding, taking), parameter = ITEMS[one.field]
        live, spec = (set(side or ()) for side in (one.before, one.after))
        yield (adding.format(entity),), parameter, tuple(live - spec)
        yield (taking.format(entity),), parameter, tuple(spec - live)
        if one.field == "inline_policies":
            yield (adding.format(entity),), parameter, tuple(live & spec)
    elif one.field in WHOLE:
        yield tuple(name.format(entity) for name in WHOLE[one.field]), "", ()
