"""A part of a plan: the targets, and the changes that the targets need."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from iamspec.desired.scope import matches
from iamspec.desired.validation import did_you_mean
from iamspec.errors import IamspecError
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Phase
from iamspec.plan.findings import Kept
from iamspec.plan.model import Action, Change, Plan


def narrow(plan: Plan, targets: Sequence[str], excluded: Sequence[str], known: Iterable[Address]) -> Plan:
    """The plan for the addresses in `targets` (all if empty) but not in `excluded`.

    New and renamed entities that the rest needs come along, and
    those that make room for it. A
    deletion that needs the rest is kept. A target without
    wildcards that is neither declared nor live is an error. So is
    a target that matches nothing.
    """
    if not targets and not excluded:
        return plan
    known = list(known)
    _refuse_unknown([*targets, *excluded], known)
    _refuse_idle(targets, known)

    def named(address: Address) -> bool:
        chosen = not targets or matches(targets, "", str(address))
        return chosen and not matches(excluded, "", str(address))

    chosen = _with_needs({change.address for change in plan.changes if named(change.address)}, plan.changes)
    kept = _waiting(chosen, plan.changes)
    chosen -= {one.address for one in kept}
    changes = tuple(change for change in plan.changes if change.address in chosen)
    seen = {*filter(named, plan.undeclared), *(one.address for one in kept)}
    return replace(
        plan,
        changes=changes,
        undeclared=tuple(sorted(seen)),
        strays=tuple((user, group) for user, group in plan.strays if named(user) or named(group)),
        kept=tuple(one for one in plan.kept if named(one.address)) + tuple(kept),
        excess=tuple(one for one in plan.excess if named(one.address)),
        uncompared=tuple(one for one in plan.uncompared if named(one.address)),
        held=tuple(one for one in plan.held if named(one.address)),
        ended=tuple(one for one in plan.ended if named(one.address)),
        copiers=tuple(one for one in plan.copiers if named(one.address)),
        skipped=tuple(sorted({*(one.address for one in plan.changes), *plan.undeclared} - chosen - seen)),
    )


def _refuse_unknown(patterns: Iterable[str], known: Iterable[Address]) -> None:
    addresses = {str(one).casefold() for one in known}
    for pattern in patterns:
        if "/" not in pattern:
            raise IamspecError(f'"{pattern}" is no address; write KIND/NAME, as in user/alice or group/*')
        kind = pattern.partition("/")[0].casefold()
        if not any(_glob(kind, one) for one in KINDS):
            hint = did_you_mean(kind, list(KINDS)) or f"; there are {', '.join(KINDS)}"
            raise IamspecError(f'{pattern}: no kind of entity is called "{kind}"{hint}')
        if not set("*?") & set(pattern) and pattern.casefold() not in addresses:
            raise IamspecError(f"{pattern} is neither declared nor live")


def _refuse_idle(targets: Sequence[str], known: Sequence[Address]) -> None:
    """A target without a match is a typing error, so it is refused."""
    for pattern in targets:
        if not any(matches([pattern], "", str(one)) for one in known):
            raise IamspecError(f"{pattern} matches nothing that is declared or live")


def _glob(pattern: str, name: str) -> bool:
    return matches([pattern], "", name)


def _with_needs(chosen: set[Address], changes: Sequence[Change]) -> set[Address]:
    """The chosen changes and, in turn, those that make what their calls name."""
    makers = {one.address: one for one in changes if one.action is Action.CREATE or _renames(one) or _gives(one)}
    todo, found = list(chosen), set(chosen)
    by_address = {change.address: change for change in changes}
    while todo:
        for step in by_address[todo.pop()].steps:
            new = {other for other in step.others if other in makers} - found
            found |= new
            todo += new
    return found


def _gives(change: Change) -> bool:
    """Whether a call moves a part of this entity to another entity. The call that frees the part goes first."""
    return any(step.phase is Phase.MAKE_ROOM for step in change.steps)


def _renames(change: Change) -> bool:
    return any(one.field == "name" for one in change.differences)


def _waiting(chosen: set[Address], changes: Sequence[Change]) -> list[Kept]:
    """Deletions that a change outside of the choice would have to make room for."""
    holders: dict[Address, set[Address]] = {}
    for change in changes:
        for step in change.steps if change.address not in chosen else ():
            for other in step.others:
                holders.setdefault(other, set()).add(change.address)
    return [
        Kept(change.address, f"held by {min(holders[change.address])}, which is not among the targets", held=True)
        for change in changes
        if change.action is Action.DELETE and change.address in chosen and change.address in holders
    ]
