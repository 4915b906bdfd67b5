"""Containers: which signed values lie in these bytes, and in which format. First stage of the flow.

    bytes -> (SignedPayload, ...)

Detection goes by content, never by file name. Nothing is trusted and nothing is verified here; a value that is known
to be broken is still a value (`SignedPayload.broken`), so that nothing disappears from a verdict.

Text: one record, or one a line, each plain, in hex or in base64. A record begins at a line that begins with a mark;
the lines after it, up to the next mark, belong to it (a pretty-printed payload has many). Blanks around a record do
not count, blanks inside do. Text before the first record is a broken value.

XML: the S.A.F.E. transparency container. Every element `value` is a value, wherever it stands. What stands inside it
wins over what its attributes declare, as in the official tool; attributes of the root say nothing. A document type is
refused, so no entity is ever expanded and nothing is ever loaded.

Source: OCMF 1.4.1, "JSON based OCMF Format"; S.A.F.E. XML format; formats.md 1.1 and 3.1.
"""

from __future__ import annotations

from base64 import b32decode, b64decode
from dataclasses import replace
from itertools import chain
from re import ASCII, IGNORECASE
from re import compile as pattern
from typing import TYPE_CHECKING

from lxml import etree

from meter_sign.codes import Code
from meter_sign.errors import LimitExceededError, MalformedPayloadError
from meter_sign.limits import DEFAULT_LIMITS, Limits
from meter_sign.model import PayloadFormat, SignedPayload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lxml.etree import _Element as Element

#: How the text of a record begins, by format.
_MARKS = (
    (PayloadFormat.OCMF, pattern(r"OCMF\|", ASCII)),
    (PayloadFormat.PCDF, pattern(r"128\.8\.0\(", ASCII)),
    (PayloadFormat.ALFEN, pattern(r"AP;", ASCII)),
    (PayloadFormat.EDL_40_SIG, pattern(r"(?:<\?xml[^>]*>\s*)?<signedMeterValue\b", ASCII)),
    (PayloadFormat.EDL_40_MENNEKES, pattern(r"(?:<\?xml[^>]*>\s*)?<(?:Billing|ChargingProcess)\b", ASCII)),
)
#: The same for records in a text file, at the beginning of a line, also for OCMF in hex and in base64.
_LINE_MARK = rb"[ \t\r]*(?:OCMF\||128\.8\.0\(|AP;|4[fF][ \t]*43[ \t]*4[dD][ \t]*46[ \t]*7[cC]|T0NNRn[wxyz])"
_RECORD_ON_FIRST_LINE = pattern(_LINE_MARK)
# Not `^` with MULTILINE: that tries every byte, a fixed first byte is looked for at the speed of memory.
_RECORD_ON_LATER_LINE = pattern(rb"\n" + _LINE_MARK)
#: `OCMF|` in hex and in base64 (the fifth byte leaves two bits of the seventh character open), blanks taken out.
_ENCODED_OCMF = (
    ("hex", pattern(r"4f434d467c", ASCII | IGNORECASE)),
    ("base64", pattern(r"T0NNRn[wxyz]", ASCII)),
)
#: SML in hex, blanks taken out: its escape sequence and version.
_SML = pattern(r"1b1b1b1b01010101", ASCII | IGNORECASE)
_DECODERS: Mapping[str, Callable[[str], bytes]] = {
    "hex": bytes.fromhex,
    "base64": lambda text: b64decode(text, validate=True),
    "base32": lambda text: b32decode(text, casefold=True),
}
_WHITE_SPACE = " \t\r\n"
_NO_BLANKS = str.maketrans("", "", _WHITE_SPACE)
_UTF_8_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
#: Roots of formats that are XML themselves.
_FORMAT_BY_ROOT = {
    "signedMeterValue": PayloadFormat.EDL_40_SIG,
    "Billing": PayloadFormat.EDL_40_MENNEKES,
    "ChargingProcess": PayloadFormat.EDL_40_MENNEKES,
}
_SIGNED_ELEMENTS = ("{*}signedData", "{*}encodedData")


def detect(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> tuple[SignedPayload, ...]:
    """Find the signed values in a file, in document order.

    Args:
        raw: the file as received.
        limits: caps on the size of the file and of each record, and on the number of values.

    Returns:
        At least one value; broken and empty ones included.

    Raises:
        MalformedPayloadError: NOT_RECOGNISED, when no format recognises anything; CONTAINER_INVALID, when it is XML
            that cannot be parsed or that carries a document type.
        LimitExceededError: the file is larger than the caps, or holds more values.
    """
    if len(raw) > limits.container_bytes:
        raise LimitExceededError(Code.LIMIT_EXCEEDED, f"{len(raw)} bytes, the cap is {limits.container_bytes}")
    text = raw.removeprefix(_UTF_8_MARK).lstrip()
    is_xml = text.startswith(b"<") or raw.startswith(_UTF_16_MARKS)
    # A byte order mark outranks the declared encoding of XML, so it stays there.
    found = _from_xml(raw.lstrip()) if is_xml else _from_text(text)
    payloads: list[SignedPayload] = []
    for payload in found:
        if len(payloads) == limits.values:
            raise LimitExceededError(Code.LIMIT_EXCEEDED, f"more than {limits.values} values")
        payloads.append(_capped(_numbered(payload, len(payloads)), limits))
    if not payloads:
        raise MalformedPayloadError(Code.NOT_RECOGNISED, "no signed value of any known format")
    return tuple(payloads)


def _numbered(payload: SignedPayload, index: int) -> SignedPayload:
    return payload if payload.index == index else replace(payload, index=index)


def _capped(payload: SignedPayload, limits: Limits) -> SignedPayload:
    if len(payload.raw) <= limits.record_bytes:
        return payload
    detail = f"{len(payload.raw)} bytes in one record, the cap is {limits.record_bytes}"
    return replace(payload, raw=b"", broken=(Code.LIMIT_EXCEEDED, detail))


# Text ---------------------------------------------------------------------------------------------------------------


def _from_text(body: bytes) -> Iterator[SignedPayload]:
    starts = (match.start() + 1 for match in _RECORD_ON_LATER_LINE.finditer(body))
    start = 0 if _RECORD_ON_FIRST_LINE.match(body) else next(starts, None)
    if start is None:
        return
    if body[:start].strip(_WHITE_SPACE.encode()):
        yield _unknown("text before the first record")
    for end in chain(starts, (len(body),)):
        # Surrogates carry bytes that are no UTF-8 through unchanged; the format's parser refuses them with a reason.
        text = body[start:end].decode("utf-8", "surrogateescape")
        yield _recognise(text.strip(_WHITE_SPACE), declared=None, encoding=None)
        start = end


def _format_of(text: str) -> PayloadFormat | None:
    for format_, mark in _MARKS:
        if mark.match(text):
            return format_
    return None


def _encoding_of_ocmf(text: str) -> str | None:
    start = text[:64].translate(_NO_BLANKS)
    return next((encoding for encoding, mark in _ENCODED_OCMF if mark.match(start)), None)


# One value, wherever it stood ---------------------------------------------------------------------------------------


def _recognise(text: str, *, declared: str | None, encoding: str | None) -> SignedPayload:
    """Make a value of its text: what the text is wins over what is declared.

    Args:
        text: without surrounding blanks.
        declared: the format that the container names.
        encoding: the encoding that the container names.
    """
    if not text:
        return _broken(_named_format(declared), Code.EMPTY_VALUE, "nothing stands in this value")
    plain = _format_of(text)
    if plain is not None:
        return _payload(plain, text.encode("utf-8", "surrogateescape"))
    if _SML.match(text[:64].translate(_NO_BLANKS)):
        return _payload(_sml_format(declared), text.encode("ascii", "replace"))
    chosen = _encoding_of_ocmf(text) or (encoding or "plain").lower()
    if chosen == "plain":
        return _declared_only(declared, text.encode("utf-8", "surrogateescape"))
    return _decoded(text, chosen, declared)


def _decoded(text: str, encoding: str, declared: str | None) -> SignedPayload:
    decode = _DECODERS.get(encoding)
    if decode is None:
        return _broken(_named_format(declared), Code.ENCODING_INVALID, f"no encoding is called {encoding[:40]!r}")
    try:
        raw = decode(text.translate(_NO_BLANKS)).strip(_WHITE_SPACE.encode())
    except ValueError:
        return _broken(_named_format(declared), Code.ENCODING_INVALID, f"this is not {encoding}")
    inner = _format_of(raw[:256].decode("latin-1"))
    return _declared_only(declared, raw) if inner is None else _payload(inner, raw)


def _declared_only(declared: str | None, raw: bytes) -> SignedPayload:
    """A value whose content says nothing: the declared format's parser has the word, if there is such a format."""
    format_ = _named_format(declared)
    if format_ is PayloadFormat.UNKNOWN:
        return _unknown("no known format of signed values begins like this")
    return _payload(format_, raw)


def _named_format(declared: str | None) -> PayloadFormat:
    try:
        return PayloadFormat((declared or "").strip().upper())
    except ValueError:
        return PayloadFormat.UNKNOWN


def _sml_format(declared: str | None) -> PayloadFormat:
    named = _named_format(declared)
    return named if named is PayloadFormat.ISA_EDL_40_P else PayloadFormat.EDL_40_P


def _payload(format_: PayloadFormat, raw: bytes) -> SignedPayload:
    return SignedPayload(format=format_, index=0, raw=raw)


def _broken(format_: PayloadFormat, code: Code, detail: str) -> SignedPayload:
    return SignedPayload(format=format_, index=0, raw=b"", broken=(code, detail))


def _unknown(detail: str) -> SignedPayload:
    return _broken(PayloadFormat.UNKNOWN, Code.NOT_RECOGNISED, detail)


# XML ----------------------------------------------------------------------------------------------------------------


def _from_xml(body: bytes) -> Iterator[SignedPayload]:
    root = _parse_xml(body)
    own_format = _FORMAT_BY_ROOT.get(_local_name(root))
    if own_format is not None:
        yield _payload(own_format, body)
    elif _local_name(root) == "values" or next(root.iter(*_SIGNED_ELEMENTS), None) is not None:
        for element in root.iter("{*}value"):
            yield _from_value(element)


def _parse_xml(body: bytes) -> Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, attribute_defaults=False,
        huge_tree=False, recover=False, strip_cdata=False, remove_comments=False, remove_pis=False, collect_ids=False,
    )  # fmt: skip
    if b"<!DOCTYPE" in body:
        raise MalformedPayloadError(Code.CONTAINER_INVALID, "a document type is refused, it can expand and load things")
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise MalformedPayloadError(Code.CONTAINER_INVALID, f"no well-formed XML: {str(error)[:200]}") from error
    # The look at the bytes above does not see a document type written in UTF-16 or another wide encoding.
    if root.getroottree().docinfo.internalDTD is not None:
        raise MalformedPayloadError(Code.CONTAINER_INVALID, "a document type is refused, it can expand and load things")
    return root


def _from_value(element: Element) -> SignedPayload:
    signed = _children(element, "signedData", "encodedData")
    keys = _children(element, "publicKey")
    payload = replace(
        _from_signed_elements(signed),
        transaction_id=_first_attribute((element, *signed), "transactionId"),
        context=_first_attribute((element, *signed), "context"),
        deviations=(Code.XML_NAMESPACE,) if etree.QName(element).namespace else (),
    )
    if payload.broken:
        return payload
    key = _text(keys[0]) if keys else ""
    if key is None or len(keys) > 1:
        return replace(payload, broken=(Code.CONTAINER_INVALID, "the public key is not one plain text"))
    return replace(payload, container_key=key or None)


def _children(element: Element, *names: str) -> tuple[Element, ...]:
    return tuple(child for child in element if _local_name(child) in names)


def _from_signed_elements(signed: Sequence[Element]) -> SignedPayload:
    if not signed:
        return _broken(PayloadFormat.UNKNOWN, Code.EMPTY_VALUE, "no signedData stands in this value")
    element = signed[0]
    declared = element.get("format")
    if len(signed) > 1:
        detail = "two signed texts stand in one value"
        return _broken(_named_format(declared), Code.CONTAINER_INVALID, detail)
    text = _text(element)
    if text is None:
        return _broken(_named_format(declared), Code.CONTAINER_INVALID, "other XML stands inside the signed text")
    payload = _recognise(text, declared=declared, encoding=element.get("encoding"))
    if _local_name(element) == "encodedData" and not payload.raw.startswith(b"OCMF|") and not payload.broken:
        return replace(payload, broken=(Code.FORMAT_UNSUPPORTED, "a sealed record, not a signed text"))
    return payload


def _text(element: Element) -> str | None:
    """The text of an element without surrounding blanks, or None when anything but text stands in it."""
    return None if len(element) else (element.text or "").strip(_WHITE_SPACE)


def _first_attribute(elements: Sequence[Element], name: str) -> str | None:
    return next((text.strip() for element in elements if (text := element.get(name)) and text.strip()), None)


def _local_name(element: Element) -> str:
    # Comments and processing instructions have a function for a tag, whatever the type stubs say.
    tag: object = element.tag
    return etree.QName(element).localname if isinstance(tag, str) else ""
