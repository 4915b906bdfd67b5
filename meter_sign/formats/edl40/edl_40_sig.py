"""EDL_40_SIG: XML `signedMeterValue` that holds a signed block as it is; one reading a record.

    encodedMeterValue     the 320 bytes of the block
    meterValueSignature   r and s side by side, and mostly the log book's index behind them, as it stands in the block
    signatureMethod       ECDSA192SHA256 or ECDSA256SHA256
    encodingMethod        EDL
    publicKey             X and Y side by side; it only proves that the record agrees with itself

The block is verified byte for byte as it was sent. A record is begin or end by its place in the meter's own count
alone. The block tells local time and nobody tells its offset: see `words.py`.

Source: formats.md 3.2; S.A.F.E. Transparenzsoftware 1.4.1, SignatureOnlyVerificationParser. Deviation: that tool checks
this format on secp192r1 only and takes bytes 173 and up for zeros, so it refuses the records of EMOC meters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.crypto.keys import KeyForm
from meter_sign.errors import (
    ContentError,
    InvalidSignatureError,
    MalformedPayloadError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
)
from meter_sign.formats.declaration import MeterFormat
from meter_sign.formats.edl40.block import EDL40, LOG_BOOK_BYTES, read_edl40, reserved_is_zero
from meter_sign.formats.edl40.record import SignedBlock, edl40_record
from meter_sign.formats.edl40.xml_fields import XmlFields, begins_with
from meter_sign.model import PayloadFormat, Phase, SignedSpan

if TYPE_CHECKING:
    from meter_sign.formats.edl40.block import Edl40Block
    from meter_sign.limits import Limits
    from meter_sign.model import ParsedRecord, SignedPayload

_ROOT = "signedMeterValue"
_SIGNATURE = "meterValueSignature"
_ENCODING_METHOD = "EDL"
#: Signature methods, with the curve and the bytes of r and s.
_METHODS = {
    "ECDSA192SHA256": ("secp192r1", 48),
    "ECDSA256SHA256": ("secp256r1", 64),
}


def parse(payload: SignedPayload, limits: Limits) -> ParsedRecord:
    """Read one `signedMeterValue`.

    Args:
        payload: its `raw` is the XML.
        limits: caps on exponent and digits.

    Returns:
        The record, not yet trusted.

    Raises:
        MalformedPayloadError: no XML, a field that is missing, twice there, not in its encoding; no block of 320
            bytes; a log book's index behind the signature that is not the block's.
        UnsupportedPayloadError: another encoding or signature method.
        UnsignedPayloadError: SIGNATURE_MISSING.
        InvalidSignatureError: SIGNATURE_MALFORMED, when the signature has not the length of its curve.
    """
    fields = XmlFields.of_document(payload.raw, _ROOT)
    method = fields.required("encodingMethod")
    if method != _ENCODING_METHOD:
        raise UnsupportedPayloadError(Code.FORMAT_UNSUPPORTED, f"encodingMethod is {method[:40]!r}")
    encoded = fields.octets("encodedMeterValue")
    block = read_edl40(encoded)
    signature, curve = _signature(fields, block)
    return edl40_record(
        payload,
        (SignedBlock(block, SignedSpan(encoded, signature), None, Phase.BY_ORDER),),
        limits,
        curve=curve,
        embedded_key=fields.text("publicKey") or None,
        content_error=None if reserved_is_zero(encoded) else _reserved(),
    )


def _signature(fields: XmlFields, block: Edl40Block) -> tuple[bytes, str]:
    """The pair r, s, and its curve."""
    method = fields.required("signatureMethod")
    if method not in _METHODS:
        raise UnsupportedPayloadError(Code.ALGORITHM_UNSUPPORTED, f"signatureMethod is {method[:40]!r}")
    if fields.text(_SIGNATURE) is None:
        raise UnsignedPayloadError(Code.SIGNATURE_MISSING, f"the record has no {_SIGNATURE}")
    try:
        signature = fields.octets(_SIGNATURE)
    except MalformedPayloadError as error:
        raise InvalidSignatureError(Code.SIGNATURE_MALFORMED, error.detail, where=error.where) from error
    curve, size = _METHODS[method]
    if len(signature) not in {size, size + LOG_BOOK_BYTES}:
        detail = f"{len(signature)} bytes, r and s of {curve} take {size}"
        raise InvalidSignatureError(Code.SIGNATURE_MALFORMED, detail, where=f"/{_SIGNATURE}")
    if int.from_bytes(signature[size:] or block.log_book.to_bytes(LOG_BOOK_BYTES, "big"), "big") != block.log_book:
        raise fields.invalid(_SIGNATURE, "ends with another index of the log book than the block holds")
    return signature[:size], curve


def _reserved() -> ContentError:
    first = EDL40[-1].offset + EDL40[-1].size
    return ContentError(Code.CONTENT_INVALID, f"the bytes from {first} on are reserved and not zero", where="/reserved")


FORMAT = MeterFormat(
    name=PayloadFormat.EDL_40_SIG,
    recognises=begins_with(_ROOT),
    parse=parse,
    encoding_method="EDL40 E-Mobility Extension",
    key_form=KeyForm.COORDINATES,
    xml_element=_ROOT,
)
