"""Every judged file of fixtures/, through the front: `meter-sign verify --json` against MANIFEST.toml.

The manifest's expectations are written by hand from contracts.md, formats.md and OCMF 1.4.1, never by the product.
"""

from __future__ import annotations

import ast
import json
import tomllib
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import ecdsa
import pytest

from meter_sign import cli
from tools import make_fixtures
from tools.fixtures.meter_keys import CURVES, METER_BY_CURVE

FIXTURES = make_fixtures.FIXTURES
MANIFEST = tomllib.loads(FIXTURES.joinpath("MANIFEST.toml").read_text(encoding="utf-8"))
JUDGED = [entry for entry in MANIFEST["file"] if "verdict" in entry]
#: One run a key file; no key file means that the container's key counts, or that there is none.
RUNS = [(entry, key) for entry in JUDGED for key in entry["keys"] or [None]]
#: Options that take files, with the field of the manifest that lists them.
_OPTIONS = {
    "--certificate": "certificates",
    "--trust-anchor": "trust_anchors",
    "--autack": "autacks",
    "--detached-signature": "detached_signatures",
}
EXIT_STATUS = {"valid": 0, "invalid": 2, "unreadable": 3, "unverified": 4}


def _name(run: tuple[dict[str, Any], str | None]) -> str:
    entry, key = run
    return str(entry["path"]) + ("" if key is None or len(entry["keys"]) == 1 else f" with {Path(key).name}")


def _one_of(observed: str, expected: str) -> str:
    """What is expected, where it leaves a choice that holds what was observed; else what was observed."""
    return expected if observed in expected.split(" | ") else observed


def _expected_value(value: dict[str, Any], of_file: str) -> dict[str, Any]:
    return {
        "format": value.get("format", of_file),
        "status": value["status"],
        "problems": value.get("problems", []),
        "deviations": sorted(value.get("deviations", [])),
        "warnings": sorted(value["warnings"]) if "warnings" in value else None,
        "measured": _expected_measurement(value) if value.get("measured") else None,
    }


def _expected_measurement(value: dict[str, Any]) -> dict[str, Any]:
    energy = value.get("energy_kwh")
    return {
        "energy_kwh": None if energy is None else Decimal(energy),
        "readings": value.get("readings"),
        "intervals": value.get("intervals"),
        "signer_kind": value.get("signer_kind"),
    }


def _observed_measurement(value: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Readings as the manifest writes them; the number of intervals."""
    energy, intervals = value["energy_kwh"], value["intervals"]
    readings = [f"{one['taken_at']} {one['value_kwh']} {one['qualifier']}" for one in value["readings"]]
    return {
        "energy_kwh": None if energy is None else Decimal(energy),
        "readings": readings if "readings" in expected else None,
        "intervals": None if intervals is None else len(intervals),
        "signer_kind": value["signer_kind"],
    }


def _observed_value(value: dict[str, Any], expected: dict[str, Any], of_file: str) -> dict[str, Any]:
    """Reduce what was said to what is held: all deviations of a verified value, elsewhere only the expected codes."""
    status = value["status"]
    said = sorted(value["deviations"])
    return {
        "format": _one_of(value["format"], expected.get("format", of_file)),
        "status": _one_of(status, expected["status"]),
        "problems": value["problems"]
        if expected.get("only")
        else [code for code in expected.get("problems", []) if code in value["problems"]],
        "deviations": said
        if status == "verified"
        else [one for one in sorted(expected.get("deviations", [])) if one in said],
        "warnings": sorted(value["warnings"]) if "warnings" in expected else None,
        "measured": _observed_measurement(value, expected) if expected.get("measured") else None,
    }


def _expected_transaction(transaction: dict[str, Any]) -> dict[str, Any]:
    energy = transaction.get("energy_kwh")
    return {
        "billable": transaction.get("billable"),
        "energy_kwh": None if energy is None else Decimal(energy),
        "billable_time": transaction.get("billable_time"),
        "findings": transaction.get("findings", []),
    }


def _observed_transaction(transaction: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    said = {finding["code"] for finding in transaction["findings"]}
    energy = transaction["energy_kwh"] if "energy_kwh" in expected else None
    return {
        "billable": transaction["billable"] if "billable" in expected else None,
        "energy_kwh": None if energy is None else Decimal(energy),
        "billable_time": _one_of(transaction["billable_time"], expected["billable_time"])
        if "billable_time" in expected
        else None,
        "findings": [code for code in expected.get("findings", []) if code in said],
    }


def _verify(entry: dict[str, Any], key: str | None, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    """Run the command line and parse the one line it prints, numbers exact."""
    arguments = ["verify", "--json", "--at", MANIFEST["at"]]
    named = f"{entry['key_name']}=" if "key_name" in entry else ""
    arguments += [] if key is None else ["--key", named + str(FIXTURES.joinpath(key))]
    for option, paths in _OPTIONS.items():
        arguments += [part for path in entry.get(paths, []) for part in (option, str(FIXTURES.joinpath(path)))]
    arguments += ["--allow-secp256k1"] if entry.get("allow_secp256k1") else []
    arguments += ["--keys", str(FIXTURES.joinpath(entry["registry"]))] if "registry" in entry else []
    arguments += ["--require-key-source", "registry"] if entry.get("require_registry") else []
    status = cli.main([*arguments, str(FIXTURES.joinpath(entry["path"]))])
    (line,) = capsys.readouterr().out.splitlines()
    return status, json.loads(line, parse_float=Decimal)


@pytest.mark.parametrize("run", RUNS, ids=_name)
def test_a_fixture_gets_the_verdict_of_the_manifest(
    run: tuple[dict[str, Any], str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    """The verdict, the exit status and every value's status and codes are those that the specification demands."""
    entry, key = run
    wanted = entry.get("value", [])

    status, report = _verify(entry, key, capsys)

    assert entry["verdict"] == _one_of(report["verdict"], entry["verdict"])
    assert EXIT_STATUS[report["verdict"]] == status
    assert len(wanted) == len(report["values"])
    assert [_expected_value(value, entry["format"]) for value in wanted] == [
        _observed_value(value, expected, entry["format"])
        for value, expected in zip(report["values"], wanted, strict=True)
    ]


@pytest.mark.parametrize("run", RUNS, ids=_name)
def test_a_fixture_is_billable_as_the_manifest_says(
    run: tuple[dict[str, Any], str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Transactions, their energy and their findings are the expected ones; elsewhere nothing may be billable."""
    entry, key = run
    wanted = entry.get("transaction", [])

    _, report = _verify(entry, key, capsys)

    transactions = report["transactions"]
    if not entry["transactions_held"]:
        assert [one for one in transactions if one["billable"]] == []
        return
    assert len(wanted) == len(transactions)
    assert [_expected_transaction(one) for one in wanted] == [
        _observed_transaction(one, expected) for one, expected in zip(transactions, wanted, strict=True)
    ]


def test_the_tool_makes_exactly_the_stored_files() -> None:
    """`make_fixtures --check` finds no difference: every byte of fixtures/ can be made again."""
    assert make_fixtures.main(["--check"]) == 0


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (lambda folder: folder.joinpath("README.md").write_bytes(b"x"), "differs: README.md"),
        (lambda folder: folder.joinpath("keys", "secp256r1.pem").unlink(), "missing: keys/secp256r1.pem"),
        (lambda folder: folder.joinpath("keys", "more.pem").write_bytes(b""), "not made by this tool: keys/more.pem"),
    ],
    ids=["changed", "missing", "too many"],
)
def test_the_check_sees_every_difference(
    damage: Any, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A changed, a missing and an additional file are each reported, with exit status 1."""
    make_fixtures.main(["--folder", str(tmp_path)])
    damage(tmp_path)

    status = make_fixtures.main(["--check", "--folder", str(tmp_path)])

    assert (1, f"{line}\n") == (status, capsys.readouterr().out)


def test_the_manifest_lists_every_file_with_its_digest() -> None:
    """MANIFEST.toml names every file of fixtures/ but itself, with the SHA-256 of its bytes."""
    present = {path.relative_to(FIXTURES).as_posix(): path for path in FIXTURES.rglob("*") if path.is_file()}
    del present["MANIFEST.toml"]
    listed = {entry["path"]: entry["sha256"] for entry in MANIFEST["file"]}
    assert listed == {name: sha256(path.read_bytes()).hexdigest() for name, path in present.items()}


def test_bad_fixtures_outnumber_good_ones() -> None:
    """There are more files that must not be billed than files that must."""
    good = [entry for entry in JUDGED if any(one.get("billable") for one in entry.get("transaction", []))]
    assert len(JUDGED) - len(good) > len(good) > 0


def test_the_tool_does_not_know_the_product() -> None:
    """No file of the generator imports meter_sign: fixtures made by the code under test prove nothing."""
    tools = Path(make_fixtures.__file__).parent
    sources = [tools / "make_fixtures.py", *tools.joinpath("fixtures").rglob("*.py")]
    imported = {
        name
        for source in sources
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        for name in _modules(node)
    }
    assert "tools.fixtures" in imported
    assert set() == {name for name in imported if name.split(".")[0] in {"meter_sign", "cdr_service"}}


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


@pytest.mark.parametrize("name", [name for name, curve in CURVES.items() if curve.library is not None])
def test_signatures_do_not_depend_on_one_library(name: str) -> None:
    """Two libraries make the same RFC 6979 signature, so the bytes can be made again wherever either runs."""
    key, domain = METER_BY_CURVE[name], {curve.oid: curve for curve in ecdsa.curves.curves}[CURVES[name].oid]
    other = ecdsa.SigningKey.from_secret_exponent(key.secret, domain, hashfunc=sha256)
    raw = other.sign_deterministic(b"one message", hashfunc=sha256)
    assert ecdsa.util.sigdecode_string(raw, domain.order) == key.sign(b"one message")


def test_story_and_container_hold_the_same_records() -> None:
    """The demo's single records, in the order of its story, are those of its transparency XML."""
    story = json.loads(FIXTURES.joinpath("demo", "story.json").read_text(encoding="utf-8"), parse_float=Decimal)
    container = FIXTURES.joinpath("demo", "session.xml").read_text(encoding="utf-8")
    files = [event["payload_file"] for event in story["events"] if event["type"] == "signed_value"]
    positions = [container.index(FIXTURES.joinpath(file).read_text(encoding="utf-8")) for file in files]
    assert len(files) == 4
    assert sorted(positions) == positions
