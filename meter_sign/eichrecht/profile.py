"""Load profiles on their way to a transaction: the import intervals of all its records, register by register.

A profile states the energy of each stretch of time by itself, so it needs no begin and no end beside it.

Source: edifact.md 5.2, 5.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.quantity import KWH_EXPONENT, total

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from decimal import Decimal

    from meter_sign.model import Interval, VerifiedRecord
    from meter_sign.obis import ObisCode


class PlacedInterval(NamedTuple):
    """An interval with the record that signed it."""

    record: VerifiedRecord
    interval: Interval

    @property
    def path(self) -> str:
        """Where a person finds it: `value 0 byte 812`."""
        return f"value {self.record.payload.index} {self.interval.path or ''}".strip()


@dataclass(frozen=True, slots=True)
class Profile:
    """All import intervals of one register, in time order, whatever records they came in."""

    register: ObisCode
    intervals: tuple[PlacedInterval, ...]
    #: Their exact sum.
    energy_kwh: Decimal

    def meets(self, begins_at: datetime, ends_at: datetime) -> bool:
        """Whether the profile tells of any of the time between two instants."""
        return self.intervals[0].interval.starts.at < ends_at and begins_at < self.intervals[-1].interval.ends.at


def import_intervals(records: Iterable[VerifiedRecord]) -> Iterator[PlacedInterval]:
    """The intervals that count import; export never adds to it.

    Args:
        records: of one transaction.
    """
    for record in records:
        for interval in record.content.intervals:
            if interval.is_import:
                yield PlacedInterval(record, interval)


def import_profiles(records: Iterable[VerifiedRecord]) -> tuple[Profile, ...]:
    """The import profiles of a transaction, one for each register.

    Args:
        records: of one transaction, in any order.

    Returns:
        The profiles without intervals that are no energy, in the order in which the registers appear.
    """
    found: dict[ObisCode, list[PlacedInterval]] = {}
    for placed in import_intervals(records):
        if placed.interval.unit in KWH_EXPONENT:
            found.setdefault(placed.interval.register, []).append(placed)
    return tuple(_profile(register, placed) for register, placed in found.items())


def _profile(register: ObisCode, placed: list[PlacedInterval]) -> Profile:
    placed.sort(key=lambda one: (one.interval.starts.at, one.interval.ends.at))
    return Profile(register, tuple(placed), total(one.interval.value_kwh for one in placed))
