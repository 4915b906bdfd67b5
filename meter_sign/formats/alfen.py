"""ALFEN: one reading a line, `AP;<type>;<version>;<key>;<signed block>;<signature>;`, the last three in base32.

    SignedPayload -> ParsedRecord

Signed are the 82 bytes of the block and nothing else; `type`, `version` and the key stand beside them, and whoever
passes the line on can change them. So the key proves only that the record agrees with itself, another version is not
judged, and `type` decides nothing: it is kept as the record's `label`, and a label that contradicts what is signed
stops billing. What a block says is read by `alfen_block.py`.

Signature: ECDSA with SHA-256 on secp192r1, r and s side by side, 48 bytes. Key: the compressed point, 25 bytes. Base32
is that of RFC 4648, upper case, with its padding or without. Blanks inside it are read, with a deviation, as in the
official tool: lines get broken when they are mailed.

The meter is known by the ten bytes of its own id as upper-case hex, such as `0A01445A470033009347`: what the official
tool shows, without the blanks. Keys are registered under it. The signing adapter's id counts as the gateway's serial,
so one adapter must have signed the whole transaction.

Source: S.A.F.E. Transparenzsoftware 1.4.1, AlfenReader, AlfenSignature and AlfenSignatureVerifier; formats.md 3.2.
"""

from __future__ import annotations

from base64 import b32decode, b32encode
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.crypto.keys import KeyForm
from meter_sign.errors import (
    InvalidSignatureError,
    MalformedPayloadError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
)
from meter_sign.formats.alfen_block import BLOCK_BYTES, meter_of, read_content
from meter_sign.formats.declaration import MeterFormat, content_or_reason
from meter_sign.model import ParsedRecord, PayloadFormat, Phase, SignatureForm, SignedSpan

if TYPE_CHECKING:
    from meter_sign.limits import Limits
    from meter_sign.model import SignedPayload

#: `type` to what the record calls its reading.
_LABELS = {"0": Phase.BEGIN, "1": Phase.END, "2": Phase.CHARGING}
#: The only version whose block is published.
_VERSION = "3"
_FIELDS = 6
_CURVE = "secp192r1"
_BASE32_GROUP = 8
_BLANKS = str.maketrans("", "", " \t\r\n")


class _Frame(NamedTuple):
    type: str
    version: str
    key: str
    block: str
    signature: str
    deviations: tuple[Code, ...]


def parse(payload: SignedPayload, limits: Limits) -> ParsedRecord:
    """Read one Alfen line without losing a byte of what was signed.

    Args:
        payload: its `raw` is the line, ASCII.
        limits: caps on the value's exponent.

    Returns:
        The record, not yet trusted.

    Raises:
        MalformedPayloadError: not six fields, another mark than AP, a type that is none, a block that is no base32 or
            has not 82 bytes.
        UnsupportedPayloadError: FORMAT_VERSION_UNSUPPORTED.
        UnsignedPayloadError: the signature's field is empty.
        InvalidSignatureError: SIGNATURE_MALFORMED, when the signature is no base32.
    """
    frame = _split(payload.raw)
    block = _block(frame.block)
    signature = _signature(frame.signature)
    content, content_error = content_or_reason(lambda: read_content(block, limits))
    return ParsedRecord(
        payload=payload,
        format_version=frame.version,
        spans=(SignedSpan(block, signature),),
        curve=_CURVE,
        content=content,
        content_error=content_error,
        claimed_meter_id=meter_of(block).meter_id,
        embedded_key=frame.key or None,
        label=_LABELS[frame.type],
        deviations=frame.deviations,
        signature_form=SignatureForm.SIDE_BY_SIDE,
        usual_key_forms=frozenset({Code.KEY_RAW_POINT, Code.KEY_COMPRESSED}),
    )


def _split(raw: bytes) -> _Frame:
    """The fields behind the mark; the semicolon behind the last one may be left out, and nothing follows it."""
    fields = raw.removesuffix(b";").split(b";", _FIELDS)
    if len(fields) != _FIELDS or fields[0] != b"AP":
        detail = f"expected AP and {_FIELDS - 1} fields, found {len(fields) - 1} behind {fields[0][:10]!r}"
        raise MalformedPayloadError(Code.FRAME_INVALID, detail, where="byte 0")
    try:
        type_, version, *parts = (field.decode("ascii") for field in fields[1:])
    except UnicodeDecodeError as error:
        raise MalformedPayloadError(Code.ENCODING_INVALID, "the record is no ASCII") from error
    if type_ not in _LABELS:
        raise MalformedPayloadError(Code.FIELD_INVALID, f"the type is {type_[:10]!r}", where="type")
    if version != _VERSION:
        detail = f"Alfen {version[:10]!r} is not judged"
        raise UnsupportedPayloadError(Code.FORMAT_VERSION_UNSUPPORTED, detail, where="version")
    key, block, signature = (part.translate(_BLANKS) for part in parts)
    deviations = () if [key, block, signature] == parts else (Code.FIELD_SPELLING,)
    return _Frame(type_, version, key, block, signature, deviations)


def _block(text: str) -> bytes:
    block = _from_base32(text)
    if block is None:
        raise MalformedPayloadError(Code.ENCODING_INVALID, "the signed block is no base32", where="signed block")
    if len(block) != BLOCK_BYTES:
        detail = f"the signed block has {len(block)} bytes, it takes {BLOCK_BYTES}"
        raise MalformedPayloadError(Code.FRAME_INVALID, detail, where="signed block")
    return block


def _signature(text: str) -> bytes:
    if not text:
        raise UnsignedPayloadError(Code.SIGNATURE_MISSING, "the signature's field is empty", where="signature")
    signature = _from_base32(text)
    if signature is None:
        raise InvalidSignatureError(Code.SIGNATURE_MALFORMED, "the signature is no base32", where="signature")
    return signature


def _from_base32(text: str) -> bytes | None:
    """Decode, or None. Bits beyond the last byte must be zero, so that nobody can write one block in two ways."""
    bare = text.rstrip("=")
    padded = bare + "=" * (-len(bare) % _BASE32_GROUP)
    try:
        binary = b32decode(padded)
    except ValueError:
        return None
    return binary if text in {bare, padded} and b32encode(binary).decode() == padded else None


FORMAT = MeterFormat(
    name=PayloadFormat.ALFEN,
    recognises=lambda raw: raw.startswith(b"AP;"),
    parse=parse,
    encoding_method="Alfen Eichrecht",
    key_form=KeyForm.COMPRESSED,
    line_mark=b"AP;",
    # Three characters: a table of anything may begin so.
    tells_itself=False,
)
