"""The same kilowatt-hours of one register under another signer, another time or another format, over real HTTP.

Source of the expectations: decisions 0017 and 0028; edifact.md 5.3 (a stated minute).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.gateway import Json, RunningGateway, codes, running_gateway
from tests.support.meter import END, START, Meter
from tests.support.mscons_meter import FIRST, LAST, MsconsMeter
from tests.support.mscons_sessions import (
    ENERGY_ONLY,
    PARTY_NAME,
    REASON,
    closed_with,
    outcome,
    party_file,
    placed,
    register,
    registered_meter,
    started,
)
from tools.fixtures.edifact import in_message, mscons
from tools.fixtures.edifact.people import EC_PARTY
from tools.fixtures.meter_keys import TestKey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.fixtures.edifact.mscons import Body

#: The usual readings, at another time of the day.
LATER = mscons.registers(("202601151200", FIRST[1]), ("202601151400", LAST[1]))
NOON, TWO = "2026-01-15T12:00:00Z", "2026-01-15T14:00:00Z"
BILLED_ONCE = [("ready", []), ("not_billable", ["ENERGY_OVERLAPS"])]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A connected gateway whose operator lets market parties' signatures count."""
    with running_gateway(tmp_path_factory.mktemp("gateway"), party_policy=REASON) as running:
        running.connect()
        yield running


def meter_with_party(gateway: RunningGateway) -> MsconsMeter:
    """A registered meter for which a party signs as well."""
    meter = registered_meter(gateway)
    register(gateway, meter, PARTY_NAME, public_key=EC_PARTY.pem.decode(), signer_kind="party")
    return meter


def by_party(body: Body) -> bytes:
    """A file that the party signed."""
    return in_message.file_of(body, in_message.Group(certificate=EC_PARTY))


@pytest.mark.parametrize("party_first", [True, False])
def test_party_and_meter_bill_one_energy_once(gateway: RunningGateway, *, party_first: bool) -> None:
    """At whatever time each of them puts it: another key is no exchanged meter where it is a party's."""
    meter = meter_with_party(gateway)
    usual = party_file(meter) if party_first else meter.sign(meter.registers())
    later = meter.sign(meter.document(LATER)) if party_first else by_party(meter.document(LATER))
    closed = [closed_with(gateway, usual), closed_with(gateway, later, start=NOON, end=TWO)]
    assert BILLED_ONCE == [outcome(one) for one in closed]


@pytest.mark.parametrize("place_first", [True, False])
def test_location_bills_its_meters_energy_at_no_other_time(gateway: RunningGateway, *, place_first: bool) -> None:
    """A party names where the meter stands only, and another time, for what the meter's own evidence bills."""
    meter = registered_meter(gateway)
    location = f"DE{meter.number:031}"
    body = {"public_key": EC_PARTY.pem.decode(), "source": "bnetza", "signer_kind": "party"}
    gateway.ask("PUT", f"/meters/{location}/keys/{PARTY_NAME}", body)
    own = placed(meter, mscons.registers(FIRST, LAST), location=location)
    theirs = by_party(mscons.document(mscons.place(LATER, meter=None, location=location, session=None)))
    turns = [(own, START, END), (theirs, NOON, TWO)]
    closed = [closed_with(gateway, file, start=at, end=to) for file, at, to in turns[:: -1 if place_first else 1]]
    assert BILLED_ONCE == [outcome(one) for one in closed]


def unsynchronised(gateway: RunningGateway, meter: MsconsMeter) -> Json:
    """The usual session by the meter's OCMF, with a session register and a clock that nobody set."""
    ocmf = Meter(serial=meter.serial, key=TestKey(f"OCMF of {meter.serial}", "secp256r1"))
    gateway.register_key(meter.serial, "ocmf", ocmf.key)
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    for page, (reason, kwh, at) in enumerate((("B", "0", START), ("E", "23.250", END)), 1):
        session.value(at, ocmf.sign_many([(reason, kwh, at)], page, register="01-00:B2.08.00*FF", clock="U"))
    return session.close()


def test_session_in_two_formats_is_billed_once(gateway: RunningGateway) -> None:
    """Neither a number nor a register is common to both: the operator says that they ran at once."""
    meter = registered_meter(gateway)
    assert "ready" == unsynchronised(gateway, meter)["state"]
    again = closed_with(gateway, meter.sign(meter.registers()))
    assert ("not_billable", ["TRANSACTIONS_INTERLEAVE"]) == outcome(again)


def test_next_session_in_another_format_is_billed(gateway: RunningGateway) -> None:
    """One meter may change its format between two sessions."""
    meter = registered_meter(gateway)
    assert "ready" == closed_with(gateway, meter.sign(meter.document(LATER)), start=NOON, end=TWO)["state"]
    assert "ready" == unsynchronised(gateway, meter)["state"]


@pytest.mark.parametrize("turn", [1, -1])
def test_sessions_back_to_back_are_both_billed(gateway: RunningGateway, turn: int) -> None:
    """One ends in the minute and at the reading with which the next begins; closed in either order."""
    meter = registered_meter(gateway)
    half = ("202601151000", "1011.250")
    sessions = [((FIRST, half), START, "2026-01-15T10:00:15Z"), ((half, LAST), "2026-01-15T10:00:20Z", END)][::turn]
    closed = [
        closed_with(gateway, meter.sign(meter.document(mscons.registers(*readings))), start=start, end=end)
        for readings, start, end in sessions
    ]
    assert [("ready", [])] * 2 == [outcome(one) for one in closed]
    assert [] == [one for answer in closed for one in codes(answer, "info") if one != "SECOND_OPINION_NOT_GIVEN"]


def test_party_under_a_policy_bills_its_next_session(gateway: RunningGateway) -> None:
    """Energy that nobody else bills, by the meter and by the party in turn."""
    meter = meter_with_party(gateway)
    more = mscons.registers(("202601151200", LAST[1]), ("202601151400", "1030.000"))
    assert "ready" == started(gateway, meter.sign(meter.registers())).close()["state"]
    assert ("ready", []) == outcome(closed_with(gateway, by_party(meter.document(more)), start=NOON, end=TWO))
