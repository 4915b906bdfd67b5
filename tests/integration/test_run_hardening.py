"""`cdr-service run` as a process: the rights of its files, and bodies that are too large before anybody is known."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from socket import create_connection
from stat import S_IMODE
from typing import TYPE_CHECKING

from cdr_service.log_lines import OneLineFormatter

if TYPE_CHECKING:
    from pathlib import Path


def test_files_are_the_owners_and_bodies_are_capped(tmp_path: Path) -> None:
    """In a directory that everybody may read, key and database are not; two megabytes are refused by their header."""
    tmp_path.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, "-m", "cdr_service", "run", "--data", str(tmp_path), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        try:
            assert process.stdout
            process.stdout.readline()
            port = int(process.stdout.readline().rpartition(":")[2])
            modes = {one.name: S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
            assert {"eichwerk.sqlite": 0o600, "secret.key": 0o600} == modes
            with create_connection(("127.0.0.1", port), timeout=5) as client:
                client.sendall(b"POST /ocpi/versions HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n")
                assert b" 413 " in client.recv(1000).partition(b"\r\n")[0]
        finally:
            process.terminate()


def test_a_stranger_starts_no_line_of_the_log() -> None:
    """Line breaks, terminal codes and line separators of a message or of an exception stand there escaped."""
    formatter = OneLineFormatter("%(levelname)s %(message)s")
    evil = "a\nERROR forged\r\u2028ERROR \x1b[2J"
    try:
        raise ValueError(evil)  # noqa: TRY301  # a traceback is what is written
    except ValueError:
        record = logging.LogRecord("x", logging.INFO, "x", 1, "%s", (evil,), sys.exc_info())
    first, *others = formatter.format(record).split("\n")
    assert r"INFO a\nERROR forged\r\u2028ERROR \x1b[2J" == first
    assert others
    assert all(re.fullmatch(r"  \| [ -~]*", line) for line in others)
