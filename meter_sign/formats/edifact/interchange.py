"""Interchanges and their messages: where each lies, and whether the counts and references of the frame agree.

A file may hold several interchanges one after the other (an AUTACK's behind the one that it signs). What is wrong with
a frame is collected and not raised, so that every message of the file is still found and gets its answer.

Source: ISO 9735-1 (UNA, UNB, UNG, UNH, UNT, UNE, UNZ); edifact.md 2.2, R8 and R16.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from re import DOTALL
from re import compile as pattern
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.errors import LimitExceededError, MalformedPayloadError, MeterSignError, UnsupportedPayloadError
from meter_sign.formats.edifact.segments import DEFAULTS, LINE_BREAKS, Fields, Segment, Separators, cut, is_count, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meter_sign.limits import Limits

#: How a file begins that is EDIFACT, or means to be; UNA may state any characters, be they possible or not.
BEGINNING = pattern(rb"(?:\xef\xbb\xbf)?[\r\n]*(?:UNA.{6}[\r\n]*UNB|UNB\+UN[A-Z]{2}:)", DOTALL)
_UTF_8_MARK = b"\xef\xbb\xbf"
_UNA_BYTES = 9
#: In every segment that has a value, whatever UNA says.
_QUANTITY = b"QTY"
#: Version of the syntax rules (UNB S001 0002) to the one whose defaults hold; 1 and 2 have no more than 3.
_SYNTAX = {"1": 3, "2": 3, "3": 3, "4": 4}
#: Segments that no message holds; at such a one it ends, UNT or not.
_AROUND_MESSAGES = frozenset({"UNH", "UNG", "UNE", "UNZ", "UNB"})
_DECIMAL_MARKS = frozenset({b".", b","})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message: `data[start:end]` from the U of UNH to just behind UNT."""

    start: int
    end: int
    #: UNH 0062.
    reference: str
    #: UNH S009 0065, such as MSCONS.
    type: str
    #: What its own frame does wrong: UNT_COUNT, UNT_REF.
    problems: tuple[MeterSignError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Interchange:
    """One interchange: `data[start:end]` from the U of UNB to just behind UNZ."""

    data: bytes = field(repr=False)
    start: int
    end: int
    separators: Separators
    #: 3 or 4.
    syntax: int
    #: Whether UNA is absent or says what the syntax version says anyway, but for the decimal mark.
    una_is_default: bool
    #: UNB S002 and S003: identification, qualifier, and further components as they stand there.
    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    #: UNB 0020.
    reference: str
    messages: tuple[Message, ...]
    #: What the frame does wrong; it concerns every message.
    problems: tuple[MeterSignError, ...] = ()


def read_interchanges(data: bytes, limits: Limits) -> tuple[Interchange, ...]:
    """Find the interchanges of a file and their messages.

    Args:
        data: the file as received; it begins as `BEGINNING` says.
        limits: caps on segments and messages.

    Returns:
        At least one interchange; what is wrong stands in `problems`, that a further one cannot be read in those of
        the last that can.

    Raises:
        MalformedPayloadError: NOT_EDIFACT, when nothing begins like an interchange; FRAME_INVALID, when a byte order
            mark stands in front, or UNA gives one character two meanings.
        UnsupportedPayloadError: FORMAT_VERSION_UNSUPPORTED, an unknown version of the syntax rules.
        LimitExceededError: more bytes, interchanges, messages or values than the caps.
    """
    _check_size(data, limits)
    if data.startswith(_UTF_8_MARK):
        raise MalformedPayloadError(Code.FRAME_INVALID, "a byte order mark stands in front of UNA or UNB")
    if BEGINNING.match(data) is None:
        raise MalformedPayloadError(Code.NOT_EDIFACT, "neither UNA nor UNB stands at the beginning")
    found: list[Interchange] = []
    at: int | None = 0
    while at is not None:
        if len(found) == limits.messages:
            raise LimitExceededError(Code.LIMIT_EXCEEDED, f"more than {limits.messages} interchanges")
        try:
            opened = _Reader(data, at, limits).read()
        except MeterSignError as error:
            if not found:
                raise
            # What follows is not readable, and the messages in front of it get their answer all the same.
            found[-1] = replace(found[-1], problems=(*found[-1].problems, error))
            break
        found.append(opened)
        at = _next_interchange(data, opened.end)
    return tuple(found)


def _check_size(data: bytes, limits: Limits) -> None:
    if len(data) > limits.edifact_bytes:
        raise LimitExceededError(Code.LIMIT_EXCEEDED, f"{len(data)} bytes, the cap is {limits.edifact_bytes}")
    if data.count(_QUANTITY) > limits.quantities:
        raise LimitExceededError(Code.LIMIT_EXCEEDED, f"more than {limits.quantities} values in one file")


def _next_interchange(data: bytes, end: int) -> int | None:
    return end if BEGINNING.match(data, end) and data[end : end + 3] != _UTF_8_MARK else None


@dataclass(slots=True)
class _Reader:
    """Walks through one interchange once."""

    data: bytes
    at: int
    limits: Limits
    messages: list[Message] = field(default_factory=list)
    problems: list[MeterSignError] = field(default_factory=list)

    def read(self) -> Interchange:
        while self.data[self.at : self.at + 1] in {b"\r", b"\n"}:
            self.at += 1
        una = self.data[self.at : self.at + _UNA_BYTES] if self.data.startswith(b"UNA", self.at) else None
        start = self.at + (0 if una is None else _UNA_BYTES)
        stated = None if una is None else _separators(una)
        segments = cut(self.data, start, stated or DEFAULTS[3], self.limits)
        try:
            unb = next(segments)
        except StopIteration:
            raise MalformedPayloadError(Code.TRUNCATED, "the file ends before UNB", where=f"byte {start}") from None
        header = read(self.data, unb, stated or DEFAULTS[3], self.limits)
        syntax = _syntax(header)
        separators = _of_syntax(stated, syntax)
        end = self._walk(segments, unb, header, separators)
        return Interchange(
            data=self.data,
            start=unb.start,
            end=end,
            separators=separators,
            syntax=syntax,
            una_is_default=stated is None or _is_default(stated, syntax),
            sender=_party(header, 2),
            recipient=_party(header, 3),
            reference=header.text(5),
            messages=tuple(self.messages),
            problems=tuple(self.problems),
        )

    def _walk(self, segments: Iterator[Segment], unb: Segment, header: Fields, separators: Separators) -> int:
        """Go on to UNZ, and return where the interchange ends."""
        end, groups = unb.end, 0
        try:
            segment = next(segments, None)
            while segment is not None:
                end = segment.end
                if segment.tag == "UNH":
                    segment = self._message(segment, segments, separators)
                    end = self.messages[-1].end
                    continue
                if segment.tag == "UNG":
                    groups += 1
                elif segment.tag == "UNZ":
                    self._check_unz(segment, header, separators, groups or len(self.messages))
                    self._check_behind(end)
                    return end
                elif segment.tag != "UNE":
                    self._object(Code.UNSIGNED_SEGMENTS, f"{segment.tag} stands outside of any message", segment.start)
                segment = next(segments, None)
        except LimitExceededError:
            raise
        except MalformedPayloadError as error:
            self.problems.append(error)
            return len(self.data)
        self._object(Code.TRUNCATED, "the interchange has no UNZ", end)
        return len(self.data)

    def _message(self, unh: Segment, segments: Iterator[Segment], separators: Separators) -> Segment | None:
        """Take a message up to its UNT, and return what follows; one that has no UNT is a message, and a broken one."""
        if len(self.messages) == self.limits.messages:
            raise LimitExceededError(Code.LIMIT_EXCEEDED, f"more than {self.limits.messages} messages")
        header = read(self.data, unh, separators, self.limits)
        reference, kind = header.text(1), header.text(2)
        count, end, following, closed = 1, unh.end, None, False
        problems: list[MeterSignError] = []
        try:
            for segment in segments:
                if segment.tag in _AROUND_MESSAGES:
                    following = segment
                    break
                count, end = count + 1, segment.end
                if segment.tag == "UNT":
                    trailer, closed = read(self.data, segment, separators, self.limits), True
                    closing = Closing(trailer.text(1), Code.UNT_COUNT, trailer.text(2), Code.UNT_REF)
                    problems += closing.problems(count, reference, segment.start)
                    break
        finally:
            if not closed:
                detail = "the message has no UNT"
                problems.append(MalformedPayloadError(Code.TRUNCATED, detail, where=f"byte {unh.start}"))
            message = Message(start=unh.start, end=end, reference=reference, type=kind, problems=tuple(problems))
            self.messages.append(message)
        return next(segments, None) if closed else following

    def _check_unz(self, unz: Segment, header: Fields, separators: Separators, count: int) -> None:
        trailer = read(self.data, unz, separators, self.limits)
        closing = Closing(trailer.text(1), Code.UNZ_COUNT, trailer.text(2), Code.UNZ_REF)
        self.problems += closing.problems(count, header.text(5), unz.start)

    def _check_behind(self, end: int) -> None:
        # The rest is looked at only once, however many interchanges the file has.
        if _next_interchange(self.data, end) is None and self.data[end:].strip(LINE_BREAKS):
            self._object(Code.TRAILING_DATA, "more follows behind UNZ", end)

    def _object(self, code: Code, detail: str, at: int) -> None:
        self.problems.append(MalformedPayloadError(code, detail, where=f"byte {at}"))


class Closing(NamedTuple):
    """What a trailer (UNT, UNZ, UST) states of that which it closes, and the codes for what is wrong with it."""

    number: str
    number_code: Code
    reference: str
    reference_code: Code

    def problems(self, count: int, reference: str, at: int) -> Iterator[MeterSignError]:
        """What does not agree with what is there.

        Args:
            count: of what was found.
            reference: of what was opened.
            at: offset of the trailer, for the errors.
        """
        if not is_count(self.number, count):
            detail = f"{self.number[:15]!r} is stated, and it is {count}"
            yield MalformedPayloadError(self.number_code, detail, where=f"byte {at}")
        if self.reference != reference:
            detail = f"{self.reference[:35]!r} closes what {reference[:35]!r} opened"
            yield MalformedPayloadError(self.reference_code, detail, where=f"byte {at}")


def _separators(una: bytes) -> Separators:
    component, element, decimal, release, repetition, terminator = (una[at : at + 1] for at in range(3, _UNA_BYTES))
    stated = Separators(component, element, decimal, release, None if repetition == b" " else repetition, terminator)
    meanings = [one for one in stated if one is not None and one is not decimal]
    if len(set(meanings)) < len(meanings) or any(one.isalnum() or one in {b"\r", b"\n", b""} for one in meanings):
        raise MalformedPayloadError(Code.FRAME_INVALID, "UNA gives one character two meanings, or none", where="UNA")
    return stated


def _of_syntax(stated: Separators | None, syntax: int) -> Separators:
    """Without UNA the version's own; in syntax 3 nothing repeats, whatever stands in its place."""
    if stated is None:
        return DEFAULTS[syntax]
    return stated if syntax == max(DEFAULTS) else stated._replace(repetition=None)


def _is_default(stated: Separators, syntax: int) -> bool:
    return stated.decimal in _DECIMAL_MARKS and stated._replace(decimal=b".") == DEFAULTS[syntax]


def _syntax(header: Fields) -> int:
    version = header.text(1, 1)
    if version not in _SYNTAX:
        detail = f"version {version[:10]!r} of the syntax rules"
        raise UnsupportedPayloadError(Code.FORMAT_VERSION_UNSUPPORTED, detail, where="UNB")
    return _SYNTAX[version]


def _party(header: Fields, element: int) -> tuple[str, ...]:
    parts = header.repetitions(element)[:1]
    return tuple(part.decode("latin-1") for part in (parts[0] if parts else ()))
