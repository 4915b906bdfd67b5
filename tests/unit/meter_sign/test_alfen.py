"""ALFEN: the line, the 82 signed bytes, and what they say."""

from __future__ import annotations

from base64 import b32decode
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from meter_sign.codes import Code
from meter_sign.errors import (
    InvalidSignatureError,
    MalformedPayloadError,
    MeterSignError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
)
from meter_sign.formats import parse
from meter_sign.model import (
    Identification,
    MeterIdentity,
    Pagination,
    PaginationKind,
    ParsedRecord,
    PayloadFormat,
    Phase,
    Reading,
    SignatureForm,
    SignedPayload,
)
from meter_sign.quantity import Unit
from meter_sign.timestamps import SignedTime, TimeStatus
from tests.support.alfen import (
    INTERMEDIATE,
    METER,
    START,
    STOP,
    base32,
    begin,
    block,
    compressed,
    frame,
    line,
    sign,
)

#: The usual start, byte for byte, by hand.
BLOCK = bytes.fromhex(
    "0a0e45574b0000000011 76303136 d3b0 0a0145574b0033000140 00000020 88130000 008be165 0100010800ff 1e 00"
    "a086010000000000 3146324433413446353530364337000000000000 57000000 ab000000"
)
SIGNATURE = sign(BLOCK)


def parse_line(text: str) -> ParsedRecord:
    """Parse one line, as the container hands it on."""
    return parse(SignedPayload(format=PayloadFormat.ALFEN, index=0, raw=text.encode()))


def reading(**changes: Any) -> Reading:
    """The only reading of a start with these fields otherwise."""
    content = parse_line(line(**changes)).content
    assert content is not None
    (only,) = content.readings
    return only


def refused(text: str) -> MeterSignError:
    """Why a line is not parsed."""
    with pytest.raises(MeterSignError) as caught:
        parse_line(text)
    return caught.value


# The signed bytes ----------------------------------------------------------------------------------------------------


def test_writer_of_the_tests_writes_the_published_layout() -> None:
    """The tests' own writer and the layout written down by hand agree."""
    assert BLOCK == block()


def test_signed_bytes_are_the_block_as_received() -> None:
    """Not a byte is lost, added or re-encoded; r and s stand side by side."""
    parsed = parse_line(frame(BLOCK, SIGNATURE))
    assert (BLOCK, ((BLOCK, SIGNATURE),)) == (parsed.signed_bytes, parsed.spans)
    assert ("secp192r1", SignatureForm.SIDE_BY_SIDE) == (parsed.curve, parsed.signature_form)


def test_every_field_stands_where_the_layout_has_it() -> None:
    """What the bytes written by hand say."""
    content = parse_line(frame(BLOCK, SIGNATURE)).content
    assert content is not None
    (only,) = content.readings
    assert (
        MeterIdentity(serial="0A0145574B0033000140", gateway_serial="0A0E45574B0000000011", firmware="v016"),
        Pagination(kind=PaginationKind.TRANSACTION, number=171),
        Identification(assigned=True, data="1F2D3A4F5506C7"),
        "0A0145574B0033000140/87",
    ) == (content.meter, content.pagination, content.identification, content.transaction_id)
    assert ("0x20000000", True, Phase.BEGIN, "start") == (
        only.meter_status, only.status_good, only.phase, only.qualifier,
    )  # fmt: skip
    assert SignedTime(at=datetime(2024, 3, 1, 8, tzinfo=UTC), status=TimeStatus.INFORMATIVE) == only.time
    assert ("1-0:1.8.0", Decimal(100_000), Unit.WH, Decimal("100.000")) == (
        str(only.register), only.value, only.unit, only.value_kwh,
    )  # fmt: skip


def test_usual_line_has_no_deviation() -> None:
    """A line that follows the format is not remarked upon."""
    parsed = parse_line(begin())
    assert ((), "3", METER, None) == (
        parsed.deviations, parsed.format_version, parsed.claimed_meter_id, parsed.content_error,
    )  # fmt: skip


def test_key_in_the_line_is_an_embedded_key() -> None:
    """The key stands outside of what is signed; it is kept as the record's own."""
    assert base32(compressed()) == parse_line(begin()).embedded_key


@pytest.mark.parametrize(("type_", "expected"), [("0", Phase.BEGIN), ("1", Phase.END), ("2", Phase.CHARGING)])
def test_type_is_a_label_and_no_phase(type_: str, expected: Phase) -> None:
    """The type stands outside of what is signed: it is kept beside the content and is none of it."""
    parsed = parse_line(line(type_=type_, status=0))
    assert parsed.content is not None
    assert (expected, [Phase.BY_ORDER]) == (parsed.label, [one.phase for one in parsed.content.readings])


# The line ------------------------------------------------------------------------------------------------------------

_BLOCK_TEXT, _SIGNATURE_TEXT, _KEY_TEXT = base32(BLOCK), base32(SIGNATURE), base32(compressed())
USUAL = f"AP;0;3;{_KEY_TEXT};{_BLOCK_TEXT};{_SIGNATURE_TEXT};"

SAME_RECORD = {
    "no semicolon at the end": (USUAL.removesuffix(";"), ()),
    "no padding": (USUAL.replace("=", ""), ()),
    "blanks in the block": (USUAL.replace(_BLOCK_TEXT, f" {_BLOCK_TEXT[:60]}\r\n\t{_BLOCK_TEXT[60:]}"),
                            (Code.FIELD_SPELLING,)),
    "blanks in the signature": (USUAL.replace(_SIGNATURE_TEXT, f"{_SIGNATURE_TEXT[:9]} {_SIGNATURE_TEXT[9:]}"),
                                (Code.FIELD_SPELLING,)),
    "blanks in the key": (USUAL.replace(_KEY_TEXT, f"{_KEY_TEXT}\n"), (Code.FIELD_SPELLING,)),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME_RECORD)
def test_spelling_of_the_line_changes_nothing_signed(name: str) -> None:
    """The same block, signature and key, and a deviation where the spelling is unusual."""
    text, deviations = SAME_RECORD[name]
    parsed = parse_line(text)
    assert (((BLOCK, SIGNATURE),), deviations, _KEY_TEXT) == (parsed.spans, parsed.deviations, parsed.embedded_key)


def with_block(text: str) -> str:
    """The usual line with another text in the block's place."""
    return f"AP;0;3;{_KEY_TEXT};{text};{_SIGNATURE_TEXT};"


def with_signature(text: str) -> str:
    """The usual line with another text in the signature's place."""
    return f"AP;0;3;{_KEY_TEXT};{_BLOCK_TEXT};{text};"


#: The last of 132 characters carries one bit of the block and four that must be zero.
_LOOSE_BIT = _BLOCK_TEXT.rstrip("=")[:-1] + "B===="

MALFORMED = {
    "nothing behind the mark": ("AP;", Code.FRAME_INVALID),
    "five fields": (f"AP;0;3;{_KEY_TEXT};{_BLOCK_TEXT};", Code.FRAME_INVALID),
    "seven fields": (USUAL + "x", Code.FRAME_INVALID),
    "two semicolons at the end": (USUAL + ";", Code.FRAME_INVALID),
    "another mark": (USUAL.replace("AP", "AQ"), Code.FRAME_INVALID),
    "mark in lower case": (USUAL.replace("AP;", "ap;", 1), Code.FRAME_INVALID),
    "blank in the mark": (USUAL.replace("AP;", "AP ;", 1), Code.FRAME_INVALID),
    "type 3": (USUAL.replace(";0;", ";3;", 1), Code.FIELD_INVALID),
    "no type": (USUAL.replace(";0;", ";;", 1), Code.FIELD_INVALID),
    "type of two characters": (USUAL.replace(";0;", ";00;", 1), Code.FIELD_INVALID),
    "type with a blank": (USUAL.replace(";0;", "; 0;", 1), Code.FIELD_INVALID),
    "no ASCII": (USUAL.replace("AP;0", "AP;\u0660", 1), Code.ENCODING_INVALID),
    "block in lower case": (with_block(_BLOCK_TEXT.lower()), Code.ENCODING_INVALID),
    "block in hex": (with_block(BLOCK.hex()), Code.ENCODING_INVALID),
    "block with padding inside": (with_block(_BLOCK_TEXT[:40] + "=" + _BLOCK_TEXT[41:]), Code.ENCODING_INVALID),
    "block with too little padding": (with_block(_BLOCK_TEXT[:-1]), Code.ENCODING_INVALID),
    "block with too much padding": (with_block(_BLOCK_TEXT + "========"), Code.ENCODING_INVALID),
    "block with a bit behind its end": (with_block(_LOOSE_BIT), Code.ENCODING_INVALID),
    "block with a letter too many": (with_block(_BLOCK_TEXT.rstrip("=") + "A"), Code.FRAME_INVALID),
    "block with a digit that is none": (with_block("1" + _BLOCK_TEXT[1:]), Code.ENCODING_INVALID),
    "block cut off": (with_block(base32(BLOCK[:81])), Code.FRAME_INVALID),
    "block too long": (with_block(base32(BLOCK + b"\0")), Code.FRAME_INVALID),
    "no block": (with_block(""), Code.FRAME_INVALID),
    "block of 1 MB": (with_block("A" * 1_000_000), Code.FRAME_INVALID),
    "mark of 1 MB": ("A" * 1_000_000 + USUAL, Code.FRAME_INVALID),
    "1 MB of semicolons": ("AP" + ";" * 1_000_000, Code.FRAME_INVALID),
    "type of 1 MB": (USUAL.replace(";0;", f";{'0' * 1_000_000};", 1), Code.FIELD_INVALID),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_broken_line_is_malformed(name: str) -> None:
    """What is no mark, five fields and a whole block is a broken structure."""
    text, expected = MALFORMED[name]
    error = refused(text)
    assert (MalformedPayloadError, expected) == (type(error), error.code)


@pytest.mark.parametrize("version", ["", "0", "1", "2", "4", "03", "3 ", "3" * 1_000_000], ids=lambda text: text[:3])
def test_other_version_is_unsupported(version: str) -> None:
    """The version stands outside of what is signed, and of no other version the block is known."""
    error = refused(frame(BLOCK, SIGNATURE, version=version))
    assert (UnsupportedPayloadError, Code.FORMAT_VERSION_UNSUPPORTED) == (type(error), error.code)


def test_empty_signature_is_none() -> None:
    """A line whose last field is empty is unsigned."""
    error = refused(with_signature(""))
    assert (UnsignedPayloadError, Code.SIGNATURE_MISSING) == (type(error), error.code)


@pytest.mark.parametrize(
    "text",
    [SIGNATURE.hex(), _SIGNATURE_TEXT.lower(), _SIGNATURE_TEXT[:-1], "=", "A", "1" * 1_000_000],
    ids=["hex", "lower case", "padding cut", "padding alone", "one letter", "1 MB"],
)
def test_signature_that_is_no_base32_is_invalid(text: str) -> None:
    """A signature that is claimed and is none is a wrong one."""
    error = refused(with_signature(text))
    assert (InvalidSignatureError, Code.SIGNATURE_MALFORMED) == (type(error), error.code)


# What the block says -------------------------------------------------------------------------------------------------

COMMANDS = {
    START: ("start", Phase.BEGIN),
    STOP: ("stop", Phase.END),
    INTERMEDIATE: ("intermediate", Phase.CHARGING),
    0: (None, Phase.BY_ORDER),
    START | STOP: ("start+stop", Phase.UNKNOWN),
    STOP | INTERMEDIATE: ("stop+intermediate", Phase.UNKNOWN),
    START | STOP | INTERMEDIATE: ("start+stop+intermediate", Phase.UNKNOWN),
    START | 1 << 8: ("start", Phase.BEGIN),
}


@pytest.mark.parametrize("status", COMMANDS)
def test_command_is_signed(status: int) -> None:
    """Begin and end are told by the signed status; without a command the order decides, two commands say nothing."""
    only = reading(status=status)
    assert COMMANDS[status] == (only.qualifier, only.phase)


#: Bits of the status that leave the energy as it is, from the published names.
HARMLESS = {0, 8, 9, 10, 11, 27, 28, 29}


@pytest.mark.parametrize("bit", range(32))
def test_status_bit(bit: int) -> None:
    """Only the named harmless bits are good; the five that the official tool knows, and all unknown ones, are not."""
    only = reading(status=1 << bit)
    assert ((bit in HARMLESS), f"0x{1 << bit:08X}") == (only.status_good, only.meter_status)


def test_bad_bit_is_not_outweighed_by_good_ones() -> None:
    """A fatal bit counts beside any others."""
    assert reading(status=START | 1 << 8 | 1 << 31).status_good is False


def test_failed_clock_makes_the_time_unknown() -> None:
    """Nothing is decided by a clock that the meter itself says has failed; the energy stands."""
    only = reading(status=START | 1)
    assert only.time is not None
    assert (TimeStatus.UNKNOWN, True, Decimal("100.000")) == (only.time.status, only.status_good, only.value_kwh)


@pytest.mark.parametrize(
    ("value", "scaler", "expected"),
    [
        (13_187_798, 0, "13187.798"),
        (131_877_981, -1, "13187.7981"),
        (13_187, 3, "13187"),
        (0, 0, "0.000"),
        (-5, 0, "-0.005"),
        (2**63 - 1, -12, "9223.372036854775807"),
        (-(2**63), -12, "-9223.372036854775808"),
        (1, 15, "1000000000000"),
    ],
)
def test_value_is_exact(value: int, scaler: int, expected: str) -> None:
    """Scaled by powers of ten and converted to kWh without losing a digit."""
    kwh = reading(value=value, scaler=scaler).value_kwh
    assert kwh is not None
    assert expected == f"{kwh:f}"


@pytest.mark.parametrize(("unit", "expected"), [(30, Unit.WH), (27, Unit.OTHER), (0, Unit.OTHER), (255, Unit.OTHER)])
def test_only_watt_hours_are_energy(unit: int, expected: Unit) -> None:
    """DLMS unit 30 and no other."""
    assert expected is reading(unit=unit).unit


@pytest.mark.parametrize(
    ("obis", "expected"),
    [("0100010800ff", "1-0:1.8.0"), ("0100020800ff", "1-0:2.8.0"), ("0100620800ff", "1-0:62.8.0"),
     ("010001080001", "1-0:1.8.0*1"), ("ffffffffffff", "FF-FF:FF.FF.FF")],
)  # fmt: skip
def test_register_is_spelled_as_everywhere(obis: str, expected: str) -> None:
    """Six bytes become the canonical spelling, in hexadecimal: 62 hex, which is 98, is not the 98 of OCMF."""
    assert expected == str(reading(obis=bytes.fromhex(obis)).register)


@pytest.mark.parametrize(
    ("uid", "expected"),
    [
        (b"", Identification(assigned=False, data=None)),
        (b"x", Identification(assigned=True, data="x")),
        (b"12345678901234567890", Identification(assigned=True, data="12345678901234567890")),
        ("Gäste".encode(), Identification(assigned=True, data="Gäste")),
    ],
)
def test_user_is_the_text_before_the_zeros(uid: bytes, expected: Identification) -> None:
    """An empty uid assigns nobody."""
    content = parse_line(line(uid=uid)).content
    assert content is not None
    assert expected == content.identification


NO_MEASUREMENT: dict[str, tuple[dict[str, Any], Code]] = {
    "scaler too small": ({"scaler": -13}, Code.NUMBER_OUT_OF_RANGE),
    "scaler of -128": ({"scaler": -128}, Code.NUMBER_OUT_OF_RANGE),
    "scaler of 127": ({"scaler": 127, "value": 0}, Code.NUMBER_OUT_OF_RANGE),
    "value too large": ({"scaler": 15, "value": 10}, Code.NUMBER_OUT_OF_RANGE),
    "uid no text": ({"uid": b"\xff\xfe"}, Code.TEXT_NOT_UNICODE),
    "uid with a zero inside": ({"uid": b"DE1\0DE2"}, Code.CONTENT_INVALID),
    "uid that begins with a zero": ({"uid": b"\0DE2"}, Code.CONTENT_INVALID),
}


@pytest.mark.parametrize("name", NO_MEASUREMENT)
def test_content_that_is_no_measurement_waits_for_the_signature(name: str) -> None:
    """Such a record still parses, so that its signature is judged first; its content is withheld."""
    changes, expected = NO_MEASUREMENT[name]
    parsed = parse_line(line(**changes))
    assert parsed.content_error is not None
    assert (expected, None, METER) == (parsed.content_error.code, parsed.content, parsed.claimed_meter_id)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"meter_id": bytes(10)}, "0A0E45574B0000000011/87"),
        ({"meter_id": bytes(10), "adapter_id": bytes(10)}, "/87"),
        ({"session": 2**32 - 1}, "0A0145574B0033000140/4294967295"),
    ],
)
def test_transaction_is_the_meters_session(changes: dict[str, Any], expected: str) -> None:
    """The session's number counts within one meter, so the meter is part of the id; zeros name no meter."""
    content = parse_line(line(**changes)).content
    assert content is not None
    assert expected == content.transaction_id


def test_writer_pads_as_field_records_do() -> None:
    """25, 82 and 48 bytes take 40, 136 and 80 characters."""
    fields = begin().split(";")
    assert ([40, 136, 80], [25, 82, 48]) == (
        [len(one) for one in fields[3:6]],
        [len(b32decode(one)) for one in fields[3:6]],
    )
