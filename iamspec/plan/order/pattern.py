"""The pattern of a scene: equal for principals that the same steps lead from the same grants to the same grants."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iamspec.kinds.contract import Address, Principal, Resource, Step
from iamspec.kinds.user.shape import User
from iamspec.plan.order.scene import TAGS, Scene, grants
from iamspec.plan.steps import order

UNSEEN = frozenset({"Path", "NewPath", "Description"})  # but for personal documents
NAMES = frozenset({"UserName", "NewUserName", "RoleName"})  # parameters with the name of a principal
OWN = "the principal"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A reader of scenes that leaves out the name of the principal.

    Scenes of equal patterns have equal findings, step by step. The
    name stays in the scene of a personal document, because that
    document asks for the name.
    """

    scene: Scene
    connections: Mapping[Address, frozenset[Address]]

    def of(self, placed: Sequence[tuple[int, Step]]) -> object:
        """The key of a scene with its steps in an order."""
        scene = self.scene
        return (
            scene.names if scene.is_personal else scene.address.kind,
            frozenset(map(self._address, scene.live.resources)),
            tuple(self._grants(scene.live.resources.get(name)) for name in scene.names),
            tuple((self._step(step), number in scene.restricting) for number, step in placed),
            self._connected([step for _, step in placed]),
        )

    def _address(self, address: Address) -> Address | str:
        return OWN if address in self.scene.names and not self.scene.is_personal else address

    def _step(self, step: Step) -> object:
        others, after = (frozenset(map(self._address, found)) for found in (step.others, step.after))
        return order(step), self._address(step.address), step.call.operation, self._params(step), others, after

    def _params(self, step: Step) -> object:
        found = sorted(step.call.params.items())
        if self.scene.is_personal:
            return repr(found)
        names = {name.name for name in self.scene.names}
        unseen = UNSEEN if step.address in self.scene.names else ()
        return tuple((key, self._value(key, value, names)) for key, value in found if key not in unseen)

    def _value(self, key: str, value: Any, names: Collection[str]) -> object:
        if key == "Tags":
            return self._asked({tag["Key"]: tag["Value"] for tag in value})
        if key == "TagKeys":
            return self._asked(dict.fromkeys(value, ""))
        if isinstance(value, str):
            return OWN if key in NAMES and value in names else value
        return repr(value)

    def _asked(self, tags: Mapping[str, str]) -> object:
        """The tags that a document asks for."""
        return frozenset((key, value) for key, value in tags.items() if f"{TAGS}{key.casefold()}" in self.scene.asked)

    def _grants(self, entity: Resource | None) -> object:
        if not isinstance(entity, Principal):
            return None
        signs_in = (entity.console, repr(entity.access_keys)) if isinstance(entity, User) else ()
        tags = None if entity.tags is None else self._asked({**entity.tags, **entity.facts.reserved_tags})
        return entity.groups, grants(entity), signs_in, tags, entity.takes_session_tags

    def _connected(self, steps: Sequence[Step]) -> object:
        """The connections between the entities of the scene. All others have no step here."""
        here = {step.address for step in steps}
        return frozenset(
            (self._address(address), frozenset(map(self._address, self.connections.get(address, frozenset()) & here)))
            for address in here
        )
