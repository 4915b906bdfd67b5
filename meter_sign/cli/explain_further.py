"""Fields of a record that no shared type holds: shown as they are, so that nothing that was signed stays unseen.

Each format has a function from its signed bytes to names, values and, where the field belongs to one, a reading.

Source: OCMF 1.4.1, tables 1 to 7 (reserved names U to Z are the maker's own).
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from meter_sign import strict_json
from meter_sign.cli.verdict_json import format_decimal
from meter_sign.errors import MeterSignError
from meter_sign.model import PayloadFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from meter_sign.model import ParsedRecord

#: Names of OCMF that the shared types hold.
_OCMF_RECORD = frozenset(
    ("FV", "GS", "PG", "MV", "MM", "MS", "MF", "IS", "IL", "IF", "IT", "ID", "TT", "CF", "LC", "CT", "CI", "RD")
)
_OCMF_READING = frozenset(("TM", "TX", "RV", "RI", "RU", "RT", "CL", "EF", "ST", "EI"))


class FurtherField(NamedTuple):
    """One field by its format's own name."""

    name: str
    value: str
    reading: int | None = None


def further_fields(parsed: ParsedRecord) -> tuple[FurtherField, ...]:
    """The fields that nothing else shows.

    Args:
        parsed: readable, verified or not.
    """
    read = _BY_FORMAT.get(parsed.payload.format)
    return () if read is None else tuple(read(parsed.signed_bytes))


def _ocmf(signed: bytes) -> Iterator[FurtherField]:
    try:
        payload = strict_json.scan(signed.decode()).value
    except (MeterSignError, UnicodeDecodeError):
        # Read with wider caps than the usual, or not at all: then there is no content that could lack something.
        return
    yield from (FurtherField(name, _shown(value)) for name, value in payload.items() if name not in _OCMF_RECORD)
    for number, fields in enumerate(payload["RD"]):
        for name, value in fields.items():
            if name not in _OCMF_READING:
                yield FurtherField(name, _shown(value), number)


def _shown(value: Any) -> str:
    """A text as it is, everything else as JSON."""
    return value if isinstance(value, str) else _as_json(value)


def _as_json(value: Any) -> str:
    # Not `json.dumps`: it knows no number that keeps its digits.
    if isinstance(value, Decimal):
        return format_decimal(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_as_json(name)}: {_as_json(one)}' for name, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(_as_json(one) for one in value)}]"
    return json.dumps(value, ensure_ascii=False)


_BY_FORMAT: Mapping[PayloadFormat, Callable[[bytes], Iterator[FurtherField]]] = {PayloadFormat.OCMF: _ocmf}
