"""OCMF content: fields become readings with the digits that were signed; nothing is made up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from meter_sign.codes import Code
from meter_sign.errors import ContentError
from meter_sign.formats import ocmf_tables as tables
from meter_sign.formats.ocmf_content import read_content
from meter_sign.limits import DEFAULT_LIMITS
from meter_sign.model import (
    ChargePoint,
    Identification,
    LossCompensation,
    MeterIdentity,
    Pagination,
    PaginationKind,
    Phase,
    RecordContent,
)
from meter_sign.quantity import Unit
from tests.support.records import payload, reading

USUAL = reading("B", "100.0")


def read(
    *readings: dict[str, Any], version: tuple[int, int] = (1, 0), **fields: Any
) -> tuple[RecordContent, tuple[Code, ...]]:
    """Read the content of a usual record with these readings and fields."""
    return read_content(payload(*readings, **fields), version=version, limits=DEFAULT_LIMITS)


def test_usual_record() -> None:
    """Every field comes out under its own name."""
    content, deviations = read(USUAL, MV="V", MM="M", MF="F", TT="Tarif 1")
    assert () == deviations
    assert MeterIdentity(serial="M1", gateway_serial="G1", vendor="V", model="M", firmware="F") == content.meter
    assert Pagination(kind=PaginationKind.TRANSACTION, number=1) == content.pagination
    expected = Identification(
        assigned=True, level="VERIFIED", type="ISO14443", data="1F2D3A4F5506C7", flags=("RFID_PLAIN",)
    )
    assert expected == content.identification
    assert ("Tarif 1", None) == (content.tariff_text, content.transaction_id)


def test_usual_reading() -> None:
    """A reading keeps its digits, unit, register, reason, status and place."""
    content, _ = read(reading("E", "110.50", "09:00:00", RT="DC", CL=Decimal("0.5")))
    (one,) = content.readings
    assert "110.50" == str(one.value)
    assert (Unit.KWH, "E", "G", "", "DC", Decimal("0.5"), "/RD/0") == (
        one.unit, one.qualifier, one.meter_status, one.error_flags, one.current_type, one.cumulated_loss, one.path,
    )  # fmt: skip
    assert one.register is not None
    assert "1-0:1.8.0" == one.register.text
    assert one.time is not None
    assert "2024-03-01T09:00:00+00:00" == one.time.at.isoformat()


PHASES = {
    "B": Phase.BEGIN, "C": Phase.CHARGING, "S": Phase.CHARGING, "T": Phase.CHARGING, "X": Phase.EXCEPTION,
    "E": Phase.END, "L": Phase.END, "R": Phase.END, "A": Phase.ABNORMAL_END, "P": Phase.ABNORMAL_END,
    "b": Phase.UNKNOWN, "Z": Phase.UNKNOWN, "EE": Phase.UNKNOWN, None: None, "": None,
}  # fmt: skip


@pytest.mark.parametrize("reason", PHASES)
def test_reasons_become_phases(reason: str | None) -> None:
    """Table 7 names ten reasons; every other text is unknown, and a reading without one belongs to no transaction."""
    content, _ = read(reading(reason, "1"))
    assert PHASES[reason] is content.readings[0].phase


@pytest.mark.parametrize(("status", "good"), [("G", True), ("g", False), ("M", False), ("", None), (None, None)])
def test_only_the_letter_g_says_that_the_meter_works(status: str | None, *, good: bool | None) -> None:
    """Table 10 has one good status; a status that is not stated is no bad one."""
    content, _ = read(reading("B", "1", ST=status))
    assert good is content.readings[0].status_good


def test_charge_point_and_cable() -> None:
    """CT, CI, CF and LC come out in words."""
    cable = {"LN": "cable", "LI": Decimal(1), "LR": Decimal(2), "LU": "mOhm"}
    content, deviations = read(USUAL, CT="EVSEID", CI="DE*EWK*E1*1", CF="1.2", LC=cable)
    assert ChargePoint(kind="EVSEID", id="DE*EWK*E1*1", controller_firmware="1.2") == content.charge_point
    expected = LossCompensation(name="cable", number=Decimal(1), resistance=Decimal(2), unit=Unit.MILLIOHM)
    assert (expected, ()) == (content.loss_compensation, deviations)


@pytest.mark.parametrize("cable", [{"LR": Decimal(2)}, {"LU": "mOhm"}, {"LR": Decimal(2), "LU": "kWh"}])
def test_a_cable_without_its_resistance_is_a_deviation(cable: dict[str, Any]) -> None:
    """LR and LU are mandatory in LC (table 24)."""
    assert (Code.FIELD_MISSING,) == read(USUAL, LC=cable)[1]


def test_event_counter_of_old_records() -> None:
    """Below 0.5 EI counts the meter's events, and is taken over like other fields; from 0.5 on it says nothing."""
    readings = (reading("B", "1", EI=Decimal(567)), reading("E", "2"))
    old, _ = read(*readings, version=(0, 4))
    new, _ = read(*readings, version=(0, 5))
    assert [567, 567] == [one.event_counter for one in old.readings]
    assert [None, None] == [one.event_counter for one in new.readings]


def test_a_broken_event_counter_is_no_measurement() -> None:
    """A counter that is no whole number is refused, not rounded."""
    with pytest.raises(ContentError) as caught:
        read(reading("B", "1", EI=Decimal("1.5")), version=(0, 4))
    assert Code.FIELD_INVALID is caught.value.code


@pytest.mark.parametrize("name", tables.INHERITED)
def test_fields_are_inherited_from_the_reading_before(name: str) -> None:
    """What a reading leaves out it has from the one before, through any number of readings."""
    first = reading("B", "1", RT="AC", EF="t")
    whole, _ = read(first, first, first)
    left_out, deviations = read(first, *[{key: part for key, part in first.items() if key != name}] * 2)
    assert () == deviations
    assert [one.path for one in whole.readings] == [one.path for one in left_out.readings]
    assert whole.readings == left_out.readings


@pytest.mark.parametrize(("name", "field"), [("RV", "value"), ("CL", "cumulated_loss")])
def test_measured_numbers_are_not_inherited(name: str, field: str) -> None:
    """A value that is not written was not read: there are no substitute values."""
    first = reading("B", "1", CL=Decimal(2))
    content, _ = read(first, {key: part for key, part in first.items() if key != name})
    assert getattr(content.readings[0], field) is not None
    assert getattr(content.readings[1], field) is None


def test_nothing_is_inherited_backwards() -> None:
    """The first reading has only its own fields."""
    content, deviations = read({"RV": Decimal(1)}, USUAL)
    first = content.readings[0]
    assert (None, None, None, None, None) == (
        first.time, first.qualifier, first.register, first.unit, first.meter_status,
    )  # fmt: skip
    assert Code.FIELD_MISSING in deviations


@pytest.mark.parametrize(
    ("stated", "expected", "codes"),
    [
        ("110.50", "110.50", (Code.NUMBER_AS_STRING,)),
        ("       3.988", "3.988", (Code.NUMBER_AS_STRING,)),
        ("-1", "-1", (Code.NUMBER_AS_STRING,)),
        ("007", "7", (Code.NUMBER_AS_STRING,)),
        ("1.105e2", "110.5", (Code.NUMBER_AS_STRING, Code.NUMBER_WITH_EXPONENT)),
    ],
)
def test_number_in_quotes_is_read_and_named(stated: str, expected: str, codes: tuple[Code, ...]) -> None:
    """Meters that quote their numbers are understood, digits kept."""
    content, deviations = read(reading("B", None, RV=stated))
    assert (expected, codes) == (str(content.readings[0].value), deviations)


@pytest.mark.parametrize(
    "stated", ["", " ", "NaN", "Infinity", "1,5", "0x10", "1_000", "+1", ".5", "1.", "\u0661", "1 000", True, [], {}]
)
def test_number_that_is_none_is_no_measurement(stated: object) -> None:
    """Whatever is not a plain decimal number is refused, not guessed at."""
    with pytest.raises(ContentError) as caught:
        read(reading("B", None) | {"RV": stated})
    assert (Code.FIELD_INVALID, "/RD/0/RV") == (caught.value.code, caught.value.where)


@pytest.mark.parametrize("stated", ["1e99", "1" * 31, "1e-99", "9" * 50])
def test_quoted_number_beyond_the_caps(stated: str) -> None:
    """The caps hold for quoted numbers as well."""
    with pytest.raises(ContentError) as caught:
        read(reading("B", None, RV=stated))
    assert Code.NUMBER_OUT_OF_RANGE is caught.value.code


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("kWh", Unit.KWH), ("Wh", Unit.WH), ("mOhm", Unit.MILLIOHM), ("uOhm", Unit.MICROOHM), ("s", Unit.SECONDS),
        ("sec", Unit.SECONDS), ("kwh", Unit.OTHER), ("MWh", Unit.OTHER), ("kVAh", Unit.OTHER),
    ],
)  # fmt: skip
def test_units(stated: str, expected: Unit) -> None:
    """Only the table's spellings are energy; an unknown unit is never taken for one."""
    content, _ = read(reading("B", "1", RU=stated))
    assert expected is content.readings[0].unit


@pytest.mark.parametrize("name", ["PG", "MS", "IS", "IT"])
def test_missing_mandatory_field_is_a_deviation(name: str) -> None:
    """What the specification demands and real records leave out is named, and nothing else happens."""
    absent: dict[str, Any] = {name: None}
    _, deviations = read(USUAL, **absent)
    assert (Code.FIELD_MISSING,) == deviations


@pytest.mark.parametrize("name", ["TM", "ST", "RU"])
def test_missing_mandatory_field_of_a_reading_is_a_deviation(name: str) -> None:
    """The same for the fields of a reading."""
    _, deviations = read({key: part for key, part in USUAL.items() if key != name})
    assert (Code.FIELD_MISSING,) == deviations


@pytest.mark.parametrize("name", ["GS", "MV", "TT", "ID"])
def test_null_counts_as_absent(name: str) -> None:
    """A descriptive field that is null says nothing, and is named."""
    content, deviations = read_content({**payload(USUAL), name: None}, version=(1, 0), limits=DEFAULT_LIMITS)
    absent, _ = read_content(
        {field: part for field, part in payload(USUAL).items() if field != name}, version=(1, 0), limits=DEFAULT_LIMITS
    )
    assert ((Code.FIELD_SPELLING,), absent) == (deviations, content)


def test_flags_as_one_text_are_read_and_named() -> None:
    """A single flag that is no array is understood."""
    content, deviations = read(USUAL, IF="RFID_PLAIN")
    assert content.identification is not None
    assert (("RFID_PLAIN",), (Code.FIELD_SPELLING,)) == (content.identification.flags, deviations)


def test_fiscal_record_needs_no_user() -> None:
    """A record without a transaction has neither user fields nor a reason for its readings."""
    content, deviations = read(reading(None, "1"), PG="F3", IS=None, IL=None, IF=None, IT=None, ID=None)
    assert ((), None) == (deviations, content.identification)
    assert Pagination(kind=PaginationKind.FISCAL, number=3) == content.pagination


def test_fiscal_record_may_leave_out_the_status_of_a_user() -> None:
    """User fields in a fiscal record are read, and none of them is missed."""
    content, deviations = read(reading(None, "1"), PG="F3", IS=None)
    assert content.identification is not None
    assert ((), None, "VERIFIED") == (deviations, content.identification.assigned, content.identification.level)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("T012", 12), ("T0", 0), ("", None), ("T", None), ("X1", None), ("T-1", None), ("T1.0", None), ("t1", None)],
)
def test_pagination(stated: str, expected: int | None) -> None:
    """A number of another form counts as none, and leading zeros are named."""
    content, deviations = read(USUAL, PG=stated)
    assert expected == (content.pagination.number if content.pagination else None)
    assert (() if stated == "T0" else (Code.FIELD_SPELLING,)) == deviations


def test_pagination_of_endless_digits_is_none() -> None:
    """A number that would take long to convert is not converted."""
    content, _ = read(USUAL, PG="T" + "9" * 5_000)
    assert content.pagination is None


@pytest.mark.parametrize(
    ("stated", "version", "expected", "codes"),
    [
        (False, (1, 0), (False, "VERIFIED"), ()),
        ("true", (1, 0), (True, "VERIFIED"), (Code.FIELD_SPELLING,)),
        ("VERIFIED", (0, 4), (None, "VERIFIED"), ()),
    ],
)
def test_identification_status(
    stated: object, version: tuple[int, int], expected: tuple[bool | None, str], codes: tuple[Code, ...]
) -> None:
    """IS is a boolean; before 0.5 it is the level in words."""
    content, deviations = read(USUAL, version=version, IS=stated)
    assert content.identification is not None
    assert expected == (content.identification.assigned, content.identification.level)
    assert codes == deviations


def test_old_level_stands_in_is() -> None:
    """In 0.4 the level has no field of its own."""
    content, _ = read(USUAL, version=(0, 4), IS="MISMATCH", IL=None)
    assert content.identification is not None
    assert "MISMATCH" == content.identification.level


WRONG_TYPES: dict[str, dict[str, Any]] = {
    "RD missing": {"RD": None},
    "RD no array": {"RD": {"TM": "x"}},
    "RD empty": {"RD": []},
    "reading no object": {"RD": ["B"]},
    "MS a number": {"MS": Decimal(7)},
    "PG a number": {"PG": Decimal(7)},
    "IS a word": {"IS": "VERIFIED"},
    "IS a number": {"IS": Decimal(1)},
    "IL a boolean": {"IL": True},
    "IF an object": {"IF": {}},
    "IF of numbers": {"IF": [Decimal(1)]},
    "ID an array": {"ID": ["x"]},
    "TT a number": {"TT": Decimal(1)},
}


@pytest.mark.parametrize("name", WRONG_TYPES)
def test_field_of_the_wrong_type_is_no_measurement(name: str) -> None:
    """A field of another JSON type than the specification's is not interpreted."""
    with pytest.raises(ContentError) as caught:
        read(USUAL, **WRONG_TYPES[name])
    assert caught.value.code in {Code.FIELD_INVALID, Code.CONTENT_INVALID}


@pytest.mark.parametrize("name", tables.INHERITED)
@pytest.mark.parametrize("stated", [Decimal(1), True, ["x"]])
def test_text_of_a_reading_must_be_text(name: str, stated: object) -> None:
    """A reading's text field of another type is refused with its place."""
    with pytest.raises(ContentError) as caught:
        read(USUAL | {name: stated})
    assert (Code.FIELD_INVALID, f"/RD/0/{name}") == (caught.value.code, caught.value.where)


@pytest.mark.parametrize("stated", ["2024-03-01T25:00:00,000+0100 S", "2024-03-01T08:00:00,000 S", "heute", ""])
def test_impossible_time_is_no_measurement(stated: str) -> None:
    """A time that cannot be is refused with its place."""
    with pytest.raises(ContentError) as caught:
        read(reading("B", "1", TM=stated))
    assert (Code.TIME_INVALID, "/RD/0/TM") == (caught.value.code, caught.value.where)


def test_unknown_register_is_none_and_named() -> None:
    """Text that is no OBIS code is no register, never the usual one."""
    content, deviations = read(reading("B", "1", RI="energy"))
    assert (None, (Code.FIELD_SPELLING,)) == (content.readings[0].register, deviations)
