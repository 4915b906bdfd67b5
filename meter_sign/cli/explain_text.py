"""The explanation of a file for people, line by line.

Each line that shows something unproven ends with the words that say so: a line may be read, copied or searched alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.catalogue import Language, explain
from meter_sign.cli.explain_facts import CLAIM, FURTHER, deviating_places, facts_of, register_means
from meter_sign.cli.explain_words import TABLES, Fact
from meter_sign.cli.printing import to_lines, told
from meter_sign.cli.verdict_json import format_decimal, format_time
from meter_sign.cli.verdict_text import value_in_words, verdict_in_words
from meter_sign.model import END_PHASES, Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meter_sign.cli.judging import JudgedFile
    from meter_sign.codes import Code
    from meter_sign.judgement import TransactionJudgement, ValueJudgement
    from meter_sign.model import Finding, Reading, Transaction

#: Characters of a text of the file that are shown: OCMF allows 250 for the longest.
_SHOWN = 300


def to_text(file: JudgedFile, language: Language) -> str:
    """Explain a file.

    Args:
        file: judged.
        language: of the words; what the file says itself stays as it is.
    """
    return to_lines(_lines(file, language))


def _lines(file: JudgedFile, language: Language) -> Iterator[str]:
    judgement = file.judgement
    yield f"{file.name}: {verdict_in_words(judgement, language)}"
    if judgement.error is not None:
        yield from _code("problem", judgement.error.code, language, indent="  ")
        yield f"    {_sentence(language, 'detail')}: {judgement.error.detail}"
    for value in judgement.values:
        yield ""
        yield from _value(value, file, language)
    for judged in judgement.transactions:
        yield ""
        yield from _transaction(judged, language)


def _sentence(language: Language, name: str, /, **parts: str) -> str:
    return TABLES[language]["sentence"][name].format(**parts)


# A value ------------------------------------------------------------------------------------------------------------


def _value(value: ValueJudgement, file: JudgedFile, language: Language) -> Iterator[str]:
    yield f"  {_sentence(language, 'value')} {value.payload.index}: {value_in_words(value, language)}."
    for code in value.problems:
        yield from _code("problem", code, language, indent="    ")
    if value.detail is not None:
        yield f"      {_sentence(language, 'detail')}: {value.detail}"
    if value.record is None:
        yield f"    {_sentence(language, 'nothing_read' if value.parsed is None else 'nothing_proven')}"
    yield from _facts(facts_of(value, file.keys, language), language)
    for code in value.warnings:
        yield from _code("warning", code, language, indent="    ")
    for code in value.deviations:
        yield from _code("deviation", code, language, indent="    ")
        if places := deviating_places(value, code):
            yield f"      {_sentence(language, 'where')}: {', '.join(places)}"


def _facts(facts: tuple[Fact, ...], language: Language) -> Iterator[str]:
    shown: tuple[str, int] | None = None
    for fact in facts:
        value = fact.of_value
        if value is not None and value != shown:
            shown = value
            name, number = value
            yield f"    {_sentence(language, name)} {number}:"
        yield f"    {'' if value is None else '  '}{_fact(fact, language)}"


def _fact(fact: Fact, language: Language) -> str:
    label = _label(fact.name, language)
    meaning = fact.meaning
    if fact.name == "signature.offset" and fact.value == "-":
        meaning = _sentence(language, "offset_none")
    shown = _as_told(fact)
    line = f"{label}: {shown}" if meaning is None else f"{label}: {shown} ({meaning})"
    return line if fact.proven else f"{line} [{_sentence(language, 'claimed')}]"


def _label(name: str, language: Language) -> str:
    labels = TABLES[language]["label"]
    for prefix, label in ((FURTHER, "further"), (CLAIM, "container.claim")):
        if name.startswith(prefix):
            return f"{labels[label]} {told(name.removeprefix(prefix))}"
    return labels[name]


def _as_told(fact: Fact) -> str:
    """A number with its unit as it is, everything else as what the file says of itself."""
    number, _, unit = fact.value.partition(" ")
    return fact.value if unit.isalpha() and _is_number(number) else told(fact.value, _SHOWN)


def _is_number(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").replace(".", "", 1).isdigit()


# A transaction ------------------------------------------------------------------------------------------------------


def _transaction(judged: TransactionJudgement, language: Language) -> Iterator[str]:
    transaction = judged.transaction
    name = told(transaction.transaction_id) if transaction.transaction_id else _sentence(language, "without_id")
    indexes = ", ".join(str(index) for index in judged.indexes)
    yield f"  {_sentence(language, 'transaction')} {name} ({_sentence(language, 'values')} {indexes}):"
    yield f"    {_sentence(language, 'authentic' if judged.authentic else 'not_authentic')}."
    yield f"    {_sentence(language, 'billable' if judged.billable else 'not_billable')}."
    yield from _energy(transaction, language)
    for finding in dict.fromkeys(transaction.findings):
        yield from _finding(finding, language)
    opinion = judged.transparenzsoftware
    answer = "tool_yes" if opinion.rule is None else "tool_no"
    yield f"    {_sentence(language, answer, rule=opinion.rule or '')}."


def _energy(transaction: Transaction, language: Language) -> Iterator[str]:
    """The sum as it is done: the signed end, less the signed begin, of one register, or that of a load profile."""
    if transaction.energy_kwh is None or transaction.register is None:
        yield f"    {_sentence(language, 'no_energy')}."
        return
    register = f"{transaction.register} ({register_means(transaction, language)})"
    yield f"    {TABLES[language]['label']['reading.register']}: {register}"
    energy = format_decimal(transaction.energy_kwh)
    if transaction.bills_profile:
        first, last = transaction.intervals[0], transaction.intervals[-1]
        yield f"    {_sentence(language, 'begin')}: {format_time(first.starts.at)}"
        yield f"    {_sentence(language, 'end')}: {format_time(last.ends.at)}"
        count = str(len(transaction.intervals))
        yield f"    {_sentence(language, 'energy')}: {_sentence(language, 'sum', count=count)} = {energy} kWh"
    else:
        yield from _difference(transaction, energy, language)
    yield f"    {TABLES[language]['billable_time'][transaction.billable_time]}."


def _difference(transaction: Transaction, energy: str, language: Language) -> Iterator[str]:
    begin = next(one for one in transaction.readings if one.phase is Phase.BEGIN)
    end = next(one for one in transaction.readings if one.phase in END_PHASES)
    yield f"    {_sentence(language, 'begin')}: {_reading(begin)}"
    yield f"    {_sentence(language, 'end')}: {_reading(end)}"
    yield f"    {_sentence(language, 'energy')}: {_kwh(end)} - {_kwh(begin)} = {energy} kWh"


def _reading(reading: Reading) -> str:
    instant = None if reading.time is None else reading.time.instant
    return f"{'' if instant is None else f'{format_time(instant)}, '}{_kwh(reading)} kWh"


def _kwh(reading: Reading) -> str:
    return "-" if reading.value_kwh is None else format_decimal(reading.value_kwh)


def _finding(finding: Finding, language: Language) -> Iterator[str]:
    where = f" ({finding.path})" if finding.path else ""
    explanation = explain(finding.code, language)
    yield f"    {_sentence(language, finding.severity)} {finding.code}{where}: {explanation.what}"
    yield f"      {_sentence(language, 'detail')}: {finding.message}"
    yield f"      {_sentence(language, 'whose')}: {explanation.whose_fault}"
    yield f"      {_sentence(language, 'remedy')}: {explanation.remedy}"


def _code(kind: str, code: Code, language: Language, *, indent: str) -> Iterator[str]:
    explanation = explain(code, language)
    yield f"{indent}{_sentence(language, kind)} {code}: {explanation.what}"
    yield f"{indent}  {_sentence(language, 'whose')}: {explanation.whose_fault}"
    yield f"{indent}  {_sentence(language, 'remedy')}: {explanation.remedy}"
