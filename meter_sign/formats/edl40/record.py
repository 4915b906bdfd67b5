"""A record of one or two signed blocks of EDL40, put into the types that all formats share.

Everything that is said about the measurement is read from the blocks, which are signed, and nothing from the fields
beside them: only the offset of local time, which no format signs, comes from there.

Source: formats.md 3.2.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.formats.declaration import content_or_reason
from meter_sign.formats.edl40 import words
from meter_sign.model import (
    MeterIdentity,
    Pagination,
    PaginationKind,
    ParsedRecord,
    RecordContent,
    SignatureForm,
)

if TYPE_CHECKING:
    from meter_sign.errors import ContentError
    from meter_sign.formats.edl40.block import Edl40Block
    from meter_sign.limits import Limits
    from meter_sign.model import Phase, Reading, SignedPayload, SignedSpan

#: EDL40 writes keys as X and Y side by side.
KEY_FORMS = frozenset({Code.KEY_RAW_POINT})


class SignedBlock(NamedTuple):
    """One block with its signature, and what stands around it."""

    block: Edl40Block
    span: SignedSpan
    #: Seconds that local time is ahead of UTC, as told without a signature; None: unknown.
    offset: int | None
    phase: Phase
    #: Where in the record it stands.
    path: str = ""


def edl40_record(
    payload: SignedPayload,
    blocks: tuple[SignedBlock, ...],
    limits: Limits,
    *,
    curve: str,
    embedded_key: str | None = None,
    content_error: ContentError | None = None,
) -> ParsedRecord:
    """Put a record together.

    Args:
        payload: as received.
        blocks: one, or begin and end of one meter in this order.
        limits: caps on exponent and digits.
        curve: the curve of all signatures.
        embedded_key: the key inside the record.
        content_error: why it is no measurement, where that is known already.

    Returns:
        The record, not yet trusted.
    """
    content = None
    if content_error is None:
        content, content_error = content_or_reason(lambda: _content(blocks, limits))
    return ParsedRecord(
        payload=payload,
        format_version=None,
        spans=tuple(one.span for one in blocks),
        curve=curve,
        content=content,
        content_error=content_error,
        claimed_meter_id=words.serial(blocks[0].block.server_id),
        embedded_key=embedded_key,
        signature_form=SignatureForm.SIDE_BY_SIDE,
        usual_key_forms=KEY_FORMS,
    )


def _content(blocks: tuple[SignedBlock, ...], limits: Limits) -> RecordContent:
    first = blocks[0].block
    return RecordContent(
        meter=MeterIdentity(serial=words.serial(first.server_id)),
        pagination=Pagination(kind=PaginationKind.TRANSACTION, number=first.pagination),
        identification=words.identification(first.contract_id),
        readings=tuple(reading for one in blocks for reading in _readings(one, limits, counted_each=len(blocks) > 1)),
        loss_compensation=words.loss_compensation(first.resistance),
    )


def _readings(signed: SignedBlock, limits: Limits, *, counted_each: bool) -> tuple[Reading, ...]:
    block = signed.block
    readings = words.edl40_readings(block, offset=signed.offset, phase=signed.phase, path=signed.path, limits=limits)
    if not counted_each:
        return readings
    return tuple(replace(one, pagination=block.pagination) for one in readings)
