"""Evidence periods of MSCONS: each scenario is drawn as (start, end, activity, kWh, signed at both ends)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from meter_sign.codes import Code
from meter_sign.eichrecht import assemble_transaction
from meter_sign.model import Activity, StateChange
from meter_sign.periods import evidence_periods
from tests.support.mscons_records import at, points, profile, verified_mscons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter_sign.model import Transaction
    from meter_sign.periods import PeriodsOutcome

CHARGING, PARKING = Activity.CHARGING, Activity.PARKING
IMPORT, IMPORT_PROFILE = "1-0:1.8.0", "1-0:1.29.0"
Drawn = list[tuple[str, str, Activity, str, bool]]


def transaction(*series: str) -> Transaction:
    return assemble_transaction((verified_mscons(*series),), transaction_id="S1")


def session(charged: Transaction, start: str, end: str, states: Sequence[tuple[str, Activity]] = ()) -> PeriodsOutcome:
    """The times of readings are believed, so nobody says when they were received."""
    return evidence_periods(
        charged,
        starts_at=at(start),
        ends_at=at(end),
        states=[StateChange(at=at(clock), activity=activity) for clock, activity in states],
        received_at={},
    )


def drawn(outcome: PeriodsOutcome) -> Drawn:
    return [
        (
            f"{period.starts_at:%H:%M:%S}",
            f"{period.ends_at:%H:%M:%S}",
            period.activity,
            str(period.energy_kwh),
            period.signed_at_both_ends,
        )
        for period in outcome.periods
    ]


WHOLE = transaction(points(IMPORT, ("09:00", "1000.500"), ("10:00", "1010.000"), ("11:30", "1023.750")))
TO_THE_SECOND = transaction(points(IMPORT, ("09:00:10", "1000.500"), ("11:30:20", "1023.750")))
QUARTERS = (("09:00", "09:15", "5.000"), ("09:15", "09:30", "0.000"), ("09:30", "09:45", "1.800"))
PROFILE = transaction(profile(IMPORT_PROFILE, *QUARTERS))
BOTH = transaction(points(IMPORT, ("08:55", "100.000"), ("09:50", "106.800")), profile(IMPORT_PROFILE, *QUARTERS))
ROUNDED = transaction(points(IMPORT, ("08:55", "100.000"), ("09:50", "106.801")), profile(IMPORT_PROFILE, *QUARTERS))

LAID_OUT: dict[str, tuple[Transaction, str, str, list[tuple[str, Activity]], Drawn]] = {
    "three readings": (
        WHOLE, "09:00:00", "11:30:00", [],
        [("09:00:00", "10:00:00", CHARGING, "9.500", True), ("10:00:00", "11:30:00", CHARGING, "13.750", True)],
    ),
    "minutes that cut the seconds": (
        WHOLE, "09:00:40", "11:30:59", [],
        [
            ("09:00:40", "10:00:00", CHARGING, "9.500", True),
            ("10:00:00", "11:30:00", CHARGING, "13.750", True),
            ("11:30:00", "11:30:59", CHARGING, "0", False),
        ],
    ),
    "a begin clearly after the start": (
        WHOLE, "08:58:00", "11:30:00", [],
        [
            ("08:58:00", "09:00:00", CHARGING, "0", False),
            ("09:00:00", "10:00:00", CHARGING, "9.500", True),
            ("10:00:00", "11:30:00", CHARGING, "13.750", True),
        ],
    ),
    "a profile within its session": (
        PROFILE, "08:58:00", "09:50:00", [],
        [
            ("08:58:00", "09:00:00", CHARGING, "0", False),
            ("09:00:00", "09:15:00", CHARGING, "5.000", True),
            ("09:15:00", "09:30:00", CHARGING, "0.000", True),
            ("09:30:00", "09:45:00", CHARGING, "1.800", True),
            ("09:45:00", "09:50:00", CHARGING, "0", False),
        ],
    ),
    "a session that cuts its first and last interval": (
        PROFILE, "09:07:00", "09:32:10", [],
        [
            ("09:07:00", "09:15:00", CHARGING, "5.000", False),
            ("09:15:00", "09:30:00", CHARGING, "0.000", True),
            ("09:30:00", "09:32:10", CHARGING, "1.800", False),
        ],
    ),
    "parking begins inside an interval": (
        PROFILE, "09:00:00", "09:45:00", [("09:10:00", PARKING), ("09:30:00", CHARGING)],
        [
            ("09:00:00", "09:10:00", CHARGING, "5.000", False),
            ("09:10:00", "09:15:00", PARKING, "0", False),
            ("09:15:00", "09:30:00", PARKING, "0.000", True),
            ("09:30:00", "09:45:00", CHARGING, "1.800", True),
        ],
    ),
    "registers and a profile that agree": (
        BOTH, "08:55:00", "09:50:00", [],
        [
            ("08:55:00", "09:00:00", CHARGING, "0", False),
            ("09:00:00", "09:15:00", CHARGING, "5.000", True),
            ("09:15:00", "09:30:00", CHARGING, "0.000", True),
            ("09:30:00", "09:45:00", CHARGING, "1.800", True),
            ("09:45:00", "09:50:00", CHARGING, "0", False),
        ],
    ),
    "registers and a profile that misses them by its rounding": (
        ROUNDED, "08:55:00", "09:50:00", [],
        [("08:55:00", "09:50:00", CHARGING, "6.801", True)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("charged", "start", "end", "states", "expected"), LAID_OUT.values(), ids=LAID_OUT.keys())
def test_session_is_laid_out(
    charged: Transaction, start: str, end: str, states: list[tuple[str, Activity]], expected: Drawn
) -> None:
    """The periods are the ones that are drawn, and their energies add up exactly."""
    outcome = session(charged, start, end, states)
    assert expected == drawn(outcome)
    assert sum((period.energy_kwh for period in outcome.periods), Decimal(0)) == charged.energy_kwh


BY_THE_HOUR = transaction(profile(IMPORT_PROFILE, ("09:00", "10:00", "5.000")))
BY_TWO_HOURS = transaction(profile(IMPORT_PROFILE, ("09:00", "11:00", "5.000")))


def test_session_within_an_hour_of_the_profile_bills_that_hour() -> None:
    """The energy of the hour stays whole, and the session has one period."""
    outcome = session(BY_THE_HOUR, "09:59:00", "10:00:00")
    assert [("5.000", 60)] == [(str(one.energy_kwh), (one.ends_at - one.starts_at).seconds) for one in outcome.periods]
    assert [Code.INTERVAL_BEYOND_SESSION] == [found.code for found in outcome.findings]


OUTSIDE: dict[str, tuple[Transaction, str, str]] = {
    "a minute and a second before the start": (WHOLE, "09:01:01", "11:30:00"),
    "a minute and a second after the end": (WHOLE, "09:00:00", "11:28:59"),
    "two seconds after the end": (TO_THE_SECOND, "09:00:10", "11:30:18"),
    "an interval before the session": (PROFILE, "09:15:00", "09:45:00"),
    "an interval after the session": (PROFILE, "09:00:00", "09:30:00"),
    "an interval that ends more than an hour after the session": (BY_TWO_HOURS, "09:00:00", "09:59:59"),
    "an interval that begins more than an hour before the session": (BY_TWO_HOURS, "10:00:01", "11:00:00"),
    "a profile of another day's session": (PROFILE, "13:00:00", "14:00:00"),
}


@pytest.mark.parametrize(("charged", "start", "end"), OUTSIDE.values(), ids=OUTSIDE.keys())
def test_what_lies_outside_the_session_makes_no_periods(charged: Transaction, start: str, end: str) -> None:
    """A reading may lie outside by what its format leaves open: a minute, or a second; an interval not at all."""
    outcome = session(charged, start, end)
    assert ((), {Code.READING_OUTSIDE_SESSION}) == (outcome.periods, {found.code for found in outcome.findings})


@pytest.mark.parametrize(
    ("charged", "start", "end"),
    [(WHOLE, "09:01:00", "11:29:00"), (TO_THE_SECOND, "09:00:11", "11:30:19")],
    ids=["to the minute", "to the second"],
)
def test_readings_may_lie_outside_by_what_their_format_leaves_open(charged: Transaction, start: str, end: str) -> None:
    """60 s where the time is stated to the minute, 1 s where it is stated to the second."""
    outcome = session(charged, start, end)
    assert () == outcome.findings
    assert sum((period.energy_kwh for period in outcome.periods), Decimal(0)) == charged.energy_kwh


def test_state_change_inside_an_interval_is_told() -> None:
    """Nobody measured there."""
    outcome = session(PROFILE, "09:00:00", "09:45:00", [("09:10:00", PARKING)])
    assert [found.code for found in outcome.findings] == [Code.ENERGY_NOT_MEASURED_AT_STATE_CHANGE]
