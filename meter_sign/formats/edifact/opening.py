"""A file to its messages, each with all signatures that cover it and everything that is wrong around it.

    CMS or S/MIME around it  ->  interchanges  ->  messages  <-  AUTACK in the file or beside it, groups in the message

Nothing is raised: what is wrong with one message says nothing of the next, and every message gets its answer.

Source: edifact.md 2.2 (R8), 2.3, 5.1; contracts.md 1 (`values`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.errors import (
    LimitExceededError,
    MalformedPayloadError,
    MeterSignError,
    UnsignedPayloadError,
    UnsupportedPayloadError,
)
from meter_sign.formats.edifact import autack, cms
from meter_sign.formats.edifact.interchange import read_interchanges
from meter_sign.formats.edifact.recognition import una_is_altered
from meter_sign.formats.edifact.security import read_in_message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meter_sign.formats.edifact.interchange import Interchange, Message
    from meter_sign.formats.edifact.security import InMessage
    from meter_sign.limits import Limits
    from meter_sign.model import Beside, NamedSignature

#: The type of messages that are read, and of those that sign others and are no value themselves.
_MEASURES, _SIGNS = "MSCONS", autack.TYPE
#: The version of the syntax rules that knows security segments.
_WITH_SECURITY = 4
#: Files kept open, so that the messages of one file cost one reading; two, for the two values of a session. They stay
#: in memory until others come, with the file that a wrapper held: so no more of them, and no copies of their messages.
_FILES_KEPT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedMessage:
    """One value of a file: a message, or the file itself where there is none in it."""

    #: None where no message could be found.
    interchange: Interchange | None = None
    message: Message | None = None
    #: All that cover it; all of them must hold.
    signatures: tuple[NamedSignature, ...] = ()
    #: Why it cannot be judged, or not by these signatures alone; a `ContentError` concerns what was signed.
    problems: tuple[MeterSignError, ...] = ()
    warnings: tuple[Code, ...] = ()
    #: Where what the innermost own signature covers begins and ends, else the whole message.
    signed: tuple[int, int] = (0, 0)


class _Opened(NamedTuple):
    """What the file holds, and what signs it as a whole."""

    interchanges: tuple[Interchange, ...]
    #: Of CMS or S/MIME, and what is wrong with it.
    signatures: tuple[NamedSignature, ...] = ()
    problems: tuple[MeterSignError, ...] = ()

    @property
    def wrapped(self) -> bool:
        """Whether a signature over every byte of the file is there to be judged, UNA included."""
        return bool(self.signatures or self.problems)


@lru_cache(maxsize=_FILES_KEPT)
def open_file(raw: bytes, beside: Beside, limits: Limits) -> tuple[OpenedMessage, ...]:
    """Find the messages of a file, and what signs each of them.

    Args:
        raw: the file as received.
        beside: signatures in other files.
        limits: caps on bytes, segments and messages.

    Returns:
        One for each message that is no AUTACK, in the file's order; one with a problem where there is none.
    """
    try:
        opened = _open(raw, beside, limits)
    except MeterSignError as error:
        return (OpenedMessage(problems=(error,)),)
    cover, unreadable = _cover(opened, beside, limits)
    found = [
        _message(interchange, message, opened, cover, unreadable, beside, limits)
        for interchange in opened.interchanges
        for message in interchange.messages
        if message.type != _SIGNS
    ]
    return tuple(found) or (OpenedMessage(problems=_without_message(opened)),)


def _open(raw: bytes, beside: Beside, limits: Limits) -> _Opened:
    if len(raw) > limits.edifact_bytes:
        raise LimitExceededError(Code.LIMIT_EXCEEDED, f"{len(raw)} bytes, the cap is {limits.edifact_bytes}")
    if beside.detached_signatures or cms.is_wrapper(raw):
        wrapper = cms.open_wrapper(raw, beside.detached_signatures, limits)
        return _Opened(read_interchanges(wrapper.content, limits), wrapper.signatures, wrapper.problems)
    try:
        return _Opened(read_interchanges(raw, limits))
    except MeterSignError:
        # Whatever cannot be read behind an altered UNA is the fault of who altered it.
        if una_is_altered(raw):
            raise _una_unsigned() from None
        raise


def _una_unsigned() -> MalformedPayloadError:
    detail = "UNA gives other characters a meaning than the syntax has them, and nobody has signed it"
    return MalformedPayloadError(Code.UNA_UNSIGNED, detail, where="UNA")


def _cover(opened: _Opened, beside: Beside, limits: Limits) -> tuple[autack.Cover | None, tuple[MeterSignError, ...]]:
    """What AUTACK messages in the file or beside it sign; and why a file beside it cannot be read."""
    interchanges, unreadable = list(opened.interchanges), []
    for raw in beside.autacks:
        try:
            interchanges += read_interchanges(raw, limits)
        except MeterSignError as error:
            unreadable.append(_una_unsigned() if una_is_altered(raw) else error)
    try:
        under_cms = opened.interchanges if opened.wrapped else ()
        return autack.cover(tuple(interchanges), limits, under_cms=under_cms), tuple(unreadable)
    except MeterSignError as error:
        return None, (*unreadable, error)


def _message(
    interchange: Interchange,
    message: Message,
    opened: _Opened,
    cover: autack.Cover | None,
    unreadable: tuple[MeterSignError, ...],
    beside: Beside,
    limits: Limits,
) -> OpenedMessage:
    # Alone: with other characters than those that were meant, all that follows may say anything.
    if not opened.wrapped and not interchange.una_is_default:
        return OpenedMessage(problems=(_una_unsigned(),))
    frame = interchange.problems + message.problems
    if message.type != _MEASURES:
        detail = f"messages of type {message.type[:10]!r} are no meter values"
        return OpenedMessage(
            problems=(*frame, UnsupportedPayloadError(Code.MESSAGE_TYPE, detail, where=f"byte {message.start}"))
        )
    if any(problem.code is Code.TRUNCATED for problem in message.problems):
        return OpenedMessage(problems=frame)
    own = read_in_message(interchange, message, limits)
    otherwise = own.present or opened.wrapped
    covering, objections = cover.of(interchange, message, signed_otherwise=otherwise) if cover else ((), ())
    if not interchange.una_is_default and (own.present or covering):
        # CMS signs UNA, and maybe another one made it: whoever signed the message itself has not said how to read it.
        return OpenedMessage(problems=(_una_unsigned(),))
    signatures = opened.signatures + covering + own.signatures
    problems = opened.problems + unreadable + objections + own.problems
    if not signatures and not problems:
        detail = "nothing signs this message"
        problems = (UnsignedPayloadError(Code.MESSAGE_UNSIGNED, detail, where=f"byte {message.start}"),)
    return OpenedMessage(
        interchange=interchange,
        message=message,
        signatures=signatures,
        problems=frame + problems,
        warnings=tuple(_warnings(own, interchange, unused=bool(beside.autacks) and not covering)),
        signed=own.signed or (message.start, message.end),
    )


def _warnings(own: InMessage, interchange: Interchange, *, unused: bool) -> Iterator[Code]:
    """What must be told of the frame; who hands in an AUTACK believes that it was checked."""
    if own.present and interchange.syntax < _WITH_SECURITY:
        yield Code.SYNTAX3_SECURITY
    if unused:
        yield Code.AUTACK_UNUSED


def _without_message(opened: _Opened) -> tuple[MeterSignError, ...]:
    """Why a file without a message of its own is no meter value."""
    problems = tuple(problem for interchange in opened.interchanges for problem in interchange.problems)
    if not opened.wrapped and not all(interchange.una_is_default for interchange in opened.interchanges):
        return (_una_unsigned(),)
    if any(interchange.messages for interchange in opened.interchanges):
        detail = "the file signs another one and holds no message itself"
        return (*problems, MalformedPayloadError(Code.REFERENCE_NOT_FOUND, detail))
    return problems or (MalformedPayloadError(Code.FRAME_INVALID, "the interchange holds no message"),)
