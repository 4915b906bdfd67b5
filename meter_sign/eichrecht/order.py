"""In which order the records of a transaction stand, and what each of them is where it does not sign that itself.

A meter that counts its records orders them by that count. Of a format that counts nothing (EDIFACT) only the signed
times order them; of two that begin at one time the lower register is the earlier, since registers count up.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.model import Context, Phase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from meter_sign.model import VerifiedRecord

_CONTEXTS = frozenset(Context)
_EVER = datetime.min.replace(tzinfo=UTC)


class Turn(NamedTuple):
    """Where a record stands among the others, the first that differs."""

    uncounted: bool
    number: int
    begins_at: datetime = _EVER
    value_kwh: Decimal = Decimal(0)
    ends_at: datetime = _EVER


def turn_of(record: VerifiedRecord) -> Turn:
    """The place of a record; one without a number goes last, and keeps its turn where its format counts.

    Args:
        record: of one transaction.
    """
    content, pagination = record.content, record.content.pagination
    if content.counts_records:
        return Turn(pagination is None, pagination.number if pagination else 0)
    times = sorted(_times(record))
    if not times:
        return Turn(uncounted=True, number=0)
    value = content.readings[0].value_kwh if content.readings else None
    return Turn(uncounted=True, number=0, begins_at=times[0], value_kwh=value or Decimal(0), ends_at=times[-1])


def _times(record: VerifiedRecord) -> Iterator[datetime]:
    for reading in record.content.readings:
        if reading.time is not None:
            yield reading.time.at
    for interval in record.content.intervals:
        yield from (interval.starts.at, interval.ends.at)


def phases_by_order(records: Sequence[VerifiedRecord]) -> list[Phase]:
    """What each record is where it does not sign it: first begin, last end; alone, what is said of it unsigned.

    A container that names a begin or an end must name both, as the official tool demands. Else whoever leaves the end
    out would have a reading on the way billed in its place. A name is no name where one file holds all the records:
    then it is that of the file.

    Args:
        records: in order, each with something to be placed.
    """
    named = {(record.payload.context or "").strip() for record in records} & _CONTEXTS
    if len(records) < 2:
        return [Phase.END if Context.END in named or record.label is Phase.END else Phase.BEGIN for record in records]
    if are_one_file(records):
        named = set()
    first = Phase.CHARGING if named == {Context.END} else Phase.BEGIN
    last = Phase.CHARGING if named == {Context.BEGIN} else Phase.END
    return [first, *[Phase.CHARGING] * (len(records) - 2), last]


def are_one_file(records: Sequence[VerifiedRecord]) -> bool:
    """Whether all of several records are messages of one file (EDIFACT).

    Args:
        records: of one transaction.
    """
    messages = {record.payload.message for record in records}
    return len(messages) > 1 and len({record.payload.raw for record in records}) == 1
