"""A change of trust as a change of access: who can become a role, and who gains what the role gains."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from iamspec.access.account import AccountAccess
from iamspec.access.administrators import rights
from iamspec.access.assume import becoming
from iamspec.access.book import Book
from iamspec.access.targets import Target, targets_of
from iamspec.kinds.contract import Address
from iamspec.kinds.role.shape import Role
from iamspec.plan.model import Plan
from iamspec.policy import trust
from iamspec.policy.meaning import Verdict
from iamspec.review.impact.effect import Effect


@dataclass(frozen=True, slots=True)
class TrustEffect:
    """The principals in words who `can` become a role and could not before, and those who `cannot` any more.

    `followers` are the users and roles of the account that can
    become the role, and so gain what it gains.
    """

    address: Address
    can: tuple[str, ...] = ()
    cannot: tuple[str, ...] = ()
    administrator: bool = False
    followers: tuple[str, ...] = ()


def trusts(plan: Plan, after: AccountAccess, principals: Iterable[Effect]) -> Iterator[TrustEffect]:
    """The effects on roles with changed trust, and on roles with more access."""
    account = plan.account.id
    widened = {one.address for one in principals if one.verdict in {Verdict.WIDENS, Verdict.BOTH} and not one.is_idle}
    book, known = Book(after.powers, account), targets_of(after.live.resources, after.live.account)
    for change in plan.changes:
        new = change.after
        if not isinstance(new, Role):
            continue
        old = change.before.trust if isinstance(change.before, Role) else None
        can = _words(trust.newly_admitted(old, new.trust), account)
        cannot = _words(trust.newly_admitted(new.trust, old), account) if old is not None else ()
        gains = change.address in widened or (bool(can) and bool(new.policies or new.inline_policies))
        followers = _followers(change.address, known, book) if gains else ()
        if can or cannot or followers:
            yield TrustEffect(change.address, can, cannot, _is_administrator(change.address, after, book), followers)


def _words(found: Iterable[trust.Admission], account: str) -> tuple[str, ...]:
    return tuple(sorted(trust.sentence(one, account) for one in found))


def _followers(address: Address, known: Mapping[Address, Target], book: Book) -> tuple[str, ...]:
    return tuple(one.text for one in becoming(address, known, book)) if address in known else ()


def _is_administrator(address: Address, access: AccountAccess, book: Book) -> bool:
    powers = access.powers.get(address)
    return powers is not None and rights(powers, book) is not None
