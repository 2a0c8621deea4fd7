"""An issuer of tokens for tests.

It plays every issuer, so a role that trusts GitHub can be assumed
here.

The key of the sandbox signs every token, whatever `iss` the token
names. The sandbox takes no other key.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from iamspec.sandbox.refusals import Refused

LASTS = 900  # seconds
AUDIENCE = "sts.amazonaws.com"
ALGORITHM, KEY_ID = "RS256", "sandbox"
CONFIGURATION, KEYS, TOKEN = "/.well-known/openid-configuration", "/.well-known/jwks", "/_iamspec/token"

Claims = Mapping[str, Any]


class Issuer:
    """The key is made for the first token, since that takes a while."""

    def __init__(self) -> None:
        self._key: rsa.RSAPrivateKey | None = None
        self._lock = Lock()

    @property
    def key(self) -> rsa.RSAPrivateKey:
        with self._lock:
            if self._key is None:
                self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            return self._key

    def token(self, claims: Claims) -> str:
        """A signed token.

        Audience, times and id are added where the claims leave
        them out.
        """
        now = int(datetime.now(UTC).timestamp())
        times = {"iat": now, "nbf": now, "exp": now + LASTS}
        whole = {"aud": AUDIENCE, "jti": secrets.token_hex(8)} | times | dict(claims)
        signed = f"{_encoded({'alg': ALGORITHM, 'kid': KEY_ID, 'typ': 'JWT'})}.{_encoded(whole)}"
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), SHA256())
        return f"{signed}.{_base64(signature)}"

    def claims(self, token: str) -> Claims:
        """The claims of a token that this key has signed and that is in its time."""
        try:
            signed, _, signature = token.rpartition(".")
            self.key.public_key().verify(_bytes(signature), signed.encode(), padding.PKCS1v15(), SHA256())
            head, claims = (json.loads(_bytes(part)) for part in signed.split("."))
        except (ValueError, InvalidSignature) as error:
            raise Refused("InvalidIdentityToken", "Couldn't verify the signature of the token.") from error
        if head.get("alg") != ALGORITHM or not all(isinstance(claims.get(name), str) for name in ("iss", "sub")):
            raise Refused("InvalidIdentityToken", "The token lacks a claim, or has another algorithm than RS256.")
        now = datetime.now(UTC).timestamp()
        if not claims.get("nbf", 0) <= now < claims.get("exp", 0):
            raise Refused("ExpiredTokenException", "Token expired or not yet valid.")
        return dict(claims)

    def page(self, path: str, origin: str) -> Any:
        """The configuration of the issuer, or the public keys. None for another path."""
        if path == CONFIGURATION:
            return {
                "issuer": origin,
                "jwks_uri": f"{origin}{KEYS}",
                "id_token_signing_alg_values_supported": [ALGORITHM],
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
            }
        if path == KEYS:
            numbers = self.key.public_key().public_numbers()
            return {
                "keys": [
                    {
                        "kty": "RSA",
                        "use": "sig",
                        "alg": ALGORITHM,
                        "kid": KEY_ID,
                        "n": _base64(numbers.n.to_bytes(256, "big")),
                        "e": _base64(numbers.e.to_bytes(3, "big")),
                    }
                ]
            }
        return None


def _encoded(value: Any) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
