"""A file of 100 MB is refused at once and never read whole, whatever it looks like and however it comes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

HUNDRED_MB = 100_000_000
#: Processor seconds and megabytes that a refusal may take, the start of Python included.
SECONDS = 1.0
MEGABYTES = 100
STATUS = Path("/proc/self/status")
#: Tells the peak of its own memory: that of `wait4` would count what was copied from the parent as well.
COMMAND = f"""
import sys
from pathlib import Path
from meter_sign.cli import main
status = main(sys.argv[1:])
(peak,) = [line.split()[1] for line in Path({str(STATUS)!r}).read_text().splitlines() if line.startswith("VmHWM")]
print(peak, file=sys.stderr)
sys.exit(status)
"""
RECORD = b'OCMF|{"FV":"1.0"}|{"SD":"00"}\n'
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
}

pytestmark = pytest.mark.skipif(not STATUS.exists(), reason="the system does not tell a process's peak of memory")


class Refusal(NamedTuple):
    """What a run of the command cost and said."""

    status: int
    report: dict[str, object]
    seconds: float
    megabytes: int


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


def verify(argument: str, stdin: IO[bytes] | None = None) -> Refusal:
    """Run `meter-sign verify --json` in a process of its own."""
    words = [sys.executable, "-c", COMMAND, "verify", "--json", "--at", "2026-02-01T00:00:00Z", argument]
    before = os.times()
    done = subprocess.run(
        words, stdin=stdin or subprocess.DEVNULL, capture_output=True, check=False, text=True, timeout=60
    )
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    return Refusal(done.returncode, json.loads(done.stdout), seconds, int(done.stderr.split()[-1]) // 1000)


def check(refusal: Refusal) -> None:
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
        check(verify("-", file))


def test_huge_pipe_is_refused_at_once(huge: Path) -> None:
    """100 MB through a pipe, of which nobody knows the length before."""
    with subprocess.Popen(["cat", str(huge)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as source:
        assert source.stdout is not None
        refusal = verify("-", source.stdout)
        source.stdout.close()
    # The time of `cat` is counted when it has been waited for, which is later.
    check(refusal)
