"""German texts of EDIFACT: its frame, its signatures and their keys, its values."""

from __future__ import annotations

from meter_sign.codes import Code

#: What happened, and what to do about it.
TEXTS: dict[Code, tuple[str, str]] = {
    Code.AUTACK_UNUSED: (
        "Die AUTACK, die neben der Datei liegt, signiert diese Nachricht nicht; geprüft sind ihre anderen Signaturen.",
        "Prüfen Sie, ob sie zu einer anderen Datei gehört oder gekürzt oder verändert ist.",
    ),
    Code.INTERVAL_BEYOND_SESSION: (
        "Ein Intervall des Lastgangs begann vor der Sitzung oder endete nach ihr; seine Energie wird ganz gebucht.",
        "Prüfen Sie, ob die Energie zu dieser Sitzung gehört. Zählerstände zu Beginn und Ende machten es genau.",
    ),
    Code.NOT_EDIFACT: (
        "Was in der signierten Hülle oder an Stelle einer EDIFACT-Datei liegt, ist kein EDIFACT.",
        "Prüfen Sie, welche Datei signiert und gesendet wurde. Zu signieren ist die EDIFACT-Datei selbst.",
    ),
    Code.TRUNCATED: (
        (
            "Die Datei endet mitten in einem Segment oder einer CMS-Struktur, oder einer Nachricht oder der"
            " Übertragungsdatei fehlt das Ende."
        ),
        "Rufen Sie die Datei erneut und vollständig ab.",
    ),
    Code.TRAILING_DATA: (
        "Hinter dem Ende der Übertragungsdatei oder der Signatur folgen weitere Bytes, die niemand signiert hat.",
        "Verlangen Sie die Datei so, wie sie signiert wurde; schneiden Sie nichts von Hand ab.",
    ),
    Code.UNA_UNSIGNED: (
        "UNA ist nicht mitsigniert und gibt Zeichen eine andere Bedeutung als üblich: Signiertes besagt dann anderes.",
        (
            "Behandeln Sie die Datei als gefälscht. Nötig sind die üblichen Zeichen oder eine Signatur der ganzen"
            " Datei (S/MIME)."
        ),
    ),
    Code.UNSIGNED_SEGMENTS: (
        "Segmente stehen außerhalb des Signierten, wo sie jemand nachträglich eingefügt haben kann.",
        "Behandeln Sie die Datei als gefälscht und fordern Sie sie neu an; nur Signiertes zählt.",
    ),
    Code.UNT_COUNT: (
        "Das Ende der Nachricht (UNT) nennt eine andere Zahl von Segmenten, als die Nachricht hat.",
        "Fordern Sie die Datei neu an: Segmente kamen hinzu oder gingen verloren.",
    ),
    Code.UNT_REF: (
        "Das Ende der Nachricht (UNT) trägt eine andere Referenz als ihr Kopf (UNH).",
        "Fordern Sie die Datei neu an: Teile zweier Nachrichten können vermengt sein.",
    ),
    Code.UNZ_COUNT: (
        "Das Ende der Übertragungsdatei (UNZ) nennt eine andere Zahl von Nachrichten, als da sind.",
        "Fordern Sie die Datei neu an: Nachrichten kamen hinzu oder gingen verloren.",
    ),
    Code.UNZ_REF: (
        "Das Ende der Übertragungsdatei (UNZ) trägt eine andere Referenz als ihr Kopf (UNB).",
        "Fordern Sie die Datei neu an: Teile zweier Dateien können vermengt sein.",
    ),
    Code.UST_COUNT: (
        "Das Ende einer Signatur (UST) nennt eine andere Zahl von Sicherheitssegmenten, als da sind.",
        "Fordern Sie die Datei neu an und informieren Sie den Hersteller der Signatursoftware.",
    ),
    Code.UST_REF: (
        "Das Ende einer Signatur (UST) gehört zu keiner der begonnenen Signaturen (USH).",
        "Fordern Sie die Datei neu an und informieren Sie den Hersteller der Signatursoftware.",
    ),
    Code.SECURITY_TRAILER_MISSING: (
        "Eine Signatur beginnt (USH), aber das Ende (UST) mit ihrem Wert fehlt.",
        "Rufen Sie die Datei erneut und vollständig ab; die Signatur kann herausgeschnitten worden sein.",
    ),
    Code.SECURITY_REF_DUPLICATE: (
        "Zwei Signaturen einer Nachricht tragen dieselbe Referenz; welcher Wert zu welcher gehört, ist offen.",
        "Informieren Sie den Hersteller der Signatursoftware; jede Signatur braucht eine eigene Referenz (USH 0534).",
    ),
    Code.REFERENCE_NOT_FOUND: (
        "Eine AUTACK signiert eine Übertragungsdatei oder Nachricht, die hier nicht oder mehrfach vorliegt.",
        "Übergeben Sie genau einmal die Datei, auf die sich die AUTACK bezieht; womöglich gehört sie zu einer anderen.",
    ),
    Code.SIGNED_FILE_MISSING: (
        "Das ist eine getrennte Signatur: Sie signiert eine Datei, die nicht in ihr steckt.",
        "Geben Sie die signierte Datei an, und diese daneben mit --detached-signature.",
    ),
    Code.PADDING_UNSUPPORTED: (
        "Die RSA-Signatur nennt ein Padding, das hier nicht beurteilt werden kann.",
        "Bitten Sie um PKCS #1 Version 1.5 oder PSS; bis dahin gilt die Nachricht als nicht geprüft.",
    ),
    Code.FILTER_UNSUPPORTED: (
        "Der Wert der Signatur ist mit einem Filter geschrieben, der hier nicht gelesen werden kann.",
        "Bitten Sie um hexadezimal oder Base64 (USH 0505 = 2 oder 7).",
    ),
    Code.SCOPE_UNSUPPORTED: (
        "Die Signatur gibt an, einen Bereich der Datei abzudecken, der hier nicht beurteilt werden kann.",
        "Bitten Sie um eine Signatur über Kopf und Inhalt (USH 0541 = 1 oder 2).",
    ),
    Code.SERVICE_UNSUPPORTED: (
        "Die Sicherheitssegmente dienen nicht der Signatur des Urhebers: Verschlüsselung, Quittung, ältere Fassung.",
        "Bitten Sie um eine Signatur des Urhebers (USH 0501 = 1, in einer AUTACK 7).",
    ),
    Code.MESSAGE_TYPE: (
        "Die Nachricht ist keine MSCONS und enthält deshalb keine Messwerte, die sich beurteilen ließen.",
        "Nichts, wenn sie zur Datei gehört; sonst bitten Sie um die Werte als MSCONS.",
    ),
    Code.MESSAGE_UNSIGNED: (
        "Keine Signatur deckt diese Nachricht ab, was auch sonst in der Datei signiert ist.",
        "Bitten Sie um eine Signatur, oder übergeben Sie die AUTACK oder die Signaturdatei, die mitkam.",
    ),
    Code.AUTACK_UNSIGNED: (
        "Eine AUTACK nennt eine Prüfsumme der Nachricht, ist aber selbst nicht signiert: Prüfsummen kann jeder bilden.",
        "Bitten Sie um eine signierte AUTACK.",
    ),
    Code.NO_SIGNER: (
        "Die S/MIME- oder CMS-Datei enthält keine Signatur, sondern nur Zertifikate oder nur eine Prüfsumme.",
        "Bitten Sie um die signierte Datei; Zertifikate allein beweisen nichts.",
    ),
    Code.FILTER_DECODE: (
        "Der Wert der Signatur ist nicht so geschrieben, wie sie angibt: hexadezimal oder Base64.",
        (
            "Prüfen Sie, ob die Datei unterwegs umgewandelt wurde; informieren Sie sonst den Hersteller der"
            " Signatursoftware."
        ),
    ),
    Code.DIGEST_MISMATCH: (
        (
            "Die signierte Prüfsumme ist nicht die dieser Datei: Sie wurde nach dem Signieren verändert oder ist eine"
            " andere."
        ),
        "Fordern Sie die Datei so an, wie sie signiert wurde. Rechnen Sie sie so nie ab.",
    ),
    Code.WEAK_HASH: (
        "Die Signatur beruht auf einem Hash, der nicht mehr fälschungssicher ist (SHA-1, MD5 und andere).",
        "Nicht abrechnen. Bitten Sie den Unterzeichner um SHA-256 oder stärker.",
    ),
    Code.WEAK_KEY: (
        "Der Schlüssel ist zu kurz, um fälschungssicher zu sein: RSA unter 2048, elliptische Kurven unter 256 Bit.",
        "Nicht abrechnen. Bitten Sie den Unterzeichner um einen längeren Schlüssel, und hinterlegen Sie diesen.",
    ),
    Code.CERT_EXPIRED: (
        "Das Zertifikat war beim Signieren nicht gültig, oder nur eine Zeitangabe ohne Beweiswert spricht dafür.",
        "Bitten Sie um das damals gültige Zertifikat oder um eine neu signierte Nachricht.",
    ),
    Code.CERT_UNTRUSTED: (
        (
            "Das Zertifikat führt zu keiner Wurzel, der hier vertraut wird, oder es darf nach seinem Aussteller nicht"
            " signieren."
        ),
        "Hinterlegen Sie das Zertifikat nach eigener Prüfung, oder nennen Sie die Wurzel mit --trust-anchor.",
    ),
    Code.KEY_METER_MISMATCH: (
        "Der Schlüssel ist hinterlegt, aber für andere Zähler als den, um den es in der Nachricht geht.",
        (
            "Klären Sie zuerst, wessen Schlüssel es ist. Darf er für diesen Zähler sprechen, hinterlegen Sie ihn auch"
            ' für diesen; den eines Marktpartners mit signer_kind = "party", nie unter einem Zähler als dessen'
            " eigenen. EDIFACT: in --keys; --key hilft hier nicht."
        ),
    ),
    Code.DUPLICATE_LIN: (
        "Eine Position oder ein Zählerstand steht doppelt in der Nachricht; so signiert, würde Energie doppelt zählen.",
        "Fordern Sie eine berichtigte Nachricht an; diese wird nie abgerechnet.",
    ),
    Code.INTERVAL_GAP: (
        "Zwischen zwei Intervallen eines Lastgangs fehlt Zeit und damit deren Energie.",
        "Fordern Sie den ganzen Lastgang an; geschätzt wird nichts.",
    ),
    Code.INTERVAL_OVERLAP: (
        "Zwei Intervalle eines Lastgangs decken dieselbe Zeit ab; Energie würde doppelt zählen.",
        "Fordern Sie einen berichtigten Lastgang an; dieser wird nie abgerechnet.",
    ),
    Code.UNIT: (
        "Ein Wert hat eine Einheit, die keine Energie ist, etwa Kilowatt.",
        "Bitten Sie um Energie in kWh (auch Wh und MWh werden gelesen).",
    ),
    Code.NUMBER_FORMAT: (
        "Ein Wert ist nicht als Zahl geschrieben: Ziffern und höchstens ein Dezimalzeichen.",
        "Fordern Sie eine berichtigte Nachricht an; Zahlen werden nicht erraten.",
    ),
    Code.DATE_FORMAT: (
        "Ein Wert hat keine Zeit, eine unmögliche oder eine ohne Zeitzone; wann gemessen wurde, ist offen.",
        "Bitten Sie um Zeiten mit Zeitzone (DTM-Format 303 oder 304).",
    ),
    Code.CANCELLATION: (
        "Die Nachricht storniert eine frühere; sie selbst enthält keine Messung.",
        "Rechnen Sie die stornierte Nachricht nicht ab und warten Sie auf die, die sie ersetzt.",
    ),
    Code.REGISTER_PROFILE_MISMATCH: (
        "Das Zählwerk hat eine andere Energie gezählt, als die Intervalle des Lastgangs ergeben.",
        "Klären Sie mit dem Unterzeichner, was stimmt, und fordern Sie eine stimmige Nachricht an.",
    ),
    Code.START_MISSING: (
        "Der Abrechnungsdatensatz enthält nur den Zählerstand am Ende; ohne den am Anfang ergibt sich keine Energie.",
        "Fügen Sie den signierten Zählerstand vom Anfang bei oder eine Nachricht, die beide enthält.",
    ),
    Code.CRLF_STRIPPED: (
        "Die Signatur stimmt, sobald die Zeilenumbrüche zwischen den Segmenten wegfallen; sie sind keine Daten.",
        "Vorerst nichts; unterwegs sollte niemand Zeilenumbrüche einfügen oder entfernen.",
    ),
    Code.SYNTAX3_SECURITY: (
        "Signaturen der Syntaxversion 4 stehen in einer Datei der Version 3, die keine kennt; sie wurden geprüft.",
        "Vorerst nichts; andere Empfänger lehnen die Datei womöglich ab.",
    ),
    Code.SUBSTITUTE_VALUE: (
        "Ein Wert ist ein Ersatzwert (QTY 67): echt, aber anstelle einer Messung gebildet.",
        "Nicht ungefragt abrechnen. Bitten Sie um den Messwert oder um den Grund, warum es keinen gibt.",
    ),
    Code.NOT_TRUE_VALUE: (
        (
            "Die Nachricht bezeichnet einen Wert nicht als gemessen (QTY 220), sondern etwa als vorläufig, Prognose"
            " oder fehlend."
        ),
        "Nicht abrechnen. Warten Sie auf den Messwert, oder fordern Sie ihn an.",
    ),
    Code.VALUE_REASON: (
        "Ein gemessener Wert trägt einen Vermerk zu Güte oder Herkunft (STS).",
        "Schlagen Sie den Vermerk nach und entscheiden Sie, ob der Wert taugt; bis dahin wird er nicht abgerechnet.",
    ),
    Code.CERT_EXPIRED_NOW: (
        "Das Zertifikat ist inzwischen abgelaufen; beim Signieren war es gültig.",
        "Nichts: Die Nachricht behält ihren Wert. Neue Nachrichten brauchen ein neues Zertifikat.",
    ),
    Code.SIGNING_TIME_FAR: (
        "Die Nachricht wurde nach eigener Angabe mehr als 24 Stunden entfernt vom letzten Messwert signiert.",
        "Nichts, wenn sie berichtigt oder spät kam; sonst lassen Sie die Uhr des Unterzeichners prüfen.",
    ),
    Code.SIGNER_IS_PARTY: (
        "Ein Marktpartner hat signiert, nicht der Zähler: Das belegt die Herkunft der Datei, aber keine Messung.",
        (
            "Beschaffen Sie die vom Zähler signierten Werte. Wer Marktpartnern vertraut, muss das schriftlich"
            " begründen (am Gateway in CDR_ACCEPT_PARTY_SIGNATURES)."
        ),
    ),
    Code.SIGNER_UNKNOWN: (
        (
            "Dem Schlüssel wird vertraut, aber das Verzeichnis sagt nicht, ob er diesem Zähler oder einem"
            " Marktpartner gehört."
        ),
        "Hinterlegen Sie ihn mit signer_kind für seinen Zähler oder als den eines Marktpartners.",
    ),
    Code.KEY_UNKNOWN: (
        (
            "Für diesen Zähler ist kein Schlüssel hinterlegt oder nicht der, den der Datensatz nennt; ein Schlüssel"
            " aus der Datei bestätigt nur die Datei selbst."
        ),
        (
            "Klären Sie zuerst, wessen Schlüssel es ist. Ein Zähler wird unter seiner Seriennummer hinterlegt, ein"
            ' Marktpartner mit signer_kind = "party", nie als Zähler. EDIFACT: --keys, oder --certificate mit'
            " --trust-anchor; --key zählt nur für Schlüssel, die die Nachricht beim Namen nennt."
        ),
    ),
    Code.ENCRYPTED: (
        (
            "Die Mail oder CMS-Datei ist verschlüsselt; Werte und Signatur stecken darin, ohne dass sie jemand anders"
            " sieht."
        ),
        (
            "Entschlüsseln Sie sie zuerst mit dem Schlüssel des Empfängers, und übergeben Sie die signierte Datei von"
            " innen."
        ),
    ),
    Code.SENDER_DIFFERS: (
        "Die Nachricht nennt einen anderen Absender (NAD+MS) als den Marktpartner, dessen Schlüssel signiert hat.",
        "Fragen Sie den Absender, wer für ihn signiert. Ein Dienstleister darf das, wenn es mit Ihnen vereinbart ist.",
    ),
    Code.OTHER_SESSIONS_IN_FILE: (
        (
            "Die Datei enthält auch Nachrichten anderer Ladevorgänge. Ein CDR trüge die ganze Datei und damit fremde"
            " Messwerte zum Partner."
        ),
        (
            "Bitten Sie den Absender um eine Datei je Ladevorgang. Aus einer signierten Datei lässt sich nichts"
            " herausschneiden."
        ),
    ),
    Code.SIGNATURE_IN_OTHER_FILE: (
        (
            "Was die Nachricht signiert, liegt in einer anderen Datei (AUTACK, getrennte Signatur), und OCPI trägt"
            " nur eine: Dort könnte sie niemand prüfen."
        ),
        (
            "Stellen Sie beide Übertragungsdateien hintereinander in eine Datei (AUTACK), oder bitten Sie um CMS mit"
            " Inhalt (.p7m)."
        ),
    ),
}
