"""The store's part about the meters' own counts: who stands beside a session, found by seeks in an index.

What is looked up is what `meter_sign.check_history` asks for: the sessions that share a number or a stretch of a
register, and the nearest ones before and after in each count. Sessions with a CDR never overlap under one key (that is
what the check is for), so of these the nearest one shows whether any is in the way.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, not_, or_, select

from cdr_service.persistence.store_sessions import SessionStore
from cdr_service.persistence.tables import (
    MeterEnergyRow,
    MeterKeyRow,
    MeterLocationRow,
    MeterPageRow,
    MeterSessionRow,
    PayloadVerificationRow,
    SignedPayloadRow,
    object_key,
)
from meter_sign import Counter, Page, PaginationKind, RegisterSpan, SignerKind, Trace, normal_meter_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from cdr_service.domain.party import PartyId

#: Sessions with numbers within another one's range that are looked at; one is enough for an error.
MOST_IN_THE_WAY = 50
#: Sessions that began before another one, and within it, that are looked at; see `meter_sign/meter_history/of_file.py`.
NEAR_IN_TIME = 8


class HistoryStore(SessionStore):
    """The meters' counts; nothing here is ever changed or deleted."""

    def lock_meter(self, trace: Trace) -> None:
        """Let nobody else close a session of this meter before this transaction ends.

        The rows of its registered keys stand for the meter. On SQLite the whole transaction has the write lock already.
        """
        self._session.execute(self.lock_statement(trace))

    @staticmethod
    def lock_statement(trace: Trace) -> Select[Any]:
        """What `lock_meter` says to the database."""
        ids = sorted({normal_meter_id(trace.meter), trace.location or ""} - {""})
        of_meter = or_(MeterKeyRow.serial.in_(ids), MeterKeyRow.fingerprint == trace.key_fingerprint)
        in_turn = (MeterKeyRow.serial, MeterKeyRow.name, MeterKeyRow.revision)
        return select(MeterKeyRow.serial).where(of_meter).order_by(*in_turn).with_for_update()

    def add_pages(
        self,
        meter: str,
        pages: Iterable[tuple[Counter, Page]],
        party: PartyId,
        session_id: str,
        *,
        now: datetime,
    ) -> None:
        """Note the numbers of a verified record as this session's; they stay with the session that brought it first."""
        for counter, page in pages:
            number = Decimal(page.number)
            if self._session.get(MeterPageRow, (page.signed_sha256, number)) is None:
                self._add(
                    MeterPageRow(
                        signed_sha256=page.signed_sha256,
                        number=number,
                        session_key=object_key(party, session_id),
                        meter=meter,
                        key_fingerprint=counter.key_fingerprint,
                        kind=counter.kind,
                        created_at=now,
                    )
                )

    def add_to_history(self, trace: Trace, party: PartyId, session_id: str, *, now: datetime) -> None:
        """Note what a session takes up in its meter's counts, once it has a CDR.

        Args:
            trace: with its times.
            party: owner of the session.
            session_id: the session.
            now: the time of the note.

        Raises:
            ValueError: the trace has no times.
        """
        if trace.begins_at is None or trace.ends_at is None:
            raise ValueError("a session in the history has a begin and an end")
        key, counter = object_key(party, session_id), trace.counter
        self._add(
            MeterSessionRow(
                session_key=key,
                meter=trace.meter,
                key_fingerprint=trace.key_fingerprint,
                kind=None if counter is None else counter.kind,
                first_number=None if counter is None else Decimal(trace.first),
                last_number=None if counter is None else Decimal(trace.last),
                begins_at=trace.begins_at,
                ends_at=trace.ends_at,
                clock_is_signed=trace.clock_is_signed,
                created_at=now,
            )
        )
        self._add_spans(trace, key, now)
        if trace.location is not None:
            self._add(MeterLocationRow(session_key=key, location=trace.location, created_at=now))

    def _add_spans(self, trace: Trace, session_key: str, now: datetime) -> None:
        for span in trace.spans:
            self._add(
                MeterEnergyRow(
                    session_key=session_key,
                    register=span.register,
                    meter=trace.meter,
                    key_fingerprint=trace.key_fingerprint,
                    begin_kwh=span.begin_kwh,
                    end_kwh=span.end_kwh,
                    created_at=now,
                )
            )

    def list_neighbours(self, trace: Trace, party: PartyId, session_id: str) -> tuple[Trace, ...]:
        """The other sessions of a meter that stand beside this one or in its way.

        Args:
            trace: of the session in question.
            party: its owner.
            session_id: itself, which is never its own neighbour.
        """
        beside = (self._by_number, self._by_register, self._by_time, self._by_location)
        keys = dict.fromkeys(key for found in beside for key in found(trace))
        keys.pop(object_key(party, session_id), None)
        return tuple(self._trace(key, trace) for key in keys)

    def count_known(self, counter: Counter, low: int, high: int) -> int:
        """How many numbers of a count are known, from `low` to `high`, of whatever session and meter."""
        within = MeterPageRow.number.between(Decimal(low), Decimal(high))
        statement = select(func.count(MeterPageRow.number.distinct())).where(*_in_count(counter), within)
        return self._session.scalar(statement) or 0

    def _by_number(self, trace: Trace) -> Iterator[str]:
        """Who has numbers within the range, the nearest records on both sides, and the nearest billed session below."""
        if trace.counter is None:
            return
        first, last = Decimal(trace.first), Decimal(trace.last)
        page, billed = MeterPageRow, MeterSessionRow
        own = (page.meter == trace.meter, *_in_count(trace.counter))
        sessions = select(page.session_key).where(*own)
        below, above = sessions.where(page.number < first), sessions.where(page.number > last)
        within = sessions.where(page.number.between(first, last)).distinct()
        yield from self._session.scalars(within.limit(MOST_IN_THE_WAY + 1))
        yield from self._session.scalars(below.order_by(page.number.desc()).limit(1))
        yield from self._session.scalars(above.order_by(page.number).limit(1))
        with_cdr = select(billed.session_key).where(
            billed.meter == trace.meter,
            billed.key_fingerprint == trace.counter.key_fingerprint,
            billed.kind == trace.counter.kind,
        )
        lower = with_cdr.where(billed.first_number <= last).order_by(billed.first_number.desc())
        higher = with_cdr.where(billed.first_number > last).order_by(billed.first_number)
        yield from self._session.scalars(lower.limit(2))
        yield from self._session.scalars(higher.limit(1))

    def _by_register(self, trace: Trace) -> Iterator[str]:
        """Who took energy from the same stretch of a register, and the nearest ones below and above it."""
        for key in self._keys_of(trace.meter):
            for span in trace.spans:
                yield from self._session.scalars(self._in_the_way(trace.meter, trace, key, span))
                if key == trace.key_fingerprint:
                    of_register = _stretches(trace.meter, key, span.register)
                    below = of_register.where(MeterEnergyRow.begin_kwh < span.begin_kwh)
                    above = of_register.where(MeterEnergyRow.begin_kwh >= span.end_kwh)
                    yield from self._session.scalars(below.order_by(MeterEnergyRow.begin_kwh.desc()).limit(1))
                    yield from self._session.scalars(above.order_by(MeterEnergyRow.begin_kwh).limit(1))

    def _in_the_way(self, meter: str, trace: Trace, key: str, span: RegisterSpan) -> Select[Any]:
        """The first session under a key that overlaps; under another meter's key only one that ran at the same time.

        Stretches under one key are disjoint, so the first that can overlap is the last that begins at or below.
        """
        energy, of_register = MeterEnergyRow, _stretches(meter, key, span.register)
        nearest = (
            select(energy.begin_kwh)
            .where(*_where(meter, key, span.register), energy.begin_kwh <= span.begin_kwh)
            .order_by(energy.begin_kwh.desc())
            .limit(1)
        )
        start = self._session.scalar(nearest)
        overlapping = of_register.where(
            energy.begin_kwh >= (span.begin_kwh if start is None else start),
            energy.begin_kwh < span.end_kwh,
            energy.end_kwh > span.begin_kwh,
        )
        if key != trace.key_fingerprint and trace.signed_by_meter:
            overlapping = overlapping.join(MeterSessionRow, MeterSessionRow.session_key == energy.session_key).where(
                not_(_apart_in_time(trace)) | _by_party(energy.session_key)
            )
        return overlapping.order_by(energy.begin_kwh).limit(1)

    def _by_time(self, trace: Trace) -> Iterator[str]:
        """Under each key the nearest before and after, and those that ran at the same time or met this one."""
        billed = MeterSessionRow
        for key in self._keys_of(trace.meter):
            of_key = select(billed.session_key).where(billed.meter == trace.meter, billed.key_fingerprint == key)
            before = of_key.where(billed.ends_at <= trace.begins_at).order_by(billed.ends_at.desc())
            after = of_key.where(billed.begins_at >= trace.ends_at).order_by(billed.begins_at)
            for statement in (before, after):
                yield from self._session.scalars(statement.limit(1))
            earlier = of_key.where(billed.begins_at < trace.begins_at).order_by(billed.begins_at.desc())
            within = of_key.where(billed.begins_at.between(trace.begins_at, trace.ends_at)).order_by(billed.begins_at)
            for statement in (earlier, within):
                near = statement.add_columns(billed.ends_at).limit(NEAR_IN_TIME)
                yield from (session for session, ended in self._session.execute(near) if ended >= trace.begins_at)

    def _by_location(self, trace: Trace) -> Iterator[str]:
        """Who ran at the same time and place where one of the two names the place only: it may be the same meter.

        Where one meter stands there, it is, and whoever bills the same energy is in the way at whatever time.
        """
        if trace.location is None:
            return
        billed, place = MeterSessionRow, MeterLocationRow
        here = select(place.session_key).join(billed, billed.session_key == place.session_key)
        together = here.where(place.location == trace.location, not_(_apart_in_time(trace)))
        if trace.meter != trace.location:
            together = together.where(billed.meter == trace.location)
        yield from self._session.scalars(together.order_by(billed.begins_at).limit(MOST_IN_THE_WAY))
        named = select(billed.meter).distinct().join(place, billed.session_key == place.session_key)
        there = {*self._session.scalars(named.where(place.location == trace.location)), trace.meter}
        if len(there - {trace.location}) == 1:
            for meter, span in product(sorted(there - {trace.meter}), trace.spans):
                for key in self._keys_of(meter):
                    yield from self._session.scalars(self._in_the_way(meter, trace, key, span))

    def _keys_of(self, meter: str) -> list[str]:
        """The keys under which sessions of a meter have CDRs: one seek for each, however many sessions there are."""
        keys: list[str] = []
        of_meter = select(MeterSessionRow.key_fingerprint).where(MeterSessionRow.meter == meter)
        while True:
            further = of_meter.where(MeterSessionRow.key_fingerprint > keys[-1]) if keys else of_meter
            found = self._session.scalar(further.order_by(MeterSessionRow.key_fingerprint).limit(1))
            if found is None:
                return keys
            keys.append(found)

    def _trace(self, session_key: str, beside: Trace) -> Trace:
        """What a session takes up in the counts of the same meter: with a CDR all of it, without one its records."""
        row = self._session.get(MeterSessionRow, session_key)
        key = beside.key_fingerprint if row is None else row.key_fingerprint
        counter = None if row is not None and row.kind is None else _counter(key, row, beside)
        pages = () if counter is None else self._pages(session_key, beside.meter, counter, row)
        return Trace(
            name=f"session {self._session_id(session_key)}",
            meter=beside.meter,
            key_fingerprint=key,
            counter=counter if pages else None,
            pages=pages,
            records=frozenset(page.signed_sha256 for page in pages),
            spans=self._spans(session_key),
            begins_at=None if row is None else row.begins_at,
            ends_at=None if row is None else row.ends_at,
            clock_is_signed=row is not None and row.clock_is_signed,
            signed_by_meter=not self._session.scalar(select(_by_party(session_key))),
            bills=row is not None,
        )

    def _pages(self, session_key: str, meter: str, counter: Counter, row: MeterSessionRow | None) -> tuple[Page, ...]:
        """The records of a session in a count.

        Those that another session brought first, without billing them, stay with that one: where the session with a CDR
        begins and ends, they are found by their number.
        """
        page = MeterPageRow
        of_meter = select(page).where(page.meter == meter, *_in_count(counter)).order_by(page.number)
        own = list(self._session.scalars(of_meter.where(page.session_key == session_key)))
        bounds = set() if row is None else {row.first_number, row.last_number} - {one.number for one in own}
        foreign = list(self._session.scalars(of_meter.where(page.number.in_(bounds)))) if bounds else []
        return tuple(sorted(Page(int(one.number), one.signed_sha256) for one in (*own, *foreign)))

    def _spans(self, session_key: str) -> tuple[RegisterSpan, ...]:
        rows = self._session.scalars(
            select(MeterEnergyRow).where(MeterEnergyRow.session_key == session_key).order_by(MeterEnergyRow.register)
        )
        return tuple(RegisterSpan(row.register, row.begin_kwh, row.end_kwh) for row in rows)


def _counter(key: str, row: MeterSessionRow | None, beside: Trace) -> Counter | None:
    if row is not None and row.kind is not None:
        return Counter(key, PaginationKind(row.kind))
    return beside.counter


def _in_count(counter: Counter) -> tuple[ColumnElement[bool], ...]:
    return MeterPageRow.key_fingerprint == counter.key_fingerprint, MeterPageRow.kind == counter.kind


def _where(meter: str, key: str, register: str) -> tuple[ColumnElement[bool], ...]:
    """The stretches of one register under one key that hold energy; the words of the index."""
    energy = MeterEnergyRow
    return (
        energy.meter == meter,
        energy.key_fingerprint == key,
        energy.register == register,
        energy.begin_kwh < energy.end_kwh,
    )


def _stretches(meter: str, key: str, register: str) -> Select[Any]:
    return select(MeterEnergyRow.session_key).where(*_where(meter, key, register))


def _apart_in_time(trace: Trace) -> ColumnElement[bool]:
    return or_(MeterSessionRow.ends_at <= trace.begins_at, MeterSessionRow.begins_at >= trace.ends_at)


def _by_party(session_key: Any) -> ColumnElement[bool]:
    """Whether a market party signed a value of a session, as it was judged there."""
    verdict, payload = PayloadVerificationRow, SignedPayloadRow
    brought = select(verdict.payload_id).join(payload, payload.id == verdict.payload_id)
    return brought.where(payload.session_key == session_key, verdict.signer_kind == SignerKind.PARTY).exists()
