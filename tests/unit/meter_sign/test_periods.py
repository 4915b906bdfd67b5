"""Evidence periods: each scenario is drawn as (start, end, activity, kWh, signed at both ends)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.codes import Code, Severity
from meter_sign.eichrecht import assemble_transaction
from meter_sign.errors import EvidenceMismatchError
from meter_sign.model import Activity, StateChange
from meter_sign.periods import CLOCK_TOLERANCE, evidence_periods
from tests.support.records import DAY, reading, verified

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from meter_sign.model import Transaction, VerifiedRecord
    from meter_sign.periods import PeriodsOutcome

CHARGING, PARKING = Activity.CHARGING, Activity.PARKING
Drawn = list[tuple[str, str, Activity, str, bool]]


def at(clock: str) -> datetime:
    """A time of the day on which everything happens."""
    return datetime.fromisoformat(f"{DAY}T{clock}").replace(tzinfo=UTC)


def transaction(*records: VerifiedRecord) -> Transaction:
    return assemble_transaction(records, transaction_id="17")


def session(
    charged: Transaction,
    start: str,
    end: str,
    states: Sequence[tuple[str, Activity]] = (),
    received_at: Mapping[str, datetime] | None = None,
) -> PeriodsOutcome:
    return evidence_periods(
        charged,
        starts_at=at(start),
        ends_at=at(end),
        states=[StateChange(at=at(clock), activity=activity) for clock, activity in states],
        received_at=received_at or {},
    )


def drawn(outcome: PeriodsOutcome) -> Drawn:
    return [
        (
            f"{period.starts_at:%H:%M:%S}",
            f"{period.ends_at:%H:%M:%S}",
            period.activity,
            f"{period.energy_kwh.normalize():f}",
            period.signed_at_both_ends,
        )
        for period in outcome.periods
    ]


B = reading("B", "100.0", "08:00:00")
C = reading("C", "104.0", "08:30:00")
E = reading("E", "110.5", "09:00:00")
WHOLE = transaction(verified(B, E))
WITH_INTERMEDIATE = transaction(verified(B, C, E))

LAID_OUT: dict[str, tuple[Transaction, str, str, list[tuple[str, Activity]], Drawn]] = {
    "nothing but begin and end": (
        WHOLE, "08:00:00", "09:00:00", [],
        [("08:00:00", "09:00:00", CHARGING, "10.5", True)],
    ),
    "signed intermediate": (
        WITH_INTERMEDIATE, "08:00:00", "09:00:00", [],
        [("08:00:00", "08:30:00", CHARGING, "4", True), ("08:30:00", "09:00:00", CHARGING, "6.5", True)],
    ),
    "state change at a signed intermediate": (
        WITH_INTERMEDIATE, "08:00:00", "09:00:00", [("08:30:00", PARKING)],
        [("08:00:00", "08:30:00", CHARGING, "4", True), ("08:30:00", "09:00:00", PARKING, "6.5", True)],
    ),
    "parking tail after the signed end": (
        WHOLE, "08:00:00", "10:00:00", [("09:00:00", PARKING)],
        [("08:00:00", "09:00:00", CHARGING, "10.5", True), ("09:00:00", "10:00:00", PARKING, "0", False)],
    ),
    "tail without a state": (
        WHOLE, "08:00:00", "10:00:00", [],
        [("08:00:00", "09:00:00", CHARGING, "10.5", True), ("09:00:00", "10:00:00", CHARGING, "0", False)],
    ),
    "parking begins between two readings": (
        WHOLE, "08:00:00", "09:00:00", [("08:40:00", PARKING)],
        [("08:00:00", "08:40:00", CHARGING, "10.5", False), ("08:40:00", "09:00:00", PARKING, "0", False)],
    ),
    "charging, parking, charging between two readings": (
        WHOLE, "08:00:00", "09:00:00", [("08:20:00", PARKING), ("08:40:00", CHARGING)],
        [
            ("08:00:00", "08:20:00", CHARGING, "0", False),
            ("08:20:00", "08:40:00", PARKING, "0", False),
            ("08:40:00", "09:00:00", CHARGING, "10.5", False),
        ],
    ),
    "parking from the start": (
        WHOLE, "08:00:00", "09:00:00", [("08:00:00", PARKING)],
        [("08:00:00", "09:00:00", PARKING, "10.5", True)],
    ),
    "state reported before the start": (
        WHOLE, "08:00:00", "09:00:00", [("07:00:00", CHARGING), ("07:59:00", PARKING)],
        [("08:00:00", "09:00:00", PARKING, "10.5", True)],
    ),
    "state reported at and after the end": (
        WHOLE, "08:00:00", "09:00:00", [("09:00:00", PARKING), ("09:30:00", PARKING)],
        [("08:00:00", "09:00:00", CHARGING, "10.5", True)],
    ),
    "the same state again": (
        WHOLE, "08:00:00", "09:00:00", [("08:10:00", CHARGING), ("08:20:00", CHARGING)],
        [("08:00:00", "09:00:00", CHARGING, "10.5", True)],
    ),
    "two states at one instant": (
        WHOLE, "08:00:00", "09:00:00", [("08:10:00", CHARGING), ("08:10:00", PARKING)],
        [("08:00:00", "09:00:00", CHARGING, "10.5", True)],
    ),
    "begin some minutes after the start": (
        WHOLE, "07:57:00", "09:00:00", [],
        [("07:57:00", "09:00:00", CHARGING, "10.5", True)],
    ),
    "begin at the very edge of the tolerance after the start": (
        WHOLE,
        "07:55:00",
        "09:00:00",
        [],
        [("07:55:00", "09:00:00", CHARGING, "10.5", True)],
    ),
    "begin long after the start": (
        WHOLE, "07:00:00", "09:00:00", [],
        [("07:00:00", "08:00:00", CHARGING, "0", False), ("08:00:00", "09:00:00", CHARGING, "10.5", True)],
    ),
    "begin and end a little outside": (
        WHOLE, "08:03:00", "08:56:00", [],
        [("08:03:00", "08:56:00", CHARGING, "10.5", True)],
    ),
    "begin and end at the very edge of the tolerance": (
        WHOLE, "08:05:00", "08:55:00", [],
        [("08:05:00", "08:55:00", CHARGING, "10.5", True)],
    ),
    "intermediate at the instant of the begin": (
        transaction(verified(B, C | {"TM": B["TM"]}, E)), "08:00:00", "09:00:00", [],
        [("08:00:00", "09:00:00", CHARGING, "10.5", True)],
    ),
    "intermediate at the instant of the end": (
        transaction(verified(B, C | {"TM": E["TM"]}, E)), "08:00:00", "09:00:00", [],
        [("08:00:00", "09:00:00", CHARGING, "10.5", True)],
    ),
    "record between that holds another register only": (
        transaction(verified(B, PG="T1"), verified(C | {"RI": "1-0:2.8.0"}, PG="T2"), verified(E, PG="T3")),
        "08:00:00", "09:00:00", [],
        [("08:00:00", "09:00:00", CHARGING, "10.5", True)],
    ),
    "two intermediates at one instant": (
        transaction(verified(B, C, C | {"RV": 105}, E)), "08:00:00", "09:00:00", [],
        [("08:00:00", "08:30:00", CHARGING, "5", True), ("08:30:00", "09:00:00", CHARGING, "5.5", True)],
    ),
    "begin and end at one instant, with energy": (
        transaction(verified(B, E | {"TM": B["TM"]})), "08:00:00", "09:00:00", [],
        [("08:00:00", "09:00:00", CHARGING, "10.5", False)],
    ),
    "session shorter than the tolerance, begin and end before it": (
        transaction(verified(B, E | {"TM": B["TM"]})), "08:01:00", "08:02:00", [],
        [("08:01:00", "08:02:00", CHARGING, "10.5", False)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("charged", "start", "end", "states", "expected"), LAID_OUT.values(), ids=LAID_OUT.keys())
def test_session_is_laid_out(
    charged: Transaction, start: str, end: str, states: list[tuple[str, Activity]], expected: Drawn
) -> None:
    """Readings and states cut the session; each signed difference stays whole where it was measured."""
    assert expected == drawn(session(charged, start, end, states))


# Findings ------------------------------------------------------------------------------------------------------------


def test_energy_that_nobody_measured_at_a_state_change_is_told() -> None:
    """One warning for each difference that a state change cuts."""
    outcome = session(WITH_INTERMEDIATE, "08:00:00", "09:00:00", [("08:10:00", PARKING), ("08:40:00", CHARGING)])
    expected = [(Code.ENERGY_NOT_MEASURED_AT_STATE_CHANGE, Severity.WARNING)] * 2
    assert expected == [(finding.code, finding.severity) for finding in outcome.findings]


def test_state_change_inside_zero_energy_is_not_told() -> None:
    """Where no energy flowed, nothing was booked that anybody could doubt."""
    idle = transaction(verified(B, E | {"RV": 100}))
    assert session(idle, "08:00:00", "10:00:00", [("08:10:00", PARKING), ("09:30:00", CHARGING)]).findings == ()


SHIFT = CLOCK_TOLERANCE + timedelta(milliseconds=1)
OUTSIDE = {
    "yesterday's transaction": (timedelta(days=1), timedelta(days=1)),
    "begin just beyond the tolerance": (SHIFT, timedelta(0)),
    "end just beyond the tolerance": (timedelta(0), -SHIFT),
}


@pytest.mark.parametrize(("later_start", "later_end"), OUTSIDE.values(), ids=OUTSIDE.keys())
def test_synchronised_reading_outside_the_session_makes_no_periods(
    later_start: timedelta, later_end: timedelta
) -> None:
    """A record replayed into another session is refused: its clock says when it was."""
    outcome = evidence_periods(
        WHOLE, starts_at=at("08:00:00") + later_start, ends_at=at("09:00:00") + later_end, states=[], received_at={}
    )
    codes = {(finding.code, finding.severity) for finding in outcome.findings}
    assert ((), {(Code.READING_OUTSIDE_SESSION, Severity.ERROR)}) == (outcome.periods, codes)


def test_synchronised_intermediate_outside_the_session_makes_no_periods() -> None:
    """Not only begin and end tell a foreign record."""
    charged = transaction(
        verified(reading("B", "1", status="U"), reading("C", "2", "08:30:00"), reading("E", "3", "09:00:00", "U"))
    )
    received = {charged.records[0].signed_sha256: at("12:00:00")}
    outcome = session(charged, "11:00:00", "12:00:00", received_at=received)
    assert (Code.READING_OUTSIDE_SESSION, "value 0 /RD/1") == (outcome.findings[0].code, outcome.findings[0].path)


@pytest.mark.parametrize(("start", "end"), [("09:00:00", "08:00:00"), ("08:00:00", "08:00:00")])
def test_session_without_length_makes_no_periods(start: str, end: str) -> None:
    """A session must end after its start."""
    outcome = session(WHOLE, start, end)
    assert ((), [Code.SESSION_TIMES_INVALID]) == (outcome.periods, [finding.code for finding in outcome.findings])


# Refusals ------------------------------------------------------------------------------------------------------------

NOT_BILLABLE = {
    "incomplete": (transaction(verified(B)), Code.TRANSACTION_INCOMPLETE),
    "no record": (transaction(), Code.TRANSACTION_INCOMPLETE),
    "exception inside": (transaction(verified(B, C | {"TX": "X"}, E)), Code.EXCEPTION_READING),
    "other value not authentic": (
        assemble_transaction([verified(B, E)], transaction_id="17", bad_values=1),
        Code.TRANSACTION_NOT_AUTHENTIC,
    ),
}


@pytest.mark.parametrize(("charged", "code"), NOT_BILLABLE.values(), ids=NOT_BILLABLE.keys())
def test_only_a_billable_transaction_makes_periods(charged: Transaction, code: Code) -> None:
    """Periods of anything else are refused, with the reason's code."""
    with pytest.raises(EvidenceMismatchError) as refusal:
        session(charged, "08:00:00", "09:00:00")
    assert code is refusal.value.code


def test_reading_without_energy_never_makes_a_period() -> None:
    """Whoever puts a transaction together by hand is stopped here."""
    by_hand = replace(WHOLE, records=(verified(B, E | {"RU": "s"}),))
    with pytest.raises(EvidenceMismatchError) as refusal:
        session(by_hand, "08:00:00", "09:00:00")
    assert Code.UNIT_NOT_ENERGY is refusal.value.code


@pytest.mark.parametrize("naive", ["starts_at", "ends_at", "state"])
def test_time_without_offset_is_a_programming_mistake(naive: str) -> None:
    """Nobody guesses a time zone."""
    times: dict[str, Any] = {"starts_at": at("08:00:00"), "ends_at": at("09:00:00"), "state": at("08:30:00")}
    times[naive] = times[naive].replace(tzinfo=None)
    state = StateChange(at=times.pop("state"), activity=PARKING)
    with pytest.raises(ValueError, match="time zone"):
        evidence_periods(WHOLE, **times, states=[state], received_at={})


def test_record_without_synchronised_clock_needs_its_reception() -> None:
    """Without it, nobody knows where the readings stand."""
    charged = transaction(verified(B | {"TM": f"{DAY}T08:00:00,000+0000 I"}, E | {"TM": f"{DAY}T09:00:00,000+0000 I"}))
    with pytest.raises(ValueError, match="received_at"):
        session(charged, "08:00:00", "09:00:00")


# Clocks that only tell distances -------------------------------------------------------------------------------------

EPOCH = "1970-01-01T01:01:49,000+0100"


def placed(*records: tuple[VerifiedRecord, str], start: str = "08:00:00", end: str = "09:00:00") -> Drawn:
    charged = transaction(*(record for record, _ in records))
    received = {record.signed_sha256: at(clock) for record, clock in records}
    return drawn(session(charged, start, end, received_at=received))


@pytest.mark.parametrize("status", ["U", "I", "R", ""])
def test_distances_within_a_record_are_kept(status: str) -> None:
    """The last reading stands where it was received, the others at their signed distance from it."""
    record = verified(
        reading("B", "0", "03:00:00", status),
        reading("C", "4", "03:20:00", status),
        reading("E", "10", "03:50:00", status),
    )
    expected = [
        ("08:00:00", "08:25:00", CHARGING, "4", True),
        ("08:25:00", "08:55:00", CHARGING, "6", True),
        ("08:55:00", "09:00:00", CHARGING, "0", False),
    ]
    assert expected == placed((record, "08:55:00"))


def test_each_record_stands_where_it_was_received() -> None:
    """A clock that starts at the epoch with every record tells nothing between records."""
    records = [
        (verified(reading("B", "0", EPOCH, "U"), PG="T1"), "08:00:10"),
        (verified(reading("C", "4", EPOCH, "U"), PG="T2"), "08:30:00"),
        (verified(reading("E", "10", EPOCH, "U"), PG="T3"), "08:59:00"),
    ]
    expected = [
        ("08:00:00", "08:30:00", CHARGING, "4", True),
        ("08:30:00", "08:59:00", CHARGING, "6", True),
        ("08:59:00", "09:00:00", CHARGING, "0", False),
    ]
    assert expected == placed(*records)


def test_late_reception_is_held_within_the_session_and_the_order() -> None:
    """Records that were queued offline and came after the end lose their places, never their order or energy."""
    records = [
        (verified(reading("B", "0", EPOCH, "U"), PG="T1"), "08:00:00"),
        (verified(reading("C", "4", EPOCH, "U"), PG="T2"), "11:00:00"),
        (verified(reading("E", "10", EPOCH, "U"), PG="T3"), "10:00:00"),
    ]
    assert [("08:00:00", "09:00:00", CHARGING, "10", True)] == placed(*records)


def test_known_places_bound_estimated_ones() -> None:
    """An intermediate whose place is estimated never moves a reading whose time a synchronised clock signed."""
    records = [
        (verified(reading("B", "0", "08:00:00"), PG="T1"), "08:00:00"),
        (verified(reading("C", "4", "08:10:00", "I"), PG="T2"), "08:59:00"),
        (verified(reading("E", "10", "08:30:00"), PG="T3"), "08:30:00"),
    ]
    expected = [("08:00:00", "08:30:00", CHARGING, "10", True), ("08:30:00", "09:00:00", CHARGING, "0", False)]
    assert expected == placed(*records)


def test_fractions_of_a_second_are_kept() -> None:
    """Instants stay as exact as they were signed."""
    charged = transaction(verified(B, reading("C", "104", f"{DAY}T08:30:00,250+0000"), E))
    (first, second) = session(charged, "08:00:00", "09:00:00").periods
    expected = at("08:30:00") + timedelta(milliseconds=250)
    assert (expected, expected) == (first.ends_at, second.starts_at)


def test_offsets_of_the_operator_do_not_matter() -> None:
    """09:00 in Berlin is 08:00 in UTC."""
    outcome = evidence_periods(
        WHOLE,
        starts_at=datetime.fromisoformat(f"{DAY}T09:00:00+01:00"),
        ends_at=datetime.fromisoformat(f"{DAY}T10:00:00+01:00"),
        states=[],
        received_at={},
    )
    assert [("08:00:00", "09:00:00", CHARGING, "10.5", True)] == drawn(outcome)


def test_energy_keeps_every_digit() -> None:
    """Thirty significant digits survive, which the default context of decimals would cut."""
    begin, end = "0.000000000001", "999999999999.999999999999"
    charged = transaction(verified(reading("B", begin), reading("E", end, "09:00:00")))
    (period,) = session(charged, "08:00:00", "09:00:00").periods
    assert Decimal("999999999999.999999999998") == period.energy_kwh
