"""The port to AWS: pages, threads, retries and the translation of errors."""

import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from threading import Event, Lock
from typing import Any

from botocore import xform_name
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError as NotReached,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.parsers import ResponseParserError

from iamspec.errors import IamError, IamspecError, Unreadable
from iamspec.iam import Call, Caller
from iamspec.live.answers import SWEEP, Foreign, lacking, whole
from iamspec.live.client import InRole, client_of, session_of
from iamspec.live.connection import Connection
from iamspec.live.deadlines import SHARED, Deadlines
from iamspec.live.endpoints import foreign
from iamspec.live.pace import Pace
from iamspec.live.parts import parted, side_by_side
from iamspec.live.retry import BROKEN, BUDGET, BUSY, NOT_REACHED, READING, THROTTLED, UNCLEAR, ForeignAnswer, Repeating
from iamspec.policy.limits import ACCOUNT_ID

__all__ = ["BUDGET", "Aws", "AwsWriter"]

FIRST_PAUSE = 0.2  # seconds, doubled each time, and shortened by chance so that calls do not come back together
LONGEST_PAUSE = 8.0
CALLER = re.compile(r"arn:[a-z-]+:(iam|sts)::.+")
LOOKUP, LOOKUP_PAUSE = "LookupEvents", 0.5  # seconds between two lookups
LOOKS = 6  # how often live is read again after an apply before a remainder counts


class Aws:
    """An account behind AWS's API.

    Reads are repeated freely, writes only where repeating is safe.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session = session_of(connection)
        self._deadlines = SHARED if connection.many else Deadlines()
        self._clients: dict[tuple[str, str | None], Any] = {}
        self._lock = Lock()
        self._lookups, self._next_lookup = Lock(), 0.0
        self._repeating = Repeating(self._once, _pauses, _wait, time.monotonic, Pace(time.monotonic, _hold))

    def caller(self) -> Caller:
        if isinstance(self._session, InRole) and CALLER.fullmatch(self._session.arn):
            url = self._client("iam", None).meta.endpoint_url
            arn = self._session.arn
            return Caller(arn, arn.split(":")[4], foreign([url, self._session.sts_url]))
        answer = self._repeating.make(Call("GetCallerIdentity", service="sts"))
        if not CALLER.fullmatch(str(answer["Arn"])) or not ACCOUNT_ID.fullmatch(str(answer["Account"])):
            raise Unreadable("GetCallerIdentity names no account, so the account is unknown")
        clients = (self._client(service, None) for service in ("iam", "sts"))
        return Caller(answer["Arn"], answer["Account"], foreign(client.meta.endpoint_url for client in clients))

    def now(self) -> datetime:
        return datetime.now(UTC)

    def pages(self, call: Call) -> Iterator[Mapping[str, Any]]:
        if not call.operation.startswith(READING):
            raise AssertionError(f"{call.operation} does not read")
        yield from side_by_side([partial(self._repeating.pages, one) for one in parted(call)])

    def read_each(self, calls: Sequence[Call]) -> list[Mapping[str, Any] | None]:
        answers: list[Mapping[str, Any] | None] = []
        for answer in self.attempt_each(calls):
            if isinstance(answer, IamError) and not answer.missing:
                raise Unreadable(str(answer)) from answer
            answers.append(None if isinstance(answer, IamError) else answer)
        return answers

    def attempt_each(self, calls: Sequence[Call]) -> list[Mapping[str, Any] | IamError]:
        with ThreadPoolExecutor(self._connection.parallelism) as pool:
            return list(pool.map(self._attempt, calls))

    def _attempt(self, call: Call) -> Mapping[str, Any] | IamError:
        try:
            return _merged(list(self.pages(call)))
        except IamError as error:
            return error

    def _once(self, call: Call) -> Mapping[str, Any]:
        if call.operation == LOOKUP:
            self._pace()
        with self._deadlines.running() as this:
            try:
                client = self._client(call.service, call.region)
                answer: Mapping[str, Any] = getattr(client, xform_name(call.operation))(**call.params)
            except (BotoCoreError, ClientError, Foreign, ResponseParserError) as error:
                if this.overdue:
                    waited = f"no whole answer within {self._deadlines.longest:.0f} seconds"
                    raise IamError(call.operation, UNCLEAR, waited) from error
                raise _translated(call, error) from _cause(error)
        shape = client.meta.service_model.operation_model(call.operation).output_shape
        if wrong := lacking(call, shape, answer):
            raise ForeignAnswer(call.operation, wrong)
        return whole(answer) if call.operation == SWEEP else answer

    def _pace(self) -> None:
        """Waits until the next lookup of events is due.

        CloudTrail takes two a second.
        """
        with self._lookups:
            now = time.monotonic()
            due = max(now, self._next_lookup)
            self._next_lookup = due + LOOKUP_PAUSE
            if due > now:
                time.sleep(due - now)

    def close(self) -> None:
        """Closes the connections of all clients. Nothing may be asked afterwards."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _client(self, service: str, region: str | None) -> Any:
        with self._lock:
            key = (service, region)
            if key not in self._clients:
                self._clients[key] = client_of(self._session, self._connection, self._deadlines, key)
            return self._clients[key]


class AwsWriter(Aws):
    """An account that may be written, too."""

    def write(self, call: Call, *, patient: bool = False) -> Mapping[str, Any]:
        try:
            return self._repeating.make(call, patient=patient)
        except Unreadable as error:
            raise IamError(call.operation, "Unreachable", str(error)) from error

    def looks(self) -> Iterator[None]:
        """Times at which to read the account again after writing.

        The first is at once, and the pauses grow, as IAM becomes
        consistent.
        """
        yield
        for pause in islice(_pauses(), LOOKS - 1):
            time.sleep(pause)
            yield


def _wait(pause: float) -> None:
    time.sleep(pause)


def _hold(pause: float) -> None:
    """Waits for the turn of a call."""
    Event().wait(pause)


def _pauses() -> Iterator[float]:
    pause = FIRST_PAUSE
    while True:
        yield pause * random.uniform(0.5, 1.0)  # noqa: S311 - jitter is no secret
        pause = min(pause * 2, LONGEST_PAUSE)


def _merged(pages: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Pages as one answer: lists joined, all else from the first."""
    if len(pages) == 1:
        return pages[0]
    whole = dict(pages[0])
    for page in pages[1:]:
        for key, value in page.items():
            if isinstance(value, list):
                whole[key] = [*whole.get(key, []), *value]
    return whole


def _cause(error: Exception) -> Exception | None:
    """None for an error that quotes an answer, in which there may be a secret."""
    return None if isinstance(error, ResponseParserError) else error


def _translated(call: Call, error: Exception) -> IamspecError:
    """What botocore raised, in the words of this program."""
    if isinstance(error, ClientError):
        return _refusal(call, error)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return Unreadable(
            f"no usable AWS credentials ({error}); set AWS_PROFILE, pass --profile, or sign in. "
            "To try iamspec without an account: iamspec sandbox -- COMMAND"
        )
    if isinstance(error, HTTPClientError):  # no answer, or half of one: whether the call was carried out is not known
        return IamError(call.operation, UNCLEAR, str(error))
    if isinstance(error, NotReached):
        return IamError(call.operation, NOT_REACHED, str(error))
    if isinstance(error, ResponseParserError):  # what the call did is not known
        return ForeignAnswer(call.operation, "the answer could not be read")
    if isinstance(error, Foreign):
        return ForeignAnswer(call.operation, str(error))
    return IamError(call.operation, type(error).__name__, str(error))


def _refusal(call: Call, error: ClientError) -> IamError:
    answer = error.response
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = answer.get("Error", {}).get("Code", "Unknown")
    if status >= 500 and code not in THROTTLED | BUSY:
        code = "ServiceFailure" if code.isdigit() or code == "Unknown" else code
        code = code if code in BROKEN or code == "NotImplemented" else "ServiceFailure"
    elif code == "Unknown":
        return ForeignAnswer(call.operation, "the refusal has no code")
    request = answer.get("ResponseMetadata", {}).get("RequestId", "")
    return IamError(call.operation, code, answer.get("Error", {}).get("Message", ""), request)
