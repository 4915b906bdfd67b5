"""The receiver's book: one JSON line for every request the simulated eMSP got.

A line is written before its answer leaves, so that whoever has the answer finds the line; `outcome` therefore says
what the eMSP does with the answer (sent, delayed, lost, ...), not what the network made of it. Authorization headers
and the tokens inside credentials are written as `***`.
"""

from __future__ import annotations

import copy
from threading import Lock
from typing import TYPE_CHECKING, Any

from tools.counterparty.wire import Json, write_json

if TYPE_CHECKING:
    from pathlib import Path

#: What stands in the place of a secret.
REDACTED = "***"


class Book:
    """Append-only `received.jsonl`, and the same lines in memory; safe to use from many threads."""

    def __init__(self, directory: Path) -> None:
        """Open `received.jsonl` in `directory`, which is made when it is absent."""
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / "received.jsonl"
        self._lock = Lock()
        self._lines: list[Json] = []
        self._file = self.path.open("a", encoding="utf-8")

    def append(self, line: Json) -> None:
        """Write one line and flush it."""
        clean = redact(line)
        with self._lock:
            self._lines.append(clean)
            self._file.write(write_json(clean) + "\n")
            self._file.flush()

    def lines(self) -> list[Json]:
        """A copy of every line so far, in the order of writing."""
        with self._lock:
            return copy.deepcopy(self._lines)

    def close(self) -> None:
        """Close the file; later lines are a mistake of the caller."""
        with self._lock:
            self._file.close()


def redact(value: Any) -> Any:
    """Copy a line without secrets: every `authorization` header and every string under a key `token`."""
    if isinstance(value, dict):
        return {key: REDACTED if _is_secret(key, part) else redact(part) for key, part in value.items()}
    if isinstance(value, list):
        return [redact(part) for part in value]
    return value


def _is_secret(key: str, part: Any) -> bool:
    return isinstance(part, str) and key.lower() in {"authorization", "token"}
