"""Raw servers on loopback that behave badly on purpose, and a certificate authority for them."""

from __future__ import annotations

import socket
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    #: What a server does with one connection.
    Script = Callable[[socket.socket, "RawServer"], object]


@dataclass
class RawServer:
    """A listening socket with its script; `requests` are the bytes each connection sent, as far as they were read."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    server_names: list[str | None] = field(default_factory=list)
    #: Set when the test is over, so that no script sleeps on.
    over: Event = field(default_factory=Event)
    listener: socket.socket | None = None

    def stop_listening(self) -> None:
        """Refuse every further connection."""
        if self.listener is not None:
            with suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def read_request(connection: socket.socket, server: RawServer) -> bytes:
    """Read one request to the end its Content-Length announces, and note it."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            break
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    request = head + b"\r\n\r\n" + body
    server.requests.append(request)
    return request


def answering(*raw_answers: bytes) -> Script:
    """Read a request, send the next of these bytes, close; the last one is sent again and again."""

    def script(connection: socket.socket, server: RawServer) -> None:
        read_request(connection, server)
        connection.sendall(raw_answers[min(len(server.requests), len(raw_answers)) - 1])

    return script


def http_answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    """A whole HTTP/1.1 answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@contextmanager
def raw_server(script: Script, *, tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """Run a script for every connection until the test is over."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = RawServer(port=listener.getsockname()[1], listener=listener)
    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: server.server_names.append(name)

    def serve() -> None:
        while not server.over.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            with suppress(OSError), connection:
                connection.settimeout(5)
                wrapped = tls.wrap_socket(connection, server_side=True) if tls else connection
                with wrapped:
                    script(wrapped, server)

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.stop_listening()
        thread.join(5)


def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def make_certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, str]:
    """A server's TLS context for a host name, and the PEM file with which a client trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{host}.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    trusted = folder / f"{host}-ca.pem"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return context, str(trusted)
