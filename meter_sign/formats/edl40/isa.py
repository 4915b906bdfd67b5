"""ISA_EDL_40_P: the SML file of a meter of Isabellenhuette; begin and newest value of a transaction in one record.

    8182815401FF contract id            8180816101FF ESTH          8180C7F040FF pagination
    010001080080 value at the begin     0100010800FF newest value, with a signature of its own
    list name 8180816200FF, 8180816201FF, 8180816202FF: record of the begin, of an update, of the end

The list's signature is r and s on secp256r1 with the log book's index behind them: 66 bytes. The signature of the
newest value is part of what is signed and not judged by itself: what it covers was never published.

The value at the begin is the meter's total, kept since the contract id was set; it is given as a reading of that
register (1-0:1.8.0), so that begin and end are of one register. A record of the begin or of an update holds no end:
its newest value is a reading on the way, and such a record is not billable alone.

The status. Its bits were never published. All authentic records that we know have 0x18 in the signed byte, begin,
update and end alike; that is good, and nothing else is.

The time. The meter sends local time as if it were UTC. The list tells the same instants a second time with their
offset, the begin beside the contract id and the newest value in its head: where the two agree, the offset is known. Is
one of the two not known, neither is used: instants and wall clocks cannot be compared, and a begin would seem to come
after its end.

Source: formats.md 3.2; S.A.F.E. Transparenzsoftware 1.4.1, IsaSMLReader and IsaEDL40Signature.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.crypto.keys import KeyForm
from meter_sign.formats.declaration import MeterFormat, content_or_reason
from meter_sign.formats.edl40 import words
from meter_sign.formats.edl40.block import LOW_BYTE, IsaBlock, write_block
from meter_sign.formats.edl40.record import KEY_FORMS
from meter_sign.formats.edl40.sml_fields import SmlFields, local_seconds, required, told_offset
from meter_sign.model import (
    MeterIdentity,
    Pagination,
    PaginationKind,
    ParsedRecord,
    PayloadFormat,
    Phase,
    Reading,
    RecordContent,
    SignatureForm,
    SignedSpan,
)
from meter_sign.quantity import dlms_unit, scaled
from meter_sign.sml import BEGIN, TimeKind

if TYPE_CHECKING:
    from meter_sign.limits import Limits
    from meter_sign.model import SignedPayload
    from meter_sign.sml import ListEntry, SmlTime

_CONTRACT_ID = bytes.fromhex("8182815401ff")
_START = bytes.fromhex("010001080080")
_NEWEST = bytes.fromhex("0100010800ff")
_PAGINATION = bytes.fromhex("8180c7f040ff")
_ESTH = bytes.fromhex("8180816101ff")
#: What the newest value marks, by the list's name.
_PHASES = {
    bytes.fromhex("8180816200ff"): Phase.CHARGING,
    bytes.fromhex("8180816201ff"): Phase.CHARGING,
    bytes.fromhex("8180816202ff"): Phase.END,
}
_CURVES = {66: "secp256r1"}
_STATUS_GOOD = 0x18


def parse(payload: SignedPayload, limits: Limits) -> ParsedRecord:
    """Read one SML file of a meter of Isabellenhuette.

    Args:
        payload: its `raw` is the file, binary.
        limits: caps on exponent and digits.

    Returns:
        The record, not yet trusted.

    Raises:
        MalformedPayloadError: no SML, a check sum that does not fit, a field that is missing or of another type.
        UnsignedPayloadError: SIGNATURE_MISSING.
        InvalidSignatureError: SIGNATURE_MALFORMED, when the signature is not of 66 bytes.
    """
    fields = SmlFields(payload.raw)
    signature, log_book, curve = fields.signature(_CURVES)
    block = _block(fields, log_book)
    content, content_error = content_or_reason(lambda: _content(block, fields, limits))
    return ParsedRecord(
        payload=payload,
        format_version=None,
        spans=(SignedSpan(write_block(block), signature),),
        curve=curve,
        content=content,
        content_error=content_error,
        claimed_meter_id=words.serial(block.server_id),
        signature_form=SignatureForm.SIDE_BY_SIDE,
        usual_key_forms=KEY_FORMS,
    )


def _block(fields: SmlFields, log_book: int) -> IsaBlock:
    newest, start = fields.entry(_NEWEST), fields.entry(_START)
    return IsaBlock(
        server_id=fields.response.server_id,
        time=local_seconds(newest),
        status=required(newest.status, newest) & LOW_BYTE,
        obis=_NEWEST,
        unit=required(newest.unit, newest),
        scaler=required(newest.scaler, newest),
        value=fields.number(_NEWEST),
        log_book=log_book,
        value_signature=newest.signature or b"",
        contract_id=fields.octets(_CONTRACT_ID),
        start_time=local_seconds(start),
        esth=fields.octets(_ESTH),
        start_status=required(start.status, start) & LOW_BYTE,
        start_obis=_START,
        start_unit=required(start.unit, start),
        start_scaler=required(start.scaler, start),
        start_value=fields.number(_START),
        list_name=fields.response.name or b"",
        pagination=fields.number(_PAGINATION),
    )


def _content(block: IsaBlock, fields: SmlFields, limits: Limits) -> RecordContent:
    start_offset, offset = _offsets(fields)
    start = Reading(
        time=words.signed_time(block.start_time, start_offset),
        qualifier=None,
        phase=Phase.BEGIN,
        register=words.register(block.obis),
        value=scaled(block.start_value, block.start_scaler, limits, where="/start_value"),
        unit=dlms_unit(block.start_unit),
        meter_status=words.status_text(block.start_status),
        status_good=block.start_status == _STATUS_GOOD,
        event_counter=block.log_book,
        path="/start_value",
    )
    newest = Reading(
        time=words.signed_time(block.time, offset),
        qualifier=words.serial(block.list_name),
        phase=_PHASES.get(block.list_name, Phase.UNKNOWN),
        register=words.register(block.obis),
        value=scaled(block.value, block.scaler, limits, where="/value"),
        unit=dlms_unit(block.unit),
        meter_status=words.status_text(block.status),
        status_good=block.status == _STATUS_GOOD,
        event_counter=block.log_book,
        path="/value",
    )
    return RecordContent(
        meter=MeterIdentity(serial=words.serial(block.server_id)),
        pagination=Pagination(kind=PaginationKind.TRANSACTION, number=block.pagination),
        identification=words.identification(block.contract_id),
        readings=(start, newest),
    )


def _offsets(fields: SmlFields) -> tuple[int | None, int | None]:
    """Seconds that local time is ahead at the begin and at the newest value; both or none."""
    start = _offset(fields.entry(_START), fields.entry(_CONTRACT_ID).time)
    newest = _offset(fields.entry(_NEWEST), fields.response.sensor_time)
    return (start, newest) if start is not None and newest is not None else (None, None)


def _offset(entry: ListEntry, beside: SmlTime | None) -> int | None:
    """Seconds that local time is ahead, as the entry itself tells it, or the same instant told beside it."""
    own = told_offset(entry)
    if own is not None or beside is None or beside.kind is not TimeKind.LOCAL:
        return own
    offset = words.checked_offset(beside.offset_seconds, where=f"byte {entry.offset}")
    return offset if beside.seconds + offset == local_seconds(entry) else None


def _recognises(raw: bytes) -> bool:
    return raw.startswith(BEGIN) and _PAGINATION in raw


FORMAT = MeterFormat(
    name=PayloadFormat.ISA_EDL_40_P,
    recognises=_recognises,
    parse=parse,
    encoding_method="ISA_EDL_40_P",
    key_form=KeyForm.COORDINATES,
)
