"""The part of an account that decides about a principal, and the calls that change this part.

A scene is small: a user or role with groups and policies. So
simulating calls on a scene is cheap.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial, reduce

from iamspec.access.principals import Documents, Held, Powers, held_by, of_unknown_group, powers_of_one
from iamspec.kinds.contract import Address, Holding, Principal, Resource, Step
from iamspec.kinds.operation import Impossible
from iamspec.kinds.operations import OPERATIONS
from iamspec.kinds.policy.shape import Policy
from iamspec.live.observe import Live
from iamspec.live.simulate import carry_out_all
from iamspec.policy.document import Document
from iamspec.policy.remembered import Remembered

PERSONAL = ("${", "aws:principal", "aws:username", "aws:userid")  # signs of a document that asks who the principal is
TAGS = "aws:principaltag/"
TAG_ASKED = re.compile(rf'{TAGS}([^"$]+)"')  # a condition key in the text of a document, in lower case
NO_TAGS: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Scene:
    """A principal, the entities that decide about it, and the steps that change them, by number.

    `names` are the addresses of the principal before and after the
    plan. `live` has the entities of the scene alone. A scene is
    personal if a document asks for more of the principal than the
    tags in `asked`.
    `restricting` has the steps that can do more than give access.
    """

    names: tuple[Address, ...]
    live: Live
    steps: Mapping[int, Step]
    aws: Mapping[str, Document]
    is_personal: bool
    asked: frozenset[str]
    restricting: frozenset[int]
    alike: tuple[Address, ...] = ()  # the principals that this scene is true of

    @property
    def address(self) -> Address:
        return self.names[-1]

    def then(self, live: Live, number: int) -> Live:
        """The entities of the scene after one more step.

        A step that IAM would refuse changes nothing.
        """
        try:
            return carry_out_all(live, [self.steps[number]])
        except Impossible:
            return live

    def after(self, live: Live, numbers: Sequence[int]) -> Live:
        """The entities of the scene after more steps, of which those that IAM would refuse change nothing."""
        try:
            return carry_out_all(live, [self.steps[number] for number in numbers])
        except Impossible:
            return reduce(self.then, numbers, live)

    def states(self) -> Iterator["State"]:
        """The state before all steps, and the states after each in the order of their numbers."""
        live = self.live
        yield self.state(live)
        for number in self.steps:
            live = self.then(live, number)
            yield self.state(live)

    @property
    def ends(self) -> tuple[Powers, ...]:
        """The principal before and after all steps, where it is there."""
        states = (self.state(self.live), self.state(self.after(self.live, tuple(self.steps))))
        return tuple(one.powers for one in states if one.powers is not None)

    def state(self, live: Live) -> "State":
        for name in self.names:
            if isinstance(entity := live.resources.get(name), Principal):
                documents = self._documents_in(live)
                powers = powers_of_one(name, entity, documents, partial(self._of_group, live, documents))
                return State(powers, entity.can_sign_in or not self.is_by_credentials)
        return State(None, able=False)

    def _documents_in(self, live: Live) -> Documents:
        """The documents of managed policies at a moment, worked out once for equal policies."""
        policies = {address: one for address, one in live.resources.items() if address.kind == "policy"}
        key = tuple(map(id, policies.values()))
        if key not in self._documents:
            self._documents[key] = policies, Documents.of(policies, live.account, self.aws)
        return self._documents[key][1]

    def _of_group(self, live: Live, documents: Documents, name: str) -> tuple[Held, ...]:
        """The policies of a group at a moment, worked out once for equal groups and policies."""
        address = Address("group", name)
        group = live.resources.get(address)
        if not isinstance(group, Holding):
            return of_unknown_group(address)
        key = id(documents), id(group)
        if key not in self._groups:
            self._groups[key] = group, tuple(held_by(documents, address, group))
        return self._groups[key][1]

    @cached_property
    def _documents(self) -> dict[tuple[int, ...], tuple[Mapping[Address, Resource], Documents]]:
        """The documents by the identity of the policies, which are kept so that it stays theirs."""
        return {}

    @cached_property
    def _groups(self) -> dict[tuple[int, int], tuple[Holding, tuple[Held, ...]]]:
        """What the groups hold, by the identity of the documents and the group."""
        return {}

    @cached_property
    def is_by_credentials(self) -> bool:
        """Whether the principal acts only while a known credential exists.

        This holds for a new user, and where a step changes a
        credential. Other users may get credentials by other hands.
        """
        return self.names[0] not in self.live.resources or any(map(signs_in, self.steps.values()))


@dataclass(frozen=True, slots=True)
class State:
    """A principal at one moment: the policies, and whether a usable credential exists."""

    powers: Powers | None
    able: bool


def signs_in(step: Step) -> bool:
    """Whether a step changes a credential."""
    return OPERATIONS[step.call.operation].signs_in


def grants(entity: Holding) -> object:
    """The policies of a holder as a key, including those that iamspec hides from a diff."""
    inline = {**entity.inline_policies, **entity.facts.inline}
    texts = tuple((name, inline[name].text) for name in sorted(inline))
    return entity.policies, entity.facts.quarantine, entity.permissions_boundary, texts


def inline_of(entity: Holding) -> list[Document]:
    """The inline policies of a holder, those that iamspec hides from the diff included."""
    return list({**entity.inline_policies, **entity.facts.inline}.values())


def own_documents(entity: Resource | None) -> list[Document]:
    """The documents of a policy, or the inline policies of a holder."""
    if isinstance(entity, Policy):
        return [entity.document]
    return inline_of(entity) if isinstance(entity, Holding) else []


@Remembered
def is_personal(document: Document) -> bool:
    """Whether a document asks who the principal is."""
    text = document.text.casefold()
    return any(sign in text for sign in PERSONAL)


@Remembered
def tags_asked(document: Document) -> frozenset[str] | None:
    """The condition keys of the tags that a document asks for.

    None if it asks for more than tags: a name, an ARN, or a variable
    that any fact may fill.
    """
    text = document.text.casefold()
    if any(sign in TAG_ASKED.sub("", text) for sign in PERSONAL):
        return None
    return frozenset(f"{TAGS}{key}" for key in TAG_ASKED.findall(text))
