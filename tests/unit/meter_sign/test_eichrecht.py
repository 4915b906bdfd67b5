"""What makes verified records billable, rule by rule; bad cases are named after what is wrong with them."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.codes import Code, Severity
from meter_sign.eichrecht import Place, assemble_transaction, place_of
from meter_sign.model import SignerKind
from meter_sign.timestamps import BillableTime
from tests.support.records import OTHER_KEY, payload, reading, record_text, verified, verified_text

if TYPE_CHECKING:
    from meter_sign.model import Transaction, VerifiedRecord

B = reading("B", "100.0", "08:00:00")
C = reading("C", "104.0", "08:30:00")
E = reading("E", "110.5", "09:00:00")
USER = {"IS": True, "IL": "VERIFIED"}


def assemble(*records: VerifiedRecord, bad_values: int = 0) -> Transaction:
    return assemble_transaction(records, transaction_id="17", bad_values=bad_values)


def pair(begin: dict[str, Any] | None = None, end: dict[str, Any] | None = None) -> tuple[VerifiedRecord, ...]:
    """Begin and end in two records, with other fields for either."""
    return (
        verified(B, index=0, **({"PG": "T1"} | (begin or {}))),
        verified(E, index=1, **({"PG": "T2"} | (end or {}))),
    )


def codes(transaction: Transaction, severity: Severity) -> set[Code]:
    return {finding.code for finding in transaction.findings if finding.severity is severity}


# Good transactions ---------------------------------------------------------------------------------------------------

GOOD = {
    "one record": (verified(B, E),),
    "two records": pair(),
    "three records": (verified(B, PG="T1"), verified(C, PG="T2"), verified(E, PG="T3")),
    "container calls a whole transaction a begin": (verified(B, E, context="Transaction.Begin"),),
    "container calls a whole transaction an end": (verified(B, E, context="Transaction.End"),),
    "container's words fit": (
        verified(B, PG="T1", context="Transaction.Begin"),
        verified(E, PG="T2", context="Transaction.End"),
    ),
    "words of the container that say nothing": (verified(B, E, context="Transaction"),),
    "begin in Wh, end in kWh": (verified(reading("B", "100000", RU="Wh"), E),),
    "ended locally": (verified(B, E | {"TX": "L"}),),
    "ended remotely": (verified(B, E | {"TX": "R"}),),
    "charging inside": (verified(B, C, E),),
    "suspended inside": (verified(B, C | {"TX": "S"}, E),),
    "tariff change inside": (verified(B, C | {"TX": "T"}, E),),
    "nobody else's registers": (verified(B, E, E | {"RI": "1-0:1.9.0*255"}),),
    "two spellings of one register": (verified(B, PG="T1"), verified(E | {"RI": "01-00:01.08.00*FF"}, PG="T2")),
    "session register of the official tool": (verified(B | {"RI": "1-0:1.8.0*200"}, E | {"RI": "1-0:1.8.0*200"}),),
    "session register of Bauer meters": (verified(B | {"RI": "1-0:1.8.0*198"}, E | {"RI": "1-0:1.8.0*198"}),),
    "register of one tariff rate, alone": (verified(B | {"RI": "1-0:1.8.1"}, E | {"RI": "1-0:1.8.1"}),),
    "import beside export": (
        verified(B, E, B | {"RI": "1-0:2.8.0*255", "RV": 5}, E | {"RI": "1-0:2.8.0*255", "RV": 7}),
    ),
    "level in words, before 0.5": (verified(B, E, FV="0.4", IS="VERIFIED", IL=None),),
    "user assigned in the end only": pair({"IS": False, "IL": "NONE", "ID": ""}),
}


@pytest.mark.parametrize("records", GOOD.values(), ids=GOOD.keys())
def test_records_of_one_transaction_are_billable(records: tuple[VerifiedRecord, ...]) -> None:
    """A whole transaction of one meter is billable with the exact signed difference."""
    transaction = assemble(*records)
    assert (True, Decimal("10.5"), set()) == (
        transaction.billable,
        transaction.energy_kwh,
        codes(transaction, Severity.ERROR),
    )


def test_equal_readings_bill_zero_energy() -> None:
    """No energy is an energy too."""
    transaction = assemble(verified(B, E | {"RV": 100}))
    assert (True, Decimal(0)) == (transaction.billable, transaction.energy_kwh)


def test_signed_digits_are_kept() -> None:
    """The difference has the decimals that were signed, not more and not fewer."""
    transaction = assemble(verified(reading("B", "0.001"), reading("E", "29.000")))
    assert str(transaction.energy_kwh) == "28.999"


# Registers -----------------------------------------------------------------------------------------------------------


def both(register: str, begin: str, end: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return reading("B", begin, RI=register), reading("E", end, "09:00:00", RI=register)


def test_example_of_the_specification_bills_the_energy_at_the_vehicle() -> None:
    """OCMF 1.4.1's own example: 29.5 kWh at the meter, 29.0 kWh at the vehicle in two registers, which agree."""
    begin, end = both("01-0B:01.08.00*FF", "2935.600", "2965.100")
    transaction = assemble(
        verified(
            begin,
            end | {"CL": Decimal("0.5")},
            *both("01-0B:B1.08.00*FF", "2905.600", "2934.600"),
            *both("01-0B:B3.08.00*FF", "0.000", "29.000"),
        )
    )
    assert (True, "29.000", "1-B:B1.8.0") == (
        transaction.billable,
        str(transaction.energy_kwh),
        str(transaction.register),
    )


RANKED = [
    ("1-0:1.8.0", "1-0:98.8.0", "5"),
    ("1-0:1.8.0", "1-0:9E.8.0", "5"),
    ("1-0:B0.8.0", "1-0:B1.8.0", "5"),
    ("1-0:B2.8.0", "1-0:B3.8.0", "5"),
    ("1-0:1.8.1", "1-0:1.8.0", "5"),
]


@pytest.mark.parametrize(("lower", "higher", "energy"), RANKED)
def test_register_of_higher_rank_bills(lower: str, higher: str, energy: str) -> None:
    """Losses of the cable are not billed where the meter takes them off; a rate's share gives way to the total."""
    transaction = assemble(verified(*both(lower, "0", "7"), *both(higher, "0", energy)))
    assert (True, Decimal(energy), higher) == (
        transaction.billable,
        transaction.energy_kwh,
        str(transaction.register),
    )


def test_register_with_most_readings_bills_among_equals() -> None:
    """Where registers agree, the one that was also read on the way gives the periods more to stand on."""
    on_the_way = reading("C", "3", "08:30:00", RI="1-0:1.8.0")
    begin, end = both("1-0:1.8.0", "0", "7")
    transaction = assemble(verified(*both("1-0:B2.8.0", "0", "7"), begin, on_the_way, end))
    assert (True, ["B", "C", "E"]) == (transaction.billable, [one.qualifier for one in transaction.readings])


# Bad transactions ----------------------------------------------------------------------------------------------------

TIMES = {"begin": "09:00:00", "end": "08:00:00"}
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
    "whole record and another begin": ((verified(B, PG="T1"), verified(B, E, PG="T2")), {Code.BEGIN_AMBIGUOUS}),
    "whole record and another end": ((verified(B, E, PG="T1"), verified(E, PG="T2")), {Code.END_AMBIGUOUS}),
    "two whole records": (
        (verified(B, E, PG="T1"), verified(B, E, PG="T2")),
        {Code.BEGIN_AMBIGUOUS, Code.END_AMBIGUOUS},
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
    "signed by a market party": (
        (verified(B, E, signer_kind=SignerKind.PARTY),),
        {Code.TRANSACTION_NOT_AUTHENTIC},
    ),
}


@pytest.mark.parametrize(("records", "expected"), BAD.values(), ids=BAD.keys())
def test_whatever_breaks_a_rule_is_not_billable(records: tuple[VerifiedRecord, ...], expected: set[Code]) -> None:
    """Each breach stops billing, under its own code and no other."""
    transaction = assemble(*records)
    assert (False, expected) == (transaction.billable, codes(transaction, Severity.ERROR))


def test_one_value_that_did_not_verify_stops_billing() -> None:
    """A transaction is not billed on the part of its values that happened to be authentic."""
    transaction = assemble(verified(B, E), bad_values=1)
    assert (False, {Code.TRANSACTION_NOT_AUTHENTIC}) == (transaction.billable, codes(transaction, Severity.ERROR))


def test_same_signed_bytes_twice_are_a_duplicate() -> None:
    """A record handed in again, with another signature over the same bytes, is found by what was signed."""
    again = [verified_text(record_text(payload(B, E))) for _ in range(2)]
    assert again[0].payload.raw != again[1].payload.raw
    assert Code.DUPLICATE_RECORD in codes(assemble(*again), Severity.ERROR)


NO_ENERGY = ["only a begin", "second begin", "power register", "other register at the end", "meter runs backwards"]


@pytest.mark.parametrize("name", NO_ENERGY)
def test_energy_is_none_where_no_register_may_be_billed(name: str) -> None:
    """No number stands where nothing was measured from one begin to one end."""
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
    assert expected == codes(transaction, Severity.ERROR)


def test_findings_say_where_and_by_which_rule() -> None:
    """A person finds the reading: the value's position, the pointer into its payload, the rule's source."""
    records = (verified(B, PG="T1", index=4), verified(E | {"ST": "M"}, PG="T2", index=7))
    (finding,) = assemble(*records).findings
    assert ("value 7 /RD/0", "OCMF 1.4.1, table 10") == (finding.path, finding.source)


# Warnings ------------------------------------------------------------------------------------------------------------

WARNED: dict[str, tuple[tuple[VerifiedRecord, ...], set[Code]]] = {
    "pagination with a gap": (pair({"PG": "T1"}, {"PG": "T900"}), {Code.PAGINATION_GAP}),
    "time flagged": ((verified(B, E | {"EF": "t"}),), {Code.TIME_FLAGGED}),
    "nobody assigned": ((verified(B, E, IS=False),), {Code.IDENTIFICATION_NOT_ASSIGNED}),
    "level none": ((verified(B, E, IL="NONE"),), {Code.IDENTIFICATION_NOT_ASSIGNED}),
    "no user fields at all": (
        (verified(B, E, IS=None, IL=None, IF=None, IT=None, ID=None),),
        {Code.IDENTIFICATION_NOT_ASSIGNED},
    ),
    "level absent": ((verified(B, E, IL=None),), set()),
    "aborted": ((verified(B, E | {"TX": "A"}),), {Code.ABNORMAL_END}),
    "power failure": ((verified(B, E | {"TX": "P"}),), {Code.ABNORMAL_END}),
    "clock unknown": (
        (verified(reading("B", "100", status="U"), reading("E", "110.5", "09:00:00", status="U")),),
        {Code.CLOCK_NOT_BILLABLE},
    ),
}


@pytest.mark.parametrize(("records", "expected"), WARNED.values(), ids=WARNED.keys())
def test_what_does_not_touch_the_energy_is_told_and_billed(
    records: tuple[VerifiedRecord, ...], expected: set[Code]
) -> None:
    """Warnings stand beside a billable energy."""
    transaction = assemble(*records)
    assert (True, Decimal("10.5"), expected) == (
        transaction.billable,
        transaction.energy_kwh,
        codes(transaction, Severity.WARNING),
    )


CLOCKS = [
    ("S", "S", BillableTime.ABSOLUTE),
    ("S", "R", BillableTime.DURATION),
    ("R", "R", BillableTime.DURATION),
    ("I", "R", BillableTime.NONE),
    ("U", "R", BillableTime.NONE),
    ("I", "I", BillableTime.NONE),
    ("U", "U", BillableTime.NONE),
    ("S", "I", BillableTime.NONE),
    ("I", "S", BillableTime.NONE),
    ("", "", BillableTime.NONE),
    ("S", "", BillableTime.NONE),
    ("", "S", BillableTime.NONE),
]


@pytest.mark.parametrize(("begin", "end", "expected"), CLOCKS)
def test_clock_decides_on_time_and_never_on_energy(begin: str, end: str, expected: BillableTime) -> None:
    """S at both ends bills the time of day, R the duration, everything else no time; the energy is billable."""
    record = verified(reading("B", "100", status=begin), reading("E", "110", "09:00:00", status=end))
    transaction = assemble(record)
    warned = Code.CLOCK_NOT_BILLABLE in codes(transaction, Severity.WARNING)
    assert (True, expected, expected is BillableTime.NONE) == (
        transaction.billable,
        transaction.billable_time,
        warned,
    )


@pytest.mark.parametrize("flagged", ["B", "C", "E"])
def test_flagged_time_is_not_billable(flagged: str) -> None:
    """One reading whose time may not be used takes the time out of billing, wherever it stands."""
    readings = [one | {"EF": "t" if one["TX"] == flagged else ""} for one in (B, C, E)]
    assert BillableTime.NONE is assemble(verified(*readings)).billable_time


# Order ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_order_of_delivery_does_not_matter(order: tuple[int, ...]) -> None:
    """Records stand in the order of the meter's pagination, however they were handed in."""
    records = (verified(B, PG="T9"), verified(C, PG="T10"), verified(E, PG="T11"))
    transaction = assemble(*(records[place] for place in order))
    assert (records, (), ["B", "C", "E"]) == (
        transaction.records,
        transaction.findings,
        [one.qualifier for one in transaction.readings],
    )


def test_readings_are_those_of_the_register_that_bills() -> None:
    """Readings of other registers never reach the periods."""
    record = verified(*both("1-0:1.8.0", "0", "7"), *both("1-0:98.8.0", "0", "6"))
    values = [one.value for one in assemble(record).readings]
    assert [Decimal(0), Decimal(6)] == values


PLACES = [
    ((B,), Place.BEGIN),
    ((B, C), Place.BEGIN),
    ((C,), Place.INTERMEDIATE),
    ((E,), Place.END),
    ((C, E), Place.END),
    ((B, E), Place.END),
    ((B, E | {"TX": "P"}), Place.END),
]


@pytest.mark.parametrize(("readings", "expected"), PLACES)
def test_place_of_a_record_is_told_by_its_readings(readings: tuple[dict[str, Any], ...], expected: Place) -> None:
    """A record that holds the end is the end, also when it holds the begin."""
    assert expected is place_of(verified(*readings))
