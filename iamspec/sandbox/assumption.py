"""Whether a caller may assume a role, by the trust policy of the role and the policies of the caller.

After "Policy evaluation logic" and "How IAM roles differ from
resource-based policies" in the IAM User Guide.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Principal, Request, Source, evaluate
from iamspec.policy.statement import Statement, listed, statements
from iamspec.sandbox.accounts import Accounts
from iamspec.sandbox.entities import Role, User
from iamspec.sandbox.sessions import Caller

EVERYTHING = Document({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
EVERYBODY = ("AWS", "*")
VARIABLE = re.compile(r"\$\{([^},]+)")

Named = tuple[str, str]  # the kind and the text of a principal in a trust policy
Context = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Asker:
    """A caller who asks for a role.

    A `direct` principal in a trust policy means this caller alone.
    A `wider` principal means other callers, too. A caller who
    comes through an identity provider has no policies and no
    account.
    """

    principal: Principal
    direct: frozenset[Named]
    wider: frozenset[Named] = frozenset()
    context: Context = field(default_factory=dict)

    @property
    def federated(self) -> bool:
        return not self.principal.account


def asker(caller: Caller, accounts: Accounts, context: Context) -> Asker:
    """The caller with the policies of the user or of the role behind the session."""
    root = f"arn:{accounts.partition}:iam::{caller.account}:root"
    wider = frozenset({("AWS", root), EVERYBODY})
    if (user := caller.iam_user) is not None:
        policies = _policies(user, accounts)
        principal = Principal(user.arn, caller.account, user.name, user.tags, policies, _boundary(user, accounts))
        return Asker(principal, frozenset({("AWS", user.arn)}), wider, context)
    if (session := caller.session) is not None:
        role = session.role
        principal = Principal(
            role.arn, caller.account, caller.name, None, _policies(role, accounts), _boundary(role, accounts)
        )
        tags = {f"aws:PrincipalTag/{key}": (value,) for key, value in ({**role.tags} | {**session.tags}).items()}
        return Asker(principal, frozenset({("AWS", role.arn), ("AWS", caller.arn)}), wider, {**context} | tags)
    policies = (Source("everything", EVERYTHING),)
    principal = Principal(caller.arn, caller.account, caller.name, {}, policies)
    return Asker(principal, frozenset({("AWS", caller.arn)}), wider, context)


def may_assume(who: Asker, role: Role, action: str) -> bool:
    """Whether IAM says yes.

    An answer that depends on unknown facts is a no.
    """
    trust = role.trust.document
    if _trusts(trust, who.direct | who.wider, who, role, action) is not Answer.ALLOWED:
        return False
    if who.federated:
        return True
    own = evaluate(who.principal, _request(who, role, action, who.principal))
    if own.answer is Answer.DENIED and own.reasons and any(one.effect == "Deny" for one in own.reasons):
        return False
    by_name = _trusts(trust, who.direct, who, role, action) is Answer.ALLOWED
    if by_name and who.principal.account == str(role.account_id):
        return _within_boundary(who, role, action)
    return own.answer is Answer.ALLOWED


def _within_boundary(who: Asker, role: Role, action: str) -> bool:
    """Whether the boundary allows the request.

    A trust in a user outweighs that user's boundary. A trust in a
    role does not outweigh the role's.
    """
    if who.principal.boundary is None or ":user/" in who.principal.arn:
        return True
    bounded = replace(who.principal, policies=(Source("everything", EVERYTHING),))
    return evaluate(bounded, _request(who, role, action, bounded)).answer is Answer.ALLOWED


def _trusts(trust: Any, named: frozenset[Named], who: Asker, role: Role, action: str) -> Answer:
    """The answer of the statements that name the principals, evaluated as a policy of the caller."""
    written = [_without_principal(one) for one in statements(trust) if _concerns(one, named, who)]
    document = Document({"Version": trust.get("Version"), "Statement": written})
    principal = replace(who.principal, policies=(Source("trust", document),), boundary=None)
    return evaluate(principal, _request(who, role, action, principal)).answer


def _concerns(statement: Statement, named: frozenset[Named], who: Asker) -> bool:
    """Whether a statement is about some principals.

    From a Deny for all but some, the account among these exempts
    none of its users and roles.
    """
    if statement.has("Principal"):
        return not named.isdisjoint(_named(statement.data["Principal"]))
    exempt = who.direct | {EVERYBODY} if statement.denies else named
    return exempt.isdisjoint(_named(statement.data.get("NotPrincipal")))


def _named(element: Any) -> set[Named]:
    if not isinstance(element, Mapping):
        return {EVERYBODY} if element == "*" else set()
    return {(kind, str(one)) for kind, names in element.items() for one in listed(names)}


def _without_principal(statement: Statement) -> dict[str, Any]:
    kept = {key: value for key, value in statement.data.items() if key not in {"Principal", "NotPrincipal"}}
    return kept | {"Resource": "*"}


def _request(who: Asker, role: Role, action: str, principal: Principal) -> Request:
    """The request.

    Condition keys that a policy asks for and the request lacks are
    known to be absent.
    """
    sources = [*principal.policies, *([principal.boundary] if principal.boundary else [])]
    asked = {key for source in sources for key in _keys(source.document)}
    given = {key.lower() for key in who.context}
    absent: dict[str, tuple[str, ...]] = {key: () for key in asked if key.lower() not in given}
    return Request(action, role.arn, {**absent, **who.context})


def _keys(document: Document) -> Iterable[str]:
    for statement in statements(document.data):
        yield from (test.key for test in statement.tests() if test.key is not None)
        yield from VARIABLE.findall(json.dumps(dict(statement.data)))


def _policies(holder: User | Role, accounts: Accounts) -> tuple[Source, ...]:
    """Every policy of a role, or of a user and the groups of the user."""
    holders = [holder]
    if isinstance(holder, User):
        holders += accounts.backends[str(holder.account_id)].groups_of(holder)
    found = []
    for one in holders:
        found += [Source(name, _document(text, accounts)) for name, text in one.policies.items()]
        found += [Source(arn, _managed(policy, accounts)) for arn, policy in one.managed_policies.items()]
    return tuple(found)


def _boundary(holder: User | Role, accounts: Accounts) -> Source | None:
    if not (arn := holder.permissions_boundary_arn):
        return None
    policy = accounts.backends[str(holder.account_id)].managed_policies[arn]
    return Source(arn, _managed(policy, accounts))


def _managed(policy: Any, accounts: Accounts) -> Document:
    text = next(one.document for one in policy.versions if one.version_id == policy.default_version_id)
    return _document(text, accounts)


def _document(text: str, accounts: Accounts) -> Document:
    return Document(json.loads(text), accounts.partition)
