"""Reads and checks of an account that several commands begin with."""

from collections.abc import Iterable

from iamspec.desired.load import Spec
from iamspec.desired.settings import Guards
from iamspec.errors import IamspecError, InvalidSpec
from iamspec.iam import Reader
from iamspec.kinds.contract import Address
from iamspec.live import observe
from iamspec.live.observe import Live


def check_named(spec: Spec, only: str | None) -> None:
    """IamspecError if neither the spec nor the command line names the account."""
    account = spec.settings.account
    if only is None and not (account and account.id):
        raise IamspecError(
            "apply --auto-approve needs to know the account: write `account: {id: …}` into the settings of the spec, or "
            "pass --account ID; nothing was changed"
        )


def check_only(account_id: str, only: str | None) -> None:
    """IamspecError if the command line names another account than the credentials."""
    if only is not None and only != account_id:
        raise IamspecError(f"--account {only}: the credentials are for {account_id}; nothing was compared")


def check_account(spec: Spec, account_id: str, only: str | None = None) -> None:
    """InvalidSpec if the spec is for another account than the credentials. `only` is of the command line."""
    check_only(account_id, only)
    declared = spec.settings.account
    if declared and declared.id and declared.id != account_id:
        message = (
            f"this spec is for account {declared.id}, but the credentials are for {account_id}; nothing was compared"
        )
        raise InvalidSpec([spec.issue(message, "account", "id")])


def ask_owners(reader: Reader, live: Live, addresses: Iterable[Address], guards: Guards) -> Live:
    """The account with the CloudFormation stacks that own some entities, in the regions of the settings."""
    there = [one for one in addresses if one in live.resources]
    return observe.ask_owners(reader, live, there, [None] if guards.stack_regions is None else guards.stack_regions)
