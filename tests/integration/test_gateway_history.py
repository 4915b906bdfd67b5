"""The sessions of one meter at the gateway, over real HTTP: gaps are told, energy and numbers are billed once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.gateway import Json, RunningGateway, Session, codes, running_gateway, tariff_components
from tests.support.meter import Meter, unregistered_meter
from tools.fixtures.meter_keys import TestKey

if TYPE_CHECKING:
    from collections.abc import Iterator

ENERGY_ONLY = tariff_components(ENERGY="0.49")
NINE = datetime.fromisoformat("2026-01-15T09:00:00+00:00")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A connected gateway that the tests of this module share; each test has meters of its own."""
    with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
        running.connect()
        yield running


def hour(number: float) -> str:
    """A time of the day of the tests: 0 is 9 o'clock."""
    return (NINE + timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def bring(
    gateway: RunningGateway,
    meter: Meter,
    pages: tuple[int, int],
    kwh: tuple[str, str],
    at: float,
    **members: str | None,
) -> Session:
    """A session of half an hour with a signed begin and a signed end, not closed yet."""
    session = gateway.start(gateway.new_place(ENERGY_ONLY), at=hour(at))
    session.value(hour(at), meter.sign("B", kwh[0], hour(at), pages[0], **members))
    session.value(hour(at + 0.5), meter.sign("E", kwh[1], hour(at + 0.5), pages[1], **members))
    return session


def close(session: Session, at: float) -> Json:
    """Close a session that began at this hour."""
    return session.close(hour(at + 0.5))


def test_sessions_in_turn_are_billed_without_a_word(gateway: RunningGateway) -> None:
    """A second session of a meter is nothing that needs to be told."""
    meter = gateway.new_meter()
    first = close(bring(gateway, meter, (1, 2), ("0", "10"), 0), 0)
    second = close(bring(gateway, meter, (3, 4), ("10", "20"), 1), 1)
    assert [("ready", []), ("ready", [])] == [(one["state"], one["findings"]) for one in (first, second)]


def test_gap_between_sessions_is_told_and_billed(gateway: RunningGateway) -> None:
    """Three records that nobody has are a warning in the answer, and stay with the CDR; the energy is proven."""
    meter = gateway.new_meter()
    close(bring(gateway, meter, (1, 2), ("0", "10"), 0), 0)
    closed = close(bring(gateway, meter, (6, 7), ("12", "20"), 1), 1)
    assert ("ready", ["PAGINATION_GAP"]) == (closed["state"], codes(closed, "warning"))
    told = {one["code"]: one["message"] for one in gateway.cdr(closed["cdr_id"])["findings"]}
    assert told["PAGINATION_GAP"].startswith("3 record(s) between 2 and 6 are not here, between session S-")
    assert "1-0:1.8.0 counted 2 kWh between this one and session S-" in told["ENERGY_BETWEEN_SESSIONS"]


@pytest.mark.parametrize(
    ("pages", "kwh", "code"),
    [
        ((3, 4), ("5", "15"), "ENERGY_OVERLAPS"),
        ((3, 4), ("0", "10"), "ENERGY_OVERLAPS"),
        ((2, 3), ("10", "20"), "PAGINATION_REPEATS"),
        ((3, 4), ("0", "0"), "REGISTER_DECREASES"),
    ],
)
def test_what_was_billed_is_not_billed_again(
    gateway: RunningGateway, pages: tuple[int, int], kwh: tuple[str, str], code: str
) -> None:
    """Signed anew under other numbers, or other readings under the same number: no CDR, and the reason."""
    meter = gateway.new_meter()
    assert "ready" == close(bring(gateway, meter, (1, 2), ("0", "10"), 0), 0)["state"]
    session = bring(gateway, meter, pages, kwh, 1)
    closed = close(session, 1)
    assert (None, "not_billable", [code]) == (closed["cdr_id"], closed["state"], codes(closed))
    assert not session.is_billed()


def test_late_session_is_held_against_both_neighbours(gateway: RunningGateway) -> None:
    """Sessions close out of order; the one in between is billed when it fits, and refused when it does not."""
    meter = gateway.new_meter()
    fits, reaches = bring(gateway, meter, (3, 4), ("10", "20"), 1), bring(gateway, meter, (7, 8), ("30", "41"), 3)
    others = [(1, 2), ("0", "10"), 0], [(5, 6), ("20", "30"), 2], [(9, 10), ("40", "50"), 4]
    for pages, kwh, at in others:
        assert "ready" == close(bring(gateway, meter, pages, kwh, at), at)["state"]
    assert "ready" == close(fits, 1)["state"]
    assert ["ENERGY_OVERLAPS"] == codes(close(reaches, 3))


def test_begin_with_the_end_of_a_later_session_is_not_billed(gateway: RunningGateway) -> None:
    """The records of the session in between have come, so they prove that one was skipped."""
    meter = gateway.new_meter()
    inside = bring(gateway, meter, (3, 4), ("10", "20"), 1)
    skipping = gateway.start(gateway.new_place(ENERGY_ONLY), at=hour(0))
    skipping.value(hour(0), meter.sign("B", "0", hour(0), 1))
    skipping.value(hour(2), meter.sign("E", "30", hour(2), 6))
    closed = skipping.close(hour(2))
    assert ("not_billable", ["TRANSACTIONS_INTERLEAVE"]) == (closed["state"], codes(closed))
    assert "ready" == close(inside, 1)["state"]


def test_two_sessions_with_the_same_energy_closed_at_once_bill_once(gateway: RunningGateway) -> None:
    """The same kilowatt-hours, signed twice under different numbers, in six sessions that are closed at one moment."""
    meter = gateway.new_meter()
    rivals = [bring(gateway, meter, (number, number + 1), ("0", "10"), 0) for number in range(1, 12, 2)]
    with ThreadPoolExecutor(len(rivals)) as pool:
        replies = list(pool.map(lambda session: session.try_close(hour(0.5)), rivals))
    assert ["not_billable"] * 5 + ["ready"] == sorted(reply.body["state"] for reply in replies)
    assert 1 == sum(session.is_billed() for session in rivals)


def test_other_meters_are_not_disturbed(gateway: RunningGateway) -> None:
    """The same numbers and readings of two meters are two sessions."""
    for meter in (gateway.new_meter(), gateway.new_meter()):
        assert "ready" == close(bring(gateway, meter, (1, 2), ("0", "10"), 0), 0)["state"]


@pytest.mark.parametrize("register", ["01-00:B2.08.00*FF", "1-0:1.8.0*198"])
def test_session_registers_start_at_zero_each_time(gateway: RunningGateway, register: str) -> None:
    """A register that is reset for every session covers the same values again and again."""
    meter = gateway.new_meter()
    for pages, at in (((1, 2), 0), ((3, 4), 1)):
        session = gateway.start(gateway.new_place(ENERGY_ONLY), at=hour(at))
        for reason, kwh, moment, page in (("B", "0", hour(at), pages[0]), ("E", "10", hour(at + 0.5), pages[1])):
            session.value(moment, meter.sign_many([(reason, kwh, moment)], page, register=register))
        closed = close(session, at)
        assert ("ready", []) == (closed["state"], closed["findings"])


def test_exchanged_meter_is_told(gateway: RunningGateway) -> None:
    """The old key ends where the new one begins; the new meter begins at zero and passes the same values."""
    old = gateway.new_meter(valid_until=hour(1))
    new = Meter(serial=old.serial, key=TestKey(f"successor of {old.serial}", "secp256r1"))
    gateway.register_key(old.serial, "second", new.key, valid_from=hour(1))
    late = bring(gateway, old, (3, 4), ("5", "10"), 0.3)
    assert "ready" == close(bring(gateway, old, (1, 2), ("0", "5"), -0.3), -0.3)["state"]
    closed = close(bring(gateway, new, (1, 2), ("0", "7"), 2), 2)
    assert ("ready", ["REGISTER_DECREASES"], ["KEY_CHANGED"]) == (
        closed["state"], codes(closed, "warning"), codes(closed, "info"),
    )  # fmt: skip
    assert "ready" == close(late, 0.3)["state"]


def test_findings_beside_others_wait_for_a_billable_transaction(gateway: RunningGateway) -> None:
    """A session that waits for its signed end is not held against its neighbours before it can be billed."""
    meter = gateway.new_meter()
    waiting = gateway.start(gateway.new_place(ENERGY_ONLY), at=hour(0))
    waiting.value(hour(0), meter.sign("B", "0", hour(0), 1))
    assert "awaiting_signed_end" == close(waiting, 0)["state"]
    closed = close(bring(gateway, meter, (3, 4), ("10", "20"), 1), 1)
    assert ["PAGINATION_GAP"] == codes(closed, "warning")
    waiting.value(hour(0.5), meter.sign("E", "10", hour(0.5), 2))
    closed = close(waiting, 0)
    assert ("ready", []) == (closed["state"], closed["findings"])


def test_unknown_meter_leaves_no_trace(gateway: RunningGateway) -> None:
    """Records that no registered key verifies have no place in anybody's history."""
    stranger = unregistered_meter()
    close(bring(gateway, stranger, (1, 2), ("0", "10"), 0), 0)
    assert [] == gateway.rows(f"SELECT * FROM meter_page WHERE meter = '{stranger.serial}'")  # noqa: S608 - our own id
