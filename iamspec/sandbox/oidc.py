"""Operations on identity providers that sign tokens (OpenID Connect)."""

import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from iamspec.sandbox import tags, views
from iamspec.sandbox.entities import OidcProvider
from iamspec.sandbox.operations import DONE, Operations
from iamspec.sandbox.refusals import Refused, exists, missing
from iamspec.sandbox.upstream import ActionResult

MAX_THUMBPRINTS = 5
MAX_CLIENT_IDS = 100
MAX_PROVIDERS = 100
PORT = ":443"


class Oidc(Operations):
    """OpenID Connect providers."""

    def create_open_id_connect_provider(self) -> Any:
        """Makes a provider.

        IAM fetches missing thumbprints. Here they are made out of
        the URL.
        """
        providers, params = self.account.open_id_providers, self.params
        url = issuer(params["Url"])
        arn = self.account.arn(f"oidc-provider/{url}")
        if arn in providers:
            raise exists("Provider", url)
        if len(providers) >= MAX_PROVIDERS:
            raise Refused("LimitExceeded", f"Cannot exceed quota for OpenIdConnectProvidersPerAccount: {MAX_PROVIDERS}")
        fetched = [hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()]
        provider = OidcProvider(
            arn,
            url,
            _client_ids(params.get("ClientIDList", [])),
            _thumbprints(params["ThumbprintList"]) if params.get("ThumbprintList") else fetched,
        )
        provider.tags = tags.merged({}, params.get("Tags", []), folded=False)
        providers[arn] = provider
        shown = {"Tags": views.shown(provider.tags)} if provider.tags else {}
        return ActionResult({"OpenIDConnectProviderArn": arn} | shown)

    def get_open_id_connect_provider(self) -> Any:
        provider = self._oidc()
        return ActionResult(
            {
                "Url": provider.url,
                "ClientIDList": provider.client_ids,
                "ThumbprintList": provider.thumbprints,
                "CreateDate": provider.create_date,
                "Tags": views.shown(provider.tags),
            }
        )

    def list_open_id_connect_providers(self) -> Any:
        return ActionResult({"OpenIDConnectProviderList": [{"Arn": arn} for arn in self.account.open_id_providers]})

    def delete_open_id_connect_provider(self) -> Any:
        del self.account.open_id_providers[self._oidc().arn]
        return DONE

    def add_client_id_to_open_id_connect_provider(self) -> Any:
        """Adding a client id again is no error."""
        provider = self._oidc()
        provider.client_ids = _client_ids([*provider.client_ids, self.params["ClientID"]])
        return DONE

    def remove_client_id_from_open_id_connect_provider(self) -> Any:
        """Removing an absent client id is no error."""
        provider = self._oidc()
        provider.client_ids = [one for one in provider.client_ids if one != self.params["ClientID"]]
        return DONE

    def update_open_id_connect_provider_thumbprint(self) -> Any:
        provider = self._oidc()
        if not (thumbprints := self.params["ThumbprintList"]):
            raise Refused("InvalidInput", "Thumbprint list must contain at least one entry.")
        provider.thumbprints = _thumbprints(thumbprints)
        return DONE

    def list_open_id_connect_provider_tags(self) -> Any:
        return ActionResult({"Tags": views.shown(self._oidc().tags)})

    def tag_open_id_connect_provider(self) -> Any:
        provider = self._oidc()
        provider.tags = tags.added(provider.tags, self.params["Tags"], folded=False)
        return DONE

    def untag_open_id_connect_provider(self) -> Any:
        provider = self._oidc()
        provider.tags = tags.without(provider.tags, self.params["TagKeys"], folded=False)
        return DONE

    def _oidc(self) -> OidcProvider:
        arn = self.params["OpenIDConnectProviderArn"]
        if (found := self.account.open_id_providers.get(arn)) is None:
            raise missing(f"OpenIDConnect Provider for arn {arn}")
        return found


def issuer(url: str) -> str:
    """The URL without its scheme and the usual port.

    Case and a slash at the end count.
    """
    parts = urlsplit(url)
    if not parts.scheme or not parts.netloc:
        raise Refused("ValidationError", "Invalid Open ID Connect Provider URL")
    if parts.scheme.lower() != "https" or "?" in url or "#" in url or "@" in parts.netloc:
        raise Refused(
            "InvalidInput", "The URL of an Open ID Connect Provider must be https, without query and fragment."
        )
    return parts.netloc.removesuffix(PORT) + parts.path


def _client_ids(given: Sequence[str]) -> list[str]:
    """Each once, in the order of writing."""
    found = list(dict.fromkeys(given))
    if len(found) > MAX_CLIENT_IDS:
        raise Refused("LimitExceeded", f"Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {MAX_CLIENT_IDS}")
    return found


def _thumbprints(given: Sequence[str]) -> list[str]:
    """Thumbprints in lower case.

    Repeated ones stay, and nothing checks that they are
    hexadecimal.
    """
    if len(given) > MAX_THUMBPRINTS:
        raise Refused("InvalidInput", "Thumbprint list must contain fewer than 5 entries.")
    return [one.lower() for one in given]
