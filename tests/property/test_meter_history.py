"""Whatever a meter did: its true sessions never have an error, and what was copied, stretched or left out is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from meter_sign.codes import Code, Severity
from meter_sign.meter_history import Counter, Page, RegisterSpan, Trace, find_history
from meter_sign.model import PaginationKind

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


class Life(NamedTuple):
    """A meter's true sessions, in their order."""

    sessions: list[Trace]


@st.composite
def lives(draw: st.DrawFn, *, at_least: int = 1, energy: bool = False) -> Life:
    """Records with consecutive numbers and a register that only rises, cut into sessions at random.

    Args:
        draw: hypothesis.
        at_least: how many sessions there are.
        energy: whether each session has some energy.
    """
    number, kwh, at = draw(st.integers(0, 10**18)), Decimal(draw(st.integers(0, 10**9))).scaleb(-3), FIRST
    clock = draw(st.booleans())
    sessions = []
    for index in range(draw(st.integers(at_least, at_least + 8))):
        records = draw(st.integers(1, 5))
        begin, end = kwh, kwh + Decimal(draw(st.integers(int(energy), 10**5))).scaleb(-3)
        kwh = end + Decimal(draw(st.sampled_from([0, 0, 0, 1, 500]))).scaleb(-3)
        ends_at = at + timedelta(seconds=draw(st.integers(0, 10**5)))
        sessions.append(_session(index, number, records, (begin, end), (at, ends_at) if clock else (None, None)))
        number, at = number + records, ends_at + timedelta(seconds=draw(st.integers(0, 10**5)))
    return Life(sessions)


def _session(
    index: int,
    number: int,
    records: int,
    kwh: tuple[Decimal, Decimal],
    times: tuple[datetime | None, datetime | None],
    key: str = "K",
) -> Trace:
    pages = tuple(Page(number + offset, f"{index}/{offset}") for offset in range(records))
    return Trace(
        name=f"session {index}",
        meter="M",
        key_fingerprint=key,
        counter=Counter(key, PaginationKind.TRANSACTION),
        pages=pages,
        records=frozenset(page.signed_sha256 for page in pages),
        spans=(RegisterSpan("1-0:1.8.0", *kwh),),
        begins_at=times[0],
        ends_at=times[1],
        bills=True,
    )


def codes(traces: list[Trace], severity: Severity) -> set[Code]:
    """Every code of this severity, about any of them."""
    return {one.code for findings in find_history(traces) for one in findings if one.severity is severity}


@given(lives(), st.data())
def test_true_sessions_have_no_error(life: Life, data: st.DataObject) -> None:
    """However a meter's life is cut into sessions and written down: no error, and nothing is missing."""
    traces = data.draw(st.permutations(life.sessions))
    assert set() == codes(traces, Severity.ERROR) | codes(traces, Severity.WARNING)


@given(lives(), st.data())
def test_energy_between_sessions_is_told_exactly(life: Life, data: st.DataObject) -> None:
    """As many findings as there are steps of the register between two sessions."""
    traces = data.draw(st.permutations(life.sessions))
    steps = [one.spans[0].end_kwh != other.spans[0].begin_kwh for one, other in pairwise(life.sessions)]
    found = [one for findings in find_history(traces) for one in findings]
    assert sum(steps) == sum(one.code is Code.ENERGY_BETWEEN_SESSIONS for one in found)


@given(lives(), st.data())
def test_every_copy_is_found(life: Life, data: st.DataObject) -> None:
    """A session that stands there twice has an error, and only one of the two."""
    copy = replace(data.draw(st.sampled_from(life.sessions)), name="the copy")
    findings = find_history(data.draw(st.permutations([*life.sessions, copy])))
    bad = [found for found in findings if any(one.severity is Severity.ERROR for one in found)]
    assert 1 == len(bad)
    assert Code.DUPLICATE_RECORD in {one.code for one in bad[0]}


@given(lives(energy=True), st.data())
def test_energy_signed_again_is_found(life: Life, data: st.DataObject) -> None:
    """The same readings under new numbers bill nothing a second time."""
    again = data.draw(st.sampled_from(life.sessions))
    pages = (Page(life.sessions[-1].last + 1, "new bytes"),)
    forged = replace(again, name="again", pages=pages, records=frozenset({"new bytes"}))
    traces = data.draw(st.permutations([*life.sessions, forged]))
    found = find_history(traces)[traces.index(forged)]
    assert Code.ENERGY_OVERLAPS in {one.code for one in found if one.severity is Severity.ERROR}


@given(lives(at_least=3), st.data())
def test_begin_with_a_later_end_is_found(life: Life, data: st.DataObject) -> None:
    """A begin that is put together with the end of a later session has an error while one between them is there."""
    first = data.draw(st.integers(0, len(life.sessions) - 3))
    last = data.draw(st.integers(first + 2, len(life.sessions) - 1))
    begin, end = life.sessions[first], life.sessions[last]
    forged = replace(
        begin,
        name="forged",
        pages=(begin.pages[0], end.pages[-1]),
        records=frozenset({begin.pages[0].signed_sha256, end.pages[-1].signed_sha256}),
        spans=(RegisterSpan("1-0:1.8.0", begin.spans[0].begin_kwh, end.spans[0].end_kwh),),
        ends_at=end.ends_at,
    )
    traces = data.draw(st.permutations([*life.sessions[:first], forged, *life.sessions[first + 1 : last]]))
    found = find_history(traces)[traces.index(forged)]
    assert Code.TRANSACTIONS_INTERLEAVE in {one.code for one in found if one.severity is Severity.ERROR}


@given(lives(at_least=3), st.data())
def test_every_omitted_session_is_found(life: Life, data: st.DataObject) -> None:
    """A session between two others that is not there leaves a gap of as many records as it has."""
    left_out = data.draw(st.integers(1, len(life.sessions) - 2))
    traces = data.draw(st.permutations([*life.sessions[:left_out], *life.sessions[left_out + 1 :]]))
    (only,) = [one for findings in find_history(traces) for one in findings if one.code is Code.PAGINATION_GAP]
    assert only.message.startswith(f"{len(life.sessions[left_out].pages)} record(s) between ")


@given(lives(at_least=2), lives(), st.data())
def test_exchange_of_the_meter_has_no_error(old: Life, new: Life, data: st.DataObject) -> None:
    """A new meter behind the same id, with a new key and synchronised clocks, may count what it likes."""
    later = FIRST + timedelta(days=3650)
    old_sessions = [_retimed(one, FIRST + timedelta(days=n)) for n, one in enumerate(old.sessions)]
    new_sessions = [
        replace(
            _retimed(one, later + timedelta(days=n)),
            key_fingerprint="K2",
            counter=Counter("K2", PaginationKind.TRANSACTION),
            records=frozenset(f"new/{record}" for record in one.records),
        )
        for n, one in enumerate(new.sessions)
    ]
    traces = [*data.draw(st.permutations(old_sessions)), *data.draw(st.permutations(new_sessions))]
    assert set() == codes(traces, Severity.ERROR)


def _retimed(trace: Trace, at: datetime) -> Trace:
    return replace(trace, begins_at=at, ends_at=at + timedelta(hours=1))


@st.composite
def crowds(draw: st.DrawFn) -> list[Trace]:
    """Any sessions at all, on few numbers and few kilowatt-hours, so that they get into each other's way."""
    few = st.integers(0, 6)
    traces = []
    for index in range(draw(st.integers(0, 12))):
        begin, end = sorted([draw(few), draw(few)])
        key = draw(st.sampled_from("KL"))
        hours = draw(st.one_of(st.none(), st.tuples(few, few)))
        times = (None, None) if hours is None else tuple(FIRST + timedelta(hours=hour) for hour in sorted(hours))
        trace = _session(index, draw(few), draw(st.integers(1, 3)), (Decimal(begin), Decimal(end)), times, key)
        traces.append(replace(trace, bills=draw(st.booleans())))
    return traces


@given(crowds())
def test_what_has_no_error_bills_nothing_twice(traces: list[Trace]) -> None:
    """Of any crowd of sessions, those that bill without an error share no record, no number and no energy."""
    found = find_history(traces)
    good = [
        trace
        for trace, findings in zip(traces, found, strict=True)
        if trace.bills and all(one.severity is not Severity.ERROR for one in findings)
    ]
    for index, one in enumerate(good):
        for other in good[index + 1 :]:
            same_key = one.key_fingerprint == other.key_fingerprint
            assert not one.records & other.records
            assert not (same_key and {page.number for page in one.pages} & {page.number for page in other.pages})
            assert _apart(one, other) or (not same_key and _one_after_the_other(one, other))


def _apart(one: Trace, other: Trace) -> bool:
    return min(one.spans[0].end_kwh, other.spans[0].end_kwh) <= max(one.spans[0].begin_kwh, other.spans[0].begin_kwh)


def _one_after_the_other(one: Trace, other: Trace) -> bool:
    if one.begins_at is None or one.ends_at is None or other.begins_at is None or other.ends_at is None:
        return False
    return one.ends_at <= other.begins_at or other.ends_at <= one.begins_at


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 8000)), max_size=12), st.data())
def test_true_sessions_without_a_count_have_no_error(stays: list[tuple[int, int]], data: st.DataObject) -> None:
    """MSCONS: nothing counts, minutes are stated, one session ends in the minute in which the next begins."""
    at, kwh, sessions = FIRST, Decimal(0), []
    for index, (idle, lasts) in enumerate(stays):
        begins_at, begin = at + timedelta(seconds=idle), kwh + Decimal(data.draw(st.sampled_from([0, 20]))).scaleb(-3)
        at, kwh = (
            begins_at + timedelta(seconds=lasts),
            begin + Decimal(lasts * data.draw(st.integers(0, 100))).scaleb(-3),
        )
        minutes = tuple(one.replace(second=0) for one in (begins_at, at))
        numbered = _session(index, index, 1, (begin, kwh), minutes)
        sessions.append(replace(numbered, counter=None, pages=()))
    assert set() == codes(data.draw(st.permutations(sessions)), Severity.ERROR)
