"""The effect of a plan on access, in words: sentences for documents and principals."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from iamspec.kinds.contract import Address
from iamspec.policy.actions.action_set import Actions
from iamspec.policy.meaning import Remark, Scope, Verdict
from iamspec.render.amounts import amount, risk
from iamspec.render.lines import count
from iamspec.review.impact import Effect
from iamspec.review.impact.shared import SharedEffect, shared_effects
from iamspec.review.model import Review

NAMED = 2  # named users where many share an effect. A single further user is named, too
LIVE = {
    Verdict.WIDENS: "wider than the spec",
    Verdict.NARROWS: "narrower than the spec",
    Verdict.BOTH: "wider and narrower than the spec",
}
STYLES = {Verdict.WIDENS: "yellow", Verdict.BOTH: "yellow", Verdict.NARROWS: "cyan"}
HEADINGS = {
    "plan": "Access: who gains or loses what by identity policies",
    "drift": "Access: who has more or less than the spec gives, by identity policies",
}


MOST_UNLISTED = 3  # policies of AWS itself have dozens
MOST_SCOPES = 3
MOST_VALUES = 3  # actions, resources or keys of one scope
BUCKETS = re.compile(r"arn:[^:]*:s3:::")


def sentence(effect: Effect, mode: str) -> str:
    """A sentence such as `widens: +117 actions (…); risk: DataAccess 3`.

    Drift compares live with the spec.
    """
    if effect.verdict is Verdict.COSMETIC:
        if effect.unknown:
            return "not known"
        return effect.remark.value or f"{effect.verdict.value}: says the same in other words"
    word = LIVE.get(effect.verdict, effect.verdict.value) if mode == "drift" else effect.verdict.value
    said = [effect.remark.value] if effect.remark is Remark.NOTHING else []
    if details := [*said, *_details(effect)]:
        aside = f" ({effect.remark.value})" if effect.remark is Remark.FUTURE and not effect.unlisted else ""
        return f"{word}: {'; '.join(details)}{aside}"
    return f"{word} ({effect.remark.value})" if effect.remark and effect.verdict is not Verdict.OTHER else word


def _details(effect: Effect) -> list[str]:
    """The access that is given and taken, with its risk."""
    found = [amount(one, sign) for one, sign in ((effect.gained, "+"), (effect.lost, "-")) if one]
    if not found:
        denied = (("denies", effect.denied), ("no longer denies", effect.released))
        found = [f"{words} {amount(one)}" for words, one in denied if one]
    more = [one for one in effect.more if _is_told(one, effect, effect.wider)]
    less = [one for one in effect.less if _is_told(one, effect, effect.narrower)]
    found += _scopes(more, given=True)
    found += _scopes([one for one in less if not any(_is_other_condition(one, each) for each in more)], given=False)
    found += [text for text in (risk(effect.risk), risk(effect.lost, "no longer at risk")) if text]
    if effect.unlisted:
        names = _few(effect.unlisted, MOST_UNLISTED)
        found.append(f"{names}, which AWS is not known to have")
    return found


def _is_told(scope: Scope, effect: Effect, elsewhere: Actions) -> bool:
    """Whether the counted actions need a detail: some are allowed elsewhere before and after."""
    if scope.mask & elsewhere.mask:
        return True
    if effect.gained or effect.lost:
        return False
    denied = effect.denied.mask | effect.released.mask if scope.effect != "Allow" else 0
    is_unlisted = all(one.lower() in effect.unlisted for one in scope.actions)
    return bool(scope.mask & ~denied) or not (scope.mask or is_unlisted)


def _is_other_condition(less: Scope, more: Scope) -> bool:
    """Whether the same access has a condition before and another condition after.

    A sentence then says both.
    """
    same = (less.effect, less.actions, less.resources) == (more.effect, more.actions, more.resources)
    return same and bool(less.conditions and more.conditions)


def _scopes(found: Sequence[Scope], *, given: bool) -> Iterator[str]:
    yield from (_scope(one, given=given) for one in found[:MOST_SCOPES])
    if len(found) > MOST_SCOPES:
        yield f"and {len(found) - MOST_SCOPES} more such changes"


def _scope(one: Scope, *, given: bool) -> str:
    """`s3:GetObject on payroll/*`, `no longer s3:PutObject on old/*`, `iam:PassRole on * (before: role/x)`."""
    actions = f"{'everything but ' if one.except_actions else ''}{_few(one.actions)}"
    resources = f"{'everything but ' if one.except_resources else ''}{_few([*map(_short, one.resources)])}"
    when = f" if {_few(one.conditions)}" if one.conditions else ""
    text = f"{actions} on {resources}"
    if one.effect != "Allow":
        return f"{'no longer denies' if given else 'denies'} {text}{when}"
    if one.otherwise is not None:
        return f"{text}{_condition(one, given=given)}"
    if one.beside and not given:
        return f"{actions} only on {_few([*map(_short, one.beside)])}, no longer on {resources}{when}"
    aside = f" (before: {_few([*map(_short, one.beside)])})" if one.beside else ""
    return f"{'' if given else 'no longer '}{text}{when}{aside}"


def _condition(one: Scope, *, given: bool) -> str:
    """How the condition changes of what both sides have on these resources."""
    if not one.conditions:
        return f"{', no longer' if given else ''} only if {_few(one.otherwise or ())}"
    return f" if {_few(one.conditions)}, {'under another condition than before' if given else 'no longer'}"


def _few(values: Sequence[str], most: int = MOST_VALUES) -> str:
    more = len(values) - most
    return ", ".join(values[:most]) + (f" and {more} more" if more > 0 else "")


def _short(resource: str) -> str:
    """An object or a bucket without the ARN around it."""
    return BUCKETS.sub("", resource) or resource


def names(row: SharedEffect) -> tuple[list[str], int]:
    """The users who are named, and the number of the others."""
    shown = len(row.users) if len(row.users) <= NAMED + 1 else NAMED
    return [one.name for one in row.users[:shown]], len(row.users) - shown


def who(row: SharedEffect) -> str:
    """`alice, bob and 3 more`."""
    named, more = names(row)
    return f"{', '.join(named)}{f' and {more} more' if more else ''}{f' ({row.fate})' if row.fate else ''}"


def turn(row: SharedEffect, mode: str) -> str:
    """The words for users who become administrators, or are administrators no longer.

    In drift these are the words for users who are administrators
    beyond the spec.
    """
    if row.effect.administrator is None:
        return ""
    words = {True: "becomes administrator", False: "is administrator no longer"}
    live = {
        True: "is administrator, which the spec does not say",
        False: "is no administrator, though the spec says so",
    }
    return (live if mode == "drift" else words)[row.effect.administrator]


def rows(review: Review) -> list[SharedEffect]:
    """The users whose access changes, the riskiest first.

    Users whose effects read alike share a row.
    """
    shared = shared_effects(review.impact.principals, review.changes)
    others = [_beside_sentence(one) for one in shared]
    times = Counter(others)
    found: dict[object, SharedEffect] = {}
    for one, other in zip(shared, others, strict=True):
        alike = other, sentence(one.effect, "plan") if times[other] > 1 else ""  # most need no sentence here
        same = found.setdefault(alike, replace(one, users=()))
        found[alike] = replace(same, users=tuple(sorted((*same.users, *one.users))))
    return list(found.values())


def _beside_sentence(row: SharedEffect) -> object:
    """What a row says beside the sentence about its effect."""
    return row.effect.administrator, row.effect.unknown, tuple(row.causes), row.fate


def cut(found: Sequence[SharedEffect]) -> str:
    """Rows for which there is no room: `560 more users (risk: DataAccess 12)`."""
    users = sum(len(row.users) for row in found)
    given = [row.effect.risk for row in found]
    mask = 0
    for one in given:
        mask |= one.mask
    risks = risk(Actions(mask, given[0].catalogue)) if given else ""
    turns = sum(len(row.users) for row in found if row.effect.administrator)
    told = [*([f"{turns} of them administrators"] if turns else []), *([risks] if risks else [])]
    aside = f" ({'; '.join(told)})" if told else ""
    return f"{count(users, 'more user')}{aside}"


def of_documents(review: Review, address: Address) -> dict[str, Effect]:
    """The effects of the documents of one entity, by field: `document`, `inline_policies.own`."""
    return {one.field: one for one in review.impact.documents if one.address == address}
