"""The windows of an order, found by simulating its steps with the evaluator, failures included."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import groupby, islice, product

from iamspec.access.principals import Held, Powers
from iamspec.kinds.contract import Address, Step
from iamspec.plan.order.asking import Asking
from iamspec.plan.order.probes import Probe, probes
from iamspec.plan.order.progress import Progress, deleted_principals
from iamspec.plan.order.scene import Cast, Scene, State, is_personal
from iamspec.plan.steps import order
from iamspec.policy.document import Document
from iamspec.policy.evaluate.marks import Allowed, Marks, Questions, allowed, marks, together

MOST_STATES = 512  # of calls side by side, for one principal
NOTHING = Allowed()


class Direction(StrEnum):
    MORE = "more"
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Finding:
    """A moment at which a principal has more than before and after, or less than both.

    `done` and `left` are the numbers of the steps of the scene.
    `failed` is the number of the failed step, if any.
    """

    scene: Scene
    direction: Direction
    done: tuple[int, ...]
    left: tuple[int, ...]
    requests: int
    failed: int | None = None


@dataclass
class Judge:
    """Simulates orders of the steps of one plan.

    Probes and marks are computed once.
    """

    scenes: Sequence[Scene]
    connections: Mapping[Address, frozenset[Address]]
    probes: Sequence[Probe]
    documents: Sequence[Document]
    _marks: dict[tuple[str, str], Marks] = field(default_factory=dict)
    _levels: dict[tuple[int, frozenset[int]], Allowed] = field(default_factory=dict)
    _found_for: dict[object, tuple[Finding, ...]] = field(default_factory=dict)
    _personal: dict[str, Questions] = field(default_factory=dict)

    @classmethod
    def of(cls, cast: Cast, connections: Mapping[Address, frozenset[Address]]) -> "Judge":
        return cls.of_scenes(list(cast.scenes()), connections)

    @classmethod
    def of_scenes(cls, scenes: Sequence[Scene], connections: Mapping[Address, frozenset[Address]]) -> "Judge":
        documents = {one.text: one for scene in scenes for one in _involved(scene)}
        found = list(documents.values())
        return cls(scenes, connections, probes(found) if scenes else [], found)

    def findings(self, steps: Sequence[Step]) -> Iterator[Finding]:
        """Every finding for an order of the steps, given with their waves.

        A scene is judged once for each order.
        """
        for scene in self.scenes:
            placed = self._placed(scene, steps)
            key = id(scene), tuple((number, order(step), step.after) for number, step in placed)
            if key not in self._found_for:
                self._found_for[key] = tuple(self._judged(scene, placed))
            yield from self._found_for[key]

    def _judged(self, scene: Scene, placed: Sequence[tuple[int, Step]]) -> Iterator[Finding]:
        """The findings for one scene: in the undisturbed run, then after the failure of each step."""
        ends = self.level(scene, ()), self.level(scene, [number for number, _ in placed])
        for done in _states(placed):
            yield from self._found(scene, placed, done, ends, None)
        for failed, _ in placed:
            for done in self._failing(placed, failed):
                more = self._found(scene, placed, done, ends, failed)
                yield from (one for one in more if one.direction is Direction.MORE)

    def _placed(self, scene: Scene, steps: Sequence[Step]) -> list[tuple[int, Step]]:
        found = [(number, steps[number]) for number in scene.steps]
        return sorted(found, key=lambda one: (order(one[1]), one[1].address, one[0]))

    def _found(
        self,
        scene: Scene,
        placed: Sequence[tuple[int, Step]],
        done: Sequence[int],
        ends: tuple[Allowed, Allowed],
        failed: int | None,
    ) -> Iterator[Finding]:
        now, (before, after) = self.level(scene, done), ends
        left = tuple(number for number, _ in placed if number not in set(done))
        more = _exceeding(now, before, after)
        less = (before.certain & after.certain & ~now.certain) | (before.possible & after.possible & ~now.possible)
        if more:
            yield Finding(scene, Direction.MORE, tuple(done), left, more, failed)
        if less:
            yield Finding(scene, Direction.LESS, tuple(done), left, less, failed)

    def exceeds(self, scene: Scene, done: Iterable[int], finding: Finding) -> bool:
        """Whether a state of a scene shows the same direction as a finding."""
        now, before, after = self.level(scene, done), self.level(scene, ()), self.level(scene, scene.steps)
        if finding.direction is Direction.MORE:
            return bool(_exceeding(now, before, after))
        return bool(before.certain & after.certain & ~now.certain or before.possible & after.possible & ~now.possible)

    def level(self, scene: Scene, done: Iterable[int]) -> Allowed:
        """The requests that the principal of a scene may make once the steps in `done` are done.

        The numbers in `done` are in order.
        """
        numbers = tuple(done)
        key = id(scene), frozenset(numbers)
        if key not in self._levels:
            self._levels[key] = self._allowed(scene.after(numbers))
        return self._levels[key]

    def _failing(self, placed: Sequence[tuple[int, Step]], failed: int) -> Iterator[tuple[int, ...]]:
        """The states after the failure of a step.

        The steps that the failure holds back are left out.
        """
        progress = Progress(self.connections, deleted_principals(step for _, step in placed))
        done: list[int] = []
        reached = False
        for number, step in placed:
            if number == failed:
                progress.failed(step)
                reached = True
            elif progress.obstacle(step):
                progress.held(step)
            else:
                progress.done(step)
                done.append(number)
                if reached:
                    yield tuple(done)

    # What a principal may do

    def _allowed(self, state: State) -> Allowed:
        if state.powers is None or not state.able:
            return NOTHING
        own = together(self._held(one, state.powers) for one in state.powers.policies)
        boundary = state.powers.boundary
        return allowed(own, self._held(boundary, state.powers) if boundary else None)

    def _held(self, held: Held, powers: Powers) -> Marks:
        if held.document is None:
            every = (1 << len(self.probes)) - 1
            return Marks(0, every, 0, every)
        text = held.document.text
        who = _who(powers) if is_personal(held.document) else ""
        if (text, who) not in self._marks:
            self._marks[text, who] = marks(held.document, self._questions(powers if who else None, who))
        return self._marks[text, who]

    def _questions(self, powers: Powers | None, who: str) -> Questions:
        if who not in self._personal:
            self._personal[who] = Asking(self._numbered, powers)
        return self._personal[who]

    @cached_property
    def _numbered(self) -> Mapping[str, Sequence[tuple[int, Probe]]]:
        """The probes with their numbers, by action in lower case."""
        found: dict[str, list[tuple[int, Probe]]] = {}
        for number, probe in enumerate(self.probes):
            found.setdefault(probe.action.lower(), []).append((number, probe))
        return found


def _exceeding(now: Allowed, before: Allowed, after: Allowed) -> int:
    """The requests that are allowed, or may be, and are not so before or after."""
    certain = now.certain & ~(before.certain | after.certain)
    return certain | (now.possible & ~(before.possible | after.possible))


def _who(powers: Powers) -> str:
    return f"{powers.arn} {sorted(powers.tags.items()) if powers.tags is not None else None}"


def _involved(scene: Scene) -> Iterator[Document]:
    """The documents that the principal of a scene has before, after or in between."""
    names = list(scene.steps)
    for count in range(len(names) + 1):
        powers = scene.after(names[:count]).powers
        for held in (*powers.policies, *filter(None, [powers.boundary])) if powers else ():
            if held.document is not None:
                yield held.document


def _states(placed: Sequence[tuple[int, Step]]) -> Iterator[tuple[int, ...]]:
    """The steps that may be done at a moment.

    Entities go side by side where the order allows it.
    """
    done: list[int] = []
    for _, side in groupby(placed, key=lambda one: order(one[1])):
        lanes: dict[Address, list[int]] = {}
        for number, step in side:
            lanes.setdefault(step.address, []).append(number)
        places = product(*(range(len(lane) + 1) for lane in lanes.values()))
        for positions in islice(places, MOST_STATES):
            side_by_side = zip(lanes.values(), positions, strict=True)
            yield (*done, *(number for lane, count in side_by_side for number in lane[:count]))
        done += [number for lane in lanes.values() for number in lane]
    yield tuple(done)
