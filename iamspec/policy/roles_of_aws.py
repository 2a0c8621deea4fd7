"""Names that AWS documents for roles of its own tools.

Anybody may give a role such a name, so a name proves nothing.
"""

from collections.abc import Collection
from fnmatch import fnmatchcase
from functools import cache

from iamspec.policy import trust
from iamspec.policy.actions.reference import package_data
from iamspec.policy.document import Document
from iamspec.policy.trust import Sort, Trusted


@cache
def tool_of(name: str) -> str | None:
    """The tool that gives this name to a role.

    Case does not matter to IAM.
    """
    found = package_data("roles-of-aws.json")["roles"].items()
    folded = name.casefold()
    return next((tool for tool, names in found if any(fnmatchcase(folded, one.casefold()) for one in names)), None)


def is_known(document: Document, account: str, trusted_accounts: Collection[str]) -> bool:
    """Whether a trust policy admits nobody but AWS services, the own account and the trusted accounts."""
    accounts = {account, *trusted_accounts}
    return all(_is_ours(one.who, accounts) for one in trust.admissions(document))


def _is_ours(who: Trusted, accounts: Collection[str]) -> bool:
    if who.sort is Sort.SERVICE:
        return True
    return who.sort in {Sort.ACCOUNT, Sort.USER, Sort.ROLE, Sort.SESSION} and who.account in accounts
