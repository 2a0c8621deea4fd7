"""What may be written to identity providers."""

import hashlib
import re
from collections.abc import Mapping, Sequence

from fake.rules import some_tags, tagged, untagged
from fake.state import Answer, OidcProvider, Refused, SamlProvider, State
from fake.views import tag_list

Tags = Sequence[Mapping[str, str]]
MAX_PROVIDERS = 100
URL = re.compile(r"https://(?P<host>[^/?#@]+?)(:443)?(?P<path>/[^?#]*)?", re.IGNORECASE)


def create_open_id_connect_provider(
    state: State,
    url: str,
    client_id_list: Sequence[str] = (),
    thumbprint_list: Sequence[str] = (),
    tags: Tags = (),
) -> Answer:
    """The URL keeps case and last slash, and loses scheme and port. IAM fetches missing thumbprints."""
    if not (parts := URL.fullmatch(url)):
        raise Refused("InvalidInput", "The URL is not https, or has a query or a fragment.")
    name = parts["host"] + (parts["path"] or "")
    if (arn := state.account.arn(f"oidc-provider/{name}")) in state.oidc_providers:
        raise Refused("EntityAlreadyExists", f"Provider with url {url} already exists.")
    if len(state.oidc_providers) >= MAX_PROVIDERS:
        raise Refused("LimitExceeded", f"Cannot exceed quota for OpenIdConnectProvidersPerAccount: {MAX_PROVIDERS}")
    labels = tagged({}, tags, ignoring_case=False)
    fetched = [hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()]
    provider = OidcProvider(
        arn=arn,
        url=name,
        client_ids=_client_ids(client_id_list),
        thumbprints=_thumbprints(thumbprint_list) if thumbprint_list else fetched,
        created=state.tick(),
        tags=labels,
    )
    state.oidc_providers[arn] = provider
    return {"OpenIDConnectProviderArn": arn} | ({"Tags": tag_list(labels)} if labels else {})


def delete_open_id_connect_provider(state: State, open_id_connect_provider_arn: str) -> Answer | None:
    del state.oidc_providers[state.oidc_provider(open_id_connect_provider_arn).arn]
    return None


def add_client_id_to_open_id_connect_provider(
    state: State, open_id_connect_provider_arn: str, client_id: str
) -> Answer | None:
    provider = state.oidc_provider(open_id_connect_provider_arn)
    provider.client_ids = _client_ids([*provider.client_ids, client_id])
    return None


def remove_client_id_from_open_id_connect_provider(
    state: State, open_id_connect_provider_arn: str, client_id: str
) -> Answer | None:
    provider = state.oidc_provider(open_id_connect_provider_arn)
    provider.client_ids = [one for one in provider.client_ids if one != client_id]
    return None


def update_open_id_connect_provider_thumbprint(
    state: State, open_id_connect_provider_arn: str, thumbprint_list: Sequence[str]
) -> Answer | None:
    provider = state.oidc_provider(open_id_connect_provider_arn)
    if not thumbprint_list:
        raise Refused("InvalidInput", "Thumbprint list must contain at least one entry.")
    provider.thumbprints = _thumbprints(thumbprint_list)
    return None


def tag_open_id_connect_provider(state: State, open_id_connect_provider_arn: str, tags: Tags) -> Answer | None:
    provider = state.oidc_provider(open_id_connect_provider_arn)
    provider.tags = tagged(provider.tags, some_tags(tags), ignoring_case=False)
    return None


def untag_open_id_connect_provider(
    state: State, open_id_connect_provider_arn: str, tag_keys: Sequence[str]
) -> Answer | None:
    provider = state.oidc_provider(open_id_connect_provider_arn)
    provider.tags = untagged(provider.tags, tag_keys, ignoring_case=False)
    return None


def create_saml_provider(
    state: State,
    saml_metadata_document: str,
    name: str,
    tags: Tags = (),
    assertion_encryption_mode: str | None = None,
    add_private_key: str | None = None,
) -> Answer:
    if any(one.name.lower() == name.lower() for one in state.saml_providers.values()):
        raise Refused("EntityAlreadyExists", f"SAMLProvider {name} already exists.")
    if len(state.saml_providers) >= MAX_PROVIDERS:
        raise Refused("LimitExceeded", f"Cannot exceed quota for SAMLProvidersPerAccount: {MAX_PROVIDERS}")
    keys = [state.new_id("SAMLKEY")] if add_private_key else []
    _check_saml(saml_metadata_document, assertion_encryption_mode, keys)
    labels = tagged({}, tags, ignoring_case=False)
    provider = SamlProvider(
        arn=state.account.arn(f"saml-provider/{name}"),
        name=name,
        document=saml_metadata_document,
        created=state.tick(),
        encryption=assertion_encryption_mode,
        keys=keys,
        tags=labels,
    )
    state.saml_providers[provider.arn] = provider
    return {"SAMLProviderArn": provider.arn} | ({"Tags": tag_list(labels)} if labels else {})


def update_saml_provider(
    state: State,
    saml_provider_arn: str,
    saml_metadata_document: str | None = None,
    assertion_encryption_mode: str | None = None,
    add_private_key: str | None = None,
    remove_private_key: str | None = None,
) -> Answer:
    """The document is replaced as a whole; what is left out stays."""
    provider = state.saml_provider(saml_provider_arn)
    if not (saml_metadata_document or assertion_encryption_mode or add_private_key or remove_private_key):
        raise Refused("ValidationError", "No updates are defined.")
    if add_private_key and remove_private_key:
        raise Refused("ValidationError", "A private key cannot be added and removed at once.")
    if remove_private_key and remove_private_key not in provider.keys:
        raise Refused("InvalidInput", "Failed to remove private key.")
    if add_private_key and len(provider.keys) >= 2:
        raise Refused("LimitExceeded", "Private key limit of 2 is reached.")
    keys = [one for one in provider.keys if one != remove_private_key]
    keys += [state.new_id("SAMLKEY")] if add_private_key else []
    document = saml_metadata_document or provider.document
    encryption = assertion_encryption_mode or provider.encryption
    if remove_private_key and encryption == "Required" and not keys:
        raise Refused("InvalidInput", "Failed to remove private key.")
    _check_saml(document, encryption, keys)
    provider.document, provider.encryption, provider.keys = document, encryption, keys
    return {"SAMLProviderArn": provider.arn}


def delete_saml_provider(state: State, saml_provider_arn: str) -> Answer | None:
    del state.saml_providers[state.saml_provider(saml_provider_arn).arn]
    return None


def tag_saml_provider(state: State, saml_provider_arn: str, tags: Tags) -> Answer | None:
    provider = state.saml_provider(saml_provider_arn)
    provider.tags = tagged(provider.tags, some_tags(tags), ignoring_case=False)
    return None


def untag_saml_provider(state: State, saml_provider_arn: str, tag_keys: Sequence[str]) -> Answer | None:
    provider = state.saml_provider(saml_provider_arn)
    provider.tags = untagged(provider.tags, tag_keys, ignoring_case=False)
    return None


def _client_ids(given: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(given))
    if len(found) > 100:
        raise Refused("LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100")
    return found


def _thumbprints(given: Sequence[str]) -> list[str]:
    if len(given) > 5:
        raise Refused("InvalidInput", "Thumbprint list must contain fewer than 5 entries.")
    return [one.lower() for one in given]


def _check_saml(document: str, encryption: str | None, keys: Sequence[str]) -> None:
    if not all(word in document for word in ("EntityDescriptor", "entityID=", "X509Certificate")):
        raise Refused("InvalidInput", "Could not parse metadata")
    if encryption == "Required" and not keys:
        raise Refused("ValidationError", "Required encryption of assertions needs a private key.")
