"""Containers: which signed values lie in these bytes, and in which format. First stage of the flow.

    bytes -> (SignedPayload, ...)

Detection goes by content, never by file name. Nothing is trusted and nothing is verified here; a value that is known
to be broken is still a value (`SignedPayload.broken`), so that nothing disappears from a verdict.

    one_value.py       the text or the bytes of one value, wherever it stood: its encoding and its format
    lines.py           text files: one record, or one a line; files of SML
    xml.py             S.A.F.E. transparency XML, and formats that are XML themselves
    json_messages.py   JSON of OCPI and OCPP: finds the values, which ocpi_values.py and ocpp_values.py read
    chargeit_values.py, ptb_values.py   JSON of whole charging processes, found by json_messages.py as well
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.container import json_messages, lines, xml
from meter_sign.errors import LimitExceededError, MalformedPayloadError
from meter_sign.limits import DEFAULT_LIMITS, Limits
from meter_sign.model import NOTHING_BESIDE, Beside, PayloadFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meter_sign.model import SignedPayload

_UTF_8_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_JSON_MARKS = (b"{", b"[")


def detect(raw: bytes, limits: Limits = DEFAULT_LIMITS, beside: Beside = NOTHING_BESIDE) -> tuple[SignedPayload, ...]:
    """Find the signed values in a file, in document order.

    Args:
        raw: the file as received.
        limits: caps on the size of the file and of each record, and on the number of values.
        beside: signatures in files beside this one; only EDIFACT has such.

    Returns:
        At least one value; broken and empty ones included.

    Raises:
        MalformedPayloadError: NOT_RECOGNISED, when no format recognises anything; CONTAINER_INVALID, when it is XML or
            JSON that cannot be parsed, or XML that carries a document type.
        LimitExceededError: the file is larger than the caps, or holds more values.
    """
    if len(raw) > limits.container_bytes:
        raise LimitExceededError(Code.LIMIT_EXCEEDED, f"{len(raw)} bytes, the cap is {limits.container_bytes}")
    payloads: list[SignedPayload] = []
    for payload in _values(raw, limits):
        if len(payloads) == limits.values:
            raise LimitExceededError(Code.LIMIT_EXCEEDED, f"more than {limits.values} values")
        payloads.append(_capped(_beside(_numbered(payload, len(payloads)), beside), limits))
    if not payloads:
        raise MalformedPayloadError(Code.NOT_RECOGNISED, "no signed value of any known format")
    return tuple(payloads)


def _values(raw: bytes, limits: Limits) -> Iterator[SignedPayload]:
    text = raw.removeprefix(_UTF_8_MARK).lstrip()
    if text.startswith(b"<") or raw.startswith(_UTF_16_MARKS):
        # A byte order mark outranks the declared encoding of XML, so it stays there.
        return xml.values(raw.lstrip(), limits)
    if text.startswith(_JSON_MARKS):
        return json_messages.values(text, limits)
    return lines.values(text, limits)


def _numbered(payload: SignedPayload, index: int) -> SignedPayload:
    return payload if payload.index == index else replace(payload, index=index)


def _beside(payload: SignedPayload, beside: Beside) -> SignedPayload:
    if payload.format is not PayloadFormat.EDIFACT or payload.beside == beside:
        return payload
    return replace(payload, beside=beside)


def _capped(payload: SignedPayload, limits: Limits) -> SignedPayload:
    if len(payload.raw) <= limits.record_bytes:
        return payload
    detail = f"{len(payload.raw)} bytes in one record, the cap is {limits.record_bytes}"
    return replace(payload, raw=b"", broken=(Code.LIMIT_EXCEEDED, detail))
