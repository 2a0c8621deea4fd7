"""IAM's credential report from the account.

iamspec asks for a new report if there is no fresh one, and waits.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from iamspec.errors import IamError, Unreadable
from iamspec.iam import Call, Reader
from iamspec.kinds.contract import moment
from iamspec.status.answers import Answer, refused
from iamspec.status.evidence import Missing
from iamspec.status.report import Report, read_report

FRESH = timedelta(hours=4)  # IAM makes no newer report
REPORT, GENERATE = Call("GetCredentialReport"), Call("GenerateCredentialReport")
NOT_YET = frozenset({"ReportNotPresent", "ReportExpired"})
NOT_READY = frozenset({*NOT_YET, "ReportInProgress"})

Notice = Callable[[str], None]


def newest(
    reader: Reader, answer: Answer | IamError, now: datetime, notice: Notice, *, any_age: bool = False
) -> Answer | Missing:
    """The report behind a first answer, or behind a second answer after IAM made a new report.

    The reader waits for a report in progress, a minute at most. A
    report older than four hours will do only with `any_age`.
    """
    if _is_late(answer, now, any_age=any_age):
        notice("IAM makes a credential report; this can take a minute")
        (made,) = reader.attempt_each([GENERATE])
        if isinstance(made, IamError):
            return refused(made)
        (answer,) = reader.attempt_each([REPORT])
    if isinstance(answer, IamError):
        late = Missing("IAM has not finished the credential report; try again in some minutes")
        return late if answer.code in NOT_READY else refused(answer)
    if _is_late(answer, now, any_age=any_age):
        return Missing(f"IAM gives no newer credential report than that of {answer.get('GeneratedTime')}")
    return answer


def parsed(answer: Answer | Missing) -> Report | Missing:
    if isinstance(answer, Missing):
        return answer
    content, made = answer.get("Content", b""), moment(answer.get("GeneratedTime"))
    if made is None:
        return Missing("the credential report has no date")
    try:
        return read_report(content.decode("utf-8") if isinstance(content, bytes) else str(content), made)
    except (Unreadable, UnicodeDecodeError) as error:
        return Missing(f"the credential report cannot be used: {error}")


def _is_late(answer: Answer | IamError, now: datetime, *, any_age: bool) -> bool:
    if isinstance(answer, IamError):
        return answer.code in NOT_YET
    made = moment(answer.get("GeneratedTime"))
    return not any_age and made is not None and now - made > FRESH
