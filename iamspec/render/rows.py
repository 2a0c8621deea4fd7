"""The changes of a plan as rows for Markdown and HTML, the riskiest first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from iamspec.errors import Location
from iamspec.kinds.contract import Address
from iamspec.plan.accepting import former
from iamspec.plan.model import Action, Change
from iamspec.policy.meaning import Verdict
from iamspec.render.documents import Signed
from iamspec.render.entity import entity_lines
from iamspec.render.impact import sentence
from iamspec.render.parts import goes_along
from iamspec.review.dangers import DRIFT, Danger
from iamspec.review.direction import of_live
from iamspec.review.impact import Effect
from iamspec.review.model import Review

WORDS = {
    "plan": {Action.CREATE: "create", Action.UPDATE: "change", Action.DELETE: "delete"},
    "drift": {Action.CREATE: "missing", Action.UPDATE: "differs", Action.DELETE: "surplus"},
}
NAMED = 6  # users who are named as affected
GIVING = {Verdict.WIDENS, Verdict.BOTH}
HARMLESS: tuple[object, ...] = (2,)  # sorts after every risk


@dataclass(frozen=True)
class Row:
    """A changed entity.

    `says` has sentences about the access of the entity. `meanings`
    has a sentence about each document, by field. `affected` has
    the users with changed access. `risk` is smaller for more
    dangerous changes. The
    `tone` is `bad` for power and refusals, `warn` for more access.
    """

    change: Change
    mode: str
    partition: str
    says: tuple[str, ...] = ()
    meanings: Mapping[str, str] = field(default_factory=dict)
    affected: tuple[str, ...] = ()
    tone: str = "plain"
    risk: tuple[object, ...] = HARMLESS

    @property
    def address(self) -> Address:
        return self.change.address

    @property
    def place(self) -> Location | None:
        return self.change.source

    @property
    def word(self) -> str:
        return WORDS[self.mode][self.change.action]

    @property
    def summary(self) -> str:
        """The sentence beside the address: why, the effect on access or else the fields, and who is affected."""
        change = self.change
        said = [f"blocked: {change.blocked}"] if change.blocked else []
        said += [change.reason] if change.reason else []
        said += self.says or ([", ".join(one.field for one in change.differences)] if change.differences else [])
        said += [f"affects {named(self.affected)}"] if self.affected else []
        said += [f"with it goes {along}"] if (along := goes_along(change)) else []
        return "; ".join(said)

    @cached_property
    def lines(self) -> list[Signed]:
        """The difference as YAML.

        It is made at the first question, as a large plan shows few
        rows whole.
        """
        return entity_lines(self.change, self.partition, self.mode, self.meanings)


def named(names: Sequence[str], most: int = NAMED) -> str:
    """`chloe, dan and 3 more`."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def rows(review: Review, mode: str, powers: Iterable[Danger]) -> list[Row]:
    """Every change: refused changes and new `powers` first, then by the risk of what anybody gains."""
    impact = of_live(review).impact if mode == DRIFT else review.impact
    documents: dict[Address, list[Effect]] = defaultdict(list)
    for one in impact.documents:
        documents[one.address].append(one)
    reached: dict[Address, list[Effect]] = defaultdict(list)
    for one in impact.principals:
        for address in one.causes if not one.is_idle else ():
            reached[address].append(one)
    refused = {one.address for one in review.complaints if not one.allowed}
    powerful = {one.address for one in powers}
    made = (
        _row(one, documents[place], reached[place], refused, powerful, review, mode)
        for one in review.changes
        for place in [former(one) if mode == DRIFT else one.address]
    )
    return sorted(made, key=lambda one: (one.risk, one.address))


def _row(
    change: Change,
    documents: Sequence[Effect],
    reached: Sequence[Effect],
    refused: Collection[Address | None],
    powerful: Collection[Address],
    review: Review,
    mode: str,
) -> Row:
    is_refused = bool(change.blocked) or change.address in refused
    is_powerful = any(one.address in powerful for one in reached)
    effects = [*documents, *reached]
    risk = min(map(_risk, effects), default=HARMLESS)
    gives = any(one.verdict in GIVING for one in effects)
    return Row(
        change,
        mode,
        review.account.partition,
        says=tuple(_says(change.address, documents, reached, mode)),
        meanings={one.field: sentence(one, mode) for one in documents} if len(documents) > 1 else {},
        affected=tuple(sorted(one.address.name for one in reached if one.address != change.address)),
        tone="bad" if is_refused or is_powerful else "warn" if gives else "plain",
        risk=(not is_refused, not is_powerful, *risk),
    )


def _says(address: Address, documents: Sequence[Effect], reached: Sequence[Effect], mode: str) -> Iterator[str]:
    """The effect of the entity's own documents.

    For a user it is the effect on the user.
    """
    own = [one for one in reached if one.address == address]
    if own or len(documents) == 1:
        yield from (sentence(one, mode) for one in own or documents)
    elif documents:
        worst = min(documents, key=_risk)
        yield f"{worst.field} {sentence(worst, mode)}"
        yield f"and {len(documents) - 1} more of its policies"


def _risk(effect: Effect) -> tuple[object, ...]:
    """The order of effects: in drift those of the change from the spec to live."""
    return (1, *effect.order)
