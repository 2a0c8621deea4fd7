"""Documents held against those whose place they take: the direction of the change, and the actions in it as sets."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from weakref import ref

from iamspec.policy.document import Document
from iamspec.policy.meaning.clauses import Named, Piece, Saying, beyond, said, saying, uncovered

if TYPE_CHECKING:
    from iamspec.policy.actions import Catalogue


Marked = dict[str, list[dict[str, Any]]]


class Verdict(StrEnum):
    """One word for a change of documents."""

    WIDENS = "widens"
    NARROWS = "narrows"
    BOTH = "both widens and narrows"
    OTHER = "same actions, other resources or conditions"
    COSMETIC = "cosmetic"


class Remark(StrEnum):
    """What changes where no action is given or taken."""

    NONE = ""
    SAME = "same actions, other resources or conditions"
    FUTURE = "the same of all actions that are known"
    DENIES = "by what is denied"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a replacement of documents: more or less access, with sets of actions.

    `denied` and `released` are those that are now, and no longer, denied on every resource without a condition;
    `unlisted` are the patterns in what changes that match no known action.
    """

    widens: bool = False
    narrows: bool = False
    gained: int = 0
    lost: int = 0
    denied: int = 0
    released: int = 0
    remark: Remark = Remark.NONE
    unlisted: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        if self.widens and self.narrows:
            return Verdict.OTHER if self.remark is Remark.SAME else Verdict.BOTH
        if self.widens:
            return Verdict.WIDENS
        return Verdict.NARROWS if self.narrows else Verdict.COSMETIC


@dataclass(frozen=True, slots=True)
class Grants:
    """The policies of a principal and the boundary, if there is a boundary. Both must allow a request."""

    policies: tuple[Document, ...] = ()
    boundary: Document | None = None

    def allowed(self, catalogue: "Catalogue") -> int:
        """The actions that both let through, on some resource or under some condition."""
        found = allowed(self.policies, catalogue)
        return found if self.boundary is None else found & allowed([self.boundary], catalogue)

    def denied(self, catalogue: "Catalogue") -> int:
        """The actions that a policy or the boundary denies on every resource without a condition."""
        found = 0
        for document in self._documents:
            found |= _masks(document, catalogue)[1]
        return found

    def is_everything(self, catalogue: "Catalogue") -> bool:
        """Whether this is administrator access: everything on everything without a condition, and nothing denied always."""
        bounds = (self.boundary,) if self.boundary is not None else ()
        return (
            self.allowed(catalogue) == catalogue.all
            and any(_says_all(one) for one in self.policies)
            and all(_says_all(one) for one in bounds)
        )

    @property
    def _documents(self) -> tuple[Document, ...]:
        return self.policies if self.boundary is None else (*self.policies, self.boundary)


@dataclass(frozen=True, slots=True)
class _Shift:
    """The clauses that came and the clauses that went.

    `old` and `new` are the statements that only one side has, `shared` those that stay.
    """

    come: tuple[Piece, ...] = ()
    gone: tuple[Piece, ...] = ()
    old: tuple[Saying, ...] = ()
    new: tuple[Saying, ...] = ()
    shared: tuple[Saying, ...] = ()

    @property
    def widens(self) -> bool:
        return _any("Allow", self.come) or _any("Deny", self.gone)

    @property
    def narrows(self) -> bool:
        return _any("Allow", self.gone) or _any("Deny", self.come)

    @property
    def patterns_stay(self) -> bool:
        """Whether the actions of all that changes are on both sides in the same words."""
        stay = _patterns(self.shared) | (_patterns(self.old) & _patterns(self.new))
        return {(one.effect, named) for one, named in (*self.come, *self.gone)} <= stay


def _any(effect: str, pieces: Iterable[Piece]) -> bool:
    return any(clause.effect == effect for clause, _ in pieces)


def compare(before: Grants, after: Grants, catalogue: "Catalogue") -> Meaning:
    """The change of access when a set of documents replaces another set. Renames and reorders change nothing."""
    shift, bound = _shift(before.policies, after.policies), _Shift()
    frees, binds = before.boundary is not None and after.boundary is None, False
    if before.boundary is not None and after.boundary is not None:
        bound = _shift([before.boundary], [after.boundary])
    else:  # a boundary only ever takes away
        binds = before.boundary is None and after.boundary is not None
    widens, narrows = shift.widens or bound.widens or frees, shift.narrows or bound.narrows or binds
    if not widens and not narrows:
        return Meaning()
    was, becomes = before.allowed(catalogue), after.allowed(catalogue)
    denied_before, denied_after = before.denied(catalogue), after.denied(catalogue)
    gained, lost = becomes & ~was, was & ~becomes
    return Meaning(
        widens=widens,
        narrows=narrows,
        gained=gained,
        lost=lost,
        denied=denied_after & ~denied_before,
        released=denied_before & ~denied_after,
        remark=Remark.NONE if gained or lost else _remark(shift, bound),
        unlisted=_unlisted((*shift.come, *shift.gone, *bound.come, *bound.gone), catalogue),
    )


def _remark(*shifts: _Shift) -> Remark:
    if all(one.patterns_stay for one in shifts):
        return Remark.SAME
    allows = any(_any("Allow", (*one.come, *one.gone)) for one in shifts)
    return Remark.FUTURE if allows else Remark.DENIES


def _unlisted(changed: Iterable[Piece], catalogue: "Catalogue") -> tuple[str, ...]:
    names = {name for _, named in changed for name in ([named] if isinstance(named, str) else named)}
    return tuple(sorted(name for name in names if not catalogue.mask(name)))


def _shift(before: Sequence[Document], after: Sequence[Document]) -> _Shift:
    """Only statements that differ are taken apart, unless they leave a doubt that the others could remove."""
    same = {id(one) for one in before} & {id(one) for one in after}
    old, new = (_said(one for one in documents if id(one) not in same) for documents in (before, after))
    only_old, only_new = (tuple(map(saying, _lacking(*pair))) for pair in ((old, new), (new, old)))
    come, gone = beyond(only_new, only_old), beyond(only_old, only_new)
    if not come and not gone:
        return _Shift()
    kept = (one for document in before if id(document) in same for one in said(document))
    both = (one for mark, its in old.items() for one in its if one in new.get(mark, ()))
    shared = tuple(map(saying, (*both, *kept)))
    come, gone = uncovered(come, shared), uncovered(gone, shared)
    return _Shift(tuple(come), tuple(gone), only_old, only_new, shared)


def _patterns(some: Iterable[Saying]) -> set[tuple[str, Named]]:
    return {(one.effect, named) for one in some for named in one.actions}


def _said(documents: Iterable[Document]) -> Marked:
    """The statements of documents, by a mark that equal ones share and others hardly ever."""
    found: Marked = {}
    for document in documents:
        for one in said(document):
            found.setdefault(f"{len(one)}{one.get('Action', ())[:1]}", []).append(one)
    return found


def _lacking(some: Marked, others: Marked) -> Iterator[dict[str, Any]]:
    """The statements that others do not have."""
    return (one for mark, its in some.items() for one in its if one not in others.get(mark, ()))


def _says_all(document: Document) -> bool:
    return any(saying(one).is_everything for one in said(document))


def allowed(documents: Iterable[Document], catalogue: "Catalogue") -> int:
    """The actions allowed on some resource or under some condition by any, and not denied always by any."""
    found = denied = 0
    for document in documents:
        allows, denies = _masks(document, catalogue)
        found |= allows
        denied |= denies
    return found & ~denied


# by identity, since to tell equal documents costs more than to look into both
_known: dict[int, tuple[ref[Document], "Catalogue", tuple[int, int]]] = {}


def _masks(document: Document, catalogue: "Catalogue") -> tuple[int, int]:
    """The allowed and always denied actions of a document, computed once for its lifetime."""
    key = id(document)
    held = _known.get(key)
    if held is not None and held[0]() is document and held[1] is catalogue:
        return held[2]
    found = catalogue.decided(document)
    _known[key] = (ref(document, lambda _: _known.pop(key, None)), catalogue, found)
    return found
