"""The transport under TLS: the host's own name is verified, and before the handshake nothing is sent."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import pytest

from cdr_service.ocpi.errors import NotSentError, UnknownOutcomeError
from cdr_service.ocpi.transport import OutboundPolicy, OutboundRequest, Urllib3Transport
from tests.unit.ocpi.servers import RawServer, answering, http_answer, make_certificate, raw_server, read_request

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from tests.unit.ocpi.servers import Script


def transport(trusted: str | None) -> Urllib3Transport:
    policy = OutboundPolicy(allow_private=True, ca_file=trusted)
    return Urllib3Transport(policy, resolver=lambda _host, _port: ("127.0.0.1",))


def request(server: RawServer, deadline: float = 5.0) -> OutboundRequest:
    return OutboundRequest(
        method="POST",
        url=f"https://emsp.test:{server.port}/cdrs",
        headers={},
        body=b"{}",
        hosts=frozenset({"emsp.test"}),
        deadline_seconds=deadline,
    )


def drip(connection: socket.socket, server: RawServer) -> None:
    read_request(connection, server)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    while not server.over.wait(0.05):
        connection.sendall(b"x")


def test_trusted_certificate(tmp_path: Path) -> None:
    """A certificate for the host is accepted at the resolved address, and the host's name is asked for."""
    context, trusted = make_certificate(tmp_path, "emsp.test")
    with raw_server(answering(http_answer("200 OK", b"{}")), tls=context) as server:
        assert 200 == transport(trusted).send(request(server)).http_status
    assert ["emsp.test"] == server.server_names
    assert b"Host: emsp.test:" in server.requests[0]


@pytest.mark.parametrize(
    ("certified", "is_trusted"),
    [
        pytest.param("emsp.test", False, id="issuer not trusted"),
        pytest.param("other.test", True, id="certificate of another host"),
    ],
)
def test_bad_certificate_was_not_sent(tmp_path: Path, certified: str, is_trusted: bool) -> None:  # noqa: FBT001
    """A certificate that does not hold ends the call before a byte of the request exists."""
    context, trusted = make_certificate(tmp_path, certified)
    with raw_server(answering(http_answer("200 OK")), tls=context) as server:
        with pytest.raises(NotSentError) as caught:
            transport(trusted if is_trusted else None).send(request(server))
        assert "TLS_FAILED" == caught.value.code
    assert [] == server.requests


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(lambda _connection, server: server.over.wait(5), id="silent"),
        pytest.param(lambda connection, _server: connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n"), id="speaks http"),
        pytest.param(lambda _connection, _server: None, id="closes"),
    ],
)
def test_no_handshake_was_not_sent(script: Script) -> None:
    """A server that never finishes the handshake got nothing of the request, within the deadline."""
    started = monotonic()
    with raw_server(script) as server, pytest.raises(NotSentError):
        transport(None).send(request(server, 0.6))
    assert monotonic() - started < 2


def test_a_reset_under_tls_is_unknown(tmp_path: Path) -> None:
    """After the handshake, a lost connection is an unknown outcome, as without TLS."""
    context, trusted = make_certificate(tmp_path, "emsp.test")
    with raw_server(read_request, tls=context) as server, pytest.raises(UnknownOutcomeError):
        transport(trusted).send(request(server))


def test_the_whole_deadline_is_for_the_answer(tmp_path: Path) -> None:
    """What the handshake left of the deadline is there for the answer: a late whole answer counts."""

    def answer_late(connection: socket.socket, server: RawServer) -> None:
        read_request(connection, server)
        server.over.wait(1.0)
        connection.sendall(http_answer("200 OK", b"{}"))

    context, trusted = make_certificate(tmp_path, "emsp.test")
    with raw_server(answer_late, tls=context) as server:
        assert 200 == transport(trusted).send(request(server)).http_status


def test_a_drip_under_tls_ends_with_the_deadline(tmp_path: Path) -> None:
    """The deadline ends a dripping TLS answer too."""
    context, trusted = make_certificate(tmp_path, "emsp.test")
    with raw_server(drip, tls=context) as server:
        with pytest.raises(UnknownOutcomeError) as caught:
            transport(trusted).send(request(server, 0.6))
        assert "DEADLINE" == caught.value.code
