"""The transport against real sockets: what was not sent, what is unknown, and what is a whole answer."""

from __future__ import annotations

import socket
import struct
from functools import cache
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from cdr_service.ocpi.errors import NotSentError, UnknownOutcomeError
from cdr_service.ocpi.origin import check_address
from cdr_service.ocpi.transport import OutboundAnswer, OutboundPolicy, OutboundRequest, Urllib3Transport
from tests.unit.ocpi.servers import (
    RawServer,
    answering,
    http_answer,
    raw_server,
    read_request,
    unused_port,
)

if TYPE_CHECKING:
    from tests.unit.ocpi.servers import Script

TOKEN_HEADER = "Token c2VjcmV0LXRva2Vu"
LOCAL = OutboundPolicy(allow_private=True)


def request(url: str, *, deadline: float = 5.0, hosts: frozenset[str] = frozenset({"127.0.0.1"})) -> OutboundRequest:
    return OutboundRequest(
        method="POST",
        url=url,
        headers={"Authorization": TOKEN_HEADER, "Content-Type": "application/json"},
        body=b'{"id":"cdr-1"}',
        hosts=hosts,
        deadline_seconds=deadline,
    )


def send(url: str, *, deadline: float = 5.0, policy: OutboundPolicy = LOCAL) -> OutboundAnswer:
    return transport(policy).send(request(url, deadline=deadline))


@cache
def transport(policy: OutboundPolicy) -> Urllib3Transport:
    return Urllib3Transport(policy)


def unknown_from(script: Script, *, deadline: float = 5.0) -> UnknownOutcomeError:
    with raw_server(script) as server, pytest.raises(UnknownOutcomeError) as caught:
        send(f"{server.origin}/cdrs", deadline=deadline)
    return caught.value


def close_without_reading(connection: socket.socket, server: RawServer) -> None:
    del connection, server


def close_after_reading(connection: socket.socket, server: RawServer) -> None:
    read_request(connection, server)


def reset_after_reading(connection: socket.socket, server: RawServer) -> None:
    read_request(connection, server)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def stay_silent(connection: socket.socket, server: RawServer) -> None:
    read_request(connection, server)
    server.over.wait(5)


def drip(start: bytes, drop: bytes) -> Script:
    def script(connection: socket.socket, server: RawServer) -> None:
        read_request(connection, server)
        connection.sendall(start)
        while not server.over.wait(0.05):
            connection.sendall(drop)

    return script


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(close_without_reading, id="close before reading"),
        pytest.param(close_after_reading, id="close after reading"),
        pytest.param(reset_after_reading, id="reset after reading"),
        pytest.param(answering(b"HTTP/1.1 20"), id="half a status line"),
        pytest.param(answering(b"garbage garbage garbage\r\n\r\n"), id="no HTTP"),
    ],
)
def test_no_whole_status_line_is_unknown(script: Script) -> None:
    """Once the request may have left, an answer that never begins is an unknown outcome without an HTTP status."""
    assert (None, "CONNECTION_LOST") == ((error := unknown_from(script)).http_status, error.code)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(http_answer("201 Created", b"x" * 50).replace(b": 50", b": 500"), id="shorter than announced"),
        pytest.param(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc", id="chunk cut off"),
        pytest.param(
            b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc", id="chunk size is no number"
        ),
    ],
)
def test_half_an_answer_is_unknown(answer: bytes) -> None:
    """Half a body is an unknown outcome that still knows the HTTP status."""
    assert 201 == unknown_from(answering(answer)).http_status


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(stay_silent, id="never answers"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX-Drip: ", b"x"), id="drips a header"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", b"x"), id="drips a body"),
        pytest.param(drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="continues for ever"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x"), id="drips a body without length"),
    ],
)
def test_the_deadline_ends_everything(script: Script) -> None:
    """However slowly an answer drips, the call ends with its deadline, and the outcome is unknown."""
    started = monotonic()
    assert "DEADLINE" == unknown_from(script, deadline=0.5).code
    assert monotonic() - started < 2


def test_an_endless_answer_is_cut() -> None:
    """An answer of 20 MB is read to the cap only, and its outcome is unknown."""
    error = unknown_from(answering(http_answer("200 OK", b"x" * 20_000_000)))
    assert (200, "ANSWER_TOO_LARGE") == (error.http_status, error.code)


def test_an_answer_as_large_as_the_cap_passes() -> None:
    """The cap itself is allowed."""
    with raw_server(answering(http_answer("200 OK", b"x" * 1000))) as server:
        answer = send(server.origin, policy=OutboundPolicy(allow_private=True, answer_bytes=1000))
    assert b"x" * 1000 == answer.body


def test_html_is_an_answer() -> None:
    """A whole answer is handed on whatever it holds: what it means is not the transport's question."""
    with raw_server(answering(http_answer("502 Bad Gateway", b"<html>", "Content-Type: text/html"))) as server:
        answer = send(server.origin)
    assert (502, b"<html>", "text/html") == (answer.http_status, answer.body, answer.headers["content-type"])


def test_the_request_leaves_as_given() -> None:
    """Method, path with query, body and token arrive unchanged, no compression is asked for, and it is sent once."""
    with raw_server(answering(http_answer("200 OK"))) as server:
        send(f"{server.origin}/odd%2Fpath/?a=b#fragment")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode("ascii").split("\r\n")
    assert "POST /odd%2Fpath/?a=b HTTP/1.1" == lines[0]
    assert f"Authorization: {TOKEN_HEADER}" in lines
    assert "Accept-Encoding: identity" in lines
    assert f"Host: 127.0.0.1:{server.port}" in lines
    assert b'{"id":"cdr-1"}' == body
    assert 1 == server.connections


def test_refused_connection_was_not_sent() -> None:
    """Where nobody listens, nothing was sent."""
    with pytest.raises(NotSentError) as caught:
        send(f"http://127.0.0.1:{unused_port()}/cdrs")
    assert "CONNECTION_FAILED" == caught.value.code


def test_the_next_address_is_tried_before_anything_leaves() -> None:
    """When the first address refuses, the second gets the request, once."""
    with raw_server(answering(http_answer("200 OK"))) as server:
        outbound = Urllib3Transport(LOCAL, resolver=lambda _host, _port: ("127.0.0.2", "127.0.0.1"))
        outbound.send(request(f"http://emsp.test:{server.port}/", hosts=frozenset({"emsp.test"})))
    assert 1 == len(server.requests)


@pytest.mark.parametrize("calls", [1, 2, 3, 4])
def test_a_deadline_that_passes_before_sending(monkeypatch: pytest.MonkeyPatch, calls: int) -> None:
    """Whenever the deadline passes before the request is handed to the socket, nothing leaves and it says so."""
    asked = iter([0.0] * calls)
    monkeypatch.setattr("cdr_service.ocpi.transport.monotonic", lambda: next(asked, 100.0))
    with raw_server(answering(http_answer("200 OK"))) as server, pytest.raises(NotSentError):
        send(server.origin)
    assert not any(received.strip() for received in server.requests)


class TestRedirects:
    """307 and 308 are followed to the same origin, once, as the same request."""

    @pytest.mark.parametrize("status", ["307 Temporary Redirect", "308 Permanent Redirect"])
    @pytest.mark.parametrize("location", ["/cdrs/", "http://127.0.0.1:{port}/cdrs/"])
    def test_same_origin_keeps_method_body_and_token(self, status: str, location: str) -> None:
        """The second request is the first one with another path."""

        def script(connection: socket.socket, server: RawServer) -> None:
            read_request(connection, server)
            moved = http_answer(status, b"", "Location: " + location.format(port=server.port))
            connection.sendall(moved if len(server.requests) == 1 else http_answer("201 Created", b"{}"))

        with raw_server(script) as server:
            answer = send(f"{server.origin}/cdrs")
        first, second = server.requests
        assert 201 == answer.http_status
        assert first.replace(b"/cdrs ", b"/cdrs/ ") == second

    @pytest.mark.parametrize(
        "target",
        [
            "http://127.0.0.1:{port}/cdrs",
            "//127.0.0.1:{port}/",
            "https://localhost/",
            "http://[",
            "\x01",
            "",
            "/a\tb",
            "/é",
        ],
    )
    def test_another_origin_gets_nothing(self, target: str) -> None:
        """A redirect to another port, host or scheme, or to no URL at all, is not followed."""
        with raw_server(answering(http_answer("200 OK"))) as thief:
            moved = http_answer("307 Temporary Redirect", b"", "Location: " + target.format(port=thief.port))
            with raw_server(answering(moved)) as server:
                assert 307 == send(f"{server.origin}/cdrs").http_status
        assert (0, 1) == (thief.connections, server.connections)

    @pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "303 See Other", "300 Choices"])
    def test_other_redirects_are_answers(self, status: str) -> None:
        """Redirects that may turn a POST into a GET are not followed."""
        with raw_server(answering(http_answer(status, b"", "Location: /elsewhere"))) as server:
            send(f"{server.origin}/cdrs")
        assert 1 == server.connections

    def test_only_once(self) -> None:
        """A loop ends after the second request, with its redirect as the answer."""
        with raw_server(answering(http_answer("307 Temporary Redirect", b"", "Location: /again"))) as server:
            assert 307 == send(f"{server.origin}/cdrs").http_status
        assert 2 == server.connections

    def test_a_failure_behind_a_redirect_is_unknown(self) -> None:
        """Since bytes have left by then, not even a lost connection behind a redirect counts as not sent."""

        def script(connection: socket.socket, server: RawServer) -> None:
            read_request(connection, server)
            if len(server.requests) == 1:
                connection.sendall(http_answer("307 Temporary Redirect", b"", "Location: /again"))

        assert unknown_from(script).http_status is None

    def test_no_connection_behind_a_redirect_is_unknown(self) -> None:
        """Not even a refused connection behind a redirect counts as not sent: the first request left."""

        def script(connection: socket.socket, server: RawServer) -> None:
            read_request(connection, server)
            server.stop_listening()
            connection.sendall(http_answer("307 Temporary Redirect", b"", "Location: /again"))

        assert "CONNECTION_FAILED" == unknown_from(script).code


def too_late(host: str, port: int) -> tuple[str, ...]:
    del host, port
    sleep(1)
    return ("127.0.0.1",)


class TestRefusals:
    """Partner-supplied URLs are hostile: what is refused leaves nothing, not even a connection."""

    @pytest.mark.parametrize(
        ("url", "code"),
        [
            ("http://emsp.test/cdrs", "SCHEME_REFUSED"),
            ("ftp://emsp.test/cdrs", "URL_REFUSED"),
            ("file:///etc/passwd", "URL_REFUSED"),
            ("/cdrs", "URL_REFUSED"),
            ("https://user:secret@emsp.test/", "URL_REFUSED"),
            ("https://emsp.test:0/", "URL_REFUSED"),
            ("https://emsp.test:99999/", "URL_REFUSED"),
            ("https://emsp.test\\@evil.test/", "URL_REFUSED"),
            ("https://emsp.test/a b", "URL_REFUSED"),
            ("https://emsp.test/\r\nX-Evil: 1", "URL_REFUSED"),
            ("https://emsp.tést/", "URL_REFUSED"),
            ("https://evil.test/", "HOST_REFUSED"),
            ("https://emsp.test.evil.test/", "HOST_REFUSED"),
            ("https://sub.emsp.test/", "HOST_REFUSED"),
            ("https://127.0.0.1/", "HOST_REFUSED"),
        ],
    )
    def test_bad_urls(self, url: str, code: str) -> None:
        """A URL that is not https to a listed host is refused before any name is looked up."""

        def resolver(host: str, port: int) -> tuple[str, ...]:
            pytest.fail(f"{host}:{port} was looked up")

        with pytest.raises(NotSentError) as caught:
            Urllib3Transport(OutboundPolicy(), resolver=resolver).send(request(url, hosts=frozenset({"emsp.test"})))
        assert code == caught.value.code

    def test_an_empty_list_allows_nothing(self) -> None:
        """Without hosts, no host is called."""
        with pytest.raises(NotSentError, match="HOST_REFUSED"):
            Urllib3Transport(LOCAL).send(request("http://127.0.0.1/", hosts=frozenset()))

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",  # noqa: S104
            "100.64.0.1", "192.0.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
            "255.255.255.255",
            "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "fec0::1",
            "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2001::1",
            "2001:db8::1",
        ],
    )  # fmt: skip
    def test_inner_addresses(self, address: str) -> None:
        """Addresses that lead inside are refused, in every notation that embeds them."""
        outbound = Urllib3Transport(OutboundPolicy(), resolver=lambda _host, _port: ("93.184.216.34", address))
        with pytest.raises(NotSentError) as caught:
            outbound.send(request("https://emsp.test/", hosts=frozenset({"emsp.test"})))
        assert "ADDRESS_REFUSED" == caught.value.code

    @pytest.mark.parametrize("address", ["93.184.216.34", "9.9.9.9", "2606:4700:4700::1111"])
    def test_public_addresses(self, address: str) -> None:
        """Public addresses pass."""
        check_address(address)

    def test_loopback_by_name_gets_no_connection(self) -> None:
        """A name that resolves to loopback is refused without connecting, although its host is listed."""
        with raw_server(close_without_reading) as server, pytest.raises(NotSentError, match="ADDRESS_REFUSED"):
            Urllib3Transport(OutboundPolicy()).send(
                request(f"https://localhost:{server.port}/", hosts=frozenset({"localhost"}))
            )
        assert 0 == server.connections

    def test_a_name_is_looked_up_once(self) -> None:
        """The checked address is the one connected to, so a second answer of the resolver leads nowhere."""
        answers = iter([("127.0.0.1",), ("203.0.113.1",)])
        with raw_server(answering(http_answer("307 Temporary Redirect", b"", "Location: /again"))) as server:
            outbound = Urllib3Transport(LOCAL, resolver=lambda _host, _port: next(answers))
            outbound.send(request(f"http://emsp.test:{server.port}/", hosts=frozenset({"emsp.test"})))
        assert 2 == server.connections
        assert ("203.0.113.1",) == next(answers)

    @pytest.mark.parametrize(
        "resolver",
        [
            pytest.param(lambda _host, _port: (), id="no address"),
            pytest.param(lambda _host, _port: (_ for _ in ()).throw(socket.gaierror("no such host")), id="unknown"),
            pytest.param(too_late, id="too late"),
        ],
    )
    def test_no_address_was_not_sent(self, resolver: object) -> None:
        """A host without an address in time got nothing."""
        outbound = Urllib3Transport(LOCAL, resolver=resolver)  # type: ignore[arg-type]  # table of lambdas
        with pytest.raises(NotSentError) as caught:
            outbound.send(request("http://emsp.test/", hosts=frozenset({"emsp.test"}), deadline=0.2))
        assert "HOST_UNKNOWN" == caught.value.code


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxy variables change nothing: the checked address is what is connected to."""
    dead = f"http://127.0.0.1:{unused_port()}"
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, dead)
    with raw_server(answering(http_answer("200 OK"))) as server:
        assert 200 == send(server.origin).http_status


def test_no_token_in_representations_and_errors() -> None:
    """Neither a request's representation nor an error shows the token or the query."""
    outgoing = request(f"http://127.0.0.1:{unused_port()}/cdrs?key=hidden")
    with pytest.raises(NotSentError) as caught:
        Urllib3Transport(LOCAL).send(outgoing)
    shown = repr(outgoing) + repr(caught.value) + str(caught.value)
    assert "c2VjcmV0LXRva2Vu" not in shown
    assert "hidden" not in shown
