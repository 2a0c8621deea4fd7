"""The documents that decide what the principals of scenes may do at some moment."""

from collections.abc import Collection, Iterator, Sequence

from iamspec.plan.order.asking import facts
from iamspec.plan.order.extent import extent
from iamspec.plan.order.scene import Scene, is_personal, own_documents
from iamspec.policy.document import Document


def involved(scene: Scene) -> Iterator[Document]:
    """The documents that the principal of a scene has before, after or in between.

    A policy or group that a step gives may have old documents for a
    moment, if another step changes the documents.
    """
    for powers in (state.powers for state in scene.states()):
        for held in (*powers.policies, *filter(None, [powers.boundary])) if powers else ():
            if held.document is not None:
                yield held.document
    yield from _replaced(scene)


def has_only(scene: Scene, known: Collection[str]) -> bool:
    """Whether all documents that may be involved in a scene have known texts."""
    found = extent(scene)
    if found is None or found.boundaries is None:
        return False
    return all(one.text in known for one in (*found.policies, *found.boundaries, *_replaced(scene)))


def weighted(documents: Sequence[Document], scenes: Sequence[Scene]) -> Iterator[tuple[Document, int]]:
    """The documents, each with how often it is evaluated: once for all principals with the same facts."""
    people = [one for scene in scenes for one in scene.ends[-1:]] if any(map(is_personal, documents)) else []
    for document in documents:
        yield document, len({facts(document, one) for one in people}) if is_personal(document) else 1


def _replaced(scene: Scene) -> Iterator[Document]:
    """The documents of the entities that steps change, as they are before."""
    for address in dict.fromkeys(step.address for step in scene.steps.values()):
        yield from own_documents(scene.live.resources.get(address))
