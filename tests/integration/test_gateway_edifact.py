"""Signed MSCONS over real HTTP: whose signature bills, what OCPI carries, and what stops.

Source of the expectations: edifact.md 2.5 (signer kinds), 5.3 (periods), 5.4 (OCPI fields), 5.5 (keys).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING

import pytest

from cdr_service.cli.run import tell_party_policy
from tests.support.gateway import RunningGateway, codes, running_gateway, tariff_components
from tests.support.meter import END, START, Meter
from tests.support.mscons_meter import FIRST, LAST, new_meter
from tests.support.mscons_sessions import (
    ENERGY_ONLY,
    PARTY_NAME,
    REASON,
    bring,
    party_file,
    party_session,
    register,
    registered_meter,
    started,
    state_of,
)
from tools.fixtures.edifact import autack, cms, in_message, mscons
from tools.fixtures.edifact.people import EC_PARTY, RSA_2048, RSA_3072
from tools.fixtures.meter_keys import TestKey

if TYPE_CHECKING:
    from collections.abc import Iterator


_NUMBERS = count(1)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A connected gateway that the tests of this module share; each test has a meter of its own."""
    with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
        running.connect()
        yield running


@pytest.fixture(scope="module")
def lenient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A gateway whose operator has written down why a party's signature may be billed."""
    with running_gateway(tmp_path_factory.mktemp("lenient"), party_policy=REASON) as running:
        running.connect()
        yield running


# What is billed, and how OCPI carries it ------------------------------------------------------------------------------


def test_signed_mscons_becomes_a_cdr_with_its_proof(gateway: RunningGateway) -> None:
    """Method, version, key, one End with the exact file; total_energy is the register's difference."""
    meter = registered_meter(gateway)
    file = meter.sign(meter.registers())
    cdr = started(gateway, file).billed()
    proof = cdr["signed_data"]
    assert ("EDIFACT", 1) == (proof["encoding_method"], proof["encoding_method_version"])
    assert b64encode(meter.certificate.key.spki).decode() == proof["public_key"]
    (value,) = proof["signed_values"]
    assert ("End", b64encode(file).decode()) == (value["nature"], value["signed_data"])
    assert (
        "2026-01-15T09:00:00Z 1-0:1.8.0 1000.500 kWh; 2026-01-15T11:00:00Z 1-0:1.8.0 1023.750 kWh"
        == (value["plain_data"])
    )
    assert (Decimal("23.250"), meter.serial) == (cdr["total_energy"], cdr["meter_id"])


def test_receiver_accepts_what_it_checks_itself(gateway: RunningGateway) -> None:
    """The simulated eMSP verifies the signature with the key in the CDR and reads the energy."""
    meter = registered_meter(gateway)
    closed = started(gateway, meter.sign(meter.registers())).close()
    assert "accepted" == state_of(gateway, closed)


def test_each_interval_of_a_load_profile_is_a_charging_period(gateway: RunningGateway) -> None:
    """Four half hours, one of them without energy: four periods, and their exact sum."""
    meter = registered_meter(gateway)
    times = ("202601150900", "202601150930", "202601151000", "202601151030", "202601151100")
    energies = ("2.750", "2.800", "0.000", "1.250")
    closed = started(gateway, meter.sign(meter.document(mscons.profile(energies, times)))).close()
    assert "accepted" == state_of(gateway, closed)
    cdr = gateway.cdr(closed["cdr_id"])["cdr"]
    periods = [
        (period["start_date_time"], {part["type"]: part["volume"] for part in period["dimensions"]})
        for period in cdr["charging_periods"]
    ]
    starts = ("09:00", "09:30", "10:00", "10:30")
    assert periods == [
        (f"2026-01-15T{start}:00Z", {"ENERGY": Decimal(energy), "TIME": Decimal("0.5")})
        for start, energy in zip(starts, energies, strict=True)
    ]
    assert Decimal("6.800") == cdr["total_energy"]


def test_begin_and_end_in_two_files_go_out_as_start_and_end(gateway: RunningGateway) -> None:
    """Each file is a signed value of its own."""
    meter = registered_meter(gateway)
    files = [meter.sign(meter.document(mscons.line(mscons.point(*one)))) for one in (FIRST, LAST)]
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    for at, file in zip((START, END), files, strict=True):
        bring(session, file, at)
    values = session.billed()["signed_data"]["signed_values"]
    expected = [(nature, b64encode(file).decode()) for nature, file in zip(("Start", "End"), files, strict=True)]
    assert expected == [(value["nature"], value["signed_data"]) for value in values]


def test_messages_of_one_file_go_out_once_as_that_file(gateway: RunningGateway) -> None:
    """Begin and end signed one by one in one interchange: the container stays as it is, a single End."""
    meter = registered_meter(gateway)
    group = in_message.Group(certificate=meter.certificate)
    messages = [
        mscons.message(
            in_message.secured(meter.document(mscons.line(mscons.point(*one))), group), reference=str(number)
        )
        for number, one in enumerate((FIRST, LAST), 1)
    ]
    file = mscons.interchange(*messages)
    cdr = started(gateway, file).billed()
    (value,) = cdr["signed_data"]["signed_values"]
    assert ("End", b64encode(file).decode()) == (value["nature"], value["signed_data"])
    assert Decimal("23.250") == cdr["total_energy"]


def test_cms_file_goes_out_as_it_is(gateway: RunningGateway) -> None:
    """The meter's key in a CMS signature around the file: found by issuer and serial of the registered certificate."""
    meter = registered_meter(gateway)
    inside = mscons.interchange(mscons.message(meter.registers()), envelope=mscons.V3)
    file = cms.signed_data(inside, cms.Signer(certificate=meter.certificate, key=None))
    (value,) = started(gateway, file).billed()["signed_data"]["signed_values"]
    assert b64encode(file).decode() == value["signed_data"]


def test_autack_in_the_same_file_goes_out_with_it(gateway: RunningGateway) -> None:
    """The meter signs an ordinary interchange of syntax 3 in an AUTACK behind it; both are one file."""
    meter = registered_meter(gateway)
    ordinary = mscons.interchange(mscons.message(meter.registers()), envelope=mscons.V3)
    group = in_message.Group(certificate=meter.certificate, service="7", scope="3")
    file = ordinary + autack.file_of(autack.direct(autack.Reference(content=autack.without_una(ordinary)), group=group))
    (value,) = started(gateway, file).billed()["signed_data"]["signed_values"]
    assert b64encode(file).decode() == value["signed_data"]


def test_bare_key_is_found_by_its_name(gateway: RunningGateway) -> None:
    """USC states the name under which the operator registered the meter's key."""
    meter = new_meter()
    register(gateway, meter, "EIW 17", public_key=meter.certificate.key.spki.hex())
    file = meter.sign(meter.registers(), key_name="EIW 17")
    assert "ready" == started(gateway, file).close()["state"]


def test_rsa_2048_fits_ocpi(gateway: RunningGateway) -> None:
    """392 characters of base64."""
    meter = registered_meter(gateway, RSA_2048)
    cdr = started(gateway, meter.sign(meter.registers())).billed()
    assert b64encode(RSA_2048.spki).decode() == cdr["signed_data"]["public_key"]


def test_rsa_3072_is_left_out_and_bound_by_its_certificate(gateway: RunningGateway) -> None:
    """564 characters do not fit into 512, and nothing is cut; the proof is verified again by the registered key."""
    meter = registered_meter(gateway, RSA_3072)
    cdr = started(gateway, meter.sign(meter.registers(), filter="7")).billed()
    assert "public_key" not in cdr["signed_data"]


def test_file_with_umlauts_is_sent_in_base64(gateway: RunningGateway) -> None:
    """Its bytes are ISO 8859-1; as text of JSON it would be UTF-8, other bytes, which nobody signed."""
    meter = registered_meter(gateway)
    body = tuple(part.replace("DOC0001", "PRÜF0001") for part in meter.registers())
    file = meter.sign(body)
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    as_text = session.value(END, file.decode("latin-1"))["values"][0]
    assert ("signature_invalid", ["SIGNATURE_MISMATCH"]) == (as_text["status"], as_text["problems"])
    assert "verified" == bring(gateway.start(gateway.new_place(ENERGY_ONLY)), file)["values"][0]["status"]


def test_ascii_file_may_come_as_text(gateway: RunningGateway) -> None:
    """The same bytes either way."""
    meter = registered_meter(gateway)
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    assert "verified" == session.value(END, meter.sign(meter.registers()).decode())["values"][0]["status"]


# What is held or refused ----------------------------------------------------------------------------------------------


def test_what_a_party_signed_is_held_for_a_person(gateway: RunningGateway) -> None:
    """Authentic, and no measurement that anybody vouches for: the CDR is there to look at, and never leaves."""
    session = party_session(gateway)
    closed = session.close()
    assert ("held", ["SIGNER_IS_PARTY"]) == (closed["state"], codes(closed))
    gateway.deliver_all()
    assert [] == gateway.cdr_posts(session)
    kept = gateway.cdr(closed["cdr_id"])
    assert ("held", ["SIGNER_IS_PARTY"]) == (kept["state"], codes(kept))


def test_verdict_says_whose_signature_held(gateway: RunningGateway) -> None:
    """At the event, with the session and with the CDR: verified, and by a party."""
    session = party_session(gateway)
    closed = session.close()
    shown = (gateway.ask("GET", f"/sessions/{session.session_id}"), gateway.cdr(closed["cdr_id"]))
    assert [{("verified", "party")}] * 2 == [
        {(one["status"], one["signer_kind"]) for one in answer["verdicts"]} for answer in shown
    ]


def test_written_policy_lets_a_party_count_and_stands_with_the_cdr(lenient: RunningGateway) -> None:
    """The reason is told in a warning of every CDR that relies on it."""
    session = party_session(lenient)
    closed = session.close()
    assert "accepted" == state_of(lenient, closed)
    (warning,) = [one for one in lenient.cdr(closed["cdr_id"])["findings"] if one["code"] == "SIGNER_IS_PARTY"]
    assert ("warning", True) == (warning["severity"], REASON in warning["message"])


def test_written_policy_stands_in_the_log_of_the_start(
    gateway: RunningGateway, lenient: RunningGateway, caplog: pytest.LogCaptureFixture
) -> None:
    """Once, with its reason; without a policy there is nothing to tell."""
    for one in (gateway, lenient):
        tell_party_policy(one.wired.ports.settings)
    assert [f"party_signatures_accepted reason={REASON}"] == caplog.messages


def test_party_that_is_short_of_the_end_still_waits_for_it(gateway: RunningGateway) -> None:
    """What a person decides on does not close a session whose signed end is still to come."""
    meter = registered_meter(gateway)
    register(gateway, meter, PARTY_NAME, public_key=EC_PARTY.pem.decode(), signer_kind="party")
    begin = meter.document(mscons.line(mscons.point(*FIRST)))
    session = started(gateway, in_message.file_of(begin, in_message.Group(certificate=EC_PARTY)))
    closed = session.close()
    assert "awaiting_signed_end" == closed["state"]
    assert "SIGNER_IS_PARTY" in codes(closed)


def test_key_that_nobody_registered_proves_nothing(gateway: RunningGateway) -> None:
    """Never by trial, and not by the certificate in somebody's hands."""
    meter = registered_meter(gateway)
    session = started(gateway)
    value = bring(session, party_file(meter))["values"][0]
    assert ("untrusted_key", ["KEY_UNKNOWN"]) == (value["status"], value["problems"])
    assert "not_billable" == session.close()["state"]


def test_a_partys_key_never_judges_records_of_meters(gateway: RunningGateway) -> None:
    """Registered for the meter as a party's, it is no key of the meter."""
    key = TestKey(f"gateway party {next(_NUMBERS)}", "secp256r1")
    meter = Meter(serial=f"1EWP{next(_NUMBERS):010}", key=key)
    gateway.register_key(meter.serial, "p", key, signer_kind="party")
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    value = session.value(START, meter.sign("B", "1", START, 1))["values"][0]
    assert ("untrusted_key", ["KEY_MISSING"]) == (value["status"], value["problems"])


def test_substitute_value_stops(gateway: RunningGateway) -> None:
    """A signed substitute value is authentic, and no measurement."""
    meter = registered_meter(gateway)
    last = mscons.point(*LAST, qualifier="67")
    closed = started(gateway, meter.sign(meter.document(mscons.line(mscons.point(*FIRST), last)))).close()
    assert (None, "not_billable", ["SUBSTITUTE_VALUE"]) == (closed["cdr_id"], closed["state"], codes(closed))


def test_time_is_not_billed(gateway: RunningGateway) -> None:
    """MSCONS says nothing of the meter's clock, so a price on time stops the CDR."""
    meter = new_meter()
    register(gateway, meter, time_tariff="allowed")
    session = gateway.start(gateway.new_place(tariff_components(ENERGY="0.50", TIME="1.00")))
    bring(session, meter.sign(meter.registers()))
    assert "CLOCK_NOT_BILLABLE" in codes(session.close())


def test_file_that_ocpi_cannot_carry_is_refused_whole(gateway: RunningGateway) -> None:
    """96 intervals do not fit into 5000 characters; nothing is cut."""
    meter = registered_meter(gateway)
    minutes = [f"2026011509{minute:02}" for minute in range(60)] + [f"2026011510{minute:02}" for minute in range(37)]
    file = meter.sign(meter.document(mscons.profile(("0.100",) * 96, tuple(minutes))))
    closed = started(gateway, file).close()
    assert (None, ["OCPI_LENGTH"]) == (closed["cdr_id"], codes(closed))


def test_changed_value_makes_no_cdr(gateway: RunningGateway) -> None:
    """One digit after signing."""
    meter = registered_meter(gateway)
    file = meter.sign(meter.registers()).replace(b"1023.750", b"1033.750")
    closed = started(gateway, file).close()
    assert ("not_billable", True) == (closed["state"], "SIGNED_VALUE_REFUSED" in codes(closed))


def test_the_same_message_is_billed_once(gateway: RunningGateway) -> None:
    """In another session the same signed bytes are another session's, however they are wrapped."""
    meter = registered_meter(gateway)
    file = meter.sign(meter.registers())
    assert "ready" == started(gateway, file).close()["state"]
    assert "SIGNED_VALUE_IN_OTHER_SESSION" in codes(started(gateway, file + b"\r\n").close())


def test_energy_that_was_billed_is_not_billed_again(gateway: RunningGateway) -> None:
    """The meter signs the same stretch of its register once more, in other bytes."""
    meter = registered_meter(gateway)
    assert "ready" == started(gateway, meter.sign(meter.registers())).close()["state"]
    again = tuple(part.replace("DOC0001", "DOC0002") for part in meter.registers())
    closed = started(gateway, meter.sign(again)).close()
    assert (None, True) == (closed["cdr_id"], "ENERGY_OVERLAPS" in codes(closed))


# Registration ---------------------------------------------------------------------------------------------------------


def test_who_signs_and_the_certificate_are_shown(gateway: RunningGateway) -> None:
    """Both as they were registered."""
    meter = registered_meter(gateway)
    put = register(gateway, meter, PARTY_NAME, public_key=EC_PARTY.pem.decode(), signer_kind="party")
    assert "party" == put["signer_kind"]
    shown = gateway.ask("GET", f"/meters/{meter.serial}/keys")
    for entries in (shown["keys"], shown["history"]):
        assert {("nameplate", "meter", meter.certificate.der), (PARTY_NAME, "party", EC_PARTY.der)} == {
            (one["name"], one["signer_kind"], b64decode(one["certificate"])) for one in entries
        }


def test_signer_kind_is_one_of_two(gateway: RunningGateway) -> None:
    """Nobody is registered as unknown."""
    body = {"public_key": EC_PARTY.pem.decode(), "source": "other", "signer_kind": "unknown"}
    reply = gateway.call("PUT", "/api/v1/meters/M/keys/k", body)
    assert (422, ["FIELD_INVALID"]) == (reply.status, reply.codes)
