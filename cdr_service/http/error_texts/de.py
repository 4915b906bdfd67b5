"""The errors of requests in German: for each code what happened and what to do."""

from __future__ import annotations

_CHECK_ID = "Kennung prüfen und die Anfrage wiederholen."
_SEE_LOG = "Protokoll des Gateways ansehen, dann wiederholen."

TEXTS: dict[str, tuple[str, str]] = {
    "FIELD_INVALID": (
        "Ein Feld hat einen unzulässigen Wert.",
        "Das in `where` genannte Feld berichtigen.",
    ),
    "FIELD_MISSING": (
        "Ein Pflichtfeld fehlt.",
        "Das in `where` genannte Feld ergänzen.",
    ),
    "OBJECT_INVALID": (
        "Das ist nicht das verlangte OCPI-Objekt.",
        "Die genannten Stellen berichtigen.",
    ),
    "NUMBER_TOO_FINE": (
        "Eine Zahl hat mehr als die 4 Nachkommastellen von OCPI; nichts wurde gesendet.",
        "Das Objekt aufbewahren und dies als Fehler des Gateways melden.",
    ),
    "HTTP_ERROR": (
        "Diese Ressource gibt es nicht, oder sie kennt diese Methode nicht.",
        "Siehe /api/v1/openapi.json.",
    ),
    "INTERNAL_ERROR": (
        "Das Gateway hat versagt.",
        "Mit der Uhrzeit der Anfrage melden; Einzelheiten stehen im Protokoll.",
    ),
    "API_KEY_MISSING": (
        "Die Anfrage trug keinen API-Schlüssel.",
        "`Authorization: Bearer SCHLÜSSEL` mitsenden.",
    ),
    "API_KEY_UNKNOWN": (
        "Der API-Schlüssel ist nicht bekannt.",
        "Einen neuen anlegen: `cdr-service api-key add operator`.",
    ),
    "ROLE_UNKNOWN": (
        "Diese Rolle gibt es nicht.",
        "Die Rolle operator verwenden.",
    ),
    "TOKEN_MISSING": (
        "Es ist kein OCPI-Token vorhanden.",
        "Den Handshake abschließen und den Token mit jeder Anfrage senden.",
    ),
    "TOKEN_MALFORMED": (
        "Der Authorization-Header ist nicht `Token`, ein Leerzeichen und Base64.",
        "Den Header nach OCPI 2.2.1 senden.",
    ),
    "TOKEN_UNKNOWN": (
        "Der OCPI-Token ist nicht bekannt.",
        "Den Token des letzten Credentials-Austauschs verwenden.",
    ),
    "TOKEN_INVALID": (
        "Der Token besteht nicht aus 1 bis 64 druckbaren ASCII-Zeichen ohne Leerzeichen.",
        "Vom Partner einen Token nach OCPI 2.2.1 verlangen.",
    ),
    "ALREADY_REGISTERED": (
        "Diese Partei ist bereits registriert.",
        "Den vorhandenen Token nutzen; POST ist nur für die erste Registrierung.",
    ),
    "CLIENT_API_UNUSABLE": (
        "Ihre Versionsliste war mit Ihrem Token nicht lesbar.",
        "Erreichbar machen und erneut registrieren.",
    ),
    "VERSION_UNSUPPORTED": (
        "Es gibt keine gemeinsame OCPI-Version.",
        "2.2.1 anbieten.",
    ),
    "ENDPOINT_MISSING": (
        "In den Versionsdetails fehlt ein nötiges Modul.",
        "credentials und den cdrs-Empfänger anbieten.",
    ),
    "ENDPOINT_UNKNOWN": (
        "Der Partner bietet dieses Modul nicht an.",
        "Partner fragen, dann den Handshake wiederholen.",
    ),
    "PARTY_MISMATCH": (
        "Die eingeladene Partei fehlt in den Rollen.",
        "Rolle, country_code und party_id der Einladung senden.",
    ),
    "PARTY_NOT_OURS": (
        "Das Objekt gehört einer anderen Partei als der dieses Gateways.",
        "CDR_PARTY setzen oder das Objekt berichtigen.",
    ),
    "PARTY_BELONGS_TO_ANOTHER": (
        "Eine der Parteien spricht über eine andere Verbindung.",
        "Jede Partei nur einmal registrieren.",
    ),
    "ID_MISMATCH": (
        "Die Kennung in der URL ist nicht die im Inhalt.",
        "Beide gleich angeben.",
    ),
    "ID_NOT_ADDRESSABLE": (
        "Diese Kennung kann nicht in einer URL stehen: leer oder nur Punkte.",
        "Eine andere Kennung verwenden.",
    ),
    "COUNTERPARTY_EXISTS": (
        "Dieser Name oder diese Partei ist schon verbunden.",
        "Den vorhandenen Partner verwenden.",
    ),
    "COUNTERPARTY_UNKNOWN": (
        "Diesen Partner gibt es nicht.",
        _CHECK_ID,
    ),
    "HANDSHAKE_STATE": (
        "Der Partner ist nicht in einem Zustand zum Registrieren.",
        "Ein POST mit offenem Ausgang wird nie wiederholt: Partner fragen.",
    ),
    "COUNTERPARTY_NOT_REGISTERED": (
        "Der Handshake mit diesem Partner ist nicht abgeschlossen.",
        "`cdr-service handshake NAME` ausführen; CDRs warten so lange.",
    ),
    "LOCATION_UNKNOWN": (
        "Diesen Standort gibt es nicht.",
        "Zuerst anlegen (PUT) oder die Kennung berichtigen.",
    ),
    "EVSE_UNKNOWN": (
        "Der Standort hat keine solche EVSE.",
        _CHECK_ID,
    ),
    "CONNECTOR_UNKNOWN": (
        "Die EVSE hat keinen solchen Anschluss.",
        _CHECK_ID,
    ),
    "TARIFF_UNKNOWN": (
        "Für diesen Token gilt an diesem Anschluss jetzt kein Tarif.",
        "Tarif anlegen und in tariff_ids des Anschlusses nennen.",
    ),
    "TOKEN_PARTY_UNKNOWN": (
        "Kein Partner spricht für die Partei des Tokens.",
        "Den eMSP dieses Tokens einladen.",
    ),
    "AUTHORIZATION_UNKNOWN": (
        "Diese Autorisierung gibt es nicht.",
        _CHECK_ID,
    ),
    "AUTHORIZATION_USED": (
        "Unter dieser Autorisierung läuft schon eine Sitzung.",
        "Erneut autorisieren.",
    ),
    "AUTHORIZATION_MISSING": (
        "Der Start nennt weder Autorisierung noch Token und Ort.",
        "Eines von beiden angeben.",
    ),
    "AUTH_METHOD_INVALID": (
        "Ein Start ohne Autorisierung ist WHITELIST oder COMMAND.",
        "Zuerst autorisieren oder auth_method berichtigen.",
    ),
    "NOT_ALLOWED": (
        "Der eMSP hat das Laden nicht erlaubt.",
        "Nicht starten; der Fahrer wendet sich an den eMSP.",
    ),
    "SESSION_EXISTS": (
        "Eine Sitzung mit dieser Kennung gibt es.",
        "Neue Kennung verwenden.",
    ),
    "SESSION_UNKNOWN": (
        "Diese Sitzung gibt es nicht.",
        _CHECK_ID,
    ),
    "SESSION_CLOSED": (
        "Die Sitzung nimmt nichts mehr an und ist nicht erneut schließbar.",
        "Ihren CDR oder ihre Befunde ansehen.",
    ),
    "STATE_UNKNOWN": (
        "Das ist kein Zustand einer Sitzung.",
        "charging, parking, SuspendedEV oder SuspendedEVSE senden.",
    ),
    "END_BEFORE_START": (
        "Die Sitzung endete vor ihrem Beginn.",
        "end_date_time berichtigen.",
    ),
    "END_IN_FUTURE": (
        "Die Sitzung endete in der Zukunft.",
        "Erst abschließen, wenn sie zu Ende ist; die Uhren vergleichen.",
    ),
    "CDR_UNKNOWN": (
        "Diesen CDR gibt es nicht.",
        _CHECK_ID,
    ),
    "CDR_EXISTS": (
        "Diese Sitzung ist bereits abgerechnet.",
        "Ihren CDR ansehen.",
    ),
    "DELIVERY_UNKNOWN": (
        "Diese Lieferung gibt es nicht.",
        _CHECK_ID,
    ),
    "METER_KEY_NEEDS_VALID_FROM": (
        "Unter diesem Namen steht ein anderer Schlüssel.",
        "Mit valid_from angeben, ab wann der neue signiert.",
    ),
    "METER_KEY_IN_USE": (
        "Der Schlüssel, der hier enden soll, hat eine später beendete, abgerechnete Sitzung belegt.",
        "valid_from prüfen; der alte Schlüssel muss gelten, solange der alte Zähler signiert hat.",
    ),
    "METER_KEY_KIND_DIFFERS": (
        "Derselbe Schlüssel ist anderswo für eine andere Art von Unterzeichner hinterlegt: Zähler oder Marktpartner.",
        "Klären Sie, wessen Schlüssel es ist, und hinterlegen Sie ihn überall mit diesem signer_kind.",
    ),
    "METER_UNKNOWN": (
        "Für diesen Zähler wurde nie ein Schlüssel hinterlegt.",
        _CHECK_ID,
    ),
    "UNIQUE_VIOLATED": (
        "Das Objekt wurde gleichzeitig von anderer Seite geschrieben.",
        "Lesen, dann entscheiden.",
    ),
    "STORE_REFUSED": (
        "Die Datenbank lehnte einen Regelverstoß ab.",
        _SEE_LOG,
    ),
    "STORE_FAILED": (
        "Die Datenbank hat versagt.",
        _SEE_LOG,
    ),
    "BODY_CORRUPT": (
        "Die gespeicherten Bytes des CDR wurden verändert: der Digest stimmt nicht. Er wird nicht gesendet.",
        "Datenbank aus einer Sicherung herstellen und klären, wer darin geschrieben hat.",
    ),
    "JOURNAL_MODE": (
        "SQLite kann sein Journal hier nicht führen wie nötig.",
        "Das Datenverzeichnis auf eine lokale Platte legen, nicht auf ein Netzlaufwerk.",
    ),
    "SECRET_KEY_WRONG": (
        "Der Token des Partners wurde mit einem anderen Schlüssel verschlüsselt.",
        "Mit dem richtigen CDR_SECRET_KEY starten.",
    ),
    "URL_REFUSED": (
        "Die URL des Partners darf nicht aufgerufen werden.",
        "Sie muss https, öffentlich und auf dem Host der Einladung sein.",
    ),
    "ADDRESS_REFUSED": (
        "Der Host des Partners hat eine nicht öffentliche Adresse.",
        "Öffentlichen Host angeben; private nur zur Vorführung (CDR_ALLOW_PRIVATE_PARTNERS=1).",
    ),
    "SCHEME_REFUSED": (
        "Die URL des Partners ist nicht https.",
        "Vom Partner https-URLs verlangen, auch in den Versionsdetails.",
    ),
    "HOST_REFUSED": (
        "Die URL des Partners liegt auf einem anderen Host als dem der Einladung.",
        "URLs auf dem vereinbarten Host verlangen oder mit dem neuen erneut einladen.",
    ),
    "HOST_UNKNOWN": (
        "Der Host des Partners hat keine Adresse.",
        "Hostnamen und Namensdienst prüfen, dann wiederholen.",
    ),
    "CONNECTION_FAILED": (
        "Es kam keine Verbindung zum Partner zustande; nichts wurde gesendet.",
        "Später wiederholen; hält es an, den Partner fragen.",
    ),
    "TLS_FAILED": (
        "Zertifikat oder TLS des Partners ist nicht annehmbar; nichts wurde gesendet.",
        "Partner um ein gültiges Zertifikat bitten, das zum Host passt.",
    ),
    "CONNECTION_LOST": (
        "Die Verbindung brach vor der ganzen Antwort ab; der Partner kann gehandelt haben.",
        "Vor dem nächsten Senden beim Partner nachsehen, was er hat.",
    ),
    "DEADLINE": (
        "Der Partner antwortete nicht rechtzeitig.",
        "Vor dem nächsten Senden beim Partner nachsehen; die Frist setzt CDR_PARTNER_TIMEOUT_SECONDS.",
    ),
    "ANSWER_TOO_LARGE": (
        "Die Antwort des Partners ist größer, als gelesen wird.",
        "Vom Partner nur den OCPI-Umschlag als Antwort verlangen.",
    ),
    "ANSWER_INVALID": (
        "Die Antwort des Partners ist nicht das verlangte OCPI-Objekt.",
        "Dem Partner die in `where` genannte Stelle zeigen.",
    ),
    "PARTNER_REFUSED": (
        "Der Partner hat die Anfrage abgelehnt.",
        "Seine Worte in den Einzelheiten lesen und mit ihm klären.",
    ),
}
