"""The windows of an order, found by simulating its steps with the evaluator, failures included."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from itertools import groupby, islice, product

from iamspec.access.principals import Held, Powers
from iamspec.kinds.contract import Address, Step
from iamspec.plan.order.asking import NO_FACTS, Asking, Facts, facts, of_both
from iamspec.plan.order.extent import changes_who_asks, extent
from iamspec.plan.order.involved import has_only, involved, weighted
from iamspec.plan.order.moments import Moments
from iamspec.plan.order.pattern import Pattern
from iamspec.plan.order.probes import Probe, probes
from iamspec.plan.order.progress import Progress, deleted_principals
from iamspec.plan.order.scene import Scene, State
from iamspec.plan.steps import order
from iamspec.policy.document import Document
from iamspec.policy.evaluate.marks import Allowed, Marks, Naming, Questions, allowed, marks, naming, together
from iamspec.policy.remembered import Results

MOST_STATES = 512  # of calls side by side, for one principal
MOST_OF_VARIABLES = 500  # requests about resources that hold a tag or name which changes, in one plan
NOTHING = Allowed()
Placed = Sequence[tuple[int, Step]]  # the steps of a scene in their order, each with its number
Ends = tuple[Allowed, Allowed]  # before all steps and after them


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
    is_whole: bool = True  # whether there is a probe for each group of actions
    _marks: dict[tuple[str, Facts], Marks] = field(default_factory=dict)
    _naming: dict[str, Naming] = field(default_factory=dict)  # of documents, which many principals may hold
    _impersonal: Results[Document, Marks] = field(default_factory=Results)  # of documents that ask for no facts
    _moments: list[Moments] = field(default_factory=list)  # of the scene that was asked for last
    _found_for: dict[object, tuple[Finding, ...]] = field(default_factory=dict)
    _found_in: dict[object, tuple[Scene, Placed, tuple[Finding, ...]]] = field(default_factory=dict)  # by pattern
    _asked: dict[Facts, Questions] = field(default_factory=dict)

    @classmethod
    def of_scenes(cls, scenes: Sequence[Scene], connections: Mapping[Address, frozenset[Address]]) -> "Judge":
        if not scenes:
            return cls((), connections, (), ())  # most plans: the actions of AWS are not read
        patterns = {Pattern(scene, connections).of(list(scene.steps.items())): scene for scene in reversed(scenes)}
        documents: dict[str, Document] = {}
        for scene in reversed(patterns.values()):
            if not has_only(scene, documents):
                documents |= {one.text: one for one in involved(scene)}
        found = list(documents.values())
        asked = probes(weighted(found, scenes), scenes[0].live.account.partition)
        changes = (scene.ends for scene in scenes if changes_who_asks(scene))
        more = list(islice(dict.fromkeys(of_both(asked.all, changes)), MOST_OF_VARIABLES + 1))
        every = [*asked.all, *more[:MOST_OF_VARIABLES]]
        return cls(scenes, connections, every, found, is_whole=asked.is_whole and len(more) <= MOST_OF_VARIABLES)

    def findings(self, steps: Sequence[Step]) -> Iterator[Finding]:
        """Every finding for an order of the steps, given with their waves.

        A scene is judged once for each order.
        """
        for scene in self.scenes:
            placed = self._placed(scene, steps)
            key = id(scene), tuple((number, order(step), step.after) for number, step in placed)
            if key not in self._found_for:
                self._found_for[key] = tuple(self._shared(scene, placed))
            yield from self._found_for[key]

    def _shared(self, scene: Scene, placed: Placed) -> Iterator[Finding]:
        """The findings for a scene, taken from an equal scene that is judged already, if there is any."""
        pattern = Pattern(scene, self.connections).of(placed)
        if pattern not in self._found_in:
            self._found_in[pattern] = scene, placed, tuple(self._judged(scene, placed))
        model, equal, found = self._found_in[pattern]
        return iter(found) if model is scene else _translated(found, equal, scene, placed)

    def _judged(self, scene: Scene, placed: Placed) -> Iterator[Finding]:
        """The findings for one scene: in the undisturbed run, then after the failure of each step.

        A failure that holds back nothing but gifts leaves less than
        the undisturbed run. It is skipped where that run is in order.
        Moments are skipped where no moment can give more, or less.
        """
        numbers = [number for number, _ in placed]
        ends = self.level(scene, ()), self.level(scene, numbers)
        rises = self._may_rise(scene, numbers, ends)
        found = list(self._undisturbed(scene, placed, ends)) if rises or self._may_sink(ends) else []
        yield from found
        if not rises:
            return
        straight = [tuple(numbers[:end]) for end in range(len(numbers) + 1)]
        opens = any(one.direction is Direction.MORE for one in found) or self._rises(scene, straight, ends)
        for failed, _ in placed:
            missing, states = self._failing(placed, failed)
            if (opens or missing & scene.restricting) and self._rises(scene, states, ends):
                for done in states:
                    more = self._found(scene, placed, done, ends, failed)
                    yield from (one for one in more if one.direction is Direction.MORE)

    def _may_rise(self, scene: Scene, numbers: Sequence[int], ends: Ends) -> bool:
        most = self.most(scene, numbers)
        return most is None or bool(_exceeding(most, *ends))

    def most(self, scene: Scene, numbers: Sequence[int]) -> Allowed | None:
        """The requests that the documents allow that can reach the principal, whatever is denied.

        None where they depend on the moment.
        """
        found, powers = extent(scene), self._powers(scene, numbers)
        if found is None or powers is None or changes_who_asks(scene):
            return None
        own, bounds = (
            together(self._of_document(one, powers) for one in documents)
            for documents in (found.policies, found.boundaries or () if found.is_bounded else ())
        )
        return allowed(_without_denies(own), _without_denies(bounds) if found.is_bounded else None)

    def _may_sink(self, ends: Ends) -> bool:
        before, after = ends
        return bool(before.certain & after.certain or before.possible & after.possible)

    def _undisturbed(self, scene: Scene, placed: Placed, ends: Ends) -> Iterator[Finding]:
        """The findings while calls run side by side.

        Gifts lie between none and all of them. So the states with none
        and with all show whether a closer look is needed.
        """
        done: tuple[int, ...] = ()
        for _, side in groupby(placed, key=lambda one: order(one[1])):
            lanes: dict[Address, list[int]] = {}
            for number, step in side:
                lanes.setdefault(step.address, []).append(number)
            found = [list(self._found(scene, placed, one, ends, None)) for one in _extremes(done, lanes, scene)]
            if any(found):
                for one in _states(done, lanes):
                    yield from self._found(scene, placed, one, ends, None)
            done = (*done, *(number for lane in lanes.values() for number in lane))
        yield from self._found(scene, placed, done, ends, None)

    def _rises(self, scene: Scene, states: Sequence[tuple[int, ...]], ends: Ends) -> bool:
        """Whether one state after the other exceeds both ends at some moment.

        Gifts only add. So it is enough to look before each step that
        does more than give, and at the end.
        """
        last = len(states) - 1
        peaks = [
            done for place, done in enumerate(states) if place == last or states[place + 1][-1] in scene.restricting
        ]
        return any(_exceeding(self.level(scene, done), *ends) for done in peaks)

    def _placed(self, scene: Scene, steps: Sequence[Step]) -> list[tuple[int, Step]]:
        found = [(number, steps[number]) for number in scene.steps]
        return sorted(found, key=lambda one: (order(one[1]), one[1].address, one[0]))

    def _found(
        self,
        scene: Scene,
        placed: Placed,
        done: Sequence[int],
        ends: Ends,
        failed: int | None,
    ) -> Iterator[Finding]:
        now, (before, after) = self.level(scene, done), ends
        more = _exceeding(now, before, after)
        less = (before.certain & after.certain & ~now.certain) | (before.possible & after.possible & ~now.possible)
        gone = set(done) if more or less else ()
        left = tuple(number for number, _ in placed if number not in gone)
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
        return self._of(scene).level(done, self._allowed)

    def _of(self, scene: Scene) -> Moments:
        if not self._moments or self._moments[0].scene is not scene:
            self._moments = [Moments(scene)]
        return self._moments[0]

    def _powers(self, scene: Scene, numbers: Sequence[int]) -> Powers | None:
        """The principal of a scene, as it is after the steps, or before them."""
        return self._of(scene).state(numbers).powers or self._of(scene).state(()).powers

    def _failing(self, placed: Placed, failed: int) -> tuple[set[int], list[tuple[int, ...]]]:
        """The steps that are missing after the failure of a step, and the states from there on.

        Missing are the failed step and the steps that it holds back.
        """
        progress = Progress(self.connections, deleted_principals(step for _, step in placed))
        done: list[int] = []
        states: list[tuple[int, ...]] = []
        missing: set[int] = set()
        for number, step in placed:
            if number == failed:
                progress.failed(step)
                missing.add(number)
            elif progress.obstacle(step):
                progress.held(step)
                missing.add(number)
            else:
                progress.done(step)
                done.append(number)
                if missing:
                    states.append(tuple(done))
        return missing, states

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
        return self._of_document(held.document, powers)

    def _of_document(self, document: Document, powers: Powers) -> Marks:
        about = facts(document, powers)
        if about is not NO_FACTS:
            return self._about(document, about)
        found = self._impersonal.known(document)
        if found is None:
            found = self._about(document, about)
            self._impersonal.keep(document, found)
        return found

    def _about(self, document: Document, about: Facts) -> Marks:
        key = document.text, about
        if key not in self._marks:
            if document.text not in self._naming:
                self._naming[document.text] = naming(document, self._numbered)
            self._marks[key] = marks(self._naming[document.text], self._questions(about))
        return self._marks[key]

    def _questions(self, about: Facts) -> Questions:
        if about not in self._asked:
            self._asked[about] = Asking(self._numbered, about)
        return self._asked[about]

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


def _without_denies(one: Marks) -> Marks:
    return Marks(one.allows, one.may_allow)


def _translated(found: Iterable[Finding], equal: Placed, scene: Scene, placed: Placed) -> Iterator[Finding]:
    """The findings of one scene for a scene of the same pattern."""
    number = {theirs: own for (theirs, _), (own, _) in zip(equal, placed, strict=True)}
    for one in found:
        done, left = (tuple(number[each] for each in numbers) for numbers in (one.done, one.left))
        failed = None if one.failed is None else number[one.failed]
        yield replace(one, scene=scene, done=done, left=left, failed=failed)


def _states(done: tuple[int, ...], lanes: Mapping[Address, Sequence[int]]) -> Iterator[tuple[int, ...]]:
    """The steps that may be done at a moment, while the entities of some lanes go side by side."""
    places = product(*(range(len(lane) + 1) for lane in lanes.values()))
    for positions in islice(places, MOST_STATES):
        side_by_side = zip(lanes.values(), positions, strict=True)
        yield (*done, *(number for lane, count in side_by_side for number in lane[:count]))


def _extremes(done: tuple[int, ...], lanes: Mapping[Address, Sequence[int]], scene: Scene) -> Iterator[tuple[int, ...]]:
    """The states with no gifts and with all gifts, around each step that does more than give."""
    giving = [lane for lane in lanes.values() if scene.restricting.isdisjoint(lane)]
    mixed = [lane for lane in lanes.values() if not scene.restricting.isdisjoint(lane)]
    gifts = tuple(number for lane in giving for number in lane)
    for positions in islice(product(*(_edges(lane, scene.restricting) for lane in mixed)), MOST_STATES):
        rest = tuple(number for lane, count in zip(mixed, positions, strict=True) for number in lane[:count])
        yield (*done, *rest)
        if gifts:
            yield (*done, *gifts, *rest)


def _edges(lane: Sequence[int], restricting: frozenset[int]) -> list[int]:
    """The counts of done steps at both ends of a lane and on both sides of each restricting step."""
    places = [place for place, number in enumerate(lane) if number in restricting]
    return sorted({0, len(lane), *places, *(place + 1 for place in places)})
