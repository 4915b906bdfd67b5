"""The table of formats: a value's format names the function that reads it.

    SignedPayload -> ParsedRecord

A further format is one file and one line of `FORMATS`. Parsing never trusts: a `ParsedRecord` is readable, no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.crypto.keys import KeyForm, decode_public_key
from meter_sign.errors import MalformedPayloadError, UnsupportedPayloadError
from meter_sign.formats import alfen, bsm, edifact, edl40, ocmf, pcdf
from meter_sign.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from meter_sign.formats.declaration import MeterFormat
    from meter_sign.model import ParsedRecord, PayloadFormat, SignedPayload

#: In the order in which a record is tried; the first that recognises it has it.
FORMATS: tuple[MeterFormat, ...] = (ocmf.FORMAT, *edl40.FORMATS, pcdf.FORMAT, alfen.FORMAT, bsm.FORMAT, edifact.FORMAT)
_BY_NAME: Mapping[PayloadFormat, MeterFormat] = {one.name: one for one in FORMATS}
#: Those of which one record is a file that holds several values.
_FILES = tuple(one for one in FORMATS if one.count is not None)


def recognise(raw: bytes) -> PayloadFormat | None:
    """Tell the format of a value by its content.

    Args:
        raw: the whole value, freed of its text encoding and of surrounding blanks.

    Returns:
        The format, or None when none of the table recognises it.
    """
    return next((one.name for one in FORMATS if one.recognises(raw)), None)


def recognise_file(raw: bytes) -> PayloadFormat | None:
    """Tell the format of a file that is a record and a container at once, whose every byte counts (EDIFACT).

    Args:
        raw: the file as received, or its beginning.

    Returns:
        The format; None for everything else, be it of another format or of none.
    """
    return next((one.name for one in _FILES if one.recognises(raw)), None)


def holds_values(name: PayloadFormat) -> bool:
    """Whether one record of this format may hold several values, so that it is a container itself (EDIFACT).

    Args:
        name: of any format, be it known or not.
    """
    format_ = _BY_NAME.get(name)
    return format_ is not None and format_.count is not None


def count_values(payload: SignedPayload, limits: Limits) -> int:
    """How many values lie in a record: at least one, and more only where the format is a container itself.

    Args:
        payload: as the container gave it.
        limits: caps on what is read.
    """
    format_ = _BY_NAME.get(payload.format)
    if format_ is None or format_.count is None or payload.broken is not None:
        return 1
    return max(1, format_.count(payload.raw, payload.beside, limits))


def cap(name: PayloadFormat, limits: Limits) -> int:
    """How many bytes a record of this format may have.

    Args:
        name: of any format, be it known or not.
        limits: with the caps of all formats.
    """
    format_ = _BY_NAME.get(name)
    return limits.record_bytes if format_ is None else format_.cap(limits)


def encoding_method(name: PayloadFormat) -> str:
    """What OCPI's `SignedData.encoding_method` calls a format.

    Args:
        name: of a format that has a line in `FORMATS`.

    Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_cdrs, list of encoding methods; formats.md 8 for those without one.
    """
    return _BY_NAME[name].encoding_method


def published_key(name: PayloadFormat, key_der: bytes) -> bytes:
    """A public key as the format itself writes it, which is how a driver's tool for the format wants it.

    Args:
        name: of a format that has a line in `FORMATS`.
        key_der: DER SubjectPublicKeyInfo.

    Returns:
        For OCMF the same bytes; for EDL40 X and Y, for Alfen the compressed and for PCDF the uncompressed point.

    Source: formats.md 8.
    """
    form = _BY_NAME[name].key_form
    return key_der if form is KeyForm.SPKI else decode_public_key(key_der).written(form)


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
        InvalidSignatureError: SIGNATURE_MALFORMED, when what stands in the signature's place is none; of EDIFACT also
            what is wrong whatever the key (DIGEST_MISMATCH).
        WeakAlgorithmError: WEAK_HASH, of EDIFACT where a digest stands for what was signed.
    """
    if payload.broken is not None:
        code, detail = payload.broken
        error = UnsupportedPayloadError if code is Code.FORMAT_UNSUPPORTED else MalformedPayloadError
        raise error(code, detail, where=f"value {payload.index}")
    format_ = _BY_NAME.get(payload.format)
    if format_ is None:
        raise UnsupportedPayloadError(Code.FORMAT_UNSUPPORTED, f"{payload.format} is not judged by this version")
    return format_.parse(payload, limits)
