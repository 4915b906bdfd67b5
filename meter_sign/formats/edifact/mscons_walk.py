"""MSCONS: one walk through the segments of a message, from which its values come out in series.

    BGM RFF+Z13            whether it is an original
    UNS+D                  from here on, values:
    LOC RFF+MG RFF+AGK     a place: location, meter, session; ends the one before it, as NAD does
      LIN PIA+5            a line: its register
        QTY DTM STS        a value: number, time, reasons

Segments that are not named here are passed over. What stands in an order that would leave open what a value belongs to
is refused.

Source: UN/EDIFACT D.04B MSCONS as profiled by BDEW; edifact.md 1.2 and 5.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.errors import ContentError
from meter_sign.formats.edifact.mscons_times import later, read_instant, read_step
from meter_sign.formats.edifact.mscons_values import Role, objection_to, read_number, read_unit, role_of
from meter_sign.formats.edifact.segments import Segment, cut, read
from meter_sign.obis import parse_obis
from meter_sign.quantity import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta
    from decimal import Decimal

    from meter_sign.formats.edifact.interchange import Message
    from meter_sign.formats.edifact.segments import Fields, Separators
    from meter_sign.limits import Limits
    from meter_sign.obis import ObisCode
    from meter_sign.timestamps import SignedTime

#: LOC 3227: a metering or market location.
_LOCATION = "172"
#: RFF 1153: serial number of a meter.
METER = "MG"
#: RFF 1153: a session's number, by agreement.
_SESSION = "AGK"
#: RFF 1153, and the number of the message that takes back another one.
_CHECK, _CANCELLATION = "Z13", "13006"
#: NAD 3035: whoever sends the message.
_SENDER = "MS"
#: BGM 1225 of a message that stands by itself, and of one that takes back another one.
_ORIGINAL, _CANCELLED = "9", "1"
#: PIA 4347: the line's own register.
_PRODUCT = "5"
#: DTM 2005: begin and end of an interval; read at; effective at; length of a step.
_BEGINS, _ENDS, _READ_AT, _EFFECTIVE_AT, _STEP = "163", "164", "9", "7", "672"
_TIMES = frozenset({_BEGINS, _ENDS, _READ_AT, _EFFECTIVE_AT})


class Meter(NamedTuple):
    """Whose value it is; both None where the place is no location of a meter (a balancing area)."""

    serial: str | None
    location: str | None

    @property
    def id(self) -> str | None:
        """The serial number, else the location."""
        return self.serial or self.location


class Measured(NamedTuple):
    """One value, checked by itself."""

    at: SignedTime
    #: Set where it is the energy of an interval, which begins at `at`.
    ends: SignedTime | None
    value: Decimal
    unit: Unit
    qualifier: str
    objection: Code | None
    #: Offset of its QTY.
    offset: int


class Series(NamedTuple):
    """What the values of one list have in common."""

    meter: Meter
    session: str | None
    register: ObisCode | None


@dataclass(slots=True)
class _Place:
    """One location group; a new LOC or NAD ends it."""

    meter: Meter
    session: str | None = None
    lines: set[str] = field(default_factory=set)
    #: What DTM states behind the location: its time, and the length of a step. Most locations state a time that no
    #: value needs, in whatever format, so it is only read where one does.
    stated: dict[str, tuple[str, str, int]] = field(default_factory=dict)


@dataclass(slots=True)
class _Line:
    """One LIN group."""

    register: ObisCode | None = None
    role: Role = field(default_factory=Role)
    has_values: bool = False
    #: Of a profile whose values carry no time of their own: where the next one begins, and their length.
    next_begins: SignedTime | None = None
    step: timedelta | None = None


@dataclass(slots=True)
class _Pending:
    """A value whose DTM and STS are still to come."""

    qualifier: str
    number: Decimal
    unit: Unit
    offset: int
    times: dict[str, SignedTime] = field(default_factory=dict)
    reasoned: bool = False


def location_of(loc: Fields) -> str | None:
    """The metering or market location that a LOC names.

    Args:
        loc: the segment.

    Returns:
        3225, or what stands in its place: Swiss messages of version 99A leave it empty and write the number as 3224.
        None for a place of another kind.
    """
    return (loc.text(2) or loc.text(2, 3) or None) if loc.text(1) == _LOCATION else None


def segments_of(data: bytes, message: Message, separators: Separators, limits: Limits) -> Iterator[Segment]:
    """The segments of one message, lazily, and not a byte behind it.

    Args:
        data: the whole file as received.
        message: one of its messages.
        separators: of its interchange.
        limits: the cap on a segment.

    Raises:
        MalformedPayloadError: the bytes end inside a segment, or one has no tag.
    """
    if message.start == message.end:
        return
    for segment in cut(data, message.start, separators, limits):
        yield segment
        if segment.end >= message.end:
            return


@dataclass(slots=True)
class Walk:
    """Reads one message from its first segment to its last; what it found stands in the public fields."""

    data: bytes
    separators: Separators
    limits: Limits
    #: The values, in document order, those of profiles of anything but energy left out.
    series: dict[Series, list[Measured]] = field(default_factory=dict)
    #: Meters that the message names, and the sessions that each one's values are said to be of.
    meters: dict[Meter, set[str | None]] = field(default_factory=dict)
    #: The meter of the first line, from which the keys are looked up.
    first: Meter | None = None
    is_original: bool = False
    #: The market party that the message is from; the first, should there be several.
    sender: str | None = None
    _in_detail: bool = False
    _place: _Place | None = None
    _line: _Line | None = None
    _pending: _Pending | None = None
    #: Texts to instants: neighbours share them, and so do all the meters of a message.
    _instants: dict[tuple[str, str], SignedTime] = field(default_factory=dict)

    def read(self, message: Message) -> None:
        """Read the message.

        Args:
            message: one of the file's.

        Raises:
            ContentError: a value that is none, or whose meter, register or time is open.
            MalformedPayloadError: segments that cannot be cut.
        """
        taken: dict[str, Callable[[Fields, int], None]] = {
            "BGM": self._bgm,
            "RFF": self._rff,
            "UNS": self._uns,
            "NAD": self._nad,
            "LOC": self._loc,
            "LIN": self._lin,
            "PIA": self._pia,
            "QTY": self._qty,
            "DTM": self._dtm,
            "STS": self._sts,
        }
        for segment in segments_of(self.data, message, self.separators, self.limits):
            take = taken.get(segment.tag)
            if take is not None:
                take(self._fields(segment), segment.start)
        self._leave_place()
        self._instants.clear()

    def _fields(self, segment: Segment) -> Fields:
        """The segment's elements, none of which may repeat.

        Whether anything repeats at all is what UNB says, and most signatures do not cover UNB. What was signed as one
        text, such as the register `1-0:1.8.0*01`, must not be read as two.
        """
        fields = read(self.data, segment, self.separators, self.limits)
        if fields.repeats:
            raise _unclear(f"{segment.tag} states several things at once", segment.start)
        return fields

    # The header -------------------------------------------------------------------------------------------------

    def _bgm(self, fields: Fields, at: int) -> None:
        function = fields.text(3)
        if function == _CANCELLED:
            raise ContentError(Code.CANCELLATION, "BGM says that it takes back another message", where=f"byte {at}")
        if function != _ORIGINAL:
            raise _unclear(f"BGM says {function[:3]!r}, and 9 is an original", at)
        self.is_original = True

    def _rff(self, fields: Fields, at: int) -> None:
        qualifier, value = fields.text(1), fields.text(1, 1)
        if (qualifier, value) == (_CHECK, _CANCELLATION):
            raise ContentError(Code.CANCELLATION, "RFF says that it takes back another message", where=f"byte {at}")
        place = self._place
        if place is None or qualifier not in {METER, _SESSION} or not value:
            return
        stated = place.meter.serial if qualifier == METER else place.session
        if self._line is not None or stated not in {None, value}:
            raise _unclear(f"RFF+{qualifier} stands behind values or behind another one", at)
        if qualifier == METER:
            place.meter = place.meter._replace(serial=value)
        else:
            place.session = value

    def _uns(self, fields: Fields, _at: int) -> None:
        self._leave_place()
        self._in_detail = fields.text(1) == "D"

    # Places and lines -------------------------------------------------------------------------------------------

    def _nad(self, fields: Fields, _at: int) -> None:
        self._leave_place()
        if fields.text(1) == _SENDER and self.sender is None:
            self.sender = fields.text(2) or None

    def _loc(self, fields: Fields, _at: int) -> None:
        self._leave_place()
        if self._in_detail:
            self._place = _Place(Meter(None, location_of(fields)))

    def _leave_place(self) -> None:
        self._leave_line()
        if self._place is not None and self._place.meter.id is not None:
            self.meters.setdefault(self._place.meter, set())
        self._place = None

    def _lin(self, fields: Fields, at: int) -> None:
        self._leave_line()
        if self._place is None:
            raise _unclear("a line belongs to no location", at)
        number = fields.text(1)
        if number in self._place.lines:
            raise ContentError(Code.DUPLICATE_LIN, f"a second line {number[:6]!r} of one location", where=f"byte {at}")
        self._place.lines.add(number)
        self.first = self.first or self._place.meter
        self._line = _Line()

    def _pia(self, fields: Fields, at: int) -> None:
        line = self._line
        if line is None or fields.text(1) != _PRODUCT:
            return
        register = parse_obis(fields.text(2))
        if line.has_values or fields.text(3) or line.register not in {None, register}:
            raise _unclear("a line has two registers", at)
        line.register, line.role = register, role_of(register)

    def _leave_line(self) -> None:
        self._settle()
        if self._line is not None and self._place is not None:
            self._compare_end(self._line, self._place)
        self._line = None

    def _compare_end(self, line: _Line, place: _Place) -> None:
        """Values without times of their own fill their location's time: else one is missing, and nobody knows which."""
        ends = place.stated.get(_ENDS)
        if line.step is None or line.next_begins is None or ends is None:
            return
        stated = self._instant(*ends).at
        if line.next_begins.at != stated:
            code = Code.INTERVAL_GAP if line.next_begins.at < stated else Code.INTERVAL_OVERLAP
            raise ContentError(code, "the steps do not end with their location's time", where=f"byte {ends[2]}")

    # Values -----------------------------------------------------------------------------------------------------

    def _qty(self, fields: Fields, at: int) -> None:
        self._settle()
        line, stated = self._line, fields.repetitions(1)
        if line is None:
            raise _unclear("a value belongs to no line", at)
        if len(stated) != 1:
            raise _unclear("QTY states several values at once", at)
        line.has_values = True
        number = read_number(fields.text(1, 1), self.limits, where=f"byte {at}")
        unit = read_unit(fields.text(1, 2), line.role, where=f"byte {at}")
        self._pending = _Pending(fields.text(1), number, unit, at)

    def _dtm(self, fields: Fields, at: int) -> None:
        line, pending = self._line, self._pending
        qualifier, text, form = fields.text(1), fields.text(1, 1), fields.text(1, 2)
        if line is None:
            if self._place is not None and qualifier in {_BEGINS, _ENDS, _STEP}:
                self._place.stated[qualifier] = text, form, at
            return
        if pending is not None and qualifier in _TIMES:
            if qualifier in pending.times or len(fields.repetitions(1)) != 1:
                detail = f"DTM {qualifier} stands twice behind one value"
                raise ContentError(Code.DATE_FORMAT, detail, where=f"byte {at}")
            pending.times[qualifier] = self._instant(text, form, at)
        elif pending is None and qualifier == _BEGINS:
            line.next_begins = self._instant(text, form, at)
        elif pending is None and qualifier == _STEP:
            line.step = read_step(text, form, where=f"byte {at}")

    def _sts(self, _fields: Fields, _at: int) -> None:
        if self._pending is not None:
            self._pending.reasoned = True

    def _instant(self, text: str, form: str, at: int) -> SignedTime:
        known = self._instants.get((text, form))
        if known is None:
            known = self._instants[text, form] = read_instant(text, form, where=f"byte {at}")
        return known

    def _settle(self) -> None:
        """Take the value that is complete now."""
        pending, line, place = self._pending, self._line, self._place
        if pending is None or line is None or place is None:
            return
        self._pending = None
        begins, ends = self._span(pending, line, place)
        self.meters.setdefault(place.meter, set()).add(place.session)
        if ends is not None and (pending.unit is Unit.OTHER or line.register is None):
            # Reactive energy and the like: authentic, and nothing that is billed.
            return
        objection = objection_to(pending.qualifier, reasoned=pending.reasoned)
        value = Measured(begins, ends, pending.number, pending.unit, pending.qualifier, objection, pending.offset)
        self.series.setdefault(Series(place.meter, place.session, line.register), []).append(value)

    def _span(self, pending: _Pending, line: _Line, place: _Place) -> tuple[SignedTime, SignedTime | None]:
        """When the value was read, or the interval that it is the energy of."""
        times, where = pending.times, f"byte {pending.offset}"
        begins, ends = times.get(_BEGINS), times.get(_ENDS)
        if begins is not None and ends is not None:
            if ends.at <= begins.at:
                raise ContentError(Code.DATE_FORMAT, "an interval does not end after it begins", where=where)
            return begins, ends
        # What the meter showed, it showed when it was read; from when on a party lets that count is another matter.
        point = times.get(_READ_AT) or times.get(_EFFECTIVE_AT)
        if point is not None:
            return point, None
        self._take_stated(line, place)
        if times or line.next_begins is None or line.step is None:
            raise ContentError(Code.DATE_FORMAT, "a value has no time", where=where)
        begins, line.next_begins = line.next_begins, later(line.next_begins, line.step, where=where)
        return begins, line.next_begins

    def _take_stated(self, line: _Line, place: _Place) -> None:
        """A line whose values carry no time takes from its location what it does not state itself (MSCONS 99A)."""
        step, begins = place.stated.get(_STEP), place.stated.get(_BEGINS)
        if line.step is None and step is not None:
            line.step = read_step(*step[:2], where=f"byte {step[2]}")
        if line.next_begins is None and line.step is not None and begins is not None:
            line.next_begins = self._instant(*begins)


def _unclear(detail: str, at: int) -> ContentError:
    return ContentError(Code.CONTENT_INVALID, detail, where=f"byte {at}")
