"""The `openssl` command line, for a second opinion; tests that need it say visibly when it is absent."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="the openssl command line is not installed")


def openssl(*words: str | Path) -> tuple[int, str]:
    """Run `openssl`; its exit status and what it says on standard error."""
    assert OPENSSL is not None
    ended = subprocess.run([OPENSSL, *map(str, words)], capture_output=True, timeout=60, check=False)
    return ended.returncode, ended.stderr.decode(errors="replace")
