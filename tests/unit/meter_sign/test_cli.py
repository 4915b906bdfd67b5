"""`meter-sign verify`: exit statuses, JSON by the contract, words for people, and keys from outside."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from meter_sign.cli import key_file, main
from meter_sign.cli.key_file import read_key_argument
from meter_sign.judgement import NamedKey
from tests.support.ocmf import BEGIN, BEGIN_RECORD, END, SESSION, spki_hex, value, xml
from tests.support.records import KEY, OTHER_KEY, payload, reading, record_text

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "valid.xml": xml(value(SESSION, key=spki_hex(KEY), context="Transaction.End", transactionId="17")),
    "invalid.xml": xml(value(SESSION.replace("110.5", "910.5"), key=spki_hex(KEY))),
    "open.txt": SESSION.encode(),
    "prose.txt": b"kWh",
    "oddkey.xml": xml(value(SESSION, key="no key")),
    "half.xml": xml(value(BEGIN_RECORD, key=spki_hex(KEY))),
    "deviating.xml": xml(value(SESSION + "|", key=spki_hex(KEY))),
    "fiscal.xml": xml(value(record_text(payload(reading(None, "1"), PG="F1")).decode(), key=spki_hex(KEY))),
    "key.hex": spki_hex(KEY).encode(),
    "key.der": bytes.fromhex(spki_hex(KEY)),
    "key.pem": KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "other.hex": spki_hex(OTHER_KEY).encode(),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with all the files, to work in."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("valid.xml", 0),
        ("invalid.xml", 2),
        ("prose.txt", 3),
        ("open.txt", 4),
        ("half.xml", 0),
        ("missing.xml", 1),
        (".", 1),
        ("valid.xml missing.xml invalid.xml", 1),
        ("valid.xml open.txt prose.txt invalid.xml", 2),
        ("valid.xml open.txt prose.txt", 3),
        ("valid.xml open.txt valid.xml", 4),
        ("--key key.hex open.txt", 0),
        ("--key key.der open.txt", 0),
        ("--key key.pem open.txt", 0),
        ("--key M1=key.pem open.txt", 0),
        ("--key M2=key.pem open.txt", 4),
        ("--key other.hex open.txt", 2),
        ("--key other.hex --key key.pem open.txt", 0),
        ("--key other.hex valid.xml", 4),
        ("--key valid.xml open.txt", 4),
        ("--require-key-source registry valid.xml", 4),
        ("--require-key-source registry --key key.pem valid.xml", 0),
        ("--strict valid.xml", 0),
        ("deviating.xml", 0),
        ("--strict deviating.xml", 2),
        ("--require-billable valid.xml", 0),
        ("--require-billable half.xml", 2),
        ("--require-billable fiscal.xml", 2),
        ("--require-billable open.txt", 2),
        ("--require-billable prose.txt", 3),
        ("--at 2026-01-15T09:00:00Z valid.xml", 0),
    ],
)
@pytest.mark.parametrize("form", ["", "--json "])
def test_exit_status(words: str, expected: int, form: str) -> None:
    """The exit status is the contract's, whatever is printed."""
    assert expected == main(["verify", *f"{form}{words}".split()])


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "words",
    [
        "",
        "unknown",
        "verify",
        "verify --json",
        "verify --unknown valid.xml",
        "verify --at yesterday valid.xml",
        "verify --at 2026-01-15T09:00:00 valid.xml",
        "verify --key missing.pem valid.xml",
        "verify --key = valid.xml",
        "verify --key M1= valid.xml",
        "verify --keys missing.toml valid.xml",
        "verify --keys valid.xml valid.xml",
        "verify --require-key-source file valid.xml",
        "verify --language fr valid.xml",
        "verify --stric valid.xml",
    ],
)
def test_wrong_usage_is_1(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage judges nothing: 1, words on standard error, nothing on standard output."""
    assert 1 == main(words.split())
    shown = capsys.readouterr()
    assert "" == shown.out
    assert "" != shown.err


@pytest.mark.parametrize("words", ["--help", "-h", "verify --help"])
def test_help(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Help is no error."""
    assert 0 == main(words.split())
    assert "verify" in capsys.readouterr().out


def verdicts(words: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What `--json` printed, one object a line."""
    main(["verify", "--json", *words.split()])
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.usefixtures("here")
def test_json_of_a_valid_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Every field of the contract, amounts as strings with the signed digits, times in UTC."""
    (shown,) = verdicts("valid.xml", capsys)
    fingerprint = shown["values"][0].pop("key_fingerprint")
    assert fingerprint.startswith("sha256:")
    assert 64 == len(fingerprint.removeprefix("sha256:"))
    assert shown == {
        "file": "valid.xml",
        "verdict": "valid",
        "values": [
            {
                "index": 0, "format": "OCMF", "transaction_id": "17", "context": "Transaction.End",
                "status": "verified", "problems": [], "warnings": [], "deviations": [],
                "signer_kind": "meter", "key_source": "container", "signatures": None,
                "meter_id": "M1", "energy_kwh": "10.5",
                "readings": [
                    {"taken_at": "2024-03-01T08:00:00Z", "register": "1-0:1.8.0", "value_kwh": "100.0",
                     "qualifier": "B"},
                    {"taken_at": "2024-03-01T09:00:00Z", "register": "1-0:1.8.0", "value_kwh": "110.5",
                     "qualifier": "E"},
                ],
                "intervals": None,
            }
        ],
        "transactions": [
            {
                "transaction_id": "17", "authentic": True, "billable": True, "energy_kwh": "10.5",
                "register": "1-0:1.8.0", "begin": "2024-03-01T08:00:00Z", "end": "2024-03-01T09:00:00Z",
                "billable_time": "absolute", "findings": [],
                "transparenzsoftware": {"would_verify": True, "rule": None},
            }
        ],
    }  # fmt: skip


@pytest.mark.usefixtures("here")
def test_json_of_a_tampered_file_shows_no_reading(capsys: pytest.CaptureFixture[str]) -> None:
    """What did not verify shows its problem and nothing that could be mistaken for a measurement."""
    (shown,) = verdicts("invalid.xml", capsys)
    (only,) = shown["values"]
    assert ("signature_invalid", ["SIGNATURE_MISMATCH"]) == (only["status"], only["problems"])
    assert ([], None, "unknown") == (only["readings"], only["energy_kwh"], only["signer_kind"])
    (transaction,) = shown["transactions"]
    assert (False, False, None) == (transaction["authentic"], transaction["billable"], transaction["energy_kwh"])
    assert "910.5" not in json.dumps(shown)


@pytest.mark.usefixtures("here")
def test_json_of_several_files(capsys: pytest.CaptureFixture[str]) -> None:
    """One object a file, in order; a file that cannot be opened has none."""
    shown = verdicts("valid.xml missing.xml prose.txt open.txt", capsys)
    expected = [("valid.xml", "valid"), ("prose.txt", "unreadable"), ("open.txt", "unverified")]
    assert expected == [(one["file"], one["verdict"]) for one in shown]
    assert "NOT_RECOGNISED" == shown[1]["error"]["code"]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("2024-03-01T08:00:00,500+0000 S", "2024-03-01T08:00:00.5Z"),
        ("2024-03-01T08:00:00,000+0100 S", "2024-03-01T07:00:00Z"),
        ("0001-01-02T00:00:00,001+0000 S", "0001-01-02T00:00:00.001Z"),
    ],
)
def test_json_times(stated: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Times are UTC with Z, with a fraction only where it is not zero."""
    (tmp_path / "a").write_bytes(
        xml(value(record_text(payload(reading("B", "1", stated.split(maxsplit=1)[0]))).decode(), key=spki_hex(KEY)))
    )
    (shown,) = verdicts(str(tmp_path / "a"), capsys)
    assert expected == shown["values"][0]["readings"][0]["taken_at"]


def test_json_numbers_have_no_exponent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A small or large amount is written out, digits kept, converted exactly."""
    text = record_text(payload(reading("B", "1E+3"), reading("E", "1000.10", "09:00:00", RU="Wh")))
    (tmp_path / "a").write_bytes(xml(value(text.decode(), key=spki_hex(KEY))))
    (shown,) = verdicts(str(tmp_path / "a"), capsys)
    assert ["1000", "1.00010"] == [one["value_kwh"] for one in shown["values"][0]["readings"]]


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`-` is standard input, and is named so."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FILES["valid.xml"])))
    (shown,) = verdicts("-", capsys)
    assert ("-", "valid") == (shown["file"], shown["verdict"])


# Words ---------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("valid.xml", "the file only agrees with itself"),
        ("--language de valid.xml", "Die Datei stimmt nur mit sich selbst überein"),
        ("--key key.pem open.txt", "with the key that you gave"),
        ("valid.xml", "10.5 kWh"),
        ("valid.xml", "may be billed"),
        ("--key key.pem oddkey.xml", "warning KEY_INVALID"),
        ("--key M1=key.pem oddkey.xml", "warning KEY_INVALID"),
        ("deviating.xml", "deviates FOURTH_SECTION"),
        ("half.xml", "TRANSACTION_INCOMPLETE"),
        ("half.xml", "may not be billed"),
        ("open.txt", "NOT VERIFIED"),
        ("open.txt", "KEY_MISSING"),
        ("invalid.xml", "the signature is wrong"),
        ("--language de invalid.xml", "die Signatur ist falsch"),
        ("prose.txt", "UNREADABLE"),
        ("--strict deviating.xml", "FOURTH_SECTION"),
    ],
)
def test_words_answer_the_questions(words: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Signature, whose key, complete, billable: each is answered in words."""
    main(["verify", *words.split()])
    assert expected in capsys.readouterr().out


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", ["invalid.xml", "open.txt", "prose.txt"])
def test_words_never_look_green(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a verified signature no word says that all is well."""
    main(["verify", name])
    shown = capsys.readouterr().out
    assert f"{name}: VALID" not in shown
    assert "the signature is right" not in shown
    assert "may be billed" not in shown


def test_words_obey_no_control_characters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A record cannot paint over the verdict: a terminal obeys what is printed."""
    evil = "\x1b[2K\x1b[1AVALID\u202e\r"
    text = record_text(payload(BEGIN, END, MS=evil), key=OTHER_KEY).decode()
    (tmp_path / "a").write_bytes(text.encode())
    assert 4 == main(["verify", str(tmp_path / "a")])
    shown = capsys.readouterr().out
    assert "VALID" in shown
    assert not {"\x1b", "\r", "\u202e"} & set(shown)


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_lone_surrogate_is_printed_somehow(form: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that no encoding can write does not stop the verdict."""
    (tmp_path / "a").write_bytes(b'OCMF|{"FV":"1.0","MS":"\\ud800","RD":[]}|{"SD":"3006020101020101"}')
    assert 4 == main(["verify", *form, str(tmp_path / "a")])
    assert "unverified" in capsys.readouterr().out.lower().replace("not verified", "unverified")


# Keys from outside ---------------------------------------------------------------------------------------------------

REGISTRY = f"""
[[key]]
serial = "M1"
public_key = "{spki_hex(KEY)}"
source = "nameplate"
valid_from = 2024-01-01T00:00:00Z
valid_until = 2025-01-01T00:00:00Z

[[key]]
serial = "M1"
name = "second"
public_key = "{spki_hex(OTHER_KEY)}"
source = "bnetza"
valid_from = 2025-01-01T00:00:00+00:00
evse_uid = "E1"
"""


def with_registry(here: Path, text: str, file: str = "open.txt") -> int:
    """Judge a file with this registry."""
    (here / "keys.toml").write_text(text, encoding="utf-8")
    return main(["verify", "--json", "--keys", "keys.toml", file])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("", ""), 0),
        (('serial = "M1"', 'serial = "M2"'), 4),
        (("valid_from = 2024-01-01", "valid_from = 2024-06-01"), 4),
        ((spki_hex(KEY), spki_hex(OTHER_KEY)), 2),
    ],
)
def test_registry_file(change: tuple[str, str], expected: int, here: Path) -> None:
    """The registry's key for this meter at this time verifies, no other does."""
    assert expected == with_registry(here, REGISTRY.replace(*change))


def test_registered_key_is_named_as_source(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The output says that the key was registered."""
    with_registry(here, REGISTRY)
    assert "registry" == json.loads(capsys.readouterr().out)["values"][0]["key_source"]


BAD_REGISTRIES = {
    "empty": "",
    "no TOML": "[[key",
    "no UTF-8": "\udcff",
    "another table": REGISTRY + "\n[other]\nx = 1",
    "key no table": "key = [1]",
    "key no array": 'key = "x"',
    "unknown field": REGISTRY.replace("evse_uid", "evse"),
    "serial missing": REGISTRY.replace('serial = "M1"', ""),
    "serial empty": REGISTRY.replace('serial = "M1"', 'serial = " "'),
    "serial a number": REGISTRY.replace('serial = "M1"', "serial = 1"),
    "source missing": REGISTRY.replace('source = "bnetza"', ""),
    "source unknown": REGISTRY.replace("bnetza", "hearsay"),
    "key undecodable": REGISTRY.replace(spki_hex(KEY), "00"),
    "time without offset": REGISTRY.replace("2024-01-01T00:00:00Z", "2024-01-01T00:00:00"),
    "time in quotes": REGISTRY.replace("2024-01-01T00:00:00Z", '"2024-01-01T00:00:00Z"'),
    "ends before it begins": REGISTRY.replace("2025-01-01T00:00:00Z", "2023-01-01T00:00:00Z"),
    "nested without end": "key = " + "[" * 5_000,
}


@pytest.mark.parametrize("name", BAD_REGISTRIES)
def test_bad_registry_judges_nothing(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A registry that is half read could let the wrong key count, so nothing is judged."""
    (here / "keys.toml").write_bytes(BAD_REGISTRIES[name].encode("utf-8", "surrogateescape"))
    assert 1 == main(["verify", "--keys", "keys.toml", "open.txt"])
    assert "" == capsys.readouterr().out


def test_registry_larger_than_the_cap_is_refused(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry of any size cannot be thrown at the command."""
    monkeypatch.setattr(key_file, "REGISTRY_BYTES", len(REGISTRY) - 1)
    assert 1 == with_registry(here, REGISTRY)


PEM = FILES["key.pem"].decode()
#: Longer than any file name may be.
LONG = spki_hex(KEY) * 3
BASE64_PADDED = "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEYRM10sDJb1TSj3tQT+1Y0PPPeYHT9Z4=="


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("key.hex", NamedKey(name=None, text=FILES["key.hex"])),
        ("1EMH00=key.der", NamedKey(name="1EMH00", text=FILES["key.der"])),
        (spki_hex(KEY), NamedKey(name=None, text=spki_hex(KEY))),
        (f"M1={spki_hex(KEY)}", NamedKey(name="M1", text=spki_hex(KEY))),
        (BASE64_PADDED, NamedKey(name=None, text=BASE64_PADDED)),
        (f"M1={BASE64_PADDED}", NamedKey(name="M1", text=BASE64_PADDED)),
        (PEM, NamedKey(name=None, text=PEM)),
        (LONG, NamedKey(name=None, text=LONG)),
        (f"M1={PEM}", NamedKey(name="M1", text=PEM)),
        (f"oca:base16:asn1:{spki_hex(KEY)}", NamedKey(name=None, text=f"oca:base16:asn1:{spki_hex(KEY)}")),
    ],
)
@pytest.mark.usefixtures("here")
def test_key_argument(argument: str, expected: NamedKey) -> None:
    """A file, a text, each with and without a name; padding is no name."""
    assert expected == read_key_argument(argument)
