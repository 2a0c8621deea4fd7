"""From an HTTP request to an answer: which service, which operation, and errors that every client can parse."""

import json
import re
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from iamspec.sandbox import pages, shapes
from iamspec.sandbox.account import Account
from iamspec.sandbox.accounts import Accounts
from iamspec.sandbox.authorization import Authorization
from iamspec.sandbox.backend import Backend
from iamspec.sandbox.credentials import Credentials
from iamspec.sandbox.devices import Devices
from iamspec.sandbox.grants import Grants
from iamspec.sandbox.groups import Groups
from iamspec.sandbox.oidc import Oidc
from iamspec.sandbox.policies import Policies
from iamspec.sandbox.profiles import Profiles
from iamspec.sandbox.refusals import STATUS_BEYOND_MODEL, Refused
from iamspec.sandbox.roles import Roles
from iamspec.sandbox.saml import Saml
from iamspec.sandbox.services import Services
from iamspec.sandbox.stacks import Stacks
from iamspec.sandbox.sts import Caller, Sessions
from iamspec.sandbox.upstream import (
    AttributePicker,
    QueryParser,
    QuerySerializer,
    camelcase_to_underscores,
    service_model,
)
from iamspec.sandbox.users import Users

SERVICES = {"2010-05-08": "iam", "2011-06-15": "sts", "2010-05-15": "cloudformation"}
SCOPE = re.compile(r"Credential=([^/,]+)/\d+/([^/]+)/([^/]+)/")
ALL_ITEMS = 1_000_000_000
# moto's service models and serializers are shared by all sandboxes of a process, and change while they work
LOCK = threading.Lock()


class Iam(Users, Groups, Roles, Profiles, Grants, Policies, Credentials, Devices, Services, Oidc, Saml, Account):
    """All of IAM that the sandbox has."""


@dataclass(frozen=True, slots=True)
class Request:
    """A call in the query protocol, in which all three services speak."""

    fields: dict[str, str]
    service: str
    region: str = "us-east-1"
    key_id: str = ""

    @property
    def operation(self) -> str:
        return self.fields.get("Action", "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over HTTP."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/xml"})


def request(body: str, authorization: str) -> Request:
    """The call in the body of an HTTP request; its API version tells the service, its signature region and key."""
    fields = dict(parse_qsl(body, keep_blank_values=True))
    found = SCOPE.search(authorization)
    key_id, region, signed = found.groups() if found else ("", "us-east-1", "")
    return Request(fields, SERVICES.get(fields.get("Version", ""), signed or "unknown"), region, key_id)


class Gateway:
    """The services of one account. One request is answered at a time."""

    def __init__(self, backend: Backend, stacks: Stacks) -> None:
        self.backend, self.stacks, self.sessions = backend, stacks, Sessions(backend)
        self.accounts = Accounts(backend)
        self.authorization = Authorization(backend)

    def answer(self, asked: Request) -> Answer:
        with LOCK:
            try:
                return Answer(200, self._body(asked))
            except Refused as refused:
                return _refusal(asked, refused)

    def _body(self, asked: Request) -> str:
        caller = self.sessions.caller(asked.key_id)
        if asked.service == "cloudformation" and asked.operation == "DescribeStackResources":
            self.authorization.check(asked.service, asked.operation, caller, asked.fields)
            return self.stacks.describe(asked.fields.get("PhysicalResourceId"), asked.region)
        if asked.service not in {"iam", "sts"}:
            raise _absent(asked)
        model = service_model(asked.service)
        if asked.operation not in model.operation_names:
            raise Refused("InvalidAction", f"Could not find operation {asked.operation} for {asked.service}")
        operation = model.operation_model(asked.operation)
        params = _params(operation, asked.fields)
        result = self._result(asked, operation, caller, params)
        if result is not None and operation.output_shape is not None:
            result = pages.paged(operation.output_shape, result, params) if isinstance(result, dict) else result
        serializer = QuerySerializer(operation_model=operation, value_picker=AttributePicker())
        return str(serializer.serialize(result)["body"])

    def _result(self, asked: Request, operation: Any, caller: Caller, params: dict[str, Any]) -> Any:
        name = camelcase_to_underscores(asked.operation)
        if asked.service == "sts":
            if (method := getattr(self.sessions, name, None)) is None:
                raise _absent(asked)
            self.authorization.check(asked.service, asked.operation, caller, params)
            return method(caller, params)
        # moto cuts some lists by itself, with faults; it gets to see no marker
        whole = {key: value for key, value in params.items() if key not in {"Marker", "MaxItems"}}
        whole = _with_user(operation, caller, whole | {"MaxItems": ALL_ITEMS})
        whole = self.backend.spelled(whole)
        response = Iam(self.backend, whole, caller, self.accounts)
        if (method := getattr(response, name, None)) is None:
            raise _absent(asked)
        self.authorization.check(asked.service, asked.operation, caller, whole)
        return method().result


def _params(operation: Any, fields: dict[str, str]) -> dict[str, Any]:
    """The parameters as the model types them; ValidationError where they break it."""
    if operation.input_shape is None:
        return {}
    try:
        params = QueryParser(operation).parse({"values": fields})
    except ValueError as error:
        raise Refused("ValidationError", f"1 validation error detected: {error}") from error
    shapes.check(operation.input_shape, params)
    return dict(params)


def _with_user(operation: Any, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
    """Where the user may be left out, the caller is meant."""
    shape = operation.input_shape
    optional = shape is not None and "UserName" in shape.members and "UserName" not in shape.required_members
    if not optional or "UserName" in params or params.get("AllUsers"):
        return params
    if caller.user is None:
        raise Refused("ValidationError", "Must specify userName when calling with non-User credentials")
    return params | {"UserName": caller.user}


def _absent(asked: Request) -> Refused:
    return Refused("NotImplemented", f"the sandbox has no {asked.operation or 'such operation'} of {asked.service}")


def _refusal(asked: Request, refused: Refused) -> Answer:
    status = STATUS_BEYOND_MODEL.get(refused.code) or _statuses(asked.service).get(refused.code, 400)
    if not asked.operation:  # other services speak JSON
        body = json.dumps({"__type": refused.code, "message": refused.message})
        return Answer(status, body, {"Content-Type": "application/json", "x-amzn-ErrorType": refused.code})
    fault = "Receiver" if status >= 500 else "Sender"
    body = (
        f"<ErrorResponse><Error><Type>{fault}</Type><Code>{refused.code}</Code>"
        f"<Message>{escape(refused.message)}</Message></Error><RequestId>sandbox</RequestId></ErrorResponse>"
    )
    return Answer(status, body, {"Content-Type": "text/xml", "x-amzn-ErrorType": refused.code})


def _statuses(service: str) -> dict[str, int]:
    if service != "iam":
        return {}
    shapes = service_model("iam").error_shapes
    return {one.error_code: one.metadata.get("error", {}).get("httpStatusCode", 400) for one in shapes}
