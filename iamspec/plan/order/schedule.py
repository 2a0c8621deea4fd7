"""The order of calls that opens no window: phases, and waves of phases.

A plan has several waves where a single wave would open a window.
At no moment may a user or role do more than both before and after
the plan. At no moment may it do less than both. If both demands
cannot be met, the first is met, and the plan reports the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Phase, Step
from iamspec.kinds.operation import Access, Verb
from iamspec.kinds.operations import OPERATIONS
from iamspec.live.observe import Live
from iamspec.live.simulate import carry_out_all
from iamspec.plan.findings import Window
from iamspec.plan.order.cast import Cast
from iamspec.plan.order.doors import guard, rooms, unsafe
from iamspec.plan.order.graph import Edge, Precedence
from iamspec.plan.order.judge import Finding, Judge
from iamspec.plan.order.reach import Ways, part
from iamspec.plan.order.repair import Order, improved
from iamspec.plan.order.telling import notes, unjudged, windows
from iamspec.plan.order.windows import Choices, Recurring, demands
from iamspec.plan.steps import in_wave
from iamspec.policy.document import Document, decode

MOST_LOOKS = 4  # at the scenes that better orders disturb
Numbered = Sequence[tuple[int, Step]]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The steps with their waves, as given, and the windows that this order opens."""

    steps: tuple[Step, ...]
    windows: tuple[Window, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Wanted:
    """A demand on the order, and for whom."""

    safe: bool
    choices: Choices


def arrange(
    steps: Sequence[Step], live: Live, connections: Mapping[Address, frozenset[Address]], aws: Mapping[str, Document]
) -> Schedule:
    """The steps of a plan, each in its wave.

    In most plans all are in wave 0. The demands of `windows` give
    a first order. A simulation judges it, and its findings improve
    it.
    """
    ordered = sorted(enumerate(steps), key=lambda one: (in_wave(one[1]), one[1].address))
    changing = [(number, step) for number, step in ordered if Phase.CREATE < step.phase < Phase.DELETE]
    before = carry_out_all(live, [step for _, step in ordered if step.phase <= Phase.CREATE])
    after = carry_out_all(before, [step for _, step in changing])
    goal = carry_out_all(after, [step for _, step in ordered if step.phase is Phase.DELETE])
    pinned = frozenset(number for number, step in changing if step.phase is Phase.MAKE_ROOM)
    graph = Precedence([in_wave(step) for step in steps], [step.address for step in steps], pinned)
    graph.add(_room(changing, before))
    cast = Cast(live, after, goal, steps, aws)
    waits, crowded = guard(rooms(changing, before, after, cast), graph)
    first = _best(_wanted(Ways.between(before, after, changing)), Order(graph, waits))
    order, left, judge = _judged(first, steps, cast, connections)
    placed = tuple(order.placed(steps))
    told = (*unsafe(crowded, placed), *windows(left, judge, steps))
    return Schedule(placed, told, (*notes(told), *unjudged(judge)))


def _judged(
    first: Order, steps: Sequence[Step], cast: Cast, connections: Mapping[Address, frozenset[Address]]
) -> tuple[Order, list[Finding], Judge]:
    """The improved order with its windows, and the judge.

    An order with waves may open a window for a principal, though
    the steps are harmless in a single wave. So every principal with
    steps in several waves is judged, too.
    """
    order, split = first, cast.split(first.placed(steps))
    for _ in range(MOST_LOOKS):
        judge = Judge.of_scenes(cast.scenes(split), connections)
        order, left = improved(order, steps, judge)
        known, split = split, split | cast.split(order.placed(steps))
        if split == known:
            return order, left, judge
    judge = Judge.of_scenes(cast.scenes(split), connections)
    return order, list(judge.findings(order.placed(steps))), judge


def _wanted(ways: Ways) -> list[_Wanted]:
    """All demands, once each: those of safety first, then those that leave the least choice."""
    found: dict[tuple[bool, Choices], _Wanted] = {}
    reaches = ways.users()
    recurring = Recurring.among(reaches)
    for reach in reaches:
        for one in demands(reach, recurring):
            found.setdefault((one.safe, one.choices), _Wanted(one.safe, one.choices))
    return sorted(found.values(), key=lambda one: (not one.safe, len(one.choices), [sorted(c) for c in one.choices]))


def _best(wanted: Sequence[_Wanted], order: Order) -> Order:
    """The order for all demands on top of an order.

    If a safety demand fails, a second try takes the failed demands
    first.
    """
    first, broken = _take(wanted, order.copy())
    unsafe = [one for one in broken if one.safe]
    if not unsafe:
        return first
    ahead = set(map(id, unsafe))  # to compare demands with each other would take the square of their number
    second, still = _take([*unsafe, *(one for one in wanted if id(one) not in ahead)], order.copy())
    return second if sum(one.safe for one in still) < len(unsafe) else first


def _take(wanted: Sequence[_Wanted], order: Order) -> tuple[Order, list[_Wanted]]:
    """An order that meets as many demands as it can, and the demands that it cannot meet."""
    graph, broken = order.graph, []
    for one in wanted:
        choices = sorted(one.choices, key=lambda edges: (sum(not graph.natural(edge) for edge in edges), sorted(edges)))
        chosen = next((edges for edges in choices if graph.add(edges)), None)
        if chosen is None:
            broken.append(one)
        for before, after in chosen or () if one.safe else ():
            order.waits.setdefault(after, set()).add(before)
    return order, broken


def _room(changing: Numbered, before: Live) -> Iterator[Edge]:
    """The order of inline policies of a holder with little room.

    Those that shrink come first.
    """
    growth: dict[Address, dict[int, int]] = {}
    for number, step in changing:
        if _embeds(step) and (one := part(step.call)):
            holder = KINDS[one[1].kind].with_hidden(before.resources[one[1]])
            old, new = holder.inline_policies.get(one[2]), Document(decode(step.call.params["PolicyDocument"]))
            growth.setdefault(one[1], {})[number] = new.size - (old.size if old else 0)
    for address, sizes in growth.items():
        holder = KINDS[address.kind].with_hidden(before.resources[address])
        now = sum(document.size for document in holder.inline_policies.values())
        if now + sum(size for size in sizes.values() if size > 0) > (KINDS[address.kind].inline_size or 0):
            yield from (
                (shrinks, grows) for shrinks, grows in product(sizes, sizes) if sizes[shrinks] < 0 < sizes[grows]
            )


def _embeds(step: Step) -> bool:
    row = OPERATIONS[step.call.operation]
    return row.verb is Verb.GRANT and row.opens is not None and row.opens[0] is Access.INLINE
