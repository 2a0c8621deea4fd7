"""Reads and checks of an account that several commands begin with."""

from collections.abc import Iterable
from dataclasses import replace

from iamspec.desired.guards import Guards
from iamspec.desired.load import Spec
from iamspec.desired.resources import Desired
from iamspec.desired.trusts import labels
from iamspec.errors import IamspecError, InvalidSpec
from iamspec.iam import Reader
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, How, Purpose
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
    """InvalidSpec if the spec is for another account than the credentials.

    `only` is of the command line.
    """
    check_only(account_id, only)
    declared = spec.settings.account
    if declared and declared.id and declared.id != account_id:
        message = (
            f"this spec is for account {declared.id}, but the credentials are for {account_id}; nothing was compared"
        )
        raise InvalidSpec([spec.issue(message, "account", "id")])


def named(live: Live, spec: Spec) -> Live:
    """The account with the names that the spec gives to entities that IAM knows by their ARNs alone."""
    return replace(live, account=replace(live.account, labels=labels(spec, live.account)))


def requested(reader: Reader, live: Live, wanted: Desired) -> Live:
    """The account with the kinds beyond the sweep that the spec asks for.

    A kind of which a declared entity only names something is left
    out where a snapshot does not have it. Their listings do not
    say when an entity was made, which a tombstone must know.
    """
    scope = wanted.spec.scope
    kinds = {one.name for one in observe.REQUESTED if scope.kind_refusal(one.name) is None}
    along = {one for one in kinds if KINDS[one].comes_with and KINDS[one].section not in wanted.spec.sections}
    live = observe.read_requested(reader, live, kinds - along)
    live = observe.read_saved(reader, live, along)
    absent = [one for one in wanted.spec.absent if one.kind in kinds and one in live.resources]
    live = observe.fill(reader, live, dict.fromkeys(absent, Purpose.COMPARE))
    return observe.read_saved(reader, live, _trusted(wanted))


def _trusted(wanted: Desired) -> set[str]:
    """The kinds of the entities that declared ones trust."""
    return {
        target.kind
        for address, resource in wanted.resources.items()
        for one in KINDS[address.kind].references(resource)
        if one.how is How.TRUSTS and (target := one.within(wanted.world.account))
    }


def ask_owners(reader: Reader, live: Live, addresses: Iterable[Address], guards: Guards) -> Live:
    """The account with the CloudFormation stacks that own some entities, in the regions of the settings."""
    there = [one for one in addresses if one in live.resources]
    return observe.ask_owners(reader, live, there, [None] if guards.stack_regions is None else guards.stack_regions)
