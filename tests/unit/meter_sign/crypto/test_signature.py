"""ECDSA signatures: how they are written, and whether they hold."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384, SHA512

from meter_sign.codes import Code
from meter_sign.crypto.curves import CURVES
from meter_sign.crypto.keys import PublicKey, decode_public_key
from meter_sign.crypto.signature import verify_ecdsa
from meter_sign.crypto.signature_value import read_signature
from meter_sign.errors import InvalidSignatureError
from tests.unit.meter_sign.crypto.signers import NINE_CURVES, OPENSSL_CURVES, signer

MESSAGE = b'{"FV":"1.0","PG":"T1","MS":"1EMH0012345678","RD":[{"RV":1000.500}]}'
P256 = CURVES["secp256r1"]


def key_of(curve_name: str) -> PublicKey:
    """The test meter's public key."""
    return decode_public_key(signer(curve_name).spki)


def integer(number: int, *, zeros: int = 0) -> bytes:
    """An INTEGER with superfluous leading zeros, written by hand."""
    content = b"\0" * zeros + number.to_bytes((number.bit_length() >> 3) + 1, "big")
    return bytes((2, len(content))) + content


def sequence(content: bytes) -> bytes:
    """A SEQUENCE of less than 128 bytes, written by hand."""
    return bytes((0x30, len(content))) + content


R, S = signer("secp256r1").sign_pair(MESSAGE)
PAIR = integer(R) + integer(S)

#: How real and official-tool-accepted signatures deviate; r and s are untouched in all of them.
ENCODING_ONLY = {
    "long form length of the SEQUENCE": b"\x30\x81" + bytes((len(PAIR),)) + PAIR,
    "long form length with leading zeros": b"\x30\x83\0\0" + bytes((len(PAIR),)) + PAIR,
    "long form length of r": sequence(b"\x02\x81" + integer(R)[1:] + integer(S)),
    "superfluous zero before r": sequence(integer(R, zeros=1) + integer(S)),
    "superfluous zeros before s": sequence(integer(R) + integer(S, zeros=3)),
    "top bit set, leading zero missing": sequence(
        b"\x02\x20" + R.to_bytes(32, "big") + b"\x02\x20" + S.to_bytes(32, "big")
    ),
    "a byte after the SEQUENCE": sequence(PAIR) + b"\0",
    "another SEQUENCE after the SEQUENCE": sequence(PAIR) + sequence(PAIR),
}
MALFORMED = {
    "empty": b"",
    "only a tag": b"\x30",
    "empty SEQUENCE": sequence(b""),
    "one INTEGER": sequence(integer(R)),
    "three INTEGERs": sequence(PAIR + integer(1)),
    "a byte after s within the SEQUENCE": sequence(PAIR + b"\0"),
    "INTEGERs without SEQUENCE": PAIR,
    "SET instead of SEQUENCE": b"\x31" + sequence(PAIR)[1:],
    "OCTET STRING instead of r": sequence(b"\x04" + integer(R)[1:] + integer(S)),
    "BIT STRING instead of s": sequence(integer(R) + b"\x03" + integer(S)[1:]),
    "INTEGER without content": sequence(b"\x02\x00" + integer(S)),
    "indefinite length": b"\x30\x80" + PAIR + b"\0\0",
    "cut off": sequence(PAIR)[:-1],
    "length beyond the bytes": b"\x30" + bytes((len(PAIR) + 1,)) + PAIR,
    "overflowing length": b"\x30\x85\x01\0\0\0" + bytes((len(PAIR),)) + PAIR,
    "r = 0": sequence(integer(0) + integer(S)),
    "s = 0": sequence(integer(R) + integer(0)),
    "both 0, side by side": bytes(64),
    "r = n": sequence(integer(P256.order) + integer(S)),
    "s = n": sequence(integer(R) + integer(P256.order)),
    "r + n": sequence(integer(R + P256.order) + integer(S)),
    "s + n": sequence(integer(R) + integer(S + P256.order)),
    "r = n, side by side": P256.order.to_bytes(32, "big") + S.to_bytes(32, "big"),
    "r + 2^512": sequence(integer(R + 2**512) + integer(S)),
    "a byte less than side by side": signer("secp256r1").side_by_side((R, S))[:-1],
    "a byte more than side by side": signer("secp256r1").side_by_side((R, S)) + b"\0",
    "text": b"not a signature at all",
    "longer than any signature": sequence(PAIR) + bytes(257),
    "a megabyte": b"\x30\x83\x0f\xff\xfb" + bytes(1_048_571),
}


@pytest.mark.parametrize("name", NINE_CURVES)
def test_canonical_signature_holds_without_deviation(name: str) -> None:
    """On each of the nine curves a DER signature over SHA-256 holds, and nothing is remarked."""
    assert () == verify_ecdsa(key_of(name), MESSAGE, signer(name).sign(MESSAGE))


@pytest.mark.parametrize("name", NINE_CURVES)
def test_side_by_side_is_a_deviation(name: str) -> None:
    """A pair r, s side by side holds on each curve, with SIGNATURE_RAW."""
    raw = signer(name).side_by_side(signer(name).sign_pair(MESSAGE))
    assert (Code.SIGNATURE_RAW,) == verify_ecdsa(key_of(name), MESSAGE, raw)


@pytest.mark.parametrize("name", NINE_CURVES)
def test_the_other_s_holds_too(name: str) -> None:
    """ECDSA is malleable: n - s holds as well, so a signature never identifies a record."""
    r, s = signer(name).sign_pair(MESSAGE)
    assert () == verify_ecdsa(key_of(name), MESSAGE, encode_dss_signature(r, CURVES[name].order - s))


@pytest.mark.parametrize("case", ENCODING_ONLY)
def test_deviating_encoding_is_named(case: str) -> None:
    """DER that is not canonical but says the same r and s holds, with NON_CANONICAL_DER."""
    assert (Code.NON_CANONICAL_DER,) == verify_ecdsa(key_of("secp256r1"), MESSAGE, ENCODING_ONLY[case])


@pytest.mark.parametrize("case", ENCODING_ONLY)
def test_deviating_encoding_says_the_same_numbers(case: str) -> None:
    """However it is written, the r and s that are read are those of the canonical signature."""
    value = read_signature(ENCODING_ONLY[case], P256)
    assert (R, S, encode_dss_signature(R, S)) == (value.r, value.s, value.der)


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_signature_is_refused(case: str) -> None:
    """What is not exactly one pair of numbers in range is malformed, whatever it resembles."""
    with pytest.raises(InvalidSignatureError) as caught:
        verify_ecdsa(key_of("secp256r1"), MESSAGE, MALFORMED[case])
    assert Code.SIGNATURE_MALFORMED is caught.value.code


@pytest.mark.parametrize("case", ["r = 0", "s = 0", "three INTEGERs", "empty", "both 0, side by side"])
def test_malformed_signature_is_refused_on_secp192k1(case: str) -> None:
    """The curve that another library verifies refuses the same."""
    with pytest.raises(InvalidSignatureError):
        verify_ecdsa(key_of("secp192k1"), MESSAGE, MALFORMED[case])


def test_der_of_the_length_of_side_by_side_is_der() -> None:
    """Canonical DER of exactly 64 bytes on a 256-bit curve is DER: structure decides before length."""
    r = s = 2 ** (8 * 29 - 2)
    encoded = sequence(integer(r) + integer(s))
    assert (64, r, s, ()) == (len(encoded), *_read(encoded))


def test_sloppy_der_of_the_length_of_side_by_side_is_side_by_side() -> None:
    """64 bytes that are DER only with deviations are r and s side by side: there is one reading, not a choice."""
    r = s = 2 ** (8 * 28 - 2)
    encoded = sequence(integer(r, zeros=1) + integer(s, zeros=1))
    halves = int.from_bytes(encoded[:32], "big"), int.from_bytes(encoded[32:], "big")
    assert (64, *halves, (Code.SIGNATURE_RAW,)) == (len(encoded), *_read(encoded))


def _read(encoded: bytes) -> tuple[int, int, tuple[Code, ...]]:
    value = read_signature(encoded, P256)
    return value.r, value.s, value.deviations


@pytest.mark.parametrize("name", NINE_CURVES)
def test_other_message_is_a_mismatch(name: str) -> None:
    """A signature over other bytes does not hold: one more blank is enough."""
    with pytest.raises(InvalidSignatureError) as caught:
        verify_ecdsa(key_of(name), MESSAGE + b" ", signer(name).sign(MESSAGE))
    assert Code.SIGNATURE_MISMATCH is caught.value.code


@pytest.mark.parametrize("name", NINE_CURVES)
def test_other_key_is_a_mismatch(name: str) -> None:
    """A signature of another key of the same curve does not hold."""
    with pytest.raises(InvalidSignatureError) as caught:
        verify_ecdsa(key_of(name), MESSAGE, signer(name, 4711).sign(MESSAGE))
    assert Code.SIGNATURE_MISMATCH is caught.value.code


@pytest.mark.parametrize("name", NINE_CURVES)
def test_r_and_s_exchanged_is_a_mismatch(name: str) -> None:
    """A pair in the wrong order, s before r, does not hold."""
    r, s = signer(name).sign_pair(MESSAGE)
    with pytest.raises(InvalidSignatureError):
        verify_ecdsa(key_of(name), MESSAGE, encode_dss_signature(s, r))


@pytest.mark.parametrize("name", NINE_CURVES)
@pytest.mark.parametrize("pair", [(1, 1), (1, 2)])
def test_smallest_numbers_are_a_mismatch(name: str, pair: tuple[int, int]) -> None:
    """Pairs like r = s = 1 are in range and do not hold, and no library's surprise leaves the function."""
    with pytest.raises(InvalidSignatureError) as caught:
        verify_ecdsa(key_of(name), MESSAGE, encode_dss_signature(*pair))
    assert Code.SIGNATURE_MISMATCH is caught.value.code


@pytest.mark.parametrize("name", OPENSSL_CURVES)
@pytest.mark.parametrize("algorithm", [SHA384(), SHA512()])
def test_other_hash_is_a_mismatch(name: str, algorithm: SHA384 | SHA512) -> None:
    """Only SHA-256 counts: a signature over another hash of the same bytes does not hold."""
    signature = signer(name).private_key.sign(MESSAGE, ec.ECDSA(algorithm))
    with pytest.raises(InvalidSignatureError):
        verify_ecdsa(key_of(name), MESSAGE, signature)


def test_same_secret_on_another_curve_is_a_mismatch() -> None:
    """A signature made on secp256k1 does not hold under the secp256r1 key of the same secret."""
    with pytest.raises(InvalidSignatureError):
        verify_ecdsa(key_of("secp256r1"), MESSAGE, signer("secp256k1").sign(MESSAGE))


def test_infinite_sum_is_a_mismatch_on_secp192k1() -> None:
    """Where u1 G + u2 Q is the infinite point, `ecdsa` raises a bare TypeError; it is a mismatch like any other."""
    secret = signer("secp192k1").private_key.privkey.secret_multiplier
    order = CURVES["secp192k1"].order
    e = int.from_bytes(sha256(MESSAGE).digest()[:24], "big")
    r = -e * pow(secret, -1, order) % order  # u1 + u2 d = (e + r d) / s = 0 for every s
    with pytest.raises(InvalidSignatureError) as caught:
        verify_ecdsa(key_of("secp192k1"), MESSAGE, encode_dss_signature(r, 5))
    assert Code.SIGNATURE_MISMATCH is caught.value.code
