"""What is billed although something is unusual, and the order of events in a session's life."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.support.gateway import TOKEN, Json, RunningGateway, codes, running_gateway, tariff_components
from tests.support.meter import END, PARKED, START, unregistered_meter
from tools.fixtures.meter_keys import TestKey
from tools.fixtures.transparency import xml, xml_value

if TYPE_CHECKING:
    from collections.abc import Iterator

ENERGY_ONLY = tariff_components(FLAT="0.50", ENERGY="0.49")
#: 0.50 + 23.25 x 0.49, by hand.
ENERGY_ONLY_COST = Decimal("11.8925")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A connected gateway that the tests of this module share."""
    with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
        running.connect()
        yield running


def energy_session(gateway: RunningGateway, *records: tuple[str, str]) -> Json:
    """The CDR of a session with these records under a tariff that prices no time."""
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    session.bring(*records)
    return session.billed()


@pytest.mark.parametrize("clock", ["U", "I", "R", ""])
def test_energy_is_billed_whatever_the_clock_says(gateway: RunningGateway, clock: str) -> None:
    """A tariff without a price on time needs no clock of the meter."""
    cdr = energy_session(gateway, *gateway.new_meter().usual_records(clock=clock))
    assert (Decimal("23.25"), ENERGY_ONLY_COST) == (cdr["total_energy"], cdr["total_cost"]["excl_vat"])


def test_energy_is_billed_where_time_is_forbidden(gateway: RunningGateway) -> None:
    """`time_tariff: forbidden` stops prices on time, and nothing else."""
    meter = gateway.new_meter(time_tariff="forbidden")
    assert ENERGY_ONLY_COST == energy_session(gateway, *meter.usual_records())["total_cost"]["excl_vat"]


def test_a_price_of_zero_on_time_prices_no_time(gateway: RunningGateway) -> None:
    """A TIME component of 0.00 is no time tariff."""
    meter = gateway.new_meter(time_tariff="forbidden")
    session = gateway.start(gateway.new_place(tariff_components(ENERGY="0.49", TIME="0.00")))
    session.bring(*meter.usual_records())
    assert Decimal("11.3925") == session.billed()["total_cost"]["excl_vat"]


def test_time_is_billed_where_it_is_allowed(gateway: RunningGateway) -> None:
    """1.5 h x 1.20 and 0.5 h x 4.80 under `time_tariff: allowed` and a synchronised clock: 4.20."""
    session = gateway.start(gateway.new_place(tariff_components(TIME="1.20", PARKING_TIME="4.80")))
    session.bring(*gateway.new_meter(time_tariff="allowed").usual_records())
    assert Decimal("4.20") == session.billed()["total_cost"]["excl_vat"]


def test_a_relative_clock_may_bill_durations(gateway: RunningGateway) -> None:
    """A clock that only counts seconds (status R at both ends) may bill a price on time."""
    session = gateway.start(gateway.new_place(tariff_components(TIME="1.20", PARKING_TIME="4.80")))
    session.bring(*gateway.new_meter().usual_records(clock="R"))
    assert Decimal("4.20") == session.billed()["total_cost"]["excl_vat"]


def test_a_session_without_its_signed_end_waits_for_it(gateway: RunningGateway) -> None:
    """A late packet is normal: the session waits, takes the late record, and is billed by a second close."""
    *early, late = gateway.new_meter().usual_records()
    session = gateway.start(gateway.new_place())
    session.bring(*early)
    closed = session.close()
    assert (None, "awaiting_signed_end") == (closed["cdr_id"], closed["state"])
    assert ["TRANSACTION_INCOMPLETE"] == codes(closed)
    assert not session.is_billed()
    session.value(*late)
    assert Decimal("16.0925") == session.billed()["total_cost"]["excl_vat"]


def test_a_second_close_is_refused(gateway: RunningGateway) -> None:
    """A session with a CDR cannot be closed again, and there stays one CDR."""
    session = gateway.usual_session()
    session.billed()
    again = session.try_close()
    assert (409, ["SESSION_CLOSED"]) == (again.status, again.codes)
    assert gateway.deliver() is False
    assert 1 == len(gateway.cdr_posts(session))


def test_a_session_that_is_not_billable_stays_so(gateway: RunningGateway) -> None:
    """Nobody can try until it fits: a session that was found not billable takes no event and no close."""
    session = gateway.start(gateway.new_place())
    honest, forged = gateway.new_meter(), unregistered_meter()
    session.bring(*forged.usual_records())
    assert "not_billable" == session.close()["state"]
    assert 409 == session.try_close().status
    assert 409 == session.event(type="signed_value", at=END, payload=honest.usual_records()[0][1]).status


@pytest.mark.parametrize(
    "event",
    [{"type": "state", "at": END, "state": "charging"}, {"type": "signed_value", "at": END, "payload": "OCMF|{}|{}"}],
    ids=["state", "signed_value"],
)
def test_an_event_after_the_close_is_refused(gateway: RunningGateway, event: Json) -> None:
    """What was billed stays as it was billed."""
    session = gateway.usual_session()
    session.billed()
    reply = session.event(**event)
    assert (409, ["SESSION_CLOSED"]) == (reply.status, reply.codes)


def test_a_record_that_came_twice_counts_once(gateway: RunningGateway) -> None:
    """A retry of the charger's backend changes nothing: same records, plain and wrapped in S.A.F.E. XML."""
    meter = gateway.new_meter()
    session = gateway.start(gateway.new_place())
    session.bring(*meter.usual_records())
    session.bring(*meter.usual_records())
    session.value(END, xml(*(xml_value(text, key=meter.public_key) for _, text in meter.usual_records())))
    cdr = session.billed()
    assert Decimal("16.0925") == cdr["total_cost"]["excl_vat"]
    assert 4 == len(cdr["signed_data"]["signed_values"])


def test_a_key_beside_the_record_that_is_the_registered_one_does_no_harm(gateway: RunningGateway) -> None:
    """A S.A.F.E. file of the whole session, with the meter's own key beside each record, is billed."""
    meter = gateway.new_meter()
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    session.value(END, xml(*(xml_value(text, key=meter.public_key) for _, text in meter.usual_records())))
    assert ENERGY_ONLY_COST == session.billed()["total_cost"]["excl_vat"]


def test_a_gap_in_the_pagination_is_told_and_billed(gateway: RunningGateway) -> None:
    """A number that is not there may be another outlet's: a warning."""
    meter = gateway.new_meter()
    session = gateway.start(gateway.new_place())
    session.value(START, meter.sign("B", "1000.500", START, 1))
    session.value(END, meter.sign("E", "1023.750", END, 7))
    closed = session.close()
    assert ("ready", ["PAGINATION_GAP"]) == (closed["state"], codes(closed, "warning"))


def test_an_old_key_still_verifies_old_records(gateway: RunningGateway) -> None:
    """The meter's key was changed at 10:00 the day after: each record is judged by the key of its own time."""
    old = unregistered_meter()
    new = replace(old, key=TestKey("the next key", "secp256r1"))
    gateway.register_key(old.serial, "first", old.key, valid_until="2026-01-16T10:00:00Z")
    gateway.register_key(new.serial, "second", new.key, valid_from="2026-01-16T10:00:00Z")
    assert ENERGY_ONLY_COST == energy_session(gateway, *old.usual_records())["total_cost"]["excl_vat"]
    session = gateway.start(gateway.new_place(ENERGY_ONLY), at="2026-01-17T09:00:00Z")
    for page, (reason, kwh, at) in enumerate((("B", "1.0", START), ("E", "2.0", END)), 200):
        later = at.replace("01-15", "01-17")
        session.value(later, new.sign(reason, kwh, later, page))
    assert Decimal("0.99") == session.billed("2026-01-17T11:00:00Z")["total_cost"]["excl_vat"]


def test_the_new_key_does_not_sign_the_past(gateway: RunningGateway) -> None:
    """Records of yesterday under today's key are refused: the key did not count then."""
    old = unregistered_meter()
    new = replace(old, key=TestKey("a key of tomorrow", "secp256r1"))
    gateway.register_key(old.serial, "first", old.key, valid_until="2026-01-16T10:00:00Z")
    gateway.register_key(new.serial, "second", new.key, valid_from="2026-01-16T10:00:00Z")
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    session.bring(*new.usual_records())
    assert "not_billable" == session.close()["state"]


def test_a_key_that_was_registered_after_the_event_counts_at_the_close(gateway: RunningGateway) -> None:
    """The operator forgot a key, sees it at the first look, registers it, and the session is billed."""
    meter = unregistered_meter()
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    assert "unverified" == session.value(*meter.usual_records()[0])["verdict"]
    gateway.register_key(meter.serial, "nameplate", meter.key)
    session.bring(*meter.usual_records())
    assert ENERGY_ONLY_COST == session.billed()["total_cost"]["excl_vat"]


def test_a_record_whose_key_came_late_is_billed_once(gateway: RunningGateway) -> None:
    """Records that verified only at the close are owned by that session all the same."""
    meter = unregistered_meter()
    first = gateway.start(gateway.new_place(ENERGY_ONLY))
    first.bring(*meter.usual_records())
    gateway.register_key(meter.serial, "nameplate", meter.key)
    assert ENERGY_ONLY_COST == first.billed()["total_cost"]["excl_vat"]
    second = gateway.start(gateway.new_place(ENERGY_ONLY))
    second.bring(*meter.usual_records())
    assert ["SIGNED_VALUE_IN_OTHER_SESSION"] * 4 == codes(second.close())


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"valid_from": "2026-01-02T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z"}, 400, "KEY_INVALID"),
        ({"valid_from": "2026-01-02T00:00:00Z", "valid_until": "2026-01-02T00:00:00Z"}, 400, "KEY_INVALID"),
        ({"public_key": "no key"}, 400, "KEY_INVALID"),
        ({"public_key": "04" + "00" * 64}, 400, "KEY_INVALID"),
        ({"source": "hearsay"}, 422, "FIELD_INVALID"),
        ({"valid_form": "2026-01-02T00:00:00Z"}, 422, "FIELD_INVALID"),
    ],
    ids=str,
)
def test_a_key_that_could_not_be_used_is_refused(
    gateway: RunningGateway, change: dict[str, str], status: int, code: str
) -> None:
    """What would stop every record of the meter later is refused now, and the meter's records are still taken."""
    meter = unregistered_meter()
    body = {"public_key": meter.public_key, "source": "nameplate", **change}
    reply = gateway.call("PUT", f"/api/v1/meters/{meter.serial}/keys/nameplate", body)
    assert (status, [code]) == (reply.status, reply.codes)
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    assert "unverified" == session.value(*meter.usual_records()[0])["verdict"]


def test_a_mistake_in_a_body_is_named_by_its_pointer(gateway: RunningGateway) -> None:
    """`where` is the JSON pointer into the body, as everywhere else."""
    reply = gateway.call("POST", "/api/v1/authorizations", {"token": {**TOKEN, "type": "CARD"}})
    places = {error["where"] for error in reply.body["errors"]}
    assert {"/token/type", "/location_id", "/evse_uid", "/connector_id", "/auth_method"} == places


def test_a_replay_beside_a_session_does_not_stop_it(gateway: RunningGateway) -> None:
    """Copies in another session stop the copy, not the original that brought them first."""
    meter = gateway.new_meter()
    original, copy = (gateway.start(gateway.new_place(ENERGY_ONLY)) for _ in range(2))
    original.bring(*meter.usual_records())
    gateway.clock.forward(seconds=1)
    copy.bring(*meter.usual_records())
    assert "not_billable" == copy.close()["state"]
    assert ENERGY_ONLY_COST == original.billed()["total_cost"]["excl_vat"]


def test_a_session_that_ends_before_it_started_is_refused(gateway: RunningGateway) -> None:
    """400 with the place of the mistake; the session stays open and can be closed rightly."""
    session = gateway.usual_session()
    reply = session.try_close(START)
    assert (400, ["END_BEFORE_START"]) == (reply.status, reply.codes)
    assert Decimal("16.0925") == session.billed()["total_cost"]["excl_vat"]


def test_an_unknown_session_is_not_found(gateway: RunningGateway) -> None:
    """404 for events, close and look."""
    path = "/api/v1/sessions/S-NEVER"
    event = {"type": "state", "at": PARKED, "state": "parking"}
    replies = [
        gateway.call("POST", f"{path}/events", event),
        gateway.call("POST", f"{path}/close", {"end_date_time": END}),
        gateway.call("GET", path),
    ]
    assert [(404, ["SESSION_UNKNOWN"])] * 3 == [(reply.status, reply.codes) for reply in replies]


def test_a_session_id_is_used_once(gateway: RunningGateway) -> None:
    """A second start under one id is refused, in whatever case it is written (CiString)."""
    place = gateway.new_place()
    session = gateway.start(place)
    for session_id in (session.session_id, session.session_id.lower()):
        body = {"session_id": session_id, "start_date_time": START}
        under = {"authorization_id": gateway.authorize(place)["authorization_id"]}
        reply = gateway.call("POST", "/api/v1/sessions", {**body, **under})
        assert (409, ["SESSION_EXISTS"]) == (reply.status, reply.codes)


def test_an_authorization_carries_one_session(gateway: RunningGateway) -> None:
    """Two sessions cannot run under one authorization."""
    place = gateway.new_place()
    allowed = gateway.authorize(place)
    gateway.start(place, authorization=allowed)
    body = {"session_id": "S-SECOND", "start_date_time": START, "authorization_id": allowed["authorization_id"]}
    reply = gateway.call("POST", "/api/v1/sessions", body)
    assert (409, ["AUTHORIZATION_USED"]) == (reply.status, reply.codes)


def test_the_session_shows_why_it_has_no_cdr(gateway: RunningGateway) -> None:
    """GET of a session: its state, no CDR, and the findings of the close."""
    session = gateway.start(gateway.new_place())
    session.bring(*unregistered_meter().usual_records())
    closed = session.close()
    shown = gateway.ask("GET", f"/sessions/{session.session_id}")
    assert ("not_billable", None) == (shown["state"], shown["cdr_id"])
    assert closed["findings"] == shown["findings"]
    assert {"untrusted_key"} == {verdict["status"] for verdict in shown["verdicts"]}
