"""Checking a signature that names its key: by any hash and method that EDIFACT and CMS state, over a digest.

    NamedSignature, key -> r and s, or a number -> OpenSSL (secp192k1: ecdsa) -> silence or an error

Not for records of meter formats: their one door is `signature.verify_ecdsa`. What is no signature under any key (a
length that fits nothing, r out of range, an RSA value for an elliptic-curve key) does not hold, so it is
SIGNATURE_MISMATCH as well: the message names method and key, and the two together have not signed it.

Source: edifact.md 2.2, R6, R7, R13, R15 and 2.4; SEC 1 version 2.0, 4.1.4; RFC 8017, 8.1.2 and 8.2.2.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

from meter_sign.codes import Code
from meter_sign.crypto.keys import PublicKey
from meter_sign.crypto.points import checked_point
from meter_sign.crypto.rsa_keys import RsaPublicKey
from meter_sign.crypto.strength import STRONG_HASHES, is_outside_policy, is_weak
from meter_sign.errors import InvalidSignatureError, UnsupportedPayloadError, WeakAlgorithmError
from meter_sign.model import HashAlgorithm, SignatureContainer, SignatureForm, SignatureScheme

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from meter_sign.model import NamedSignature

    _PaddingOf: TypeAlias = Callable[[hashes.HashAlgorithm], padding.AsymmetricPadding]

AnyKey: TypeAlias = "PublicKey | RsaPublicKey"
#: What was checked is kept, right or wrong: one signature of CMS covers up to ten thousand messages.
_CHECKS_KEPT = 256
_RSA_KEYS_KEPT = 256
#: In these, r and s may stand side by side (R13); CMS always writes DER (RFC 5753, 2.1.1).
_SIDE_BY_SIDE = frozenset({SignatureContainer.IN_MESSAGE, SignatureContainer.AUTACK})
#: Hashes that `cryptography` names; MD4 and RIPEMD-160 are gone, and weak without a check.
_HASHES: Mapping[HashAlgorithm, hashes.HashAlgorithm] = {
    HashAlgorithm.SHA_256: hashes.SHA256(),
    HashAlgorithm.SHA_384: hashes.SHA384(),
    HashAlgorithm.SHA_512: hashes.SHA512(),
    HashAlgorithm.SHA_224: hashes.SHA224(),
    HashAlgorithm.SHA_1: hashes.SHA1(),  # noqa: S303 - so that a weak signature is told from a wrong one
    HashAlgorithm.MD5: hashes.MD5(),  # noqa: S303 - see above
}


class _Signed(NamedTuple):
    """What is checked at once."""

    hash: HashAlgorithm
    digest: bytes
    value: tuple[int, int] | bytes


def check(signature: NamedSignature, key: AnyKey, *, allow_secp256k1: bool = False) -> tuple[Code, ...]:
    """Check that a key made a signature; returning at all means that it holds and proves something.

    Args:
        signature: with the digests of what was signed.
        key: the one that the caller found for it; whether it may be trusted is the caller's question.
        allow_secp256k1: whether that curve counts.

    Returns:
        What must be told of the reading that held: CRLF_STRIPPED, or nothing.

    Raises:
        UnsupportedPayloadError: ALGORITHM_UNSUPPORTED, when the key lies on a curve that does not count.
        InvalidSignatureError: SIGNATURE_MISMATCH: it does not hold over any reading, or is none.
        WeakAlgorithmError: WEAK_HASH, WEAK_KEY or both: it holds, or could only be checked by a method that is gone.
    """
    check_curve(signature, key, allow_secp256k1=allow_secp256k1)
    weak = _weaknesses(signature, key)
    warning = None
    if signature.hash in _HASHES and signature.signed:
        warning = _warning_of_what_held(signature, key)
    elif Code.WEAK_HASH not in weak:
        raise _mismatch(f"{signature.name}: there is nothing that is signed")
    if weak:
        detail = f"{signature.name}: {signature.hash} and a key of this size prove too little"
        raise WeakAlgorithmError(weak[0], detail, further=weak[1:])
    return () if warning is None else (warning,)


def check_curve(signature: NamedSignature, key: AnyKey, *, allow_secp256k1: bool = False) -> None:
    """Refuse a key on a curve that does not count; the first step of `check`, and the one that costs nothing.

    Args:
        signature: for the message.
        key: as for `check`.
        allow_secp256k1: as for `check`.

    Raises:
        UnsupportedPayloadError: ALGORITHM_UNSUPPORTED.
    """
    if is_outside_policy(key, allow_secp256k1=allow_secp256k1):
        raise UnsupportedPayloadError(Code.ALGORITHM_UNSUPPORTED, f"{signature.name}: the key's curve does not count")


def check_hash(signature: NamedSignature) -> None:
    """Refuse a weak hash where no key is known, so that the signature itself cannot be checked.

    Args:
        signature: of which only the hash is looked at.

    Raises:
        WeakAlgorithmError: WEAK_HASH.
    """
    if signature.hash not in STRONG_HASHES:
        raise WeakAlgorithmError(Code.WEAK_HASH, f"{signature.name}: {signature.hash} proves too little")


def _weaknesses(signature: NamedSignature, key: AnyKey) -> tuple[Code, ...]:
    found = ((Code.WEAK_HASH, signature.hash not in STRONG_HASHES), (Code.WEAK_KEY, is_weak(key)))
    return tuple(code for code, holds in found if holds)


def _warning_of_what_held(signature: NamedSignature, key: AnyKey) -> Code | None:
    """The first reading that holds (R7); what speaks against the last one is raised where none does."""
    reason: str | None = "nothing is signed"
    form = SignatureForm.SIDE_BY_SIDE if signature.container in _SIDE_BY_SIDE else SignatureForm.DER
    for digest, warning in signature.signed:
        signed = _Signed(signature.hash, digest, signature.value)
        reason = _reason_against(signature.scheme, key, signed, form)
        if reason is None:
            return warning
    raise _mismatch(f"{signature.name}: {reason}")


def _check_ecdsa(key: AnyKey, signed: _Signed, form: SignatureForm) -> None:
    if not isinstance(key, PublicKey):
        raise _mismatch("an ECDSA signature, and the key that it names is one of RSA")
    value = signed.value
    r, s = value if isinstance(value, tuple) else _pair(value, key, form)
    if not (0 < r < key.curve.order and 0 < s < key.curve.order):
        raise _mismatch(f"r or s is outside 1 to n - 1 of {key.curve.name}")
    checked_point(key.curve.name, key.point).verify_digest(signed.digest, r, s)


def _pair(value: bytes, key: PublicKey, form: SignatureForm) -> tuple[int, int]:
    size = key.curve.field_bytes
    if form is SignatureForm.SIDE_BY_SIDE and len(value) == 2 * size:
        return int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big")
    try:
        return decode_dss_signature(value)
    except ValueError as error:
        raise _mismatch(f"{len(value)} bytes are no ECDSA signature on {key.curve.name}") from error


def _check_rsa(padding_of: _PaddingOf, key: AnyKey, signed: _Signed, _form: SignatureForm) -> None:
    if not isinstance(key, RsaPublicKey) or not isinstance(signed.value, bytes):
        raise _mismatch("an RSA signature, and the key that it names, or its value, is one of an elliptic curve")
    if len(signed.value) != (key.bits + 7) >> 3:
        raise _mismatch(f"{len(signed.value)} bytes, a signature by this key has as many as its modulus")
    algorithm = _HASHES[signed.hash]
    try:
        _loaded(key).verify(signed.value, signed.digest, padding_of(algorithm), Prehashed(algorithm))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise _mismatch("the signature does not hold") from error


@lru_cache(maxsize=_RSA_KEYS_KEPT)
def _loaded(key: RsaPublicKey) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(key.exponent, key.modulus).public_key()


def _pkcs1(_algorithm: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    return padding.PKCS1v15()


def _pss(algorithm: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    return padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO)


_CHECK_BY_SCHEME: Mapping[SignatureScheme, Callable[[AnyKey, _Signed, SignatureForm], None]] = {
    SignatureScheme.ECDSA: _check_ecdsa,
    SignatureScheme.RSA_PKCS1: partial(_check_rsa, _pkcs1),
    SignatureScheme.RSA_PSS: partial(_check_rsa, _pss),
}


@lru_cache(maxsize=_CHECKS_KEPT)
def _reason_against(scheme: SignatureScheme, key: AnyKey, signed: _Signed, form: SignatureForm) -> str | None:
    """Why a signature does not hold; None where it does. No exception, so that a wrong one is checked once as well."""
    try:
        _CHECK_BY_SCHEME[scheme](key, signed, form)
    except InvalidSignatureError as error:
        return error.detail
    return None


def _mismatch(detail: str) -> InvalidSignatureError:
    return InvalidSignatureError(Code.SIGNATURE_MISMATCH, detail)
