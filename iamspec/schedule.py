"""The order of calls that opens no window: phases, and waves of phases where one pass through them would.

At no moment shall anybody be able to do what he can do neither before nor after the plan, nor be without what he can do
both before and after. Where these two contradict each other the first one wins, and the plan tells of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from iamspec.document import Document, decode
from iamspec.grants import reference
from iamspec.iam import Account
from iamspec.kind import Address, Phase, Step
from iamspec.kinds import RANK
from iamspec.limits import GROUP_INLINE_SIZE, USER_INLINE_SIZE
from iamspec.meaning import Atom
from iamspec.observe import Live
from iamspec.precedence import Edge, Key, Precedence
from iamspec.simulate import carry_out_all
from iamspec.ways import Atoms, Ways, part
from iamspec.windows import Choices, Demand, demands

INLINE_SIZE = {"user": USER_INLINE_SIZE, "group": GROUP_INLINE_SIZE}
MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class Schedule:
    """The steps with their waves, in the order in which they came, and who has for a moment more, or less, than ever."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()


def in_wave(step: Step) -> Key:
    """Phase, then kind: what is held is created before and deleted after what holds it."""
    rank = RANK[step.address.kind]
    return (step.phase, -rank if step.phase is Phase.DELETE else rank)


def arrange(steps: Sequence[Step], live: Live) -> Schedule:
    """The steps of a plan, each in its wave; in most plans that is 0 for all of them."""
    keys = [in_wave(step) for step in steps]
    numbers = sorted(range(len(steps)), key=lambda one: (keys[one], steps[one].address))
    made = [steps[one] for one in numbers if steps[one].phase <= Phase.CREATE]
    changing = [(one, steps[one]) for one in numbers if Phase.CREATE < steps[one].phase < Phase.DELETE]
    before = carry_out_all(live, made)
    after = carry_out_all(before, [step for _, step in changing])
    pinned = frozenset(one for one, step in changing if step.phase is Phase.MAKE_ROOM)
    graph = Precedence(keys, [step.address for step in steps], pinned)
    for edge in _room(changing, before):
        graph.add([edge])
    found = _demands(Ways.between(before, after, changing))
    kept, broken = _meet(found, graph)
    waves = dict(graph.waves())
    last = max((waves.get(one, 0) for one in range(len(steps))), default=0)
    return Schedule(
        tuple(_placed(step, one, waves, last, kept, steps) for one, step in enumerate(steps)),
        tuple(_notes(broken, live.account)),
    )
