"""Any bytes through `explain`, `periods` and `convert`: an exit status of the contract, and never a traceback."""

from __future__ import annotations

import contextlib
import io
import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meter_sign.cli import main
from tests.property.test_any_bytes import mutated, payloads, readings
from tests.support.ocmf import sign_text, spki_hex
from tests.support.records import KEY

ANY = st.one_of(st.binary(max_size=200), mutated())
COMMANDS = (
    ("explain", "--json"),
    ("explain", "--language", "de"),
    ("periods", "--json"),
    ("periods",),
    ("convert", "--to", "transparency-xml"),
    ("convert", "--to", "ocpi"),
)


def run(raw: bytes, *words: str) -> tuple[int, bytes]:
    """One command on standard input, and what it printed."""
    out, usual = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True), sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(raw))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            status = main([*words, "-"])
        buffer = out.buffer
        assert isinstance(buffer, io.BytesIO)
        return status, buffer.getvalue()
    finally:
        sys.stdin = usual


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@settings(max_examples=60, deadline=None)
@given(raw=ANY)
def test_a_command_never_breaks(words: tuple[str, ...], raw: bytes) -> None:
    """Whatever comes in, the command ends as the contract says."""
    status, shown = run(raw, *words)
    assert status in {0, 2, 3, 4}
    if "--json" in words:
        assert "verdict" in json.loads(shown)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@settings(max_examples=60, deadline=None)
@given(payload=payloads, rows=readings)
def test_whatever_a_meter_signs_is_shown(
    words: tuple[str, ...], payload: dict[str, object], rows: list[object]
) -> None:
    """Any signed content can be explained, laid out and converted, or is refused."""
    usual = {"FV": "1.0", "PG": "T1", "MS": "M1", "IS": True, "IT": "NONE"}
    text = sign_text(json.dumps({**usual, **payload, "RD": rows}))
    status, _ = run(text.encode(), *words, "--key", spki_hex(KEY))
    assert status in {0, 2, 3, 4}


@settings(max_examples=60, deadline=None)
@given(raw=mutated())
def test_what_is_converted_is_judged_alike(raw: bytes) -> None:
    """A converted file is never better than the one it was made of."""
    status, document = run(raw, "convert", "--to", "transparency-xml", "--key", spki_hex(KEY))
    if document:
        again, _ = run(document, "verify")
        assert again != 0 or status in {0, 2}
        assert status != 0 or again == 0
