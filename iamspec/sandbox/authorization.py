"""Requests checked against an identity policy, as IAM checks them against the policies of the caller.

The Service Authorization Reference has the resources of an action
and the condition keys of a request. Here only the keys
iam:PolicyARN and iam:PermissionsBoundary have values. A request
that depends on another key is refused.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from iamspec.policy.actions import catalogue
from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Decision, Principal, Request, Source, evaluate
from iamspec.sandbox.backend import Backend
from iamspec.sandbox.oidc import issuer
from iamspec.sandbox.refusals import Refused
from iamspec.sandbox.sessions import Caller
from iamspec.sandbox.wire import Request as Asked

ANY = "*"
FREE = frozenset({"sts:GetCallerIdentity"})  # allowed to everybody
NAMES = {
    "user": "UserName",
    "group": "GroupName",
    "role": "RoleName",
    "policy": "PolicyName",
    "instance-profile": "InstanceProfileName",
}
CREATES = {
    "CreateUser": "user",
    "CreateGroup": "group",
    "CreateInstanceProfile": "instance-profile",
    "CreateRole": "role",
    "CreatePolicy": "policy",
}
PROVIDERS = ("OpenIDConnectProviderArn", "SAMLProviderArn")
CREATES_PROVIDER = {"CreateOpenIDConnectProvider", "CreateSAMLProvider"}  # what these make has no path
PREFIXES = {"accessanalyzer": "access-analyzer", "resourcegroupstaggingapi": "tag"}  # of actions, by service
POLICY_ARN, BOUNDARY = "iam:PolicyARN", "iam:PermissionsBoundary"

Params = Mapping[str, Any]


class Authorization:
    """The policy that replaces the policies of every caller. None allows everything."""

    def __init__(self, document: Document | None = None) -> None:
        self.document = document

    def check(self, backend: Backend, asked: Asked, caller: Caller, params: Params) -> None:
        """Raises AccessDenied unless the policy allows the call, and everything that IAM checks with it."""
        action = f"{PREFIXES.get(asked.service, asked.service)}:{asked.operation}"
        if self.document is None or action in FREE:
            return
        policy = Source("the enforced policy", self.document)
        principal = Principal(caller.arn, caller.account, caller.name, policies=(policy,))
        need = _Need(backend, asked.operation, params)
        for needed, resource in need.actions(action):
            context = need.context(needed)
            decision = evaluate(principal, Request(needed, resource, context))
            if decision.answer is not Answer.ALLOWED:
                raise Refused("AccessDenied", _message(caller, needed, resource, decision))


class _Need:
    """What IAM wants a permission for, and the condition keys of the request."""

    def __init__(self, backend: Backend, operation: str, params: Params) -> None:
        self.backend, self.operation, self.params = backend, operation, params

    def actions(self, action: str) -> Iterator[tuple[str, str]]:
        """The actions and resources of a call.

        Tags of a new entity are a second action, a new name is a
        second resource.
        """
        resources = self._resources(action)
        yield from ((action, resource) for resource in resources)
        if self.operation in CREATES.keys() | CREATES_PROVIDER and self.params.get("Tags"):
            yield from ((action.replace(":Create", ":Tag"), resource) for resource in resources)
        if self.operation == "AddRoleToInstanceProfile":
            yield "iam:PassRole", self._named("role", self.params["RoleName"])

    def _resources(self, action: str) -> list[str]:
        params = self.params
        if action == "sts:AssumeRole":
            return [params["RoleArn"]]
        if kind := CREATES.get(self.operation):
            return [self._arn(kind, params.get("Path", "/"), params[NAMES[kind]])]
        if self.operation in CREATES_PROVIDER:
            return [self._provider()]
        types = {one.name for one in catalogue().resource_types(action)}
        if "user" in types and "AccessKeyId" in params and "UserName" not in params:
            key = self.backend.access_keys.get(params["AccessKeyId"])
            return [self._named("user", key.user_name) if key is not None else ANY]
        if "policy" in types and "PolicyArn" in params:
            return [params["PolicyArn"]]
        if "mfa" in types:
            return [params.get("SerialNumber") or ANY]
        for kind in ("user", "group", "role", "instance-profile"):
            if kind in types and NAMES[kind] in params:
                return [self._named(kind, params[NAMES[kind]]), *self._moved(kind)]
        return [params[name] for name in PROVIDERS if name in params] or [ANY]

    def _provider(self) -> str:
        """The ARN of a new identity provider.

        The ARN of an issuer has the URL, the ARN of a SAML provider the name.
        """
        if self.operation == "CreateSAMLProvider":
            return str(self.backend.arn(f"saml-provider/{self.params['Name']}"))
        return str(self.backend.arn(f"oidc-provider/{issuer(self.params['Url'])}"))

    def _moved(self, kind: str) -> Iterator[str]:
        """Where an UpdateUser or UpdateGroup leads: IAM wants the right on both ends."""
        params = self.params
        name = params[NAMES[kind]]
        entity = self._entity(kind, name)
        if entity is not None and params.keys() & {"NewPath", f"New{NAMES[kind]}"}:
            yield self._arn(kind, params.get("NewPath", entity.path), params.get(f"New{NAMES[kind]}", name))

    def _named(self, kind: str, name: str) -> str:
        """The ARN of the entity.

        An entity that does not exist counts as an entity at the
        path `/`.
        """
        entity = self._entity(kind, name)
        return self._arn(kind, entity.path if entity is not None else "/", name)

    def _entity(self, kind: str, name: str) -> Any:
        entities: dict[str, Mapping[str, Any]] = {
            "user": self.backend.users,
            "group": self.backend.groups,
            "role": {one.name: one for one in self.backend.roles.values()},
            "instance-profile": self.backend.instance_profiles,
        }
        return entities[kind].get(name)

    def _arn(self, kind: str, path: str, name: str) -> str:
        return str(self.backend.arn(f"{kind}{path}{name}"))

    def context(self, action: str) -> dict[str, tuple[str, ...]]:
        """The condition keys of a request for the action.

        () means that the request lacks the key.

        Other keys are unknown.
        """
        keys = catalogue().condition_keys(action)
        found: dict[str, tuple[str, ...]] = {}
        if POLICY_ARN in keys:
            found[POLICY_ARN] = (self.params["PolicyArn"],)
        if BOUNDARY in keys:
            boundary = self.params.get("PermissionsBoundary") or self._boundary()
            found[BOUNDARY] = (boundary,) if boundary else ()
        return found

    def _boundary(self) -> str | None:
        """The one that the user or role has."""
        for kind in ("user", "role"):
            if self.operation not in CREATES and NAMES[kind] in self.params:
                return getattr(self._entity(kind, self.params[NAMES[kind]]), "permissions_boundary_arn", None)
        return None


def _message(caller: Caller, action: str, resource: str, decision: Decision) -> str:
    """In IAM's words, but for what the sandbox does not know."""
    said = f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource}"
    if decision.answer is Answer.DEPENDS:
        return f"{said} because the sandbox cannot tell: it {decision.note}"
    if decision.reasons:
        return f"{said} with an explicit deny in an identity-based policy"
    return f"{said} because no identity-based policy allows the {action} action"
