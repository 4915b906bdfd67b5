"""The commands on MSCONS: `verify`, `explain`, `periods` and `convert`, with a registered meter's key."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.cli import main
from tests.support.mscons_records import KEY_NAME, METER, file_of, message, points, profile
from tests.support.ocmf import spki_hex
from tests.support.records import KEY

if TYPE_CHECKING:
    from pathlib import Path

IMPORT, IMPORT_PROFILE = "1-0:1.8.0", "1-0:1.29.0"
START = points(IMPORT, ("09:00", "1000.500"))
END = points(IMPORT, ("11:30", "1023.750"))
FILES = {
    "whole.edi": file_of(message(points(IMPORT, ("09:00", "1000.500"), ("11:30", "1023.750")))),
    "profile.edi": file_of(message(profile(IMPORT_PROFILE, ("09:00", "09:15", "5.000"), ("09:15", "09:30", "1.800")))),
    "two.edi": file_of(message(START), message(END, number=2)),
    # More than 5000 characters of base64 hold.
    "long.edi": file_of(
        message(profile(IMPORT_PROFILE, *((f"09:{one:02}", f"09:{one + 1:02}", "1.000") for one in range(59))))
    ),
}
REGISTRY = f"""[[key]]
serial = "{METER}"
name = "{KEY_NAME}"
public_key = "{spki_hex(KEY)}"
source = "nameplate"
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files, and a registry that knows their meter."""
    monkeypatch.chdir(tmp_path)
    for name, raw in FILES.items():
        (tmp_path / name).write_bytes(raw)
    (tmp_path / "keys.toml").write_text(REGISTRY, encoding="ascii")
    return tmp_path


def said(words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit status and standard output of a command with the registry."""
    capsys.readouterr()
    status = main([*words.split(), "--keys", "keys.toml", "--at", "2026-01-16T00:00:00Z"])
    return status, capsys.readouterr().out


def test_periods_of_a_profile(capsys: pytest.CaptureFixture[str]) -> None:
    """One period for each interval, from bound to bound."""
    status, out = said("periods --json profile.edi", capsys)
    (only,) = json.loads(out)["transactions"]
    told = [(one["start"], one["end"], one["energy_kwh"], one["signed_at_both_ends"]) for one in only["periods"]]
    assert told == [
        ("2026-01-15T09:00:00Z", "2026-01-15T09:15:00Z", "5.000", True),
        ("2026-01-15T09:15:00Z", "2026-01-15T09:30:00Z", "1.800", True),
    ]
    assert (0, "6.800", False) == (status, only["energy_kwh"], only["clock_believed"])


def test_periods_of_readings(capsys: pytest.CaptureFixture[str]) -> None:
    """The times are taken as they are signed, without anybody's word on when they came."""
    _, out = said("periods --json two.edi", capsys)
    (only,) = json.loads(out)["transactions"]
    (period,) = only["periods"]
    assert ("2026-01-15T09:00:00Z", "2026-01-15T11:30:00Z") == (period["start"], period["end"])


@pytest.mark.parametrize("name", ["whole.edi", "profile.edi"])
def test_words_on_the_times(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The meter's clock is neither praised nor blamed: nothing is said of it."""
    _, out = said(f"periods {name}", capsys)
    assert "times: as they are signed; nothing is said of the clock, so no time may be billed." in out


def test_explanation_of_a_profile_shows_the_sum(capsys: pytest.CaptureFixture[str]) -> None:
    """Every interval, and how the energy comes about."""
    _, out = said("explain profile.edi", capsys)
    for line in (
        "interval 1:",
        "what the message says of the value: 220 (a true value)",
        "energy: the sum of 2 intervals = 6.800 kWh",
        "register: 1-0:1.29.0 (energy taken from the grid, stretch by stretch (load profile))",
        "signature: ECDSA-SHA-256",
        f"the key that the signature names: {KEY_NAME}",
        "metering or market location: DE0001",
    ):
        assert line in out


def test_explanation_of_readings_shows_the_difference(capsys: pytest.CaptureFixture[str]) -> None:
    """As for every other format."""
    _, out = said("explain whole.edi", capsys)
    assert "1023.750 - 1000.500 = 23.250 kWh" in out


def test_explanation_in_json_numbers_the_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    """The facts of an interval have its number; no other fact has one."""
    _, out = said("explain --json profile.edi", capsys)
    answer = json.loads(out)
    facts = answer["values"][0]["facts"]
    assert [(fact["interval"], fact["value"]) for fact in facts if fact["name"] == "interval.value"] == [
        (0, "5.000 kWh"),
        (1, "1.800 kWh"),
    ]
    assert all(fact["name"].startswith("interval.") for fact in facts if "interval" in fact)
    means = answer["transactions"][0]["register_means"]
    assert means == "energy taken from the grid, stretch by stretch (load profile)"


def converted(name: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    status, out = said(f"convert --to ocpi {name}", capsys)
    assert status == 0
    found: dict[str, Any] = json.loads(out)
    return found


PLAIN = {
    "whole.edi": "2026-01-15T09:00:00Z 1-0:1.8.0 1000.500 kWh; 2026-01-15T11:30:00Z 1-0:1.8.0 1023.750 kWh",
    "two.edi": "2026-01-15T09:00:00Z 1-0:1.8.0 1000.500 kWh; 2026-01-15T11:30:00Z 1-0:1.8.0 1023.750 kWh",
    "profile.edi": (
        "2026-01-15T09:00:00Z/2026-01-15T09:15:00Z 1-0:1.29.0 5.000 kWh; "
        "2026-01-15T09:15:00Z/2026-01-15T09:30:00Z 1-0:1.29.0 1.800 kWh"
    ),
}


@pytest.mark.parametrize("name", PLAIN)
def test_ocpi_object_is_a_single_end(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The file goes out once, byte for byte, with all its values in words beside it."""
    found = converted(name, capsys)
    assert ("EDIFACT", 1) == (found["encoding_method"], found["encoding_method_version"])
    (only,) = found["signed_values"]
    assert ("End", PLAIN[name]) == (only["nature"], only["plain_data"])
    assert b64decode(only["signed_data"]) == FILES[name]


@pytest.mark.parametrize("name", PLAIN)
def test_ocpi_object_is_verified_again(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What goes out is what comes back, its text included."""
    _, before = said(f"verify --json {name}", capsys)
    (here / "cdr.json").write_text(json.dumps(converted(name, capsys)), encoding="ascii")
    status, after = said("verify --json --require-billable cdr.json", capsys)
    assert (0, "valid") == (status, json.loads(after)["verdict"])
    energies = [json.loads(one)["transactions"][0]["energy_kwh"] for one in (before, after)]
    assert energies[0] == energies[1]


def test_transparency_xml_has_no_place_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The official tool knows no EDIFACT; nothing is written, and that is said."""
    capsys.readouterr()
    status = main(["convert", "--to", "transparency-xml", "--keys", "keys.toml", "whole.edi"])
    told = capsys.readouterr()
    assert (2, "") == (status, told.out)
    assert (
        "value 0 is left out: the Transparenzsoftware (S.A.F.E.) and its transparency XML know no EDIFACT" in told.err
    )
    assert "use --to ocpi" in told.err


def test_profile_that_ocpi_has_no_room_for_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is cut."""
    status = main(["convert", "--to", "ocpi", "--keys", "keys.toml", "long.edi"])
    told = capsys.readouterr()
    assert (2, "") == (status, told.out)
    assert "OCPI_LENGTH: signed_data needs" in told.err
