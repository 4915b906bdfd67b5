"""A file of 100 MB is refused at once and never read whole, whatever it looks like and however it comes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.measured_runs import Run, needs_peak_of_memory, verify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HUNDRED_MB = 100_000_000
#: Processor seconds and megabytes that a refusal may take, the start of Python included.
SECONDS = 1.0
MEGABYTES = 100
RECORD = b'OCMF|{"FV":"1.0"}|{"SD":"00"}\n'
EDIFACT = b"UNB+UNOC:4+1:500+2:500+20260115:1200+IC1'UNH+1+MSCONS:D:04B:UN:2.4c'"
#: ContentInfo and SignedData of indefinite length, up to the chunks of the content.
CMS = bytes.fromhex("308006092a864886f70d010702a0803080020101310006092a864886f70d010701a0802480")
MAIL = b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n"
XML_VALUE = b"<value><signedData>AP;0;3;AAAA;AAAA;AAAA;</signedData></value>\n"
#: How a file begins, and what then is repeated; None: a hole in the file.
LOOKS = {
    "a hole": (b"", None),
    "OCMF": (b"", RECORD),
    "OCMF without an end": (b'OCMF|{"', b"a" * 1000),
    "XML": (b'<?xml version="1.0"?>\n<values>\n', XML_VALUE),
    "XML of one text": (b"<values><value><signedData>", b"A" * 1000),
    "XML of elements": (b"<values>", b"<a>"),
    "SML": (b"", b"\x1b\x1b\x1b\x1b\x01\x01\x01\x01\x76"),
    "hex": (b"1b1b1b1b01010101", b"76"),
    "base64": (b"GxsbGwEBAQ", b"FzU4"),
    "JSON": (b'{"values": [', b'{"a": "b"}, '),
    "brackets": (b"", b"["),
    "PCDF": (b"128.8.0", b"(ST:260115100000)"),
    "Alfen": (b"AP;0;3;", b"A" * 1000),
    "blanks": (b"", b" \n"),
    "EDIFACT of one message": (EDIFACT, b"QTY+220:1.000:KWH'DTM+9:202601150900?+00:303'"),
    "EDIFACT of messages": (EDIFACT[:-28], b"UNH+1+MSCONS:D:04B:UN:2.4c'UNT+2+1'"),
    "EDIFACT without an end": (EDIFACT, b"A" * 1000),
    "CMS": (CMS, b"\x04\x03UNA"),
    "PEM of CMS": (b"-----BEGIN CMS-----\n", b"MIIB" * 16 + b"\n"),
    "S/MIME": (MAIL, b"VU5B" * 18 + b"\r\n"),
}

pytestmark = needs_peak_of_memory


@pytest.fixture(scope="module", params=list(LOOKS))
def huge(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file of 100 MB that looks like something."""
    begin, repeated = LOOKS[request.param]
    path = tmp_path_factory.mktemp("huge") / "huge"
    with path.open("wb") as file:
        file.write(begin)
        if repeated is not None:
            piece = repeated * (1_000_000 // len(repeated) + 1)
            for _ in range(HUNDRED_MB // len(piece)):
                file.write(piece)
        file.truncate(HUNDRED_MB)
    yield path
    path.unlink()


def check(refusal: Run) -> None:
    """Refused as unreadable, in little time and memory."""
    assert ("unreadable", 3) == (refusal.report["verdict"], refusal.status)
    assert refusal.seconds < SECONDS
    assert refusal.megabytes < MEGABYTES


def test_huge_file_is_refused_at_once(huge: Path) -> None:
    """100 MB in a file, whatever it looks like."""
    check(verify(str(huge)))


def test_huge_standard_input_is_refused_at_once(huge: Path) -> None:
    """100 MB on standard input, given as a file."""
    with huge.open("rb") as file:
        check(verify("-", stdin=file))


def test_huge_pipe_is_refused_at_once(huge: Path) -> None:
    """100 MB through a pipe, of which nobody knows the length before."""
    with subprocess.Popen(["cat", str(huge)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as source:
        assert source.stdout is not None
        refusal = verify("-", stdin=source.stdout)
        source.stdout.close()
    # The time of `cat` is counted when it has been waited for, which is later.
    check(refusal)
