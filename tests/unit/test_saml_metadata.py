"""The metadata of a SAML provider: entity id, certificates, and when these end."""

from datetime import UTC, datetime

import pytest
from saml import certificate, metadata as written

from iamspec.kinds.provider.metadata import Metadata, NoMetadata, ends, live_metadata, metadata

ENTITY = "https://idp.example.com/saml"


def test_entity_id_and_certificates_are_read() -> None:
    text = written()
    assert metadata(text) == Metadata(ENTITY, frozenset({certificate(number=1)}), text)


def test_documents_with_the_same_id_and_certificates_are_equal() -> None:
    """Kills: a plan that never ends because the provider writes its metadata anew."""
    assert metadata(written()) == metadata(written().replace("made for tests ", "made for others "))
    assert metadata(written()) != metadata(written(number=2))
    assert metadata(written()) != metadata(written(entity="https://evil.example.com"))


def test_the_end_of_a_certificate_is_read() -> None:
    assert list(ends(metadata(written()))) == [datetime(2035, 12, 30, tzinfo=UTC)]


def test_an_encoding_in_the_declaration_is_that_of_the_file() -> None:
    assert metadata(written().replace('version="1.0"', 'version="1.0" encoding="UTF-16"')) == metadata(written())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<a", "this is no XML: line 1, column 1"),
        ("no XML", "this is no XML: line 1, column 1"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", "it declares a document type, which metadata never do"),
        (
            written().replace(
                "<EntityDescriptor", "<?x <!-- ?><!DOCTYPE x [<!ENTITY a 'b'>]><?y --> ?><EntityDescriptor"
            ),
            "it declares a document type, which metadata never do",
        ),
        ("<x>" + "<!--" * 300_000, "this is no XML: line 1, column 12"),  # once looked through for each of them
        ("<x/>", "this is no metadata of SAML: it has no EntityDescriptor at its top"),
        (
            written().replace("IDPSSO", "SPSSO"),
            "this is no metadata of an identity provider: it has no IDPSSODescriptor",
        ),
        (written().replace("entityID", "id"), "the EntityDescriptor has no entityID"),
        (written().replace("X509Certificate", "X509Cert"), "there is no X509Certificate in it"),
    ],
)
def test_a_text_that_is_no_metadata_is_refused(text: str, message: str) -> None:
    with pytest.raises(NoMetadata, match=f"^{message}$"):
        metadata(text)
    assert live_metadata(text) == live_metadata(text)
    assert live_metadata(text) != live_metadata(text + " ")


@pytest.mark.parametrize("wrong", ["AAAA", "MIIB", "no base64", "MAA="])
def test_a_certificate_that_is_none_is_refused(wrong: str) -> None:
    """Kills: a traceback out of a file that somebody has cut."""
    with pytest.raises(NoMetadata, match=r"^an X509Certificate in it is no certificate$"):
        list(ends(metadata(written().replace(certificate(number=1), wrong))))
