"""EDL_40_P: the SML file of a meter such as the EMH eHZ, as eBee chargers hand it on; one reading a record.

    8182815401FF contract id and its time   0100011100FF meter's total: status, time, unit, scaler, value
    8180817101FF pagination                 810060080001 seconds index
    010001110064 historical value           0100011100C8 the same, losses of the cable taken off
    00AF6C6C72FF resistance of the cable    00AF647572FF stopwatch   00AF707263FF price

The signature of the list is r and s with the newest log-book entry's index behind them: 50 bytes on secp192r1, 66 on
secp256r1. Meters of the second kind (EMOC) sign another selection of their status word's bits than its lowest byte.

A record is begin or end by its place in the meter's own count alone: which of the two it is, is not signed.

What is not judged: a list whose total is 0100010800FF. The official tool fills in two fields by constants there, and no
authentic record of that kind is known.

Source: formats.md 3.2; S.A.F.E. Transparenzsoftware 1.4.1, SMLReader and SMLSignature.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.crypto.keys import KeyForm
from meter_sign.errors import MalformedPayloadError, UnsupportedPayloadError
from meter_sign.formats.declaration import MeterFormat
from meter_sign.formats.edl40.block import LOW_BYTE, Edl40Block, write_block
from meter_sign.formats.edl40.record import SignedBlock, edl40_record
from meter_sign.formats.edl40.sml_fields import SmlFields, local_seconds, required, told_offset
from meter_sign.model import PayloadFormat, Phase, SignedSpan
from meter_sign.sml import BEGIN

if TYPE_CHECKING:
    from meter_sign.limits import Limits
    from meter_sign.model import ParsedRecord, SignedPayload

_CONTRACT_ID = bytes.fromhex("8182815401ff")
_TOTAL = bytes.fromhex("0100011100ff")
_TOTAL_UNKNOWN = bytes.fromhex("0100010800ff")
_PAGINATION = bytes.fromhex("8180817101ff")
_SECONDS_INDEX = bytes.fromhex("810060080001")
#: Registers in the unit and scaler of the total, by their field in the block.
_REGISTERS = {
    "historical_value": bytes.fromhex("010001110064"),
    "compensated_value": bytes.fromhex("0100011100c8"),
}
#: Numbers with units of their own, by their field in the block.
_NUMBERS = {
    "resistance": bytes.fromhex("00af6c6c72ff"),
    "stopwatch": bytes.fromhex("00af647572ff"),
    "price": bytes.fromhex("00af707263ff"),
}
_CURVES = {50: "secp192r1", 66: "secp256r1"}
_EMOC = "secp256r1"
#: Bits of the signed byte and the bits of an EMOC meter's status word that they are taken from.
_EMOC_STATUS_BITS = {0: 17, 3: 31, 4: 16, 5: 11, 6: 9, 7: 8}
#: An SML file as a line of text, in hex and in base64.
_LINE_MARK = rb"(?:1[bB][ \t]*){4}(?:01[ \t]*){4}|GxsbGwEBAQ[E-H]"


def parse(payload: SignedPayload, limits: Limits) -> ParsedRecord:
    """Read one SML file of an EDL40 meter.

    Args:
        payload: its `raw` is the file, binary.
        limits: caps on exponent and digits.

    Returns:
        The record, not yet trusted.

    Raises:
        MalformedPayloadError: no SML, a check sum that does not fit, a field that is missing or of another type.
        UnsupportedPayloadError: FORMAT_UNSUPPORTED, for a list whose total nobody signs.
        UnsignedPayloadError: SIGNATURE_MISSING.
        InvalidSignatureError: SIGNATURE_MALFORMED, when the signature has the length of no curve.
    """
    fields = SmlFields(payload.raw)
    signature, log_book, curve = fields.signature(_CURVES)
    if not fields.has(_TOTAL) and fields.has(_TOTAL_UNKNOWN):
        detail = f"the total is {_TOTAL_UNKNOWN.hex()}, how such a list is signed is not known"
        raise UnsupportedPayloadError(Code.FORMAT_UNSUPPORTED, detail)
    block = _block(fields, log_book, emoc=curve == _EMOC)
    signed = SignedBlock(
        block=block,
        span=SignedSpan(write_block(block), signature),
        offset=told_offset(fields.entry(_TOTAL)),
        phase=Phase.BY_ORDER,
    )
    return edl40_record(payload, (signed,), limits, curve=curve)


def _block(fields: SmlFields, log_book: int, *, emoc: bool) -> Edl40Block:
    total = fields.entry(_TOTAL)
    status = required(total.status, total)
    return Edl40Block(
        server_id=fields.response.server_id,
        time=local_seconds(total),
        status=_emoc_status(status) if emoc else status & LOW_BYTE,
        seconds_index=fields.seconds_index(_SECONDS_INDEX),
        pagination=fields.number(_PAGINATION),
        obis=_TOTAL,
        unit=required(total.unit, total),
        scaler=required(total.scaler, total),
        value=fields.number(_TOTAL),
        log_book=log_book,
        contract_id=fields.octets(_CONTRACT_ID),
        contract_time=local_seconds(fields.entry(_CONTRACT_ID)),
        **{name: _register(fields, obis) for name, obis in _REGISTERS.items() if fields.has(obis)},
        **{name: fields.number(obis) for name, obis in _NUMBERS.items() if fields.has(obis)},
    )


def _emoc_status(word: int) -> int:
    return sum((word >> source & 1) << bit for bit, source in _EMOC_STATUS_BITS.items())


def _register(fields: SmlFields, obis: bytes) -> int:
    """A further register. Only the total's unit and scaler are signed, so it must have the same."""
    total, entry = fields.entry(_TOTAL), fields.entry(obis)
    if (entry.unit, entry.scaler) != (total.unit, total.scaler):
        detail = "a register with another unit or scaler than the total, whose alone are signed"
        raise MalformedPayloadError(Code.FIELD_INVALID, detail, where=f"byte {entry.offset}")
    return fields.number(obis)


def _recognises(raw: bytes) -> bool:
    # Of the formats that are SML, those with marks of their own come first in the table.
    return raw.startswith(BEGIN)


FORMAT = MeterFormat(
    name=PayloadFormat.EDL_40_P,
    recognises=_recognises,
    parse=parse,
    encoding_method="EDL40 E-Mobility Extension",
    key_form=KeyForm.COORDINATES,
    line_mark=_LINE_MARK,
    # Protocols of an interface hold such lines among others; those are no files of records.
    tells_itself=False,
)
