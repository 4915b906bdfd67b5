"""Verification: what holds becomes evidence, everything else raises, in the contract's order."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from meter_sign.codes import Code
from meter_sign.container import detect
from meter_sign.crypto.keys import TrustedKey, decode_public_key
from meter_sign.errors import ContentError, InvalidSignatureError, KeyMaterialError
from meter_sign.formats import parse
from meter_sign.model import KeySource, ParsedRecord, SignerKind
from meter_sign.verify import verify
from tests.support.ocmf import SESSION, sign_text, spki_hex
from tests.support.records import KEY, OTHER_KEY

METER = TrustedKey(key=decode_public_key(spki_hex(KEY)), source=KeySource.REGISTRY)
OTHER = TrustedKey(key=decode_public_key(spki_hex(OTHER_KEY)), source=KeySource.REGISTRY)
P384 = TrustedKey(
    key=decode_public_key(spki_hex(ec.derive_private_key(0xE1C4, ec.SECP384R1()))), source=KeySource.REGISTRY
)
NAN = '{"FV":"1.0","MS":"M1","RD":[{"RV":NaN}]}'


def parsed(text: str = SESSION) -> ParsedRecord:
    """A record as the first stages read it."""
    (payload,) = detect(text.encode())
    return parse(payload)


def test_record_that_holds_becomes_evidence() -> None:
    """The result carries what was signed, who vouches for the key, and the record's identity."""
    record = verify(parsed(), METER)
    signed = SESSION.split("|")[1].encode()
    assert sha256(signed).hexdigest() == record.signed_sha256
    assert (KeySource.REGISTRY, SignerKind.METER) == (record.key_source, record.signer_kind)
    assert (METER.key.fingerprint, METER.key.spki_der) == (record.key_fingerprint, record.key_der)
    assert ("M1", "1.0") == (record.content.meter.meter_id, record.format_version)
    assert SESSION.encode() == record.payload.raw


def test_another_key_does_not_verify() -> None:
    """A key that did not sign is a mismatch, never a weaker yes."""
    with pytest.raises(InvalidSignatureError) as caught:
        verify(parsed(), OTHER)
    assert Code.SIGNATURE_MISMATCH is caught.value.code


@pytest.mark.parametrize(
    ("before", "after"),
    [("110.5", "111.5"), ("110.5", "110.50"), ('"M1"', '"M2"'), ("09:00:00", "09:00:01"), ("{", "{ "), ('"B"', '"b"')],
)
def test_any_change_of_the_signed_span_is_a_mismatch(before: str, after: str) -> None:
    """Neither a digit nor a blank of what was signed can change."""
    assert before in SESSION
    with pytest.raises(InvalidSignatureError):
        verify(parsed(SESSION.replace(before, after, 1)), METER)


def test_signature_of_another_record_is_a_mismatch() -> None:
    """A real signature over other bytes proves nothing here."""
    other = sign_text('{"FV":"1.0"}').rpartition("|")[2]
    with pytest.raises(InvalidSignatureError):
        verify(parsed(SESSION.rpartition("|")[0] + "|" + other), METER)


def test_key_on_another_curve_is_no_key() -> None:
    """A key that cannot have made the signature says nothing about it."""
    with pytest.raises(KeyMaterialError) as caught:
        verify(parsed(), P384)
    assert Code.KEY_INVALID is caught.value.code


def test_content_is_judged_after_the_signature() -> None:
    """What was signed is no measurement: said only where the signature holds."""
    with pytest.raises(ContentError) as caught:
        verify(parsed(sign_text(NAN)), METER)
    assert Code.NUMBER_NOT_FINITE is caught.value.code
    with pytest.raises(InvalidSignatureError):
        verify(parsed(sign_text(NAN)), OTHER)


def test_record_without_content_is_no_measurement() -> None:
    """A parser that gave neither content nor a reason does not make evidence."""
    with pytest.raises(ContentError) as caught:
        verify(replace(parsed(), content=None), METER)
    assert Code.CONTENT_INVALID is caught.value.code


def test_identity_does_not_depend_on_the_signature() -> None:
    """One record signed twice (ECDSA is random) or written in base64 is one record."""
    span = SESSION.split("|")[1]
    records = [verify(parsed(sign_text(span, section=section)), METER) for section in ("", '"SE":"hex",')]
    assert records[0].payload.raw != records[1].payload.raw
    assert 1 == len({record.signed_sha256 for record in records})


def raw_point(source: KeySource) -> TrustedKey:
    """The meter's key, written as a raw point."""
    return TrustedKey(key=decode_public_key(METER.key.point.hex(), curve=METER.key.curve), source=source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (KeySource.CONTAINER, (Code.KEY_RAW_POINT,)),
        (KeySource.EMBEDDED, (Code.KEY_RAW_POINT,)),
        (KeySource.ARGUMENT, ()),
        (KeySource.REGISTRY, ()),
    ],
)
def test_spelling_of_a_key_counts_where_it_came_with_the_record(source: KeySource, expected: tuple[Code, ...]) -> None:
    """How the caller writes its own keys is no deviation of the record."""
    assert expected == verify(parsed(), raw_point(source)).deviations


def test_deviations_of_all_stages_are_kept() -> None:
    """What container, format, key and signature had to tolerate stands in one list, once each."""
    record = parsed(SESSION + "|00")
    payload = replace(record.payload, deviations=(Code.XML_NAMESPACE,))
    (span,) = record.spans
    stretched = span._replace(signature=span.signature + b"\0")
    result = verify(replace(record, payload=payload, spans=(stretched,)), raw_point(KeySource.CONTAINER))
    expected = (Code.XML_NAMESPACE, Code.FOURTH_SECTION, Code.KEY_RAW_POINT, Code.NON_CANONICAL_DER)
    assert expected == result.deviations


def test_evidence_cannot_be_changed() -> None:
    """A verified record is frozen."""
    record = verify(parsed(), METER)
    with pytest.raises(FrozenInstanceError):
        record.signed_sha256 = "00"  # type: ignore[misc]
