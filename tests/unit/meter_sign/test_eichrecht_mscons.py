"""Calibration law on MSCONS: registers, load profiles, who signed, what the message says of its values."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from meter_sign.codes import Code, Severity
from meter_sign.eichrecht import assemble_transaction
from meter_sign.model import Place, SignerKind
from meter_sign.timestamps import BillableTime
from tests.support.mscons_records import at, file_of, message, payloads_of, points, profile, verified_mscons
from tests.support.mscons_records import verified_payload as verified
from tests.support.records import OTHER_KEY

if TYPE_CHECKING:
    from meter_sign.model import Transaction, VerifiedRecord

IMPORT, EXPORT, IMPORT_PROFILE, EXPORT_PROFILE = "1-0:1.8.0", "1-0:2.8.0", "1-0:1.29.0", "1-0:2.29.0"
WHOLE = points(IMPORT, ("09:00", "1000.500"), ("11:30", "1023.750"))
START = points(IMPORT, ("09:00", "1000.500"))
END = points(IMPORT, ("11:30", "1023.750"))
SUBSTITUTE = points(IMPORT, ("09:00", "1000.500"), ("11:30", "1023.750"), quantity="67")
PROFILE = profile(IMPORT_PROFILE, ("09:00", "09:15", "5.000"), ("09:15", "09:30", "1.800"))
FIRST_PART = profile(IMPORT_PROFILE, ("09:00", "09:15", "5.000"))
SECOND_PART = profile(IMPORT_PROFILE, ("09:15", "09:30", "1.800"))
OTHER_METER = "LOC+172+DE0002'RFF+MG:M2'LIN+1'" + points(IMPORT, ("09:00", "5"), ("11:30", "9"))


def assemble(*records: VerifiedRecord, party_policy: str | None = None) -> Transaction:
    return assemble_transaction(records, transaction_id="S1", party_policy=party_policy)


def codes(transaction: Transaction, severity: Severity = Severity.ERROR) -> set[Code]:
    return {finding.code for finding in transaction.findings if finding.severity is severity}


def billed(transaction: Transaction) -> tuple[bool, str, set[Code]]:
    return transaction.billable, str(transaction.energy_kwh), codes(transaction)


def in_two_files(first: str, second: str) -> tuple[VerifiedRecord, VerifiedRecord]:
    return verified_mscons(first, index=0), verified_mscons(second, index=1)


# What bills ---------------------------------------------------------------------------------------------------------


def test_two_readings_of_one_message_bill_their_difference() -> None:
    """1023.750 less 1000.500, with the digits that were signed, and no time."""
    transaction = assemble(verified_mscons(WHOLE))
    assert (True, "23.250", set()) == billed(transaction)
    assert (BillableTime.NONE, "1-0:1.8.0") == (transaction.billable_time, str(transaction.register))


def test_no_time_is_billed_and_that_is_told() -> None:
    """A message says nothing of its meter's clock; nothing else is to be told of a faultless one."""
    assert codes(assemble(verified_mscons(WHOLE)), Severity.WARNING) == {Code.CLOCK_NOT_BILLABLE}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "end first"])
def test_two_messages_are_ordered_by_their_signed_times(order: tuple[int, int]) -> None:
    """Nothing counts the messages; the order of delivery decides nothing."""
    records = in_two_files(START, END)
    transaction = assemble(*(records[place] for place in order))
    assert (True, "23.250", set()) == billed(transaction)
    assert transaction.places == (Place.BEGIN, Place.END)


def test_within_one_minute_the_lower_reading_is_the_begin() -> None:
    """Format 303 states no seconds: a register that counts up orders what the times do not."""
    end = verified_mscons(points(IMPORT, ("09:00", "1000.700")))
    assert billed(assemble(end, verified_mscons(START))) == (True, "0.200", set())


def test_begin_that_the_second_message_repeats_counts_once() -> None:
    """The begin is sent when it is read, and again with the end."""
    assert billed(assemble(verified_mscons(WHOLE), verified_mscons(START))) == (True, "23.250", set())


def test_profile_alone_bills_its_sum() -> None:
    """5.000 and 1.800 kWh are 6.800 kWh, under the profile's own register and from bound to bound."""
    transaction = assemble(verified_mscons(PROFILE))
    assert (True, "6.800", set()) == billed(transaction)
    assert ("1-0:1.29.0", (), 2) == (str(transaction.register), transaction.readings, len(transaction.intervals))
    assert transaction.begins_at is not None
    assert transaction.ends_at is not None
    assert (at("09:00"), at("09:30")) == (transaction.begins_at.at, transaction.ends_at.at)


def test_profile_of_several_messages_is_one() -> None:
    """A profile that OCPI has no room for comes in parts, in any order."""
    first, second = in_two_files(FIRST_PART, SECOND_PART)
    transaction = assemble(second, first)
    assert (True, "6.800", set()) == billed(transaction)
    assert transaction.places == (Place.BEGIN, Place.END)


def test_lone_profile_goes_out_as_the_end() -> None:
    """It holds begin and end at once."""
    assert assemble(verified_mscons(PROFILE)).places == (Place.END,)


def test_registers_bill_and_the_profile_tells_when() -> None:
    """Where both are signed and agree, the energy is the registers', and the intervals go along."""
    agreeing = profile(IMPORT_PROFILE, ("09:00", "09:15", "20.000"), ("09:15", "09:30", "3.250"))
    transaction = assemble(verified_mscons(WHOLE, agreeing))
    assert (True, "23.250", set()) == billed(transaction)
    assert ("1-0:1.8.0", 2) == (str(transaction.register), len(transaction.intervals))


def test_profile_that_misses_the_register_by_its_rounding_tells_nothing() -> None:
    """0.001 kWh for each interval is allowed, and then the periods follow the registers alone."""
    rounded = profile(IMPORT_PROFILE, ("09:00", "09:15", "20.000"), ("09:15", "09:30", "3.248"))
    transaction = assemble(verified_mscons(WHOLE, rounded))
    assert (True, "23.250", set()) == billed(transaction)
    assert transaction.intervals == ()


def test_export_never_adds_to_the_import() -> None:
    """What the vehicle fed back is neither added nor taken off."""
    fed_back = points(EXPORT, ("09:00", "1"), ("11:30", "5"))
    fed_back_profile = profile(EXPORT_PROFILE, ("09:00", "09:15", "4.000"))
    assert billed(assemble(verified_mscons(WHOLE, fed_back))) == (True, "23.250", set())
    assert billed(assemble(verified_mscons(PROFILE, fed_back_profile))) == (True, "6.800", set())


# What does not ------------------------------------------------------------------------------------------------------

BAD: dict[str, tuple[tuple[VerifiedRecord, ...], set[Code]]] = {
    "a lone reading": ((verified_mscons(START),), {Code.TRANSACTION_INCOMPLETE}),
    "a lone reading beside a profile": ((verified_mscons(START, PROFILE),), {Code.TRANSACTION_INCOMPLETE}),
    "export alone": (
        (verified_mscons(points(EXPORT, ("09:00", "1"), ("11:30", "5"))),),
        {Code.REGISTER_NOT_BILLABLE},
    ),
    "an export profile alone": (
        (verified_mscons(profile(EXPORT_PROFILE, ("09:00", "09:15", "4.000"))),),
        {Code.REGISTER_NOT_BILLABLE},
    ),
    "a gap between two parts": (
        in_two_files(FIRST_PART, profile(IMPORT_PROFILE, ("09:30", "09:45", "1.800"))),
        {Code.INTERVAL_GAP},
    ),
    "parts that overlap": (
        in_two_files(FIRST_PART, profile(IMPORT_PROFILE, ("09:10", "09:30", "1.800"))),
        {Code.INTERVAL_OVERLAP},
    ),
    "profiles that tell two energies": (
        (verified_mscons(PROFILE, profile("1-1:1.29.0", ("09:00", "09:15", "5.000"))),),
        {Code.TRANSACTION_AMBIGUOUS},
    ),
    "a profile in another message than the registers": (
        in_two_files(WHOLE, PROFILE),
        {Code.REGISTER_PROFILE_MISMATCH},
    ),
    "two whole records": (
        in_two_files(WHOLE, points(IMPORT, ("11:30", "1023.750"), ("12:00", "1030"))),
        {Code.BEGIN_AMBIGUOUS, Code.END_AMBIGUOUS},
    ),
    "several meters in one message": ((verified_mscons(WHOLE, more=OTHER_METER),), {Code.METER_DIFFERS}),
    "another meter at the end": (
        (verified_mscons(START), verified_mscons(END, index=1, meter="M2")),
        {Code.METER_DIFFERS},
    ),
    "another key at the end": (
        (verified_mscons(START), verified_mscons(END, index=1, key=OTHER_KEY)),
        {Code.KEY_DIFFERS},
    ),
    "another session at the end": (
        (verified_mscons(START), verified_mscons(END, index=1, session="S2")),
        {Code.TRANSACTION_ID_DIFFERS},
    ),
    "a substitute value": (
        (verified_mscons(SUBSTITUTE),),
        {Code.SUBSTITUTE_VALUE},
    ),
    "a provisional value": (
        (verified_mscons(points(IMPORT, ("09:00", "1000.500"), ("11:30", "1023.750"), quantity="Z18")),),
        {Code.NOT_TRUE_VALUE},
    ),
    "a substitute interval": (
        (verified_mscons(profile(IMPORT_PROFILE, ("09:00", "09:15", "5.000"), quantity="67")),),
        {Code.SUBSTITUTE_VALUE},
    ),
    "signed by a market party": ((verified_mscons(WHOLE, signer_kind=SignerKind.PARTY),), {Code.SIGNER_IS_PARTY}),
    "signed by somebody": ((verified_mscons(WHOLE, signer_kind=SignerKind.UNKNOWN),), {Code.SIGNER_UNKNOWN}),
    "an end that is called a begin": (
        (verified_mscons(START, context="Transaction.End"), verified_mscons(END, index=1, context="Transaction.Begin")),
        {Code.CONTEXT_CONTRADICTS},
    ),
    "a profile whose end nobody sent": (
        (verified_mscons(PROFILE, context="Transaction.Begin"),),
        {Code.TRANSACTION_INCOMPLETE},
    ),
}


@pytest.mark.parametrize(("records", "expected"), BAD.values(), ids=BAD.keys())
def test_whatever_breaks_a_rule_is_not_billable(records: tuple[VerifiedRecord, ...], expected: set[Code]) -> None:
    """Each breach stops billing, under its own code and no other."""
    transaction = assemble(*records)
    assert (False, expected) == (transaction.billable, codes(transaction))


@pytest.mark.parametrize(
    "name", ["a lone reading", "export alone", "several meters in one message", "profiles that tell two energies"]
)
def test_energy_is_none_where_nothing_may_be_billed(name: str) -> None:
    """No number stands where none was measured, or where it would be one of two."""
    assert assemble(*BAD[name][0]).energy_kwh is None


def test_substitute_among_what_is_not_billed_is_only_told() -> None:
    """Export bills nothing, so that its substitute value stops nothing."""
    fed_back = points(EXPORT, ("09:00", "1"), ("11:30", "5"), quantity="67")
    transaction = assemble(verified_mscons(WHOLE, fed_back))
    assert (True, "23.250", set()) == billed(transaction)
    assert Code.SUBSTITUTE_VALUE in codes(transaction, Severity.WARNING)


def test_many_substitutes_are_one_finding() -> None:
    """A profile of a year would have 35 000 findings of one kind."""
    values = [(f"09:{minute:02}", f"09:{minute + 1:02}", "0.100") for minute in range(20)]
    transaction = assemble(verified_mscons(profile(IMPORT_PROFILE, *values, quantity="67")))
    (found,) = [finding for finding in transaction.findings if finding.code is Code.SUBSTITUTE_VALUE]
    assert (True, True) == (found.message.startswith("20 value(s)"), (found.path or "").startswith("value 0 byte"))


# The operator's policy ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code"), [(SignerKind.PARTY, Code.SIGNER_IS_PARTY), (SignerKind.UNKNOWN, Code.SIGNER_UNKNOWN)]
)
def test_written_policy_makes_a_warning_that_quotes_it(kind: SignerKind, code: Code) -> None:
    """The operator answers for it, and everybody who sees the transaction sees his reason."""
    transaction = assemble(verified_mscons(WHOLE, signer_kind=kind), party_policy="contract 7 of 2026-01-01")
    (told,) = [finding for finding in transaction.findings if finding.code is code]
    assert (True, Severity.WARNING) == (transaction.billable, told.severity)
    assert "contract 7 of 2026-01-01" in told.message


def test_blank_policy_is_none() -> None:
    """Nobody has written anything down."""
    assert not assemble(verified_mscons(WHOLE, signer_kind=SignerKind.PARTY), party_policy="  ").billable


def test_policy_excuses_nothing_else() -> None:
    """A substitute value stays one, whoever signed it."""
    record = verified_mscons(SUBSTITUTE, signer_kind=SignerKind.PARTY)
    assert codes(assemble(record, party_policy="contract 7 of 2026-01-01")) == {Code.SUBSTITUTE_VALUE}


# One file with several messages -------------------------------------------------------------------------------------


def test_two_messages_of_one_file_that_is_called_the_end() -> None:
    """The container's word is on the file, which holds begin and end."""
    raw = file_of(message(START), message(END, number=2))
    records = [verified(one) for one in payloads_of(raw)]
    called = [_called_end(record) for record in records]
    assert billed(assemble(*called)) == (True, "23.250", set())


def test_two_files_of_which_only_the_end_has_a_name_are_incomplete() -> None:
    """Else a reading on the way could be billed in the begin's place."""
    records = verified_mscons(START), verified_mscons(END, index=1, context="Transaction.End")
    assert codes(assemble(*records)) == {Code.TRANSACTION_INCOMPLETE}


def _called_end(record: VerifiedRecord) -> VerifiedRecord:
    return replace(record, payload=replace(record.payload, context="Transaction.End"))


def test_sum_of_a_profile_is_exact() -> None:
    """Digits of all lengths are added as they are signed."""
    values = (("09:00", "09:15", "0.1"), ("09:15", "09:30", "0.20"), ("09:30", "09:45", "0.003"))
    assert assemble(verified_mscons(profile(IMPORT_PROFILE, *values))).energy_kwh == Decimal("0.303")
