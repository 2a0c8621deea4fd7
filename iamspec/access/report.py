"""The answer of `iamspec access` as one value."""

from dataclasses import dataclass

from iamspec.access.assume import Chain
from iamspec.access.book import Answered
from iamspec.kinds.contract import Address
from iamspec.policy.actions.action_set import Actions
from iamspec.policy.evaluate import Request


@dataclass(frozen=True, slots=True)
class Report:
    """A question and its answers.

    With `who`, it has the answers of all users. Without a question
    it is the `summary` of everything that `user` may do on some
    resource or under some condition. `unknown` are the policies
    whose documents could not be read.
    """

    question: Request | None
    answers: tuple[Answered, ...] = ()
    summary: Actions | None = None
    unknown: tuple[str, ...] = ()
    who: bool = False
    user: Address | None = None
    endpoint: str | None = None  # where the account answers, if that is not AWS
    through: tuple[Chain, ...] = ()  # roles that are assumed one after the other, for what nobody may do directly
    others: tuple[str, ...] = ()  # who may assume a role from outside, in words
