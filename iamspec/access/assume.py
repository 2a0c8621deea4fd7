"""Who may assume a role of the account: the trust policy of the role, and the policies of the caller.

After "Policy evaluation logic" and "How permissions for
cross-account access and roles work" in the IAM User Guide. In the
same account, a trust in the user or role itself is enough. A trust
in the account takes a policy of the caller, too. A Deny on either
side decides.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from iamspec.access.book import Book
from iamspec.access.principals import Held, Powers
from iamspec.access.targets import ASSUME, Target
from iamspec.kinds.contract import Address
from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Principal, Request, Source, evaluate
from iamspec.policy.remembered import Remembered
from iamspec.policy.statement import ACCOUNT_ID, PRINCIPALS, Statement, listed, statements
from iamspec.policy.trust.trusted import SESSION

DEPTH = 3  # roles that are assumed one after the other; longer chains are not looked at
EVERYTHING = Document({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain of roles that a principal becomes, step by step.

    `answer` is the answer of the weakest link.
    """

    who: Address
    roles: tuple[Address, ...]
    answer: Answer

    @property
    def text(self) -> str:
        """`user/ana → role/hop → role/admin`."""
        return " → ".join(map(str, (self.who, *self.roles)))


def may_assume(
    powers: Powers, target: Target, book: Book, given: Mapping[str, tuple[str, ...]] | None = None
) -> Answer:
    """Whether a user or role of the account may assume a role of the account.

    `given` are known condition keys.
    """
    context = given or {}
    account = book.account_id
    direct, wider = frozenset({powers.arn}), _wider(powers.arn, account)
    trusted = _trusts(target, direct | wider, wider, powers, account, context)
    sessions = frozenset(_sessions(powers, target.trust))
    if trusted is Answer.DENIED and not sessions:
        return Answer.DENIED
    request = Request(ASSUME, target.arn, context)
    own = book.by_policies(powers, request)
    if own.answer is Answer.DENIED and any(one.reason.effect == "Deny" for one in own.grounds):
        return Answer.DENIED
    by_name = _trusts(target, direct, wider, powers, account, context)
    named = _trusts(target, sessions, wider, powers, account, context) if sessions else Answer.DENIED
    by_name = max((by_name, weaker(named, Answer.DEPENDS)), key=_STRENGTH.__getitem__)
    if by_name is Answer.DENIED:
        return weaker(trusted, own.answer)
    alone = weaker(by_name, _undenied(powers, request, book))
    return alone if alone is Answer.ALLOWED else max((alone, weaker(trusted, own.answer)), key=_STRENGTH.__getitem__)


def _sessions(powers: Powers, trust: Document) -> Iterator[str]:
    """The sessions of a role that a trust policy names. Whoever assumes the role chooses the name of the session."""
    if powers.address.kind == "role":
        for name in sorted(_names(trust) or ()):
            found = SESSION.fullmatch(name)
            if found and found["role"] == powers.address.name and found["account"] == powers.arn.split(":")[4]:
                yield name


_STRENGTH = {Answer.DENIED: 0, Answer.DEPENDS: 1, Answer.ALLOWED: 2}


def weaker(*answers: Answer) -> Answer:
    return min(answers, key=_STRENGTH.__getitem__)


def _undenied(powers: Powers, request: Request, book: Book) -> Answer:
    """The answer if the caller's policies allowed everything: what Deny statements and the boundary of a role leave.

    A trust in a user outweighs the boundary of the user.
    """
    whole = (*powers.policies, Held(powers.address, (), EVERYTHING))
    boundary = powers.boundary if powers.address.kind != "user" else None
    return book.by_policies(replace(powers, policies=whole, boundary=boundary), request).answer


def _wider(arn: str, account: str) -> frozenset[str]:
    """The texts in a trust policy that include a principal: the account, and `*`."""
    partition = arn.split(":")[1]
    return frozenset({f"arn:{partition}:iam::{account}:root", "*"})


def _trusts(
    target: Target,
    named: frozenset[str],
    wider: frozenset[str],
    powers: Powers,
    account: str,
    context: Mapping[str, tuple[str, ...]],
) -> Answer:
    """The answer of the statements of a trust policy that are about the principals, as a policy of the caller.

    A Deny counts for everybody whom it means, be it as a part of
    the account or of all.
    """
    partition, denied = target.trust.partition, frozenset({powers.arn}) | wider
    found = [
        _without_principal(one)
        for one in _statements(target.trust)
        if (_is_denied(one, denied, powers.arn, partition) if one.denies else _concerns(one, named, partition))
    ]
    if not found:
        return Answer.DENIED
    data = target.trust.data
    document = Document({"Version": data.get("Version", "2008-10-17"), "Statement": found}, target.trust.partition)
    principal = Principal(powers.arn, account, powers.address.name, powers.tags, (Source("trust", document),))
    return evaluate(principal, Request(ASSUME, target.arn, context)).answer


@Remembered
def _statements(trust: Document) -> tuple[Statement, ...]:
    return tuple(statements(trust.data))


def _concerns(statement: Statement, named: frozenset[str], partition: str) -> bool:
    if statement.has("Principal"):
        return not named.isdisjoint(_of_aws(statement, "Principal", partition))
    return statement.has("NotPrincipal") and named.isdisjoint(_of_aws(statement, "NotPrincipal", partition))


def _is_denied(statement: Statement, denied: frozenset[str], arn: str, partition: str) -> bool:
    """Whether a Deny is about a caller.

    The account among those who are not meant exempts none of the
    users and roles of the account.
    """
    if statement.has("NotPrincipal"):
        return frozenset({arn, "*"}).isdisjoint(_of_aws(statement, "NotPrincipal", partition))
    return _concerns(statement, denied, partition)


def _of_aws(statement: Statement, element: str, partition: str) -> Iterator[str]:
    written = statement.data.get(element)
    if written == "*":
        yield "*"
    for name in listed(written.get("AWS")) if isinstance(written, Mapping) else ():
        yield f"arn:{partition}:iam::{name}:root" if ACCOUNT_ID.fullmatch(str(name)) else str(name)


def _without_principal(statement: Statement) -> dict[str, object]:
    return {key: value for key, value in statement.data.items() if key not in PRINCIPALS} | {"Resource": "*"}


def chains(starts: Iterable[Address], targets: Mapping[Address, Target], book: Book) -> list[Chain]:
    """Every role that some principals can become, by the shortest chain, to the depth that DEPTH says."""
    found: dict[tuple[Address, Address], Chain] = {}
    for start in sorted(starts):
        edge = [Chain(start, (), Answer.ALLOWED)]
        for _ in range(DEPTH):
            edge = [
                longer
                for chain in edge
                for longer in _longer(chain, targets, book)
                if found.setdefault((start, longer.roles[-1]), longer) is longer
            ]
    return [found[key] for key in sorted(found)]


def _longer(chain: Chain, targets: Mapping[Address, Target], book: Book) -> Iterator[Chain]:
    caller = chain.roles[-1] if chain.roles else chain.who
    for address in sorted(targets):
        if address in {chain.who, *chain.roles} or caller not in book.powers:
            continue
        answer = may_assume(book.powers[caller], targets[address], book)
        if answer is not Answer.DENIED:
            yield Chain(chain.who, (*chain.roles, address), weaker(chain.answer, answer))


def becoming(goal: Address, targets: Mapping[Address, Target], book: Book) -> list[Chain]:
    """The users and roles that can become a role, each by its shortest chain, to the depth that DEPTH says."""
    found: dict[Address, Chain] = {}
    edge = [Chain(goal, (goal,), Answer.ALLOWED)]
    for _ in range(DEPTH):
        edge = [
            one
            for chain in edge
            for one in _before(chain, targets, book)
            if found.setdefault(one.who, one) is one and one.who in targets
        ]
        edge = [replace(one, roles=(one.who, *one.roles)) for one in edge]
    return [found[address] for address in sorted(found)]


def _before(chain: Chain, targets: Mapping[Address, Target], book: Book) -> Iterator[Chain]:
    """The principals that can become the first role of a chain."""
    first = targets[chain.roles[0]]
    for address in sorted(book.powers):
        if address not in chain.roles and _may_be_trusted(book.powers[address].arn, first, book.account_id):
            answer = may_assume(book.powers[address], first, book)
            if answer is not Answer.DENIED:
                yield Chain(address, chain.roles, weaker(chain.answer, answer))


def _may_be_trusted(arn: str, target: Target, account: str) -> bool:
    """A cheap look first: most roles trust only a few principals of the account, by name."""
    names = _names(target.trust)
    if names is None or arn in names or not names.isdisjoint({*_wider(arn, account), account}):
        return True
    role = f":assumed-role/{arn.rpartition('/')[2]}/"
    return any(role in one for one in names)


@Remembered
def _names(trust: Document) -> frozenset[str] | None:
    """The principals of AWS that a trust policy names.

    None where an Allow says who is not meant.
    """
    if any(one.has("NotPrincipal") and one.allows for one in _statements(trust)):
        return None
    return frozenset(name for one in _statements(trust) for name in _of_aws(one, "Principal", trust.partition))
