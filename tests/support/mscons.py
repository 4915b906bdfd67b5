"""MSCONS messages for tests, put together of segments, and what `read_mscons` makes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from meter_sign.errors import ContentError
from meter_sign.formats.edifact.interchange import read_interchanges
from meter_sign.formats.edifact.mscons import Claims, claims, read_mscons
from meter_sign.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter_sign.codes import Code
    from meter_sign.model import Interval, RecordContent

PLACE = ("NAD+DP", "LOC+172+DE01", "RFF+MG:1EMH1")
SESSION = "RFF+AGK:S1"
REGISTER = "PIA+5+1-0?:1.8.0:SRW"
PROFILE = "PIA+5+1-0?:1.29.0:SRW"
USUAL_HEADER = ("BGM+7+DOC+9", "DTM+137:202601151200?+00:303", "RFF+Z13:13017", "NAD+MS+1", "NAD+MR+2", "UNS+D")


def at(clock: str, *, zone: str = "?+00") -> str:
    """A clock time of one day, as DTM states it."""
    return f"20260115{clock}{zone}:303"


def read_at(number: str, clock: str) -> tuple[str, ...]:
    """A value that was read at a time; the number may have a unit behind it."""
    return f"QTY+220:{number}", f"DTM+9:{at(clock)}"


def of_interval(number: str, begins: str, ends: str) -> tuple[str, ...]:
    """The energy of an interval."""
    return f"QTY+220:{number}", f"DTM+163:{at(begins)}", f"DTM+164:{at(ends)}"


BEGIN, END = read_at("1000.500", "0900"), read_at("1023.750", "1130")
READINGS = (*PLACE, SESSION, "LIN+1", REGISTER, *BEGIN, *END)
INTERVALS = (*of_interval("1.5", "0900", "0915"), *of_interval("2.0", "0915", "0930"))


def file_of(segments: Sequence[str], header: Sequence[str] = USUAL_HEADER) -> bytes:
    """One message in its interchange; counts are no matter here."""
    frame = "UNA:+.? ", "UNB+UNOC:3+1:500+2:500+260115:1200+I1", "UNH+1+MSCONS:D:04B:UN:2.4c"
    return "".join(f"{one}'" for one in (*frame, *header, *segments, "UNT+0+1", "UNZ+1+I1")).encode("latin-1")


def said(*segments: str, header: Sequence[str] = USUAL_HEADER) -> RecordContent:
    """What a message says."""
    return said_by(file_of(segments, header))


def said_by(data: bytes) -> RecordContent:
    """What the one message of a file says."""
    (interchange,) = read_interchanges(data, DEFAULT_LIMITS)
    return read_mscons(data, interchange.messages[0], interchange.separators, DEFAULT_LIMITS)


def claimed(*segments: str, header: Sequence[str] = USUAL_HEADER) -> Claims:
    """What a message claims."""
    data = file_of(segments, header)
    (interchange,) = read_interchanges(data, DEFAULT_LIMITS)
    return claims(data, interchange.messages[0], interchange.separators, DEFAULT_LIMITS)


def refused(*segments: str, header: Sequence[str] = USUAL_HEADER) -> Code:
    """Why a message is no measurement."""
    with pytest.raises(ContentError) as caught:
        said(*segments, header=header)
    assert caught.value.where is not None
    return caught.value.code


def profile(*values: str) -> tuple[Interval, ...]:
    """The intervals of one import profile."""
    return said(*PLACE, "LIN+1", PROFILE, *values).intervals


def utc(hour: int, minute: int, second: int = 0) -> datetime:
    """An instant of the day."""
    return datetime(2026, 1, 15, hour, minute, second, tzinfo=UTC)
