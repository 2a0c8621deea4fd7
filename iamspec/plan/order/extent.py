"""The documents that can reach a principal at some moment of a scene, whatever is done by then and whatever has failed.

What they allow bounds every moment from above. Where no request in
this bound is new, no moment can give more, and none is simulated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from iamspec.access.principals import Documents
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Holding, Principal, Step
from iamspec.kinds.effects import document
from iamspec.kinds.operation import Access, Verb
from iamspec.kinds.operations import OPERATIONS
from iamspec.plan.order.scene import Scene, inline_of
from iamspec.policy.document import Document
from iamspec.policy.remembered import Remembered


@dataclass(frozen=True, slots=True)
class Extent:
    """The documents of policies, and of boundaries.

    Boundaries are None where one may be unknown at some moment. An
    extent is bounded where each moment has a known boundary.
    """

    policies: Sequence[Document]
    boundaries: Sequence[Document] | None
    is_bounded: bool


@Remembered
def extent(scene: Scene) -> Extent | None:
    """The extent of a scene. None where a document may be unknown at some moment."""
    if any(map(_removes, scene.steps.values())):
        return None
    found = _Found(Documents.of(scene.live.resources, scene.live.account, scene.aws))
    found.take(scene)
    managed = [found.documents(arn) for arn in sorted(found.attached)]
    if not all(managed) or not found.joined <= found.groups:
        return None
    bounds = [found.documents(arn) for arn in sorted(found.bounds) if arn]
    boundaries = [one for documents in bounds for one in documents] if all(bounds) else None
    policies = [*found.inline, *(one for documents in managed for one in documents)]
    is_bounded = boundaries is not None and bool(bounds) and "" not in found.bounds
    return Extent(policies, boundaries, is_bounded)


def changes_who_asks(scene: Scene) -> bool:
    """Whether a step may change the name, the path or the tags of the principal, for which documents may ask."""
    rows = (OPERATIONS[one.call.operation] for one in scene.steps.values() if one.address in scene.names)
    return any(row.opens is None and not row.signs_in and row.verb is not Verb.CREATE for row in rows)


def _removes(step: Step) -> bool:
    """Whether a step takes a group or a policy away, or its name."""
    is_other = not KINDS[step.address.kind].is_principal
    return is_other and OPERATIONS[step.call.operation].verb in {Verb.DELETE, Verb.RENAME}


@dataclass(slots=True)
class _Found:
    """All that a principal may hold, by name: found in the account, and in the calls.

    An empty name among `bounds` stands for moments without a
    boundary.
    """

    known: Documents
    inline: list[Document] = field(default_factory=list)
    attached: set[str] = field(default_factory=set)
    joined: set[Address] = field(default_factory=set)
    groups: set[Address] = field(default_factory=set)
    bounds: set[str] = field(default_factory=set)
    made: dict[str, list[Document]] = field(default_factory=dict)  # documents that calls give to policies, by ARN

    def documents(self, arn: str) -> list[Document]:
        """Each document that a managed policy may have. Empty if one may be unknown."""
        if not arn:
            return []
        now = self.known.held(arn, None).document
        made = self.made.get(arn, [])
        if now is None and (not made or arn in self.known.own):
            return []
        found = [now, *made] if now is not None else made
        return found if all(one.data is not None for one in found) else []

    def take(self, scene: Scene) -> None:
        for address, entity in scene.live.resources.items():
            if isinstance(entity, Holding):
                self.inline += inline_of(entity)
                self.attached |= entity.policies | entity.facts.quarantine
            if isinstance(entity, Principal):
                self.joined |= {Address("group", name) for name in entity.groups}
                self.bounds.add(entity.permissions_boundary or "")
            elif isinstance(entity, Holding):
                self.groups.add(address)
        for step in scene.steps.values():
            self._take(step, scene)

    def _take(self, step: Step, scene: Scene) -> None:
        row, call = OPERATIONS[step.call.operation], step.call
        way, *names = row.part(call) or (None,)
        if row.verb is Verb.CREATE:
            self._make(step, scene)
        elif way is Access.DOCUMENT:
            self.made.setdefault(names[0], []).append(document(scene.live, call))
        elif way is Access.BOUNDARY:
            self.bounds.add(call.params.get("PermissionsBoundary", ""))
        elif row.verb is Verb.GRANT and way is Access.MEMBER:
            self.joined.add(names[1])
        elif row.verb is Verb.GRANT and way is Access.ATTACHED:
            self.attached.add(names[1])
        elif row.verb is Verb.GRANT and way is Access.INLINE:
            self.inline.append(document(scene.live, call))

    def _make(self, step: Step, scene: Scene) -> None:
        params = step.call.params
        if step.address.kind == "group":
            self.groups.add(step.address)
        elif step.address.kind == "policy":
            arn = scene.live.account.arn(f"policy{params.get('Path', '/')}{params['PolicyName']}")
            self.made.setdefault(arn, []).append(document(scene.live, step.call))
        else:
            self.bounds.add(params.get("PermissionsBoundary", ""))
