"""Policy documents as sets of atoms."""

from dataclasses import dataclass

from iamspec.policy.document import Document
from iamspec.policy.meaning.clauses import Clause, Named, said, saying, within
from iamspec.policy.remembered import Remembered


@dataclass(frozen=True, slots=True)
class Atom:
    """The smallest part of a statement: an effect for a pattern of actions on a pattern of resources.

    `test` is its condition. NotAction and NotResource cannot be
    taken apart, so their lists stay whole.
    """

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    test: str = ""
    except_actions: bool = False
    except_resources: bool = False

    def covers(self, other: "Atom") -> bool:
        """Whether this atom certainly covers the other atom, including actions that AWS adds later."""
        return self.clause.covers(other.clause) and within(other.named, self.named)

    @property
    def clause(self) -> Clause:
        return Clause(self.effect, self.resources if self.except_resources else self.resources[0], self.test)

    @property
    def named(self) -> Named:
        return self.actions if self.except_actions else self.actions[0]


@Remembered
def atoms(document: Document) -> frozenset[Atom]:
    """Everything that a document says, whatever statements it is spread over."""
    return frozenset(
        Atom(
            effect=one.effect,
            actions=_listed(named),
            resources=_listed(resource),
            test=one.test,
            except_actions=isinstance(named, tuple),
            except_resources=isinstance(resource, tuple),
        )
        for one in map(saying, said(document))
        for resource in one.resources
        for named in one.actions
    )


def _listed(named: Named) -> tuple[str, ...]:
    return named if isinstance(named, tuple) else (named,)
