"""Times of signed readings: ISO 8601 with a comma, an offset and the clock's own word on itself.

Source: OCMF 1.4.1, table 7 (TM) and table 19 (synchronisation state).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from re import ASCII
from re import compile as pattern

from meter_sign.codes import Code
from meter_sign.errors import ContentError


class TimeStatus(StrEnum):
    """What the meter says of its clock."""

    UNKNOWN = "U"
    INFORMATIVE = "I"
    SYNCHRONISED = "S"
    RELATIVE = "R"


class BillableTime(StrEnum):
    """What of the signed time may be billed: nothing, durations only, or also the time of day."""

    NONE = "none"
    DURATION = "duration"
    ABSOLUTE = "absolute"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedTime:
    """One signed instant, aware, with the clock's status; `spelling` tells a deviation from the prescribed form."""

    at: datetime
    #: None when the record does not say it; then no time may be billed.
    status: TimeStatus | None
    deviations: tuple[Code, ...] = ()


_STATUSES = {status.value: status for status in TimeStatus}
#: Offsets kept as time zones; the world uses about 40 of them.
_ZONES_KEPT = 64
_CANONICAL = pattern(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d),(\d{3})([+-])(\d\d)(\d\d) ([UISR])", ASCII)
_TOLERATED = pattern(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,6}))?(?:([+-])(\d\d):?(\d\d)|Z)(?: ?([UISR]))?", ASCII
)


def parse_signed_time(text: str, *, where: str) -> SignedTime:
    """Read an OCMF time stamp.

    Args:
        text: such as `2024-03-01T08:00:00,000+0100 S`.
        where: the JSON pointer for the error.

    Returns:
        The instant in UTC; `TIME_SPELLING` among the deviations where the form is another than prescribed, and
        `TIME_STATUS_MISSING` where the status is absent.

    Raises:
        ContentError: TIME_INVALID, when it is no possible instant (month 13, 25 o'clock, no offset).

    Source: OCMF 1.4.1, table 7, TM.
    """
    deviations: list[Code] = []
    match = _CANONICAL.fullmatch(text)
    if match is None:
        match = _TOLERATED.fullmatch(text)
        deviations.append(Code.TIME_SPELLING)
    if match is None:
        raise ContentError(Code.TIME_INVALID, f"{text[:40]!r} is no time stamp with offset", where=where)
    year, month, day, hour, minute, second, fraction, sign, offset_hours, offset_minutes, status = match.groups()
    microsecond = int((fraction or "0").ljust(6, "0"))
    try:
        zone = _zone(sign, offset_hours, offset_minutes)
        at = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), microsecond, zone)
        at = at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ContentError(Code.TIME_INVALID, f"{text[:40]!r} is no possible instant", where=where) from error
    if status is None:
        deviations = [Code.TIME_STATUS_MISSING]
    return SignedTime(at=at, status=_STATUSES.get(status), deviations=tuple(deviations))


@lru_cache(maxsize=_ZONES_KEPT)
def _zone(sign: str | None, hours: str | None, minutes: str | None) -> timezone:
    if sign is None or hours is None or minutes is None:
        return UTC
    if int(minutes) > 59:
        raise ValueError("offset minutes above 59")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if sign == "-" else offset)
