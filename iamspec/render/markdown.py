"""A plan as a comment on a pull request: refusals first, the fingerprint last.

Text of a spec or of live IAM stands in code only, so that it can
neither mark up nor mention anything. GitHub takes 65,536 characters.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address
from iamspec.plan.model import Action, Change, Plan
from iamspec.render.changes import WORDS
from iamspec.render.documents import FOLDED
from iamspec.render.impact import HEADINGS, cut, names, of_documents, rows, sentence, turn
from iamspec.render.lines import count
from iamspec.render.parts import Entry, Form, Part, goes_along, parts
from iamspec.render.prose import code, fenced, prose
from iamspec.render.text import (
    is_clean,
    named,
    permission,
    sorted_complaints,
    sorted_kept,
    undeclared,
    undeclared_heading,
)
from iamspec.render.undeclared import brief, power, remainder, shown_first
from iamspec.review.impact.shared import SharedEffect
from iamspec.review.model import Review
from iamspec.review.undeclared import Undeclared

MAX_LENGTH = 60_000
LISTS = 15_000  # of that, for all that is not changed
ROOM = 2_400  # characters for the undeclared entities at the top
SHORT = 200  # for the sentence that says what was cut


def markdown(review: Review, *, mode: str = "plan") -> str:
    """A comment shorter than MAX_LENGTH: details of changes are cut first, and it says so."""
    plan = review.plan
    elsewhere = (f"**{prose(line)}**" for line in plan.account.elsewhere)
    top = [f"## {_verdict(review, mode)}", *elsewhere, *_table(plan, mode)]
    end = f"fingerprint {code(plan.fingerprint)}\n"
    room = MAX_LENGTH - _length([*top, end])
    top += (dangers := _undeclared(review, mode))
    room -= _length(dangers)
    alarms = _cut("### Alarms", (f"- {prose(alarm)}" for alarm in sorted(plan.alarms)), min(room, LISTS))
    room -= _length(alarms)
    refused = _cut(_refused(review, mode), _refusals(review), room)
    room -= _length(refused)
    users = rows(review)
    access = _cut(f"### {HEADINGS[mode]}", _access(users, mode), min(room, LISTS), lambda shown: cut(users[shown:]))
    room -= _length(access)
    lists = _lists(review, mode, min(room, LISTS))
    changes = _changes(review, mode, room - _length(lists))
    return "\n\n".join([*top, *alarms, *refused, *access, *changes, *lists, end])


def _length(blocks: Iterable[str]) -> int:
    """In bytes, which are never fewer than characters."""
    return sum(len(block.encode()) + 2 for block in blocks)


def _verdict(review: Review, mode: str) -> str:
    plan = review.plan
    account = f"account {prose(named(plan.account))}"
    if mode == "drift":
        number = len(plan.changes) + len(plan.undeclared) + len(plan.excess) + len(plan.alarms)
        return f"iamspec: {count(number, 'difference')} in {account}" if number else f"iamspec: no drift in {account}"
    if review.refused:
        blocked, complaints = plan.summary["blocked"], sum(not one.allowed for one in review.complaints)
        return f"iamspec: refused, {count(complaints, 'complaint')} and {blocked} blocked, {account}"
    if is_clean(plan, mode):
        return f"iamspec: nothing to do in {account}"
    return f"iamspec: {count(len(plan.changes), 'change')} to {account}"


def _table(plan: Plan, mode: str) -> list[str]:
    """A table of kinds and actions. The last row has the sums."""
    columns = [*(action.value for action in Action), "blocked"]
    names = ["missing", "different", "to be gone", "blocked"] if mode == "drift" else columns
    rows = []
    for kind in KINDS:
        found = ["blocked" if one.blocked else one.action.value for one in plan.changes if one.address.kind == kind]
        if found:
            rows.append([kind, *(str(found.count(column)) for column in columns)])
    if not rows:
        return []
    rows.append(["**all**", *(f"**{plan.summary[column]}**" for column in columns)])
    lines = [["", *names], ["---", *("---:" for _ in columns)], *rows]
    return ["\n".join(f"| {' | '.join(cells)} |" for cells in lines)]


def _cut(heading: str, items: Iterable[str], room: int, rest: Callable[[int], str] | None = None) -> list[str]:
    """A list with its heading, as far as there is room.

    `rest` is the text after the first items.
    """
    found = list(items)
    if not found:
        return []
    room -= len(heading) + 2 + SHORT
    shown: list[str] = []
    for item in found:
        room -= len(item.encode()) + 1
        if room < 0:
            break
        shown.append(item)
    if len(shown) < len(found):
        more = prose(rest(len(shown))) if rest else f"{len(found) - len(shown)} more"
        shown.append(f"- and {more}, cut because a comment has room for no more")
    return [heading, "\n".join(shown)]


def _refused(review: Review, mode: str) -> str:
    if not review.refused:
        return "### Held back" if review.held_back else "### Complaints, all lifted"
    return "### Apply would refuse" if mode == "drift" else "### Refused"


def _refusals(review: Review) -> Iterator[str]:
    for change in review.changes:
        if change.blocked:
            yield f"- **blocked** {code(str(change.address))}: {prose(change.blocked)}"
    for one in sorted_complaints(review):
        subject = f"{code(str(one.address))}: " if one.address else ""
        how = "lifted by" if one.allowed else "to allow:"
        guard = f"{one.guard} (lifted)" if one.allowed else f"**{one.guard}**"
        yield f"- {guard}: {subject}{prose(one.message)}; {how} {code(permission(one))}"


def _access(users: Iterable[SharedEffect], mode: str) -> Iterator[str]:
    """The blast radius, an item for each set of users who gain or lose the same."""
    for row in users:
        turned = f"**{turn(row, mode)}**; " if turn(row, mode) else ""
        causes = f"; through {', '.join(map(prose, row.causes))}" if row.causes else ""
        unknown = f"; not known what they say: {', '.join(map(code, row.effect.unknown))}" if row.effect.unknown else ""
        yield f"- {_who(row)}: {turned}{prose(sentence(row.effect, mode))}{causes}{unknown}"


def _who(row: SharedEffect) -> str:
    named_users, more = names(row)
    return f"{', '.join(map(code, named_users))}{f' and {more} more' if more else ''}{f' ({row.fate})' if row.fate else ''}"


def _lists(review: Review, mode: str, room: int) -> list[str]:
    plan = review.plan
    lists = (
        ("### Notes", (f"- {prose(note)}" for note in sorted(review.notes))),
        ("### Kept", (f"- {code(str(one.address))}: {prose(one.reason)}" for one in sorted_kept(plan))),
        (f"### {'Also undeclared' if review.undeclared else undeclared_heading(plan, mode)}", _rest(review)),
        ("### Skipped, as not asked for", (f"- {code(str(one))}" for one in sorted(plan.skipped))),
    )
    blocks: list[str] = []
    for heading, items in lists:
        blocks += _cut(heading, items, room - _length(blocks))
    return blocks


def _undeclared(review: Review, mode: str) -> list[str]:
    """An alert with the most dangerous undeclared entities, and the risks of the others."""
    first, rest = shown_first(review, ROOM)
    if not first:
        return []
    alert = "CAUTION" if any(one.administrator or one.escalates for one in first) else "WARNING"
    lines = [f"[!{alert}]", f"**{undeclared_heading(review.plan, mode)}**", ""]
    lines += [f"- {code(str(one.address))}: {_brief(one)}" for one in first]
    lines += [f"- {remainder(rest)}; listed below"] if rest else []
    return ["\n".join(f"> {line}".rstrip() for line in lines)]


def _brief(one: Undeclared) -> str:
    said = prose(brief(one))
    return (
        f"**{prose(power(one))}**{said.removeprefix(prose(power(one)))}" if one.administrator or one.escalates else said
    )


def _rest(review: Review) -> Iterator[str]:
    """The undeclared entities that do not stand at the top, a line each."""
    first, rest = shown_first(review, ROOM)
    facts = {one.address: one for one in rest}
    for address, groups in undeclared(review.plan, {one.address for one in first}):
        said = f": {_brief(facts[address])}" if address in facts else _in(groups)
        yield f"- {code(str(address))}{said}"


def _in(groups: Iterable[Address]) -> str:
    found = ", ".join(code(str(one)) for one in groups)
    return f" in {found}" if found else ""


def _changes(review: Review, mode: str, room: int) -> list[str]:
    """Whole changes as long as the first lines of all other changes have room.

    Then only first lines, then a count.
    """
    heads = [_head(change, mode) for change in review.changes]
    reserved = min(_length(heads), room // 2)
    room -= SHORT + reserved
    blocks, kept_whole = ["### Changes"] if heads else [], 0
    for change, head in zip(review.changes, heads, strict=True):
        body = "".join(f"\n  {line}" for line in _body(change, review, mode))
        fits = len(body.encode()) <= room
        if len(head.encode()) + 2 > reserved:
            break
        reserved -= len(head.encode()) + 2
        room -= len(body.encode()) if fits else 0
        kept_whole += fits
        blocks.append(head + body if fits else head)
    if kept_whole < len(heads):
        shown = len(blocks) - 1
        blocks.append(
            f"Cut, because a comment has room for no more: the details of {shown - kept_whole} of {len(heads)} changes, "
            f"and {len(heads) - shown} changes altogether."
        )
    return blocks


def _head(change: Change, mode: str) -> str:
    words = WORDS[mode][change.action] + (", but is blocked" if change.blocked else "")
    reason = f": {prose(change.reason)}" if change.reason else ""
    place = f" ({code(f'{change.source.file}:{change.source.line}')})" if change.source else ""
    return f"- {code(str(change.address))} **{words}**{reason}{place}"


def _body(change: Change, review: Review, mode: str) -> Iterator[str]:
    meanings = {field: sentence(one, mode) for field, one in of_documents(review, change.address).items()}
    for part in parts(change, review.account.partition):
        yield from _part(part, {} if part.cosmetic else meanings)
    if along := goes_along(change):
        yield f"- with it: {along}"


def _part(part: Part, meanings: Mapping[str, str]) -> Iterator[str]:
    """A field. `meanings` have the effect of its documents on access."""
    remark = ", cosmetic: labels only, access stays the same" if part.cosmetic else ""
    if part.form in {Form.DOCUMENT, Form.DOCUMENTS}:
        for entry in part.entries:
            sign = "" if entry.sign in " ~" else f"{entry.sign} "
            name = f" {code(f'{sign}{entry.label}')}" if entry.label else ""
            meaning = meanings.get(f"{part.field}.{entry.label}" if entry.label else part.field)
            yield f"- {part.field}{name}{_via(entry)}{remark}{f': {prose(meaning)}' if meaning else ''}"
            yield from (f"  {line}" for line in _document(entry))
    elif part.form is Form.MAPPING:
        yield f"- {part.field}"
        yield from (f"  - {_entry(one)}" for one in part.entries)
    else:
        told = {one.text: meanings.get(f"{part.field}.{one.text}") for one in part.entries}
        yield f"- {part.field}: {', '.join(map(_entry, part.entries))}"
        yield from (f"  - {code(name)}: {prose(meaning)}" for name, meaning in told.items() if meaning)


def _entry(entry: Entry) -> str:
    sign = "" if entry.sign == " " or (entry.sign == "~" and not entry.label) else f"{entry.sign} "
    text = f"{entry.label}: {entry.text}" if entry.label and entry.text else entry.label or entry.text
    return code(f"{sign}{text}") + _via(entry)


def _via(entry: Entry) -> str:
    return f" (via {code(str(entry.via))})" if entry.via else ""


def _document(entry: Entry) -> list[str]:
    if not entry.lines:
        return []
    return fenced(f"@@ {one.text} @@" if one.sign == FOLDED else f"{one.sign} {one.text}" for one in entry.lines)
