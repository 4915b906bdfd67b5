"""Which hashes, curves and key sizes prove something in EDIFACT and S/MIME, by table.

The meter formats prescribe their curves themselves, 192 bits among them; none of this concerns them.

Source: edifact.md 2.2, R15; BSI TR-03116-3 and TR-03116-4 (whose limits the tables follow).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.crypto.rsa_keys import RsaPublicKey
from meter_sign.model import HashAlgorithm

if TYPE_CHECKING:
    from meter_sign.crypto.keys import PublicKey

#: Every other hash is weak, be the signature right or not.
STRONG_HASHES = frozenset({HashAlgorithm.SHA_256, HashAlgorithm.SHA_384, HashAlgorithm.SHA_512})
#: Curves that count without being asked for.
CURVES_ALLOWED = frozenset(
    {"secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"}
)
#: A curve of the right size that counts only where the caller's policy says so.
CURVE_BY_OPTION = "secp256k1"
_RSA_BITS_MIN = 2048
_EC_BYTES_MIN = 32


def is_weak(key: PublicKey | RsaPublicKey) -> bool:
    """Whether a key is too short: RSA below 2048 bits, elliptic curves below 256.

    Args:
        key: of either kind.
    """
    if isinstance(key, RsaPublicKey):
        return key.bits < _RSA_BITS_MIN
    return key.curve.field_bytes < _EC_BYTES_MIN


def is_outside_policy(key: PublicKey | RsaPublicKey, *, allow_secp256k1: bool) -> bool:
    """Whether a key that is long enough lies on a curve that does not count.

    Args:
        key: of either kind.
        allow_secp256k1: whether the caller's policy lets that curve count.
    """
    if isinstance(key, RsaPublicKey) or is_weak(key) or key.curve.name in CURVES_ALLOWED:
        return False
    return not (allow_secp256k1 and key.curve.name == CURVE_BY_OPTION)
