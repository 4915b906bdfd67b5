"""Containers: which signed values lie in these bytes, and in which format. First stage of the flow.

    bytes -> (SignedPayload, ...)

Detection goes by content, never by file name. Nothing is trusted and nothing is verified here; a value that is known
to be broken is still a value (`SignedPayload.broken`), so that nothing disappears from a verdict.

    one_value.py       the text or the bytes of one value, wherever it stood: its encoding and its format
    lines.py           text files: one record, or one a line; files of SML
                       (a file of EDIFACT or S/MIME is taken as it is, and each of its messages is a value)
    xml.py             S.A.F.E. transparency XML, and formats that are XML themselves
    json_messages.py   JSON of OCPI and OCPP: finds the values, which ocpi_values.py and ocpp_values.py read
    chargeit_values.py, ptb_values.py   JSON of whole charging processes, found by json_messages.py as well
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from meter_sign import formats
from meter_sign.codes import Code
from meter_sign.container import json_messages, lines, xml
from meter_sign.container.one_value import recognise_bytes
from meter_sign.errors import LimitExceededError, MalformedPayloadError
from meter_sign.limits import DEFAULT_LIMITS, Limits
from meter_sign.model import NOTHING_BESIDE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meter_sign.model import Beside, SignedPayload

_UTF_8_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_JSON_MARKS = (b"{", b"[")


def detect(raw: bytes, limits: Limits = DEFAULT_LIMITS, beside: Beside = NOTHING_BESIDE) -> tuple[SignedPayload, ...]:
    """Find the signed values in a file, in document order.

    Args:
        raw: the file as received.
        limits: caps on the size of the file and of each record, and on the number of values.
        beside: signatures that lie in other files, for the formats that know such ones.

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
        for message in _messages(_capped(payload, limits), beside, limits):
            if len(payloads) == limits.values:
                raise LimitExceededError(Code.LIMIT_EXCEEDED, f"more than {limits.values} values")
            payloads.append(_numbered(message, len(payloads)))
    if not payloads:
        raise MalformedPayloadError(Code.NOT_RECOGNISED, "no signed value of any known format")
    return tuple(payloads)


def _values(raw: bytes, limits: Limits) -> Iterator[SignedPayload]:
    if formats.recognise_file(raw) is not None:
        # Every byte is handed on, blanks and byte order mark included: the format says what they mean.
        return iter((recognise_bytes(raw),))
    text = raw.removeprefix(_UTF_8_MARK).lstrip()
    if text.startswith(b"<") or raw.startswith(_UTF_16_MARKS):
        # A byte order mark outranks the declared encoding of XML, so it stays there.
        return xml.values(raw.lstrip(), limits)
    if text.startswith(_JSON_MARKS):
        return json_messages.values(text, limits)
    return lines.values(text, limits)


def _numbered(payload: SignedPayload, index: int) -> SignedPayload:
    return payload if payload.index == index else replace(payload, index=index)


def _capped(payload: SignedPayload, limits: Limits) -> SignedPayload:
    cap = formats.cap(payload.format, limits)
    if len(payload.raw) <= cap:
        return payload
    detail = f"{len(payload.raw)} bytes in one record, the cap is {cap}"
    return replace(payload, raw=b"", broken=(Code.LIMIT_EXCEEDED, detail))


def _messages(payload: SignedPayload, beside: Beside, limits: Limits) -> Iterator[SignedPayload]:
    """The values of one record: itself, or each of its messages where it is a container itself."""
    if not formats.holds_values(payload.format):
        yield payload
        return
    whole = replace(payload, beside=beside)
    for message in range(formats.count_values(whole, limits)):
        yield whole if message == 0 else replace(whole, message=message)
