"""Signed times: the prescribed form, what the field writes, and what is no instant at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meter_sign.codes import Code
from meter_sign.errors import ContentError
from meter_sign.timestamps import SignedTime, TimeStatus, parse_signed_time


def test_prescribed_form_is_read_to_the_millisecond() -> None:
    """The example of OCMF 1.4.1, table 7: local time with its offset, and the clock's status."""
    time = parse_signed_time("2018-07-24T13:22:04,125+0200 S", where="/RD/0/TM")
    expected = datetime(2018, 7, 24, 11, 22, 4, 125_000, tzinfo=UTC)
    assert (expected, TimeStatus.SYNCHRONISED, ()) == (time.at, time.status, time.deviations)


@pytest.mark.parametrize("status", TimeStatus)
def test_every_status_of_the_table_is_known(status: TimeStatus) -> None:
    """U, I, S, R; OCMF 1.4.1, table 19."""
    assert status is parse_signed_time(f"2018-07-24T13:22:04,000+0200 {status}", where="").status


TOLERATED = [
    "2018-07-24T13:22:04.000+0200 S",
    "2018-07-24T13:22:04,000+02:00 S",
    "2018-07-24T13:22:04+0200 S",
    "2018-07-24T11:22:04,000Z S",
    "2018-07-24T13:22:04,000+0200S",
    "2018-07-24T13:22:04,000000+0200 S",
    "2018-07-24T05:52:04,0-0530 S",
]


@pytest.mark.parametrize("text", TOLERATED)
def test_other_forms_of_one_instant_are_read_and_named(text: str) -> None:
    """A point, a colon, a missing fraction: the instant is clear, the spelling is a deviation."""
    time = parse_signed_time(text, where="")
    expected = datetime(2018, 7, 24, 11, 22, 4, tzinfo=UTC)
    assert (expected, TimeStatus.SYNCHRONISED, (Code.TIME_SPELLING,)) == (time.at, time.status, time.deviations)


def test_missing_status_is_none_and_named() -> None:
    """Nobody assumes that a clock is synchronised."""
    time = parse_signed_time("2018-07-24T13:22:04,000+0200", where="")
    assert (None, (Code.TIME_STATUS_MISSING,)) == (time.status, time.deviations)


IMPOSSIBLE = {
    "no text": "",
    "no offset": "2018-07-24T13:22:04,000 S",
    "month 13": "2018-13-24T13:22:04,000+0200 S",
    "30 February": "2018-02-30T13:22:04,000+0200 S",
    "29 February of a common year": "2018-02-29T13:22:04,000+0200 S",
    "hour 24": "2018-07-24T24:00:00,000+0200 S",
    "minute 60": "2018-07-24T13:60:04,000+0200 S",
    "leap second": "2016-12-31T23:59:60,000+0000 S",
    "offset of a day": "2018-07-24T13:22:04,000+2400 S",
    "offset minute 60": "2018-07-24T13:22:04,000+0160 S",
    "year 0": "0000-07-24T13:22:04,000+0200 S",
    "before the first day": "0001-01-01T00:00:00,000+0200 S",
    "after the last day": "9999-12-31T23:59:59,000-0200 S",
    "status of no table": "2018-07-24T13:22:04,000+0200 X",
    "status in lower case": "2018-07-24T13:22:04,000+0200 s",
    "two statuses": "2018-07-24T13:22:04,000+0200 SS",
    "blank before": " 2018-07-24T13:22:04,000+0200 S",
    "line break behind": "2018-07-24T13:22:04,000+0200 S\n",
    "blank in place of T": "2018-07-24 13:22:04,000+0200 S",
    "two digits of the year": "18-07-24T13:22:04,000+0200 S",
    "digits of another script": "\uff12018-07-24T13:22:04,000+0200 S",
    "seconds since the epoch": "1532431324",
    "nanoseconds": "2018-07-24T13:22:04,000000000+0200 S",
}


@pytest.mark.parametrize("text", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_what_is_no_possible_instant_is_refused(text: str) -> None:
    """No time is repaired, and the error says where it stood."""
    with pytest.raises(ContentError) as refusal:
        parse_signed_time(text, where="/RD/3/TM")
    assert (Code.TIME_INVALID, "/RD/3/TM") == (refusal.value.code, refusal.value.where)


def local(clock: str) -> SignedTime:
    """A local time of an unknown zone."""
    at = datetime.fromisoformat(f"2024-10-27T{clock}").replace(tzinfo=UTC)
    return SignedTime(at=at, status=TimeStatus.UNKNOWN, zone_known=False)


def test_local_time_may_be_set_back_by_an_hour() -> None:
    """In the night in which clocks are set back, a later time may read an hour earlier; no more than that."""
    clocks = ("03:00:01", "03:00:00", "02:00:00", "01:59:59")
    assert [False, False, False, True] == [local(clock).is_before(local("03:00:00")) for clock in clocks]


def test_instants_are_compared_to_the_last_digit() -> None:
    """A time with a zone is earlier by whatever it is earlier."""
    first, second = (parse_signed_time(f"2024-03-01T08:00:00,00{digit}+0000 U", where="/RD/0/TM") for digit in (1, 2))
    assert (True, False, False) == (first.is_before(second), second.is_before(first), first.is_before(first))


def test_local_time_of_an_unknown_zone_is_no_instant() -> None:
    """Nobody can say when it was; with a zone it can be said."""
    known = parse_signed_time("2024-03-01T08:00:00,000+0100 U", where="/RD/0/TM")
    assert (None, datetime(2024, 3, 1, 7, tzinfo=UTC)) == (local("03:00:00").instant, known.instant)
