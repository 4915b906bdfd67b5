"""`meter-sign simulate`: what it announces is what `meter-sign verify` says, and the same seed makes the same bytes."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from pyocmf import OCMF

from meter_sign.cli import main
from meter_sign.cli.simulate_cases import KINDS
from meter_sign.cli.simulate_formats import FORMATS
from tests.support.transparency import read_by_the_schema

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = (1, 2, 4711)
IN_XML = [name for name, one in FORMATS.items() if one.in_xml]
MADE = [(name, seed) for name in FORMATS for seed in SEEDS]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(folder: Path, *words: str) -> dict[str, bytes]:
    """Simulate into a folder; its files by name."""
    assert 0 == main(["simulate", "--out", str(folder), *words])
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def expected(files: dict[str, bytes]) -> dict[str, Any]:
    """What was announced."""
    document: dict[str, Any] = json.loads(files["expected.json"])
    return document


def told(capsys: pytest.CaptureFixture[str], words: list[str]) -> dict[str, Any]:
    """What verify says, reduced to what is announced."""
    command, *rest = words
    status = main([command, "--json", *rest])
    found = json.loads(capsys.readouterr().out)
    return {
        "exit_status": status,
        "verdict": found["verdict"],
        "values": [{"status": one["status"], "problems": one["problems"]} for one in found["values"]],
        "transactions": [
            {name: one[name] for name in ("billable", "energy_kwh", "begin", "end", "billable_time")}
            for one in found["transactions"]
            if found["verdict"] == "valid"
        ],
    }


@pytest.mark.parametrize(("name", "seed"), MADE)
def test_verify_says_what_was_announced(
    name: str, seed: int, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every file has the verdict, the statuses, the energy and the times that stand in expected.json."""
    announced = expected(made(here / "sim", "--format", name, "--seed", str(seed)))
    capsys.readouterr()
    monkeypatch.chdir(here / "sim")
    for run in announced["runs"]:
        wanted = {part: run[part] for part in ("exit_status", "verdict", "values", "transactions")}
        assert wanted == told(capsys, run["words"]), run["words"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_kind_of_the_contract_is_made(name: str, here: Path) -> None:
    """Valid, tampered, wrong key, late and both changes of daylight saving, each in its usual file and announced."""
    files = made(here / "sim", "--format", name)
    kinds = {"valid", "tampered", "wrong_key", "late", "dst_autumn", "dst_spring"}
    assert {f"{kind}.{'xml' if name in IN_XML else 'edi'}" for kind in kinds} <= files.keys()
    assert kinds == {run["kind"] for run in expected(files)["runs"]} == {kind.name for kind in KINDS}


def test_edifact_never_counts_by_itself(here: Path) -> None:
    """Its key is only named, so that the registry decides; what another key signed under that name does not hold."""
    runs = expected(made(here / "sim", "--format", "EDIFACT"))["runs"]
    assert {("verify", "--keys", "keys.toml")} == {tuple(run["words"][:-1]) for run in runs}
    verdicts = {run["kind"]: run["verdict"] for run in runs}
    assert ("valid", "invalid", "invalid") == tuple(verdicts[kind] for kind in ("valid", "tampered", "wrong_key"))


@pytest.mark.parametrize("name", IN_XML)
def test_good_and_bad_are_told_apart(name: str, here: Path) -> None:
    """Announced are valid, invalid and unverified files; no tampered file is ever announced good."""
    runs = expected(made(here / "sim", "--format", name))["runs"]
    verdicts = {
        (run["kind"], "--keys" in run["words"]): run["verdict"] for run in runs if run["words"][-1].endswith("xml")
    }
    assert "valid" == verdicts["valid", True]
    assert "invalid" == verdicts["tampered", True] == verdicts["tampered", False]
    assert "unverified" == verdicts["wrong_key", True]
    # This is why a registry is needed: a file that brings its own key only agrees with itself.
    assert "valid" == verdicts["wrong_key", False]


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_seed_makes_the_same_bytes(name: str, here: Path) -> None:
    """Two runs with one seed are alike byte for byte; another seed is another meter."""
    first, second, other = (
        made(here / folder, "--format", name, "--seed", seed) for folder, seed in (("a", "7"), ("b", "7"), ("c", "8"))
    )
    assert first == second
    assert first["keys.toml"] != other["keys.toml"]
    valid = "valid.xml" if name in IN_XML else "valid.edi"
    assert first[valid] != other[valid]


def test_without_options_there_is_ocmf_in_a_folder_of_its_own(here: Path) -> None:
    """The defaults are OCMF, seed 1, ./simulated."""
    assert 0 == main(["simulate"])
    document = json.loads((here / "simulated" / "expected.json").read_text(encoding="utf-8"))
    assert ("OCMF", 1) == (document["format"], document["seed"])


@pytest.mark.parametrize("name", FORMATS)
def test_keys_are_plainly_test_keys(name: str, here: Path) -> None:
    """Whoever meets a key, a registry or the folder is told not to use it; no private key is among the files."""
    files = made(here / "sim", "--format", name)
    for file in ("keys.toml", "README.txt", "expected.json"):
        assert b"never use it for anything real" in files[file]
    assert {"keys/meter.test-key.pem", "keys/other.test-key.pem"} <= files.keys()
    assert [] == [file for file, content in files.items() if b"PRIVATE" in content]


@pytest.mark.parametrize("name", IN_XML)
def test_the_containers_are_as_the_official_schema_wants_them(name: str, here: Path) -> None:
    """One transaction id, one begin first, one end last."""
    for file, content in made(here / "sim", "--format", name).items():
        if file.endswith(".xml"):
            values = read_by_the_schema(content)
            contexts = ["Transaction.Begin", "Transaction.End"] if len(values) > 1 else ["Transaction.End"]
            assert contexts == [one.context for one in values if one.context]
            assert (1, {name}) == (len({one.transaction_id for one in values}), {one.format for one in values})


@pytest.mark.parametrize("name", ["valid", "late", "dst_autumn", "dst_spring"])
def test_another_reader_of_ocmf_agrees(name: str, here: Path) -> None:
    """pyocmf, which shares nothing with us, verifies the same records with the same key."""
    files = made(here / "sim")
    key = read_by_the_schema(files[f"{name}.xml"])[0].key
    assert key is not None
    for line in files[f"{name}.ocmf"].decode().splitlines():
        assert OCMF.from_string(line).verify_signature(key.hex()) is True


@pytest.mark.parametrize(
    ("kind", "local_hours", "hours"), [("dst_autumn", 2, 3), ("dst_spring", 2.5, 1.5), ("valid", 2.5, 2.5)]
)
def test_the_clock_really_changes(kind: str, local_hours: float, hours: float, here: Path) -> None:
    """The session lasts another time than its local times seem to say, where the clock was put back or forward."""
    files = made(here / "sim")
    stamps = [part.split(",")[0] for part in files[f"{kind}.ocmf"].decode().split('"TM":"')[1:]]
    first, last = datetime.fromisoformat(stamps[0]), datetime.fromisoformat(stamps[-1])
    assert local_hours == (last - first).total_seconds() / 3600
    (transaction,) = expected(files)["runs"][[run["kind"] for run in expected(files)["runs"]].index(kind)][
        "transactions"
    ]
    lasted = datetime.fromisoformat(transaction["end"]) - datetime.fromisoformat(transaction["begin"])
    assert hours == lasted.total_seconds() / 3600


@pytest.mark.parametrize(
    "words",
    ["--out full", "--out file", "--format PDF", "--seed -1", "--seed x", "--seed 1234567890123456789", "--out file/x"],
)
def test_wrong_usage_is_1(words: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written over what is there, and nothing is guessed."""
    (here / "full").mkdir()
    (here / "full" / "mine").write_bytes(b"mine")
    (here / "file").write_bytes(b"mine")
    assert 1 == main(["simulate", *words.split()])
    shown = capsys.readouterr()
    assert ("", True) == (shown.out, shown.err != "")
    assert {"full", "full/mine", "file"} == {path.relative_to(here).as_posix() for path in here.rglob("*")}
    assert b"mine" == (here / "full" / "mine").read_bytes()


def test_an_empty_folder_is_used(here: Path) -> None:
    """A folder that holds nothing may be there already."""
    (here / "sim").mkdir()
    assert "valid.xml" in made(here / "sim")
