"""ASN.1 elements: read with any definite length, written in the fewest octets."""

from __future__ import annotations

import pytest

from meter_sign.crypto import der


@pytest.mark.parametrize(
    ("length", "header"),
    [(0, "0400"), (127, "047f"), (128, "048180"), (255, "0481ff"), (256, "04820100"), (65536, "0483010000")],
)
def test_lengths_take_the_fewest_octets(length: int, header: str) -> None:
    """A length below 128 is one octet, above it the octets it needs (X.690, 10.1)."""
    assert bytes.fromhex(header) + bytes(length) == der.encode(0x04, bytes(length))


@pytest.mark.parametrize(
    ("dotted", "encoded"),
    [
        ("2.100.3", "0603813403"),
        ("1.2.840.10045.2.1", "06072a8648ce3d0201"),
        ("1.2.840.10045.3.1.7", "06082a8648ce3d030107"),
        ("1.3.132.0.31", "06052b8104001f"),
        ("1.3.36.3.3.2.8.1.1.11", "06092b240303020801010b"),
    ],
)
def test_object_identifiers(dotted: str, encoded: str) -> None:
    """Identifiers are written as X.690 8.19.5 and RFC 5480 print them."""
    assert bytes.fromhex(encoded) == der.encode_oid(dotted)


@pytest.mark.parametrize("encoded", ["0402aabb", "048102aabb", "04820002aabb", "048400000002aabb"])
def test_any_definite_length_is_read(encoded: str) -> None:
    """A length written longer than needed means the same content."""
    assert b"\xaa\xbb" == der.read(bytes.fromhex(encoded)).content


@pytest.mark.parametrize(
    "encoded",
    ["", "04", "0401", "0481", "048101", "0402aa", "048002aabb0000", "0480aabb0000", "0485010000000200",
     "04ff" + "ff" * 200, "0484ffffffffaa"],
)  # fmt: skip
def test_cut_off_or_indefinite_is_refused(encoded: str) -> None:
    """An element that is not wholly there, or of indefinite length, is none."""
    with pytest.raises(der.DerError):
        der.read(bytes.fromhex(encoded))


@pytest.mark.parametrize("encoded", ["048102aabb", "0401aa0401", "0401aa00", "04820001aa"])
def test_strict_reading_refuses_what_der_does_not_write(encoded: str) -> None:
    """A row of elements with a longer length than needed, or with bytes left over, is refused."""
    with pytest.raises(der.DerError):
        der.read_all(bytes.fromhex(encoded))


def test_strict_reading_gives_every_element() -> None:
    """Elements in a row come out in order."""
    assert [(2, b"\x01"), (4, b"")] == [(one.tag, one.content) for one in der.read_all(bytes.fromhex("0201010400"))]
