"""The simulated eMSP's handshake, its book, and each misbehaviour as a bare HTTP client sees it."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import counterparty
from tests.support.counterparty import TARIFF, Reply, call, endpoints, register, running_cpo, valid_cdr
from tools.counterparty import BLOCKED_UID, KNOWN_UID, UNKNOWN_UID
from tools.counterparty.misbehaviour import MISBEHAVIOURS, parse_order
from tools.counterparty.wire import authorization

if TYPE_CHECKING:
    from tools.counterparty import Counterparty

emsp = counterparty.emsp

ROOT = Path(__file__).parents[2]


def test_token_a_dies_with_the_registration(emsp: Counterparty) -> None:
    """After POST credentials TOKEN_A is 401, TOKEN_C works, and POST with TOKEN_C is 405."""
    with running_cpo() as cpo:
        urls = endpoints(emsp, emsp.token_a)
        registered = call("POST", urls["credentials"], emsp.token_a, cpo.credentials())
        token_c = registered.body["data"]["token"]
        again = call("POST", urls["credentials"], token_c, cpo.credentials())
    assert (200, 1000, 405) == (registered.status, registered.body["status_code"], again.status)
    assert 401 == call("GET", emsp.versions_url, emsp.token_a).status
    assert token_c == call("GET", urls["credentials"], token_c).body["data"]["token"]


def test_the_partner_is_called_back_during_the_post(emsp: Counterparty) -> None:
    """The eMSP reads the partner's versions and 2.2.1 details before it answers, and notes both in the book."""
    with running_cpo() as cpo:
        urls = endpoints(emsp, emsp.token_a)
        call("POST", urls["credentials"], emsp.token_a, cpo.credentials())
        expected = [{"url": f"{cpo.url}/{path}", "status": 200} for path in ("versions", "2.2.1")]
    assert expected == emsp.received[-1]["handshake"]


@pytest.mark.parametrize(
    ("published", "posted", "code"),
    [
        ({"versions": ("2.1.1", "2.3.0")}, {}, 3002),
        ({"versions": ()}, {}, 3001),
        ({"endpoints": ("cdrs", "tariffs")}, {}, 3003),
        ({}, {"token": "another-token"}, 3001),
        ({}, {"url": "http://127.0.0.1:9/versions"}, 3001),
        ({}, {"url": "http://192.0.2.1/versions"}, 3001),
        ({}, {"url": "file:///etc/hostname"}, 2001),
        ({}, {"roles": []}, 2001),
        ({}, {"token": "with blank"}, 2001),
    ],
)
def test_a_partner_that_cannot_be_used_is_not_registered(
    emsp: Counterparty, published: dict[str, Any], posted: dict[str, Any], code: int
) -> None:
    """3001 when the partner cannot be called, 3002 without 2.2.1, 3003 without credentials; TOKEN_A stays alive."""
    with running_cpo() as cpo:
        for name, value in published.items():
            setattr(cpo, name, value)
        urls = endpoints(emsp, emsp.token_a)
        reply = call("POST", urls["credentials"], emsp.token_a, cpo.credentials() | posted)
    assert (200, code, None) == (reply.status, reply.body["status_code"], emsp.token_c)
    assert 200 == call("GET", emsp.versions_url, emsp.token_a).status


@pytest.mark.parametrize(
    "presented",
    ["Token {raw}", "Token  {b64}", "token {b64}", "Bearer {b64}", "Token {b64}=", "{b64}", "Token {newline}"],
)
def test_only_a_base64_token_is_let_in(emsp: Counterparty, presented: str) -> None:
    """A raw token, a doubled blank, another scheme, broken base64 and a token with a newline are 401."""
    b64, newline = (authorization(token).split()[1] for token in (emsp.token_a, emsp.token_a + "\n"))
    header = presented.format(raw=emsp.token_a, b64=b64, newline=newline)
    assert 401 == call("GET", emsp.versions_url, None, authorization=header).status


def test_token_a_opens_no_functional_module(emsp: Counterparty) -> None:
    """Before registration tariffs, tokens and cdrs are 401."""
    urls = endpoints(emsp, emsp.token_a)
    assert [401, 401, 401] == [call("GET", urls[name], emsp.token_a).status for name in ("tariffs", "tokens", "cdrs")]


@pytest.mark.parametrize(
    ("uid", "status", "code", "allowed", "referenced"),
    [
        (KNOWN_UID, 200, 1000, "ALLOWED", True),
        (KNOWN_UID.lower(), 200, 1000, "ALLOWED", True),
        (BLOCKED_UID, 200, 1000, "BLOCKED", False),
        (UNKNOWN_UID, 404, 2004, None, False),
    ],
)
def test_real_time_authorization(
    emsp: Counterparty, uid: str, status: int, code: int, allowed: str | None, *, referenced: bool
) -> None:
    """A known card is ALLOWED with a reference, a blocked one BLOCKED without, an unknown one 404 and 2004."""
    token, urls = register(emsp)
    reply = call("POST", f"{urls['tokens']}/{uid}/authorize?type=RFID", token)
    answered = reply.body.get("data", {})
    assert (status, code, allowed, referenced) == (
        reply.status,
        reply.body["status_code"],
        answered.get("allowed"),
        "authorization_reference" in answered,
    )


@pytest.mark.parametrize(
    ("path", "changed", "status", "code"),
    [
        ("DE/ABC/T1", {}, 201, 1000),
        ("de/abc/t1", {}, 201, 1000),
        ("DE/ABC/T2", {}, 200, 2001),
        ("DE/ABC/T1", {"country_code": "EU"}, 200, 2001),
        ("DE/ABC/T1", {"elements": []}, 200, 2001),
        ("DE/XYZ/T1", {"party_id": "XYZ"}, 404, 2000),
        ("DE/ABC", {}, 404, 2000),
    ],
)
def test_a_tariff_is_taken_where_it_belongs(
    emsp: Counterparty, path: str, changed: dict[str, Any], status: int, code: int
) -> None:
    """A tariff needs its own URL, an assigned country, an element, and an owner that is the partner."""
    token, urls = register(emsp)
    reply = call("PUT", f"{urls['tariffs']}/{path}", token, TARIFF | changed)
    assert (status, code) == (reply.status, reply.body["status_code"])
    assert (status == 201) == bool(emsp.tariffs)


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, 2000),
        (b'{"id": "a", "id": "b"}', {}, 400, 2000),
        (b'{"total_energy": NaN}', {}, 400, 2000),
        (b'{"total_energy": 1e999999999}', {}, 400, 2000),
        (b"[" * 100_000, {}, 400, 2000),
        (None, {}, 400, 2000),
        (b"{}", {"content_type": "text/plain"}, 200, 2001),
        (b"{}", {"x_request_id": ""}, 200, 2001),
        (b"{}", {"x_correlation_id": ""}, 200, 2001),
        (b"[]", {}, 200, 2001),
    ],
)
def test_bad_messages_get_an_envelope(
    emsp: Counterparty, body: bytes | None, headers: dict[str, str], status: int, code: int
) -> None:
    """Broken JSON is 400, absent ids and other content types are 2001, never a bare 500."""
    token, urls = register(emsp)
    reply = call("POST", urls["cdrs"], token, body, **headers)
    assert (status, code) == (reply.status, reply.body["status_code"])


def post(emsp: Counterparty, order: str, **headers: str) -> tuple[Reply | Exception, str, str]:
    """Register, give the order, POST a valid CDR; what arrived, TOKEN_C and the cdrs URL."""
    token, urls = register(emsp)
    emsp.misbehave(order)
    try:
        return call("POST", urls["cdrs"], token, valid_cdr(), **headers), token, urls["cdrs"]
    except (OSError, http.client.HTTPException) as error:
        return error, token, urls["cdrs"]


#: Order -> (HTTP status, status_code or None for no envelope, CDRs stored).
ANSWERED = {
    "cdrs:reject": (200, 2001, 0),
    "cdrs:reject:1:2002": (200, 2002, 0),
    "cdrs:http_500": (500, 3000, 0),
    "cdrs:html": (200, None, 0),
    "cdrs:html_500": (500, None, 0),
    "cdrs:retry_after:1:7": (429, 2000, 0),
    "cdrs:retry_after_503": (503, 2000, 0),
    "cdrs:unauthorized": (401, 2000, 0),
    "cdrs:redirect_cross": (307, 1000, 0),
    "cdrs:redirect_same": (307, 1000, 0),
    "cdrs:no_location": (201, 1000, 1),
    "cdrs:garbage_200": (201, None, 1),
    "cdrs:slow:1:0.05": (201, 1000, 1),
    "cdrs:late:1:0.05": (201, 1000, 1),
    "cdrs:rotate_token": (201, 1000, 1),
    "cdrs:envelope_list": (201, 1000, 1),
    "cdrs:lower_case": (201, 1000, 1),
}
#: Order -> (what the client sees, outcome in the book, CDRs stored).
UNANSWERED = {
    "cdrs:lose_answer": (ConnectionResetError, "lost", 1),
    "cdrs:reset_before": (ConnectionResetError, "reset", 0),
    "cdrs:timeout:1:0.05": (http.client.RemoteDisconnected, "withheld", 0),
    "cdrs:timeout_stored:1:0.05": (http.client.RemoteDisconnected, "withheld", 1),
}


def test_every_misbehaviour_is_tried_here() -> None:
    """No row of the table is without a test below."""
    assert set(MISBEHAVIOURS) == {order.split(":")[1] for order in (*ANSWERED, *UNANSWERED)}


@pytest.mark.parametrize("order", ANSWERED)
def test_a_misbehaviour_that_answers(emsp: Counterparty, order: str) -> None:
    """Status, envelope and what was stored are as the order says; the next request is served correctly."""
    reply, _, _ = post(emsp, order)
    assert isinstance(reply, Reply)
    try:
        code = reply.body["status_code"]
    except ValueError:
        code = None
    assert ANSWERED[order] == (reply.status, code, len(emsp.cdrs))
    assert order.split(":")[1] == emsp.received[-1]["misbehaviour"]
    assert {"orders": [], "cdrs": len(emsp.cdrs)} == call("GET", emsp.control_url, None).body["data"]


@pytest.mark.parametrize("order", UNANSWERED)
def test_a_misbehaviour_that_does_not_answer(emsp: Counterparty, order: str) -> None:
    """The connection ends as the order says, and the book knows whether the CDR was stored."""
    seen, outcome, stored = UNANSWERED[order]
    error, token, url = post(emsp, order)
    assert seen is type(error)
    assert (outcome, stored) == (emsp.received[-1]["outcome"], len(emsp.cdrs))
    assert 201 == call("POST", url, token, valid_cdr() | {"id": "CDR-2"}).status


def test_the_lines_that_make_the_difference(emsp: Counterparty) -> None:
    """Location, Retry-After and the redirects' targets are what the orders are about."""
    token, urls = register(emsp)
    cdr = valid_cdr()
    emsp.misbehave("cdrs:retry_after:1:7", "cdrs:redirect_same", "cdrs:redirect_cross", "cdrs:no_location")
    retry, same, cross, bare = (call("POST", urls["cdrs"], token, cdr).headers for _ in range(4))
    assert "7" == retry["retry-after"]
    assert "/ocpi/2.2.1/cdrs?redirected=1" == same["location"]
    assert not cross["location"].startswith(emsp.base_url)
    assert "location" not in bare
    assert "location" in call("POST", urls["cdrs"], token, cdr).headers


def test_a_client_that_follows_to_another_origin_is_seen(emsp: Counterparty) -> None:
    """Whatever reaches the other origin stands in the book as such, with or without a token."""
    reply, token, _ = post(emsp, "cdrs:redirect_cross")
    assert isinstance(reply, Reply)
    call("POST", reply.headers["location"], token, valid_cdr())
    assert ["***"] == [line["headers"]["authorization"] for line in emsp.requests("other_origin", "POST")]


def test_a_rotated_token_is_unauthorized(emsp: Counterparty) -> None:
    """After the order was carried out the old TOKEN_C is 401 and the new one works."""
    _, token, url = post(emsp, "cdrs:rotate_token")
    assert [401, 200] == [call("POST", url, one, valid_cdr()).status for one in (token, emsp.token_c)]


def test_data_is_twisted_on_order(emsp: Counterparty) -> None:
    """`envelope_list` wraps the object, `lower_case` writes CiStrings small and leaves the rest."""
    reply, token, _ = post(emsp, "cdr.GET:envelope_list")
    assert isinstance(reply, Reply)
    listed = call("GET", reply.headers["location"], token).body["data"]
    emsp.misbehave("cdr:lower_case")
    small = call("GET", reply.headers["location"], token).body["data"]
    assert "CDR-1" == listed[0]["id"]
    assert ("cdr-1", "de", "EUR", "Weimar") == (
        small["id"],
        small["country_code"],
        small["currency"],
        small["cdr_location"]["city"],
    )


def test_a_held_answer_comes_late(emsp: Counterparty) -> None:
    """`slow` holds the answer for the seconds of its parameter, and stopping the eMSP does not wait for long holds."""
    started = time.monotonic()
    post(emsp, "cdrs:slow:1:0.3")
    assert 0.3 <= time.monotonic() - started


def test_orders_name_module_method_count_and_parameter(emsp: Counterparty) -> None:
    """An order hits only its module and method, COUNT times; others wait their turn."""
    token, urls = register(emsp)
    emsp.misbehave("cdrs.POST:http_500:2", "*:unauthorized:1")
    assert 401 == call("GET", urls["tokens"], token).status
    statuses = [call("POST", urls["cdrs"], token, valid_cdr()).status for _ in range(3)]
    assert [500, 500, 201] == statuses


@pytest.mark.parametrize(
    "order", ["", "cdrs", "cdrs:dance", "nowhere:reject", "cdrs:reject:0", "cdrs:slow:1:soon", "cdrs:slow:1:nan"]
)
def test_an_order_that_means_nothing_is_refused(emsp: Counterparty, order: str) -> None:
    """Unknown modules, names, counts and parameters are refused at once, in process and over the control endpoint."""
    with pytest.raises(ValueError):
        parse_order(order)
    assert 400 == call("POST", emsp.control_url, None, {"misbehave": [order]}).status


def test_the_control_endpoint_gives_and_drops_orders(emsp: Counterparty) -> None:
    """POST adds, GET lists, DELETE drops; none of it stands in the book."""
    order = {"misbehave": ["cdrs.POST:lose_answer:*", "tariffs:slow:1:0.5"]}
    assert order["misbehave"] == call("POST", emsp.control_url, None, order).body["data"]["orders"]
    assert [] == call("DELETE", emsp.control_url, None).body["data"]["orders"]
    assert [] == emsp.received


def test_no_token_stands_in_the_book(emsp: Counterparty) -> None:
    """TOKEN_A, TOKEN_B and TOKEN_C are `***` in headers, bodies and answers."""
    token, urls = register(emsp)
    call("GET", urls["credentials"], token)
    text = emsp.received_path.read_text()
    assert "***" in text
    tokens = [emsp.token_a, token, "token-b-of-the-stub"]
    tokens += [authorization(one).split()[1] for one in tokens]
    assert [] == [one for one in tokens if one in text]


def test_the_book_is_whole_under_load(emsp: Counterparty) -> None:
    """Forty requests from eight threads are forty lines, in the file as in memory, with exact numbers."""
    token, urls = register(emsp)
    before = len(emsp.received)
    with ThreadPoolExecutor(8) as pool:
        bodies = [valid_cdr() | {"id": f"CDR-{number}"} for number in range(40)]
        statuses = list(pool.map(lambda body: call("POST", urls["cdrs"], token, body).status, bodies))
    lines = emsp.received_path.read_text().splitlines()
    assert [201] * 40 == statuses
    assert 40 == len(lines) - before == len({json.loads(line)["body"]["id"] for line in lines[before:]})
    assert all('"incl_vat": 18.9875' in line for line in lines[before:])


def test_it_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    """One JSON line when ready, orders from the command line, status 0 on SIGTERM, the book left behind."""
    command = [sys.executable, "-m", "tools.counterparty", "--out", str(tmp_path), "--paths", "odd"]
    command += ["--token", "token-of-the-test", "--misbehave", "versions:http_500:1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        statuses = [call("GET", ready["versions_url"], "token-of-the-test").status for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(10)
    assert [500, 200] == statuses
    assert 2 == len(Path(ready["received"]).read_text().splitlines())
    assert "token" not in ready
