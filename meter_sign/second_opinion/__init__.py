"""The second opinion: pyocmf judges the same bytes on its own, before anything is billed on our word alone.

    Transaction -> SecondOpinion(AGREES | KNOWN_LIMIT | DISAGREES)

pyocmf gets the raw text and the key, nothing that we parsed. Compared are: that each record can be read, that each
signature holds, what calibration law says of begin and end, and the energy. What pyocmf is known to get wrong stands in
two tables, each row with the condition under which it applies and the one thing it then excuses; a difference that no
row excuses is DISAGREES and holds the CDR. Every row has a test with a really signed record.

pyocmf decides nothing: it can hold a CDR back, never let one go.

Source: formats.md 4 (measured with pyocmf 0.6.0), read again in its code, which the rows name.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import TYPE_CHECKING

from meter_sign.model import PayloadFormat
from meter_sign.obis import parse_obis
from meter_sign.quantity import EXACT, Unit, energy_kwh
from meter_sign.second_opinion import limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from pyocmf import OCMF

    from meter_sign.model import Transaction, VerifiedRecord

__all__ = ["OpinionVerdict", "SecondOpinion", "judge_again"]

_BEGIN, _ENDS = frozenset("B"), frozenset("ELRAP")


class OpinionVerdict(StrEnum):
    """How pyocmf's judgement stands to ours."""

    AGREES = "AGREES"
    #: It differs, and every difference is one that it is known for.
    KNOWN_LIMIT = "KNOWN_LIMIT"
    #: It was not asked: a record is of a format that it does not read.
    NOT_ASKED = "NOT_ASKED"
    #: It differs, and nobody knows why: the CDR is held.
    DISAGREES = "DISAGREES"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinion:
    """The comparison's result."""

    verdict: OpinionVerdict
    #: Names of the limits that explain differences.
    limits: tuple[str, ...] = ()
    #: What differs, for people.
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Difference:
    """One thing that pyocmf did otherwise; `record` where it concerns one record alone."""

    symptom: str
    record: VerifiedRecord | None
    detail: str


# The filters of `warnings` belong to the whole process; one opinion at a time changes them and puts them back.
_ONE_AT_A_TIME = Lock()


def judge_again(transaction: Transaction) -> SecondOpinion:
    """Have pyocmf judge the same bytes, and compare.

    Trusted: nothing. pyocmf gets each record's raw bytes and the key that we verified with.

    Args:
        transaction: billable or not; billable ones are what the question is for.

    Returns:
        AGREES when pyocmf comes to the same; KNOWN_LIMIT when each difference is one it is known for; NOT_ASKED when a
        record is no OCMF; DISAGREES for anything else: an exception of pyocmf, or no record to judge.

    Source: formats.md 4; issue 2, second opinion.
    """
    if not transaction.records:
        return SecondOpinion(verdict=OpinionVerdict.DISAGREES, detail="there is no record to judge")
    others = sorted({record.payload.format for record in transaction.records} - {PayloadFormat.OCMF})
    if others:
        return SecondOpinion(
            verdict=OpinionVerdict.NOT_ASKED, detail=f"pyocmf reads OCMF only, not {', '.join(others)}"
        )
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        # It warns of what it tolerates; our own deviations say the same.
        warnings.simplefilter("ignore")
        differences = tuple(_differences(transaction))
    return _weigh(transaction, differences)


def _weigh(transaction: Transaction, differences: Sequence[_Difference]) -> SecondOpinion:
    explained: dict[str, None] = {}
    unexplained: list[_Difference] = []
    for difference in differences:
        names = _explain(transaction, difference)
        explained |= dict.fromkeys(names)
        if not names:
            unexplained.append(difference)
    verdict = OpinionVerdict.KNOWN_LIMIT if differences else OpinionVerdict.AGREES
    return SecondOpinion(
        verdict=OpinionVerdict.DISAGREES if unexplained else verdict,
        limits=tuple(explained),
        detail="; ".join(difference.detail for difference in unexplained or differences),
    )


def _explain(transaction: Transaction, difference: _Difference) -> list[str]:
    """The names of the limits that excuse this difference."""
    record = difference.record
    if record is None:
        return [one.name for one in limits.LAW_LIMITS if difference.symptom in one.excuses and one.applies(transaction)]
    return [one.name for one in limits.RECORD_LIMITS if difference.symptom in one.excuses and one.applies(record)]


def _differences(transaction: Transaction) -> Iterator[_Difference]:
    """Ask pyocmf about each record, then about the transaction, where it could read all of it."""
    read: list[OCMF] = []
    for record in transaction.records:
        try:
            read.append(_read(record))
        except Exception as error:  # noqa: BLE001 - a foreign parser on foreign bytes; any failure is an answer here
            yield _Difference(limits.UNREADABLE, record, _says(record, f"cannot read it: {type(error).__name__}"))
            continue
        yield from _judge_signature(record, read[-1])
    if len(read) < len(transaction.records):
        return
    try:
        yield from _judge_law(transaction, read)
        yield from _judge_energy(transaction, read)
    except Exception as error:  # noqa: BLE001 - as above, and an opinion that breaks off is none
        yield _Difference(limits.FAILED, None, f"pyocmf broke off: {type(error).__name__}")


# Of an exception only the class is told: pyocmf quotes what it could not read, and that may be a card's number.
def _says(record: VerifiedRecord, what: str) -> str:
    return f"value {record.payload.index}: pyocmf {what}"


def _read(record: VerifiedRecord) -> OCMF:
    from pyocmf import OCMF  # noqa: PLC0415 - pyocmf brings pydantic; importing meter_sign must not

    return OCMF.from_string(record.payload.raw.decode())


def _judge_signature(record: VerifiedRecord, read: OCMF) -> Iterator[_Difference]:
    try:
        holds = read.verify_signature(record.key_der.hex())
    except Exception as error:  # noqa: BLE001 - it raises more than its own errors (formats.md 5)
        yield _Difference(limits.NO_ANSWER, record, _says(record, f"gives no answer: {type(error).__name__}"))
    else:
        if holds is not True:
            yield _Difference(limits.SIGNATURE_REFUSED, record, _says(record, "refuses the signature"))


def _judge_law(transaction: Transaction, read: Sequence[OCMF]) -> Iterator[_Difference]:
    """Its law check takes one record or a pair: the begin's and the end's."""
    begin = next((one for one in read if any(r.TX in _BEGIN for r in one.payload.RD)), None)
    end = next((one for one in reversed(read) if any(r.TX in _ENDS for r in one.payload.RD)), None)
    if begin is None or end is None:
        issues = [issue for one in read for issue in one.check_eichrecht(errors_only=True)]
    else:
        issues = begin.check_eichrecht(None if end is begin else end, errors_only=True)
    if transaction.billable:
        for issue in issues:
            yield _Difference(str(issue.code), None, f"pyocmf finds {issue.code}")
    elif not issues:
        codes = ", ".join(sorted(limits.error_codes(transaction)))
        yield _Difference(limits.ACCEPTS, None, f"pyocmf finds nothing, we find {codes}")


def _judge_energy(transaction: Transaction, read: Sequence[OCMF]) -> Iterator[_Difference]:
    """The energy of the same register by pyocmf's reading of the bytes."""
    if not transaction.billable:
        return
    begins, ends = [_values(transaction, read, reasons) for reasons in (_BEGIN, _ENDS)]
    energy = EXACT.subtract(ends[0], begins[0]) if len(begins) == len(ends) == 1 else None
    if energy != transaction.energy_kwh:
        yield _Difference(
            limits.ENERGY_DIFFERS, None, f"pyocmf reads {energy} kWh, we read {transaction.energy_kwh} kWh"
        )


def _values(transaction: Transaction, read: Sequence[OCMF], reasons: frozenset[str]) -> list[Decimal]:
    rows = (row for one in read for row in one.payload.RD if row.TX in reasons)
    mine = [row for row in rows if row.RI is not None and parse_obis(str(row.RI)) == transaction.register]
    values = (energy_kwh(row.RV, Unit(str(row.RU))) for row in mine if row.RV is not None)
    return [value for value in values if value is not None]
