"""The demo's two processes, and the operator's side of the gateway's API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from decimal import Decimal
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: The gateway's data directory below the demo's.
DATA = "gateway-data"
#: Seconds in which a process must be up, and in which a CDR must be delivered.
PATIENCE_SECONDS = 30

T = TypeVar("T")


class DemoError(Exception):
    """Something was not as told."""


class Operator:
    """The operator's system: calls `/api/v1` with an API key."""

    def __init__(self, process: subprocess.Popen[str], host: str, port: int, api_key: str) -> None:
        """Know where the gateway is."""
        self._process = process
        self._host, self._port = host, port
        self.base_url = f"http://{host}:{port}"
        self.api_key = api_key

    def get(self, path: str) -> Any:
        """GET a JSON object."""
        return self._call("GET", path, None)

    def post(self, path: str, body: object) -> Any:
        """POST a JSON object."""
        return self._call("POST", path, json.dumps(body).encode())

    def put(self, path: str, body: object) -> Any:
        """PUT a JSON object."""
        return self._call("PUT", path, json.dumps(body).encode())

    def put_file(self, path: str, file: Path) -> Any:
        """PUT a file's bytes, so that its numbers keep their digits."""
        return self._call("PUT", path, file.read_bytes())

    def wait(self) -> None:
        """Wait for the gateway to end."""
        self._process.wait()

    def _call(self, method: str, path: str, body: bytes | None) -> Any:
        connection = HTTPConnection(self._host, self._port, timeout=PATIENCE_SECONDS)
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
        try:
            connection.request(method, f"/api/v1{path}", body, headers)
            answer = connection.getresponse()
            content = answer.read().decode()
        finally:
            connection.close()
        if answer.status >= 300:
            raise DemoError(f"{method} {path}: HTTP {answer.status} {content}")
        return json.loads(content, parse_float=Decimal, parse_int=Decimal if method == "GET" else int)


@contextmanager
def demo_processes(out: Path) -> Iterator[tuple[Operator, dict[str, Any]]]:
    """Start gateway and simulated eMSP, and end both."""
    emsp = _start([sys.executable, "-m", "tools.counterparty", "--port", "0", "--out", str(out)], out / "emsp.log", {})
    try:
        emsp_ready = json.loads(_first_line(emsp, "the simulated eMSP"))
        gateway = _start(
            [sys.executable, "-m", "cdr_service", "run", "--data", str(out / DATA), "--port", "0"],
            out / "gateway.log",
            # What a party signed is held unless somebody has written down why it is not; here nobody has.
            {
                "CDR_ALLOW_PRIVATE_PARTNERS": "1",
                "CDR_PARTY": "DE*EWK",
                "CDR_BUSINESS_NAME": "eichwerk demo",
                "CDR_ACCEPT_PARTY_SIGNATURES": "",
            },
        )
        try:
            api_key = _first_line(gateway, "the gateway").removeprefix("api-key ").strip()
            host, _, port = _first_line(gateway, "the gateway").strip().rpartition("/")[2].partition(":")
            yield Operator(gateway, host, int(port), api_key), emsp_ready
        finally:
            _end(gateway)
    finally:
        _end(emsp)


def wait_until(ask: Callable[[], T], done: Callable[[T], bool]) -> T:
    """Ask until the answer will do.

    Raises:
        DemoError: it did not in time.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done(answer := ask()):
        if time.monotonic() > deadline:
            raise DemoError(f"still waiting after {PATIENCE_SECONDS} s: {answer}")
        time.sleep(0.2)
    return answer


def _start(command: list[str], log: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    with log.open("w", encoding="utf-8") as errors:
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ, **environment}
        )


def _first_line(process: subprocess.Popen[str], who: str) -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise DemoError(f"{who} did not start (exit status {process.wait(PATIENCE_SECONDS)}); see its log")
    return line


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
    if process.stdout:
        process.stdout.close()
