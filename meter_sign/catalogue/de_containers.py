"""German texts of what containers do with the values in them, and of what they show beside them."""

from __future__ import annotations

from meter_sign.codes import Code

#: What happened, and what to do about it.
TEXTS: dict[Code, tuple[str, str]] = {
    Code.VALUE_ENCODING_SPELLING: (
        "Der signierte Wert steht in einer anderen Kodierung, als der Container vorschreibt; er wurde gelesen.",
        "Vorerst nichts; andere Empfänger lehnen ihn womöglich ab. Der Absender sollte base64 verwenden.",
    ),
    Code.SIGNED_DATA_SPLIT: (
        "Der Datensatz kam in zwei Hälften: was signiert ist, in plain_data, die Signatur in signed_data.",
        "Vorerst nichts; bitten Sie um den ganzen Datensatz in signed_data, den die Programme der Fahrer lesen können.",
    ),
    Code.OCPI_LENGTH: (
        "Signierter Datensatz, Text oder Schlüssel sind länger, als OCPI 2.2.1 trägt (5000 und 512 Zeichen).",
        "Gekürzt wird nie. Lassen Sie weniger Messwerte je Datensatz signieren, oder geben Sie die Datei weiter.",
    ),
    Code.PLAIN_DATA_MISMATCH: (
        "Der Text, der neben dem signierten Wert gezeigt wird (plain_data), sagt etwas anderes, als signiert wurde.",
        "Nicht zeigen, nicht abrechnen. Der Absender muss plain_data aus dem signierten Datensatz selbst füllen.",
    ),
    Code.PLAIN_DATA_UNCHECKED: (
        "Der Text, der neben dem signierten Wert gezeigt wird (plain_data), ließ sich nicht mit ihm vergleichen.",
        "Zeigen Sie Fahrern statt dieses Textes den signierten Datensatz.",
    ),
    Code.ENVELOPE_CONTRADICTS: (
        "Der Datensatz ist signiert, aber was unsigniert um ihn steht, sagt anderes: Zeit, Zähler, Vertrag oder Wert.",
        "Behandeln Sie die Datei als gefälscht und rufen Sie sie beim Betreiber neu ab; nur Signiertes zählt.",
    ),
    Code.XML_NAMESPACE: (
        "Das XML verwendet einen Namensraum, den die Transparenzsoftware nicht liest.",
        "Exportieren Sie die Datei ohne Namensraum, bevor Sie sie Kunden aushändigen.",
    ),
    Code.XML_WITHOUT_CONTAINER: (
        "Der Datensatz liegt für sich in der Datei, ohne den Container, den die Transparenzsoftware öffnet.",
        "Wandeln Sie ihn vor der Weitergabe an Fahrer mit `meter-sign convert --to transparency-xml` um.",
    ),
}
