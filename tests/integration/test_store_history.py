"""The meters' counts in the database: neighbours are found in any order of closing, by seeks, and never change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.dialects import postgresql

from cdr_service.domain.errors import ConflictError
from meter_sign import Code, Counter, Page, PaginationKind, RegisterSpan, Severity, Trace, check_history
from tests.unit.persistence.samples import CPO, NOW, closing_database, opening, with_session

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Engine


TOTAL = "1-0:1.8.0"
_NUMBERS = count(1)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database that the tests of this module share; each test has meters of its own."""
    with closing_database(tmp_path_factory.mktemp("history")) as engine:
        yield engine


def trace(
    meter: str, pages: Sequence[int] = (), kwh: tuple[str, str] | None = None, *, key: str = "K1", hours: Any = (0, 1)
) -> Trace:
    """A session of a meter, by its records' numbers, readings and hours."""
    fingerprint = f"{meter}/{key}"
    numbered = tuple(Page(number, f"{meter}/{next(_NUMBERS)}") for number in pages)
    return Trace(
        name="this session",
        meter=meter,
        key_fingerprint=fingerprint,
        counter=Counter(fingerprint, PaginationKind.TRANSACTION) if numbered else None,
        pages=numbered,
        records=frozenset(page.signed_sha256 for page in numbered),
        spans=() if kwh is None else (RegisterSpan(TOTAL, Decimal(kwh[0]), Decimal(kwh[1])),),
        begins_at=NOW + timedelta(hours=hours[0]),
        ends_at=NOW + timedelta(hours=hours[1]),
        bills=True,
    )


def new_meter() -> str:
    """A meter that no other test has."""
    return f"M{next(_NUMBERS)}"


def bring(engine: Engine, one: Trace) -> str:
    """Start a session and bring its records; gives its id."""
    session_id = f"H-{next(_NUMBERS)}"
    with_session(engine, session_id)
    with opening(engine)() as store:
        pages = [] if one.counter is None else [(one.counter, page) for page in one.pages]
        store.add_pages(one.meter, pages, CPO, session_id, now=NOW)
    return session_id


def close(engine: Engine, one: Trace, session_id: str | None = None) -> set[tuple[Code, Severity]]:
    """Close a session as the gateway does: it takes up its place only without an error."""
    id_ = session_id or bring(engine, one)
    with opening(engine)() as store:
        store.lock_meter(one)
        findings = check_history(one, store.list_neighbours(one, CPO, id_), store.count_known)
        if all(finding.severity is not Severity.ERROR for finding in findings):
            store.add_to_history(one, CPO, id_, now=NOW)
    return {(finding.code, finding.severity) for finding in findings}


def test_sessions_in_turn_have_no_findings(engine: Engine) -> None:
    """Numbers and energy that run on."""
    meter = new_meter()
    sessions = [trace(meter, [n, n + 1], (str(n), str(n + 2)), hours=(n, n + 1)) for n in (1, 3, 5)]
    assert [set(), set(), set()] == [close(engine, one) for one in sessions]


def test_sessions_in_turn_may_close_in_any_order(engine: Engine) -> None:
    """Until the one in between is closed, its energy is told as billed by nobody; it is no error, and no gap."""
    meter = new_meter()
    sessions = [trace(meter, [n, n + 1], (str(n), str(n + 2)), hours=(n, n + 1)) for n in (1, 3, 5)]
    ids = [bring(engine, one) for one in sessions]
    found = [close(engine, sessions[index], ids[index]) for index in (2, 0, 1)]
    assert [set(), {(Code.ENERGY_BETWEEN_SESSIONS, Severity.INFO)}, set()] == found


def test_late_session_is_held_against_both_neighbours(engine: Engine) -> None:
    """A session that is closed last and reaches into its successor is refused, and the gap before it is told."""
    meter = new_meter()
    before, after = trace(meter, [1, 2], ("0", "10")), trace(meter, [7, 8], ("20", "30"), hours=(4, 5))
    gap = (Code.PAGINATION_GAP, Severity.WARNING)
    assert set() == close(engine, before)
    assert {gap, (Code.ENERGY_BETWEEN_SESSIONS, Severity.INFO)} == close(engine, after)
    late = trace(meter, [5, 6], ("10", "20.5"), hours=(2, 3))
    assert {gap, (Code.ENERGY_OVERLAPS, Severity.ERROR)} == close(engine, late)


def test_records_of_sessions_that_are_still_open_are_not_missing(engine: Engine) -> None:
    """A session that nobody has closed has used its numbers all the same."""
    meter = new_meter()
    close(engine, trace(meter, [1, 2], ("0", "10")))
    bring(engine, trace(meter, [3, 4]))
    assert {(Code.ENERGY_BETWEEN_SESSIONS, Severity.INFO)} == close(engine, trace(meter, [5, 6], ("12", "20")))


def test_records_of_another_meter_behind_the_same_key_are_not_missing(engine: Engine) -> None:
    """One signing component counts the records of both outlets."""
    meter = new_meter()
    close(engine, trace(meter, [1, 2], ("0", "10")))
    other = replace(trace(meter, [3, 4], ("0", "10")), meter=new_meter())
    assert set() == close(engine, other)
    assert set() == close(engine, trace(meter, [5, 6], ("10", "20")))


def test_records_of_an_open_session_in_between_stop_the_wrong_pair(engine: Engine) -> None:
    """The begin of one session with the end of a later one, closed before the session in between."""
    meter = new_meter()
    bring(engine, trace(meter, [3, 4], ("10", "20")))
    skipping = trace(meter, [1, 6], ("0", "30"))
    assert {(Code.TRANSACTIONS_INTERLEAVE, Severity.ERROR)} == close(engine, skipping)


def test_session_within_a_billed_one_is_refused(engine: Engine) -> None:
    """A pair that was billed too early takes the energy of the session in between with it, and that is seen."""
    meter = new_meter()
    assert set() == {code for code, severity in close(engine, trace(meter, [1, 9], ("0", "30"))) if severity == "error"}
    for pages in ([2, 3], [7, 8], [5, 6]):
        found = close(engine, trace(meter, pages, ("5", "5")))
        assert (Code.TRANSACTIONS_INTERLEAVE, Severity.ERROR) in found


def test_copies_leave_a_number_with_the_session_that_brought_it(engine: Engine) -> None:
    """Another session that is sent the same bytes does not stand in the way of the first."""
    first = trace(new_meter(), [1, 2], ("0", "10"))
    id_ = bring(engine, first)
    bring(engine, first)
    assert set() == close(engine, first, id_)


def test_exchange_of_the_meter_is_told(engine: Engine) -> None:
    """Under a new key, later in time, the register may pass the same values again; at the same time it may not."""
    meter = new_meter()
    close(engine, trace(meter, [1, 2], ("0", "10"), hours=(0, 1)))
    again = trace(meter, [1, 2], ("5", "10"), key="K2", hours=(0, 1))
    assert (Code.ENERGY_OVERLAPS, Severity.ERROR) in close(engine, again)
    new = trace(meter, [3, 4], ("2", "8"), key="K2", hours=(5, 6))
    expected = {(Code.KEY_CHANGED, Severity.INFO), (Code.REGISTER_DECREASES, Severity.WARNING)}
    assert expected == close(engine, new)
    assert set() == close(engine, trace(meter, [5, 6], ("8", "9"), key="K2", hours=(7, 8)))


def test_sessions_without_any_count_must_not_run_at_once(engine: Engine) -> None:
    """Differences count nothing on; the meter's synchronised clock shows that two ran at the same time."""
    meter = new_meter()
    assert set() == close(engine, trace(meter, hours=(0, 2)))
    assert set() == close(engine, trace(meter, hours=(2, 3)))
    assert {(Code.TRANSACTIONS_INTERLEAVE, Severity.ERROR)} == close(engine, trace(meter, hours=(1, 2)))
    watched = replace(trace(meter, hours=(1, 2)), clock_is_signed=False)
    assert set() == close(engine, watched)


FEW = st.integers(0, 6)


@st.composite
def crowds(draw: st.DrawFn) -> list[tuple[int, int, tuple[int, int], str, tuple[int, int]]]:
    """Sessions on few numbers and few kilowatt-hours: first number, records, readings, key, hours."""
    pair = st.tuples(FEW, FEW).map(lambda two: (min(two), max(two)))
    one = st.tuples(FEW, st.integers(0, 3), pair, st.sampled_from(["K1", "K2"]), pair)
    return draw(st.lists(one, max_size=8))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(crowds())
def test_what_gets_a_cdr_bills_nothing_twice(engine: Engine, crowd: list[Any]) -> None:
    """Whatever is closed in whatever order: sessions with a CDR share no number and no energy."""
    meter, good = new_meter(), []
    for first, records, kwh, key, hours in crowd:
        pages = range(first, first + records)
        one = trace(meter, pages, (str(kwh[0]), str(kwh[1])), key=key, hours=hours)
        if all(severity is not Severity.ERROR for _, severity in close(engine, one)):
            good.append(one)
    for index, one in enumerate(good):
        for other in good[index + 1 :]:
            same_key = one.key_fingerprint == other.key_fingerprint
            numbers = [{page.number for page in each.pages} for each in (one, other)]
            assert not (same_key and numbers[0] & numbers[1])
            assert _apart(one, other) or (not same_key and _one_after_the_other(one, other))


def _apart(one: Trace, other: Trace) -> bool:
    return min(one.spans[0].end_kwh, other.spans[0].end_kwh) <= max(one.spans[0].begin_kwh, other.spans[0].begin_kwh)


def _one_after_the_other(one: Trace, other: Trace) -> bool:
    assert one.begins_at is not None
    assert one.ends_at is not None
    assert other.begins_at is not None
    assert other.ends_at is not None
    return one.ends_at <= other.begins_at or other.ends_at <= one.begins_at


def test_neighbours_are_found_by_seeks(engine: Engine) -> None:
    """No statement of the look-up scans a table of the history, however many sessions there are."""
    meter = new_meter()
    close(engine, trace(meter, [1, 2], ("0", "10"), hours=(0, 1)))
    close(engine, trace(meter, [1, 2], ("10", "20"), key="K2", hours=(5, 6)))
    statements: list[tuple[str, Any]] = []

    def remember(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", remember)
    try:
        close(engine, trace(meter, [9, 10], ("30", "40"), key="K2", hours=(7, 8)))
    finally:
        event.remove(engine, "before_cursor_execute", remember)
    looked_up = [one for one in statements if one[0].startswith("SELECT") and "meter_" in one[0]]
    assert len(looked_up) > 10
    with engine.begin() as connection:
        plans = [
            row[3]
            for text, values in looked_up
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        ]
    assert [] == [step for step in plans if step.startswith("SCAN")]


def test_a_session_takes_up_its_place_once(engine: Engine) -> None:
    """A second CDR of a session could not even be noted."""
    one = trace(new_meter(), [1], ("0", "1"))
    id_ = bring(engine, one)
    close(engine, one, id_)
    with pytest.raises(ConflictError, match="UNIQUE_VIOLATED"), opening(engine)() as store:
        store.add_to_history(one, CPO, id_, now=NOW)


def test_a_session_without_times_has_no_place(engine: Engine) -> None:
    """Whoever notes a session knows when it was."""
    one = replace(trace(new_meter(), [1], ("0", "1")), begins_at=None, ends_at=None)
    with pytest.raises(ValueError, match="begin and an end"), opening(engine)() as store:
        store.add_to_history(one, CPO, "S-1", now=NOW)


def test_a_meter_is_locked_on_postgresql(engine: Engine) -> None:
    """Where transactions run side by side, the rows of the meter's keys are locked; on SQLite all of it is."""
    one = trace(new_meter(), [1], ("0", "1"))
    with opening(engine)() as store:
        sql = str(store.lock_statement(one).compile(dialect=postgresql.dialect()))
    assert sql.endswith("FOR UPDATE")
