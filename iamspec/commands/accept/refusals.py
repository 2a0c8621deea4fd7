"""The reasons to refuse an entity: the spec cannot have it, or it is dangerous and no option names the danger."""

from collections.abc import Iterator, Sequence

from iamspec.commands.accept.model import Refused, change_of, has_excess
from iamspec.desired.load import Spec
from iamspec.desired.scope import Scope
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address
from iamspec.kinds.provider.shape import Provider
from iamspec.kinds.role.shape import Role
from iamspec.kinds.user.shape import User
from iamspec.policy import trust
from iamspec.review.dangers import DRIFT, dangers as dangers_of
from iamspec.review.model import Review
from iamspec.review.undeclared import Undeclared

SHOWN = 3  # users and roles in one reason


def address_of(name: str, review: Review) -> Address:
    kind, slash, rest = name.partition("/")
    wanted = Address(kind, rest) if slash else Address("user", name)
    if wanted.kind not in KINDS or set("*?") & set(wanted.name):
        raise Refused(f'"{name}" is no address of one entity, as in user/alice')
    if wanted not in review.live.resources:
        raise Refused(f"{wanted} is not live in account {review.account.id}; there is nothing to accept")
    return Address(wanted.kind, review.live.resources[wanted].name)


def problems(address: Address, spec: Spec, review: Review) -> Iterator[str]:
    """Why an entity cannot be accepted, whatever the options say."""
    live, declared = review.live.resources[address], spec.entities.get(address)
    refusal = Scope(spec.settings.scope, None).refusal(address.kind, live.path, live.name, declared=True)
    change = change_of(address, review)
    if address in spec.absent:
        yield f"{address} is absent in the spec; take the tombstone out first"
    elif not KINDS[address.kind].scoped:
        yield f"{address} is a setting of the account; write it into the settings by hand"
    elif reason := refusal or spec.scope.kind_refusal(address.kind):
        yield f"{address} is out of scope: {reason}"
    elif declared is not None and vars(declared.shape).get("external"):
        yield f"{address} is external, so nothing of it is compared; take that line out first"
    elif change is not None and change.address.name != address.name:  # perhaps in case only
        yield f"{address} is to be renamed to {change.address}; apply that first"
    elif declared is not None and change is None and not has_excess(address, review):
        yield f"{address} is what the spec says already; there is nothing to accept"


def dangers(facts: Undeclared, review: Review, even_if: Sequence[str]) -> Iterator[str]:
    """The dangers of an entity that no option names."""
    for danger, words in _found_dangers(facts, review):
        if danger not in even_if:
            yield f"{facts.address} {words}; if that is meant, pass --even-if {danger}"


def _found_dangers(facts: Undeclared, review: Review) -> Iterator[tuple[str, str]]:
    live = review.live.resources[facts.address]
    if facts.administrator is None:
        yield "administrator", "has a policy that could not be read, so it may be an administrator"
    elif facts.administrator:
        yield "administrator", "is an administrator, or makes its users administrators"
    elif facts.escalates:
        yield "escalation", "can become an administrator"
    else:
        yield from left_to_others(facts.address, review)
    if isinstance(live, Role) and trust.outside(live.trust, review.account.id):
        yield "trust", "trusts somebody outside of the account"
    if isinstance(live, Provider):
        yield "trust", "lets people and jobs from outside of the account in, where a role trusts it"
    if getattr(live, "suspended", None) or live.facts.quarantine:
        yield "suspended", "is suspended, or AWS has quarantined it"
    if isinstance(live, User) and (facts.console or facts.active_keys or facts.console is None):
        yield "credentials", "has a password or an active access key"


def left_to_others(address: Address, review: Review) -> Iterator[tuple[str, str]]:
    """The users and roles with power that the spec does not give them, through an entity that has none itself.

    It may be a Deny or a boundary that restricts nobody any more.
    """
    by_it = {one.address for one in review.impact.principals if address in one.causes} - {address}
    found = [one for one in dangers_of(review, DRIFT) if one.address in by_it]
    for danger, words in (("administrator", "an administrator"), ("escalation", "able to become an administrator")):
        who = sorted(str(one.address) for one in found if one.administrator is (danger == "administrator"))
        if who:
            more = f" and {len(who) - SHOWN} more" if len(who) > SHOWN else ""
            yield danger, f"leaves {', '.join(who[:SHOWN])}{more} {words}, which the spec does not"
