"""An identity provider as people write it, and as IAM knows it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import Field

from iamspec.kinds.contract import Facts, Resource, Shape
from iamspec.kinds.described_fields import external_field, lint_field, tags_field
from iamspec.kinds.fields import FileText, Flag, Lint, Text
from iamspec.kinds.labels import OIDC, SAML
from iamspec.kinds.provider.metadata import Metadata

MAX_URL, MAX_CLIENT_IDS, MAX_THUMBPRINTS = 255, 100, 5
USUAL_PORT = ":443"
THUMBPRINT = re.compile(r"[0-9A-Fa-f]{40}")
HUB = "https://token.actions.githubusercontent.com"


class ProviderSpec(Shape):
    """Identity providers by name. Roles trust them by this name.

    The name of a SAML provider is the name in IAM. IAM knows an
    issuer of tokens by its URL alone.
    """

    sample: ClassVar[Mapping[str, Any]] = {"github": {"oidc": HUB, "client_ids": ["sts.amazonaws.com"]}}

    oidc: Text | None = Field(
        default=None,
        description=(
            "The URL of an issuer of tokens (OpenID Connect): https://, without query, as `iss` has it in the tokens. "
            "Case and a slash at the end count. A provider has either this or `saml`."
        ),
        examples=[HUB],
    )
    client_ids: list[Text] = Field(
        default_factory=list,
        description=(
            "The audiences that a token may be for. The list is complete: a live one that is not here is taken away. "
            "Left out: none."
        ),
        examples=[["sts.amazonaws.com"]],
    )
    thumbprints: list[Text] | None = Field(
        default=None,
        description=(
            "The SHA-1 thumbprints of certificates of the issuer, 40 hexadecimal digits each. IAM fetches them itself, "
            "and needs none for most issuers. Left out: not managed."
        ),
        examples=[["6938fd4d98bab03faadb97b34396831e3780aea1"]],
    )
    saml: FileText = Field(
        default=None,
        description=(
            "The metadata document of a SAML provider: {file: …} with an XML file, relative to this file, or the text. "
            "IAM compares entity id and certificates. A provider has either this or `oidc`."
        ),
        examples=[{"file": "okta.xml"}],
    )
    tags: dict[Text, Text] | None = tags_field("provider")
    lint: Lint = lint_field()
    external: Flag = external_field()


@dataclass(frozen=True, slots=True)
class ProviderFacts(Facts):
    """`asked` says whether more than the ARN was read."""

    asked: bool = False
    reserved_tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Provider(Resource):
    """An identity provider as IAM knows it.

    `oidc` is the URL of an issuer of tokens, and is empty for a
    SAML provider. `thumbprints` and `tags` are None where the spec
    leaves them alone, or nobody has asked.
    """

    oidc: str = ""
    client_ids: frozenset[str] = frozenset()
    thumbprints: frozenset[str] | None = None
    saml: Metadata | None = None
    tags: Mapping[str, str] | None = None
    facts: ProviderFacts = field(default=ProviderFacts(), compare=False, kw_only=True)

    @property
    def issuer(self) -> str:
        """The host and path of an issuer of tokens."""
        return issuer_of(self.oidc)

    @property
    def resource(self) -> str:
        """The end of the ARN, `oidc-provider/HOST/PATH` or `saml-provider/NAME`."""
        return f"{OIDC}/{self.issuer}" if self.issuer else f"{SAML}/{self.name}"


def url_of(issuer: str) -> str:
    return f"https://{issuer}" if issuer else ""


def issuer_of(url: str) -> str:
    """The host and path by which IAM knows an issuer: without scheme and usual port.

    The rest stays as it is written.
    """
    parts = urlsplit(url)
    return parts.netloc.removesuffix(USUAL_PORT) + parts.path


def url_error(url: str) -> str | None:
    """Why IAM would refuse the URL of an issuer, or None."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return f'"{url}" is no URL; write https://HOST/PATH'
    if parts.scheme.lower() != "https" or not parts.netloc:
        return f'"{url}" is no URL of an issuer; write https://HOST/PATH, as the tokens have it in `iss`'
    if "?" in url or "#" in url or "@" in parts.netloc:
        return f'"{url}" has a query, a fragment or a user, which IAM refuses'
    if len(url) > MAX_URL:
        return f"a URL has at most {MAX_URL} characters; this one has {len(url)}"
    return None
