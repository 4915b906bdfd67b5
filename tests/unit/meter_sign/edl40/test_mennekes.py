"""EDL_40_MENNEKES: begin and end of a transaction as the fields of two signed blocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from meter_sign.codes import Code
from meter_sign.errors import InvalidSignatureError, MalformedPayloadError, MeterSignError, UnsignedPayloadError
from meter_sign.judgement import Status
from meter_sign.model import KeySource, PayloadFormat, Phase
from meter_sign.timestamps import TimeStatus
from tests.support.edl40 import BEGIN, END, LOCAL_SECONDS, measurement, mennekes, point, sign
from tests.unit.meter_sign.edl40.records import billing, errors, judged, only_transaction, only_value, parse, warnings


def refused(raw: bytes) -> tuple[type[MeterSignError], Code]:
    """The class and code of the error."""
    with pytest.raises(MeterSignError) as caught:
        parse(raw, PayloadFormat.EDL_40_MENNEKES)
    return type(caught.value), caught.value.code


def with_start(**fields: str | None) -> bytes:
    """A process whose start has these texts."""
    return mennekes(MeasurementStart=measurement("MeasurementStart", BEGIN, **fields))


def test_process_is_read() -> None:
    """Two blocks, two signatures, begin and end, each with its own number."""
    record = parse(mennekes(), PayloadFormat.EDL_40_MENNEKES)
    assert tuple((block.encoded, sign(block.encoded)) for block in (BEGIN, END)) == record.spans
    assert "0901454D480000C0FFEE" == record.claimed_meter_id
    assert record.content is not None
    told = [(one.phase, one.value_kwh, one.pagination, one.event_counter) for one in record.content.readings]
    assert [(Phase.BEGIN, Decimal("1.2345"), 7, 26), (Phase.END, Decimal("2.4690"), 8, 26)] == told
    assert record.content.identification is not None
    assert "04A1B2C3D4E5F6" == record.content.identification.data


def test_times_are_true_instants() -> None:
    """The time stamps tell their offset; they are informative, and say where they stand."""
    content = parse(mennekes(), PayloadFormat.EDL_40_MENNEKES).content
    assert content is not None
    begin, end = content.readings
    assert begin.time is not None
    assert end.time is not None
    assert (datetime(2026, 1, 15, 9, 0, tzinfo=UTC), TimeStatus.INFORMATIVE) == (begin.time.at, begin.time.status)
    assert datetime(2026, 1, 15, 9, 10, tzinfo=UTC) == end.time.at
    assert ("/MeasurementStart/value", "/MeasurementEnd/value") == (begin.path, end.path)


def test_process_is_billed() -> None:
    """One record is a whole transaction, verified by the key inside it."""
    one, found = only_value(billing(mennekes())), only_transaction(billing(mennekes()))
    assert (Status.VERIFIED, KeySource.EMBEDDED, Decimal("1.2345")) == (one.status, one.key_source, one.energy_kwh)
    assert (True, {Code.CLOCK_NOT_BILLABLE}) == (found.billable, warnings(found))
    assert () == one.deviations


def test_whole_billing_file_holds_one_value_for_each_process() -> None:
    """Customers and addresses around it are not signed and not read."""
    following = replace(BEGIN, pagination=9, value=END.value), replace(END, pagination=10, value=2 * END.value)
    inside = (mennekes() + mennekes(*following)).decode()
    raw = f'<Billing xmlns="http://www.mennekes.de/Mennekes.EdlVerification.xsd"><a><b>{inside}</b></a></Billing>'
    found = judged(raw.encode())
    assert [Status.VERIFIED] * 2 == [one.status for one in found.values]
    assert [True, True] == [one.billable for one in found.transactions]


def test_blanks_around_and_inside_texts_do_not_count() -> None:
    """Real files break their lines anywhere."""
    signature = sign(BEGIN.encoded).hex()
    raw = with_start(Signature=f"\n  {signature[:40]}\n {signature[40:]}\n", Value="\n 12345 ")
    assert Status.VERIFIED == only_value(raw).status


def test_log_book_behind_the_signature_counts() -> None:
    """Where the index stands behind the signature, the event counter beside it says nothing."""
    raw = mennekes(MeasurementStart=measurement("MeasurementStart", BEGIN, tail=True, EventCounter="999"))
    assert Status.VERIFIED == only_value(raw).status


def test_time_of_the_contract_id_may_stand_inside_a_measurement() -> None:
    """There it counts for that measurement."""
    block = replace(BEGIN, contract_time=LOCAL_SECONDS - 60)
    inside = measurement("MeasurementStart", block, TimestampCustomerIdent=block.at(block.contract_time))
    assert Status.VERIFIED == only_value(mennekes(MeasurementStart=inside)).status
    assert (
        Status.SIGNATURE_INVALID == only_value(mennekes(MeasurementStart=measurement("MeasurementStart", block))).status
    )


@pytest.mark.parametrize("name", ["MeasurementStart", "MeasurementEnd"])
def test_both_signatures_must_hold(name: str) -> None:
    """One that holds proves nothing for the other."""
    wrong = {
        "MeasurementStart": measurement("MeasurementStart", BEGIN, Value="12344"),
        "MeasurementEnd": measurement("MeasurementEnd", END, Value="24691"),
    }
    one = only_value(mennekes(**{name: wrong[name]}))
    assert (Status.SIGNATURE_INVALID, (Code.SIGNATURE_MISMATCH,)) == (one.status, one.problems)


def test_one_key_must_have_made_both() -> None:
    """Two meters make no transaction, even if each signature holds under its own key."""
    end = measurement("MeasurementEnd", END, Signature=sign(END.encoded, number=0xED141).hex())
    assert Status.SIGNATURE_INVALID == only_value(mennekes(MeasurementEnd=end)).status


def test_start_and_end_changed_over_are_refused() -> None:
    """Which is which is not signed: the meter's own count tells it."""
    found = only_transaction(mennekes(END, BEGIN))
    assert not found.billable
    assert {Code.PAGINATION_REPEATS, Code.ENERGY_DECREASES} <= errors(found)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pagination": 7}, Code.PAGINATION_REPEATS),
        ({"log_book": 27}, Code.EVENT_COUNTER_DIFFERS),
        ({"value": 12_344}, Code.ENERGY_DECREASES),
        ({"time": LOCAL_SECONDS - 1}, Code.BEGIN_AFTER_END),
        ({"status": 0x09}, Code.METER_STATUS_NOT_GOOD),
    ],
)
def test_end_that_does_not_belong_to_the_start(changes: dict[str, int], code: Code) -> None:
    """Every signed difference that calibration law minds stops billing, and changes no status."""
    raw = mennekes(MeasurementEnd=measurement("MeasurementEnd", replace(END, **changes)))
    found = only_transaction(raw)
    assert Status.VERIFIED == only_value(raw).status
    assert (False, {code}) == (found.billable, errors(found))


def test_gap_in_the_count_is_told() -> None:
    """Readings between start and end are not here; another outlet may share the count."""
    found = only_transaction(mennekes(MeasurementEnd=measurement("MeasurementEnd", replace(END, pagination=10))))
    assert found.billable
    assert Code.PAGINATION_GAP in warnings(found)


def test_same_values_are_no_energy() -> None:
    """Nothing was charged, and nothing is wrong."""
    found = only_transaction(mennekes(MeasurementEnd=measurement("MeasurementEnd", replace(END, value=12_345))))
    assert (True, Decimal("0.0000")) == (found.billable, found.transaction.energy_kwh)


@pytest.mark.parametrize(
    "name", ["Timestamp", "EventCounter", "MeterStatus", "Value", "Scaler", "Pagination", "SecondIndex"]
)
@pytest.mark.parametrize("text", [None, "", "x", "1.5", "1" * 21, "<b/>"])
def test_field_that_is_missing_or_no_number(name: str, text: str | None) -> None:
    """Nothing is taken for zero."""
    assert (MalformedPayloadError, Code.FIELD_INVALID) == refused(with_start(**{name: text}))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Value", "-1"),
        ("Value", str(2**64)),
        ("Scaler", "128"),
        ("Pagination", str(2**32)),
        ("SecondIndex", "-1"),
        ("EventCounter", "65536"),
        ("Timestamp", "2026-01-15T10:00:00"),
        ("Timestamp", "2026-01-15T10:00:00.5+01:00"),
        ("Timestamp", "2026-13-15T10:00:00+01:00"),
        ("Timestamp", "2026-01-15T24:00:00+01:00"),
        ("Timestamp", "2026-01-15T10:00:00+23:00"),
        ("Timestamp", "2026-01-15T10:00:00+24:00"),
        ("Timestamp", "1969-12-31T23:59:59+00:00"),
        ("Timestamp", "2206-01-15T10:00:00+01:00"),
    ],
)
def test_field_beyond_its_range(name: str, text: str) -> None:
    """No field is cut to its place in the block."""
    assert (MalformedPayloadError, Code.FIELD_INVALID) == refused(with_start(**{name: text}))


@pytest.mark.parametrize("text", ["", "x", "00", "00" * 47, "00" * 49, "00" * 51, "00" * 64])
def test_signature_that_is_none(text: str) -> None:
    """48 bytes in hex, or 50 with the log book's index."""
    assert (InvalidSignatureError, Code.SIGNATURE_MALFORMED) == refused(with_start(Signature=text))


def test_measurement_without_a_signature() -> None:
    """One unsigned measurement makes an unsigned record."""
    assert (UnsignedPayloadError, Code.SIGNATURE_MISSING) == refused(with_start(Signature=None))


@pytest.mark.parametrize(
    "raw",
    [
        mennekes(MeasurementStart=""),
        mennekes(MeasurementEnd=""),
        mennekes(MeasurementStart=measurement("MeasurementStart", BEGIN) * 2),
        mennekes(ServerId=""),
        mennekes(ServerId="0901"),
        mennekes(ServerId="x"),
        mennekes(CustomerIdent="x"),
        mennekes(CustomerIdent="00" * 129),
        mennekes(TimestampCustomerIdent=""),
        mennekes(PublicKey="<b/>"),
    ],
)
def test_process_that_is_not_as_it_must_be(raw: bytes) -> None:
    """Server id, user and two measurements stand there once, in hex."""
    assert (MalformedPayloadError, Code.FIELD_INVALID) == refused(raw)


def test_nobody_charged() -> None:
    """An empty contract id is authentic, and that nobody was identified is told."""
    nobody = [replace(block, contract_id=b"") for block in (BEGIN, END)]
    found = only_transaction(mennekes(*nobody))
    assert found.billable
    assert Code.IDENTIFICATION_NOT_ASSIGNED in warnings(found)


def test_other_key_inside_does_not_verify() -> None:
    """The key inside is only a key."""
    raw = mennekes(PublicKey=point("secp192r1", 0xED141).hex())
    assert Status.SIGNATURE_INVALID == only_value(raw).status


def test_text_cut_by_a_comment_is_refused() -> None:
    """What two readers could read as two numbers is no number."""
    assert (MalformedPayloadError, Code.FIELD_INVALID) == refused(with_start(Value="1<!-- -->2345"))
