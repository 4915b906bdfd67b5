"""The only module of the gateway that reads the time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

#: Gives the present instant, aware, in UTC. Everything that needs the time gets one of these.
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The machine's own clock, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  # the one place
