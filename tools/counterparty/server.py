"""The HTTP side of the simulated eMSP: two loopback servers, one that speaks OCPI and one that is another origin.

Each request: read, take an open order to misbehave, serve, write the line of the book, deliver (or not).
"""

from __future__ import annotations

import hashlib
import socket
import struct
import sys
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from tools.counterparty.gate import admit
from tools.counterparty.misbehaviour import (
    CORRECT,
    MISBEHAVIOURS,
    Misbehaviour,
    Occasion,
    Order,
    Orders,
    Outcome,
    parse_order,
)
from tools.counterparty.wire import (
    Answer,
    Json,
    NotJsonError,
    Request,
    envelope,
    now,
    parse_json,
    presented_token,
    refusal,
    success,
)

if TYPE_CHECKING:
    from tools.counterparty.book import Book
    from tools.counterparty.state import State

#: Largest body that is read.
MAX_BODY_BYTES = 2_000_000
#: Seconds an idle connection is kept.
IDLE_SECONDS = 30
#: Module name in the book of what arrives at no module, or at the other origin.
NOWHERE, OTHER_ORIGIN = "none", "other_origin"

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class EmspServer(ThreadingHTTPServer):
    """One listening socket of the simulator, on 127.0.0.1."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, port: int, *, state: State, book: Book, orders: Orders, control_path: str) -> None:
        super().__init__(("127.0.0.1", port), EmspHandler)
        self.state, self.book, self.orders, self.control_path = state, book, orders, control_path
        #: Ends every hold.
        self.stopping = Event()
        #: The second server's `http://host:port`; empty on the second server itself.
        self.other_origin = ""
        self._connections: set[socket.socket] = set()
        self._connections_lock = Lock()

    @property
    def origin(self) -> str:
        """`http://host:port` of this server."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that `stop` can end it."""
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection; one that was marked is reset, without the polite end."""
        with self._connections_lock:
            self._connections.discard(request)
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER):
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a peer that has gone away: the book has the line. Everything else is printed."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """End holds and connections, then wait for every handler."""
        self.stopping.set()
        self.shutdown()
        with self._connections_lock:
            for connection in self._connections:
                _end_reading(connection)
        self.server_close()


def _end_reading(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        return  # the peer was faster


class EmspHandler(BaseHTTPRequestHandler):
    """Serves one connection."""

    server: EmspServer
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    #: Head and body are two packets; waiting for the acknowledgement of the first would cost 40 ms an answer.
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        path = self.path.partition("?")[0]
        if path == self.server.control_path:
            self._send(self._control())
            return
        module, segments = self._route(path)
        order = self.server.orders.take(module, self.command)
        behaviour = CORRECT if order is None else MISBEHAVIOURS[order.name]
        if behaviour.outcome is Outcome.RESET:
            self._record(module, order, Answer(), behaviour, raw=None)
            self._reset()
            return
        raw = self._read_body()
        if raw is None:
            refused = refusal("body too large or without Content-Length", code=2000, status=413)
            self._record(module, None, refused, CORRECT, raw=None)
            self._send(refused)
            return
        if order is not None and behaviour.holds_first:
            self.server.stopping.wait(order.hold_seconds)
        answer = self._answer(behaviour, order, module, segments, raw)
        self._record(module, order, answer, behaviour, raw=raw)
        self._deliver(answer, behaviour, order)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815  names the base class looks for

    def _route(self, path: str) -> tuple[str, tuple[str, ...]]:
        if not self.server.other_origin:
            return OTHER_ORIGIN, ()
        return self.server.state.paths.resolve(path) or (NOWHERE, ())

    def _read_body(self) -> bytes | None:
        """The body, or None (and a connection that must end) when its length is unknown or too large."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def _answer(
        self, behaviour: Misbehaviour, order: Order | None, module: str, segments: tuple[str, ...], raw: bytes
    ) -> Answer:
        earned = self._earned(module, segments, raw) if behaviour.processed else Answer(body=envelope())
        occasion = Occasion(
            path=self.path, other_origin=self.server.other_origin, parameter=order.parameter if order else None
        )
        answer = behaviour.answer(earned, occasion)
        if behaviour.rotates_token:
            self.server.state.rotate_token()
        return replace(answer, notes=earned.notes)

    def _earned(self, module: str, segments: tuple[str, ...], raw: bytes) -> Answer:
        headers = self._header_fields()
        request = Request(
            method=self.command,
            module=module,
            segments=segments,
            query=dict(parse_qsl(self.path.partition("?")[2])),
            headers={name.lower(): value for name, value in headers.items()},
            raw=raw,
            token=presented_token(self.headers.get("Authorization")),
        )
        try:
            return admit(self.server.state, request)
        except Exception as error:  # noqa: BLE001  a defect of the simulator must stand in the book, not end a thread
            body = envelope(code=3000, message="defect of the simulator, see its book")
            return Answer(status=500, body=body, notes={"simulator_defect": repr(error)})

    def _header_fields(self) -> dict[str, str]:
        return {name: ", ".join(self.headers.get_all(name, [])) for name in self.headers}

    def _record(
        self, module: str, order: Order | None, answer: Answer, behaviour: Misbehaviour, *, raw: bytes | None
    ) -> None:
        no_answer = behaviour.outcome is Outcome.RESET or (
            behaviour.outcome is Outcome.WITHHELD and not behaviour.processed
        )
        shown = {"status": answer.status, "headers": answer.headers, "body": answer.body_for_book()}
        line: Json = {
            "time": now(),
            "method": self.command,
            "path": self.path,
            "module": module,
            "headers": self._header_fields(),
            "body": None if raw is None else _body_for_book(raw),
            "body_sha256": hashlib.sha256(raw).hexdigest() if raw else None,
            "answer": None if no_answer else shown,
            "outcome": str(behaviour.outcome),
            "misbehaviour": order.name if order else None,
            **answer.notes,
        }
        self.server.book.append(line)

    def _deliver(self, answer: Answer, behaviour: Misbehaviour, order: Order | None) -> None:
        if behaviour.outcome is Outcome.LOST:
            self._reset()
            return
        if order is not None and not behaviour.holds_first and behaviour.outcome in {Outcome.DELAYED, Outcome.WITHHELD}:
            self.server.stopping.wait(order.hold_seconds)
        if behaviour.outcome is Outcome.WITHHELD:
            self.close_connection = True
            return
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        payload = answer.payload()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(payload)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(payload)

    def _reset(self) -> None:
        """Let the connection end with a reset instead of an orderly close."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.close_connection = True

    def _control(self) -> Answer:
        """GET lists the open orders, POST `{"misbehave": ["cdrs:reject:1"]}` adds some, DELETE drops all."""
        orders = self.server.orders
        if self.command == "DELETE":
            orders.clear()
        raw = self._read_body()
        if self.command == "POST":
            try:
                for order in [parse_order(text) for text in parse_json(raw or b"")["misbehave"]]:
                    orders.add(order)
            except (NotJsonError, ValueError, KeyError, TypeError, AttributeError) as error:
                return refusal(f"not understood: {error}", status=400)
        return success({"orders": orders.open(), "cdrs": len(self.server.state.cdrs)})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the base class's
        """Print nothing: the book is the log."""


def _body_for_book(raw: bytes) -> Any:
    """The parsed body, or its text when it is no JSON; None when there is none."""
    if not raw:
        return None
    try:
        return parse_json(raw)
    except NotJsonError:
        return raw.decode("utf-8", "replace")
