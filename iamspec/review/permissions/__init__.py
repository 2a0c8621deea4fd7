"""The least rights for a command: an identity policy for reading, for a single apply, or for all.

After "Actions, resources, and condition keys for AWS Identity and
Access Management" in the Service Authorization Reference.
"""

from dataclasses import dataclass
from typing import Any

from iamspec.desired.load import Spec
from iamspec.iam import Account
from iamspec.review.model import Review
from iamspec.review.permissions.authorization import any_writes, endings, reads, repairs, report, status, writes
from iamspec.review.permissions.clock import timed
from iamspec.review.permissions.folding import folded

__all__ = [
    "EVERYWHERE",
    "Permissions",
    "applying",
    "clock",
    "ending",
    "looking",
    "managing",
    "reading",
    "repairing",
    "watching",
]

EVERYWHERE = Account("*")  # a policy is about the account that it is attached in, whose id need not be known


@dataclass(frozen=True, slots=True)
class Permissions:
    """A policy document as JSON, with notes for the person who attaches it."""

    document: dict[str, Any]
    notes: tuple[str, ...] = ()


def reading(account: Account = EVERYWHERE) -> Permissions:
    """What plan, drift, import and snapshot need. GetCallerIdentity needs no permission."""
    return Permissions(*folded(reads(account)))


def looking(account: Account = EVERYWHERE) -> Permissions:
    """What credentials needs: all reads, and IAM's report."""
    return Permissions(*folded([*reads(account), *report()]))


def watching() -> Permissions:
    """What status needs: the sweep, IAM's report, and a few questions about the account."""
    return Permissions(*folded([*status(), *report()]))


def applying(review: Review) -> Permissions:
    """The permissions to apply this plan: all reads, and exactly the calls of the plan."""
    return Permissions(*folded([*reads(review.account), *writes(review.plan, review.live)]))


def repairing(account: Account = EVERYWHERE) -> Permissions:
    """What the repairs of passwords, access keys and MFA devices need."""
    document, notes = folded([*reads(account), *repairs(account)])
    warning = "whoever has this can sign in as any user: limit user/* to the paths of those who are no administrators"
    return Permissions(document, (*notes, warning))


def ending(account: Account = EVERYWHERE) -> Permissions:
    """The rights of a nightly run that ends grants and rotates keys: all reads, and these calls alone."""
    return Permissions(*folded([*reads(account), *endings(account)]))


def clock(spec: Spec) -> Permissions:
    """What `apply --only expiry,rotation` needs for this spec: all reads, and the calls for each end and rotation in it."""
    declared = spec.settings.account
    account = Account(declared.id) if declared and declared.id else EVERYWHERE
    document, notes = folded([*reads(account), *timed(spec, account)])
    warning = "a sink needs its own permissions, such as secretsmanager:PutSecretValue below its prefix"
    return Permissions(document, (*notes, warning))


def managing(account: Account = EVERYWHERE) -> Permissions:
    """The rights that any apply may need: all reads, and every call that a plan can have."""
    document, notes = folded([*reads(account), *any_writes(account)])
    warning = "this allows to give anybody anything: attach it to nobody but the role that applies reviewed plans"
    return Permissions(document, (*notes, warning))
