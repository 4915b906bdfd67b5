"""RSA keys: the one form they have, the sizes that are sane, and one door for keys of either kind."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from meter_sign.codes import Code
from meter_sign.crypto import der
from meter_sign.crypto.keys import PublicKey
from meter_sign.crypto.rsa_keys import RsaPublicKey, decode_any_public_key
from meter_sign.errors import KeyMaterialError
from tests.support.certificates import METER, authority, issued, rsa_key, spki

RSA = rsa_key()
NUMBERS = RSA.public_key().public_numbers()
RSA_OID = bytes.fromhex("06092a864886f70d010101")


def rsa_spki(modulus: bytes, exponent: bytes, *, parameters: bytes = b"\x05\x00", after: bytes = b"") -> bytes:
    """A SubjectPublicKeyInfo around any two numbers, whatever their octets say."""
    numbers = der.encode(der.SEQUENCE, der.encode(der.INTEGER, modulus) + der.encode(der.INTEGER, exponent) + after)
    algorithm = der.encode(der.SEQUENCE, RSA_OID + parameters)
    return der.encode(der.SEQUENCE, algorithm + der.encode(der.BIT_STRING, b"\0" + numbers))


def octets(number: int) -> bytes:
    """A natural number as INTEGER writes it."""
    return number.to_bytes((number.bit_length() >> 3) + 1, "big")


@pytest.mark.parametrize(
    "text",
    [
        spki(RSA),
        spki(RSA).hex(),
        b64encode(spki(RSA)).decode(),
        RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        issued("party", RSA, by=authority("root", 3)).der,
        issued("party", RSA, by=authority("root", 3)).pem,
    ],
    ids=["DER", "hex", "base64", "PEM", "certificate", "certificate in PEM"],
)
def test_every_encoding_gives_the_same_key(text: bytes | str) -> None:
    """However it is written, it is the key with these two numbers."""
    assert RsaPublicKey(modulus=NUMBERS.n, exponent=NUMBERS.e) == decode_any_public_key(text)


def test_key_is_written_as_others_write_it() -> None:
    """SubjectPublicKeyInfo and fingerprint are those of `cryptography`."""
    key = RsaPublicKey(modulus=NUMBERS.n, exponent=NUMBERS.e)
    assert (spki(RSA), f"sha256:{sha256(spki(RSA)).hexdigest()}", 2048) == (key.spki_der, key.fingerprint, key.bits)


def test_elliptic_curve_keys_come_through_the_same_door() -> None:
    """A key on a curve is what it always was."""
    assert isinstance(decode_any_public_key(spki(METER)), PublicKey)


@pytest.mark.parametrize(
    "text",
    [
        rsa_spki(octets(2**1022 + 1), octets(65537)),
        rsa_spki(octets(2**8192 + 1), octets(65537)),
        rsa_spki(octets(NUMBERS.n + 1), octets(65537)),
        rsa_spki(octets(NUMBERS.n), octets(1)),
        rsa_spki(octets(NUMBERS.n), octets(65536)),
        rsa_spki(octets(NUMBERS.n), octets(2**33 + 1)),
        rsa_spki(octets(NUMBERS.n)[1:], octets(65537)),
        rsa_spki(b"\0" + octets(NUMBERS.n), octets(65537)),
        rsa_spki(b"", octets(65537)),
        rsa_spki(octets(NUMBERS.n), octets(65537), after=der.encode(der.INTEGER, b"\1")),
        rsa_spki(octets(NUMBERS.n), octets(65537), parameters=b""),
        spki(RSA) + b"\0",
        b"",
        "no key",
    ],
    ids=[
        "1023 bits", "8193 bits", "even modulus", "exponent 1", "even exponent", "long exponent", "negative",
        "leading zero", "empty", "three numbers", "no NULL", "trailing byte", "nothing", "prose",
    ],
)  # fmt: skip
def test_what_is_no_sane_key_is_refused(text: bytes | str) -> None:
    """Whatever is wrong with it, it is KEY_INVALID."""
    with pytest.raises(KeyMaterialError) as caught:
        decode_any_public_key(text)
    assert Code.KEY_INVALID is caught.value.code
