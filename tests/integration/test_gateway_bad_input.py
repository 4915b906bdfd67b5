"""Any body into the HTTP surface: an OCPI envelope with the right status, never a 5xx, never a traceback."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.gateway import LOCATION, TARIFF, TOKEN, Json, Reply, RunningGateway, running_gateway
from tests.support.meter import END, START
from tools.counterparty.wire import authorization, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Every route that takes a body; `S-OPEN` is the fixture's session.
BODY_ROUTES = (
    ("PUT", "/api/v1/meters/1EWK0/keys/nameplate"),
    ("PUT", "/api/v1/tariffs/T-1"),
    ("PUT", "/api/v1/locations/L-1"),
    ("POST", "/api/v1/counterparties"),
    ("POST", "/api/v1/authorizations"),
    ("POST", "/api/v1/sessions"),
    ("POST", "/api/v1/sessions/S-OPEN/events"),
    ("POST", "/api/v1/sessions/S-OPEN/close"),
    ("POST", "/ocpi/2.2.1/credentials"),
)
#: Routes that take none.
PLAIN_ROUTES = (
    ("POST", "/api/v1/counterparties/nobody/handshake"),
    ("GET", "/api/v1/sessions/S-NEVER"),
    ("GET", "/api/v1/cdrs/DE/EWK/NEVER"),
    ("GET", "/ocpi/versions"),
    ("GET", "/ocpi/2.2.1"),
    ("GET", "/ocpi/2.2.1/credentials"),
)
ROUTES = BODY_ROUTES + PLAIN_ROUTES
#: A good body of each route, to be spoilt in one place.
GOOD: dict[str, Json] = {
    "/api/v1/meters/1EWK0/keys/nameplate": {"public_key": "00", "source": "nameplate", "valid_from": START},
    "/api/v1/tariffs/T-1": {**TARIFF, "id": "T-1"},
    "/api/v1/locations/L-1": {**LOCATION, "id": "L-1"},
    "/api/v1/counterparties": {
        "name": "n", "versions_url": "http://127.0.0.1:1/v", "token": "t", "role": "EMSP", "country_code": "NL",
        "party_id": "ABC",
    },
    "/api/v1/authorizations": {
        "token": TOKEN, "location_id": "L", "evse_uid": "E", "connector_id": "1", "auth_method": "WHITELIST",
    },
    "/api/v1/sessions": {"session_id": "S-9", "start_date_time": START, "authorization_id": "none"},
    "/api/v1/sessions/S-OPEN/events": {"type": "signed_value", "at": START, "payload": "x", "encoding": "hex"},
    "/api/v1/sessions/S-OPEN/close": {"end_date_time": END},
    "/ocpi/2.2.1/credentials": {
        "token": "t", "url": "http://127.0.0.1:1/v",
        "roles": [{"role": "EMSP", "party_id": "EMS", "country_code": "NL", "business_details": {"name": "n"}}],
    },
}  # fmt: skip
#: Bodies that two readers would read differently, or that cost a careless reader its stack or its memory.
HOSTILE = {
    "empty": b"",
    "blank": b"   ",
    "cut off": b'{"a": ',
    "no utf-8": b"\xff\xfe\x00",
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "duplicate keys": b'{"id": "a", "id": "b"}',
    "escaped duplicate keys": b'{"id": "a", "\\u0069d": "b"}',
    "NaN": b'{"id": NaN}',
    "Infinity": b'{"id": -Infinity}',
    "huge exponent": b'{"id": 1e999999999}',
    "many digits": b'{"id": ' + b"9" * 5000 + b"}",
    "lone surrogate": b'{"id": "\\ud800"}',
    "NUL": b'{"id": "\\u0000"}',
    "deep arrays": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "unclosed depth": b"[" * 500_000,
    "a list": b"[]",
    "a string": b'"x"',
    "a number": b"1",
    "null": b"null",
    "trailing": b"{} {}",
    "a comment": b"{} // x",
    "byte order mark": b"\xef\xbb\xbf{}",
}

#: Fast enough for every route, and no deadline: the machine may be busy.
FAST = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.text(st.characters(codec="utf-8"), max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A connected gateway with one open session, `S-OPEN`."""
    with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
        running.connect()
        place = running.new_place()
        allowed = running.authorize(place)["authorization_id"]
        body = {"session_id": "S-OPEN", "start_date_time": START, "authorization_id": allowed}
        running.ask("POST", "/sessions", body)
        yield running


@pytest.fixture(scope="module")
def partner_token(gateway: RunningGateway) -> str:
    """A token with which a partner may register at us."""
    reply = gateway.invite(token=None, name="hostile", country_code="NL", party_id="HOS")
    token: str = reply.body["token"]
    return token


@pytest.fixture(scope="module")
def send(gateway: RunningGateway, partner_token: str) -> Any:
    """Sends a body to a route with the credential that opens it."""

    def sending(method: str, path: str, body: bytes | None, **headers: str) -> Reply:
        key = authorization(partner_token) if path.startswith("/ocpi") else f"Bearer {gateway.api_key}"
        usual = {"Authorization": key, "Content-Type": "application/json"}
        return gateway.call(method, path, body, headers={**usual, **headers})

    return sending


def check_envelope(reply: Reply) -> None:
    """An error is an OCPI envelope with its reasons, no page, no traceback, no 5xx but a partner's fault."""
    assert reply.status < 300 or 400 <= reply.status < 500, reply.raw
    assert b"Traceback" not in reply.raw
    assert "application/json" == reply.headers["content-type"]
    if reply.status < 400:
        return
    envelope = json.loads(reply.raw)
    assert 2000 <= envelope["status_code"] < 3000
    assert envelope["timestamp"].endswith("Z")
    assert envelope["errors"] != []
    for entry in envelope["errors"]:
        assert {"code", "detail", "where", "en", "de"} == set(entry)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_a_key_nothing_is_read(gateway: RunningGateway, method: str, path: str) -> None:
    """401 in an envelope on every route, whatever the body is."""
    for body in (None, b"{}", b"[" * 1000):
        reply = gateway.call(method, path, body, headers={})
        assert 401 == reply.status
        check_envelope(reply)


@pytest.mark.parametrize(
    "key", ["Bearer", "Bearer ", "Bearer x", "Basic eDp5", "Token eA==", "Bearer " + "x" * 5000, "Bearer \u00e4"]
)
def test_a_wrong_key_opens_nothing(gateway: RunningGateway, key: str) -> None:
    """401 for the operator's API and for partners, without a hint which part was wrong."""
    for method, path in ROUTES:
        reply = gateway.call(method, path, b"{}", headers={"Authorization": key})
        assert 401 == reply.status
        check_envelope(reply)


def test_a_partners_token_is_no_api_key_and_the_other_way_round(gateway: RunningGateway, partner_token: str) -> None:
    """The two kinds of credentials open nothing of each other."""
    for wrong in (f"Bearer {partner_token}", authorization(partner_token)):
        assert 401 == gateway.call("GET", "/api/v1/sessions/S-OPEN", headers={"Authorization": wrong}).status
    for wrong in (f"Bearer {gateway.api_key}", authorization(gateway.api_key)):
        assert 401 == gateway.call("GET", "/ocpi/versions", headers={"Authorization": wrong}).status


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_is_refused_everywhere(send: Any, body: bytes) -> None:
    """4xx on every route that takes a body, and it never ends as an object in the database."""
    for method, path in BODY_ROUTES:
        reply = send(method, path, body)
        assert 400 <= reply.status < 500, (method, path)
        check_envelope(reply)


@pytest.mark.parametrize(("method", "path"), BODY_ROUTES)
def test_a_body_of_two_megabytes_is_refused(send: Any, method: str, path: str) -> None:
    """413 in an envelope, though it is JSON."""
    reply = send(method, path, b'{"a": "' + b"x" * 2_000_000 + b'"}')
    assert 413 == reply.status
    check_envelope(reply)


@FAST
@given(body=st.binary(max_size=200))
@pytest.mark.parametrize(("method", "path"), BODY_ROUTES)
def test_any_bytes_get_an_envelope(send: Any, method: str, path: str, body: bytes) -> None:
    """Whatever bytes come, the answer is ours."""
    reply = send(method, path, body)
    assert 400 <= reply.status < 500
    check_envelope(reply)


@FAST
@given(body=values)
@pytest.mark.parametrize(("method", "path"), BODY_ROUTES)
def test_any_json_gets_an_envelope(send: Any, method: str, path: str, body: Any) -> None:
    """Whatever JSON comes, the answer is ours."""
    check_envelope(send(method, path, write_json(body).encode()))


@FAST
@given(choice=st.data())
@pytest.mark.parametrize(("method", "path"), BODY_ROUTES)
def test_a_good_body_spoilt_in_one_field_gets_an_envelope(
    send: Any, method: str, path: str, choice: st.DataObject
) -> None:
    """Past the first check as well: one field of a lawful body holds anything."""
    good = GOOD[path]
    field = choice.draw(st.sampled_from(sorted(good)))
    check_envelope(send(method, path, write_json({**good, field: choice.draw(values)}).encode()))


@FAST
@given(name=st.text(st.characters(min_codepoint=33, max_codepoint=0x2FFF), min_size=1, max_size=60))
def test_any_id_in_a_url_gets_an_envelope(send: Any, name: str) -> None:
    """Ids in paths may hold anything that a URL can carry."""
    part = quote(name, safe="")
    for method, path in (
        ("GET", f"/api/v1/sessions/{part}"),
        ("GET", f"/api/v1/cdrs/{part}/{part}/{part}"),
        ("POST", f"/api/v1/counterparties/{part}/handshake"),
        ("PUT", f"/api/v1/meters/{part}/keys/{part}"),
        ("GET", f"/{part}"),
        ("GET", f"/ocpi/{part}"),
    ):
        check_envelope(send(method, path, b"{}" if method == "PUT" else None))


@pytest.mark.parametrize(
    "header", ["token", "Token ", "Token  eA==", "Token eA== x", "Token \xff", "Token " + "A" * 3000, "Bearer x"]
)
def test_any_partner_header_gets_an_envelope(gateway: RunningGateway, header: str) -> None:
    """401, however the Authorization header is broken."""
    reply = gateway.call("GET", "/ocpi/versions", headers={"Authorization": header})
    assert 401 == reply.status
    check_envelope(reply)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_wrong_method_gets_405(send: Any, method: str, path: str) -> None:
    """405 in an envelope, with the methods that are allowed; a session's id may hold slashes, so GET may mean an id."""
    allowed = {one for one, route in ROUTES if route == path}
    for other in {"GET", "POST", "PUT", "PATCH", "DELETE"} - allowed:
        reply = send(other, path, b"{}")
        # An id may hold a slash, so a GET below a session asks for a session of that longer id.
        is_longer_id = other == "GET" and path.startswith("/api/v1/sessions/S-OPEN/")
        assert (404 if is_longer_id else 405) == reply.status, (other, path)
        assert is_longer_id or method in reply.headers["allow"]
        check_envelope(reply)


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/nothing", "/ocpi/3.0", "/ocpi/2.2.1/cdrs", "/../etc/passwd", "/static/x"]
)
def test_what_is_not_there_gets_404(send: Any, path: str) -> None:
    """404 in an envelope."""
    reply = send("GET", path, None)
    assert 404 == reply.status
    check_envelope(reply)


@pytest.mark.parametrize("path", ["/api/v1//sessions/S-OPEN", "/ocpi//versions", "/ocpi/versions/"])
def test_a_path_is_not_corrected_by_a_redirect(gateway: RunningGateway, send: Any, path: str) -> None:
    """A doubled or trailing slash leads nowhere: no 3xx, which would carry no envelope and ask for no key."""
    check_envelope(send("GET", path, None))
    assert {send("GET", path, None).status, gateway.call("GET", path, headers={}).status} <= {401, 404}


def test_a_request_without_a_length_is_no_danger(gateway: RunningGateway) -> None:
    """A chunked body of 2 MB, which announces no length, is refused as well, and the server serves on."""
    parts = urlsplit(gateway.base_url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    headers = {"Authorization": f"Bearer {gateway.api_key}", "Content-Type": "application/json"}
    try:
        connection.request("PUT", "/api/v1/tariffs/T-1", iter([b"x" * 500_000] * 4), headers, encode_chunked=True)
        assert 413 == connection.getresponse().status
    finally:
        connection.close()
    assert 200 == gateway.call("GET", "/healthz").status


def test_the_log_of_bad_input_holds_no_traceback_and_no_body(send: Any, caplog: pytest.LogCaptureFixture) -> None:
    """One warning with codes and places; what was sent does not stand in the log."""
    send("PUT", "/api/v1/tariffs/T-1", b'{"secret-of-the-caller": 1}')
    assert "request_refused method=PUT" in caplog.text
    assert "Traceback" not in caplog.text
    assert "secret-of-the-caller" not in caplog.text


def test_the_gateway_serves_on_after_all_that(gateway: RunningGateway) -> None:
    """Health, readiness and a whole session."""
    assert 200 == gateway.call("GET", "/healthz", headers={}).status
    assert 200 == gateway.call("GET", "/readyz", headers={}).status
    assert 23 < gateway.usual_session().billed()["total_energy"] < 24
