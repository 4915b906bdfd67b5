"""EDL_40_SIG: XML that holds a signed block as it is."""

from __future__ import annotations

from base64 import b32encode, b64encode
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from meter_sign.codes import Code
from meter_sign.errors import (
    InvalidSignatureError,
    MalformedPayloadError,
    MeterSignError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
)
from meter_sign.judgement import Status
from meter_sign.model import KeySource, PayloadFormat, Phase
from meter_sign.timestamps import TimeStatus
from tests.support.edl40 import BEGIN, END, edl_40_sig, point, sign
from tests.unit.meter_sign.edl40.records import errors, only_transaction, only_value, parse, value

if TYPE_CHECKING:
    from meter_sign.judgement import TransactionJudgement

P256 = "secp256r1"


def refused(raw: bytes) -> tuple[type[MeterSignError], Code]:
    """The class and code of the error."""
    with pytest.raises(MeterSignError) as caught:
        parse(raw, PayloadFormat.EDL_40_SIG)
    return type(caught.value), caught.value.code


def pair(begin: bytes, end: bytes) -> TransactionJudgement:
    """The transaction of two records that bring their key inside."""
    return only_transaction(value(begin, key=None, context="Begin"), value(end, key=None, context="End"))


def in_base64(signature: bytes) -> str:
    """A signature as the XML writes it."""
    return b64encode(signature).decode()


@pytest.mark.parametrize("curve", ["secp192r1", P256])
def test_block_is_verified_as_it_was_sent(curve: str) -> None:
    """On both curves, with the key inside, which proves only self-consistency."""
    one = only_value(value(edl_40_sig(BEGIN, curve), key=None))
    assert (PayloadFormat.EDL_40_SIG, Status.VERIFIED, ()) == (one.payload.format, one.status, one.deviations)
    assert KeySource.EMBEDDED is one.key_source
    assert one.parsed is not None
    assert ((BEGIN.encoded, sign(BEGIN.encoded, curve)),) == one.parsed.spans


def test_file_of_its_own_is_read() -> None:
    """The record needs no container."""
    assert Status.VERIFIED == only_value(edl_40_sig(BEGIN)).status


def test_reading_tells_local_time_of_an_unknown_offset() -> None:
    """Nothing is decided by it; begin or end is not signed."""
    content = parse(edl_40_sig(BEGIN), PayloadFormat.EDL_40_SIG).content
    assert content is not None
    (only,) = content.readings
    assert only.time is not None
    assert (datetime(2026, 1, 15, 10, 0, tzinfo=UTC), TimeStatus.UNKNOWN) == (only.time.at, only.time.status)
    assert (Phase.BY_ORDER, Decimal("1.2345"), 26) == (only.phase, only.value_kwh, only.event_counter)


def test_pair_is_billed() -> None:
    """Begin and end by the meter's own count."""
    found = pair(edl_40_sig(BEGIN), edl_40_sig(END))
    assert (True, Decimal("1.2345")) == (found.billable, found.transaction.energy_kwh)


def test_pair_of_two_users_is_not() -> None:
    """The contract ids are signed."""
    found = pair(edl_40_sig(BEGIN), edl_40_sig(replace(END, contract_id=b"\x02")))
    assert (False, {Code.IDENTIFICATION_DIFFERS}) == (found.billable, errors(found))


def test_signature_may_stand_without_the_log_book() -> None:
    """The index stands in the block anyway."""
    raw = edl_40_sig(BEGIN, meterValueSignature=in_base64(sign(BEGIN.encoded)))
    assert Status.VERIFIED == only_value(raw).status


def test_other_log_book_behind_the_signature_is_refused() -> None:
    """What contradicts the signed block is no copy of it."""
    raw = edl_40_sig(BEGIN, meterValueSignature=in_base64(sign(BEGIN.encoded) + b"\x00\x1b"))
    assert (MalformedPayloadError, Code.FIELD_INVALID) == refused(raw)


def test_something_signed_behind_the_last_field_is_no_measurement() -> None:
    """The signature holds, and nobody knows what was signed there."""
    block = BEGIN.encoded[:-1] + b"\x01"
    raw = edl_40_sig(BEGIN, encodedMeterValue=in_base64(block), meterValueSignature=in_base64(sign(block) + BEGIN.tail))
    one = only_value(raw)
    assert (Status.CONTENT_INVALID, (Code.CONTENT_INVALID,)) == (one.status, one.problems)
    assert "0901454D480000C0FFEE" == one.meter_id


@pytest.mark.parametrize("byte", range(320))
def test_one_wrong_bit_never_verifies(byte: int) -> None:
    """Every byte of the block is signed."""
    block = bytearray(BEGIN.encoded)
    block[byte] ^= 0x10
    # The log book's index stands behind the signature a second time, so that copy has to follow.
    tail = bytes(block[39:41])
    raw = edl_40_sig(
        BEGIN,
        encodedMeterValue=in_base64(bytes(block)),
        meterValueSignature=in_base64(sign(BEGIN.encoded) + tail),
    )
    assert Status.SIGNATURE_INVALID == only_value(raw).status


@pytest.mark.parametrize("encoding", ["hex", "base32", "base64"])
def test_encodings(encoding: str) -> None:
    """The attribute names the encoding, blanks inside do not count."""
    spell = {"hex": lambda raw: raw.hex(" "), "base32": lambda raw: b32encode(raw).decode(), "base64": in_base64}
    raw = edl_40_sig(BEGIN, encodedMeterValue="x").replace(
        b'<encodedMeterValue encoding="base64">x',
        f'<encodedMeterValue encoding="{encoding}">\n{spell[encoding](BEGIN.encoded)}\n'.encode(),
    )
    assert Status.VERIFIED == only_value(raw).status


def test_comments_before_the_root_and_a_namespace_change_nothing() -> None:
    """Only what the fields say is signed."""
    raw = edl_40_sig(BEGIN).replace(b"<signedMeterValue>", b'<!-- > -->\n<?x y?><signedMeterValue xmlns="urn:x">')
    assert Status.VERIFIED == only_value(value(raw, key=None)).status


def without(name: str) -> bytes:
    """A record that lacks one element."""
    return edl_40_sig(BEGIN, **{name: None})


def twice(name: str) -> bytes:
    """A record in which one element stands twice."""
    raw = edl_40_sig(BEGIN)
    start = raw.index(f"<{name}".encode())
    end = raw.index(f"</{name}>".encode()) + len(name) + 3
    return raw[:end] + raw[start:end] + raw[end:]


@pytest.mark.parametrize(
    ("raw", "error", "code"),
    [
        (without("meterValueSignature"), UnsignedPayloadError, Code.SIGNATURE_MISSING),
        (without("encodedMeterValue"), MalformedPayloadError, Code.FIELD_INVALID),
        (without("signatureMethod"), MalformedPayloadError, Code.FIELD_INVALID),
        (without("encodingMethod"), MalformedPayloadError, Code.FIELD_INVALID),
        (twice("encodedMeterValue"), MalformedPayloadError, Code.FIELD_INVALID),
        (twice("meterValueSignature"), MalformedPayloadError, Code.FIELD_INVALID),
        (twice("publicKey"), MalformedPayloadError, Code.FIELD_INVALID),
        (edl_40_sig(BEGIN, encodingMethod="OCMF"), UnsupportedPayloadError, Code.FORMAT_UNSUPPORTED),
        (edl_40_sig(BEGIN, signatureMethod="ECDSA192SHA1"), UnsupportedPayloadError, Code.ALGORITHM_UNSUPPORTED),
        (edl_40_sig(BEGIN, signatureMethod="ECDSA256SHA256"), InvalidSignatureError, Code.SIGNATURE_MALFORMED),
        (edl_40_sig(BEGIN, meterValueSignature=""), InvalidSignatureError, Code.SIGNATURE_MALFORMED),
        (edl_40_sig(BEGIN, meterValueSignature="?"), InvalidSignatureError, Code.SIGNATURE_MALFORMED),
        (edl_40_sig(BEGIN, meterValueSignature="QUJD"), InvalidSignatureError, Code.SIGNATURE_MALFORMED),
        (edl_40_sig(BEGIN, encodedMeterValue=""), MalformedPayloadError, Code.FIELD_INVALID),
        (edl_40_sig(BEGIN, encodedMeterValue="?"), MalformedPayloadError, Code.FIELD_INVALID),
        (edl_40_sig(BEGIN, encodedMeterValue="QUJD"), MalformedPayloadError, Code.FIELD_INVALID),
        (edl_40_sig(BEGIN, encodedMeterValue="<b/>"), MalformedPayloadError, Code.FIELD_INVALID),
        (edl_40_sig(BEGIN).replace(b"base64", b"Base64"), MalformedPayloadError, Code.FIELD_INVALID),
        (edl_40_sig(BEGIN).replace(b' encoding="base64"', b""), MalformedPayloadError, Code.FIELD_INVALID),
        (b"<signedMeterValue>", MalformedPayloadError, Code.CONTAINER_INVALID),
        (b"<!DOCTYPE a><signedMeterValue/>", MalformedPayloadError, Code.CONTAINER_INVALID),
        (b"<other/>", MalformedPayloadError, Code.FRAME_INVALID),
    ],
)
def test_what_is_no_such_record(raw: bytes, error: type[MeterSignError], code: Code) -> None:
    """Nothing is guessed: each field once, in its encoding, of its length."""
    assert (error, code) == refused(raw)


def test_key_beside_the_record_wins() -> None:
    """A key inside is only used where the container brings none."""
    other = point("secp192r1", 0xED141).hex()
    assert Status.SIGNATURE_INVALID == only_value(value(edl_40_sig(BEGIN), key=other)).status


def test_record_without_a_key_is_read() -> None:
    """The key is no part of what is signed."""
    raw = edl_40_sig(BEGIN, publicKey=None)
    assert Status.VERIFIED == only_value(value(raw)).status
    assert (Status.UNTRUSTED_KEY, (Code.KEY_MISSING,)) == (
        only_value(value(raw, key=None)).status,
        only_value(value(raw, key=None)).problems,
    )
