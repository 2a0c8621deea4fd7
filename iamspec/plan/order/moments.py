"""Moments of a scene: what the principal may do once some of the steps are done."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from iamspec.live.observe import Live
from iamspec.plan.order.scene import Scene, State
from iamspec.policy.evaluate.marks import Allowed

Numbers = tuple[int, ...]


@dataclass
class Moments:
    """The moments of a scene. A moment is made from the moment before it.

    They are many: drop them once the scene is judged.
    """

    scene: Scene
    _lives: dict[Numbers, Live] = field(default_factory=dict)
    _levels: dict[Numbers, Allowed] = field(default_factory=dict)

    def level(self, done: Iterable[int], allowed: Callable[[State], Allowed]) -> Allowed:
        """The requests that the principal may make once the steps in `done` are done, in this order.

        `allowed` answers for a state.
        """
        numbers = tuple(done)
        if numbers not in self._levels:
            self._levels[numbers] = allowed(self.state(numbers))
        return self._levels[numbers]

    def state(self, done: Iterable[int]) -> State:
        return self.scene.state(self._after(tuple(done)))

    def _after(self, numbers: Numbers) -> Live:
        known = next((end for end in range(len(numbers), 0, -1) if numbers[:end] in self._lives), 0)
        live = self._lives[numbers[:known]] if known else self.scene.live
        if known < len(numbers):
            live = self._lives[numbers] = self.scene.after(live, numbers[known:])
        return live
