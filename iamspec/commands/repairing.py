"""What the repairs of credentials share: the user, the refusals, the review, and the proof.

A repair is a plan like any other: guarded, shown, journalled and
proved. It reads the spec, because the next apply would take back
whatever the spec does not say. The time of a repair stands in a
tag of the user, for the guard `takeover`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iamspec.commands.options import Options
from iamspec.commands.proof import unmet
from iamspec.commands.reading import check_account
from iamspec.commands.reviewing import reviewed
from iamspec.commands.validate import validate
from iamspec.desired.load import Spec
from iamspec.desired.scope import Scope
from iamspec.desired.validation import did_you_mean
from iamspec.errors import IamError, IamspecError
from iamspec.iam import Call, Reader, Writer
from iamspec.kinds.contract import Address, AnyDeclared, Phase, Purpose, Step
from iamspec.kinds.operation import Operation
from iamspec.kinds.user.credentials import KEY_USE, OTHERS, ids
from iamspec.kinds.user.operations import TAGGING
from iamspec.kinds.user.shape import User, UserSpec
from iamspec.live import observe
from iamspec.live.observe import Live
from iamspec.live.simulate import carry_out_all
from iamspec.plan.complete import ordered
from iamspec.plan.diff import Difference
from iamspec.plan.fingerprint import digest
from iamspec.plan.model import Action, Change, Plan
from iamspec.policy.expiry import timestamp
from iamspec.review.guard import check_names
from iamspec.review.guard.administrators import Administrators
from iamspec.review.model import Review

DEVICES = OTHERS["ListMFADevices"]
KEY_ID = re.compile(r"[A-Za-z0-9_]{16,128}")  # as the service model of IAM has it


@dataclass(frozen=True, slots=True)
class Order:
    """A repair that somebody asks for: the command, the spec, the lifted complaints, and the time of the command."""

    verb: str
    paths: tuple[str, ...]
    when: datetime
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repair:
    """The user of a repair, as the spec declares it and as it is live."""

    order: Order
    spec: Spec
    declared: AnyDeclared
    live: Live

    @property
    def address(self) -> Address:
        return self.declared.address

    @property
    def shape(self) -> UserSpec:
        found: UserSpec = self.declared.shape
        return found

    @property
    def user(self) -> User:
        found: Any = self.live.resources[self.address]
        return found if isinstance(found, User) else User(self.address.name)

    def refused(self, why: str) -> IamspecError:
        return IamspecError(f"{self.address} {why}; nothing was changed")

    def step(self, phase: Phase, operation: Operation, **params: Any) -> Step:
        return Step(self.address, phase, operation.call(UserName=self.user.name, **params))

    def tagged(self, tag: str) -> Step:
        """Before the repair itself, so that no repair is without it."""
        return self.step(Phase.UPDATE, TAGGING.tag, Tags=[{"Key": tag, "Value": timestamp(self.order.when)}])


def opened(order: Order, name: str, reader: Reader) -> Repair:
    """The user of a repair.

    IamspecError says why the user may not be repaired.
    """
    check_names(order.allow)
    spec, _ = validate(order.paths)
    caller = reader.caller()
    check_account(spec, caller.account)
    live = observe.read_live(reader, caller)
    declared = spec.entities.get(Address("user", name))
    if declared is None:
        known = [one.name for one in spec.entities if one.kind == "user"]
        raise IamspecError(f"user/{name} is not declared in the spec{did_you_mean(name, known)}; nothing was changed")
    if declared.address not in live.resources:
        raise IamspecError(f"{declared.address} is not live in account {live.account.id}; nothing was changed")
    live = observe.fill(reader, live, {declared.address: Purpose.DELETE})
    repair = Repair(order, spec, declared, live)
    for why in _refusals(repair):
        raise repair.refused(why)
    return repair


def _refusals(repair: Repair) -> Iterator[str]:
    shape, user = repair.shape, repair.user
    if shape.external:
        yield "is external in the spec, so iamspec never changes it"
    if why := Scope(repair.spec.settings.scope).refusal("user", user.path, user.name, declared=True):
        yield f"is out of scope: {why}"
    if shape.suspended or user.suspended:
        yield f"is suspended; iamspec resume {user.name} lifts that"
    if shape.expires is not None and shape.expires <= repair.live.now:
        yield f"expired at {timestamp(shape.expires)}"
    if user.facts.quarantine:
        yield (
            "is in quarantine, because AWS found a key of it; lock the user out, answer AWS's support case, and let the "
            f"quarantine policy be removed first: iamspec suspend {user.name}"
        )


def review(
    repair: Repair, steps: Sequence[Step], told: Sequence[Difference], notes: Sequence[str], reader: Reader
) -> Review:
    """The reviewed plan of a repair. Without steps nothing is left to repair."""
    live, address, order = repair.live, repair.address, repair.order
    change = Change(
        address,
        Action.UPDATE,
        tuple(told),
        tuple(steps),
        reason=order.verb,
        before=repair.user,
        after=carry_out_all(live, steps).resources[address],
        deliver_to=repair.shape.deliver_to,
    )
    plan = Plan(
        live.account,
        digest([order.verb, repair.spec.digest, str(address)]),
        (change,) if steps else (),
        notes=tuple(f"{address}: {one}" for one in notes),
        guards=repair.spec.settings.guards,
    )
    return reviewed(ordered(plan, live), live, reader, Options(allow=order.allow))


def owner_of_key(reader: Reader, key_id: str) -> str:
    """The name of the user who has an access key."""
    if not KEY_ID.fullmatch(key_id):
        raise IamspecError(f"{key_id} is no id of an access key, which looks like AKIAIOSFODNN7EXAMPLE")
    (answer,) = reader.attempt_each([Call(KEY_USE, {"AccessKeyId": key_id})])
    if isinstance(answer, IamError):
        raise IamspecError(f"no user of this account is known to have the access key {key_id}: {answer}") from answer
    return str(answer["UserName"])


def administrator(review: Review) -> str:
    """The name of an administrator under repair. Empty for another user."""
    admins = Administrators(review.before).candidates
    return next((change.address.name for change in review.plan.changes if change.address in admins), "")


def unmended(made: Review, writer: Writer) -> Review:
    """The differences that a repair has left.

    Raises IamspecError if IAM still lists a removed device.
    """
    left = unmet(made, writer)
    gone = {step.call.params[DEVICES.id] for step in made.plan.steps if step.call.operation == DEVICES.remove}
    if gone and not left.changes:
        found = _devices(writer, made.plan.changes[0].address.name, gone)
        if found:
            raise IamspecError(f"every call succeeded, but IAM still lists {', '.join(sorted(found))}")
    return left


def _devices(writer: Writer, name: str, gone: set[str]) -> set[str]:
    found: set[str] = set()
    for _ in writer.looks():
        (answer,) = writer.read_each([Call(DEVICES.read, {"UserName": name})])
        found = gone & set(ids(DEVICES.read, answer))
        if not found:
            break
    return found
