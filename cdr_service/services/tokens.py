"""Secrets of the wire: tokens we hand out are kept as hashes, tokens we were given are kept encrypted.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), transport_and_format (token: at most 64 printable characters).
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cdr_service.domain.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdr_service.settings import Secret

#: Bytes of randomness in a token; 48 give 64 characters of base64, OCPI's maximum.
TOKEN_BYTES = 48
#: Characters of a token that find its row; the rest is compared by hash.
PREFIX_CHARACTERS = 8
#: Bytes of an AES-GCM nonce.
NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class TokenDigest:
    """What is kept of a token that others present to us."""

    prefix: str
    sha256: str

    def matches(self, token: str) -> bool:
        """Whether this is the token, compared in constant time."""
        return compare_digest(self.sha256, sha256(token.encode()).hexdigest())


def new_token(new_secret: Callable[[int], bytes]) -> str:
    """A token of 384 random bits in 64 printable characters."""
    return urlsafe_b64encode(new_secret(TOKEN_BYTES)).decode("ascii")


def digest(token: str) -> TokenDigest:
    """What to keep of a token."""
    return TokenDigest(token[:PREFIX_CHARACTERS], sha256(token.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class SealedToken:
    """A token that we present to a partner, encrypted for the database (AES-256-GCM)."""

    nonce: bytes
    ciphertext: bytes


def seal(token: str, key: Secret, *, bound_to: str, nonce: bytes) -> SealedToken:
    """Encrypt a token.

    Args:
        token: the secret.
        key: the gateway's key.
        bound_to: the id of the row it belongs to; a ciphertext moved to another row does not open.
        nonce: fresh randomness, `NONCE_BYTES` long.
    """
    return SealedToken(nonce, AESGCM(key.reveal).encrypt(nonce, token.encode(), bound_to.encode()))


def unseal(sealed: SealedToken, key: Secret, *, bound_to: str) -> str:
    """Decrypt a token.

    Raises:
        StoreError: SECRET_KEY_WRONG, when the key or the row is another one.
    """
    try:
        return AESGCM(key.reveal).decrypt(sealed.nonce, sealed.ciphertext, bound_to.encode()).decode()
    except InvalidTag as error:
        raise StoreError("SECRET_KEY_WRONG", "the partner's token was encrypted with another key") from error
