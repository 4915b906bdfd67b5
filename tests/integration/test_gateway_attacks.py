"""Attacks on the gateway over HTTP: by an operator-API client, by a partner, by two of them at once."""

from __future__ import annotations

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.support.evil_partner import EvilPartner, role, running_evil_partner
from tests.support.gateway import TARIFF, TOKEN, Json, Reply, RunningGateway, codes, running_gateway, tariff_components
from tests.support.meter import END, START, unregistered_meter
from tools.fixtures.transparency import xml, xml_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TOKEN_A = "token-a"
ENERGY_ONLY = tariff_components(FLAT="0.50", ENERGY="0.49")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A connected gateway that the tests of this module share."""
    with running_gateway(tmp_path_factory.mktemp("gateway"), timeout_seconds=2) as running:
        running.connect()
        yield running


@pytest.fixture
def evil() -> Iterator[EvilPartner]:
    """A partner that lies."""
    with running_evil_partner() as partner:
        yield partner


def at_once(calls: Sequence[Callable[[], Reply]]) -> list[Reply]:
    """The answers to requests that run at the same time."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [one.result() for one in [pool.submit(call) for call in calls]]


def invite(gateway: RunningGateway, evil: EvilPartner, party_id: str, token: str | None = TOKEN_A) -> Reply:
    """Invite the evil partner as DE and this party."""
    fields = {"name": f"evil {party_id}", "versions_url": evil.versions_url, "country_code": "DE", "party_id": party_id}
    return gateway.invite(**fields, token=token)


def shake_hands(gateway: RunningGateway, party_id: str) -> Reply:
    """Register at the evil partner."""
    return gateway.call("POST", f"/api/v1/counterparties/evil%20{party_id}/handshake")


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [
        pytest.param(START, "2026-01-15T11:05:01Z", id="stays after the signed end"),
        pytest.param(START, "2026-02-15T11:00:00Z", id="stays a month"),
        pytest.param("2026-01-15T08:54:59Z", END, id="came before the signed begin"),
        pytest.param("0001-01-01T00:00:00Z", END, id="came in the year 1"),
    ],
)
def test_time_that_nobody_signed_is_not_billed(gateway: RunningGateway, starts_at: str, ends_at: str) -> None:
    """The operator's clock is not certified: no second beyond the tolerance of two clocks costs anything."""
    meter = gateway.new_meter()
    session = gateway.start(gateway.new_place(), at=starts_at)
    session.bring(*meter.usual_records())
    closed = session.close(ends_at)
    assert (None, "awaiting_signed_end") == (closed["cdr_id"], closed["state"])
    assert ["TIME_NOT_SIGNED"] == codes(closed)
    assert not session.is_billed()


def test_a_session_closed_too_late_is_billed_with_its_signed_time(gateway: RunningGateway) -> None:
    """A wrong end loses no proven kilowatt-hour: the session can be closed again with the signed end."""
    session = gateway.usual_session()
    assert ["TIME_NOT_SIGNED"] == codes(session.close("2026-01-15T14:00:00Z"))
    assert Decimal(2) == session.billed()["total_time"]


@pytest.mark.parametrize("ahead", [timedelta(seconds=301), timedelta(days=3650)], ids=str)
def test_a_session_cannot_end_in_the_future(gateway: RunningGateway, ahead: timedelta) -> None:
    """Also where time costs nothing, no CDR says when a session will end."""
    session = gateway.start(gateway.new_place(ENERGY_ONLY))
    session.bring(*gateway.new_meter().usual_records())
    gateway.clock.now = max(gateway.clock.now, datetime.fromisoformat(END))
    ends_at = (gateway.clock.now + ahead).strftime("%Y-%m-%dT%H:%M:%SZ")
    reply = gateway.call("POST", f"/api/v1/sessions/{session.session_id}/close", {"end_date_time": ends_at})
    assert (400, ["END_IN_FUTURE"]) == (reply.status, reply.codes)


def test_closing_six_times_at_once_bills_once(gateway: RunningGateway) -> None:
    """One close wins, the others are told that the session is closed; ids compare without case."""
    session = gateway.usual_session()
    gateway.clock.now = max(gateway.clock.now, datetime.fromisoformat(END))
    spelled = [replace(session, session_id=change(session.session_id)) for change in (str.upper, str.lower)] * 3
    replies = at_once([one.try_close for one in spelled])
    assert [200, 409, 409, 409, 409, 409] == sorted(reply.status for reply in replies)
    assert session.is_billed()


def test_two_sessions_with_one_proof_closing_at_once_bill_once(gateway: RunningGateway) -> None:
    """One record in two sessions, once plain and once in XML, its key registered only afterwards: one CDR."""
    meter = unregistered_meter()
    plain, wrapped = (gateway.start(gateway.new_place()) for _ in range(2))
    plain.bring(*meter.usual_records())
    wrapped.bring((END, xml(*(xml_value(text) for _, text in meter.usual_records()))))
    gateway.register_key(meter.serial, "late", meter.key)
    replies = at_once([plain.try_close, wrapped.try_close])
    assert ["not_billable", "ready"] == sorted(reply.body["state"] for reply in replies)


def test_one_authorization_starts_one_session(gateway: RunningGateway) -> None:
    """Six starts at once under one permission: one session."""
    allowed = gateway.authorize(gateway.new_place())["authorization_id"]
    body = {"authorization_id": allowed, "start_date_time": START}
    start = [
        lambda number=number: gateway.call("POST", "/api/v1/sessions", body | {"session_id": f"RACE-{number}"})
        for number in range(6)
    ]
    assert [201, 409, 409, 409, 409, 409] == sorted(reply.status for reply in at_once(start))


def test_an_authorization_is_not_lent_to_another_token(gateway: RunningGateway) -> None:
    """A start that names an authorization and somebody else's token is refused, not billed to either."""
    place = gateway.new_place()
    allowed = gateway.authorize(place)["authorization_id"]
    somebody = {"token": {**TOKEN, "uid": "SOMEBODY"}, **place.as_json(), "auth_method": "COMMAND"}
    body = {"session_id": "LENT", "start_date_time": START, "authorization_id": allowed, **somebody}
    assert 400 == gateway.call("POST", "/api/v1/sessions", body).status


@pytest.mark.parametrize("session_id", ["A/B", "x/close", "a%2Fb", "a b", "a?b#c;d", "' OR 1=1 --", "..", "%00"])
def test_a_session_of_any_lawful_id_can_be_closed(gateway: RunningGateway, session_id: str) -> None:
    """An id that no URL reached would be a session that is never billed; none of them is another one's."""
    allowed = gateway.authorize(gateway.new_place())["authorization_id"]
    gateway.ask("POST", "/sessions", {"session_id": session_id, "start_date_time": START, "authorization_id": allowed})
    path = f"/sessions/{quote(session_id, safe='')}"
    gateway.ask("POST", f"{path}/events", {"type": "state", "at": START, "state": "charging"})
    assert session_id == gateway.ask("GET", path)["session_id"]


@pytest.mark.parametrize("look_alike", ["\u212aTARIFF", "\u017fTARIFF"], ids=["kelvin sign", "long s"])
def test_a_look_alike_is_another_id(gateway: RunningGateway, look_alike: str) -> None:
    """Beyond ASCII other letters fold to the same one; a tariff has one id."""
    body = {**TARIFF, "id": look_alike.casefold()}
    reply = gateway.call("PUT", f"/api/v1/tariffs/{quote(look_alike)}", body)
    assert (400, ["ID_MISMATCH"]) == (reply.status, reply.codes)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "PATCH"])
def test_nothing_is_answered_without_a_key(gateway: RunningGateway, method: str) -> None:
    """Every method, every path under the API, whether it exists or not and however it is spelled."""
    paths = ("v1/openapi.json", "v1/nope", "v1/sessions", "", "/v1/sessions", "v1/../v1/openapi.json")
    spellings = [*(f"/api/{path}" for path in paths), "//api/v1/sessions", "/%61pi/v1/openapi.json"]
    assert {401} == {gateway.call(method, path, headers={}).status for path in spellings}
    assert {404} == {gateway.call(method, path, headers={}).status for path in ("/API/v1/openapi.json", "/x/../api/v1")}


def test_a_partner_speaks_for_no_party_but_its_own(gateway: RunningGateway, evil: EvilPartner) -> None:
    """A partner that claims another's party in its credentials gets nothing of it, invited yet or not."""
    evil.roles = [role("DE", "EVL"), role("NL", "EMS"), role("FR", "NEW"), role("DE", "EVL", "HUB")]
    assert 201 == invite(gateway, evil, "EVL").status
    assert "registered" == shake_hands(gateway, "EVL").body["state"]
    ours = gateway.rows(
        "SELECT role.country_code, role.party_id FROM counterparty_role AS role "
        "JOIN counterparty AS c ON c.id = role.counterparty_id WHERE c.name = 'evil EVL'"
    )
    assert [("DE", "EVL")] == ours
    assert "registered" == gateway.rows("SELECT state FROM counterparty WHERE name = 'simulated-emsp'")[0][0]


def test_a_party_is_invited_once(gateway: RunningGateway, evil: EvilPartner) -> None:
    """Two partners of one party: nobody would know who gets the CDR. The second invitation is refused."""
    assert 201 == invite(gateway, evil, "DUP").status
    again = gateway.invite(name="another name", versions_url=evil.versions_url, country_code="de", party_id="dup")
    assert (409, ["COUNTERPARTY_EXISTS"]) == (again.status, again.codes)


def test_a_partner_without_roles_and_with_a_module_twice_is_usable(gateway: RunningGateway, evil: EvilPartner) -> None:
    """Both are measured habits: the invitation knows the party, and the first address counts."""
    evil.roles = []
    evil.more_endpoints = [{"identifier": "cdrs", "role": "RECEIVER", "url": f"{evil.base_url}/second"}]
    assert 201 == invite(gateway, evil, "NOR").status
    assert "registered" == shake_hands(gateway, "NOR").body["state"]
    rows = gateway.rows(
        "SELECT url FROM endpoint JOIN counterparty AS c ON c.id = counterparty_id "
        "WHERE c.name = 'evil NOR' AND identifier = 'cdrs'"
    )
    assert [(f"{evil.base_url}/cdrs",)] == rows


@pytest.mark.parametrize(
    ("party_id", "location", "allowed"),
    [
        ("PA1", {"location_id": "ELSEWHERE"}, "NOT_ALLOWED"),
        ("PA2", {"location_id": "{here}", "evse_uids": ["ANOTHER"]}, "NOT_ALLOWED"),
        ("PA3", {"location_id": "{here}", "evse_uids": []}, "ALLOWED"),
    ],
    ids=str,
)
def test_a_permission_for_another_place_is_none(
    gateway: RunningGateway, evil: EvilPartner, party_id: str, location: Json, allowed: str
) -> None:
    """The eMSP names the EVSEs at which the driver may charge: ours must be among them."""
    assert 201 == invite(gateway, evil, party_id).status
    shake_hands(gateway, party_id)
    place = gateway.new_place()
    evil.authorization = {"allowed": "ALLOWED", "location": location | {
        "location_id": location["location_id"].replace("{here}", place.location_id)}}  # fmt: skip
    token = {**TOKEN, "country_code": "DE", "party_id": party_id}
    answer = gateway.ask("POST", "/authorizations", {"token": token, **place.as_json(), "auth_method": "AUTH_REQUEST"})
    assert allowed == answer["allowed"]


def test_a_registration_token_leaves_one_live_token(gateway: RunningGateway, evil: EvilPartner) -> None:
    """Four registrations at once with one token: one answer is usable, and the token is spent."""
    token = invite(gateway, evil, "REG", token=None).body["token"]
    body = {"token": "theirs", "url": evil.versions_url, "roles": [role("DE", "REG")]}

    def present(secret: str) -> dict[str, str]:
        return {"Authorization": f"Token {b64encode(secret.encode()).decode()}", "Content-Type": "application/json"}

    def register() -> Reply:
        return gateway.call("POST", "/ocpi/2.2.1/credentials", body, headers=present(token))

    given = [one.body["data"]["token"] for one in at_once([register] * 4) if one.status == 200]
    live = [gateway.call("GET", "/ocpi/versions", headers=present(one)).status for one in given]
    assert 1 == live.count(200)
    assert 401 == register().status


def test_the_tokens_uid_stands_in_no_log(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """The uid is in the URL of an authorization; when the eMSP does not answer, the log names the eMSP only."""
    gateway.emsp.misbehave("tokens.POST:reset_before:1")
    body = {"token": TOKEN, **gateway.new_place().as_json(), "auth_method": "AUTH_REQUEST"}
    reply = gateway.call("POST", "/api/v1/authorizations", body)
    assert 502 == reply.status
    assert TOKEN["uid"] not in caplog.text + reply.raw.decode()


def test_no_secret_is_kept_or_logged_in_clear(gateway: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    """API key, tokens: neither in the database's bytes nor in the log of a whole session."""
    gateway.usual_session().billed()
    kept = b"".join(str(row).encode() for (table,) in gateway.rows("SELECT name FROM sqlite_master WHERE type='table'")
                    for row in gateway.rows(f'SELECT * FROM "{table}"'))  # noqa: S608  # fmt: skip
    for secret in (gateway.api_key, gateway.emsp.token_a, gateway.emsp.token_c):
        assert secret
        assert secret.encode() not in kept
        assert secret not in caplog.text


def test_a_meters_name_has_one_line(gateway: RunningGateway) -> None:
    """A line break in a serial would forge a line of the log."""
    body = {"public_key": unregistered_meter().public_key, "source": "other"}
    reply = gateway.call("PUT", f"/api/v1/meters/{quote('1' + chr(10) + 'ERROR')}/keys/n", body)
    assert (400, ["FIELD_INVALID"]) == (reply.status, reply.codes)


@pytest.mark.parametrize("vat", ["-0.1", "100.1", "1000000000"])
def test_an_impossible_vat_rate_is_refused(gateway: RunningGateway, vat: str) -> None:
    """A rate of 1e9 would bill 116 million for eleven euros of energy; a negative one pays the driver."""
    component = {"type": "ENERGY", "price": Decimal("0.5"), "vat": Decimal(vat), "step_size": 1}
    body = {**TARIFF, "id": "VAT", "elements": [{"price_components": [component]}]}
    reply = gateway.call("PUT", "/api/v1/tariffs/VAT", body)
    assert (422, ["FIELD_INVALID"]) == (reply.status, reply.codes)
