"""`meter-sign periods`: what the signed readings prove about each stretch of a session, and nothing else.

Every billable transaction is laid out from its signed begin to its signed end. Nobody is asked what the vehicle did in
between, so a period ends only where the meter signed a reading, or an interval of a load profile ends. Where the
meter's clock is not synchronised, the times are the ones it told, and the answer says that they are not believed. A
format that states instants and no clock (EDIFACT) is taken at its word, and bills no time.

Exit status: as `verify`; 2 for a readable file in which nothing is billable.

JSON Lines: `file`, `verdict`, `transactions`, each with `transaction_id`, `billable`, `energy_kwh`, `register`,
`begin`, `end`, `billable_time`, `clock_believed`, `periods`, `findings`; a period has `start`, `end`, `energy_kwh`,
`signed_at_both_ends`.

Source: contracts.md 1; `periods.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from meter_sign.catalogue import Language, explain
from meter_sign.cli.judging import EXIT_BY_VERDICT, Answer, JudgedFile, add_files, judge_files, judging_parser
from meter_sign.cli.printing import to_lines, told
from meter_sign.cli.verdict_json import decimal_or_none, finding_json, format_decimal, format_time
from meter_sign.cli.verdict_text import WORDS, verdict_in_words
from meter_sign.codes import Severity
from meter_sign.judgement import Verdict
from meter_sign.periods import evidence_periods
from meter_sign.timestamps import BillableTime, TimeStatus

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from meter_sign.judgement import TransactionJudgement
    from meter_sign.model import EvidencePeriod, Finding, Transaction
    from meter_sign.timestamps import SignedTime

NOTHING_BILLABLE = 2
_ENGLISH = {
    "not_billable": "may not be billed, so there are no periods",
    "no_time": "no instant is signed (no time, or none with its zone), so the energy has no periods",
    "instants": "times: as they are signed; nothing is said of the clock, so no time may be billed",
    "unsigned_end": "one end of this period is no signed reading",
    BillableTime.ABSOLUTE: "clock: synchronised, as the meter itself says",
    BillableTime.DURATION: "clock: not synchronised; the durations are believed, the times of day are not",
    BillableTime.NONE: "clock: not believed; the times are only what the meter told, and no time may be billed",
}
_GERMAN = {
    "not_billable": "darf nicht abgerechnet werden, also gibt es keine Abschnitte",
    "no_time": "kein Zeitpunkt ist signiert (keine Zeit oder keine mit Zone), also gibt es keine Abschnitte",
    "instants": "Zeiten: wie sie signiert sind; von der Uhr ist nichts gesagt, also ist Zeit nicht abrechenbar",
    "unsigned_end": "ein Ende dieses Abschnitts ist kein signierter Zählerstand",
    BillableTime.ABSOLUTE: "Uhr: synchronisiert, wie der Zähler selbst sagt",
    BillableTime.DURATION: "Uhr: nicht synchronisiert; die Dauern gelten, die Uhrzeiten nicht",
    BillableTime.NONE: "Uhr: unglaubwürdig; die Zeiten sind nur, was der Zähler sagt, und Zeit ist nicht abrechenbar",
}
OWN_WORDS: dict[Language, Mapping[str, str]] = {Language.ENGLISH: _ENGLISH, Language.GERMAN: _GERMAN}


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidOut:
    """A transaction with its periods, as far as its records prove any."""

    judged: TransactionJudgement
    begin: datetime | None
    end: datetime | None
    periods: tuple[EvidencePeriod, ...]
    findings: tuple[Finding, ...]

    @property
    def clock_believed(self) -> bool:
        """Whether every reading's clock was synchronised, as the meter itself says."""
        times = _times(self.judged.transaction)
        return bool(times) and all(time is not None and time.status is TimeStatus.SYNCHRONISED for time in times)

    @property
    def clock_words(self) -> str:
        """The entry of `OWN_WORDS` that says what the times are worth."""
        if self.begin is None:
            return "no_time"
        times = _times(self.judged.transaction)
        only_instants = all(time is not None and time.resolution is not None for time in times)
        return "instants" if only_instants else self.judged.transaction.billable_time


def run(words: Sequence[str]) -> int:
    """Judge the files and print the periods of their sessions.

    Args:
        words: the command line after `periods`.

    Returns:
        The exit status.

    Raises:
        UsageError: options that cannot be read.
        OSError: a key file that cannot be read, or output that cannot be written.
    """
    description = "Charging periods of every billable transaction, from the signed readings alone."
    parser = judging_parser("periods", description)
    add_files(parser)
    options = parser.parse_args(words)
    return judge_files(options, partial(_answer, options=options))


def lay_out(judged: TransactionJudgement) -> LaidOut:
    """Lay a transaction out from its signed begin to its signed end.

    Args:
        judged: billable or not; only a billable one has periods.

    Returns:
        The periods; with an error among the findings, or without signed times, there are none.
    """
    transaction = judged.transaction
    begin, end = _ends(transaction)
    if not judged.billable or begin is None or end is None:
        errors = tuple(one for one in transaction.findings if one.severity is Severity.ERROR)
        return LaidOut(judged=judged, begin=begin, end=end, periods=(), findings=errors)
    outcome = evidence_periods(
        transaction, starts_at=begin, ends_at=end, states=(), received_at=dict(_told_times(transaction))
    )
    return LaidOut(judged=judged, begin=begin, end=end, periods=outcome.periods, findings=outcome.findings)


def _ends(transaction: Transaction) -> tuple[datetime | None, datetime | None]:
    instants = [None if time is None else time.instant for time in _times(transaction)]
    # One that nobody can place leaves no session to lay out.
    return (None, None) if not instants or None in instants else (instants[0], instants[-1])


def _times(transaction: Transaction) -> list[SignedTime | None]:
    """The times of all readings that bill; of a load profile its bounds."""
    if transaction.bills_profile:
        return [transaction.begins_at, transaction.ends_at]
    return [reading.time for reading in transaction.readings]


def _told_times(transaction: Transaction) -> Iterator[tuple[str, datetime]]:
    """Where a record stands whose clock is not believed: where its own last reading says, for lack of another word."""
    for record in transaction.records:
        readings = (one for whole in record.content.readings for one in whole.bounds)
        times = [one.time.at for one in readings if one.register == transaction.register and one.time is not None]
        if times:
            yield record.signed_sha256, times[-1]


def _answer(file: JudgedFile, *, options: Namespace) -> Answer:
    laid_out = [lay_out(judged) for judged in file.judgement.transactions]
    text = _to_json(file, laid_out) if options.json else _to_text(file, laid_out, Language(options.language))
    verdict = file.judgement.verdict
    billable = any(one.judged.billable for one in laid_out)
    return Answer(text, EXIT_BY_VERDICT[verdict] if billable or verdict is Verdict.UNREADABLE else NOTHING_BILLABLE)


# JSON ---------------------------------------------------------------------------------------------------------------


def _to_json(file: JudgedFile, laid_out: Sequence[LaidOut]) -> str:
    shown: dict[str, Any] = {
        "file": file.name,
        "verdict": file.judgement.verdict,
        "transactions": [_transaction_json(one) for one in laid_out],
    }
    if file.judgement.error is not None:
        shown["error"] = {"code": file.judgement.error.code, "message": file.judgement.error.detail}
    return json.dumps(shown)


def _transaction_json(laid_out: LaidOut) -> dict[str, Any]:
    transaction = laid_out.judged.transaction
    return {
        "transaction_id": transaction.transaction_id,
        "billable": laid_out.judged.billable,
        "energy_kwh": decimal_or_none(transaction.energy_kwh),
        "register": str(transaction.register) if transaction.register else None,
        "begin": format_time(laid_out.begin) if laid_out.begin else None,
        "end": format_time(laid_out.end) if laid_out.end else None,
        "billable_time": transaction.billable_time,
        "clock_believed": laid_out.clock_believed,
        "periods": [_period_json(one) for one in laid_out.periods],
        "findings": [finding_json(one) for one in laid_out.findings],
    }


def _period_json(period: EvidencePeriod) -> dict[str, Any]:
    return {
        "start": format_time(period.starts_at),
        "end": format_time(period.ends_at),
        "energy_kwh": format_decimal(period.energy_kwh),
        "signed_at_both_ends": period.signed_at_both_ends,
    }


# Words --------------------------------------------------------------------------------------------------------------


def _to_text(file: JudgedFile, laid_out: Sequence[LaidOut], language: Language) -> str:
    lines = [f"{file.name}: {verdict_in_words(file.judgement, language)}"]
    if file.judgement.error is not None:
        code = file.judgement.error.code
        lines.append(f"  {code}: {explain(code, language).what}")
    for one in laid_out:
        lines += _transaction_lines(one, language)
    return to_lines(lines)


def _transaction_lines(laid_out: LaidOut, language: Language) -> Iterator[str]:
    words, own = WORDS[language], OWN_WORDS[language]
    transaction = laid_out.judged.transaction
    name = told(transaction.transaction_id) if transaction.transaction_id else words["without_id"]
    if not laid_out.judged.billable or transaction.energy_kwh is None:
        yield f"  {words['transaction']} {name}: {own['not_billable']}."
    else:
        yield f"  {words['transaction']} {name}: {format_decimal(transaction.energy_kwh)} kWh ({transaction.register})"
        yield f"    {own[laid_out.clock_words]}."
    for period in laid_out.periods:
        times = f"{format_time(period.starts_at)} {words['to']} {format_time(period.ends_at)}"
        remark = "" if period.signed_at_both_ends else f" ({own['unsigned_end']})"
        lasted = period.ends_at - period.starts_at
        yield f"    {times} ({lasted}): {format_decimal(period.energy_kwh)} kWh{remark}"
    for finding in laid_out.findings:
        yield f"    {words[finding.severity]} {finding.code}: {explain(finding.code, language).what}"
