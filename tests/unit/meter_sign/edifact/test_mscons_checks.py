"""MSCONS: what makes a message no measurement.

Expectations come from the specification (edifact.md 1.2, 5.2, 5.3, 5.6) and are worked out by hand.
"""

from __future__ import annotations

import pytest

from meter_sign.codes import Code
from tests.support.mscons import (
    BEGIN,
    END,
    INTERVALS,
    PLACE,
    PROFILE,
    READINGS,
    REGISTER,
    SESSION,
    USUAL_HEADER,
    of_interval,
    read_at,
    refused,
    said,
)

# What makes it no measurement ----------------------------------------------------------------------------------------


def test_cancellation_by_its_function() -> None:
    """BGM 1225 = 1 takes another message back."""
    assert Code.CANCELLATION == refused(*READINGS, header=("BGM+7+DOC+1", *USUAL_HEADER[1:]))


def test_cancellation_by_its_check_number() -> None:
    """RFF+Z13:13006 takes another message back, whatever BGM says."""
    header = (*USUAL_HEADER[:2], "RFF+Z13:13006", *USUAL_HEADER[3:])
    assert Code.CANCELLATION == refused(*READINGS, header=header)


@pytest.mark.parametrize("header", [("BGM+7+DOC+5", *USUAL_HEADER[1:]), ("BGM+7+DOC", *USUAL_HEADER[1:]),
                                    USUAL_HEADER[1:], USUAL_HEADER[:-1]])  # fmt: skip
def test_only_an_original_counts(header: tuple[str, ...]) -> None:
    """A message of another function, of none, without BGM, or without the section of values is no measurement."""
    assert Code.CONTENT_INVALID == refused(*READINGS, header=header)


@pytest.mark.parametrize(
    "segments",
    [(), PLACE, (*PLACE, "LIN+1", REGISTER), (*PLACE, "LIN+1", "PIA+5+1-0?:3.29.0:SRW", *INTERVALS)],
)
def test_nothing_measured(segments: tuple[str, ...]) -> None:
    """No place, no line, no value, or nothing that is energy: an empty message proves nothing."""
    assert Code.CONTENT_INVALID == refused(*segments)


@pytest.mark.parametrize(
    "segments",
    [
        (*READINGS, "LIN+1", PROFILE, *INTERVALS),
        (*READINGS, "LIN+2", REGISTER, *END),
        (*READINGS, *END),
        (*READINGS, *PLACE, SESSION, "LIN+1", REGISTER, *END),
    ],
)
def test_the_same_value_twice(segments: tuple[str, ...]) -> None:
    """A line number that repeats in its location, or a second reading of one register at one instant."""
    assert Code.DUPLICATE_LIN == refused(*segments)


def test_line_numbers_begin_again_with_each_location() -> None:
    """Two locations may each have a line 1."""
    assert 3 == len(said(*READINGS, "LOC+172+DE02", "LIN+1", REGISTER, *BEGIN).readings)


@pytest.mark.parametrize(
    ("begins", "ends", "code"),
    [("0930", "0945", Code.INTERVAL_GAP), ("0910", "0925", Code.INTERVAL_OVERLAP),
     ("0900", "0915", Code.INTERVAL_OVERLAP), ("0900", "0930", Code.INTERVAL_OVERLAP)],
)  # fmt: skip
def test_intervals_follow_each_other(begins: str, ends: str, code: Code) -> None:
    """A gap, an overlap, and two intervals of the same begin are refused."""
    second = of_interval("1", begins, ends)
    assert code == refused(*PLACE, "LIN+1", PROFILE, *of_interval("1", "0900", "0915"), *second)


def test_profiles_of_two_registers_do_not_overlap() -> None:
    """Import and export of the same time are two profiles."""
    other = ("LIN+2", "PIA+5+1-0?:2.29.0:SRW", *INTERVALS)
    assert 4 == len(said(*PLACE, "LIN+1", PROFILE, *INTERVALS, *other).intervals)


@pytest.mark.parametrize("register", ["1-0?:1.29.0", "1-0?:2.29.0"])
def test_negative_interval(register: str) -> None:
    """Neither import nor export of a stretch of time is below zero."""
    line = ("LIN+1", f"PIA+5+{register}:SRW", *of_interval("-0.001", "0900", "0915"))
    assert Code.ENERGY_NEGATIVE == refused(*PLACE, *line)


@pytest.mark.parametrize("register", ["1-0?:1.8.0", "1-0?:1.8.1", "1-0?:2.8.0"])
def test_register_that_runs_backwards(register: str) -> None:
    """A register ends at or above its begin, also on the way; units are compared, not digits."""
    values = (*read_at("1000", "0900"), *read_at("999.9", "1000"), *read_at("1.1:MWH", "1100"))
    assert Code.ENERGY_NEGATIVE == refused(*PLACE, "LIN+1", f"PIA+5+{register}:SRW", *values)


def test_energies_stated_as_points_may_fall() -> None:
    """Two values of D = 29 with one time each are energies, not a register that runs backwards; and never billed."""
    content = said(*PLACE, "LIN+1", PROFILE, *read_at("5", "0900"), *read_at("4", "0915"))
    assert {"other"} == {str(one.register.kind) for one in content.readings if one.register}


@pytest.mark.parametrize(("second", "agrees"), [("3.251", True), ("3.252", True), ("3.253", False), ("3.247", False)])
def test_register_and_profile_agree_within_rounding(second: str, *, agrees: bool) -> None:
    """23.250 kWh against 20 + x of two intervals: 0.001 kWh of each may be rounding, so 0.002 is the leeway."""
    values = (*of_interval("20", "0900", "0915"), *of_interval(second, "0915", "0930"))
    segments = (*READINGS, "LIN+2", PROFILE, *values)
    if agrees:
        assert 2 == len(said(*segments).intervals)
    else:
        assert Code.REGISTER_PROFILE_MISMATCH == refused(*segments)


@pytest.mark.parametrize(
    "other",
    [
        ("LIN+2", "PIA+5+1-0?:2.29.0:SRW", *INTERVALS),
        ("LOC+172+DE02", "LIN+1", PROFILE, *INTERVALS),
        (*PLACE, "RFF+AGK:S2", "LIN+1", PROFILE, *INTERVALS),
    ],
)
def test_export_other_meters_and_other_sessions_are_not_compared(other: tuple[str, ...]) -> None:
    """A register is compared with the import profile of its own meter in its own session only."""
    assert 2 == len(said(*READINGS, *other).intervals)


def test_lone_reading_is_not_compared() -> None:
    """A single reading counts no energy that a profile could contradict."""
    content = said(*PLACE, "LIN+1", REGISTER, *END, "LIN+2", PROFILE, *INTERVALS)
    assert (1, 2) == (len(content.readings), len(content.intervals))
