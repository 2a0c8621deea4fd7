"""What a plan does to access, in words: a sentence for each document, and who gains or loses what."""

from iamspec.kinds.contract import Address
from iamspec.policy.meaning import Verdict
from iamspec.render.amounts import amount, risk
from iamspec.review.impact import Effect
from iamspec.review.impact.shared import SharedEffect, shared_effects
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


def names(row: SharedEffect) -> tuple[list[str], int]:
    """The users who are named, and the number of the others."""
    shown = len(row.users) if len(row.users) <= NAMED + 1 else NAMED
    return [one.name for one in row.users[:shown]], len(row.users) - shown


def who(row: SharedEffect) -> str:
    """`alice, bob and 3 more`."""
    named, more = names(row)
    return f"{', '.join(named)}{f' and {more} more' if more else ''}{f' ({row.fate})' if row.fate else ''}"


def turn(row: SharedEffect, mode: str) -> str:
    """The words for users who become administrators, or are administrators no longer."""
    if row.effect.administrator is None:
        return ""
    words = {True: "becomes administrator", False: "is administrator no longer"}
    would = {True: "would become administrator", False: "would be administrator no longer"}
    return (would if mode == "drift" else words)[row.effect.administrator]


def rows(review: Review) -> list[SharedEffect]:
    """The users whose access changes, those with one effect together."""
    return shared_effects(review.impact.principals, review.changes)


def of_documents(review: Review, address: Address) -> dict[str, Effect]:
    """The effects of the documents of one entity, by field: `document`, `inline_policies.own`."""
    return {one.field: one for one in review.impact.documents if one.address == address}
