"""The data points of a BSM snapshot, in the order in which they are signed, and how each is laid out in bytes.

    number   value, 4 bytes big-endian; exponent of its scale factor, 1 byte, signed; DLMS unit, 1 byte
    text     length in bytes, 4 bytes big-endian, then the bytes

The order alone tells which point is which: names are not signed. So a list that names them in another order, names a
point twice or has one too many is no snapshot, however well its bytes might fit. The same goes for a unit, a scale
factor or a type that the meter's model does not give a point.

A value that the JSON leaves out is one that the meter did not have; the meter then signs SunSpec's "not implemented",
widened to 32 bits, and for a text none. An accumulator has no such value: its zero is a reading.

Source: bsm-python, doc/examples/snapshots.md, "Abstract Data Representation"; doc/examples/chargy.md, "Snapshot Data
Point Values"; bauer_bsm/bsm/models/smdx_64901.xml (types, units); product manual BSM 3.0, appendix D ("Not available").
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: DLMS codes of units (Blue Book, table 4), and how the JSON names them a second time.
MINUTES, SECONDS, WATTS, WATT_HOURS, NO_UNIT = 6, 7, 27, 30, 255
UNIT_NAMES = {MINUTES: "MINUTE", SECONDS: "SECOND", WATTS: "WATT", WATT_HOURS: "WATT_HOUR", NO_UNIT: None}
#: SunSpec's range of scale factors (sunssf).
_SCALES = range(-10, 11)
_NUMBER_BYTES = 4
_ENCODINGS = {"UTF-8": "utf-8", "ISO-8859-1": "latin-1"}
#: Where the JSON names none.
_DEFAULT_ENCODING = "UTF-8"


class Kind(Enum):
    """The types of points, as the JSON names them."""

    UNSIGNED = "UnsignedInteger32"
    SIGNED = "Integer32"
    TEXT = "String"


@dataclass(frozen=True, slots=True)
class Point:
    """One data point of the meter's model."""

    name: str
    kind: Kind
    unit: int = NO_UNIT
    #: What the meter signs where it has no value; None where it always has one.
    missing: int | None = None
    #: Whether the model gives it a scale factor; all others have the factor 1.
    scaled: bool = False
    #: What the JSON adds to the name, unsigned.
    obis: str | None = None


def _counter(name: str, unit: int = NO_UNIT) -> Point:
    return Point(name, Kind.UNSIGNED, unit, missing=0xFFFFFFFF)


def _short(name: str) -> Point:
    return Point(name, Kind.UNSIGNED, missing=0xFFFF)


def _energy(name: str, obis: str) -> Point:
    return Point(name, Kind.UNSIGNED, WATT_HOURS, scaled=True, obis=obis)


#: In the order in which they are signed.
POINTS: tuple[Point, ...] = (
    _short("Typ"),
    _energy("RCR", "1-0:1.8.0*198"),
    _energy("TotWhImp", "1-0:1.8.0*255"),
    Point("W", Kind.SIGNED, WATTS, missing=-0x8000, scaled=True, obis="1-0:1.7.0*255"),
    Point("MA1", Kind.TEXT, obis="1-0:0.0.0*255"),
    _counter("RCnt"),
    _counter("OS", SECONDS),
    _counter("Epoch", SECONDS),
    Point("TZO", Kind.SIGNED, MINUTES, missing=-0x8000),
    _counter("EpochSetCnt"),
    _counter("EpochSetOS", SECONDS),
    _short("DI"),
    _short("DO"),
    Point("Meta1", Kind.TEXT),
    Point("Meta2", Kind.TEXT),
    Point("Meta3", Kind.TEXT),
    _counter("Evt"),
)


class PointValue(NamedTuple):
    """What the meter signed for one point."""

    signed_bytes: bytes
    #: None for a text, and where the meter had no value.
    number: int | None = None
    #: Exponent of the power of ten by which the number is multiplied.
    scale: int = 0
    #: As bytes: in which encoding the JSON shows them is not signed.
    octets: bytes = b""

    @property
    def scaled(self) -> Decimal | None:
        """The number with its power of ten, exactly; None where there is none."""
        return None if self.number is None else Decimal(self.number).scaleb(self.scale)

    @property
    def text(self) -> str:
        """The text, read by one rule whatever the JSON calls its encoding: UTF-8, else Latin-1."""
        try:
            return self.octets.decode("utf-8")
        except UnicodeDecodeError:
            return self.octets.decode("latin-1")


#: Every point by its name, in signed order.
Snapshot = dict[str, PointValue]


def signed_bytes(snapshot: Snapshot) -> bytes:
    """The bytes that the meter signed.

    Args:
        snapshot: all points, in signed order.
    """
    return b"".join(value.signed_bytes for value in snapshot.values())


def read_points(stated: object) -> Snapshot:
    """Read the list `additionalValues`.

    Args:
        stated: its JSON value, numbers as `Decimal`.

    Returns:
        All points, in signed order.

    Raises:
        MalformedPayloadError: FIELD_INVALID, when it is not the 17 points in their order, or one of them has a value,
            type, unit or scale factor that it cannot have.
    """
    if not isinstance(stated, list) or len(stated) != len(POINTS):
        found = f"{len(stated)} points" if isinstance(stated, list) else "no list"
        detail = f"expected the {len(POINTS)} points of a snapshot, found {found}"
        raise MalformedPayloadError(Code.FIELD_INVALID, detail, where="/additionalValues")
    return {
        point.name: read_point(point, one, f"/additionalValues/{number}")
        for number, (point, one) in enumerate(zip(POINTS, stated, strict=True))
    }


def read_point(point: Point, stated: object, path: str) -> PointValue:
    """Read one point.

    Args:
        point: which one it must be.
        stated: its JSON value.
        path: where it stands.

    Raises:
        MalformedPayloadError: FIELD_INVALID, see `read_points`.
    """
    outer = _object(stated, path)
    name = _object(outer.get("measurand"), f"{path}/measurand").get("name")
    if name != point.name:
        raise _invalid(f"{path}/measurand/name", f"{str(name)[:40]!r} stands where {point.name} is signed")
    path = f"{path}/measuredValue"
    fields = _object(outer.get("measuredValue"), path)
    if fields.get("valueType") != point.kind.value:
        raise _invalid(f"{path}/valueType", f"{point.name} is an {point.kind.value}")
    return _text(fields, path) if point.kind is Kind.TEXT else _number(point, fields, path)


def _number(point: Point, fields: Mapping[str, Any], path: str) -> PointValue:
    scale = _whole(fields.get("scale"), f"{path}/scale")
    if scale not in (_SCALES if point.scaled else {0}):
        raise _invalid(f"{path}/scale", f"{point.name} has no scale factor 10^{scale}")
    if _whole(fields.get("unitEncoded"), f"{path}/unitEncoded") != point.unit:
        raise _invalid(f"{path}/unitEncoded", f"{point.name} has the unit {point.unit}")
    number = _value(point, fields.get("value"), f"{path}/value")
    return PointValue(
        _laid_out(point, number, f"{path}/value") + scale.to_bytes(1, "big", signed=True) + bytes((point.unit,)),
        number=None if number == point.missing else number,
        scale=scale,
    )


def _value(point: Point, stated: object, path: str) -> int:
    """The number as stated, or what the meter signs where it had none."""
    return point.missing if stated is None and point.missing is not None else _whole(stated, path)


def _laid_out(point: Point, number: int, path: str) -> bytes:
    try:
        return number.to_bytes(_NUMBER_BYTES, "big", signed=point.kind is Kind.SIGNED)
    except OverflowError as error:
        raise _invalid(path, f"{point.name} does not fit into 32 bits") from error


def _text(fields: Mapping[str, Any], path: str) -> PointValue:
    stated = fields.get("value")
    encoding = fields.get("valueEncoding")
    known = _ENCODINGS.get(_DEFAULT_ENCODING if encoding is None else str(encoding))
    if known is None:
        raise _invalid(f"{path}/valueEncoding", f"{str(encoding)[:40]!r} is no known encoding")
    if not isinstance(stated, str | None):
        raise _invalid(f"{path}/value", "a text is wanted")
    try:
        octets = (stated or "").encode(known)
    except UnicodeEncodeError as error:
        raise _invalid(f"{path}/value", f"a character that {encoding or _DEFAULT_ENCODING} does not have") from error
    return PointValue(len(octets).to_bytes(_NUMBER_BYTES, "big") + octets, octets=octets)


def _whole(stated: object, path: str) -> int:
    if not isinstance(stated, Decimal) or stated != stated.to_integral_value():
        raise _invalid(path, "a whole number is wanted")
    return int(stated)


def _object(stated: object, path: str) -> Mapping[str, Any]:
    if not isinstance(stated, dict):
        raise _invalid(path, "an object is wanted")
    return stated


def _invalid(path: str, detail: str) -> MalformedPayloadError:
    return MalformedPayloadError(Code.FIELD_INVALID, detail, where=path)
