"""One MSCONS message as a record: what it says, and the signatures that name their keys.

Source: edifact.md 5.2; contracts.md 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import ContentError, MalformedPayloadError, heaviest
from meter_sign.formats.declaration import content_or_reason
from meter_sign.formats.edifact.mscons import claims, read_mscons
from meter_sign.formats.edifact.opening import open_file
from meter_sign.formats.edifact.segments import bare, cut, read
from meter_sign.model import NamedSignatures, ParsedRecord

if TYPE_CHECKING:
    from meter_sign.formats.edifact.interchange import Interchange, Message
    from meter_sign.formats.edifact.opening import OpenedMessage
    from meter_sign.limits import Limits
    from meter_sign.model import Beside, SignedPayload


def parse(payload: SignedPayload, limits: Limits) -> ParsedRecord:
    """Read one message of a file.

    Args:
        payload: the whole file, and which of its messages is meant.
        limits: caps on bytes, segments, digits and messages.

    Returns:
        The record, not yet trusted.

    Raises:
        MalformedPayloadError: the file, its frame or its security groups are not well-formed.
        UnsupportedPayloadError: a message of another type, or a method that cannot be judged.
        UnsignedPayloadError: nothing signs the message.
        InvalidSignatureError: what stands in a signature's place is none, or a digest is wrong.
        WeakAlgorithmError: WEAK_HASH, an AUTACK's digest is right and by a hash that proves too little.

    Source: edifact.md 5.1, 5.6.
    """
    opened = open_file(payload.raw, payload.beside, limits)
    if payload.message >= len(opened):
        raise MalformedPayloadError(Code.FRAME_INVALID, f"the file has no message number {payload.message}")
    one = opened[payload.message]
    refusals = [problem for problem in one.problems if not isinstance(problem, ContentError)]
    if refusals or one.interchange is None or one.message is None:
        raise heaviest(refusals or one.problems)
    return _record(payload, one, one.interchange, one.message, limits)


def _record(
    payload: SignedPayload, one: OpenedMessage, interchange: Interchange, message: Message, limits: Limits
) -> ParsedRecord:
    data, separators = interchange.data, interchange.separators
    claimed = claims(data, message, separators, limits)
    content, reason = content_or_reason(lambda: read_mscons(data, message, separators, limits))
    reasons = [problem for problem in (*one.problems, reason) if isinstance(problem, ContentError)]
    return ParsedRecord(
        payload=payload,
        format_version=_version(interchange, message, limits),
        spans=(),
        curve="",
        content=None if reasons else content,
        content_error=_joined(reasons),
        claimed_meter_id=claimed.meter_id,
        named=NamedSignatures(
            # Without line breaks between segments: one message keeps one identity, whoever breaks its lines.
            signed_bytes=bare(data[slice(*one.signed)], separators),
            signatures=one.signatures,
            written_at=claimed.written_at,
            claimed_location=claimed.location,
            warnings=one.warnings,
        ),
    )


def count_values(raw: bytes, beside: Beside, limits: Limits) -> int:
    """How many values a file is: its messages but for AUTACK, and one where there is none.

    Args:
        raw: the file as received.
        beside: signatures in other files.
        limits: caps on bytes, segments and messages.
    """
    return len(open_file(raw, beside, limits))


def _joined(reasons: list[ContentError]) -> ContentError | None:
    """One reason why the message is no measurement, with the codes of all."""
    if not reasons:
        return None
    codes = dict.fromkeys(code for reason in reasons for code in (reason.code, *reason.further))
    first = reasons[0]
    further = tuple(code for code in codes if code is not first.code)
    return ContentError(first.code, first.detail, where=first.where, further=further)


def _version(interchange: Interchange, message: Message, limits: Limits) -> str | None:
    """Of the directory and of the profile, such as `D.04B 2.4c`."""
    unh = next(cut(interchange.data, message.start, interchange.separators, limits))
    _, version, release, _, profile = (
        read(interchange.data, unh, interchange.separators, limits).text(2, component) for component in range(5)
    )
    directory = ".".join(part for part in (version, release) if part)
    return " ".join(part for part in (directory, profile) if part)[:20] or None
