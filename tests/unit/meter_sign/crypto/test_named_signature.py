"""Signatures that name their key: every method, every form of the value, and what proves too little."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from meter_sign.codes import Code
from meter_sign.crypto.named_signature import check, check_hash
from meter_sign.crypto.rsa_keys import decode_any_public_key
from meter_sign.errors import InvalidSignatureError, MeterSignError, UnsupportedPayloadError, WeakAlgorithmError
from meter_sign.model import HashAlgorithm, NamedSignature, SignatureContainer, SignatureScheme, SignedDigest
from tests.support.certificates import METER, STRANGER, PrivateKey, digest_of, named, rsa_key, signed_value, spki
from tests.unit.meter_sign.crypto.signers import OPENSSL_CURVES, signer

DATA = b"USH+1+S1'BGM+7+DOC1+9'"
STRONG = (HashAlgorithm.SHA_256, HashAlgorithm.SHA_384, HashAlgorithm.SHA_512)
WEAK = (HashAlgorithm.SHA_224, HashAlgorithm.SHA_1, HashAlgorithm.MD5)
GONE = (HashAlgorithm.MD4, HashAlgorithm.RIPEMD_160)
STRONG_CURVES = ("secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1")
CMS = SignatureContainer.CMS


def on(curve: str) -> ec.EllipticCurvePrivateKey:
    """A private key on a curve."""
    return ec.derive_private_key(0xE1C8, OPENSSL_CURVES[curve])


def checked(signature: NamedSignature, key: PrivateKey = METER, **policy: Any) -> tuple[Code, ...]:
    """Check with the public half of a key."""
    return check(signature, decode_any_public_key(spki(key)), **policy)


def refusal(signature: NamedSignature, key: PrivateKey = METER) -> tuple[type[MeterSignError], tuple[Code, ...]]:
    """The error with its codes."""
    with pytest.raises(MeterSignError) as caught:
        checked(signature, key)
    return type(caught.value), (caught.value.code, *caught.value.further)


MISMATCH = (InvalidSignatureError, (Code.SIGNATURE_MISMATCH,))


@pytest.mark.parametrize("curve", STRONG_CURVES)
@pytest.mark.parametrize("hash_", STRONG)
def test_ecdsa_holds_on_every_allowed_curve(curve: str, hash_: HashAlgorithm) -> None:
    """Whatever strong hash goes with whatever curve that is allowed."""
    assert () == checked(named(DATA, on(curve), hash_=hash_), on(curve))


@pytest.mark.parametrize("scheme", [SignatureScheme.RSA_PKCS1, SignatureScheme.RSA_PSS])
@pytest.mark.parametrize("hash_", STRONG)
def test_rsa_holds_by_both_methods(scheme: SignatureScheme, hash_: HashAlgorithm) -> None:
    """PKCS#1 v1.5, and PSS with a salt that is not as long as the hash."""
    assert () == checked(named(DATA, rsa_key(), scheme=scheme, hash_=hash_), rsa_key())


@pytest.mark.parametrize("curve", STRONG_CURVES)
def test_value_may_be_stated_in_three_forms(curve: str) -> None:
    """R and s one by one, side by side with the curve's length, or DER (edifact.md R13)."""
    r, s = decode_dss_signature(signed_value(DATA, on(curve)))
    size = (on(curve).curve.key_size + 7) >> 3
    beside = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    forms: list[tuple[int, int] | bytes | None] = [(r, s), beside, None]
    assert [(), (), ()] == [checked(named(DATA, on(curve), value=one), on(curve)) for one in forms]


def test_cms_takes_no_value_side_by_side() -> None:
    """RFC 5753: the value is DER, and nothing else."""
    r, s = decode_dss_signature(signed_value(DATA, METER))
    beside = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert MISMATCH == refusal(named(DATA, METER, value=beside, container=CMS))


P256_ORDER = 0xFFFFFFFF_00000000_FFFFFFFF_FFFFFFFF_BCE6FAAD_A7179E84_F3B9CAC2_FC632551


@pytest.mark.parametrize(
    "value",
    [
        (0, 1), (1, 0), (P256_ORDER, 1), (1, P256_ORDER), (-1, 1), (1 << 4096, 1), b"", bytes(64), b"\xff" * 64,
        bytes(63), signed_value(DATA, METER) + b"\0", signed_value(DATA, METER)[:-1],
        signed_value(DATA, METER).replace(b"\x30", b"\x31", 1), bytes.fromhex("3006020101020101"),
        bytes.fromhex("3006020181020101"), bytes(256),
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_signature_does_not_hold(value: tuple[int, int] | bytes) -> None:
    """Zero, the order, wrong lengths, broken DER: all of it is a mismatch, and nothing crashes."""
    assert MISMATCH == refusal(named(DATA, METER, value=value))


@pytest.mark.parametrize("key", [METER, rsa_key()])
def test_other_bytes_do_not_hold(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    """One changed octet is enough."""
    forged = named(DATA.replace(b"9", b"1"), key, value=signed_value(DATA, key))
    assert MISMATCH == refusal(forged, key)


def test_wrong_signature_stays_wrong() -> None:
    """What is remembered of a check is that it failed."""
    wrong = replace(named(DATA, METER), signed=named(DATA + b"x", METER).signed)
    assert [MISMATCH, MISMATCH] == [refusal(wrong), refusal(wrong)]


def test_another_key_does_not_hold() -> None:
    """The key must be the one that signed."""
    assert MISMATCH == refusal(named(DATA, METER), STRANGER)


@pytest.mark.parametrize(("claimed", "made"), [(1, 0), (0, 1)])
def test_another_rsa_method_than_the_stated_one_does_not_hold(claimed: int, made: int) -> None:
    """A PSS signature is none of PKCS#1 v1.5, and the other way round."""
    schemes = (SignatureScheme.RSA_PKCS1, SignatureScheme.RSA_PSS)
    signature = named(DATA, rsa_key(), scheme=schemes[made])
    assert MISMATCH == refusal(replace(signature, scheme=schemes[claimed]), rsa_key())


@pytest.mark.parametrize(
    ("signature", "key"),
    [
        (named(DATA, METER), rsa_key()),
        (named(DATA, rsa_key()), METER),
        (named(DATA, rsa_key(), value=(5, 7)), rsa_key()),
        (named(DATA, rsa_key(), value=signed_value(DATA, rsa_key())[:-1]), rsa_key()),
        (named(DATA, rsa_key(), value=b"\0" + signed_value(DATA, rsa_key())), rsa_key()),
    ],
    ids=["ECDSA by RSA", "RSA by ECDSA", "two numbers for RSA", "too short", "too long"],
)
def test_key_of_another_kind_made_no_such_signature(signature: NamedSignature, key: PrivateKey) -> None:
    """Method and key are both named by the message; where they do not fit, nobody signed it."""
    assert MISMATCH == refusal(signature, key)


def test_further_reading_may_hold_and_is_told() -> None:
    """R7: the received bytes first, then those without line breaks, with a warning."""
    signature = named(DATA, METER)
    stripped = SignedDigest(digest_of(DATA), Code.CRLF_STRIPPED)
    broken = SignedDigest(digest_of(DATA + b"\r\n"))
    assert (Code.CRLF_STRIPPED,) == checked(replace(signature, signed=(broken, stripped)))


def test_first_reading_that_holds_counts() -> None:
    """Where the received bytes hold, nothing is told."""
    signature = named(DATA, METER)
    further = SignedDigest(digest_of(b"other"), Code.CRLF_STRIPPED)
    assert () == checked(replace(signature, signed=(*signature.signed, further)))


@pytest.mark.parametrize("hash_", WEAK)
@pytest.mark.parametrize("key", [METER, rsa_key()])
def test_weak_hash_is_told_of_a_signature_that_holds(hash_: HashAlgorithm, key: PrivateKey) -> None:
    """SHA-224, SHA-1 and MD5 prove too little (R15)."""
    assert (WeakAlgorithmError, (Code.WEAK_HASH,)) == refusal(named(DATA, key, hash_=hash_), key)


@pytest.mark.parametrize("hash_", WEAK)
def test_wrong_signature_by_a_weak_hash_is_wrong(hash_: HashAlgorithm) -> None:
    """Where it can be computed, what does not hold is a mismatch."""
    assert MISMATCH == refusal(named(DATA + b"'", METER, hash_=hash_, value=signed_value(DATA, METER, hash_)))


@pytest.mark.parametrize("hash_", GONE)
def test_hash_that_nobody_computes_any_more_is_weak(hash_: HashAlgorithm) -> None:
    """MD4 and RIPEMD-160 are weak, be the signature right or not."""
    signature = replace(named(DATA, METER), hash=hash_, signed=())
    assert (WeakAlgorithmError, (Code.WEAK_HASH,)) == refusal(signature)


def test_nothing_signed_is_no_signature() -> None:
    """A strong hash without anything that it was made of does not hold."""
    assert MISMATCH == refusal(replace(named(DATA, METER), signed=()))


@pytest.mark.parametrize("key", [on("secp192r1"), rsa_key(1024)])
def test_short_key_is_weak(key: PrivateKey) -> None:
    """192 bits on a curve and 1024 of RSA prove too little."""
    assert (WeakAlgorithmError, (Code.WEAK_KEY,)) == refusal(named(DATA, key), key)


def test_short_key_on_the_curve_that_openssl_lacks_is_weak() -> None:
    """A key on secp192k1 is checked with another library, and weak."""
    meter = signer("secp192k1")
    signature = named(DATA, METER, value=meter.sign(DATA))
    with pytest.raises(WeakAlgorithmError) as caught:
        check(signature, decode_any_public_key(meter.spki))
    assert Code.WEAK_KEY is caught.value.code
    with pytest.raises(InvalidSignatureError):
        check(replace(signature, signed=(SignedDigest(digest_of(b"other")),)), decode_any_public_key(meter.spki))


def test_hash_and_key_may_both_be_weak() -> None:
    """Both codes are told."""
    key = rsa_key(1024)
    expected = (WeakAlgorithmError, (Code.WEAK_HASH, Code.WEAK_KEY))
    assert expected == refusal(named(DATA, key, hash_=HashAlgorithm.SHA_1), key)


def test_secp256k1_counts_by_option_only() -> None:
    """The curve is long enough and in nobody's list of the energy market."""
    key = on("secp256k1")
    assert (UnsupportedPayloadError, (Code.ALGORITHM_UNSUPPORTED,)) == refusal(named(DATA, key), key)
    assert () == checked(named(DATA, key), key, allow_secp256k1=True)


@pytest.mark.parametrize("hash_", [*WEAK, *GONE])
def test_weak_hash_is_known_without_a_key(hash_: HashAlgorithm) -> None:
    """Where no key is known the hash is judged all the same."""
    with pytest.raises(WeakAlgorithmError):
        check_hash(replace(named(DATA, METER), hash=hash_))
