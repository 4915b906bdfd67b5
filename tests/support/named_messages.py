"""Messages whose signatures name their keys, as the parser of EDIFACT hands them on: built by hand, really signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from meter_sign.container import detect
from meter_sign.model import (
    KeyReference,
    MeterIdentity,
    NamedSignature,
    NamedSignatures,
    ParsedRecord,
    PayloadFormat,
    Phase,
    Reading,
    RecordContent,
)
from meter_sign.obis import ObisCode
from meter_sign.quantity import Unit
from meter_sign.timestamps import SignedTime
from tests.support.certificates import METER, named

if TYPE_CHECKING:
    from meter_sign.codes import Code
    from meter_sign.errors import ContentError

DATA = b"USH+1+S1'BGM+7+DOC1+9'"
METER_ID = "1EMH0012345678"
LOCATION = "DE0001234567800000000000000000042"
#: When the last value was read.
READ_AT = datetime(2026, 1, 15, 11, 30, tzinfo=UTC)


def reading(hours: int = 0, *, objection: Code | None = None, meter_id: str | None = None) -> Reading:
    """A register's value, so many hours before the last."""
    at = SignedTime(at=READ_AT - timedelta(hours=hours), status=None, resolution=timedelta(minutes=1))
    return Reading(
        time=at,
        qualifier="220",
        phase=Phase.BY_ORDER,
        register=ObisCode("1-0:1.8.0"),
        value=Decimal("1000.500"),
        unit=Unit.KWH,
        meter_status=None,
        status_good=None,
        objection=objection,
        meter_id=meter_id,
    )


def content(*readings: Reading, serial: str | None = METER_ID, location: str | None = LOCATION) -> RecordContent:
    """What a message says: one value, unless others are given."""
    return RecordContent(
        meter=MeterIdentity(serial=serial, location=location),
        pagination=None,
        identification=None,
        readings=readings or (reading(),),
        counts_records=False,
    )


def message(
    *signatures: NamedSignature,
    says: RecordContent | None = None,
    content_error: ContentError | None = None,
    written_at: datetime | None = None,
    public_key: str | None = None,
    warnings: tuple[Code, ...] = (),
) -> ParsedRecord:
    """A message with these signatures; without any, one by the meter that names no key."""
    (payload,) = detect(b"OCMF|{}|{}")
    said = None if content_error is not None else says or content()
    return ParsedRecord(
        payload=replace(payload, format=PayloadFormat.EDIFACT, raw=DATA, container_key=public_key),
        format_version=None,
        spans=(),
        curve="",
        content=said,
        content_error=content_error,
        claimed_meter_id=METER_ID if said is None else said.meter.meter_id,
        named=NamedSignatures(
            signed_bytes=DATA,
            signatures=signatures or (signature(),),
            written_at=written_at,
            claimed_location=LOCATION if said is None else said.meter.location,
            warnings=warnings,
        ),
    )


def signature(key: Any = METER, reference: KeyReference | None = None, **fields: Any) -> NamedSignature:
    """A signature over the message's bytes."""
    return named(DATA, key, key=reference, **fields)
