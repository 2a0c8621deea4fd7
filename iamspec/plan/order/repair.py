"""Better orders: constraints that close the windows that a simulation has found."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product

from iamspec.kinds.contract import Phase, Step
from iamspec.plan.order.graph import Edge, Precedence
from iamspec.plan.order.judge import Direction, Finding, Judge

MOST_ROUNDS = 12
MOST_TRIES = 100  # of single edges, where a round of edges has made nothing better


@dataclass(slots=True)
class Order:
    """The precedence of the steps, and the steps that each step needs before it is tried."""

    graph: Precedence
    waits: dict[int, set[int]] = field(default_factory=dict)

    def copy(self) -> "Order":
        return Order(self.graph.copy(), {step: set(others) for step, others in self.waits.items()})

    def placed(self, steps: Sequence[Step]) -> list[Step]:
        """The steps with their waves. Deletions run in the last wave."""
        waves = self.graph.waves()
        last = max(waves.values(), default=0)
        return [
            replace(
                step,
                wave=last if step.phase is Phase.DELETE else waves.get(number, 0),
                after=tuple(sorted({steps[one].address for one in self.waits.get(number, ())})),
            )
            for number, step in enumerate(steps)
        ]

    def require(self, edge: Edge, *, wait: bool) -> bool:
        """Adds an edge. False if the edge closes a cycle.

        With `wait`, a failed first step holds the second step
        back.
        """
        if not self.graph.add([edge]):
            return False
        if wait:
            self.waits.setdefault(edge[1], set()).add(edge[0])
        return True


def improved(order: Order, steps: Sequence[Step], judge: Judge) -> tuple[Order, list[Finding]]:
    """The best order found within MOST_ROUNDS, and the windows that are left in it."""
    left = list(judge.findings(order.placed(steps)))
    for _ in range(MOST_ROUNDS):
        if not left:
            break
        tried = order.copy()
        if not _mend(tried, left, judge):
            break
        found = list(judge.findings(tried.placed(steps)))
        if _badness(found) >= _badness(left):
            better = _one_by_one(order, left, steps, judge)
            if better is None:
                break
            tried, found = better
        order, left = tried, found
    return order, left


def _badness(found: Iterable[Finding]) -> tuple[int, ...]:
    """How many principals get more, how many get less, and at how many moments."""
    moments = Counter(one.direction for one in found)
    principals = Counter(direction for direction, _ in {(one.direction, one.scene.names) for one in found})
    return tuple(count[one] for count in (principals, moments) for one in Direction)


def _mend(order: Order, found: Sequence[Finding], judge: Judge) -> bool:
    """Adds an edge for each finding where that is possible.

    True if an edge was added.
    """
    added = False
    for one in found:
        wait = one.direction is Direction.MORE
        edges = _edges(one, judge, order.graph)
        known = [edge for edge in edges if not _is_held(order, edge, wait=wait)]
        added |= any(order.require(edge, wait=wait) for edge in known)
    return added


def _one_by_one(
    order: Order, found: Sequence[Finding], steps: Sequence[Step], judge: Judge
) -> tuple[Order, list[Finding]] | None:
    """The first single edge that makes an order better."""
    edges = ((edge, one.direction is Direction.MORE) for one in found for edge in _edges(one, judge, order.graph))
    for edge, wait in islice(dict.fromkeys(edges), MOST_TRIES):
        tried = order.copy()
        if not tried.require(edge, wait=wait):
            continue
        left = list(judge.findings(tried.placed(steps)))
        if _badness(left) < _badness(found):
            return tried, left
    return None


def _is_held(order: Order, edge: Edge, *, wait: bool) -> bool:
    first, second = edge
    return second in order.graph.later.get(first, ()) and (not wait or first in order.waits.get(second, ()))


def _edges(finding: Finding, judge: Judge, graph: Precedence) -> list[Edge]:
    """The edges that would close a window, natural edges first.

    Each puts a step that is left before a step that is done.
    """
    done, left = finding.done, finding.left
    closes = [one for one in left if not judge.exceeds(finding.scene, [*done, one], finding)] or list(left)
    opens = [
        one for one in done if not judge.exceeds(finding.scene, [other for other in done if other != one], finding)
    ] or list(done)
    edges = [edge for edge in product(closes, opens) if edge[0] != edge[1] and _is_movable(edge, finding)]
    return sorted(edges, key=lambda edge: (not graph.natural(edge), edge))


def _is_movable(edge: Edge, finding: Finding) -> bool:
    """Whether both steps may change places.

    Creates and renames stay first, deletions stay last.
    """
    first, second = (finding.scene.steps[one] for one in edge)
    return first.phase is not Phase.DELETE and second.phase > Phase.CREATE
