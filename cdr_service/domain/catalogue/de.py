"""The catalogue in German: for each code what happened and what to do."""

from __future__ import annotations

from cdr_service.domain.catalogue.parties import Party
from cdr_service.domain.findings import GatewayCode as Code

PARTIES = {
    Party.CHARGE_POINT: "Die Ladestation oder ihr Zähler.",
    Party.KEY_REGISTRY: "Das Verzeichnis der Zähler und ihrer Schlüssel und wer es führt.",
    Party.TARIFF_EDITOR: "Wer die Tarife schreibt und veröffentlicht.",
    Party.OPERATOR: "Das System des Betreibers, das den Ladevorgang meldet.",
    Party.GATEWAY: "Dieses Gateway.",
    Party.NOBODY: "Niemand: ein Hinweis, kein Vorwurf.",
}

_REPORT = "Es wurde nichts gesendet. Bewahren Sie CDR und Bericht auf und melden Sie dies als Fehler des Gateways."

TEXTS: dict[Code, tuple[str, str]] = {
    Code.TARIFF_CHANGED_BEFORE_START: (
        "Der Tarif wurde zwischen Autorisierung und Start geändert; abgerechnet wird der autorisierte.",
        "Nichts, wenn die Änderung gewollt war. Der Fahrer hat dem Tarif der Autorisierung zugestimmt.",
    ),
    Code.SIGNED_VALUES_MISSING: (
        "Der Ladevorgang wurde geschlossen, aber kein signierter Messwert ist eingetroffen.",
        "Rufen Sie die signierten Messwerte von der Ladestation ab; ohne sie wird nicht abgerechnet.",
    ),
    Code.SIGNED_VALUE_REFUSED: (
        "Ein signierter Wert dieser Sitzung ist nicht verifiziert; die Sitzung kann nicht abgerechnet werden.",
        "Status und Problemcodes ansehen: anderer Schlüssel, veränderte Bytes oder kein Schlüssel für den Zähler.",
    ),
    Code.SIGNED_VALUE_IN_OTHER_SESSION: (
        "Dieser signierte Messwert gehört schon zu einem anderen Ladevorgang; er wird nicht zweimal abgerechnet.",
        "Klären Sie, zu welchem Ladevorgang der Datensatz gehört, und senden Sie hier den richtigen.",
    ),
    Code.SIGNED_USER_DIFFERS: (
        "Der signierte Datensatz nennt ein anderes Identifikationsmedium als der abzurechnende Token.",
        "Datensatz und Autorisierung vergleichen: der Fahrer muss das Medium auf der Rechnung wiedererkennen.",
    ),
    Code.SIGNED_SESSION_DIFFERS: (
        "Die Nachricht ist für eine andere Sitzungsnummer (RFF+AGK) signiert als die, zu der sie gesendet wurde.",
        "Jede Nachricht zu ihrer Sitzung senden; die einer anderen zählt hier nur, wenn jene nicht abgerechnet ist.",
    ),
    Code.SECOND_OPINION_DISAGREES: (
        "Ein zweites, unabhängiges Programm beurteilt denselben Datensatz anders; der CDR wird zurückgehalten.",
        "Melden Sie den Datensatz als Fehler; geben Sie den CDR erst frei, wenn klar ist, welches Programm recht hat.",
    ),
    Code.SECOND_OPINION_NOT_GIVEN: (
        "Es wurde kein zweites Programm befragt: Das vorhandene liest nur OCMF.",
        "Nichts; für dieses Format steht das Urteil dieses Gateways allein.",
    ),
    Code.KEY_UNKNOWN: (
        "Für diesen Zähler ist kein öffentlicher Schlüssel hinterlegt.",
        "Hinterlegen Sie den Schlüssel vom Typenschild oder aus dem Verzeichnis der Bundesnetzagentur.",
    ),
    Code.KEY_NOT_VALID_AT_TIME: (
        "Für diesen Zähler ist ein Schlüssel hinterlegt, aber nicht für die Zeit des Ladevorgangs.",
        "Prüfen Sie die Gültigkeit des Schlüssels; nach einem Zählerwechsel hinterlegen Sie beide mit ihren Zeiten.",
    ),
    Code.METER_NOT_AT_EVSE: (
        "Der Zähler, der signiert hat, ist für einen anderen Ladepunkt hinterlegt als den des Ladevorgangs.",
        "Prüfen Sie den Eintrag des Zählers und ob der Ladevorgang für den richtigen Ladepunkt gemeldet wurde.",
    ),
    Code.TIME_TARIFF_FORBIDDEN: (
        "Der Tarif bepreist Zeit, und der Zähler ist als nicht für Zeittarife zugelassen hinterlegt.",
        "Verwenden Sie einen Tarif ohne TIME und PARKING_TIME oder hinterlegen Sie die Zulassung beim Zähler.",
    ),
    Code.CLOCK_NOT_BILLABLE: (
        "Der Tarif bepreist Zeit, und die Uhr des Zählers war nicht synchronisiert; Zeit ist nicht abrechenbar.",
        "Verwenden Sie hier einen Tarif ohne TIME und PARKING_TIME oder lassen Sie die Uhr synchronisieren.",
    ),
    Code.TIME_NOT_SIGNED: (
        "Der Tarif bepreist Zeit, und die Sitzung dauert länger als ihre signierten Werte reichen.",
        "Mit dem Zeitpunkt des signierten Endes abschließen oder einen signierten Wert für den Rest nachreichen.",
    ),
    Code.ENERGY_ROUNDED_FOR_OCPI: (
        "Die signierte Energie hat mehr als die 4 Nachkommastellen von OCPI; sie wird gerundet abgerechnet.",
        "Nichts: die Abweichung liegt unter 0,0001 kWh, und der signierte Wert geht vollständig mit.",
    ),
    Code.TARIFF_FEATURE_UNSUPPORTED: (
        "Der Tarif hat Einschränkungen oder Preisgrenzen, die diese Version nicht berechnet.",
        "Veröffentlichen Sie einen Tarif ohne restrictions, min_price und max_price.",
    ),
    Code.TARIFF_TOO_LARGE: (
        "Der Tarif hat mehr Elemente, als gelesen werden.",
        "Veröffentlichen Sie einen kürzeren Tarif.",
    ),
    Code.STEP_SIZE_NEGATIVE: (
        "Eine Preiskomponente hat eine negative step_size.",
        "Berichtigen Sie den Tarif; 1 rechnet nach der Einheit ab.",
    ),
    Code.PERIODS_MISSING: (
        "Der Ladevorgang hat keinen Abschnitt, der bepreist werden könnte.",
        "Prüfen Sie, ob Start, Ende und signierte Messwerte gemeldet wurden.",
    ),
    Code.PERIODS_NOT_CONTIGUOUS: (
        "Die Abschnitte des Ladevorgangs überschneiden sich oder lassen eine Lücke.",
        _REPORT,
    ),
    Code.TOO_MANY_PERIODS: (
        "Der Ladevorgang hat mehr Abschnitte, als bepreist werden.",
        "Prüfen Sie, ob die Ladestation endlos Zustandswechsel meldet.",
    ),
    Code.SESSION_TOO_SHORT: (
        "Der Ladevorgang hat keine ganze Sekunde.",
        "Prüfen Sie die gemeldeten Zeiten; ein Ladevorgang ohne Dauer wird nicht abgerechnet.",
    ),
    Code.ENERGY_NEGATIVE: (
        "Die Energie eines Abschnitts ist negativ.",
        "Prüfen Sie die signierten Messwerte; ein rückwärts laufender Zähler wird nicht abgerechnet.",
    ),
    Code.TIME_NEGATIVE: (
        "Die Dauer eines Abschnitts ist negativ.",
        _REPORT,
    ),
    Code.NUMBER_NOT_FINITE: (
        "Eine Zahl ist unendlich oder keine Zahl.",
        _REPORT,
    ),
    Code.NUMBER_OUT_OF_RANGE: (
        "Menge mal Preis hat mehr Stellen, als sich exakt halten lassen.",
        "Prüfen Sie die Preise des Tarifs auf einen Schreibfehler, und melden Sie es, wenn es keiner ist.",
    ),
    Code.SESSION_NOT_CLOSED: (
        "Ein CDR wurde verlangt, während der Ladevorgang kein Ende hat.",
        "Schließen Sie zuerst den Ladevorgang.",
    ),
    Code.ID_TOO_LONG: (
        "Die id des CDR ist länger als 36 Zeichen; die letzten 3 der 39 von OCPI bleiben einem Gutschrift-CDR.",
        "Verwenden Sie kürzere ids.",
    ),
    Code.FIELD_MISSING: (
        "Ein Text, den OCPI verlangt, ist leer.",
        "Ergänzen Sie das Objekt an der genannten Stelle, meist den Standort oder den Token.",
    ),
    Code.FIELD_TOO_LONG: (
        "Ein Text ist länger, als OCPI 2.2.1 an dieser Stelle erlaubt.",
        "Kürzen Sie ihn an der Quelle, meist im Standort oder im Token.",
    ),
    Code.FIELD_NOT_PRINTABLE: (
        "Ein Text hat ein Zeichen, das OCPI 2.2.1 an dieser Stelle nicht erlaubt.",
        "Berichtigen Sie ihn an der Quelle: keine Umbrüche oder Tabulatoren, in Kennungen nur ASCII.",
    ),
    Code.OCPI_LENGTH: (
        "Der signierte Datensatz oder der Schlüssel ist länger, als OCPI 2.2.1 trägt (5000 und 512 Zeichen).",
        "Lassen Sie die Ladestation weniger Messwerte je Datensatz signieren; ohne den Nachweis geht kein CDR hinaus.",
    ),
    Code.SIGNED_VALUES_INCOMPLETE: (
        "Die signierten Messwerte haben nicht genau ein Ende oder mehr als einen Beginn.",
        "Rufen Sie den fehlenden Datensatz von der Ladestation ab oder entfernen Sie den fremden.",
    ),
    Code.SIGNED_FORMATS_DIFFER: (
        "Die signierten Messwerte dieser Sitzung haben mehrere Formate, ein CDR kann nur eines nennen.",
        "Die Ladestation soll alle Messwerte einer Sitzung in einem Format senden.",
    ),
    Code.RECONCILIATION_FAILED: (
        "Der CDR widerspricht seinen eigenen Abschnitten, seinem Tarif oder seinem Nachweis; die Liste sagt, wo.",
        "Es wurde nichts gesendet. Lesen Sie die Abweichungen; jede hat einen eigenen Code.",
    ),
    Code.CDR_UNPRICEABLE: (
        "Der CDR lässt sich aus seinen eigenen Abschnitten nicht erneut bepreisen.",
        _REPORT,
    ),
    Code.TOTAL_EXCL: (
        "total_cost ohne Umsatzsteuer ist nicht, was die Abschnitte nach dem Tarif kosten.",
        _REPORT,
    ),
    Code.TOTAL_INCL: (
        "total_cost mit Umsatzsteuer ist nicht, was die Abschnitte nach dem Tarif kosten.",
        _REPORT,
    ),
    Code.ENERGY_COST: ("total_energy_cost ist nicht, was die Energie nach dem Tarif kostet.", _REPORT),
    Code.TIME_COST: ("total_time_cost ist nicht, was die Ladezeit nach dem Tarif kostet.", _REPORT),
    Code.PARKING_COST: ("total_parking_cost ist nicht, was die Parkzeit nach dem Tarif kostet.", _REPORT),
    Code.FIXED_COST: ("total_fixed_cost ist nicht der Preis des Tarifs je Ladevorgang.", _REPORT),
    Code.ENERGY_SUM: ("total_energy ist nicht die Summe der Energie der Abschnitte.", _REPORT),
    Code.TIME_SUM: (
        "total_time ist nicht die Summe der Zeit der Abschnitte oder nicht die Dauer des Ladevorgangs.",
        _REPORT,
    ),
    Code.PARKING_SUM: ("total_parking_time ist nicht die Summe der Parkzeit der Abschnitte.", _REPORT),
    Code.SIGNED_ENERGY_DIFFERS: (
        "total_energy ist nicht die Energie, die der Zähler signiert hat.",
        _REPORT,
    ),
    Code.SIGNED_DATA_DIFFERS: (
        "signed_data enthält nicht genau die geprüften Datensätze und den hinterlegten Schlüssel.",
        _REPORT,
    ),
    Code.METER_DIFFERS: ("meter_id ist nicht der Zähler, der signiert hat.", _REPORT),
    Code.SESSION_DIFFERS: (
        "Ein Feld des CDR ist nicht, was zum Ladevorgang gespeichert ist: Partei, Token, Autorisierung, Ort oder Zeit.",
        _REPORT,
    ),
    Code.SESSION_TIMES_INVALID: (
        "Der Ladevorgang beginnt nicht vor seinem Ende, oder der signierte Beginn liegt nach dem signierten Ende.",
        "Prüfen Sie die gemeldeten Zeiten und die Uhr der Ladestation.",
    ),
    Code.OCPI_PRECISION_EXCEEDED: (
        "Eine Zahl hat mehr als 4 Nachkommastellen oder eine Zeit Sekundenbruchteile: OCPI kann sie nicht tragen.",
        _REPORT,
    ),
    Code.PERIOD_DIMENSIONS_INVALID: (
        "Ein Abschnitt hat nicht genau ENERGY und eines von TIME und PARKING_TIME.",
        _REPORT,
    ),
    Code.PERIOD_OUTSIDE_SESSION: (
        "Ein Abschnitt beginnt außerhalb des Ladevorgangs oder der erste nicht mit ihm.",
        _REPORT,
    ),
    Code.PERIODS_UNORDERED: ("Ein Abschnitt beginnt nicht nach dem vorigen.", _REPORT),
    Code.PERIOD_TIME_EXCEEDS_LENGTH: (
        "Ein Abschnitt rechnet mehr Zeit ab, als zwischen seinem Beginn und dem des nächsten liegt.",
        _REPORT,
    ),
    Code.UNKNOWN_TARIFF_ID: ("Ein Abschnitt nennt einen anderen Tarif als den im CDR.", _REPORT),
    Code.TARIFF_NOT_ACTIVE_AT_START: (
        "Der eingefrorene Tarif war beim Start des Ladevorgangs nicht gültig.",
        "Prüfen Sie die Gültigkeit des Tarifs; sie muss den Start einschließen.",
    ),
    Code.TARIFF_DIFFERS_FROM_SNAPSHOT: (
        "Der Tarif im CDR ist nicht Byte für Byte der für den Ladevorgang eingefrorene.",
        _REPORT,
    ),
    Code.CURRENCY_MISMATCH: ("Die Währung des CDR ist nicht die des Tarifs.", _REPORT),
    Code.TRANSITION_UNKNOWN: (
        "Mit einem CDR sollte etwas geschehen, was sein Zustand nicht erlaubt.",
        "Sehen Sie den Zustand des CDR an; war der Schritt richtig, melden Sie einen Fehler des Gateways.",
    ),
}
