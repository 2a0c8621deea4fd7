"""What a plan does to access, in words: a sentence for each document, and who gains or loses what."""

from collections.abc import Mapping
from dataclasses import dataclass

from iamspec.kinds.contract import Address
from iamspec.plan.model import Action
from iamspec.policy.meaning import Verdict
from iamspec.render.amounts import amount, risk
from iamspec.review.impact import Effect
from iamspec.review.model import Review

NAMED = 2  # users who are named where many share one effect; one more is named, too, rather than counted
WOULD = {
    Verdict.WIDENS: "apply would widen",
    Verdict.NARROWS: "apply would narrow",
    Verdict.BOTH: "apply would do both",
}
STYLES = {Verdict.WIDENS: "yellow", Verdict.BOTH: "yellow", Verdict.NARROWS: "cyan"}
HEADINGS = {
    "plan": "Access: who gains or loses what by identity policies",
    "drift": "Access: who would gain or lose what by identity policies, if apply made live what the spec says",
}


def sentence(effect: Effect, mode: str) -> str:
    """`widens: +117 actions (…); risk: DataAccess 3`; in drift what apply would do."""
    word = WOULD.get(effect.verdict, effect.verdict.value) if mode == "drift" else effect.verdict.value
    if effect.verdict is Verdict.COSMETIC:
        return "not known" if effect.unknown else f"{word}: says the same in other words"
    if effect.verdict is Verdict.OTHER and not effect.unlisted:
        return word
    if details := _details(effect):
        return f"{word}: {'; '.join(details)}"
    return f"{word} ({effect.remark.value})" if effect.remark else word


MOST_UNLISTED = 3  # policies of AWS itself have dozens


def _details(effect: Effect) -> list[str]:
    """What is given and taken; only where that is nothing, what is denied otherwise."""
    found = [amount(one, sign) for one, sign in ((effect.gained, "+"), (effect.lost, "-")) if one]
    if found:
        sides = (risk(effect.gained), risk(effect.lost, "no longer at risk"))
        found += [text for text in sides if text]
    else:
        denied = (("denies", effect.denied), ("no longer denies", effect.released))
        found = [f"{words} {amount(one)}" for words, one in denied if one]
    if effect.unlisted:
        more = len(effect.unlisted) - MOST_UNLISTED
        names = ", ".join(effect.unlisted[:MOST_UNLISTED]) + (f" and {more} more" if more > 0 else "")
        found.append(f"{names}, which AWS is not known to have")
    return found


@dataclass(frozen=True, slots=True)
class Row:
    """Users for whom a plan does the same, and what."""

    users: tuple[Address, ...]
    effect: Effect
    fate: str  # whether they are new or go

    @property
    def names(self) -> tuple[list[str], int]:
        """Those that are named, and how many others there are."""
        shown = len(self.users) if len(self.users) <= NAMED + 1 else NAMED
        return [one.name for one in self.users[:shown]], len(self.users) - shown

    @property
    def who(self) -> str:
        """`alice, bob and 3 more`."""
        names, more = self.names
        return f"{', '.join(names)}{f' and {more} more' if more else ''}{f' ({self.fate})' if self.fate else ''}"

    @property
    def causes(self) -> list[str]:
        """What makes it so, the users' own grants first."""
        own = set(self.users)
        others = [str(one) for one in self.effect.causes if one not in own]
        return (["own grants"] if len(others) < len(self.effect.causes) else []) + others

    def turn(self, mode: str) -> str:
        """What is said of an administrator who comes or goes."""
        if self.effect.administrator is None:
            return ""
        words = {True: "becomes administrator", False: "is administrator no longer"}
        would = {True: "would become administrator", False: "would be administrator no longer"}
        return (would if mode == "drift" else words)[self.effect.administrator]


def rows(review: Review) -> list[Row]:
    """The users whose access changes, those with one effect together; administrators first."""
    effects = review.impact.principals
    fates = {change.address: change.action for change in review.changes}
    found: dict[object, list[Effect]] = {}
    for effect in effects:
        found.setdefault(_likeness(effect, _fate(effect, fates)), []).append(effect)
    made = [Row(tuple(sorted(one.address for one in same)), same[0], _fate(same[0], fates)) for same in found.values()]
    return sorted(made, key=lambda row: (row.effect.administrator is None, row.users[0]))


def _fate(effect: Effect, fates: Mapping[Address, Action]) -> str:
    return {Action.CREATE: "new", Action.DELETE: "deleted"}.get(fates.get(effect.address, Action.UPDATE), "")


def _likeness(effect: Effect, fate: str) -> object:
    """Equal for effects that read alike."""
    causes = tuple("" if one == effect.address else str(one) for one in effect.causes)
    sets = (effect.gained.mask, effect.lost.mask, effect.denied.mask, effect.released.mask)
    told = (effect.verdict, effect.remark, effect.unlisted, effect.administrator, effect.unknown)
    return sets, told, tuple(sorted(causes)), fate


def of_documents(review: Review, address: Address) -> dict[str, Effect]:
    """The effects of the documents of one entity, by field: `document`, `inline_policies.own`."""
    return {one.field: one for one in review.impact.documents if one.address == address}
