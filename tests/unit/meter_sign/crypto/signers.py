"""Test meters: one fixed private key on each of the nine curves, signing with libraries and never with our own code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from ecdsa import SigningKey
from ecdsa.util import sigencode_der

from meter_sign.crypto.curves import CURVES, Curve
from meter_sign.crypto.secp192k1 import DOMAIN

OPENSSL_CURVES: dict[str, ec.EllipticCurve] = {
    "secp256k1": ec.SECP256K1(),
    "secp192r1": ec.SECP192R1(),
    "secp256r1": ec.SECP256R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "secp384r1": ec.SECP384R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "secp521r1": ec.SECP521R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}
NINE_CURVES = ("secp192k1", *OPENSSL_CURVES)
#: Public on purpose: these keys sign nothing but tests.
_SECRET = 0x45_69_63_68_77_65_72_6B


@dataclass(frozen=True, slots=True)
class Signer:
    """A meter of the tests: its public key as the library writes it, and its signatures."""

    curve: Curve
    private_key: Any

    @property
    def spki(self) -> bytes:
        """DER SubjectPublicKeyInfo."""
        if self.curve.name == "secp192k1":
            return bytes(self.private_key.get_verifying_key().to_der())
        encoded: bytes = self.private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return encoded

    @property
    def point(self) -> bytes:
        """04, X, Y."""
        return self.spki[-1 - 2 * self.curve.field_bytes :]

    @property
    def compressed(self) -> bytes:
        """02 or 03 by the parity of Y, and X (SEC 1, 2.3.3)."""
        return bytes((2 + self.point[-1] % 2,)) + self.point[1 : 1 + self.curve.field_bytes]

    def sign(self, message: bytes) -> bytes:
        """Sign SHA-256 of a message; the signature in DER, always the same for the same message."""
        if self.curve.name == "secp192k1":
            return bytes(self.private_key.sign_deterministic(message, hashfunc=sha256, sigencode=sigencode_der))
        signature: bytes = self.private_key.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))
        return signature

    def sign_pair(self, message: bytes) -> tuple[int, int]:
        """The same signature as r and s."""
        return decode_dss_signature(self.sign(message))

    def side_by_side(self, pair: tuple[int, int]) -> bytes:
        """Write r and s side by side."""
        return b"".join(number.to_bytes(self.curve.field_bytes, "big") for number in pair)


@lru_cache
def signer(curve_name: str, secret: int = _SECRET) -> Signer:
    """The test meter of a curve."""
    if curve_name == "secp192k1":
        return Signer(CURVES[curve_name], SigningKey.from_secret_exponent(secret, DOMAIN, sha256))
    return Signer(CURVES[curve_name], ec.derive_private_key(secret, OPENSSL_CURVES[curve_name]))
