"""A plan or a drift as a page: dangers as cards, a row for each entity, and a table of access."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from iamspec import __version__
from iamspec.kinds.contract import Address
from iamspec.live.observe import END_OF_TIME
from iamspec.render.blame import sentences
from iamspec.render.concerns import Concern, beyond, concerns
from iamspec.render.documents import FOLDED, Signed
from iamspec.render.headline import headline, plural
from iamspec.render.html import Facet, page
from iamspec.render.lines import visible
from iamspec.render.links import address_of
from iamspec.render.rows import Row, named, rows
from iamspec.render.text import how_lifted, sorted_complaints, sorted_kept
from iamspec.render.uncompared import exposure, in_order, not_compared
from iamspec.render.undeclared import brief, cures, moment
from iamspec.render.verdict import unasked_sentence, verdict
from iamspec.render.who import who
from iamspec.review.dangers import DRIFT, dangers
from iamspec.review.looser import looser
from iamspec.review.model import Review

ROWS = 1_800_000  # characters for rows without their differences
ROW = 320  # of that, the elements of a row
MOST_UNDECLARED = 1_000
DIFFERENCES = 700_000  # characters for differences; those of the least risky rows are left out
MOST_LINES = 400  # of one difference
CARDS = 12
ELEMENTS = {"+": "ins", "-": "del"}
RISKS = {"bad": "dangerous", "warn": "more access", "plain": "ordinary"}


@dataclass(frozen=True, slots=True)
class Card:
    """Something dangerous at the top of the page."""

    tone: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Entity:
    """A row of the page. `more` are sentences below the difference."""

    tone: str
    word: str
    kind: str
    name: str
    summary: str
    place: str
    link: str | None
    difference: Markup | None
    more: tuple[str, ...]


def as_html(review: Review, mode: str, base: str | None) -> str:
    """The page, below three megabytes for plans with thousands of changes."""
    powers = dangers(review, mode)
    found = rows(review, mode, powers)
    fitting = list(_fitting(found))
    blame = {one.address: tuple(sentences(one)) for one in review.blame}
    entities = [*_undeclared(review, blame), *_entities(fitting, base, blame)]
    cards = list(_cards(review, mode, concerns(review, mode, powers)))
    return page(
        "plan.html",
        title=f"iamspec: {headline(review, mode)}",
        lead=_lead(review, mode),
        elsewhere=review.account.elsewhere,
        cards=cards[:CARDS],
        more_cards=len(cards) - CARDS,
        complaints=_complaints(review),
        facets=_facets(entities),
        rows=entities,
        hidden=len(found) - len(fitting),
        who=who(review, mode),
        lists=_lists(review),
        fingerprint=review.fingerprint,
        version=__version__,
        drift=mode == DRIFT,
        nothing=verdict(review, mode),
    )


def _lead(review: Review, mode: str) -> str:
    what = "How live IAM differs from the spec" if mode == DRIFT else "What apply would do"
    return f"{what}, as of {moment(review.live.now)}" if review.live.now < END_OF_TIME else what


def _cards(review: Review, mode: str, worries: Sequence[Concern]) -> Iterator[Card]:
    base = review.base
    for change in base.loosened if base else ():
        yield Card("warn", "This change loosens the settings", change.message)
    for accepted in base.accepted if base else ():
        yield Card("warn", f"This change accepts {accepted.address}, which is live already", brief(accepted))
    told = {change.setting for change in base.loosened} if base else set()
    for limit in looser(review.plan.guards) if mode != DRIFT else ():
        if f"guards.{limit.name}" not in told:
            text = f"iamspec's own limit is {limit.own}"
            yield Card("warn", f"Settings: guards.{limit.name} is {limit.value}", text)
    yield from (Card("bad", "Alarm", one) for one in sorted(review.plan.alarms))
    if mode == DRIFT and review.plan.unasked:
        yield Card("warn", "Owner not known", unasked_sentence(review.plan))
    yield from (Card("bad", f"{one.label}: {one.address}", one.reason) for one in worries)
    for one in review.undeclared:
        if one.administrator or one.escalates:
            yield Card("bad", f"Undeclared: {one.address}", brief(one))
    for exposed in in_order(review.plan.exposed) if mode == DRIFT else ():
        yield Card("bad", f"Out of scope: {exposed.address}", exposure(exposed))
    for excess in beyond(review, mode):
        yield Card("warn", f"Credential too many: {excess.address}", excess.credential)


def _complaints(review: Review) -> list[tuple[str, str, str]]:
    """Objections of guards: tone, sentence, and how each is lifted."""
    return [
        (
            "plain" if one.allowed else "bad",
            f"{one.guard}{f' {one.address}' if one.address else ''}: {one.message}",
            f"{how_lifted(one)}; change {one.change}",
        )
        for one in sorted_complaints(review)
    ]


def _undeclared(review: Review, blame: Mapping[Address, tuple[str, ...]]) -> Iterator[Entity]:
    facts = {one.address: one for one in review.undeclared}
    others = [one for one in sorted(review.plan.undeclared) if one not in facts]
    for address in [*facts, *others][:MOST_UNDECLARED]:
        one = facts.get(address)
        is_bad = one is not None and bool(one.administrator or one.escalates)
        yield Entity(
            "bad" if is_bad else "warn",
            "undeclared",
            plural(address.kind),
            str(address),
            brief(one) if one else "live and in scope, but not in the spec",
            "",
            None,
            None,
            (*blame.get(address, ()), *(f"{label}: {cure}" for label, cure in (cures(one) if one else ()))),
        )


def _fitting(found: Sequence[Row]) -> Iterator[Row]:
    """The rows for which the page has room, the riskiest first."""
    room = ROWS
    for row in found:
        room -= ROW + len(str(row.address)) + 2 * len(row.summary)
        if room < 0:
            return
        yield row


def _entities(found: Sequence[Row], base: str | None, blame: Mapping[Address, tuple[str, ...]]) -> Iterator[Entity]:
    room = DIFFERENCES
    for row in found:
        shown = _difference(row.lines) if room > 0 else None
        room -= len(shown or "")
        more = [f"Affects {named(row.affected, most=60)}"] if row.affected else []
        more += blame.get(row.address, ())
        more += [] if shown is not None else ["The difference is left out of this page. Ask with --target for it."]
        yield Entity(
            row.tone,
            row.word,
            plural(row.address.kind),
            str(row.address),
            row.summary,
            f"{row.place.file}:{row.place.line}" if row.place else "",
            address_of(row.place, base),
            shown,
            tuple(more),
        )


def _difference(lines: Sequence[Signed]) -> Markup:
    """The lines of a difference.

    New lines are `ins` elements, lines that go are `del` elements.
    """
    parts = []
    for line in lines[:MOST_LINES]:
        sign = " " if line.sign == FOLDED else line.sign
        text = escape(f"{sign} {visible(line.text)}\n")
        element = ELEMENTS.get(sign)
        parts.append(f"<{element}>{text}</{element}>" if element else str(text))
    if len(lines) > MOST_LINES:
        parts.append(f"  # {len(lines) - MOST_LINES} more lines")
    return Markup("".join(parts))  # noqa: S704 - every line is escaped above


def _facets(entities: Sequence[Entity]) -> list[Facet]:
    kinds = sorted({one.kind for one in entities})
    words = list(dict.fromkeys(one.word for one in entities))
    risks = [one for one in RISKS if any(entity.tone == one for entity in entities)]
    return [
        Facet("risk", "Risk", tuple((one, RISKS[one]) for one in risks)),
        Facet("action", "Action", tuple((one, one) for one in words)),
        Facet("kind", "Kind", tuple((one, one) for one in kinds)),
    ]


def _lists(review: Review) -> list[tuple[str, list[str]]]:
    found = (
        ("Not compared", [unseen] if (unseen := not_compared(review.plan)) else []),
        ("Notes", sorted(review.notes)),
        ("Kept", [f"{one.address}: {one.reason}" for one in sorted_kept(review.plan)]),
        ("Skipped, as not asked for", sorted(map(str, review.plan.skipped))),
    )
    return [(heading, items[:MOST_UNDECLARED]) for heading, items in found if items]
