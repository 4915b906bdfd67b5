"""A judgement in words, for people: is the signature right, whose key says so, is it complete, what may be billed.

What came from the file is made harmless before it is printed: a terminal obeys control characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.catalogue import Language, explain
from meter_sign.cli.printing import to_lines, told
from meter_sign.cli.verdict_json import begin_and_end, format_decimal, format_time
from meter_sign.judgement import Status, Verdict
from meter_sign.model import KeySource, SignerKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meter_sign.codes import Code
    from meter_sign.judgement import Judgement, TransactionJudgement, ValueJudgement
    from meter_sign.model import Finding

_ENGLISH = {
    Verdict.VALID: "VALID: every value is signed as it should be.",
    Verdict.INVALID: "INVALID: at least one value is wrong. Do not rely on this file.",
    Verdict.UNVERIFIED: "NOT VERIFIED: nothing here is proven wrong, and not everything is proven.",
    Verdict.UNREADABLE: "UNREADABLE: nothing in this file could be judged.",
    Status.STRUCTURE_INVALID: "not a well-formed record",
    Status.UNSUPPORTED: "cannot be judged by this version",
    Status.UNSIGNED: "carries no signature",
    Status.SIGNATURE_INVALID: "the signature is wrong",
    Status.WEAK_ALGORITHM: "the signature's method is too weak",
    Status.UNTRUSTED_KEY: "no trusted key vouches for it",
    Status.CONTENT_INVALID: "signed, but no measurement",
    Status.VERIFIED: "the signature is right",
    KeySource.ARGUMENT: "with the key that you gave",
    KeySource.REGISTRY: "with the key that is registered for this meter",
    KeySource.CONTAINER: "with the key that came with the file: the file only agrees with itself",
    KeySource.EMBEDDED: "with the key inside the record: the record only agrees with itself",
    SignerKind.PARTY: "signed by a market party: proves origin, not the measurement",
    SignerKind.UNKNOWN: "nobody vouches that a meter signed it: proves no measurement",
    "party_registered": "with the key that is registered for this party",
    "party_named": "signed by market party {who}: proves origin, not the measurement",
    "detail": "in detail",
    "value": "value",
    "meter": "meter",
    "transaction": "transaction",
    "without_id": "(without id)",
    "authentic": "authentic: every value is verified",
    "not_authentic": "not authentic: at least one value is not verified",
    "to": "to",
    "billable": "may be billed",
    "not_billable": "may not be billed",
    "no_energy": "no energy",
    "tool_yes": "the Transparenzsoftware (S.A.F.E.) would verify it",
    "tool_no": "the Transparenzsoftware (S.A.F.E.) would refuse it",
    "deviation": "deviates",
    "warning": "warning",
    "error": "error",
    "info": "note",
    "remedy": "what to do",
    "whose": "whose matter",
    "more": "`meter-sign explain` says of each of these what to do; docs/codes.md lists every code.",
    "strict": "strict: every deviation from the specification counts as a problem",
}
_GERMAN = {
    Verdict.VALID: "GÜLTIG: Jeder Wert ist so signiert, wie er soll.",
    Verdict.INVALID: "UNGÜLTIG: Mindestens ein Wert ist falsch. Auf diese Datei ist kein Verlass.",
    Verdict.UNVERIFIED: "NICHT GEPRÜFT: Nichts ist widerlegt, aber nicht alles ist bewiesen.",
    Verdict.UNREADABLE: "NICHT LESBAR: In dieser Datei konnte nichts beurteilt werden.",
    Status.STRUCTURE_INVALID: "kein wohlgeformter Datensatz",
    Status.UNSUPPORTED: "kann mit dieser Version nicht beurteilt werden",
    Status.UNSIGNED: "trägt keine Signatur",
    Status.SIGNATURE_INVALID: "die Signatur ist falsch",
    Status.WEAK_ALGORITHM: "das Verfahren der Signatur ist zu schwach",
    Status.UNTRUSTED_KEY: "kein vertrauenswürdiger Schlüssel steht dafür ein",
    Status.CONTENT_INVALID: "signiert, aber keine Messung",
    Status.VERIFIED: "die Signatur ist richtig",
    KeySource.ARGUMENT: "mit dem Schlüssel, den Sie angegeben haben",
    KeySource.REGISTRY: "mit dem Schlüssel, der für diesen Zähler hinterlegt ist",
    KeySource.CONTAINER: "mit dem Schlüssel aus der Datei: Die Datei stimmt nur mit sich selbst überein",
    KeySource.EMBEDDED: "mit dem Schlüssel im Datensatz: Er stimmt nur mit sich selbst überein",
    SignerKind.PARTY: "von einem Marktpartner signiert: beweist die Herkunft, nicht die Messung",
    SignerKind.UNKNOWN: "niemand bürgt dafür, dass ein Zähler signiert hat: beweist keine Messung",
    "party_registered": "mit dem Schlüssel, der für diesen Marktpartner hinterlegt ist",
    "party_named": "vom Marktpartner {who} signiert: beweist die Herkunft, nicht die Messung",
    "detail": "im Einzelnen (englisch)",
    "value": "Wert",
    "meter": "Zähler",
    "transaction": "Ladevorgang",
    "without_id": "(ohne Kennung)",
    "authentic": "echt: Jeder Wert ist geprüft",
    "not_authentic": "nicht echt: Mindestens ein Wert ist nicht geprüft",
    "to": "bis",
    "billable": "darf abgerechnet werden",
    "not_billable": "darf nicht abgerechnet werden",
    "no_energy": "keine Energie",
    "tool_yes": "die Transparenzsoftware (S.A.F.E.) würde ihn bestätigen",
    "tool_no": "die Transparenzsoftware (S.A.F.E.) würde ihn ablehnen",
    "deviation": "weicht ab",
    "warning": "Warnung",
    "error": "Fehler",
    "info": "Hinweis",
    "remedy": "was zu tun ist",
    "whose": "wessen Sache",
    "more": "`meter-sign explain` sagt zu jedem davon, was zu tun ist; docs/codes.md nennt jeden Code.",
    "strict": "streng: Jede Abweichung von der Spezifikation gilt als Fehler",
}
#: What verdicts, statuses, signers and key sources are called, and the words between.
WORDS = {Language.ENGLISH: _ENGLISH, Language.GERMAN: _GERMAN}


def to_text(file: str, judgement: Judgement, language: Language) -> str:
    """Write a judgement in words.

    Args:
        file: the name under which the file was given.
        judgement: of that file.
        language: of the words; what the file says itself stays as it is.
    """
    return to_lines(_lines(file, judgement, language))


def verdict_in_words(judgement: Judgement, language: Language) -> str:
    """A file's verdict, with who signed it wherever that is not a meter.

    Args:
        judgement: of the file.
        language: of the words.
    """
    words = WORDS[language]
    signers = {value.signer_kind for value in judgement.values if value.status is Status.VERIFIED}
    said = [words[kind] for kind in (SignerKind.PARTY, SignerKind.UNKNOWN) if kind in signers]
    return " ".join([words[judgement.verdict], *(f"{one[0].upper()}{one[1:]}." for one in said)])


def value_in_words(value: ValueJudgement, language: Language) -> str:
    """A value's status, and of a verified one who signed it and how that is known.

    Args:
        value: of a file.
        language: of the words.
    """
    words = WORDS[language]
    said = [words[value.status]]
    if value.status is Status.VERIFIED and value.signer_kind is not SignerKind.METER:
        parties = parties_of(value)
        said.append(words["party_named"].format(who=", ".join(parties)) if parties else words[value.signer_kind])
    if value.status is Status.VERIFIED and value.key_source is not None:
        said.append(source_in_words(value.key_source, value.signer_kind, language))
    return ", ".join(said)


def parties_of(value: ValueJudgement) -> tuple[str, ...]:
    """The market parties that signed a value, as the registry has them: `9900000000001 (mail-2026)`.

    Args:
        value: of a file.
    """
    signed = [one for one in value.signatures if one.signer_kind is SignerKind.PARTY and one.party is not None]
    return tuple(dict.fromkeys(f"{one.party} ({one.registered_as})" for one in signed))


def source_in_words(source: KeySource, signer: SignerKind, language: Language) -> str:
    """How it is known whose key it is.

    Args:
        source: of the key.
        signer: a registered key is not always a meter's.
        language: of the words.
    """
    is_party = source is KeySource.REGISTRY and signer is SignerKind.PARTY
    return WORDS[language]["party_registered" if is_party else source]


def _lines(file: str, judgement: Judgement, language: Language) -> Iterator[str]:
    yield f"{file}: {verdict_in_words(judgement, language)}"
    if judgement.error is not None:
        yield from _code(judgement.error.code, language, indent=2)
        yield f"  {WORDS[language]['detail']}: {judgement.error.detail}"
    for value in judgement.values:
        yield from _value(value, language)
    for transaction in judgement.transactions:
        yield from _transaction(transaction, language)
    if judgement.verdict is not Verdict.VALID or any(not one.billable for one in judgement.transactions):
        yield f"  {WORDS[language]['more']}"


def _value(value: ValueJudgement, language: Language) -> Iterator[str]:
    words = WORDS[language]
    parts = [value.payload.format.value]
    if value.meter_id:
        parts.append(f"{words['meter']} {told(value.meter_id)}")
    if value.payload.context:
        parts.append(told(value.payload.context))
    answer = value_in_words(value, language)
    yield f"  {words['value']} {value.payload.index} ({', '.join(parts)}): {answer}."
    if value.problems:
        yield from _code(value.problems[0], language, indent=4)
    if value.detail is not None:
        yield f"    {words['detail']}: {value.detail}"
    for code in value.warnings:
        yield f"    {words['warning']} {code}: {explain(code, language).what}"
    for code in value.deviations:
        yield f"    {words['deviation']} {code}: {explain(code, language).what}"


def _transaction(judged: TransactionJudgement, language: Language) -> Iterator[str]:
    words = WORDS[language]
    transaction = judged.transaction
    begin, end = begin_and_end(transaction)
    times = f" {format_time(begin)} {words['to']} {format_time(end)}," if begin and end else ""
    energy = words["no_energy"] if transaction.energy_kwh is None else f"{format_decimal(transaction.energy_kwh)} kWh"
    name = told(transaction.transaction_id) if transaction.transaction_id else words["without_id"]
    register = f" ({transaction.register})" if transaction.register else ""
    yield f"  {words['transaction']} {name}:{times} {energy}{register}"
    signers = {record.signer_kind for record in transaction.records}
    signed = [words[kind] for kind in (SignerKind.PARTY, SignerKind.UNKNOWN) if kind in signers]
    yield f"    {', '.join([words['authentic' if judged.authentic else 'not_authentic'], *signed])}."
    yield f"    {words['billable' if judged.billable else 'not_billable']}."
    # Two findings of one code and place read alike: once is enough for people.
    yield from dict.fromkeys(_finding(finding, language) for finding in transaction.findings)
    opinion = judged.transparenzsoftware
    rule = "" if opinion.rule is None else f" ({opinion.rule})"
    yield f"    {words['tool_yes' if opinion.would_verify else 'tool_no']}{rule}."


def _finding(finding: Finding, language: Language) -> str:
    place = f" ({finding.path})" if finding.path else ""
    return f"    {WORDS[language][finding.severity]} {finding.code}{place}: {explain(finding.code, language).what}"


def _code(code: Code, language: Language, *, indent: int) -> Iterator[str]:
    explanation = explain(code, language)
    blanks = " " * indent
    yield f"{blanks}{code}: {explanation.what}"
    yield f"{blanks}{WORDS[language]['whose']}: {explanation.whose_fault}"
    yield f"{blanks}{WORDS[language]['remedy']}: {explanation.remedy}"
