"""CloudTrail's event history: the calls that changed IAM, in the shape in which LookupEvents answers them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from iamspec.sandbox.backend import Backend
from iamspec.sandbox.refusals import Refused
from iamspec.sandbox.sessions import Caller
from iamspec.sandbox.upstream import utcnow
from iamspec.sandbox.wire import Request

SOURCE = "iam.amazonaws.com"
HOMES = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}  # where events of IAM are told
READS = ("Get", "List", "Generate", "Simulate")
PAGE = 50
SECRETS = frozenset(
    {
        *("Password", "OldPassword", "NewPassword", "SecretAccessKey", "ServicePassword", "ServiceCredentialSecret"),
        *("PrivateKey", "AddPrivateKey", "AuthenticationCode1", "AuthenticationCode2", "Base32StringSeed", "QRCodePNG"),
    }
)
ENTITIES = {"UserName": "User", "GroupName": "Group", "RoleName": "Role", "InstanceProfileName": "InstanceProfile"}
TYPES = {
    **{name: f"AWS::IAM::{kind}" for name, kind in ENTITIES.items()},
    "AccessKeyId": "AWS::IAM::AccessKey",
    "PolicyArn": "AWS::IAM::Policy",
}


@dataclass(frozen=True, slots=True)
class Event:
    """A call that changed IAM, or that IAM refused."""

    name: str
    time: datetime
    username: str
    key_id: str
    resources: tuple[tuple[str, str], ...]
    record: Mapping[str, Any]
    id: str = field(default_factory=lambda: str(uuid4()))

    def attribute(self, key: str) -> tuple[str, ...]:
        """The values that a lookup by the attribute finds the event by."""
        return {
            "EventId": (self.id,),
            "EventName": (self.name,),
            "ReadOnly": ("false",),
            "Username": (self.username,),
            "EventSource": (SOURCE,),
            "AccessKeyId": (self.key_id,),
            "ResourceType": tuple(kind for kind, _ in self.resources),
            "ResourceName": tuple(name for _, name in self.resources),
        }[key]

    def shown(self) -> dict[str, Any]:
        return {
            "EventId": self.id,
            "EventName": self.name,
            "ReadOnly": "false",
            "AccessKeyId": self.key_id,
            "EventTime": self.time,
            "EventSource": SOURCE,
            "Username": self.username,
            "Resources": [{"ResourceType": kind, "ResourceName": name} for kind, name in self.resources],
            "CloudTrailEvent": json.dumps({**self.record, "eventID": self.id}),
        }


def record(
    backend: Backend, asked: Request, caller: Caller, params: Mapping[str, Any], result: Any, error: Refused | None
) -> None:
    """Writes a call down, unless it only reads.

    A refused call has an `error` and no `result`.
    """
    if asked.operation.startswith(READS):
        return
    created = result if asked.operation.startswith("Create") and isinstance(result, Mapping) else None
    now = utcnow()
    whole = {
        **_head(backend, asked, now),
        "userIdentity": _identity(caller),
        "requestParameters": _camel(params) or None,
        "responseElements": _camel(created) if created else None,
    }
    if error is not None:
        code = error.code if error.code == "AccessDenied" else f"{error.code}Exception"
        whole |= {"errorCode": code, "errorMessage": error.message}
    resources = tuple(_resources(params, created))
    backend.events.append(Event(asked.operation, now, caller.name, caller.key_id, resources, whole))


def _head(backend: Backend, asked: Request, now: datetime) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "eventTime": _iso(now),
        "eventSource": SOURCE,
        "eventName": asked.operation,
        "awsRegion": HOMES.get(str(backend.partition), asked.region),
        "sourceIPAddress": "127.0.0.1",
        "userAgent": asked.agent,
        "requestID": str(uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": str(backend.account_id),
        "eventCategory": "Management",
    }


def _resources(params: Mapping[str, Any], created: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """The resources of a call.

    For a new entity these are ARN, name and id, for other calls
    the names in the parameters.
    """
    for entity in (created or {}).values():
        for name in (*ENTITIES, "PolicyName"):
            if isinstance(entity, Mapping) and name in entity and "Arn" in entity:
                kind = f"AWS::IAM::{ENTITIES.get(name, 'Policy')}"
                identity = entity[f"{name.removesuffix('Name')}Id"]
                yield from ((kind, str(one)) for one in (entity["Arn"], entity[name], identity))
                return
        if isinstance(entity, Mapping) and "AccessKeyId" in entity:
            yield TYPES["AccessKeyId"], str(entity["AccessKeyId"])
    yield from ((TYPES[name], str(params[name])) for name in reversed(TYPES) if name in params)


def _identity(caller: Caller) -> dict[str, Any]:
    found = {
        "type": "IAMUser",
        "principalId": caller.id,
        "arn": caller.arn,
        "accountId": caller.account,
        "accessKeyId": caller.key_id,
    }
    if (session := caller.session) is None:
        return found | {"userName": caller.name}
    role = session.role
    issuer = {
        "type": "Role",
        "principalId": role.id,
        "arn": role.arn,
        "accountId": str(role.account_id),
        "userName": role.name,
    }
    context: dict[str, Any] = {
        "sessionIssuer": issuer,
        "attributes": {"creationDate": _iso(session.started), "mfaAuthenticated": "false"},
    }
    if session.provider:
        context["webIdFederationData"] = {"federatedProvider": session.provider, "attributes": {}}
    return found | {"type": "AssumedRole", "sessionContext": context}


def _camel(value: Any) -> Any:
    """Parameters or an answer as CloudTrail writes them: names in another case, dates as text, no secrets."""
    if isinstance(value, Mapping):
        return {
            f"{name[:1].lower()}{name[1:]}": _camel(one)
            for name, one in value.items()
            if name not in SECRETS and one is not None
        }
    if isinstance(value, list):
        return [_camel(one) for one in value]
    if isinstance(value, datetime):
        return value.strftime("%b %-d, %Y %-I:%M:%S %p")
    return value


def _iso(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


class Trail:
    """CloudTrail, as far as LookupEvents."""

    def lookup_events(self, backend: Backend, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Events, newest first, in pages of up to 50.

        A token counts only with the parameters that it came with.
        """
        start, end = (_moment(params.get(name)) for name in ("StartTime", "EndTime"))
        if start and end and start > end:
            raise Refused("InvalidTimeRangeException", "The start time is after the end time.")
        size = params.get("MaxResults", PAGE)
        if not 1 <= size <= PAGE:
            raise Refused("InvalidMaxResultsException", f"MaxResults must be between 1 and {PAGE}.")
        attribute = _attribute(params)
        events = backend.events if region == HOMES.get(str(backend.partition), region) else []
        found = [
            one
            for one in reversed(events)
            if (attribute is None or attribute[1] in one.attribute(attribute[0]))
            and (start is None or one.time >= start)
            and (end is None or one.time <= end)
        ]
        bound = json.dumps([params.get(name) for name in ("LookupAttributes", "StartTime", "EndTime")])
        begin = _begin(params.get("NextToken"), bound)
        page = {"Events": [one.shown() for one in found[begin : begin + size]]}
        return page | ({"NextToken": f"{begin + size} {bound}"} if begin + size < len(found) else {})


def _attribute(params: Mapping[str, Any]) -> tuple[str, str] | None:
    attributes = params.get("LookupAttributes") or []
    if len(attributes) > 1:
        raise Refused("InvalidLookupAttributesException", "You can specify only one lookup attribute.")
    return (attributes[0]["AttributeKey"], attributes[0]["AttributeValue"]) if attributes else None


def _begin(token: str | None, bound: str) -> int:
    if token is None:
        return 0
    number, _, rest = token.partition(" ")
    if rest != bound or not (number.isascii() and number.isdigit()):
        raise Refused("InvalidNextTokenException", "The token does not belong to these parameters.")
    return int(number)


def _moment(given: Any) -> datetime | None:
    """A time of the request, in UTC without saying so, as moto keeps dates."""
    return None if given is None else datetime.fromtimestamp(float(given), UTC).replace(tzinfo=None)
