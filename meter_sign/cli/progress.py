"""A progress bar on standard error, when many files are read and somebody watches.

None where standard error is no terminal (scripts, pipes, logs) and none for a few files.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol

from meter_sign.cli.printing import print_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType
    from typing import Self

#: From so many files on there is a bar; fewer are done before one has read it.
MANY = 20


class _Bar(Protocol):
    """What is used of a bar of tqdm."""

    def update(self) -> object: ...
    def clear(self) -> object: ...
    def refresh(self) -> object: ...
    def close(self) -> object: ...


class Progress:
    """The files of one run: iterate over them, and print between them by `print`."""

    def __init__(self, names: Sequence[str]) -> None:
        """Take the names; the bar is shown once they are iterated over."""
        self._names = names
        self._bar: _Bar | None = None

    def __enter__(self) -> Self:
        """Show the bar, if there is to be one."""
        if len(self._names) >= MANY and sys.stderr.isatty():
            self._bar = _new_bar(len(self._names))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()

    def __iter__(self) -> Iterator[str]:
        """Hand on the names; the one before counts as done when the next is asked for."""
        for name in self._names:
            yield name
            if self._bar is not None:
                self._bar.update()

    def print(self, text: str) -> None:
        """Print to standard output, with the bar out of the way.

        Args:
            text: one or more lines.
        """
        if self._bar is not None:
            self._bar.clear()
        print_text(text)
        if self._bar is not None:
            self._bar.refresh()


def _new_bar(total: int) -> _Bar:
    # Loaded only here: nobody should wait for a bar that is not shown.
    from tqdm import tqdm  # noqa: PLC0415 - see above

    # No thread beside ours: it would only watch for bars that stand still.
    tqdm.monitor_interval = 0
    bar: _Bar = tqdm(total=total, unit="file", file=sys.stderr, leave=False, dynamic_ncols=True)
    return bar
