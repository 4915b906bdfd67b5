"""ISA_EDL_40_P: SML records of Isabellenhuette, begin and newest value together."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from meter_sign.codes import Code
from meter_sign.errors import InvalidSignatureError, MalformedPayloadError, MeterSignError, UnsignedPayloadError
from meter_sign.judgement import Status, TransactionJudgement
from meter_sign.model import PayloadFormat, Phase, Reading
from meter_sign.timestamps import TimeStatus
from tests.support import sml
from tests.support.edl40 import LOCAL_SECONDS, UTC_SECONDS, Isa, isa, sign
from tests.unit.meter_sign.edl40.records import errors, only_transaction, only_value, parse, value, warnings

P256 = "secp256r1"
BEGIN_NAME, UPDATE_NAME = bytes.fromhex("8180816200ff"), bytes.fromhex("8180816201ff")


def in_container(record: Isa) -> str:
    """A value with its key."""
    return value(isa(record), curve=P256)


def transaction(**changes: object) -> TransactionJudgement:
    """The transaction of a record with these changes."""
    return only_transaction(in_container(replace(Isa(), **changes)))  # type: ignore[arg-type]


def readings(raw: bytes) -> tuple[Reading, ...]:
    """The readings of a record."""
    content = parse(raw, PayloadFormat.ISA_EDL_40_P).content
    assert content is not None
    return content.readings


def refused(raw: bytes) -> tuple[type[MeterSignError], Code]:
    """The class and code of the error."""
    with pytest.raises(MeterSignError) as caught:
        parse(raw, PayloadFormat.ISA_EDL_40_P)
    return type(caught.value), caught.value.code


def test_record_of_the_end_is_a_whole_transaction() -> None:
    """It bills alone, with the energy between start and end, and no time."""
    one, found = only_value(in_container(Isa())), only_transaction(in_container(Isa()))
    assert (PayloadFormat.ISA_EDL_40_P, Status.VERIFIED, ()) == (one.payload.format, one.status, one.deviations)
    assert (True, Decimal("1.2345"), {Code.CLOCK_NOT_BILLABLE}) == (
        found.billable,
        found.transaction.energy_kwh,
        warnings(found),
    )


def test_record_is_read() -> None:
    """The block, its signature, and what it says."""
    record = parse(isa(Isa()), PayloadFormat.ISA_EDL_40_P)
    assert ((Isa().encoded, sign(Isa().encoded, P256)),) == record.spans
    assert ("secp256r1", "09014953410000C0FFEE") == (record.curve, record.claimed_meter_id)
    assert record.content is not None
    assert record.content.pagination is not None
    assert 24 == record.content.pagination.number
    assert record.content.identification is not None
    assert "04A1B2C3D4E5F6" == record.content.identification.data


def test_both_readings_are_of_one_register() -> None:
    """The value kept since the begin is the same register's, read earlier."""
    start, newest = readings(isa(Isa()))
    assert ["1-0:1.8.0", "1-0:1.8.0"] == [str(one.register) for one in (start, newest)]
    assert [(Phase.BEGIN, None), (Phase.END, "8180816202FF")] == [(one.phase, one.qualifier) for one in (start, newest)]
    assert [Decimal("1.2345"), Decimal("2.4690")] == [one.value_kwh for one in (start, newest)]
    assert [164, 164] == [one.event_counter for one in (start, newest)]


def test_times_are_true_instants() -> None:
    """The meter sends local time as if it were UTC; the offset stands beside the same instants elsewhere."""
    start, newest = readings(isa(Isa()))
    assert start.time is not None
    assert newest.time is not None
    assert (datetime(2026, 1, 15, 9, 0, tzinfo=UTC), TimeStatus.INFORMATIVE) == (start.time.at, start.time.status)
    assert datetime(2026, 1, 15, 9, 10, tzinfo=UTC) == newest.time.at


@pytest.mark.parametrize(
    "beside",
    [
        sml.local(UTC_SECONDS + 601, 60),
        sml.local(LOCAL_SECONDS + 600, 60),
        sml.timestamp(LOCAL_SECONDS + 600),
        sml.seconds_index(LOCAL_SECONDS + 600),
    ],
)
def test_offset_of_another_instant_is_none(beside: bytes) -> None:
    """Where the two do not tell one instant, the offset is unknown, and the time decides nothing."""
    _, newest = readings(isa(Isa(), sensor_time=beside))
    assert newest.time is not None
    assert (datetime(2026, 1, 15, 10, 10, tzinfo=UTC), TimeStatus.UNKNOWN) == (newest.time.at, newest.time.status)


@pytest.mark.parametrize("name", [BEGIN_NAME, UPDATE_NAME])
def test_records_on_the_way_are_incomplete(name: bytes) -> None:
    """A record of the begin or of an update holds no end."""
    found = transaction(list_name=name)
    assert (False, {Code.TRANSACTION_INCOMPLETE}) == (found.billable, errors(found))


def test_records_of_the_begin_and_of_the_end_are_one_session() -> None:
    """Each record repeats the begin word for word, so the meter's begin and end together bill as the end alone does."""
    begin = replace(Isa(), list_name=BEGIN_NAME, pagination=23, value=Isa().start_value, time=Isa().start_time)
    found = only_transaction(in_container(begin), in_container(Isa()))
    assert (True, Decimal("1.2345")) == (found.billable, found.transaction.energy_kwh)


def test_list_of_another_name_is_not_billed() -> None:
    """A place in the transaction that nobody has defined."""
    found = transaction(list_name=bytes.fromhex("8180816203ff"))
    assert not found.billable
    assert Code.QUALIFIER_UNKNOWN in errors(found)


@pytest.mark.parametrize("field", ["status", "start_status"])
@pytest.mark.parametrize("status", [0x00, 0x08, 0x10, 0x19, 0x98])
def test_only_the_one_status_that_true_records_have_is_good(field: str, status: int) -> None:
    """The bits were never published, so nothing else is billed."""
    found = transaction(**{field: status})
    assert (False, {Code.METER_STATUS_NOT_GOOD}) == (found.billable, errors(found))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"value": 12_344}, Code.ENERGY_DECREASES),
        ({"time": LOCAL_SECONDS - 1}, Code.BEGIN_AFTER_END),
        ({"unit": 27}, Code.UNIT_NOT_ENERGY),
        ({"start_unit": 27}, Code.UNIT_NOT_ENERGY),
    ],
)
def test_end_that_does_not_belong_to_the_start(changes: dict[str, int], code: Code) -> None:
    """The official tool compares nothing here; calibration law does."""
    found = transaction(**changes)
    assert not found.billable
    assert code in errors(found)


def test_different_scalers_are_scaled_each() -> None:
    """Each value has its own power of ten."""
    assert Decimal("11.1105") == transaction(value=12_345, scaler=0).transaction.energy_kwh


@pytest.mark.parametrize("name", sorted({field.name for field in fields(Isa)} - {"offset"}))
def test_every_signed_field_is_signed(name: str) -> None:
    """A record with one other field does not verify with the old signature."""
    old = getattr(Isa(), name)
    new = old[:-1] + bytes((old[-1] ^ 1,)) if isinstance(old, bytes) else old ^ 1
    changed = replace(Isa(), **{name: new})
    assert asdict(changed) != asdict(Isa())
    signature = sign(Isa().encoded, P256) + changed.log_book.to_bytes(2, "big")
    one = only_value(value(isa(changed, signature=signature), curve=P256))
    assert (Status.SIGNATURE_INVALID, (Code.SIGNATURE_MISMATCH,)) == (one.status, one.problems)


@pytest.mark.parametrize("size", [50, 64, 65, 67])
def test_signature_of_another_length(size: int) -> None:
    """66 bytes with the log book's index."""
    assert (InvalidSignatureError, Code.SIGNATURE_MALFORMED) == refused(isa(Isa(), signature=b"\x01" * size))


def test_unsigned_list() -> None:
    """A list without a signature is an unsigned record."""
    raw = sml.usual_file(sml.list_response(Isa().server_id, ()))
    assert (UnsignedPayloadError, Code.SIGNATURE_MISSING) == refused(raw)


@pytest.mark.parametrize(
    "changes",
    [
        {"value_signature": bytes(65)}, {"value_signature": b""}, {"esth": bytes(19)}, {"list_name": bytes(5)},
        {"server_id": bytes(9)}, {"value": -1}, {"start_value": -1}, {"contract_id": bytes(129)}, {"offset": 900},
    ],
)  # fmt: skip
def test_field_that_does_not_fit_is_refused(changes: dict[str, object]) -> None:
    """No field is cut or filled up, but for the contract id."""
    record = replace(Isa(), **changes)  # type: ignore[arg-type]
    signature = bytes(range(1, 67))
    assert (MalformedPayloadError, Code.FIELD_INVALID) == refused(isa(record, signature=signature))


def test_value_that_is_no_measurement() -> None:
    """The signature is judged first, then the content."""
    one = only_value(in_container(replace(Isa(), scaler=100)))
    assert (Status.CONTENT_INVALID, (Code.NUMBER_OUT_OF_RANGE,)) == (one.status, one.problems)
