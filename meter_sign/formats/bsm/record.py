"""BSM: the JSON of one signed snapshot.

    SignedPayload -> ParsedRecord

    @context            .../contexts/bsm-ws36a-json-v1; its host is that of whoever runs the charging stations
    additionalValues    the 17 points that were signed (points.py)
    signature           ECDSA on secp256r1 over SHA-256 of their layout; DER in hex
    meterInfo.publicKey SubjectPublicKeyInfo in hex; it only proves that the record agrees with itself

Nothing of the text is signed, so a key that stands twice anywhere in it is a broken structure: nobody can say which was
meant. An envelope that contradicts the points is told once the signature has held: `ContentError`, never a measurement.

Source: bsm-python, doc/examples/chargy.md, snapshots.md.
"""

from __future__ import annotations

from binascii import unhexlify
from re import ASCII
from re import compile as pattern
from typing import TYPE_CHECKING, Any

from meter_sign import strict_json
from meter_sign.codes import Code
from meter_sign.errors import (
    InvalidSignatureError,
    MalformedPayloadError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
)
from meter_sign.formats.bsm.content import read_content
from meter_sign.formats.bsm.envelope import check_envelope
from meter_sign.formats.bsm.points import read_points, signed_bytes
from meter_sign.formats.declaration import MeterFormat, content_or_reason
from meter_sign.model import ParsedRecord, PayloadFormat, SignedSpan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from meter_sign.formats.bsm.points import Snapshot
    from meter_sign.limits import Limits
    from meter_sign.model import RecordContent, SignedPayload

_CONTEXT_NAME = "bsm-ws36a-json"
_CONTEXT = pattern(rf"https?://[^/\s]+/contexts/{_CONTEXT_NAME}-v(\d{{1,3}})", ASCII)
#: Without the address before it, where JSON may escape the slashes.
_MARK = f"{_CONTEXT_NAME}-v".encode()
_VERSION = "1"
_CURVE = "secp256r1"


def parse(payload: SignedPayload, limits: Limits) -> ParsedRecord:
    """Read the JSON of one snapshot.

    Args:
        payload: its `raw` is the JSON text, its `claims` what the container says of it.
        limits: caps on the JSON.

    Returns:
        The record, not yet trusted; `content_error` says so where its envelope contradicts it.

    Raises:
        MalformedPayloadError: no UTF-8, no JSON object, a key twice, another context, points that are not the 17 of a
            snapshot.
        UnsupportedPayloadError: FORMAT_VERSION_UNSUPPORTED.
        UnsignedPayloadError: SIGNATURE_MISSING.
        InvalidSignatureError: SIGNATURE_MALFORMED, when the signature is no hex.
    """
    value = _document(payload.raw, limits)
    version = _version(value.get("@context"))
    snapshot = read_points(value.get("additionalValues"))
    signature = _signature(value.get("signature"))
    content, content_error = content_or_reason(lambda: _content(value, snapshot, payload))
    return ParsedRecord(
        payload=payload,
        format_version=version,
        spans=(SignedSpan(signed_bytes(snapshot), signature),),
        curve=_CURVE,
        content=content,
        content_error=content_error,
        claimed_meter_id=snapshot["MA1"].text or None,
        embedded_key=_embedded_key(value.get("meterInfo")),
    )


def _document(raw: bytes, limits: Limits) -> Mapping[str, Any]:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        where = f"byte {error.start}"
        raise MalformedPayloadError(Code.ENCODING_INVALID, "the snapshot is no UTF-8", where=where) from error
    scanned = strict_json.scan(text, limits)
    for breach in scanned.breaches:
        raise MalformedPayloadError(breach.code, breach.detail)
    if not isinstance(scanned.value, dict):
        raise MalformedPayloadError(Code.JSON_INVALID, "the snapshot is no JSON object")
    return scanned.value


def _version(context: object) -> str:
    match = _CONTEXT.fullmatch(context) if isinstance(context, str) else None
    if match is None:
        raise MalformedPayloadError(Code.FRAME_INVALID, "the JSON is no snapshot of a BSM-WS36A", where="/@context")
    if match.group(1) != _VERSION:
        detail = f"version {match.group(1)} of the snapshot's JSON is not judged"
        raise UnsupportedPayloadError(Code.FORMAT_VERSION_UNSUPPORTED, detail, where="/@context")
    return _VERSION


def _signature(stated: object) -> bytes:
    if stated is None:
        raise UnsignedPayloadError(Code.SIGNATURE_MISSING, "the snapshot has no signature", where="/signature")
    if not isinstance(stated, str):
        raise MalformedPayloadError(Code.FIELD_INVALID, "the signature is no text", where="/signature")
    try:
        return unhexlify(stated)
    except ValueError as error:
        detail = "the signature is no hexadecimal text"
        raise InvalidSignatureError(Code.SIGNATURE_MALFORMED, detail, where="/signature") from error


def _embedded_key(meter: object) -> str | None:
    key = meter.get("publicKey") if isinstance(meter, dict) else None
    if not isinstance(key, str | None):
        raise MalformedPayloadError(Code.FIELD_INVALID, "the key is no text", where="/meterInfo/publicKey")
    return key or None


def _content(value: Mapping[str, Any], snapshot: Snapshot, payload: SignedPayload) -> RecordContent:
    check_envelope(value, snapshot, payload.claims)
    return read_content(snapshot)


def _recognises(raw: bytes) -> bool:
    """A snapshot by itself, not a container of some."""
    return raw.startswith(b"{") and _MARK in raw and b'"additionalValues"' in raw and b'"signedMeterValues"' not in raw


FORMAT = MeterFormat(
    name=PayloadFormat.BSM,
    recognises=_recognises,
    parse=parse,
    # No name is registered; this is what OCPI data of charging stations with this meter is called elsewhere.
    encoding_method="chargeIT Mobility",
    json_context=_CONTEXT_NAME,
)
