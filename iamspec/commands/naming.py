"""Names for live identity providers, which IAM knows by their ARNs alone, in a spec that does not exist yet."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from iamspec.desired.scope import matches
from iamspec.errors import IamError
from iamspec.iam import Label, Reader
from iamspec.kinds.contract import Address, How, Purpose
from iamspec.kinds.labels import PROVIDER
from iamspec.kinds.provider.shape import Provider
from iamspec.kinds.role.kind import RoleKind
from iamspec.kinds.role.shape import Role
from iamspec.live import observe
from iamspec.live.observe import Live
from iamspec.live.snapshot import NOT_SAVED
from iamspec.policy.grammar.issuers import GITHUB

USUAL = {GITHUB: "github", "gitlab.com": "gitlab", "accounts.google.com": "google", "app.terraform.io": "terraform"}


def with_providers(reader: Reader, live: Live, patterns: Iterable[str]) -> Live:
    """The account with its identity providers under names that a spec can have, as far as roles or patterns need them."""
    try:
        live = _named(observe.read_requested(reader, live, {PROVIDER}))
    except IamError as error:
        if error.code != NOT_SAVED:
            raise
        return live  # a capture does not have them
    trusted = {one for one in _trusted(live) if one in live.resources}
    asked = {one for one in live.resources if one.kind == PROVIDER and matches([*patterns], "", str(one))}
    live = observe.fill(reader, live, dict.fromkeys(trusted | asked, Purpose.EXPORT))
    return replace(live, account=replace(live.account, labels=_labels(live)))


def _trusted(live: Live) -> Iterator[Address]:
    """The identity providers that roles trust."""
    kind = RoleKind()
    for one in live.resources.values():
        for each in kind.references(one) if isinstance(one, Role) else ():
            if each.how is How.TRUSTS and (target := each.within(live.account)):
                yield target


def _labels(live: Live) -> dict[str, Label]:
    providers = [one for one in live.resources.values() if isinstance(one, Provider)]
    return {one.facts.arn: Label(one.name, tuple(sorted(one.client_ids))) for one in providers}


def _named(live: Live) -> Live:
    """Short names without slashes.

    A SAML provider keeps the name that it has in IAM.
    """
    providers = {address: one for address, one in live.resources.items() if isinstance(one, Provider)}
    taken = {one.name.casefold() for one in providers.values() if not one.oidc}
    resources = {address: one for address, one in live.resources.items() if address not in providers}
    for _, one in sorted(providers.items()):
        name = one.name
        if one.oidc:
            plain = one.issuer.replace("/", "-")
            name = next(
                each for each in (USUAL.get(one.issuer, plain), plain, one.issuer) if each.casefold() not in taken
            )
            taken.add(name.casefold())
        resources[Address(PROVIDER, name)] = replace(one, name=name)
    named = replace(live, resources=resources)
    return replace(named, account=replace(live.account, labels=_labels(named)))
