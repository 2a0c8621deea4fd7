"""An organization for a sandbox.

The first account manages it, and new members are in two units.
"""

import json

from iamspec.sandbox import trust
from iamspec.sandbox.accounts import Accounts
from iamspec.sandbox.entities import Role
from iamspec.sandbox.organization import Member, Organization, Unit

ACCESS_ROLE = "OrganizationAccountAccessRole"
ADMINISTRATOR = "AdministratorAccess"
FIRST_MEMBER = 200_000_000_001
ROOT, WORKLOADS, PROD, DEV = "r-sbox", "ou-sbox-workload", "ou-sbox-workprod", "ou-sbox-worksdev"
UNITS = (
    Unit(ROOT, "Root", None),
    Unit(WORKLOADS, "Workloads", ROOT),
    Unit(PROD, "Prod", WORKLOADS),
    Unit(DEV, "Dev", WORKLOADS),
)


def found(accounts: Accounts, members: int) -> Organization:
    """The organization of the first account, with new member accounts in Workloads/Prod and Workloads/Dev by turns."""
    management = str(accounts.first.account_id)
    organization = Organization(management, list(UNITS), [Member(management, "management", ROOT)])
    free = (
        account for number in range(FIRST_MEMBER, FIRST_MEMBER + members + 1) if (account := str(number)) != management
    )
    for number, account in zip(range(members), free, strict=False):
        unit, kind = ((PROD, "prod"), (DEV, "dev"))[number % 2]
        organization.members.append(Member(account, f"{kind}-{number // 2 + 1}", unit, {"env": kind}))
        _join(accounts, account, management)
    accounts.organization = organization
    return organization


def _join(accounts: Accounts, account: str, management: str) -> None:
    """A new account with the role that the management account administers it by."""
    backend = accounts.add(account)
    statement = {"Effect": "Allow", "Principal": {"AWS": management}, "Action": "sts:AssumeRole"}
    trusted = trust.stored(json.dumps({"Version": "2012-10-17", "Statement": statement}), accounts)
    role = Role(account, accounts.partition, ACCESS_ROLE, "/", trusted)
    policy = backend.managed_policies[f"arn:{accounts.partition}:iam::aws:policy/{ADMINISTRATOR}"]
    role.managed_policies[policy.arn] = policy
    backend.roles[role.id] = role
