"""`meter-sign explain`: a key's entry in the registry is told however the registry spells its meter, or finds it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from meter_sign.cli import main
from tests.support.ocmf import BEGIN, END, spki_hex
from tests.support.records import KEY, payload, record_text

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def entries(words: str, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    """Source of the key and id of the registered meter, of each value."""
    capsys.readouterr()
    main(["explain", "--json", *words.split()])
    values = json.loads(capsys.readouterr().out)["values"]
    told = [{fact["name"]: fact["value"] for fact in value["facts"]} for value in values]
    return [(facts["key.source"], facts["key.registered"]) for facts in told]


def test_a_server_id_is_known_as_a_nameplate_prints_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten bytes in hex are one id with blanks between them and in small letters, too."""
    main(["simulate", "--format", "EDL_40_SIG", "--out", "edl"])
    registry = here / "edl" / "keys.toml"
    text = registry.read_text(encoding="ascii")
    plain = text.partition('serial = "')[2].partition('"')[0]
    printed = bytes.fromhex(plain).hex(" ")
    registry.write_text(text.replace(plain, printed), encoding="ascii")
    assert [("registry", printed)] * 2 == entries("--keys edl/keys.toml edl/valid.xml", capsys)


def test_a_meter_found_by_its_place_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A record that states no serial is verified by the EVSE's key, and told as the meter for which it stands."""
    (here / "record.txt").write_bytes(record_text(payload(BEGIN, END, MS=None, CT="EVSEID", CI="DE*ABC*E1")))
    (here / "keys.toml").write_text(
        f'[[key]]\nserial = "PLATE"\npublic_key = "{spki_hex(KEY)}"\nsource = "nameplate"\nevse_uid = "DE*ABC*E1"\n',
        encoding="ascii",
    )
    assert [("registry", "PLATE")] == entries("--keys keys.toml record.txt", capsys)
