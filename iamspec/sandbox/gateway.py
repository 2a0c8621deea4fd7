"""From a call to an answer: the service, the operation, and errors that every client can parse."""

import threading
from collections.abc import Mapping
from typing import Any

from iamspec.sandbox import pages, queries, shapes, trail, wire
from iamspec.sandbox.account import Account
from iamspec.sandbox.accounts import Accounts
from iamspec.sandbox.authorization import Authorization
from iamspec.sandbox.backend import Backend
from iamspec.sandbox.credentials import Credentials
from iamspec.sandbox.devices import Devices
from iamspec.sandbox.grants import Grants
from iamspec.sandbox.groups import Groups
from iamspec.sandbox.issuer import Issuer
from iamspec.sandbox.oidc import Oidc
from iamspec.sandbox.organizations import Organizations
from iamspec.sandbox.policies import Policies
from iamspec.sandbox.profiles import Profiles
from iamspec.sandbox.refusals import STATUS_BEYOND_MODEL, Refused
from iamspec.sandbox.roles import Roles
from iamspec.sandbox.saml import Saml
from iamspec.sandbox.services import Services
from iamspec.sandbox.sessions import Caller, Sessions
from iamspec.sandbox.stacks import Stacks
from iamspec.sandbox.sts import Sts
from iamspec.sandbox.surroundings import AccessAnalyzer, AccountManagement, Tagging
from iamspec.sandbox.trail import Trail
from iamspec.sandbox.upstream import camelcase_to_underscores, service_model
from iamspec.sandbox.users import Users
from iamspec.sandbox.wire import Answer, Request

ALL_ITEMS = 1_000_000_000
UNSIGNED = frozenset({"AssumeRoleWithWebIdentity"})  # whoever calls it has a token in place of a key
REGIONAL = {
    "account": AccountManagement(),
    "accessanalyzer": AccessAnalyzer(),
    "resourcegroupstaggingapi": Tagging(),
    "cloudtrail": Trail(),
}
LOCK = threading.Lock()  # moto's models are shared by all sandboxes of a process, and change while they work


class Iam(Users, Groups, Roles, Profiles, Grants, Policies, Credentials, Devices, Services, Oidc, Saml, Account):
    """All of IAM that the sandbox has."""


class Gateway:
    """The services of all accounts. One request is answered at a time."""

    def __init__(self, accounts: Accounts, stacks: Stacks) -> None:
        self.accounts, self.stacks = accounts, stacks
        self.sessions, self.issuer = Sessions(accounts), Issuer()
        self.sts = Sts(accounts, self.sessions, self.issuer)
        self.organizations = Organizations(accounts)
        self.authorization = Authorization()

    def answer(self, asked: Request) -> Answer:
        with LOCK:
            try:
                return self._answer(asked)
            except Refused as refused:
                return refusal(asked, refused)

    def _answer(self, asked: Request) -> Answer:
        if asked.service == "cloudformation" and asked.operation == "DescribeStackResources":
            return self._stack(asked)
        if asked.service in {"iam", "sts"} and asked.protocol == wire.QUERY:
            return self._query(asked)
        if asked.service in {*REGIONAL, "organizations"} and asked.operation:
            return self._other(asked)
        raise absent(asked)

    def _stack(self, asked: Request) -> Answer:
        caller = self.sessions.caller(asked.key_id, asked.token)
        self.authorization.check(self._backend(caller), asked, caller, asked.fields)
        stacks = self.stacks if caller.account == self.stacks.account_id else Stacks(caller.account)
        body = stacks.describe(asked.fields.get("PhysicalResourceId"), asked.region)
        return Answer(200, body.encode())

    def _query(self, asked: Request) -> Answer:
        operation = _operation(asked)
        params = queries.typed(operation, asked.fields)
        result = self._of_sts(asked, params) if asked.service == "sts" else self._of_iam(asked, operation, params)
        if isinstance(result, dict) and operation.output_shape is not None:
            result = pages.paged(operation.output_shape, result, params)
        return queries.written(operation, result)

    def _of_sts(self, asked: Request, params: dict[str, Any]) -> Any:
        method = _method(self.sts, asked)
        if asked.operation in UNSIGNED:
            return method(None, params)
        caller = self.sessions.caller(asked.key_id, asked.token)
        self.authorization.check(self._backend(caller), asked, caller, params)
        return method(caller, params)

    def _of_iam(self, asked: Request, operation: Any, params: dict[str, Any]) -> Any:
        caller = self.sessions.caller(asked.key_id, asked.token)
        backend = self._backend(caller)
        # moto cuts some lists by itself, with faults. So it sees no marker
        whole = {key: value for key, value in params.items() if key not in {"Marker", "MaxItems"}}
        whole = backend.spelled(_with_user(operation, caller, whole))
        result, error = None, None
        try:
            method = _method(Iam(backend, whole | {"MaxItems": ALL_ITEMS}, caller, self.accounts), asked)
            self.authorization.check(backend, asked, caller, whole)
            result = method().result
        except Refused as refused:
            error = refused
            raise
        finally:
            trail.record(backend, asked, caller, whole, result, error)
        return result

    def _other(self, asked: Request) -> Answer:
        """A service that takes and answers JSON or CBOR."""
        operation = _operation(asked)
        if operation.input_shape is not None:
            shapes.check(operation.input_shape, dict(asked.fields))
        caller = self.sessions.caller(asked.key_id, asked.token)
        backend = self._backend(caller)
        if asked.service == "organizations":
            method = _method(self.organizations, asked)
            self.authorization.check(backend, asked, caller, asked.fields)
            return wire.answered(asked.protocol, method(caller, asked.fields))
        method = _method(REGIONAL[asked.service], asked)
        self.authorization.check(backend, asked, caller, asked.fields)
        return wire.answered(asked.protocol, method(backend, asked.region, asked.fields))

    def _backend(self, caller: Caller) -> Backend:
        return self.accounts.backends[caller.account]


def _operation(asked: Request) -> Any:
    model = service_model(asked.service)
    if asked.operation not in model.operation_names:
        raise Refused("InvalidAction", f"Could not find operation {asked.operation} for {asked.service}")
    return model.operation_model(asked.operation)


def _method(service: Any, asked: Request) -> Any:
    if (found := getattr(service, camelcase_to_underscores(asked.operation), None)) is None:
        raise absent(asked)
    return found


def _with_user(operation: Any, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
    """Where the user may be left out, the caller is meant."""
    shape = operation.input_shape
    optional = shape is not None and "UserName" in shape.members and "UserName" not in shape.required_members
    if not optional or "UserName" in params or params.get("AllUsers"):
        return params
    if caller.user is None:
        raise Refused("ValidationError", "Must specify userName when calling with non-User credentials")
    return params | {"UserName": caller.user}


def absent(asked: Request) -> Refused:
    return Refused("NotImplemented", f"the sandbox has no {asked.operation or 'such operation'} of {asked.service}")


def refusal(asked: Request, refused: Refused) -> Answer:
    status = STATUS_BEYOND_MODEL.get(refused.code) or _statuses(asked.service).get(refused.code, 400)
    if asked.protocol == wire.QUERY:
        return queries.refused(status, refused.code, refused.message)
    return wire.refused(asked.protocol, status, refused.code, refused.message)


def _statuses(service: str) -> Mapping[str, int]:
    """The HTTP status of each error that the model of a service has."""
    if service not in {"iam", "sts", *REGIONAL}:
        return {}
    errors = service_model(service).error_shapes
    return {one.error_code: one.metadata.get("error", {}).get("httpStatusCode", 400) for one in errors}
