"""MSCONS: the instants of values, as DTM writes them with their zone.

A value's time is an instant or it is nothing: local time without zone (203), dates (102) and months (610) leave open
which kilowatt-hours were meant, and are refused.

Source: UN/EDIFACT D.04B, DTM C507 and code list 2379; edifact.md 1.2.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from re import ASCII, Pattern
from re import compile as pattern

from meter_sign.codes import Code
from meter_sign.errors import ContentError
from meter_sign.timestamps import SignedTime

#: ZZZ, and longer where a zone is no whole hour from UTC; none is further than 14 hours.
_ZONE = r"([+-])(0\d|1[0-4])([0-5]\d)?"
#: 2379 to the form and to how exactly it states an instant.
_FORMS: dict[str, tuple[Pattern[str], timedelta]] = {
    # CCYYMMDDHHMMZZZ
    "303": (pattern(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)" + _ZONE, ASCII), timedelta(minutes=1)),
    # CCYYMMDDHHMMSSZZZ
    "304": (pattern(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)" + _ZONE, ASCII), timedelta(seconds=1)),
}
#: 2379 806: minutes.
_STEP_FORM = "806"
_STEP = pattern(r"[1-9]\d{0,3}", ASCII)


def read_instant(text: str, form: str, *, where: str) -> SignedTime:
    """Read an instant.

    Args:
        text: DTM 2380, such as `202601150900+00`, released characters bare.
        form: DTM 2379, such as `303`.
        where: the segment, for the error.

    Returns:
        The instant in UTC. Nothing is said of the clock, so it has no status, but a resolution: 60 s or 1 s.

    Raises:
        ContentError: DATE_FORMAT, when the form states no instant, or the text is none (month 13, no zone).
    """
    known = _FORMS.get(form)
    match = None if known is None else known[0].fullmatch(text)
    if known is None or match is None:
        detail = f"{text[:35]!r} in format {form[:3]!r} is no instant with its zone"
        raise ContentError(Code.DATE_FORMAT, detail, where=where)
    *clock, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    try:
        local = datetime(*map(int, clock), tzinfo=UTC)  # type: ignore[arg-type, misc]
        at = local + offset if sign == "-" else local - offset
    except (ValueError, OverflowError) as error:
        raise ContentError(Code.DATE_FORMAT, f"{text!r} is no possible instant", where=where) from error
    return SignedTime(at=at, status=None, resolution=known[1])


def read_step(text: str, form: str, *, where: str) -> timedelta:
    """Read the length of the steps of a profile whose values carry no time of their own (MSCONS 99A).

    Args:
        text: DTM 2380, such as `15`.
        form: DTM 2379; 806 are minutes.
        where: the segment, for the error.

    Raises:
        ContentError: DATE_FORMAT, when it is no number of minutes.
    """
    if form != _STEP_FORM or _STEP.fullmatch(text) is None:
        raise ContentError(Code.DATE_FORMAT, f"{text[:35]!r} in format {form[:3]!r} is no step in minutes", where=where)
    return timedelta(minutes=int(text))


def later(time: SignedTime, by: timedelta, *, where: str) -> SignedTime:
    """The instant that lies a step behind another.

    Args:
        time: where the step begins.
        by: its length.
        where: the segment, for the error.

    Raises:
        ContentError: DATE_FORMAT, when that is behind the end of the calendar.
    """
    try:
        at = time.at + by
    except OverflowError as error:
        raise ContentError(Code.DATE_FORMAT, "a step leads out of the calendar", where=where) from error
    return SignedTime(at=at, status=time.status, resolution=time.resolution)
