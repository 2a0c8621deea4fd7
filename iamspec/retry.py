"""What is tried again after a failure, and for how long. Trying, pausing and waiting come from outside.

A call whose answer was lost may have been carried out. What would then make two is never repeated; where the account
shows what became of it, it is looked up.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from iamspec.document import Document, decode
from iamspec.errors import IamError
from iamspec.iam import Call
from iamspec.kind import sweep

READING = ("Get", "List", "Describe", "GenerateCredentialReport")  # which makes nothing but a report
THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "Throttled", "SlowDown"}
)
BUSY = frozenset(
    {
        "ConcurrentModification",
        "ConcurrentModificationException",
        "EntityTemporarilyUnmodifiable",
        "ReportInProgress",
    }
)
BROKEN = frozenset({"ServiceFailure", "InternalFailure", "InternalError", "ServiceUnavailable", "Unclear"})
NOT_REACHED = "NotReached"
CONFLICT = "DeleteConflict"
EXISTS = "EntityAlreadyExists"
NEVER_TWICE = frozenset({"CreateAccessKey", "CreateLoginProfile", "CreatePolicyVersion"})
BUDGET = 60.0  # seconds of pauses for one call
CONFLICT_BUDGET = 10.0  # the same where what was taken away a moment ago may still seem to be there
DOWN_BUDGET = 2.0  # the same where nobody answers: an endpoint that is down should be told soon

Answer = Mapping[str, Any]
Pages = Callable[[Call], Iterator[Answer]]


@dataclass(frozen=True, slots=True)
class Named:
    """Where an operation says what there will be, and where the sweep of the account has it."""

    entity: str
    section: str
    key: str
    name: str
    path: str
    default_path: str | None = None


NAMED = {
    "CreateUser": Named("User", "UserDetailList", "UserName", "UserName", "Path", "/"),
    "CreateGroup": Named("Group", "GroupDetailList", "GroupName", "GroupName", "Path", "/"),
    "CreatePolicy": Named("LocalManagedPolicy", "Policies", "PolicyName", "PolicyName", "Path", "/"),
    "UpdateUser": Named("User", "UserDetailList", "UserName", "NewUserName", "NewPath"),
    "UpdateGroup": Named("Group", "GroupDetailList", "GroupName", "NewGroupName", "NewPath"),
}


class Repeating:
    """Makes calls until they are answered, refused for good, or their budget of pauses is spent.

    `once` tries a call one time, a page of it if it is a read; `pauses` are the seconds between tries, without end.
    """

    def __init__(
        self, once: Callable[[Call], Answer], pauses: Callable[[], Iterator[float]], wait: Callable[[float], None]
    ) -> None:
        self._once, self._pauses, self._wait = once, pauses, wait

    def make(self, call: Call, *, patient: bool = False) -> Answer:
        """The answer; empty for a call that was found to have been carried out although its answer was lost."""
        spent, unclear = 0.0, False
        for tries, pause in enumerate(self._pauses(), 1):
            try:
                return self._once(call)
            except IamError as error:
                again = _is_worth_repeating(call, error, patient=patient)
                unclear = unclear or error.code in BROKEN
                if unclear and self._was_carried_out(call, error):
                    return {}
                if not again or spent + pause > _budget(error):
                    silent = unclear and error.code not in BROKEN
                    raise _told(error, tries, spent, unclear=silent) from error
            spent += pause
            self._wait(pause)
        raise AssertionError("pauses never end")

    def pages(self, call: Call) -> Iterator[Answer]:
        """The answer to a read page by page."""
        params = dict(call.params)
        while True:
            answer = self.make(Call(call.operation, params, call.service, call.region))
            yield answer
            if not answer.get("IsTruncated"):
                return
            params["Marker"] = answer["Marker"]

    def _was_carried_out(self, call: Call, error: IamError) -> bool:
        """Whether an earlier try did what this one was refused, or lost, for."""
        lost = error.code in BROKEN and call.operation in NEVER_TWICE
        renamed = error.missing and call.operation in {"UpdateUser", "UpdateGroup"}
        if not (lost or renamed or error.code == EXISTS):
            return False
        try:
            seen = look_up(call, self.pages)
        except IamError:
            seen = None
        # what IAM says exists and does not show yet was made a moment ago, so by this call
        return seen is True or (seen is None and error.code == EXISTS)


def look_up(call: Call, pages: Pages) -> bool | None:
    """Whether the account is as the call makes it; None if it shows nothing that would tell."""
    params = call.params
    if call.operation == "CreateAccountAlias":
        answers = pages(Call("ListAccountAliases"))
        return any(params["AccountAlias"] in answer["AccountAliases"] for answer in answers)
    if call.operation == "CreatePolicyVersion" and "PolicyArn" in params:
        return _document_is(_found(pages, "LocalManagedPolicy", "Policies", "Arn", params["PolicyArn"]), params)
    named = NAMED.get(call.operation)
    if named is None or named.name not in params:
        return None
    record = _found(pages, named.entity, named.section, named.key, params[named.name])
    if record is None:
        return None
    same = record[named.key] == params[named.name]
    same = same and params.get(named.path, named.default_path) in {None, record.get("Path", "/")}
    return same and ("PolicyDocument" not in params or bool(_document_is(record, params)))


def _found(pages: Pages, entity: str, section: str, key: str, name: str) -> Answer | None:
    for page in pages(sweep(entity)):
        for record in page.get(section, ()):
            if str(record.get(key, "")).casefold() == name.casefold():
                found: Answer = record
                return found
    return None


def _document_is(policy: Answer | None, params: Answer) -> bool | None:
    """Whether the version in force is the one that was sent."""
    if policy is None:
        return None
    versions = (one for one in policy.get("PolicyVersionList", ()) if one.get("IsDefaultVersion"))
    sent = Document(decode(params["PolicyDocument"]))
    return any(Document(decode(one.get("Document"))) == sent for one in versions)


def _is_worth_repeating(call: Call, error: IamError, *, patient: bool) -> bool:
    if error.code in THROTTLED | BUSY | {NOT_REACHED}:
        return True
    if error.code == CONFLICT:
        return call.operation.startswith("Delete")
    if error.code in BROKEN:
        return call.operation not in NEVER_TWICE
    return patient and _is_not_known_yet(error)


def _is_not_known_yet(error: IamError) -> bool:
    """What IAM says of things that were made a moment ago, and of documents that name them."""
    return error.missing or (error.code == "MalformedPolicyDocument" and "principal" in str(error).lower())


def _budget(error: IamError) -> float:
    return {NOT_REACHED: DOWN_BUDGET, CONFLICT: CONFLICT_BUDGET}.get(error.code, BUDGET)


def _told(error: IamError, tries: int, spent: float, *, unclear: bool) -> IamError:
    """The error with what it took, and with a warning where an earlier try may have been carried out."""
    notes = []
    if tries > 1:
        notes.append(f"tried {tries} times in {spent:.0f} seconds")
    if unclear and not error.operation.startswith(READING):
        notes.append("an earlier try was not answered and may have been carried out")
    if not notes:
        return error
    return IamError(error.operation, error.code, f"{error.message} ({'; '.join(notes)})", error.request_id)
