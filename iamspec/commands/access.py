"""`iamspec access`: answers who may do what, for a spec or for an account."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from iamspec.access import questions
from iamspec.access.assume import Chain, becoming, weaker
from iamspec.access.book import Answered, Book
from iamspec.access.principals import Powers
from iamspec.access.questions import context
from iamspec.access.report import Report
from iamspec.access.targets import ASSUME, targets_of
from iamspec.desired.validation import did_you_mean
from iamspec.errors import IamspecError
from iamspec.iam import Reader
from iamspec.kinds.contract import Address
from iamspec.policy.actions.action_set import Actions
from iamspec.policy.evaluate import Answer, Request
from iamspec.policy.trust import Sort, admissions, sentence


def live_book(reader: Reader) -> Book:
    """The users of an account, with the documents of the AWS-managed policies that they have."""
    from iamspec.access.account import AccountAccess  # noqa: PLC0415 - a question to a spec reads no account
    from iamspec.live import observe  # noqa: PLC0415

    live = observe.read_live(reader)
    access = AccountAccess(live)
    arns = {arn for one in access.powers.values() for arn in one.unknown_arns}
    documents = observe.read_documents(reader, arns, live.account)
    powers = access.with_documents(documents).powers
    trusts = targets_of(live.resources, live.account)
    return Book(powers, live.account.id, endpoint=live.account.endpoint, trusts=trusts)


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
    put = questions.posed(request, book)
    answers = questions.who(book, put) if who else [questions.ask(book, book.of(words[0]), put)]
    through = tuple(_through(book, put, answers, None if who else asked[0].address))
    others = tuple(_others(book, request)) if who else ()
    return Report(request, tuple(answers), who=who, endpoint=book.endpoint, through=through, others=others)


def _through(book: Book, request: Request, answers: Sequence[Answered], only: Address | None) -> Iterator[Chain]:
    """The chains of roles by which principals can do more than by themselves."""
    if request.action.lower() == ASSUME.lower() or not book.trusts:
        return
    able = {one.address: one.answer for one in answers if one.answer is not Answer.DENIED}
    if only is not None and only in able:
        return
    goals = {address: questions.ask(book, book.powers[address], request).answer for address in sorted(book.trusts)}
    seen = set(able)
    for goal, answer in goals.items():
        for chain in becoming(goal, book.trusts, book) if answer is not Answer.DENIED else ():
            if chain.who not in seen and only in {None, chain.who}:
                seen.add(chain.who)
                yield replace(chain, answer=weaker(chain.answer, answer))


def _others(book: Book, request: Request) -> Iterator[str]:
    """Who may assume a role and is no user or role of the account, as its trust policy says."""
    target = next((one for one in book.trusts.values() if one.arn == request.resource), None)
    if request.action.lower() != ASSUME.lower() or target is None:
        return
    for one in admissions(target.trust):
        found = one.who
        if found.sort in {Sort.SERVICE, Sort.ISSUER, Sort.SAML, Sort.ANYBODY, Sort.UNKNOWN}:
            yield sentence(one, book.account_id)
        elif found.account and found.account != book.account_id:
            yield f"{sentence(one, book.account_id)}, as far as account {found.account} allows it"


def _summary(powers: Powers) -> Report:
    from iamspec.policy.actions import catalogue  # noqa: PLC0415 - 100 ms that only questions about actions need
    from iamspec.policy.meaning import Grants  # noqa: PLC0415 - a question about one action compares no sets

    known = tuple(held.document for held in powers.policies if held.document is not None)
    bounds = powers.boundary.document if powers.boundary else None
    allowed = Actions(Grants(known, bounds).allowed(catalogue()), catalogue())
    return Report(None, summary=allowed, unknown=tuple(powers.unknown), user=powers.address)


def _action(written: str) -> str:
    """An action as AWS spells it.

    A typing error must not look like an answer.
    """
    from iamspec.policy.actions.reference import reference  # noqa: PLC0415 - only questions need the actions of AWS

    spelled = reference().exact(written)  # spares the other services, which are hundreds of files
    if spelled is None:
        from iamspec.policy.actions import catalogue  # noqa: PLC0415

        hint = did_you_mean(written, catalogue().suggest(written))
        raise IamspecError(f'no action of AWS is called "{written}"{hint}')
    return spelled
