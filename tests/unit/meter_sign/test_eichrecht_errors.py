"""What stops verified records from being billed, rule by rule; each case is named after what is wrong with it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.codes import Code, Severity
from meter_sign.eichrecht import assemble_transaction
from meter_sign.model import SignerKind
from tests.support.records import OTHER_KEY, payload, reading, record_text, verified, verified_text

if TYPE_CHECKING:
    from meter_sign.model import Transaction, VerifiedRecord

B = reading("B", "100.0", "08:00:00")
C = reading("C", "104.0", "08:30:00")
E = reading("E", "110.5", "09:00:00")


def assemble(*records: VerifiedRecord, bad_values: int = 0) -> Transaction:
    return assemble_transaction(records, transaction_id="17", bad_values=bad_values)


def pair(begin: dict[str, Any] | None = None, end: dict[str, Any] | None = None) -> tuple[VerifiedRecord, ...]:
    """Begin and end in two records, with other fields for either."""
    return (
        verified(B, index=0, **({"PG": "T1"} | (begin or {}))),
        verified(E, index=1, **({"PG": "T2"} | (end or {}))),
    )


def both(register: str, begin: str, end: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return reading("B", begin, RI=register), reading("E", end, "09:00:00", RI=register)


def errors(transaction: Transaction) -> set[Code]:
    return {finding.code for finding in transaction.findings if finding.severity is Severity.ERROR}


BAD: dict[str, tuple[tuple[VerifiedRecord, ...], set[Code]]] = {
    "no record at all": ((), {Code.TRANSACTION_INCOMPLETE}),
    "only a begin": ((verified(B),), {Code.TRANSACTION_INCOMPLETE}),
    "only an end": ((verified(E),), {Code.TRANSACTION_INCOMPLETE}),
    "only an intermediate": ((verified(C),), {Code.TRANSACTION_INCOMPLETE}),
    "only fiscal records": (
        (verified(B | {"TX": None}, PG="F1"), verified(E | {"TX": None}, PG="F2")),
        {Code.TRANSACTION_INCOMPLETE, Code.PAGINATION_INVALID, Code.QUALIFIER_UNKNOWN},
    ),
    "fiscal pagination on a transaction": ((verified(B, E, PG="F1"),), {Code.PAGINATION_INVALID}),
    "fiscal record among the others": (
        (verified(B, PG="T1"), verified(E, PG="T2"), verified(C | {"TX": None, "RI": "1-0:2.8.0"}, PG="F9")),
        {Code.PAGINATION_INVALID},
    ),
    "records of two charge points behind one gateway": (
        pair({"MS": None, "CT": "EVSEID", "CI": "DE*A*1"}, {"MS": None, "CT": "EVSEID", "CI": "DE*A*2"}),
        {Code.METER_DIFFERS},
    ),
    "no pagination": ((verified(B, E, PG=None),), {Code.PAGINATION_INVALID}),
    "pagination that is no number": ((verified(B, E, PG="Tx"),), {Code.PAGINATION_INVALID}),
    "second begin": (
        (verified(B, reading("B", "105", "08:30:00"), E),),
        {Code.BEGIN_AMBIGUOUS},
    ),
    "second end": (
        (verified(B, reading("E", "105", "08:30:00"), E),),
        {Code.END_AMBIGUOUS},
    ),
    "whole record and another begin": (
        (verified(B | {"RV": Decimal("99.9")}, PG="T1"), verified(B, E, PG="T2")),
        {Code.BEGIN_AMBIGUOUS},
    ),
    "whole record and another end": ((verified(B, E, PG="T1"), verified(E, PG="T2")), {Code.END_AMBIGUOUS}),
    "two whole records": (
        (verified(B, E, PG="T1"), verified(B, E, PG="T2")),
        {Code.END_AMBIGUOUS},
    ),
    "other meter": (pair({"MS": "M1"}, {"MS": "M2"}), {Code.METER_DIFFERS}),
    "other gateway": (pair({"GS": "G1"}, {"GS": "G2"}), {Code.METER_DIFFERS}),
    "meter left out once": (pair({"MS": None}), {Code.METER_DIFFERS}),
    "no serial number in two records": (
        pair({"MS": None, "GS": None}, {"MS": None, "GS": None}),
        {Code.METER_DIFFERS},
    ),
    "other key": (
        (verified(B, PG="T1"), verified(E, PG="T2", key=OTHER_KEY)),
        {Code.KEY_DIFFERS},
    ),
    "other user": (pair(end={"ID": "DEADBEEF"}), {Code.IDENTIFICATION_DIFFERS}),
    "user lost, though assigned": (pair(end={"ID": None}), {Code.IDENTIFICATION_DIFFERS}),
    "UIDs do not match": ((verified(B, E, IL="MISMATCH"),), {Code.IDENTIFICATION_LEVEL_ERROR}),
    "certificate invalid": ((verified(B, E, IL="INVALID"),), {Code.IDENTIFICATION_LEVEL_ERROR}),
    "certificate outdated": ((verified(B, E, IL="OUTDATED"),), {Code.IDENTIFICATION_LEVEL_ERROR}),
    "certificate unknown": ((verified(B, E, IL="UNKNOWN"),), {Code.IDENTIFICATION_LEVEL_ERROR}),
    "level of no table": ((verified(B, E, IL="GOLD"),), {Code.IDENTIFICATION_LEVEL_ERROR}),
    "level in another case": ((verified(B, E, IL="verified"),), {Code.IDENTIFICATION_LEVEL_ERROR}),
    "error level in one of two": (pair(end={"IL": "MISMATCH"}), {Code.IDENTIFICATION_LEVEL_ERROR}),
    "one pagination twice": (pair({"PG": "T1"}, {"PG": "T1"}), {Code.PAGINATION_REPEATS}),
    "pagination backwards": (pair({"PG": "T2"}, {"PG": "T1"}), {Code.PAGINATION_REPEATS}),
    "intermediate paginated before the begin": (
        (verified(C, PG="T1"), verified(B, PG="T2"), verified(E, PG="T3")),
        {Code.PAGINATION_REPEATS},
    ),
    "intermediate paginated after the end": (
        (verified(B, PG="T1"), verified(E, PG="T2"), verified(C, PG="T3")),
        {Code.PAGINATION_REPEATS},
    ),
    "container swaps begin and end": (
        (
            verified(B, PG="T1", context="Transaction.End"),
            verified(E, PG="T2", context="Transaction.Begin"),
        ),
        {Code.CONTEXT_CONTRADICTS},
    ),
    "container calls an intermediate an end": (
        (verified(B, PG="T1"), verified(C, PG="T2", context="Transaction.End"), verified(E, PG="T3")),
        {Code.CONTEXT_CONTRADICTS},
    ),
    "power register": (
        (verified(*both("1-0:1.7.0", "1", "2")),),
        {Code.REGISTER_NOT_BILLABLE},
    ),
    "export register": ((verified(*both("1-0:2.8.0", "1", "2")),), {Code.REGISTER_NOT_BILLABLE}),
    "export at the vehicle": ((verified(*both("1-0:C1.8.0", "1", "2")),), {Code.REGISTER_NOT_BILLABLE}),
    "register of a vendor": ((verified(*both("1-0:9C.8.0", "1", "2")),), {Code.REGISTER_NOT_BILLABLE}),
    "register of an earlier period": ((verified(*both("1-0:1.8.0*100", "1", "2")),), {Code.REGISTER_NOT_BILLABLE}),
    "no register": ((verified(*(one | {"RI": ""} for one in (B, E))),), {Code.REGISTER_NOT_BILLABLE}),
    "other register at the end": (
        (verified(B, PG="T1"), verified(E | {"RI": "1-0:B0.8.0"}, PG="T2")),
        {Code.REGISTER_DIFFERS},
    ),
    "register of higher rank only at the end": (
        (verified(B, PG="T1"), verified(E, E | {"RI": "1-0:98.8.0"}, PG="T2")),
        {Code.REGISTER_DIFFERS},
    ),
    "registers of equal rank disagree": (
        (verified(*both("1-0:1.8.0", "0", "7"), *both("1-0:B0.8.0", "0", "7.1")),),
        {Code.TRANSACTION_AMBIGUOUS},
    ),
    "registers at the vehicle disagree": (
        (verified(*both("1-0:1.8.0", "0", "7"), *both("1-0:B1.8.0", "0", "6"), *both("1-0:B3.8.0", "0", "5")),),
        {Code.TRANSACTION_AMBIGUOUS},
    ),
    "register of equal rank without an end": (
        (verified(*both("1-0:1.8.0", "0", "7"), both("1-0:B0.8.0", "0", "7")[0]),),
        {Code.TRANSACTION_AMBIGUOUS},
    ),
    "two tariff rates, each a share, though equal": (
        (verified(*both("1-0:1.8.1", "0", "7"), *both("1-0:1.8.2", "0", "7")),),
        {Code.TRANSACTION_AMBIGUOUS},
    ),
    "seconds instead of energy": ((verified(B | {"RU": "s"}, E | {"RU": "s"}),), {Code.UNIT_NOT_ENERGY}),
    "unit of no table": ((verified(B | {"RU": "MWh"}, E | {"RU": "MWh"}),), {Code.UNIT_NOT_ENERGY}),
    "unit in another case": ((verified(B | {"RU": "kwh"}, E),), {Code.UNIT_NOT_ENERGY}),
    "end without a value": ((verified(B, reading("E", None, "09:00:00")),), {Code.UNIT_NOT_ENERGY}),
    "meter status bad at the begin": ((verified(B | {"ST": "M"}, E),), {Code.METER_STATUS_NOT_GOOD}),
    "meter status bad at the end": ((verified(B, E | {"ST": "T"}),), {Code.METER_STATUS_NOT_GOOD}),
    "meter status bad on the way": ((verified(B, C | {"ST": "S"}, E),), {Code.METER_STATUS_NOT_GOOD}),
    "meter status bad at another register": (
        (verified(B, E, E | {"RI": "1-0:2.8.0", "ST": "X"}),),
        {Code.METER_STATUS_NOT_GOOD},
    ),
    "meter status of no table": ((verified(B | {"ST": "g"}, E),), {Code.METER_STATUS_NOT_GOOD}),
    "meter status missing": (
        (verified(reading("B", "100", ST=None), reading("E", "110", "09:00:00", ST=None)),),
        {Code.METER_STATUS_NOT_GOOD},
    ),
    "energy flagged at the end": ((verified(B, E | {"EF": "E"}),), {Code.ENERGY_FLAGGED}),
    "energy flagged at the begin, inherited": (
        (verified(B | {"EF": "E"}, reading("E", "110", "09:00:00", EF=None)),),
        {Code.ENERGY_FLAGGED},
    ),
    "energy flagged on the way": ((verified(B, C | {"EF": "tE"}, E | {"EF": ""}),), {Code.ENERGY_FLAGGED}),
    "flag of no table": ((verified(B, E | {"EF": "Q"}),), {Code.ENERGY_FLAGGED}),
    "exception inside": ((verified(B, C | {"TX": "X"}, E),), {Code.EXCEPTION_READING}),
    "exception at another register": (
        (verified(B, E, C | {"TX": "X", "RI": "1-0:2.8.0"}),),
        {Code.EXCEPTION_READING},
    ),
    "reason of no table": ((verified(B, C | {"TX": "Q"}, E),), {Code.QUALIFIER_UNKNOWN}),
    "no reason at all": ((verified(C | {"TX": ""}, B, E),), {Code.QUALIFIER_UNKNOWN}),
    "end listed before the begin": ((verified(E, B),), {Code.BEGIN_AFTER_END}),
    "end signed before the begin": (
        (verified(reading("B", "100", "09:00:00"), reading("E", "110", "08:00:00")),),
        {Code.BEGIN_AFTER_END},
    ),
    "intermediate listed after the end": ((verified(B, E, C),), {Code.READING_OUT_OF_ORDER}),
    "intermediate before the begin in time": (
        (verified(B, reading("C", "105", "07:59:59"), E),),
        {Code.TIME_DECREASES},
    ),
    "intermediate after the end in time": (
        (verified(B, reading("C", "105", "09:00:01"), E),),
        {Code.TIME_DECREASES},
    ),
    "meter runs backwards": ((verified(B, reading("E", "99.9", "09:00:00")),), {Code.ENERGY_DECREASES}),
    "100 kWh to 101 Wh": (
        (verified(B, reading("E", "101", "09:00:00", RU="Wh")),),
        {Code.ENERGY_DECREASES},
    ),
    "intermediate below the begin": ((verified(B, reading("C", "99", "08:30:00"), E),), {Code.ENERGY_DECREASES}),
    "intermediate above the end": ((verified(B, reading("C", "111", "08:30:00"), E),), {Code.ENERGY_DECREASES}),
    "clock relative, then synchronised": (
        (verified(reading("B", "100", status="R"), E),),
        {Code.CLOCK_STATUS_CHANGES},
    ),
    "clock relative, then silent": (
        (verified(reading("B", "100", status="R"), reading("E", "110", "09:00:00", status="")),),
        {Code.CLOCK_STATUS_CHANGES},
    ),
    "event counter moves, before 0.5": (
        (verified(B | {"EI": 1}, E | {"EI": 2}, FV="0.4", IS="VERIFIED"),),
        {Code.EVENT_COUNTER_DIFFERS},
    ),
    "event counter in one record only": (
        (verified(B | {"EI": 1}, FV="0.4", PG="T1"), verified(E, FV="0.4", PG="T2")),
        {Code.EVENT_COUNTER_DIFFERS},
    ),
    "cumulated loss is negative": ((verified(B | {"CL": 0}, E | {"CL": -1}),), {Code.CUMULATED_LOSS_INVALID}),
    "import below zero": ((verified(B | {"RV": -1}, E),), {Code.ENERGY_NEGATIVE}),
    "cumulated loss falls": (
        (verified(B | {"CL": 0}, C | {"CL": 2}, E | {"CL": 1}),),
        {Code.CUMULATED_LOSS_INVALID},
    ),
    "another cable at the end": (
        pair({"LC": {"LR": 2, "LU": "mOhm"}}, {"LC": {"LR": 3, "LU": "mOhm"}}),
        {Code.LOSS_COMPENSATION_DIFFERS},
    ),
    "signed by a market party": (
        (verified(B, E, signer_kind=SignerKind.PARTY),),
        {Code.SIGNER_IS_PARTY},
    ),
    "signed by nobody knows whom": (
        (verified(B, E, signer_kind=SignerKind.UNKNOWN),),
        {Code.SIGNER_UNKNOWN},
    ),
}


@pytest.mark.parametrize(("records", "expected"), BAD.values(), ids=BAD.keys())
def test_whatever_breaks_a_rule_is_not_billable(records: tuple[VerifiedRecord, ...], expected: set[Code]) -> None:
    """Each breach stops billing, under its own code and no other."""
    transaction = assemble(*records)
    assert (False, expected) == (transaction.billable, errors(transaction))


def test_one_value_that_did_not_verify_stops_billing() -> None:
    """A transaction is not billed on the part of its values that happened to be authentic."""
    transaction = assemble(verified(B, E), bad_values=1)
    assert (False, {Code.TRANSACTION_NOT_AUTHENTIC}) == (transaction.billable, errors(transaction))


def test_same_signed_bytes_twice_are_a_duplicate() -> None:
    """A record handed in again, with another signature over the same bytes, is found by what was signed."""
    again = [verified_text(record_text(payload(B, E))) for _ in range(2)]
    assert again[0].payload.raw != again[1].payload.raw
    assert Code.DUPLICATE_RECORD in errors(assemble(*again))


NO_ENERGY = [
    "only a begin", "second begin", "power register", "other register at the end", "meter runs backwards",
    "registers of equal rank disagree", "two tariff rates, each a share, though equal",
]  # fmt: skip


@pytest.mark.parametrize("name", NO_ENERGY)
def test_energy_is_none_where_no_register_may_be_billed(name: str) -> None:
    """No number stands where nothing was measured from one begin to one end, or a share or one of several only."""
    assert assemble(*BAD[name][0]).energy_kwh is None


def test_all_breaches_are_told_at_once() -> None:
    """The checks do not stop at the first finding."""
    transaction = assemble(verified(B, C | {"TX": "X", "ST": "F"}, E | {"EF": "E"}, IL="MISMATCH"))
    expected = {
        Code.EXCEPTION_READING,
        Code.METER_STATUS_NOT_GOOD,
        Code.ENERGY_FLAGGED,
        Code.IDENTIFICATION_LEVEL_ERROR,
    }
    assert expected == errors(transaction)


def test_findings_say_where_and_by_which_rule() -> None:
    """A person finds the reading: the value's position, the pointer into its payload, the rule's source."""
    records = (verified(B, PG="T1", index=4), verified(E | {"ST": "M"}, PG="T2", index=7))
    (finding,) = assemble(*records).findings
    assert ("value 7 /RD/0", "OCMF 1.4.1, table 10") == (finding.path, finding.source)
