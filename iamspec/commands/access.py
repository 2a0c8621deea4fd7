"""`iamspec access`: answers who may do what, for a spec or for an account."""

from collections.abc import Sequence
from dataclasses import replace

from iamspec.access.account import AccountAccess
from iamspec.access.principals import Powers
from iamspec.access.questions import Book, context
from iamspec.access.report import Report
from iamspec.desired.validation import did_you_mean
from iamspec.errors import IamspecError
from iamspec.iam import Reader
from iamspec.live import observe
from iamspec.policy.actions.action_set import Actions
from iamspec.policy.evaluate import Request
from iamspec.policy.meaning import Grants


def live_book(reader: Reader) -> Book:
    """The users of an account, with the documents of the AWS-managed policies that they have."""
    live = observe.read_live(reader)
    access = AccountAccess(live)
    arns = {arn for one in access.powers.values() for arn in one.unknown_arns}
    documents = observe.read_documents(reader, arns, live.account)
    powers = access.with_documents(documents).powers
    return Book(powers, live.account.id, endpoint=live.account.endpoint)


def ask(book: Book, words: Sequence[str], pairs: Sequence[str], *, who: bool) -> Report:
    """The answer to `USER`, to `USER ACTION [RESOURCE]`, or with `who` to `ACTION [RESOURCE]`."""
    if len(words) > (2 if who else 3):
        raise IamspecError("too many words: USER [ACTION [RESOURCE]], or --who ACTION [RESOURCE]")
    if not who and len(words) == 1:
        return replace(_summary(book.of(words[0])), endpoint=book.endpoint)
    action, *resource = words if who else words[1:]
    if resource and resource[0] != "*" and not resource[0].startswith("arn:"):
        raise IamspecError(f'"{resource[0]}" is no resource: an ARN, as in arn:aws:s3:::bucket/key, or *')
    request = Request(_action(action), resource[0] if resource else "*", context(pairs), wild=True)
    asked = [book.powers[one] for one in sorted(book.powers)] if who else [book.of(words[0])]
    if wrong := [one for powers in asked for one in book.contradictions(powers, request)]:
        raise IamspecError(f"--context: {wrong[0]}{f' (and so for {len(wrong) - 1} more)' if wrong[1:] else ''}")
    answers = book.who(request) if who else [book.ask(book.of(words[0]), request)]
    return Report(request, tuple(answers), who=who, endpoint=book.endpoint)


def _summary(powers: Powers) -> Report:
    from iamspec.policy.actions import catalogue  # noqa: PLC0415 - 100 ms that only questions about actions need

    known = tuple(held.document for held in powers.policies if held.document is not None)
    bounds = powers.boundary.document if powers.boundary else None
    allowed = Actions(Grants(known, bounds).allowed(catalogue()), catalogue())
    return Report(None, summary=allowed, unknown=tuple(powers.unknown), user=powers.address)


def _action(written: str) -> str:
    """An action as AWS spells it.

    A typing error must not look like an answer.
    """
    from iamspec.policy.actions import catalogue  # noqa: PLC0415

    spelled = catalogue().spelled(written)
    if spelled is None:
        hint = did_you_mean(written, catalogue().suggest(written))
        raise IamspecError(f'no action of AWS is called "{written}"{hint}')
    return spelled
