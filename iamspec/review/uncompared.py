"""Live entities that no plan compares, since they are out of scope: how many, and how dangerous the roles are."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from iamspec.access.account import AccountAccess
from iamspec.desired.scope import Scope
from iamspec.kinds import SCOPED
from iamspec.kinds.contract import Address
from iamspec.kinds.parts import owned
from iamspec.kinds.role.shape import Role
from iamspec.live.observe import Live
from iamspec.plan.findings import Uncompared
from iamspec.policy import trust
from iamspec.policy.managed import managed_documents
from iamspec.policy.trust import Sort
from iamspec.review.undeclared import power

OF_ACCOUNTS = frozenset({Sort.ANYBODY, Sort.ACCOUNT, Sort.USER, Sort.ROLE, Sort.SESSION})


def uncompared(scope: Scope, access: AccountAccess, known: Collection[Address]) -> tuple[Uncompared, ...]:
    """The live entities out of scope, sorted.

    `known` are the live addresses that the spec knows all the
    same. Policies of AWS count as the package has them, since a
    plan asks nothing about what it does not compare.
    """
    live = access.live
    found = [one for one in _out_of_scope(scope, live) if one not in known]
    roles = {one for one in found if isinstance(live.resources[one], Role)}
    if not roles:
        return tuple(map(Uncompared, found))
    unread = {arn for one in roles for arn in access.powers[one].unknown_arns}
    packaged = managed_documents(live.account.partition)
    read = access.with_documents({arn: packaged[arn] for arn in unread & packaged.keys()})
    return tuple(_facts(one, read) if one in roles else Uncompared(one) for one in found)


def _out_of_scope(scope: Scope, live: Live) -> Iterator[Address]:
    parts = {part for part, _ in owned(live.resources)}  # they are compared, or not, with their owners
    for address in sorted(live.resources.keys() - parts):
        one = live.resources[address]
        if address.kind in SCOPED and scope.refusal(address.kind, one.path, one.name):
            yield address


def _facts(address: Address, access: AccountAccess) -> Uncompared:
    role, account = access.live.resources[address], access.live.account.id
    administrator, escalates = power(access.powers[address], access)
    found = Uncompared(address, administrator, escalates)
    if not isinstance(role, Role):
        return found
    admitted = trust.outside(role.trust, account)
    says = tuple(sorted({trust.sentence(one, account) for one in admitted}))
    foreign = any(one.who.sort in OF_ACCOUNTS for one in admitted)
    return replace(found, outside=says, by_accounts=foreign)
