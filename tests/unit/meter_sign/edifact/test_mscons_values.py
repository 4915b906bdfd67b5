"""MSCONS: times, numbers, units and qualifiers of single values.

Expectations come from the specification (edifact.md 1.2, 5.2, 5.3, 5.6) and are worked out by hand.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from meter_sign.codes import Code
from meter_sign.quantity import Unit
from tests.support.mscons import (
    INTERVALS,
    PLACE,
    PROFILE,
    REGISTER,
    at,
    of_interval,
    profile,
    read_at,
    refused,
    said,
    utc,
)

if TYPE_CHECKING:
    from datetime import datetime

# Times ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "instant", "resolution"),
    [
        ("202601151000?+01:303", utc(9, 0), 60),
        ("202601150330-0530:303", utc(9, 0), 60),
        ("20260115090059?+00:304", utc(9, 0, 59), 1),
    ],
)
def test_instants_with_their_zone(stated: str, instant: datetime, resolution: int) -> None:
    """Format 303 states a minute and 304 a second, each with its offset from UTC; the clock has no status."""
    (reading,) = said(*PLACE, "LIN+1", REGISTER, "QTY+220:1", f"DTM+9:{stated}").readings
    assert reading.time is not None
    assert (instant, None, timedelta(seconds=resolution)) == (
        reading.time.at, reading.time.status, reading.time.resolution,
    )  # fmt: skip


@pytest.mark.parametrize(
    "stated",
    [
        "202601150900:203", "20260115:102", "202601:610", "202601150900:303", "202613150900?+00:303", "20260115:303",
        "202601152400?+00:303", "202601150900?+15:303", "202601150900?+0060:303", "202601150900UTC:303",
        "000101010000?+14:303", "202601150900?+00", "", "20260115090060?+00:304",
        "\u00b2\u00b2\u00b2\u00b201150900?+00:303",
    ],
)  # fmt: skip
def test_what_is_no_instant(stated: str) -> None:
    """Local times, dates, months and impossible instants are refused."""
    assert Code.DATE_FORMAT == refused(*PLACE, "LIN+1", REGISTER, "QTY+220:1", f"DTM+9:{stated}")


def test_time_of_reading_outranks_time_of_effect() -> None:
    """What the meter showed it showed when it was read (9), not from when on it is let count (7)."""
    times = f"DTM+7:{at('1000')}", f"DTM+9:{at('0900')}"
    (reading,) = said(*PLACE, "LIN+1", REGISTER, "QTY+220:1", *times).readings
    assert reading.time is not None
    assert utc(9, 0) == reading.time.at


def test_time_of_effect_alone_is_one() -> None:
    """Where no reading time is stated, the value is of the time for which it counts."""
    (reading,) = said(*PLACE, "LIN+1", REGISTER, "QTY+220:1", f"DTM+7:{at('1000')}").readings
    assert reading.time is not None
    assert utc(10, 0) == reading.time.at


@pytest.mark.parametrize(
    "times",
    [
        (),
        (f"DTM+163:{at('0900')}",),
        (f"DTM+164:{at('0900')}",),
        (f"DTM+163:{at('0900')}", f"DTM+164:{at('0900')}"),
        (f"DTM+163:{at('0915')}", f"DTM+164:{at('0900')}"),
        (f"DTM+9:{at('0900')}", f"DTM+9:{at('1000')}"),
    ],
)
def test_value_without_its_time(times: tuple[str, ...]) -> None:
    """No time, half an interval, an empty or reversed one, and two times of one kind are refused."""
    assert Code.DATE_FORMAT == refused(*PLACE, "LIN+1", REGISTER, "QTY+220:1", *times)


def test_reporting_period_is_no_time_of_a_value() -> None:
    """Begin and end behind the location are of the report: a value without its own time stays without."""
    period = f"DTM+163:{at('0900')}", f"DTM+164:{at('1000')}"
    assert Code.DATE_FORMAT == refused("NAD+DP", "LOC+172+DE01", *period, "RFF+MG:1", "LIN+1", PROFILE, "QTY+220:1")


def test_steps_of_an_old_profile() -> None:
    """In 99A a line states its begin and its step, and its values follow each other."""
    line = ("LIN+1", PROFILE, f"DTM+163:{at('0900')}", "DTM+672:15:806")
    intervals = said(*PLACE, *line, "QTY+220:1.5", "QTY+220:2.0").intervals
    assert [(utc(9, 0), utc(9, 15)), (utc(9, 15), utc(9, 30))] == [(one.starts.at, one.ends.at) for one in intervals]


@pytest.mark.parametrize("step", ["0:806", "15:805", "-15:806", ":806", "99999:806"])
def test_step_that_is_none(step: str) -> None:
    """A step is a number of minutes above zero."""
    line = ("LIN+1", PROFILE, f"DTM+163:{at('0900')}", f"DTM+672:{step}")
    assert Code.DATE_FORMAT == refused(*PLACE, *line, "QTY+220:1.5")


#: The location of an old profile, with its time and its step, and the line of its values.
OLD_PLACE = ("NAD+DP", "LOC+172+DE01", f"DTM+163:{at('0900')}", f"DTM+164:{at('0930')}", "DTM+672:15:806")
OLD_LINE = ("LIN+1", PROFILE)


def test_steps_of_a_location() -> None:
    """In 99A no time may stand behind LIN: begin and step are the location's, and each line begins with them anew."""
    export = "PIA+5+1-0?:2.29.0:SRW"
    values = ("QTY+220:1.5", "QTY+220:2.0")
    intervals = said(*OLD_PLACE, *OLD_LINE, *values, "LIN+2", export, *values).intervals
    wanted = [(utc(9, 0), utc(9, 15)), (utc(9, 15), utc(9, 30))]
    assert wanted * 2 == [(one.starts.at, one.ends.at) for one in intervals]


@pytest.mark.parametrize(("count", "code"), [(1, Code.INTERVAL_GAP), (3, Code.INTERVAL_OVERLAP)])
def test_steps_fill_the_time_of_their_location(count: int, code: Code) -> None:
    """With a value too few or too many nobody knows which one is missing, or of when the others are."""
    assert code == refused(*OLD_PLACE, *OLD_LINE, *["QTY+220:1.5"] * count)


def test_time_of_a_location_that_no_value_needs() -> None:
    """It may be of a day, or without zone: values with times of their own do not care."""
    place = ("NAD+DP", "LOC+172+DE01", "DTM+163:202601150900:203", "DTM+164:20260116:102", "DTM+672:15:806")
    assert 2 == len(said(*place, *OLD_LINE, *INTERVALS).intervals)


def test_steps_from_a_time_without_zone() -> None:
    """Where the location's time is needed it has to be an instant, as every other."""
    place = ("NAD+DP", "LOC+172+DE01", "DTM+163:202601150900:203", "DTM+672:15:806")
    assert Code.DATE_FORMAT == refused(*place, *OLD_LINE, "QTY+220:1.5")


def test_steps_end_with_the_calendar() -> None:
    """A step that leads out of the calendar is refused like any other impossible time."""
    line = ("LIN+1", PROFILE, "DTM+163:999912312350?+00:303", "DTM+672:15:806")
    assert Code.DATE_FORMAT == refused(*PLACE, *line, "QTY+220:1.5")


# Numbers and units ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stated", "value"), [("1000,500", "1000.500"), ("0", "0"), ("007.10", "7.10")])
def test_numbers_with_either_mark(stated: str, value: str) -> None:
    """Comma and point both mark decimals, whatever UNA says; every digit stays."""
    (reading,) = said(*PLACE, "LIN+1", REGISTER, *read_at(stated, "0900")).readings
    assert value.lstrip("0") == str(reading.value).lstrip("0")


@pytest.mark.parametrize(
    "stated",
    ["", "1.000,5", "1.", ".5", "1e3", "?+1", "--1", " 1", "NaN", "1" * 17, "0." + "1" * 13, "\u00b9", "0" * 41],
)
def test_what_is_no_number(stated: str) -> None:
    """Exponents, thousands marks, blanks, other digits and endless ones are refused."""
    assert Code.NUMBER_FORMAT == refused(*PLACE, "LIN+1", REGISTER, *read_at(stated, "0900"))


@pytest.mark.parametrize(
    ("stated", "unit", "kwh"), [("KWH", Unit.KWH, "1.5"), ("WHR", Unit.WH, "0.0015"), ("MWH", Unit.MWH, "1500")]
)
def test_units_of_energy(stated: str, unit: Unit, kwh: str) -> None:
    """A stated unit is converted exactly."""
    (reading,) = said(*PLACE, "LIN+1", REGISTER, *read_at(f"1.5:{stated}", "0900")).readings
    assert (unit, Decimal(kwh)) == (reading.unit, reading.value_kwh)


@pytest.mark.parametrize("stated", ["KWT", "D54", "MTS", "kWh"])
def test_units_of_anything_else(stated: str) -> None:
    """Power and whatever else is stated is no energy."""
    assert Code.UNIT == refused(*PLACE, "LIN+1", REGISTER, *read_at(f"1.5:{stated}", "0900"))


@pytest.mark.parametrize("product", ["1-0?:3.8.0:SRW", "1-0?:1.6.0:SRW", "7-0?:1.8.0:SRW", "AUA:Z08"])
def test_no_unit_and_no_active_energy(product: str) -> None:
    """Only a register of active energy implies kWh: others are readings without energy."""
    (reading,) = said(*PLACE, "LIN+1", f"PIA+5+{product}", *read_at("1.5", "0900")).readings
    assert (Unit.OTHER, None) == (reading.unit, reading.value_kwh)


def test_profile_of_reactive_energy_is_left_out() -> None:
    """A profile that is no active energy is passed over beside one that is."""
    reactive = ("LIN+2", "PIA+5+1-0?:3.29.0:SRW", *INTERVALS)
    assert 2 == len(said(*PLACE, "LIN+1", PROFILE, *INTERVALS, *reactive).intervals)


# Qualifiers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("qualifier", "objection"),
    [("220", None), ("67", Code.SUBSTITUTE_VALUE), ("Z18", Code.NOT_TRUE_VALUE), ("79", Code.NOT_TRUE_VALUE),
     ("", Code.NOT_TRUE_VALUE), ("X", Code.NOT_TRUE_VALUE)],
)  # fmt: skip
def test_what_the_message_says_against_a_value(qualifier: str, objection: Code | None) -> None:
    """Only 220 is a measured value; 67 is a substitute, and all others, unknown ones included, are not true values."""
    (reading,) = said(*PLACE, "LIN+1", REGISTER, f"QTY+{qualifier}:1", f"DTM+9:{at('0900')}").readings
    assert (qualifier, objection) == (reading.qualifier, reading.objection)


def test_measured_value_with_a_reason() -> None:
    """A reason behind a measured value is told, and only of that value."""
    first, second = profile(*of_interval("1", "0900", "0915"), "STS+Z33++ZB0", *of_interval("2", "0915", "0930"))
    assert (Code.VALUE_REASON, None) == (first.objection, second.objection)


def test_substitute_with_a_reason_is_a_substitute() -> None:
    """The reason of a substitute value does not hide that it is one."""
    value = "QTY+67:1", f"DTM+163:{at('0900')}", f"DTM+164:{at('0915')}", "STS+Z40++Z74"
    assert [Code.SUBSTITUTE_VALUE] == [interval.objection for interval in profile(*value)]
