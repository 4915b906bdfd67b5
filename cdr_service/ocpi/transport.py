"""One HTTP request to a partner, and the one question that decides about billing twice: did anything leave?

How it is decided, by construction and not by looking at error texts:

1. The URL, the host's addresses and the deadline are checked, the TCP connection is made and TLS is negotiated. No
   byte of the request exists on the wire yet: whatever fails up to here is `NotSentError`, and repeating is safe.
2. From the moment the first byte is handed to the socket, whatever fails is `UnknownOutcomeError`: the kernel may
   have sent more than it says, and a partner that closed or reset may have read before it did. That is also so when
   the partner closed without reading, since nobody here can know.
3. Only a whole answer (status line, headers, the body to its announced end, within the size cap) is an
   `OutboundAnswer`. Half a body or too large a body is an unknown outcome that knows its HTTP status.

The connection object is driven by hand instead of a pool, because pools retry and reconnect on their own. Nothing is
ever retried here. A redirect (307, 308, same origin, once) is one more request after a whole answer; since bytes have
left by then, a failure behind a redirect is always of the second kind.

The deadline covers everything together. A timer shuts the socket down when it is over, so an answer that drips one
byte a second (each read being on time) ends as well.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from re import ASCII
from re import compile as pattern
from threading import Event, Thread, Timer
from time import monotonic
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from cdr_service.ocpi.errors import NotSentError, UnknownOutcomeError
from cdr_service.ocpi.origin import Origin, check_address, origin_of, path_of

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

#: Bytes of an answer that are read; a page of 50 CDRs has about 250 kB.
ANSWER_BYTES = 1024 * 1024
#: Bytes of a body that are read at once.
_CHUNK = 64 * 1024
_REFERENCE = pattern(r"[!-~]+", ASCII)
_SAME_REQUEST_ELSEWHERE = frozenset({307, 308})

#: What can go wrong on a connection: the operating system, TLS (an OSError), the HTTP framing, urllib3's own names.
_CONNECTION_ERRORS = (OSError, HTTPError, HTTPException)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundPolicy:
    """What this installation allows of outgoing requests."""

    #: For tests and the demonstration on loopback only: http and non-public addresses too.
    allow_private: bool = False
    #: PEM file of further trusted roots, beside the system's.
    ca_file: str | None = None
    answer_bytes: int = ANSWER_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRequest:
    """One request; its headers hold a token, so it never shows them."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    #: The counterparty's own hosts, lower case, fixed at invitation; an empty list allows nothing.
    hosts: frozenset[str]
    #: For everything together: address, connection, request, answer, redirect.
    deadline_seconds: float = 30.0

    def __repr__(self) -> str:
        return f"OutboundRequest({self.method} {_shown(self.url)}, {len(self.body or b'')} bytes)"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundAnswer:
    """One whole answer, to its announced end."""

    http_status: int
    #: Names in lower case; of a repeated header the values joined with a comma.
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Transport(Protocol):
    """The way out; tests of the services bring their own."""

    def send(self, request: OutboundRequest) -> OutboundAnswer:
        """Send one request once.

        Raises:
            NotSentError: nothing left.
            UnknownOutcomeError: something left, and no whole answer came.
        """


#: Gives the addresses of a host, in the order to try them; may block until its own time-out.
Resolver = Callable[[str, int], tuple[str, ...]]


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Ask the system's resolver for the addresses of a host.

    Raises:
        OSError: there is no such host, or no resolver answers.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Deadline:
    """The seconds that are left, on the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = monotonic() + seconds

    def left(self) -> float:
        """Seconds until the deadline, 0 when it is over."""
        return max(self._ends_at - monotonic(), 0.0)


class Urllib3Transport:
    """The real transport: HTTP/1.1 over urllib3's connection, one connection a request, no proxies, no retries."""

    def __init__(self, policy: OutboundPolicy, *, resolver: Resolver = resolve) -> None:
        """Load the trusted roots once; the system's, and the policy's own."""
        self._policy = policy
        self._resolver = resolver
        self._tls = ssl.create_default_context()
        if policy.ca_file is not None:
            self._tls.load_verify_locations(cafile=policy.ca_file)

    def send(self, request: OutboundRequest) -> OutboundAnswer:
        """Send one request once, following one redirect to the same origin; see the module for what is raised when."""
        deadline = _Deadline(request.deadline_seconds)
        origin = self._checked_origin(request)
        addresses = self._checked_addresses(origin, deadline)
        answer = self._exchange(request, origin, addresses, deadline)
        target = _redirect_target(request, answer)
        if target is None:
            return answer
        try:
            return self._exchange(replace(request, url=target), origin, addresses, deadline)
        except NotSentError as error:
            raise UnknownOutcomeError(error.code, f"behind a redirect: {error.detail}", where=error.where) from error

    def _checked_origin(self, request: OutboundRequest) -> Origin:
        origin = origin_of(request.url)
        if origin.scheme != "https" and not self._policy.allow_private:
            raise NotSentError("SCHEME_REFUSED", "only https is called", where=str(origin))
        if origin.host not in request.hosts:
            raise NotSentError("HOST_REFUSED", "the host is not on this counterparty's list", where=str(origin))
        return origin

    def _checked_addresses(self, origin: Origin, deadline: _Deadline) -> tuple[str, ...]:
        try:
            addresses = _in_time(lambda: self._resolver(origin.host, origin.port), deadline)
        except (OSError, UnicodeError) as error:
            raise NotSentError("HOST_UNKNOWN", "the host has no address", where=str(origin)) from error
        if not addresses:
            raise NotSentError("HOST_UNKNOWN", "the host has no address", where=str(origin))
        if not self._policy.allow_private:
            for address in addresses:
                check_address(address)
        return addresses

    def _exchange(
        self, request: OutboundRequest, origin: Origin, addresses: tuple[str, ...], deadline: _Deadline
    ) -> OutboundAnswer:
        connection = self._connect(origin, addresses, deadline)
        try:
            return _talk(connection, request, deadline, self._policy.answer_bytes)
        finally:
            connection.close()

    def _connect(self, origin: Origin, addresses: tuple[str, ...], deadline: _Deadline) -> HTTPConnection:
        """Connect to the first checked address that answers; nothing of the request leaves here."""
        failure: Exception | None = None
        for address in addresses:
            connection = self._connection(origin, address, deadline.left())
            try:
                connection.connect()
            except (*_CONNECTION_ERRORS, ValueError) as error:
                connection.close()
                failure = error
            else:
                # urllib3 puts `timeout` on the socket again before it reads: the half that was for TLS ends here.
                connection.timeout = deadline.left() or None
                connection.sock.settimeout(connection.timeout)
                return connection
        raise NotSentError(
            _connect_code(failure), f"no connection: {type(failure).__name__}", where=str(origin)
        ) from failure

    def _connection(self, origin: Origin, address: str, seconds: float) -> HTTPConnection:
        """A connection to the checked address, presenting and verifying the host's own name.

        TCP and TLS each get half of the time, so that both together keep the deadline.
        """
        if origin.scheme == "http":
            return HTTPConnection(address, origin.port, timeout=seconds)
        return HTTPSConnection(
            address, origin.port, timeout=seconds * 0.5, ssl_context=self._tls, server_hostname=origin.host
        )


def _connect_code(failure: Exception | None) -> str:
    return "TLS_FAILED" if isinstance(failure, ssl.SSLError) else "CONNECTION_FAILED"


def _in_time(ask: Callable[[], tuple[str, ...]], deadline: _Deadline) -> tuple[str, ...]:
    """Run the resolver beside us, since getaddrinfo knows no time-out; a late answer is dropped."""
    found: list[tuple[str, ...]] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            found.append(ask())
        except (OSError, UnicodeError) as error:
            failed.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(deadline.left())
    if failed:
        raise failed[0]
    return found[0] if found else ()


@contextmanager
def _watchdog(connection: HTTPConnection, deadline: _Deadline) -> Iterator[Event]:
    """Shut the socket down when the deadline is over; the event tells that this has happened.

    The plain socket's shutdown is called, also under TLS: `SSLSocket.shutdown` would drop the TLS layer first, and the
    reading thread could then take ciphertext for an answer.
    """
    over = Event()
    sock = connection.sock

    def end() -> None:
        over.set()
        with suppress(OSError):  # closed in the meantime: the exchange is over
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = Timer(deadline.left(), end)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()


def _talk(
    connection: HTTPConnection, request: OutboundRequest, deadline: _Deadline, answer_bytes: int
) -> OutboundAnswer:
    """Send the request and read the whole answer; from the first line on, every failure is an unknown outcome."""
    response: BaseHTTPResponse | None = None
    if not deadline.left():
        raise NotSentError("DEADLINE", "the deadline was over before anything was sent", where=_where(request))
    with _watchdog(connection, deadline) as over:
        try:
            connection.request(
                request.method, path_of(request.url), body=request.body, headers=_headers(request),
                preload_content=False, decode_content=False,
            )  # fmt: skip
            response = connection.getresponse()
            body = _body(response, answer_bytes)
        except (*_CONNECTION_ERRORS, ValueError) as error:
            code = "DEADLINE" if over.is_set() or isinstance(error, TimeoutError) else "CONNECTION_LOST"
            raise _unknown(code, f"no whole answer: {type(error).__name__}", request, response) from error
        if over.is_set():
            raise _unknown("DEADLINE", "no whole answer before the deadline", request, response)
    if len(body) > answer_bytes:
        raise _unknown("ANSWER_TOO_LARGE", f"the answer has more than {answer_bytes} bytes", request, response)
    names = {name.lower() for name in response.headers}
    return OutboundAnswer(
        http_status=response.status, headers={name: response.headers[name] for name in names}, body=body
    )


def _headers(request: OutboundRequest) -> dict[str, str]:
    origin = origin_of(request.url)
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    standard = (origin.scheme, origin.port) in {("https", 443), ("http", 80)}
    # `identity` on purpose: a compressed answer could be a thousand times larger than it arrives.
    own = {"Host": host if standard else f"{host}:{origin.port}", "Accept-Encoding": "identity", "Connection": "close"}
    return {"User-Agent": "eichwerk", "Accept": "application/json", **request.headers, **own}


def _body(response: BaseHTTPResponse, answer_bytes: int) -> bytes:
    """The body to its announced end, or one byte more than allowed."""
    body = bytearray()
    while len(body) <= answer_bytes:
        chunk = response.read(min(_CHUNK, answer_bytes + 1 - len(body)), decode_content=False)
        if not chunk:
            break
        body += chunk
    return bytes(body)


def _unknown(
    code: str, detail: str, request: OutboundRequest, response: BaseHTTPResponse | None
) -> UnknownOutcomeError:
    status = None if response is None else response.status
    return UnknownOutcomeError(code, detail, where=_where(request), http_status=status)


def _redirect_target(request: OutboundRequest, answer: OutboundAnswer) -> str | None:
    """Where the same request should go instead, if it stays with the same origin; otherwise the answer stands."""
    location = answer.headers.get("location", "")
    # Python's URL parser drops control characters instead of refusing them.
    if answer.http_status not in _SAME_REQUEST_ELSEWHERE or not _REFERENCE.fullmatch(location):
        return None
    try:
        target = urljoin(request.url, location)
        same = origin_of(target) == origin_of(request.url)
    except (NotSentError, ValueError):
        return None
    return target if same else None


def _where(request: OutboundRequest) -> str:
    """The partner, for errors and logs: paths hold tokens' uids, which are personal data."""
    return str(origin_of(request.url))


def _shown(url: str) -> str:
    """The URL without its query, which may hold a secret."""
    return url.partition("?")[0][:200]
