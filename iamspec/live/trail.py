"""Events of CloudTrail: who made a call that changed IAM, from where, and with which parameters.

The identity is certain. The name of the session, the user agent
and the address are as the caller said.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from iamspec.iam import Call

REGIONS = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1"}
SOURCE = "iam.amazonaws.com"
PAGE = 50


@dataclass(frozen=True, slots=True)
class Event:
    """A call that succeeded.

    `resources` are ARNs, names and ids, `params` as CloudTrail
    spells them.
    """

    name: str
    time: datetime
    id: str
    identity: str
    session: str = ""
    agent: str = ""
    address: str = ""
    resources: tuple[str, ...] = ()
    params: Mapping[str, Any] | None = None


def lookup(partition: str, name: str | None, since: datetime | None) -> Call:
    """The newest events about a resource, or about IAM.

    IAM's events are in one region of each partition.
    """
    key, value = ("EventSource", SOURCE) if name is None else ("ResourceName", name)
    params: dict[str, Any] = {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}], "MaxResults": PAGE}
    if since is not None:
        params["StartTime"] = since
    return Call("LookupEvents", params, "cloudtrail", REGIONS.get(partition, "us-east-1"))


def events(answer: Mapping[str, Any]) -> list[Event]:
    """The calls of a page that succeeded.

    A record that cannot be read counts as none.
    """
    found = (_event(one) for one in answer.get("Events") or () if isinstance(one, Mapping))
    return [one for one in found if one is not None]


def _event(raw: Mapping[str, Any]) -> Event | None:
    try:
        record = json.loads(raw.get("CloudTrailEvent") or "{}")
    except ValueError:
        return None
    time = raw.get("EventTime")
    if not isinstance(record, dict) or not isinstance(time, datetime) or record.get("errorCode"):
        return None
    identity, session = _identity(record.get("userIdentity"))
    params = record.get("requestParameters")
    return Event(
        str(raw.get("EventName", "")),
        time.astimezone(UTC),
        str(raw.get("EventId", "")),
        identity or str(raw.get("Username", "")),
        session,
        _text(record.get("userAgent")),
        _text(record.get("sourceIPAddress")),
        tuple(str(one.get("ResourceName", "")) for one in raw.get("Resources") or () if isinstance(one, Mapping)),
        params if isinstance(params, dict) else None,
    )


def _identity(found: Any) -> tuple[str, str]:
    """The ARN of the user or role, and the name of the session.

    A service of AWS is named by its address.
    """
    if not isinstance(found, Mapping):
        return "", ""
    arn = _text(found.get("arn"))
    issuer = (
        (found.get("sessionContext") or {}).get("sessionIssuer")
        if isinstance(found.get("sessionContext"), dict)
        else None
    )
    if isinstance(issuer, Mapping) and found.get("type") == "AssumedRole":
        return _text(issuer.get("arn")), arn.rpartition("/")[2]
    return arn or _text(found.get("invokedBy")), ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
