"""Sessions of one MSCONS meter one after the other, over real HTTP: what was held or refused stands in nobody's way.

Source of the expectations: decisions 0017 and 0028; edifact.md 1.2 (RFF+AGK).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.gateway import RunningGateway, codes, running_gateway
from tests.support.meter import END
from tests.support.mscons_meter import FIRST, LAST
from tests.support.mscons_sessions import (
    ENERGY_ONLY,
    PARTY_NAME,
    bring,
    closed_with,
    outcome,
    party_file,
    placed,
    register,
    registered_meter,
)
from tools.fixtures.edifact import mscons
from tools.fixtures.edifact.people import EC_PARTY

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE = mscons.registers(FIRST, LAST)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A connected gateway that the tests of this module share; each test has a meter of its own."""
    with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
        running.connect()
        yield running


def test_what_is_held_leaves_the_energy_to_the_meters_own_evidence(gateway: RunningGateway) -> None:
    """A party's file bills nothing while a person decides; what the meter signed of the same kilowatt-hours does."""
    meter = registered_meter(gateway)
    register(gateway, meter, PARTY_NAME, public_key=EC_PARTY.pem.decode(), signer_kind="party")
    assert "held" == closed_with(gateway, party_file(meter))["state"]
    assert ("ready", []) == outcome(closed_with(gateway, meter.sign(meter.registers())))


def test_party_signs_in_vain_what_the_meter_has_billed(gateway: RunningGateway) -> None:
    """The same kilowatt-hours a second time are told, and no CDR waits for anybody."""
    meter = registered_meter(gateway)
    register(gateway, meter, PARTY_NAME, public_key=EC_PARTY.pem.decode(), signer_kind="party")
    assert "ready" == closed_with(gateway, meter.sign(meter.registers()))["state"]
    closed = closed_with(gateway, party_file(meter))
    assert (None, "not_billable") == (closed["cdr_id"], closed["state"])
    assert {"ENERGY_OVERLAPS", "SIGNER_IS_PARTY"} <= set(codes(closed))


def test_good_reading_of_a_refused_session_bills_in_a_new_one(gateway: RunningGateway) -> None:
    """A session that came to nothing keeps no record from the session that brings the right evidence."""
    meter = registered_meter(gateway)
    begin, end = (meter.sign(meter.document(mscons.line(mscons.point(*one)))) for one in (FIRST, LAST))
    refused = closed_with(gateway, begin, end.replace(b"1023.750", b"1033.750"))
    assert ("not_billable", True) == (refused["state"], "SIGNED_VALUE_REFUSED" in codes(refused))
    assert ("ready", []) == outcome(closed_with(gateway, begin, end))


def test_two_sessions_of_one_time_are_not_both_billed(gateway: RunningGateway) -> None:
    """Begin 1000.5 and 1100 kWh both at nine o'clock: the register has one value, and the meter served one car."""
    meter = registered_meter(gateway)
    assert "ready" == closed_with(gateway, meter.sign(meter.registers()))["state"]
    other = mscons.registers(("202601150900", "1100"), ("202601151100", "1123"))
    closed = closed_with(gateway, meter.sign(meter.document(other)))
    assert ("not_billable", True) == (closed["state"], "TRANSACTIONS_INTERLEAVE" in codes(closed))


def test_short_session_inside_another_one_is_not_billed(gateway: RunningGateway) -> None:
    """One minute of its time, at a value that the register has only an hour later."""
    meter = registered_meter(gateway)
    assert "ready" == closed_with(gateway, meter.sign(meter.registers()))["state"]
    other = mscons.registers(("202601151000", "1024"), ("202601151001", "1025"))
    closed = closed_with(gateway, meter.sign(meter.document(other)))
    assert ("not_billable", ["REGISTER_DECREASES"]) == outcome(closed)


@pytest.mark.parametrize("same_place", [True, False])
def test_message_for_a_session_that_came_to_nothing_bills_in_its_place(
    gateway: RunningGateway, *, same_place: bool
) -> None:
    """A party's file was held; the meter's own names that session, and comes to a new one of the same driver there."""
    meter, place_ = registered_meter(gateway), gateway.new_place(ENERGY_ONLY)
    register(gateway, meter, PARTY_NAME, public_key=EC_PARTY.pem.decode(), signer_kind="party")
    first = gateway.start(place_)
    file = placed(meter, WHOLE, location=f"DE{meter.number:031}", session=first.session_id)
    early = gateway.start(place_)
    bring(early, file)
    assert ["SIGNED_SESSION_DIFFERS"] == codes(early.close())
    bring(first, party_file(meter))
    assert "held" == first.close()["state"]
    second = gateway.start(place_ if same_place else gateway.new_place(ENERGY_ONLY))
    bring(second, file)
    closed = second.close()
    assert ("ready" if same_place else "not_billable") == closed["state"]
    assert "SIGNED_SESSION_DIFFERS" in codes(closed, "warning" if same_place else "error")


def test_message_for_a_session_that_was_billed_bills_nothing_else(gateway: RunningGateway) -> None:
    """Also at the same place and for the same driver: other kilowatt-hours that the meter signed for it."""
    meter, place_ = registered_meter(gateway), gateway.new_place(ENERGY_ONLY)
    first = gateway.start(place_)
    bring(first, meter.sign(meter.registers()))
    assert "ready" == first.close()["state"]
    more = mscons.registers(("202601151100", "1023.750"), ("202601151200", "1030"))
    second = gateway.start(place_, at=END)
    bring(second, placed(meter, more, location=f"DE{meter.number:031}", session=first.session_id), END)
    assert ("not_billable", ["SIGNED_SESSION_DIFFERS"]) == outcome(second.close("2026-01-15T12:00:00Z"))
