"""A saved plan: held against the account as it is now, and made a plan again.

The file is believed in what it wants to call, and in the limits of the guards. What the calls change is worked out anew.
"""

from dataclasses import dataclass, replace
from typing import Any

from iamspec import planfile
from iamspec.fingerprint import ABSENT, fingerprints, signing_in
from iamspec.kind import Address, Purpose, Resource
from iamspec.observe import Live
from iamspec.plan import Action, Plan, alarms
from iamspec.rebuild import rebuilt


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan as its file tells it; on the boundary of the `unwritten` users nobody has decided."""

    name: str
    told: Plan
    unwritten: frozenset[Address] = frozenset()

    @property
    def fingerprint(self) -> str:
        return self.told.fingerprint

    def needs(self, live: Live) -> dict[Address, Purpose]:
        """What must be read beyond the sweep before the account can be compared with this plan."""
        policies = (one for one in map(planfile.address, self.told.fingerprints) if one.kind == "policy")
        wanted = dict.fromkeys(policies, Purpose.COMPARE)
        wanted |= dict.fromkeys(signing_in(step.call for step in self.told.steps), Purpose.COMPARE)
        wanted |= {one.address: Purpose.DELETE for one in self.told.changes if one.action is Action.DELETE}
        return {address: purpose for address, purpose in wanted.items() if address in live.resources}

    def check(self, live: Live) -> list[str]:
        """Why it is no plan for the account as it is now: what has moved since, sorted; nothing if it still is."""
        told, now = self.told.account, live.account
        if told.id != now.id:
            return [f"the plan is for account {told.id}, but the credentials are for {now.id}"]
        if told.partition != now.partition:
            return [f"the plan is for the partition {told.partition}, but the account is in {now.partition}"]
        addresses = [planfile.address(one) for one in self.told.fingerprints]
        calls = [step.call for step in self.told.steps]
        known, unasked = fingerprints(addresses, live, calls), fingerprints(addresses, _without_tags(live), calls)
        return sorted(
            _moved(text, before, known[text])
            for text, before in self.told.fingerprints.items()
            if before not in {known[text], unasked[text]}
        )

    def plan(self, live: Live) -> Plan:
        """The same calls in the same order, with what they change; IamspecError if iamspec plans others for that."""
        changes = rebuilt(self.told, live, self.unwritten)
        return replace(self.told, account=live.account, changes=changes, alarms=tuple(alarms(live)), live=live)


def read_plan(text: str, name: str) -> Saved:
    """The plan in the text of a file, whose name is for messages; InvalidPlan says everything that is wrong with it."""
    file = planfile.read(text, name)
    unwritten = {planfile.address(one.address) for one in file.changes if not one.boundary_written}
    return Saved(name, planfile.plan(file, name), frozenset(unwritten))


def _without_tags(live: Live) -> Live:
    """The account as it looks to a plan that had no reason to ask for the tags of its policies, which the sweep lacks."""
    resources: dict[Address, Resource] = dict(live.resources)
    for address, one in live.resources.items():
        if address.kind == "policy":
            policy: Any = one
            resources[address] = replace(policy, tags=None)
    return replace(live, resources=resources)


def _moved(address: str, before: str, now: str) -> str:
    if before == ABSENT:
        return f"{address} exists by now"
    return f"{address} is gone by now" if now == ABSENT else f"{address} has changed since"
