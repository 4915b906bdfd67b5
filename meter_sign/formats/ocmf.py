"""OCMF: the frame `OCMF|<payload>|<signature>`, the signature section and the format version.

    SignedPayload -> ParsedRecord

The sections are found by scanning JSON strings, not by splitting at `|`: free text such as a tariff's name may hold
the character. The signed bytes are exactly those between the first and the second separator, white space included;
header and signature section are not signed. What the payload says is read by `ocmf_content.py`.

What a signature is, and what is none: SD absent or null is an unsigned record. SD that is there but empty, or no hex
(base64), claims a signature that cannot hold, which is an invalid signature and not a broken structure. The signature
section is not signed, so two keys of one name in it are a broken structure: nobody can say which was meant.

Source: OCMF 1.4.1, "Sections", tables 1, 8, 22; formats.md 1.1, 1.5, 1.6.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import unhexlify
from decimal import Decimal
from re import DOTALL
from re import compile as pattern
from typing import TYPE_CHECKING, Any, NamedTuple

from meter_sign import strict_json
from meter_sign.codes import Code
from meter_sign.crypto.curves import find_curve
from meter_sign.errors import (
    ContentError,
    InvalidSignatureError,
    LimitExceededError,
    MalformedPayloadError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
)
from meter_sign.formats import ocmf_tables as tables
from meter_sign.formats.declaration import MeterFormat
from meter_sign.formats.ocmf_content import claimed_meter_id, read_content
from meter_sign.limits import DEFAULT_LIMITS, Limits
from meter_sign.model import ParsedRecord, PayloadFormat, SignedSpan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from meter_sign.model import RecordContent, SignedPayload

# A string that is never closed runs to the end of the text; a section runs to the next separator outside of strings.
# Every quantifier is possessive: linear time and no memory, also for 100 kB of quotes or backslashes.
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+'
_SECTION = rb'[^"|]*+(?:%b[^"|]*+)*+' % _STRING
_WHOLE_SECTION = pattern(_SECTION, DOTALL)
_FRAME = pattern(rb"OCMF\|(%b)\|(%b)(?:\|(%b))?" % (_SECTION, _SECTION, _SECTION), DOTALL)
_STRING_OR_SEPARATOR = pattern(rb"%b|\|" % _STRING, DOTALL)
_BLANKS = str.maketrans("", "", " \t\r\n")

_DECODERS: Mapping[str, Callable[[str], bytes]] = {
    # Not `bytes.fromhex`, which skips white space that is none in JSON.
    "hex": unhexlify,
    "base64": lambda text: b64decode(text, validate=True),
}


#: The record as text, or its text in hex or in base64 (the fifth byte leaves two bits of the seventh character open).
_LINE_MARK = rb"OCMF\||4[fF][ \t]*43[ \t]*4[dD][ \t]*46[ \t]*7[cC]|T0NNRn[wxyz]"


class _Frame(NamedTuple):
    payload: bytes
    signature: bytes
    fourth: bytes | None
    deviations: tuple[Code, ...]


class _Signature(NamedTuple):
    curve: str
    value: bytes
    deviations: tuple[Code, ...]


def parse(payload: SignedPayload, limits: Limits = DEFAULT_LIMITS) -> ParsedRecord:
    """Read one OCMF record without losing a byte of what was signed.

    Args:
        payload: its `raw` is the record's text, UTF-8.
        limits: caps on depth, digits, readings and the signature's size.

    Returns:
        The record, not yet trusted. Content that is no measurement stands in `content_error`, so that the signature
        can be judged first.

    Raises:
        MalformedPayloadError: no OCMF frame, no UTF-8, no JSON objects, or a field of the wrong JSON type in the
            signature section.
        UnsupportedPayloadError: a format version, algorithm, curve or hash that cannot be judged.
        UnsignedPayloadError: the signature section names no signature.
        InvalidSignatureError: SIGNATURE_MALFORMED, when SD is empty or not in its encoding.
    """
    frame = _split(payload.raw)
    document = _object(frame.payload, limits, section="payload")
    section = _object(frame.signature, limits, section="signature")
    for breach in section.breaches:
        raise MalformedPayloadError(breach.code, breach.detail, where="signature section")
    version, version_deviations = _version(document.value.get("FV"))
    signature = _signature(_with_signed_algorithm(section.value, document.value, version), limits)
    if version < tables.VERSION_OF_DEFAULT_ALGORITHM and "SA" not in section.value:
        version_deviations += (Code.FIELD_MISSING,)
    content, content_error, content_deviations = _content(document, version, frame.payload, limits)
    deviations = frame.deviations + signature.deviations + version_deviations + content_deviations
    return ParsedRecord(
        payload=payload,
        format_version=None if Code.FORMAT_VERSION_MISSING in version_deviations else f"{version[0]}.{version[1]}",
        spans=(SignedSpan(frame.payload, signature.value),),
        curve=signature.curve,
        content=content,
        content_error=content_error,
        claimed_meter_id=claimed_meter_id(document.value),
        embedded_key=_embedded_key(frame.fourth),
        deviations=tuple(dict.fromkeys(deviations)),
    )


def join(payload: bytes, signature: bytes) -> bytes | None:
    """Put a record together whose sections were sent apart, as some do in OCPI's plain_data and signed_data.

    Both must be one whole section each, so that the record is those two texts as they were sent and nothing else.

    Args:
        payload: the payload section.
        signature: the signature section.

    Returns:
        The record, or None when these are no two sections.

    Source: OCPI issue 550, third practice.
    """
    sections = (payload, signature)
    if not all(one.strip().startswith(b"{") and _WHOLE_SECTION.fullmatch(one) for one in sections):
        return None
    return b"OCMF|" + payload + b"|" + signature if b'"SD"' in signature else None


def _split(raw: bytes) -> _Frame:
    """Cut at the separators outside of JSON strings."""
    if not raw.startswith(b"OCMF|"):
        raise MalformedPayloadError(Code.FRAME_INVALID, "the record does not begin with OCMF|", where="byte 0")
    parts = raw.split(b"|", 3)
    if len(parts) == 3 and b"\\" not in parts[1] and parts[1].count(b'"') % 2 == 0:
        # The usual record: two separators in all, and every string before the second is closed.
        return _Frame(parts[1], parts[2], None, ())
    match = _FRAME.fullmatch(raw)
    if match is None:
        sections = sum(match.group() == b"|" for match in _STRING_OR_SEPARATOR.finditer(raw))
        detail = f"expected a payload and a signature section, found {sections} sections"
        raise MalformedPayloadError(Code.FRAME_INVALID, detail)
    payload, signature, fourth = match.groups()
    deviations: tuple[Code, ...] = ()
    if b"|" in payload or b"|" in signature or b"|" in (fourth or b""):
        # Deviation: the specification forbids the separator inside sections, yet TT is free text.
        deviations += (Code.PIPE_IN_SECTION,)
    if fourth is not None:
        deviations += (Code.FOURTH_SECTION,)
    return _Frame(payload, signature, fourth, deviations)


def _object(raw: bytes, limits: Limits, *, section: str) -> strict_json.ScannedJson:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        where = f"{section} section, byte {error.start}"
        raise MalformedPayloadError(Code.ENCODING_INVALID, "the record is no UTF-8", where=where) from error
    scanned = strict_json.scan(text, limits)
    if not isinstance(scanned.value, dict):
        raise MalformedPayloadError(Code.JSON_INVALID, f"the {section} section is no JSON object")
    return scanned


def _version(stated: object) -> tuple[tuple[int, int], tuple[Code, ...]]:
    """Read FV; a record that states none is read as the newest version."""
    if stated is None:
        return tables.NEWEST_VERSION, (Code.FORMAT_VERSION_MISSING,)
    if isinstance(stated, str) and stated in tables.PRESCRIBED_VERSIONS:
        return tables.PRESCRIBED_VERSIONS[stated], ()
    # Deviation: real records also write the number 1.0.
    text = str(stated) if isinstance(stated, (str, Decimal)) else ""
    match = tables.VERSION.fullmatch(text.strip())
    if match is None:
        raise UnsupportedPayloadError(Code.FORMAT_VERSION_UNSUPPORTED, f"FV is {str(stated)[:40]!r}", where="/FV")
    version = (int(match.group(1)), int(match.group(2) or 0))
    if version < tables.OLDEST_VERSION or version[0] > tables.NEWEST_VERSION[0]:
        raise UnsupportedPayloadError(Code.FORMAT_VERSION_UNSUPPORTED, f"OCMF {text} is not judged", where="/FV")
    deviations: list[Code] = []
    if not isinstance(stated, str) or tables.VERSION_AS_PRESCRIBED.fullmatch(stated) is None:
        deviations.append(Code.FIELD_SPELLING)
    if version not in tables.KNOWN_VERSIONS:
        deviations.append(Code.FORMAT_VERSION_UNKNOWN)
    return version, tuple(deviations)


def _with_signed_algorithm(
    section: Mapping[str, Any], payload: Mapping[str, Any], version: tuple[int, int]
) -> Mapping[str, Any]:
    """The signature section, with SA where two old versions had it: inside the payload section."""
    if version in tables.VERSIONS_WITH_SIGNED_ALGORITHM and "SA" in payload and "SA" not in section:
        return {**section, "SA": payload["SA"]}
    return section


def _signature(section: Mapping[str, Any], limits: Limits) -> _Signature:
    algorithm = _text(section, "SA", tables.DEFAULT_ALGORITHM)
    encoding = _text(section, "SE", tables.DEFAULT_ENCODING)
    mime_type = _text(section, "SM", tables.DEFAULT_MIME_TYPE)
    curve, deviations = _curve(algorithm)
    if mime_type.lower() != tables.DEFAULT_MIME_TYPE:
        raise UnsupportedPayloadError(Code.ALGORITHM_UNSUPPORTED, f"SM is {mime_type[:40]!r}", where="SM")
    decode = _DECODERS.get(encoding.lower())
    if decode is None:
        raise UnsupportedPayloadError(Code.ALGORITHM_UNSUPPORTED, f"SE is {encoding[:40]!r}", where="SE")
    if encoding not in _DECODERS or mime_type != tables.DEFAULT_MIME_TYPE:
        deviations += (Code.SIGNATURE_ENCODING_SPELLING,)
    value, blanks = _signature_value(section.get("SD"), decode, limits)
    return _Signature(curve, value, deviations + blanks)


def _signature_value(stated: object, decode: Callable[[str], bytes], limits: Limits) -> tuple[bytes, tuple[Code, ...]]:
    if stated is None:
        raise UnsignedPayloadError(Code.SIGNATURE_MISSING, "the signature section has no SD", where="SD")
    if not isinstance(stated, str):
        raise MalformedPayloadError(Code.FIELD_INVALID, "SD is no text", where="SD")
    text = stated if stated.isalnum() else stated.translate(_BLANKS)
    try:
        value = decode(text)
    except ValueError as error:
        raise InvalidSignatureError(Code.SIGNATURE_MALFORMED, "SD is not in its encoding", where="SD") from error
    if not value:
        raise InvalidSignatureError(Code.SIGNATURE_MALFORMED, "SD is empty", where="SD")
    if len(value) > limits.signature_bytes:
        detail = f"a signature of {len(value)} bytes, the cap is {limits.signature_bytes}"
        raise LimitExceededError(Code.LIMIT_EXCEEDED, detail, where="SD")
    return value, (() if text == stated else (Code.SIGNATURE_WHITESPACE,))


def _curve(algorithm: str) -> tuple[str, tuple[Code, ...]]:
    """Read SA, such as `ECDSA-secp256r1-SHA256`; any other hash than SHA-256 cannot be judged."""
    if algorithm in tables.PRESCRIBED_ALGORITHMS:
        return tables.PRESCRIBED_ALGORITHMS[algorithm], ()
    match = tables.ALGORITHM.fullmatch(algorithm.strip())
    method, name, hash_name = match.groups() if match else ("", "", "")
    found = find_curve(name)
    if found is None or method.upper() != "ECDSA" or hash_name.upper() != "SHA256":
        raise UnsupportedPayloadError(Code.ALGORITHM_UNSUPPORTED, f"SA is {algorithm[:60]!r}", where="SA")
    curve, exact = found
    deviations: list[Code] = []
    if not curve.ocmf_names:
        deviations.append(Code.ALGORITHM_NOT_IN_TABLE)
    elif not exact or (method, hash_name) != ("ECDSA", "SHA256") or algorithm != algorithm.strip():
        deviations.append(Code.ALGORITHM_NAME_SPELLING)
    return curve.name, tuple(deviations)


def _text(section: Mapping[str, Any], name: str, default: str) -> str:
    value = section.get(name, default)
    if not isinstance(value, str):
        raise MalformedPayloadError(Code.FIELD_INVALID, f"{name} is no text", where=name)
    return value


def _embedded_key(fourth: bytes | None) -> str | None:
    # Deviation: a fourth section is no part of the format; the official tool tolerates it. It proves only that the
    # record agrees with itself.
    return (fourth or b"").decode("utf-8", "replace").strip() or None


def _check_density(readings: object, signed: bytes, limits: Limits) -> None:
    """Refuse readings that cost us far more than their sender: what is taken over is not written."""
    if isinstance(readings, list) and len(readings) * limits.reading_bytes > len(signed):
        detail = f"{len(readings)} readings in {len(signed)} bytes, fewer than {limits.reading_bytes} bytes for each"
        raise LimitExceededError(Code.LIMIT_EXCEEDED, detail, where="/RD")


def _content(
    document: strict_json.ScannedJson, version: tuple[int, int], signed: bytes, limits: Limits
) -> tuple[RecordContent | None, ContentError | None, tuple[Code, ...]]:
    """What was signed, or why that is no measurement; the signature is judged before this reason is given."""
    for breach in document.breaches:
        return None, ContentError(breach.code, breach.detail, where="payload section"), ()
    _check_density(document.value.get("RD"), signed, limits)
    try:
        content, deviations = read_content(document.value, version=version, limits=limits)
    except ContentError as error:
        return None, error, ()
    if document.exponents and tables.EXPONENT_IN_READING.search(signed):
        deviations += (Code.NUMBER_WITH_EXPONENT,)
    return content, None, deviations


FORMAT = MeterFormat(
    name=PayloadFormat.OCMF,
    recognises=lambda raw: raw.startswith(b"OCMF|"),
    parse=parse,
    encoding_method="OCMF",
    join=join,
    line_mark=_LINE_MARK,
)
