"""The EDL40 family under any bytes: a record or one of our errors, and what verifies is what a meter signed."""

from __future__ import annotations

import contextlib
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meter_sign import formats
from meter_sign.errors import MalformedPayloadError, MeterSignError
from meter_sign.formats.edl40.block import read_edl40, write_block
from meter_sign.judgement import KeyPolicy, NamedKey, judge
from meter_sign.model import ParsedRecord, PayloadFormat, SignedPayload
from meter_sign.sml import read_lists
from meter_sign.sml.transport import BEGIN as SML_BEGIN
from meter_sign.sml.transport import unwrap
from tests.support import sml
from tests.support.edl40 import (
    BEGIN,
    CURVES,
    END,
    Block,
    Isa,
    edl_40_p,
    edl_40_sig,
    edl_entries,
    isa,
    mennekes,
    point,
    sign,
)

AT = datetime(2026, 2, 1, tzinfo=UTC)
GIVEN = KeyPolicy(arguments=tuple(NamedKey(name=None, text=point(curve).hex()) for curve in CURVES))
FORMATS = (
    PayloadFormat.EDL_40_P, PayloadFormat.EDL_40_SIG, PayloadFormat.EDL_40_MENNEKES, PayloadFormat.ISA_EDL_40_P,
)  # fmt: skip
SEEDS = (
    edl_40_p(BEGIN),
    isa(Isa()),
    edl_40_sig(BEGIN),
    mennekes(),
    edl_40_p(replace(BEGIN, price=7), "secp256r1", word=8),
)
#: Everything that the test meters ever signed here.
SIGNED = {
    BEGIN.encoded, Isa().encoded, BEGIN.encoded + END.encoded, replace(BEGIN, price=7, status=0).encoded,
}  # fmt: skip
BITS = st.integers(0, 7)

fast = settings(max_examples=200, deadline=None)


def resealed(messages: bytes) -> bytes:
    """A file of these messages, with right check sums wherever a message can still be told."""
    sealed = b""
    for part in messages.split(b"\x00\x76"):
        whole = part if not sealed else b"\x76" + part
        body = whole.removesuffix(b"\x00")
        start = body[:-3]
        sealed += start + body[-3:-2] + sml.low_byte_first(sml.crc16(start)) + b"\x00"
    return sml.sml_file(sealed)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A valid record with a few stretches replaced, removed or repeated; an SML file with its check sums set right."""
    raw = draw(st.sampled_from(SEEDS))
    is_sml = raw.startswith(SML_BEGIN)
    if is_sml and draw(st.booleans()):
        raw = unwrap(raw)[len(SML_BEGIN) :]
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(raw)))
        end = draw(st.integers(start, min(len(raw), start + 20)))
        raw = raw[:start] + draw(st.one_of(st.binary(max_size=5), st.just(raw[start:end] * 2))) + raw[end:]
    return resealed(raw) if is_sml and not raw.startswith(SML_BEGIN) else raw


def checked(raw: bytes) -> None:
    """Whatever verifies is a block that a test meter signed."""
    for one in judge(raw, GIVEN, at=AT).values:
        assert one.record is None or one.record.signed_bytes in SIGNED


@pytest.mark.parametrize("format_", FORMATS)
@fast
@given(raw=st.one_of(st.binary(max_size=400), st.binary(max_size=400).map(sml.sml_file), mutated()))
def test_any_bytes_are_a_record_or_one_of_our_errors(format_: PayloadFormat, raw: bytes) -> None:
    """No parser lets another exception out."""
    with contextlib.suppress(MeterSignError):
        record = formats.parse(SignedPayload(format=format_, index=0, raw=raw))
        assert isinstance(record, ParsedRecord)
        assert record.spans


elements = st.recursive(
    st.one_of(
        st.just(sml.ABSENT),
        st.binary(min_size=1, max_size=20).map(sml.octets),
        st.integers(0, 2**64 - 1).map(sml.u),
        st.integers(-128, 127).map(sml.i),
        st.booleans().map(sml.boolean),
    ),
    lambda inner: st.lists(inner, max_size=8).map(lambda parts: sml.listing(*parts)),
    max_leaves=20,
)


@fast
@given(st.lists(elements, max_size=4))
def test_any_well_formed_messages_are_read_or_refused(contents: list[bytes]) -> None:
    """A list of anything, with right check sums, is lists or one of our errors."""
    raw = sml.sml_file(*(sml.message(sml.LIST, content) for content in contents))
    with contextlib.suppress(MalformedPayloadError):
        assert len(contents) == len(read_lists(raw))


@fast
@given(st.binary(max_size=60))
def test_transport_is_undone(body: bytes) -> None:
    """What the writer wraps, the reader unwraps: any bytes, whole words of escapes included."""
    body += bytes(-len(body) % 4)
    wrapped = sml.sml_file(body.replace(b"\x1a", sml.ESCAPE))
    assert SML_BEGIN == unwrap(wrapped)[: len(SML_BEGIN)]
    assert sml.sml_file(unwrap(wrapped)[len(SML_BEGIN) :]) == wrapped


@fast
@given(mutated())
def test_what_verifies_was_signed(raw: bytes) -> None:
    """Whatever is changed in a record: only the blocks that were signed ever verify."""
    checked(raw)


@pytest.mark.parametrize("raw", SEEDS, ids=["edl_40_p", "isa", "edl_40_sig", "mennekes", "emoc"])
@fast
@given(data=st.data())
def test_one_bit_of_a_record_never_makes_another_block_verify(raw: bytes, data: st.DataObject) -> None:
    """Each single bit of a record, SML check sums set right again: another block does not verify."""
    is_sml = raw.startswith(SML_BEGIN)
    body = bytearray(unwrap(raw)[len(SML_BEGIN) :] if is_sml else raw)
    body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(BITS)
    checked(resealed(bytes(body)) if is_sml else bytes(body))


@fast
@given(st.integers(0, 319), BITS)
def test_one_bit_of_a_block_never_verifies(byte: int, bit: int) -> None:
    """Each single bit of a block is signed."""
    block = bytearray(BEGIN.encoded)
    block[byte] ^= 1 << bit
    raw = edl_40_sig(
        BEGIN,
        encodedMeterValue=b64encode(block).decode(),
        meterValueSignature=b64encode(sign(BEGIN.encoded)).decode(),
    )
    assert all(one.record is None for one in judge(raw, GIVEN, at=AT).values)


blocks = st.builds(
    Block,
    time=st.integers(60_000, 2**32 - 1),
    contract_time=st.integers(60_000, 2**32 - 1),
    status=st.integers(0, 255),
    seconds_index=st.integers(0, 2**32 - 1),
    pagination=st.integers(0, 2**32 - 1),
    scaler=st.integers(-128, 127),
    unit=st.integers(0, 255),
    value=st.integers(0, 2**64 - 1),
    log_book=st.integers(0, 2**16 - 1),
    contract_id=st.binary(max_size=128).map(lambda text: text.rstrip(b"\0")),
    historical_value=st.integers(0, 2**64 - 1),
    compensated_value=st.integers(0, 2**64 - 1),
    resistance=st.integers(0, 2**16 - 1),
    stopwatch=st.integers(0, 2**32 - 1),
    price=st.integers(0, 2**16 - 1),
)


@fast
@given(blocks)
def test_block_of_any_fields_is_written_and_read_back(block: Block) -> None:
    """One table, both ways, against the tests' own writer."""
    assert block.encoded == write_block(read_edl40(block.encoded))


@fast
@given(blocks)
def test_record_of_any_fields_rebuilds_the_block(block: Block) -> None:
    """SML with these fields, however short its numbers are written, is the block that the meter signed."""
    raw = sml.usual_file(sml.list_response(block.server_id, edl_entries(block), signature=b"\x01" * 48 + block.tail))
    record = formats.parse(SignedPayload(format=PayloadFormat.EDL_40_P, index=0, raw=raw))
    assert block.encoded == record.signed_bytes
    assert (record.content is None) == (record.content_error is not None)
