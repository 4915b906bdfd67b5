"""What is printed: made harmless, and written whatever the terminal's encoding is.

What came from a file is never printed as it is: a terminal obeys control characters, and a text that looks like ours
could finish our sentences for us.
"""

from __future__ import annotations

import sys
from re import compile as pattern
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Characters of an id that are shown.
_ID_SHOWN = 80
#: Ids as meters and containers write them; anything else is shown in quotes.
_PLAIN_ID = pattern(r"[\w*.:/+#@-]+")


def told(text: str, shown: int = _ID_SHOWN) -> str:
    """What the file says of itself: quoted unless it looks like an id, and cut where it is longer than is shown.

    Args:
        text: as the file has it.
        shown: how many characters at most.
    """
    if len(text) > shown:
        return repr(f"{text[:shown]}…")
    return text if _PLAIN_ID.fullmatch(text) else repr(text)


def harmless(line: str) -> str:
    """A line without characters that a terminal obeys.

    Args:
        line: one line, whatever came from outside included.
    """
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line)


def to_lines(lines: Iterable[str]) -> str:
    """Put harmless lines below each other.

    Args:
        lines: each without a line end; a line end inside is made harmless too.
    """
    return "\n".join(harmless(line) for line in lines)


def print_text(text: str) -> None:
    """Print to standard output; what its encoding lacks is escaped.

    Args:
        text: one or more lines.
    """
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))


def print_remark(text: str) -> None:
    """Print to standard error, made harmless: a message may hold the name of a file, and that may hold anything.

    Args:
        text: one or more lines.
    """
    encoding = sys.stderr.encoding or "utf-8"
    print(to_lines(text.split("\n")).encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr)


_SYSTEM_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (FileNotFoundError, "there is no such file"),
    (IsADirectoryError, "this is a directory, not a file"),
    (NotADirectoryError, "this is a file, not a directory"),
    (PermissionError, "access is denied"),
    (BrokenPipeError, "nobody reads the output any more"),
    (ValueError, "this is no name of a file"),
)


def system_words(error: OSError | ValueError) -> str:
    """What the system refused, in words for the person who named the file.

    Args:
        error: of opening, reading or writing.
    """
    known = next((words for kind, words in _SYSTEM_WORDS if isinstance(error, kind)), None)
    return known or str(getattr(error, "strerror", None) or "the system refused it")
