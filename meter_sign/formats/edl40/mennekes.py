"""EDL_40_MENNEKES: XML `ChargingProcess` with the fields of two signed blocks, begin and end of one transaction.

    ServerId, CustomerIdent        server id and contract id, hex
    TimestampCustomerIdent         its time; one inside a measurement counts for that measurement
    MeasurementStart, MeasurementEnd
        Timestamp time, with offset     MeterStatus status     SecondIndex seconds index     Pagination pagination
        Value, Scaler meter's total     EventCounter log book's index
        Signature r and s on secp192r1, hex; the log book's index may stand behind them, and then counts instead
    PublicKey                      X and Y, hex; it only proves that the record agrees with itself

The register (1-0:1.17.0) and the unit (Wh) are the meter's and not in the file. Both signatures must hold under one
key. Which measurement is the start is not signed: that they are in turn is for the meter's count to tell, so each
reading carries its own number. The offset of the time stamps is not signed, the local time is.

Source: formats.md 3.2; S.A.F.E. Transparenzsoftware 1.4.1, EDLMennekesSignature.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from re import ASCII
from re import compile as pattern
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.crypto.keys import KeyForm
from meter_sign.errors import InvalidSignatureError, MalformedPayloadError, UnsignedPayloadError
from meter_sign.formats.declaration import MeterFormat
from meter_sign.formats.edl40.block import LOG_BOOK_BYTES, LOW_BYTE, Edl40Block, write_block
from meter_sign.formats.edl40.record import SignedBlock, edl40_record
from meter_sign.formats.edl40.words import checked_offset
from meter_sign.formats.edl40.xml_fields import XmlFields, begins_with
from meter_sign.model import PayloadFormat, Phase, SignedSpan

if TYPE_CHECKING:
    from meter_sign.limits import Limits
    from meter_sign.model import ParsedRecord, SignedPayload

_ROOT = "ChargingProcess"
_CURVE = "secp192r1"
#: Bytes of r and s.
_SIGNATURE_BYTES = 48
_TOTAL = bytes.fromhex("0100011100ff")
#: Wh in the DLMS table of units.
_UNIT = 30
_TIME = pattern(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", ASCII)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local time is counted from it
_SECOND = timedelta(seconds=1)


def parse(payload: SignedPayload, limits: Limits) -> ParsedRecord:
    """Read one `ChargingProcess`.

    Args:
        payload: its `raw` is the XML.
        limits: caps on exponent and digits.

    Returns:
        The record with two signed spans, not yet trusted.

    Raises:
        MalformedPayloadError: no XML, a field that is missing, twice there, of another type or out of its range.
        UnsignedPayloadError: SIGNATURE_MISSING.
        InvalidSignatureError: SIGNATURE_MALFORMED, when a signature is no hex, or not of 48 or 50 bytes.
    """
    process = XmlFields.of_document(payload.raw, _ROOT)
    blocks = (
        _measurement(process, process.inside("MeasurementStart"), Phase.BEGIN),
        _measurement(process, process.inside("MeasurementEnd"), Phase.END),
    )
    return edl40_record(payload, blocks, limits, curve=_CURVE, embedded_key=process.text("PublicKey") or None)


class _LocalTime(NamedTuple):
    #: Since 1970, of local time.
    seconds: int
    #: That local time is ahead of UTC.
    offset: int


def _measurement(process: XmlFields, fields: XmlFields, phase: Phase) -> SignedBlock:
    time = _time(fields, "Timestamp")
    identified_in = process if fields.text("TimestampCustomerIdent") is None else fields
    signature, log_book = _signature(fields)
    block = Edl40Block(
        server_id=process.octets("ServerId", "hex"),
        time=time.seconds,
        status=fields.integer("MeterStatus") & LOW_BYTE,
        seconds_index=fields.integer("SecondIndex"),
        pagination=fields.integer("Pagination"),
        obis=_TOTAL,
        unit=_UNIT,
        scaler=fields.integer("Scaler"),
        value=fields.integer("Value"),
        log_book=fields.integer("EventCounter") if log_book is None else log_book,
        contract_id=process.octets("CustomerIdent", "hex"),
        contract_time=_time(identified_in, "TimestampCustomerIdent").seconds,
    )
    return SignedBlock(block, SignedSpan(write_block(block), signature), time.offset, phase, fields.path)


def _signature(fields: XmlFields) -> tuple[bytes, int | None]:
    """The pair r, s, and the log book's index where it stands behind them."""
    where = f"{fields.path}/Signature"
    if fields.text("Signature") is None:
        raise UnsignedPayloadError(Code.SIGNATURE_MISSING, "a measurement has no signature", where=where)
    try:
        signature = fields.octets("Signature", "hex")
    except MalformedPayloadError as error:
        raise InvalidSignatureError(Code.SIGNATURE_MALFORMED, error.detail, where=where) from error
    if len(signature) == _SIGNATURE_BYTES:
        return signature, None
    if len(signature) != _SIGNATURE_BYTES + LOG_BOOK_BYTES:
        detail = f"{len(signature)} bytes, r and s of {_CURVE} take {_SIGNATURE_BYTES}"
        raise InvalidSignatureError(Code.SIGNATURE_MALFORMED, detail, where=where)
    return signature[:_SIGNATURE_BYTES], int.from_bytes(signature[_SIGNATURE_BYTES:], "big")


def _time(fields: XmlFields, name: str) -> _LocalTime:
    text = fields.required(name)
    if _TIME.fullmatch(text) is None:
        raise fields.invalid(name, "is no time with an offset")
    try:
        stated = datetime.fromisoformat(text)
    except ValueError as error:
        raise fields.invalid(name, "is no possible instant") from error
    offset = (stated.utcoffset() or timedelta()) // _SECOND
    return _LocalTime(
        seconds=(stated.replace(tzinfo=None) - _EPOCH) // _SECOND,
        offset=checked_offset(offset, where=f"{fields.path}/{name}"),
    )


FORMAT = MeterFormat(
    name=PayloadFormat.EDL_40_MENNEKES,
    recognises=begins_with(_ROOT),
    parse=parse,
    encoding_method="EDL40 Mennekes",
    key_form=KeyForm.COORDINATES,
    xml_element=_ROOT,
)
