"""Reading files: no further than the cap, with words for what cannot be read, and a bar only where one is watched."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from meter_sign.cli import main, progress
from meter_sign.cli.reading import UnreadableFileError, read_input
from meter_sign.errors import LimitExceededError
from meter_sign.limits import DEFAULT_LIMITS
from tests.support.ocmf import SESSION, spki_hex, value, xml
from tests.support.records import KEY

if TYPE_CHECKING:
    from pathlib import Path

CAP = 1_000


@pytest.mark.parametrize("size", [0, 1, CAP])
def test_a_file_up_to_the_cap_is_read_whole(size: int, tmp_path: Path) -> None:
    """Every byte up to and with the last allowed one is there."""
    (tmp_path / "a").write_bytes(b"x" * size)
    assert b"x" * size == read_input(str(tmp_path / "a"), CAP)


def test_a_file_above_the_cap_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size alone refuses it."""
    (tmp_path / "a").write_bytes(b"x" * (CAP + 1))
    monkeypatch.setattr("meter_sign.cli.reading._read", lambda *_: pytest.fail("it was read"))
    with pytest.raises(LimitExceededError, match="1001 bytes"):
        read_input(str(tmp_path / "a"), CAP)


@pytest.mark.parametrize("size", [0, CAP])
def test_standard_input_up_to_the_cap_is_read_whole(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input has no size to ask for and is read all the same."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x" * size)))
    assert b"x" * size == read_input("-", CAP)


def test_endless_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading stops behind the cap, however much there is."""

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            return len(buffer)

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Endless())))
    with pytest.raises(LimitExceededError, match="the cap is 1000"):
        read_input("-", CAP)


def test_a_pipe_has_no_size_to_believe(tmp_path: Path) -> None:
    """What is no regular file says nothing of its size and is read up to the cap."""
    reading, writing = os.pipe()
    os.write(writing, b"x" * (CAP + 1))
    os.close(writing)
    with pytest.raises(LimitExceededError):
        read_input(f"/dev/fd/{reading}", CAP)
    os.close(reading)
    assert tmp_path.is_dir()


def test_too_large_is_unreadable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file above the cap has the verdict unreadable, LIMIT_EXCEEDED, exit status 3."""
    with (tmp_path / "a").open("wb") as file:
        file.truncate(DEFAULT_LIMITS.container_bytes + 1)
    assert 3 == main(["verify", "--json", str(tmp_path / "a")])
    shown = json.loads(capsys.readouterr().out)
    assert ("unreadable", "LIMIT_EXCEEDED") == (shown["verdict"], shown["error"]["code"])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.xml", "missing.xml: there is no such file"),
        (".", ".: this is a directory, not a file"),
        ("file/x", "file/x: this is a file, not a directory"),
        ("a\0b", "this is no name of a file"),
        ("x" * 300, "File name too long"),
    ],
)
def test_what_cannot_be_read_is_told_in_words(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The person who named the file learns what is wrong with the name, without a number of the system."""
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    assert 1 == main(["verify", name])
    shown = capsys.readouterr()
    assert words in shown.err
    assert "Errno" not in shown.err
    assert "" == shown.out


def denied(*_: object) -> None:
    """Open nothing."""
    raise PermissionError(13, "Permission denied")


def test_a_file_without_permission_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system denies access, it is said so."""
    monkeypatch.setattr("pathlib.Path.open", denied)
    with pytest.raises(UnreadableFileError, match="a: access is denied"):
        read_input("a", CAP)


def test_a_missing_key_registry_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same for the other files of a command line."""
    assert 1 == main(["verify", "--keys", str(tmp_path / "none.toml"), str(tmp_path / "a")])
    shown = capsys.readouterr().err
    assert "none.toml: there is no such file" in shown
    assert "Errno" not in shown


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` names the program and its version."""
    assert 0 == main(["--version"])
    name, version = capsys.readouterr().out.split()
    assert "meter-sign" == name
    assert version[:1].isdigit()


# The bar -------------------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    """A standard error that says that somebody watches it."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def judge_many(files: int, folder: Path, monkeypatch: pytest.MonkeyPatch, *, watched: bool) -> str:
    """What standard error got while this number of files was judged."""
    (folder / "a").write_bytes(xml(value(SESSION, key=spki_hex(KEY))))
    watcher = Terminal() if watched else io.StringIO()
    monkeypatch.setattr(sys, "stderr", watcher)
    assert 0 == main(["verify", "--json", *[str(folder / "a")] * files])
    return watcher.getvalue()


def test_many_files_on_a_terminal_have_a_bar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who watches many files being judged sees how far it is, and gets every answer."""
    shown = judge_many(progress.MANY, tmp_path, monkeypatch, watched=True)
    assert f"/{progress.MANY}" in shown
    assert progress.MANY == len([json.loads(line) for line in capsys.readouterr().out.splitlines()])


def test_few_files_have_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done at once needs no bar."""
    assert "" == judge_many(progress.MANY - 1, tmp_path, monkeypatch, watched=True)


def test_a_log_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where standard error is no terminal nothing is written to it."""
    assert "" == judge_many(progress.MANY, tmp_path, monkeypatch, watched=False)
