"""The changes that the calls of a saved plan make, checked against the calls that iamspec would plan."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from iamspec.desired.resources import Names, live_names
from iamspec.errors import IamspecError
from iamspec.kinds import KINDS
from iamspec.kinds.calls import renames
from iamspec.kinds.contract import Address, Step
from iamspec.kinds.group import Group
from iamspec.kinds.membership import ADD, REMOVE
from iamspec.kinds.parts import Parts, moving, owned
from iamspec.live.observe import Live
from iamspec.live.simulate import carry_out_all
from iamspec.plan.diff import differences
from iamspec.plan.model import Action, Change, Plan
from iamspec.plan.steps import transition
from iamspec.policy.limits import belongs_to_aws, made_by_service


def rebuilt(told: Plan, live: Live) -> tuple[tuple[Change, ...], Live]:
    """The changes of a saved plan with the states before and after, and the account after all calls.

    Raises IamspecError if iamspec would not plan these changes.
    """
    work = _Work.of(live, told)
    changes = [one if one.blocked else work.change(one) for one in told.changes]
    problems = sorted(problem for change in changes for problem in work.problems(change))
    if problems:
        raise IamspecError("\n".join(problems))
    return tuple(one if one.blocked else work.planned(one) for one in changes), work.after


@dataclass(frozen=True, slots=True)
class _Work:
    """The account before and after all calls."""

    live: Live
    after: Live
    old: Mapping[Address, Address]
    world: Names
    undecided: frozenset[Address]

    @classmethod
    def of(cls, live: Live, told: Plan) -> "_Work":
        after = carry_out_all(live, told.steps)
        resources = {**live.resources, **after.resources}  # what goes counts until it is gone
        old = renames(step.call for step in told.steps)
        world = replace(live_names(live.account, resources), parts=_parts(live, after, told))
        return cls(live, after, old, world, told.undecided)

    def change(self, told: Change) -> Change:
        address, kind = told.address, KINDS[told.address.kind]
        before: Any = self.live.resources.get(self.old.get(address, address))
        after: Any = self.after.resources.get(address)
        if told.action is Action.CREATE:
            before, after = None, after and kind.with_hidden(after)
        elif told.action is Action.DELETE:
            before, after = before and kind.renaming(kind.with_hidden(before), self._name_of), None
        elif before is not None and after is not None:
            before = kind.renaming(before, self._name_of)
        if isinstance(before or after, Group):
            before, after = _with_members(before, after, told.steps)
        if address in self.undecided and after is not None and kind.is_principal:
            after = replace(after, boundary_written=False)
        found = differences(kind, before, after, self.live.account) if before or after else ()
        sources = {one.field: one.via for one in told.differences}
        found = tuple(replace(one, via=sources.get(one.field, one.via)) for one in found)
        return replace(told, differences=found, before=before, after=after)

    def _name_of(self, address: Address) -> str:
        """The name that an entity has when calls that refer to it are made."""
        return next((now.name for now, old in self.old.items() if old == address), address.name)

    def planned(self, change: Change) -> Change:
        """The change with the calls that iamspec plans for it, in its order."""
        kind = KINDS[change.address.kind]
        return replace(change, steps=tuple(transition(kind, change.before, change.after, self.world)))

    def problems(self, change: Change) -> Iterator[str]:
        """The reason why iamspec does not plan such a change."""
        if change.blocked:
            return
        address = change.address
        if _action(change) is not change.action:
            yield f"{address}: its calls do not {change.action} it"
            return
        for entity in (change.before, change.after):
            path = entity.path if entity is not None else "/"
            by_service = change.action is Action.DELETE and made_by_service(address.kind, path)
            if belongs_to_aws(address.kind, path) or by_service:
                yield f"{address}: {path} is not iamspec's to change"
        wanted, told = (_comparable(one) for one in (self.planned(change).steps, change.steps))
        if wanted != told:
            odd = sorted({operation for _, operation, *_ in (wanted - told) + (told - wanted)})
            yield f"{address}: for what these calls change iamspec plans others ({', '.join(odd)}); plan again"


def _parts(live: Live, after: Live, told: Plan) -> Parts:
    """What became of the parts of entities, by the account before and after all calls."""
    own = {one.address for one in told.changes}
    had, have = ({part for part, _ in owned(one.resources)} for one in (live, after))
    return Parts(
        found=frozenset({*live.resources, *had, *own}),
        staying=frozenset({*after.resources, *have, *own}),
        moving=moving(live.resources, after.resources),
    )


def _with_members(before: Any, after: Any, steps: Iterable[Step]) -> tuple[Any, Any]:
    """A group with the members that steps of the group add or remove."""
    added = frozenset(one.call.params["UserName"] for one in steps if one.call.operation == ADD.name)
    removed = frozenset(one.call.params["UserName"] for one in steps if one.call.operation == REMOVE.name)
    return before and replace(before, members=removed), after and replace(after, members=added)


def _action(change: Change) -> Action | None:
    if change.before is None:
        return None if change.after is None else Action.CREATE
    return Action.DELETE if change.after is None else Action.UPDATE


def _comparable(steps: Iterable[Step]) -> Counter[tuple[int, str, str, tuple[Address, ...]]]:
    """The calls without their order. Names are compared as IAM compares them."""
    return Counter(
        (step.phase, step.call.operation, _params(step.call.params), tuple(sorted(step.others))) for step in steps
    )


def _params(params: Mapping[str, Any]) -> str:
    folded = {"GroupName": params["GroupName"].casefold()} if "GroupName" in params else {}
    return json.dumps({**params, **folded}, sort_keys=True)
