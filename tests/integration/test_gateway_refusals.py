"""What must never become a CDR: no row, nothing at the eMSP, and the operator sees why in the answer and in the log."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.gateway import Json, RunningGateway, Session, codes, running_gateway, tariff_components
from tests.support.meter import END, MIDDLE, PARKED, START, unregistered_meter
from tools.fixtures.meter_keys import TestKey
from tools.fixtures.ocmf_text import record
from tools.fixtures.transparency import xml, xml_value

if TYPE_CHECKING:
    from collections.abc import Iterator

ENERGY_ONLY = tariff_components(FLAT="0.50", ENERGY="0.49")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A connected gateway that the tests of this module share."""
    with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
        running.connect()
        yield running


def close_refused(session: Session, caplog: pytest.LogCaptureFixture, *, at: str = END) -> Json:
    """Close a session that must not be billed, and hold everything that is promised of such a one."""
    closed = session.close(at)
    assert (None, "not_billable") == (closed["cdr_id"], closed["state"])
    assert not session.is_billed()
    session.gateway.deliver_all()
    assert [] == session.gateway.cdr_posts(session)
    errors = [finding for finding in closed["findings"] if finding["severity"] == "error"]
    assert errors != []
    for finding in errors:
        assert {"code", "severity", "message", "path"} == set(finding)
        assert finding["message"]
        line = f"session={session.session_id} code={finding['code']} severity=error"
        assert any(line in message for message in caplog.messages), line
    return closed


def start_with(gateway: RunningGateway, *values: tuple[str, str], components: list[Json] | None = None) -> Session:
    """A session that gets these signed values (time, text)."""
    session = gateway.start(gateway.new_place(components))
    session.bring(*values)
    return session


def test_a_tampered_record_is_not_billed(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """Ten kWh more, written into the end after signing: the first look says so, and the session is not billable."""
    *honest, (at, end) = gateway.new_meter().usual_records()
    session = start_with(gateway, *honest)
    look = session.value(at, end.replace("1023.750", "1033.750"))
    assert ("invalid", "signature_invalid") == (look["verdict"], look["values"][0]["status"])
    closed = close_refused(session, caplog)
    assert {"SIGNED_VALUE_REFUSED", "TRANSACTION_NOT_AUTHENTIC"} <= set(codes(closed))


def test_a_wrong_registered_key_is_not_billed(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """The registered key is another meter's: no record verifies."""
    meter = unregistered_meter()
    gateway.register_key(meter.serial, "nameplate", TestKey("somebody else's", "secp256r1"))
    session = start_with(gateway, *meter.usual_records())
    closed = close_refused(session, caplog)
    messages = [one["message"] for one in closed["findings"] if one["code"] == "SIGNED_VALUE_REFUSED"]
    assert ["signed value is signature_invalid: SIGNATURE_MISMATCH"] * 4 == messages


def test_an_unregistered_meter_is_not_billed(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """Without any key nothing is verified, however good the signatures are."""
    meter = unregistered_meter()
    session = start_with(gateway)
    look = session.value(START, meter.usual_records()[0][1])
    assert ("unverified", "untrusted_key") == (look["verdict"], look["values"][0]["status"])
    session.bring(*meter.usual_records()[1:])
    closed = close_refused(session, caplog)
    messages = [one["message"] for one in closed["findings"] if one["code"] == "SIGNED_VALUE_REFUSED"]
    assert ["signed value is untrusted_key: KEY_MISSING"] * 4 == messages


def test_a_key_beside_the_record_proves_nothing(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """A S.A.F.E. file that brings its own key only agrees with itself."""
    meter = unregistered_meter()
    values = [xml_value(text, key=meter.public_key) for _, text in meter.usual_records()]
    session = start_with(gateway, (END, xml(*values)))
    closed = close_refused(session, caplog)
    messages = [one["message"] for one in closed["findings"] if one["code"] == "SIGNED_VALUE_REFUSED"]
    assert ["signed value is untrusted_key: KEY_SOURCE_UNTRUSTED"] * 4 == messages


def test_a_key_beside_the_record_does_not_replace_the_registered_one(
    gateway: RunningGateway, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody signs in the meter's name and brings the fitting key: the registered key wins, with an alarm."""
    honest = gateway.new_meter()
    forger = replace(honest, key=TestKey("forger", "secp256r1"))
    values = [xml_value(text, key=forger.public_key) for _, text in forger.usual_records()]
    session = start_with(gateway, (END, xml(*values)))
    closed = close_refused(session, caplog)
    messages = [one["message"] for one in closed["findings"] if one["code"] == "SIGNED_VALUE_REFUSED"]
    assert ["signed value is untrusted_key: PUBLIC_KEY_MISMATCH"] * 4 == messages


def test_a_key_inside_the_payload_proves_nothing(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """A key that the record itself names, in whatever field, is not registered and so does not count."""
    meter = unregistered_meter()
    session = start_with(gateway, *meter.usual_records(PK=f'"{meter.public_key}"'))
    assert "SIGNED_VALUE_REFUSED" in codes(close_refused(session, caplog))


def test_records_of_two_meters_are_not_billed(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """Begin of one registered meter, end of another: both verify, and together they prove nothing."""
    one, other = gateway.new_meter(), gateway.new_meter()
    session = start_with(gateway, *one.usual_records()[:2], *other.usual_records()[2:])
    assert {"METER_DIFFERS", "KEY_DIFFERS"} <= set(codes(close_refused(session, caplog)))


def test_records_of_two_gateways_are_not_billed(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """One meter number behind two gateways' serial numbers is not one meter."""
    meter = gateway.new_meter()
    begin, others = meter.usual_records()[:1], meter.usual_records(GS='"OTHER"')[1:]
    session = start_with(gateway, *begin, *others)
    assert "METER_DIFFERS" in codes(close_refused(session, caplog))


def test_an_end_below_its_begin_is_not_billed(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """A register that falls between begin and end proves no energy."""
    meter = gateway.new_meter()
    session = start_with(
        gateway, (START, meter.sign("B", "1000.500", START, 1)), (END, meter.sign("E", "1000.400", END, 2))
    )
    assert "ENERGY_DECREASES" in codes(close_refused(session, caplog))


def test_an_end_earlier_than_its_begin_is_not_billed(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """The signed time of the end lies before that of the begin."""
    meter = gateway.new_meter()
    session = start_with(
        gateway, (START, meter.sign("B", "1000.500", END, 1)), (END, meter.sign("E", "1023.750", START, 2))
    )
    assert "BEGIN_AFTER_END" in codes(close_refused(session, caplog))


def test_an_end_numbered_before_its_begin_is_not_billed(
    gateway: RunningGateway, caplog: pytest.LogCaptureFixture
) -> None:
    """The pagination says that the end was signed first."""
    meter = gateway.new_meter()
    session = start_with(
        gateway, (START, meter.sign("B", "1000.500", START, 9)), (END, meter.sign("E", "1023.750", END, 8))
    )
    assert "PAGINATION_REPEATS" in codes(close_refused(session, caplog))


def test_a_replay_into_another_session_is_not_billed(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """Records that were billed once prove nothing a second time, though every signature holds."""
    meter = gateway.new_meter()
    first = start_with(gateway, *meter.usual_records())
    assert first.billed()["total_energy"] == 23.25
    second = start_with(gateway, *meter.usual_records())
    closed = close_refused(second, caplog)
    assert ["SIGNED_VALUE_IN_OTHER_SESSION"] * 4 == codes(closed)
    assert all(first.session_id.casefold() in finding["message"] for finding in closed["findings"])


def test_a_replay_is_not_billed_when_the_clock_was_set_back(
    gateway: RunningGateway, caplog: pytest.LogCaptureFixture
) -> None:
    """Who has a CDR was first, whatever the clock says: set back an hour, it makes no copy the original."""
    meter = gateway.new_meter()
    assert start_with(gateway, *meter.usual_records()).billed()["total_energy"] == 23.25
    gateway.clock.forward(hours=-1)
    second = start_with(gateway, *meter.usual_records())
    assert ["SIGNED_VALUE_IN_OTHER_SESSION"] * 4 == codes(close_refused(second, caplog))


def test_a_replay_with_another_signature_is_not_billed(
    gateway: RunningGateway, caplog: pytest.LogCaptureFixture
) -> None:
    """The same signed bytes with another spelling around their signature are the same record."""
    meter = gateway.new_meter()
    assert start_with(gateway, *meter.usual_records()).billed()["total_energy"] == 23.25
    respelled = [(at, f"{text[:-1]} }}") for at, text in meter.usual_records()]
    assert "SIGNED_VALUE_IN_OTHER_SESSION" in codes(close_refused(start_with(gateway, *respelled), caplog))


def test_records_from_before_the_session_are_not_billed(
    gateway: RunningGateway, caplog: pytest.LogCaptureFixture
) -> None:
    """Yesterday's honest records, never billed, do not fit into today's session."""
    meter = gateway.new_meter()
    records = [
        (at, meter.sign(reason, kwh, at.replace("01-15", "01-14"), page))
        for page, (reason, kwh, at) in enumerate([("B", "1.0", START), ("E", "9.0", END)], 1)
    ]
    assert "READING_OUTSIDE_SESSION" in codes(close_refused(start_with(gateway, *records), caplog))


def test_a_meter_of_another_evse_is_not_billed(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """A key that is registered for one EVSE proves nothing at another."""
    meter = gateway.new_meter(evse_uid="E-SOMEWHERE-ELSE")
    closed = close_refused(start_with(gateway, *meter.usual_records()), caplog)
    assert ["METER_NOT_AT_EVSE"] == codes(closed)


@pytest.mark.parametrize(
    "validity", [{"valid_from": "2026-01-15T09:00:01Z"}, {"valid_until": "2026-01-15T11:00:00Z"}], ids=str
)
def test_a_key_that_did_not_count_at_the_readings_time_is_not_billed(
    gateway: RunningGateway, caplog: pytest.LogCaptureFixture, validity: dict[str, str]
) -> None:
    """valid_from is the first instant at which a key counts, valid_until the first at which it counts no more."""
    meter = gateway.new_meter(**validity)
    closed = close_refused(start_with(gateway, *meter.usual_records()), caplog)
    messages = [one["message"] for one in closed["findings"] if one["code"] == "SIGNED_VALUE_REFUSED"]
    assert ["signed value is untrusted_key: KEY_NOT_VALID_AT_TIME"] == messages


def test_time_is_not_billed_where_it_is_forbidden(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """Without a word in the registration a meter may not bill time: the default is forbidden."""
    meter = unregistered_meter()
    gateway.ask(
        "PUT", f"/meters/{meter.serial}/keys/nameplate", {"public_key": meter.public_key, "source": "nameplate"}
    )
    closed = close_refused(start_with(gateway, *meter.usual_records()), caplog)
    assert ["TIME_TARIFF_FORBIDDEN"] == codes(closed)
    (finding,) = closed["findings"]
    assert "/tariffs/0/elements/0/price_components/2" == finding["path"]


@pytest.mark.parametrize("clock", ["U", "I", ""])
def test_time_is_not_billed_by_a_clock_that_is_not_synchronised(
    gateway: RunningGateway, caplog: pytest.LogCaptureFixture, clock: str
) -> None:
    """A tariff that prices time needs the meter's own word on its clock."""
    session = start_with(gateway, *gateway.new_meter().usual_records(clock=clock))
    assert "CLOCK_NOT_BILLABLE" in codes(close_refused(session, caplog))


@pytest.mark.parametrize(
    "payload", ["not a record", "OCMF|{}", '{"a": 1}', "<values/>", "\u0000", 'OCMF|{"FV":"1.0"}|{}']
)
def test_an_unreadable_payload_is_kept_and_not_billed(
    gateway: RunningGateway, caplog: pytest.LogCaptureFixture, payload: str
) -> None:
    """What nobody can read beside a whole honest transaction stops it: a value that does not verify is no accident."""
    session = start_with(gateway, *gateway.new_meter().usual_records())
    look = session.value(PARKED, payload)
    assert look["verdict"] in {"unreadable", "invalid"}
    assert "SIGNED_VALUE_REFUSED" in codes(close_refused(session, caplog))
    ((kept,),) = gateway.rows(f"SELECT raw FROM signed_payload WHERE id = '{look['payload_id']}'")  # noqa: S608
    assert payload.encode() == kept


def test_a_session_without_any_signed_value_is_not_billed(gateway: RunningGateway) -> None:
    """Nothing signed, nothing billed: the session waits for its values."""
    closed = gateway.start(gateway.new_place(ENERGY_ONLY)).close()
    assert (None, "awaiting_signed_end") == (closed["cdr_id"], closed["state"])
    assert ["TRANSACTION_INCOMPLETE"] * 2 == codes(closed)


@pytest.mark.parametrize("status", ["N", "E", "F", "T", "D", "R", "M", "X", "I", "O", "S", "Q"])
def test_a_meter_that_did_not_work_is_not_billed(
    gateway: RunningGateway, caplog: pytest.LogCaptureFixture, status: str
) -> None:
    """Only the meter status G proves energy."""
    meter = gateway.new_meter()
    begin = meter.sign("B", "1000.500", START, 1).replace('"ST":"G"', f'"ST":"{status}"')
    section = begin.split("|")[1]
    session = start_with(gateway, (START, record(section, meter.key)), (END, meter.sign("E", "1023.750", END, 2)))
    assert "METER_STATUS_NOT_GOOD" in codes(close_refused(session, caplog))


def test_an_exception_between_is_not_billed(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """TX X says that an error occurred: from there on nothing is usable."""
    meter = gateway.new_meter()
    rows = [("B", "1000.500", START), ("X", "1010.250", MIDDLE), ("E", "1023.750", END)]
    records = [(at, meter.sign(reason, kwh, at, page)) for page, (reason, kwh, at) in enumerate(rows, 1)]
    assert "EXCEPTION_READING" in codes(close_refused(start_with(gateway, *records), caplog))
