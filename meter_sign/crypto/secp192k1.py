"""secp192k1, the one curve of OCMF table 22 that `cryptography` does not offer: domain parameters for `ecdsa`.

Only verification happens here, on public values. The known timing weakness of `ecdsa` (Minerva, CVE-2024-23342)
concerns operations with a private key, of which this product has none.

Source: SEC 2 version 2.0, section 2.2.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ecdsa import VerifyingKey, curves, ellipticcurve
from ecdsa.util import sigdecode_string

from meter_sign.codes import Code
from meter_sign.crypto.curves import CURVES
from meter_sign.errors import InvalidSignatureError, KeyMaterialError

if TYPE_CHECKING:
    from meter_sign.crypto.signature_value import SignatureValue

_CURVE = CURVES["secp192k1"]
_FIELD_PRIME = 2**192 - 2**32 - 4553
_EQUATION = ellipticcurve.CurveFp(_FIELD_PRIME, 0, 3, 1)
_BASE_POINT = ellipticcurve.PointJacobi(
    _EQUATION,
    0xDB4FF10E_C057E9AE_26B07D02_80B7F434_1DA5D1B1_EAE06C7D,
    0x9B2F2F6D_9C5628A7_844163D0_15BE8634_4082AA88_D95E2F9D,
    1,
    _CURVE.order,
    generator=True,
)
#: The curve as `ecdsa` wants it.
DOMAIN = curves.Curve(_CURVE.name, _EQUATION, _BASE_POINT, tuple(int(arc) for arc in _CURVE.oid.split(".")))


@dataclass(frozen=True, slots=True)
class Secp192k1Point:
    """A checked point of secp192k1; see `points.CheckedPoint`."""

    key: Any
    uncompressed: bytes

    @classmethod
    def load(cls, encoded: bytes) -> Secp192k1Point:
        """Check a point in SEC 1 encoding; raises KeyMaterialError when it is none of this curve."""
        try:
            key = VerifyingKey.from_string(encoded, curve=DOMAIN, valid_encodings=("uncompressed", "compressed"))
        except Exception as error:  # it raises bare AssertionError and TypeError for some points
            raise KeyMaterialError(Code.KEY_INVALID, f"no point of {_CURVE.name}: {error}") from error
        return cls(key, bytes(key.to_string("uncompressed")))

    def verify(self, signed_bytes: bytes, value: SignatureValue) -> None:
        """Check a signature; raises InvalidSignatureError unless it holds."""
        self.verify_digest(sha256(signed_bytes).digest(), value.r, value.s)

    def verify_digest(self, digest: bytes, r: int, s: int) -> None:
        """Check a signature over a digest; raises InvalidSignatureError unless it holds."""
        size = _CURVE.field_bytes
        pair = r.to_bytes(size, "big") + s.to_bytes(size, "big")
        try:
            # The hash is longer than the order, and ECDSA takes its leftmost bits (SEC 1, 4.1.4 step 3).
            held = self.key.verify_digest(pair, digest, sigdecode_string, allow_truncate=True)
        except Exception as error:  # BadSignatureError, but TypeError where a sum is the infinite point
            raise InvalidSignatureError(Code.SIGNATURE_MISMATCH, "the signature does not hold") from error
        if held is not True:
            raise InvalidSignatureError(Code.SIGNATURE_MISMATCH, "the signature does not hold")
