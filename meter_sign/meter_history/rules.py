"""What one transaction's trace says beside the others of the same meter: each rule is one function over two traces.

    check_history(trace, others, known) -> findings about `trace`

Errors, because the same energy would be billed twice or a record belongs elsewhere:

- DUPLICATE_RECORD: the same signed bytes stand in both. Told only where the other bills nothing.
- PAGINATION_REPEATS: different records carry one number of one count.
- TRANSACTIONS_INTERLEAVE: records of the one lie between those of the other; where one of them counts none, both ran at
  one time, or a register has two values at an instant; without a total that runs on, both began at the same
  synchronised instant.
- ENERGY_OVERLAPS: both bill the same stretch of one register. Two keys whose sessions follow each other are an exchange
  of the meter behind one id: its register begins anew and may pass the same values again.
- REGISTER_DECREASES: a later session begins below an earlier one's end, under one key. Told only where the key changed.
  Without a count, also between any two readings of sessions whose times meet.

Told: PAGINATION_GAP (records that nobody has), ENERGY_BETWEEN_SESSIONS (energy that nobody bills), KEY_CHANGED.

Which of two traces is the later one is told by the count, else by the clock, else by the register itself.

Source: OCMF 1.4.1, table 2 (PG), "Signing and Verification Process"; durability.md 3.2 (records without gap).
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import chain, islice, product
from typing import TYPE_CHECKING, Any

from meter_sign.codes import Code, Severity
from meter_sign.model import Finding
from meter_sign.quantity import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from meter_sign.meter_history.trace import Counter, RegisterSpan, Trace

    #: How many records of a count are known, from one number to another, both included.
    KnownRecords = Callable[[Counter, int, int], int]
    #: Where a trace lies beside another one, on one scale.
    Scale = Callable[[Trace, Trace], tuple[Any, Any] | None]

_PG = "OCMF 1.4.1, table 2, PG"
_LAW = "OCMF 1.4.1, Signing and Verification Process"
#: A synchronised clock may be set back by so much between two sessions.
CLOCK_SET_BACK = timedelta(minutes=1)
#: What an operator's clocks may be off where only they tell when a session was; see `meter_sign/periods.py`.
OPERATORS_CLOCK = timedelta(minutes=5)
#: What a register may count between two sessions that share an instant: formats state a minute, and a third session
#: may have had its place within it. 600 kW do no more.
MOST_IN_AN_INSTANT_KWH = Decimal(10)


def check_history(trace: Trace, others: Iterable[Trace], known: KnownRecords) -> tuple[Finding, ...]:
    """Compare one transaction with its neighbours in the meter's counts.

    Args:
        trace: the transaction in question; what is found is found about it.
        others: its neighbours: those that share a record, a number or a stretch of a register with it, and the nearest
            before and after it in each count. More do no harm; other meters are left out here.
        known: tells how many records of a count are known at all, so that only missing ones are called missing.

    Returns:
        The findings; none for the only transaction of a meter.
    """
    same_meter = [other for other in others if other.meter == trace.meter]
    findings = [finding for other in same_meter for check in PAIR_CHECKS for finding in check(trace, other)]
    neighbours = chain(_gaps(trace, same_meter, known), _key_changed(trace, same_meter), _registers(trace, same_meter))
    return tuple(dict.fromkeys((*findings, *neighbours)))


# Two transactions that claim the same ---------------------------------------------------------------------------------


def each_record_once(trace: Trace, other: Trace) -> Iterator[Finding]:
    """No signed record serves two transactions that bill."""
    if trace.records & other.records:
        severity = Severity.ERROR if other.bills else Severity.WARNING
        yield _finding(Code.DUPLICATE_RECORD, severity, f"{other.name} holds the same signed bytes", _LAW)


def numbers_apart(trace: Trace, other: Trace) -> Iterator[Finding]:
    """No number stands in two transactions, and no record of another one lies between those of this one.

    A transaction that bills nothing and has this one between its records is the one that is wrong.
    """
    if trace.counter is None or trace.counter != other.counter or not _ranges_meet(trace, other):
        return
    numbers = {page.number: page for page in other.pages}
    repeated = [page.number for page in trace.pages if numbers.get(page.number, page) != page]
    if repeated:
        yield _error(Code.PAGINATION_REPEATS, f"{other.name} has another record of the number {repeated[0]}", _PG)
    elif trace.bounded and other.bounded and not _is_copy(trace, other) and (other.bills or _lies_within(other, trace)):
        message = f"its records {_range(trace)} and those of {other.name}, {_range(other)}, interleave"
        yield _error(Code.TRANSACTIONS_INTERLEAVE, message, _PG)


def _is_copy(trace: Trace, other: Trace) -> bool:
    """Whether one holds nothing that the other does not: `each_record_once` says so."""
    return trace.records <= other.records or other.records <= trace.records


def energy_apart(trace: Trace, other: Trace) -> Iterator[Finding]:
    """No two transactions bill the same stretch of one register."""
    if not (trace.bills and other.bills) or _exchanged(trace, other):
        return
    for mine in trace.spans:
        theirs = other.span_of(mine.register)
        if theirs is not None and _overlap(mine, theirs):
            stretch = f"{max(mine.begin_kwh, theirs.begin_kwh)} to {min(mine.end_kwh, theirs.end_kwh)} kWh"
            message = f"{other.name} covers {stretch} of {mine.register} as well"
            yield _error(Code.ENERGY_OVERLAPS, message, _LAW)


def times_apart(trace: Trace, other: Trace) -> Iterator[Finding]:
    """Where no count of records orders them, the meter's clock shows that it served one session at a time.

    A count orders sessions better than a clock that may be set. But two numbers do not make one begin two: registers
    that start at zero with each session can be signed again under a new number. A load profile beside a total, the
    totals of two registers, or two fees without energy bill one session twice, and nothing but their time shows it.
    Where a clock is not believed, the operator's times must do between records of two formats, of which one counts.
    """
    one_is_counted = (trace.counter is None) != (other.counter is None)
    if not (trace.bills and other.bills and (one_is_counted or _both_signed(trace, other))):
        return
    if trace.begins_at is None or trace.ends_at is None or other.begins_at is None or other.ends_at is None:
        return
    if not _both_counted(trace, other):
        if any(energy_apart(trace, other)):
            return
        if _run_at_once(trace, other, (trace.begins_at, trace.ends_at), (other.begins_at, other.ends_at)):
            message = (
                f"{other.name} ran from {other.begins_at.isoformat()} to {other.ends_at.isoformat()}, at the same time"
            )
            yield _error(Code.TRANSACTIONS_INTERLEAVE, message, _LAW)
    elif not (trace.spans or other.spans) and trace.begins_at == other.begins_at < min(trace.ends_at, other.ends_at):
        message = f"{other.name} began at {trace.begins_at.isoformat()} as well"
        yield _error(Code.TRANSACTIONS_INTERLEAVE, message, _LAW)


def _both_signed(trace: Trace, other: Trace) -> bool:
    return trace.clock_is_signed and other.clock_is_signed


def _both_counted(trace: Trace, other: Trace) -> bool:
    """Whether numbers order the two. Else only times and registers do, and both must agree on one order."""
    return trace.counter is not None and other.counter is not None


def _run_at_once(
    trace: Trace, other: Trace, mine: tuple[datetime, datetime], theirs: tuple[datetime, datetime]
) -> bool:
    """Whether the two share more time than a clock that was set back explains.

    It explains no interval that two load profiles share, and where neither a number nor a total orders the two, no
    session inside the other.
    """
    overlap = min(mine[1], theirs[1]) - max(mine[0], theirs[0])
    if not _both_signed(trace, other):
        return overlap > OPERATORS_CLOCK
    if overlap <= timedelta(0) or overlap > CLOCK_SET_BACK:
        return overlap > timedelta(0)
    if trace.counter is not None or other.counter is not None or _share_a_total(trace, other):
        return False
    return (trace.profile and not other.spans) or overlap in {mine[1] - mine[0], theirs[1] - theirs[0]}


def _share_a_total(trace: Trace, other: Trace) -> bool:
    """Whether both raised one register, which then says which was first."""
    raised = {span.register for span in trace.spans if span.begin_kwh < span.end_kwh}
    return any(span.register in raised and span.begin_kwh < span.end_kwh for span in other.spans)


def registers_keep_time(trace: Trace, other: Trace) -> Iterator[Finding]:
    """Where no count orders two sessions whose times meet, each register has one value at an instant, and never falls.

    Sessions whose times do not meet are `_registers`' matter, those that ran at once `times_apart`'s. What a register
    may count within an instant as a format states it, and by how much a clock may be set back, is allowed for.
    """
    if not (_one_register(trace, other) and trace.bills and other.bills and _both_signed(trace, other)):
        return
    if _both_counted(trace, other) or not times_meet(trace, other) or any(times_apart(trace, other)):
        return
    for span in trace.spans:
        theirs = other.span_of(span.register)
        if theirs is not None and not _overlap(span, theirs):
            readings = product(_readings(trace, span), _readings(other, theirs))
            # What either of them bills it has counted within the instant, if it lasted no longer.
            nobodys = difference(max(span.begin_kwh, theirs.begin_kwh), min(span.end_kwh, theirs.end_kwh))
            found = (one for pair in readings for one in _contradict(span.register, *pair, nobodys))
            yield from islice(found, 1)


def _contradict(
    register: str, mine: tuple[datetime, Decimal], its: tuple[datetime, Decimal], nobodys_kwh: Decimal
) -> Iterator[Finding]:
    (earlier, before), (later, after) = sorted((mine, its))
    if earlier == later and nobodys_kwh > MOST_IN_AN_INSTANT_KWH:
        message = f"{register} stands at {before} and at {after} kWh at {later.isoformat()}"
        yield _error(Code.TRANSACTIONS_INTERLEAVE, message, _LAW)
    elif later - earlier > CLOCK_SET_BACK and after < before:
        message = f"{register} falls from {before} kWh at {earlier.isoformat()} to {after} kWh at {later.isoformat()}"
        yield _error(Code.REGISTER_DECREASES, message, _LAW)


def _readings(trace: Trace, span: RegisterSpan) -> tuple[tuple[datetime, Decimal], ...]:
    if trace.begins_at is None or trace.ends_at is None:
        return ()
    return (trace.begins_at, span.begin_kwh), (trace.ends_at, span.end_kwh)


def times_meet(trace: Trace, other: Trace) -> bool:
    """Whether two transactions share an instant at least."""
    if trace.begins_at is None or trace.ends_at is None or other.begins_at is None or other.ends_at is None:
        return False
    return max(trace.begins_at, other.begins_at) <= min(trace.ends_at, other.ends_at)


#: Every rule over two transactions of one meter.
PAIR_CHECKS: tuple[Callable[[Trace, Trace], Iterator[Finding]], ...] = (
    each_record_once,
    numbers_apart,
    energy_apart,
    times_apart,
    registers_keep_time,
)

# A transaction and its neighbours -------------------------------------------------------------------------------------


def _gaps(trace: Trace, others: Sequence[Trace], known: KnownRecords) -> Iterator[Finding]:
    """The count runs on from the neighbour before and to the neighbour after."""
    before, after = _beside(trace, others, by_count)
    if trace.counter is not None and before is not None:
        yield from _gap(before.last, trace.first, trace.counter, known, f"{before.name} and this one")
    if trace.counter is not None and after is not None:
        yield from _gap(trace.last, after.first, trace.counter, known, f"this one and {after.name}")


def _gap(low: int, high: int, counter: Counter, known: KnownRecords, between: str) -> Iterator[Finding]:
    missing = high - low - 1
    missing -= known(counter, low + 1, high - 1) if missing > 0 else 0
    if missing > 0:
        message = f"{missing} record(s) between {low} and {high} are not here, between {between}"
        yield _finding(Code.PAGINATION_GAP, Severity.WARNING, message, _PG)


def _key_changed(trace: Trace, others: Sequence[Trace]) -> Iterator[Finding]:
    """Until a session under a new key bills, each one under it says so."""
    strangers = [other for other in others if other.key_fingerprint != trace.key_fingerprint]
    own = [other for other in others if other.key_fingerprint == trace.key_fingerprint and other.bills]
    own_before = own if trace.counter is None else _beside(trace, own, by_count)[0]
    if strangers and not own_before:
        message = f"{strangers[-1].name} was signed with the key {strangers[-1].key_fingerprint}"
        yield _finding(Code.KEY_CHANGED, Severity.INFO, message, _LAW)


def _registers(trace: Trace, others: Sequence[Trace]) -> Iterator[Finding]:
    """Each register goes on where the neighbour before left it, and the neighbour after goes on from there."""
    for span in trace.spans:
        rivals = [other for other in others if other.bills and other.span_of(span.register) is not None]
        before, after = _by_first_scale(trace, rivals, span.register)
        if before is not None:
            yield from _step(before, trace, span.register, other=before)
        if after is not None:
            yield from _step(trace, after, span.register, other=after)


def _step(before: Trace, after: Trace, register: str, *, other: Trace) -> Iterator[Finding]:
    """From the end of one session to the begin of the next; what both cover is `energy_apart`'s."""
    left, found = before.span_of(register), after.span_of(register)
    if left is None or found is None or (_overlap(left, found) and not _exchanged(before, after)):
        return
    if found.begin_kwh > left.end_kwh:
        unbilled = difference(found.begin_kwh, left.end_kwh)
        message = f"{register} counted {unbilled} kWh between this one and {other.name}, and neither bills them"
        yield _finding(Code.ENERGY_BETWEEN_SESSIONS, Severity.INFO, message, _LAW)
    elif found.begin_kwh < left.end_kwh:
        severity = Severity.ERROR if _one_register(before, after) else Severity.WARNING
        message = f"{register} falls from {left.end_kwh} to {found.begin_kwh} kWh between this one and {other.name}"
        yield _finding(Code.REGISTER_DECREASES, severity, message, _LAW)


# Who comes first: each scale gives the stretch that a trace takes up beside another one, or None ----------------------


def by_count(trace: Trace, beside: Trace) -> tuple[Any, Any] | None:
    """The numbers of its records, in the count that both share."""
    return None if trace.counter is None or trace.counter != beside.counter else (trace.first, trace.last)


def by_clock(trace: Trace, beside: Trace) -> tuple[Any, Any] | None:
    """Its times, where both have some; two that lie in one instant, as a minute is stated, they do not order."""
    if trace.begins_at is None or beside.begins_at is None:
        return None
    one_instant = {trace.begins_at, trace.ends_at} == {beside.begins_at, beside.ends_at} == {trace.begins_at}
    return None if one_instant else (trace.begins_at, trace.ends_at)


def by_register(trace: Trace, beside: Trace, *, register: str) -> tuple[Any, Any] | None:
    """Its readings: a register under one key only counts up."""
    span = trace.span_of(register) if trace.key_fingerprint == beside.key_fingerprint else None
    return None if span is None else (span.begin_kwh, span.end_kwh)


def _by_first_scale(trace: Trace, rivals: Sequence[Trace], register: str) -> tuple[Trace | None, Trace | None]:
    """The nearest ones on the best scale; whom a better scale has placed, no other scale places again."""
    before: Trace | None = None
    after: Trace | None = None
    for scale in (by_count, by_clock, partial(by_register, register=register)):
        here = [rival for rival in rivals if scale(rival, trace) is not None]
        rivals = [rival for rival in rivals if rival not in here]
        nearest = _beside(trace, here, scale)
        before, after = before or nearest[0], after or nearest[1]
    return before, after


def _beside(trace: Trace, others: Iterable[Trace], scale: Scale) -> tuple[Trace | None, Trace | None]:
    """The nearest one before a trace and the nearest one after it, on one scale."""
    placed = [(scale(other, trace), scale(trace, other), other) for other in others]
    known = [(theirs, mine, other) for theirs, mine, other in placed if theirs is not None and mine is not None]
    before = [(theirs[1], other) for theirs, mine, other in known if theirs[1] <= mine[0]]
    after = [(theirs[0], other) for theirs, mine, other in known if theirs[1] > mine[0] and theirs[0] >= mine[1]]
    return (
        max(before, key=_position, default=(None, None))[1],
        min(after, key=_position, default=(None, None))[1],
    )


def _position(placed: tuple[Any, Trace | None]) -> Any:
    return placed[0]


def _ranges_meet(trace: Trace, other: Trace) -> bool:
    return trace.first <= other.last and other.first <= trace.last


def _lies_within(other: Trace, trace: Trace) -> bool:
    """Whether a record of the other lies between the first and the last of this one."""
    return any(trace.first < page.number < trace.last for page in other.pages)


def _overlap(one: RegisterSpan, other: RegisterSpan) -> bool:
    """Whether both hold the same energy; a session of 0 kWh holds none."""
    return max(one.begin_kwh, other.begin_kwh) < min(one.end_kwh, other.end_kwh)


def _one_register(one: Trace, other: Trace) -> bool:
    """Whether nothing speaks for another meter behind the id: one key, or a party's, which is of no meter."""
    return one.key_fingerprint == other.key_fingerprint or not (one.signed_by_meter and other.signed_by_meter)


def _exchanged(one: Trace, other: Trace) -> bool:
    """Two keys whose sessions follow each other in time: the meter behind the id, or its signer, was exchanged."""
    if _one_register(one, other):
        return False
    if one.begins_at is None or one.ends_at is None or other.begins_at is None or other.ends_at is None:
        return False
    return one.ends_at <= other.begins_at or other.ends_at <= one.begins_at


def _range(trace: Trace) -> str:
    return f"{trace.first} to {trace.last}"


def _error(code: Code, message: str, source: str) -> Finding:
    return _finding(code, Severity.ERROR, message, source)


def _finding(code: Code, severity: Severity, message: str, source: str) -> Finding:
    return Finding(code=code, severity=severity, message=message, source=source)
