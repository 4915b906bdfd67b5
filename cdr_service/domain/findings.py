"""Stable codes of everything the gateway's own rules can say of a session, a tariff or a CDR.

What the meter's records say has its codes in `meter_sign`; here stand the codes of the domain: what a finding of a
session, an error of this package, or a discrepancy of a reconciliation carries. A code never changes its meaning and
is never reused; what happened, whose fault it is and what to do stands for every one in `catalogue.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meter_sign import Severity


class GatewayCode(StrEnum):
    """One stable code; the value is what JSON, logs and documents show."""

    # Session and evidence.
    TARIFF_CHANGED_BEFORE_START = "TARIFF_CHANGED_BEFORE_START"
    SIGNED_VALUES_MISSING = "SIGNED_VALUES_MISSING"
    SIGNED_VALUE_REFUSED = "SIGNED_VALUE_REFUSED"
    SIGNED_VALUE_IN_OTHER_SESSION = "SIGNED_VALUE_IN_OTHER_SESSION"
    SIGNED_USER_DIFFERS = "SIGNED_USER_DIFFERS"
    SECOND_OPINION_DISAGREES = "SECOND_OPINION_DISAGREES"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    KEY_NOT_VALID_AT_TIME = "KEY_NOT_VALID_AT_TIME"
    METER_NOT_AT_EVSE = "METER_NOT_AT_EVSE"
    TIME_TARIFF_FORBIDDEN = "TIME_TARIFF_FORBIDDEN"
    CLOCK_NOT_BILLABLE = "CLOCK_NOT_BILLABLE"
    ENERGY_ROUNDED_FOR_OCPI = "ENERGY_ROUNDED_FOR_OCPI"
    # Tariffs.
    TARIFF_FEATURE_UNSUPPORTED = "TARIFF_FEATURE_UNSUPPORTED"
    TARIFF_TOO_LARGE = "TARIFF_TOO_LARGE"
    STEP_SIZE_NEGATIVE = "STEP_SIZE_NEGATIVE"
    # Periods and prices.
    PERIODS_MISSING = "PERIODS_MISSING"
    PERIODS_NOT_CONTIGUOUS = "PERIODS_NOT_CONTIGUOUS"
    TOO_MANY_PERIODS = "TOO_MANY_PERIODS"
    SESSION_TOO_SHORT = "SESSION_TOO_SHORT"
    ENERGY_NEGATIVE = "ENERGY_NEGATIVE"
    TIME_NEGATIVE = "TIME_NEGATIVE"
    NUMBER_NOT_FINITE = "NUMBER_NOT_FINITE"
    NUMBER_OUT_OF_RANGE = "NUMBER_OUT_OF_RANGE"
    # Assembly.
    SESSION_NOT_CLOSED = "SESSION_NOT_CLOSED"
    ID_TOO_LONG = "ID_TOO_LONG"
    FIELD_MISSING = "FIELD_MISSING"
    FIELD_TOO_LONG = "FIELD_TOO_LONG"
    FIELD_NOT_PRINTABLE = "FIELD_NOT_PRINTABLE"
    SIGNED_DATA_TOO_LONG = "SIGNED_DATA_TOO_LONG"
    SIGNED_VALUES_INCOMPLETE = "SIGNED_VALUES_INCOMPLETE"
    # Reconciliation.
    RECONCILIATION_FAILED = "RECONCILIATION_FAILED"
    CDR_UNPRICEABLE = "CDR_UNPRICEABLE"
    TOTAL_EXCL = "TOTAL_EXCL"
    TOTAL_INCL = "TOTAL_INCL"
    ENERGY_COST = "ENERGY_COST"
    TIME_COST = "TIME_COST"
    PARKING_COST = "PARKING_COST"
    FIXED_COST = "FIXED_COST"
    ENERGY_SUM = "ENERGY_SUM"
    TIME_SUM = "TIME_SUM"
    PARKING_SUM = "PARKING_SUM"
    SIGNED_ENERGY_DIFFERS = "SIGNED_ENERGY_DIFFERS"
    SIGNED_DATA_DIFFERS = "SIGNED_DATA_DIFFERS"
    METER_DIFFERS = "METER_DIFFERS"
    SESSION_DIFFERS = "SESSION_DIFFERS"
    SESSION_TIMES_INVALID = "SESSION_TIMES_INVALID"
    OCPI_PRECISION_EXCEEDED = "OCPI_PRECISION_EXCEEDED"
    PERIOD_DIMENSIONS_INVALID = "PERIOD_DIMENSIONS_INVALID"
    PERIOD_OUTSIDE_SESSION = "PERIOD_OUTSIDE_SESSION"
    PERIODS_UNORDERED = "PERIODS_UNORDERED"
    PERIOD_TIME_EXCEEDS_LENGTH = "PERIOD_TIME_EXCEEDS_LENGTH"
    UNKNOWN_TARIFF_ID = "UNKNOWN_TARIFF_ID"
    TARIFF_NOT_ACTIVE_AT_START = "TARIFF_NOT_ACTIVE_AT_START"
    TARIFF_DIFFERS_FROM_SNAPSHOT = "TARIFF_DIFFERS_FROM_SNAPSHOT"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    # Life cycle.
    TRANSITION_UNKNOWN = "TRANSITION_UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFinding:
    """One observation about a session by the gateway's own rules; an error stops billing."""

    code: GatewayCode
    severity: Severity
    message: str
    #: Where: a JSON pointer or an id.
    path: str | None = None
