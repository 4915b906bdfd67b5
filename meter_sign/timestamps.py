"""Times of signed readings: ISO 8601 with a comma, an offset and the clock's own word on itself.

Source: OCMF 1.4.1, table 7 (TM) and table 19 (synchronisation state).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from re import ASCII
from re import compile as pattern

from meter_sign.codes import Code
from meter_sign.errors import ContentError

#: From when on meters count seconds.
UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: By how much local clocks are set back when daylight saving time ends.
_SET_BACK = timedelta(hours=1)


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
    #: False where local time was signed and its zone was not: then `at` is that time read as if it were UTC, no instant
    #: to show or to decide by. Differences are right, but for an hour where clocks are set back.
    zone_known: bool = True
    #: Set where the format states instants without a word on the clock: how exactly it can state them. Such an instant
    #: is believed as far as this goes, and never bills time (EDIFACT: a minute in format 303, a second in 304).
    resolution: timedelta | None = None

    @property
    def instant(self) -> datetime | None:
        """When it was, as far as anybody can say."""
        return self.at if self.zone_known else None

    @property
    def believed(self) -> datetime | None:
        """When it was, where the meter vouches for it: a synchronised clock, or a format that states only instants."""
        vouched = self.status is TimeStatus.SYNCHRONISED or self.resolution is not None
        return self.at if vouched else None

    def is_before(self, other: SignedTime) -> bool:
        """Whether this is certainly earlier than another time of the same clock.

        Args:
            other: the time that should not be later.
        """
        leeway = timedelta(0) if self.zone_known and other.zone_known else _SET_BACK
        return self.at < other.at - leeway


_STATUSES = {status.value: status for status in TimeStatus}
#: Offsets kept; the world uses about 40 of them.
_OFFSETS_KEPT = 64
# Hours end at 23 here, because newer Pythons read 24:00:00 as the next midnight; OCMF knows no such hour.
_DATE_AND_TIME = r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d"
_CANONICAL = pattern(_DATE_AND_TIME + r",(\d{3})([+-])(\d\d)(\d\d) ([UISR])", ASCII)
_TOLERATED = pattern(_DATE_AND_TIME + r"(?:[.,](\d{1,6}))?(?:([+-])(\d\d):?(\d\d)|Z)(?: ?([UISR]))?", ASCII)


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
    deviations: tuple[Code, ...] = ()
    match = _CANONICAL.fullmatch(text)
    if match is None:
        match = _TOLERATED.fullmatch(text)
        deviations = (Code.TIME_SPELLING,)
    if match is None:
        raise ContentError(Code.TIME_INVALID, f"{text[:40]!r} is no time stamp with offset", where=where)
    fraction, sign, offset_hours, offset_minutes, status = match.groups()
    try:
        at = datetime.fromisoformat(f"{text[:19]}.{fraction or 0}Z") - _offset(sign, offset_hours, offset_minutes)
    except (ValueError, OverflowError) as error:
        raise ContentError(Code.TIME_INVALID, f"{text[:40]!r} is no possible instant", where=where) from error
    if status is None:
        deviations = (Code.TIME_STATUS_MISSING,)
    return SignedTime(at=at, status=_STATUSES.get(status), deviations=deviations)


@lru_cache(maxsize=_OFFSETS_KEPT)
def _offset(sign: str | None, hours: str | None, minutes: str | None) -> timedelta:
    if sign is None or hours is None or minutes is None:
        return timedelta()
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError("an offset of a day, or minutes above 59")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return -offset if sign == "-" else offset
