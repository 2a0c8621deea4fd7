"""The options that plan, drift and apply share."""

from dataclasses import dataclass

from iamspec.desired.load import Spec
from iamspec.desired.variables import ForAccount
from iamspec.kinds.contract import Address


@dataclass(frozen=True, slots=True)
class Options:
    """Targets, exclusions, lifted complaints, and whether calls that create secrets are left for later.

    Without `facts`, undeclared entities are only listed. The proof
    after an apply needs no more. With `states` the plan is about
    drift: it lacks the changes that would undo accepted drift, and
    has the state of each entity that differs. `base` is a git
    revision to compare the spec with. With `due` the plan has only
    expiry and rotation. `only` is the only account for the
    credentials. `unasked` says that no person confirms the calls,
    so that the spec or `only` must name the account. `account` is
    the account of a fleet that the spec is read for, `spec` the
    spec if it was validated before. `exact` asks IAM about the
    sign-in of all users, `exactly` about some, whatever the
    credential report says.
    """

    targets: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    defer: bool = False
    facts: bool = True
    states: bool = False
    base: str | None = None
    only: str | None = None
    unasked: bool = False
    exact: bool = False
    exactly: frozenset[Address] = frozenset()
    account: ForAccount | None = None
    due: tuple[str, ...] = ()
    spec: Spec | None = None
    supposed_prune: bool = False  # what would go if prune named every kind in scope


NO_OPTIONS = Options()
