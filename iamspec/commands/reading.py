"""Reads and checks of an account that several commands begin with."""

from collections.abc import Iterable
from dataclasses import replace

from iamspec.desired.load import Spec
from iamspec.desired.resources import labels
from iamspec.desired.settings import Guards
from iamspec.errors import InvalidSpec
from iamspec.iam import Reader
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, mentions
from iamspec.live import observe
from iamspec.live.observe import Live


def check_account(spec: Spec, account_id: str) -> None:
    """InvalidSpec if the spec is for another account than the credentials."""
    declared = spec.settings.account
    if declared and declared.id and declared.id != account_id:
        message = (
            f"this spec is for account {declared.id}, but the credentials are for {account_id}; nothing was compared"
        )
        raise InvalidSpec([spec.issue(message, "account", "id")])


def requested(reader: Reader, live: Live, spec: Spec) -> Live:
    """The account with the kinds that the spec asks for beyond the sweep, under the names of the spec."""
    named = replace(live, account=replace(live.account, labels=labels(spec, live.account)))
    wanted = {kind.name for kind in observe.REQUESTED if spec.scope.kind_refusal(kind.name) is None}
    trusted = {kind.name for kind in observe.REQUESTED if trusts(spec, kind.name)}
    return observe.read_requested(reader, named, wanted | trusted)


def trusts(spec: Spec, kind: str) -> bool:
    """Whether a declared entity names an entity of a kind."""
    return any(
        one.kind == kind
        for declared in spec.entities.values()
        for one in mentions(KINDS[declared.address.kind].given(declared.shape))
    )


def ask_owners(reader: Reader, live: Live, addresses: Iterable[Address], guards: Guards) -> Live:
    """The account with the CloudFormation stacks that own some entities, in the regions of the settings."""
    there = [one for one in addresses if one in live.resources]
    return observe.ask_owners(reader, live, there, [None] if guards.stack_regions is None else guards.stack_regions)
