"""Evidence periods: what verified readings and the session's states prove about each stretch of a session.

Place in the flow: (`Transaction`, session times, states) -> `evidence_periods` -> `EvidencePeriod`s. Only a billable
transaction makes periods. Energy is a signed difference, whole; it is never interpolated, and the periods' energies add
up to the transaction's energy exactly.

How a session becomes periods:

1. Every reading gets its place on the session's time line. A synchronised clock is believed, and so are the instants of
   a format that states nothing else (EDIFACT), as far as it can state them. Any other clock only tells distances within
   its record, so the record's last reading is put at the operator's time of the event that brought it.
2. The begin counts as the reading at the session's start. After the end the meter's transaction is over: no energy.
3. Between two readings lies one signed difference. A state change inside cuts the time, but nobody measured there: the
   energy stays whole, in the last part in which the vehicle was charging.
4. Each interval of a load profile is such a stretch by itself, also of 0 kWh. The session's start and end may cut the
   first and the last one by an hour at most; their energy stays whole.

Deviation: tariffs.md 5 allows linear interpolation at a boundary without a reading; calibration law allows no
substitute values (formats.md 9), and no tariff of this step changes its energy price within a session.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from meter_sign.codes import Code, Severity
from meter_sign.errors import EvidenceMismatchError
from meter_sign.model import Activity, EvidencePeriod, Finding, StateChange, Transaction, VerifiedRecord
from meter_sign.quantity import difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from meter_sign.model import Interval, Reading

#: How far a synchronised reading may lie outside the session. Charge point and operator keep their own clocks, and a
#: begin is signed before its message is sent; OCPP back ends tolerate minutes. An old transaction lies hours away.
#: Where a format states how exact its times are, that is what counts instead (edifact.md 5.3: 60 s or 1 s).
CLOCK_TOLERANCE = timedelta(minutes=5)
#: How far an interval may reach beyond the session: markets settle by the quarter of an hour, and by the hour at most.
#: The energy of a day or a month is no session's, be it signed as often as it likes.
LONGEST_CUT = timedelta(hours=1)
_ZERO = Decimal(0)
_SOURCE = "formats.md 9: no substitute values; readings belong to the session they are billed for"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodsOutcome:
    """The periods of a session, and what must be said about them; with an error there are no periods."""

    periods: tuple[EvidencePeriod, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Session:
    starts_at: datetime
    ends_at: datetime

    def clamp(self, at: datetime) -> datetime:
        return min(max(at, self.starts_at), self.ends_at)


@dataclass(frozen=True, slots=True)
class _Point:
    """A reading at its place on the time line; `fixed` when a clock that is believed put it there."""

    at: datetime
    value_kwh: Decimal
    fixed: bool
    tolerance: timedelta


@dataclass(frozen=True, slots=True)
class _Span:
    """Two instants and the energy between them; `signed` when readings stand at both."""

    starts_at: datetime
    ends_at: datetime
    energy_kwh: Decimal
    signed: bool


def evidence_periods(
    transaction: Transaction,
    *,
    starts_at: datetime,
    ends_at: datetime,
    states: Sequence[StateChange],
    received_at: Mapping[str, datetime],
) -> PeriodsOutcome:
    """Lay a billable transaction out over its session.

    Trusted: the transaction's readings, and the times of synchronised clocks. The session's times and states are the
    operator's word.

    Args:
        transaction: billable; its energy is what the periods share.
        starts_at: the session's start, aware.
        ends_at: the session's end, aware.
        states: what the session was doing, each from its instant on, in any order; charging until the first one.
        received_at: by `signed_sha256`, the operator's time of the event that delivered the record; needed for records
            whose clock is not believed.

    Returns:
        Periods that cover the session without gap or overlap, their energies adding up to the transaction's exactly;
        0 to 5 kWh at 09:00 and to 8 kWh at 10:00 are periods of 5 and 3 kWh; a load profile has one period for each of
        its intervals, where no state changes inside. No periods where a finding is an error:
        SESSION_TIMES_INVALID, READING_OUTSIDE_SESSION.

    Raises:
        EvidenceMismatchError: the transaction is not billable.
        ValueError: a time without offset, or a record without a believed clock that `received_at` does not hold.
    """
    _require_billable(transaction)
    session = _Session(_instant(starts_at, "starts_at"), _instant(ends_at, "ends_at"))
    changes = _changes(states, session)
    objections = tuple(_impossible(session)) or tuple(_outside(transaction, session))
    if objections:
        return PeriodsOutcome(periods=(), findings=objections)
    if transaction.intervals:
        return _with_profile(transaction.intervals, session, changes)
    return _laid_out(_spans(_points(transaction, session, received_at), session), changes)


def _with_profile(intervals: Sequence[Interval], session: _Session, changes: Sequence[StateChange]) -> PeriodsOutcome:
    outcome = _laid_out(_profile_spans(intervals, session), changes)
    return replace(outcome, findings=(*_beyond(intervals, session), *outcome.findings))


def _require_billable(transaction: Transaction) -> None:
    if transaction.billable:
        return
    errors = [finding for finding in transaction.findings if finding.severity is Severity.ERROR]
    code = errors[0].code if errors else Code.REGISTER_NOT_BILLABLE
    raise EvidenceMismatchError(code, "only a billable transaction makes periods")


def _laid_out(spans: Iterable[_Span], changes: Sequence[StateChange]) -> PeriodsOutcome:
    periods: list[EvidencePeriod] = []
    findings: list[Finding] = []
    for span in spans:
        parts = _cut(span, changes)
        periods.extend(parts)
        if len(parts) > 1 and span.energy_kwh != 0:
            findings.append(_not_measured(span))
    return PeriodsOutcome(periods=tuple(periods), findings=tuple(findings))


def _instant(at: datetime, name: str) -> datetime:
    if at.utcoffset() is None:
        raise ValueError(f"{name} must carry a time zone")
    return at.astimezone(UTC)


def _finding(code: Code, severity: Severity, message: str, path: str | None = None) -> Finding:
    return Finding(code=code, severity=severity, message=message, path=path, source=_SOURCE)


def _billing_readings(transaction: Transaction) -> Iterator[tuple[VerifiedRecord, list[Reading]]]:
    """Each record with its readings of the register that bills, in signed order: what a billable transaction holds."""
    for record in transaction.records:
        readings = [
            reading
            for whole in record.content.readings
            for reading in whole.bounds
            if reading.register == transaction.register
        ]
        if readings:
            yield record, readings


def _believed(reading: Reading) -> datetime | None:
    return None if reading.time is None else reading.time.believed


def _tolerance(reading: Reading) -> timedelta:
    exact = None if reading.time is None else reading.time.resolution
    return CLOCK_TOLERANCE if exact is None else exact


def _impossible(session: _Session) -> Iterator[Finding]:
    """A session that does not begin before it ends."""
    if session.starts_at >= session.ends_at:
        message = f"the session starts at {session.starts_at.isoformat()} and ends at {session.ends_at.isoformat()}"
        yield _finding(Code.SESSION_TIMES_INVALID, Severity.ERROR, message)


def _outside(transaction: Transaction, session: _Session) -> Iterator[Finding]:
    """Readings that a believed clock puts outside the session, and intervals: another transaction's, replayed."""
    for record, readings in _billing_readings(transaction):
        for reading in readings:
            at = _believed(reading)
            if at is not None and abs(at - session.clamp(at)) > _tolerance(reading):
                path = f"value {record.payload.index} {reading.path or ''}".strip()
                yield _lies_outside(f"read at {at.isoformat()}", session, path)
    for interval in transaction.intervals:
        starts_at, ends_at = interval.starts.at, interval.ends.at
        reaches_beyond = max(session.starts_at - starts_at, ends_at - session.ends_at) > LONGEST_CUT
        if reaches_beyond or ends_at <= session.starts_at or session.ends_at <= starts_at:
            yield _lies_outside(f"from {starts_at.isoformat()} to {ends_at.isoformat()}", session, interval.path)


def _lies_outside(when: str, session: _Session, path: str | None) -> Finding:
    message = f"{when}, the session lasts from {session.starts_at.isoformat()} to {session.ends_at.isoformat()}"
    return _finding(Code.READING_OUTSIDE_SESSION, Severity.ERROR, message, path)


def _points(transaction: Transaction, session: _Session, received_at: Mapping[str, datetime]) -> list[_Point]:
    """All readings on the time line, in signed order, never backwards."""
    points = [
        _point(reading, at, session)
        for record, readings in _billing_readings(transaction)
        for reading, at in _placed(record, readings, received_at)
    ]
    # The begin counts as the reading at the start, unless a clock that is believed puts it clearly later.
    if not points[0].fixed or points[0].at - session.starts_at <= points[0].tolerance:
        points[0] = replace(points[0], at=session.starts_at)
    return _in_turn(points, session)


def _point(reading: Reading, at: datetime, session: _Session) -> _Point:
    value = reading.value_kwh
    if value is None:
        raise EvidenceMismatchError(Code.UNIT_NOT_ENERGY, "a reading without energy in a billable transaction")
    return _Point(session.clamp(at), value, fixed=_believed(reading) is not None, tolerance=_tolerance(reading))


def _placed(
    record: VerifiedRecord, readings: Sequence[Reading], received_at: Mapping[str, datetime]
) -> Iterator[tuple[Reading, datetime]]:
    """Each reading with its instant: as signed, or shifted so that the record's last one stands at its reception."""
    last = readings[-1].time
    for reading in readings:
        at = _believed(reading)
        if at is None:
            received = received_at.get(record.signed_sha256)
            if received is None:
                raise ValueError(f"received_at holds no time for the record {record.signed_sha256}")
            before = last.at - reading.time.at if last is not None and reading.time is not None else timedelta(0)
            at = _earlier(_instant(received, "received_at"), before)
        yield reading, at


def _earlier(at: datetime, by: timedelta) -> datetime:
    """An instant moved back, or the first of all: a clock that nobody set can say that it ran for 9000 years."""
    try:
        return at - by
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def _in_turn(points: Sequence[_Point], session: _Session) -> list[_Point]:
    """Move readings whose place is only estimated between those whose place is known."""
    upper, bounded = session.ends_at, []
    for point in reversed(points):
        upper = min(upper, point.at) if point.fixed else upper
        bounded.append(replace(point, at=min(point.at, upper)))
    lower, turned = session.starts_at, []
    for point in reversed(bounded):
        lower = max(lower, point.at)
        turned.append(replace(point, at=lower))
    return turned


def _spans(points: Sequence[_Point], session: _Session) -> list[_Span]:
    """The session cut at its readings; before the first and after the last there is no energy."""
    # Of readings at one instant the first bounds what follows the begin, the last what precedes: no energy vanishes.
    first = points[0]
    known = {first.at: first} | {point.at: point for point in points if point.at > first.at}
    marks = list(known.values())
    spans = [
        _Span(before.at, after.at, difference(after.value_kwh, before.value_kwh), signed=True)
        for before, after in pairwise(marks)
    ]
    if marks[0].at > session.starts_at:
        spans.insert(0, _Span(session.starts_at, marks[0].at, _ZERO, signed=False))
    if marks[-1].at < session.ends_at:
        spans.append(_Span(marks[-1].at, session.ends_at, _ZERO, signed=False))
    # Begin and end at one instant: their energy has no stretch of its own.
    if len(marks) == 1:
        spans[-1] = replace(spans[-1], energy_kwh=difference(points[-1].value_kwh, first.value_kwh))
    return spans


def _profile_spans(intervals: Sequence[Interval], session: _Session) -> list[_Span]:
    """The session cut at the bounds of intervals that follow each other; before and after them there is no energy."""
    spans = []
    for interval in intervals:
        starts_at, ends_at = session.clamp(interval.starts.at), session.clamp(interval.ends.at)
        whole = (starts_at, ends_at) == (interval.starts.at, interval.ends.at)
        spans.append(_Span(starts_at, ends_at, interval.value_kwh, signed=whole))
    first, last = spans[0].starts_at, spans[-1].ends_at
    if first > session.starts_at:
        spans.insert(0, _Span(session.starts_at, first, _ZERO, signed=False))
    if last < session.ends_at:
        spans.append(_Span(last, session.ends_at, _ZERO, signed=False))
    return spans


def _beyond(intervals: Sequence[Interval], session: _Session) -> Iterator[Finding]:
    """What was measured partly outside of the session and is billed whole all the same: nobody measured the parts."""
    for interval in intervals:
        cut = (interval.starts, interval.ends)
        if interval.value_kwh and any(
            abs(one.at - session.clamp(one.at)) > (one.resolution or timedelta(0)) for one in cut
        ):
            message = (
                f"{interval.value_kwh} kWh from {interval.starts.at.isoformat()} to {interval.ends.at.isoformat()} are"
                f" booked whole, and the session lasts from {session.starts_at.isoformat()} to"
                f" {session.ends_at.isoformat()}"
            )
            yield _finding(Code.INTERVAL_BEYOND_SESSION, Severity.WARNING, message, interval.path)


def _changes(states: Iterable[StateChange], session: _Session) -> list[StateChange]:
    """The activity from the start on, each change once, in time order.

    Reports before the start tell the state at the start; reports from the end on lie in no span. Of two reports for
    one instant charging counts, so that their order never matters.
    """
    known = [replace(state, at=_instant(state.at, "state.at")) for state in states]
    timeline = {session.starts_at: Activity.CHARGING}
    for state in sorted(known, key=lambda one: (one.at, one.activity is Activity.CHARGING)):
        timeline[max(state.at, session.starts_at)] = state.activity
    changes: list[StateChange] = []
    for at, activity in timeline.items():
        if not changes or changes[-1].activity is not activity:
            changes.append(StateChange(at=at, activity=activity))
    return changes


def _cut(span: _Span, changes: Sequence[StateChange]) -> list[EvidencePeriod]:
    """Cut a span at the state changes inside it; its energy stays whole."""
    at_start = [change for change in changes if change.at <= span.starts_at][-1]
    inside = [change for change in changes if span.starts_at < change.at < span.ends_at]
    starts = [replace(at_start, at=span.starts_at), *inside]
    charging = [number for number, state in enumerate(starts) if state.activity is Activity.CHARGING]
    booked = charging[-1] if charging else len(starts) - 1
    ends = [*(state.at for state in inside), span.ends_at]
    return [
        EvidencePeriod(
            starts_at=state.at,
            ends_at=end,
            activity=state.activity,
            energy_kwh=span.energy_kwh if number == booked else _ZERO,
            signed_at_both_ends=span.signed and not inside,
        )
        for number, (state, end) in enumerate(zip(starts, ends, strict=True))
    ]


def _not_measured(span: _Span) -> Finding:
    message = (
        f"{span.energy_kwh} kWh between {span.starts_at.isoformat()} and {span.ends_at.isoformat()} are booked whole in"
        " the last part that charged: no reading was signed at the state change"
    )
    return _finding(Code.ENERGY_NOT_MEASURED_AT_STATE_CHANGE, Severity.WARNING, message)
