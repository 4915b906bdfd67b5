"""Containers: what is found in the bytes, and what is refused with a reason."""

from __future__ import annotations

from base64 import b32encode, b64encode
from contextlib import suppress
from textwrap import wrap
from time import process_time

import pytest

from meter_sign.codes import Code
from meter_sign.container import detect
from meter_sign.errors import LimitExceededError, MalformedPayloadError
from meter_sign.limits import Limits
from meter_sign.model import PayloadFormat
from tests.support.ocmf import BEGIN_RECORD, END_RECORD, SESSION, spki_hex, value, xml

RAW = SESSION.encode()
HEX = RAW.hex()
BASE64 = b64encode(RAW).decode()

TEXT_FORMS = {
    "plain": RAW,
    "blanks around": b" \t\r\n" + RAW + b"\r\n\r\n",
    "byte order mark": b"\xef\xbb\xbf" + RAW,
    "hex": HEX.encode(),
    "hex upper case": HEX.upper().encode(),
    "hex with blanks between bytes": " ".join(wrap(HEX, 2)).encode(),
    "hex in lines": "\n".join(wrap(HEX, 64)).encode(),
    "base64": BASE64.encode(),
    "base64 in lines": "\r\n".join(wrap(BASE64, 76)).encode(),
}


@pytest.mark.parametrize("form", TEXT_FORMS)
def test_every_text_form_gives_the_same_bytes(form: str) -> None:
    """A record is the same bytes, however it was wrapped for transport."""
    (payload,) = detect(TEXT_FORMS[form])
    assert RAW == payload.raw
    assert PayloadFormat.OCMF is payload.format
    assert payload.broken is None


def test_records_one_a_line() -> None:
    """Each line that begins a record is one value, in order, blank lines are none."""
    raw = f"{BEGIN_RECORD}\n\n{BASE64}\r\n{END_RECORD.encode().hex()}\n".encode()
    assert [(0, BEGIN_RECORD.encode()), (1, RAW), (2, END_RECORD.encode())] == [
        (one.index, one.raw) for one in detect(raw)
    ]


def test_pretty_printed_payload_is_one_record() -> None:
    """Line ends inside a record belong to it."""
    raw = b'OCMF|{\n  "FV": "1.0"\r\n}|\n{"SD": "00"}'
    (payload,) = detect(raw)
    assert raw == payload.raw


def test_text_before_the_first_record_is_a_broken_value() -> None:
    """Nothing in a file disappears from its verdict."""
    first, second = detect(b"something else\n" + RAW)
    assert (PayloadFormat.UNKNOWN, Code.NOT_RECOGNISED) == (first.format, first.broken and first.broken[0])
    assert RAW == second.raw


NOT_RECOGNISED = {
    "empty": b"",
    "blanks": b" \n\t ",
    "prose": b"Zaehlerstand 12,5 kWh",
    "another header": b"OCMG|{}|{}",
    "lower-case header": b"ocmf|{}|{}",
    "hex of something else": b"deadbeef",
    "binary": bytes(range(256)),
    "JSON of something else": b'{"meterValue": "x"}',
    "XML of something else": b"<html><body>value</body></html>",
    "a container without values": b"<values></values>",
}


@pytest.mark.parametrize("name", NOT_RECOGNISED)
def test_unrecognised_input_is_refused(name: str) -> None:
    """What no format recognises has no value and is refused with NOT_RECOGNISED."""
    with pytest.raises(MalformedPayloadError) as caught:
        detect(NOT_RECOGNISED[name])
    assert Code.NOT_RECOGNISED is caught.value.code


INVALID_XML = {
    "cut off": b"<values><value>",
    "two roots": b"<values/><values/>",
    "no XML after the bracket": b"<<<",
    "undeclared entity": b"<values><value><signedData>&secret;</signedData></value></values>",
    "external entity": b'<!DOCTYPE values [<!ENTITY x SYSTEM "file:///etc/hostname">]><values>&x;</values>',
    "billion laughs": b'<!DOCTYPE v [<!ENTITY a "aaa"><!ENTITY b "&a;&a;&a;">]><values>&b;</values>',
    "document type alone": b"<!DOCTYPE values><values><value/></values>",
    "document type in UTF-16": '<?xml version="1.0"?><!DOCTYPE values [<!ENTITY a "b">]><values/>'.encode("utf-16"),
}


@pytest.mark.parametrize("name", INVALID_XML)
def test_dangerous_or_broken_xml_is_refused(name: str) -> None:
    """XML that cannot be parsed, or that could expand or load something, is refused as a whole."""
    with pytest.raises(MalformedPayloadError) as caught:
        detect(INVALID_XML[name])
    assert Code.CONTAINER_INVALID is caught.value.code


def signed_data(inner: str, attributes: str = "") -> bytes:
    """A container with this inside its only signedData."""
    return xml(f"<value><signedData{attributes}>{inner}</signedData></value>")


XML_FORMS = {
    "plain": signed_data(SESSION),
    "entities": signed_data(SESSION.replace('"', "&quot;")),
    "character references": signed_data(SESSION.replace('"', "&#34;").replace("|", "&#x7C;")),
    "CDATA": signed_data(f"<![CDATA[{SESSION}]]>"),
    "CDATA in pieces": signed_data(f"{SESSION[:30]}<![CDATA[{SESSION[30:]}]]>"),
    "blanks around": signed_data(f"\n\t {SESSION}\n"),
    "declared hex": signed_data(HEX, ' encoding="hex"'),
    "declared Base64": signed_data(BASE64, ' encoding="Base64"'),
    "declared base32": signed_data(b32encode(RAW).decode(), ' format="OCMF" encoding="base32"'),
    "hex without saying so": signed_data(HEX),
    "hex that says plain": signed_data(HEX, ' encoding="plain"'),
    "plain that says hex": signed_data(SESSION, ' encoding="hex"'),
    "another declared format": signed_data(SESSION, ' format="ALFEN"'),
    "in UTF-16": xml(value(SESSION)).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "as encodedData": xml(f"<value><encodedData>{SESSION}</encodedData></value>"),
    "below another root": xml(value(SESSION), root="current"),
}


@pytest.mark.parametrize("form", XML_FORMS)
def test_every_xml_form_gives_the_same_bytes(form: str) -> None:
    """Whatever spelling XML allows for a text, and whatever the attributes claim, the record's bytes are the same."""
    (payload,) = detect(XML_FORMS[form])
    assert (PayloadFormat.OCMF, RAW, None) == (payload.format, payload.raw, payload.broken)


def test_umlauts_are_utf_8() -> None:
    """Text of any XML encoding becomes the UTF-8 that was signed."""
    raw = xml(value('OCMF|{"TT":"Tarif für Gäste"}|{"SD":"00"}')).decode().replace("UTF-8", "ISO-8859-1")
    (payload,) = detect(raw.encode("iso-8859-1"))
    assert 'OCMF|{"TT":"Tarif für Gäste"}|{"SD":"00"}'.encode() == payload.raw


def test_attributes_of_a_value() -> None:
    """Transaction id, context and key are those of the value; the signed text's own id is only second."""
    text = SESSION.replace('"', "&quot;")
    raw = xml(
        value(SESSION, key=spki_hex(), context="Transaction.Begin", transactionId=" 17 "),
        f'<value><signedData transactionId="29" context="Transaction.End">{text}</signedData></value>',
        value(SESSION),
        root='values transactionId="99" context="Transaction.End"',
    )
    expected = [("17", "Transaction.Begin", spki_hex()), ("29", "Transaction.End", None), (None, None, None)]
    assert expected == [(one.transaction_id, one.context, one.container_key) for one in detect(raw)]


def test_namespace_is_a_deviation() -> None:
    """A namespace, which the official tool cannot read, is read and named."""
    (payload,) = detect(xml(value(SESSION), root='values xmlns="urn:safe"'))
    assert (Code.XML_NAMESPACE,) == payload.deviations
    assert RAW == payload.raw


BROKEN_VALUES = {
    "empty": (signed_data("", ' format="OCMF"'), Code.EMPTY_VALUE),
    "blanks only": (signed_data(" \n\t "), Code.EMPTY_VALUE),
    "no signedData": (xml("<value/>"), Code.EMPTY_VALUE),
    "comment inside": (signed_data(f"{SESSION[:9]}<!-- x -->{SESSION[9:]}"), Code.CONTAINER_INVALID),
    "processing instruction inside": (signed_data(f"{SESSION[:9]}<?x y?>{SESSION[9:]}"), Code.CONTAINER_INVALID),
    "element inside": (signed_data(f"<b>{SESSION}</b>"), Code.CONTAINER_INVALID),
    "two signed texts": (
        xml("<value><signedData>AP;</signedData><encodedData>AP;</encodedData></value>"), Code.CONTAINER_INVALID,
    ),
    "two keys": (
        xml("<value><signedData>OCMF|</signedData><publicKey>0</publicKey><publicKey>1</publicKey></value>"),
        Code.CONTAINER_INVALID,
    ),
    "key with an element": (
        xml("<value><signedData>OCMF|</signedData><publicKey><a/></publicKey></value>"), Code.CONTAINER_INVALID,
    ),
    "no hex": (signed_data("zz", ' encoding="hex"'), Code.ENCODING_INVALID),
    "no base64": (signed_data("T0NNRnx7!", ' encoding="base64"'), Code.ENCODING_INVALID),
    "unknown encoding": (signed_data("00", ' encoding="rot13"'), Code.ENCODING_INVALID),
    "prose": (signed_data("kWh"), Code.NOT_RECOGNISED),
    "sealed": (xml('<value><encodedData format="OCMF" encoding="hex">3082</encodedData></value>'),
               Code.FORMAT_UNSUPPORTED),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN_VALUES)
def test_broken_value_stays_a_value(name: str) -> None:
    """A value that cannot be read is kept with its reason, never dropped."""
    raw, expected = BROKEN_VALUES[name]
    (payload,) = detect(raw)
    assert payload.broken is not None
    assert expected is payload.broken[0]


def test_a_broken_value_does_not_hide_its_neighbours() -> None:
    """Values keep their position in document order, broken and nested ones included."""
    raw = xml("<value/>", f"<group>{value(SESSION)}</group>", value("kWh"))
    assert [(0, b""), (1, RAW), (2, b"")] == [(one.index, one.raw) for one in detect(raw)]


SMALL = Limits(container_bytes=4_000, record_bytes=1_000, values=2)


@pytest.mark.parametrize(
    "raw",
    [b"OCMF|" + b" " * 4_000, b"OCMF|\nOCMF|\nOCMF|\n", xml("<value/>", "<value/>", "<value/>")],
    ids=["file too large", "too many records", "too many values"],
)
def test_file_beyond_the_caps_is_refused(raw: bytes) -> None:
    """A file larger than the caps is refused before it costs anything."""
    with pytest.raises(LimitExceededError):
        detect(raw, SMALL)


def test_record_beyond_the_cap_is_broken() -> None:
    """One record too large is broken and leaves the others alone."""
    first, second = detect(b"OCMF|" + b"x" * 1_000 + b"\nOCMF|{}|{}", SMALL)
    assert first.broken is not None
    assert Code.LIMIT_EXCEEDED is first.broken[0]
    assert b"OCMF|{}|{}" == second.raw


def test_values_up_to_the_cap_are_read() -> None:
    """The cap itself is still allowed."""
    assert 2 == len(detect(b"OCMF|\nOCMF|", SMALL))


@pytest.mark.parametrize("filling", [b"\n", b" ", b"<", b"OCMF|", b"4f 43 4d 46 7c", b"T0NNRnx7"])
def test_detection_takes_linear_time(filling: bytes) -> None:
    """No filling of a large file makes detection slow (ten seconds are a hundred times what it takes)."""
    started = process_time()
    with suppress(MalformedPayloadError):
        detect(filling * (4_000_000 // len(filling)))
    assert process_time() - started < 10


def test_namespaces_around_records_are_capped() -> None:
    """Every record takes the namespaces around it along, so 500 kB of both took a quarter of an hour."""
    declared = " ".join(f'xmlns:n{number}="u{number}"' for number in range(20_000))
    raw = f"<Billing {declared}>{'<ChargingProcess/>' * 2_000}</Billing>".encode()
    started = process_time()
    with pytest.raises(LimitExceededError):
        detect(raw)
    assert process_time() - started < 5


def test_record_inside_a_record_is_written_once() -> None:
    """Only the innermost of nested records is one; each of the others would be written out with all that is inside."""
    raw = f"<Billing>{'<ChargingProcess>' * 3}x{'</ChargingProcess>' * 3}</Billing>".encode()
    assert [Code.CONTAINER_INVALID, Code.CONTAINER_INVALID, None] == [
        one.broken and one.broken[0] for one in detect(raw)
    ]
