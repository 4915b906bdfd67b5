"""The transport layer of SML: its frame, its escapes, its check sum."""

from __future__ import annotations

import pytest

from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError
from meter_sign.sml.transport import BEGIN, checksum, unwrap
from tests.support import sml


def refused(raw: bytes) -> tuple[Code, str | None]:
    """The code and the place of the error."""
    with pytest.raises(MalformedPayloadError) as caught:
        unwrap(raw)
    return caught.value.code, caught.value.where


def test_check_sum_is_the_one_of_x25() -> None:
    """The check value of CRC-16/X-25 is 906e; it stands on the wire low byte first."""
    assert bytes.fromhex("6e90") == checksum(b"123456789")


@pytest.mark.parametrize("size", range(9))
def test_fill_bytes_are_taken_out(size: int) -> None:
    """Messages of any length come out as they went in."""
    assert BEGIN + b"\x07" * size == unwrap(sml.sml_file(b"\x07" * size))


@pytest.mark.parametrize("before", range(5))
@pytest.mark.parametrize("run", range(14))
@pytest.mark.parametrize("after", range(2))
def test_escape_bytes_among_the_messages_come_out_once(before: int, run: int, after: int) -> None:
    """Any run of escape bytes, wherever it begins and also at the very end, is what was sent."""
    body = b"\x07" * before + b"\x1b" * run + b"\x07" * after
    body += b"\x1b" * (-len(body) % 4)
    assert BEGIN + body == unwrap(sml.sml_file(body))


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (b"", "byte 0"),
        (sml.ESCAPE, "byte 0"),
        (sml.ESCAPE + b"\x02" * 4, "byte 0"),
        (BEGIN, "byte 8"),
        (BEGIN + b"\x07" * 4, "byte 12"),
        (BEGIN + sml.ESCAPE, "byte 12"),
        (BEGIN + sml.ESCAPE + b"\x02\x00\x00\x00", "byte 12"),
        (BEGIN + BEGIN + b"\x1a\x00\x00\x00", "byte 12"),
        (sml.sml_file(b"\x07" * 4)[:-1], "byte 16"),
        (sml.sml_file(b"\x07" * 4) + b"\n", "byte 16"),
    ],
)
def test_broken_frame_is_refused(raw: bytes, where: str) -> None:
    """What does not begin and end as prescribed is no file, and the error says where."""
    assert (Code.FRAME_INVALID, where) == refused(raw)


def test_wrong_check_sum_is_refused() -> None:
    """Bytes that were damaged on the way are no evidence."""
    assert (Code.CRC_MISMATCH, "byte 18") == refused(sml.sml_file(b"\x07" * 4, crc=0))


@pytest.mark.parametrize("bit", range(8 * 12))
def test_one_wrong_bit_is_refused(bit: int) -> None:
    """The check sum covers everything before it."""
    raw = bytearray(sml.sml_file(b"\x07" * 4))
    raw[8 + bit // 8] ^= 1 << bit % 8
    assert refused(bytes(raw))[0] in {Code.CRC_MISMATCH, Code.FRAME_INVALID}


@pytest.mark.parametrize(("body", "fill"), [(b"\x00" * 4, 4), (b"\x07\x00\x00\x01", 1), (b"", 3), (b"", 255)])
def test_fill_bytes_that_are_none_are_refused(body: bytes, fill: int) -> None:
    """Fill bytes are zero, at most three, and there."""
    covered = BEGIN + body + sml.ESCAPE + bytes((0x1A, fill))
    raw = covered + sml.low_byte_first(sml.crc16(covered))
    assert (Code.FRAME_INVALID, f"byte {len(raw) - 3}") == refused(raw)
