"""One AUTACK: its security groups, its references, and what stands behind each of them.

    UNH  {USH USA [USC USA]}  USB  {USX {USY}}  {UST [USR]}  UNT

A group either secures structures that the USX refer to (service 7 signs them, 9 only hashes them; USY has the value and
names the group), or signs the AUTACK itself (service 1; USR has the value).

Source: ISO 9735-6; edifact.md 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from meter_sign.codes import Code
from meter_sign.errors import LimitExceededError, MalformedPayloadError, MeterSignError, UnsupportedPayloadError
from meter_sign.formats.edifact.groups import REFERENCED_HASHED, REFERENCED_SIGNED, SIGNED
from meter_sign.formats.edifact.security import NestedGroups, find_frame
from meter_sign.formats.edifact.segments import cut, read
from meter_sign.model import SignatureContainer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from meter_sign.formats.edifact.groups import SecurityHeader
    from meter_sign.formats.edifact.interchange import Interchange, Message
    from meter_sign.formats.edifact.segments import Fields, Segment
    from meter_sign.limits import Limits
    from meter_sign.model import NamedSignature

#: USY behind one USX (ISO 9735-6). Nobody needs more signatures for one structure either, and each is verified for
#: each message of an interchange.
SIGNATURES_MAX = 9
_SERVICES = frozenset({SIGNED, REFERENCED_SIGNED, REFERENCED_HASHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One USX and the USY behind it."""

    usx: Fields
    secured: tuple[Fields, ...]
    #: Offset of USX, for errors.
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Autack:
    """One AUTACK message, read; nothing is looked up and nothing is compared yet."""

    interchange: Interchange
    #: UNH 0062.
    reference: str
    #: The security groups by their reference (USH 0534).
    groups: Mapping[str, SecurityHeader]
    #: The signatures of the AUTACK over itself.
    own: tuple[NamedSignature, ...]
    references: tuple[Reference, ...]
    #: What is wrong with its interchange, its frame, its groups or its body; it concerns all that it refers to.
    problems: tuple[MeterSignError, ...]

    @property
    def signs_itself(self) -> bool:
        """Whether a group signs the AUTACK, be it well or badly."""
        return any(group.service == SIGNED for group in self.groups.values())


def read_autack(interchange: Interchange, message: Message, limits: Limits) -> Autack:
    """Read one AUTACK message.

    Args:
        interchange: to which it belongs.
        message: of type AUTACK.
        limits: caps on segments, elements and references.

    Returns:
        The message; what is wrong stands in `problems`: of the frame as with every message, UNSIGNED_SEGMENTS for
        what has no place in an AUTACK, FRAME_INVALID without USB.

    Raises:
        LimitExceededError: more references than messages could be, or more USY behind one than the standard has.
    """
    frame = find_frame(interchange, message, limits)
    groups = NestedGroups(interchange, frame, _SERVICES, limits)
    own = [
        groups.signature(nested, SignatureContainer.AUTACK)
        for nested, (header, _) in enumerate(groups.pairs)
        if header.service == SIGNED
    ]
    body = _Body(interchange, limits)
    if frame.body_start is not None:
        body.read(frame.body_start, frame.body_end)
    frame.problems += _superfluous_values(groups)
    return Autack(
        interchange=interchange,
        reference=message.reference,
        groups={header.reference: header for header, _ in groups.pairs},
        own=tuple(one for one in own if one is not None),
        references=tuple(body.references),
        problems=(*interchange.problems, *message.problems, *frame.problems, *body.problems),
    )


def _superfluous_values(groups: NestedGroups) -> Iterator[MeterSignError]:
    """What a USR would say in a group that does not sign the AUTACK, no standard tells."""
    for header, trailer in groups.pairs:
        if header.service in {REFERENCED_SIGNED, REFERENCED_HASHED} and trailer.values:
            detail = f"group {header.reference[:14]!r} secures what is referred to and has a USR of its own"
            yield UnsupportedPayloadError(Code.SERVICE_UNSUPPORTED, detail, where=f"byte {trailer.ust.start}")


@dataclass(slots=True)
class _Body:
    """Reads what stands between the header groups and the trailers."""

    interchange: Interchange
    limits: Limits
    references: list[Reference] = field(default_factory=list)
    problems: list[MeterSignError] = field(default_factory=list)

    def read(self, start: int, end: int) -> None:
        """Take the USX and USY; USB stands in front and says nothing that is needed here."""
        for segment in cut(self.interchange.data, start, self.interchange.separators, self.limits):
            if segment.start >= end:
                # Line breaks stood behind the last segment.
                return
            if (segment.tag == "USB") != (segment.start == start):
                self._object(Code.FRAME_INVALID, "one USB stands in front of the references of an AUTACK", start)
            if segment.tag == "USX":
                self._take_usx(segment)
            elif segment.tag == "USY" and self.references:
                self._take_usy(segment)
            elif segment.tag != "USB":
                self._object(Code.UNSIGNED_SEGMENTS, f"{segment.tag} has no place here in an AUTACK", segment.start)
            if segment.end >= end:
                return

    def _take_usx(self, segment: Segment) -> None:
        if len(self.references) == self.limits.messages:
            raise LimitExceededError(Code.LIMIT_EXCEEDED, f"an AUTACK with more than {self.limits.messages} references")
        self.references.append(Reference(usx=self._fields(segment), secured=(), at=segment.start))

    def _take_usy(self, segment: Segment) -> None:
        last = self.references[-1]
        if len(last.secured) == SIGNATURES_MAX:
            raise LimitExceededError(Code.LIMIT_EXCEEDED, f"more than {SIGNATURES_MAX} USY stand behind one USX")
        self.references[-1] = Reference(usx=last.usx, secured=(*last.secured, self._fields(segment)), at=last.at)

    def _fields(self, segment: Segment) -> Fields:
        return read(self.interchange.data, segment, self.interchange.separators, self.limits)

    def _object(self, code: Code, detail: str, at: int) -> None:
        if code not in {problem.code for problem in self.problems}:
            self.problems.append(MalformedPayloadError(code, detail, where=f"byte {at}"))
