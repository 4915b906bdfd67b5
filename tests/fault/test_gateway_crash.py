"""kill -9 of the real gateway process while the eMSP has its POST and has not answered, then a new start.

The promise: the CDR is visibly `unknown`, and never posted again by itself.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from base64 import b64encode
from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from tests.support.gateway import Json, running_gateway
from tools.counterparty import DuplicatePolicy, running_counterparty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE_SECONDS = 30
#: Looks at the outbox that the restarted gateway gets, one a second, before we believe that it sends nothing.
LOOKS = 2


@contextmanager
def gateway_process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`cdr-service run` on the database in `folder`; gives the process and its port, and ends it by SIGTERM."""
    environment = {
        **os.environ,
        "CDR_PARTY": "DE*EWK",
        "CDR_ALLOW_PRIVATE_PARTNERS": "1",
        "CDR_SECRET_KEY": b64encode(bytes(range(32))).decode(),
    }
    command = [sys.executable, "-m", "cdr_service", "run", "--data", str(folder), "--port", "0"]
    with (
        (folder / "gateway.log").open("a", encoding="utf-8") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment) as process,
    ):
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline().rpartition(":")[2])
            yield process, port
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(PATIENCE_SECONDS)


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for something that must happen."""
    ends_at = monotonic() + PATIENCE_SECONDS
    while not true():
        assert monotonic() < ends_at, "it did not happen in time"
        Event().wait(0.02)


def cdr_at(port: int, api_key: str, cdr_id: str) -> Json:
    """What the gateway process says of a CDR."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", f"/api/v1/cdrs/DE/EWK/{cdr_id}", headers={"Authorization": f"Bearer {api_key}"})
        found: Json = json.loads(connection.getresponse().read())
        return found
    finally:
        connection.close()


@pytest.mark.parametrize(("order", "stored"), [("timeout_stored", 1), ("timeout", 0)])
def test_a_gateway_killed_while_it_posts_leaves_an_unknown_cdr(tmp_path: Path, order: str, stored: int) -> None:
    """Whether the eMSP had stored it or not: after the restart the CDR is unknown and is not posted again.

    The eMSP would take a second copy and bill it, so a blind repeat would be seen.
    """
    with running_counterparty(out=tmp_path / "emsp", duplicates=DuplicatePolicy.STORE_AGAIN) as emsp:
        with running_gateway(tmp_path, emsp=emsp) as prepared:
            prepared.connect()
            cdr_id = prepared.usual_session().close()["cdr_id"]
            assert "ready" == prepared.cdr(cdr_id)["state"]
            api_key = prepared.api_key
        emsp.misbehave(f"cdrs.POST:{order}:1:60")
        with gateway_process(tmp_path) as (process, _):
            wait_until(lambda: len(emsp.requests("cdrs", "POST")) == 1)
            process.kill()
            assert -signal.SIGKILL == process.wait(PATIENCE_SECONDS)
        with gateway_process(tmp_path) as (_, port):
            found = cdr_at(port, api_key, cdr_id)
            assert "unknown" == found["state"]
            (delivery,) = found["deliveries"]
            assert [(1, "UNKNOWN", None)] == [
                (one["attempt_no"], one["outcome"], one["http_status"]) for one in delivery["attempts"]
            ]
            Event().wait(LOOKS)
            assert 1 == len(emsp.requests("cdrs", "POST"))
            assert "unknown" == cdr_at(port, api_key, cdr_id)["state"]
        assert stored == len(emsp.cdrs)
    assert "delivery_unknown_after_restart" in (tmp_path / "gateway.log").read_text(encoding="utf-8")


def test_a_gateway_killed_before_it_posts_delivers_after_the_restart(tmp_path: Path) -> None:
    """A CDR that was queued and never claimed is no victim of the crash: the next process delivers it, once."""
    with running_counterparty(out=tmp_path / "emsp") as emsp:
        with running_gateway(tmp_path, emsp=emsp) as prepared:
            prepared.connect()
            cdr_id = prepared.usual_session().close()["cdr_id"]
            api_key = prepared.api_key
        with gateway_process(tmp_path) as (_, port):
            wait_until(lambda: cdr_at(port, api_key, cdr_id)["state"] == "accepted")
        assert [cdr_id] == [cdr["id"] for cdr in emsp.cdrs]


def test_a_gateway_that_is_told_to_stop_ends_its_attempt_first(tmp_path: Path) -> None:
    """SIGTERM while the eMSP is slow: the answer is waited for and kept, and nothing is unknown."""
    with running_counterparty(out=tmp_path / "emsp") as emsp:
        with running_gateway(tmp_path, emsp=emsp) as prepared:
            prepared.connect()
            cdr_id = prepared.usual_session().close()["cdr_id"]
        emsp.misbehave("cdrs.POST:slow:1:1")
        with gateway_process(tmp_path) as (process, _):
            wait_until(lambda: len(emsp.requests("cdrs", "POST")) == 1)
            process.terminate()
            assert 0 == process.wait(PATIENCE_SECONDS)
        with running_gateway(tmp_path, emsp=emsp) as after:
            assert "accepted" == after.cdr(cdr_id)["state"]
