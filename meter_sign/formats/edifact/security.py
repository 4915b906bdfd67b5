"""Signatures of a message in the message itself: which bytes each of its groups signs, and what is wrong with them.

    UNH  USH USA USC USA  (further groups)  body  (further trailers)  UST USR  UNT

Groups nest: the last header group belongs to the first trailer. Every group covers the whole body, whatever its scope;
what stands between UNH and the first group, between groups, or behind the first trailer would be covered by none or
not by all, so nothing may stand there.

Source: ISO 9735-5; edifact.md 2.2, R2 to R5, R7, R14, R16.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.errors import (
    InvalidSignatureError,
    LimitExceededError,
    MalformedPayloadError,
    MeterSignError,
    UnsupportedPayloadError,
)
from meter_sign.formats.edifact.algorithms import both_digests, signature_value
from meter_sign.formats.edifact.groups import (
    HEADER_TAGS,
    SECURITY_TAGS,
    SIGNED,
    SecurityHeader,
    read_group,
    split_groups,
    trailer_problems,
)
from meter_sign.formats.edifact.segments import bare, cut, read
from meter_sign.model import NamedSignature, SignatureContainer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meter_sign.formats.edifact.interchange import Interchange, Message
    from meter_sign.formats.edifact.segments import Segment
    from meter_sign.limits import Limits

#: Header groups in one message (ISO 9735-5).
GROUPS_MAX = 99
#: A group has one USH, at most two USC, and at most three USA with each of them.
_SEGMENTS_MAX = 12 * GROUPS_MAX
#: 0541: the own header group and the body; from the header group to its trailer, other groups embedded.
_OWN_GROUP_AND_BODY, _WITH_EMBEDDED = "1", "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class InMessage:
    """What a message's own security groups say."""

    #: Whether the message has any security segment at all.
    present: bool
    signatures: tuple[NamedSignature, ...]
    problems: tuple[MeterSignError, ...]
    #: From the innermost USH to the first UST; None without a group and its trailer.
    signed: tuple[int, int] | None


class Trailer(NamedTuple):
    """A UST, and the USR segments behind it."""

    ust: Segment
    values: tuple[Segment, ...]


@dataclass(slots=True, kw_only=True)
class SecurityFrame:
    """Where the security segments of a message stand."""

    headers: list[Segment] = field(default_factory=list)
    trailers: list[Trailer] = field(default_factory=list)
    #: Between header groups and trailers: where the first segment begins, and where the first trailer or UNT does.
    body_start: int | None = None
    body_end: int = 0
    problems: list[MeterSignError] = field(default_factory=list)

    def object_to(self, code: Code, detail: str, at: int) -> None:
        """Take note of what is wrong with the frame, each code once."""
        if code not in {problem.code for problem in self.problems}:
            self.problems.append(MalformedPayloadError(code, detail, where=f"byte {at}"))

    def take(self, segment: Segment) -> None:
        """Sort one more segment in, in the order of the message."""
        if segment.tag == "UST":
            self.trailers.append(Trailer(segment, ()))
        elif segment.tag == "USR" and self.trailers:
            last = self.trailers[-1]
            self.trailers[-1] = last._replace(values=(*last.values, segment))
        elif self.trailers:
            self.object_to(Code.UNSIGNED_SEGMENTS, f"{segment.tag} stands behind the signed part", segment.start)
        elif segment.tag in HEADER_TAGS:
            if self.body_start is not None:
                detail = "segments stand in front of a security group"
                self.object_to(Code.UNSIGNED_SEGMENTS, detail, self.body_start)
            self.headers.append(segment)
            self.body_start = None
        elif self.body_start is None:
            self.body_start = segment.start


def find_frame(interchange: Interchange, message: Message, limits: Limits) -> SecurityFrame:
    """Find a message's security segments, and object to every other segment that stands among them.

    Args:
        interchange: to which the message belongs.
        message: with UNH and UNT.
        limits: the cap on a segment.

    Returns:
        The segments; UNSIGNED_SEGMENTS among the problems, once.

    Raises:
        LimitExceededError: a segment is longer than the cap, or there are more groups than the standard knows.

    Source: edifact.md R4.
    """
    frame = SecurityFrame()
    walk = _segments(interchange, message, limits)
    end = next(walk).end
    for segment in walk:
        if segment.tag == "UNT":
            end = segment.start
            break
        frame.take(segment)
        if segment.tag in SECURITY_TAGS:
            _refuse_too_many(frame)
    frame.body_end = frame.trailers[0].ust.start if frame.trailers else end
    return frame


def _refuse_too_many(frame: SecurityFrame) -> None:
    values = len(frame.trailers[-1].values) if frame.trailers else 0
    if max(len(frame.headers), len(frame.trailers), values) > _SEGMENTS_MAX:
        raise LimitExceededError(Code.LIMIT_EXCEEDED, f"more security segments than {GROUPS_MAX} groups have")


def _segments(interchange: Interchange, message: Message, limits: Limits) -> Iterator[Segment]:
    for segment in cut(interchange.data, message.start, interchange.separators, limits):
        yield segment
        if segment.end >= message.end:
            return


def read_in_message(interchange: Interchange, message: Message, limits: Limits) -> InMessage:
    """Read a message's own signatures.

    Args:
        interchange: to which the message belongs.
        message: which one.
        limits: caps on segments and elements.

    Returns:
        The signatures, and everything that is wrong with the groups; never raises, since other signatures of the
        message, and other messages, want their answers too.
    """
    try:
        frame = find_frame(interchange, message, limits)
        groups = NestedGroups(interchange, frame, frozenset({SIGNED}), limits)
        signatures = [groups.signature(nested, SignatureContainer.IN_MESSAGE) for nested in range(len(groups.pairs))]
    except MeterSignError as error:
        return InMessage(present=True, signatures=(), problems=(error,), signed=None)
    return InMessage(
        present=bool(frame.headers or frame.trailers),
        signatures=tuple(one for one in signatures if one is not None),
        problems=tuple(frame.problems),
        signed=(groups.pairs[-1][0].start, frame.body_end) if groups.pairs else None,
    )


class NestedGroups:
    """The header groups of a message with their trailers, and what each of them signs."""

    def __init__(
        self, interchange: Interchange, frame: SecurityFrame, services: frozenset[str], limits: Limits
    ) -> None:
        """Read the groups and pair them.

        Args:
            interchange: to which the message belongs.
            frame: of the message; what is wrong with its groups is added to its problems.
            services: which services (0501) count.
            limits: the cap on elements.

        Raises:
            LimitExceededError: a segment has more elements than the cap, or there are too many groups.
        """
        self._interchange, self._frame, self._limits = interchange, frame, limits
        headers = self._headers(services)
        #: Outermost first; none where the trailers cannot be told apart.
        self.pairs: tuple[tuple[SecurityHeader, Trailer], ...] = tuple(self._paired(headers))
        body_end = frame.body_end
        self._body_start = body_end if frame.body_start is None else frame.body_start
        # Taken and freed of line breaks once, whatever the number of groups.
        self._body = self._both(self._body_start, body_end) if self.pairs else (b"", b"")

    def signature(self, nested: int, container: SignatureContainer) -> NamedSignature | None:
        """The signature of one group.

        Args:
            nested: at which depth, from 0, the outermost.
            container: where the message's signatures stand.

        Returns:
            The signature; None where the frame's problems say why there is none to be checked.
        """
        header, trailer = self.pairs[nested]
        if header.hash is None or header.scheme is None:
            return None
        try:
            received, stripped = self._slices(nested)
            return NamedSignature(
                container=container,
                signed=both_digests(received, stripped, header.hash),
                hash=header.hash,
                scheme=header.scheme,
                value=self._value(header, trailer),
                key=header.key,
                signed_at=header.signed_at,
                name=f"USH {header.reference[:14]}, scope {header.scope}",
            )
        except MeterSignError as error:
            error.where = error.where or f"byte {trailer.ust.start}"
            self._frame.problems.append(error)
            return None

    def _headers(self, services: frozenset[str]) -> list[SecurityHeader]:
        inter, frame = self._interchange, self._frame
        groups = split_groups(frame.headers)
        if len(groups) > GROUPS_MAX:
            raise LimitExceededError(Code.LIMIT_EXCEEDED, f"more than {GROUPS_MAX} security groups")
        found: list[SecurityHeader] = []
        for group in groups:
            if group[0].tag != "USH":
                frame.object_to(Code.FRAME_INVALID, f"{group[0].tag} belongs to no USH", group[0].start)
                continue
            header = read_group(inter.data, group, inter.separators, inter.syntax, services, self._limits)
            if any(header.reference == other.reference for other in found):
                detail = f"two groups are called {header.reference[:14]!r}"
                frame.object_to(Code.SECURITY_REF_DUPLICATE, detail, header.start)
            frame.problems += header.problems
            found.append(header)
        return found

    def _paired(self, headers: list[SecurityHeader]) -> Iterator[tuple[SecurityHeader, Trailer]]:
        inter, trailers = self._interchange, self._frame.trailers
        if len(headers) > len(trailers):
            at = headers[-1 - len(trailers)].start
            self._frame.object_to(Code.SECURITY_TRAILER_MISSING, "a security group has no trailer", at)
            return
        if len(headers) < len(trailers):
            at = trailers[len(headers)].ust.start
            self._frame.object_to(Code.UST_REF, "a security trailer closes no group", at)
            return
        for header, trailer in zip(headers, reversed(trailers), strict=True):
            ust = read(inter.data, trailer.ust, inter.separators, self._limits)
            self._frame.problems += trailer_problems(header, ust, 1 + len(trailer.values), trailer.ust.start)
            yield header, trailer

    def _value(self, header: SecurityHeader, trailer: Trailer) -> tuple[int, int] | bytes:
        if not trailer.values:
            raise InvalidSignatureError(Code.SIGNATURE_MISSING, "no USR stands behind UST")
        if len(trailer.values) > 1:
            raise MalformedPayloadError(Code.FRAME_INVALID, "more than one USR stands behind UST")
        inter = self._interchange
        fields = read(inter.data, trailer.values[0], inter.separators, self._limits)
        return signature_value(fields, 1, header.filter, inter.syntax, header.scheme)

    def _slices(self, nested: int) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """What a group signs, as received and without line breaks.

        Raises:
            UnsupportedPayloadError: SCOPE_UNSUPPORTED; a whole message cannot sign itself (R5).
        """
        header, trailer = self.pairs[nested]
        if header.scope == _OWN_GROUP_AND_BODY:
            last = nested + 1 == len(self.pairs)
            front = self._both(header.start, self._body_start if last else self.pairs[nested + 1][0].start)
            back = (b"", b"")
        elif header.scope == _WITH_EMBEDDED:
            front = self._both(header.start, self._body_start)
            back = self._both(self._frame.body_end, trailer.ust.start)
        else:
            detail = f"scope {header.scope[:10]!r} is none in which a message can sign itself"
            raise UnsupportedPayloadError(Code.SCOPE_UNSUPPORTED, detail, where=f"byte {header.start}")
        return (front[0], self._body[0], back[0]), (front[1], self._body[1], back[1])

    def _both(self, start: int, end: int) -> tuple[bytes, bytes]:
        received = self._interchange.data[start:end]
        return received, bare(received, self._interchange.separators)
