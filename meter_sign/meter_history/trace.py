"""What one transaction leaves in its meter's counts: its records' numbers, the stretch of each register, its time.

A meter counts in two ways that go on from session to session. Each record has the next number (OCMF PG, the pagination
of EDL40 and Alfen; one count for transactions, one for fiscal records), and each total of energy begins where it ended
before. Registers that start at zero with every session (B2, B3, *198), differences (PCDF) and load profiles (EDIFACT)
have no such continuity and are left out here: their time alone tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.eichrecht.case import BEGINS, Placed, open_case
from meter_sign.model import END_PHASES, SignerKind, normal_meter_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from decimal import Decimal

    from meter_sign.model import PaginationKind, Transaction, VerifiedRecord
    from meter_sign.obis import ObisCode
    from meter_sign.timestamps import SignedTime


class Counter(NamedTuple):
    """One count of records: that of one key for one kind. A new key may begin it anew."""

    key_fingerprint: str
    kind: PaginationKind


class Page(NamedTuple):
    """One record by its number in the count, and by the SHA-256 of what was signed."""

    number: int
    signed_sha256: str


class RegisterSpan(NamedTuple):
    """From where to where one register counted in a transaction, in kWh."""

    register: str
    begin_kwh: Decimal
    end_kwh: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One transaction as its meter's counts tell it."""

    #: What findings call it, such as `transaction 17`.
    name: str
    #: The meter's id in its normal spelling; where none is signed, the fingerprint of the key.
    meter: str
    key_fingerprint: str
    #: Where the meter stands, in the normal spelling; it is the `meter` itself where no serial number is signed.
    location: str | None = None
    #: None when its records carry no number.
    counter: Counter | None
    #: In the order of their numbers.
    pages: tuple[Page, ...]
    #: SHA-256 of what was signed, of every record.
    records: frozenset[str]
    #: Of registers that count on from session to session, each once.
    spans: tuple[RegisterSpan, ...]
    #: First and last signed time; None where the clock cannot be compared with itself in another session.
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    #: False where these times are not the meter's but somebody's who watched: good enough to tell who came first.
    clock_is_signed: bool = True
    #: Whether a begin or an end is among its records; a record on the way that stands alone proves no other session.
    bounded: bool = True
    #: Whether it bills the intervals of a load profile: they are cut at agreed instants, whatever the clock did.
    profile: bool = False
    #: False where a key signed one of its records that is no meter's: it says nothing of which meter it was.
    signed_by_meter: bool = True
    #: Whether its energy is billed, or would be if nothing else were found.
    bills: bool

    @property
    def first(self) -> int:
        """The lowest number; ask only where there is a counter."""
        return self.pages[0].number

    @property
    def last(self) -> int:
        """The highest number; ask only where there is a counter."""
        return self.pages[-1].number

    def span_of(self, register: str) -> RegisterSpan | None:
        """Where this register counted."""
        return next((span for span in self.spans if span.register == register), None)


def trace_of(transaction: Transaction, *, name: str, bills: bool) -> Trace | None:
    """Read a transaction's trace from its verified records.

    Args:
        transaction: judged, billable or not.
        name: what findings shall call it.
        bills: whether its energy is billed.

    Returns:
        The trace; None of a transaction without a verified record.
    """
    if not transaction.records:
        return None
    first = transaction.records[0]
    counter, pages = _count_of(transaction)
    readings = open_case(transaction.records, 0).readings
    begins_at, ends_at = _times(transaction, readings)
    return Trace(
        name=name,
        meter=meter_of(first),
        key_fingerprint=first.key_fingerprint,
        location=normal_meter_id(first.content.meter.location or "") or None,
        counter=counter,
        pages=pages,
        records=frozenset(record.signed_sha256 for record in transaction.records),
        spans=tuple(_spans(transaction, readings)),
        begins_at=begins_at,
        ends_at=ends_at,
        bounded=transaction.bills_profile or any(one.reading.phase in BEGINS | END_PHASES for one in readings),
        profile=transaction.bills_profile,
        signed_by_meter=all(record.signer_kind is SignerKind.METER for record in transaction.records),
        bills=bills,
    )


def meter_of(record: VerifiedRecord) -> str:
    """The meter whose counts a record is part of: its id in its normal spelling, else the fingerprint of its key."""
    return normal_meter_id(record.content.meter.meter_id or "") or record.key_fingerprint


def pages_of(record: VerifiedRecord) -> tuple[tuple[Counter, Page], ...]:
    """The places of a record in its meter's count: one, or one for each of its readings; none where nothing counts."""
    pagination = record.content.pagination
    if pagination is None:
        return ()
    counter = Counter(record.key_fingerprint, pagination.kind)
    of_readings = {one.pagination for one in record.content.readings if one.pagination is not None}
    return tuple((counter, Page(number, record.signed_sha256)) for number in sorted(of_readings | {pagination.number}))


def _count_of(transaction: Transaction) -> tuple[Counter | None, tuple[Page, ...]]:
    """The numbers of the records in the first one's count; records of another count make no billable transaction."""
    counted = [place for record in transaction.records for place in pages_of(record)]
    if not counted:
        return None, ()
    counter = counted[0][0]
    return counter, tuple(sorted({page for its, page in counted if its == counter}))


def _spans(transaction: Transaction, readings: Sequence[Placed]) -> Iterator[RegisterSpan]:
    differences = {one.register for record in transaction.records for one in record.content.readings if one.since}
    by_register: dict[ObisCode, list[Placed]] = {}
    for placed in readings:
        register = placed.reading.register
        if register is not None and register.runs_on and register not in differences:
            by_register.setdefault(register, []).append(placed)
    for register, placed_there in by_register.items():
        begins = [one.reading.value_kwh for one in placed_there if one.reading.phase in BEGINS]
        ends = [one.reading.value_kwh for one in placed_there if one.reading.phase in END_PHASES]
        if len(begins) == len(ends) == 1 and begins[0] is not None and ends[0] is not None and begins[0] <= ends[0]:
            yield RegisterSpan(str(register), begins[0], ends[0])


def _times(transaction: Transaction, readings: Iterable[Placed]) -> tuple[datetime | None, datetime | None]:
    """First and last time of a clock that is believed throughout; any other starts anew whenever it likes."""
    times: list[SignedTime | None] = [placed.reading.time for placed in readings]
    if transaction.bills_profile:
        times += [transaction.begins_at, transaction.ends_at]
    known = [at for time in times if time is not None and (at := time.believed) is not None]
    return (min(known), max(known)) if known and len(known) == len(times) else (None, None)
