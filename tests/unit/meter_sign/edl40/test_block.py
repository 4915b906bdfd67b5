"""The layouts of the signed blocks, against a second writer and against numbers counted by hand."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError
from meter_sign.formats.edl40.block import (
    EDL40,
    ISA,
    Edl40Block,
    Field,
    IsaBlock,
    Order,
    read_edl40,
    reserved_is_zero,
    write_block,
)
from tests.support.edl40 import Block, Isa

FULL = Block(
    status=0xFE, scaler=-3, value=2**63 + 1, historical_value=3, compensated_value=2**40, resistance=1_000,
    stopwatch=70_000, price=0x0102, contract_id=bytes(range(1, 129)),
)  # fmt: skip


def edl40(block: Block) -> Edl40Block:
    """The same fields in our type."""
    fields = asdict(block)
    del fields["offset"]
    return Edl40Block(**fields)


def isa_block(record: Isa) -> IsaBlock:
    """The same fields in our type, with the two registers that are always the same."""
    fields = asdict(record)
    del fields["offset"]
    return IsaBlock(**fields, obis=bytes.fromhex("0100010800ff"), start_obis=bytes.fromhex("010001080080"))


@pytest.mark.parametrize(
    ("layout", "type_", "end"), [(EDL40, Edl40Block, 197), (ISA, IsaBlock, 278)], ids=["edl40", "isa"]
)
def test_layout_is_without_gap_and_names_every_field(
    layout: tuple[Field, ...], type_: type[tuple[object]], end: int
) -> None:
    """The fields follow each other from byte 0 on, and are those of the type."""
    starts = [field.offset for field in layout]
    assert starts == [0, *[field.offset + field.size for field in layout[:-1]]]
    assert end == layout[-1].offset + layout[-1].size
    assert {field.name for field in layout} == set(type_._fields)  # type: ignore[attr-defined]


@pytest.mark.parametrize("block", [Block(), FULL], ids=["usual", "full"])
def test_edl40_is_written_as_prescribed(block: Block) -> None:
    """The bytes are those of a writer made of nothing but `struct`."""
    assert block.encoded == write_block(edl40(block))


def test_isa_is_written_as_prescribed() -> None:
    """The bytes are those of a writer made of nothing but `struct`."""
    record = Isa(scaler=-2, start_scaler=1, value=2**40, start_value=258, log_book=0x0102, pagination=2**31)
    assert record.encoded == write_block(isa_block(record))


@pytest.mark.parametrize("block", [Block(), FULL, Block(contract_id=b"")], ids=["usual", "full", "nobody"])
def test_edl40_is_read_back(block: Block) -> None:
    """What was written is read, in every field."""
    assert edl40(block) == read_edl40(block.encoded)


def test_zeros_behind_the_contract_id_are_none_of_it() -> None:
    """The block cannot tell a shorter id from one that ends in zeros, so nothing else may."""
    assert b"\x00AB" == read_edl40(Block(contract_id=b"\x00AB\x00\x00").encoded).contract_id


@pytest.mark.parametrize(
    ("byte", "field"),
    [
        (9, "server_id"), (13, "time"), (14, "status"), (18, "seconds_index"), (22, "pagination"), (28, "obis"),
        (29, "unit"), (30, "scaler"), (38, "value"), (40, "log_book"), (168, "contract_id"), (172, "contract_time"),
        (180, "historical_value"), (188, "compensated_value"), (190, "resistance"), (194, "stopwatch"), (196, "price"),
    ],
)  # fmt: skip
def test_last_byte_of_each_field(byte: int, field: str) -> None:
    """Each byte that ends a field in formats.md belongs to that field and to no other."""
    raw = bytearray(320)
    raw[byte] = 1
    one, zero = read_edl40(bytes(raw)), read_edl40(bytes(320))
    assert [field] == [name for name in Edl40Block._fields if getattr(one, name) != getattr(zero, name)]


@pytest.mark.parametrize("byte", [197, 250, 319])
def test_something_signed_behind_the_last_field_is_seen(byte: int) -> None:
    """The rest of the block is zero."""
    raw = bytearray(Block().encoded)
    assert reserved_is_zero(bytes(raw))
    raw[byte] = 1
    assert not reserved_is_zero(bytes(raw))


@pytest.mark.parametrize("size", [0, 319, 321])
def test_block_has_320_bytes(size: int) -> None:
    """Nothing else is a block."""
    with pytest.raises(MalformedPayloadError) as caught:
        read_edl40(bytes(size))
    assert Code.FIELD_INVALID == caught.value.code


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("server_id", bytes(9)), ("server_id", bytes(11)), ("obis", bytes(5)), ("contract_id", bytes(129)),
        ("time", -1), ("time", 2**32), ("status", 256), ("value", -1), ("value", 2**64), ("scaler", 128),
        ("scaler", -129), ("log_book", 2**16), ("resistance", 2**16), ("price", 2**16), ("pagination", 2**32),
    ],
)  # fmt: skip
def test_field_that_does_not_fit_is_refused(field: str, wrong: object) -> None:
    """No field is cut to its place: the meter cannot have signed that."""
    with pytest.raises(MalformedPayloadError) as caught:
        write_block(edl40(Block())._replace(**{field: wrong}))  # type: ignore[arg-type]
    assert (Code.FIELD_INVALID, f"/{field}") == (caught.value.code, caught.value.where)


def test_orders_are_those_of_the_specification() -> None:
    """Low byte first everywhere but in the log book's index and the price, which stand as they come."""
    high = {field.name for layout in (EDL40, ISA) for field in layout if field.order is Order.HIGH_BYTE_FIRST}
    assert {"log_book", "price"} == high
