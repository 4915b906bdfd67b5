"""The table of formats: a value's format names the function that reads it.

    SignedPayload -> ParsedRecord

A further format is one file and one line of `FORMATS`. Parsing never trusts: a `ParsedRecord` is readable, no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError, UnsupportedPayloadError
from meter_sign.formats import ocmf
from meter_sign.limits import DEFAULT_LIMITS, Limits
from meter_sign.model import PayloadFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from meter_sign.model import ParsedRecord, SignedPayload

FORMATS: Mapping[PayloadFormat, Callable[[SignedPayload, Limits], ParsedRecord]] = {
    PayloadFormat.OCMF: ocmf.parse,
}


def parse(payload: SignedPayload, limits: Limits = DEFAULT_LIMITS) -> ParsedRecord:
    """Read one signed value by the rules of its format.

    Args:
        payload: as the container gave it.
        limits: caps on depth, digits and number of readings.

    Returns:
        The record, not yet trusted; `content_error` says so where the signed text is no measurement.

    Raises:
        MalformedPayloadError: the container or the format finds no well-formed record.
        UnsupportedPayloadError: FORMAT_UNSUPPORTED, for a format without a line in `FORMATS`; or the format's own
            reason (version, algorithm).
        UnsignedPayloadError: SIGNATURE_MISSING.
        InvalidSignatureError: SIGNATURE_MALFORMED, when what stands in the signature's place is none.
    """
    if payload.broken is not None:
        code, detail = payload.broken
        error = UnsupportedPayloadError if code is Code.FORMAT_UNSUPPORTED else MalformedPayloadError
        raise error(code, detail, where=f"value {payload.index}")
    read = FORMATS.get(payload.format)
    if read is None:
        raise UnsupportedPayloadError(Code.FORMAT_UNSUPPORTED, f"{payload.format} is not judged by this version")
    return read(payload, limits)
