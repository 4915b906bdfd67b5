"""The rules of calibration law: each function holds one invariant and returns what breaks it; `CHECKS` lists them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.eichrecht.case import (
    BEGINS,
    FLAG_TIME,
    INTERMEDIATES,
    Case,
    Placed,
)
from meter_sign.eichrecht.findings import error as _error
from meter_sign.eichrecht.findings import warning as _warning
from meter_sign.eichrecht.findings import where
from meter_sign.eichrecht.origin_checks import (
    all_values_authentic,
    each_record_once,
    same_event_counter,
    same_key,
    same_meter,
    same_transaction,
    signed_by_meters,
)
from meter_sign.eichrecht.profile_checks import (
    intervals_are_energy,
    profile_agrees_with_register,
    profiles_agree,
    profiles_in_turn,
    values_are_measurements,
)
from meter_sign.eichrecht.register_checks import (
    control_registers_agree,
    losses_plausible,
    registers_agree,
    same_loss_compensation,
)
from meter_sign.eichrecht.user_checks import identification_holds, identified_once, same_identification
from meter_sign.model import (
    END_PHASES,
    Context,
    PaginationKind,
    Phase,
)
from meter_sign.timestamps import BillableTime, TimeStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from meter_sign.model import Finding

_TX = "OCMF 1.4.1, table 7, TX"
_OBIS = "OCMF 1.4.1, table 25"
_PG = "OCMF 1.4.1, table 2, PG"
_EF = "OCMF 1.4.1, table 7, EF"
_ST = "OCMF 1.4.1, table 10"
_CLOCK = "OCMF 1.4.1, table 19"

#: What the container calls a value to the phases of which it then must hold one.
_CONTEXTS: dict[str, frozenset[Phase]] = {Context.BEGIN: BEGINS, Context.END: END_PHASES}
#: What a record calls itself outside of what is signed, in the same way.
_LABELS: dict[Phase, frozenset[Phase]] = {
    Phase.BEGIN: BEGINS,
    Phase.CHARGING: INTERMEDIATES,
    Phase.END: END_PHASES,
}


def pagination_of_transactions(case: Case) -> Iterator[Finding]:
    """Every record carries a number of the meter's count of transactions, where its format counts."""
    for record in case.records:
        pagination = record.content.pagination
        if not record.content.counts_records:
            continue
        if pagination is None or pagination.kind is not PaginationKind.TRANSACTION:
            said = "has no pagination" if pagination is None else "is a fiscal record and belongs to no transaction"
            yield _error(Code.PAGINATION_INVALID, f"the record {said}", where(record), _PG)


def pagination_continuous(case: Case) -> Iterator[Finding]:
    """The count runs on and each number stands once; a gap is told, for another outlet may share the count."""
    for before, after in pairwise(case.records):
        one, two = before.content.pagination, after.content.pagination
        if one is None or two is None or one.kind is not two.kind:
            continue
        if two.number == one.number:
            yield _error(Code.PAGINATION_REPEATS, f"two records carry the number {two.number}", where(after), _PG)
        elif two.number > one.number + 1:
            message = f"{two.number - one.number - 1} record(s) between {one.number} and {two.number} are not here"
            yield _warning(Code.PAGINATION_GAP, message, where(after), _PG)


def readings_counted_in_turn(case: Case) -> Iterator[Finding]:
    """Where a record signs a number for each of its readings, they run on as those of records do."""
    for before, after in (step for series in case.series for step in series.steps):
        one, two = before.reading.pagination, after.reading.pagination
        if one is None or two is None:
            continue
        if two <= one:
            message = f"the number {two} follows {one}: the readings are not in the meter's own order"
            yield _error(Code.PAGINATION_REPEATS, message, after.path, "formats.md 3.2")
        elif two > one + 1:
            message = f"{two - one - 1} reading(s) between {one} and {two} are not here"
            yield _warning(Code.PAGINATION_GAP, message, after.path, "formats.md 3.2")


def context_fits(case: Case) -> Iterator[Finding]:
    """What is called begin or end outside of what is signed, by the container or the record itself, holds one.

    A container's word on a file that holds several of the records is met by any of them.
    """
    in_file: dict[bytes, frozenset[Phase | None]] = {}
    for record, phases in zip(case.records, case.phases, strict=True):
        in_file[record.payload.raw] = in_file.get(record.payload.raw, frozenset()) | phases
    for record in case.records:
        phases = in_file[record.payload.raw]
        context = (record.payload.context or "").strip()
        label = _LABELS.get(record.label) if record.label else None
        for who, said, wanted in (
            ("the container calls it", context, _CONTEXTS.get(context)),
            ("the record calls itself", record.label, label),
        ):
            if wanted is not None and wanted.isdisjoint(phases):
                message = f"{who} {said}, but the record holds no such reading"
                yield _error(Code.CONTEXT_CONTRADICTS, message, where(record), "S.A.F.E. XML format; formats.md 3.2")


def complete(case: Case) -> Iterator[Finding]:
    """A register that may bill is signed at a begin and at an end, or there is a load profile."""
    phases = frozenset[Phase | None]().union(*case.phases)
    if phases.isdisjoint(BEGINS):
        yield _error(Code.TRANSACTION_INCOMPLETE, "no reading is a begin (in OCMF TX B)", source=_TX)
    if phases.isdisjoint(END_PHASES):
        yield _error(Code.TRANSACTION_INCOMPLETE, "no reading is an end (in OCMF TX E, L, R, A or P)", source=_TX)
    whole = not phases.isdisjoint(BEGINS) and not phases.isdisjoint(END_PHASES)
    if whole and not case.several_meters:
        yield from _register_bills(case)


def _register_bills(case: Case) -> Iterator[Finding]:
    if not case.series and not case.profiles:
        registers = sorted({str(one.register) for record in case.records for one in record.content.values})
        yield _error(Code.REGISTER_NOT_BILLABLE, f"no register counts charging energy: {registers}", source=_OBIS)
    elif case.series and not any(series.having(BEGINS) and series.having(END_PHASES) for series in case.series):
        registers = [str(series.register) for series in case.series]
        yield _error(Code.REGISTER_DIFFERS, f"no register has both begin and end: {registers}", source=_OBIS)


def one_begin_one_end(case: Case) -> Iterator[Finding]:
    """No register that may bill has a second begin or a second end."""
    for series in case.series:
        for code, wanted in ((Code.BEGIN_AMBIGUOUS, BEGINS), (Code.END_AMBIGUOUS, END_PHASES)):
            for extra in series.having(wanted)[1:]:
                message = f"{series.register} has one more reading marked {_reason(extra)}"
                yield _error(code, message, extra.path, _TX)


def _reason(placed: Placed) -> str:
    """What a person finds in the record, or the phase where the format signs no reason."""
    return placed.reading.qualifier or str(placed.reading.phase)


def values_are_energy(case: Case) -> Iterator[Finding]:
    """Every reading of a register that may bill has a value in a unit of energy."""
    for placed in case.of_series:
        reading = placed.reading
        if reading.value_kwh is None:
            said = "no value" if reading.value is None else f"the unit {reading.unit}"
            message = f"a reading of {reading.register} has {said}"
            yield _error(Code.UNIT_NOT_ENERGY, message, placed.path, "OCMF 1.4.1, table 20")
        elif reading.value_kwh < 0:
            message = f"{reading.register} stands at {reading.value_kwh} kWh: no meter counts below zero"
            yield _error(Code.ENERGY_NEGATIVE, message, placed.path)


def meter_status_good(case: Case) -> Iterator[Finding]:
    """The meter worked at each reading that may bill; a bad status on any other reading counts as well."""
    billing = {placed.at for placed in case.of_series}
    for placed in case.readings:
        good = placed.reading.status_good
        if placed.reading.objection is not None or (good is None and not placed.record.content.counts_records):
            # The format states no status of the meter; what it says of the value itself is another rule's.
            continue
        if not good and (good is not None or placed.at in billing):
            said = "is not stated" if good is None else f"is {placed.reading.meter_status!r}, which is not good"
            yield _error(Code.METER_STATUS_NOT_GOOD, f"the meter status {said}", placed.path, _ST)


def error_flags_clear(case: Case) -> Iterator[Finding]:
    """No reading carries a flag on its energy, or one that nobody has defined; a flag on its time is told."""
    for placed in case.readings:
        flags = frozenset(placed.reading.error_flags)
        if flags - {FLAG_TIME}:
            message = f"the error flags {placed.reading.error_flags!r} take the energy out of billing"
            yield _error(Code.ENERGY_FLAGGED, message, placed.path, _EF)
        if FLAG_TIME in flags:
            yield _warning(Code.TIME_FLAGGED, "the time may not be used for billing", placed.path, _EF)


def qualifiers_known(case: Case) -> Iterator[Finding]:
    """No exception interrupts the transaction, and every reading that may bill says why it was taken."""
    billing = {placed.at for placed in case.of_series}
    for placed in case.readings:
        qualifier, phase = placed.reading.qualifier, placed.reading.phase
        if phase is Phase.EXCEPTION:
            message = "an error during charging: from here on energy and time are no longer usable"
            yield _error(Code.EXCEPTION_READING, message, placed.path, _TX)
        elif phase is Phase.UNKNOWN or (phase is None and placed.at in billing):
            yield _error(Code.QUALIFIER_UNKNOWN, f"{qualifier!r} is no reason for a reading", placed.path, _TX)


def readings_in_order(case: Case) -> Iterator[Finding]:
    """In the signed order the begin comes first and the end last."""
    for series in case.series:
        for before, after in series.steps:
            if after.at < before.at:
                message = f"{_reason(after)} is signed before {_reason(before)}"
                yield _error(_out_of_order(before, after), message, after.path)


def _out_of_order(before: Placed, after: Placed) -> Code:
    """Between records the pagination runs backwards; within one, readings are listed in the wrong order."""
    if before.record is not after.record:
        return Code.PAGINATION_REPEATS
    return Code.BEGIN_AFTER_END if _are_begin_and_end(before, after) else Code.READING_OUT_OF_ORDER


def _are_begin_and_end(before: Placed, after: Placed) -> bool:
    return before.reading.phase in BEGINS and after.reading.phase in END_PHASES


def time_does_not_decrease(case: Case) -> Iterator[Finding]:
    """The signed times run from begin over the intermediates to the end."""
    for series in case.series:
        # A reading without a time must not stand between two that contradict each other.
        timed = replace(series, readings=tuple(placed for placed in series.readings if placed.reading.time))
        for before, after in timed.steps:
            first, second = before.reading.time, after.reading.time
            if first is not None and second is not None and second.is_before(first):
                code = Code.BEGIN_AFTER_END if _are_begin_and_end(before, after) else Code.TIME_DECREASES
                message = f"signed at {second.at.isoformat()}, which is before {first.at.isoformat()}"
                yield _error(code, message, after.path)


def energy_does_not_decrease(case: Case) -> Iterator[Finding]:
    """From begin over the intermediates to the end, no register that may bill counts backwards."""
    for series in case.series:
        for before, after in series.steps:
            low, high = before.reading.value_kwh, after.reading.value_kwh
            if low is not None and high is not None and high < low:
                yield _error(Code.ENERGY_DECREASES, f"{series.register} falls from {low} to {high} kWh", after.path)


def clock_billable(case: Case) -> Iterator[Finding]:
    """A clock that began relative ends relative; a clock that may bill no time is told."""
    billing = case.billing
    if case.billing_profile is not None:
        message = "the intervals of a load profile state no clock: no time may be billed"
        yield _warning(Code.CLOCK_NOT_BILLABLE, message, source="edifact.md 1.2, DTM")
    if billing is None or billing.energy_kwh is None:
        return
    begin, end = billing.having(BEGINS)[0], billing.having(END_PHASES)[0]
    if begin.clock is TimeStatus.RELATIVE and end.clock is not TimeStatus.RELATIVE:
        yield _error(Code.CLOCK_STATUS_CHANGES, "the clock began relative and did not end so", end.path, _CLOCK)
    elif billing.clock is BillableTime.NONE:
        message = f"the clock was {begin.clock or 'not stated'} at begin, {end.clock or 'not stated'} at end"
        yield _warning(Code.CLOCK_NOT_BILLABLE, f"{message}: no time may be billed", end.path, _CLOCK)


def ended_normally(case: Case) -> Iterator[Finding]:
    """The transaction ended as planned; an abort or a power failure is told."""
    for placed in case.of_series:
        if placed.reading.phase is Phase.ABNORMAL_END:
            message = f"the transaction ended with {_reason(placed)}"
            yield _warning(Code.ABNORMAL_END, message, placed.path, _TX)


#: Every rule; a transaction shows all that is wrong with it, not the first thing only.
CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    all_values_authentic,
    signed_by_meters,
    each_record_once,
    same_transaction,
    same_meter,
    same_key,
    same_event_counter,
    same_identification,
    identified_once,
    identification_holds,
    pagination_of_transactions,
    pagination_continuous,
    readings_counted_in_turn,
    context_fits,
    complete,
    one_begin_one_end,
    registers_agree,
    control_registers_agree,
    values_are_energy,
    meter_status_good,
    error_flags_clear,
    qualifiers_known,
    readings_in_order,
    time_does_not_decrease,
    energy_does_not_decrease,
    losses_plausible,
    same_loss_compensation,
    clock_billable,
    ended_normally,
    values_are_measurements,
    profiles_in_turn,
    profiles_agree,
    profile_agrees_with_register,
    intervals_are_energy,
)
