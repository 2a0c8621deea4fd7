"""A saved plan, compared with the account of today and made a plan again.

The file decides about the calls. The changes and the order of the
calls are worked out anew. Limits of guards in the file count only
where they are stricter than iamspec's own, unless the fingerprint
of the plan has been approved.
"""

from dataclasses import dataclass, replace

from iamspec.desired.guards import Guards
from iamspec.errors import IamspecError
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Purpose
from iamspec.live.observe import Live
from iamspec.plan.complete import ordered
from iamspec.plan.fingerprint import ABSENT, fingerprints, signing_in
from iamspec.plan.model import PRUNED, Action, Plan
from iamspec.review.looser import LARGER_IS_STRICTER, SMALLER_IS_STRICTER
from iamspec.saved import plan_file as planfile
from iamspec.saved.rebuild import rebuilt


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan out of its file."""

    name: str
    told: Plan

    @property
    def touched(self) -> list[Address]:
        """The entities that the calls change or name."""
        return list(map(planfile.address, self.told.fingerprints))

    def needs(self, live: Live) -> dict[Address, Purpose]:
        """The reads beyond the sweep that a comparison of the account with this plan needs."""
        wanted = {one: Purpose.COMPARE for one in self.touched if not KINDS[one.kind].listed_whole}
        wanted |= dict.fromkeys(signing_in(step.call for step in self.told.steps), Purpose.COMPARE)
        wanted |= {one.address: Purpose.DELETE for one in self.told.changes if one.action is Action.DELETE}
        return {address: purpose for address, purpose in wanted.items() if address in live.resources}

    @property
    def pruned(self) -> list[Address]:
        """Deletions by absence. A stack may own none of these entities."""
        return [one.address for one in self.told.changes if one.action is Action.DELETE and one.reason == PRUNED]

    def check(self, live: Live) -> list[str]:
        """The reasons why the plan does not fit the account of today, sorted.

        Empty if it fits.
        """
        told, now = self.told.account, live.account
        if told.id != now.id:
            return [f"the plan is for account {told.id}, but the credentials are for {now.id}"]
        if told.partition != now.partition:
            return [f"the plan is for the partition {told.partition}, but the account is in {now.partition}"]
        calls = [step.call for step in self.told.steps]
        known, unasked = fingerprints(self.touched, live, calls), fingerprints(self.touched, _as_listed(live), calls)
        moved = [
            _moved(text, before, known[text])
            for text, before in self.told.fingerprints.items()
            if before not in {known[text], unasked[text]}
        ]
        return sorted(
            [*moved, *(f"{address}: {live.owners[address]}" for address in self.pruned if address in live.owners)]
        )

    def plan(self, live: Live) -> tuple[Plan, Live]:
        """The plan over the account of today, with the calls of the file in their order, and the account after it.

        Raises IamspecError if iamspec would plan other calls for
        these changes, or another order.
        """
        told = replace(self.told, account=live.account)
        changes, after = rebuilt(told, live)
        made = ordered(replace(told, changes=changes), live)
        if (made.steps, made.connections) != (told.steps, told.connections):
            raise IamspecError(f"{self.name}: iamspec would make these calls in another order; plan again")
        return replace(made, fingerprints=told.fingerprints), after

    def limits(self) -> Guards:
        """The limits of the file that are stricter than iamspec's own.

        The author of a file loosens none and lifts no complaint.
        """
        own, told = Guards(), self.told.guards
        strict = {name: max(getattr(own, name), getattr(told, name)) for name in LARGER_IS_STRICTER}
        strict |= {name: min(getattr(own, name), getattr(told, name)) for name in SMALLER_IS_STRICTER}
        return told.model_copy(update={**strict, "allow": []})


def read_plan(text: str, name: str) -> Saved:
    """The plan in the text of a file.

    `name` is for messages. InvalidPlan lists all its faults.
    """
    file = planfile.read(text, name)
    return Saved(name, planfile.plan(file, name))


def _as_listed(live: Live) -> Live:
    """The account as the listings alone show it, for a plan that needed no further reads."""
    resources = {address: KINDS[address.kind].as_listed(one) for address, one in live.resources.items()}
    return live.with_facts(resources=resources)


def _moved(address: str, before: str, now: str) -> str:
    if before == ABSENT:
        return f"{address} exists by now"
    return f"{address} is gone by now" if now == ABSENT else f"{address} has changed since"
