"""The users of a spec, without an account."""

from collections.abc import Mapping

from iamspec.access.book import Book
from iamspec.access.principals import all_powers, unread
from iamspec.access.targets import targets_of
from iamspec.desired.check import offline
from iamspec.desired.load import Spec
from iamspec.desired.resources import desired
from iamspec.iam import Account
from iamspec.kinds.contract import Address, Granted
from iamspec.policy.managed import managed_documents

ANY_ACCOUNT = "${account.id}"  # a variable that has no value, named like the setting that would say it


def spec_book(spec: Spec, granted: Mapping[Address, Granted] | None = None, *, assume: bool = False) -> Book:
    """The users that a spec declares, with AWS's policies out of the package.

    Without `account.id` the account is unknown, unless it may be
    assumed. The policies of an external user are unknown.
    """
    known = offline(spec)
    is_known = assume or bool(spec.settings.account and spec.settings.account.id)
    account = Account(known["account_id"] if is_known else ANY_ACCOUNT, known["partition"])
    wanted = desired(spec, account, {}, granted=granted)
    powers = all_powers(wanted.resources, account, managed_documents(account.partition))
    if not assume:
        powers |= {one: unread(one, account) for one in wanted.external if one.kind == "user"}
    trusts = targets_of(wanted.resources, account)
    return Book(powers, account.id if is_known else "", spec.entities, trusts=trusts)
