"""The largest files of EDIFACT and S/MIME that are read at all: judged like small ones, in bounded time and memory.

What was measured stands beside each file: seconds of processor time and megabytes, Python's start included. Twice the
memory is allowed, and three times the seconds, because the machine that runs the tests may be slower.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.support.measured_runs import needs_peak_of_memory, verify
from tools.fixtures.edifact import cms, in_message, mime
from tools.fixtures.edifact.mscons import (
    PROFILE,
    V3,
    Body,
    document,
    interchange,
    interval,
    message,
    place,
)  # fmt: skip
from tools.fixtures.edifact.valid_outside import EC
from tools.make_fixtures import FIXTURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = needs_peak_of_memory
KEYS = FIXTURES / "edifact" / "keys"
OPTIONS = ("--certificate", str(KEYS / "meter.crt.pem"), "--trust-anchor", str(KEYS / "root.crt.pem"))
#: When the last quarter of an hour ends.
END = datetime(2026, 1, 15, 10, tzinfo=UTC)
MEBIBYTE = 1024 * 1024


def quarters(count: int) -> Body:
    """A load profile of so many quarters of an hour with 0.250 kWh each, of 75 bytes."""
    times = [f"{END - number * timedelta(minutes=15):%Y%m%d%H%M}" for number in range(count, -1, -1)]
    values = (segment for begin, end in pairwise(times) for segment in interval(begin, end, "0.250"))
    return document(place(("LIN+1", f"PIA+5+{PROFILE}:SRW", *values)))


def plain(count: int) -> bytes:
    """The same, unsigned, in a file of syntax 3."""
    return interchange(message(quarters(count)), envelope=V3)


def one_message() -> bytes:
    """A message that signs itself."""
    return in_message.file_of(quarters(270_000))


def many_messages() -> bytes:
    """As many as are read; all of them have one content, and UNH is not signed, so one signature is enough."""
    signed = in_message.secured(quarters(16))
    return interchange(*(message(signed, reference=str(number)) for number in range(10_000)))


def in_chunks() -> bytes:
    """CMS with the file inside, in chunks of a kilobyte and of indefinite length (BER)."""
    return cms.indefinite(cms.signed_data(plain(200_000), EC, chunks=15_000))


def mail() -> bytes:
    """multipart/signed, the file in base64."""
    return mime.multipart(mime.entity(plain(150_000)), EC)


@dataclass(frozen=True, kw_only=True)
class Large:
    """A file, and what its judgement cost."""

    make: Callable[[], bytes]
    #: At least so many MiB.
    size: int
    values: int
    energy_kwh: str
    seconds: float
    megabytes: int


FILES = {
    "one message": Large(make=one_message, size=19, values=1, energy_kwh="67500.000", seconds=12, megabytes=350),
    "10000 messages": Large(make=many_messages, size=17, values=10_000, energy_kwh="4.000", seconds=13, megabytes=440),
    "CMS": Large(
        make=in_chunks, size=14, values=1,
        energy_kwh="50000.000", seconds=9, megabytes=315,
    ),
    "S/MIME": Large(
        make=mail, size=14, values=1, energy_kwh="37500.000", seconds=7, megabytes=240
    ),
}  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """Where a large file lies, for as long as it is needed."""
    name = tmp_path / "large"
    yield name
    name.unlink()


@pytest.mark.parametrize("name", FILES)
def test_large_file_is_verified_in_bounded_time_and_memory(name: str, path: Path) -> None:
    """All values verified, none left out, with the energy that stands in them."""
    large = FILES[name]
    path.write_bytes(large.make())
    assert path.stat().st_size > large.size * MEBIBYTE
    run = verify(*OPTIONS, str(path), timeout=300)
    assert (0, "valid", large.values) == (run.status, run.report["verdict"], len(run.report["values"]))
    assert {("verified", large.energy_kwh)} == {(one["status"], one["energy_kwh"]) for one in run.report["values"]}
    assert run.seconds < 3 * large.seconds
    assert run.megabytes < 2 * large.megabytes


@pytest.mark.parametrize(("begin", "repeated"), [
    ("DTM+163:200001010000?+00:303'DTM+672:1:806'", "QTY+220:1'"),
    ("", "QTY+220:1:KWH'DTM+9:202601150900?+00:303'"),
], ids=["values without a time", "readings"])  # fmt: skip
def test_more_values_than_anybody_sends_are_refused_before_they_are_read(begin: str, repeated: str, path: Path) -> None:
    """20 MB of short values took 24 s and 1.1 GB, and a signature that does not hold was enough for it."""
    count = 18 * MEBIBYTE // len(repeated)
    values = document(place(("LIN+1", f"PIA+5+{PROFILE}:SRW", begin + repeated * count)))
    path.write_bytes(interchange(message(values)))
    run = verify(*OPTIONS, str(path))
    assert [["LIMIT_EXCEEDED"]] == [one["problems"] for one in run.report["values"]]
    assert run.seconds < 3
    assert run.megabytes < 150


def test_one_byte_more_than_the_cap_is_refused_at_once(path: Path) -> None:
    """20 MiB are read, and no more: the answer is of the file and not of what could be read of it."""
    path.write_bytes(b"UNB+UNOC:4+1:500+2:500+20260115:1200+IC1'" + b"A" * 20 * MEBIBYTE)
    run = verify(str(path))
    assert [("structure_invalid", ["LIMIT_EXCEEDED"])] == [
        (one["status"], one["problems"]) for one in run.report["values"]
    ]
    assert run.seconds < 3
    assert run.megabytes < 150
