"""Whose matter each code is; the names of the parties stand with the languages."""

from __future__ import annotations

from enum import Enum, auto

from cdr_service.domain.findings import GatewayCode


class Party(Enum):
    """Who can do something about a code."""

    #: The charge point, its signing component or its meter.
    CHARGE_POINT = auto()
    #: Whoever registers meters and their keys.
    KEY_REGISTRY = auto()
    #: Whoever writes and publishes the tariffs.
    TARIFF_EDITOR = auto()
    #: The system that reports sessions, locations and tokens.
    OPERATOR = auto()
    #: This gateway.
    GATEWAY = auto()
    #: Nobody: it is told, not held against anyone.
    NOBODY = auto()


_CODES_OF: dict[Party, tuple[GatewayCode, ...]] = {
    Party.CHARGE_POINT: (
        GatewayCode.SIGNED_VALUES_MISSING,
        GatewayCode.SIGNED_VALUE_REFUSED,
        GatewayCode.SIGNED_USER_DIFFERS,
        GatewayCode.SIGNED_VALUES_INCOMPLETE,
        GatewayCode.SIGNED_FORMATS_DIFFER,
        GatewayCode.OCPI_LENGTH,
        GatewayCode.CLOCK_NOT_BILLABLE,
        GatewayCode.ENERGY_NEGATIVE,
    ),
    Party.KEY_REGISTRY: (
        GatewayCode.KEY_UNKNOWN,
        GatewayCode.KEY_NOT_VALID_AT_TIME,
        GatewayCode.METER_NOT_AT_EVSE,
        GatewayCode.TIME_TARIFF_FORBIDDEN,
    ),
    Party.TARIFF_EDITOR: (
        GatewayCode.TARIFF_FEATURE_UNSUPPORTED,
        GatewayCode.TARIFF_TOO_LARGE,
        GatewayCode.STEP_SIZE_NEGATIVE,
        GatewayCode.TARIFF_NOT_ACTIVE_AT_START,
    ),
    Party.OPERATOR: (
        GatewayCode.SIGNED_VALUE_IN_OTHER_SESSION,
        GatewayCode.SIGNED_SESSION_DIFFERS,
        GatewayCode.TIME_NOT_SIGNED,
        GatewayCode.PERIODS_MISSING,
        GatewayCode.TOO_MANY_PERIODS,
        GatewayCode.SESSION_TOO_SHORT,
        GatewayCode.SESSION_NOT_CLOSED,
        GatewayCode.SESSION_TIMES_INVALID,
        GatewayCode.ID_TOO_LONG,
        GatewayCode.FIELD_MISSING,
        GatewayCode.FIELD_TOO_LONG,
        GatewayCode.FIELD_NOT_PRINTABLE,
    ),
    Party.GATEWAY: (
        GatewayCode.SECOND_OPINION_DISAGREES,
        GatewayCode.PERIODS_NOT_CONTIGUOUS,
        GatewayCode.TIME_NEGATIVE,
        GatewayCode.NUMBER_NOT_FINITE,
        GatewayCode.NUMBER_OUT_OF_RANGE,
        GatewayCode.RECONCILIATION_FAILED,
        GatewayCode.CDR_UNPRICEABLE,
        GatewayCode.TOTAL_EXCL,
        GatewayCode.TOTAL_INCL,
        GatewayCode.ENERGY_COST,
        GatewayCode.TIME_COST,
        GatewayCode.PARKING_COST,
        GatewayCode.FIXED_COST,
        GatewayCode.ENERGY_SUM,
        GatewayCode.TIME_SUM,
        GatewayCode.PARKING_SUM,
        GatewayCode.SIGNED_ENERGY_DIFFERS,
        GatewayCode.SIGNED_DATA_DIFFERS,
        GatewayCode.METER_DIFFERS,
        GatewayCode.SESSION_DIFFERS,
        GatewayCode.OCPI_PRECISION_EXCEEDED,
        GatewayCode.PERIOD_DIMENSIONS_INVALID,
        GatewayCode.PERIOD_OUTSIDE_SESSION,
        GatewayCode.PERIODS_UNORDERED,
        GatewayCode.PERIOD_TIME_EXCEEDS_LENGTH,
        GatewayCode.UNKNOWN_TARIFF_ID,
        GatewayCode.TARIFF_DIFFERS_FROM_SNAPSHOT,
        GatewayCode.CURRENCY_MISMATCH,
        GatewayCode.TRANSITION_UNKNOWN,
    ),
    Party.NOBODY: (
        GatewayCode.TARIFF_CHANGED_BEFORE_START,
        GatewayCode.SECOND_OPINION_NOT_GIVEN,
        GatewayCode.ENERGY_ROUNDED_FOR_OCPI,
    ),
}

#: The party of every code.
RESPONSIBLE = {code: party for party, codes in _CODES_OF.items() for code in codes}
