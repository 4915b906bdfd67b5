"""Whose matter each code is; the names of the parties stand with the languages."""

from __future__ import annotations

from enum import Enum, auto

from meter_sign.codes import Code


class Party(Enum):
    """Who can do something about a code."""

    #: The charge point, its signing component or its meter.
    CHARGE_POINT = auto()
    #: Whoever made, exported or passed on the file.
    SENDER = auto()
    #: Whoever keeps the registry of meter keys.
    KEY_REGISTRY = auto()
    #: The operator's own system: states, session times, grouping of records.
    OPERATOR = auto()
    #: This program.
    PROGRAM = auto()
    #: Nobody needs to act: it is told, not held against anyone.
    NOBODY = auto()


_BY_PARTY: dict[Party, tuple[Code, ...]] = {
    Party.CHARGE_POINT: (
        Code.FIELD_INVALID,
        Code.SIGNATURE_MALFORMED,
        Code.DUPLICATE_JSON_KEY,
        Code.NUMBER_NOT_FINITE,
        Code.NUMBER_OUT_OF_RANGE,
        Code.TEXT_NOT_UNICODE,
        Code.TIME_INVALID,
        Code.CONTENT_INVALID,
        Code.NON_CANONICAL_DER,
        Code.SIGNATURE_RAW,
        Code.ALGORITHM_NAME_SPELLING,
        Code.ALGORITHM_NOT_IN_TABLE,
        Code.SIGNATURE_ENCODING_SPELLING,
        Code.SIGNATURE_WHITESPACE,
        Code.PIPE_IN_SECTION,
        Code.FORMAT_VERSION_MISSING,
        Code.FIELD_MISSING,
        Code.FIELD_SPELLING,
        Code.NUMBER_AS_STRING,
        Code.NUMBER_WITH_EXPONENT,
        Code.TIME_SPELLING,
        Code.TIME_STATUS_MISSING,
        Code.TRANSACTION_AMBIGUOUS,
        Code.EVENT_COUNTER_DIFFERS,
        Code.CUMULATED_LOSS_INVALID,
        Code.CUMULATED_LOSS_NOT_RESET,
        Code.LOSS_COMPENSATION_DIFFERS,
        Code.IDENTIFICATION_LEVEL_ERROR,
        Code.REGISTER_NOT_BILLABLE,
        Code.REGISTER_DIFFERS,
        Code.CONTROL_REGISTER_DIFFERS,
        Code.UNIT_NOT_ENERGY,
        Code.METER_STATUS_NOT_GOOD,
        Code.ENERGY_FLAGGED,
        Code.TIME_FLAGGED,
        Code.EXCEPTION_READING,
        Code.QUALIFIER_UNKNOWN,
        Code.READING_OUT_OF_ORDER,
        Code.BEGIN_AFTER_END,
        Code.TIME_DECREASES,
        Code.ENERGY_DECREASES,
        Code.ENERGY_NEGATIVE,
        Code.CLOCK_NOT_BILLABLE,
        Code.CLOCK_STATUS_CHANGES,
        Code.PAGINATION_INVALID,
        Code.REGISTER_DECREASES,
    ),
    Party.SENDER: (
        Code.ENVELOPE_CONTRADICTS,
        Code.NOT_RECOGNISED,
        Code.CONTAINER_INVALID,
        Code.EMPTY_VALUE,
        Code.ENCODING_INVALID,
        Code.FRAME_INVALID,
        Code.CRC_MISMATCH,
        Code.JSON_INVALID,
        Code.LIMIT_EXCEEDED,
        Code.SIGNATURE_MISSING,
        Code.SIGNATURE_MISMATCH,
        Code.FOURTH_SECTION,
        Code.XML_NAMESPACE,
        Code.VALUE_ENCODING_SPELLING,
        Code.SIGNED_DATA_SPLIT,
        Code.PLAIN_DATA_MISMATCH,
        Code.PLAIN_DATA_UNCHECKED,
        Code.XML_WITHOUT_CONTAINER,
        Code.CONTEXT_CONTRADICTS,
    ),
    Party.KEY_REGISTRY: (
        Code.KEY_MISSING,
        Code.KEY_INVALID,
        Code.KEY_UNKNOWN,
        Code.KEY_NOT_VALID_AT_TIME,
        Code.KEY_SOURCE_UNTRUSTED,
        Code.PUBLIC_KEY_MISMATCH,
        Code.KEY_RAW_POINT,
        Code.KEY_COMPRESSED,
        Code.KEY_OCA_PREFIX,
        Code.KEY_DIFFERS,
        Code.TIME_TARIFF_FORBIDDEN,
    ),
    Party.OPERATOR: (
        Code.TRANSACTION_INCOMPLETE,
        Code.TRANSACTION_NOT_AUTHENTIC,
        Code.TRANSACTION_ID_DIFFERS,
        Code.METER_DIFFERS,
        Code.IDENTIFICATION_DIFFERS,
        Code.IDENTIFICATION_RENEWED,
        Code.BEGIN_AMBIGUOUS,
        Code.END_AMBIGUOUS,
        Code.PAGINATION_GAP,
        Code.PAGINATION_REPEATS,
        Code.DUPLICATE_RECORD,
        Code.ENERGY_OVERLAPS,
        Code.TRANSACTIONS_INTERLEAVE,
        Code.READING_OUTSIDE_SESSION,
        Code.SESSION_TIMES_INVALID,
    ),
    Party.PROGRAM: (
        Code.FORMAT_UNSUPPORTED,
        Code.FORMAT_VERSION_UNSUPPORTED,
        Code.ALGORITHM_UNSUPPORTED,
        Code.FORMAT_VERSION_UNKNOWN,
        Code.SECOND_OPINION_DISAGREES,
    ),
    Party.NOBODY: (
        Code.IDENTIFICATION_NOT_ASSIGNED,
        Code.ABNORMAL_END,
        Code.ENERGY_BETWEEN_SESSIONS,
        Code.KEY_CHANGED,
        Code.ENERGY_NOT_MEASURED_AT_STATE_CHANGE,
        Code.SECOND_OPINION_LIMIT,
    ),
}

#: Every code to its party.
RESPONSIBLE = {code: party for party, codes in _BY_PARTY.items() for code in codes}
