"""Clients of boto3: made for a connection, silent in all logs, and bounded in time."""

import logging
import os
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from threading import Lock
from typing import Any

import boto3
import botocore
import botocore.session
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.handlers import json_decode_policies
from botocore.utils import parse_timestamp

from iamspec import __version__
from iamspec.errors import IamspecError, Unreadable
from iamspec.live.answers import Parsers
from iamspec.live.connection import Connection
from iamspec.live.deadlines import SHARED, Deadlines
from iamspec.live.decoding import Decoder
from iamspec.live.trail import REGIONS

ASSUMING = 5  # tries of AssumeRole, which many accounts ask for at once
WIRE = frozenset({"boto3", "botocore", "urllib3"})  # packages whose loggers repeat requests and answers


def quieten() -> None:
    """Keeps botocore's lines below WARNING out of all logs.

    They repeat the bodies of requests and answers, with passwords
    and secret keys. A filter holds for every level and every
    logger.
    """
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in WIRE:
            logging.getLogger(name).addFilter(_is_no_detail)


def _is_no_detail(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def session_of(connection: Connection) -> Any:
    """The session of a connection, in the role that it names."""
    quieten()
    try:
        if connection.keys is not None:
            return _closed(*connection.keys)
        base = _many(connection.profile) if connection.many else _base(connection.profile)
        return base if connection.assume_role is None else _assumed(base, connection)
    except ClientError as error:
        raise Unreadable(f"cannot assume {connection.assume_role}: {error}") from error
    except BotoCoreError as error:
        raise Unreadable(f"no AWS session: {error}") from error


_lent: ContextVar[Any] = ContextVar("lent", default=None)


class Core(botocore.session.Session):
    """A session of botocore that lends a client the credentials of a role.

    botocore asks `get_credentials` whenever it makes a client. A
    session of its own for each role would take ten times as long
    to make as a client.
    """

    def get_credentials(self) -> Any:
        lent = _lent.get()
        return super().get_credentials() if lent is None else lent


def _base(profile: str | None) -> Any:
    core = _checked(Core())
    core.set_config_variable("sts_regional_endpoints", "regional")
    return boto3.Session(profile_name=profile, botocore_session=core)


def _closed(key_id: str, secret_key: str) -> Any:
    """A session with these keys, which reads no configuration of the user."""
    nothing: dict[str, Any] = {"profile": (None, None, None, None)}
    nothing |= dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    core = botocore.session.Session(session_vars=nothing)
    core.set_config_variable("ignore_configured_endpoint_urls", True)
    core.set_credentials(key_id, secret_key)
    return boto3.Session(botocore_session=core, region_name="us-east-1")


_alone = Lock()  # clients of one session are made one after the other
_one_sts = Lock()


@cache
def _only(profile: str | None) -> Any:
    return _base(profile)


def _many(profile: str | None) -> Any:
    """The one session of this process with a profile.

    To make a session takes ten times as long as a client.
    """
    with _alone:
        return _only(profile)


class Lending:
    """A session in a role: the clients of another session, with credentials that are fetched again before they end."""

    def __init__(self, base: Any, credentials: Any) -> None:
        self._base, self.region_name, self._credentials = base, base.region_name, credentials

    def client(self, service: str, **more: Any) -> Any:
        before = _lent.set(self._credentials)
        try:
            return self._base.client(service, **more)
        finally:
            _lent.reset(before)


class InRole(Lending):
    """A session in a role, for one account among many.

    `arn` is the caller as STS names it, `sts_url` is where STS
    answers.
    """

    def __init__(self, base: Any, sts: Any, params: dict[str, Any]) -> None:
        fetched, credentials = _credentials(sts, params)
        super().__init__(base, credentials)
        self.sts_url = sts.meta.endpoint_url
        self.arn = str(fetched.get("AssumedRoleUser", {}).get("Arn", ""))


@cache
def _sts_of(profile: str | None, endpoint_url: str | None, _configured: tuple[str | None, ...]) -> Any:
    """The one client of STS of this process.

    `_configured` are endpoints and region of the environment:
    where they change, another client is made.
    """
    connection = Connection(profile, endpoint_url, parallelism=64, many=True)
    return client_of(_only(profile), connection, SHARED, ("sts", None), tries=ASSUMING)


def _in_role(base: Any, connection: Connection) -> InRole:
    configured = tuple(os.environ.get(name) for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_REGION"))
    with _one_sts:
        sts = _sts_of(connection.profile, connection.endpoint_url, configured)
    return InRole(base, sts, _assuming(connection))


def _credentials(sts: Any, params: dict[str, Any]) -> tuple[Any, Any]:
    """The first answer of AssumeRole, and credentials that are fetched again before they end."""
    first = sts.assume_role(**params)

    def fetched(answer: Any = None) -> dict[str, str]:
        found = (answer or sts.assume_role(**params))["Credentials"]
        return {
            "access_key": found["AccessKeyId"],
            "secret_key": found["SecretAccessKey"],
            "token": found["SessionToken"],
            "expiry_time": found["Expiration"].isoformat(),
        }

    return first, RefreshableCredentials.create_from_metadata(fetched(first), fetched, "sts-assume-role")


def _assumed(base: Any, connection: Connection) -> Any:
    """A session in a role, for the only account of a process."""
    if connection.many:
        return _in_role(base, connection)
    sts = client_of(base, connection, Deadlines(), ("sts", None), tries=ASSUMING)
    _, credentials = _credentials(sts, _assuming(connection))
    return Lending(base, credentials)


def _assuming(connection: Connection) -> dict[str, Any]:
    params = {"RoleArn": connection.assume_role, "RoleSessionName": connection.session_name}
    more = {"ExternalId": connection.external_id, "Policy": connection.session_policy}
    return params | {name: value for name, value in more.items() if value}


def _moment(text: str) -> datetime:
    """A time in an answer.

    The ISO form of IAM is read here, ten times as fast. botocore
    reads other forms.
    """
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        moment: datetime = parse_timestamp(text)
        return moment


def client_of(
    session: Any, connection: Connection, deadlines: Deadlines, where: tuple[str, str | None], *, tries: int = 1
) -> Any:
    """The client of a service in a region.

    None is the region of the session.
    """
    service, region = where
    config = Config(
        retries={"total_max_attempts": tries, "mode": "standard"},  # but for roles, repeating is decided in retry
        max_pool_connections=max(10, connection.parallelism),
        connect_timeout=10,
        read_timeout=20,
        user_agent_extra=f"iamspec/{__version__}",
        proxies={} if connection.keys is not None else None,
    )
    try:
        with _alone:
            client = session.client(
                service,
                region_name=region or session.region_name or _region(connection),
                endpoint_url=connection.endpoint_url,
                config=config,
            )
    except BotoCoreError:
        raise
    except ValueError as error:  # no exception of botocore's own: what is no URL
        raise Unreadable(f"no client for {service}: {error}") from error
    if service == "iam":  # fails on data that are no text. Readers of documents decode them
        client.meta.events.unregister("after-call.iam", json_decode_policies)
    _watch(client, deadlines)
    quieten()
    return client


def _watch(client: Any, deadlines: Deadlines) -> None:
    """Shuts a connection of the client when its call is overdue.

    botocore has no public way to the socket of a call: its events
    end before the connection, and no option of Config names a
    class of connections. This function alone knows where the
    client keeps its pools.
    """
    try:
        pools = client._endpoint.http_session._pool_classes_by_scheme  # noqa: SLF001 - see above
    except AttributeError as error:
        raise IamspecError(
            f"botocore {botocore.__version__} keeps its connections where iamspec does not know them; "
            "install an older botocore, or a newer iamspec"
        ) from error
    pools.update(deadlines.watched(pools))


def _region(connection: Connection) -> str:
    """The region where none is configured: of the partition of the role, if there is one."""
    partition = (connection.assume_role or "arn:aws:").split(":")[1]
    return REGIONS.get(partition, "us-east-1")


def _checked(core: Any) -> Any:
    """A session of botocore with parsers that refuse foreign answers, and decode the sweep directly."""
    factory = Parsers(core.get_component("response_parser_factory"), Decoder(_moment))
    factory.set_parser_defaults(timestamp_parser=_moment)
    core.register_component("response_parser_factory", factory)
    return core
