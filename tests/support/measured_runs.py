"""`meter-sign verify --json` in a process of its own: what it said, and what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, NamedTuple

import pytest

_STATUS = Path("/proc/self/status")
needs_peak_of_memory = pytest.mark.skipif(
    not _STATUS.exists(), reason="the system does not tell a process's peak of memory"
)
#: Tells the peak of its own memory: that of `wait4` would count what was copied from the parent as well.
_COMMAND = f"""
import sys
from pathlib import Path
from meter_sign.cli import main
status = main(sys.argv[1:])
(peak,) = [line.split()[1] for line in Path({str(_STATUS)!r}).read_text().splitlines() if line.startswith("VmHWM")]
print(peak, file=sys.stderr)
sys.exit(status)
"""


class Run(NamedTuple):
    """What a run of the command cost and said."""

    status: int
    report: dict[str, Any]
    #: Of processor time.
    seconds: float
    megabytes: int


def verify(*arguments: str, stdin: IO[bytes] | None = None, timeout: float = 60) -> Run:
    """Judge one file.

    Args:
        arguments: options and the file.
        stdin: the standard input.
        timeout: in seconds.
    """
    words = [sys.executable, "-c", _COMMAND, "verify", "--json", "--at", "2026-02-01T00:00:00Z", *arguments]
    before = os.times()
    done = subprocess.run(
        words, stdin=stdin or subprocess.DEVNULL, capture_output=True, check=False, text=True, timeout=timeout
    )
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(done.returncode, json.loads(done.stdout), seconds, int(done.stderr.split()[-1]) // 1000)
