"""The statements that some documents have and other documents lack."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from iamspec.policy.document import Document
from iamspec.policy.meaning.clauses import Form, Lot, Named, Saying, said, saying
from iamspec.policy.meaning.covering import beyond, pieces, uncovered
from iamspec.policy.meaning.services import ANYTHING, narrowed, services

Marked = dict[str, list[Form]]


@dataclass(frozen=True, slots=True)
class Shift:
    """The pieces that have come and gone between two sets of documents.

    `old` and `new` are the statements that only one side has,
    `shared` those of both. They may be narrowed to the services of
    the pieces.
    """

    come: tuple[Lot, ...] = ()
    gone: tuple[Lot, ...] = ()
    old: tuple[Saying, ...] = ()
    new: tuple[Saying, ...] = ()
    shared: tuple[Saying, ...] = ()

    @property
    def patterns_stay(self) -> bool:
        """Whether the actions of all that changes are on both sides in the same words."""
        stay = _patterns(self.shared) | (_patterns(self.old) & _patterns(self.new))
        return {(one.effect, named) for one, named in pieces((*self.come, *self.gone))} <= stay


def shift(before: Sequence[Document], after: Sequence[Document], *, narrow: bool = False) -> Shift:
    """The difference between two sets of documents.

    Only statements that differ are taken apart, unless a doubt
    remains that equal statements could remove. With `narrow`, the
    statements of a shift speak of the services of its pieces only.
    """
    same = {id(one) for one in before} & {id(one) for one in after}
    old, new = (_said(one for one in documents if id(one) not in same) for documents in (before, after))
    only_old, only_new = list(_lacking(old, new)), list(_lacking(new, old))
    gone, come = _beyond(only_old, only_new), _beyond(only_new, only_old)
    if not come and not gone:
        return Shift()
    near = services((*come, *gone)) if narrow else ANYTHING
    kept = (one for document in before if id(document) in same for one in said(document))
    both = (one for mark, found in old.items() for one in found if one in new.get(mark, ()))
    shared = narrowed((*both, *kept), near)
    come, gone = uncovered(come, shared), uncovered(gone, shared)
    return Shift(tuple(come), tuple(gone), narrowed(only_old, near), narrowed(only_new, near), shared)


def _beyond(some: Sequence[Form], others: Sequence[Form]) -> list[Lot]:
    return beyond(map(saying, some), map(saying, others))


def _patterns(some: Iterable[Saying]) -> set[tuple[str, Named]]:
    return {(one.effect, named) for one in some for named in one.actions}


def _said(documents: Iterable[Document]) -> Marked:
    """The statements of documents by a mark.

    Equal statements share it, others hardly ever do.
    """
    found: Marked = {}
    for document in documents:
        for one in said(document):
            found.setdefault(f"{len(one)}{one.get('Action', ())[:1]}", []).append(one)
    return found


def _lacking(some: Marked, others: Marked) -> Iterator[Form]:
    """The statements that the others do not have."""
    return (one for mark, found in some.items() for one in found if one not in others.get(mark, ()))
