"""Who signed: every signature of an EDIFACT value, whether it holds, whose key it is, and what it names if none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.cli import main
from meter_sign.judgement.named_words import time_in_words
from meter_sign.model import NamedSignatures, SignatureContainer
from tests.support.certificates import METER as METER_KEY
from tests.support.certificates import named
from tests.support.fixture_files import FIXTURES
from tests.support.mscons_records import KEY_NAME, METER, file_of, message, points
from tests.support.named_messages import DATA
from tests.support.ocmf import spki_hex
from tests.support.records import KEY

if TYPE_CHECKING:
    from pathlib import Path

SENDER = "9900000000001"
WHOLE = file_of(message(points("1-0:1.8.0", ("09:00", "1000.500"), ("11:30", "1023.750"))))
TAMPERED = WHOLE.replace(b"1023.750", b"1024.750")
AS_METER = f'serial = "{METER}"\nname = "{KEY_NAME}"'
AS_PARTY = f'party = "{SENDER}"\nname = "{KEY_NAME}"'
AS_OTHER = f'party = "9900000000009"\nname = "{KEY_NAME}"'
AS_ANOTHER_METER = f'serial = "M2"\nname = "{KEY_NAME}"'
EDIFACT = FIXTURES / "edifact"
FIXED = ["--keys", str(FIXTURES / "registry" / "keys.toml"), "--at", "2026-02-01T00:00:00Z"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(command: str, capsys: pytest.CaptureFixture[str], entry: str, raw: bytes = WHOLE) -> str:
    """What a command says of a file, with one registered key."""
    with open("whole.edi", "wb") as file:  # noqa: PTH123 - in the test's own directory
        file.write(raw)
    with open("keys.toml", "w", encoding="ascii") as file:  # noqa: PTH123 - see above
        file.write(f'[[key]]\n{entry}\npublic_key = "{spki_hex(KEY)}"\nsource = "other"\n')
    main([*command.split(), "--keys", "keys.toml", "--at", "2026-01-16T00:00:00Z", "whole.edi"])
    return capsys.readouterr().out


def signature(capsys: pytest.CaptureFixture[str], entry: str, raw: bytes = WHOLE) -> dict[str, Any]:
    """The only signature in JSON."""
    (value,) = json.loads(told("verify --json", capsys, entry, raw))["values"]
    (only,) = value["signatures"]
    found: dict[str, Any] = only
    return found


def test_every_field_of_a_signature(capsys: pytest.CaptureFixture[str]) -> None:
    """What it says itself, and what the registry says of its key."""
    only = signature(capsys, AS_METER)
    assert only.pop("key_fingerprint").startswith("sha256:")
    assert only == {
        "name": "USH S1, scope 1", "container": "edifact-inmessage", "scheme": "ECDSA", "hash": "SHA-256",
        "signed_at": "2026-01-15T12:00:00Z",
        "key": {"issuer": None, "serial": None, "subject_key_id": None, "key_name": KEY_NAME},
        "holds": True, "signer_kind": "meter", "registered_as": KEY_NAME, "party": None,
        "subject": None, "valid_from": None, "valid_until": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "raw", "expected"),
    [
        (AS_PARTY, WHOLE, (True, "party", KEY_NAME, SENDER)),
        (AS_METER, TAMPERED, (False, "meter", KEY_NAME, None)),
        (AS_ANOTHER_METER, WHOLE, (True, "unknown", KEY_NAME, None)),
        (AS_ANOTHER_METER.replace(KEY_NAME, "X"), WHOLE, (None, "unknown", None, None)),
    ],
)
def test_signature_in_json(
    entry: str, raw: bytes, expected: tuple[Any, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """It holds or not whoever is trusted; who is not trusted is not called a signer."""
    only = signature(capsys, entry, raw)
    assert expected == tuple(only[name] for name in ("holds", "signer_kind", "registered_as", "party"))


def test_certificates_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A mail's signature and the message's own, each with its certificate."""
    main(["verify", "--json", *FIXED, str(EDIFACT / "valid" / "cms_party_around.p7m")])
    (value,) = json.loads(capsys.readouterr().out)["values"]
    first, second = value["signatures"]
    assert ("party", "meter") == (first["signer_kind"], second["signer_kind"])
    assert ("CN=market party 9900000000001,O=Eichwerk TEST,C=DE", SENDER) == (first["subject"], first["party"])
    assert ("CN=TEST Metering Root,O=Eichwerk TEST,C=DE", "4053E2000002") == tuple(first["key"].values())[:2]
    assert ("2025-01-01T00:00:00Z", "2035-01-01T00:00:00Z") == (second["valid_from"], second["valid_until"])


def test_nothing_readable_has_no_signatures(capsys: pytest.CaptureFixture[str]) -> None:
    """The list is there and empty."""
    main(["verify", "--json", str(EDIFACT / "undecidable" / "cms_encrypted.p7m")])
    (value,) = json.loads(capsys.readouterr().out)["values"]
    assert ([], ["ENCRYPTED"], "unsupported") == (value["signatures"], value["problems"], value["status"])


# Whose word it is ---------------------------------------------------------------------------------------------------


def test_party_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """By its code and the name of its key, in both languages."""
    assert f"signed by market party {SENDER} ({KEY_NAME}): proves origin" in told("verify", capsys, AS_PARTY)
    german = told("verify --language de", capsys, AS_PARTY)
    assert f"vom Marktpartner {SENDER} ({KEY_NAME}) signiert: beweist die Herkunft" in german


def test_explanation_lists_signatures(capsys: pytest.CaptureFixture[str]) -> None:
    """Whether each holds, whose it is, and the sender that the message states."""
    text = told("explain", capsys, AS_PARTY)
    for line in (
        "whether it holds under that key: yes",
        f"the key's name in the registry: {KEY_NAME} (market party {SENDER})",
        f"sender, as the message states it (NAD+MS): {SENDER}",
    ):
        assert line in text


@pytest.mark.parametrize(("entry", "expected"), [(AS_METER, []), (AS_PARTY, []), (AS_OTHER, ["SENDER_DIFFERS"])])
def test_another_party_than_the_sender_is_told(
    entry: str, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It changes no status: a service provider may sign for others."""
    (value,) = json.loads(told("verify --json", capsys, entry))["values"]
    assert ("verified", expected) == (value["status"], value["warnings"])


# Why a key does not count -------------------------------------------------------------------------------------------


def detail(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The line that says in detail what is wrong."""
    main(["verify", *words])
    (line,) = (one for one in capsys.readouterr().out.splitlines() if one.strip().startswith("in detail: "))
    return line


def test_unknown_certificate_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """By issuer and serial, with the subject of the certificate that came along and does not count."""
    line = detail([str(EDIFACT / "valid" / "cms_ec.p7m")], capsys)
    for said in (
        "issuer 'CN=TEST Metering Root,O=Eichwerk TEST,C=DE'",
        "serial number '3053E2000001'",
        "brings the certificate of 'CN=meter 1EIW0000000017,O=Eichwerk TEST,C=DE'",
        "--certificate and a --trust-anchor",
    ):
        assert said in line


def test_unknown_key_name_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """As the message states it."""
    line = next(one for one in told("verify", capsys, 'serial = "M1"').splitlines() if "in detail" in one)
    assert f"it names key name '{KEY_NAME}', which is not known" in line


def test_key_of_another_meter_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """With the meter that it is registered for."""
    line = next(one for one in told("verify", capsys, AS_ANOTHER_METER).splitlines() if "in detail" in one)
    assert "registered for 'M2' and not for the message's meter" in line
    assert f"names key name '{KEY_NAME}'" in line


def test_expiry_tells_validity_and_the_time_that_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """And who says that time."""
    keys = EDIFACT / "keys"
    given = ["--certificate", str(keys / "expired.crt.pem"), "--trust-anchor", str(keys / "root.crt.pem")]
    line = detail([*given, str(EDIFACT / "undecidable" / "certificate_expired.edi")], capsys)
    assert "it is valid from 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z" in line
    assert "the time that counts is 2026-01-15T12:00:00Z (S501)" in line


NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("container", "signed_at", "written_at", "source"),
    [
        (SignatureContainer.IN_MESSAGE, NOON, None, "S501"),
        (SignatureContainer.AUTACK, NOON, None, "S501"),
        (SignatureContainer.CMS, NOON, None, "signingTime"),
        (SignatureContainer.SMIME, NOON, None, "signingTime"),
        (SignatureContainer.AUTACK, None, NOON, "DTM+137"),
        (SignatureContainer.CMS, None, None, "the time of the judgement, --at"),
    ],
)
def test_source_of_the_time_that_counts(
    container: SignatureContainer, signed_at: datetime | None, written_at: datetime | None, source: str
) -> None:
    """The signature's own, else the message's, else that of the judgement."""
    signature = named(DATA, METER_KEY, container=container, signed_at=signed_at)
    record = NamedSignatures(signed_bytes=DATA, signatures=(signature,), written_at=written_at)
    assert f"2026-01-15T12:00:00Z ({source})" == time_in_words(signature, record, NOON)
