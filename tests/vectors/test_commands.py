"""Every fixture and every file of the shared corpus through `explain` and `periods`."""

from __future__ import annotations

import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from meter_sign.cli import main
from tests.support.ocmf import VECTORS, needs_shared

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
MANIFEST = tomllib.loads(FIXTURES.joinpath("MANIFEST.toml").read_text(encoding="utf-8"))
JUDGED = [entry for entry in MANIFEST["file"] if "verdict" in entry]
FILES = sorted(path for path in VECTORS.joinpath("meter").rglob("*") if path.is_file() and path.suffix != ".json")
EXIT_STATUS = {"valid": 0, "invalid": 2, "unreadable": 3, "unverified": 4}


def options(entry: dict[str, Any]) -> list[str]:
    """The options with which the manifest judges a fixture."""
    words = ["--at", MANIFEST["at"]]
    words += [] if not entry["keys"] else ["--key", str(FIXTURES / entry["keys"][0])]
    words += ["--keys", str(FIXTURES / entry["registry"])] if "registry" in entry else []
    return [*words, *(["--require-key-source", "registry"] if entry.get("require_registry") else [])]


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    """One line of JSON, numbers exact, and the exit status."""
    status = main(list(words))
    (line,) = capsys.readouterr().out.splitlines()
    return status, json.loads(line, parse_float=Decimal)


def check_explanation(capsys: pytest.CaptureFixture[str], *words: str) -> None:
    """A file is explained with the verdict of verify; readings of a value that is not verified are marked as such."""
    verified, judged = shown(capsys, "verify", "--json", *words)
    explained, told = shown(capsys, "explain", "--json", *words)
    assert (verified, judged["verdict"]) == (explained, told["verdict"])
    assert [one["status"] for one in judged["values"]] == [one["status"] for one in told["values"]]
    for value in told["values"]:
        proven = {fact["proven"] for fact in value["facts"] if fact["reading"] is not None}
        assert proven <= {value["status"] == "verified"}
    for language in ("en", "de"):
        assert verified == main(["explain", "--language", language, *words])
    assert capsys.readouterr().out


def check_periods(capsys: pytest.CaptureFixture[str], *words: str) -> None:
    """The periods of a billable transaction add up to its energy; nothing else has any."""
    _, judged = shown(capsys, "verify", "--json", *words)
    _, told = shown(capsys, "periods", "--json", *words)
    assert len(judged["transactions"]) == len(told["transactions"])
    for known, laid_out in zip(judged["transactions"], told["transactions"], strict=True):
        assert known["billable"] == laid_out["billable"]
        periods = laid_out["periods"]
        assert known["billable"] or not periods
        if periods:
            assert Decimal(known["energy_kwh"]) == sum(Decimal(one["energy_kwh"]) for one in periods)
            assert (known["begin"], known["end"]) == (periods[0]["start"], periods[-1]["end"])


@pytest.mark.parametrize("entry", JUDGED, ids=lambda entry: entry["path"])
def test_a_fixture_is_explained(entry: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Each fixture has an explanation that says what verify says."""
    check_explanation(capsys, *options(entry), str(FIXTURES / entry["path"]))


@pytest.mark.parametrize("entry", JUDGED, ids=lambda entry: entry["path"])
def test_a_fixture_is_laid_out(entry: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Each fixture's billable sessions have periods that hold all of their energy."""
    check_periods(capsys, *options(entry), str(FIXTURES / entry["path"]))


@needs_shared
@pytest.mark.shared
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_of_the_corpus_is_explained_and_laid_out(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Real files of every format are explained and laid out."""
    check_explanation(capsys, str(path))
    check_periods(capsys, str(path))
