"""The metadata document of a SAML provider: the entity id, the certificates, and when these end.

After "Metadata for the OASIS Security Assertion Markup Language"
and the X.509 profile of RFC 5280. Only the validity of a
certificate is read, so that no cryptography is needed offline.
"""

import hashlib
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

METADATA = "{urn:oasis:names:tc:SAML:2.0:metadata}"
CERTIFICATE = "{http://www.w3.org/2000/09/xmldsig#}X509Certificate"
SHORTEST, LONGEST = 1000, 10_000_000
SEQUENCE, EXPLICIT_VERSION, UTC_TIME, GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18
LONG_FORM = 0x80


@dataclass(frozen=True, slots=True)
class Metadata:
    """The metadata of a SAML provider.

    Two documents are equal if they have the same entity id and
    certificates.
    """

    entity_id: str = ""
    certificates: frozenset[str] = frozenset()
    document: str = field(default="", compare=False)


class NoMetadata(ValueError):  # noqa: N818 - a text is no metadata; "NoMetadataError" says nothing more
    """A text that is no metadata.

    The message says why, `position` the line and column in it.
    """

    def __init__(self, message: str, position: tuple[int, int] | None = None) -> None:
        super().__init__(message)
        self.position = position


def metadata(text: str) -> Metadata:
    """The metadata in a document. Raises NoMetadata if it has none."""
    root = _parsed(text)
    if root.tag != f"{METADATA}EntityDescriptor":
        raise NoMetadata("this is no metadata of SAML: it has no EntityDescriptor at its top")
    if root.find(f"{METADATA}IDPSSODescriptor") is None:
        raise NoMetadata("this is no metadata of an identity provider: it has no IDPSSODescriptor")
    entity_id = root.get("entityID")
    if not entity_id:
        raise NoMetadata("the EntityDescriptor has no entityID")
    found = frozenset("".join((one.text or "").split()) for one in root.iter(CERTIFICATE))
    if not found:
        raise NoMetadata("there is no X509Certificate in it")
    return Metadata(entity_id, found, text)


def live_metadata(text: str) -> Metadata:
    """The metadata that IAM has.

    A document that cannot be read equals only itself.
    """
    try:
        return metadata(text)
    except NoMetadata:
        return Metadata(text, frozenset(), text)


class _Builder(ET.TreeBuilder):
    """Takes no document type, which metadata never declare: it is where XML becomes dangerous."""

    def doctype(self, *_: object) -> None:
        raise NoMetadata("it declares a document type, which metadata never do")


def _parsed(text: str) -> ET.Element:
    try:
        # no declarations are taken, and the encoding that it names was that of the file
        parser = ET.XMLParser(target=_Builder(), encoding="utf-8")  # noqa: S314
        found: ET.Element = ET.fromstring(text.encode(), parser=parser)  # noqa: S314
    except ET.ParseError as error:
        line, column = error.position
        raise NoMetadata(f"this is no XML: line {line}, column {column + 1}", (line, column + 1)) from error
    return found


def ends(found: Metadata) -> Iterator[datetime]:
    """The end of each certificate.

    Raises NoMetadata for a text that is no certificate.
    """
    for text in sorted(found.certificates):
        try:
            yield _not_after(b64decode(text, validate=True))
        except (ValueError, IndexError) as error:
            raise NoMetadata("an X509Certificate in it is no certificate") from error


def fingerprints(found: Metadata) -> list[str]:
    """The certificates for people: the beginning of each SHA-256 fingerprint, sorted."""
    return sorted(hashlib.sha256(one.encode()).hexdigest()[:16] for one in found.certificates)


def _not_after(der: bytes) -> datetime:
    """Certificate, TBSCertificate, then: version if it is there, serial number, signature, issuer, validity."""
    fields = list(_values(_sequence(_sequence(der))))
    at = 1 if fields[0][0] == EXPLICIT_VERSION else 0
    _, validity = fields[at + 3]
    _, (kind, text) = _values(validity)
    return _time(kind, text.decode("ascii"))


def _sequence(der: bytes) -> bytes:
    """The content of the sequence that stands first."""
    tag, content = next(_values(der), (0, b""))
    if tag != SEQUENCE:
        raise ValueError("no sequence")
    return content


def _values(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The values in DER: tag and content."""
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length >= LONG_FORM:
            size = length - LONG_FORM
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        if at + length > len(data):
            raise ValueError("no DER")
        yield tag, data[at : at + length]
        at += length


def _time(kind: int, text: str) -> datetime:
    """Of UTCTime, two digits below 50 mean this century."""
    if kind == UTC_TIME:
        text = ("20" if int(text[:2]) < 50 else "19") + text
    elif kind != GENERALIZED_TIME:
        raise ValueError("no time")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
