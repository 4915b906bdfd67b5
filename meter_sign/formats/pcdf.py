"""PCDF: one whole session of a PES DC meter on one line, `128.8.0(ST:...)(CT:...) ... (PK:...)(SG:...)`.

    SignedPayload -> ParsedRecord

    ST start   CT end   CD duration   TV time valid   BV billing valid   SP last data of the session included
    RV energy of the session   SI user*kind of id*transaction   CSC count of sessions
    CS software's check sum   HW serial   DT kind of meter   PK key   SG signature

Signed is everything before `(SG:`, byte for byte; STX and ETX around the line are not part of it. ECDSA with SHA-256
on secp256r1, DER in hex; the key is the uncompressed point in hex. PK is signed, and still proves only that the record
agrees with itself: who signs can name any key.

No description of the format was published, so what is not known is not billed: each of the 14 fields stands there once,
in any order, SG last, and no other field does. A field that breaks this makes the signed text no measurement, which is
told once the signature has held; BV or SP other than 1 do the same, by contract. Another kind of meter than DT 0 (PES
DCMeter EU) is not judged.

The energy is a difference: RV counts from zero since the session began, so a record is begin and end at once. The
format names no register that OBIS defines (128.8.0 is the maker's own code); in the words that formats share, energy
of one transaction from the mains is 1-0:B2.8.0. CSC stands in for the pagination.

The times are local, and the zone stands nowhere. They cannot be turned into instants, and a wrong instant is worse than
none: they are kept with `zone_known` false, so that nothing shows them as instants or decides by them, and only their
order and their difference count. Their status is unknown, TV 0 flags them besides: a session of PCDF bills energy and
never time. CD is not compared, for the known records contradict themselves there.

Source: S.A.F.E. Transparenzsoftware 1.4.1, PcdfReader and PcdfVerificationParser; formats.md 3.2; contracts.md 1.
"""

from __future__ import annotations

from binascii import unhexlify
from datetime import UTC, datetime
from decimal import Decimal
from re import ASCII
from re import compile as pattern
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.crypto.keys import KeyForm
from meter_sign.errors import (
    ContentError,
    InvalidSignatureError,
    MalformedPayloadError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
)
from meter_sign.formats.declaration import MeterFormat, content_or_reason
from meter_sign.model import (
    Identification,
    MeterIdentity,
    Pagination,
    PaginationKind,
    ParsedRecord,
    PayloadFormat,
    Phase,
    Reading,
    RecordContent,
    SignedSpan,
)
from meter_sign.obis import ObisCode
from meter_sign.quantity import Unit
from meter_sign.timestamps import SignedTime, TimeStatus

if TYPE_CHECKING:
    from collections.abc import Mapping
    from re import Match, Pattern

    from meter_sign.limits import Limits
    from meter_sign.model import SignedPayload

_HEAD = b"128.8.0"
_STX, _ETX = b"\x02", b"\x03"
_SIGNATURE = b"(SG:"
#: A name, and a value of printable ASCII without the three characters that the grammar uses.
_FIELD = rb"\(([A-Z]{1,8}):([\x20-\x27\x2a-\x39\x3b-\x7e]*+)\)"
_ONE_FIELD = pattern(_FIELD)
_FIELDS = pattern(rb"(?:%b)++" % _FIELD)
#: What each field's value looks like; the groups are what is read of it. PK is judged as a key.
_VALUES: Mapping[str, Pattern[str]] = {
    name: pattern(form, ASCII)
    for name, form in {
        "ST": r"\d{12}",
        "CT": r"\d{12}",
        "CD": r"\d\d[0-5]\d[0-5]\d",
        "TV": r"[01]",
        "BV": r"1",
        "CSC": r"\d{1,18}",
        "SP": r"1",
        "RV": r"(?=.{8}\*)(\d+\.\d+)\*kWh",
        "SI": r"([^*]{1,36})\*(\d)\*([^*]{1,36})",
        "CS": r"[!-~]{8}",
        "HW": r"[!-~]{11}",
        "DT": r"\d{1,9}",
        "PK": r".*",
    }.items()
}
_MODELS = {"0": "PES DCMeter EU"}
#: Kinds of id to the names that OCMF and OCPI use where they have one.
_ID_KINDS = {"1": "RFID", "2": "EMAID", "3": "CREDIT_CARD", "4": "REMOTE", "5": "NFC"}
_REGISTER = ObisCode("1-0:B2.8.0")
_CLOCK_NOT_VALID = "0"


class _Frame(NamedTuple):
    signed: bytes
    fields: tuple[tuple[str, str], ...]
    signature: bytes


def parse(payload: SignedPayload, _: Limits) -> ParsedRecord:
    """Read one PCDF record without losing a byte of what was signed.

    Args:
        payload: its `raw` is the line, ASCII.

    Returns:
        The record, not yet trusted; `content_error` says so where what was signed is no measurement.

    Raises:
        MalformedPayloadError: FRAME_INVALID, when it is not the mark, fields in parentheses, and SG behind them.
        UnsupportedPayloadError: FORMAT_UNSUPPORTED, for another kind of meter.
        UnsignedPayloadError: there is no SG.
        InvalidSignatureError: SIGNATURE_MALFORMED, when SG is empty or no hex.
    """
    frame = _split(payload.raw)
    fields = dict(frame.fields)
    _check_kind_of_meter(fields.get("DT", ""))
    content, content_error = content_or_reason(lambda: _read(_matched(frame.fields)))
    return ParsedRecord(
        payload=payload,
        format_version=None,
        spans=(SignedSpan(frame.signed, frame.signature),),
        curve="secp256r1",
        content=content,
        content_error=content_error,
        claimed_meter_id=fields.get("HW") or None,
        embedded_key=fields.get("PK") or None,
        usual_key_forms=frozenset({Code.KEY_RAW_POINT}),
    )


def _split(raw: bytes) -> _Frame:
    """Cut at the first `(SG:`, which nothing signed may hold; behind the signature stands only the line's end."""
    line = raw.removeprefix(_STX)
    signed, mark, rest = line.partition(_SIGNATURE)
    signature, end, behind = rest.partition(b")")
    if not signed.startswith(_HEAD) or _FIELDS.fullmatch(signed, len(_HEAD)) is None:
        raise MalformedPayloadError(Code.FRAME_INVALID, "not 128.8.0 and fields of the form (NAME:value)")
    if not mark:
        raise UnsignedPayloadError(Code.SIGNATURE_MISSING, "the record has no SG", where="SG")
    if not end or behind.strip(_ETX + b" \r\n"):
        raise MalformedPayloadError(Code.FRAME_INVALID, "SG is not closed, or not the last field", where="SG")
    fields = tuple((name.decode(), value.decode()) for name, value in _ONE_FIELD.findall(signed))
    return _Frame(signed, fields, _signature(signature))


def _signature(stated: bytes) -> bytes:
    try:
        value = unhexlify(stated)
    except ValueError as error:
        raise InvalidSignatureError(Code.SIGNATURE_MALFORMED, "SG is no hex", where="SG") from error
    if not value:
        raise InvalidSignatureError(Code.SIGNATURE_MALFORMED, "SG is empty", where="SG")
    return value


def _check_kind_of_meter(stated: str) -> None:
    if _VALUES["DT"].fullmatch(stated) and stated not in _MODELS:
        raise UnsupportedPayloadError(Code.FORMAT_UNSUPPORTED, f"the kind of meter is {stated}", where="DT")


def _matched(fields: tuple[tuple[str, str], ...]) -> dict[str, Match[str]]:
    """Each known field once, and no other, as its form says.

    Raises:
        ContentError: CONTENT_INVALID, TIME_INVALID.
    """
    matched: dict[str, Match[str]] = {}
    for name, value in fields:
        form = _VALUES.get(name)
        match = form.fullmatch(value) if form else None
        if form is None or name in matched:
            said = "is no known field" if form is None else "stands there twice"
            raise ContentError(Code.CONTENT_INVALID, f"{name} {said}", where=name)
        if match is None:
            raise ContentError(Code.CONTENT_INVALID, _WHY.get(name, f"{name} has not its form"), where=name)
        matched[name] = match
    missing = [name for name in _VALUES if name not in matched]
    if missing:
        raise ContentError(Code.CONTENT_INVALID, f"missing: {', '.join(missing)}", where=missing[0])
    return matched


#: Why some fields' values are no measurement, in words.
_WHY = {
    "BV": "BV is not 1: the meter says that this must not be billed",
    "SP": "SP is not 1: the last data of the session are not in this record",
}


def _read(fields: Mapping[str, Match[str]]) -> RecordContent:
    user, kind, transaction_id = fields["SI"].groups()
    return RecordContent(
        meter=MeterIdentity(
            serial=fields["HW"].group(), model=_MODELS[fields["DT"].group()], firmware=fields["CS"].group()
        ),
        pagination=Pagination(kind=PaginationKind.TRANSACTION, number=int(fields["CSC"].group())),
        identification=Identification(assigned=True, type=_ID_KINDS.get(kind, kind), data=user),
        readings=(_reading(fields),),
        transaction_id=transaction_id,
    )


def _reading(fields: Mapping[str, Match[str]]) -> Reading:
    return Reading(
        time=_local_time(fields, "CT"),
        qualifier=None,
        phase=Phase.END,
        register=_REGISTER,
        value=Decimal(fields["RV"].group(1)),
        unit=Unit.KWH,
        meter_status=f"BV {fields['BV'].group()}",
        status_good=True,
        since=_local_time(fields, "ST"),
        error_flags="t" if fields["TV"].group() == _CLOCK_NOT_VALID else "",
        path="RV",
    )


def _local_time(fields: Mapping[str, Match[str]], name: str) -> SignedTime:
    """YYMMDDhhmmss of this century, in a zone that nobody states."""
    text = fields[name].group()
    year, month, day, hour, minute, second = (int(text[at : at + 2]) for at in range(0, len(text), 2))
    try:
        at = datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise ContentError(Code.TIME_INVALID, f"{name} is no possible date", where=name) from error
    return SignedTime(at=at, status=TimeStatus.UNKNOWN, zone_known=False)


def _recognises(raw: bytes) -> bool:
    return raw.removeprefix(_STX).startswith(_HEAD + b"(")


FORMAT = MeterFormat(
    name=PayloadFormat.PCDF,
    recognises=_recognises,
    parse=parse,
    encoding_method="PCDF",
    key_form=KeyForm.POINT,
    line_mark=rb"\x02?128\.8\.0\(",
)
