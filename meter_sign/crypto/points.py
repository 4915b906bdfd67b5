"""Points checked to lie on their curve, ready to verify: `cryptography` for eight curves, `ecdsa` for secp192k1.

Loading a key costs a fifth of a verification and the same few meters come again and again, so checked points are kept
(per process; the objects of `cryptography` cannot be sent to another).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import MD5, SHA1, SHA224, SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from meter_sign.codes import Code
from meter_sign.errors import InvalidSignatureError, KeyMaterialError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from meter_sign.crypto.signature_value import SignatureValue

#: Checked points kept; one takes about 1 kB.
_POINTS_KEPT = 1024
#: OCMF 1.4.1, table 22: always SHA-256, also where the order is shorter (left-truncated) or longer than the hash.
#: Hashed by `hashlib`, which takes half the time that `cryptography` takes to set the same OpenSSL hash up.
_ECDSA_OF_SHA256 = ec.ECDSA(Prehashed(SHA256()))
#: ECDSA takes a digest as a number, whatever made it; `cryptography` wants a hash of that size to be named.
_BY_DIGEST_SIZE: Mapping[int, HashAlgorithm] = {
    one.digest_size: one
    for one in (MD5(), SHA1(), SHA224(), SHA256(), SHA384(), SHA512())  # noqa: S303 - sizes only
}


class CheckedPoint(Protocol):
    """A finite point known to lie on its curve."""

    @property
    def uncompressed(self) -> bytes:
        """The point as 04, X, Y (SEC 1, 2.3.3)."""

    def verify(self, signed_bytes: bytes, value: SignatureValue) -> None:
        """Check a signature over SHA-256 of the bytes; raises InvalidSignatureError(SIGNATURE_MISMATCH)."""

    def verify_digest(self, digest: bytes, r: int, s: int) -> None:
        """Check a signature over a digest of any hash, r and s within range; raises as `verify`."""


@lru_cache(maxsize=_POINTS_KEPT)
def checked_point(curve_name: str, encoded: bytes) -> CheckedPoint:
    """Check that a point lies on its curve and is not the infinite one.

    Args:
        curve_name: canonical name of the curve.
        encoded: the point in SEC 1 encoding, compressed or not.

    Returns:
        The point, ready to verify.

    Raises:
        KeyMaterialError: KEY_INVALID, when it is no finite point of this curve.
    """
    return _LOADERS[curve_name](encoded)


@dataclass(frozen=True, slots=True)
class _OpenSslPoint:
    key: ec.EllipticCurvePublicKey
    uncompressed: bytes

    @classmethod
    def load(cls, curve: ec.EllipticCurve, encoded: bytes) -> _OpenSslPoint:
        try:
            key = ec.EllipticCurvePublicKey.from_encoded_point(curve, encoded)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyMaterialError(Code.KEY_INVALID, f"no point of {curve.name}: {error}") from error
        return cls(key, key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def verify(self, signed_bytes: bytes, value: SignatureValue) -> None:
        try:
            self.key.verify(value.der, sha256(signed_bytes).digest(), _ECDSA_OF_SHA256)
        except InvalidSignature as error:
            raise InvalidSignatureError(Code.SIGNATURE_MISMATCH, "the signature does not hold") from error

    def verify_digest(self, digest: bytes, r: int, s: int) -> None:
        try:
            self.key.verify(encode_dss_signature(r, s), digest, ec.ECDSA(Prehashed(_BY_DIGEST_SIZE[len(digest)])))
        except InvalidSignature as error:
            raise InvalidSignatureError(Code.SIGNATURE_MISMATCH, "the signature does not hold") from error


def _load_secp192k1(encoded: bytes) -> CheckedPoint:
    # `ecdsa` costs as much start-up time as the whole library and one old curve needs it.
    from meter_sign.crypto.secp192k1 import Secp192k1Point  # noqa: PLC0415 - see above

    return Secp192k1Point.load(encoded)


_OPENSSL_CURVES: tuple[ec.EllipticCurve, ...] = (
    ec.SECP256K1(), ec.SECP192R1(), ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1(),
    ec.BrainpoolP256R1(), ec.BrainpoolP384R1(), ec.BrainpoolP512R1(),
)  # fmt: skip
_LOADERS: Mapping[str, Callable[[bytes], CheckedPoint]] = {
    "secp192k1": _load_secp192k1,
    **{curve.name: partial(_OpenSslPoint.load, curve) for curve in _OPENSSL_CURVES},
}
