"""Does the text that is shown beside a signed value say what was signed? OCPI's plain_data is what a driver reads.

Nobody signed that text, so it proves nothing; but a true record behind a false text is a forgery all the same. How to
compare, the first that applies, white space around the text never counting:

1. It is the record, or a stretch of it that holds all that is signed (OCMF's payload section, with or without its
   header): agrees.
2. It is a record of some format, in any encoding: agrees when it signs the same bytes, else differs.
3. It is a JSON object with a member that the signed JSON object has, too: agrees when every member is there with the
   same value, so that what is shown is signed, be it all of it or not; else differs.
4. It names whole readings or intervals, as `2026-01-15T09:00:00Z 1-0:1.8.0 1000.500 kWh`: differs when one of them is
   none of this record. What else it names falls under 5.
5. It names quantities of energy, as `1000.500 kWh`: agrees when each is a reading of this record, the difference
   between a register's first and last, an interval or a load profile's sum; else differs.
6. Anything else cannot be compared, and that is told; so is a quantity in another spelling beside those of 5.

One text may stand beside a file that holds several messages (EDIFACT), each of them a value. Then it is compared with
what all of them sign together, by 1, 4 and 5; while one of them is not verified, nobody can tell.

Source: OCPI 2.2.1, mod_cdrs, SignedValue.plain_data; ocpi issue 550; edifact.md 5.4, 5.6 (PLAIN_DATA_MISMATCH).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from re import ASCII, IGNORECASE
from re import compile as pattern
from typing import TYPE_CHECKING, NamedTuple

from meter_sign import formats, strict_json
from meter_sign.codes import Code
from meter_sign.container.one_value import find
from meter_sign.errors import ContentError, MeterSignError
from meter_sign.judgement.model import Status
from meter_sign.obis import parse_obis
from meter_sign.quantity import Unit, difference, energy_kwh, total
from meter_sign.safe_xml import WHITE_SPACE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from meter_sign.judgement.keys import Outcome
    from meter_sign.judgement.model import ValueJudgement
    from meter_sign.limits import Limits
    from meter_sign.model import SignedPayload, VerifiedRecord
    from meter_sign.obis import ObisCode
    from meter_sign.strict_json import ScannedJson

#: A decimal without separators of thousands, and its unit.
_QUANTITY = pattern(r"(?<![\d.,])(\d{1,15}(?:\.\d{1,9})?)[ \t]?(kWh|Wh)\b", ASCII)

#: What people take for a quantity of energy, be it written as above or not: `9.000,5 kWh`, `9 MWh`, `9 KWH`.
_SEEMS_ENERGY = pattern(r"(?<![\d.,'])\d[\d.,']*+\s{0,3}[kmg]?wh\b", IGNORECASE)

#: An instant, or two of an interval; a register; a quantity as above. As OCPI's plain_data is written for EDIFACT.
_INSTANT = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d))"
_WHOLE_VALUE = pattern(
    _INSTANT + rf"(?:/{_INSTANT})?[ \t]+(\d[\w.:*-]{{4,22}})[ \t]+(-?\d{{1,15}}(?:\.\d{{1,9}})?)[ \t]?(kWh|Wh)\b", ASCII
)

#: What follows from a comparison.
_ANSWERS = {True: None, False: Code.PLAIN_DATA_MISMATCH, None: Code.PLAIN_DATA_UNCHECKED}
_DIFFERS = "plain_data, which people read, says something else than what was signed"


def with_plain_data(outcome: Outcome, limits: Limits) -> Outcome:
    """Withhold a verified record beside which something else is shown; warn where nobody can tell.

    Args:
        outcome: how the record fared under the keys.
        limits: caps on what is read.

    Returns:
        The outcome, with ContentError PLAIN_DATA_MISMATCH instead of the record where they differ.
    """
    code = None if outcome.record is None else compare_plain_data(outcome.record, limits)
    if code is Code.PLAIN_DATA_MISMATCH:
        return replace(outcome, record=None, error=ContentError(code, _DIFFERS))
    return outcome if code is None else replace(outcome, warnings=(*outcome.warnings, code))


def shares_plain_data(payloads: Iterable[SignedPayload]) -> frozenset[int]:
    """The values that share one text with others, because one file holds them.

    Args:
        payloads: of one input.

    Returns:
        Their indexes.
    """
    return frozenset(one.index for group in _by_text(payloads).values() if len(group) > 1 for one in group)


def with_shared_plain_data(values: Sequence[ValueJudgement], limits: Limits) -> list[ValueJudgement]:
    """Do what `with_plain_data` does for values that share a text.

    Args:
        values: of one input, in document order.
        limits: caps on what is read.

    Returns:
        The same values; where text and messages differ, all messages of the file are `content_invalid`.
    """
    judged = {value.payload.index: value for value in values}
    for group in _by_text(value.payload for value in values).values():
        of_file = [judged[payload.index] for payload in group]
        records = [value.record for value in of_file if value.record is not None]
        if len(group) < 2 or not records:
            continue
        whole = len(records) == len(group)
        code = compare_with_all(records, limits) if whole else Code.PLAIN_DATA_UNCHECKED
        judged |= {value.payload.index: _marked(value, code) for value in of_file if value.record is not None}
    return [judged[value.payload.index] for value in values]


def _by_text(payloads: Iterable[SignedPayload]) -> dict[tuple[int | None, bytes], list[SignedPayload]]:
    """Values with a text, by the entry that they stand in."""
    found: dict[tuple[int | None, bytes], list[SignedPayload]] = {}
    for payload in payloads:
        if payload.plain_data and formats.holds_values(payload.format):
            found.setdefault((payload.bundle, payload.raw), []).append(payload)
    return found


def _marked(value: ValueJudgement, code: Code | None) -> ValueJudgement:
    if code is None:
        return value
    if code is not Code.PLAIN_DATA_MISMATCH:
        return replace(value, warnings=(*value.warnings, code))
    return replace(
        value, status=Status.CONTENT_INVALID, problems=(code,), detail=_DIFFERS, record=None, energy_kwh=None
    )


def compare_with_all(records: Sequence[VerifiedRecord], limits: Limits) -> Code | None:
    """Compare one text with what all messages of its file sign.

    Args:
        records: all messages of one file, verified; the payload of each has the text.
        limits: caps on what is read.

    Returns:
        As `compare_plain_data`.
    """
    text = (records[0].payload.plain_data or "").strip(WHITE_SPACE)
    if not text or any(_is_of_record(text, record) for record in records):
        return None
    agrees = _quantities_agree(text, records, limits)
    return _ANSWERS[agrees]


def compare_plain_data(record: VerifiedRecord, limits: Limits) -> Code | None:
    """Compare what is shown with what was signed.

    Args:
        record: verified; its payload has the text.
        limits: caps on what is read.

    Returns:
        None when they agree or nothing is shown, PLAIN_DATA_MISMATCH when they differ, PLAIN_DATA_UNCHECKED when nobody
        can tell.
    """
    text = (record.payload.plain_data or "").strip(WHITE_SPACE)
    if not text or _is_of_record(text, record):
        return None
    agrees = next((answer for compare in _COMPARISONS if (answer := compare(text, record, limits)) is not None), None)
    return _ANSWERS[agrees]


def _is_of_record(text: str, record: VerifiedRecord) -> bool:
    shown, raw = text.encode("utf-8", "surrogateescape"), record.payload.raw
    return shown == raw or (shown in raw and record.signed_bytes.strip(WHITE_SPACE.encode()) in shown)


def _as_record(text: str, record: VerifiedRecord, limits: Limits) -> bool | None:
    found = find(text, limits)
    if found is None:
        return None
    try:
        parsed = formats.parse(found.payload, limits)
    except MeterSignError:
        return False
    return parsed.signed_bytes == record.signed_bytes


def _as_json(text: str, record: VerifiedRecord, limits: Limits) -> bool | None:
    shown, signed = _json_object(text, limits), _json_object(record.signed_bytes.decode("utf-8", "replace"), limits)
    if shown is None or signed is None or shown.value.keys().isdisjoint(signed.value):
        return None
    # With a key twice in it, two readers are shown two things.
    return not shown.breaches and all(
        name in signed.value and signed.value[name] == value for name, value in shown.value.items()
    )


def _json_object(text: str, limits: Limits) -> ScannedJson | None:
    if not text.lstrip(WHITE_SPACE).startswith("{") or len(text) > limits.record_bytes:
        return None
    try:
        scanned = strict_json.scan(text, limits)
    except MeterSignError:
        return None
    return scanned if isinstance(scanned.value, dict) else None


def _as_quantities(text: str, record: VerifiedRecord, limits: Limits) -> bool | None:
    return _quantities_agree(text, (record,), limits)


def _quantities_agree(text: str, records: Sequence[VerifiedRecord], limits: Limits) -> bool | None:
    if len(text) > limits.record_bytes:
        return None
    whole = _WHOLE_VALUE.findall(text)
    comparable = whole and all(map(_knows_instants, records))
    if comparable and not {_named_value(*one) for one in whole} <= _signed_values(records):
        return False
    quantities = _QUANTITY.findall(text)
    shown = {energy_kwh(Decimal(number), Unit(unit)) for number, unit in quantities}
    if not shown <= _signed_energies(records):
        return False
    is_all_read = bool(shown) and len(quantities) >= len(_SEEMS_ENERGY.findall(text))
    return True if is_all_read else None


class _Value(NamedTuple):
    """One value with its time to the second, as far as it is known."""

    starts_at: datetime | None
    ends_at: datetime | None
    register: str
    energy_kwh: Decimal | None


def _named_value(starts_at: str, ends_at: str, register: str, number: str, unit: str) -> _Value:
    code = parse_obis(register)
    name = register if code is None else str(code)
    return _Value(_instant(starts_at), _instant(ends_at), name, energy_kwh(Decimal(number), Unit(unit)))


def _instant(text: str) -> datetime | None:
    try:
        return _to_second(datetime.fromisoformat(text)) if text else None
    except ValueError:
        return None


def _knows_instants(record: VerifiedRecord) -> bool:
    return all(one.time is not None and one.time.zone_known for one in record.content.readings)


def _to_second(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _signed_values(records: Sequence[VerifiedRecord]) -> set[_Value]:
    points = (one for record in records for whole in record.content.readings for one in whole.bounds)
    found = {
        _Value(None if one.time is None else _to_second(one.time.at), None, str(one.register), one.value_kwh)
        for one in points
    }
    for one in (interval for record in records for interval in record.content.intervals):
        bounds = (_to_second(one.starts.at), _to_second(one.ends.at))
        found.add(_Value(*bounds, str(one.register), energy_kwh(one.value, one.unit)))
    return found


def _signed_energies(records: Sequence[VerifiedRecord]) -> set[Decimal]:
    """Every energy that the records sign, and of each register the last less the first, or its intervals' sum."""
    points: dict[ObisCode | None, list[Decimal]] = {}
    for reading in (one for record in records for whole in record.content.readings for one in whole.bounds):
        if reading.value_kwh is not None:
            points.setdefault(reading.register, []).append(reading.value_kwh)
    intervals: dict[ObisCode, list[Decimal]] = {}
    for interval in (one for record in records for one in record.content.intervals):
        energy = energy_kwh(interval.value, interval.unit)
        if energy is not None:
            intervals.setdefault(interval.register, []).append(energy)
    energies = {value for values in (*points.values(), *intervals.values()) for value in values}
    energies |= {total(values) for values in intervals.values()}
    return energies | {difference(values[-1], values[0]) for values in points.values()}


#: Ways to compare, in order; each answers None for a text that it cannot judge.
_COMPARISONS: tuple[Callable[[str, VerifiedRecord, Limits], bool | None], ...] = (
    _as_record,
    _as_json,
    _as_quantities,
)
