"""What `meter-sign convert` tells on standard error: what is not proven, what was left out, what had to be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.catalogue import Language, explain
from meter_sign.cli.printing import print_remark, told
from meter_sign.codes import Severity
from meter_sign.judgement import Status
from meter_sign.judgement.transparenzsoftware import UNKNOWN_THERE
from meter_sign.model import PayloadFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter_sign.codes import Code
    from meter_sign.judgement import Judgement, TransactionJudgement, ValueJudgement
    from meter_sign.ocpi_signed_data import SignedDataObject
    from meter_sign.transparency_xml import TransparencyValue

_ENGLISH = {
    "nothing": "nothing was written: no value could be converted.",
    "left_out": "value {index} is left out ({status}): what cannot be read is not passed on.",
    "format": "value {index} is left out: the Transparenzsoftware (S.A.F.E.) knows no {format}.",
    "edifact": (
        "value {index} is left out: the Transparenzsoftware (S.A.F.E.) and its transparency XML know no EDIFACT, so no"
        " driver could open it there. Hand over the file itself, or use --to ocpi."
    ),
    "copy": "value {index} is left out: its container brought a record once more that is written already.",
    "not_verified": "value {index} is written but NOT VERIFIED ({status}): it proves no more than it did before.",
    "no_key": "value {index} is written without a key: whoever checks it must find the meter's key elsewhere.",
    "id_derived": "transaction {stated} is written as {written}: ids of this container are integers.",
    "id_made": "value {index} states no transaction id; {written} is derived from its first record.",
    "context": "value {index} was called {stated} and is written as {written}, as it is signed.",
    "base64": "value {index} is written in base64, because XML cannot carry it unchanged.",
    "tool": "transaction {name}: the Transparenzsoftware (S.A.F.E.) would refuse it ({rule}).",
    "not_evidence": "transaction {name} is left out: not every value of it is verified, so it is no evidence.",
    "refused": "transaction {name} is left out: {detail}",
    "refused_file": "nothing was written: {detail}",
    "digest": "line {line}: plain_data holds a digest, because the partner's limit is below the text's length.",
    "not_billable": "line {line}: transaction {name} may not be billed ({codes}).",
    "without_id": "(without id)",
}
_GERMAN = {
    "nothing": "Es wurde nichts geschrieben: Kein Wert ließ sich umwandeln.",
    "left_out": "Wert {index} bleibt weg ({status}): Was nicht lesbar ist, wird nicht weitergegeben.",
    "format": "Wert {index} bleibt weg: Die Transparenzsoftware (S.A.F.E.) kennt kein {format}.",
    "edifact": (
        "Wert {index} bleibt weg: Die Transparenzsoftware (S.A.F.E.) und ihr Transparenz-XML kennen kein EDIFACT, kein"
        " Fahrer könnte ihn dort öffnen. Geben Sie die Datei selbst weiter, oder nutzen Sie --to ocpi."
    ),
    "copy": "Wert {index} bleibt weg: Sein Container brachte einen Datensatz noch einmal, der schon geschrieben ist.",
    "not_verified": "Wert {index} ist geschrieben, aber NICHT GEPRÜFT ({status}): Er beweist nicht mehr als zuvor.",
    "no_key": "Wert {index} ist ohne Schlüssel geschrieben: Wer ihn prüft, muss den Schlüssel anderswo finden.",
    "id_derived": "Ladevorgang {stated} ist als {written} geschrieben: Kennungen sind hier ganze Zahlen.",
    "id_made": "Wert {index} nennt keinen Ladevorgang; {written} ist aus dem ersten Datensatz abgeleitet.",
    "context": "Wert {index} hieß {stated} und ist als {written} geschrieben, wie es signiert ist.",
    "base64": "Wert {index} ist in Base64 geschrieben, weil XML ihn nicht unverändert tragen kann.",
    "tool": "Ladevorgang {name}: Die Transparenzsoftware (S.A.F.E.) würde ihn ablehnen ({rule}).",
    "not_evidence": "Ladevorgang {name} bleibt weg: Nicht jeder Wert ist geprüft, also ist er kein Beweis.",
    "refused": "Ladevorgang {name} bleibt weg: {detail}",
    "refused_file": "Es wurde nichts geschrieben: {detail}",
    "digest": "Zeile {line}: plain_data enthält eine Prüfsumme, weil der Text länger ist als beim Partner erlaubt.",
    "not_billable": "Zeile {line}: Ladevorgang {name} darf nicht abgerechnet werden ({codes}).",
    "without_id": "(ohne Kennung)",
}
WORDS = {Language.ENGLISH: _ENGLISH, Language.GERMAN: _GERMAN}

#: Formats that are no text, so that base64 is how everybody carries them.
_BINARY = frozenset({PayloadFormat.EDL_40_P, PayloadFormat.ISA_EDL_40_P})


class Remarks:
    """Tells remarks in one language, each at once."""

    def __init__(self, language: Language) -> None:
        """Choose the language."""
        self._language = language
        self._words = WORDS[language]

    def unreadable(self, code: Code) -> None:
        """Nothing of the file could be read."""
        explanation = explain(code, self._language)
        print_remark(f"{code}: {explanation.what} {explanation.remedy}")

    def nothing(self) -> None:
        """There was nothing to write."""
        self._say("nothing")

    def refused(self, judged: TransactionJudgement, code: Code, detail: str) -> None:
        """A transaction cannot be carried."""
        explanation = explain(code, self._language)
        why = f"{code}: {detail}. {explanation.what} {explanation.remedy}"
        self._say("refused", name=self._name(judged.transaction.transaction_id), detail=why)

    def refused_file(self, code: Code, detail: str) -> None:
        """The whole file cannot be carried."""
        self._say("refused_file", detail=f"{code}: {detail}")

    def not_evidence(self, judged: TransactionJudgement) -> None:
        """A transaction is not authentic."""
        self._say("not_evidence", name=self._name(judged.transaction.transaction_id))

    def of_values(self, judgement: Judgement, written: Sequence[TransparencyValue]) -> None:
        """What happened to each value on its way into transparency XML."""
        by_index = {one.index: one for one in written}
        for value in judgement.values:
            one = by_index.get(value.payload.index)
            if one is None and value.payload.format is PayloadFormat.EDIFACT:
                self._say("edifact", index=value.payload.index)
            elif one is None and value.payload.format in UNKNOWN_THERE:
                self._say("format", index=value.payload.index, format=value.payload.format)
            elif one is None and value.status is Status.VERIFIED:
                self._say("copy", index=value.payload.index)
            elif one is None:
                self._say("left_out", index=value.payload.index, status=_status(value))
            else:
                self._of_value(value, one)

    def of_the_official_tool(self, judgement: Judgement) -> None:
        """What the official tool will not take, of the file as it is written."""
        for judged in judgement.transactions:
            rule = judged.transparenzsoftware.rule
            if rule is not None:
                self._say("tool", name=self._name(judged.transaction.transaction_id), rule=rule)

    def of_signed_data(self, judged: TransactionJudgement, found: SignedDataObject, line: int) -> None:
        """What is to be said of one OCPI object, by its line."""
        if any(one.plain_data.startswith("sha256:") for one in found.signed_values):
            self._say("digest", line=line)
        if not judged.billable:
            errors = [one.code for one in judged.transaction.findings if one.severity is Severity.ERROR]
            name = self._name(judged.transaction.transaction_id)
            self._say("not_billable", line=line, name=name, codes=", ".join(dict.fromkeys(errors)))

    def _of_value(self, value: ValueJudgement, written: TransparencyValue) -> None:
        index = written.index
        if value.status is not Status.VERIFIED:
            self._say("not_verified", index=index, status=_status(value))
        inside = value.parsed is not None and value.parsed.embedded_key is not None
        if written.public_key is None and not inside:
            self._say("no_key", index=index)
        self._of_id(value, written)
        stated = (value.payload.context or "").strip()
        if stated and written.context != stated:
            self._say("context", index=index, stated=told(stated), written=written.context or "-")
        if written.encoding == "base64" and written.format not in _BINARY:
            self._say("base64", index=index)

    def _of_id(self, value: ValueJudgement, written: TransparencyValue) -> None:
        own = value.record.content.transaction_id if value.record else None
        stated = value.payload.transaction_id or own
        if written.transaction_id is None or written.transaction_id == stated:
            return
        if stated is None:
            self._say("id_made", index=written.index, written=written.transaction_id)
        else:
            self._say("id_derived", stated=told(stated), written=written.transaction_id)

    def _name(self, transaction_id: str | None) -> str:
        return self._words["without_id"] if transaction_id is None else told(transaction_id)

    def _say(self, what: str, **parts: object) -> None:
        print_remark(self._words[what].format(**parts))


def _status(value: ValueJudgement) -> str:
    return ", ".join([value.status, *value.problems])
