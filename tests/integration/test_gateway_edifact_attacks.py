"""Signed MSCONS that must not be billed, over real HTTP: once more, in another session, by another key, after the end.

Source of the expectations: edifact.md 1.2 (RFF+AGK), 2.5 (signer kinds), 5.2, 5.3 (enclosing), 5.5 (keys, validity).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.gateway import RunningGateway, codes, running_gateway
from tests.support.meter import END, START
from tests.support.mscons_meter import FIRST, LAST, MsconsMeter, new_meter
from tests.support.mscons_sessions import (
    ENERGY_ONLY,
    PARTY_NAME,
    REASON,
    bring,
    closed_with,
    outcome,
    party_file,
    party_session,
    placed,
    register,
    registered_meter,
    started,
)
from tools.fixtures.edifact import cms, in_message, mscons
from tools.fixtures.edifact.people import EC_PARTY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


HALF_HOURS = mscons.profile(("2.750", "2.800"), ("202601150900", "202601150930", "202601151000"))
WHOLE = mscons.registers(FIRST, LAST)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A connected gateway that the tests of this module share; each test has a meter of its own."""
    with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
        running.connect()
        yield running


def registered_at(gateway: RunningGateway, meter: MsconsMeter) -> str:
    """Register the meter's certificate for a location of its own as well."""
    location = f"DE{meter.number:031}"
    body = {"public_key": meter.certificate.pem.decode(), "source": "bnetza"}
    gateway.ask("PUT", f"/meters/{location}/keys/place", body)
    return location


# One energy under two names -------------------------------------------------------------------------------------------


_WRAPPINGS: dict[str, Callable[[MsconsMeter, bytes], bytes]] = {
    "as it is": lambda _, file: file,
    "with line breaks": lambda _, file: file.replace(b"'", b"'\r\n"),
    "in another interchange": lambda _, file: file.replace(b"EIW0001", b"EIW0002"),
    "under another message reference": lambda _, file: file.replace(b"UNH+1+", b"UNH+9+").replace(b"+1'UNZ", b"+9'UNZ"),
    "without UNA": lambda _, file: file[9:],
    "in CMS": lambda meter, file: cms.signed_data(file, cms.Signer(certificate=meter.certificate, key=None)),
}


@pytest.mark.parametrize("wrapping", _WRAPPINGS)
def test_one_message_is_one_record_in_any_wrapping(gateway: RunningGateway, wrapping: str) -> None:
    """What the meter signed is the same, so the second session bills nothing."""
    meter = registered_meter(gateway)
    file = meter.sign(meter.registers())
    assert "ready" == closed_with(gateway, file)["state"]
    again = closed_with(gateway, _WRAPPINGS[wrapping](meter, file))
    assert ("not_billable", ["SIGNED_VALUE_IN_OTHER_SESSION"]) == outcome(again)


@pytest.mark.parametrize("obis", ["1-1?:1.8.0", "1-0?:1.8.1"])
def test_another_register_of_the_same_time_bills_no_second_session(gateway: RunningGateway, obis: str) -> None:
    """The same kilowatt-hours counted by another register: only the time shows it."""
    meter = registered_meter(gateway)
    assert "ready" == closed_with(gateway, meter.sign(meter.registers()))["state"]
    other = mscons.line(mscons.point(*FIRST), mscons.point(*LAST), obis=obis)
    again = closed_with(gateway, meter.sign(meter.document(other)))
    assert ("not_billable", ["TRANSACTIONS_INTERLEAVE"]) == outcome(again)


@pytest.mark.parametrize("spelling", ["{} ", " {}"])
def test_blanks_around_its_serial_make_no_other_meter(gateway: RunningGateway, spelling: str) -> None:
    """Its key is found without them, and so is what it has billed."""
    meter = registered_meter(gateway)
    assert "ready" == closed_with(gateway, meter.sign(meter.registers()))["state"]
    body = tuple(part.replace(meter.serial, spelling.format(meter.serial)) for part in meter.registers())
    closed = closed_with(gateway, meter.sign(body))
    assert ("not_billable", True) == (closed["state"], "ENERGY_OVERLAPS" in codes(closed))


def test_fee_without_energy_is_billed_once(gateway: RunningGateway) -> None:
    """The register stood still, and the meter signs the same readings again under another document number."""
    meter = registered_meter(gateway)
    body = meter.document(mscons.registers(FIRST, (LAST[0], FIRST[1])))
    assert "ready" == closed_with(gateway, meter.sign(body))["state"]
    again = meter.sign(tuple(part.replace("DOC0001", "DOC0002") for part in body))
    assert ("not_billable", ["TRANSACTIONS_INTERLEAVE"]) == outcome(closed_with(gateway, again))


def test_one_minute_of_a_profile_bills_once(gateway: RunningGateway) -> None:
    """However short the interval that two sessions share."""
    meter = registered_meter(gateway)
    minutes = [f"2026011509{minute:02}" for minute in range(4)]
    first, second = (
        meter.sign(meter.document(mscons.profile(("0.500", "0.500"), tuple(minutes[at : at + 3])))) for at in (0, 1)
    )
    assert "ready" == closed_with(gateway, first)["state"]
    assert ("not_billable", ["TRANSACTIONS_INTERLEAVE"]) == outcome(closed_with(gateway, second))


@pytest.mark.parametrize("place_first", [True, False])
def test_profile_of_a_location_is_its_meters_energy(gateway: RunningGateway, *, place_first: bool) -> None:
    """One message names the meter, the other one only where it stands (a load profile of BDEW); in either order."""
    meter = registered_meter(gateway)
    location = registered_at(gateway, meter)
    files = [placed(meter, WHOLE, location=location), placed(meter, HALF_HOURS, location=location, serial=False)]
    first, second = reversed(files) if place_first else files
    assert "ready" == closed_with(gateway, first)["state"]
    assert ("not_billable", ["TRANSACTIONS_INTERLEAVE"]) == outcome(closed_with(gateway, second))


def test_two_meters_of_one_location_may_charge_at_once(gateway: RunningGateway) -> None:
    """Where both say which they are, a common metering location is no reason to doubt them."""
    one, other = registered_meter(gateway), registered_meter(gateway)
    location = f"DE{one.number:031}"
    states = [closed_with(gateway, placed(meter, WHOLE, location=location))["state"] for meter in (one, other)]
    assert ["ready", "ready"] == states


def test_key_registered_for_the_location_judges_what_names_no_meter(gateway: RunningGateway) -> None:
    """A message's meter is RFF+MG, else LOC+172 (contracts.md 1), and its key is registered under that."""
    meter = new_meter()
    location = registered_at(gateway, meter)
    assert ("ready", []) == outcome(closed_with(gateway, placed(meter, WHOLE, location=location, serial=False)))
    named = closed_with(gateway, placed(meter, WHOLE, location=location))
    assert ("not_billable", True) == (named["state"], "SIGNED_VALUE_REFUSED" in codes(named, "error"))


# Another session ------------------------------------------------------------------------------------------------------


def test_message_for_another_session_of_ours_is_not_billed_here(gateway: RunningGateway) -> None:
    """RFF+AGK names the session, signed: sent to another one, it would bill another driver."""
    meter = registered_meter(gateway)
    meant = gateway.start(gateway.new_place(ENERGY_ONLY)).session_id.lower()
    file = placed(meter, WHOLE, location=f"DE{meter.number:031}", session=meant)
    assert ("not_billable", ["SIGNED_SESSION_DIFFERS"]) == outcome(closed_with(gateway, file))


def test_session_number_that_nobody_here_knows_is_told(gateway: RunningGateway) -> None:
    """The number may be of a count of its own: a person can compare."""
    meter = registered_meter(gateway)
    closed = closed_with(gateway, meter.sign(meter.registers()))
    assert ("ready", True) == (closed["state"], "SIGNED_SESSION_DIFFERS" in codes(closed, "warning"))


def test_message_for_this_session_has_no_remark(gateway: RunningGateway) -> None:
    """The id under which the session was started."""
    meter = registered_meter(gateway)
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    bring(session, placed(meter, WHOLE, location=f"DE{meter.number:031}", session=session.session_id))
    closed = session.close()
    assert ("ready", ["CLOCK_NOT_BILLABLE"]) == (closed["state"], codes(closed, "warning"))


def test_file_with_messages_of_two_sessions_bills_neither(gateway: RunningGateway) -> None:
    """Begin of one and end of the other."""
    meter = registered_meter(gateway)
    group = in_message.Group(certificate=meter.certificate)
    bodies = [
        mscons.document(mscons.place(mscons.line(mscons.point(*one)), meter=meter.serial, session=name))
        for one, name in ((FIRST, "A"), (LAST, "B"))
    ]
    messages = [
        mscons.message(in_message.secured(body, group), reference=str(number)) for number, body in enumerate(bodies)
    ]
    closed = closed_with(gateway, mscons.interchange(*messages))
    assert ("not_billable", ["OTHER_SESSIONS_IN_FILE"]) == outcome(closed)


def test_whole_sessions_of_several_drivers_in_one_file_are_one_finding(gateway: RunningGateway) -> None:
    """Two meters, two sessions of this gateway: a CDR would carry the one driver's message to the other's provider."""
    meters = [registered_meter(gateway), registered_meter(gateway)]
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    names = (session.session_id, gateway.start(gateway.new_place(ENERGY_ONLY)).session_id)
    messages = [
        mscons.message(
            in_message.secured(
                mscons.document(mscons.place(WHOLE, meter=meter.serial, session=name)),
                in_message.Group(certificate=meter.certificate),
            ),
            reference=str(number),
        )
        for number, (meter, name) in enumerate(zip(meters, names, strict=True), 1)
    ]
    assert ["verified"] * 2 == [one["status"] for one in bring(session, mscons.interchange(*messages))["values"]]
    closed = session.close()
    assert ("not_billable", ["OTHER_SESSIONS_IN_FILE"]) == outcome(closed)
    assert all(name not in finding["message"] for finding in closed["findings"] for name in names)


@pytest.mark.parametrize(
    ("form", "start", "end", "state"),
    [
        ("303", "2026-01-15T09:01:00Z", "2026-01-15T10:59:00Z", "ready"),
        ("303", "2026-01-15T09:01:01Z", END, "not_billable"),
        ("303", START, "2026-01-15T10:58:59Z", "not_billable"),
        ("304", "2026-01-15T09:00:01Z", "2026-01-15T10:59:59Z", "ready"),
        ("304", "2026-01-15T09:00:02Z", END, "not_billable"),
        ("304", START, "2026-01-15T10:59:58Z", "not_billable"),
    ],
)
def test_readings_lie_within_the_session(gateway: RunningGateway, form: str, start: str, end: str, state: str) -> None:
    """But for what the format cannot tell: 60 s in format 303, 1 s in 304 (edifact.md 5.3)."""
    meter = registered_meter(gateway)
    seconds = "00" if form == "304" else ""
    points = [mscons.point(time + seconds, value, form=form) for time, value in (FIRST, LAST)]
    closed = closed_with(gateway, meter.sign(meter.document(mscons.line(*points))), start=start, end=end)
    errors = [] if state == "ready" else ["READING_OUTSIDE_SESSION"]
    assert (state, errors) == outcome(closed)


# Whose key, and when --------------------------------------------------------------------------------------------------


def test_key_that_has_ended_is_not_brought_back_by_a_claimed_time(gateway: RunningGateway) -> None:
    """S501 is the signer's word; a reading of January was not signed in December."""
    meter = new_meter()
    register(gateway, meter, valid_until="2025-12-31T00:00:00Z")
    file = meter.sign(meter.registers(), signed_at="20251230:120000:0000")
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    value = bring(session, file)["values"][0]
    assert ("untrusted_key", ["KEY_NOT_VALID_AT_TIME"]) == (value["status"], value["problems"])
    assert "not_billable" == session.close()["state"]


def test_key_that_is_registered_for_both_is_a_partys(gateway: RunningGateway) -> None:
    """Under another name as a meter's key, it is still the one that a party holds."""
    meter = registered_meter(gateway)
    register(gateway, meter, PARTY_NAME, public_key=EC_PARTY.pem.decode(), signer_kind="party")
    register(gateway, meter, "second", public_key=EC_PARTY.pem.decode(), signer_kind="meter")
    assert ("held", ["SIGNER_IS_PARTY"]) == outcome(closed_with(gateway, party_file(meter)))


def test_held_cdr_stays_held_when_its_key_becomes_a_meters(tmp_path: Path) -> None:
    """No second look and no new event makes a CDR of it; as a meter's the file bills once, in a session of its own."""
    with running_gateway(tmp_path) as gateway:
        gateway.connect()
        meter = new_meter()
        register(gateway, meter, public_key=EC_PARTY.pem.decode(), signer_kind="party")
        session = started(gateway, party_file(meter))
        cdr_id = session.close()["cdr_id"]
        register(gateway, meter, public_key=EC_PARTY.pem.decode(), signer_kind="meter")
        assert ["SESSION_CLOSED"] == session.try_close().codes
        again, once_more = (outcome(closed_with(gateway, party_file(meter))) for _ in range(2))
        gateway.deliver_all()
        assert [("ready", []), ("not_billable", ["SIGNED_VALUE_IN_OTHER_SESSION"])] == [again, once_more]
        assert ("held", []) == (gateway.cdr(cdr_id)["state"], gateway.cdr_posts(session))


def test_held_cdr_stays_held_under_a_policy_that_comes_later(tmp_path: Path) -> None:
    """The gateway starts again with the operator's reason, and nothing that was held leaves by itself."""
    with running_gateway(tmp_path) as before:
        before.connect()
        session = party_session(before)
        cdr_id = session.close()["cdr_id"]
    with running_gateway(tmp_path, party_policy=REASON) as after:
        after.wired.dispatch.recover()
        after.deliver_all()
        assert ["SESSION_CLOSED"] == replace(session, gateway=after).try_close().codes
        assert ("held", [(0,)]) == (after.cdr(cdr_id)["state"], after.rows("SELECT count(*) FROM delivery"))


def test_no_key_is_registered_for_any_meter(gateway: RunningGateway) -> None:
    """A party's key is registered for a meter whose values it signs: a blank serial would be all of them."""
    body = {"public_key": EC_PARTY.pem.decode(), "source": "other", "signer_kind": "party", "evse_uid": "E-1"}
    reply = gateway.call("PUT", "/api/v1/meters/%20/keys/k", body)
    assert (400, ["FIELD_INVALID"]) == (reply.status, reply.codes)


def test_certificate_of_another_meter_proves_nothing(gateway: RunningGateway) -> None:
    """It is registered, for the meter whose it is."""
    meter, other = registered_meter(gateway), registered_meter(gateway)
    file = in_message.file_of(meter.registers(), in_message.Group(certificate=other.certificate))
    closed = closed_with(gateway, file)
    assert ("not_billable", True) == (closed["state"], "SIGNED_VALUE_REFUSED" in codes(closed))


# Cancellation ---------------------------------------------------------------------------------------------------------


def cancelled(meter: MsconsMeter) -> bytes:
    """The meter's usual message, taken back (BGM 1225 = 1)."""
    return meter.sign(tuple(part.replace("DOC0001+9", "DOC0001+1") for part in meter.registers()))


def test_message_and_its_cancellation_bill_nothing(gateway: RunningGateway) -> None:
    """Before the close, in either order."""
    for turn in (1, -1):
        meter = registered_meter(gateway)
        files = (meter.sign(meter.registers()), cancelled(meter))[::turn]
        closed = closed_with(gateway, *files)
        assert ("not_billable", True) == (closed["state"], "SIGNED_VALUE_REFUSED" in codes(closed))


def test_cancellation_after_the_bill_is_refused_aloud(gateway: RunningGateway) -> None:
    """A CDR that went out is corrected by a credit, which a person starts: SESSION_CLOSED says that it is too late."""
    meter = registered_meter(gateway)
    session = started(gateway, meter.sign(meter.registers()))
    assert "ready" == session.close()["state"]
    reply = session.event(type="signed_value", at=END, payload=cancelled(meter).decode())
    assert (409, ["SESSION_CLOSED"]) == (reply.status, reply.codes)
