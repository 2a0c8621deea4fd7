"""A plan or a drift as a comment on a pull request, for a short look.

Alerts with dangers stand first, then refusals, a table of counts,
and a fold for each entity. GitHub takes 65,536 characters. The
least risky changes are cut first, and the comment says how many
are cut.

Text of a spec or of live IAM stands in code only, so that it can
neither mark up nor mention anything.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from iamspec.errors import Location
from iamspec.kinds import KINDS
from iamspec.plan.model import Action
from iamspec.render.comment_lists import lists
from iamspec.render.concerns import Concern, beyond, concerns, rest as remaining
from iamspec.render.documents import FOLDED, Signed
from iamspec.render.headline import headline, plural
from iamspec.render.lines import count
from iamspec.render.links import address_of
from iamspec.render.prose import code, fenced, html_code, html_prose, link, prose
from iamspec.render.rows import WORDS, Row, rows
from iamspec.render.text import how_lifted, permission, sorted_complaints
from iamspec.render.uncompared import exposure, in_order, not_compared
from iamspec.render.undeclared import brief, power, remainder, shown_first
from iamspec.render.verdict import unasked_sentence
from iamspec.review.dangers import DRIFT, dangers
from iamspec.review.looser import looser
from iamspec.review.model import Complaint, Review
from iamspec.review.undeclared import Undeclared

MAX_LENGTH = 60_000  # bytes, with room for additions of a workflow
LISTS = 12_000  # of that, for all that is not changed
REFUSALS = 12_000
ALERTS = 2_600  # bytes of all alerts, so that they end within 3,000 characters
ALERT = 1_200  # bytes of one alert at most
SHORT = 200  # for the sentence that says what was cut
UNDECLARED = {"plan": "Undeclared in the account", "drift": "Undeclared: live, and not in the spec"}


@dataclass(frozen=True, slots=True)
class Page:
    """The review that is shown, the mode, and where its files can be read."""

    review: Review
    mode: str
    base: str | None = None
    room: int = ALERT  # bytes of each alert

    def at(self, place: Location | None) -> str:
        """` ([users.yaml:4](…))`, or nothing."""
        if place is None:
            return ""
        return f" ({self.to(place)})"

    def to(self, place: Location) -> str:
        return link(f"{place.file}:{place.line}", address_of(place, self.base))


def markdown(review: Review, *, mode: str = "plan", base: str | None = None) -> str:
    """A comment shorter than MAX_LENGTH.

    `base` is the address below which the files of the spec can be
    read.
    """
    powers = dangers(review, mode)
    worries = concerns(review, mode, powers)
    page = Page(review, mode, base, _share(review, mode, worries))
    first, rest = shown_first(review, page.room)
    top = [f"<!-- iamspec {mode} -->\n### iamspec: {prose(headline(review, mode))}"]
    top += _loosened(page)
    top += [f"**{prose(one)}**" for one in review.plan.entered]
    top += _looser(page) if mode == "plan" else []
    top += [f"**{prose(line)}**" for line in review.account.elsewhere]
    top += [*_caution(page, worries), *_undeclared(first, rest, mode), *_credentials(page)]
    beyond = not_compared(review.plan)
    end = f"{f'{prose(beyond)}{2 * chr(10)}' if beyond else ''}{code(review.fingerprint)}\n"
    room = MAX_LENGTH - length([*top, end])
    refused = cut(_refused(review), list(_refusals(page)), min(room, REFUSALS))
    table = _table(review, mode)
    room -= length([*refused, *table])
    others = lists(review, mode, min(room, LISTS), rest)
    folds = _folds(rows(review, mode, powers), page, room - length(others))
    return "\n\n".join([*top, *refused, *table, *folds, *others, end])


def _share(review: Review, mode: str, worries: Sequence[Concern]) -> int:
    """The room of each alert, where all of them stand within the first 3,000 characters."""
    plan, base = review.plan, review.base
    alarming = worries or plan.alarms or (mode == DRIFT and (plan.unasked or plan.exposed))
    alerts = [base and base.loosened, base and base.accepted, alarming, review.undeclared, beyond(review, mode)]
    return min(ALERT, ALERTS // max(1, sum(map(bool, alerts))))


def _loosened(page: Page) -> list[str]:
    """An alert with what the change loosens since the base, and another with the live entities that it newly declares."""
    base, blocks = page.review.base, []
    if base is not None and base.loosened:
        items = [f"- {prose(one.message)}{page.at(one.source)}" for one in base.loosened]
        shown = _fitting(items, page.room)
        more = [f"- and {len(items) - len(shown)} more"] if len(shown) < len(items) else []
        blocks.append(_alert("WARNING", ["**This change loosens the settings**", "", *shown, *more]))
    if base is not None and base.accepted:
        items = [f"- {code(str(one.address))}: {_brief(one)}" for one in base.accepted]
        shown = _fitting(items, page.room)
        more = [f"- and {remainder(base.accepted[len(shown) :])}"] if len(shown) < len(items) else []
        blocks.append(_alert("WARNING", ["**This change accepts what is live already**", "", *shown, *more]))
    return blocks


def _looser(page: Page) -> list[str]:
    """An alert with the limits that are looser than those of iamspec, but for those that the base is compared with."""
    plan = page.review.plan
    told = {one.setting for one in page.review.base.loosened} if page.review.base else set()
    lines = [
        f"- {code(f'guards.{one.name}')} is {one.value}; iamspec's own limit is {one.own}{page.at(plan.guard_places.get(one.name))}"
        for one in looser(plan.guards)
        if f"guards.{one.name}" not in told
    ]
    return [_alert("WARNING", ["**The settings are looser than iamspec's own limits**", "", *lines])] if lines else []


def length(blocks: Iterable[str]) -> int:
    """In bytes, which are never fewer than characters."""
    return sum(len(block.encode()) + 2 for block in blocks)


def cut(heading: str, items: Sequence[str], room: int) -> list[str]:
    """A list with its heading, as far as there is room."""
    if not items:
        return []
    room -= len(heading) + 2 + SHORT
    shown: list[str] = []
    for item in items:
        room -= len(item.encode()) + 1
        if room < 0:
            break
        shown.append(item)
    if len(shown) < len(items):
        shown.append(f"- and {len(items) - len(shown)} more, cut because a comment has room for no more")
    return [heading, "\n".join(shown)]


def _alert(kind: str, lines: Iterable[str]) -> str:
    return "\n".join(f"> {line}".rstrip() for line in (f"[!{kind}]", *lines))


def _caution(page: Page, worries: Sequence[Concern]) -> list[str]:
    """An alert with signs of attacks, new power and trust in outsiders, as far as ALERT allows."""
    review, mode = page.review, page.mode
    items = [f"- **Alarm:** {prose(alarm)}" for alarm in sorted(review.plan.alarms)]
    items += (
        [f"- **Not known:** {prose(unasked_sentence(review.plan))}"] if mode == DRIFT and review.plan.unasked else []
    )
    for role in in_order(review.plan.exposed) if mode == DRIFT else ():
        items.append(f"- **Dangerous, and out of scope:** {code(str(role.address))}: {prose(exposure(role))}")
    for one in worries:
        reason = f": {prose(one.reason)}" if one.reason else ""
        items.append(f"- **{one.label}:** {code(str(one.address))}{reason}{page.at(one.place)}")
    shown = _fitting(items, page.room)
    if hidden := worries[max(0, len(shown) - (len(items) - len(worries))) :] if len(shown) < len(items) else ():
        shown.append(f"- **{remaining(hidden)}**")
    return [_alert("CAUTION", shown)] if shown else []


def _fitting(items: Sequence[str], room: int) -> list[str]:
    """As many items as fit into the room, and at least the first."""
    shown: list[str] = []
    for item in items:
        room -= len(item.encode()) + 3
        if room < 0 and shown:
            break
        shown.append(item)
    return shown


def _undeclared(first: Sequence[Undeclared], rest: Sequence[Undeclared], mode: str) -> list[str]:
    """An alert with the most dangerous undeclared entities, and the risks of the others."""
    if not first:
        return []
    kind = "CAUTION" if any(one.administrator or one.escalates for one in first) else "WARNING"
    lines = [f"**{UNDECLARED[mode]}**", "", *(f"- {code(str(one.address))}: {_brief(one)}" for one in first)]
    lines += [f"- {remainder(rest)}; listed below"] if rest else []
    return [_alert(kind, lines)]


def _brief(one: Undeclared) -> str:
    said = prose(brief(one))
    strong = prose(power(one))
    return f"**{strong}**{said.removeprefix(strong)}" if one.administrator or one.escalates else said


def _credentials(page: Page) -> list[str]:
    """An alert with the credentials beyond the spec."""
    found = beyond(page.review, page.mode)
    items = [f"- {code(str(one.address))}: {prose(one.credential)}" for one in found]
    shown = _fitting(items, page.room)
    more = [f"- and {len(items) - len(shown)} more"] if len(shown) < len(items) else []
    return [_alert("WARNING", ["**Credentials that the spec does not want**", "", *shown, *more])] if shown else []


def _refused(review: Review) -> str:
    if not review.refused:
        return "**Held back**" if review.held_back else "**Complaints of guards, all lifted**"
    blocked = sum(bool(one.blocked) for one in review.changes)
    complaints = sum(not one.allowed for one in review.complaints)
    numbers = [count(complaints, "complaint")] if complaints else []
    numbers += [f"{blocked} blocked"] if blocked else []
    return f"**Apply would refuse this: {', '.join(numbers)}**"


def _refusals(page: Page) -> Iterator[str]:
    for change in page.review.changes:
        if change.blocked:
            yield f"- **blocked** {code(str(change.address))}: {prose(change.blocked)}{page.at(change.source)}"
    for one in sorted_complaints(page.review):
        subject = f" {code(str(one.address))}" if one.address else ""
        guard = f"{one.guard} (lifted)" if one.allowed else f"**{one.guard}**"
        yield f"- {guard}{subject}: {prose(one.message)}; {_how(one)}; change {code(one.change)}"


def _how(complaint: Complaint) -> str:
    if complaint.lift is not None:
        return prose(how_lifted(complaint))
    return f"{'lifted by' if complaint.allowed else 'to allow:'} {code(permission(complaint))}"


def _table(review: Review, mode: str) -> list[str]:
    """Kinds against what happens to them."""
    columns = [WORDS[mode][one] for one in (Action.CREATE, Action.UPDATE, Action.DELETE)]
    found = Counter((one.address.kind, "blocked" if one.blocked else WORDS[mode][one.action]) for one in review.changes)
    if mode == DRIFT:
        columns.insert(0, "undeclared")
        found.update((one.kind, "undeclared") for one in review.plan.undeclared)
    columns += ["blocked"] if any(column == "blocked" for _, column in found) else []
    kinds = [kind for kind in KINDS if any(key[0] == kind for key in found)]
    if not kinds:
        return []
    lines = [["", *columns], ["---", *("---:" for _ in columns)]]
    lines += [[plural(kind), *(str(found[kind, column]) for column in columns)] for kind in kinds]
    return ["\n".join(f"| {' | '.join(cells)} |" for cells in lines)]


def _folds(found: Sequence[Row], page: Page, room: int) -> list[str]:
    """Rows as folds while there is room, the riskiest first.

    Then come their first lines, then only their number.
    """
    heads = [_head(row, page) for row in found]
    reserved = min(length(heads), room // 2)
    room -= SHORT + reserved
    blocks: list[str] = []
    whole = 0
    for row, head in zip(found, heads, strict=True):
        size = len(head.encode()) + 2
        if size > reserved:
            break
        reserved -= size
        fold = _fold(row, page) if room > 0 else head
        extra = len(fold.encode()) - len(head.encode())
        fits = extra <= room
        room -= extra if fits else 0
        whole += fits and fold != head
        blocks.append(fold if fits else head)
    if whole < len(heads):
        shown = len(blocks)
        blocks.append(
            f"Cut, because a comment has room for no more: the details of {shown - whole} of {len(heads)} changes, "
            f"and {len(heads) - shown} changes altogether, the least risky."
        )
    return blocks


def _head(row: Row, page: Page) -> str:
    summary = prose(row.summary)
    return f"- **{row.word}** {code(str(row.address))}{f': {summary}' if summary else ''}{page.at(row.place)}"


def _fold(row: Row, page: Page) -> str:
    said = html_prose(row.summary)
    start = f"<b>{row.word}</b> {html_code(str(row.address))}{f': {said}' if said else ''}"
    lines = [f"<details><summary>{start}</summary>", ""]
    if row.place is not None:
        lines += [page.to(row.place), ""]
    lines += fenced(map(_signed, row.lines)) if row.lines else ["No field of it is shown."]
    return "\n".join([*lines, "", "</details>"])


def _signed(line: Signed) -> str:
    return f"{' ' if line.sign == FOLDED else line.sign} {line.text}"
