"""OCMF: what the payload section says, translated at once into the words that all formats share.

    FV format_version   GS gateway_serial   PG pagination   MV vendor   MM model   MS serial   MF firmware
    IS assigned   IL level   IF flags   IT type   ID data   TT tariff_text   RD readings
    TM time   TX qualifier   RV value   RI register   RU unit   RT current_type   CL cumulated_loss
    EF error_flags   ST meter_status   EI event_counter (below 0.5)   CT CI CF charge_point   LC loss_compensation

A reading takes over what it leaves out from the reading before it, within one record. Fields that are missing are
named by a deviation; the transaction's rules decide what follows. A field of the wrong JSON type, or no readings at
all, makes the content no measurement (`ContentError`): there are no substitute values.

Source: OCMF 1.4.1, tables 1 to 7; formats.md 1.2, 1.3, 1.6.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from meter_sign.codes import Code
from meter_sign.errors import ContentError, LimitExceededError
from meter_sign.formats import ocmf_tables as tables
from meter_sign.model import (
    ChargePoint,
    Identification,
    LossCompensation,
    MeterIdentity,
    Pagination,
    Phase,
    Reading,
    RecordContent,
)
from meter_sign.obis import parse_obis
from meter_sign.quantity import Unit
from meter_sign.strict_json import bounded_decimal
from meter_sign.timestamps import parse_signed_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from meter_sign.limits import Limits
    from meter_sign.obis import ObisCode
    from meter_sign.timestamps import SignedTime


def claimed_meter_id(payload: Mapping[str, Any]) -> str | None:
    """What the record claims to be its meter, however broken the rest: MS, else GS.

    Of duplicate keys the last counts. That is harmless: such a record is refused for its content, whichever key is
    looked up.

    Args:
        payload: the payload section's object.
    """
    for name in ("MS", "GS"):
        value = payload.get(name)
        if isinstance(value, str) and value:
            return value
    return None


def read_content(
    payload: Mapping[str, Any], *, version: tuple[int, int], limits: Limits
) -> tuple[RecordContent, tuple[Code, ...]]:
    """Read the payload section.

    Args:
        payload: its object, free of duplicate keys, numbers as `Decimal`.
        version: the format version that decides on old fields.
        limits: cap on the number of readings.

    Returns:
        The content, and the deviations from the specification found in it.

    Raises:
        ContentError: a field of the wrong JSON type, an impossible time, no readings.
        LimitExceededError: more readings than the cap.
    """
    reader = _Reader(version)
    readings = reader.readings(payload.get("RD"), limits)
    content = RecordContent(
        meter=reader.meter(payload),
        pagination=reader.pagination(payload),
        identification=reader.identification(payload, transactional=any(r.qualifier for r in readings)),
        readings=readings,
        tariff_text=reader.text(payload, "TT"),
        loss_compensation=reader.loss_compensation(payload),
        charge_point=reader.charge_point(payload),
    )
    if reader.deviations:
        content = replace(content, deviations=tuple(reader.deviations))
    return content, tuple(dict.fromkeys(code for code, _ in reader.deviations))


class _Reader:
    """Reads fields one by one and remembers the deviations; lives for one record."""

    def __init__(self, version: tuple[int, int]) -> None:
        self.version = version
        #: Each deviation and where it stands, in the order in which they were met.
        self.deviations: dict[tuple[Code, str], None] = {}
        self.event_counter: int | None = None

    def note(self, code: Code, where: str) -> None:
        self.deviations[code, where] = None

    def text(self, fields: Mapping[str, Any], name: str, *, mandatory: bool = False) -> str | None:
        """A text field; null counts as absent, an empty text stays one."""
        value = fields.get(name)
        if isinstance(value, str):
            return value
        if value is not None:
            raise _wrong_type(f"/{name}", "a text")
        if name in fields:
            self.note(Code.FIELD_SPELLING, f"/{name}")
        if mandatory:
            self.note(Code.FIELD_MISSING, f"/{name}")
        return None

    # The record --------------------------------------------------------------------------------------------------

    def meter(self, payload: Mapping[str, Any]) -> MeterIdentity:
        return MeterIdentity(
            serial=self.text(payload, "MS", mandatory=True) or None,
            gateway_serial=self.text(payload, "GS") or None,
            vendor=self.text(payload, "MV") or None,
            model=self.text(payload, "MM") or None,
            firmware=self.text(payload, "MF") or None,
        )

    def charge_point(self, payload: Mapping[str, Any]) -> ChargePoint | None:
        kind, id_, firmware = (self.text(payload, name) or None for name in ("CT", "CI", "CF"))
        if kind is None and id_ is None and firmware is None:
            return None
        return ChargePoint(kind=kind, id=id_, controller_firmware=firmware)

    def loss_compensation(self, payload: Mapping[str, Any]) -> LossCompensation | None:
        fields = payload.get("LC")
        if fields is None:
            return None
        if not isinstance(fields, dict):
            raise _wrong_type("/LC", "an object")
        unit = tables.UNITS.get(self.text(fields, "LU") or "", Unit.OTHER)
        resistance = self._number(fields, "LR", "/LC")
        if resistance is None or unit not in tables.UNITS_OF_RESISTANCE:
            self.note(Code.FIELD_MISSING, "/LC")
        return LossCompensation(
            name=self.text(fields, "LN"), number=self._number(fields, "LI", "/LC"), resistance=resistance, unit=unit
        )

    def pagination(self, payload: Mapping[str, Any]) -> Pagination | None:
        stated = self.text(payload, "PG", mandatory=True)
        match = tables.PAGINATION.fullmatch(stated or "")
        if match is None:
            # Not a number that can be counted on: the transaction's rules say what follows (PAGINATION_INVALID).
            if stated is not None:
                self.note(Code.FIELD_SPELLING, "/PG")
            return None
        kind, number = match.groups()
        if number != "0" and number.startswith("0"):
            self.note(Code.FIELD_SPELLING, "/PG")
        return Pagination(kind=tables.PAGINATION_KINDS[kind], number=int(number))

    def identification(self, payload: Mapping[str, Any], *, transactional: bool) -> Identification | None:
        """The user fields; exactly the records of a transaction carry them."""
        if not transactional and not any(name in payload for name in ("IS", "IL", "IF", "IT", "ID")):
            return None
        assigned, level = self._status(payload, mandatory=transactional)
        return Identification(
            assigned=assigned,
            level=self.text(payload, "IL") or level,
            type=self.text(payload, "IT", mandatory=transactional) or None,
            data=self.text(payload, "ID"),
            flags=self._flags(payload),
        )

    def _status(self, payload: Mapping[str, Any], *, mandatory: bool) -> tuple[bool | None, str | None]:
        """IS: a boolean, before 0.5 a level in words."""
        value = payload.get("IS")
        if isinstance(value, bool):
            return value, None
        if isinstance(value, str) and self.version < tables.VERSION_OF_BOOLEAN_STATUS:
            return None, value
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            self.note(Code.FIELD_SPELLING, "/IS")
            return value.lower() == "true", None
        if value is not None:
            raise _wrong_type("/IS", "a boolean")
        if mandatory:
            self.note(Code.FIELD_MISSING, "/IS")
        return None, None

    def _flags(self, payload: Mapping[str, Any]) -> tuple[str, ...]:
        value = payload.get("IF")
        if value is None:
            return ()
        if isinstance(value, str):
            self.note(Code.FIELD_SPELLING, "/IF")
            return (value,)
        if not isinstance(value, list) or not all(isinstance(flag, str) for flag in value):
            raise _wrong_type("/IF", "an array of texts")
        return tuple(value)

    # The readings ------------------------------------------------------------------------------------------------

    def readings(self, value: object, limits: Limits) -> tuple[Reading, ...]:
        if not isinstance(value, list) or not value:
            raise ContentError(Code.CONTENT_INVALID, "RD holds no reading", where="/RD")
        if len(value) > limits.readings:
            detail = f"{len(value)} readings, the cap is {limits.readings}"
            raise LimitExceededError(Code.LIMIT_EXCEEDED, detail, where="/RD")
        inherited: dict[str, str] = {}
        return tuple(self._reading(fields, f"/RD/{number}", inherited) for number, fields in enumerate(value))

    def _reading(self, fields: object, path: str, inherited: dict[str, str]) -> Reading:
        if not isinstance(fields, dict):
            raise _wrong_type(path, "an object")
        for name in tables.INHERITED:
            if name in fields:
                if not isinstance(fields[name], str):
                    raise _wrong_type(f"{path}/{name}", "a text")
                inherited[name] = fields[name]
        value = self._number(fields, "RV", path)
        reason = inherited.get("TX") or None
        status = self._status_of_meter(inherited.get("ST"), path)
        return Reading(
            time=self._time(inherited.get("TM"), path),
            qualifier=reason,
            phase=None if reason is None else tables.PHASES.get(reason, Phase.UNKNOWN),
            register=self._register(inherited.get("RI"), path),
            value=value,
            unit=self._unit(inherited.get("RU"), path, needed=value is not None),
            meter_status=status,
            status_good=None if status is None else status == tables.STATUS_GOOD,
            error_flags=inherited.get("EF", ""),
            cumulated_loss=self._number(fields, "CL", path),
            current_type=inherited.get("RT") or None,
            event_counter=self._event_counter(fields, path),
            path=path,
        )

    def _time(self, stated: str | None, path: str) -> SignedTime | None:
        if stated is None:
            self.note(Code.FIELD_MISSING, f"{path}/TM")
            return None
        time = parse_signed_time(stated, where=f"{path}/TM")
        for code in time.deviations:
            self.note(code, f"{path}/TM")
        return time

    def _register(self, stated: str | None, path: str) -> ObisCode | None:
        if not stated:
            return None
        register = parse_obis(stated)
        if register is None:
            self.note(Code.FIELD_SPELLING, f"{path}/RI")
        return register

    def _unit(self, stated: str | None, path: str, *, needed: bool) -> Unit | None:
        if not stated:
            if needed:
                self.note(Code.FIELD_MISSING, f"{path}/RU")
            return None
        return tables.UNITS.get(stated, Unit.OTHER)

    def _status_of_meter(self, text: str | None, path: str) -> str | None:
        if not text:
            self.note(Code.FIELD_MISSING, f"{path}/ST")
        return text or None

    def _event_counter(self, fields: Mapping[str, Any], path: str) -> int | None:
        """EI of old records; taken over like any other field that did not change."""
        if self.version >= tables.VERSION_WITHOUT_EVENT_COUNTER:
            return None
        stated = self._number(fields, "EI", path)
        if stated is not None:
            if stated != stated.to_integral_value():
                raise _wrong_type(f"{path}/EI", "a whole number")
            self.event_counter = int(stated)
        return self.event_counter

    def _number(self, fields: Mapping[str, Any], name: str, path: str) -> Decimal | None:
        """RV and CL: a JSON number with the digits that were signed; a number in quotes is read, and named."""
        value = fields.get(name)
        if isinstance(value, Decimal):
            return value
        if name not in fields:
            return None
        match = tables.NUMBER.fullmatch(value.strip(" ")) if isinstance(value, str) else None
        if match is None:
            raise _wrong_type(f"{path}/{name}", "a number")
        self.note(Code.NUMBER_AS_STRING, f"{path}/{name}")
        if match.group(1):
            self.note(Code.NUMBER_WITH_EXPONENT, f"{path}/{name}")
        number = bounded_decimal(match.group())
        if number is None:
            raise ContentError(Code.NUMBER_OUT_OF_RANGE, "the number is beyond the caps", where=f"{path}/{name}")
        return number


def _wrong_type(path: str, expected: str) -> ContentError:
    return ContentError(Code.FIELD_INVALID, f"{path} is not {expected}", where=path)
