"""Identity providers in the sandbox: URLs, thumbprints, metadata and private keys as IAM takes them."""

import pytest
from saml import metadata
from test_sandbox import OWN, client, refusal

from iamspec.sandbox import running


@pytest.fixture
def iam():
    with running() as sandbox:
        yield client(sandbox)


def oidc(iam, url, **params):
    return iam.create_open_id_connect_provider(Url=url, **params)["OpenIDConnectProviderArn"]


def test_a_url_loses_its_port_and_keeps_its_case_and_its_slash(iam):
    """Kills: two spellings of a URL taken for one issuer, or a URL with a port taken for another issuer."""
    assert oidc(iam, "https://Idp.example.com:443/a") == f"{OWN}oidc-provider/Idp.example.com/a"
    assert oidc(iam, "https://idp.example.com/a") == f"{OWN}oidc-provider/idp.example.com/a"
    assert oidc(iam, "https://idp.example.com/a/") == f"{OWN}oidc-provider/idp.example.com/a/"
    again = {"Url": "https://idp.example.com:443/a"}
    assert refusal(iam.create_open_id_connect_provider, **again) == ("EntityAlreadyExists", 409)
    for url in ("https://idp.example.com/?q=1", "https://idp.example.com/#x", "http://idp.example.com"):
        assert refusal(iam.create_open_id_connect_provider, Url=url) == ("InvalidInput", 400)


def test_client_ids_come_and_go_without_an_error(iam):
    arn = {"OpenIDConnectProviderArn": oidc(iam, "https://idp.example.com", ClientIDList=["b", "a", "b"])}
    iam.add_client_id_to_open_id_connect_provider(**arn, ClientID="a")
    iam.add_client_id_to_open_id_connect_provider(**arn, ClientID="c")
    iam.remove_client_id_from_open_id_connect_provider(**arn, ClientID="none")
    found = iam.get_open_id_connect_provider(**arn)
    assert (found["ClientIDList"], len(found["ThumbprintList"])) == (["b", "a", "c"], 1)


def test_thumbprints_are_one_to_five_in_lower_case(iam):
    arn = {"OpenIDConnectProviderArn": oidc(iam, "https://idp.example.com")}
    iam.update_open_id_connect_provider_thumbprint(**arn, ThumbprintList=["A" * 40])
    assert iam.get_open_id_connect_provider(**arn)["ThumbprintList"] == ["a" * 40]
    update = iam.update_open_id_connect_provider_thumbprint
    assert refusal(update, **arn, ThumbprintList=[]) == ("InvalidInput", 400)
    assert refusal(update, **arn, ThumbprintList=["b" * 40] * 6) == ("InvalidInput", 400)
    iam.delete_open_id_connect_provider(**arn)
    assert refusal(iam.delete_open_id_connect_provider, **arn) == ("NoSuchEntity", 404)


@pytest.mark.parametrize("kind", ["open_id_connect", "saml"])
def test_tags_of_providers_differ_in_case(iam, kind):
    tags = [{"Key": "Team", "Value": "a"}, {"Key": "team", "Value": "b"}]
    if kind == "saml":
        iam.create_saml_provider(Name="okta", SAMLMetadataDocument=metadata(), Tags=tags[:1])
        arn = {"SAMLProviderArn": f"{OWN}saml-provider/okta"}
    else:
        arn = {"OpenIDConnectProviderArn": oidc(iam, "https://idp.example.com", Tags=tags[:1])}
    tag, untag, listed = (getattr(iam, f"{verb}_{kind}_provider{end}") for verb, end in VERBS)
    tag(**arn, Tags=tags[1:])
    untag(**arn, TagKeys=["TEAM"])
    assert listed(**arn)["Tags"] == tags
    assert refusal(tag, **arn, Tags=[]) == ("InvalidInput", 400)


VERBS = (("tag", ""), ("untag", ""), ("list", "_tags"))


def test_saml_metadata_must_name_a_provider_and_a_certificate(iam):
    iam.create_saml_provider(Name="okta", SAMLMetadataDocument=metadata(end="2020-01-01T00:00:00Z"))
    again = {"Name": "Okta", "SAMLMetadataDocument": metadata()}
    assert refusal(iam.create_saml_provider, **again) == ("EntityAlreadyExists", 409)
    whole = metadata()
    for wrong in (
        "x" * 1000,
        whole.replace("IDPSSODescriptor", "SPSSODescriptor"),
        whole.replace("entityID", "entity"),
        whole.replace("<X509Certificate>", "<X509Certificate>A"),
        whole.replace("<EntityDescriptor", "<!DOCTYPE x [<!ENTITY a 'b'>]><EntityDescriptor"),
    ):
        refused = refusal(iam.create_saml_provider, Name="other", SAMLMetadataDocument=wrong)
        assert refused == ("InvalidInput", 400)
    (found,) = iam.list_saml_providers()["SAMLProviderList"]
    assert (found["Arn"], found["ValidUntil"].year > 2100) == (f"{OWN}saml-provider/okta", True)


def test_private_keys_of_a_saml_provider_are_two_and_are_needed_for_encryption(iam):
    required = {"SAMLMetadataDocument": metadata(), "AssertionEncryptionMode": "Required"}
    assert refusal(iam.create_saml_provider, Name="a", **required) == ("ValidationError", 400)
    arn = {"SAMLProviderArn": iam.create_saml_provider(Name="a", **required, AddPrivateKey="key")["SAMLProviderArn"]}
    assert refusal(iam.update_saml_provider, **arn) == ("ValidationError", 400)
    (key,) = (one["KeyId"] for one in iam.get_saml_provider(**arn)["PrivateKeyList"])
    assert refusal(iam.update_saml_provider, **arn, RemovePrivateKey=key) == ("InvalidInput", 400)
    both = {"AddPrivateKey": "more", "RemovePrivateKey": key}
    assert refusal(iam.update_saml_provider, **arn, **both) == ("ValidationError", 400)
    iam.update_saml_provider(**arn, AddPrivateKey="more")
    assert refusal(iam.update_saml_provider, **arn, AddPrivateKey="third") == ("LimitExceeded", 409)
    iam.update_saml_provider(**arn, RemovePrivateKey=key, SAMLMetadataDocument=metadata(number=2))
    found = iam.get_saml_provider(**arn)
    assert (found["SAMLMetadataDocument"], len(found["PrivateKeyList"])) == (metadata(number=2), 1)
