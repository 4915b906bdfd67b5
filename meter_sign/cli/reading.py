"""Files and standard input, read no further than the cap: an input of any size costs neither time nor memory.

The size is asked before anything is read. Where it cannot be asked (a pipe), reading stops one byte behind the cap.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from meter_sign.cli.printing import system_words
from meter_sign.codes import Code
from meter_sign.errors import LimitExceededError

if TYPE_CHECKING:
    from collections.abc import Iterator

STANDARD_INPUT = "-"
_CHUNK_BYTES = 1024 * 1024


class UnreadableFileError(Exception):
    """A file that cannot be read, in words for the person who named it."""


def read_input(name: str, cap: int) -> bytes:
    """Read a file, or standard input.

    Args:
        name: of the file; `-` is standard input.
        cap: how many bytes at most.

    Returns:
        All of it.

    Raises:
        LimitExceededError: it is larger than the cap; hardly anything of it was read.
        UnreadableFileError: there is no such file, it is a directory, or the system refuses it.
    """
    if name == STANDARD_INPUT:
        return _read(sys.stdin.buffer, cap)
    try:
        with Path(name).open("rb") as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                _check_size(os.fstat(file.fileno()).st_size, cap)
            return _read(file, cap)
    except (OSError, ValueError) as error:
        # A name with a zero byte is a ValueError.
        raise UnreadableFileError(f"{name}: {system_words(error)}") from error


def _read(file: BinaryIO, cap: int) -> bytes:
    return b"".join(_chunks(file, cap))


def _chunks(file: BinaryIO, cap: int) -> Iterator[bytes]:
    size = 0
    while chunk := file.read(_CHUNK_BYTES):
        size += len(chunk)
        _check_size(size, cap)
        yield chunk


def _check_size(size: int, cap: int) -> None:
    if size > cap:
        raise LimitExceededError(Code.LIMIT_EXCEEDED, f"{size} bytes or more, the cap is {cap}")
