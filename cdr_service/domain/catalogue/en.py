"""The catalogue in English: for each code what happened and what to do."""

from __future__ import annotations

from cdr_service.domain.catalogue.parties import Party
from cdr_service.domain.findings import GatewayCode as Code

PARTIES = {
    Party.CHARGE_POINT: "The charge point or its meter.",
    Party.KEY_REGISTRY: "The registry of meters and their keys, and whoever keeps it.",
    Party.TARIFF_EDITOR: "Whoever writes and publishes the tariffs.",
    Party.OPERATOR: "The operator's system that reports the session.",
    Party.GATEWAY: "This gateway.",
    Party.NOBODY: "Nobody: it is told, not held against anyone.",
}

_REPORT = "Nothing was sent. Keep the CDR and its report, and report this as a defect of the gateway."

TEXTS: dict[Code, tuple[str, str]] = {
    Code.TARIFF_CHANGED_BEFORE_START: (
        "The tariff was changed between the authorization and the start; the authorized one is billed.",
        "Nothing, if the change was meant. The driver agreed to the tariff of the authorization.",
    ),
    Code.SIGNED_VALUES_MISSING: (
        "The session was closed, and no signed meter value has arrived.",
        "Fetch the signed values from the charge point and send them; without them nothing is billed.",
    ),
    Code.SIGNED_VALUE_REFUSED: (
        "A signed value of this session did not verify, so the session cannot be billed.",
        "See its status and problem codes: another key, changed bytes, or no key registered for the meter.",
    ),
    Code.SIGNED_VALUE_IN_OTHER_SESSION: (
        "This signed value already belongs to another session; it cannot be billed twice.",
        "Find out which session the record belongs to, and send the right record to this one.",
    ),
    Code.SIGNED_USER_DIFFERS: (
        "The signed record names another identification medium than the token that will be billed.",
        "Compare the record with the authorization: the driver must be able to recognise the medium on the bill.",
    ),
    Code.SIGNED_SESSION_DIFFERS: (
        "The message is signed for another session number (RFF+AGK) than the session it was sent to.",
        "Send each message to its own session; one of another session counts here only where that was not billed.",
    ),
    Code.SECOND_OPINION_DISAGREES: (
        "A second, independent program judges the same record otherwise; the CDR is held.",
        "Report the record as a defect; release the CDR only when it is clear which program is right.",
    ),
    Code.SECOND_OPINION_NOT_GIVEN: (
        "No second program was asked: the one that there is reads OCMF only.",
        "Nothing; this gateway's own judgement stands alone for this format.",
    ),
    Code.KEY_UNKNOWN: (
        "No public key is registered for this meter.",
        "Register the meter's key from its nameplate or from the Bundesnetzagentur.",
    ),
    Code.KEY_NOT_VALID_AT_TIME: (
        "A key is registered for this meter, but not for the time of the session.",
        "Check from when to when the key is valid; after a meter swap register both keys with their times.",
    ),
    Code.METER_NOT_AT_EVSE: (
        "The meter that signed is registered for another EVSE than the session's.",
        "Check the registration of the meter, and whether the session was reported for the right EVSE.",
    ),
    Code.TIME_TARIFF_FORBIDDEN: (
        "The tariff prices time, and the meter is registered as not approved for time tariffs.",
        "Use a tariff without TIME and PARKING_TIME, or register the approval with the meter.",
    ),
    Code.CLOCK_NOT_BILLABLE: (
        "The tariff prices time, and the meter's clock was not synchronised, so time must not be billed.",
        "Use a tariff without TIME and PARKING_TIME here, or have the clock of the charge point synchronised.",
    ),
    Code.TIME_NOT_SIGNED: (
        "The tariff prices time, and the session lasts longer than its signed readings.",
        "Close it with the time of the signed end, or bring a signed value that covers the rest.",
    ),
    Code.ENERGY_ROUNDED_FOR_OCPI: (
        "The signed energy has more than the 4 decimals that OCPI carries; it is written and billed rounded.",
        "Nothing: the difference is below 0.0001 kWh, and the signed value goes along in full.",
    ),
    Code.TARIFF_FEATURE_UNSUPPORTED: (
        "The tariff has restrictions or price limits, which this release does not price.",
        "Publish a tariff without restrictions, min_price and max_price.",
    ),
    Code.TARIFF_TOO_LARGE: (
        "The tariff has more elements than are read.",
        "Publish a shorter tariff.",
    ),
    Code.STEP_SIZE_NEGATIVE: (
        "A price component has a negative step_size.",
        "Correct the tariff; 1 bills by the unit.",
    ),
    Code.PERIODS_MISSING: (
        "The session has no period that could be priced.",
        "Check whether start, end and signed values of the session were reported.",
    ),
    Code.PERIODS_NOT_CONTIGUOUS: (
        "The session's periods overlap or leave a gap.",
        _REPORT,
    ),
    Code.TOO_MANY_PERIODS: (
        "The session has more periods than are priced.",
        "Check whether the charge point reports state changes without end.",
    ),
    Code.SESSION_TOO_SHORT: (
        "The session has not one whole second.",
        "Check the reported start and end; a session without length is not billed.",
    ),
    Code.ENERGY_NEGATIVE: (
        "A period's energy is negative.",
        "Check the signed values; a meter that counts backwards is not billed.",
    ),
    Code.TIME_NEGATIVE: (
        "A period's duration is negative.",
        _REPORT,
    ),
    Code.NUMBER_NOT_FINITE: (
        "A number is infinite or not a number.",
        _REPORT,
    ),
    Code.NUMBER_OUT_OF_RANGE: (
        "A quantity times a price has more digits than can be kept exactly.",
        "Check the tariff's prices for a slip, and report it if there is none.",
    ),
    Code.SESSION_NOT_CLOSED: (
        "A CDR was asked for while the session has no end.",
        "Close the session first.",
    ),
    Code.ID_TOO_LONG: (
        "The CDR's id is longer than 36 characters; the last 3 of OCPI's 39 are kept for a credit CDR.",
        "Use shorter ids.",
    ),
    Code.FIELD_MISSING: (
        "A text that OCPI requires is empty.",
        "Complete the object at the place that is named, usually the location or the token.",
    ),
    Code.FIELD_TOO_LONG: (
        "A text is longer than OCPI 2.2.1 allows at this place.",
        "Shorten it at its source, usually the location or the token.",
    ),
    Code.FIELD_NOT_PRINTABLE: (
        "A text has a character that OCPI 2.2.1 does not allow at this place.",
        "Correct it at its source: no line breaks or tabs, and in identifiers ASCII only.",
    ),
    Code.OCPI_LENGTH: (
        "The signed record or the key is longer than OCPI 2.2.1 can carry (5000 and 512 characters).",
        "Have the charge point sign fewer readings in one record; without the proof no CDR leaves.",
    ),
    Code.SIGNED_VALUES_INCOMPLETE: (
        "The signed values have not exactly one end, or more than one begin.",
        "Fetch the missing record from the charge point, or remove the one that belongs elsewhere.",
    ),
    Code.SIGNED_FORMATS_DIFFER: (
        "The signed values of this session are of several formats, and a CDR can name one only.",
        "Have the charge point send all values of a session in one format.",
    ),
    Code.RECONCILIATION_FAILED: (
        "The CDR contradicts its own periods, its tariff or its evidence; the discrepancies say where.",
        "Nothing was sent. Read the discrepancies; each has a code of its own.",
    ),
    Code.CDR_UNPRICEABLE: (
        "The CDR cannot be priced again from its own periods.",
        _REPORT,
    ),
    Code.TOTAL_EXCL: (
        "total_cost without VAT is not what the periods cost under the tariff.",
        _REPORT,
    ),
    Code.TOTAL_INCL: (
        "total_cost with VAT is not what the periods cost under the tariff.",
        _REPORT,
    ),
    Code.ENERGY_COST: ("total_energy_cost is not what the energy costs under the tariff.", _REPORT),
    Code.TIME_COST: ("total_time_cost is not what the charging time costs under the tariff.", _REPORT),
    Code.PARKING_COST: ("total_parking_cost is not what the parking time costs under the tariff.", _REPORT),
    Code.FIXED_COST: ("total_fixed_cost is not the tariff's price per session.", _REPORT),
    Code.ENERGY_SUM: ("total_energy is not the sum of the periods' energy.", _REPORT),
    Code.TIME_SUM: (
        "total_time is not the sum of the periods' time, or not the length of the session.",
        _REPORT,
    ),
    Code.PARKING_SUM: ("total_parking_time is not the sum of the periods' parking time.", _REPORT),
    Code.SIGNED_ENERGY_DIFFERS: (
        "total_energy is not the energy that the meter signed.",
        _REPORT,
    ),
    Code.SIGNED_DATA_DIFFERS: (
        "signed_data does not hold exactly the verified records and the registered key.",
        _REPORT,
    ),
    Code.METER_DIFFERS: ("meter_id is not the meter that signed.", _REPORT),
    Code.SESSION_DIFFERS: (
        "A field of the CDR is not what is stored for the session: party, token, authorization, place or time.",
        _REPORT,
    ),
    Code.SESSION_TIMES_INVALID: (
        "The session does not start before it ends, or its signed begin lies after its signed end.",
        "Check the reported start and end and the clock of the charge point.",
    ),
    Code.OCPI_PRECISION_EXCEEDED: (
        "A number has more than 4 decimals, or an instant a fraction of a second: OCPI cannot carry it.",
        _REPORT,
    ),
    Code.PERIOD_DIMENSIONS_INVALID: (
        "A period does not have exactly ENERGY and one of TIME and PARKING_TIME.",
        _REPORT,
    ),
    Code.PERIOD_OUTSIDE_SESSION: (
        "A period starts outside the session, or the first one not with it.",
        _REPORT,
    ),
    Code.PERIODS_UNORDERED: ("A period does not start after the one before it.", _REPORT),
    Code.PERIOD_TIME_EXCEEDS_LENGTH: (
        "A period bills more time than lies between its start and the next one's.",
        _REPORT,
    ),
    Code.UNKNOWN_TARIFF_ID: ("A period names another tariff than the one in the CDR.", _REPORT),
    Code.TARIFF_NOT_ACTIVE_AT_START: (
        "The frozen tariff was not valid when the session started.",
        "Check the tariff's validity; publish tariffs whose validity covers the start.",
    ),
    Code.TARIFF_DIFFERS_FROM_SNAPSHOT: (
        "The tariff in the CDR is not, byte for byte, the one frozen for the session.",
        _REPORT,
    ),
    Code.CURRENCY_MISMATCH: ("The CDR's currency is not the tariff's.", _REPORT),
    Code.TRANSITION_UNKNOWN: (
        "Something was to happen to a CDR that its state does not allow.",
        "Look at the CDR's state; if the step was right, report it as a defect of the gateway.",
    ),
}
