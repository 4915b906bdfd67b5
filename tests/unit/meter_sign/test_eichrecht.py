"""What makes verified records billable: good transactions, registers, warnings, clocks, order."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from meter_sign.codes import Code, Severity
from meter_sign.eichrecht import assemble_transaction
from meter_sign.model import Place
from meter_sign.timestamps import BillableTime
from tests.support.records import reading, verified

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


def test_a_begin_that_the_end_repeats_word_for_word_is_one_begin() -> None:
    """A charger that signs the begin, and later begin and end in one record, is billed: OCA, Signed Meter Values."""
    transaction = assemble(verified(B, PG="T1"), verified(B, E, PG="T2", index=1))
    assert (True, Decimal("10.5"), (Place.BEGIN, Place.END)) == (
        transaction.billable, transaction.energy_kwh, transaction.places,
    )  # fmt: skip


@pytest.mark.parametrize(
    "change", [{"RV": Decimal("100.1")}, {"RU": "Wh"}, {"ST": "F"}, {"TM": "2024-03-01T08:00:01,000+0000 S"}]
)
def test_a_begin_that_differs_in_anything_is_another_begin(change: dict[str, Any]) -> None:
    """Whatever the second begin says otherwise, nobody can tell which of the two was meant."""
    transaction = assemble(verified(B, PG="T1"), verified(B | change, E, PG="T2", index=1))
    assert Code.BEGIN_AMBIGUOUS in codes(transaction, Severity.ERROR)


def test_a_begin_twice_in_one_record_is_ambiguous() -> None:
    """One record has no reason to say one thing twice."""
    assert Code.BEGIN_AMBIGUOUS in codes(assemble(verified(B, B, E)), Severity.ERROR)


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
    "losses not reset at the begin": ((verified(B | {"CL": 1}, E | {"CL": 2}),), {Code.CUMULATED_LOSS_NOT_RESET}),
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
    transaction = assemble_transaction((verified(*readings),), transaction_id=None)
    assert (expected,) == transaction.places
