"""What the frozen tariff may bill at all: time only by a clock that may be billed, and only where it is allowed.

Time stamps of clocks that are not certified must not be used for tariffs (operators' duties in type-examination
certificates; formats.md, section 9), so a tariff with a price on time needs the meter's own word on its clock.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cdr_service.domain.findings import GatewayCode, SessionFinding
from cdr_service.domain.tariff import TariffDimensionType
from meter_sign import Severity

if TYPE_CHECKING:
    from cdr_service.domain.tariff import Tariff

_TIME_DIMENSIONS = frozenset({TariffDimensionType.TIME, TariffDimensionType.PARKING_TIME})
#: Values of a transaction's `billable_time` under which durations may be billed; any other word is none.
DURATION_IS_BILLABLE = frozenset({"duration", "absolute"})
#: How much longer than its signed readings a session may last where time costs money: charge point and operator keep
#: their own clocks. The operator's clock is not certified, so whatever lies beyond is not billed.
UNSIGNED_TIME_TOLERANCE = timedelta(minutes=5)


def check_time_billable(tariff: Tariff, billable_time: str, *, time_tariff_allowed: bool) -> tuple[SessionFinding, ...]:
    """Check that a tariff bills time only where it may.

    Args:
        tariff: the frozen tariff.
        billable_time: what the signed clock allows: none, duration or absolute.
        time_tariff_allowed: the operator's registration of the meter (`time_tariff`).

    Returns:
        Nothing when no TIME or PARKING_TIME component has a price other than zero; else TIME_TARIFF_FORBIDDEN when
        the registration forbids it and CLOCK_NOT_BILLABLE when the clock does not allow it, both errors.
    """
    path = _first_time_price(tariff)
    if path is None:
        return ()
    findings = []
    if not time_tariff_allowed:
        message = "the tariff prices time, and this meter is not registered for time tariffs"
        findings.append(_error(GatewayCode.TIME_TARIFF_FORBIDDEN, message, path))
    if billable_time not in DURATION_IS_BILLABLE:
        message = f"the tariff prices time, and the meter's clock is not billable ({billable_time})"
        findings.append(_error(GatewayCode.CLOCK_NOT_BILLABLE, message, path))
    return tuple(findings)


def check_time_signed(tariff: Tariff, *, session: timedelta, signed: timedelta) -> tuple[SessionFinding, ...]:
    """Check that a tariff which prices time finds it between signed readings.

    Args:
        tariff: the frozen tariff.
        session: the length of the session, as the operator says.
        signed: from the first to the last signed reading.

    Returns:
        Nothing when time costs nothing or is signed; else TIME_NOT_SIGNED, an error.
    """
    path = _first_time_price(tariff)
    if path is None or not lasts_beyond_readings(session, signed):
        return ()
    message = f"the tariff prices time; the session lasts {session}, its signed readings cover {signed}"
    return (_error(GatewayCode.TIME_NOT_SIGNED, message, path),)


def lasts_beyond_readings(session: timedelta, signed: timedelta) -> bool:
    """Whether a session is longer than its signed readings, beyond what two clocks may differ."""
    return session - signed > UNSIGNED_TIME_TOLERANCE


def _first_time_price(tariff: Tariff) -> str | None:
    for element_index, element in enumerate(tariff.elements):
        for index, component in enumerate(element.price_components):
            if component.type in _TIME_DIMENSIONS and component.price != 0:
                return f"/tariffs/0/elements/{element_index}/price_components/{index}"
    return None


def _error(code: GatewayCode, message: str, path: str) -> SessionFinding:
    return SessionFinding(code=code, severity=Severity.ERROR, message=message, path=path)
