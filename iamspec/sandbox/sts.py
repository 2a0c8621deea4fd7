"""The operations of STS: who calls, and the roles that they may assume."""

from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

from iamspec.policy.evaluate import Principal
from iamspec.sandbox import tags
from iamspec.sandbox.accounts import Accounts
from iamspec.sandbox.assumption import Asker, asker, may_assume
from iamspec.sandbox.entities import Role
from iamspec.sandbox.issuer import Issuer
from iamspec.sandbox.refusals import Refused
from iamspec.sandbox.sessions import Caller, Session, Sessions, new_token
from iamspec.sandbox.upstream import utcnow

HOUR = 3600
ASSUME, WEB_IDENTITY = "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"
TAG, SOURCE = "sts:TagSession", "sts:SetSourceIdentity"
# Claims that IAM makes condition keys of: of every issuer, and those that GitHub adds
CLAIMS = ("aud", "sub", "amr", "email", "oaud")
GITHUB_CLAIMS = (
    *("actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository"),
    *("repository_id", "repository_owner_id", "workflow"),
)

Params = Mapping[str, Any]


class Sts:
    """STS of all accounts."""

    def __init__(self, accounts: Accounts, sessions: Sessions, issuer: Issuer) -> None:
        self.accounts, self.sessions, self.issuer = accounts, sessions, issuer

    def get_caller_identity(self, caller: Caller, _: Params) -> dict[str, Any]:
        return {"UserId": caller.id, "Account": caller.account, "Arn": caller.arn}

    def assume_role(self, caller: Caller, params: Params) -> dict[str, Any]:
        """Credentials for a role whose trust policy, and the caller's own policies, allow it."""
        role, marks = self.accounts.by_arn(params["RoleArn"]), _tags(params)
        who = asker(caller, self.accounts, self._context(caller, params, marks))
        actions = [ASSUME, *([TAG] if marks else []), *([SOURCE] if "SourceIdentity" in params else [])]
        for action in actions:
            if not isinstance(role, Role) or not may_assume(who, role, action):
                raise _denied(f"User: {caller.arn} is not authorized to perform: {action} on resource: ", params)
        _check_duration(role, params, chained=caller.session is not None)
        given = self._begin(role, params, marks)
        source = {"SourceIdentity": params["SourceIdentity"]} if "SourceIdentity" in params else {}
        return given | source

    def assume_role_with_web_identity(self, _: Caller, params: Params) -> dict[str, Any]:
        """Credentials for the bearer of a token.

        The account of the role must have the issuer as a provider.
        """
        claims = self.issuer.claims(params["WebIdentityToken"])
        role = self.accounts.by_arn(params["RoleArn"])
        if not isinstance(role, Role):
            raise _denied("Not authorized to perform sts:AssumeRoleWithWebIdentity on ", params)
        issuer = str(claims["iss"]).removeprefix("https://")
        backend = self.accounts.backends[str(role.account_id)]
        provider = backend.open_id_providers.get(backend.arn(f"oidc-provider/{issuer}"))
        if provider is None:
            raise Refused(
                "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {claims['iss']}"
            )
        audience = _audience(claims)
        if audience not in provider.client_ids:
            raise Refused("InvalidIdentityToken", "Incorrect token audience")
        context = self._request_context(params) | _of_claims(issuer, claims, audience)
        context["aws:FederatedProvider"] = (provider.arn,)
        who = Asker(Principal("", "", ""), frozenset({("Federated", provider.arn)}), context=context)
        if not may_assume(who, role, WEB_IDENTITY):
            raise _denied("Not authorized to perform sts:AssumeRoleWithWebIdentity on ", params)
        _check_duration(role, params, chained=False)
        told = {"SubjectFromWebIdentityToken": claims["sub"], "Provider": provider.arn, "Audience": audience}
        return self._begin(role, params, {}, provider.arn) | told

    def _begin(self, role: Role, params: Params, marks: Mapping[str, str], provider: str = "") -> dict[str, Any]:
        now = utcnow()
        expires = now + timedelta(seconds=params.get("DurationSeconds", HOUR))
        session = Session(role, params["RoleSessionName"], new_token(), now, expires, marks, provider)
        caller = self.sessions.begin(session)
        return {
            "Credentials": {
                "AccessKeyId": caller.key_id,
                "SecretAccessKey": new_token()[:40],
                "SessionToken": session.token,
                "Expiration": expires,
            },
            "AssumedRoleUser": {"AssumedRoleId": caller.id, "Arn": caller.arn},
        }

    def _context(self, caller: Caller, params: Params, marks: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        found = self._request_context(params) | {"aws:userid": (caller.id,)}
        if caller.session is not None:
            found |= {"aws:MultiFactorAuthPresent": ("false",), "aws:PrincipalType": ("AssumedRole",)}
        found |= {f"aws:RequestTag/{key}": (value,) for key, value in marks.items()}
        if marks:
            found["aws:TagKeys"] = tuple(marks)
        for name in ("ExternalId", "SourceIdentity"):
            if name in params:
                found[f"sts:{name}"] = (params[name],)
        if (organization := self.accounts.organization) is not None:
            found["aws:PrincipalOrgID"] = (organization.id,)
        return found

    def _request_context(self, params: Params) -> dict[str, tuple[str, ...]]:
        """What every request carries: all of them come from this machine, and are taken for encrypted."""
        now = utcnow().replace(tzinfo=UTC)
        return {
            "sts:RoleSessionName": (params["RoleSessionName"],),
            "aws:SourceIp": ("127.0.0.1",),
            "aws:SecureTransport": ("true",),
            "aws:ViaAWSService": ("false",),
            "aws:CurrentTime": (now.isoformat(timespec="seconds").replace("+00:00", "Z"),),
            "aws:EpochTime": (str(int(now.timestamp())),),
        }


def _tags(params: Params) -> dict[str, str]:
    return tags.merged({}, params.get("Tags", []), folded=True)


def _check_duration(role: Role, params: Params, *, chained: bool) -> None:
    seconds = params.get("DurationSeconds", HOUR)
    if chained and seconds > HOUR:
        reason = "the 1 hour session limit for roles assumed by role chaining"
        raise Refused("ValidationError", f"The requested DurationSeconds exceeds {reason}")
    if seconds > int(role.max_session_duration):
        raise Refused(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )


def _audience(claims: Mapping[str, Any]) -> str:
    audience = claims.get("azp") or claims.get("aud")
    return str(audience[0] if isinstance(audience, list) and audience else audience)


def _of_claims(issuer: str, claims: Mapping[str, Any], audience: str) -> dict[str, tuple[str, ...]]:
    github = issuer.split("/", maxsplit=1)[0] == "token.actions.githubusercontent.com"
    names = (*CLAIMS, *GITHUB_CLAIMS) if github else CLAIMS
    found: dict[str, tuple[str, ...]] = {f"{issuer}:{name}": (str(claims[name]),) for name in names if name in claims}
    return found | {f"{issuer}:aud": (audience,)}


def _denied(sentence: str, params: Params) -> Refused:
    return Refused("AccessDenied", f"{sentence}{params['RoleArn']}")
