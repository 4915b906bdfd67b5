"""MSCONS: what a message of metered values says, translated at once into the words that all formats share.

    LOC+172 meter.location   RFF+MG meter.serial   RFF+AGK transaction_id   PIA+5 register
    QTY 6063 qualifier   QTY 6060 value   QTY 6411 unit   DTM+9, else DTM+7 time   DTM+163 starts   DTM+164 ends

Values with a begin and an end are intervals of a profile, all others readings of a register. A message may hold values
of several meters, or of several sessions of one: then each value says whose it is, and no transaction can be made of
them (decision 0027). Nothing here depends on the version of the message, of which many are in use.

Source: UN/EDIFACT D.04B MSCONS as profiled by BDEW; edifact.md 1.2, 5.2, 5.3, 5.6.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from meter_sign.codes import Code
from meter_sign.errors import ContentError, MalformedPayloadError
from meter_sign.formats.edifact.mscons_checks import check_values
from meter_sign.formats.edifact.mscons_times import read_instant
from meter_sign.formats.edifact.mscons_values import role_of
from meter_sign.formats.edifact.mscons_walk import METER, Measured, Meter, Series, Walk, location_of, segments_of
from meter_sign.formats.edifact.segments import read
from meter_sign.model import Interval, MeterIdentity, Phase, Reading, RecordContent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from meter_sign.formats.edifact.interchange import Message
    from meter_sign.formats.edifact.segments import Separators
    from meter_sign.limits import Limits

#: DTM 2005 of the instant at which the message was written.
_WRITTEN = "137"
#: Segments that can say what is claimed.
_CLAIMING = frozenset({"DTM", "LOC", "RFF"})


class Claims(NamedTuple):
    """What a message claims, for the look-up of the key: untrusted, and there even when the content is bad."""

    #: RFF+MG, else LOC+172, of the place in which the first line stands. `read_mscons` refuses a message whose values
    #: are of another meter, so a key that is good for this one is never taken for another's.
    meter_id: str | None
    #: LOC+172 of that place.
    location: str | None
    #: DTM+137; None when it states no instant.
    written_at: datetime | None


def claims(data: bytes, message: Message, separators: Separators, limits: Limits) -> Claims:
    """What a message claims to be of, however broken the rest of it.

    Args:
        data: the whole file as received.
        message: one of its messages.
        separators: of its interchange.
        limits: caps on segments.
    """
    meter, written_at = Meter(None, None), None
    with suppress(MalformedPayloadError):
        for segment in segments_of(data, message, separators, limits):
            if segment.tag == "LIN":
                break
            if segment.tag not in _CLAIMING:
                continue
            fields = read(data, segment, separators, limits)
            qualifier, value = fields.text(1), fields.text(1, 1)
            if segment.tag == "LOC":
                meter = Meter(None, location_of(fields))
            elif segment.tag == "RFF" and qualifier == METER:
                meter = meter._replace(serial=meter.serial or value or None)
            elif segment.tag == "DTM" and qualifier == _WRITTEN and written_at is None:
                with suppress(ContentError):
                    written_at = read_instant(value, fields.text(1, 2), where="DTM+137").at
    return Claims(meter.id, meter.location, written_at)


def read_mscons(data: bytes, message: Message, separators: Separators, limits: Limits) -> RecordContent:
    """Read what a message says.

    Args:
        data: the whole file as received.
        message: one of its messages, of the type MSCONS.
        separators: of its interchange.
        limits: caps on segments and numbers.

    Returns:
        Readings sorted by meter and time, intervals by meter, register and time; `path` is the offset of the QTY.

    Raises:
        ContentError: no measurement: CANCELLATION, DUPLICATE_LIN, INTERVAL_GAP, INTERVAL_OVERLAP, UNIT, NUMBER_FORMAT,
            DATE_FORMAT, ENERGY_NEGATIVE, REGISTER_PROFILE_MISMATCH; CONTENT_INVALID, when it is no original, or leaves
            open which meter or register a value belongs to, or has none.
        MalformedPayloadError: segments that cannot be cut, or are beyond the caps.

    Source: edifact.md 1.2, 5.2, 5.6
    """
    walk = Walk(data, separators, limits)
    walk.read(message)
    meter = _meter(walk, message)
    points = _sorted(walk, lambda value: value.ends is None)
    profiles = _sorted(walk, lambda value: value.ends is not None)
    if not points and not profiles:
        raise _no_measurement("nothing is measured that is energy", message)
    check_values(points, profiles)
    sessions = {session for stated in walk.meters.values() for session in stated}
    several = len(walk.meters) > 1 or len(sessions) > 1
    return RecordContent(
        meter=MeterIdentity(serial=meter.serial, location=meter.location),
        pagination=None,
        identification=None,
        readings=_readings(points, list(walk.meters), several=several),
        intervals=tuple(_intervals(profiles, several=several)),
        counts_records=False,
        sender=walk.sender,
        transaction_id=sessions.pop() if len(sessions) == 1 else None,
    )


def _meter(walk: Walk, message: Message) -> Meter:
    """The meter that the message claims; of several, the first."""
    if not walk.is_original:
        raise _no_measurement("no BGM says what the message is", message)
    if walk.first is None:
        raise _no_measurement("nothing is measured", message)
    silent = [meter.id for meter, sessions in walk.meters.items() if not sessions]
    if silent:
        detail = f"{len(silent)} meter(s) are named without a value, among them {str(silent[0])[:35]!r}"
        raise _no_measurement(detail, message)
    if walk.first not in walk.meters:
        raise _no_measurement("the first line has no value", message)
    ids = {meter.id for meter in walk.meters}
    if None in ids and len(ids) > 1:
        raise _no_measurement("values of no meter stand beside those of one", message)
    if len(ids) < len(walk.meters):
        raise _no_measurement("one serial number is at two locations", message)
    if None in ids and len(walk.meters[walk.first]) > 1:
        raise _no_measurement("values of no meter are of different sessions", message)
    return walk.first


def _sorted(walk: Walk, wanted: Callable[[Measured], bool]) -> dict[Series, list[Measured]]:
    """The wanted values of each series in the order of time; series without any are left out."""
    chosen = {series: [value for value in values if wanted(value)] for series, values in walk.series.items()}
    for values in chosen.values():
        values.sort(key=lambda value: value.at.at)
    return {series: values for series, values in chosen.items() if values}


def _readings(points: dict[Series, list[Measured]], meters: list[Meter], *, several: bool) -> tuple[Reading, ...]:
    """Readings of all registers: those of one instant stand together, as they were taken."""
    place = {meter: number for number, meter in enumerate(meters)}
    made = [
        (place[series.meter], value.at.at, _reading(series, value, phase, several=several))
        for series, values in points.items()
        for value, phase in zip(values, _phases(len(values)), strict=True)
    ]
    return tuple(reading for _, _, reading in sorted(made, key=lambda one: one[:2]))


def _phases(count: int) -> list[Phase]:
    """First and last of a register are begin and end; a single one is what the other records of its session say."""
    if count == 1:
        return [Phase.BY_ORDER]
    return [Phase.BEGIN, *[Phase.CHARGING] * (count - 2), Phase.END]


def _reading(series: Series, value: Measured, phase: Phase, *, several: bool) -> Reading:
    return Reading(
        time=value.at,
        qualifier=value.qualifier,
        phase=phase,
        register=series.register,
        value=value.value,
        unit=value.unit,
        meter_status=None,
        status_good=None,
        objection=value.objection,
        meter_id=series.meter.id if several else None,
        path=f"byte {value.offset}",
    )


def _intervals(profiles: dict[Series, list[Measured]], *, several: bool) -> Iterator[Interval]:
    for (meter, _, register), values in profiles.items():
        is_import = role_of(register).is_import_profile
        meter_id = meter.id if several else None
        for value in values:
            if register is None or value.ends is None:
                continue
            yield Interval(
                starts=value.at,
                ends=value.ends,
                register=register,
                is_import=is_import,
                value=value.value,
                unit=value.unit,
                qualifier=value.qualifier,
                objection=value.objection,
                meter_id=meter_id,
                path=f"byte {value.offset}",
            )
        # A large message of many meters is not kept in two forms.
        values.clear()


def _no_measurement(detail: str, message: Message) -> ContentError:
    return ContentError(Code.CONTENT_INVALID, detail, where=f"byte {message.start}")
