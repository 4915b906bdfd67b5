"""The catalogue in German: for each code what happened and what to do."""

from __future__ import annotations

from meter_sign.catalogue.parties import Party
from meter_sign.codes import Code

PARTIES = {
    Party.CHARGE_POINT: "Die Ladestation oder ihr Zähler.",
    Party.SENDER: "Wer die Datei erzeugt, exportiert oder weitergegeben hat.",
    Party.KEY_REGISTRY: "Das Verzeichnis der Zählerschlüssel und wer es pflegt.",
    Party.OPERATOR: "Das System des Betreibers.",
    Party.PROGRAM: "Dieses Programm.",
    Party.NOBODY: "Niemand: Es wird nur mitgeteilt.",
}

TEXTS: dict[Code, tuple[str, str]] = {
    Code.NOT_RECOGNISED: (
        "Die Eingabe hat keines der Formate für signierte Messwerte.",
        "Prüfen Sie, ob die richtige Datei vollständig und unverändert übergeben wurde.",
    ),
    Code.CONTAINER_INVALID: (
        (
            "Die Hülle um die Messwerte ist nicht lesbar: fehlerhaftes oder zweideutiges XML oder JSON, eine"
            " beschädigte Mail oder CMS-Struktur, eine Mail ohne ihre Signatur."
        ),
        "Exportieren Sie die Datei erneut und bearbeiten Sie sie nicht von Hand.",
    ),
    Code.EMPTY_VALUE: (
        "Die Hülle enthält einen Eintrag für einen signierten Messwert, aber dieser ist leer.",
        "Rufen Sie den Messwert erneut von der Ladestation oder ihrem Backend ab.",
    ),
    Code.ENCODING_INVALID: (
        "Der Text ist nicht so kodiert, wie er sein müsste (UTF-8, hexadezimal oder Base64).",
        "Übergeben Sie die Bytes so, wie die Ladestation sie geliefert hat, ohne Umwandlung.",
    ),
    Code.FRAME_INVALID: (
        "Der Rahmen ist beschädigt, es fehlen Teile (Kopf, Messwerte, Signatur), oder davor steht ein BOM (UTF-8).",
        "Prüfen Sie, ob der Datensatz unterwegs abgeschnitten wurde, und rufen Sie ihn erneut ab.",
    ),
    Code.CRC_MISMATCH: (
        "Eine Prüfsumme des Datensatzes passt nicht zu seinen Bytes: Sie wurden unterwegs verändert oder beschädigt.",
        "Lesen Sie den Datensatz erneut aus dem Zähler aus, und geben Sie ihn ohne Umwandlung weiter.",
    ),
    Code.JSON_INVALID: (
        "Ein Teil des Datensatzes müsste JSON sein, ist es aber nicht.",
        "Prüfen Sie, ob der Datensatz unterwegs abgeschnitten oder verändert wurde, und rufen Sie ihn erneut ab.",
    ),
    Code.FIELD_INVALID: (
        "Ein Feld enthält etwas, das sein Format nicht erlaubt.",
        "Melden Sie es mit dem Datensatz dem Hersteller der Ladestation.",
    ),
    Code.LIMIT_EXCEEDED: (
        "Die Eingabe ist größer, tiefer verschachtelt oder länger als jeder echte Datensatz und wurde nicht gelesen.",
        "Teilen Sie die Datei auf oder klären Sie, woher die übergroße Eingabe stammt.",
    ),
    Code.FORMAT_UNSUPPORTED: (
        "Das Format ist bekannt, kann von dieser Programmversion aber nicht beurteilt werden.",
        "Verwenden Sie eine neuere Version; bis dahin gilt der Messwert als nicht geprüft.",
    ),
    Code.FORMAT_VERSION_UNSUPPORTED: (
        "Diese Version des Formats kann hier nicht beurteilt werden.",
        "Verwenden Sie eine neuere Version; bis dahin gilt der Messwert als nicht geprüft.",
    ),
    Code.ALGORITHM_UNSUPPORTED: (
        "Algorithmus, Kurve oder Hash der Signatur können hier nicht beurteilt werden.",
        "Bitten Sie um ECDSA mit SHA-256, wie OCMF es vorgibt. EDIFACT auf secp256k1: siehe --allow-secp256k1.",
    ),
    Code.SIGNATURE_MISSING: (
        "Der Datensatz trägt keine Signatur; nichts belegt seine Messwerte.",
        "Lassen Sie an der Ladestation oder vom Absender signieren; unsignierte Messwerte werden nicht abgerechnet.",
    ),
    Code.SIGNATURE_MALFORMED: (
        "Was an der Stelle der Signatur steht, ist keine.",
        "Prüfen Sie, ob der Datensatz abgeschnitten wurde; melden Sie ihn sonst dem Hersteller der Ladestation.",
    ),
    Code.SIGNATURE_MISMATCH: (
        (
            "Die Signatur passt nicht: Der Datensatz wurde nach dem Signieren verändert, oder der Schlüssel gehört zu"
            " einem anderen Zähler."
        ),
        (
            "Vergleichen Sie den Datensatz mit dem Original an der Ladestation, dann den Schlüssel. Rechnen Sie ihn so"
            " nie ab."
        ),
    ),
    Code.KEY_MISSING: (
        "Es liegt kein Schlüssel vor, mit dem sich die Signatur prüfen ließe.",
        (
            "Hinterlegen Sie den öffentlichen Schlüssel des Zählers; er steht auf der Ladestation oder liegt beim"
            " Hersteller."
        ),
    ),
    Code.KEY_INVALID: (
        "Der Schlüssel ist nicht lesbar oder liegt nicht auf der Kurve, die der Datensatz nennt.",
        "Hinterlegen Sie den Schlüssel erneut, genau so, wie ihn der Hersteller veröffentlicht.",
    ),
    Code.KEY_NOT_VALID_AT_TIME: (
        "Der Schlüssel des Zählers ist hinterlegt, aber nicht für den Zeitpunkt, der für diesen Datensatz zählt.",
        "Berichtigen Sie den Gültigkeitszeitraum. Kennt der Zähler die Zeit nicht, nennen Sie sie mit --at.",
    ),
    Code.KEY_SOURCE_UNTRUSTED: (
        "Der einzige Schlüssel kam mit dem Datensatz selbst: Das zeigt nur, dass die Datei in sich stimmig ist.",
        "Hinterlegen Sie den Schlüssel des Zählers aus einer unabhängigen Quelle.",
    ),
    Code.PUBLIC_KEY_MISMATCH: (
        "Die Datei enthält einen anderen Schlüssel als den für diesen Zähler hinterlegten oder von Ihnen angegebenen.",
        "Klären Sie, ob der Zähler getauscht wurde; --key SERIENNUMMER=DATEI gilt nur für einen Zähler.",
    ),
    Code.DUPLICATE_JSON_KEY: (
        "Ein Feld steht zweimal im signierten Text; zwei Leser könnten zwei verschiedene Messwerte sehen.",
        "Melden Sie es dem Hersteller der Ladestation; ein solcher Datensatz wird nie abgerechnet.",
    ),
    Code.NUMBER_NOT_FINITE: (
        "Ein Messwert ist keine Zahl oder unendlich.",
        "Melden Sie es dem Hersteller der Ladestation; ein solcher Datensatz wird nie abgerechnet.",
    ),
    Code.NUMBER_OUT_OF_RANGE: (
        "Eine Zahl ist größer, kleiner oder länger, als ein Zählerstand sein kann.",
        "Melden Sie es mit dem Datensatz dem Hersteller der Ladestation.",
    ),
    Code.TEXT_NOT_UNICODE: (
        "Ein Text enthält ein halbes Zeichen, das kein System anzeigen oder speichern kann.",
        "Melden Sie es mit dem Datensatz dem Hersteller der Ladestation.",
    ),
    Code.TIME_INVALID: (
        "Eine Zeitangabe ist unmöglich oder nennt keine Zeitzone, zum Beispiel Monat 13.",
        "Lassen Sie Uhr und Firmware der Ladestation prüfen.",
    ),
    Code.CONTENT_INVALID: (
        "Die Signatur stimmt, aber was signiert wurde, ist keine Messung.",
        "Melden Sie es mit dem Datensatz dem Hersteller der Ladestation oder dem, der signiert hat.",
    ),
    Code.NON_CANONICAL_DER: (
        "Die Signatur ist in ungewöhnlicher Form geschrieben; ihr Wert ist unverändert und wurde geprüft.",
        "Vorerst nichts; manche Prüfprogramme lehnen den Datensatz ab. Informieren Sie den Hersteller.",
    ),
    Code.SIGNATURE_RAW: (
        "Die Signatur besteht aus zwei bloßen Zahlen statt der vorgeschriebenen Struktur; sie wurde geprüft.",
        "Vorerst nichts; die Transparenzsoftware lehnt solche Datensätze ab. Informieren Sie den Hersteller.",
    ),
    Code.KEY_RAW_POINT: (
        "Der Schlüssel ist ein bloßer Kurvenpunkt statt der vorgeschriebenen Struktur.",
        "Hinterlegen Sie ihn in der üblichen Form (SubjectPublicKeyInfo), die auch andere Programme lesen.",
    ),
    Code.KEY_COMPRESSED: (
        "Der Schlüssel ist ein komprimierter Kurvenpunkt.",
        "Nichts; hinterlegen Sie die unkomprimierte Form, wenn andere Programme ihn lesen sollen.",
    ),
    Code.KEY_OCA_PREFIX: (
        "Der Schlüssel trägt das von OCPP vorgeschriebene Präfix (oca:base16:asn1:).",
        "Nichts; andere Programme erwarten den Schlüssel womöglich ohne Präfix.",
    ),
    Code.ALGORITHM_NAME_SPELLING: (
        "Der Name des Algorithmus ist nicht so geschrieben, wie OCMF es vorschreibt.",
        "Vorerst nichts; manche Prüfprogramme lehnen die Schreibweise ab. Informieren Sie den Hersteller.",
    ),
    Code.ALGORITHM_NOT_IN_TABLE: (
        "Die Kurve ist in Ordnung, aber in OCMF nicht aufgeführt.",
        "Vorerst nichts; manche Prüfprogramme lehnen sie ab. Informieren Sie den Hersteller.",
    ),
    Code.SIGNATURE_ENCODING_SPELLING: (
        "Der Name der Signaturkodierung ist nicht so geschrieben, wie OCMF es vorschreibt.",
        "Vorerst nichts; die Transparenzsoftware lehnt die Schreibweise ab. Informieren Sie den Hersteller.",
    ),
    Code.SIGNATURE_WHITESPACE: (
        "In der Signatur stehen Leerzeichen oder Zeilenumbrüche.",
        "Vorerst nichts; informieren Sie die Stelle, die die Datensätze formatiert.",
    ),
    Code.FOURTH_SECTION: (
        "An den Datensatz ist ein öffentlicher Schlüssel angehängt; er wurde nicht verwendet.",
        "Nichts; OCMF will Schlüssel getrennt von Datensätzen übermittelt sehen.",
    ),
    Code.PIPE_IN_SECTION: (
        "In einem Text steht ein senkrechter Strich, obwohl OCMF ihn verbietet.",
        "Entfernen Sie den Strich aus dem Tariftext; die Transparenzsoftware lehnt solche Datensätze ab.",
    ),
    Code.FORMAT_VERSION_UNKNOWN: (
        "Der Datensatz nennt eine neuere Unterversion des Formats; er wurde nach den hier bekannten Regeln beurteilt.",
        "Suchen Sie nach einer neueren Version dieses Programms.",
    ),
    Code.FORMAT_VERSION_MISSING: (
        "Der Datensatz nennt die Version seines Formats nicht.",
        "Vorerst nichts; die Transparenzsoftware lehnt solche Datensätze ab. Informieren Sie den Hersteller.",
    ),
    Code.FIELD_MISSING: (
        "Ein von OCMF vorgeschriebenes Feld fehlt.",
        "Vorerst nichts, sofern kein Befund mehr sagt. Informieren Sie den Hersteller.",
    ),
    Code.FIELD_SPELLING: (
        "Ein Feld ist anders geschrieben, als sein Format es vorschreibt.",
        "Vorerst nichts. Informieren Sie den Hersteller.",
    ),
    Code.NUMBER_AS_STRING: (
        "Eine Zahl steht in Anführungszeichen; ihre Ziffern wurden unverändert übernommen.",
        "Vorerst nichts. Informieren Sie den Hersteller.",
    ),
    Code.NUMBER_WITH_EXPONENT: (
        "Eine Zahl ist mit Exponent geschrieben; ihr Wert wurde exakt übernommen.",
        "Vorerst nichts. Informieren Sie den Hersteller.",
    ),
    Code.TIME_SPELLING: (
        "Eine Zeitangabe ist anders geschrieben, als OCMF es vorschreibt; sie wurde verstanden.",
        "Vorerst nichts. Informieren Sie den Hersteller.",
    ),
    Code.TIME_STATUS_MISSING: (
        "Der Datensatz sagt nicht, ob seine Uhr synchronisiert ist; Zeit darf daher nicht abgerechnet werden.",
        "Lassen Sie die Firmware berichtigen; die Energie ist nicht betroffen.",
    ),
    Code.TRANSACTION_INCOMPLETE: (
        "Der Beginn oder das Ende des Ladevorgangs fehlt oder ist nicht geprüft.",
        (
            "Rufen Sie den fehlenden Datensatz von der Ladestation ab. Ohne ihn wird nichts abgerechnet und nichts"
            " geschätzt."
        ),
    ),
    Code.TRANSACTION_NOT_AUTHENTIC: (
        "Nicht jeder Wert dieses Ladevorgangs konnte als Messwert eines Zählers geprüft werden.",
        "Sehen Sie sich die durchgefallenen Werte an und klären Sie zuerst jeden von ihnen.",
    ),
    Code.TRANSACTION_AMBIGUOUS: (
        "Mehrere gleichrangige Register nennen verschiedene Energiemengen; keines kann abgerechnet werden.",
        "Lassen Sie die Ladestation so einstellen, dass sie ein Abrechnungsregister signiert oder übereinstimmende.",
    ),
    Code.CONTEXT_CONTRADICTS: (
        "Außerhalb der Signatur heißt ein Wert Beginn oder Ende, signiert steht dort etwas anderes.",
        "Berichtigen Sie den Export: Es zählt, was signiert ist.",
    ),
    Code.TRANSACTION_ID_DIFFERS: (
        "Die Datensätze tragen verschiedene Vorgangsnummern ihres Zählers, sind also nicht ein Ladevorgang.",
        "Klären Sie, welche Datensätze zum Ladevorgang gehören, und rufen Sie die richtigen ab.",
    ),
    Code.METER_DIFFERS: (
        "Die Werte gehören zu mehreren Zählern, Gateways oder Ladevorgängen, oder es ist offen, zu welchem.",
        "Klären Sie, welche Datensätze zum Ladevorgang gehören, und rufen Sie die richtigen ab.",
    ),
    Code.KEY_DIFFERS: (
        "Die Datensätze eines Ladevorgangs wurden mit verschiedenen Schlüsseln geprüft.",
        "Prüfen Sie das Verzeichnis; wurde der Zähler während des Ladens getauscht, ist nichts abrechenbar.",
    ),
    Code.EVENT_COUNTER_DIFFERS: (
        "Der Zähler hat im Ladevorgang ein Ereignis verbucht, das seine Messung betrifft, etwa ein Stellen der Uhr.",
        "Lesen Sie das Logbuch des Zählers aus; aus diesen Datensätzen darf der Ladevorgang nicht abgerechnet werden.",
    ),
    Code.IDENTIFICATION_DIFFERS: (
        "Die Datensätze nennen verschiedene Nutzer.",
        "Prüfen Sie, ob ein Datensatz eines anderen Ladevorgangs hineingeraten ist.",
    ),
    Code.IDENTIFICATION_RENEWED: (
        "Laut Zähler wurde der Nutzer zwischen zwei Werten neu gesetzt: Vielleicht sind es zwei Ladevorgänge.",
        "Rufen Sie die Datensätze dazwischen ab; mit allen zeigt sich, ob ein anderer Ladevorgang dazwischenliegt.",
    ),
    Code.IDENTIFICATION_LEVEL_ERROR: (
        "Die Ladestation meldet, dass die Identifizierung fehlgeschlagen ist, oder nennt eine unbekannte Stufe.",
        "Nicht abrechnen. Prüfen Sie Karte, Zertifikat und Lesegerät der Ladestation.",
    ),
    Code.IDENTIFICATION_NOT_ASSIGNED: (
        "Der signierte Datensatz ordnet dem Ladevorgang keinen Nutzer zu.",
        "Nichts, wenn Ihr System weiß, wer geladen hat (Fernstart, Direktbezahlung).",
    ),
    Code.REGISTER_NOT_BILLABLE: (
        "Kein Register in den Datensätzen zählt geladene Energie.",
        "Lassen Sie die Ladestation ein Bezugsregister signieren, etwa 1-0:1.8.0 oder 1-0:B3.8.0.",
    ),
    Code.REGISTER_DIFFERS: (
        "Beginn und Ende wurden aus verschiedenen Registern gelesen.",
        "Lassen Sie die Ladestation beide aus demselben Register signieren.",
    ),
    Code.CONTROL_REGISTER_DIFFERS: (
        "Das Gesamtregister des Zählers hat deutlich mehr oder weniger gezählt als das Register, das abgerechnet wird.",
        "Lassen Sie Ladestation und Zähler prüfen; vielleicht begann dazwischen ein anderer Ladevorgang.",
    ),
    Code.UNIT_NOT_ENERGY: (
        "Ein Messwert, der Energie sein müsste, hat eine andere Einheit oder keinen Wert.",
        "Melden Sie es mit dem Datensatz dem Hersteller der Ladestation.",
    ),
    Code.METER_STATUS_NOT_GOOD: (
        "Der Zähler hat beim Ablesen nicht gemeldet, dass er fehlerfrei arbeitet.",
        "Nicht abrechnen. Lassen Sie Zähler und Anschluss prüfen.",
    ),
    Code.ENERGY_FLAGGED: (
        "Die Ladestation hat die Energie als nicht abrechenbar gekennzeichnet.",
        "Nicht abrechnen. Lassen Sie die Ladestation prüfen.",
    ),
    Code.TIME_FLAGGED: (
        "Die Ladestation hat die Zeit als nicht abrechenbar gekennzeichnet.",
        "Rechnen Sie nur Energie ab; lassen Sie die Uhr prüfen.",
    ),
    Code.EXCEPTION_READING: (
        "Ein Fehler während des Ladens hat die Messwerte von da an unbrauchbar gemacht.",
        "Nicht abrechnen. Lassen Sie die Ladestation prüfen.",
    ),
    Code.QUALIFIER_UNKNOWN: (
        "Ein Messwert nennt keinen bekannten Grund der Ablesung; sein Platz im Ladevorgang ist unklar.",
        "Melden Sie es mit dem Datensatz dem Hersteller der Ladestation.",
    ),
    Code.READING_OUT_OF_ORDER: (
        "Ein Zwischenwert wurde vor dem Beginn oder nach dem Ende signiert.",
        "Melden Sie es mit dem Datensatz dem Hersteller der Ladestation.",
    ),
    Code.BEGIN_AMBIGUOUS: (
        "Es gibt mehr als einen Beginn.",
        "Prüfen Sie, ob Datensätze zweier Ladevorgänge zusammengeraten sind.",
    ),
    Code.END_AMBIGUOUS: (
        "Es gibt mehr als ein Ende.",
        "Prüfen Sie, ob Datensätze zweier Ladevorgänge zusammengeraten sind.",
    ),
    Code.BEGIN_AFTER_END: (
        "Der Ladevorgang endet, bevor er beginnt.",
        "Lassen Sie die Uhr der Ladestation prüfen; nicht abrechnen.",
    ),
    Code.TIME_DECREASES: (
        "Die signierten Zeiten laufen zwischen zwei Messwerten rückwärts.",
        "Lassen Sie die Uhr der Ladestation prüfen; nicht abrechnen.",
    ),
    Code.ENERGY_DECREASES: (
        "Der Zähler läuft zwischen zwei Messwerten rückwärts.",
        "Nicht abrechnen. Lassen Sie den Zähler prüfen.",
    ),
    Code.CUMULATED_LOSS_INVALID: (
        "Die von der Energie abgezogenen Kabelverluste sind negativ oder fallen innerhalb des Ladevorgangs.",
        "Melden Sie es mit dem Datensatz dem Hersteller der Ladestation; die Energie darf nicht abgerechnet werden.",
    ),
    Code.CUMULATED_LOSS_NOT_RESET: (
        "Die Kabelverluste wurden zu Beginn des Ladevorgangs nicht zurückgesetzt.",
        "Für diese Abrechnung nichts; melden Sie es dem Hersteller der Ladestation.",
    ),
    Code.LOSS_COMPENSATION_DIFFERS: (
        "Beginn und Ende wurden um die Verluste verschiedener Kabel berichtigt.",
        "Klären Sie, ob während des Ladens das Kabel getauscht wurde; die Energie darf nicht abgerechnet werden.",
    ),
    Code.ENERGY_NEGATIVE: (
        "Eine Energie ist negativ: Ein Register oder Intervall steht unter null, oder ein Register läuft rückwärts.",
        "Melden Sie es dem Hersteller der Ladestation oder dem Unterzeichner; die Energie ist nicht abrechenbar.",
    ),
    Code.ABNORMAL_END: (
        "Der Ladevorgang wurde durch einen Fehler oder Stromausfall abgebrochen.",
        "Für die Abrechnung nichts: Die Energie bis dahin ist signiert. Gehen Sie der Ursache nach.",
    ),
    Code.CLOCK_NOT_BILLABLE: (
        "Die Uhr taugt nicht zum Abrechnen von Zeit, oder nichts ist über sie gesagt; die Energie ist nicht betroffen.",
        (
            "Rechnen Sie nur Energie ab oder lassen Sie die Uhr der Ladestation synchronisieren. Bei Formaten ohne"
            " Angabe zur Uhr (MSCONS, PCDF) hilft nichts: Zeit wird nie abgerechnet."
        ),
    ),
    Code.CLOCK_STATUS_CHANGES: (
        "Die Uhr maß am Beginn eine Dauer und am Ende nicht mehr.",
        "Melden Sie es dem Hersteller; nach den amtlichen Regeln ist nicht abrechenbar.",
    ),
    Code.PAGINATION_INVALID: (
        "Der Datensatz hat keine Nummer in der Zählung der Ladevorgänge.",
        "Prüfen Sie, ob er außerhalb eines Ladevorgangs entstand (fiskalisch); melden Sie ihn sonst dem Hersteller.",
    ),
    Code.PAGINATION_GAP: (
        "Der Zähler hat dazwischen weitere Datensätze signiert, die hier fehlen.",
        (
            "Rufen Sie sie ab, wenn sie zu diesem Ladevorgang gehören; auch ein anderer Ladepunkt derselben Ladestation"
            " kann die Nummern verbraucht haben."
        ),
    ),
    Code.PAGINATION_REPEATS: (
        "Datensatznummern wiederholen sich oder laufen rückwärts: Datensätze sind vermischt oder doppelt erzeugt.",
        "Prüfen Sie, welche Datensätze zu diesem Ladevorgang gehören.",
    ),
    Code.DUPLICATE_RECORD: (
        "Derselbe signierte Datensatz wurde zweimal eingereicht.",
        "Reichen Sie jeden Datensatz nur einmal ein.",
    ),
    Code.READING_OUTSIDE_SESSION: (
        (
            "Ein Messwert einer synchronisierten Uhr liegt außerhalb des Ladevorgangs: vermutlich der Datensatz eines"
            " anderen."
        ),
        "Prüfen Sie, ob der richtige Datensatz angehängt wurde und ob die Zeiten des Ladevorgangs stimmen.",
    ),
    Code.ENERGY_NOT_MEASURED_AT_STATE_CHANGE: (
        (
            "Beim Wechsel zwischen Laden und Parken liegt kein signierter Messwert vor; die Energie dazwischen wird als"
            " Ganzes gebucht."
        ),
        "Nichts: Keine Energie geht verloren oder wird geschätzt. Signierte Werte beim Wechsel machten es genau.",
    ),
    Code.SESSION_TIMES_INVALID: (
        "Der Ladevorgang endet mit oder vor seinem Start.",
        "Berichtigen Sie die Zeiten des Ladevorgangs.",
    ),
    Code.SECOND_OPINION_DISAGREES: (
        "Ein unabhängiges Programm beurteilt dieselben Bytes anders; der Abrechnungsdatensatz wird zurückgehalten.",
        "Senden Sie uns den Datensatz. Er wird freigegeben, sobald der Unterschied geklärt ist.",
    ),
    Code.SECOND_OPINION_LIMIT: (
        "Ein unabhängiges Programm kann diesen Datensatz aus einem bekannten, getesteten Grund nicht beurteilen.",
        "Nichts.",
    ),
}
