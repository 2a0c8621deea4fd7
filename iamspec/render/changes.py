"""A change as lines for a terminal: entity, place, reason, and the differences."""

from collections.abc import Iterator, Mapping, Sequence

from iamspec.plan.model import Action, Change
from iamspec.render.documents import FOLDED, Signed
from iamspec.render.impact import sentence
from iamspec.render.keys import had
from iamspec.render.lines import Line, Span, count
from iamspec.render.parts import Entry, Form, Part, goes_along, parts
from iamspec.review.impact import Effect

SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}
STYLES = {"+": "green", "~": "yellow", "-": "red", "!": "bold red", " ": "", FOLDED: "dim"}
WORDS = {
    "plan": {Action.CREATE: "create", Action.UPDATE: "update", Action.DELETE: "delete"},
    "drift": {Action.CREATE: "is only live", Action.UPDATE: "changed", Action.DELETE: "is missing"},
}
MAX_LINES = 30  # of the document of a new entity
MAX_WIDTH = 100  # of a list in one line


def change_lines(change: Change, mode: str, partition: str, effects: Mapping[str, Effect]) -> Iterator[Line]:
    """`effects` are those of its documents, by field."""
    sign = "!" if change.blocked else SIGNS[change.action]
    words = WORDS[mode][change.action] + (", but is blocked" if change.blocked else "")
    head = [Span(f"{sign} ", STYLES[sign]), Span(str(change.address), "bold"), Span(f"  {words}", STYLES[sign])]
    if change.reason:
        head.append(Span(f": {change.reason}"))
    if change.source:
        head.append(Span(f"  {change.source.file}:{change.source.line}", "dim"))
    yield head
    for part in parts(change, partition):
        meanings = {field: sentence(one, mode) for field, one in effects.items() if not part.cosmetic}
        if mode == "drift" and change.action is Action.UPDATE and part.field == "access_keys":
            yield from _had_keys(part)
        elif mode == "drift" and change.action is Action.UPDATE and part.field in HAS:
            yield from _had(part, meanings)
        else:
            yield from _part(part, meanings)
    if along := goes_along(change):
        yield [Span(f"    with it: {along}")]
    if change.blocked:
        yield [Span("    blocked: ", "bold red"), Span(change.blocked)]


HAS = {  # how drift speaks of the items of a field: what live has beyond the spec, and what it lacks
    "policies": ("has {}, which the spec does not give", "lacks {}, which the spec gives"),
    "groups": ("is in group {}, which the spec does not say", "is not in group {}, where the spec has it"),
    "members": ("has the member {}, whom the spec does not list", "lacks the member {}, whom the spec lists"),
    "inline_policies": ("has the inline policy {}, which the spec does not give", "lacks the inline policy {}"),
}


def _had(part: Part, meanings: Mapping[str, str]) -> Iterator[Line]:
    """The items of a field in sentences about live, with the documents below."""
    beyond, lacking = HAS[part.field]
    for entry in part.entries:
        name = entry.label or entry.text
        words = {"+": beyond, "-": lacking}.get(entry.sign, "has another inline policy {}").format(name)
        meaning = meanings.get(f"{part.field}.{name}")
        style = STYLES.get(entry.sign, "")
        via = [Span(f" (via {entry.via})", "dim")] if entry.via else []
        yield [Span("    "), Span(words, style), *via, *_meaning(meaning)]
        yield from _document(entry.lines)


def _had_keys(part: Part) -> Iterator[Line]:
    beyond, lacking = ([one.text for one in part.entries if one.sign == sign] for sign in "+-")
    yield from ([Span("    "), Span(words, STYLES[sign])] for sign, words in had(beyond, lacking))


def _part(part: Part, meanings: Mapping[str, str]) -> Iterator[Line]:
    """A field. `meanings` have the effect of its documents on access."""
    label = [Span(f"    {part.field}:")]
    remark = [Span("  cosmetic: labels only, access stays the same", "dim")] if part.cosmetic else []
    if part.form is Form.SCALAR:
        yield [*label, Span(" "), *_entry(part.entries[0])]
    elif part.form is Form.DOCUMENT:
        yield [*label, *remark, *_meaning(meanings.get(part.field))]
        yield from _document(part.entries[0].lines)
    elif part.form is Form.LIST or not any(one.text or one.lines for one in part.entries):
        told = [meanings.get(f"{part.field}.{one.text}") for one in part.entries]
        yield from _told(label, part.entries, told) if any(told) else _list(label, part.entries)
    else:
        yield [*label, *remark]
        for entry in part.entries:
            yield [Span("      "), *_entry(entry), *_meaning(meanings.get(f"{part.field}.{entry.label}"))]
            yield from _document(entry.lines)


def _told(label: Sequence[Span], entries: Sequence[Entry], meanings: Sequence[str | None]) -> Iterator[Line]:
    """The documents line by line, with their effect on access."""
    yield [*label]
    for entry, meaning in zip(entries, meanings, strict=True):
        yield [Span("      "), *_entry(entry), *_meaning(meaning)]


def _meaning(text: str | None) -> list[Span]:
    return [Span(f"  {text}", "bold")] if text else []


def _list(label: Sequence[Span], entries: Sequence[Entry]) -> Iterator[Line]:
    """The entries in a single line, if the line is short enough to read."""
    if sum(len(one.label) + len(one.text) + 4 for one in entries) > MAX_WIDTH:
        yield label
        yield from ([Span("      "), *_entry(one)] for one in entries)
        return
    line = [*label]
    for index, one in enumerate(entries):
        between = " " if index == 0 else ", " if one.sign == " " else "  "
        line += [Span(between), *_entry(one)]
    yield line


def _entry(entry: Entry) -> list[Span]:
    """A line such as `+ admins (via user/alice)` or `~ team: a → b`.

    A field that is `~` as a whole needs no sign.
    """
    sign = "" if entry.sign == " " or (entry.sign == "~" and not entry.label) else f"{entry.sign} "
    text = f"{entry.label}: {entry.text}" if entry.label and entry.text else entry.label or entry.text
    spans = [Span(f"{sign}{text}", STYLES[entry.sign] if sign else "")]
    if entry.via:
        spans.append(Span(f" (via {entry.via})", "dim"))
    return spans


def shown_sign(line: Signed) -> str:
    """The sign of a line. A fold is a comment, which has none."""
    return " " if line.sign == FOLDED else line.sign


def _document(lines: Sequence[Signed]) -> Iterator[Line]:
    new = all(line.sign == " " for line in lines)
    shown = lines[: MAX_LINES - 1] if new and len(lines) > MAX_LINES else lines
    for line in shown:
        yield [Span(f"        {'' if new else f'{shown_sign(line)} '}{line.text}", STYLES[line.sign])]
    if len(shown) < len(lines):
        yield [Span(f"        {FOLDED} {count(len(lines) - len(shown), 'more line')}", "dim")]
