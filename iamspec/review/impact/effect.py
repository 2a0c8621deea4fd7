"""The effect of a change on a document or a principal, as sets of actions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iamspec.kinds.contract import Address
from iamspec.policy.actions.action_set import Actions
from iamspec.policy.meaning import Grants, Meaning, Remark, Scope, Verdict, compare, weight

if TYPE_CHECKING:
    from iamspec.policy.actions import Catalogue


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of a change on a document or a user: the verdict, and the actions that it gives and takes.

    `wider` and `narrower` are actions that both sides allow, on
    other resources or under other conditions. `more` and `less`
    have those resources. `denied` and `released` are now, and no
    longer, denied on every resource without a condition. `gives`
    and `takes` are the actions of the changed statements, even if
    other statements make them idle. `administrator` is True if
    this turns into administrator access, False if it ceases to be,
    else None.
    """

    address: Address
    field: str
    verdict: Verdict
    gained: Actions
    lost: Actions
    wider: Actions
    narrower: Actions
    denied: Actions
    released: Actions
    remark: Remark = Remark.NONE
    more: tuple[Scope, ...] = ()
    less: tuple[Scope, ...] = ()
    gives: bool = False
    takes: bool = False
    unlisted: tuple[str, ...] = ()  # patterns that match no known action
    is_idle: bool = False  # nothing to tell: only statements change that other statements make idle
    administrator: bool | None = None
    causes: tuple[Address, ...] = ()
    unknown: tuple[str, ...] = ()  # policies of the user with unreadable documents

    @property
    def risk(self) -> Actions:
        """Everything that is given: new actions, and known ones in more places."""
        return Actions(self.gained.mask | self.wider.mask, self.gained.catalogue)

    @property
    def order(self) -> tuple[object, ...]:
        """Sorts effects by risk, the worst first: administrators, unread policies, classes of risk, then what widens."""
        given = self.risk
        return (
            self.administrator is not True,
            self.administrator is not False,
            not self.unknown,
            *weight(given.mask, given.catalogue),
            self.verdict in {Verdict.NARROWS, Verdict.COSMETIC},
            self.verdict is Verdict.COSMETIC,
            -len(given),
            -len(self.lost),
        )


def effect(address: Address, field: str, grants: tuple[Grants | None, Grants | None], catalogue: "Catalogue") -> Effect:
    """The effect when a side replaces the other. None is an absent principal."""
    found = compare(*grants, catalogue)
    return Effect(
        address=address,
        field=field,
        verdict=found.verdict,
        gained=Actions(found.gained, catalogue),
        lost=Actions(found.lost, catalogue),
        wider=Actions(found.wider, catalogue),
        narrower=Actions(found.narrower, catalogue),
        denied=Actions(found.denied, catalogue),
        released=Actions(found.released, catalogue),
        remark=found.remark,
        more=found.more,
        less=found.less,
        gives=found.gives,
        takes=found.takes,
        unlisted=found.unlisted,
        administrator=_turn(*grants, found, catalogue),
    )


def _turn(before: Grants | None, after: Grants | None, meaning: Meaning, catalogue: "Catalogue") -> bool | None:
    """Whether administrator access comes or goes. Without a change of meaning neither happens."""
    if meaning.verdict is Verdict.COSMETIC:
        return None
    was, becomes = (one is not None and one.is_everything(catalogue) for one in (before, after))
    return None if was == becomes else becomes
