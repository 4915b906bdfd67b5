"""EDL_40_P: SML records of EDL40 meters."""

from __future__ import annotations

from base64 import b32encode, b64encode
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from meter_sign.codes import Code
from meter_sign.errors import InvalidSignatureError, MalformedPayloadError, MeterSignError, UnsignedPayloadError
from meter_sign.judgement import Status
from meter_sign.model import PaginationKind, PayloadFormat, Phase, SignatureForm
from meter_sign.timestamps import TimeStatus
from tests.support import sml
from tests.support.edl40 import BEGIN, END, edl_40_p, edl_entries, point, sign
from tests.unit.meter_sign.edl40.records import errors, judged, only_value, pair, parse, value, warnings

if TYPE_CHECKING:
    from meter_sign.model import ParsedRecord

P256 = "secp256r1"
EMOC = replace(
    BEGIN, status=0x88, historical_value=500, compensated_value=400, resistance=1_000, stopwatch=3, price=258
)
WORD = 1 << 31 | 1 << 18 | 1 << 8 | 1 << 2


def parsed(raw: bytes) -> ParsedRecord:
    """The record of an SML file."""
    return parse(raw, PayloadFormat.EDL_40_P)


def refused(raw: bytes) -> tuple[type[MeterSignError], Code]:
    """The class and code of the error."""
    with pytest.raises(MeterSignError) as caught:
        parsed(raw)
    return type(caught.value), caught.value.code


def response(*entries: bytes, signature: bytes | None = None) -> bytes:
    """A file of these entries, signed by the usual block's signature or by another."""
    signed = sign(BEGIN.encoded) + BEGIN.tail if signature is None else signature
    return sml.usual_file(sml.list_response(BEGIN.server_id, entries, signature=signed))


def test_record_is_read() -> None:
    """The block of the fields, its signature, and what it says."""
    record = parsed(edl_40_p(BEGIN))
    assert ((BEGIN.encoded, sign(BEGIN.encoded)),) == record.spans
    assert ("secp192r1", SignatureForm.SIDE_BY_SIDE) == (record.curve, record.signature_form)
    assert "0901454D480000C0FFEE" == record.claimed_meter_id
    assert record.content is not None
    assert "0901454D480000C0FFEE" == record.content.meter.serial
    assert record.content.pagination is not None
    assert (PaginationKind.TRANSACTION, 7) == (record.content.pagination.kind, record.content.pagination.number)
    assert record.content.identification is not None
    assert "04A1B2C3D4E5F6" == record.content.identification.data


def test_reading_is_read() -> None:
    """The total with its true instant, its status and the log book's index; begin or end is not signed."""
    content = parsed(edl_40_p(BEGIN)).content
    assert content is not None
    (only,) = content.readings
    assert only.time is not None
    assert (datetime(2026, 1, 15, 9, 0, tzinfo=UTC), TimeStatus.INFORMATIVE) == (only.time.at, only.time.status)
    assert (Phase.BY_ORDER, Decimal("1.2345")) == (only.phase, only.value_kwh)
    assert ("0x08", True, 26) == (only.meter_status, only.status_good, only.event_counter)


@pytest.mark.parametrize("spell", [bytes.hex, lambda raw: raw.hex(" ").upper(), b64encode, b32encode])
def test_every_text_encoding_is_read(spell: object) -> None:
    """SML in a container stands in hex with or without blanks, in base64 or in base32."""
    text = spell(edl_40_p(BEGIN))  # type: ignore[operator]
    text = text.decode() if isinstance(text, bytes) else text
    key = point("secp192r1").hex()
    one = only_value(f"<value><signedData>{text}</signedData><publicKey>{key}</publicKey></value>")
    assert (PayloadFormat.EDL_40_P, Status.VERIFIED) == (one.payload.format, one.status)


def test_binary_file_and_lines_of_hex_are_read() -> None:
    """SML files lie one after the other, and lines of hex as well."""
    both = edl_40_p(BEGIN) + edl_40_p(END)
    lines = f"{edl_40_p(BEGIN).hex()}\n{b64encode(edl_40_p(END)).decode()}\n".encode()
    for raw in (both, lines):
        assert [PayloadFormat.EDL_40_P] * 2 == [one.payload.format for one in judged(raw).values]


def test_pair_is_billed() -> None:
    """Two records of one card are a transaction, with the energy between them, and no time."""
    found = pair(edl_40_p(BEGIN), edl_40_p(END))
    assert (True, Decimal("1.2345")) == (found.billable, found.transaction.energy_kwh)
    assert {Code.CLOCK_NOT_BILLABLE} == warnings(found)


def test_meter_of_the_second_kind_verifies_by_its_own_status_bits() -> None:
    """EMOC signs bits 17, 31, 16, 11, 9 and 8 of its status word as bits 0, 3, 4, 5, 6 and 7 of a byte."""
    one = only_value(value(edl_40_p(EMOC, P256, word=WORD), curve=P256))
    assert Status.VERIFIED == one.status


@pytest.mark.parametrize(("word", "signed"), [(17, 0), (31, 3), (16, 4), (11, 5), (9, 6), (8, 7)])
def test_each_status_bit_of_the_second_kind(word: int, signed: int) -> None:
    """Each bit comes from its own place."""
    block = replace(EMOC, status=1 << signed)
    assert block.encoded == parsed(edl_40_p(block, P256, word=1 << word)).signed_bytes


def test_other_status_bits_of_the_second_kind_are_not_signed() -> None:
    """What has no place in the byte is in no block."""
    block = replace(EMOC, status=0)
    others = sum(1 << bit for bit in range(32) if bit not in {17, 31, 16, 11, 9, 8})
    assert block.encoded == parsed(edl_40_p(block, P256, word=others)).signed_bytes


def test_upper_status_bits_of_the_first_kind_are_not_signed() -> None:
    """Only the lowest byte counts, so an unsigned bit can neither hurt nor help."""
    record = parsed(edl_40_p(BEGIN, word=0x0202_0008))
    assert record.content is not None
    assert (BEGIN.encoded, "0x08") == (record.signed_bytes, record.content.readings[0].meter_status)


def test_register_without_losses_bills() -> None:
    """Where the register without losses is in use, its difference is the energy, not the total's."""
    end = replace(EMOC, value=99_999, compensated_value=1_400, pagination=8)
    found = pair(edl_40_p(EMOC, P256, word=WORD), edl_40_p(end, P256, word=WORD), P256)
    assert (True, Decimal("0.1000")) == (found.billable, found.transaction.energy_kwh)
    assert "1-0:1.17.0*200" == str(found.transaction.register)


def test_register_without_losses_at_one_end_only_is_refused() -> None:
    """The official tool would subtract the total from it."""
    end = replace(END, compensated_value=99_999)
    found = pair(edl_40_p(BEGIN), edl_40_p(end))
    assert (False, {Code.REGISTER_DIFFERS}) == (found.billable, errors(found))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"server_id": bytes.fromhex("0901454d480000c0ffef")}, Code.METER_DIFFERS),
        ({"contract_id": b"\x04"}, Code.IDENTIFICATION_DIFFERS),
        ({"log_book": 27}, Code.EVENT_COUNTER_DIFFERS),
        ({"pagination": 7}, Code.PAGINATION_REPEATS),
        ({"value": 12_344}, Code.ENERGY_DECREASES),
        ({"status": 0x89}, Code.METER_STATUS_NOT_GOOD),
        ({"unit": 27}, Code.UNIT_NOT_ENERGY),
        ({"resistance": 5}, Code.LOSS_COMPENSATION_DIFFERS),
    ],
)
def test_end_that_does_not_belong_to_the_begin(changes: dict[str, object], code: Code) -> None:
    """Every signed difference that calibration law minds stops billing."""
    found = pair(edl_40_p(BEGIN), edl_40_p(replace(END, **changes)))  # type: ignore[arg-type]
    assert not found.billable
    assert code in errors(found)


def test_records_given_in_the_wrong_order_are_sorted_by_the_meters_count() -> None:
    """What the container calls begin and end does not matter for the energy, but must not contradict."""
    found = pair(edl_40_p(END), edl_40_p(BEGIN))
    assert (False, {Code.CONTEXT_CONTRADICTS}) == (found.billable, errors(found))


def test_two_keys_are_refused() -> None:
    """One meter has one key."""
    other = edl_40_p(END, number=0xED141)
    key = point("secp192r1", 0xED141).hex()
    begin, end = value(edl_40_p(BEGIN), context="Begin"), value(other, key=key, context="End")
    (found,) = judged(begin, end).transactions
    assert {Code.KEY_DIFFERS} == errors(found)


def test_offset_is_not_signed_and_moves_only_the_instant() -> None:
    """Signed is local time; who changes the offset beside it changes what is informative at best."""
    moved = parsed(edl_40_p(replace(BEGIN, offset=120)))
    assert moved.content is not None
    time = moved.content.readings[0].time
    assert time is not None
    assert (BEGIN.encoded, datetime(2026, 1, 15, 8, 0, tzinfo=UTC)) == (moved.signed_bytes, time.at)


def test_plain_time_stamp_has_no_known_offset() -> None:
    """SML means UTC by it, and some meters local time."""
    entries = edl_entries(BEGIN)
    total = sml.entry(
        BEGIN.obis, status=sml.u(8), unit=sml.u(30), scaler=sml.i(-1), time=sml.timestamp(BEGIN.time),
        value=sml.i(BEGIN.value, 5),
    )  # fmt: skip
    record = parsed(response(entries[0], total, *entries[2:]))
    assert BEGIN.encoded == record.signed_bytes
    assert record.content is not None
    time = record.content.readings[0].time
    assert time is not None
    assert TimeStatus.UNKNOWN == time.status


def test_nobody_charged() -> None:
    """A record without a contract id is authentic, and that nobody was identified is told."""
    found = pair(edl_40_p(replace(BEGIN, contract_id=b"")), edl_40_p(replace(END, contract_id=b"")))
    assert found.billable
    assert Code.IDENTIFICATION_NOT_ASSIGNED in warnings(found)


def test_value_that_is_no_measurement() -> None:
    """The signature is judged first, then the content."""
    one = only_value(value(edl_40_p(replace(BEGIN, scaler=100))))
    assert (Status.CONTENT_INVALID, (Code.NUMBER_OUT_OF_RANGE,)) == (one.status, one.problems)
    forged = only_value(value(edl_40_p(replace(BEGIN, scaler=100), signature=bytes(range(48)) + BEGIN.tail)))
    assert Status.SIGNATURE_INVALID == forged.status


def test_raw_keys_and_signatures_are_no_deviation() -> None:
    """X and Y, r and s side by side are what this format prescribes."""
    assert () == only_value(value(edl_40_p(BEGIN))).deviations


def test_key_on_another_curve() -> None:
    """A key of the other size is no key for this record."""
    one = only_value(value(edl_40_p(BEGIN), curve=P256))
    assert (Status.UNTRUSTED_KEY, (Code.KEY_INVALID,)) == (one.status, one.problems)


def test_unsigned_list() -> None:
    """A list without a signature is an unsigned record."""
    raw = sml.usual_file(sml.list_response(BEGIN.server_id, edl_entries(BEGIN)))
    assert (UnsignedPayloadError, Code.SIGNATURE_MISSING) == refused(raw)


@pytest.mark.parametrize("size", [1, 2, 48, 49, 51, 64, 65, 67])
def test_signature_of_another_length(size: int) -> None:
    """Without the log book's index, or of no curve's length."""
    assert (InvalidSignatureError, Code.SIGNATURE_MALFORMED) == refused(edl_40_p(BEGIN, signature=b"\x01" * size))


ENTRIES = edl_entries(replace(BEGIN, historical_value=1, compensated_value=1, resistance=1, stopwatch=1, price=1))


@pytest.mark.parametrize("missing", range(4))
def test_missing_entry(missing: int) -> None:
    """Contract id, total, seconds index and pagination must be there."""
    raw = response(*(entry for place, entry in enumerate(ENTRIES) if place != missing))
    assert (MalformedPayloadError, Code.FIELD_INVALID) == refused(raw)


@pytest.mark.parametrize("twice", range(9))
def test_entry_that_stands_twice(twice: int) -> None:
    """Nobody could say which of the two was signed."""
    assert (MalformedPayloadError, Code.FIELD_INVALID) == refused(response(*ENTRIES, ENTRIES[twice]))


@pytest.mark.parametrize(
    "entry",
    [
        sml.entry(bytes.fromhex("8182815401ff"), time=sml.local(1), value=sml.u(1)),
        sml.entry(bytes.fromhex("8182815401ff"), value=sml.octets(b"A")),
        sml.entry(bytes.fromhex("8182815401ff"), time=sml.seconds_index(1), value=sml.octets(b"A")),
        sml.entry(bytes.fromhex("8182815401ff"), time=sml.local(1, 900), value=sml.octets(b"A")),
        sml.entry(bytes.fromhex("8182815401ff"), time=sml.local(1), value=sml.octets(b"A" * 129)),
        sml.entry(bytes.fromhex("8180817101ff"), value=sml.octets(b"7")),
        sml.entry(bytes.fromhex("8180817101ff")),
        sml.entry(bytes.fromhex("8180817101ff"), value=sml.i(-7)),
        sml.entry(bytes.fromhex("810060080001"), value=sml.u(1)),
        sml.entry(bytes.fromhex("810060080001"), value=sml.listing(sml.u(1), sml.timestamp(1))),
        sml.entry(bytes.fromhex("0100011100ff"), time=sml.local(1), unit=sml.u(30), scaler=sml.i(-1), value=sml.u(1)),
        sml.entry(bytes.fromhex("0100011100ff"), time=sml.local(1), status=sml.u(8), scaler=sml.i(-1), value=sml.u(1)),
        sml.entry(bytes.fromhex("0100011100ff"), time=sml.local(1), status=sml.u(8), unit=sml.u(30), value=sml.u(1)),
        sml.entry(bytes.fromhex("0100011100c8"), unit=sml.u(30), scaler=sml.i(0), value=sml.u(1)),
        sml.entry(bytes.fromhex("010001110064"), unit=sml.u(27), scaler=sml.i(-1), value=sml.u(1)),
        sml.entry(bytes.fromhex("00af6c6c72ff"), value=sml.u(2**16)),
        sml.entry(bytes.fromhex("00af6c6c72ff"), value=sml.boolean(True)),
    ],
)
def test_entry_that_is_not_as_it_must_be(entry: bytes) -> None:
    """An entry in the place of the usual one, of another type, without a field, or beyond the block."""
    name = entry[2:8]
    others = [one for one in ENTRIES if one[2:8] != name]
    assert (MalformedPayloadError, Code.FIELD_INVALID) == refused(response(*others, entry))


def test_list_of_the_other_total_is_not_judged() -> None:
    """No authentic record of that kind is known, so nobody can say what is signed."""
    total = sml.entry(
        bytes.fromhex("0100010800ff"), status=sml.u(8), unit=sml.u(30), scaler=sml.i(-1), time=sml.local(1),
        value=sml.u(1),
    )  # fmt: skip
    one = only_value(value(response(ENTRIES[0], total, *ENTRIES[2:4])))
    assert (Status.UNSUPPORTED, (Code.FORMAT_UNSUPPORTED,)) == (one.status, one.problems)


def test_two_lists_in_one_file() -> None:
    """One record is one list."""
    signed = sml.list_response(BEGIN.server_id, edl_entries(BEGIN), signature=sign(BEGIN.encoded) + BEGIN.tail)
    raw = sml.sml_file(sml.message(sml.LIST, signed), sml.message(sml.LIST, signed))
    assert (MalformedPayloadError, Code.FRAME_INVALID) == refused(raw)
    assert (MalformedPayloadError, Code.FRAME_INVALID) == refused(sml.sml_file())
