"""RSA keys, which sign EDIFACT and S/MIME and no record of a meter format; and keys of either kind, by one door.

Source: RFC 8017, A.1.1 (RSAPublicKey); RFC 3279, 2.3.1 (SubjectPublicKeyInfo with rsaEncryption and NULL); edifact.md
2.2, R13 and R15.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from meter_sign.codes import Code
from meter_sign.crypto import der
from meter_sign.crypto.keys import PublicKey, decode_public_key, key_binary, read_key_info
from meter_sign.errors import KeyMaterialError

#: Keys shorter than these bits are none; keys from 2048 on prove something, those between are judged and called weak.
BITS_MIN = 1024
#: Longer ones cost more than they prove: a check takes time with the square of the length.
BITS_MAX = 8192
#: An exponent of any length would cost as much as signing does; 65537 is what everybody has.
_EXPONENT_BITS_MAX = 33
_KEYS_KEPT = 256
_NULL = b"\x05\x00"
_RSA = der.encode_oid("1.2.840.113549.1.1.1") + _NULL


@dataclass(frozen=True, slots=True, kw_only=True)
class RsaPublicKey:
    """An RSA key of sane size; two keys are equal when modulus and exponent are."""

    modulus: int
    exponent: int
    #: How its text was not a plain SubjectPublicKeyInfo: in no way, there is only the one form.
    deviations: tuple[Code, ...] = field(default=(), compare=False)
    #: DER SubjectPublicKeyInfo.
    spki_der: bytes = field(init=False, repr=False, compare=False)
    #: `sha256:` and the hex digits of SHA-256 over `spki_der`.
    fingerprint: str = field(init=False, repr=False, compare=False)

    @property
    def bits(self) -> int:
        """Length of the modulus."""
        return self.modulus.bit_length()

    def __post_init__(self) -> None:
        if not BITS_MIN <= self.bits <= BITS_MAX or self.modulus % 2 == 0:
            raise _invalid(f"an RSA modulus of {self.bits} bits; it must be odd and have {BITS_MIN} to {BITS_MAX}")
        if self.exponent < 3 or self.exponent % 2 == 0 or self.exponent.bit_length() > _EXPONENT_BITS_MAX:
            raise _invalid("the RSA exponent must be odd, at least 3 and of at most 33 bits")
        numbers = der.encode(der.SEQUENCE, _integer(self.modulus) + _integer(self.exponent))
        spki = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, _RSA) + der.encode(der.BIT_STRING, b"\0" + numbers))
        object.__setattr__(self, "spki_der", spki)
        object.__setattr__(self, "fingerprint", f"sha256:{sha256(spki).hexdigest()}")


def decode_any_public_key(text: bytes | str) -> PublicKey | RsaPublicKey:
    """Decode an elliptic-curve or an RSA key from any published encoding, a certificate included.

    Args:
        text: as for `decode_public_key`; a raw point counts only where one curve alone fits it.

    Returns:
        The key; chain, dates and signature of a certificate are not looked at.

    Raises:
        KeyMaterialError: KEY_INVALID, as `decode_public_key`, or an RSA key of no sane size.
    """
    binary = key_binary(text)
    return _decode_rsa(binary) or decode_public_key(text)


@lru_cache(maxsize=_KEYS_KEPT)
def _decode_rsa(binary: bytes) -> RsaPublicKey | None:
    """The key where the DER says that it is one of RSA; None for everything else, which the other door judges."""
    try:
        info = read_key_info(binary)
    except der.DerError:
        return None
    if info.algorithm != _RSA:
        return None
    try:
        return _read_numbers(info.key_bits)
    except der.DerError as error:
        raise _invalid(f"no RSAPublicKey: {error}") from error


def _read_numbers(key_bits: bytes) -> RsaPublicKey:
    outer = der.read_all(key_bits)
    parts = der.read_all(outer[0].content) if len(outer) == 1 and outer[0].tag == der.SEQUENCE else ()
    if [part.tag for part in parts] != [der.INTEGER, der.INTEGER]:
        raise der.DerError("no SEQUENCE of two INTEGERs")
    modulus, exponent = (int.from_bytes(part.content, "big") for part in parts)
    if [part.content for part in parts] != [_octets(modulus), _octets(exponent)]:
        raise der.DerError("a number that is negative or not in the fewest octets")
    return RsaPublicKey(modulus=modulus, exponent=exponent)


def _integer(number: int) -> bytes:
    return der.encode(der.INTEGER, _octets(number))


def _octets(number: int) -> bytes:
    """A natural number in the fewest octets, the top bit free (X.690, 8.3.2)."""
    return number.to_bytes((number.bit_length() >> 3) + 1, "big")


def _invalid(detail: str) -> KeyMaterialError:
    return KeyMaterialError(Code.KEY_INVALID, f"no usable public key: {detail}")
