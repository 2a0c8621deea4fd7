"""Administrators: users who can repair every mistake of a plan."""

from collections.abc import Iterable
from dataclasses import replace

from iamspec.access import questions
from iamspec.access.book import Book
from iamspec.access.principals import Held, Powers
from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Request
from iamspec.policy.evaluate.statements import RESOURCE, compiled
from iamspec.policy.limits import QUARANTINE
from iamspec.policy.remembered import Remembered

# The rights that undo the changes of a plan: new credentials and grants for users, groups and roles, and their limits.
REPAIRS = (
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:CreateUser",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:PutUserPolicy",
    "sts:AssumeRole",
)
EACH = (1 << len(REPAIRS)) - 1
DENYING = ("AWSDenyAll", QUARANTINE)


def rights(powers: Powers, book: Book) -> bool | None:
    """True for rights without conditions, False for rights under conditions, None for no administrator."""
    if not _may_administrate(powers.policies):
        return None  # as nearly always
    known = tuple(held for held in powers.policies if held.document is not None)
    unread = [held.arn.rpartition("/")[2] for held in powers.policies if held.document is None]
    if any(one.startswith(DENYING) for one in unread):
        return None
    alone = replace(powers, policies=known)  # the other policies of AWS deny nothing, read or not
    answers = [questions.ask(book, alone, Request(action)) for action in REPAIRS]
    if all(one.answer is Answer.ALLOWED for one in answers):
        return True
    everywhere = all(
        one.answer is not Answer.DENIED
        and any(ground.reason.effect == "Allow" and RESOURCE not in ground.reason.missing for ground in one.grounds)
        for one in answers
    )
    return False if everywhere else None


def _may_administrate(policies: Iterable[Held]) -> bool:
    """A cheap look first: whether documents allow each right, on any resource and under any condition."""
    found = 0
    for held in policies:
        if held.document is not None:
            found |= _allowed(held.document)
    return found == EACH


@Remembered
def _allowed(document: Document) -> int:
    """The rights that statements of a document allow, as bits."""
    rules = [one for one in compiled(document) if one.effect == "Allow"]
    return sum(1 << bit for bit, action in enumerate(REPAIRS) if any(one.names(action.lower()) for one in rules))
