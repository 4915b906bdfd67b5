"""`cdr-service` as an operator meets it: exit statuses, messages, and what is printed once.

Commands run in this process where nothing is served, and as a real process where the entry point is the point.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from socket import create_server
from typing import TYPE_CHECKING

import pytest

from cdr_service.cli import COMMANDS, main
from cdr_service.cli.embedded import settings_for
from cdr_service.persistence.engine import open_engine
from cdr_service.persistence.unit_of_work import transaction
from cdr_service.services.ports import tariff_from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[3]
INVITATION = """
name = "example-emsp"
versions_url = "https://emsp.example/ocpi/versions"
role = "EMSP"
country_code = "DE"
party_id = "EMP"
profile = "default"
"""


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine that runs the tests sets anything."""
    for name in ("DATABASE_URL", "SECRET_KEY", "PARTY", "BUSINESS_NAME", "PUBLIC_URL", "WORKER_INTERVAL_SECONDS"):
        monkeypatch.delenv(f"CDR_{name}", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data directory that does not exist yet."""
    return tmp_path / "made" / "on" / "demand"


@pytest.fixture
def invitation(tmp_path: Path) -> Callable[[str], Path]:
    """Writes an invitation file."""

    def write(text: str) -> Path:
        file = tmp_path / "invitation.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_lists_every_command(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Help is asked for, so it goes to standard output and the status is 0."""
    assert main([word]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    for command, (_, about) in COMMANDS.items():
        assert f"  {command:<10} {about}" in shown.out.splitlines()


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command tells its arguments."""
    assert main([command, "--help"]) == 0
    assert f"usage: cdr-service {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["frobnicate"],
        ["RUN"],
        ["--data", "x"],
        ["migrate"],
        ["migrate", "--data"],
        ["migrate", "--data", "x", "y"],
        ["api-key", "remove", "operator", "--data", "x"],
        ["api-key", "add", "admin", "--data", "x"],
        ["invite", "--data", "x"],
        ["run", "--data", "x", "--port", "many"],
        ["run", "--data", "x", "--port", "65536"],
        ["run", "--data", "x", "--port=-1"],
    ],
)
def test_what_cannot_be_understood_is_status_1(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong command line ends with status 1, one message on standard error, and nothing done."""
    assert main(words) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "cdr-service" in shown.err
    assert not Path("x").exists()


def test_migrating_twice_is_harmless(folder: Path) -> None:
    """A second migration leaves every byte of the first one's tables."""
    assert main(["migrate", "--data", str(folder)]) == 0
    key = (folder / "secret.key").read_bytes()
    assert main(["api-key", "add", "operator", "--data", str(folder)]) == 0
    assert main(["migrate", "--data", str(folder)]) == 0
    assert key == (folder / "secret.key").read_bytes()
    engine = open_engine(settings_for(folder).database_url)
    with transaction(engine, tariff_from_json) as store:
        assert len(store.list_api_keys()) == 1
    engine.dispose()


def test_the_secret_key_is_its_owners(folder: Path) -> None:
    """The key file is made with 32 bytes, readable and writable by its owner only."""
    assert main(["migrate", "--data", str(folder)]) == 0
    file = folder / "secret.key"
    assert len(file.read_bytes()) == 32
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_truncated_key_file_stops_the_start(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No token is sealed with half a key."""
    folder.mkdir(parents=True)
    (folder / "secret.key").write_bytes(b"half")
    assert main(["migrate", "--data", str(folder)]) == 1
    assert "key file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variable", "value", "status"),
    [
        ("CDR_DATABASE_URL", "garbage", 1),
        ("CDR_PARTY", "nobody", 1),
        ("CDR_WORKER_INTERVAL_SECONDS", "0", 1),
        ("CDR_DATABASE_URL", "sqlite:///no/such/folder/x.sqlite", 2),
    ],
)
def test_a_bad_setting_is_a_sentence(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    status: int,
) -> None:
    """What cannot be used ends with a status and one line, not with a traceback."""
    monkeypatch.setenv(variable, value)
    assert main(["migrate", "--data", str(folder)]) == status
    shown = capsys.readouterr().err
    assert shown.startswith("cdr-service: ")
    assert "Traceback" not in shown


def test_a_file_is_no_data_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A data directory that cannot be made is told, with status 1."""
    (tmp_path / "file").write_text("x")
    assert main(["migrate", "--data", str(tmp_path / "file")]) == 1
    assert str(tmp_path / "file") in capsys.readouterr().err


def test_an_api_key_is_printed_once_and_nothing_else(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The key's 64 characters are all of the output, and no second command prints them again."""
    assert main(["api-key", "add", "operator", "--data", str(folder)]) == 0
    first = capsys.readouterr().out.strip()
    assert main(["api-key", "add", "operator", "--data", str(folder), "--json"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert len(first) == 64
    assert {"role", "api_key"} == set(second)
    assert first != second["api_key"]


@pytest.mark.parametrize(
    "text",
    [
        "this is no TOML",
        "",
        INVITATION.replace('name = "example-emsp"', ""),
        INVITATION + 'frobnicate = "x"',
        INVITATION.replace("https://emsp.example", "ftp://emsp.example"),
        INVITATION.replace('"DE"', '"XX"'),
        INVITATION.replace('"EMP"', '"EMPX"'),
        INVITATION.replace('"EMSP"', '"DRIVER"'),
        INVITATION.replace('"example-emsp"', "7"),
    ],
    ids=["no TOML", "empty", "no name", "unknown field", "ftp", "no country", "no party", "no role", "no text"],
)
def test_a_bad_invitation_is_status_1(
    text: str, folder: Path, invitation: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """An invitation that cannot be read names its file and creates nothing."""
    file = invitation(text)
    assert main(["invite", str(file), "--data", str(folder)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert str(file) in shown.err
    assert not folder.exists()


@pytest.mark.parametrize("content", [b"\xff\xfe", None], ids=["no UTF-8", "no file"])
def test_an_invitation_that_is_no_text_is_status_1(content: bytes | None, folder: Path, tmp_path: Path) -> None:
    """Bytes that are no text, or no file at all, are told like bad TOML."""
    file = tmp_path / "invitation.toml"
    if content is not None:
        file.write_bytes(content)
    assert main(["invite", str(file), "--data", str(folder)]) == 1


def test_an_invitation_without_token_makes_one(
    folder: Path, invitation: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """The token for the partner is printed once; a second invitation of the same party is refused with status 2."""
    words = ["invite", str(invitation(INVITATION)), "--data", str(folder), "--json"]
    assert main(words) == 0
    made = json.loads(capsys.readouterr().out)
    assert ("example-emsp", "invited", 64) == (made["name"], made["state"], len(made["token"]))
    assert main(words) == 2
    assert "COUNTERPARTY_EXISTS" in capsys.readouterr().err


def test_a_token_of_the_partner_is_not_printed(
    folder: Path, invitation: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Of an invitation with their token nothing secret shows."""
    words = ["invite", str(invitation(INVITATION + 'token = "their-token-a"')), "--data", str(folder)]
    assert main(words) == 0
    shown = capsys.readouterr()
    assert shown.out == "name=example-emsp state=invited\n"
    assert "their-token-a" not in shown.err


def test_a_handshake_with_nobody_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without an invitation there is nobody to register at: status 2."""
    assert main(["handshake", "nobody", "--data", str(folder)]) == 2
    assert "COUNTERPARTY_UNKNOWN" in capsys.readouterr().err


def test_a_handshake_with_an_unreachable_partner_is_status_3(
    folder: Path,
    invitation: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A partner that does not listen is unreachable, which is another status than refused."""
    monkeypatch.setenv("CDR_ALLOW_PRIVATE_PARTNERS", "1")
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    text = INVITATION.replace("https://emsp.example", f"http://127.0.0.1:{port}") + 'token = "their-token-a"'
    assert main(["invite", str(invitation(text)), "--data", str(folder)]) == 0
    assert main(["handshake", "example-emsp", "--data", str(folder)]) == 3
    assert "CONNECTION_FAILED" in capsys.readouterr().err


def test_a_port_in_use_is_status_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The gateway does not start beside another server, says so, and touches no data."""
    with create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["run", "--data", str(folder), "--port", str(port)]) == 1
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err
    assert not folder.exists()


def test_the_process_serves_prints_its_key_once_and_ends(folder: Path) -> None:
    """`cdr-service run` prints a key at its first start only, a key made beside it works, and SIGTERM is status 0."""
    with _running(folder) as process:
        key = _line(process).removeprefix("api-key ")
        port = _port(_line(process))
        assert _status(port, key) == 404
        assert _status(port, key[:-1] + "x") == 401
    assert process.returncode == 0
    other = subprocess.run(
        [sys.executable, "-m", "cdr_service", "api-key", "add", "operator", "--data", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    with _running(folder) as process:
        port = _port(_line(process))
        assert [404, 404] == [_status(port, one) for one in (key, other)]


@contextmanager
def _running(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The gateway as a process of its own, ended by SIGTERM."""
    command = [sys.executable, "-m", "cdr_service", "run", "--data", str(folder), "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=30)
        finally:
            process.kill()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _port(line: str) -> int:
    assert line.startswith("listening http://127.0.0.1:")
    return int(line.rpartition(":")[2])


def _status(port: int, key: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/api/v1/sessions/nobody", headers={"Authorization": f"Bearer {key}"})
        return connection.getresponse().status
    finally:
        connection.close()
