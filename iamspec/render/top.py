"""The top of a report as text: new power, trust in outsiders, undeclared entities, and credentials beyond the spec."""

from collections.abc import Collection, Iterator, Sequence

from iamspec.errors import Location
from iamspec.kinds.contract import Address
from iamspec.kinds.user.shape import User
from iamspec.plan.findings import Excess
from iamspec.plan.model import Plan
from iamspec.render.concerns import Concern, beyond, concerns, rest
from iamspec.render.lines import Line, Span
from iamspec.render.undeclared import alike, brief, cures, moment, origin, power, remainder, shown_first, sign_in
from iamspec.review.model import Review
from iamspec.review.undeclared import Undeclared

ROOM = 1_300  # characters for the dangers and the undeclared entities
FIRST = 500  # of them for new power and trust in outsiders


class Top:
    """The parts of the top, for a review that was not turned to the direction of live.

    Each part is a list of lines. The part about undeclared
    entities counts the entities without room, by risk.
    """

    def __init__(self, review: Review, mode: str) -> None:
        self._review, self._mode = review, mode
        self.concerns = _concerns(concerns(review, mode))
        room = ROOM - sum(len(span.text) for line in self.concerns for span in line)
        self._first, self._rest = shown_first(review, room)

    @property
    def undeclared(self) -> list[Line]:
        """The most dangerous undeclared entities with their facts, and the risks of the others."""
        if not self._first:
            return []
        lines = [line for one in self._first for line in _facts(one)]
        lines += [[Span(f"  {remainder(self._rest)}; listed below", "bold")]] if self._rest else []
        return [[Span(undeclared_heading(self._review.plan, self._mode), "bold")], *lines]

    @property
    def rest_heading(self) -> str:
        return "Also undeclared:" if self._review.undeclared else undeclared_heading(self._review.plan, self._mode)

    @property
    def rest(self) -> Iterator[Line]:
        """The undeclared entities that stand not at the top, a line each."""
        facts = {one.address: one for one in self._rest}
        for address, groups in undeclared(self._review.plan, {one.address for one in self._first}):
            said = f"  {brief(facts[address])}" if address in facts else ""
            yield [Span(str(address)), Span(said or member_of(groups))]

    @property
    def credentials(self) -> Iterator[Line]:
        """The credentials beyond the spec, with the time when each was made."""
        for one in beyond(self._review, self._mode):
            yield [Span(f"{one.address}  has {one.credential}", "bold red"), *_made(self._review, one)]


def _concerns(found: Sequence[Concern]) -> list[Line]:
    """The dangers that have room, and the number of the rest."""
    room = FIRST
    lines: list[Line] = []
    for one in found:
        line = [Span("  "), Span(str(one.address), "bold"), Span(f"  {_sentence(one)}", "bold red"), *_at(one.place)]
        room -= sum(len(span.text) for span in line)
        if room < 0 and lines:
            break
        lines.append(line)
    more = found[len(lines) :]
    lines += [[Span(f"  {rest(more)}; all of them below", "bold red")]] if more else []
    return [[Span("Look at this first:", "bold")], *lines] if lines else []


def _sentence(one: Concern) -> str:
    return f"{one.label.lower()}: {one.reason}" if one.reason else one.label.lower()


def _at(place: Location | None) -> list[Span]:
    return [Span(f"  {place.file}:{place.line}", "dim")] if place else []


def _made(review: Review, excess: Excess) -> list[Span]:
    user = review.live.resources.get(excess.address)
    if not isinstance(user, User):
        return []
    made = next((key.created for key in user.access_keys or () if key.id and excess.credential.endswith(key.id)), None)
    return [Span(f", made {moment(made)}")] if made else []


def undeclared_heading(plan: Plan, mode: str) -> str:
    """A plan also says why the entities stay: prune is off, or they are kept."""
    heading = "Undeclared: live and in scope, but not in the spec"
    if mode == "drift":
        return heading
    kept = {one.address for one in plan.kept}
    why = "as it is kept" if kept.issuperset(plan.undeclared) else "because prune is off"
    return f"{heading}; left alone, {why}"


def _facts(one: Undeclared) -> Iterator[Line]:
    yield [Span("  "), Span(str(one.address), "bold"), Span(f"  {power(one)}", danger_style(one)), *_alike(one)]
    facts = [("sign-in", sign_in(one)), ("created", origin(one)), ("kept", one.kept or ""), *cures(one)]
    yield from ([Span(f"      {label:<12} ", "dim"), Span(value)] for label, value in facts if value)


def _alike(one: Undeclared) -> Line:
    return [Span(f"  {alike(one)}", "bold red")] if one.looks_like else []


def danger_style(one: Undeclared) -> str:
    return "bold red" if one.administrator or one.escalates else "yellow" if one.administrator is None else ""


def undeclared(plan: Plan, shown: Collection[Address] = ()) -> list[tuple[Address, list[Address]]]:
    """The undeclared entities that are not shown yet, and the declared groups that they are in."""
    groups: dict[Address, list[Address]] = {address: [] for address in plan.undeclared}
    for user, group in plan.strays:
        groups.setdefault(user, []).append(group)
    return [(address, sorted(groups[address])) for address in sorted(groups) if address not in shown]


def member_of(groups: Sequence[Address]) -> str:
    return f"  in {', '.join(map(str, groups))}" if groups else ""
