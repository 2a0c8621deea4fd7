"""The rights for the ends and rotations that a spec names, each on the ARN of its entity."""

from collections.abc import Iterator

from iamspec.desired.load import Spec
from iamspec.iam import Account
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, AnyDeclared
from iamspec.review.permissions.authorization import Need

ROTATING = ("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", "TagUser")
ENDING = {"user": ("PutUserPolicy", "UpdateAccessKey", "DeleteLoginProfile"), "role": ("PutRolePolicy",)}
DETACHING = {"user": "DetachUserPolicy", "group": "DetachGroupPolicy", "role": "DetachRolePolicy"}


def timed(spec: Spec, account: Account) -> Iterator[Need]:
    """The needs of `apply --only expiry,rotation`.

    An entity without an end and without a rotation needs nothing.
    """
    for declared in spec.entities.values():
        if declared.address.kind in DETACHING and not vars(declared.shape).get("external"):
            yield from (Need(f"iam:{action}", arn) for action, arn in _of(declared, spec, account))


def _of(declared: AnyDeclared, spec: Spec, account: Account) -> Iterator[tuple[str, str]]:
    kind, said = declared.address.kind, vars(declared.shape)
    own, given = _arn(declared.address, spec, account), KINDS[kind].given(declared.shape)
    keys = said.get("access_keys")
    if keys is not None and keys.rotate_after_days is not None:
        yield from ((action, own) for action in ROTATING)
    if said.get("expires") is not None:
        yield from ((action, own) for action in ENDING[kind])
    if any(one.expires for one in given.policies):
        yield DETACHING[kind], own
    if any(one.expires for one in given.members or ()):
        yield "RemoveUserFromGroup", own
    for one in given.groups:
        if one.expires:
            yield "RemoveUserFromGroup", _arn(Address("group", one.name), spec, account)


def _arn(address: Address, spec: Spec, account: Account) -> str:
    """The ARN by the path of the spec.

    For an external entity it has any path.
    """
    declared = spec.entities.get(address)
    path = getattr(declared.shape, "path", "/") if declared and not vars(declared.shape).get("external") else "/*"
    return account.arn(f"{address.kind}{path}{address.name}")
