"""A real HTTP partner on loopback with a book of what it got and answers by request target."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from cdr_service.ocpi.json import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Received:
    """One request as the partner got it; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What the partner answers to one method and target."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Partner:
    """A partner on loopback: its book of requests, and its answers by method and request target."""

    origin: str = ""
    received: list[Received] = field(default_factory=list)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)

    def on(self, method: str, target: str, answer: Any, status: int = 200, **headers: str) -> None:
        body = answer if isinstance(answer, bytes) else dumps(answer)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[method, target] = Answer(status, body, named)


@contextmanager
def running(partner: Partner) -> Iterator[Partner]:
    """Serve until the test is over; `origin` is set then."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            partner.received.append(Received(self.command, self.path, headers, body))
            found = partner.answers.get((self.command, self.path), Answer(404, b'{"detail":"Not Found"}'))
            self.send_response(found.status)
            for name, value in {**found.headers, "Content-Length": str(len(found.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(found.body)

        do_GET = do_POST = do_PUT = answer  # noqa: N815  # http.server's names

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    partner.origin = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield partner
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
