"""Guards of the caller, who must not lose access through a plan.

The caller is the user or role behind the credentials. It is
evaluated before and after the plan, by name, path, tags, groups,
policies and boundary.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from iamspec.access.account import AccountAccess
from iamspec.access.assume import DEPTH, becoming, may_assume
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
    """The ways into a role: its trust, whom the trust names, and the same of every role of the chain."""
    lost = [words for one in _chain(view, address) for words in _lost(view, one, address)]
    if isinstance(view.live.resources.get(address), Role):
        lost += _profiles(view, address)
        yield from _behind(view, address, whose)
    yield from (Complaint("self-lockout", address, f"{whose} {words}") for words in lost)


def _chain(view: View, address: Address) -> list[Address]:
    """A role, and the roles of the account that its trust names, step by step."""
    found: dict[Address, None] = {}
    edge = [address]
    for _ in range(DEPTH):
        edge = [one for one in edge if one not in found]
        roles = [role for one in edge if isinstance(role := view.live.resources.get(one), Role)]
        found.update(dict.fromkeys(edge))
        edge = [one for role in roles for one in trusting.others(role.trust, view.plan.account) if one.kind == "role"]
    return [one for one in found if isinstance(view.live.resources.get(one), Role)]


def _lost(view: View, role: Address, goal: Address) -> Iterator[str]:
    """The ways into a role of the chain that a plan closes."""
    before, after = view.live.resources[role], view.after.live.resources.get(role)
    if not isinstance(before, Role):
        return
    its = "the trust" if role == goal else f"the trust of {role}, through which it is assumed,"
    if isinstance(after, Role):
        yield from (f"{its} would not {words} any more" for words in _refused(before, after, view.plan.account.id))
    trusted = set(trusting.others(before.trust, view.plan.account)) - {role, goal}
    its = "the trust" if role == goal else f"the trust of {role}"
    for change in (one for one in view.plan.changes if one.address in trusted and one.before is not None):
        if change.after is None:
            yield f"{change.address}, which {its} names, would be deleted"
        elif isinstance(change.before, Provider) and isinstance(change.after, Provider):
            yield from (f"{change.address}, which {its} names, {lost}" for lost in closed(change.before, change.after))


def _refused(before: Role, after: Role, account: str) -> Iterator[str]:
    """What a trust refuses that it did not refuse before, as clauses."""
    yield from (f"let in {trust.sentence(one, account)}" for one in trust.newly_admitted(after.trust, before.trust))
    for action in (trust.TAG_SESSION, trust.SET_IDENTITY):
        for who in trust.newly_marking(after.trust, before.trust, action):
            if any(one.who.covers(who) for one in trust.admissions(after.trust)):
                yield f"allow {action} for {trust.sentence(trust.Admission(who), account)}"


def _profiles(view: View, address: Address) -> Iterator[str]:
    """The instance profiles that a role leaves, if it works on EC2 as far as is known."""
    before, after = view.live.resources[address], view.after.live.resources.get(address)
    is_at_work = address in map(_pipeline, view.guards.pipelines) or INSTANCE.fullmatch(_session(view))
    if is_at_work and isinstance(before, Role) and isinstance(after, Role):
        for name in sorted(before.instance_profile - after.instance_profile):
            yield f"it would leave instance-profile/{name}, and instances with that profile would lose it"


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
