"""What the guards look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from iamspec.impact import Impact
from iamspec.kind import Address
from iamspec.observe import Live
from iamspec.plan import Action, Change, Plan
from iamspec.principals import Powers
from iamspec.removal import Kept
from iamspec.settings import Guards


@dataclass(frozen=True, slots=True)
class View:
    """A plan, the account that it is for, what it does to access there, and the limits that it is held to.

    `held` are tombstones of what others hold; `before` and `after` what every user has then; `quotas` the answer of
    GetAccountSummary, empty where nobody asked.
    """

    plan: Plan
    live: Live
    guards: Guards
    held: tuple[Kept, ...] = ()
    impact: Impact | None = None
    before: Mapping[Address, Powers] = field(default_factory=dict)
    after: Mapping[Address, Powers] = field(default_factory=dict)
    quotas: Mapping[str, int] = field(default_factory=dict)

    def live_of(self, change: Change) -> Any:
        """The live entity that a change is about; None for one that is to be made."""
        return change.before

    def changes(self, kind: str, *actions: Action) -> list[Change]:
        """The changes of one kind of entity, of some actions or of any."""
        return [one for one in self.plan.changes if one.address.kind == kind and (not actions or one.action in actions)]
