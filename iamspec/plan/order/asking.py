"""The probes as the questions of a principal."""

from collections.abc import Iterator, Mapping, Sequence

from iamspec.access.principals import Powers
from iamspec.plan.order.probes import Probe
from iamspec.policy.evaluate.marks import Question
from iamspec.policy.evaluate.statements import Asked
from iamspec.policy.evaluate.truth import Context

TAGS = "aws:principaltag/"


class Asking(Mapping[str, Sequence[Question]]):
    """The probes as questions, with the facts about a principal if there is one.

    The questions about an action are made once a document names this
    action.
    """

    def __init__(self, numbered: Mapping[str, Sequence[tuple[int, Probe]]], powers: Powers | None) -> None:
        self._numbered = numbered
        self._name = powers.address.name if powers else None
        self._known = _known(powers) if powers else {}
        self._absent = (TAGS,) if _has_no_other_tags(powers) else ()
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
        resource = probe.resource if self._name is None else probe.resource.replace("${aws:username}", self._name)
        return Question(1 << number, Asked(resource), Context({**probe.context, **self._known}, self._absent))


def _has_no_other_tags(powers: Powers | None) -> bool:
    """Whether all tags of a principal are known.

    The session of a role may have further tags.
    """
    return powers is not None and powers.tags is not None and powers.address.kind == "user"


def _known(powers: Powers) -> dict[str, tuple[str, ...]]:
    """The condition keys that IAM fills in about a principal."""
    known = {
        "aws:principalarn": (powers.arn,),
        "aws:principalaccount": tuple(powers.arn.split(":")[4:5]),
        "aws:principalisawsservice": ("false",),
    }
    if powers.address.kind == "user":
        known |= {"aws:username": (powers.address.name,), "aws:principaltype": ("User",)}
    return known | {f"{TAGS}{key.lower()}": (value,) for key, value in (powers.tags or {}).items()}
