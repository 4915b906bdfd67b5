"""PCDF: the line, its fields, and what they say."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from meter_sign.codes import Code
from meter_sign.container import detect
from meter_sign.errors import (
    InvalidSignatureError,
    MalformedPayloadError,
    MeterSignError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
)
from meter_sign.formats import parse
from meter_sign.model import (
    Identification,
    MeterIdentity,
    Pagination,
    PaginationKind,
    ParsedRecord,
    PayloadFormat,
    Phase,
    SignatureForm,
    SignedPayload,
)
from meter_sign.quantity import Unit
from meter_sign.timestamps import TimeStatus
from tests.support.pcdf import METER, TRANSACTION, line, point

USUAL = line()
SIGNED, SIGNATURE = USUAL.removesuffix(")").split("(SG:")


def parse_line(text: str) -> ParsedRecord:
    """Parse one line, as the container hands it on."""
    return parse(SignedPayload(format=PayloadFormat.PCDF, index=0, raw=text.encode()))


def refused(text: str) -> MeterSignError:
    """Why a line is not parsed."""
    with pytest.raises(MeterSignError) as caught:
        parse_line(text)
    return caught.value


# The line ------------------------------------------------------------------------------------------------------------


def test_signed_bytes_are_those_before_the_signature() -> None:
    """From the mark up to `(SG:`, not a byte lost, added or re-encoded; the signature is DER."""
    parsed = parse_line(USUAL)
    assert (((SIGNED.encode(), bytes.fromhex(SIGNATURE)),), "secp256r1", SignatureForm.DER) == (
        parsed.spans, parsed.curve, parsed.signature_form,
    )  # fmt: skip


def test_line_written_out_says_what_it_says() -> None:
    """What the fields of the tests' own line mean."""
    assert (
        "128.8.0(ST:240301090000)(CT:240301100000)(CD:010000)(TV:1)(BV:1)(CSC:18)(SP:1)(RV:0010.500*kWh)"
        f"(SI:DEABC1*4*{TRANSACTION})(CS:5febd3dc)(HW:39202000189)(DT:0)(PK:{point()})"
    ) == SIGNED
    content = parse_line(USUAL).content
    assert content is not None
    (only,) = content.readings
    assert (
        MeterIdentity(serial=METER, model="PES DCMeter EU", firmware="5febd3dc"),
        Pagination(kind=PaginationKind.TRANSACTION, number=18),
        Identification(assigned=True, type="REMOTE", data="DEABC1"),
        TRANSACTION,
    ) == (content.meter, content.pagination, content.identification, content.transaction_id)
    assert (Decimal("10.500"), Unit.KWH, "1-0:B2.8.0", Phase.END, True, "") == (
        only.value, only.unit, str(only.register), only.phase, only.status_good, only.error_flags,
    )  # fmt: skip


def test_usual_line_has_no_deviation() -> None:
    """A line as all known ones are is not remarked upon."""
    parsed = parse_line(USUAL)
    assert ((), METER, point(), None) == (
        parsed.deviations, parsed.claimed_meter_id, parsed.embedded_key, parsed.content_error,
    )  # fmt: skip


def test_local_times_are_no_instants() -> None:
    """The zone stands nowhere: the times differ by the hour that was signed, and neither is an instant."""
    content = parse_line(USUAL).content
    assert content is not None
    begin, end = (one.time for one in content.readings[0].bounds)
    assert begin is not None
    assert end is not None
    assert (timedelta(hours=1), None, None) == (end.at - begin.at, begin.instant, end.instant)
    assert {TimeStatus.UNKNOWN} == {begin.status, end.status}


def test_difference_is_begin_and_end_at_once() -> None:
    """The session's energy counts from zero."""
    content = parse_line(USUAL).content
    assert content is not None
    begin, end = content.readings[0].bounds
    assert [(Phase.BEGIN, Decimal(0)), (Phase.END, Decimal("10.500"))] == [
        (one.phase, one.value) for one in (begin, end)
    ]


TRANSPORT = {
    "as it is": USUAL,
    "line end": USUAL + "\r\n",
    "control characters": f"\x02{USUAL}\x03",
    "control characters and line end": f"\x02{USUAL}\r\n\x03\r\n",
    "hex": USUAL.encode().hex(),
    "upper-case signature": f"{SIGNED}(SG:{SIGNATURE.upper()})",
}


@pytest.mark.parametrize("name", TRANSPORT)
def test_what_stands_around_the_line_is_not_signed(name: str) -> None:
    """STX, ETX and line ends frame the line on a wire; the signed bytes are the same."""
    (payload,) = detect(TRANSPORT[name].encode())
    assert ((SIGNED.encode(), bytes.fromhex(SIGNATURE)),) == parse(payload).spans


MALFORMED = {
    "nothing behind the mark": "128.8.0",
    "another mark": USUAL.replace("128.8.0", "128.8.1"),
    "blank behind the mark": USUAL.replace("128.8.0", "128.8.0 "),
    "no fields": f"128.8.0(SG:{SIGNATURE})",
    "blank between fields": USUAL.replace(")(CT", ") (CT"),
    "no name": USUAL.replace("(CT:", "(:"),
    "name in lower case": USUAL.replace("(CT:", "(ct:"),
    "name of nine letters": USUAL.replace("(CT:", "(CTCTCTCTC:"),
    "no colon": USUAL.replace("(CT:", "(CT"),
    "two colons": USUAL.replace("(CT:", "(CT::"),
    "parenthesis inside": USUAL.replace("(CT:", "(CT:("),
    "field not closed": USUAL.replace(")(CT", "(CT"),
    "umlaut": USUAL.replace("DEABC1", "DEÄBC1"),
    "line break inside": USUAL.replace("DEABC1", "DE\nBC1"),
    "zero byte inside": USUAL.replace("DEABC1", "DE\0BC1"),
    "two STX": f"\x02\x02{USUAL}",
    "signature not closed": USUAL.removesuffix(")"),
    "field behind the signature": f"{USUAL}(RV:0001.000*kWh)",
    "signature in the middle": USUAL.replace("(HW:", f"(SG:{SIGNATURE})(HW:"),
    "signature twice": f"{USUAL}(SG:{SIGNATURE})",
    "text behind the signature": f"{USUAL}x",
    "field of 1 MB that is not closed": f"128.8.0(ST:{'0' * 1_000_000}",
    "1 MB of parentheses": f"128.8.0{'(' * 1_000_000}",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_broken_line_is_malformed(name: str) -> None:
    """What is not the mark, whole fields and the signature behind them is a broken structure."""
    error = refused(MALFORMED[name])
    assert (MalformedPayloadError, Code.FRAME_INVALID) == (type(error), error.code)


def test_line_without_signature_is_unsigned() -> None:
    """Without SG nothing is claimed."""
    error = refused(SIGNED)
    assert (UnsignedPayloadError, Code.SIGNATURE_MISSING) == (type(error), error.code)


@pytest.mark.parametrize(
    "stated",
    ["", "0", "zz", SIGNATURE[:-1], f"{SIGNATURE} ", "z" * 1_000_000],
    ids=lambda text: f"{text[:3]!r}{len(text)}",
)
def test_signature_that_is_no_hex_is_invalid(stated: str) -> None:
    """SG that is there and no signature is a wrong one."""
    error = refused(f"{SIGNED}(SG:{stated})")
    assert (InvalidSignatureError, Code.SIGNATURE_MALFORMED) == (type(error), error.code)


@pytest.mark.parametrize("kind", ["1", "9", "00", "999999999"])
def test_other_kind_of_meter_is_unsupported(kind: str) -> None:
    """Of another meter than PES DCMeter EU nobody published what its values mean."""
    error = refused(line(DT=kind))
    assert (UnsupportedPayloadError, Code.FORMAT_UNSUPPORTED) == (type(error), error.code)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("1", "RFID"), ("2", "EMAID"), ("3", "CREDIT_CARD"), ("4", "REMOTE"), ("5", "NFC"), ("6", "6"), ("0", "0")],
)
def test_kind_of_id(kind: str, expected: str) -> None:
    """The known kinds by name, any other as it is written."""
    content = parse_line(line(SI=f"user*{kind}*tx")).content
    assert content is not None
    assert Identification(assigned=True, type=expected, data="user") == content.identification
