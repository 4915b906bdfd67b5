"""The errors of requests in English: for each code what happened and what to do."""

from __future__ import annotations

_CHECK_ID = "Check the id and send the request again."
_SEE_LOG = "See the gateway's log, then repeat the request."

TEXTS: dict[str, tuple[str, str]] = {
    "FIELD_INVALID": (
        "A field has a value that is not allowed.",
        "Correct the field that `where` names.",
    ),
    "FIELD_MISSING": (
        "A required field is missing.",
        "Add the field that `where` names.",
    ),
    "OBJECT_INVALID": (
        "This is not the OCPI object it should be.",
        "Correct the places that are named.",
    ),
    "NUMBER_TOO_FINE": (
        "A number has more than the 4 decimals that OCPI carries; nothing was sent.",
        "Keep the object, and report this as a defect of the gateway.",
    ),
    "HTTP_ERROR": (
        "There is no such resource, or it does not take this method.",
        "See /api/v1/openapi.json.",
    ),
    "INTERNAL_ERROR": (
        "The gateway failed.",
        "Report it with the time of the request; the log has the details.",
    ),
    "API_KEY_MISSING": (
        "No API key came with the request.",
        "Send `Authorization: Bearer KEY`.",
    ),
    "API_KEY_UNKNOWN": (
        "The API key is not known.",
        "Make a new one: `cdr-service api-key add operator`.",
    ),
    "ROLE_UNKNOWN": (
        "There is no such role.",
        "Use the role operator.",
    ),
    "TOKEN_MISSING": (
        "No OCPI token is there.",
        "Finish the handshake, and send the token with every request.",
    ),
    "TOKEN_MALFORMED": (
        "The Authorization header is not `Token`, one blank, and base64.",
        "Send the header as OCPI 2.2.1 says.",
    ),
    "TOKEN_UNKNOWN": (
        "The OCPI token is not known.",
        "Use the token of the last credentials exchange.",
    ),
    "TOKEN_INVALID": (
        "The token is not 1 to 64 printable ASCII characters without blanks.",
        "Ask the partner for a token as OCPI 2.2.1 has it.",
    ),
    "ALREADY_REGISTERED": (
        "This party is registered already.",
        "Use the token you have; POST is for the first registration only.",
    ),
    "CLIENT_API_UNUSABLE": (
        "Your versions could not be read with the token you gave.",
        "Make them reachable, then register again.",
    ),
    "VERSION_UNSUPPORTED": (
        "There is no common OCPI version.",
        "Offer 2.2.1.",
    ),
    "ENDPOINT_MISSING": (
        "A module that is needed is not among the version details.",
        "Offer credentials and the cdrs receiver.",
    ),
    "ENDPOINT_UNKNOWN": (
        "The partner does not offer this module.",
        "Ask the partner, then repeat the handshake.",
    ),
    "PARTY_MISMATCH": (
        "The invited party is not among the roles.",
        "Send the role, country_code and party_id of the invitation.",
    ),
    "PARTY_NOT_OURS": (
        "The object belongs to another party than this gateway's.",
        "Set CDR_PARTY, or correct the object.",
    ),
    "PARTY_BELONGS_TO_ANOTHER": (
        "One of the parties speaks over another connection.",
        "Register each party once.",
    ),
    "ID_MISMATCH": (
        "The id in the URL is not the id in the body.",
        "Make them equal.",
    ),
    "ID_NOT_ADDRESSABLE": (
        "This id cannot stand in a URL: it is empty, or only dots.",
        "Use another id.",
    ),
    "COUNTERPARTY_EXISTS": (
        "This name or party is connected already.",
        "Use the counterparty that is there.",
    ),
    "COUNTERPARTY_UNKNOWN": (
        "There is no such counterparty.",
        _CHECK_ID,
    ),
    "HANDSHAKE_STATE": (
        "The counterparty is not in a state to register.",
        "A POST with an open outcome is never repeated: ask the partner.",
    ),
    "COUNTERPARTY_NOT_REGISTERED": (
        "The handshake with this counterparty is not finished.",
        "Run `cdr-service handshake NAME`; CDRs wait until then.",
    ),
    "LOCATION_UNKNOWN": (
        "There is no such location.",
        "PUT it first, or correct the id.",
    ),
    "EVSE_UNKNOWN": (
        "The location has no such EVSE.",
        _CHECK_ID,
    ),
    "CONNECTOR_UNKNOWN": (
        "The EVSE has no such connector.",
        _CHECK_ID,
    ),
    "TARIFF_UNKNOWN": (
        "No tariff is valid now for this token at this connector.",
        "PUT a tariff and name it in the connector's tariff_ids.",
    ),
    "TOKEN_PARTY_UNKNOWN": (
        "No counterparty speaks for the token's party.",
        "Invite the eMSP of this token.",
    ),
    "AUTHORIZATION_UNKNOWN": (
        "There is no such authorization.",
        _CHECK_ID,
    ),
    "AUTHORIZATION_USED": (
        "Another session runs under this authorization.",
        "Authorize again.",
    ),
    "AUTHORIZATION_MISSING": (
        "The start names neither an authorization nor token and place.",
        "Name one of the two.",
    ),
    "AUTH_METHOD_INVALID": (
        "A start without authorization is WHITELIST or COMMAND.",
        "Authorize first, or correct auth_method.",
    ),
    "NOT_ALLOWED": (
        "The eMSP did not allow this driver to charge.",
        "Do not start; the driver asks the eMSP.",
    ),
    "SESSION_EXISTS": (
        "There is a session of this id.",
        "Use a new id.",
    ),
    "SESSION_UNKNOWN": (
        "There is no such session.",
        _CHECK_ID,
    ),
    "SESSION_CLOSED": (
        "The session takes no more events and cannot be closed again.",
        "See its CDR or its findings.",
    ),
    "STATE_UNKNOWN": (
        "This is no state of a session.",
        "Send charging, parking, SuspendedEV or SuspendedEVSE.",
    ),
    "END_BEFORE_START": (
        "The session would end before it started.",
        "Correct end_date_time.",
    ),
    "END_IN_FUTURE": (
        "The session would end in the future.",
        "Close it when it has ended; compare your clock with ours.",
    ),
    "CDR_UNKNOWN": (
        "There is no such CDR.",
        _CHECK_ID,
    ),
    "CDR_EXISTS": (
        "This session is billed already.",
        "See its CDR.",
    ),
    "DELIVERY_UNKNOWN": (
        "There is no such delivery.",
        _CHECK_ID,
    ),
    "METER_KEY_NEEDS_VALID_FROM": (
        "Another key stands under this name.",
        "Say with valid_from when the new key began to sign.",
    ),
    "METER_KEY_IN_USE": (
        "The key that would end here has verified a billed session that ended later.",
        "Check valid_from; the old key must count as long as the old meter signed.",
    ),
    "METER_KEY_KIND_DIFFERS": (
        "The same key is registered elsewhere as another kind of signer's: a meter's or a market party's.",
        "Find out whose key it is, and register it everywhere with that signer_kind.",
    ),
    "METER_UNKNOWN": (
        "No key was ever registered for this meter.",
        _CHECK_ID,
    ),
    "UNIQUE_VIOLATED": (
        "Somebody else wrote this object at the same moment.",
        "Read it, then decide.",
    ),
    "STORE_REFUSED": (
        "The database refused to break a rule of its tables.",
        _SEE_LOG,
    ),
    "STORE_FAILED": (
        "The database failed.",
        _SEE_LOG,
    ),
    "BODY_CORRUPT": (
        "The stored bytes of the CDR were changed: they do not have their digest. It is not sent.",
        "Restore the database from a backup, and find out who wrote to it.",
    ),
    "JOURNAL_MODE": (
        "SQLite cannot keep its journal as it must here.",
        "Put the data directory on a local disk, not on a network share.",
    ),
    "SECRET_KEY_WRONG": (
        "The partner's token was encrypted with another key.",
        "Start with the right CDR_SECRET_KEY or key file.",
    ),
    "URL_REFUSED": (
        "The partner's URL may not be called.",
        "It must be https, public, and on the host of the invitation.",
    ),
    "ADDRESS_REFUSED": (
        "The partner's host has an address that is not public.",
        "Name a public host; only a demo may allow private ones (CDR_ALLOW_PRIVATE_PARTNERS=1).",
    ),
    "SCHEME_REFUSED": (
        "The partner's URL is not https.",
        "Ask the partner for https URLs, also in the version details.",
    ),
    "HOST_REFUSED": (
        "The partner's URL lies on another host than the invitation's.",
        "Ask the partner for URLs on the agreed host, or invite it again with the new one.",
    ),
    "HOST_UNKNOWN": (
        "The partner's host has no address.",
        "Check the host name and the name service, then try again.",
    ),
    "CONNECTION_FAILED": (
        "No connection to the partner came about; nothing was sent.",
        "Try again later; if it lasts, ask the partner.",
    ),
    "TLS_FAILED": (
        "The partner's certificate or TLS is not acceptable; nothing was sent.",
        "Have the partner renew its certificate; it must fit the host.",
    ),
    "CONNECTION_LOST": (
        "The connection broke before the whole answer came; the partner may have acted.",
        "Ask the partner what it has before sending again.",
    ),
    "DEADLINE": (
        "The partner did not answer in time.",
        "Ask the partner what it has before sending again; CDR_PARTNER_TIMEOUT_SECONDS sets the time.",
    ),
    "ANSWER_TOO_LARGE": (
        "The partner's answer is larger than is read.",
        "Ask the partner for an answer with the OCPI envelope only.",
    ),
    "ANSWER_INVALID": (
        "The partner's answer is not the OCPI object it should be.",
        "Show the partner the place that `where` names.",
    ),
    "PARTNER_REFUSED": (
        "The partner refused the request.",
        "Read its words in the detail, and settle it with the partner.",
    ),
}
