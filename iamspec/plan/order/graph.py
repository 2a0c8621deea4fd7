"""The precedence of calls, and the waves of phases that follow from it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter

MOST_VISITS = 3_000_000  # of steps, in all searches for cycles of one plan: after that no edge is added
Edge = tuple[int, int]  # the step that comes before, and the one that comes after, by their numbers
Key = tuple[int, ...]


@dataclass(slots=True)
class Precedence:
    """A graph without cycles over the steps of a plan.

    `keys` order the steps within a wave. Steps with equal keys run
    side by side, unless their `lanes` are equal, too. Then their
    numbers decide. `pinned` steps stay in wave 0.
    """

    keys: Sequence[Key]
    lanes: Sequence[object]
    pinned: frozenset[int] = frozenset()
    later: dict[int, set[int]] = field(default_factory=dict)
    bent: int = 0  # edges against the order within a wave: every cycle has one
    visits: int = 0

    def natural(self, edge: Edge) -> bool:
        """Whether the order within one wave holds an edge by itself."""
        before, after = edge
        if self.keys[before] != self.keys[after]:
            return self.keys[before] < self.keys[after]
        return self.lanes[before] == self.lanes[after] and before < after

    def add(self, edges: Iterable[Edge]) -> bool:
        """Takes up all the edges, or none.

        None if an edge would close a cycle or move a pinned step.
        """
        taken: list[Edge] = []
        for before, after in sorted(edges):
            if after in self.later.get(before, ()):
                continue
            natural = self.natural((before, after))
            closes = (self.bent > 0 or not natural) and self._reaches(after, before)
            if closes or (after in self.pinned and not natural):
                for edge in taken:
                    self._forget(edge)
                return False
            self.later.setdefault(before, set()).add(after)
            self.bent += not natural
            taken.append((before, after))
        return True

    def _forget(self, edge: Edge) -> None:
        self.later[edge[0]].discard(edge[1])
        self.bent -= not self.natural(edge)

    def copy(self) -> "Precedence":
        return replace(self, later={step: set(others) for step, others in self.later.items()})

    def _reaches(self, start: int, goal: int) -> bool:
        """Whether a path leads from `start` to `goal`.

        True if the search would take too long.
        """
        seen, todo = {start}, [start]
        while todo:
            self.visits += 1
            if self.visits > MOST_VISITS:
                return True
            step = todo.pop()
            if step == goal:
                return True
            new = self.later.get(step, set()) - seen
            seen |= new
            todo += new
        return False

    def waves(self) -> Mapping[int, int]:
        """The wave of each step that is not in wave 0.

        A step is a wave later for each edge that the order within
        a wave does not hold.
        """
        earlier: dict[int, set[int]] = {}
        for before, others in self.later.items():
            for after in others:
                earlier.setdefault(after, set()).add(before)
        found: dict[int, int] = {}
        for step in TopologicalSorter(earlier).static_order():
            waits = (found.get(one, 0) + (not self.natural((one, step))) for one in earlier.get(step, ()))
            if wave := max(waits, default=0):
                found[step] = wave
        return found
