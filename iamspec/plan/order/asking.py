"""The probes as the questions of a principal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from re import Match

from iamspec.access.principals import Powers
from iamspec.plan.order.probes import Probe
from iamspec.plan.order.scene import TAGS, is_personal, tags_asked
from iamspec.policy.document import Document
from iamspec.policy.evaluate.marks import Question
from iamspec.policy.evaluate.patterns import VARIABLE
from iamspec.policy.evaluate.statements import Asked
from iamspec.policy.evaluate.truth import Context


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts about a principal that a document asks for.

    `known` has the values of condition keys. `absent` has the
    beginnings of keys that no request of the principal carries.
    """

    name: str | None = None
    known: tuple[tuple[str, tuple[str, ...]], ...] = ()
    absent: tuple[str, ...] = ()


NO_FACTS = Facts()


def facts(document: Document, powers: Powers) -> Facts:
    """The facts about a principal that decide about the requests that a document allows."""
    if not is_personal(document):
        return NO_FACTS
    absent = (TAGS,) if _has_no_other_tags(powers) else ()
    tags = tags_asked(document)
    if tags is None:
        return Facts(powers.address.name, tuple(_known(powers).items()), absent)
    return Facts(None, tuple(sorted(one for one in _tags(powers) if one[0] in tags)), absent)


class Asking(Mapping[str, Sequence[Question]]):
    """The probes as questions, with the facts about a principal that a document asks for.

    The questions about an action are made once a document names this
    action.
    """

    def __init__(self, numbered: Mapping[str, Sequence[tuple[int, Probe]]], found: Facts) -> None:
        self._numbered = numbered
        self._name = found.name
        self._known = dict(found.known)
        self._absent = found.absent
        self._made: dict[str, list[Question]] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbered)

    def __len__(self) -> int:
        return len(self._numbered)

    def __getitem__(self, action: str) -> Sequence[Question]:
        if action not in self._made:
            self._made[action] = [self._question(*one) for one in self._numbered[action]]
        return self._made[action]

    def _question(self, number: int, probe: Probe) -> Question:
        resource = probe.resource if self._name is None else _filled(probe.resource, self._known)
        return Question(1 << number, Asked(resource), Context({**probe.context, **self._known}, self._absent))


def of_both(found: Sequence[Probe], changes: Iterable[Sequence[Powers]]) -> Iterator[Probe]:
    """The probes whose resources hold variables, with the values before and after, where a principal changes them.

    A user with a new tag or name may reach the resources of the old
    and of the new value for a moment.
    """
    asked = [one for one in found if VARIABLE.search(one.resource)]
    for ends in changes if asked else ():
        facts_of_ends = [_known(powers) for powers in ends]
        for one in asked:
            resources = {_filled(one.resource, known) for known in facts_of_ends}
            yield from (replace(one, resource=text) for text in sorted(resources) if len(resources) > 1)


def _filled(text: str, known: Mapping[str, tuple[str, ...]]) -> str:
    """A text with the facts about a principal in place of variables, or defaults. Other variables stay as they are."""

    def value(variable: Match[str]) -> str:
        found = known.get((variable["key"] or "").strip().lower(), ())
        return next(filter(None, (*found, variable["default"], variable["char"])), variable[0])

    return VARIABLE.sub(value, text)


def _has_no_other_tags(powers: Powers) -> bool:
    """Whether all tags of a principal are known.

    The session of a role may bring further tags where the trust
    allows it.
    """
    return powers.tags is not None and not powers.takes_session_tags


def _known(powers: Powers) -> dict[str, tuple[str, ...]]:
    """The condition keys that IAM fills in about a principal."""
    known = {
        "aws:principalarn": (powers.arn,),
        "aws:principalaccount": tuple(powers.arn.split(":")[4:5]),
        "aws:principalisawsservice": ("false",),
    }
    if powers.address.kind == "user":
        known |= {"aws:username": (powers.address.name,), "aws:principaltype": ("User",)}
    return known | dict(_tags(powers))


def _tags(powers: Powers) -> list[tuple[str, tuple[str, ...]]]:
    return [(f"{TAGS}{key.casefold()}", (value,)) for key, value in (powers.tags or {}).items()]
