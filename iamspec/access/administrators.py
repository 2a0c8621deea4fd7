"""Administrators: users who can repair whatever a plan gets wrong."""

from dataclasses import replace

from iamspec.access.principals import Powers
from iamspec.access.questions import Book
from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Request
from iamspec.policy.evaluate.statements import RESOURCE
from iamspec.policy.limits import QUARANTINE

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
DENYING = ("AWSDenyAll", QUARANTINE)


def rights(powers: Powers, book: Book) -> bool | None:
    """True for rights without conditions, False for rights under conditions, None for no administrator."""
    known = tuple(held for held in powers.policies if held.document is not None)
    unread = [held.arn.rpartition("/")[2] for held in powers.policies if held.document is None]
    if not any(_may_administrate(held.document) for held in known) or any(one.startswith(DENYING) for one in unread):
        return None
    alone = replace(powers, policies=known)  # the other policies of AWS deny nothing, read or not
    answers = [book.ask(alone, Request(action)) for action in REPAIRS]
    if all(one.answer is Answer.ALLOWED for one in answers):
        return True
    everywhere = all(
        one.answer is not Answer.DENIED
        and any(ground.reason.effect == "Allow" and RESOURCE not in ground.reason.missing for ground in one.grounds)
        for one in answers
    )
    return False if everywhere else None


def _may_administrate(document: Document | None) -> bool:
    """A cheap look first: few documents have a statement about all actions."""
    return document is not None and '"Allow"' in document.text and '"*"' in document.text
