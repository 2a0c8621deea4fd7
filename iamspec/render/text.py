"""A plan as text for a terminal, and what became of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from iamspec.apply.run import Outcome, Status
from iamspec.errors import Location
from iamspec.kinds.contract import Step
from iamspec.kinds.operation import Operation, Parameter
from iamspec.kinds.operations import OPERATIONS
from iamspec.plan.findings import Accepted, Kept
from iamspec.plan.model import Change, Plan
from iamspec.render.blame import sentences
from iamspec.render.changes import change_lines
from iamspec.render.impact import HEADINGS, STYLES, cut, of_documents, rows, sentence, turn, who
from iamspec.render.lines import Line, Span, count, visible, written
from iamspec.render.top import Top, danger_style
from iamspec.render.trusts import trust_lines
from iamspec.render.uncompared import exposure, in_order, not_compared
from iamspec.render.undeclared import brief
from iamspec.render.verdict import is_clean, named, title, verdict
from iamspec.review.direction import of_live
from iamspec.review.impact import Effect
from iamspec.review.looser import looser
from iamspec.review.model import Complaint, Review

BLANK: Line = ()
ROWS = 40  # of users whose access changes
EXPOSED = "Out of scope, and exposed"
MANY = 6  # entities that are accepted for one reason, which are counted


def text(review: Review, *, mode: str = "plan", colour: bool = False) -> str:
    """The whole report before the question: alarms first, counts and fingerprint last.

    In the mode "drift" it says how live differs from the spec.
    "undo" is a plan that no spec asks for.
    """
    last, fingerprint, headline = verdict(review, mode), review.fingerprint, title(review.plan, mode)
    mode = "plan" if mode == "undo" else mode
    top = Top(review, mode)
    review = of_live(review) if mode == "drift" else review
    plan = review.plan
    sections: list[list[Line]] = [
        _base(review),
        [[Span(one, "bold")] for one in plan.entered],
        _looser(review) if mode == "plan" else [],
        [[Span(one, "bold yellow")] for one in plan.account.elsewhere],
        _alarms(plan),
        [] if is_clean(plan, mode) else _heading(headline, plan, mode),
        top.concerns,
        top.undeclared,
        _exposed(plan) if mode == "drift" else [],
        _listed("Credentials beyond the spec:", top.credentials) if mode == "drift" else [],
        _listed("Who changed it, as CloudTrail has it:", _blame(review)),
        *([_access(review, mode)] if mode == "drift" else []),
        *(list(change_lines(change, mode, plan.account.partition, effects)) for change, effects in _effects(review)),
        *([_access(review, mode)] if mode != "drift" else []),
        _listed("Notes:", ([Span(note)] for note in sorted(review.notes))),
        _listed("Kept:", ([Span(f"{one.address}  "), Span(one.reason, "dim")] for one in sorted_kept(plan))),
        _listed(top.rest_heading, top.rest),
        _listed("Skipped, as not asked for:", ([Span(str(one))] for one in sorted(plan.skipped))),
        _listed("States, as drift.accept takes them:", _states(review)),
        _accepted(plan),
        _complaints(review),
        [
            [Span(last, "bold")],
            *([[Span(beyond)]] if (beyond := not_compared(plan)) else []),
            [Span(f"fingerprint {fingerprint}", "dim")],
        ],
    ]
    lines: list[Line] = []
    for section in filter(None, sections):
        lines += [*([BLANK] if lines else []), *section]
    return written(lines, colour=colour)


def _heading(headline: str, plan: Plan, mode: str) -> list[Line]:
    legend = "+ is only live, - is only in the spec; an arrow leads from the spec to live"
    return [[Span(headline, "bold")], *([[Span(legend, "dim")]] if mode == "drift" and plan.changes else [])]


def _effects(review: Review) -> Iterator[tuple[Change, Mapping[str, Effect]]]:
    return ((change, of_documents(review, change.address)) for change in review.changes)


def _access(review: Review, mode: str) -> list[Line]:
    """The blast radius. Many rows are counted."""
    found = rows(review)
    lines: list[Line] = []
    for row in found[:ROWS]:
        turned = turn(row, mode)
        lines.append(
            [
                Span(f"  {who(row)}  "),
                *([Span(f"{turned}; ", "bold red")] if turned else []),
                Span(sentence(row.effect, mode), STYLES.get(row.effect.verdict, "dim")),
            ]
        )
        if row.causes:
            lines.append([Span(f"      through {', '.join(row.causes)}", "dim")])
        if row.effect.unknown:
            lines.append([Span(f"      not known what they say: {', '.join(row.effect.unknown)}", "bold yellow")])
    if len(found) > ROWS:
        lines.append([Span(f"  and {cut(found[ROWS:])}; --format json has them all", "dim")])
    for trust in review.impact.trusts:
        for sign, told in trust_lines(trust, mode):
            lines.append([Span(f"  {sign} {told}", "bold red" if sign == "+" and trust.administrator else "")])
    return [[Span(f"{HEADINGS[mode]}:", "bold")], *lines] if lines else []


def _base(review: Review) -> list[Line]:
    """What the change loosens since the base, and the live entities that it newly declares."""
    if review.base is None:
        return []
    lines: list[Line] = [
        [Span("LOOSER  ", "bold yellow"), Span(one.message, "bold yellow"), *_at(one.source)]
        for one in review.base.loosened
    ]
    lines += [
        [Span("ACCEPTS ", "bold yellow"), Span(f"{one.address}: {brief(one)}", danger_style(one))]
        for one in review.base.accepted
    ]
    return lines or [[Span(f"No setting is looser than in {review.base.ref}", "dim")]]


def _at(place: Location | None) -> list[Span]:
    return [Span(f"  {place.file}:{place.line}", "dim")] if place else []


def _looser(review: Review) -> list[Line]:
    """The limits of the settings that are looser than those of iamspec, but for those that the base is compared with."""
    plan = review.plan
    told = {one.setting for one in review.base.loosened} if review.base else set()
    return [
        [
            Span("LOOSE  ", "bold yellow"),
            Span(f"guards.{one.name} is {one.value} (iamspec's own: {one.own})", "bold yellow"),
            *_at(plan.guard_places.get(one.name)),
        ]
        for one in looser(plan.guards)
        if f"guards.{one.name}" not in told
    ]


def _blame(review: Review) -> Iterator[Line]:
    for one in review.blame:
        yield from ([Span(str(one.address), "bold"), Span(f"  {said}")] for said in sentences(one))


def _exposed(plan: Plan) -> list[Line]:
    """The roles out of scope that are drift, the most dangerous first."""
    found = in_order(plan.exposed)
    lines = [
        [Span("  "), Span(str(one.address), "bold"), Span(f"  {exposure(one)}", "bold red")] for one in found[:ROWS]
    ]
    if len(found) > ROWS:
        lines.append([Span(f"  and {len(found) - ROWS} more; --format json has them all", "dim")])
    return [[Span(f"{EXPOSED}; drift.accept takes the states below", "bold")], *lines] if lines else []


def _states(review: Review) -> Iterator[Line]:
    """The digest of each entity that differs from the spec, in a report of drift."""
    found = sorted(review.states)
    yield from ([Span(f"{review.states[one]}  {one}", "dim")] for one in found[:ROWS])
    if len(found) > ROWS:
        yield [Span(f"and {len(found) - ROWS} more; --format json has them all", "dim")]


def _accepted(plan: Plan) -> list[Line]:
    """Accepted drift by its end: `Accepted until 2026-12-31, as it is: user/legacy-ftp (owner: storage team)`."""
    groups: dict[tuple[date, str], list[Accepted]] = {}
    for one in sorted(plan.accepted, key=lambda one: (one.until, one.address)):
        groups.setdefault((one.until, one.reason), []).append(one)
    lines: list[Line] = []
    for (until, reason), found in groups.items():
        if len(found) >= MANY:
            named = ", ".join(str(one.address) for one in found[:3])
            lines.append([Span(f"Accepted until {until}, as they are: {named} and {len(found) - 3} more ({reason})")])
        else:
            lines += [[Span(f"Accepted until {until}, as it is: {one.address} ({reason})")] for one in found]
    return lines


def sorted_kept(plan: Plan) -> list[Kept]:
    """The kept entities that are not undeclared.

    Undeclared ones have the reason among their facts.
    """
    known = set(plan.undeclared)
    return sorted((one for one in plan.kept if one.address not in known), key=lambda one: (one.address, one.reason))


def permission(complaint: Complaint) -> str:
    """The option that lifts a complaint."""
    return f"--allow {complaint.guard}" + (f":{complaint.address}" if complaint.address else "")


def how_lifted(complaint: Complaint) -> str:
    """How a complaint can be lifted, or what lifts it: the option, or the place, reason and end in the settings."""
    if complaint.lift is None:
        return f"{'lifted by' if complaint.allowed else 'to allow:'} {permission(complaint)}"
    lift = complaint.lift
    place = f"{lift.source.file}:{lift.source.line}" if lift.source else f"guards.allow[{lift.number}]"
    return f"lifted by {place} until {lift.until}: {lift.reason}"


def _alarms(plan: Plan) -> list[Line]:
    return [[Span("ALARM ", "bold white on red"), Span(f" {alarm}", "bold red")] for alarm in sorted(plan.alarms)]


def _listed(heading: str, rows: Iterable[Line]) -> list[Line]:
    found: list[Line] = [[Span("  "), *row] for row in rows]
    return [[Span(heading, "bold")], *found] if found else []


def sorted_complaints(review: Review) -> list[Complaint]:
    """Those that stand before those that were lifted."""
    return sorted(review.complaints, key=lambda one: (one.allowed, one.guard, str(one.address or ""), one.message))


def _complaints(review: Review) -> list[Line]:
    lines: list[Line] = []
    for one in sorted_complaints(review):
        style = "dim" if one.allowed else "bold red"
        word = "allowed" if one.allowed else "on hold" if one.holds_back else "refused"
        lines.append(
            [
                Span(f"  {word}  ", style),
                Span(one.guard, "bold"),
                Span(f"  {one.address}: {one.message}" if one.address else f"  {one.message}"),
            ]
        )
        lines.append([Span(f"           {how_lifted(one)}", "dim" if one.allowed else "cyan")])
        lines.append([Span(f"           change {one.change}", "dim")])
    return [[Span("Complaints:", "bold")], *lines] if lines else []


# What became of a plan

WORD = {Status.DONE: ("ok  ", "green"), Status.FAILED: ("FAIL", "bold red"), Status.HELD: ("skip", "yellow")}


def progress_line(outcome: Outcome) -> str:
    """A finished call in a line, such as `ok user/alice AttachUserPolicy deploy-artifacts`."""
    reason = f": {_reason(outcome)}" if outcome.reason else ""
    return visible(f"{WORD[outcome.status][0]} {outcome.step.address}  {described(outcome.step)}{reason}")


def _reason(outcome: Outcome) -> str:
    """Without the operation, which stands beside it."""
    return outcome.reason.removeprefix(f"{outcome.step.call.operation}: ")


def described(step: Step) -> str:
    """The operation and its parameters beside the entity. Secrets never appear."""
    row = OPERATIONS[step.call.operation]
    shown = [one for one in row.parameters if one.shown and one.name in step.call.params]
    found = [_object(step.call.params[one.name]) for one in shown if not _is_own(row, one, step)]
    return " ".join([row.name, *found])


def _is_own(row: Operation, parameter: Parameter, step: Step) -> bool:
    """Whether a parameter names the entity of the step, by the name that it has."""
    return parameter.subject and parameter.kind == step.address.kind and parameter.name != row.new_name


def _object(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(one["Key"]) if isinstance(one, dict) else str(one) for one in value)
    text = str(value)
    if not text.startswith("arn:"):
        return text
    return text.rpartition(":policy/")[2] if ":policy/" in text else text.rpartition(":")[2]


def outcomes(plan: Plan, outcomes: Sequence[Outcome], *, colour: bool = False) -> str:
    """The end of an apply: counts, and all outcomes if a call failed or was not tried.

    A failure is in IAM's own words.
    """
    piles = {status: [one for one in outcomes if one.status is status] for status in Status}
    done, failed, held = (len(piles[status]) for status in Status)
    style = "bold green" if done == len(outcomes) else "bold red"
    summary = f"account {named(plan.account)}: {count(done, 'call')} done, {failed} failed, {held} not tried"
    lines: list[Line] = [[Span(summary, style)]]
    for status, heading in ((Status.DONE, "Done:"), (Status.FAILED, "Failed:"), (Status.HELD, "Not tried:")):
        if (rows := list(_reasons(piles[status]))) and done < len(outcomes):
            lines += [BLANK, [Span(heading, "bold")], *rows]
    return written(lines, colour=colour)


def _reasons(found: Iterable[Outcome]) -> Iterator[Line]:
    rows = sorted(found, key=lambda one: (one.step.address, one.step.phase, described(one.step), one.reason))
    for one in rows:
        yield [Span("  "), Span(str(one.step.address), "bold"), Span(f"  {described(one.step)}")]
        if one.reason:
            yield [Span(f"      {_reason(one)}", WORD[one.status][1])]
