"""The conditions that IAM demands of a trust policy for a shared OIDC issuer.

After "Identity-provider controls for shared OIDC providers" in the
IAM User Guide and recorded answers of IAM. Everybody can get a
token from such an issuer. So each Allow has to compare the claim
that tells customers apart.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from iamspec.policy.statement import Statement, Test, listed

WEB_IDENTITY = "sts:assumerolewithwebidentity"
GITHUB = "token.actions.githubusercontent.com"

_PROVIDER = re.compile(r"arn:[^:]*:iam::\d{12}:oidc-provider/(?P<issuer>.+)", re.DOTALL)
_COMPARES = re.compile(r"((forall|forany)values?:)?string(equals(ignorecase)?|like)", re.IGNORECASE)
_SUBJECT, _AUDIENCE, _APPLICATION = ("sub",), ("aud",), ("app_id",)
_TURBONOMIC = (
    "oidc.op1.openshiftapps.com/2f785sojlpb85i7402pk3qogugim5nfb",
    "oidc.op1.openshiftapps.com/2c51blsaqa9gkjt0o9rt11mle8mmropu",
    "rh-oidc.s3.us-east-1.amazonaws.com/22ejnvnnturfmt6km08idd0nt4hekbn7",
    "rh-oidc.s3.us-east-1.amazonaws.com/23e3sd27sju1hoou6ohfs68vbno607tr",
    "rh-oidc.s3.us-east-1.amazonaws.com/23ne21h005qjl3n33d8dui5dlrmv2tmg",
    "rh-oidc.s3.us-east-1.amazonaws.com/24jrf12m5dj7ljlfb4ta2frhrcoadm26",
)
CLAIMS: dict[str, tuple[str, ...]] = {
    GITHUB: ("sub", "job_workflow_ref"),
    "oidc-configuration.audit-log.githubusercontent.com": _SUBJECT,
    "vstoken.actions.githubusercontent.com": _SUBJECT,
    "gitlab.com": _SUBJECT,
    "app.terraform.io": _SUBJECT,
    "agent.buildkite.com": _SUBJECT,
    "oidc.codefresh.io": _SUBJECT,
    "studio.datachain.ai/api": _SUBJECT,
    "scalr.io": _SUBJECT,
    "tokens.cloud.shisho.dev": _SUBJECT,
    "proidc.upbound.io": _SUBJECT,
    **dict.fromkeys(_TURBONOMIC, _SUBJECT),
    "cognito-identity.amazonaws.com": _AUDIENCE,
    "api.pulumi.com/oidc": _AUDIENCE,
    "sandboxes.cloud": _AUDIENCE,
    "oidc.vercel.com": _AUDIENCE,
    "accounts.google.com": ("aud", "oaud", "sub"),
    "www.amazon.com": _APPLICATION,
    "graph.facebook.com": _APPLICATION,
}
KEYS = {"sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d": ("sts:RoleSessionName",)}  # Azure Sentinel


@dataclass(frozen=True, slots=True)
class Uncontrolled:
    """A shared issuer that a statement trusts without comparing one of the condition keys."""

    issuer: str
    keys: tuple[str, ...]


def uncontrolled(statement: Statement) -> Iterator[Uncontrolled]:
    """The shared issuers for which IAM refuses the statement of a trust policy."""
    if not statement.allows or not any(action.lower() == WEB_IDENTITY for action in statement.stored("Action")):
        return
    principal = statement.data.get("Principal")
    for federated in listed(principal.get("Federated")) if isinstance(principal, Mapping) else ():
        issuer = _issuer(str(federated))
        keys = _keys(issuer)
        if keys and not any(_controls(test, keys, issuer) for test in statement.tests()):
            yield Uncontrolled(issuer, keys)


def _issuer(federated: str) -> str:
    found = _PROVIDER.fullmatch(federated)
    return found["issuer"] if found else federated


def _keys(issuer: str) -> tuple[str, ...]:
    """The condition keys for an issuer.

    IAM demands a comparison with any of them. GitHub enterprises
    have sub-paths.
    """
    name = issuer.lower()
    shared = GITHUB if name.startswith(f"{GITHUB}/") else name
    return KEYS.get(shared) or tuple(f"{issuer}:{claim}" for claim in CLAIMS.get(shared, ()))


def _controls(test: Test, keys: tuple[str, ...], issuer: str) -> bool:
    """Whether a positive comparison of text asks for a needed key.

    With IfExists it asks for nothing.
    """
    if test.key is None or not _COMPARES.fullmatch(test.operator):
        return False
    asked = test.key.lower() in {one.lower() for one in keys}
    return asked and not any(_says_nothing(str(value), issuer.lower()) for value in test.values)


def _says_nothing(value: str, issuer: str) -> bool:
    """Whether IAM takes the value for everybody.

    For GitHub it looks at the beginning, for other issuers at a
    bare `*` alone.
    """
    if issuer == GITHUB or issuer.startswith(f"{GITHUB}/"):
        return value.startswith("*") or not value.strip()
    return value == "*"
