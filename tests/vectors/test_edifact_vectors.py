"""The worked cases of signed MSCONS: `meter-sign verify --json`, as a process, says what their manifest says.

The cases lie beside the repository and are read in place.

Source: edifact.md 0 and 5.6; contracts.md 1.
"""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.ocmf import VECTORS, needs_shared

pytestmark = [pytest.mark.shared, needs_shared]

FOLDER = VECTORS / "edifact"
ROOT = Path(__file__).resolve().parents[2]
MANIFEST: dict[str, Any] = (
    json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    if FOLDER.is_dir()
    else {"cases": [], "clock": "", "known_certificates": [], "trust_anchors": []}
)
CASES: list[dict[str, Any]] = MANIFEST["cases"]
#: The contract's exit status of a value's status, where the file has no other.
EXIT_STATUS = {"verified": 0, "structure_invalid": 2, "signature_invalid": 2}


def _options(name: str, paths: list[str]) -> list[str]:
    return [part for path in paths for part in (name, str(FOLDER / path))]


def _verify(case: dict[str, Any], *more: str) -> tuple[int, dict[str, Any]]:
    arguments = [
        *_options("--certificate", MANIFEST["known_certificates"]),
        *_options("--trust-anchor", MANIFEST["trust_anchors"]),
        *_options("--autack", [path for path in case["extra_files"] if ".autack." in path]),
    ]
    run = "import sys; from meter_sign.cli import main; sys.exit(main(sys.argv[1:]))"
    ended = subprocess.run(
        [
            sys.executable, "-c", run, "verify", "--json", "--at", MANIFEST["clock"], *arguments, *more,
            str(FOLDER / case["file"]),
        ],
        cwd=ROOT, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    (line,) = ended.stdout.decode().splitlines()
    assert b"" == ended.stderr
    return ended.returncode, json.loads(line, parse_float=Decimal)


def _of_values(case: dict[str, Any]) -> list[dict[str, Any]]:
    """What is expected of each value; the OCPI case is two lone readings: the difference is the session's alone."""
    expected = case["expected"]
    if case["container"] != "ocpi-signed_data":
        return [expected]
    return [{**expected, "energy_kwh": None}] * 2


def _observed(value: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    energy = value["energy_kwh"]
    readings = [[one["taken_at"], one["value_kwh"], one["qualifier"]] for one in value["readings"]]
    return {
        "verdict": value["status"],
        "problems": value["problems"],
        "warnings": value["warnings"],
        "energy_kwh": energy and str(Decimal(energy)),
        "readings": readings if expected["readings"] is not None else None,
        "intervals": None if value["intervals"] is None else len(value["intervals"]),
    }


def test_the_cases_are_there() -> None:
    """What is counted here is what the folder held when this was written: sixteen cases."""
    assert len(CASES) == 16


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case_is_judged_as_its_manifest_says(case: dict[str, Any]) -> None:
    """Status, problems, warnings, energy, readings and intervals of each value are the recorded ones."""
    wanted = _of_values(case)

    status, report = _verify(case)

    assert EXIT_STATUS[case["expected"]["verdict"]] == status
    assert [{key: one[key] for key in _observed(report["values"][0], one)} for one in wanted] == [
        _observed(value, expected) for value, expected in zip(report["values"], wanted, strict=True)
    ]


@pytest.mark.parametrize("case", [one for one in CASES if one["expected"]["accepted"]], ids=lambda case: case["id"])
def test_accepted_case_is_one_session_of_an_unknown_signer(case: dict[str, Any]) -> None:
    """A certificate that is known and registered for no meter verifies the session and bills nobody."""
    _, report = _verify(case)
    (only,) = report["transactions"]
    assert {"unknown"} == {value["signer_kind"] for value in report["values"]}
    assert (True, False) == (only["authentic"], only["billable"])
    assert "SIGNER_UNKNOWN" in {finding["code"] for finding in only["findings"]}


@pytest.mark.parametrize("case", [one for one in CASES if one["expected"]["accepted"]], ids=lambda case: case["id"])
def test_registered_certificate_makes_an_accepted_case_billable(case: dict[str, Any], tmp_path: Path) -> None:
    """The same certificate, registered for the meter: the energy of the session is billed, to the last digit."""
    registry = tmp_path / "keys.toml"
    pem = (FOLDER / case["cert"]).read_text(encoding="ascii").strip()
    registry.write_text(
        f'[[key]]\nserial = "1EMH0012345678"\nname = "a"\nsigner_kind = "meter"\nsource = "other"\n'
        f'public_key = """{pem}"""\n',
        encoding="utf-8",
    )

    _, report = _verify(case, "--keys", str(registry), "--require-key-source", "registry")

    (only,) = report["transactions"]
    assert {"meter"} == {value["signer_kind"] for value in report["values"]}
    assert (True, Decimal(case["expected"]["energy_kwh"])) == (only["billable"], Decimal(only["energy_kwh"]))
