"""Metadata of a SAML identity provider, as IAM takes them."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@cache
def certificate(subject: str = "idp", number: int = 1) -> str:
    """A certificate in base64; another number makes another one."""
    key = ec.derive_private_key(number, ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(number)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return b64encode(built.public_bytes(serialization.Encoding.DER)).decode()


def metadata(entity: str = "https://idp.example.com/saml", number: int = 1, end: str = "") -> str:
    """A document of at least the length that IAM wants."""
    until = f' validUntil="{end}"' if end else ""
    return (
        f'<?xml version="1.0"?>\n<!-- {"made for tests " * 40}-->\n'
        f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity}"{until}>'
        '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        '<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>'
        f"<X509Certificate>{certificate(number=number)}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        '<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/"/>'
        "</IDPSSODescriptor></EntityDescriptor>"
    )
