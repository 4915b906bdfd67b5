"""The simulated eMSP as one object: start it, look into it, order it to misbehave, stop it."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from tools.counterparty.book import Book
from tools.counterparty.misbehaviour import Orders, parse_order
from tools.counterparty.paths import odd_paths, plain_paths
from tools.counterparty.server import EmspServer
from tools.counterparty.state import DuplicatePolicy, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tools.counterparty.wire import Json

#: How often a server looks whether it should stop.
_POLL_SECONDS = 0.02


class Counterparty:
    """A running eMSP. Everything it shows is a copy, but `state`, which is the thing itself."""

    def __init__(
        self,
        *,
        out: Path,
        port: int = 0,
        token: str | None = None,
        odd: bool = False,
        duplicates: DuplicatePolicy = DuplicatePolicy.ACCEPT_EQUAL,
    ) -> None:
        """Bind and start serving.

        Args:
            out: directory of `received.jsonl`, made when absent.
            port: TCP port on 127.0.0.1, 0 for any.
            token: TOKEN_A as agreed out of band; a random one without.
            odd: serve under paths that cannot be guessed.
            duplicates: what happens to a CDR whose id is already held.
        """
        self.token_a = token or secrets.token_urlsafe(48)
        self.state = State(paths=odd_paths() if odd else plain_paths(), token_a=self.token_a, duplicates=duplicates)
        self._orders = Orders()
        self._book = Book(out)
        control_path = f"/control-{secrets.token_urlsafe(24)}"
        self._servers = tuple(
            EmspServer(number, state=self.state, book=self._book, orders=self._orders, control_path=control_path)
            for number in (port, 0)
        )
        front, other = self._servers
        front.other_origin = other.origin
        self.state.base_url = front.origin
        #: GET, POST, DELETE orders over HTTP; the path is the secret.
        self.control_url = front.origin + control_path
        self._threads = [Thread(target=server.serve_forever, args=(_POLL_SECONDS,)) for server in self._servers]
        for thread in self._threads:
            thread.start()

    @property
    def base_url(self) -> str:
        """`http://host:port`."""
        return self.state.base_url

    @property
    def versions_url(self) -> str:
        """What a partner is given together with TOKEN_A."""
        return self.state.url("versions")

    @property
    def received_path(self) -> Path:
        """The book's file."""
        return self._book.path

    @property
    def received(self) -> list[Json]:
        """Every line of the book so far."""
        return self._book.lines()

    @property
    def token_c(self) -> str | None:
        """The token a registered partner presents; None before registration."""
        return self.state.token_c

    @property
    def cdrs(self) -> list[Json]:
        """The bodies of all stored CDRs, oldest first; a CDR stored twice stands here twice."""
        with self.state.lock:
            return [one.body for one in self.state.cdrs]

    @property
    def tariffs(self) -> list[Json]:
        """The tariffs held."""
        with self.state.lock:
            return list(self.state.tariffs.values())

    def requests(self, module: str, method: str | None = None) -> list[Json]:
        """The lines of the book that arrived at one module, by one method when given."""
        return [line for line in self.received if line["module"] == module and method in {line["method"], None}]

    def misbehave(self, *orders: str) -> None:
        """Queue orders `MODULE[.METHOD]:NAME[:COUNT[:PARAMETER]]`; `ValueError` for an unknown one."""
        for order in [parse_order(text) for text in orders]:
            self._orders.add(order)

    def behave(self) -> None:
        """Drop all open orders."""
        self._orders.clear()

    def stop(self) -> None:
        """Stop serving, end every connection and thread, close the book."""
        for server in self._servers:
            server.stop()
        for thread in self._threads:
            thread.join()
        self._book.close()


@contextmanager
def running_counterparty(
    *,
    out: Path,
    port: int = 0,
    token: str | None = None,
    odd: bool = False,
    duplicates: DuplicatePolicy = DuplicatePolicy.ACCEPT_EQUAL,
    misbehave: Sequence[str] = (),
) -> Iterator[Counterparty]:
    """A `Counterparty` for the length of a `with`; see there for the arguments."""
    emsp = Counterparty(out=out, port=port, token=token, odd=odd, duplicates=duplicates)
    try:
        emsp.misbehave(*misbehave)
        yield emsp
    finally:
        emsp.stop()
