"""What goes into OCPI is a whole file: only of one session, and only with what signs it inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from meter_sign.cli import main
from tests.support.fixture_files import FIXTURES
from tests.support.mscons_records import KEY_NAME, METER, file_of, message, points
from tests.support.ocmf import spki_hex
from tests.support.records import KEY

if TYPE_CHECKING:
    from pathlib import Path

REGISTER = "1-0:1.8.0"
FIRST = points(REGISTER, ("09:00", "1000.500"), ("09:30", "1003.000"))
SECOND = points(REGISTER, ("10:00", "1003.000"), ("11:30", "1023.750"))
OTHER_PLACE = f"NAD+DP'LOC+172+DE0002'RFF+MG:M2'LIN+1'{FIRST}"
FILES = {
    "sessions.edi": file_of(message(FIRST), message(SECOND, session="S2", number=2)),
    "meters.edi": file_of(message(FIRST, more=OTHER_PLACE)),
    "one.edi": file_of(message(FIRST)),
}
REGISTRY = "".join(
    f'[[key]]\nserial = "{meter}"\nname = "{KEY_NAME}"\npublic_key = "{spki_hex(KEY)}"\nsource = "other"\n'
    for meter in (METER, "M2")
)
VALID = FIXTURES / "edifact" / "valid"
CERTIFICATES = FIXTURES / "edifact" / "keys"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files, and a registry that knows their meters."""
    for name, raw in FILES.items():
        (tmp_path / name).write_bytes(raw)
    (tmp_path / "keys.toml").write_text(REGISTRY, encoding="ascii")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def converted(words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Exit status, output and remarks of a conversion."""
    status = main(["convert", "--to", "ocpi", "--keys", "keys.toml", "--at", "2026-02-01T00:00:00Z", *words.split()])
    told = capsys.readouterr()
    return status, told.out, told.err


@pytest.mark.parametrize("name", ["sessions.edi", "meters.edi"])
def test_file_with_other_readings_stays_here(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A partner must not get another customer's readings."""
    status, out, err = converted(name, capsys)
    assert (2, "") == (status, out)
    assert "OTHER_SESSIONS_IN_FILE: " in err


def test_file_with_two_sessions_is_billable_all_the_same() -> None:
    """Each of them for itself: only the way to a partner is closed."""
    assert 0 == main(["verify", "--require-billable", "--keys", "keys.toml", "sessions.edi"])


def signed_beside(kind: str) -> str:
    """A file that another one signs, with the certificates of both."""
    keys = " ".join(f"--certificate {CERTIFICATES / name}.crt.pem" for name in ("meter", "party", "ec_party"))
    return f"{keys} --trust-anchor {CERTIFICATES / 'root.crt.pem'} {kind}"


@pytest.mark.parametrize(
    "words",
    [
        f"--autack {VALID / 'autack_direct.autack.edi'} {VALID / 'autack_direct.edi'}",
        f"--detached-signature {VALID / 'detached.p7s'} {VALID / 'detached.edi'}",
        f"--autack {VALID / 'autack_of_signed.autack.edi'} {VALID / 'autack_of_signed.edi'}",
    ],
)
def test_signature_beside_cannot_go_out(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The object would be of a message that nothing signs, or not as it was verified here."""
    status, out, err = converted(signed_beside(words), capsys)
    assert (2, "") == (status, out)
    assert "SIGNATURE_IN_OTHER_FILE: " in err
    assert "Put both interchanges into one file" in err


def test_file_beside_that_signs_something_else_is_no_obstacle(capsys: pytest.CaptureFixture[str]) -> None:
    """What is in the file verifies without it."""
    status, out, _ = converted(f"--autack {VALID / 'autack_direct.autack.edi'} one.edi", capsys)
    assert (0, 1) == (status, len(out.splitlines()))


def test_both_interchanges_in_one_file_go_out(capsys: pytest.CaptureFixture[str]) -> None:
    """As the advice says."""
    status, out, _ = converted(signed_beside(str(VALID / "autack_same_file.edi")), capsys)
    assert (0, 1) == (status, len(out.splitlines()))
