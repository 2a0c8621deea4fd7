"""The plan and the account, as guards see them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from iamspec.access.account import AccountAccess
from iamspec.desired.guards import Guards
from iamspec.kinds.contract import Address, Resource
from iamspec.live.observe import Live
from iamspec.plan.findings import Kept
from iamspec.plan.model import Action, Change, Plan
from iamspec.review.impact import Effect, Impact


@dataclass(frozen=True, slots=True)
class View:
    """All that guards look at: plan, account, effect on access, and limits.

    `held` are tombstones of entities that other entities hold.
    `before` and `after` are the account with the policies of every
    user. `quotas` is the answer of GetAccountSummary, empty if it
    was not asked for.
    """

    plan: Plan
    live: Live
    guards: Guards
    held: tuple[Kept, ...]
    impact: Impact
    before: AccountAccess
    after: AccountAccess
    quotas: Mapping[str, int] = field(default_factory=dict)

    @property
    def effects(self) -> Iterator[tuple[Address, Resource | None, Effect]]:
        """All principals with a change of access: address, live entity if it exists, effect."""
        former = self.former
        for effect in self.impact.principals:
            yield effect.address, self.live.resources.get(former.get(effect.address, effect.address)), effect

    @property
    def former(self) -> dict[Address, Address]:
        """The address before the plan of each entity that it changes."""
        return {one.address: Address(one.address.kind, one.before.name) for one in self.plan.changes if one.before}

    def changes(self, kind: str, *actions: Action) -> list[Change]:
        """The changes of one kind of entity, of some actions or of any."""
        return [one for one in self.plan.changes if one.address.kind == kind and (not actions or one.action in actions)]
