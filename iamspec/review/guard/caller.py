"""Guards of the caller, who must not lose access through a plan.

The caller is the user or role behind the credentials. It is
evaluated before and after the plan, by name, path, tags, groups,
policies and boundary.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from iamspec.access.account import AccountAccess
from iamspec.access.assume import becoming, may_assume
from iamspec.access.book import Book
from iamspec.access.principals import Held
from iamspec.access.targets import Target, targets_of
from iamspec.iam import Account
from iamspec.kinds.contract import Address, Holding, Resource
from iamspec.kinds.holdings import reference
from iamspec.kinds.provider.shape import Provider
from iamspec.kinds.role import trusting
from iamspec.kinds.role.shape import Role
from iamspec.kinds.user.rotation import QUIET
from iamspec.kinds.user.shape import User
from iamspec.plan.model import Change
from iamspec.plan.order.cast import Cast
from iamspec.plan.order.judge import Judge
from iamspec.plan.order.telling import actions, listed
from iamspec.policy import trust
from iamspec.policy.evaluate import Answer
from iamspec.policy.managed import managed_documents
from iamspec.review.guard.view import View
from iamspec.review.guard.widening import loses
from iamspec.review.impact import grants_otherwise
from iamspec.review.model import Complaint

OWN = "these are your own credentials, and"
INSTANCE = re.compile(r"i-[0-9a-f]{8,17}", re.ASCII)
PIPELINE = "this is one of guards.pipelines, and"


def root_caller(view: View) -> Iterator[Complaint]:
    if view.plan.changes and view.live.caller.arn.endswith(":root"):
        message = "these are the credentials of the root user, which nothing can restrict; use a role or a user"
        yield Complaint("root-caller", None, message)


def self_lockout(view: View) -> Iterator[Complaint]:
    """The losses of the caller and of the roles under `guards.pipelines`.

    The losses that the plan shows by itself come first, else those
    that the evaluator finds.
    """
    if not view.plan.steps:
        return
    caller = _caller(view)
    pipelines = [_pipeline(name) for name in view.guards.pipelines]
    for address in dict.fromkeys([caller, *pipelines] if caller else pipelines):
        whose = OWN if address == caller else PIPELINE
        found = [*_own_entity(view, address, whose), *_ways_in(view, address, whose)]
        yield from found
        if not found and address in view.before.powers:
            yield from _evaluated(view, address, whose)
        is_named = address in {*view.before.powers, *view.after.powers}
        if address != caller and not is_named:
            yield Complaint("self-lockout", address, "is one of guards.pipelines, but no role has this name")


def _pipeline(name: str) -> Address:
    """A role by name, by address, or by path and name."""
    return Address("role", name.removeprefix("role/").rpartition("/")[2])


def _ways_in(view: View, address: Address, whose: str) -> Iterator[Complaint]:
    """The trust of a role, the identity providers that it trusts, and the users and roles of the account that it names."""
    role = view.live.resources.get(address)
    if not isinstance(role, Role):
        return
    after = view.after.live.resources.get(address)
    account = view.plan.account
    if isinstance(after, Role):
        for one in trust.newly_admitted(after.trust, role.trust):
            message = f"{whose} the trust would not let in {trust.sentence(one, account.id)} any more"
            yield Complaint("self-lockout", address, message)
        for action in (trust.TAG_SESSION, trust.SET_IDENTITY):
            for who in trust.newly_marking(after.trust, role.trust, action):
                if any(one.who.covers(who) for one in trust.admissions(after.trust)):
                    words = trust.sentence(trust.Admission(who), account.id)
                    yield Complaint(
                        "self-lockout", address, f"{whose} the trust would not allow {action} for {words} any more"
                    )
        if address in map(_pipeline, view.guards.pipelines) or INSTANCE.fullmatch(_session(view)):
            for name in sorted(role.instance_profile - after.instance_profile):
                message = (
                    f"{whose} it would leave instance-profile/{name}, and instances with that profile would lose it"
                )
                yield Complaint("self-lockout", address, message)
    yield from _behind(view, address, whose)
    trusted = set(trusting.others(role.trust, account))
    for change in view.plan.changes:
        if change.address not in trusted - {address} or change.before is None:
            continue
        if change.after is None:
            yield Complaint(
                "self-lockout", address, f"{whose} {change.address}, which the trust names, would be deleted"
            )
        elif isinstance(change.before, Provider) and isinstance(change.after, Provider):
            for lost in closed(change.before, change.after):
                yield Complaint("self-lockout", address, f"{whose} {change.address}, which the trust names, {lost}")


def _session(view: View) -> str:
    """The name of the caller's session. On EC2 it is the id of the instance."""
    return view.live.caller.arn.rpartition("/")[2]


def _behind(view: View, role: Address, whose: str) -> Iterator[Complaint]:
    """The users and roles of the account that could assume the role and cannot any more.

    They count if the session has the name of one of them, or if no
    other user or role of the account is left.
    """
    former, session = view.former, _session(view) if whose == OWN else ""
    losing = {former.get(one, one): one for one, _, effect in view.effects if loses(effect) and one != role}
    before, after = _Door.of(view.before, role), _Door.of(view.after, role)
    shut = sorted(old for old, new in losing.items() if before.lets_in(old) and not after.lets_in(new))
    if any(one.name == session for one in shut) or (shut and not after.is_used):
        yield Complaint("self-lockout", role, f"{whose} {listed(list(map(str, shut)))} could not assume it any more")


@dataclass(frozen=True, slots=True)
class _Door:
    """A role of a state of the account, and the users and roles that may assume it."""

    role: Address
    known: Mapping[Address, Target]
    book: Book

    @classmethod
    def of(cls, access: AccountAccess, role: Address) -> "_Door":
        account = access.live.account
        return cls(role, targets_of(access.live.resources, account), Book(access.powers, account.id))

    def lets_in(self, who: Address) -> bool:
        if self.role not in self.known or who not in self.book.powers:
            return False
        return may_assume(self.book.powers[who], self.known[self.role], self.book) is not Answer.DENIED

    @property
    def is_used(self) -> bool:
        return self.role in self.known and bool(becoming(self.role, self.known, self.book))


def closed(before: Provider, after: Provider) -> Iterator[str]:
    """The logins that an identity provider would not take any more."""
    yield from (f"would not take tokens for {one} any more" for one in sorted(before.client_ids - after.client_ids))
    if before.saml is None or after.saml is None:
        return
    if before.saml.entity_id != after.saml.entity_id or before.saml.certificates - after.saml.certificates:
        yield "would not take its logins any more"


def _evaluated(view: View, caller: Address, whose: str) -> Iterator[Complaint]:
    """The requests that the caller may make before the plan and not after it."""
    new = next((one.address for one in view.changes(caller.kind) if _is_named(caller, caller.kind, one.before)), caller)
    aws = managed_documents(view.live.account.partition)
    cast = Cast(view.live, view.after.live, view.after.live, view.plan.steps, aws)
    scene = cast.scene(tuple(dict.fromkeys((caller, new))))
    judge = Judge.of_scenes([scene], {})
    before, after = judge.level(scene, ()), judge.level(scene, scene.steps)
    lost = before.certain & ~after.certain | before.possible & ~after.possible
    if lost:
        yield Complaint("self-lockout", caller, f"{whose} they would lose access: {listed(actions(lost, judge))}")


def _caller(view: View) -> Address | None:
    """The user or role behind the credentials."""
    kind, name = caller_entity(view.live.caller.arn)
    return Address(kind, name) if kind else None


def caller_entity(arn: str) -> tuple[str, str]:
    """The kind and name of the entity behind a caller.

    The ARN of an assumed role lacks the path.
    """
    _, _, service, *_, resource = [*arn.split(":", 5), "", "", ""][:6]
    parts = resource.split("/")
    if service == "iam" and parts[0] == "user":
        return "user", parts[-1]
    if service == "sts" and parts[0] == "assumed-role" and len(parts) > 1:
        return "role", parts[1]
    return "", ""


def _own_entity(view: View, caller: Address, whose: str) -> Iterator[Complaint]:
    personal = {
        one.address for one in view.plan.changes if not grants_otherwise(one)
    }  # `_evaluated` tells these losses
    lost = [
        one
        for address, live, one in view.effects
        if _is_named(caller, address.kind, live)
        and loses(one)
        and not (address in personal and one.causes == (address,))
    ]
    for effect in lost:
        yield Complaint(
            "self-lockout", caller, f"{whose} they would lose access ({', '.join(map(str, effect.causes))})"
        )
    for change in view.changes(caller.kind):
        if change.before is None or not _is_named(caller, caller.kind, change.before):
            continue
        if change.after is None:
            yield Complaint("self-lockout", caller, f"{whose} {'you' if whose == OWN else 'it'} would be deleted")
        elif not lost and (gone := [*_taken(change, view.plan.account), *_cut(view, change)]):
            yield Complaint("self-lockout", caller, f"{whose} they would lose {', '.join(gone)}")


def _is_named(address: Address, kind: str, live: Resource | None) -> bool:
    """Whether a live entity is the entity at an address, under its present name."""
    return live is not None and Address(kind, live.name) == address


def _taken(change: Change, account: Account) -> Iterator[str]:
    """The groups and policies that a principal loses, even if another group or policy gives the same access."""
    before, after = change.before, change.after
    if isinstance(before, Holding) and isinstance(after, Holding):
        yield from (f"group/{name}" for name in sorted(before.groups - after.groups))
        yield from sorted(reference(arn, account) for arn in before.policies - after.policies)
        yield from (f"inline policy {name}" for name in sorted(before.inline_policies.keys() - after.inline_policies))


def _cut(view: View, change: Change) -> Iterator[str]:
    """The keys, password and tags that the caller may be using and loses.

    A suspended caller is reported elsewhere.
    """
    before, after = change.before, change.after
    if isinstance(before, User) and isinstance(after, User):
        yield from _cut_off(view, before, after)
    if before is None or after is None or before.tags == after.tags:
        return
    if any(map(_asks_for_tags, view.before.powers[Address(change.address.kind, before.name)].policies)):
        yield "tags that a policy asks for"


def _cut_off(view: View, before: User, after: User) -> Iterator[str]:
    """The keys in use and the password that a user loses.

    All keys if no key is left.
    """
    left = {key.id for key in after.access_keys or () if key.active}
    keys = [key for key in before.access_keys or () if key.active and key.id not in left]
    in_use = [key for key in keys if key.used is not None and key.used > view.live.now - QUIET]
    yield from (f"access key {key.id}" for key in (in_use if left else keys))
    if before.console and after.console is False and not left:
        yield "the password"


def _asks_for_tags(held: Held) -> bool:
    return held.document is not None and "aws:principaltag/" in held.document.text.casefold()


def unchecked(view: View) -> str | None:
    """The reason why the caller's access cannot be checked.

    None if it can be checked.
    """
    arn = view.live.caller.arn
    kind, name = caller_entity(arn)
    if not kind:
        return f"{arn} is neither a user nor a role"
    caller = Address(kind, name)
    known = kind == "user" or caller in view.live.resources
    return None if known else f"{caller} is not in the account"
