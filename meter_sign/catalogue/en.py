"""The catalogue in English: for each code what happened and what to do."""

from __future__ import annotations

from meter_sign.catalogue.parties import Party
from meter_sign.codes import Code

PARTIES = {
    Party.CHARGE_POINT: "The charge point or its meter.",
    Party.SENDER: "Whoever made, exported or passed on the file.",
    Party.KEY_REGISTRY: "The registry of meter keys, and whoever keeps it.",
    Party.OPERATOR: "The operator's own system.",
    Party.PROGRAM: "This program.",
    Party.NOBODY: "Nobody: it is told, not held against anyone.",
}

TEXTS: dict[Code, tuple[str, str]] = {
    Code.NOT_RECOGNISED: (
        "The input is in none of the formats of signed meter values.",
        "Check that the right file was sent, whole and without conversion.",
    ),
    Code.CONTAINER_INVALID: (
        (
            "The container around the values cannot be read: broken or unsafe XML, JSON with a key twice, a broken mail"
            " or CMS structure, a mail whose signature is missing."
        ),
        "Export the file again; do not edit it by hand.",
    ),
    Code.EMPTY_VALUE: (
        "The container has an entry for a signed value, but nothing in it.",
        "Fetch the value again from the charge point or its back end.",
    ),
    Code.ENCODING_INVALID: (
        "The text is not in the encoding it should have (UTF-8, hexadecimal or base64).",
        "Send the bytes as the charge point delivered them, without conversion.",
    ),
    Code.FRAME_INVALID: (
        "The record's frame is broken, lacks prescribed parts (header, readings, signature), or has a byte order mark.",
        "Check whether the record was cut off on its way, and fetch it again.",
    ),
    Code.CRC_MISMATCH: (
        "A check sum of the record does not fit its bytes: they were changed or damaged on their way.",
        "Read the record out of the meter again, and pass it on without conversion.",
    ),
    Code.JSON_INVALID: (
        "A part of the record should be JSON and is not.",
        "Check whether the record was cut off or edited on its way, and fetch it again.",
    ),
    Code.FIELD_INVALID: (
        "A field holds something that its format does not allow.",
        "Report it to the maker of the charge point, with the record.",
    ),
    Code.LIMIT_EXCEEDED: (
        "The input is larger, deeper nested or longer than any real record, so it was not read.",
        "Split the file, or find out where the oversized input comes from.",
    ),
    Code.FORMAT_UNSUPPORTED: (
        "The format is known, but this version cannot judge it.",
        "Use a newer version; until then the value counts as not verified.",
    ),
    Code.FORMAT_VERSION_UNSUPPORTED: (
        "This version of the format cannot be judged here.",
        "Use a newer version; until then the value counts as not verified.",
    ),
    Code.ALGORITHM_UNSUPPORTED: (
        "The signature's algorithm, curve or hash cannot be judged here.",
        "Ask whoever signs for ECDSA with SHA-256, as OCMF prescribes it. EDIFACT on secp256k1: see --allow-secp256k1.",
    ),
    Code.SIGNATURE_MISSING: (
        "The record carries no signature, so nothing proves its readings.",
        "Switch on signing at the charge point, or ask whoever signs the file; unsigned readings are not billed.",
    ),
    Code.SIGNATURE_MALFORMED: (
        "What stands in the place of the signature is none.",
        "Check whether the record was cut off; otherwise report it to the maker of the charge point.",
    ),
    Code.SIGNATURE_MISMATCH: (
        "The signature does not fit: the record was changed after signing, or the key belongs to another meter.",
        "Compare the record with the original at the charge point, then the key. Never bill it as it is.",
    ),
    Code.KEY_MISSING: (
        "There is no key to check the signature with.",
        "Register the meter's public key; it is printed on the charge point or kept by its maker.",
    ),
    Code.KEY_INVALID: (
        "The key cannot be decoded, or it does not lie on the curve that the record names.",
        "Register the key again, exactly as the maker publishes it.",
    ),
    Code.KEY_NOT_VALID_AT_TIME: (
        "The meter's key is registered, but not for the time that counts for this record.",
        "Correct the dates of validity. Where the meter's clock is not trusted, say by --at when the record was made.",
    ),
    Code.KEY_SOURCE_UNTRUSTED: (
        "The only key came with the record itself: that shows that the file agrees with itself, and no more.",
        "Register the meter's key from an independent source.",
    ),
    Code.PUBLIC_KEY_MISMATCH: (
        "The file carries another key than the one that is registered for this meter, or that you gave.",
        "Find out whether the meter was exchanged. A key of one meter only is bound to it by --key SERIAL=KEY.",
    ),
    Code.DUPLICATE_JSON_KEY: (
        "One field stands twice in the signed text, so two readers may see two readings.",
        "Report it to the maker of the charge point; such a record is never billed.",
    ),
    Code.NUMBER_NOT_FINITE: (
        "A reading is not a number, or infinite.",
        "Report it to the maker of the charge point; such a record is never billed.",
    ),
    Code.NUMBER_OUT_OF_RANGE: (
        "A number is larger, smaller or longer than any meter reading can be.",
        "Report it to the maker of the charge point, with the record.",
    ),
    Code.TEXT_NOT_UNICODE: (
        "A text holds half a character, which no system can show or store.",
        "Report it to the maker of the charge point, with the record.",
    ),
    Code.TIME_INVALID: (
        "A time is impossible or has no offset, such as month 13.",
        "Have the charge point's clock and firmware checked.",
    ),
    Code.CONTENT_INVALID: (
        "The signature holds, but what was signed is no measurement.",
        "Report it to the maker of the charge point, or to whoever signed it, with the record.",
    ),
    Code.NON_CANONICAL_DER: (
        "The signature is written in an unusual form; its value is unchanged and was checked.",
        "Nothing now; some tools of drivers may refuse the record. Tell the maker.",
    ),
    Code.SIGNATURE_RAW: (
        "The signature is two bare numbers instead of the prescribed structure; it was checked.",
        "Nothing now; the official transparency software refuses such records. Tell the maker.",
    ),
    Code.KEY_RAW_POINT: (
        "The key is a bare curve point instead of the prescribed structure.",
        "Register the key in the usual form (SubjectPublicKeyInfo), which other tools can read.",
    ),
    Code.KEY_COMPRESSED: (
        "The key is a compressed curve point.",
        "Nothing; register the uncompressed form if other tools shall read it.",
    ),
    Code.KEY_OCA_PREFIX: (
        "The key carries the prefix that OCPP prescribes (oca:base16:asn1:).",
        "Nothing; other tools may want the key without the prefix.",
    ),
    Code.ALGORITHM_NAME_SPELLING: (
        "The algorithm's name is not spelled as OCMF prescribes.",
        "Nothing now; some tools refuse the spelling. Tell the maker.",
    ),
    Code.ALGORITHM_NOT_IN_TABLE: (
        "The curve is a sound one, but OCMF does not list it.",
        "Nothing now; some tools refuse it. Tell the maker.",
    ),
    Code.SIGNATURE_ENCODING_SPELLING: (
        "The name of the signature's encoding is not spelled as OCMF prescribes.",
        "Nothing now; the official transparency software refuses the spelling. Tell the maker.",
    ),
    Code.SIGNATURE_WHITESPACE: (
        "There are blanks or line breaks inside the signature.",
        "Nothing now; tell whoever formats the records.",
    ),
    Code.FOURTH_SECTION: (
        "A public key is appended to the record; it was not used.",
        "Nothing; OCMF wants keys to travel apart from records.",
    ),
    Code.PIPE_IN_SECTION: (
        "A vertical bar stands inside a text, although OCMF forbids it.",
        "Remove the bar from the tariff text; the official transparency software refuses such records.",
    ),
    Code.FORMAT_VERSION_UNKNOWN: (
        "The record names a newer minor version of the format; it was judged by the rules known here.",
        "Look for a newer version of this program.",
    ),
    Code.FORMAT_VERSION_MISSING: (
        "The record does not name the version of its format.",
        "Nothing now; the official transparency software refuses such records. Tell the maker.",
    ),
    Code.FIELD_MISSING: (
        "A field that OCMF prescribes is missing.",
        "Nothing now, unless a finding says more. Tell the maker.",
    ),
    Code.FIELD_SPELLING: (
        "A field is written in another form than its format prescribes.",
        "Nothing now. Tell the maker.",
    ),
    Code.NUMBER_AS_STRING: (
        "A number stands in quotation marks; its digits were taken as they are.",
        "Nothing now. Tell the maker.",
    ),
    Code.NUMBER_WITH_EXPONENT: (
        "A number is written with an exponent; its value was taken exactly.",
        "Nothing now. Tell the maker.",
    ),
    Code.TIME_SPELLING: (
        "A time is written in another form than OCMF prescribes; it was understood.",
        "Nothing now. Tell the maker.",
    ),
    Code.TIME_STATUS_MISSING: (
        "The record does not say whether its clock is synchronised, so no time may be billed.",
        "Have the firmware corrected; the energy is not affected.",
    ),
    Code.TRANSACTION_INCOMPLETE: (
        "The begin or the end of the charging process is missing, or it is not verified.",
        "Fetch the missing record from the charge point. Without it nothing is billed, and nothing is estimated.",
    ),
    Code.TRANSACTION_NOT_AUTHENTIC: (
        "Not every value of this charging process was verified as a meter's.",
        "Look at the values that failed and clear each of them first.",
    ),
    Code.TRANSACTION_AMBIGUOUS: (
        "Several registers of equal rank tell different energies, so none can be billed.",
        "Have the charge point set up to sign one billing register, or registers that agree.",
    ),
    Code.CONTEXT_CONTRADICTS: (
        "A value is called begin or end outside of what is signed, and what is signed says otherwise.",
        "Correct the export: what is signed is what counts.",
    ),
    Code.TRANSACTION_ID_DIFFERS: (
        "The records carry different session numbers of their meter, so they are not one session.",
        "Find out which records belong to the session; fetch the right ones.",
    ),
    Code.METER_DIFFERS: (
        "The values are of several meters or gateways, or of several sessions in one message, or do not show whose.",
        "Find out which records belong to the session; fetch the right ones.",
    ),
    Code.KEY_DIFFERS: (
        "The records of one charging process were verified by different keys.",
        "Check the registry; if the meter was exchanged during charging, nothing can be billed.",
    ),
    Code.EVENT_COUNTER_DIFFERS: (
        "The meter logged an event that concerns its measurements within the transaction, such as a set clock.",
        "Read the meter's log book; the transaction may not be billed from these records.",
    ),
    Code.IDENTIFICATION_DIFFERS: (
        "The records name different users.",
        "Check whether a record of another session slipped in.",
    ),
    Code.IDENTIFICATION_RENEWED: (
        "The meter signs that the user was set again between two readings: they may be of two sessions.",
        "Fetch the records between the two; with all of them, it shows whether another session lies there.",
    ),
    Code.IDENTIFICATION_LEVEL_ERROR: (
        "The charge point reports that identifying the user failed, or reports an unknown level.",
        "Do not bill. Check the card, the certificate and the charge point's reader.",
    ),
    Code.IDENTIFICATION_NOT_ASSIGNED: (
        "The signed record assigns no user to the charging process.",
        "Nothing, if your own system knows who charged (remote start, direct payment).",
    ),
    Code.REGISTER_NOT_BILLABLE: (
        "No register in the records counts charging energy.",
        "Have the charge point sign an import register, such as 1-0:1.8.0 or 1-0:B3.8.0.",
    ),
    Code.REGISTER_DIFFERS: (
        "Begin and end were read from different registers.",
        "Have the charge point sign both from the same register.",
    ),
    Code.CONTROL_REGISTER_DIFFERS: (
        "The meter's total register counted clearly more or less than the register that bills.",
        "Have the charge point and its meter checked; a start of another session may lie in between.",
    ),
    Code.UNIT_NOT_ENERGY: (
        "A reading that should be energy has another unit, or no value.",
        "Report it to the maker of the charge point, with the record.",
    ),
    Code.METER_STATUS_NOT_GOOD: (
        "The meter did not report itself as working correctly when it was read.",
        "Do not bill. Have the meter and its wiring checked.",
    ),
    Code.ENERGY_FLAGGED: (
        "The charge point marked the energy as unusable for billing.",
        "Do not bill. Have the charge point checked.",
    ),
    Code.TIME_FLAGGED: (
        "The charge point marked the time as unusable for billing.",
        "Bill energy only; have the clock checked.",
    ),
    Code.EXCEPTION_READING: (
        "An error during charging made the readings unusable from there on.",
        "Do not bill. Have the charge point checked.",
    ),
    Code.QUALIFIER_UNKNOWN: (
        "A reading gives no known reason for having been taken, so its place in the process is unclear.",
        "Report it to the maker of the charge point, with the record.",
    ),
    Code.READING_OUT_OF_ORDER: (
        "An intermediate reading is signed before the begin or after the end.",
        "Report it to the maker of the charge point, with the record.",
    ),
    Code.BEGIN_AMBIGUOUS: (
        "There is more than one begin.",
        "Check whether records of two charging processes were put together.",
    ),
    Code.END_AMBIGUOUS: (
        "There is more than one end.",
        "Check whether records of two charging processes were put together.",
    ),
    Code.BEGIN_AFTER_END: (
        "The charging process ends before it begins.",
        "Have the charge point's clock checked; do not bill.",
    ),
    Code.TIME_DECREASES: (
        "The signed times run backwards between two readings.",
        "Have the charge point's clock checked; do not bill.",
    ),
    Code.ENERGY_DECREASES: (
        "The meter counts backwards between two readings.",
        "Do not bill. Have the meter checked.",
    ),
    Code.CUMULATED_LOSS_INVALID: (
        "The losses of the cable that were taken off the energy are negative or fall within the transaction.",
        "Report it to the maker of the charge point, with the record; the energy may not be billed.",
    ),
    Code.CUMULATED_LOSS_NOT_RESET: (
        "The losses of the cable were not reset at the begin of the transaction.",
        "Nothing to do for this bill; report it to the maker of the charge point.",
    ),
    Code.LOSS_COMPENSATION_DIFFERS: (
        "Begin and end were corrected for the losses of different cables.",
        "Find out whether the cable was changed during charging; the energy may not be billed from these records.",
    ),
    Code.ENERGY_NEGATIVE: (
        "An energy is negative: a register or an interval stands below zero, or a register ends below its begin.",
        "Report it to the maker of the charge point, or to whoever signed it; the energy may not be billed.",
    ),
    Code.ABNORMAL_END: (
        "The charging process was aborted by an error or a power failure.",
        "Nothing for billing: the energy up to then is signed. Look into the cause.",
    ),
    Code.CLOCK_NOT_BILLABLE: (
        "The meter's clock is not trustworthy enough to bill time, or nothing is said of it; energy is not affected.",
        (
            "Bill energy only, or have the charge point's time synchronised. Where the format has no word on the clock"
            " (MSCONS, PCDF), nothing helps: time is never billed."
        ),
    ),
    Code.CLOCK_STATUS_CHANGES: (
        "The clock measured a duration at the begin and no longer at the end.",
        "Report it to the maker; the official rules forbid billing.",
    ),
    Code.PAGINATION_INVALID: (
        "The record has no number in the meter's count of charging processes.",
        "Check whether it is a record outside charging (fiscal); otherwise report it to the maker.",
    ),
    Code.PAGINATION_GAP: (
        "The meter signed further records in between that are not here.",
        (
            "Fetch them if they belong to this session; another outlet of the same charge point may also have used the"
            " numbers."
        ),
    ),
    Code.PAGINATION_REPEATS: (
        "Record numbers repeat or run backwards: records are mixed up, or one was made twice.",
        "Check which records belong to this session.",
    ),
    Code.DUPLICATE_RECORD: (
        "The same signed record was handed in twice.",
        "Hand in each record once.",
    ),
    Code.READING_OUTSIDE_SESSION: (
        "A reading of a synchronised clock lies outside the session: probably the record of another one.",
        "Check whether the right record was attached, and the times of the session.",
    ),
    Code.ENERGY_NOT_MEASURED_AT_STATE_CHANGE: (
        (
            "The meter signed no reading when charging turned into parking or back, so the energy in between is booked"
            " whole."
        ),
        "Nothing: no energy is lost or estimated. Signed readings at state changes would make it exact.",
    ),
    Code.SESSION_TIMES_INVALID: (
        "The session ends at or before its start.",
        "Correct the session's times.",
    ),
    Code.SECOND_OPINION_DISAGREES: (
        "An independent program judges the same bytes differently, so the charge record is held back.",
        "Send us the record. It is released when the difference is explained.",
    ),
    Code.SECOND_OPINION_LIMIT: (
        "An independent program cannot judge this record, for a known and tested reason.",
        "Nothing.",
    ),
}
