"""Whatever is done to a message, a signature or a key: it holds unchanged, or one of our errors says why not."""

from __future__ import annotations

from base64 import b32encode, b64encode
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from meter_sign.crypto.curves import CURVES
from meter_sign.crypto.keys import PublicKey, decode_public_key
from meter_sign.crypto.signature import verify_ecdsa
from meter_sign.errors import InvalidSignatureError, KeyMaterialError
from tests.unit.meter_sign.crypto.signers import NINE_CURVES, signer

if TYPE_CHECKING:
    from collections.abc import Callable

MESSAGE = b'{"FV":"1.0","PG":"T1","RD":[{"RV":1000.500},{"RV":1010.500}]}'
TEXT_ENCODINGS: tuple[Callable[[bytes], str], ...] = (
    lambda octets: octets.hex(),
    lambda octets: b32encode(octets).decode(),
    lambda octets: b64encode(octets).decode(),
)
curve_names = st.sampled_from(NINE_CURVES)
#: A shared machine may be slow at any moment; nothing here is about time.
relaxed = settings(deadline=None, max_examples=150)


def key_of(curve_name: str) -> PublicKey:
    """The test meter's public key."""
    return decode_public_key(signer(curve_name).spki)


def flipped(octets: bytes, bit: int) -> bytes:
    """The same bytes with one bit the other way round."""
    return (int.from_bytes(octets, "big") ^ (1 << bit)).to_bytes(len(octets), "big")


def refuse(key: PublicKey, message: bytes, signature: bytes) -> None:
    """Expect that the signature does not hold."""
    with pytest.raises(InvalidSignatureError):
        verify_ecdsa(key, message, signature)


def test_no_bit_of_the_message_can_be_flipped() -> None:
    """With any one bit of the message flipped, the signature does not hold (every bit, secp256r1)."""
    signature = signer("secp256r1").sign(MESSAGE)
    for bit in range(8 * len(MESSAGE)):
        refuse(key_of("secp256r1"), flipped(MESSAGE, bit), signature)


def test_no_bit_of_the_signature_can_be_flipped() -> None:
    """With any one bit of the DER signature flipped, it does not hold (every bit, secp256r1)."""
    signature = signer("secp256r1").sign(MESSAGE)
    for bit in range(8 * len(signature)):
        refuse(key_of("secp256r1"), MESSAGE, flipped(signature, bit))


@relaxed
@given(curve_names, st.binary(max_size=200), st.data())
def test_flipped_bit_of_any_message(name: str, message: bytes, data: st.DataObject) -> None:
    """On every curve, a message with one bit flipped is another message."""
    bit = data.draw(st.integers(0, 8 * (len(message) + 1) - 1))
    longer = message + b"\0"
    refuse(key_of(name), flipped(longer, bit), signer(name).sign(longer))


@relaxed
@given(curve_names, st.sampled_from("rs"), st.data())
def test_flipped_bit_of_r_or_s(name: str, which: str, data: st.DataObject) -> None:
    """On every curve, r or s with one bit flipped does not hold, in DER and side by side."""
    bit = data.draw(st.integers(0, 8 * CURVES[name].field_bytes - 1))
    r, s = signer(name).sign_pair(MESSAGE)
    pair = (r ^ 1 << bit, s) if which == "r" else (r, s ^ 1 << bit)
    refuse(key_of(name), MESSAGE, encode_dss_signature(*pair))
    refuse(key_of(name), MESSAGE, signer(name).side_by_side(pair))


@relaxed
@given(curve_names, st.binary(max_size=300), st.binary(max_size=300))
def test_any_bytes_are_no_signature(name: str, message: bytes, signature: bytes) -> None:
    """Bytes from anywhere are refused as a signature, with our error and no other."""
    refuse(key_of(name), message, signature)


@relaxed
@given(curve_names, st.integers(-(2**600), 2**600), st.integers(-(2**600), 2**600))
def test_any_two_integers_are_no_signature(name: str, r: int, s: int) -> None:
    """Well-formed DER of any two numbers, negative ones too, is refused with our error and no other."""
    content = b""
    for number in (r, s):
        octets = number.to_bytes(76, "big", signed=True)
        content += bytes((2, len(octets))) + octets
    refuse(key_of(name), MESSAGE, b"\x30\x81" + bytes((len(content),)) + content)


@relaxed
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)), st.sampled_from([None, *NINE_CURVES]))
def test_any_text_is_a_key_or_refused(text: bytes | str, name: str | None) -> None:
    """Whatever comes as a key: a key on the curve that was asked for, or our error."""
    try:
        key = decode_public_key(text, curve=CURVES[name] if name else None)
    except KeyMaterialError:
        return
    assert name in {None, key.curve.name}


@relaxed
@given(curve_names, st.data())
def test_flipped_bit_of_a_key(name: str, data: st.DataObject) -> None:
    """A SubjectPublicKeyInfo with one bit flipped is refused; it is never the same key."""
    spki = signer(name).spki
    with pytest.raises(KeyMaterialError):
        decode_public_key(flipped(spki, data.draw(st.integers(0, 8 * len(spki) - 1))))


@relaxed
@given(curve_names, st.integers(1, 2**64), st.data())
def test_every_spelling_is_the_same_key(name: str, secret: int, data: st.DataObject) -> None:
    """Any key in any encoding, with blanks anywhere, is the key that its SubjectPublicKeyInfo is."""
    meter = signer(name, secret)
    binary = data.draw(st.sampled_from([meter.spki, meter.point, meter.point[1:], meter.compressed]))
    write = data.draw(st.sampled_from(TEXT_ENCODINGS))
    text = write(binary)
    at = data.draw(st.integers(0, len(text)))
    spaced = text[:at] + data.draw(st.text(" \t\r\n", max_size=5)) + text[at:]
    assert decode_public_key(meter.spki) == decode_public_key(spaced, curve=CURVES[name])
