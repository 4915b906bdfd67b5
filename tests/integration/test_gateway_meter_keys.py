"""The key registry of the gateway over real HTTP: by serial, by EVSE, by time; nothing that was registered is lost."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.support.gateway import Json, Place, RunningGateway, codes, running_gateway, tariff_components
from tests.support.meter import END, START, Meter, unregistered_meter
from tools.fixtures.edifact.people import METER, ROOT, RSA_1024, WEAK_RSA

if TYPE_CHECKING:
    from collections.abc import Iterator

ENERGY_ONLY = tariff_components(ENERGY="0.49")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A connected gateway that the tests of this module share; each test has meters of its own."""
    with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
        running.connect()
        yield running


def closed_with(gateway: RunningGateway, place: Place, meter: Meter, **members: str | None) -> Json:
    """Close the usual session at a place, whose records have these members."""
    session = gateway.start(place)
    session.bring(*meter.usual_records(**members))
    return session.close()


def register(gateway: RunningGateway, meter: Meter, name: str, **registration: object) -> Json:
    """Register a meter's key."""
    return gateway.register_key(meter.serial, name, meter.key, **registration)


def test_keys_of_a_meter_are_shown(gateway: RunningGateway) -> None:
    """Name, key, time, place, source and policy, as they were registered."""
    meter = unregistered_meter()
    registration = {"valid_from": START, "evse_uid": "E-77", "source": "bnetza", "time_tariff": "forbidden"}
    put = register(gateway, meter, "first", **registration)
    shown = gateway.ask("GET", f"/meters/{meter.serial}/keys")
    expected = {
        "name": "first", "fingerprint": put["fingerprint"], "public_key": b64encode(meter.key.spki).decode(),
        "valid_from": START, "valid_until": None, "evse_uid": "E-77", "source": "bnetza", "time_tariff": "forbidden",
        "signer_kind": "meter", "certificate": None, "certificate_details": None,
    }  # fmt: skip
    assert {"serial": meter.serial, "keys": [expected]} == {name: shown[name] for name in ("serial", "keys")}
    (only,) = shown["history"]
    assert expected | {"revision": 1} == {name: value for name, value in only.items() if name != "registered_at"}


def test_certificate_is_shown_with_its_names_and_validity(gateway: RunningGateway) -> None:
    """One that has run out is taken: what was signed in its time stays verifiable, and the answer shows until when."""
    serial = unregistered_meter().serial
    old = replace(METER, since="200101000000Z", until="211231235959Z")
    body = {"public_key": old.pem.decode(), "source": "bnetza"}
    put = gateway.ask("PUT", f"/meters/{serial}/keys/old", body)
    (shown,) = gateway.ask("GET", f"/meters/{serial}/keys")["keys"]
    assert shown["certificate_details"] == put["certificate_details"]
    assert shown["certificate_details"] == {
        "subject": f"CN={old.subject},O=Eichwerk TEST,C=DE",
        "issuer": f"CN={ROOT.subject},O=Eichwerk TEST,C=DE",
        "serial": f"{old.serial:X}",
        "valid_from": "2020-01-01T00:00:00Z",
        "valid_until": "2021-12-31T23:59:59Z",
    }


@pytest.mark.parametrize("text", [RSA_1024.spki.hex(), WEAK_RSA.pem.decode()], ids=["key", "certificate"])
def test_short_rsa_key_is_refused(gateway: RunningGateway, text: str) -> None:
    """It would verify nothing: edifact.md, R15."""
    serial = unregistered_meter().serial
    reply = gateway.call("PUT", f"/api/v1/meters/{serial}/keys/short", {"public_key": text, "source": "bnetza"})
    assert (400, ["KEY_INVALID"]) == (reply.status, reply.codes)
    assert "1024 bits" in reply.raw.decode()
    assert 404 == gateway.call("GET", f"/api/v1/meters/{serial}/keys").status


@pytest.mark.parametrize(("first", "second"), [("party", "meter"), ("meter", "party")])
def test_key_is_a_meters_or_a_partys(gateway: RunningGateway, first: str, second: str) -> None:
    """Under two meters it cannot be both; under one meter a slip is mended by registering it anew."""
    one, other = unregistered_meter(), unregistered_meter()
    body = {"public_key": one.public_key, "source": "other"}
    path = f"/api/v1/meters/{one.serial}/keys/k"
    assert 200 == gateway.call("PUT", path, body | {"signer_kind": first}).status
    reply = gateway.call("PUT", f"/api/v1/meters/{other.serial}/keys/k", body | {"signer_kind": second})
    assert (409, ["METER_KEY_KIND_DIFFERS"]) == (reply.status, reply.codes)
    assert 200 == gateway.call("PUT", path, body | {"signer_kind": second}).status


def test_an_exchange_keeps_the_old_key_and_its_history(gateway: RunningGateway) -> None:
    """Another key under the same name ends the one before it; both count in their time, and both are shown."""
    old = unregistered_meter()
    new = replace(unregistered_meter(), serial=old.serial)
    register(gateway, old, "nameplate")
    register(gateway, new, "nameplate", valid_from=END)
    shown = gateway.ask("GET", f"/meters/{old.serial}/keys")
    assert [(None, END), (END, None)] == [(key["valid_from"], key["valid_until"]) for key in shown["keys"]]
    assert [(1, None), (2, None)] == [(key["revision"], key["valid_until"]) for key in shown["history"]]


def test_meter_that_nobody_registered_is_unknown(gateway: RunningGateway) -> None:
    """There is nothing to show, and that is said."""
    reply = gateway.call("GET", "/api/v1/meters/nobody/keys")
    assert (404, ["METER_UNKNOWN"]) == (reply.status, reply.codes)


def test_keys_are_shown_to_the_operator_only(gateway: RunningGateway) -> None:
    """Without a credential nobody learns which meters there are."""
    assert 401 == gateway.call("GET", "/api/v1/meters/nobody/keys", headers={}).status


def test_an_exchange_cannot_end_a_key_before_what_it_has_billed(gateway: RunningGateway) -> None:
    """A mistyped valid_from would make billed records unverifiable; at the end of the last session it is right."""
    old = gateway.new_meter()
    assert "ready" == closed_with(gateway, gateway.new_place(ENERGY_ONLY), old)["state"]
    body = {"public_key": unregistered_meter().public_key, "source": "nameplate", "valid_from": START}
    path = f"/api/v1/meters/{old.serial}/keys/nameplate"
    reply = gateway.call("PUT", path, body)
    assert (409, ["METER_KEY_IN_USE"]) == (reply.status, reply.codes)
    assert 200 == gateway.call("PUT", path, body | {"valid_from": "2026-01-15T11:00:01Z"}).status


def test_sessions_of_another_meter_with_the_same_key_do_not_stop_an_exchange(gateway: RunningGateway) -> None:
    """One signing component served two outlets; only one of its meters is exchanged."""
    stays = gateway.new_meter()
    leaves = replace(unregistered_meter(), key=stays.key)
    register(gateway, leaves, "nameplate")
    assert "ready" == closed_with(gateway, gateway.new_place(ENERGY_ONLY), stays)["state"]
    new = replace(unregistered_meter(), serial=leaves.serial)
    assert new.serial == register(gateway, new, "nameplate", valid_from=START)["serial"]


def test_a_key_can_be_revoked_by_saying_so(gateway: RunningGateway) -> None:
    """The same key again with an end is the operator's word, also for the past."""
    meter = gateway.new_meter()
    closed_with(gateway, gateway.new_place(ENERGY_ONLY), meter)
    register(gateway, meter, "nameplate", valid_until=START)
    (only,) = gateway.ask("GET", f"/meters/{meter.serial}/keys")["keys"]
    assert START == only["valid_until"]


@pytest.mark.parametrize("stated", [None, "EWK-GW-000017"])
def test_record_without_a_serial_is_verified_by_the_key_of_its_evse(
    gateway: RunningGateway, stated: str | None
) -> None:
    """The station states its gateway or nothing; the key is registered for the meter's printed serial at this EVSE."""
    meter, place = unregistered_meter(), gateway.new_place(ENERGY_ONLY)
    register(gateway, meter, "nameplate", evse_uid=place.evse_uid.lower())
    # One record holds the whole session: several without any serial show no one meter.
    session = gateway.start(place)
    readings: list[tuple[str | None, str, str]] = [("B", "1000.500", START), ("E", "1023.750", END)]
    members = {"MS": None, "GS": None if stated is None else f'"{stated}"'}
    assert "valid" == session.value(END, meter.sign_many(readings, 141, **members))["verdict"]
    assert "ready" == session.close()["state"]


def test_record_with_another_serial_is_not_verified_by_the_key_of_its_evse(gateway: RunningGateway) -> None:
    """A record that names a meter is that meter's, and this one is not registered."""
    meter, place = unregistered_meter(), gateway.new_place(ENERGY_ONLY)
    register(gateway, meter, "nameplate", evse_uid=place.evse_uid)
    session = gateway.start(place)
    value = session.value(START, meter.sign("B", "1", START, 1, MS='"1EWK9999999999"'))["values"][0]
    assert ("untrusted_key", ["KEY_MISSING"]) == (value["status"], value["problems"])


def test_key_at_two_evses_serves_both(gateway: RunningGateway) -> None:
    """One signing component with one key at two outlets: each registration counts at its own."""
    meter, places = unregistered_meter(), [gateway.new_place(ENERGY_ONLY) for _ in range(2)]
    for number, place in enumerate(places):
        register(gateway, meter, f"outlet {number}".replace(" ", "%20"), evse_uid=place.evse_uid)
    assert "ready" == closed_with(gateway, places[0], meter)["state"]
    elsewhere = gateway.start(gateway.new_place(ENERGY_ONLY))
    elsewhere.value(START, meter.sign("B", "2000", START, 200))
    elsewhere.value(END, meter.sign("E", "2001", END, 201))
    assert ["METER_NOT_AT_EVSE"] == codes(elsewhere.close())


def test_server_id_is_one_id_however_it_is_written(gateway: RunningGateway) -> None:
    """Registered as the nameplate prints it, stated by the record as EDL40 does, asked for in small letters."""
    stated = "0901454D4800007F87B0"
    meter = replace(unregistered_meter(), serial="09 01 45 4d 48 00 00 7f 87 b0")
    path = quote(meter.serial)
    gateway.ask("PUT", f"/meters/{path}/keys/n", {"public_key": meter.public_key, "source": "nameplate"})
    assert stated == gateway.ask("GET", f"/meters/{stated.lower()}/keys")["serial"]
    closed = closed_with(gateway, gateway.new_place(ENERGY_ONLY), replace(meter, serial=stated))
    assert "ready" == closed["state"]


@pytest.mark.parametrize("clock", ["U", ""])
def test_late_payload_is_judged_by_the_keys_of_its_time(gateway: RunningGateway, clock: str) -> None:
    """A meter that does not know the time is judged by when its record came, not by when somebody looked again."""
    meter = gateway.new_meter(valid_until="2026-01-15T12:00:00Z")
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    session.bring(*meter.usual_records(clock=clock))
    gateway.clock.forward(days=30)
    assert "ready" == session.close()["state"]
    again = gateway.start(gateway.new_place(ENERGY_ONLY), at="2026-02-10T09:00:00Z")
    judged = again.value("2026-02-10T09:00:00Z", meter.sign("B", "1100", START, 200, clock=clock))
    assert ["KEY_NOT_VALID_AT_TIME"] == judged["values"][0]["problems"]


def test_key_inside_the_payload_does_not_outrank_the_registry(gateway: RunningGateway) -> None:
    """A fourth section with the signer's own key, where the meter has another one: an alarm, and no CDR."""
    meter = gateway.new_meter()
    forger = replace(unregistered_meter(), serial=meter.serial)
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    value = session.value(START, f"{forger.sign('B', '1', START, 1)}|{forger.public_key}")["values"][0]
    assert ("untrusted_key", ["PUBLIC_KEY_MISMATCH"]) == (value["status"], value["problems"])
