"""`meter-sign convert`: exit statuses, what is written and where, and what is told on standard error."""

from __future__ import annotations

import io
import json
import re
import sys
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from meter_sign.catalogue import Language
from meter_sign.cli import main
from meter_sign.cli.convert_remarks import WORDS
from meter_sign.codes import Code
from meter_sign.errors import LimitExceededError, MalformedPayloadError
from tests.support.ocmf import BEGIN, BEGIN_RECORD, END, END_RECORD, SESSION, spki_hex, value, xml
from tests.support.records import KEY, OTHER_KEY, payload, reading, record_text
from tests.support.transparency import read_by_the_schema

PART = re.compile(r"{\w+}")
CHARGEIT = Path(__file__).resolve().parents[3] / "fixtures" / "chargeit" / "valid" / "session.json"
TAMPERED = SESSION.replace("110.5", "910.5")
LONG = record_text(payload(BEGIN, END, TT="x" * 4_000)).decode()
ODD = record_text(payload(BEGIN, END, TT="\ufffe")).decode()


def sample(text: str) -> dict[str, str]:
    """A signed sampled value of OCPP 1.6."""
    data = {"signedMeterData": b64encode(text.encode()).decode(), "publicKey": spki_hex(KEY), "encodingMethod": "OCMF"}
    return {"value": json.dumps(data), "format": "SignedData", "context": "Transaction.End"}


FILES = {
    "valid.xml": xml(value(SESSION, key=spki_hex(KEY), transactionId="17", context="Transaction.End")),
    "pair.txt": f"{BEGIN_RECORD}\n{END_RECORD}".encode(),
    "tampered.xml": xml(value(TAMPERED, key=spki_hex(KEY), transactionId="17")),
    "half_bad.xml": xml(value(TAMPERED, key=spki_hex(KEY)), value(""), value(SESSION, key=spki_hex(KEY))),
    "open.txt": SESSION.encode(),
    "broken.xml": xml(value("OCMF|no record")),
    "prose.txt": b"kWh",
    "named.xml": xml(value(SESSION, key=spki_hex(KEY), transactionId="abc")),
    "swapped.xml": xml(
        value(BEGIN_RECORD, key=spki_hex(KEY), transactionId="1", context="Transaction.End"),
        value(END_RECORD, key=spki_hex(KEY), transactionId="1", context="Transaction.Begin"),
    ),
    "new.xml": xml(value(record_text(payload(BEGIN, END, FV="1.4")).decode(), key=spki_hex(KEY), transactionId="1")),
    "long.xml": xml(value(LONG, key=spki_hex(KEY)), value(SESSION, key=spki_hex(KEY))),
    "half.xml": xml(value(BEGIN_RECORD, key=spki_hex(KEY), transactionId="1")),
    "fiscal.xml": xml(value(record_text(payload(reading(None, "1"), PG="F1")).decode(), key=spki_hex(KEY))),
    "odd.xml": xml(value(b64encode(ODD.encode()).decode(), key=spki_hex(KEY))),
    "again.json": json.dumps(
        {"transactionId": 5, "transactionData": [{"sampledValue": [sample(SESSION), sample(SESSION)]}]}
    ).encode(),
    "key.hex": spki_hex(KEY).encode(),
    "other.hex": spki_hex(OTHER_KEY).encode(),
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with all the files, to work in."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "xml_status", "ocpi_status"),
    [
        ("valid.xml", 0, 0),
        ("--key key.hex pair.txt", 0, 0),
        ("--key key.hex open.txt", 0, 0),
        ("open.txt", 4, 2),
        ("--require-key-source registry valid.xml", 4, 2),
        ("--key other.hex open.txt", 2, 2),
        ("tampered.xml", 2, 2),
        ("half_bad.xml", 2, 2),
        ("broken.xml", 2, 2),
        ("prose.txt", 3, 3),
        ("missing.xml", 1, 1),
        (".", 1, 1),
        ("fiscal.xml", 0, 2),
        ("half.xml", 0, 0),
        ("long.xml", 0, 2),
        ("--at yesterday valid.xml", 1, 1),
    ],
)
def test_exit_status(words: str, xml_status: int, ocpi_status: int) -> None:
    """Never 0 unless everything is verified and written."""
    assert xml_status == main(["convert", "--to", "transparency-xml", *words.split()])
    assert ocpi_status == main(["convert", "--to", "ocpi", *words.split()])


@pytest.mark.parametrize(
    "words",
    [
        "valid.xml",
        "--to pdf valid.xml",
        "--to ocpi",
        "--to ocpi valid.xml open.txt",
        "--to ocpi --plain-data-characters 99 valid.xml",
        "--to ocpi --plain-data-characters 5001 valid.xml",
        "--to ocpi --plain-data-characters many valid.xml",
        "--to transparency-xml -o valid.xml valid.xml",
        "--to transparency-xml -o ./valid.xml valid.xml",
        "--to transparency-xml -o none/out.xml valid.xml",
    ],
)
def test_wrong_usage_is_1(words: str, capsys: pytest.CaptureFixture[str], here: Path) -> None:
    """Wrong usage writes nothing, least of all over the evidence."""
    assert 1 == main(["convert", *words.split()])
    shown = capsys.readouterr()
    assert "" == shown.out
    assert "" != shown.err
    assert "Errno" not in shown.err
    assert FILES["valid.xml"] == (here / "valid.xml").read_bytes()


def test_to_a_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`-o` writes there and nothing to standard output; there is nothing to remark on a perfect file."""
    assert 0 == main(["convert", "valid.xml", "--to", "transparency-xml", "-o", "out.xml"])
    shown = capsys.readouterr()
    assert ("", "") == (shown.out, shown.err)
    (one,) = read_by_the_schema((here / "out.xml").read_bytes())
    assert ("17", "Transaction.End", SESSION.encode()) == (one.transaction_id, one.context, one.record)


def test_to_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Without `-o` the document is standard output, byte for byte."""
    assert 0 == main(["convert", "valid.xml", "--to", "transparency-xml"])
    assert SESSION.encode() == read_by_the_schema(capfdbinary.readouterr().out)[0].record


def test_from_standard_input(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    """`-` is standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FILES["valid.xml"])))
    assert 0 == main(["convert", "-", "--to", "ocpi", "-o", "out"])
    assert (here / "out").read_bytes().endswith(b"}\n")


def test_nothing_convertible_leaves_the_output_alone(here: Path) -> None:
    """A refusal neither makes nor empties the file that was named."""
    (here / "out.xml").write_bytes(b"before")
    assert 2 == main(["convert", "broken.xml", "--to", "transparency-xml", "-o", "out.xml"])
    assert b"before" == (here / "out.xml").read_bytes()


def test_only_what_can_be_read_is_written(here: Path) -> None:
    """The tampered record goes out beside the good one; the empty value stays behind."""
    assert 2 == main(["convert", "half_bad.xml", "--to", "transparency-xml", "-o", "out.xml"])
    records = [one.record for one in read_by_the_schema((here / "out.xml").read_bytes())]
    assert [TAMPERED.encode(), SESSION.encode()] == records


@pytest.mark.parametrize(
    ("words", "remark"),
    [
        ("tampered.xml", "value 0 is written but NOT VERIFIED (signature_invalid, SIGNATURE_MISMATCH)"),
        ("open.txt", "value 0 is written but NOT VERIFIED (untrusted_key, KEY_MISSING)"),
        ("open.txt", "value 0 is written without a key"),
        ("half_bad.xml", "value 1 is left out (structure_invalid, EMPTY_VALUE)"),
        ("broken.xml", "nothing was written"),
        ("prose.txt", "NOT_RECOGNISED: The input is in none of the formats"),
        ("named.xml", "transaction abc is written as "),
        ("--key key.hex pair.txt", "value 1 states no transaction id; "),
        ("swapped.xml", "value 0 was called Transaction.End and is written as Transaction.Begin"),
        ("new.xml", "transaction 1: the Transparenzsoftware (S.A.F.E.) would refuse it (FORMAT_VERSION_ABOVE_1_3)"),
        ("odd.xml", "value 0 is written in base64, because XML cannot carry it unchanged"),
        ("again.json", "value 1 is left out: its container brought a record once more"),
        ("--language de tampered.xml", "Wert 0 ist geschrieben, aber NICHT GEPRÜFT"),
        ("--language de prose.txt", "NOT_RECOGNISED: Die Eingabe"),
    ],
)
def test_remarks_on_transparency_xml(words: str, remark: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is not proven, left out or changed is told on standard error."""
    main(["convert", "--to", "transparency-xml", "-o", "out.xml", *words.split()])
    assert remark in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "remark"),
    [
        ("tampered.xml", "transaction 17 is left out: not every value of it is verified"),
        ("open.txt", "transaction (without id) is left out"),
        ("half.xml", "line 1: transaction 1 may not be billed (TRANSACTION_INCOMPLETE)"),
        ("long.xml", "OCPI_LENGTH: signed_data needs "),
        ("--plain-data-characters 100 valid.xml", "line 1: plain_data holds a digest"),
        ("fiscal.xml", "nothing was written"),
        ("--language de tampered.xml", "Ladevorgang 17 bleibt weg"),
    ],
)
def test_remarks_on_ocpi(words: str, remark: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A transaction that is no evidence, or that OCPI cannot carry, is told and left out."""
    main(["convert", "--to", "ocpi", "-o", "out.json", *words.split()])
    assert remark in capsys.readouterr().err


@pytest.mark.parametrize("error", [MalformedPayloadError, LimitExceededError])
def test_a_file_that_would_come_back_changed_is_refused(
    error: type[MalformedPayloadError], monkeypatch: pytest.MonkeyPatch, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be read again as it was is not written, and it is said why."""

    def refuse(_: object) -> bytes:
        raise error(Code.ENCODING_INVALID, "it would come back changed")

    monkeypatch.setattr("meter_sign.cli.convert.write_transparency_xml", refuse)
    assert 2 == main(["convert", "valid.xml", "--to", "transparency-xml", "-o", "out.xml"])
    assert "nothing was written: ENCODING_INVALID: it would come back changed" in capsys.readouterr().err
    assert not (here / "out.xml").exists()


def test_a_format_that_the_official_tool_does_not_know(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    """It is left out and named; verified as it is, the end is no success, for nothing of it was written."""
    assert 2 == main(["convert", str(CHARGEIT), "--to", "transparency-xml", "-o", "out.xml"])
    assert "value 0 is left out: the Transparenzsoftware (S.A.F.E.) knows no BSM_WS36A" in capsys.readouterr().err
    assert not (here / "out.xml").exists()
    assert 0 == main(["convert", str(CHARGEIT), "--to", "ocpi", "-o", "out.json"])


def test_ocpi_is_one_object_a_line(here: Path) -> None:
    """Each transaction is one SignedData object with the names of OCPI and no others."""
    assert 0 == main(["convert", "--key", "key.hex", "--to", "ocpi", "-o", "out", "pair.txt"])
    (line,) = (here / "out").read_text(encoding="ascii").splitlines()
    shown = json.loads(line)
    assert {"encoding_method", "public_key", "signed_values"} == shown.keys()
    begin, end = shown["signed_values"]
    assert {"nature", "plain_data", "signed_data"} == begin.keys() == end.keys()
    assert [BEGIN_RECORD.encode(), END_RECORD.encode()] == [b64decode(one["signed_data"]) for one in (begin, end)]
    assert bytes.fromhex(spki_hex(KEY)) == b64decode(shown["public_key"])


def test_what_fits_is_written_beside_what_does_not(here: Path) -> None:
    """A transaction that is too long for OCPI does not stop the next one."""
    main(["convert", "--to", "ocpi", "-o", "out", "long.xml"])
    assert 1 == len((here / "out").read_text(encoding="ascii").splitlines())


def test_a_file_cannot_paint_over_the_remarks(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A terminal obeys nothing that an id or a name of the file holds."""
    evil = "\x1b[2K\u202e"
    (here / "evil.xml").write_bytes(xml(value(SESSION, key=spki_hex(KEY), transactionId="\u009b2K\u202e")))
    main(["convert", "--to", "transparency-xml", "-o", "out.xml", "evil.xml"])
    main(["convert", "--to", "transparency-xml", f"{evil}.xml"])
    assert not {"\x1b", "\u202e", "\u009b"} & set(capsys.readouterr().err)


def test_both_languages_say_the_same_things() -> None:
    """Every remark exists in both languages, with the same parts."""
    english, german = WORDS[Language.ENGLISH], WORDS[Language.GERMAN]
    assert english.keys() == german.keys()
    assert [PART.findall(text) for text in english.values()] == [PART.findall(german[name]) for name in english]
