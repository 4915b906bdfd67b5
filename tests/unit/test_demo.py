"""The demo's directory: it takes away only what a demo made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.demo import make_room
from tools.demo_processes import DemoError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_directory_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    """Somebody's own directory is refused, and nothing in it is touched."""
    mine = tmp_path / "received.jsonl"
    mine.write_text("mine")
    with pytest.raises(DemoError):
        make_room(tmp_path)
    assert "mine" == mine.read_text()


def test_what_an_earlier_demo_left_goes_and_the_rest_stays(tmp_path: Path) -> None:
    """In a demo's directory only the demo's own files are removed."""
    (tmp_path / "gateway-data").mkdir()
    for name in ("emsp.log", "gateway.log", "received.jsonl", "verdicts.json", "gateway-data/x", "notes.txt"):
        (tmp_path / name).write_text("")
    make_room(tmp_path)
    assert ["notes.txt"] == [entry.name for entry in tmp_path.iterdir()]
