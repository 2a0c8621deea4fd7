"""Questions to a spec or to an account about access, answered with the statements that decide."""

from collections.abc import Sequence
from dataclasses import replace

from iamspec.access.assume import may_assume
from iamspec.access.book import Answered, Book
from iamspec.access.principals import Powers
from iamspec.access.targets import ASSUME, Target
from iamspec.errors import IamspecError
from iamspec.policy.evaluate import Answer, Request
from iamspec.policy.evaluate.request import UNKNOWN_RESOURCE

NOT_MODELLED = "policies of the organization (SCPs, RCPs), resource policies and session policies are not looked at"


def ask(book: Book, powers: Powers, request: Request) -> Answered:
    """The answer for a user or role.

    Unknown facts make the answer depend. Nothing is guessed. To
    assume a role of the account, its trust policy counts, too.
    """
    found = book.by_policies(powers, request)
    if request.action.lower() != ASSUME.lower():
        return found
    target = next((one for one in book.trusts.values() if one.arn == request.resource), None)
    if target is not None:
        return _assuming(book, found, powers, target, request)
    owner = (*request.resource.split(":"), "", "", "", "", "")[4]
    if found.answer is Answer.DENIED or not owner.isdigit() or owner == book.account_id:
        return found
    return replace(found, note="; ".join(filter(None, [found.note, f"as far as account {owner} allows it"])))


def posed(request: Request, book: Book) -> Request:
    """The request as it is put to policies.

    An action that works on no resource is about the account, and
    not about an unknown resource.
    """
    from iamspec.policy.actions.applicable import NEEDS_ANY  # noqa: PLC0415 - only questions need the actions of AWS
    from iamspec.policy.actions.reference import Reference  # noqa: PLC0415

    service = request.action.partition(":")[0].lower()
    if request.resource != UNKNOWN_RESOURCE or NEEDS_ANY.isdisjoint({service, request.action}):
        return request
    if Reference().resource_types(request.action.lower()):
        return request
    if service != "s3":
        return replace(request, resource=f"arn:*:{service}:*:*:", wild=True)
    partition = next((one.arn.split(":")[1] for one in book.powers.values() if one.arn), "*")
    return replace(request, resource=f"arn:{partition}:s3:::", wild=True)


def _assuming(book: Book, found: Answered, powers: Powers, target: Target, request: Request) -> Answered:
    answer = may_assume(powers, target, book, request.context)
    if answer is Answer.DENIED and found.answer is not Answer.DENIED:
        return replace(found, answer=answer, note=f"the trust policy of {target.address} does not let it in")
    if answer is found.answer:
        return found
    return replace(found, answer=answer, note=f"by the trust policy of {target.address}, and what it asks for")


def who(book: Book, request: Request) -> list[Answered]:
    """The answers of all users who may do that, certainly or under a condition."""
    answers = (ask(book, book.powers[address], request) for address in sorted(book.powers))
    return [one for one in answers if one.answer is not Answer.DENIED]


def context(pairs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Condition keys as people give them, `aws:MultiFactorAuthPresent=true`.

    A key given twice, in whatever case, has two values and the
    first spelling.
    """
    found: dict[str, tuple[str, ...]] = {}
    spelled: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or ":" not in key:
            raise IamspecError(f"--context {pair}: write KEY=VALUE, as in aws:MultiFactorAuthPresent=true")
        key = spelled.setdefault(key.lower(), key)
        found[key] = (*found.get(key, ()), value) if value else found.get(key, ())
    return found
