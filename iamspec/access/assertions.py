"""The assertions of a spec: the `tests` of the settings, run against the users."""

from collections.abc import Iterable, Iterator, Sequence

from iamspec.access import questions
from iamspec.access.book import Answered, Book
from iamspec.access.principals import Powers
from iamspec.desired.assertions import CaseSpec, TestSpec
from iamspec.desired.check import offline
from iamspec.desired.load import Spec
from iamspec.desired.scope import matches
from iamspec.desired.validation import did_you_mean
from iamspec.errors import Issue
from iamspec.policy.document import substitute
from iamspec.policy.evaluate import Answer, Request

MORE = 3  # users that a failure names, before it only counts them


def failures(spec: Spec, book: Book) -> Iterator[Issue]:
    """The entries of `tests` that do not hold, each with the users.

    A test without users, or without entries, fails.
    """
    for name, test in spec.settings.tests.items():
        users = _users(test, book.powers.values())
        if not users:
            yield spec.issue("this is about nobody: no user has such a name, path or group", "tests", name)
        if not test.allow and not test.deny and test.boundary is None:
            yield spec.issue("this asks for nothing; write allow, deny or boundary", "tests", name)
        for wanted, key, cases in ((Answer.ALLOWED, "allow", test.allow), (Answer.DENIED, "deny", test.deny)):
            for index, case in enumerate(cases):
                broken = list(_broken(case, wanted, users, book, spec))
                yield from (spec.issue(one, "tests", name, key, index) for one in _told(broken))
        if test.boundary is not None:
            yield from (
                spec.issue(one, "tests", name, "boundary") for one in _told(list(_unbounded(test.boundary, users)))
            )


def _users(test: TestSpec, everybody: Iterable[Powers]) -> list[Powers]:
    """The users that a test names, and those in its groups.

    With a leading `/` a name means path and name.
    """
    found = []
    for one in everybody:
        path = "/" + one.arn.partition(f":{one.address.kind}/")[2].removesuffix(one.address.name)
        in_group = any(matches(test.groups, "/", group) for group in one.groups)
        names = test.roles if one.address.kind == "role" else test.users
        if in_group or matches(names, path, one.address.name):
            found.append(one)
    return sorted(found, key=lambda one: one.address)


def _broken(case: CaseSpec, wanted: Answer, users: Sequence[Powers], book: Book, spec: Spec) -> Iterator[str]:
    actions = _actions(case.action)
    if not actions:
        yield f'no action of AWS is called "{case.action}"{_hint(case.action)}'
        return
    resource = substitute(case.resource, offline(spec))
    context = {key: (value,) if isinstance(value, str) else tuple(value) for key, value in case.context.items()}
    requests = [questions.posed(Request(action, resource, context, wild=True), book) for action in actions]
    for powers in users:
        if told := book.contradictions(powers, requests[0]):
            yield from told
            continue
        for request in requests:
            found = questions.ask(book, powers, request)
            if found.answer is not wanted:
                yield _sentence(case, wanted, request.action, found)
                break


def _sentence(case: CaseSpec, wanted: Answer, action: str, found: Answered) -> str:
    on = "" if case.resource == "*" else f" on {case.resource}"
    answer = "that depends" if found.answer is Answer.DEPENDS else f"is {found.answer.value}"
    if found.grounds:
        because = f"{answer}: {found.grounds[0].text}"
    else:
        because = f"that {found.note}" if found.answer is Answer.DEPENDS else f"{answer}: {found.note}"
    return f"{found.address} should be {wanted.value} {action}{on}, but {because}"


def _actions(pattern: str) -> list[str]:
    """The actions behind a pattern.

    An exact action stands for itself, if it exists.
    """
    from iamspec.policy.actions.catalogue import catalogue  # noqa: PLC0415 - only specs with tests need it
    from iamspec.policy.actions.reference import reference  # noqa: PLC0415

    if exact := reference().exact(pattern):  # spares the other services, which are hundreds of files
        return [exact]
    return catalogue().names(catalogue().mask(pattern))


def _hint(action: str) -> str:
    from iamspec.policy.actions import catalogue  # noqa: PLC0415

    return did_you_mean(action, catalogue().suggest(action))


def _unbounded(boundary: str, users: Sequence[Powers]) -> Iterator[str]:
    for one in users:
        if one.boundary is None or one.boundary.owner.name.casefold() != boundary.casefold():
            has = f"has {one.boundary.owner.name}" if one.boundary else "has none"
            yield f"{one.address} should have the boundary {boundary}, but {has}"


def _told(broken: Sequence[str]) -> Iterator[str]:
    yield from broken[:MORE]
    if len(broken) > MORE:
        yield f"… and {len(broken) - MORE} more users like that"
