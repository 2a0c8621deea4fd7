"""Users who get a password that must be changed at the first sign-in, and who may not change it."""

from collections.abc import Callable, Iterator
from datetime import date

from iamspec.access import questions
from iamspec.access.book import Answered, Book
from iamspec.desired.load import Spec
from iamspec.errors import Issue
from iamspec.kinds.contract import AnyDeclared
from iamspec.kinds.user.shape import UserSpec
from iamspec.policy.evaluate import Answer, Request

CODE = "cannot-change-password"
ACTION = "iam:ChangePassword"
WITHOUT_MFA = {"aws:MultiFactorAuthPresent": ("false",), "aws:MultiFactorAuthAge": ()}
SETTING = "account: {password_policy: {allow_users_to_change_password: true}}"
POLICY = "policies: [aws:IAMUserChangePassword]"


def cannot_change_password(spec: Spec, today: date, book: Callable[[], Book]) -> Iterator[Issue]:
    """A warning at each such user, judged as IAM does before the user has an MFA device.

    An answer that depends on what a spec does not say is no
    warning. The book is asked for only if it is needed.
    """
    users = [one for one in spec.entities.values() if _must_change(one, today)]
    if not users or _everybody_may(spec):
        return
    powers = book().powers
    for declared in users:
        request = Request(ACTION, powers[declared.address].arn, WITHOUT_MFA)
        answer = questions.ask(book(), powers[declared.address], request)
        if answer.answer is Answer.DENIED:
            yield declared.issue(_sentence(answer), "console")


def _must_change(declared: AnyDeclared, today: date) -> bool:
    """Whether the spec gives a password that has to be changed, and does not ignore the warning."""
    shape = declared.shape
    if not isinstance(shape, UserSpec) or not shape.console or shape.suspended or CODE in shape.lint.ignore:
        return False
    over = shape.expires is not None and shape.expires.date() < today
    return not over and getattr(shape.console, "password_reset_required", True)


def _everybody_may(spec: Spec) -> bool:
    account = spec.settings.account
    policy = account.password_policy if account else None
    return CODE in spec.settings.lint.ignore or bool(policy and policy.allow_users_to_change_password)


def _sentence(answer: Answered) -> str:
    """The warning with its cure.

    Where a Deny decides, the cure is another: no Allow helps
    against a Deny.
    """
    head = f"{CODE}: the password must be changed at the first sign-in, and"
    if denial := next((one for one in answer.grounds if one.reason.effect == "Deny"), None):
        cure = f"let its NotAction list {ACTION}, or write `console: {{password_reset_required: false}}`"
        return f"{head} {ACTION} is denied without MFA ({denial.text}); {cure}"
    return f"{head} nothing allows {ACTION} without MFA; write `{SETTING}`, or `{POLICY}` for the user"
