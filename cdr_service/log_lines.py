"""Log lines that are what they seem: no id, name or answer of a stranger can start a line of its own."""

from __future__ import annotations

import logging


class OneLineFormatter(logging.Formatter):
    """Writes one line a message: what is not printable (line breaks, terminal codes) stands there escaped."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the hook's name
        """The line, its message escaped."""
        record.message = _escaped(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: logging._SysExcInfoType) -> str:  # noqa: N802  # the hook's name
        """The traceback, each line indented: an exception's text may quote a stranger too."""
        lines = super().formatException(ei).splitlines()
        return "\n".join(f"  | {_escaped(line)}" for line in lines)


def _escaped(text: str) -> str:
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)
