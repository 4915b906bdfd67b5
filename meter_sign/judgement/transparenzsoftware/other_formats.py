"""The tool's rules for the formats beside OCMF and EDL40.

`VALUE_RULES` apply to every value of a format, `PAIR_RULES` to the two values of one transaction id; the first rule
that refuses counts. Times, keys, meters and status bits are not compared by the tool, but for Alfen's error bits.

Source: measured with the tool itself, formats.md 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.judgement.model import Status, ValueJudgement
from meter_sign.model import Context, ParsedRecord, PayloadFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from meter_sign.model import Reading, RecordContent

#: Bits of Alfen's status that the tool reports as an error of the meter (1, 2) or of the adapter (16, 30, 31).
_ALFEN_ERRORS = sum(1 << bit for bit in (1, 2, 16, 30, 31))

_ValueRule = tuple[str, "Callable[[ParsedRecord], bool]"]


def _alfen_error(parsed: ParsedRecord) -> bool:
    content = parsed.content
    return content is not None and any(_status(one) & _ALFEN_ERRORS for one in content.readings)


def _status(reading: Reading) -> int:
    return int(reading.meter_status or "0", 16)


VALUE_RULES: Mapping[PayloadFormat, tuple[_ValueRule, ...]] = {
    PayloadFormat.ALFEN: (
        ("KEY_MISSING", lambda parsed: parsed.embedded_key is None),
        ("METER_STATUS", _alfen_error),
    ),
}


def _first(content: RecordContent) -> Reading:
    return content.readings[0]


def _pagination_stands(begin: RecordContent, end: RecordContent) -> bool:
    one, two = begin.pagination, end.pagination
    return one is None or two is None or two.number <= one.number


def _value_falls(begin: RecordContent, end: RecordContent) -> bool:
    """Whether the number falls: the tool compares it once as it is written, unscaled, and once in kWh."""
    one, two = _first(begin).value, _first(end).value
    return one is not None and two is not None and (_unscaled(two) < _unscaled(one) or two < one)


def _unscaled(value: Decimal) -> int:
    sign, digits, _ = value.as_tuple()
    number = int("".join(map(str, digits)))
    return -number if sign else number


def _session_number(content: RecordContent) -> str:
    """The session's number without the meter that counted it, which the tool does not look at."""
    return (content.transaction_id or "").rpartition("/")[2]


_PairRule = tuple[str, "Callable[[RecordContent, RecordContent], bool]"]
PAIR_RULES: Mapping[PayloadFormat, tuple[_PairRule, ...]] = {
    PayloadFormat.ALFEN: (
        ("SESSION", lambda begin, end: _session_number(begin) != _session_number(end)),
        ("PAGINATION", _pagination_stands),
        ("VALUE_DECREASES", _value_falls),
    ),
}

#: Every rule's name.
RULES = (
    frozenset({"BILLING_NOT_VALID", "CONTEXT", "PAIR_NOT_JUDGED"})
    | {name for rules in VALUE_RULES.values() for name, _ in rules}
    | {name for rules in PAIR_RULES.values() for name, _ in rules}
)


def value_refusal(value: ValueJudgement, parsed: ParsedRecord) -> str | None:
    """The rule by which the tool refuses one authentic value, if any.

    Args:
        value: the value.
        parsed: what its parser read.
    """
    if value.status is Status.CONTENT_INVALID:
        return "BILLING_NOT_VALID"
    rules = VALUE_RULES.get(value.payload.format, ())
    return next((name for name, refuses in rules if refuses(parsed)), None)


def transaction_refusal(values: Sequence[ValueJudgement]) -> str | None:
    """The rule by which the tool refuses the values of one transaction together, if any.

    Args:
        values: of one transaction and one format, each of which the tool takes.
    """
    if len(values) < 2 or values[0].payload.transaction_id is None:
        return None
    begin, end = (_content_of(values, context) for context in (Context.BEGIN, Context.END))
    if begin is None or end is None:
        return "CONTEXT"
    rules = PAIR_RULES.get(values[0].payload.format)
    if rules is None:
        # The tool has no answer to two values of a format that holds a whole transaction in one.
        return "PAIR_NOT_JUDGED"
    return next((name for name, refuses in rules if refuses(begin, end)), None)


def _content_of(values: Sequence[ValueJudgement], context: Context) -> RecordContent | None:
    """The content of the one value that the container calls so; None unless there is exactly one."""
    found = [value.parsed.content for value in values if value.parsed and value.payload.context == context]
    return found[0] if len(found) == 1 else None
