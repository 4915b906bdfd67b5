"""Elements of SML: type, length, value, and what is none."""

from __future__ import annotations

import pytest

from meter_sign.codes import Code
from meter_sign.errors import LimitExceededError, MalformedPayloadError
from meter_sign.sml.elements import Element, ElementReader, Kind
from tests.support import sml


def read(encoded: bytes) -> Element:
    """The only element of these bytes."""
    reader = ElementReader(encoded, 0)
    element = reader.read()
    assert reader.at_end
    return element


@pytest.mark.parametrize("size", [1, 14, 15, 64, 66, 128, 253, 254, 4093, 40_000])
def test_octet_string_of_any_length(size: int) -> None:
    """The length counts its own bytes, one to four of them."""
    assert Element(Kind.OCTETS, 0, octets=b"\x42" * size) == read(sml.octets(b"\x42" * size))


@pytest.mark.parametrize(
    ("encoded", "kind", "number"),
    [
        ("6200", Kind.UNSIGNED, 0),
        ("62ff", Kind.UNSIGNED, 255),
        ("630100", Kind.UNSIGNED, 256),
        ("64033bfe", Kind.UNSIGNED, 211_966),
        ("65ffffffff", Kind.UNSIGNED, 2**32 - 1),
        ("69ffffffffffffffff", Kind.UNSIGNED, 2**64 - 1),
        ("52ff", Kind.INTEGER, -1),
        ("53ff00", Kind.INTEGER, -256),
        ("56000004ce3c", Kind.INTEGER, 314_940),
        ("598000000000000000", Kind.INTEGER, -(2**63)),
        ("4200", Kind.BOOLEAN, 0),
        ("4201", Kind.BOOLEAN, 1),
        ("42ff", Kind.BOOLEAN, 1),
    ],
)
def test_numbers_of_one_to_eight_bytes(encoded: str, kind: Kind, number: int) -> None:
    """A meter may leave out leading bytes; the number is the same."""
    assert Element(kind, 0, number=number) == read(bytes.fromhex(encoded))


def test_absent_and_end() -> None:
    """01 is an optional element that is left out, 00 ends a message."""
    assert Element(Kind.ABSENT, 0) == read(b"\x01")
    assert Element(Kind.END, 0) == read(b"\x00")


def test_list_holds_its_elements_with_their_offsets() -> None:
    """A list says how many elements it has, and each knows where it stands."""
    inner = Element(Kind.LIST, 3, children=(Element(Kind.UNSIGNED, 4, number=5),))
    expected = Element(Kind.LIST, 0, children=(Element(Kind.ABSENT, 1), Element(Kind.ABSENT, 2), inner))
    assert expected == read(bytes.fromhex("730101716205"))


def test_list_of_more_than_fifteen() -> None:
    """The number of elements, too, may take two bytes."""
    assert 20 == len(read(sml.listing(*[sml.ABSENT] * 20)).children)


@pytest.mark.parametrize(
    "encoded",
    [
        "",  # nothing
        "62",  # a number cut off
        "0501",  # an octet string cut off
        "7301",  # a list cut off
        "8f",  # a length cut off
        "61",  # a number of no bytes
        "51",  # the same, signed
        "41",  # a truth value of no bytes
        "430101",  # a truth value of two bytes
        "6a010203040506070809",  # a number of nine bytes
        "60",  # a length that does not count itself
        "8000",  # the same in two bytes
        "8001",
        "10",  # types that are not defined
        "22ff",
        "32ff",
        "9100",
        "8f70",  # a length that changes the type on its way
        "808080808f",  # a length of five bytes
    ],
)
def test_what_is_no_element_is_refused(encoded: str) -> None:
    """Every broken element is an error with the offset of a byte, never an exception of Python."""
    with pytest.raises(MalformedPayloadError) as caught:
        read(bytes.fromhex(encoded))
    assert Code.FRAME_INVALID == caught.value.code
    assert (caught.value.where or "").startswith("byte ")


def test_sixteen_lists_in_each_other_are_read() -> None:
    """The cap is far above what any list of values needs."""
    assert Kind.LIST is read(b"\x71" * 16 + b"\x01").kind


@pytest.mark.parametrize("lists", [17, 60_000])
def test_deeper_lists_are_refused(lists: int) -> None:
    """Nesting ends at a cap and not at Python's own."""
    with pytest.raises(LimitExceededError) as caught:
        read(b"\x71" * lists + b"\x01")
    assert (Code.LIMIT_EXCEEDED, "byte 16") == (caught.value.code, caught.value.where)


def test_list_that_promises_too_much_ends_with_the_bytes() -> None:
    """A list of 65535 elements in a handful of bytes is cut off, not waited for."""
    with pytest.raises(MalformedPayloadError):
        read(bytes.fromhex("ff8f8f0f") + b"\x01" * 100)
