"""The order of calls that opens no window: phases, and waves of phases where one pass through them would.

At no moment shall anybody be able to do what they can do neither before nor after the plan, nor be without what they can
do both before and after. Where these two contradict each other the first one wins, and the plan tells of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from iamspec.iam import Account
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Phase, Step
from iamspec.kinds.holdings import reference
from iamspec.kinds.operation import Access, Verb
from iamspec.kinds.operations import OPERATIONS
from iamspec.limits import GROUP_INLINE_SIZE, USER_INLINE_SIZE
from iamspec.live.observe import Live
from iamspec.live.simulate import carry_out_all
from iamspec.plan.order.graph import Edge, Precedence
from iamspec.plan.order.reach import Ways, part
from iamspec.plan.order.windows import Choices, demands
from iamspec.plan.steps import in_wave
from iamspec.policy.document import Document, decode
from iamspec.policy.meaning import Atom
from iamspec.policy.meaning.overlap import Atoms

INLINE_SIZE = {"user": USER_INLINE_SIZE, "group": GROUP_INLINE_SIZE}
MOST_NAMES = 10
Numbered = Sequence[tuple[int, Step]]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The steps with their waves, in the order in which they came, and what the order could not keep."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Wanted:
    """A demand on the order, and for whom."""

    safe: bool
    choices: Choices
    about: Atoms
    users: list[Address]


@dataclass(slots=True)
class _Order:
    """What comes before what, what each step waits for lest somebody get more, and the demands that contradict others."""

    graph: Precedence
    waits: dict[int, set[int]] = field(default_factory=dict)
    broken: list[_Wanted] = field(default_factory=list)


def arrange(steps: Sequence[Step], live: Live) -> Schedule:
    """The steps of a plan, each in its wave; in most plans that is 0 for all of them."""
    ordered = sorted(enumerate(steps), key=lambda one: (in_wave(one[1]), one[1].address))
    changing = [(number, step) for number, step in ordered if Phase.CREATE < step.phase < Phase.DELETE]
    before = carry_out_all(live, [step for _, step in ordered if step.phase <= Phase.CREATE])
    after = carry_out_all(before, [step for _, step in changing])
    pinned = frozenset(number for number, step in changing if step.phase is Phase.MAKE_ROOM)
    graph = Precedence([in_wave(step) for step in steps], [step.address for step in steps], pinned)
    graph.add(_room(changing, before))
    order = _best(_wanted(Ways.between(before, after, changing)), graph)
    waves = order.graph.waves()
    last = max(waves.values(), default=0)
    placed = [
        replace(
            step,
            wave=last if step.phase is Phase.DELETE else waves.get(number, 0),
            after=tuple(sorted({steps[one].address for one in order.waits.get(number, ())})),
        )
        for number, step in enumerate(steps)
    ]
    return Schedule(tuple(placed), tuple(_notes(order.broken, live.account)))


def _wanted(ways: Ways) -> list[_Wanted]:
    """All demands, once each: those of safety first, then those that leave the least choice."""
    found: dict[tuple[bool, Choices], _Wanted] = {}
    for reach, users in ways.users().items():
        for one in demands(reach):
            wanted = found.setdefault((one.safe, one.choices), _Wanted(one.safe, one.choices, one.about, []))
            wanted.about |= one.about
            wanted.users += users
    return sorted(found.values(), key=lambda one: (not one.safe, len(one.choices), [sorted(c) for c in one.choices]))


def _best(wanted: Sequence[_Wanted], graph: Precedence) -> _Order:
    """The order for all demands; if one of safety fails for what was chosen before it, those that fail choose first."""
    first = _take(wanted, graph.copy())
    unsafe = [one for one in first.broken if one.safe]
    if not unsafe:
        return first
    second = _take([*unsafe, *(one for one in wanted if one not in unsafe)], graph.copy())
    return second if sum(one.safe for one in second.broken) < len(unsafe) else first


def _take(wanted: Sequence[_Wanted], graph: Precedence) -> _Order:
    order = _Order(graph)
    for one in wanted:
        choices = sorted(one.choices, key=lambda edges: (sum(not graph.natural(edge) for edge in edges), sorted(edges)))
        chosen = next((edges for edges in choices if graph.add(edges)), None)
        if chosen is None:
            order.broken.append(one)
        for before, after in chosen or () if one.safe else ():
            order.waits.setdefault(after, set()).add(before)
    return order


def _room(changing: Numbered, before: Live) -> Iterator[Edge]:
    """Where the inline policies of a holder are tight, those that shrink come before those that grow."""
    growth: dict[Address, dict[int, int]] = {}
    for number, step in changing:
        if _embeds(step) and (one := part(step.call)):
            holder: Any = KINDS[one[1].kind].whole(before.resources[one[1]])
            old, new = holder.inline_policies.get(one[2]), Document(decode(step.call.params["PolicyDocument"]))
            growth.setdefault(one[1], {})[number] = new.size - (old.size if old else 0)
    for address, sizes in growth.items():
        holder = KINDS[address.kind].whole(before.resources[address])
        now = sum(document.size for document in holder.inline_policies.values())
        if now + sum(size for size in sizes.values() if size > 0) > INLINE_SIZE[address.kind]:
            yield from (
                (shrinks, grows) for shrinks, grows in product(sizes, sizes) if sizes[shrinks] < 0 < sizes[grows]
            )


def _embeds(step: Step) -> bool:
    row = OPERATIONS[step.call.operation]
    return row.verb is Verb.GRANT and row.opens is not None and row.opens[0] is Access.INLINE


# What the order could not keep


def _notes(broken: Sequence[_Wanted], account: Account) -> Iterator[str]:
    for safe in (True, False):
        found: dict[tuple[str, ...], set[Address]] = {}
        for one in broken:
            if one.safe is safe:
                found.setdefault(_said(one.about, account), set()).update(one.users)
        for what, users in sorted(found.items()):
            who = _listed([str(user) for user in sorted(users)])
            if safe:
                yield f"{who}: for a moment more than before and after: {_listed(what)}; no order of these calls avoids it"
            else:
                yield (
                    f"{who}: for a moment without {_listed(what)}, though there before and after: "
                    "any other order would give somebody more"
                )


def _said(about: Atoms, account: Account) -> tuple[str, ...]:
    return tuple(sorted({_label(atom, account) for atom in about}))


def _label(atom: Atom, account: Account) -> str:
    """The actions of a statement, or the policy whose statements are not known."""
    if atom.test.startswith("arn:"):
        return reference(atom.test, account)
    return f"all but {', '.join(atom.actions)}" if atom.except_actions else atom.actions[0]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
