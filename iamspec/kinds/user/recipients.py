"""The recipients of age, checked without the program age.

age1… is Bech32 (BIP 173) of an X25519 key, as in the specification
of the age file format. ssh-ed25519 keys are as in
`~/.ssh/id_ed25519.pub` (RFC 8709).
"""

import base64
import binascii

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
PREFIX = "age"
LENGTH = 62  # of "age1", 52 characters for 32 bytes, and a checksum of 6
SSH = "ssh-ed25519"


def recipient_error(text: str) -> str | None:
    """Why nothing can be encrypted for a recipient, or None."""
    words = text.split()
    if words[:1] == [SSH]:
        return None if len(words) > 1 and _is_ssh(words[1]) else "this is no public key of type ssh-ed25519"
    if not text.startswith(f"{PREFIX}1"):
        return "must be a recipient of age: age1…, or a public key ssh-ed25519 …"
    if len(text) != LENGTH or not set(text[4:]) <= set(ALPHABET) or _checksum(text) != 1:
        return "this is no recipient of age: its checksum does not fit; copy the whole age1… again"
    return None


def _is_ssh(blob: str) -> bool:
    try:
        raw = base64.b64decode(blob, validate=True)
    except (binascii.Error, ValueError):
        return False
    name = len(SSH).to_bytes(4, "big") + SSH.encode()
    return raw.startswith(name + (32).to_bytes(4, "big")) and len(raw) == len(name) + 4 + 32


def _checksum(text: str) -> int:
    prefix = [ord(sign) >> 5 for sign in PREFIX] + [0] + [ord(sign) & 31 for sign in PREFIX]
    found = 1
    for value in [*prefix, *map(ALPHABET.index, text[4:])]:
        top, found = found >> 25, (found & 0x1FFFFFF) << 5 ^ value
        for index, factor in enumerate(GENERATOR):
            found ^= factor if top >> index & 1 else 0
    return found
