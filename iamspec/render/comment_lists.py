"""The end of a comment, folded away: access by user, notes, entities that stay, and what was not asked for."""

from collections.abc import Iterator, Sequence

from iamspec.kinds.contract import Address
from iamspec.plan.findings import Accepted, Uncompared
from iamspec.render.blame import sentences
from iamspec.render.impact import names, rows, sentence, turn
from iamspec.render.prose import code, html_prose, prose
from iamspec.render.text import EXPOSED, sorted_kept
from iamspec.render.top import undeclared
from iamspec.render.trusts import trust_lines
from iamspec.render.uncompared import exposure, in_order
from iamspec.render.undeclared import brief
from iamspec.review.dangers import DRIFT
from iamspec.review.direction import of_live
from iamspec.review.impact.shared import SharedEffect
from iamspec.review.model import Review
from iamspec.review.undeclared import Undeclared

HEADINGS = {"plan": "Access of users, before and after", "drift": "Access of users, beside the spec"}
TRUSTS = "Who can become which role"
SHORT = 120  # for the line that says what was cut


def lists(review: Review, mode: str, room: int, rest: Sequence[Undeclared]) -> list[str]:
    """Each list in a fold, as far as there is room.

    `rest` are undeclared entities that do not stand at the top.
    """
    turned = of_live(review) if mode == DRIFT else review
    shared = rows(turned)
    found = (
        ("Who changed it, as CloudTrail has it", list(_blame(review))),
        (HEADINGS[mode], [_access(one, mode) for one in shared]),
        (TRUSTS, [f"- {prose(told)}" for one in turned.impact.trusts for _, told in trust_lines(one, mode)]),
        (EXPOSED, [_exposed(one) for one in in_order(review.plan.exposed)] if mode == "drift" else []),
        ("Also undeclared", list(_undeclared(review, rest))),
        ("Notes", [f"- {prose(note)}" for note in sorted(review.notes)]),
        ("Kept", [f"- {code(str(one.address))}: {prose(one.reason)}" for one in sorted_kept(review.plan)]),
        ("Skipped, as not asked for", [f"- {code(str(one))}" for one in sorted(review.plan.skipped)]),
        ("Accepted drift", [_accepted(one) for one in review.plan.accepted]),
        (
            "States, as drift.accept takes them",
            [f"- {code(review.states[one])} {code(str(one))}" for one in sorted(review.states)],
        ),
    )
    blocks: list[str] = []
    for heading, items in found:
        if items:
            blocks.append(_fold(heading, items, room))
            room -= len(blocks[-1].encode()) + 2
    return blocks


def _exposed(one: Uncompared) -> str:
    return f"- {code(str(one.address))}: {prose(exposure(one))}"


def _accepted(one: Accepted) -> str:
    return f"- {code(str(one.address))} as it is, until {one.until}: {prose(one.reason)}"


def _fold(heading: str, items: Sequence[str], room: int) -> str:
    """As many items as there is room for.

    The heading has the number of all items.
    """
    room -= len(heading) + SHORT
    shown: list[str] = []
    for item in items:
        room -= len(item.encode()) + 1
        if room < 0:
            break
        shown.append(item)
    if len(shown) < len(items):
        shown.append(f"- and {len(items) - len(shown)} more, cut because a comment has room for no more")
    lines = [f"<details><summary>{html_prose(heading)} ({len(items)})</summary>", "", *shown, "", "</details>"]
    return "\n".join(lines)


def _blame(review: Review) -> Iterator[str]:
    for one in review.blame:
        yield from (f"- {code(str(one.address))}: {prose(said)}" for said in sentences(one))


def _access(row: SharedEffect, mode: str) -> str:
    turned = f"**{turn(row, mode)}**; " if turn(row, mode) else ""
    causes = f"; through {', '.join(map(prose, row.causes))}" if row.causes else ""
    unknown = f"; not known what they say: {', '.join(map(code, row.effect.unknown))}" if row.effect.unknown else ""
    return f"- {_who(row)}: {turned}{prose(sentence(row.effect, mode))}{causes}{unknown}"


def _who(row: SharedEffect) -> str:
    named, more = names(row)
    return f"{', '.join(map(code, named))}{f' and {more} more' if more else ''}{f' ({row.fate})' if row.fate else ''}"


def _undeclared(review: Review, rest: Sequence[Undeclared]) -> Iterator[str]:
    facts = {one.address: one for one in rest}
    shown = {one.address for one in review.undeclared} - facts.keys()
    groups = dict(undeclared(review.plan, shown))
    ordered = [*facts, *(one for one in groups if one not in facts)]
    for address in ordered:
        said = f": {prose(brief(facts[address]))}" if address in facts else _in(groups[address])
        yield f"- {code(str(address))}{said}"


def _in(groups: Sequence[Address]) -> str:
    found = ", ".join(code(str(one)) for one in groups)
    return f" in {found}" if found else ""
