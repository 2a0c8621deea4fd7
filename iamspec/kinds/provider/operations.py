"""The calls about identity providers.

The two calls that create a provider name it. All other calls take
its ARN.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from iamspec.iam import Account, Call
from iamspec.kinds import effects
from iamspec.kinds.labels import OIDC, PROVIDER, SAML, label, provider_address
from iamspec.kinds.operation import (
    Answer,
    Authorised,
    Effect,
    Lookup,
    Naming,
    Operation,
    Parameter,
    State,
    Verb,
)
from iamspec.kinds.provider.metadata import live_metadata
from iamspec.kinds.provider.shape import Provider, ProviderFacts, issuer_of, url_of
from iamspec.kinds.rows import TAGS, deleting, optional, replacing, tagging
from iamspec.kinds.tags import own_tags
from iamspec.kinds.values import is_text_list


def _of_arn(value: str, _account: Account) -> str:
    return value


def _of_url(value: str, account: Account) -> str:
    return account.arn(f"{OIDC}/{issuer_of(value)}")


def _of_name(value: str, account: Account) -> str:
    return account.arn(f"{SAML}/{value}")


def _subject(name: str, resource: str, naming: Naming, *, by_arn: bool = False) -> Parameter:
    return Parameter(name, kind=PROVIDER, by_arn=by_arn, subject=True, resource=resource, naming=naming)


BY_ARN = Naming(_of_arn, provider_address)
URL = _subject("Url", OIDC, Naming(_of_url, provider_address))
NAME = _subject("Name", SAML, Naming(_of_name, provider_address))
ISSUER = _subject("OpenIDConnectProviderArn", OIDC, BY_ARN, by_arn=True)
FEDERATION = _subject("SAMLProviderArn", SAML, BY_ARN, by_arn=True)
CLIENT_ID = Parameter("ClientID")
THUMBPRINTS = Parameter("ThumbprintList", is_text_list, shown=False)
DOCUMENT = Parameter("SAMLMetadataDocument", shown=False)
OIDC_TAGGING = tagging("OpenIDConnectProvider", ISSUER, ignores_case=False)
SAML_TAGGING = tagging("SAMLProvider", FEDERATION, ignores_case=False)


def _issuer_made(state: State, call: Call) -> Provider:
    arn, given = _of_url(call.params["Url"], state.account), call.params.get("ThumbprintList")
    return Provider(
        name=label(arn, state.account),
        oidc=url_of(issuer_of(call.params["Url"])),
        client_ids=frozenset(call.params.get("ClientIDList", ())),
        thumbprints=frozenset(map(str.lower, given)) if given else None,
        tags=own_tags(call.params.get("Tags", ())),
        facts=ProviderFacts(arn, asked=True),
    )


def _saml_made(state: State, call: Call) -> Provider:
    arn = _of_name(call.params["Name"], state.account)
    return Provider(
        name=label(arn, state.account),
        saml=live_metadata(call.params["SAMLMetadataDocument"]),
        tags=own_tags(call.params.get("Tags", ())),
        facts=ProviderFacts(arn, asked=True),
    )


def _add(state: State, call: Call) -> Effect:
    address, provider = effects.entity(ISSUER, state, call)
    return {address: replace(provider, client_ids=provider.client_ids | {call.params["ClientID"]})}


def _remove(state: State, call: Call) -> Effect:
    address, provider = effects.entity(ISSUER, state, call)
    return {address: replace(provider, client_ids=provider.client_ids - {call.params["ClientID"]})}


def _thumbprint(state: State, call: Call) -> Effect:
    address, provider = effects.entity(ISSUER, state, call)
    return {address: replace(provider, thumbprints=frozenset(map(str.lower, call.params["ThumbprintList"])))}


def _replace(state: State, call: Call) -> Effect:
    address, provider = effects.entity(FEDERATION, state, call)
    return {address: replace(provider, saml=live_metadata(call.params["SAMLMetadataDocument"]))}


def _listed(listing: str, section: str, owner: Parameter, ending: str) -> Lookup:
    """Looks for the ARN, by its end, among those of all providers."""

    def shown(call: Call, pages: Iterable[Answer]) -> bool | None:
        value = issuer_of(call.params[owner.name]) if owner is URL else call.params[owner.name]
        found = [one["Arn"] for page in pages for one in page.get(section, ())]
        return True if any(arn.endswith(f":{ending}/{value}") for arn in found) else None

    return Lookup(lambda call: Call(listing) if owner.name in call.params else None, shown)


CREATE_ISSUER = Operation(
    name="CreateOpenIDConnectProvider",
    verb=Verb.CREATE,
    parameters=(
        URL,
        Parameter("ClientIDList", is_text_list, required=False, shown=False),
        optional(THUMBPRINTS),
        optional(TAGS),
    ),
    effect=partial(effects.create, URL, _issuer_made),
    authorised=Authorised(URL.name, also=(("Tags", OIDC_TAGGING.tag.name),)),
    lookup=_listed("ListOpenIDConnectProviders", "OpenIDConnectProviderList", URL, OIDC),
)
ADD_CLIENT = Operation(
    name="AddClientIDToOpenIDConnectProvider",
    verb=Verb.UPDATE,
    parameters=(ISSUER, CLIENT_ID),
    effect=_add,
    authorised=Authorised(ISSUER.name),
    back="RemoveClientIDFromOpenIDConnectProvider",
)
REMOVE_CLIENT = Operation(
    name="RemoveClientIDFromOpenIDConnectProvider",
    verb=Verb.TAKE,
    parameters=(ISSUER, CLIENT_ID),
    effect=_remove,
    authorised=Authorised(ISSUER.name),
    back="AddClientIDToOpenIDConnectProvider",
)
SET_THUMBPRINTS = replacing("UpdateOpenIDConnectProviderThumbprint", ISSUER, (THUMBPRINTS,), _thumbprint)
DELETE_ISSUER = deleting("DeleteOpenIDConnectProvider", ISSUER)
CREATE_SAML = Operation(
    name="CreateSAMLProvider",
    verb=Verb.CREATE,
    parameters=(NAME, DOCUMENT, optional(TAGS)),
    effect=partial(effects.create, NAME, _saml_made),
    authorised=Authorised(NAME.name, also=(("Tags", SAML_TAGGING.tag.name),)),
    lookup=_listed("ListSAMLProviders", "SAMLProviderList", NAME, SAML),
)
UPDATE_SAML = replacing("UpdateSAMLProvider", FEDERATION, (DOCUMENT,), _replace)
DELETE_SAML = deleting("DeleteSAMLProvider", FEDERATION)
OPERATIONS = (
    CREATE_ISSUER,
    ADD_CLIENT,
    REMOVE_CLIENT,
    SET_THUMBPRINTS,
    DELETE_ISSUER,
    *OIDC_TAGGING,
    CREATE_SAML,
    UPDATE_SAML,
    DELETE_SAML,
    *SAML_TAGGING,
)
