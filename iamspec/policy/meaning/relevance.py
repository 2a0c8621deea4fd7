"""The pieces of a change that can change a decision.

A boundary, a Deny or another policy may make a piece idle. A piece
is dropped only if that is certain. A request that is newly allowed
is in a piece that stays. If no policy allowed it before, the Allow
is new. If the boundary did not allow it, the boundary's Allow is
new. Otherwise a Deny went away. The same holds for lost access,
with the two sides exchanged.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import islice

from iamspec.policy.document import Document
from iamspec.policy.meaning.clauses import Clause, Lot, Named, Piece, Saying, said, saying, within
from iamspec.policy.meaning.covering import Cover, Holding, is_covered, pieces
from iamspec.policy.meaning.grants import Grants
from iamspec.policy.meaning.meeting import patterns_meet, resources_meet
from iamspec.policy.meaning.services import ANY, by_service, service

MOST = 2_000  # pieces that a piece is compared with. With more pieces the answer is the cautious answer
MOST_MET = 10_000  # answers about what meets that are kept


@dataclass(frozen=True)
class Side:
    """The statements of the policies and the boundary of a principal, taken apart on demand."""

    grants: Grants

    @cached_property
    def allows(self) -> list[Saying]:
        return _said(self.grants.policies, "Allow")

    @cached_property
    def denies(self) -> list[Saying]:
        return _said(self.grants.documents, "Deny")

    @cached_property
    def bounds(self) -> list[Saying] | None:
        """The requests that the boundary allows. None without a boundary."""
        boundary = self.grants.boundary
        return None if boundary is None else _said((boundary,), "Allow")

    @property
    def is_open(self) -> bool:
        return self.grants.is_open

    @property
    def is_idle(self) -> bool:
        """Whether the boundary certainly leaves nothing of what the policies allow."""
        if self.bounds is None or self.is_open:
            return False
        found = list(islice((piece for one in self.allows for piece in one.pieces), MOST + 1))
        return len(found) <= MOST and not any(_met(piece, self.bounds) for piece in found if not self.denied(piece))

    def denied(self, piece: Piece) -> bool:
        """Whether a Deny certainly covers the piece."""
        clause, named = piece
        return bool(self.denies) and self._denial(clause).holds(named)

    def undenied(self, clause: Clause, names: tuple[Named, ...]) -> tuple[Named, ...]:
        """The actions of a clause that no Deny certainly covers."""
        return self._denial(clause).beyond(names) if self.denies else names

    def _denial(self, clause: Clause) -> Cover:
        if clause not in self._denying:
            self._denying[clause] = self._denies.cover(replace(clause, effect="Deny"))
        return self._denying[clause]

    def allowed(self, piece: Piece) -> bool:
        """Whether an Allow certainly covers the piece."""
        clause, named = piece
        if clause not in self._allowing:
            self._allowing[clause] = self._allows.cover(clause)
        return self._allowing[clause].holds(named)

    @cached_property
    def bounding(self) -> list[Piece]:
        """The pieces that the boundary allows: at most one more than MOST."""
        return list(islice((piece for one in self.bounds or () for piece in one.pieces), MOST + 1))

    @cached_property
    def _denies(self) -> Holding:
        return Holding(self.denies)

    @cached_property
    def _allows(self) -> Holding:
        return Holding(self.allows)

    @cached_property
    def _denying(self) -> dict[Clause, Cover]:
        """What a Deny covers, by the clauses that were asked about."""
        return {}

    @cached_property
    def _allowing(self) -> dict[Clause, Cover]:
        """The same of what is allowed."""
        return {}


def _said(documents: Iterable[Document], effect: str) -> list[Saying]:
    """The statements of an effect. Statements of the other effect are not taken apart."""
    return [saying(one) for document in documents for one in said(document) if one.get("Effect") == effect]


def of_policies(lots: Iterable[Lot], now: Side, then: Side) -> Iterator[Lot]:
    """Pieces of Allow that policies gain, as far as the boundary lets them through."""
    for clause, names in lots:
        left = now.undenied(clause, names)
        if now.bounds is None:
            yield clause, left
        else:
            yield from _lots(_let_through((clause, left), now, then))


def _lots(found: Iterable[Piece]) -> Iterator[Lot]:
    return ((clause, (named,)) for clause, named in found)


def _let_through(lot: Lot, now: Side, then: Side) -> Iterator[Piece]:
    met = _meeting(lot, now.bounding)
    for piece in pieces([lot]):
        for bound in met.get(piece[1], ()):
            if _within(bound, piece):
                if not then.allowed(bound):
                    yield bound
            else:
                yield piece
                break


def _meeting(lot: Lot, found: Sequence[Piece]) -> Mapping[Named, Sequence[Piece]]:
    """The pieces that may concern the same request, by the action of the lot.

    If there are too many, each action stands for all.
    """
    clause, names = lot
    if len(found) > MOST:
        return {named: [(clause, named)] for named in names}
    met: dict[Named, list[Piece]] = {}
    for one in found:
        if _share(clause.resource, one[0].resource, arn=True):
            for named in _sharing(names, one[1]):
                met.setdefault(named, []).append(one)
    return met


@lru_cache(maxsize=MOST_MET)
def _sharing(names: tuple[Named, ...], other: Named) -> tuple[Named, ...]:
    """The actions that may be the same as another action."""
    mine, near = service(other), by_service(names)
    found = names if mine == ANY else (*near.get(ANY, ()), *near.get(mine, ()))
    return tuple(one for one in found if _share(one, other, arn=False))


def of_boundary(lots: Sequence[Lot], now: Side, then: Side) -> Iterator[Lot]:
    """What policies allow now and only the boundary kept out then."""
    yield from lots if now.is_open else ()
    bounds = list(pieces(lots))
    for one in now.allows if bounds else ():
        yield from _lots(
            piece
            for piece in one.pieces
            if any(_meet(piece, bound) for bound in bounds)
            and not (then.bounds is None or is_covered(piece, then.bounds))
            and not now.denied(piece)
        )


def of_denies(lots: Iterable[Lot], without: Side) -> Iterator[Lot]:
    """Pieces of Deny that take something away from the side without them."""
    found = pieces(lots)
    return _lots(one for one in found if not is_covered(one, without.denies) and _takes(one, without))


def _takes(piece: Piece, without: Side) -> bool:
    if without.is_open:
        return True
    if without.bounds is not None and not _met(piece, without.bounds):
        return False
    return any(not without.denied(one) for one in _met(piece, without.allows))


def _met(piece: Piece, others: Sequence[Saying]) -> list[Piece]:
    """The pieces that may concern the same request.

    If there are too many, the piece itself stands for all.
    """
    if sum(one.size for one in others) > MOST:
        return [piece]
    return [met for one in others for met in _met_by(piece, one)]


@lru_cache(maxsize=MOST_MET)
def _met_by(piece: Piece, saying: Saying) -> tuple[Piece, ...]:
    """The pieces of a statement that may concern the same request."""
    return tuple(one for one in saying.pieces if _meet(piece, one))


def _meet(one: Piece, other: Piece) -> bool:
    return _share(one[1], other[1], arn=False) and _share(one[0].resource, other[0].resource, arn=True)


def _share(one: Named, other: Named, *, arn: bool) -> bool:
    """Whether two patterns may match the same.

    What is everything but a list meets everything.
    """
    if isinstance(one, tuple) or isinstance(other, tuple):
        return True
    return resources_meet(one, other) if arn else patterns_meet(one, other)


def _within(inner: Piece, outer: Piece) -> bool:
    """Whether the inner piece certainly says no more, its condition apart."""
    (clause, named), (outer_clause, outer_named) = inner, outer
    return (
        clause.effect == outer_clause.effect
        and within(clause.resource, outer_clause.resource, arn=True)
        and (named == outer_named or within(named, outer_named))
    )
