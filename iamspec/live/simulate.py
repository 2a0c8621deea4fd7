"""The account after a call of a plan, without making it."""

from collections.abc import Iterable
from dataclasses import replace

from iamspec.iam import Call
from iamspec.kinds.account import ADDRESS as ALIAS
from iamspec.kinds.contract import Step
from iamspec.kinds.operation import Impossible
from iamspec.kinds.operations import OPERATIONS
from iamspec.live.observe import Live


def carry_out(live: Live, step: Step | Call) -> Live:
    """The account after a call.

    Ids, dates and version numbers stay unknown: only IAM gives
    them.
    """
    return carry_out_all(live, [step])


def carry_out_all(live: Live, steps: Iterable[Step | Call]) -> Live:
    """The account after one call after the other."""
    resources = dict(live.resources)
    current = replace(live, resources=resources)  # sees what is written below
    for step in steps:
        call = step.call if isinstance(step, Step) else step
        row = OPERATIONS.get(call.operation)
        if row is None:
            raise Impossible(f"{call.operation} is no operation that iamspec plans")
        changed = row.effect(current, call)
        for address in changed:
            resources.pop(address, None)  # a name in another case is the same key
        resources |= {address: one for address, one in changed.items() if one is not None}
        if alias := changed.get(ALIAS):
            current = replace(current, account=replace(current.account, alias=alias.alias))
    return current
