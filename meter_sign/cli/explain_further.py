"""Fields of a record that no shared type holds: shown as they are, so that nothing that was signed stays unseen.

Each format has a function from its record to names, values and, where the field belongs to one, a reading.

Source: OCMF 1.4.1, tables 1 to 7 (reserved names U to Z are the maker's own); formats.md 3.2.
"""

from __future__ import annotations

from re import compile as pattern
from typing import TYPE_CHECKING, Any, NamedTuple

from meter_sign import strict_json
from meter_sign.cli.verdict_json import format_decimal
from meter_sign.errors import MeterSignError
from meter_sign.formats.bsm.points import read_points
from meter_sign.formats.edl40.block import ISA, read_edl40
from meter_sign.model import PayloadFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from meter_sign.model import ParsedRecord

#: Names of OCMF that the shared types hold.
_OCMF_RECORD = frozenset(
    ("FV", "GS", "PG", "MV", "MM", "MS", "MF", "IS", "IL", "IF", "IT", "ID", "TT", "CF", "LC", "CT", "CI", "RD")
)
_ISA_BESIDE_READINGS = frozenset(("esth", "value_signature"))
_ALFEN_CHECK_SUM, _ALFEN_SECONDS_INDEX = slice(14, 16), slice(30, 34)
_PCDF_FIELD = pattern(r"\(([A-Z]+):([^()]*)\)")
_PCDF_BESIDE_READINGS = frozenset(("CD", "TV", "SP", "PK"))
_BSM_BESIDE_READINGS = ("TZO", "W", "OS", "EpochSetOS", "DI", "DO", "Meta1", "Meta2", "Meta3")
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
    return () if read is None else tuple(read(parsed))


def _ocmf(parsed: ParsedRecord) -> Iterator[FurtherField]:
    try:
        payload = strict_json.scan(parsed.signed_bytes.decode()).value
    except (MeterSignError, UnicodeDecodeError):
        # Read with wider caps than the usual, or not at all: then there is no content that could lack something.
        return
    yield from (FurtherField(name, _shown(value)) for name, value in payload.items() if name not in _OCMF_RECORD)
    for number, fields in enumerate(payload["RD"]):
        for name, value in fields.items():
            if name not in _OCMF_READING:
                yield FurtherField(name, _shown(value), number)


def _shown(value: Any) -> str:
    """A text as it is, everything else as JSON with the digits that are there."""
    return value if isinstance(value, str) else strict_json.dumps(value)


def _edl40(parsed: ParsedRecord) -> Iterator[FurtherField]:
    """What stands in the signed blocks beside the readings; a process of Mennekes has two."""
    ends = ("begin.", "end.") if len(parsed.spans) == len(("begin", "end")) else ("",) * len(parsed.spans)
    for end, span in zip(ends, parsed.spans, strict=True):
        block = read_edl40(span.signed_bytes)
        fields = {"seconds_index": block.seconds_index, "contract_time": block.contract_time}
        in_use = {"stopwatch": block.stopwatch, "price": block.price}
        fields |= {name: number for name, number in in_use.items() if number}
        yield from (FurtherField(f"{end}{name}", str(number)) for name, number in fields.items())


def _isa(parsed: ParsedRecord) -> Iterator[FurtherField]:
    for field in ISA:
        if field.name in _ISA_BESIDE_READINGS:
            octets = parsed.signed_bytes[field.offset : field.offset + field.size]
            yield FurtherField(field.name, octets.hex().upper())


def _alfen(parsed: ParsedRecord) -> Iterator[FurtherField]:
    yield FurtherField("adapter_check_sum", parsed.signed_bytes[_ALFEN_CHECK_SUM].hex().upper())
    yield FurtherField("seconds_index", str(int.from_bytes(parsed.signed_bytes[_ALFEN_SECONDS_INDEX], "little")))


def _pcdf(parsed: ParsedRecord) -> Iterator[FurtherField]:
    for name, value in _PCDF_FIELD.findall(parsed.signed_bytes.decode("ascii", "replace")):
        if name in _PCDF_BESIDE_READINGS:
            yield FurtherField(name, value)


def _bsm(parsed: ParsedRecord) -> Iterator[FurtherField]:
    points = read_points(strict_json.scan(parsed.payload.raw.decode()).value["additionalValues"])
    for name in _BSM_BESIDE_READINGS:
        point = points[name]
        if point.scaled is not None:
            yield FurtherField(name, format_decimal(point.scaled))
        elif point.octets:
            yield FurtherField(name, point.text)


_BY_FORMAT: Mapping[PayloadFormat, Callable[[ParsedRecord], Iterator[FurtherField]]] = {
    PayloadFormat.OCMF: _ocmf,
    PayloadFormat.EDL_40_P: _edl40,
    PayloadFormat.EDL_40_SIG: _edl40,
    PayloadFormat.EDL_40_MENNEKES: _edl40,
    PayloadFormat.ISA_EDL_40_P: _isa,
    PayloadFormat.ALFEN: _alfen,
    PayloadFormat.PCDF: _pcdf,
    PayloadFormat.BSM: _bsm,
}
