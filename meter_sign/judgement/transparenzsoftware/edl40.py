"""The tool's rules for the EDL40 family.

The tool shows status, times and server ids and compares none of them. `VALUE_RULES` apply to every value,
`PROCESS_RULES` to the two measurements of a Mennekes process and, with those in `PAIR_RULES`, to the two records of one
transaction id. Two records of Isabellenhuette are compared in nothing; Mennekes processes make no pair there.

Source: formats.md 3.2; the tool's Verifier, SMLVerifiedData, EDLMennekesVerifiedData.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from meter_sign.crypto.curves import CURVES
from meter_sign.crypto.keys import decode_public_key
from meter_sign.errors import KeyMaterialError
from meter_sign.formats.edl40.block import ISA, Edl40Block, read_edl40
from meter_sign.model import Context, PayloadFormat
from meter_sign.quantity import EXACT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from meter_sign.judgement.model import ValueJudgement
    from meter_sign.model import ParsedRecord

#: Characters of X and Y side by side in hex, base64 and base32: the tool reads no other form of these keys.
_KEY_CHARACTERS = {"secp192r1": (96, 64, 80), "secp256r1": (128, 88, 104)}
_WH = 30
#: Bytes of the 320-byte block that the tool rebuilds from the fields of EDL_40_SIG; what lies behind must be zero.
_REBUILT_BYTES = 173
_UNIT_OF_ISA = next(field.offset for field in ISA if field.name == "unit")
_SIGN_BIT = 1 << 31


def _key_differs(parsed: ParsedRecord) -> bool:
    beside, inside = parsed.payload.container_key, parsed.embedded_key
    if beside is None or inside is None:
        return False
    try:
        keys = {decode_public_key(text, curve=CURVES[parsed.curve]) for text in (beside, inside)}
    except KeyMaterialError:
        return True
    return len(keys) > 1


def _key_not_raw(parsed: ParsedRecord) -> bool:
    text = "".join((parsed.payload.container_key or parsed.embedded_key or "").split())
    return len(text) not in _KEY_CHARACTERS[parsed.curve]


def _is_mennekes(parsed: ParsedRecord) -> bool:
    return parsed.payload.format is PayloadFormat.EDL_40_MENNEKES


def _not_p192(parsed: ParsedRecord) -> bool:
    return parsed.payload.format is PayloadFormat.EDL_40_SIG and parsed.curve != "secp192r1"


def _not_rebuilt(parsed: ParsedRecord) -> bool:
    return parsed.payload.format is PayloadFormat.EDL_40_SIG and any(parsed.signed_bytes[_REBUILT_BYTES:])


def _unit_not_wh(parsed: ParsedRecord) -> bool:
    if parsed.payload.format is PayloadFormat.ISA_EDL_40_P:
        return parsed.signed_bytes[_UNIT_OF_ISA] != _WH
    return any(block.unit != _WH for block in _blocks(parsed))


VALUE_RULES: tuple[tuple[str, Callable[[ParsedRecord], bool]], ...] = (
    ("KEY_MISSING", lambda parsed: not (parsed.payload.container_key or parsed.embedded_key)),
    ("KEY_MISSING", lambda parsed: _is_mennekes(parsed) and parsed.embedded_key is None),
    ("KEY_DIFFERS_FROM_RECORD", _key_differs),
    ("KEY_NOT_RAW", _key_not_raw),
    ("CURVE", _not_p192),
    ("BLOCK_NOT_REBUILT", _not_rebuilt),
    ("UNIT", _unit_not_wh),
)
PROCESS_RULES: tuple[tuple[str, Callable[[Edl40Block, Edl40Block], bool]], ...] = (
    ("PAGINATION", lambda begin, end: _signed(begin.pagination) >= _signed(end.pagination)),
    ("VALUE_DECREASES", lambda begin, end: _law_value(begin) > _law_value(end)),
)
PAIR_RULES: tuple[tuple[str, Callable[[Edl40Block, Edl40Block], bool]], ...] = (
    ("EVENT_COUNTER", lambda begin, end: begin.log_book != end.log_book),
    ("CUSTOMER", lambda begin, end: begin.contract_id != end.contract_id),
    *PROCESS_RULES,
)


#: Every rule's name.
RULES = frozenset({"CONTEXT"}) | {name for table in (VALUE_RULES, PAIR_RULES) for name, _ in table}


def value_refusal(_value: ValueJudgement, parsed: ParsedRecord) -> str | None:
    """The rule by which the tool refuses one authentic value, if any.

    Args:
        _value: the value.
        parsed: what its parser read.
    """
    rule = next((name for name, refuses in VALUE_RULES if refuses(parsed)), None)
    if rule is None and parsed.payload.format is PayloadFormat.EDL_40_MENNEKES:
        begin, end = _blocks(parsed)
        return next((name for name, refuses in PROCESS_RULES if refuses(begin, end)), None)
    return rule


def transaction_refusal(values: Sequence[ValueJudgement]) -> str | None:
    """The rule by which the tool refuses the values of one transaction together, if any.

    Args:
        values: of one transaction and one format, each of which the tool takes.
    """
    if len(values) == 1 or values[0].payload.transaction_id is None:
        return None
    begins = [one for one in values if (one.payload.context or "").strip() == Context.BEGIN]
    ends = [one for one in values if (one.payload.context or "").strip() == Context.END]
    blocks = [block for one in (*begins, *ends) if one.parsed for block in _blocks(one.parsed)]
    if len(begins) != 1 or len(ends) != 1:
        return "CONTEXT"
    if values[0].payload.format is PayloadFormat.ISA_EDL_40_P:
        # Two records of Isabellenhuette are compared in nothing.
        return None
    if len(blocks) != 2:
        return "CONTEXT"
    return next((name for name, refuses in PAIR_RULES if refuses(*blocks)), None)


def _blocks(parsed: ParsedRecord) -> tuple[Edl40Block, ...]:
    """The blocks of EDL40 in a record; those of Isabellenhuette are others."""
    if parsed.payload.format is PayloadFormat.ISA_EDL_40_P:
        return ()
    return tuple(read_edl40(span.signed_bytes) for span in parsed.spans)


def _law_value(block: Edl40Block) -> Decimal:
    return Decimal(block.compensated_value or block.value).scaleb(block.scaler, EXACT)


def _signed(pagination: int) -> int:
    # The tool counts in 32 bits with a sign.
    return pagination - 2 * _SIGN_BIT if pagination & _SIGN_BIT else pagination
