"""The errors of requests in words: for each code what happened and what to do, in English and German.

Findings and discrepancies have their texts in `domain/catalogue`, meter values in `meter_sign`'s catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Fault(Enum):
    """Whose matter an error is, in both languages."""

    CALLER = ("Your request.", "Ihre Anfrage.")
    OPERATOR = ("The operator's set-up of this gateway.", "Die Einrichtung dieses Gateways durch den Betreiber.")
    PARTNER = ("The partner.", "Der Partner.")
    GATEWAY = ("This gateway.", "Dieses Gateway.")


@dataclass(frozen=True, slots=True)
class ErrorText:
    """One code in words."""

    fault: Fault
    what_en: str
    remedy_en: str
    what_de: str
    remedy_de: str


_CALLER, _OPERATOR, _PARTNER, _GATEWAY = Fault.CALLER, Fault.OPERATOR, Fault.PARTNER, Fault.GATEWAY
_CHECK_EN, _CHECK_DE = "Check the id and send the request again.", "Kennung prüfen und die Anfrage wiederholen."
_LOG_EN, _LOG_DE = (
    "See the gateway's log, then repeat the request.",
    "Protokoll des Gateways ansehen, dann wiederholen.",
)

ERROR_TEXTS: dict[str, ErrorText] = {
    "FIELD_INVALID": ErrorText(
        _CALLER, "A field has a value that is not allowed.", "Correct the field that `where` names.",
        "Ein Feld hat einen unzulässigen Wert.", "Das in `where` genannte Feld berichtigen."),
    "FIELD_MISSING": ErrorText(
        _CALLER, "A required field is missing.", "Add the field that `where` names.",
        "Ein Pflichtfeld fehlt.", "Das in `where` genannte Feld ergänzen."),
    "OBJECT_INVALID": ErrorText(
        _CALLER, "This is not the OCPI object it should be.", "Correct the places that are named.",
        "Das ist nicht das verlangte OCPI-Objekt.", "Die genannten Stellen berichtigen."),
    "HTTP_ERROR": ErrorText(
        _CALLER, "There is no such resource, or it does not take this method.", "See /api/v1/openapi.json.",
        "Diese Ressource gibt es nicht, oder sie kennt diese Methode nicht.", "Siehe /api/v1/openapi.json."),
    "INTERNAL_ERROR": ErrorText(
        _GATEWAY, "The gateway failed.", "Report it with the time of the request; the log has the details.",
        "Das Gateway hat versagt.", "Mit der Uhrzeit der Anfrage melden; Einzelheiten stehen im Protokoll."),
    "API_KEY_MISSING": ErrorText(
        _CALLER, "No API key came with the request.", "Send `Authorization: Bearer KEY`.",
        "Die Anfrage trug keinen API-Schlüssel.", "`Authorization: Bearer SCHLÜSSEL` mitsenden."),
    "API_KEY_UNKNOWN": ErrorText(
        _CALLER, "The API key is not known.", "Make a new one: `cdr-service api-key add operator`.",
        "Der API-Schlüssel ist nicht bekannt.", "Einen neuen anlegen: `cdr-service api-key add operator`."),
    "ROLE_UNKNOWN": ErrorText(
        _CALLER, "There is no such role.", "Use the role operator.", "Diese Rolle gibt es nicht.", "Die Rolle operator verwenden."),
    "TOKEN_MISSING": ErrorText(
        _PARTNER, "No OCPI token is there.", "Finish the handshake, and send the token with every request.",
        "Es ist kein OCPI-Token vorhanden.", "Den Handshake abschließen und den Token mit jeder Anfrage senden."),
    "TOKEN_MALFORMED": ErrorText(
        _PARTNER, "The Authorization header is not `Token`, one blank, and base64.", "Send the header as OCPI 2.2.1 says.",
        "Der Authorization-Header ist nicht `Token`, ein Leerzeichen und Base64.", "Den Header nach OCPI 2.2.1 senden."),
    "TOKEN_UNKNOWN": ErrorText(
        _PARTNER, "The OCPI token is not known.", "Use the token of the last credentials exchange.",
        "Der OCPI-Token ist nicht bekannt.", "Den Token des letzten Credentials-Austauschs verwenden."),
    "ALREADY_REGISTERED": ErrorText(
        _PARTNER, "This party is registered already.", "Use the token you have; POST is for the first registration only.",
        "Diese Partei ist bereits registriert.", "Den vorhandenen Token nutzen; POST ist nur für die erste Registrierung."),
    "CLIENT_API_UNUSABLE": ErrorText(
        _PARTNER, "Your versions could not be read with the token you gave.", "Make them reachable, then register again.",
        "Ihre Versionsliste war mit Ihrem Token nicht lesbar.", "Erreichbar machen und erneut registrieren."),
    "VERSION_UNSUPPORTED": ErrorText(
        _PARTNER, "There is no common OCPI version.", "Offer 2.2.1.", "Es gibt keine gemeinsame OCPI-Version.", "2.2.1 anbieten."),
    "ENDPOINT_MISSING": ErrorText(
        _PARTNER, "A module that is needed is not among the version details.", "Offer credentials and the cdrs receiver.",
        "In den Versionsdetails fehlt ein nötiges Modul.", "credentials und den cdrs-Empfänger anbieten."),
    "ENDPOINT_UNKNOWN": ErrorText(
        _PARTNER, "The partner does not offer this module.", "Ask the partner, then repeat the handshake.",
        "Der Partner bietet dieses Modul nicht an.", "Partner fragen, dann den Handshake wiederholen."),
    "PARTY_MISMATCH": ErrorText(
        _PARTNER, "The invited party is not among the roles.", "Send the role, country_code and party_id of the invitation.",
        "Die eingeladene Partei fehlt in den Rollen.", "Rolle, country_code und party_id der Einladung senden."),
    "PARTY_NOT_OURS": ErrorText(
        _OPERATOR, "The object belongs to another party than this gateway's.", "Set CDR_PARTY, or correct the object.",
        "Das Objekt gehört einer anderen Partei als der dieses Gateways.", "CDR_PARTY setzen oder das Objekt berichtigen."),
    "PARTY_BELONGS_TO_ANOTHER": ErrorText(
        _PARTNER, "One of the parties speaks over another connection.", "Register each party once.",
        "Eine der Parteien spricht über eine andere Verbindung.", "Jede Partei nur einmal registrieren."),
    "ID_MISMATCH": ErrorText(
        _CALLER, "The id in the URL is not the id in the body.", "Make them equal.",
        "Die Kennung in der URL ist nicht die im Inhalt.", "Beide gleich angeben."),
    "COUNTERPARTY_EXISTS": ErrorText(
        _CALLER, "This name or party is connected already.", "Use the counterparty that is there.",
        "Dieser Name oder diese Partei ist schon verbunden.", "Den vorhandenen Partner verwenden."),
    "COUNTERPARTY_UNKNOWN": ErrorText(
        _CALLER, "There is no such counterparty.", _CHECK_EN, "Diesen Partner gibt es nicht.", _CHECK_DE),
    "HANDSHAKE_STATE": ErrorText(
        _OPERATOR, "The counterparty is not in a state to register.", "A POST with an open outcome is never repeated: ask the partner.",
        "Der Partner ist nicht in einem Zustand zum Registrieren.", "Ein POST mit offenem Ausgang wird nie wiederholt: Partner fragen."),
    "LOCATION_UNKNOWN": ErrorText(
        _CALLER, "There is no such location.", "PUT it first, or correct the id.",
        "Diesen Standort gibt es nicht.", "Zuerst anlegen (PUT) oder die Kennung berichtigen."),
    "EVSE_UNKNOWN": ErrorText(
        _CALLER, "The location has no such EVSE.", _CHECK_EN, "Der Standort hat keine solche EVSE.", _CHECK_DE),
    "CONNECTOR_UNKNOWN": ErrorText(
        _CALLER, "The EVSE has no such connector.", _CHECK_EN, "Die EVSE hat keinen solchen Anschluss.", _CHECK_DE),
    "TARIFF_UNKNOWN": ErrorText(
        _OPERATOR, "No tariff is valid now for this token at this connector.", "PUT a tariff and name it in the connector's tariff_ids.",
        "Für diesen Token gilt an diesem Anschluss jetzt kein Tarif.", "Tarif anlegen und in tariff_ids des Anschlusses nennen."),
    "TOKEN_PARTY_UNKNOWN": ErrorText(
        _OPERATOR, "No counterparty speaks for the token's party.", "Invite the eMSP of this token.",
        "Kein Partner spricht für die Partei des Tokens.", "Den eMSP dieses Tokens einladen."),
    "AUTHORIZATION_UNKNOWN": ErrorText(
        _CALLER, "There is no such authorization.", _CHECK_EN, "Diese Autorisierung gibt es nicht.", _CHECK_DE),
    "AUTHORIZATION_USED": ErrorText(
        _CALLER, "Another session runs under this authorization.", "Authorize again.",
        "Unter dieser Autorisierung läuft schon eine Sitzung.", "Erneut autorisieren."),
    "AUTHORIZATION_MISSING": ErrorText(
        _CALLER, "The start names neither an authorization nor token and place.", "Name one of the two.",
        "Der Start nennt weder Autorisierung noch Token und Ort.", "Eines von beiden angeben."),
    "AUTH_METHOD_INVALID": ErrorText(
        _CALLER, "A start without authorization is WHITELIST or COMMAND.", "Authorize first, or correct auth_method.",
        "Ein Start ohne Autorisierung ist WHITELIST oder COMMAND.", "Zuerst autorisieren oder auth_method berichtigen."),
    "NOT_ALLOWED": ErrorText(
        _PARTNER, "The eMSP did not allow this driver to charge.", "Do not start; the driver asks the eMSP.",
        "Der eMSP hat das Laden nicht erlaubt.", "Nicht starten; der Fahrer wendet sich an den eMSP."),
    "SESSION_EXISTS": ErrorText(
        _CALLER, "There is a session of this id.", "Use a new id.", "Eine Sitzung mit dieser Kennung gibt es.", "Neue Kennung verwenden."),
    "SESSION_UNKNOWN": ErrorText(
        _CALLER, "There is no such session.", _CHECK_EN, "Diese Sitzung gibt es nicht.", _CHECK_DE),
    "SESSION_CLOSED": ErrorText(
        _CALLER, "The session takes no more events and cannot be closed again.", "See its CDR or its findings.",
        "Die Sitzung nimmt nichts mehr an und ist nicht erneut schließbar.", "Ihren CDR oder ihre Befunde ansehen."),
    "STATE_UNKNOWN": ErrorText(
        _CALLER, "This is no state of a session.", "Send charging, parking, SuspendedEV or SuspendedEVSE.",
        "Das ist kein Zustand einer Sitzung.", "charging, parking, SuspendedEV oder SuspendedEVSE senden."),
    "END_BEFORE_START": ErrorText(
        _CALLER, "The session would end before it started.", "Correct end_date_time.",
        "Die Sitzung endete vor ihrem Beginn.", "end_date_time berichtigen."),
    "CDR_UNKNOWN": ErrorText(_CALLER, "There is no such CDR.", _CHECK_EN, "Diesen CDR gibt es nicht.", _CHECK_DE),
    "CDR_EXISTS": ErrorText(
        _CALLER, "This session is billed already.", "See its CDR.", "Diese Sitzung ist bereits abgerechnet.", "Ihren CDR ansehen."),
    "METER_KEY_NEEDS_VALID_FROM": ErrorText(
        _OPERATOR, "Another key stands under this name.", "Say with valid_from when the new key began to sign.",
        "Unter diesem Namen steht ein anderer Schlüssel.", "Mit valid_from angeben, ab wann der neue signiert."),
    "UNIQUE_VIOLATED": ErrorText(
        _CALLER, "Somebody else wrote this object at the same moment.", "Read it, then decide.",
        "Das Objekt wurde gleichzeitig von anderer Seite geschrieben.", "Lesen, dann entscheiden."),
    "STORE_REFUSED": ErrorText(
        _GATEWAY, "The database refused to break a rule of its tables.", _LOG_EN, "Die Datenbank lehnte einen Regelverstoß ab.", _LOG_DE),
    "STORE_FAILED": ErrorText(_GATEWAY, "The database failed.", _LOG_EN, "Die Datenbank hat versagt.", _LOG_DE),
    "SECRET_KEY_WRONG": ErrorText(
        _OPERATOR, "The partner's token was encrypted with another key.", "Start with the right CDR_SECRET_KEY or key file.",
        "Der Token des Partners wurde mit einem anderen Schlüssel verschlüsselt.", "Mit dem richtigen CDR_SECRET_KEY starten."),
    "URL_REFUSED": ErrorText(
        _PARTNER, "The partner's URL may not be called.", "It must be https, public, and on the host of the invitation.",
        "Die URL des Partners darf nicht aufgerufen werden.", "Sie muss https, öffentlich und auf dem Host der Einladung sein."),
}  # fmt: skip

#: For codes of the wire that name what a partner did: the detail says it.
UNNAMED = ErrorText(
    _PARTNER, "The partner could not be reached, or answered in a way that does not count.", "Read the detail; try again, or ask the partner.",
    "Der Partner war nicht erreichbar oder antwortete unbrauchbar.", "Einzelheiten lesen; wiederholen oder den Partner fragen.",
)  # fmt: skip
