"""The steps of a plan that make secrets, and the plan without them.

The second is for runs without a safe place for secrets.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from iamspec.kinds.contract import Address, Step
from iamspec.kinds.operations import MAKING, OPERATIONS
from iamspec.kinds.user.operations import marks_new_key
from iamspec.plan.model import Plan


def secrets_of(plan: Plan) -> dict[Address, list[str]]:
    """The users who get a new secret from a plan, with the nouns of the secrets."""
    found: dict[Address, list[str]] = {}
    for step in plan.steps:
        if secret := OPERATIONS[step.call.operation].secret:
            found.setdefault(step.address, []).append(secret.noun)
    return found


def deferred(plan: Plan) -> Plan:
    """The plan without what makes secrets, and without the changes that are nothing else."""
    left = ((one, replace(one, steps=tuple(_others(one.steps)))) for one in plan.changes)
    return replace(plan, changes=tuple(rest for one, rest in left if rest.steps or not one.steps))


def _others(steps: Sequence[Step]) -> Iterator[Step]:
    return (step for step in steps if step.call.operation not in MAKING and not marks_new_key(step.call))
