"""The tool's rules for OCMF.

How to read the tables: `VALUE_RULES` apply to every value; `LAW_RULES` to the readings it calls law-relevant, in a
record that holds a whole transaction or in the two records of one transaction id. The first rule that refuses counts.
Its own habits are kept: TX, RI, TM and EF are not inherited, numbers are compared without their units.

Source: measured with the tool itself, formats.md 2 and 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from re import ASCII
from re import compile as pattern
from typing import TYPE_CHECKING, Any

from meter_sign import strict_json
from meter_sign.codes import Code
from meter_sign.crypto import der
from meter_sign.crypto.curves import CURVES
from meter_sign.crypto.signature_value import read_signature
from meter_sign.errors import ContentError, LimitExceededError
from meter_sign.model import Context, KeySource, ParsedRecord
from meter_sign.timestamps import SignedTime, TimeStatus, parse_signed_time

if TYPE_CHECKING:
    from meter_sign.judgement.model import ValueJudgement

#: Newest format version that the tool opens, whatever it says of itself.
_NEWEST_VERSION = (1, 3)
#: First version that the tool reads by its newer model.
_VERSION_OF_NEW_MODEL = (0, 5)
_ENDS = frozenset("ELRAP")
_LEVELS_OF_ERROR = frozenset({"MISMATCH", "INVALID", "OUTDATED", "UNKNOWN"})
_HEX_OBIS = pattern(
    r"([0-9A-F]{1,3})-([0-9A-F]{1,3}):([0-9A-F]{1,3})\.([0-9A-F]{1,3})\.([0-9A-F]{1,3})(?:[*.&]([0-9A-F]{1,3}))?",
    ASCII,
)
_STORAGES = frozenset({0, 0x200, 0x255, 0xFF})
_REGISTERS = frozenset({0x01, 0x98, 0x9E, *range(0xB0, 0xC8)})
_COMPENSATED = frozenset({0x98, 0xB1, 0xB3, 0xC1, 0xC3})

_Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Record:
    """One value with its payload as that tool reads it."""

    value: ValueJudgement
    parsed: ParsedRecord
    payload: _Fields
    #: Readings with ST and RU taken over, and nothing else.
    readings: tuple[_Fields, ...]

    @property
    def is_old(self) -> bool:
        """Whether it is of the old model (below 0.5): IS is a level, EI counts events."""
        version = self.parsed.format_version
        return version is not None and tuple(int(part) for part in version.split(".")) < _VERSION_OF_NEW_MODEL

    def having(self, qualifiers: frozenset[str]) -> list[_Fields]:
        return [one for one in self.readings if _reason(one) in qualifiers]


# Rules for one value ------------------------------------------------------------------------------------------------


def _too_new(record: _Record) -> bool:
    version = record.parsed.format_version
    return version is not None and tuple(int(part) for part in version.split(".")) > _NEWEST_VERSION


def _raw_signature(record: _Record) -> bool:
    return (
        Code.SIGNATURE_RAW in read_signature(record.parsed.spans[0].signature, CURVES[record.parsed.curve]).deviations
    )


def _padded_integer(record: _Record) -> bool:
    sequence = der.read(record.parsed.spans[0].signature)
    first = der.read(sequence.content)
    second = der.read(sequence.content, first.end)
    return any(one.content[:1] == b"\0" and one.content[1:2] < b"\x80" for one in (first, second))


def _raw_key(record: _Record) -> bool:
    text = (record.parsed.payload.container_key or "").lstrip()
    return bool({Code.KEY_RAW_POINT, Code.KEY_OCA_PREFIX} & set(record.value.deviations)) or text.startswith("-----")


VALUE_RULES: tuple[tuple[str, Callable[[_Record], bool]], ...] = (
    ("FORMAT_VERSION_MISSING", lambda record: record.parsed.format_version is None),
    ("FORMAT_VERSION_ABOVE_1_3", _too_new),
    ("PIPE_IN_SECTION", lambda record: Code.PIPE_IN_SECTION in record.parsed.deviations),
    ("SIGNATURE_ENCODING_SPELLING", lambda record: Code.SIGNATURE_ENCODING_SPELLING in record.parsed.deviations),
    ("KEY_MISSING", lambda record: record.value.key_source is KeySource.EMBEDDED),
    ("KEY_NOT_SPKI", _raw_key),
    ("SIGNATURE_RAW", _raw_signature),
    ("SIGNATURE_PADDED_INTEGER", _padded_integer),
)

# Rules for the readings of a transaction ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pair:
    """The law-relevant begins and ends of a transaction."""

    begins: Sequence[_Fields]
    ends: Sequence[_Fields]
    levels: frozenset[object]
    #: Whether the records are of a version that counts events (below 0.5).
    counts_events: bool = False

    @property
    def both(self) -> tuple[_Fields, _Fields]:
        return self.begins[0], self.ends[0]


def _value_falls(pair: _Pair) -> bool:
    begin, end = (_number(one.get("RV", "")) for one in pair.both)
    if begin is None or end is None:
        return True
    # The tool compares doubles, and no comparison with NaN is true.
    return not (begin.is_nan() or end.is_nan()) and begin > end


def _time_falls(pair: _Pair) -> bool:
    begin, end = (_time(one) for one in pair.both)
    if begin is None or end is None or Code.TIME_SPELLING in begin.deviations + end.deviations:
        return False
    return begin.at > end.at


def _clock_not_stated(pair: _Pair) -> bool:
    begin = _time(pair.both[0])
    return begin is None or begin.status is None


def _relative_ends_otherwise(pair: _Pair) -> bool:
    begin, end = (_time(one) for one in pair.both)
    relative = TimeStatus.RELATIVE
    return begin is not None and begin.status is relative and (end is None or end.status is not relative)


def _event_counter_differs(pair: _Pair) -> bool:
    begin, end = (one.get("EI") for one in pair.both)
    return pair.counts_events and end is not None and end != begin


LAW_RULES: tuple[tuple[str, Callable[[_Pair], bool]], ...] = (
    ("BEGIN_NOT_UNIQUE", lambda pair: len(pair.begins) != 1),
    ("END_NOT_UNIQUE", lambda pair: len(pair.ends) != 1),
    ("VALUE_DECREASES", _value_falls),
    ("TIME_DECREASES", _time_falls),
    ("IDENTIFICATION_LEVEL", lambda pair: bool(pair.levels & _LEVELS_OF_ERROR)),
    ("EVENT_COUNTER", _event_counter_differs),
    ("METER_STATUS", lambda pair: any(one.get("ST") != "G" for one in pair.both)),
    ("CLOCK_NOT_STATED", _clock_not_stated),
    ("CLOCK_RELATIVE_THEN_NOT", _relative_ends_otherwise),
    ("ENERGY_FLAGGED", lambda pair: any("E" in str(one.get("EF", "")) for one in pair.both)),
)

RULES = frozenset({name for name, _ in VALUE_RULES} | {name for name, _ in LAW_RULES} | {"CONTEXT"})


def value_refusal(value: ValueJudgement, parsed: ParsedRecord) -> str | None:
    """The rule by which the tool refuses one authentic value, if any.

    Args:
        value: the value.
        parsed: what its parser read.
    """
    record = _open(parsed, value)
    return next((name for name, refuses in VALUE_RULES if refuses(record)), None)


def transaction_refusal(values: Sequence[ValueJudgement]) -> str | None:
    """The rule by which the tool refuses the values of one transaction together, if any.

    Args:
        values: of one transaction, each of which the tool takes.
    """
    return _law_refusal([_open(value.parsed, value) for value in values if value.parsed])


def _law_refusal(records: Sequence[_Record]) -> str | None:
    """The law checks: within each whole record, or between the two records of one transaction id."""
    if len(records) > 1 and records[0].value.payload.transaction_id is not None:
        begins = [one for one in records if one.value.payload.context == Context.BEGIN]
        ends = [one for one in records if one.value.payload.context == Context.END]
        if len(begins) != 1 or len(ends) != 1 or begins[0].having(_ENDS) or ends[0].having(frozenset("B")):
            return "CONTEXT"
        return _check([*begins, *ends])
    whole = [one for one in records if one.having(frozenset("B")) and one.having(_ENDS)]
    return next((rule for one in whole if _is_transactional(one) and (rule := _check([one]))), None)


def _check(records: Sequence[_Record]) -> str | None:
    relevant = _law_relevant([reading for record in records for reading in record.readings])
    pair = _Pair(
        begins=[one for one in relevant if _reason(one) == "B"],
        ends=[one for one in relevant if _reason(one) in _ENDS],
        levels=frozenset(str(record.payload.get("IS" if record.is_old else "IL")) for record in records),
        counts_events=all(record.is_old for record in records),
    )
    return next((name for name, refuses in LAW_RULES if refuses(pair)), None)


def _law_relevant(readings: Sequence[_Fields]) -> list[_Fields]:
    groups = [(one, _register(one.get("RI"))) for one in readings]
    relevant = [(one, group) for one, group in groups if group is not None]
    compensated = [one for one, group in relevant if group in _COMPENSATED]
    return compensated or [one for one, _ in relevant]


def _register(stated: object) -> int | None:
    """Group C of a register that the tool calls law-relevant."""
    match = _HEX_OBIS.fullmatch(str(stated).strip().upper())
    if match is None:
        return None
    medium, _, quantity, kind, _, storage = (int(group, 16) for group in match.groups(default="0"))
    return quantity if medium == 1 and kind == 8 and storage in _STORAGES and quantity in _REGISTERS else None


def _open(parsed: ParsedRecord, value: ValueJudgement) -> _Record:
    try:
        payload = strict_json.scan(parsed.signed_bytes.decode("utf-8")).value
    except LimitExceededError:
        # It was parsed with wider caps than the usual; such a record has no readings for this table.
        payload = {}
    stated = payload.get("RD")
    readings: list[_Fields] = []
    inherited: dict[str, Any] = {}
    for one in stated if isinstance(stated, list) else ():
        fields = one if isinstance(one, dict) else {}
        inherited.update({name: fields[name] for name in ("ST", "RU") if name in fields})
        readings.append({**inherited, **fields})
    return _Record(value, parsed, payload, tuple(readings))


def _is_transactional(record: _Record) -> bool:
    return str(record.payload.get("PG", "")).startswith("T")


def _reason(fields: _Fields) -> str:
    # Whatever was signed: a list is no member of anything.
    return str(fields.get("TX"))


def _number(stated: object) -> Decimal | None:
    """A number as the tool reads it; a literal NaN arrives here as None, because no JSON parser of ours reads it."""
    if stated is None:
        return Decimal("NaN")
    try:
        return Decimal(str(stated).strip())
    except InvalidOperation:
        return None


def _time(fields: _Fields) -> SignedTime | None:
    try:
        return parse_signed_time(str(fields.get("TM")), where="/TM")
    except ContentError:
        return None
