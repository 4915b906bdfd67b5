"""Names in words: as RFC 4514 writes them, and in hex where they are none."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from meter_sign.crypto import der
from meter_sign.crypto.distinguished_names import MOST_NAME_BYTES, name_in_words, names_of
from tests.support.certificates import METER, authority, issued

COMMON_NAME = der.encode_oid("2.5.4.3")
NAMES = [
    x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"), x509.NameAttribute(NameOID.COMMON_NAME, "Zähler 1")]),
    x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "a, b+c"), x509.NameAttribute(NameOID.EMAIL_ADDRESS, "x")]
    ),
    x509.Name([x509.NameAttribute(x509.ObjectIdentifier("1.2.840.113549.1.9.99"), "x")]),
    x509.Name([]),
]


@pytest.mark.parametrize("name", NAMES)
def test_name_is_what_cryptography_makes_of_it(name: x509.Name) -> None:
    """Kinds, characters to be escaped, kinds that nobody knows, nothing."""
    assert name.rfc4514_string() == name_in_words(name.public_bytes())


def common_name(tag: int, text: bytes) -> bytes:
    """A name of one attribute, in an encoding of its own."""
    attribute = der.encode(der.SEQUENCE, COMMON_NAME + der.encode(tag, text))
    return der.encode(der.SEQUENCE, der.encode(0x31, attribute))


@pytest.mark.parametrize(
    ("tag", "text"),
    [(0x13, b"AB"), (0x14, b"AB"), (0x16, b"AB"), (0x1E, b"\0A\0B"), (0x1C, b"\0\0\0A\0\0\0B")],
)
def test_older_character_sets_are_read(tag: int, text: bytes) -> None:
    """As certificates of the nineties have them."""
    assert "CN=AB" == name_in_words(common_name(tag, text))


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"CN=x",
        common_name(0x04, b"AB"),
        common_name(0x0C, b"\xff"),
        common_name(0x0C, b"x" * 65),
        common_name(0x0C, b"AB")[:-1],
        der.encode(der.SEQUENCE, der.encode(0x31, der.encode(der.SEQUENCE, COMMON_NAME))),
    ],
)
def test_what_is_no_name_is_shown_in_hex(encoded: bytes) -> None:
    """Whoever wrote it: nothing is raised."""
    assert encoded.hex().upper() == name_in_words(encoded)


def test_endless_name_is_cut() -> None:
    """Nobody reads it."""
    shown = name_in_words(common_name(0x0C, b"x" * MOST_NAME_BYTES))
    assert (2 * MOST_NAME_BYTES + 1, "…") == (len(shown), shown[-1])


def test_names_of_a_certificate() -> None:
    """Issuer and serial as a signature names them, and the subject in words."""
    holder = issued("meter", METER, by=authority("root", 3), serial=17)
    known, names = holder.known, names_of(holder.der)
    assert names is not None
    assert (known.issuer, 17, "CN=meter") == tuple(names)


@pytest.mark.parametrize("raw", [b"", b"\x30\x00", b"\x30\x02\x30\x00", b"no certificate"])
def test_what_is_no_certificate_has_no_names(raw: bytes) -> None:
    """It came along, and is passed over."""
    assert names_of(raw) is None
