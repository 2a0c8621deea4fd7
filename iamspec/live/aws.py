"""The only module that talks to AWS: sessions, pages, threads, retries and the translation of errors."""

import logging
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from threading import Lock
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError as NotReached,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.parsers import ResponseParserError
from botocore.utils import parse_timestamp

from iamspec import __version__
from iamspec.errors import IamError, Unreadable
from iamspec.iam import Call, Caller
from iamspec.live.connection import Connection
from iamspec.live.retry import BROKEN, BUDGET, BUSY, NOT_REACHED, READING, THROTTLED, Repeating

__all__ = ["BUDGET", "Aws", "AwsWriter"]

FIRST_PAUSE = 0.2  # seconds; doubled each time, and shortened by chance so that many do not come back together
LONGEST_PAUSE = 8.0
WIRE = frozenset({"boto3", "botocore", "urllib3"})  # whose loggers hear what goes over the wire
LOOKS = 6  # how often live is read again after an apply before a remainder counts


class Aws:
    """An account behind AWS's API. Reads are repeated freely, writes only where repeating is safe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session = _session(connection)
        self._clients: dict[tuple[str, str | None], Any] = {}
        self._lock = Lock()
        self._repeating = Repeating(self._once, _pauses, _wait, time.monotonic)

    def caller(self) -> Caller:
        answer = self._repeating.make(Call("GetCallerIdentity", service="sts"))
        return Caller(answer["Arn"], answer["Account"])

    def now(self) -> datetime:
        return datetime.now(UTC)

    def pages(self, call: Call) -> Iterator[Mapping[str, Any]]:
        if not call.operation.startswith(READING):
            raise AssertionError(f"{call.operation} does not read")
        yield from self._repeating.pages(call)

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
        try:
            method = getattr(self._client(call.service, call.region), xform_name(call.operation))
            answer: Mapping[str, Any] = method(**call.params)
        except ClientError as error:
            raise _translated(call, error) from error
        except (NoCredentialsError, PartialCredentialsError) as error:
            message = f"no usable AWS credentials ({error}); set AWS_PROFILE, pass --profile, or sign in"
            raise Unreadable(message) from error
        except HTTPClientError as error:  # no answer, or half of one: whether the call was carried out is not known
            raise IamError(call.operation, "Unclear", str(error)) from error
        except NotReached as error:
            raise IamError(call.operation, NOT_REACHED, str(error)) from error
        except ResponseParserError:  # quotes the answer, in which there may be a secret; what the call did is not known
            raise IamError(call.operation, "Unclear", "the answer could not be read") from None
        except BotoCoreError as error:
            raise IamError(call.operation, type(error).__name__, str(error)) from error
        return answer

    def _client(self, service: str, region: str | None) -> Any:
        with self._lock:
            key = (service, region)
            if key not in self._clients:
                self._clients[key] = _client(self._session, self._connection, service, region)
                _quieten()
            return self._clients[key]


class AwsWriter(Aws):
    """An account that may be written, too."""

    def write(self, call: Call, *, patient: bool = False) -> Mapping[str, Any]:
        try:
            return self._repeating.make(call, patient=patient)
        except Unreadable as error:
            raise IamError(call.operation, "Unreachable", str(error)) from error

    def looks(self) -> Iterator[None]:
        """When to read live again after writing: at once, then later and later, as IAM becomes consistent in time."""
        yield
        for pause in islice(_pauses(), LOOKS - 1):
            time.sleep(pause)
            yield


def _wait(pause: float) -> None:
    time.sleep(pause)


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


def _translated(call: Call, error: ClientError) -> IamError:
    answer = error.response
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = answer.get("Error", {}).get("Code", "Unknown")
    if status >= 500 and code not in THROTTLED | BUSY:
        code = "ServiceFailure" if code.isdigit() or code == "Unknown" else code
        code = code if code in BROKEN or code == "NotImplemented" else "ServiceFailure"
    request = answer.get("ResponseMetadata", {}).get("RequestId", "")
    return IamError(call.operation, code, answer.get("Error", {}).get("Message", ""), request)


def _quieten() -> None:
    """Keeps out of all logs what botocore says below WARNING.

    There it repeats the bodies of requests and answers, with the passwords and secret keys in them. A filter holds
    whatever level somebody sets, and on whichever logger.
    """
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in WIRE:
            logging.getLogger(name).addFilter(_is_no_detail)


def _is_no_detail(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def _session(connection: Connection) -> Any:
    _quieten()
    try:
        session = boto3.Session(profile_name=connection.profile)
        if connection.assume_role is None:
            return session
        params = {"RoleArn": connection.assume_role, "RoleSessionName": "iamspec"}
        if connection.external_id:
            params["ExternalId"] = connection.external_id
        found = _client(session, connection, "sts", None).assume_role(**params)["Credentials"]
    except ClientError as error:
        raise Unreadable(f"cannot assume {connection.assume_role}: {error}") from error
    except BotoCoreError as error:
        raise Unreadable(f"no AWS session: {error}") from error
    return boto3.Session(
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
        region_name=session.region_name,
    )


def _moment(text: str) -> datetime:
    """A time in an answer: the ISO form that IAM gives is read ten times as fast as by botocore, which reads all others."""
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        moment: datetime = parse_timestamp(text)
        return moment


def _client(session: Any, connection: Connection, service: str, region: str | None) -> Any:
    config = Config(
        retries={"total_max_attempts": 1},  # repeating is decided in one place, here
        max_pool_connections=max(10, connection.parallelism),
        connect_timeout=10,
        read_timeout=20,
        user_agent_extra=f"iamspec/{__version__}",
    )
    factory = session._session.get_component("response_parser_factory")  # noqa: SLF001 - there is no public way to it
    factory.set_parser_defaults(timestamp_parser=_moment)
    where = region or session.region_name or "us-east-1"
    try:
        return session.client(service, region_name=where, endpoint_url=connection.endpoint_url, config=config)
    except BotoCoreError:
        raise
    except ValueError as error:  # no exception of botocore's own: what is no URL
        raise Unreadable(f"no client for {service}: {error}") from error
