"""MSCONS: what a message says, and what it claims.

Expectations come from the specification (edifact.md 1.2, 5.2, 5.3, 5.6) and are worked out by hand.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from meter_sign.codes import Code
from meter_sign.errors import ContentError
from meter_sign.formats.edifact.mscons import Claims
from meter_sign.model import MeterIdentity, Phase
from meter_sign.obis import ObisCode
from meter_sign.quantity import Unit
from tests.support.mscons import (
    BEGIN,
    END,
    INTERVALS,
    PLACE,
    PROFILE,
    READINGS,
    REGISTER,
    USUAL_HEADER,
    at,
    claimed,
    file_of,
    of_interval,
    profile,
    read_at,
    refused,
    said,
    said_by,
    utc,
)

# What it says --------------------------------------------------------------------------------------------------------


def test_meter_location_and_session() -> None:
    """RFF+MG is the serial number, LOC+172 the location, RFF+AGK the session; nothing counts or identifies."""
    content = said(*READINGS)
    assert (MeterIdentity(serial="1EMH1", location="DE01"), "S1", None, None, False) == (
        content.meter, content.transaction_id, content.pagination, content.identification, content.counts_records,
    )  # fmt: skip


def test_sender_is_the_first_that_is_named() -> None:
    """NAD+MS, and no other party."""
    header = ("BGM+7+DOC+9", "NAD+MR+9900000000002::293", "NAD+MS+9900000000001::293", "NAD+MS+9900000000003", "UNS+D")
    assert "9900000000001" == said(*READINGS, header=header).sender


def test_message_may_name_no_sender() -> None:
    """Nothing is compared then."""
    assert said(*READINGS, header=("BGM+7+DOC+9", "UNS+D")).sender is None


def test_readings_of_a_register() -> None:
    """Every digit, unit and qualifier of a reading is as signed."""
    readings = said(*READINGS).readings
    wanted = [(utc(9, 0), Decimal("1000.500")), (utc(11, 30), Decimal("1023.750"))]
    assert wanted == [(reading.time.at, reading.value) for reading in readings if reading.time]
    assert {("220", Unit.KWH, ObisCode("1-0:1.8.0"), None)} == {
        (reading.qualifier, reading.unit, reading.register, reading.objection) for reading in readings
    }


def test_path_is_the_offset_of_the_value() -> None:
    """The path of a reading leads to its QTY in the file."""
    data = file_of(READINGS)
    offsets = [int((reading.path or "").removeprefix("byte ")) for reading in said(*READINGS).readings]
    assert [data.index(b"QTY+220:1000"), data.index(b"QTY+220:1023")] == offsets


def test_first_and_last_of_a_register_are_begin_and_end() -> None:
    """Of three readings the middle one was taken on the way, in whatever order they stand."""
    content = said(*PLACE, "LIN+1", REGISTER, *END, *BEGIN, *read_at("1010", "1000"))
    phases = [(reading.phase, reading.value) for reading in content.readings]
    assert [
        (Phase.BEGIN, Decimal("1000.500")),
        (Phase.CHARGING, Decimal(1010)),
        (Phase.END, Decimal("1023.750")),
    ] == phases


def test_lone_reading_is_what_its_session_makes_of_it() -> None:
    """A single reading is begin or end by the order of the session's records."""
    assert [Phase.BY_ORDER] == [reading.phase for reading in said(*PLACE, "LIN+1", REGISTER, *END).readings]


def test_readings_of_two_registers_stand_together() -> None:
    """Readings of several registers are in the order of time, so that time never runs backwards."""
    second = ("LIN+2", "PIA+5+1-0?:2.8.0:SRW", *read_at("0", "0900"), *read_at("0", "1130"))
    readings = said(*READINGS, *second).readings
    assert [(9, "1-0:1.8.0"), (9, "1-0:2.8.0"), (11, "1-0:1.8.0"), (11, "1-0:2.8.0")] == [
        (reading.time.at.hour, str(reading.register)) for reading in readings if reading.time
    ]


def test_intervals_of_a_profile() -> None:
    """Values with begin and end are intervals, sorted by begin; there are no readings."""
    content = said(*PLACE, "LIN+1", PROFILE, *of_interval("2.0", "0915", "0930"), *of_interval("1.5", "0900", "0915"))
    assert () == content.readings
    assert [(utc(9, 0), utc(9, 15), Decimal("1.5"), True), (utc(9, 15), utc(9, 30), Decimal("2.0"), True)] == [
        (interval.starts.at, interval.ends.at, interval.value_kwh, interval.is_import) for interval in content.intervals
    ]


def test_neighbours_share_their_instant() -> None:
    """The end of one interval is the very begin of the next: a month of a hundred meters stays small."""
    first, second = profile(*INTERVALS)
    assert first.ends is second.starts


def test_register_and_profile_of_one_meter() -> None:
    """Both may stand in one message, as long as they agree: 23.250 kWh, whatever span the profile states."""
    content = said(*READINGS, "LIN+2", PROFILE, *of_interval("23.25", "0900", "0915"))
    assert (2, 1) == (len(content.readings), len(content.intervals))


@pytest.mark.parametrize("register", ["1-0?:2.29.0", "1-0?:1.8.0", "1-0?:1.29.1", "1-0?:16.29.0"])
def test_only_the_whole_import_of_a_time_counts(register: str) -> None:
    """An interval of export, of a running register, of one tariff or of a net sum is no delivered energy."""
    (interval,) = said(*PLACE, "LIN+1", f"PIA+5+{register}:SRW", *of_interval("5", "0900", "0915")).intervals
    assert not interval.is_import


def test_channel_and_unused_group_do_not_matter() -> None:
    """Any measuring channel may count import, and group F 255 says nothing."""
    (interval,) = said(*PLACE, "LIN+1", "PIA+5+1-1?:1.29.0*255:SRW", *of_interval("5", "0900", "0915")).intervals
    assert (True, "1-1:1.29.0") == (interval.is_import, str(interval.register))


# Meters and sessions -------------------------------------------------------------------------------------------------


def test_values_of_several_meters_say_whose_they_are() -> None:
    """Each value carries its meter; the message claims the first."""
    other = ("LOC+172+DE02", "LIN+1", PROFILE, *INTERVALS)
    content = said(*READINGS, *other)
    assert ("1EMH1", {"1EMH1"}, {"DE02"}) == (
        content.meter.meter_id,
        {reading.meter_id for reading in content.readings},
        {interval.meter_id for interval in content.intervals},
    )


def test_one_meter_in_two_groups() -> None:
    """A location that is stated again goes on; its values need not say whose they are."""
    content = said(*PLACE, "LIN+1", REGISTER, *BEGIN, *PLACE, "LIN+1", REGISTER, *END)
    assert [(None, Phase.BEGIN), (None, Phase.END)] == [(one.meter_id, one.phase) for one in content.readings]


@pytest.mark.parametrize(
    "segments",
    [
        (*READINGS, "LOC+172+DE02", "RFF+MG:2EMH2"),
        ("NAD+DP", "LOC+172+DE02", "RFF+MG:2EMH2", *READINGS),
        ("NAD+DP", "LOC+237+X", "LIN+1", *READINGS),
        (*READINGS, "LOC+237+X", "LIN+1", REGISTER, *BEGIN),
        (*READINGS, "LOC+172+DE02", "RFF+MG:1EMH1", "LIN+1", REGISTER, *read_at("1", "0800")),
        (*PLACE, "RFF+MG:2EMH2", "LIN+1", REGISTER, *BEGIN),
        (*READINGS, "RFF+MG:2EMH2"),
        ("NAD+DP", "LIN+1", REGISTER, *BEGIN),
        (*PLACE, "NAD+DED", "LIN+1", REGISTER, *BEGIN),
        (*PLACE, *BEGIN),
    ],
)
def test_whose_value_it_is_must_not_be_open(segments: tuple[str, ...]) -> None:
    """A meter without values, values without meter or line, two serials or two locations of one are refused."""
    assert Code.CONTENT_INVALID == refused(*segments)


@pytest.mark.parametrize("session", [("RFF+AGK:S2",), ()])
def test_values_of_several_sessions_say_whose_they_are(session: tuple[str, ...]) -> None:
    """Sessions of one meter are kept apart as meters are, each with its begin and end; the message is of none."""
    content = said(*READINGS, *PLACE, *session, "LIN+1", REGISTER, *END, *read_at("1024", "1200"))
    assert content.transaction_id is None
    assert [("1EMH1", Phase.BEGIN), ("1EMH1", Phase.END)] * 2 == [
        (reading.meter_id, reading.phase) for reading in content.readings
    ]


def test_sessions_of_no_meter() -> None:
    """Where no meter is named, nothing could keep the sessions apart."""
    line = ("LIN+1", REGISTER, *BEGIN)
    assert Code.CONTENT_INVALID == refused("LOC+237+X", "RFF+AGK:S1", *line, "LOC+237+X", "RFF+AGK:S2", *line)


def test_sessions_of_several_meters() -> None:
    """Each meter may have a session of its own; the message then is of none."""
    other = ("LOC+172+DE02", "RFF+AGK:S2", "LIN+1", REGISTER, *BEGIN)
    assert said(*READINGS, *other).transaction_id is None


@pytest.mark.parametrize(
    "line",
    [
        (REGISTER, PROFILE, *BEGIN),
        (REGISTER, *BEGIN, "PIA+5+1-0?:2.8.0:SRW", *END),
        (*BEGIN, REGISTER, *END),
        ("PIA+5+1-0?:1.8.0:SRW+1-0?:2.8.0:SRW", *BEGIN),
    ],
)
def test_a_line_has_one_register(line: tuple[str, ...]) -> None:
    """Two registers in one line leave open which of them a value is of."""
    assert Code.CONTENT_INVALID == refused(*PLACE, "LIN+1", *line)


def test_product_that_is_not_the_register() -> None:
    """PIA with another function than 5 says nothing of the register."""
    (reading,) = said(*PLACE, "LIN+1", REGISTER, "PIA+1+1-0?:2.8.0:SRW", *BEGIN).readings
    assert ObisCode("1-0:1.8.0") == reading.register


def test_repeated_value_is_refused() -> None:
    """In syntax 4 an element can repeat: a second number behind the first would be read by others and not by us."""
    data = file_of((*PLACE, "LIN+1", REGISTER, "QTY+220:1*220:2", f"DTM+9:{at('0900')}"))
    data = data.replace(b"UNA:+.? '", b"UNA:+.?*'").replace(b"UNOC:3", b"UNOC:4")
    with pytest.raises(ContentError) as caught:
        said_by(data)
    assert Code.CONTENT_INVALID == caught.value.code


# What it claims ------------------------------------------------------------------------------------------------------


def test_claims_of_a_usual_message() -> None:
    """The meter's serial number, and when the message was written."""
    assert Claims("1EMH1", "DE01", utc(12, 0)) == claimed(*READINGS)


def test_claim_of_a_location() -> None:
    """Without a serial number the location is the meter's name, as it is in the content."""
    segments = ("NAD+DP", "LOC+172+DE01", "LIN+1", REGISTER, *BEGIN)
    assert ("DE01", "DE01") == (claimed(*segments).meter_id, said(*segments).meter.meter_id)


def test_location_of_an_old_swiss_message() -> None:
    """Where 3225 is empty the number stands in 3224."""
    segments = ("NAD+HN+12X", "LOC+172+::87:CH01", "LIN+1", REGISTER, *BEGIN)
    assert ("CH01", "CH01") == (claimed(*segments).meter_id, said(*segments).meter.meter_id)


def test_claims_are_there_when_the_content_is_bad() -> None:
    """Bad values and a bad date of the message leave the meter readable."""
    header = (USUAL_HEADER[0], "DTM+137:20260115:102", *USUAL_HEADER[2:])
    assert Claims("1EMH1", "DE01", None) == claimed(*PLACE, "LIN+1", REGISTER, "QTY+220:x", header=header)


def test_nothing_is_claimed_by_nothing() -> None:
    """A message that names no place claims no meter."""
    assert Claims(None, None, None) == claimed(header=())


def test_claim_is_of_the_first_place_with_a_line() -> None:
    """The claim is about the meter whose values come first, and so is the content."""
    segments = ("NAD+DP", "LOC+172+DE02", "LIN+1", REGISTER, *BEGIN, *READINGS)
    assert ("DE02", "DE02") == (claimed(*segments).meter_id, said(*segments).meter.meter_id)
