"""Clients of boto3: made for a connection, silent in all logs, and bounded in time."""

import logging
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.handlers import json_decode_policies
from botocore.utils import parse_timestamp

from iamspec import __version__
from iamspec.errors import Unreadable
from iamspec.live.answers import Parsers
from iamspec.live.connection import Connection
from iamspec.live.deadlines import Deadlines

WIRE = frozenset({"boto3", "botocore", "urllib3"})  # whose loggers hear what goes over the wire


def quieten() -> None:
    """Keeps botocore's lines below WARNING out of all logs.

    They repeat the bodies of requests and answers, with passwords and
    secret keys. A filter holds for every level and every logger.
    """
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in WIRE:
            logging.getLogger(name).addFilter(_is_no_detail)


def _is_no_detail(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def session_of(connection: Connection) -> Any:
    quieten()
    try:
        session = _checked(boto3.Session(profile_name=connection.profile))
        if connection.assume_role is None:
            return session
        params = {"RoleArn": connection.assume_role, "RoleSessionName": "iamspec"}
        if connection.external_id:
            params["ExternalId"] = connection.external_id
        sts = client_of(session, connection, Deadlines(), ("sts", None))
        found = sts.assume_role(**params)["Credentials"]
    except ClientError as error:
        raise Unreadable(f"cannot assume {connection.assume_role}: {error}") from error
    except BotoCoreError as error:
        raise Unreadable(f"no AWS session: {error}") from error
    assumed = boto3.Session(
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
        region_name=session.region_name,
    )
    return _checked(assumed)


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


def client_of(session: Any, connection: Connection, deadlines: Deadlines, where: tuple[str, str | None]) -> Any:
    """The client of a service in a region.

    None is the region of the session.
    """
    service, region = where
    config = Config(
        retries={"total_max_attempts": 1},  # repeating is decided in one place, in retry
        max_pool_connections=max(10, connection.parallelism),
        connect_timeout=10,
        read_timeout=20,
        user_agent_extra=f"iamspec/{__version__}",
    )
    try:
        client = session.client(
            service,
            region_name=region or session.region_name or "us-east-1",
            endpoint_url=connection.endpoint_url,
            config=config,
        )
    except BotoCoreError:
        raise
    except ValueError as error:  # no exception of botocore's own: what is no URL
        raise Unreadable(f"no client for {service}: {error}") from error
    if service == "iam":  # trips over what is no text; whoever needs a document decodes it
        client.meta.events.unregister("after-call.iam", json_decode_policies)
    pools = client._endpoint.http_session._pool_classes_by_scheme  # noqa: SLF001 - there is no public way to them
    pools.update(deadlines.watched(pools))
    quieten()
    return client


def _checked(session: Any) -> Any:
    """A session with parsers that refuse foreign answers."""
    core = session._session  # noqa: SLF001 - there is no public way to it
    factory = Parsers(core.get_component("response_parser_factory"))
    factory.set_parser_defaults(timestamp_parser=_moment)
    core.register_component("response_parser_factory", factory)
    return session
