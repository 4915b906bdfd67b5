"""Really signed records of the EDL40 family, built without any of our own code: blocks by `struct`, SML by `sml.py`.

    edl_40_p(Block(value=1_000))             an SML file (binary)
    edl_40_sig(Block(value=1_000))           a signedMeterValue
    mennekes(begin=Block(...), end=Block(...))
    isa(Isa(start_value=1_000, value=1_500))

A block's fields are what is signed; what a record says beside it can be given against it, to forge.
"""

from __future__ import annotations

import struct
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.support import sml

TOTAL = bytes.fromhex("0100011100ff")
#: 2026-01-15T10:00:00+01:00: UTC, and the wall clock's seconds as they are signed.
UTC_SECONDS = 1_768_467_600
LOCAL_SECONDS = UTC_SECONDS + 3_600
SERVER_ID = bytes.fromhex("0901454d480000c0ffee")
CARD = bytes.fromhex("04a1b2c3d4e5f6")

CURVES: dict[str, tuple[ec.EllipticCurve, int]] = {"secp192r1": (ec.SECP192R1(), 24), "secp256r1": (ec.SECP256R1(), 32)}


@lru_cache
def private_key(curve: str, number: int = 0xED140) -> ec.EllipticCurvePrivateKey:
    """A key from a public number: it signs nothing but tests."""
    return ec.derive_private_key(number, CURVES[curve][0])


def point(curve: str, number: int = 0xED140) -> bytes:
    """X and Y side by side."""
    numbers, size = private_key(curve, number).public_key().public_numbers(), CURVES[curve][1]
    return numbers.x.to_bytes(size, "big") + numbers.y.to_bytes(size, "big")


def sign(block: bytes, curve: str = "secp192r1", number: int = 0xED140) -> bytes:
    """Sign with SHA-256; r and s side by side."""
    der = private_key(curve, number).sign(block, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    return b"".join(part.to_bytes(CURVES[curve][1], "big") for part in decode_dss_signature(der))


@dataclass(frozen=True)
class Block:
    """What an EDL40 meter signs, and the offset of its local time in minutes, which it does not sign."""

    server_id: bytes = SERVER_ID
    time: int = LOCAL_SECONDS
    status: int = 0x08
    seconds_index: int = 4711
    pagination: int = 7
    obis: bytes = TOTAL
    unit: int = 30
    scaler: int = -1
    value: int = 12_345
    log_book: int = 26
    contract_id: bytes = CARD
    contract_time: int = LOCAL_SECONDS - 5
    historical_value: int = 0
    compensated_value: int = 0
    resistance: int = 0
    stopwatch: int = 0
    price: int = 0
    offset: int = 60

    @property
    def encoded(self) -> bytes:
        """The 320 bytes."""
        return (
            struct.pack(
                "<10sIBII6sBbQ",
                self.server_id, self.time, self.status, self.seconds_index, self.pagination, self.obis, self.unit,
                self.scaler, self.value,
            )
            + struct.pack(">H", self.log_book)
            + struct.pack(
                "<128sIQQHI",
                self.contract_id, self.contract_time, self.historical_value, self.compensated_value, self.resistance,
                self.stopwatch,
            )
            + struct.pack(">H", self.price)
            + bytes(123)
        )  # fmt: skip

    @property
    def tail(self) -> bytes:
        """The log book's index behind a signature."""
        return struct.pack(">H", self.log_book)

    def at(self, seconds: int) -> str:
        """A signed time as XML writes it."""
        zone = timezone(timedelta(minutes=self.offset))
        return (datetime.fromtimestamp(seconds, UTC).replace(tzinfo=zone)).isoformat()


def edl_40_p(
    block: Block,
    curve: str = "secp192r1",
    *,
    word: int | None = None,
    signature: bytes | None = None,
    number: int = 0xED140,
) -> bytes:
    """An SML file. `word` is the status word, where it is not the signed byte itself."""
    signed = sign(block.encoded, curve, number) + block.tail if signature is None else signature
    return sml.usual_file(sml.list_response(block.server_id, edl_entries(block, word), signature=signed))


def edl_entries(block: Block, word: int | None = None) -> tuple[bytes, ...]:
    """The entries of a block's list."""
    unit, scaler = sml.u(block.unit), sml.i(block.scaler)
    shift = block.offset * 60
    entries = [
        sml.entry(
            bytes.fromhex("8182815401ff"),
            time=sml.local(block.contract_time - shift, block.offset),
            value=sml.octets(block.contract_id) if block.contract_id else sml.ABSENT,
        ),
        sml.entry(
            block.obis, status=sml.u(block.status if word is None else word), unit=unit, scaler=scaler,
            time=sml.local(block.time - shift, block.offset), value=sml.u(block.value),
        ),
        sml.entry(bytes.fromhex("810060080001"), value=sml.listing(sml.u(1), sml.seconds_index(block.seconds_index))),
        sml.entry(bytes.fromhex("8180817101ff"), value=sml.u(block.pagination)),
    ]  # fmt: skip
    further = (
        ("010001110064", block.historical_value, unit, scaler),
        ("0100011100c8", block.compensated_value, unit, scaler),
        ("00af6c6c72ff", block.resistance, sml.u(38), sml.i(-3)),
        ("00af647572ff", block.stopwatch, sml.u(7), sml.i(0)),
        ("00af707263ff", block.price, sml.u(10), sml.i(-3)),
    )
    entries += [
        sml.entry(bytes.fromhex(name), unit=own_unit, scaler=own_scaler, value=sml.u(value))
        for name, value, own_unit, own_scaler in further
        if value
    ]
    return tuple(entries)


def edl_40_sig(block: Block, curve: str = "secp192r1", **fields: str | None) -> bytes:
    """A signedMeterValue; `fields` replace an element's text, None leaves it out."""
    method = {"secp192r1": "ECDSA192SHA256", "secp256r1": "ECDSA256SHA256"}[curve]
    usual: dict[str, str | None] = {
        "publicKey": b64encode(point(curve)).decode(),
        "meterValueSignature": b64encode(sign(block.encoded, curve) + block.tail).decode(),
        "signatureMethod": method,
        "encodingMethod": "EDL",
        "encodedMeterValue": b64encode(block.encoded).decode(),
    }
    attributes = dict.fromkeys(("publicKey", "meterValueSignature", "encodedMeterValue"), ' encoding="base64"')
    inside = "".join(
        f"<{name}{attributes.get(name, '')}>{text}</{name}>"
        for name, text in (usual | fields).items()
        if text is not None
    )
    return f'<?xml version="1.0" encoding="UTF-8" ?><signedMeterValue>{inside}</signedMeterValue>'.encode()


BEGIN = Block()
END = replace(BEGIN, value=24_690, pagination=8, seconds_index=5311, time=LOCAL_SECONDS + 600, status=0x88)


def measurement(name: str, block: Block, *, tail: bool = False, **fields: str | None) -> str:
    """One measurement of a Mennekes process; `fields` replace an element's text, None leaves it out."""
    signature = sign(block.encoded) + (block.tail if tail else b"")
    usual: dict[str, str | None] = {
        "Timestamp": block.at(block.time),
        "Signature": signature.hex().upper(),
        "EventCounter": str(block.log_book),
        "MeterStatus": str(block.status | 0x10100),
        "Value": str(block.value),
        "Scaler": str(block.scaler),
        "Pagination": str(block.pagination),
        "SecondIndex": str(block.seconds_index),
    }
    inside = "".join(f"<{tag}>{text}</{tag}>" for tag, text in (usual | fields).items() if text is not None)
    return f"<{name}>{inside}</{name}>"


def mennekes(begin: Block = BEGIN, end: Block = END, **texts: str) -> bytes:
    """A ChargingProcess; `texts` replace what stands in an element, or a whole measurement of this name."""
    usual = {
        "ServerId": begin.server_id.hex().upper(),
        "PublicKey": point("secp192r1").hex().upper(),
        "MeteringPoint": "DE*XYZ*E1",
        "CustomerIdent": begin.contract_id.hex().upper(),
        "TimestampCustomerIdent": begin.at(begin.contract_time),
    }
    process = "".join(f"<{tag}>{texts.get(tag, text)}</{tag}>" for tag, text in usual.items())
    measurements = [
        texts.get(name, measurement(name, block))
        for name, block in (("MeasurementStart", begin), ("MeasurementEnd", end))
    ]
    return f"<ChargingProcess>{process}{''.join(measurements)}</ChargingProcess>".encode()


@dataclass(frozen=True)
class Isa:
    """What a meter of Isabellenhuette signs."""

    server_id: bytes = bytes.fromhex("09014953410000c0ffee")
    time: int = LOCAL_SECONDS + 600
    status: int = 0x18
    unit: int = 30
    scaler: int = -1
    value: int = 24_690
    log_book: int = 164
    value_signature: bytes = bytes(range(66))
    contract_id: bytes = CARD
    start_time: int = LOCAL_SECONDS
    esth: bytes = bytes(range(20))
    start_status: int = 0x18
    start_unit: int = 30
    start_scaler: int = -1
    start_value: int = 12_345
    list_name: bytes = bytes.fromhex("8180816202ff")
    pagination: int = 24
    offset: int = 60

    @property
    def encoded(self) -> bytes:
        """The 320 bytes."""
        return (
            struct.pack(
                "<10sIB6sBbQ", self.server_id, self.time, self.status, bytes.fromhex("0100010800ff"), self.unit,
                self.scaler, self.value,
            )
            + struct.pack(">H", self.log_book)
            + struct.pack(
                "<66s128sI20sB6sBbQ6sI",
                self.value_signature, self.contract_id, self.start_time, self.esth, self.start_status,
                bytes.fromhex("010001080080"), self.start_unit, self.start_scaler, self.start_value, self.list_name,
                self.pagination,
            )
            + bytes(42)
        )  # fmt: skip


def isa(record: Isa, *, signature: bytes | None = None, sensor_time: bytes | None = None) -> bytes:
    """An SML file; `signature` and `sensor_time` replace what belongs there."""
    signed = sign(record.encoded, "secp256r1") + struct.pack(">H", record.log_book) if signature is None else signature
    shift = record.offset * 60
    response = sml.list_response(
        record.server_id,
        (
            sml.entry(
                bytes.fromhex("8182815401ff"),
                time=sml.local(record.start_time - shift, record.offset),
                value=sml.octets(record.contract_id),
            ),
            sml.entry(
                bytes.fromhex("010001080080"), status=sml.u(1 << 42 | record.start_status, 8),
                time=sml.timestamp(record.start_time), unit=sml.u(record.start_unit),
                scaler=sml.i(record.start_scaler), value=sml.i(record.start_value, 8),
            ),
            sml.entry(bytes.fromhex("8180c7f040ff"), value=sml.u(record.pagination, 4)),
            sml.entry(bytes.fromhex("8180816101ff"), value=sml.octets(record.esth)),
            sml.entry(
                bytes.fromhex("0100010800ff"), status=sml.u(0x13 << 38 | record.status, 8),
                time=sml.timestamp(record.time), unit=sml.u(record.unit), scaler=sml.i(record.scaler),
                value=sml.i(record.value, 8), signature=sml.octets(record.value_signature),
            ),
        ),
        signature=signed,
        name=sml.octets(record.list_name),
        sensor_time=sensor_time or sml.local(record.time - shift, record.offset),
    )  # fmt: skip
    return sml.usual_file(response)
