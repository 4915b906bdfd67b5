"""A partner that answers the handshake as it likes, over real HTTP."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]


def role(country_code: str, party_id: str, name: str = "EMSP") -> Json:
    """A CredentialsRole."""
    return {
        "role": name,
        "country_code": country_code,
        "party_id": party_id,
        "business_details": {"name": f"{country_code} {party_id}"},
    }


class EvilPartner:
    """What it says is set by the test: roles, further endpoints, its answer to an authorization."""

    def __init__(self) -> None:
        self.roles: list[Json] = []
        self.more_endpoints: list[Json] = []
        self.authorization: Json = {"allowed": "ALLOWED"}
        self.status_message = "ok"
        self.base_url = ""

    @property
    def versions_url(self) -> str:
        """Where its versions are."""
        return f"{self.base_url}/versions"

    def data_of(self, path: str) -> object:
        """What it answers."""
        if path == "/versions":
            return [{"version": "2.2.1", "url": f"{self.base_url}/details"}]
        if path == "/details":
            named = (("credentials", "SENDER"), ("cdrs", "RECEIVER"), ("tokens", "SENDER"), ("tariffs", "RECEIVER"))
            endpoints = [
                {"identifier": identifier, "role": side, "url": f"{self.base_url}/{identifier}"}
                for identifier, side in named
            ]
            return {"version": "2.2.1", "endpoints": endpoints + self.more_endpoints}
        if path == "/credentials":
            roles = {"roles": self.roles} if self.roles else {}
            return {"token": "evil-token-0123456789", "url": self.versions_url, **roles}
        return self.authorization if path.startswith("/tokens/") else None


@contextmanager
def running_evil_partner() -> Iterator[EvilPartner]:
    """An evil partner on loopback."""
    partner = EvilPartner()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = {
                "status_code": 1000,
                "status_message": partner.status_message,
                "timestamp": "2026-01-15T08:00:00Z",
                "data": partner.data_of(self.path.partition("?")[0]),
            }
            raw = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_PUT = do_GET  # noqa: N815  # the server's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the server's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    partner.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield partner
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
