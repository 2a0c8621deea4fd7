"""What a change does to one document or one user, and the sets of actions in it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iamspec.kinds.contract import Address
from iamspec.policy.actions.action_set import Actions
from iamspec.policy.meaning import Grants, Meaning, Remark, Verdict, compare

if TYPE_CHECKING:
    from iamspec.policy.actions import Catalogue


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to one document or one user: the verdict, and the actions it gives and takes.

    `denied` and `released` are those that are now, and no longer, denied on every resource without a condition;
    `remark` says what changes where no action is given or taken, `unlisted` which patterns match no known action;
    `administrator` is whether this turns into administrator access, False if it ceases to be, None if neither.
    """

    address: Address
    field: str
    verdict: Verdict
    gained: Actions
    lost: Actions
    denied: Actions
    released: Actions
    remark: Remark = Remark.NONE
    unlisted: tuple[str, ...] = ()
    administrator: bool | None = None
    causes: tuple[Address, ...] = ()
    unknown: tuple[str, ...] = ()  # policies of the user whose documents nobody could read


def effect(address: Address, field: str, grants: tuple[Grants, Grants], catalogue: "Catalogue") -> Effect:
    before, after = grants
    found = compare(before, after, catalogue)
    return Effect(
        address=address,
        field=field,
        verdict=found.verdict,
        gained=Actions(found.gained, catalogue),
        lost=Actions(found.lost, catalogue),
        denied=Actions(found.denied, catalogue),
        released=Actions(found.released, catalogue),
        remark=found.remark,
        unlisted=found.unlisted,
        administrator=_turn(before, after, found, catalogue),
    )


def _turn(before: Grants, after: Grants, meaning: Meaning, catalogue: "Catalogue") -> bool | None:
    """Whether administrator access comes or goes; without a change of meaning neither does."""
    if meaning.verdict is Verdict.COSMETIC:
        return None
    was, becomes = before.is_everything(catalogue), after.is_everything(catalogue)
    return None if was == becomes else becomes
