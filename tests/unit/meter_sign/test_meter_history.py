"""What is found between the transactions of one meter: hand-made traces, one rule a test."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.codes import Code, Severity
from meter_sign.meter_history import Counter, Page, RegisterSpan, Trace, check_history, find_history
from meter_sign.meter_history.of_file import MOST_KEYS
from meter_sign.model import PaginationKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NINE = datetime(2026, 1, 15, 9, tzinfo=UTC)
TOTAL = "1-0:1.8.0"
WARNING, INFO, ERROR = Severity.WARNING, Severity.INFO, Severity.ERROR


def session(
    name: str,
    pages: Iterable[int] = (),
    kwh: tuple[str, str] | None = None,
    *,
    key: str = "K1",
    kind: PaginationKind = PaginationKind.TRANSACTION,
    hours: tuple[int, int] | None = None,
    signed: str | None = None,
    **fields: Any,
) -> Trace:
    """A session of meter M that bills: its records' numbers, its readings of the total, its hours of the day.

    Args:
        name: of the session, and of its signed bytes unless `signed` names others.
        pages: the numbers.
        kwh: begin and end.
        key: fingerprint of the key.
        kind: which count the numbers belong to.
        hours: begin and end, by a synchronised clock.
        signed: whose bytes its records are copies of.
        fields: further fields of the trace.
    """
    numbered = tuple(Page(number, f"{signed or name}/{number}") for number in pages)
    usual: dict[str, Any] = {
        "name": name,
        "meter": "M",
        "key_fingerprint": key,
        "counter": Counter(key, kind) if numbered else None,
        "pages": numbered,
        "records": frozenset(page.signed_sha256 for page in numbered) or frozenset({signed or name}),
        "spans": () if kwh is None else (RegisterSpan(TOTAL, Decimal(kwh[0]), Decimal(kwh[1])),),
        "begins_at": None if hours is None else NINE + timedelta(hours=hours[0]),
        "ends_at": None if hours is None else NINE + timedelta(hours=hours[1]),
        "bills": True,
    }
    return Trace(**(usual | fields))


def found(*traces: Trace) -> list[list[tuple[Code, Severity]]]:
    """What is found about each, as in one file."""
    return [[(one.code, one.severity) for one in findings] for findings in find_history(traces)]


A = session("A", [1, 2], ("100", "110"))
B = session("B", [3, 4], ("110", "120"))


def test_sessions_that_follow_each_other_have_no_findings() -> None:
    """Numbers and energy that run on are what a meter does."""
    assert [[], [], []] == found(A, B, session("C", [5], ("120", "120")))


def test_order_of_the_file_does_not_matter() -> None:
    """The meter's own count orders the sessions, not the order in which they were written down."""
    assert [[], []] == found(B, A)


def test_missing_records_are_counted() -> None:
    """A gap between two sessions is told with its numbers, about the later one."""
    later = session("C", [8, 9], ("110", "111"))
    ((only,),) = find_history((A, later))[1:]
    assert (Code.PAGINATION_GAP, WARNING) == (only.code, only.severity)
    assert "5 record(s) between 2 and 8 are not here, between A and this one" == only.message


def test_records_that_are_in_the_file_are_not_missing() -> None:
    """What another meter behind the same key, or a transaction with an error, has used of the count is no gap."""
    elsewhere = session("other outlet", [3, 4], meter="M2")
    in_vain = session("incomplete", [5], bills=False)
    assert [[], [], [], []] == found(A, elsewhere, in_vain, session("C", [6], ("110", "111")))


def test_counts_of_transactions_and_of_fiscal_records_are_separate() -> None:
    """The number 2 of one count and the number 2 of the other are two records, and neither count has a gap."""
    fiscal = session("fiscal", [2, 3], kind=PaginationKind.FISCAL, bills=False)
    assert [[], [], []] == found(A, fiscal, B)


def test_fiscal_records_have_gaps_of_their_own() -> None:
    """The other count is continuous as well."""
    one, two = (session(name, [page], kind=PaginationKind.FISCAL, bills=False) for name, page in (("F", 1), ("G", 3)))
    assert [[], [(Code.PAGINATION_GAP, WARNING)]] == found(one, two)


def test_other_record_of_the_same_number_is_an_error() -> None:
    """A meter gives each number once."""
    again = session("C", [2, 3], ("110", "111"))
    assert [[], [(Code.PAGINATION_REPEATS, ERROR)]] == found(A, again)


def test_copy_of_a_session_is_an_error() -> None:
    """The same signed bytes bill once, the second time they have the error."""
    copy = session("A again", [1, 2], ("100", "110"), signed="A")
    expected = [(Code.DUPLICATE_RECORD, ERROR), (Code.ENERGY_OVERLAPS, ERROR)]
    assert [[], expected] == found(A, copy)


def test_copy_of_a_session_without_energy_is_an_error() -> None:
    """A session of 0 kWh can still cost a fee."""
    empty = session("E", [1], ("5", "5"))
    assert [[], [(Code.DUPLICATE_RECORD, ERROR)]] == found(empty, replace(empty, name="E again"))


def test_copy_of_a_record_in_what_bills_nothing_is_told() -> None:
    """A begin that stands there twice bills nothing twice."""
    lone = session("lone", [1], signed="A", bills=False)
    assert [[], [(Code.DUPLICATE_RECORD, WARNING)]] == found(lone, A)


def test_energy_signed_again_is_an_error() -> None:
    """New numbers do not make new kilowatt-hours."""
    again = session("C", [3, 4], ("100", "110"))
    assert [[], [(Code.ENERGY_OVERLAPS, ERROR)]] == found(A, again)


@pytest.mark.parametrize("kwh", [("109.999", "120"), ("90", "100.001"), ("101", "102"), ("90", "120")])
def test_energy_that_overlaps_in_part_is_an_error(kwh: tuple[str, str]) -> None:
    """One watt-hour in two sessions is one too many."""
    assert [(Code.ENERGY_OVERLAPS, ERROR)] == found(A, session("C", [3, 4], kwh))[1]


def test_what_has_no_error_never_overlaps() -> None:
    """A long session over two that overlap each other: one of the two bills, and nothing else does."""
    long, first, second = (
        session("long", [1, 9], ("0", "100")),
        session("first", [2, 3], ("10", "20")),
        session("second", [4, 5], ("15", "25")),
    )
    errors = [any(severity is ERROR for _, severity in one) for one in found(long, first, second)]
    assert [True, False, True] == errors


def test_what_has_an_error_takes_no_energy() -> None:
    """A session that overlaps its predecessor does not spoil its successor as well."""
    stretched = session("stretched", [3, 4], ("100", "115"))
    following = session("following", [5, 6], ("110", "120"))
    assert [[], [(Code.ENERGY_OVERLAPS, ERROR)], []] == found(A, stretched, following)


def test_transaction_that_bills_nothing_takes_no_energy() -> None:
    """Who is refused anyway must not stop the one that is right."""
    refused = session("refused", [1, 2], ("100", "110"), bills=False)
    assert [[], []] == found(refused, session("right", [3, 4], ("100", "110")))


def test_begin_with_the_end_of_a_later_session_is_an_error() -> None:
    """Between its begin and its end lies a whole other session."""
    skipping = session("A+C", [1, 6], ("100", "130"))
    inside = session("B", [3, 4], ("110", "120"))
    expected = [(Code.TRANSACTIONS_INTERLEAVE, ERROR), (Code.ENERGY_OVERLAPS, ERROR)]
    assert [expected, []] == found(skipping, inside)


def test_wrong_pair_that_was_refused_does_not_stop_the_session_within() -> None:
    """Whose begin and end do not belong together has proven nothing against what lies between them."""
    refused, billed = (session("A+C", [1, 6], ("100", "130"), bills=bills) for bills in (False, True))
    inside = session("B", [3, 4], ("135", "140"))
    assert () == check_history(inside, (refused,), lambda *_: 0)
    assert [Code.TRANSACTIONS_INTERLEAVE] == [one.code for one in check_history(inside, (billed,), lambda *_: 0)]


def test_lone_end_inside_shows_that_a_session_was_skipped() -> None:
    """The end that was left over is proof enough."""
    skipping = session("A+C", [1, 6], ("100", "130"))
    lone = session("end of A", [2], bills=False)
    assert [[(Code.TRANSACTIONS_INTERLEAVE, ERROR)], []] == found(skipping, lone)


def test_copy_of_its_end_does_not_hide_a_skipped_session() -> None:
    """Behind a copy that means nothing lies the session that means something."""
    skipping = session("A+C", [1, 6], bills=False)
    copy = session("end again", [6], signed="A+C", bills=False)
    inside = session("B", [3, 4], bills=False)
    errors = [(Code.TRANSACTIONS_INTERLEAVE, ERROR) in findings for findings in found(copy, inside, skipping)]
    assert [False, False, True] == errors


def test_lone_record_on_the_way_shows_nothing() -> None:
    """An intermediate record without an id lies between begin and end because it belongs there."""
    lone = session("on the way", [2], bills=False, bounded=False)
    assert [[], []] == found(session("A", [1, 3], ("100", "110")), lone)


def test_interleaved_transactions_are_an_error() -> None:
    """A meter serves one vehicle at a time."""
    one, other = session("one", [1, 3], ("1", "1")), session("other", [2, 4], ("1", "1"))
    assert [[], [(Code.TRANSACTIONS_INTERLEAVE, ERROR)]] == found(one, other)


def test_energy_between_sessions_is_told() -> None:
    """What no session bills is told with its amount, and stops nothing."""
    ((only,),) = find_history((A, session("C", [3, 4], ("110.25", "120"))))[1:]
    assert (Code.ENERGY_BETWEEN_SESSIONS, INFO) == (only.code, only.severity)
    assert f"{TOTAL} counted 0.25 kWh between this one and A, and neither bills them" == only.message


def test_register_that_falls_is_an_error() -> None:
    """Under one key a total only counts up."""
    assert [[], [(Code.REGISTER_DECREASES, ERROR)]] == found(A, session("C", [3, 4], ("0", "5")))


def test_register_that_falls_under_a_new_key_is_told() -> None:
    """The meter behind the id was exchanged: its register and its count begin anew, and may pass the same values."""
    old = replace(A, begins_at=NINE, ends_at=NINE + timedelta(hours=1))
    new = session("C", [1, 2], ("105", "107"), key="K2", hours=(2, 3))
    assert [[], [(Code.KEY_CHANGED, INFO), (Code.REGISTER_DECREASES, WARNING)]] == found(old, new)


def test_new_key_with_the_register_running_on_is_told() -> None:
    """Only what signs was exchanged."""
    new = session("C", [1, 2], ("110", "115"), key="K2")
    assert [[], [(Code.KEY_CHANGED, INFO)]] == found(A, new)


def test_new_key_is_told_once() -> None:
    """The second session under a new key follows its like."""
    new, newer = session("C", [1, 2], ("110", "115"), key="K2"), session("D", [3], ("115", "116"), key="K2")
    assert () == check_history(newer, (new, A), lambda *_: 0)


def test_exchange_excuses_only_what_came_before() -> None:
    """Of two sessions under the old key one came before the new key's; the other ran at the same time."""
    before, beside = (
        session("before", [1], ("0", "10"), hours=(0, 1)),
        session("beside", [2], ("10", "20"), hours=(9, 10)),
    )
    after = session("after", [3], ("20", "30"), hours=(11, 12))
    new = session("new", [1], ("5", "15"), key="K2", hours=(9, 10))
    assert (Code.ENERGY_OVERLAPS, ERROR) in found(before, beside, after, new)[3]


@pytest.mark.parametrize("hours", [None, (0, 1), (0, 3)])
def test_second_key_is_no_way_to_bill_twice(hours: tuple[int, int] | None) -> None:
    """Where the clock does not show that one key followed the other, the same energy is the same energy."""
    old = replace(A, begins_at=NINE, ends_at=NINE + timedelta(hours=1))
    again = session("C", [1, 2], ("100", "110"), key="K2", hours=hours)
    assert (Code.ENERGY_OVERLAPS, ERROR) in found(old, again)[1]


def test_meters_do_not_disturb_each_other() -> None:
    """The same numbers and readings of another meter are its own."""
    assert [[], []] == found(A, replace(A, meter="M2", records=frozenset({"other"})))


def test_registers_do_not_disturb_each_other() -> None:
    """Two registers may stand at the same value."""
    other = replace(B, spans=(RegisterSpan("1-0:B1.8.0", Decimal(100), Decimal(110)),))
    assert [[], []] == found(A, other)


@pytest.mark.parametrize(
    ("pages", "hours", "expected"),
    [((), (1, 3), [(Code.TRANSACTIONS_INTERLEAVE, ERROR)]), ((), (2, 3), []), ((3, 4), (1, 3), [])],
    ids=["at once", "one after the other", "counted"],
)
def test_two_totals_of_one_energy_do_not_bill_twice(
    pages: tuple[int, ...], hours: tuple[int, int], expected: list[tuple[Code, Severity]]
) -> None:
    """Where no record has a number, a total and the total of its tariff are told apart by their times alone."""
    one = session("total", pages and (1, 2), ("100", "110"), hours=(0, 2))
    tariff = (RegisterSpan("1-0:1.8.1", Decimal(100), Decimal(110)),)
    assert [[], expected] == found(one, session("tariff", pages, hours=hours, spans=tariff))


def test_register_orders_what_no_count_orders() -> None:
    """Where records have no numbers, the total itself tells who comes next: it runs on, or some energy is missing."""
    first, second, third = (
        session(name, (), kwh) for name, kwh in (("1", ("0", "5")), ("2", ("5", "9")), ("3", ("9", "12")))
    )
    assert [[], [], []] == found(first, second, third)
    assert () == check_history(third, (first, second), lambda *_: 0)
    assert [[], [(Code.ENERGY_BETWEEN_SESSIONS, INFO)]] == found(first, third)


def test_copy_is_found_without_any_count() -> None:
    """Also where nothing counts on, the same bytes bill once, whoever else holds them."""
    lone = session("lone", signed="R", bills=False)
    one, again = session("one", signed="R"), session("again", signed="R")
    expected = [[], [(Code.DUPLICATE_RECORD, WARNING)], [(Code.DUPLICATE_RECORD, ERROR)]]
    assert expected == found(lone, one, again)


def test_sessions_without_any_count_must_not_run_at_once() -> None:
    """Where a meter counts nothing on from session to session, its synchronised clock tells one from the other."""
    one, after, again = session("one", hours=(0, 2)), session("after", hours=(2, 3)), session("again", hours=(1, 3))
    assert [[], [], [(Code.TRANSACTIONS_INTERLEAVE, ERROR)] * 2] == found(one, after, again)


def test_one_begin_is_no_two_sessions() -> None:
    """A session register starts at zero each time, so only its begin tells that it was signed again under a number."""
    one, again, later = session("one", [1], hours=(0, 2)), session("again", [2], hours=(0, 2)), session("later", [3])
    assert [[], [(Code.TRANSACTIONS_INTERLEAVE, ERROR)], []] == found(one, again, later)


def test_clock_that_was_set_back_does_not_outrank_the_count() -> None:
    """Sessions with numbers of their own may seem to overlap."""
    assert [[], []] == found(session("one", [1], hours=(1, 3)), session("next", [2], hours=(2, 4)))


def test_a_late_session_is_judged_with_both_neighbours() -> None:
    """A session that is closed after its successor must fit before it, too."""
    before, after = session("before", [1, 2], ("0", "10")), session("after", [5, 6], ("20", "30"))
    fitting, late = session("fits", [3, 4], ("10", "20")), session("late", [3], ("10", "22"))
    assert () == check_history(fitting, (after, before), lambda *_: 0)
    told = {(one.code, one.severity) for one in check_history(late, (after, before), lambda *_: 0)}
    assert {(Code.ENERGY_OVERLAPS, ERROR), (Code.PAGINATION_GAP, WARNING)} == told


def test_energy_after_a_late_session_is_told() -> None:
    """Both sides of a late session are looked at."""
    late, after = session("late", [3, 4], ("10", "19")), session("after", [5, 6], ("20", "30"))
    (only,) = check_history(late, (after,), lambda *_: 0)
    assert (Code.ENERGY_BETWEEN_SESSIONS, INFO) == (only.code, only.severity)


# A file of 20 000 transactions ----------------------------------------------------------------------------------------


FULL = 20_000
#: Files that would cost a second for each pair, were all pairs looked at: each by its transaction of a number.
SHAPES: dict[str, Callable[[int], Trace]] = {
    "in turn": lambda n: session(f"S{n}", [n], (str(n), str(n + 1))),
    "all the same": lambda n: session(f"S{n}", [1], ("1", "2")),
    "each its own key": lambda n: session(f"S{n}", [1], (str(n % 7), "9"), key=f"K{n}", hours=(n, n + 1)),
    "copies that bill nothing": lambda n: session(f"S{n}", [1], ("0", "5"), signed="S", bills=False),
    "on the way, one around the other": lambda n: session(
        f"S{n}", [FULL - n, FULL + n + 1], ("0", "5"), bills=False, bounded=False
    ),
    "one end for all": lambda n: session(f"S{n}", [n, FULL], ("0", "5"), signed="S", bills=False),
    "idle ones over all energy": lambda n: session(
        f"S{n}", [n], ("0", str(FULL)) if n % 2 else (str(n), str(n + 1)), bills=not n % 2
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_full_file_takes_seconds(shape: str) -> None:
    """20 000 transactions, the cap of a file, are compared in less than ten seconds."""
    traces = [SHAPES[shape](n) for n in range(FULL)]
    began = monotonic()
    assert FULL == len(find_history(traces))
    assert monotonic() - began < 10


def test_more_keys_than_a_meter_has_are_no_excuse() -> None:
    """Beyond the keys that are told apart, the same energy overlaps whatever its time."""
    traces = [session(f"S{n}", [1], ("1", "2"), key=f"K{n}", hours=(n, n + 1)) for n in range(MOST_KEYS + 2)]
    errors = [(Code.ENERGY_OVERLAPS, ERROR) in findings for findings in found(*traces)]
    assert [False] * MOST_KEYS + [True, True] == errors
