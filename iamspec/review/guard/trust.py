"""The guard `external-trust`: outsiders may assume a role that they could not assume before.

It compares each role before and after the plan. It also looks at
identity providers: people and jobs from outside come through them.
A trust in a deleted principal is a complaint if a new principal
has the name.
"""

from collections.abc import Iterator

from iamspec.access.account import AccountAccess
from iamspec.access.administrators import rights
from iamspec.access.book import Book
from iamspec.kinds.contract import Address
from iamspec.kinds.provider.shape import Provider
from iamspec.kinds.role.shape import Role
from iamspec.plan.model import Action, Change
from iamspec.policy import trust
from iamspec.policy.document import Document
from iamspec.policy.trust.trusted import ENTITY
from iamspec.review.guard.view import View
from iamspec.review.model import Complaint

GUARD = "external-trust"
SHOWN = 3  # roles, or policies, in one message


def external_trust(view: View) -> Iterator[Complaint]:
    for change in view.plan.changes:
        if isinstance(change.after, Role):
            yield from _role(view, change, change.after)
        elif isinstance(change.after, Provider):
            yield from _provider(view, change, change.after)


def _role(view: View, change: Change, after: Role) -> Iterator[Complaint]:
    before = change.before.trust if isinstance(change.before, Role) else None
    if before == after.trust:
        return
    account = view.plan.account.id
    may = powers(view.after, change.address)
    ids = frozenset(entity.facts.id for entity in view.live.resources.values())
    for one in trust.newly_outside(before, after.trust, account, ids):
        is_id = one.who.sort is trust.Sort.GONE
        who = f"whoever has the unique id {one.who.name}" if is_id else trust.sentence(one, account)
        yield Complaint(GUARD, change.address, f"could be assumed by {who}, which could not before; {may}")
    is_asked = before is not None and asks_for_tags(view.after, change.address)
    taggers = map(trust.Admission, trust.newly_marking(before, after.trust, trust.TAG_SESSION) if is_asked else ())
    for tagger in (one for one in taggers if one.is_outside(account)):
        words = trust.sentence(tagger, account)
        message = f"could be given session tags, which its policies ask for, by {words}, which could not before; {may}"
        yield Complaint(GUARD, change.address, message)
    made = {arn for one in view.plan.changes if one.action is Action.CREATE and (arn := _arn(view, one.address))}
    for arn in trust.replaced(before, after.trust) if before is not None else ():
        if arn not in made:
            found = ENTITY.fullmatch(arn)
            noun = found["kind"] if found else "principal"
            message = f"the {noun} it trusted is gone; another one has its name, {arn}, and would be trusted; {may}"
            yield Complaint(GUARD, change.address, message)


def _arn(view: View, address: Address) -> str | None:
    found = view.after.live.resources.get(address)
    return found.facts.arn if found is not None else None


def asks_for_tags(access: AccountAccess, address: Address) -> bool:
    """Whether a policy of a role asks for tags of the principal, which a session may bring."""
    held = access.powers.get(address)
    return held is not None and any(
        one.document is not None and "aws:principaltag/" in one.document.text.casefold() for one in held.policies
    )


def powers(access: AccountAccess, address: Address) -> str:
    """What a role may do, as a clause."""
    held = access.powers.get(address)
    if held is None or not held.policies:
        return "it has no policies"
    if rights(held, Book({}, access.live.account.id)) is not None:
        return "it is an administrator"
    names = sorted({one.owner.name if one.path[:1] == ("document",) else one.path[-1] for one in held.policies})
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"it has {', '.join(names[:SHOWN])}{more}"


def _provider(view: View, change: Change, after: Provider) -> Iterator[Complaint]:
    before = change.before if isinstance(change.before, Provider) else None
    roles = _trusting(view, after)
    for message in _news(before, after):
        yield Complaint(GUARD, change.address, f"{message}; {roles}")


def _news(before: Provider | None, after: Provider) -> Iterator[str]:
    if before is None:
        yield f"is a new identity provider, {after.oidc or after.resource}"
        return
    for one in sorted(after.client_ids - before.client_ids):
        yield f"would take tokens for {one}, too"
    if after.saml is not None and before.saml is not None and after.saml != before.saml:
        if after.saml.entity_id != before.saml.entity_id:
            yield f"would take logins of {after.saml.entity_id} instead of {before.saml.entity_id}"
        if new := len(after.saml.certificates - before.saml.certificates):
            yield f"would take logins signed with {new} new {'certificate' if new == 1 else 'certificates'}"


def _trusting(view: View, provider: Provider) -> str:
    """The roles that trust a provider after the plan, administrators first."""
    arn = view.plan.account.arn(provider.resource)
    found = [
        (powers(view.after, address) != "it is an administrator", str(address))
        for address, one in view.after.live.resources.items()
        if isinstance(one, Role) and _names(one.trust, arn)
    ]
    if not found:
        return "no role trusts it yet"
    shown = [f"{name}{'' if plain else ' (administrator)'}" for plain, name in sorted(found)]
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return f"trusted by {', '.join(shown[:SHOWN])}{more}"


def _names(document: Document, arn: str) -> bool:
    """Whether a trust policy lets logins of a provider in."""
    wanted = trust.trusted("Federated", arn)
    return any(one.who == wanted for one in trust.admissions(document))
