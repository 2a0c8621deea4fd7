"""Operations on identity providers that sign SAML assertions."""

import re
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from cryptography import x509

from iamspec.sandbox import tags, views
from iamspec.sandbox.entities import SamlProvider, unique_id
from iamspec.sandbox.operations import DONE, Operations
from iamspec.sandbox.refusals import Refused, exists, missing
from iamspec.sandbox.upstream import ActionResult, utcnow

MAX_PROVIDERS = 100
MAX_KEYS = 2
YEARS = 100  # the validity of a provider without an end
METADATA = "{urn:oasis:names:tc:SAML:2.0:metadata}"
CERTIFICATE = "{http://www.w3.org/2000/09/xmldsig#}X509Certificate"
REQUIRED = "Required"


class Saml(Operations):
    """SAML providers."""

    def create_saml_provider(self) -> Any:
        providers, params = self.account.saml_providers, self.params
        name, encryption = params["Name"], params.get("AssertionEncryptionMode")
        if any(one.name.lower() == name.lower() for one in providers.values()):
            raise exists("SAMLProvider", name)
        if len(providers) >= MAX_PROVIDERS:
            raise Refused("LimitExceeded", f"Cannot exceed quota for SAMLProvidersPerAccount: {MAX_PROVIDERS}")
        _encrypted(encryption, held="AddPrivateKey" in params)
        arn, document = self.account.arn(f"saml-provider/{name}"), params["SAMLMetadataDocument"]
        provider = SamlProvider(arn, name, document, _valid_until(document), encryption)
        provider.tags = tags.merged({}, params.get("Tags", []), folded=False)
        if "AddPrivateKey" in params:
            provider.keys[unique_id("SAMLKEY", 22)] = utcnow()
        providers[arn] = provider
        shown = {"Tags": views.shown(provider.tags)} if provider.tags else {}
        return ActionResult({"SAMLProviderArn": arn} | shown)

    def get_saml_provider(self) -> Any:
        provider = self._saml()
        keys = [{"KeyId": key, "Timestamp": made} for key, made in provider.keys.items()]
        return ActionResult(
            {
                "SAMLProviderUUID": provider.id,
                "SAMLMetadataDocument": provider.document,
                "CreateDate": provider.create_date,
                "ValidUntil": provider.valid_until,
                "Tags": views.shown(provider.tags),
                "AssertionEncryptionMode": provider.encryption,
                "PrivateKeyList": keys or None,
            }
        )

    def list_saml_providers(self) -> Any:
        shown = [
            {"Arn": one.arn, "ValidUntil": one.valid_until, "CreateDate": one.create_date}
            for one in self.account.saml_providers.values()
        ]
        return ActionResult({"SAMLProviderList": shown})

    def update_saml_provider(self) -> Any:
        """Replaces the whole document. A private key is added or removed."""
        provider, params = self._saml(), self.params
        if not params.keys() & {"SAMLMetadataDocument", "AssertionEncryptionMode", "AddPrivateKey", "RemovePrivateKey"}:
            raise Refused("ValidationError", "No updates are defined.")
        document = params.get("SAMLMetadataDocument", provider.document)
        valid_until, keys = _valid_until(document), self._keys(provider)
        encryption = params.get("AssertionEncryptionMode", provider.encryption)
        if "RemovePrivateKey" in params and encryption == REQUIRED and not keys:
            raise Refused("InvalidInput", "Failed to remove private key.")
        _encrypted(encryption, held=bool(keys))
        provider.document, provider.valid_until = document, valid_until
        provider.encryption, provider.keys = encryption, keys
        return ActionResult({"SAMLProviderArn": provider.arn})

    def _keys(self, provider: SamlProvider) -> dict[str, datetime]:
        """The private keys after the call."""
        added, removed = "AddPrivateKey" in self.params, self.params.get("RemovePrivateKey")
        if added and removed:
            raise Refused("ValidationError", "A private key cannot be added and removed at once.")
        if added and len(provider.keys) >= MAX_KEYS:
            raise Refused("LimitExceeded", f"Private key limit of {MAX_KEYS} is reached.")
        if removed and removed not in provider.keys:
            raise Refused("InvalidInput", "Failed to remove private key.")
        keys = {key: made for key, made in provider.keys.items() if key != removed}
        return keys | ({unique_id("SAMLKEY", 22): utcnow()} if added else {})

    def delete_saml_provider(self) -> Any:
        del self.account.saml_providers[self._saml().arn]
        return DONE

    def list_saml_provider_tags(self) -> Any:
        return ActionResult({"Tags": views.shown(self._saml().tags)})

    def tag_saml_provider(self) -> Any:
        provider = self._saml()
        provider.tags = tags.added(provider.tags, self.params["Tags"], folded=False)
        return DONE

    def untag_saml_provider(self) -> Any:
        provider = self._saml()
        provider.tags = tags.without(provider.tags, self.params["TagKeys"], folded=False)
        return DONE

    def _saml(self) -> SamlProvider:
        arn = self.params["SAMLProviderArn"]
        if (found := self.account.saml_providers.get(arn)) is None:
            raise missing(f"Manifest for arn {arn}")
        return found


def _encrypted(mode: str | None, *, held: bool) -> None:
    if mode == REQUIRED and not held:
        raise Refused("ValidationError", "Required encryption of assertions needs a private key.")


def _valid_until(document: str) -> datetime:
    """The future end in the metadata.

    Raises InvalidInput if these are no metadata of a provider.
    """
    root = _parsed(document)
    certificates = [one.text or "" for one in root.iter(CERTIFICATE)]
    described = root.tag == f"{METADATA}EntityDescriptor" and root.find(f"{METADATA}IDPSSODescriptor") is not None
    if not described or not root.get("entityID") or not certificates or not all(map(_is_certificate, certificates)):
        raise _unparsable()
    now = utcnow()
    end = _date(root.get("validUntil"))
    return end if end is not None and end > now else now.replace(year=now.year + YEARS, month=1, day=1)


def _parsed(document: str) -> ET.Element:
    """Metadata never declare a document type, which is where XML becomes dangerous."""
    if "<!" in re.sub(r"<!--.*?-->", "", document, flags=re.DOTALL):
        raise _unparsable()
    try:
        return ET.fromstring(document)  # noqa: S314 - no declarations are left in it
    except ET.ParseError as error:
        raise _unparsable() from error


def _is_certificate(text: str) -> bool:
    try:
        x509.load_der_x509_certificate(b64decode("".join(text.split()), validate=True))
    except ValueError:
        return False
    return True


def _date(text: str | None) -> datetime | None:
    """In UTC without saying so, as moto keeps dates."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def _unparsable() -> Refused:
    return Refused("InvalidInput", "Could not parse metadata")
