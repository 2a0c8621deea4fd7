"""Repetition of failed calls: which calls, and for how long.

Trying, pausing and waiting come from outside. A call whose answer
was lost may have been carried out. A call that would then act
twice is never repeated. The account shows for most calls whether
they were carried out. For access keys, `apply/delivery` finds out.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from iamspec.errors import IamError
from iamspec.iam import Call
from iamspec.kinds.operation import Verb
from iamspec.kinds.operations import NEVER_TWICE, OPERATIONS
from iamspec.live.pace import Pace

READING = ("Get", "List", "Describe", "LookupEvents", "GenerateCredentialReport")  # the last makes only a report
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
UNCLEAR = "Unclear"
BROKEN = frozenset({"ServiceFailure", "InternalFailure", "InternalError", "ServiceUnavailable", UNCLEAR})
HALF = "HalfRead"  # pages that do not come to an end
NOT_REACHED = "NotReached"
CONFLICT = "DeleteConflict"
EXISTS = "EntityAlreadyExists"
BUDGET = 60.0  # seconds for a call, its pauses and the wait for its answers
CONFLICT_BUDGET = 10.0  # the same where what was taken away a moment ago may still seem to be there
FOREIGN_BUDGET = 10.0  # the same where somebody else answers in place of AWS, who will hardly go away
DOWN_BUDGET = 2.0  # the same for an endpoint that does not answer, which should be reported soon
MOST_PAGES, MOST_EMPTY = 10_000, 100  # empty pages in a row. A page of IAM may have a dozen entities only
FURTHER = "PaginationToken"  # the marker of the Resource Groups Tagging API, empty at the end
RETRIED = "iamspec:retried"  # in an answer: a sentence about what it took
FOUND = "its answer was lost; looked up, and found to be carried out"
DOUBT = "an earlier try was not answered and may have been carried out"


class ForeignAnswer(IamError):  # noqa: N818 - the answer is foreign; "ForeignAnswerError" says nothing more
    """An unclear answer that is not AWS's, or not whole.

    A proxy or a captive portal may have given it.
    """

    def __init__(self, operation: str, message: str) -> None:
        super().__init__(operation, UNCLEAR, message)


Answer = Mapping[str, Any]
Pages = Callable[[Call], Iterator[Answer]]


class Repeating:
    """Makes calls until they are answered, refused for good, or their budget of pauses is spent.

    `once` makes a try of a call, or of a page of a read. `pauses`
    are the seconds between tries, without end. `clock` returns the
    seconds that have passed, if time counts. `pace` holds back
    calls to IAM once it throttles.
    """

    def __init__(
        self,
        once: Callable[[Call], Answer],
        pauses: Callable[[], Iterator[float]],
        wait: Callable[[float], None],
        clock: Callable[[], float] = lambda: 0.0,
        pace: Pace | None = None,
    ) -> None:
        self._once, self._pauses, self._wait, self._clock = once, pauses, wait, clock
        self._pace = pace

    def make(self, call: Call, *, patient: bool = False) -> Answer:
        """The answer, with a note if it took several tries.

        The answer has nothing else if the call was found carried
        out after a lost answer.
        """
        spent, budget, unclear = 0.0, BUDGET, False
        started = self._clock()
        for tries, pause in enumerate(self._pauses(), 1):
            try:
                answer = self._paced(call)
                return answer if tries == 1 else {**answer, RETRIED: _effort(tries, spent, budget)}
            except IamError as error:
                again, budget = _is_worth_repeating(call, error, patient=patient), _budget(error)
                unclear = unclear or error.code in BROKEN
                spent = max(spent, self._clock() - started)  # whoever never answers takes time, too
                if unclear and self._was_carried_out(call, error):
                    return {RETRIED: FOUND}
                if not again or spent + pause > budget:
                    notes = [_effort(tries, spent, budget)] if tries > 1 else []
                    notes += [DOUBT] if unclear and not _is_doubtful_itself(call, error) else []
                    raise _told(error, notes, unclear=unclear) from error
            spent += pause
            self._wait(pause)
        raise AssertionError("pauses never end")

    def _paced(self, call: Call) -> Answer:
        """The answer to a try. Calls to IAM share a pace."""
        pace = self._pace if call.service == "iam" else None
        if pace is None:
            return self._once(call)
        pace.turn()
        try:
            answer = self._once(call)
        except IamError as error:
            if error.code in THROTTLED:
                pace.throttled()
            raise
        pace.answered()
        return answer

    def pages(self, call: Call) -> Iterator[Answer]:
        """The answer to a read page by page, to its end.

        Raises IamError where no end is in sight.
        """
        params, empty = dict(call.params), 0
        markers: set[str] = set()
        while True:
            answer = self.make(Call(call.operation, params, call.service, call.region))
            yield answer
            if not answer.get("IsTruncated") and not answer.get(FURTHER):
                return
            key = FURTHER if answer.get(FURTHER) else "Marker"
            marker = answer.get(key)
            empty = 0 if any(answer[key] for key in answer if isinstance(answer[key], list)) else empty + 1
            if fault := _endless(marker, markers, empty):
                raise IamError(call.operation, HALF, f"{fault}, so the account could be read in part only")
            markers.add(str(marker))
            params[key] = marker

    def _was_carried_out(self, call: Call, error: IamError) -> bool:
        """Whether an earlier try has already done the work of this failed try."""
        lost = error.code in BROKEN and call.operation in NEVER_TWICE
        renamed = error.missing and _is(call, Verb.RENAME)
        if not (lost or renamed or error.code == EXISTS):
            return False
        try:
            seen = look_up(call, self.pages)
        except IamError:
            seen = None
        # what IAM says exists and does not show yet was made a moment ago, so by this call
        return seen is True or (seen is None and error.code == EXISTS)


def _endless(marker: Any, seen: Collection[str], empty: int) -> str | None:
    """The reason why the pages of an answer will not end.

    None if they may end.
    """
    if not marker:
        return "a page says that more pages follow, and not where"
    if marker in seen:
        return "a page leads back to a page before it"
    if empty >= MOST_EMPTY:
        return f"{empty} pages in a row are empty"
    return f"there are more than {MOST_PAGES} pages" if len(seen) >= MOST_PAGES else None


def look_up(call: Call, pages: Pages) -> bool | None:
    """Whether the account is as the call makes it.

    None if nothing shows that.
    """
    row = OPERATIONS.get(call.operation)
    read = row.lookup.read(call) if row is not None and row.lookup is not None else None
    if row is None or row.lookup is None or read is None:
        return None
    try:
        return row.lookup.shown(call, pages(read))
    except IamError as error:
        if error.missing:
            return None
        raise


def _is_worth_repeating(call: Call, error: IamError, *, patient: bool) -> bool:
    if error.code in THROTTLED | BUSY | {NOT_REACHED}:
        return True
    if error.code == CONFLICT:
        return _is(call, Verb.TAKE, Verb.DELETE)
    if error.code in BROKEN:
        return call.operation not in NEVER_TWICE
    return patient and _is_not_known_yet(error)


def _is(call: Call, *verbs: Verb) -> bool:
    row = OPERATIONS.get(call.operation)
    return row is not None and row.verb in verbs


def _is_not_known_yet(error: IamError) -> bool:
    """Whether IAM does not know a new entity yet, or a document names such an entity."""
    return error.missing or (error.code == "MalformedPolicyDocument" and "principal" in str(error).lower())


def _budget(error: IamError) -> float:
    if isinstance(error, ForeignAnswer):
        return FOREIGN_BUDGET
    return {NOT_REACHED: DOWN_BUDGET, CONFLICT: CONFLICT_BUDGET}.get(error.code, BUDGET)


def _is_doubtful_itself(call: Call, error: IamError) -> bool:
    """Whether an error leaves open if the call was carried out.

    A read does no harm.
    """
    return error.code in BROKEN or call.operation.startswith(READING)


def _effort(tries: int, spent: float, budget: float) -> str:
    return f"tried {tries} times in {spent:.0f} of {budget:.0f} seconds"


def _told(error: IamError, notes: list[str], *, unclear: bool) -> IamError:
    """The error with notes about its tries, and about earlier tries that may have been carried out."""
    if not notes:
        return error
    message = f"{error.message} ({'; '.join(notes)})"
    return IamError(error.operation, error.code, message, error.request_id, unclear=unclear)
