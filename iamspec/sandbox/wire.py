"""Requests and answers as HTTP carries them, in the four protocols of AWS's services.

IAM, STS and CloudFormation take form fields and answer XML. The
others take JSON or CBOR, named by a header or by the path.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from iamspec.sandbox import cbor
from iamspec.sandbox.refusals import Refused

QUERY, JSON, REST, CBOR = "query", "json", "rest", "cbor"
VERSIONS = {"2010-05-08": "iam", "2011-06-15": "sts", "2010-05-15": "cloudformation"}
TARGETS = {
    "AWSOrganizationsV20161128": "organizations",
    "CloudTrail_20131101": "cloudtrail",
    "ResourceGroupsTaggingAPI_20170126": "resourcegroupstaggingapi",
}
ROUTES = {
    ("GET", "/analyzer"): ("accessanalyzer", "ListAnalyzers"),
    ("POST", "/getAlternateContact"): ("account", "GetAlternateContact"),
    ("POST", "/listRegions"): ("account", "ListRegions"),
}
SCOPE = re.compile(r"Credential=([^/,]+)/\d+/([^/]+)/([^/]+)/")
CBOR_PATH = re.compile(r"/service/([^/]+)/operation/([^/]+)")
HOME = "us-east-1"


@dataclass(frozen=True, slots=True)
class Http:
    """An HTTP request. The names of headers are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """A call. `fields` has the parameters in the form of the protocol.

    `key_id` and `token` are of the signature.
    """

    service: str
    operation: str
    fields: Mapping[str, Any]
    protocol: str = QUERY
    region: str = HOME
    key_id: str = ""
    token: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The HTTP response."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/xml"})


def request(http: Http) -> Request:
    """The call in an HTTP request.

    Raises SerializationException if the body is no JSON or CBOR.
    """
    found = SCOPE.search(http.headers.get("authorization", ""))
    key_id, region, signed = found.groups() if found else ("", HOME, "unknown")
    service, operation, protocol, fields = _call(http, signed)
    token, agent = http.headers.get("x-amz-security-token", ""), http.headers.get("user-agent", "")
    return Request(service, operation, fields, protocol, region, key_id, token, agent)


def _call(http: Http, signed: str) -> tuple[str, str, str, Mapping[str, Any]]:
    """Service, operation, protocol and parameters.

    `signed` is the service that the signature is for.
    """
    if target := http.headers.get("x-amz-target"):
        prefix, _, operation = target.rpartition(".")
        return TARGETS.get(prefix.rpartition(".")[2], signed), operation, JSON, json_body(http.body)
    if path := CBOR_PATH.fullmatch(http.path):
        return TARGETS.get(path[1], signed), path[2], CBOR, _decoded(http.body)
    if route := ROUTES.get((http.method, http.path)):
        return (*route, REST, dict(parse_qsl(http.query)) | json_body(http.body))
    fields = dict(parse_qsl(http.body.decode("utf-8", errors="replace"), keep_blank_values=True))
    if "Action" in fields:
        return VERSIONS.get(fields.get("Version", ""), signed), fields["Action"], QUERY, fields
    return signed, "", JSON, {}


def json_body(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise Refused("SerializationException", "the body of the request is no JSON") from error
    return _mapping(found)


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        found = cbor.decode(body) if body else {}
    except (ValueError, RecursionError) as error:
        raise Refused("SerializationException", "the body of the request is no CBOR") from error
    return _mapping(found)


def _mapping(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise Refused("SerializationException", "the body of the request is no object")
    return found


def answered(protocol: str, result: Any) -> Answer:
    """A result in JSON or CBOR."""
    if protocol == CBOR:
        headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return Answer(200, cbor.encode(result), headers)
    kind = "application/json" if protocol == REST else "application/x-amz-json-1.1"
    return Answer(200, _written(result), {"Content-Type": kind})


def refused(protocol: str, status: int, code: str, message: str) -> Answer:
    """An error in JSON or CBOR."""
    error = {"__type": code, "message": message}
    if protocol == CBOR:
        headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return Answer(status, cbor.encode(error), headers)
    return Answer(status, _written(error), {"Content-Type": "application/json", "x-amzn-ErrorType": code})


def _written(value: Any) -> bytes:
    return json.dumps(value, default=_seconds).encode()


def _seconds(value: datetime) -> float:
    """A date, which moto keeps in UTC without saying so, as seconds since 1970."""
    return value.replace(tzinfo=UTC).timestamp()
