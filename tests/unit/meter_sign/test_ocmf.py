"""OCMF: the frame, the signature section, versions; the signed span to the byte."""

from __future__ import annotations

from time import process_time

import pytest

from meter_sign.codes import Code
from meter_sign.container import detect
from meter_sign.errors import (
    InvalidSignatureError,
    LimitExceededError,
    MalformedPayloadError,
    MeterSignError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
)
from meter_sign.formats import parse
from meter_sign.limits import DEFAULT_LIMITS, Limits
from meter_sign.model import ParsedRecord, PayloadFormat, SignedPayload
from tests.support.ocmf import sign_text

RD = '"RD":[{"TM":"2024-03-01T08:00:00,000+0100 S","TX":"B","RV":1.5,"RI":"1-0:1.8.0","RU":"kWh","ST":"G"}]'
FIELDS = f'"PG":"T1","MS":"M1","IS":true,"IT":"NONE",{RD}'


def parse_text(text: str, limits: Limits = DEFAULT_LIMITS) -> ParsedRecord:
    """Parse one record, as the container hands it on."""
    return parse(SignedPayload(format=PayloadFormat.OCMF, index=0, raw=text.encode()), limits)


def parse_section(section: str, *, payload: str = f'{{"FV":"1.0",{FIELDS}}}') -> ParsedRecord:
    """Parse a record with exactly this signature section."""
    return parse_text(f"OCMF|{payload}|{section}")


SIGNED_SPANS = {
    "compact": f'{{"FV":"1.0",{FIELDS}}}',
    "blanks at both ends": f' {{"FV":"1.0",{FIELDS}}} ',
    "pretty printed": f'\n{{\n  "FV" : "1.0",\r\n\t{FIELDS}\n}}\n',
    "umlauts": f'{{"FV":"1.1","TT":"Tarif für Gäste",{FIELDS}}}',
    "escaped umlauts": f'{{"FV":"1.1","TT":"Tarif f\\u00fcr G\\u00e4ste",{FIELDS}}}',
    "separator in a text": f'{{"FV":"1.1","TT":"Tag|Nacht",{FIELDS}}}',
    "escaped quote before a separator": f'{{"FV":"1.1","TT":"a\\"|\\\\",{FIELDS}}}',
    "separator in a name": f'{{"FV":"1.1","U|V":1,{FIELDS}}}',
}


@pytest.mark.parametrize("name", SIGNED_SPANS)
def test_signed_bytes_are_those_between_the_separators(name: str) -> None:
    """Not a byte of the signed span is lost, added or re-encoded."""
    span = SIGNED_SPANS[name]
    assert span.encode() == parse_text(sign_text(span)).signed_bytes


def test_separator_in_a_text_is_a_deviation() -> None:
    """The character that the specification forbids in sections is read and named."""
    assert Code.PIPE_IN_SECTION in parse_text(sign_text(SIGNED_SPANS["separator in a text"])).deviations


def test_usual_record_has_no_deviation() -> None:
    """A record that follows the specification is not remarked upon."""
    assert () == parse_text(sign_text(SIGNED_SPANS["compact"])).deviations


FRAMES = {
    "no header": ("ocmf|{}|{}", Code.FRAME_INVALID),
    "no section": ("OCMF|", Code.FRAME_INVALID),
    "no signature section": ("OCMF|{}", Code.FRAME_INVALID),
    "five sections": ("OCMF|{}|{}|00|00", Code.FRAME_INVALID),
    "string without end": ('OCMF|{"a|{}|{}', Code.FRAME_INVALID),
    "payload no JSON": ('OCMF|FV 1.0|{"SD":"00"}', Code.JSON_INVALID),
    "payload empty": ('OCMF||{"SD":"00"}', Code.JSON_INVALID),
    "payload an array": ('OCMF|[]|{"SD":"00"}', Code.JSON_INVALID),
    "payload a number": ('OCMF|1|{"SD":"00"}', Code.JSON_INVALID),
    "text after the payload object": ('OCMF|{} {}|{"SD":"00"}', Code.JSON_INVALID),
    "signature section no JSON": ("OCMF|{}|SD", Code.JSON_INVALID),
    "signature section an array": ('OCMF|{}|["SD"]', Code.JSON_INVALID),
    "signature section twice SD": ('OCMF|{}|{"SD":"00","SD":"01"}', Code.DUPLICATE_JSON_KEY),
    "signature section with NaN": ('OCMF|{}|{"SD":"00","A":NaN}', Code.NUMBER_NOT_FINITE),
    "SD a number": ('OCMF|{}|{"SD":1}', Code.FIELD_INVALID),
    "SA a number": ('OCMF|{}|{"SA":1,"SD":"00"}', Code.FIELD_INVALID),
    "SE an object": ('OCMF|{}|{"SE":{},"SD":"00"}', Code.FIELD_INVALID),
    "SM null": ('OCMF|{}|{"SM":null,"SD":"00"}', Code.FIELD_INVALID),
    "too deep": ("OCMF|" + "[" * 100 + '|{"SD":"00"}', Code.LIMIT_EXCEEDED),
}


@pytest.mark.parametrize("name", FRAMES)
def test_broken_structure_is_malformed(name: str) -> None:
    """What is no frame of JSON objects, or means two things at once, is a broken structure."""
    text, expected = FRAMES[name]
    with pytest.raises(MalformedPayloadError) as caught:
        parse_text(text)
    assert expected is caught.value.code


def test_text_that_is_no_utf_8_is_malformed() -> None:
    """Bytes in another encoding are refused, not guessed at."""
    (payload,) = detect('OCMF|{"TT":"Gäste"}|{"SD":"00"}'.encode("iso-8859-1"))
    with pytest.raises(MalformedPayloadError) as caught:
        parse(payload)
    assert (Code.ENCODING_INVALID, "payload section, byte 8") == (caught.value.code, caught.value.where)


@pytest.mark.parametrize("section", ["{}", '{"SA":"ECDSA-secp256r1-SHA256"}', '{"SD":null}', '{"sd":"00"}'])
def test_no_signature_is_unsigned(section: str) -> None:
    """A record whose signature section names no signature is unsigned."""
    with pytest.raises(UnsignedPayloadError) as caught:
        parse_section(section)
    assert Code.SIGNATURE_MISSING is caught.value.code


@pytest.mark.parametrize(
    "section",
    [
        '{"SD":""}',
        '{"SD":"  "}',
        '{"SD":"zz"}',
        '{"SD":"303"}',
        '{"SE":"base64","SD":"MEU"}',
        '{"SE":"base64","SD":"M%U="}',
        '{"SD":"\uff13\uff10"}',
    ],
)
def test_signature_that_is_none_is_invalid(section: str) -> None:
    """A signature that is claimed and is none is a wrong signature, not a missing one."""
    with pytest.raises(InvalidSignatureError) as caught:
        parse_section(section)
    assert Code.SIGNATURE_MALFORMED is caught.value.code


def test_signature_beyond_the_cap_is_refused() -> None:
    """A signature longer than any curve needs is not even read."""
    with pytest.raises(LimitExceededError):
        parse_section('{"SD":"' + "00" * 257 + '"}')


ALGORITHMS = {
    "": ("secp256r1", ()),
    "ECDSA-secp256r1-SHA256": ("secp256r1", ()),
    "ECDSA-secp192k1-SHA256": ("secp192k1", ()),
    "ECDSA-secp256k1-SHA256": ("secp256k1", ()),
    "ECDSA-secp192r1-SHA256": ("secp192r1", ()),
    "ECDSA-brainpool256r1-SHA256": ("brainpoolP256r1", ()),
    "ECDSA-secp384r1-SHA256": ("secp384r1", ()),
    "ECDSA-brainpool384r1-SHA256": ("brainpoolP384r1", ()),
    "ECDSA-brainpoolP384r1-SHA256": ("brainpoolP384r1", (Code.ALGORITHM_NAME_SPELLING,)),
    "ECDSA-SECP256R1-SHA256": ("secp256r1", (Code.ALGORITHM_NAME_SPELLING,)),
    "ecdsa-secp256r1-sha256": ("secp256r1", (Code.ALGORITHM_NAME_SPELLING,)),
    " ECDSA-secp256r1-SHA256 ": ("secp256r1", (Code.ALGORITHM_NAME_SPELLING,)),
    "ECDSA-secp521r1-SHA256": ("secp521r1", (Code.ALGORITHM_NOT_IN_TABLE,)),
}


@pytest.mark.parametrize("stated", ALGORITHMS)
def test_algorithm_names_the_curve(stated: str) -> None:
    """Table 22 by its own names without a remark, every other spelling with one."""
    section = f'{{"SA":"{stated}","SD":"00"}}' if stated else '{"SD":"00"}'
    parsed = parse_section(section)
    assert ALGORITHMS[stated] == (parsed.curve, parsed.deviations)


UNSUPPORTED_SECTIONS = {
    "another hash": '{"SA":"ECDSA-secp256r1-SHA512","SD":"00"}',
    "hash of the curve's size": '{"SA":"ECDSA-secp384r1-SHA384","SD":"00"}',
    "another method": '{"SA":"RSA-2048-SHA256","SD":"00"}',
    "unknown curve": '{"SA":"ECDSA-sect163k1-SHA256","SD":"00"}',
    "no curve": '{"SA":"ECDSA-SHA256","SD":"00"}',
    "empty": '{"SA":"","SD":"00"}',
    "four parts": '{"SA":"ECDSA-secp256r1-SHA256-x","SD":"00"}',
    "unknown encoding": '{"SE":"base32","SD":"00"}',
    "another mime type": '{"SM":"application/pkcs7-signature","SD":"00"}',
}


@pytest.mark.parametrize("name", UNSUPPORTED_SECTIONS)
def test_other_signature_methods_are_unsupported(name: str) -> None:
    """A method that cannot be judged is said to be so; it is neither right nor wrong."""
    with pytest.raises(UnsupportedPayloadError) as caught:
        parse_section(UNSUPPORTED_SECTIONS[name])
    assert Code.ALGORITHM_UNSUPPORTED is caught.value.code


@pytest.mark.parametrize(
    ("section", "expected", "deviations"),
    [
        ('{"SD":"3045AbCd"}', b"\x30\x45\xab\xcd", ()),
        ('{"SE":"hex","SD":"3045"}', b"\x30\x45", ()),
        ('{"SE":"base64","SD":"MEU="}', b"\x30\x45", ()),
        ('{"SE":"Base64","SD":"MEU="}', b"\x30\x45", (Code.SIGNATURE_ENCODING_SPELLING,)),
        ('{"SM":"Application/X-DER","SD":"3045"}', b"\x30\x45", (Code.SIGNATURE_ENCODING_SPELLING,)),
        ('{"SD":"30 45\\n"}', b"\x30\x45", (Code.SIGNATURE_WHITESPACE,)),
        ('{"SM":"application/x-der","SD":"3045","Z":1}', b"\x30\x45", ()),
    ],
)
def test_signature_bytes(section: str, expected: bytes, deviations: tuple[Code, ...]) -> None:
    """SD is read by SE, and every spelling that the specification does not have is named."""
    parsed = parse_section(section)
    assert (expected, deviations) == (parsed.spans[0].signature, parsed.deviations)


@pytest.mark.parametrize(("fourth", "expected"), [("|00ff\n", "00ff"), ("|", None)])
def test_fourth_section_is_an_embedded_key(fourth: str, expected: str | None) -> None:
    """A fourth section is no part of the format; it is kept as the record's own key and named."""
    parsed = parse_text(sign_text(SIGNED_SPANS["compact"]) + fourth)
    assert (expected, (Code.FOURTH_SECTION,)) == (parsed.embedded_key, parsed.deviations)


VERSIONS = {
    '"FV":"0.1",': ("0.1", (Code.FIELD_MISSING,)),
    '"FV":"0.3",': ("0.3", (Code.FIELD_MISSING,)),
    '"FV":"0.4",': ("0.4", ()),
    '"FV":"0.5",': ("0.5", ()),
    '"FV":"1.0",': ("1.0", ()),
    '"FV":"1.4",': ("1.4", ()),
    '"FV":"1.5",': ("1.5", (Code.FORMAT_VERSION_UNKNOWN,)),
    '"FV":"1.10",': ("1.10", (Code.FORMAT_VERSION_UNKNOWN,)),
    '"FV":"0.9",': ("0.9", (Code.FORMAT_VERSION_UNKNOWN,)),
    '"FV":1.0,': ("1.0", (Code.FIELD_SPELLING,)),
    '"FV":"1",': ("1.0", (Code.FIELD_SPELLING,)),
    '"FV":"1.0.2",': ("1.0", (Code.FIELD_SPELLING,)),
    '"FV":" 1.0",': ("1.0", (Code.FIELD_SPELLING,)),
    '"FV":null,': (None, (Code.FORMAT_VERSION_MISSING,)),
    "": (None, (Code.FORMAT_VERSION_MISSING,)),
}


@pytest.mark.parametrize("stated", VERSIONS)
def test_versions_that_are_judged(stated: str) -> None:
    """0.1 to 1.4, and a higher minor version or a missing one with a remark; SA has a default since 0.4 only."""
    parsed = parse_section('{"SD":"00"}', payload=f"{{{stated}{FIELDS}}}")
    assert VERSIONS[stated] == (parsed.format_version, parsed.deviations)


@pytest.mark.parametrize("stated", ['"0.0"', '"0"', '"2.0"', '"10.0"', '""', '"eins"', "true", "[1]", '"-1.0"', "1e9"])
def test_versions_that_cannot_be_judged(stated: str) -> None:
    """Another major version, one before 0.1, or no version at all in FV is unsupported."""
    with pytest.raises(UnsupportedPayloadError) as caught:
        parse_section('{"SD":"00"}', payload=f'{{"FV":{stated},{FIELDS}}}')
    assert Code.FORMAT_VERSION_UNSUPPORTED is caught.value.code


SIGNED_ALGORITHMS = {
    "0.4": "secp384r1",
    "0.5": "secp384r1",
    "0.3": "secp256r1",
    "1.0": "secp256r1",
}


@pytest.mark.parametrize("version", SIGNED_ALGORITHMS)
def test_two_versions_sign_their_algorithm(version: str) -> None:
    """In 0.4 and 0.5 SA stands in the payload section; in no other version does it count there."""
    stated = f'{{"FV":"{version}","SA":"ECDSA-secp384r1-SHA256",{FIELDS}}}'
    assert SIGNED_ALGORITHMS[version] == parse_section('{"SD":"00"}', payload=stated).curve


def test_algorithm_of_the_signature_section_outranks_the_signed_one() -> None:
    """Where both stand, the signature section's counts: the one of the newest specification."""
    stated = f'{{"FV":"0.4","SA":"ECDSA-secp384r1-SHA256",{FIELDS}}}'
    section = '{"SA":"ECDSA-secp256k1-SHA256","SD":"00"}'
    assert "secp256k1" == parse_section(section, payload=stated).curve


CONTENT_BREACHES = {
    "duplicate key": (f'{{"FV":"1.0","PG":"T2",{FIELDS}}}', Code.DUPLICATE_JSON_KEY),
    "duplicate key in a reading": (f'{{"FV":"1.0",{FIELDS.replace("1.5", "1.5,%RV%:9")}}}'.replace("%", '"'),
                                   Code.DUPLICATE_JSON_KEY),
    "NaN": (f'{{"FV":"1.0",{FIELDS.replace("1.5", "NaN")}}}', Code.NUMBER_NOT_FINITE),
    "minus infinity": (f'{{"FV":"1.0",{FIELDS.replace("1.5", "-Infinity")}}}', Code.NUMBER_NOT_FINITE),
    "huge exponent": (f'{{"FV":"1.0",{FIELDS.replace("1.5", "1e999999999")}}}', Code.NUMBER_OUT_OF_RANGE),
    "lone surrogate": (f'{{"FV":"1.0","TT":"\\ud800",{FIELDS}}}', Code.TEXT_NOT_UNICODE),
    "thirteenth month": (f'{{"FV":"1.0",{FIELDS.replace("2024-03", "2024-13")}}}', Code.TIME_INVALID),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTENT_BREACHES)
def test_content_that_is_no_measurement_waits_for_the_signature(name: str) -> None:
    """Such a record still parses, so that its signature is judged first; its content is withheld."""
    span, expected = CONTENT_BREACHES[name]
    parsed = parse_text(sign_text(span))
    assert parsed.content_error is not None
    assert expected is parsed.content_error.code
    assert (None, "M1", span.encode()) == (parsed.content, parsed.claimed_meter_id, parsed.signed_bytes)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ('"MS":"M1","GS":"G1"', "M1"),
        ('"MS":"","GS":"G1"', "G1"),
        ('"GS":"G1"', "G1"),
        ('"MS":7,"GS":"G1"', "G1"),
        ('"MS":null', None),
    ],
)
def test_claimed_meter_id(fields: str, expected: str | None) -> None:
    """The meter's serial, else the gateway's, also where the rest of the record is no measurement."""
    assert expected == parse_text(sign_text(f'{{"FV":"1.0",{fields}}}')).claimed_meter_id


def test_more_readings_than_the_cap_are_refused() -> None:
    """The number of readings is capped."""
    with pytest.raises(LimitExceededError):
        parse_text(sign_text(f'{{"FV":"1.0",{FIELDS}}}'.replace("[{", "[{},{")), Limits(readings=1))


def test_format_without_a_parser_is_unsupported() -> None:
    """A format that has no line in the table cannot be judged."""
    with pytest.raises(UnsupportedPayloadError) as caught:
        parse(SignedPayload(format=PayloadFormat.UNKNOWN, index=0, raw=b"AP;"))
    assert Code.FORMAT_UNSUPPORTED is caught.value.code


@pytest.mark.parametrize(
    ("code", "expected"),
    [(Code.EMPTY_VALUE, MalformedPayloadError), (Code.FORMAT_UNSUPPORTED, UnsupportedPayloadError)],
)
def test_value_broken_in_its_container(code: Code, expected: type[MeterSignError]) -> None:
    """What the container knows is raised with its code and the value's position."""
    with pytest.raises(expected) as caught:
        parse(SignedPayload(format=PayloadFormat.OCMF, index=3, raw=b"", broken=(code, "why")))
    assert (code, "value 3") == (caught.value.code, caught.value.where)


@pytest.mark.parametrize("filling", ['"', '"\\', '\\"', "|", "[", '{"a":', "9", "\\u00"])
def test_parsing_takes_linear_time(filling: str) -> None:
    """No filling of a record of the largest size makes it slow to read."""
    text = "OCMF|" + filling * (64_000 // len(filling)) + '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[|{"SD":"00"}'
    started = process_time()
    with pytest.raises(MeterSignError):
        parse_text(text)
    assert process_time() - started < 5
