"""The users whose access changes. Users with the same change stand together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from iamspec.kinds.contract import Address
from iamspec.plan.model import Action, Change
from iamspec.review.impact.effect import Effect


@dataclass(frozen=True, slots=True)
class SharedEffect:
    """One effect and all users who have it.

    `fate` is `new`, `deleted` or empty.
    """

    users: tuple[Address, ...]
    effect: Effect
    fate: str

    @property
    def causes(self) -> list[str]:
        """The changed entities that the effect comes from, the users' own grants first."""
        own = set(self.users)
        others = [str(one) for one in self.effect.causes if one not in own]
        return (["own grants"] if len(others) < len(self.effect.causes) else []) + others


def shared_effects(effects: Iterable[Effect], changes: Iterable[Change]) -> list[SharedEffect]:
    """The effects on users, each once, the riskiest first.

    Idle effects are left out.
    """
    fates = {change.address: change.action for change in changes}
    found: dict[object, list[Effect]] = {}
    for effect in (one for one in effects if not one.is_idle):
        found.setdefault(_likeness(effect, _fate(effect, fates)), []).append(effect)
    made = [
        SharedEffect(tuple(sorted(one.address for one in same)), same[0], _fate(same[0], fates))
        for same in found.values()
    ]
    return sorted(made, key=lambda one: (one.effect.order, one.users[0]))


def _fate(effect: Effect, fates: Mapping[Address, Action]) -> str:
    return {Action.CREATE: "new", Action.DELETE: "deleted"}.get(fates.get(effect.address, Action.UPDATE), "")


def _likeness(effect: Effect, fate: str) -> object:
    """Equal for effects that are the same for different users."""
    causes = tuple("" if one == effect.address else str(one) for one in effect.causes)
    sets = (effect.gained.mask, effect.lost.mask, effect.denied.mask, effect.released.mask, effect.more, effect.less)
    said = (effect.verdict, effect.remark, effect.unlisted, effect.administrator, effect.unknown)
    return sets, said, tuple(sorted(causes)), fate
