"""What makes verified records a billable transaction under German calibration law: the only maker of `Transaction`.

Place in the flow: `VerifiedRecord`s -> `assemble_transaction` -> `Transaction` -> `periods.py`. Nothing here raises
for content: every rule is one function of `checks.CHECKS` that returns findings, and one error stops billing.

Rules on the way from records to an energy:

1. Records are put in the order of the meter's own pagination: that is signed, the order of delivery is not. Of formats
   that count nothing (EDIFACT) the signed times order them.
2. Registers that count import at the vehicle outrank those at the meter, which outrank a single tariff rate's register.
   Only the highest rank that is signed may bill; all registers of that rank must tell the same energy.
3. The energy is the one end minus the one begin of one register, converted exactly. Where a format does not sign which
   is which, the meter's own count tells it: the first record is the begin, the last the end.
4. A load profile (EDIFACT) bills by the sum of its import intervals where no register has begin and end. Where one has,
   the register bills, and the profile tells when, if it adds up to exactly the same.
5. Only what a meter signed bills; what a market party signed does where the operator has laid down in writing why.
6. Codes that no table names (reason, meter status, error flags, identification level) are not billable.

The clock never decides on energy, only on `billable_time`, except where the official rules make it an error (R, then
not R).

Source: OCMF 1.4.1, "Signing and Verification Process", tables 4, 7, 10, 11, 19, 25; S.A.F.E. Transparenzsoftware
1.4.1, law checks for OCMF. Stricter than that tool where it bills what no meter vouches for: exceptions inside,
another user's record, repeated pagination, other serial numbers, units that are no energy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.eichrecht.case import BEGINS, FLAG_TIME, Case, open_case
from meter_sign.eichrecht.checks import CHECKS
from meter_sign.model import END_PHASES, Phase, Place, Transaction, VerifiedRecord
from meter_sign.timestamps import BillableTime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter_sign.eichrecht.case import Series
    from meter_sign.eichrecht.profile import Profile
    from meter_sign.model import Interval

__all__ = ["assemble_transaction"]


def assemble_transaction(
    records: Sequence[VerifiedRecord],
    *,
    transaction_id: str | None,
    bad_values: int = 0,
    party_policy: str | None = None,
) -> Transaction:
    """Judge whether verified records form one billable transaction, and read its energy.

    Trusted: each record's signature held under a key. Not trusted: that they belong together, their order, and what
    the container says of them.

    Args:
        records: the verified records of one transaction, in any order.
        transaction_id: the id under which they were found, if any.
        bad_values: how many other values of this transaction did not verify; one is enough to stop billing.
        party_policy: why the operator lets records count that a market party signed, in writing; each such record is
            then told as a warning that quotes it. None or blank: such records are errors.

    Returns:
        The transaction: `billable` only without an error among its findings. `energy_kwh` is the signed difference,
        100000 Wh to 110.5 kWh is 10.5 kWh, or the sum of a load profile, and None when nothing may be billed.

    Source: OCMF 1.4.1, "Signing and Verification Process"; edifact.md 2.5, 5.2, 5.3. See the package's docstring.
    """
    case = open_case(records, bad_values, party_policy)
    profile = case.billing_profile
    register = case.billing if profile is None else None
    bills = _speaking_for_all(case)
    return Transaction(
        transaction_id=transaction_id,
        records=case.records,
        places=tuple(map(_place, case.phases)),
        readings=tuple(placed.reading for placed in register.in_turn) if register else (),
        intervals=_intervals(profile or _telling_profile(case)),
        findings=tuple(finding for check in CHECKS for finding in check(case)),
        billable_time=_billable_time(case),
        register=bills.register if bills else None,
        energy_kwh=bills.energy_kwh if bills else None,
    )


def _speaking_for_all(case: Case) -> Series | Profile | None:
    """What bills; nothing where others of its rank tell another energy, or where each holds a share of it only."""
    if case.billing_profile is not None:
        return None if case.profiles_disagree else case.billing_profile
    return None if case.registers_disagree else case.billing


def _telling_profile(case: Case) -> Profile | None:
    """The profile that tells when the energy of the register that bills flowed, where both agree to the last digit."""
    profile, billing = case.profile, case.billing
    if profile is None or billing is None or profile.energy_kwh != billing.energy_kwh:
        return None
    begins, ends = (billing.having(phases)[0].reading.time for phases in (BEGINS, END_PHASES))
    if begins is None or ends is None or not profile.meets(begins.at, ends.at):
        return None
    return profile


def _intervals(profile: Profile | None) -> tuple[Interval, ...]:
    return () if profile is None else tuple(placed.interval for placed in profile.intervals)


def _billable_time(case: Case) -> BillableTime:
    """What the clock allows, unless any reading says that its time may not be used."""
    flagged = any(FLAG_TIME in placed.reading.error_flags for placed in case.readings)
    if flagged or case.billing is None or case.billing_profile is not None:
        return BillableTime.NONE
    return case.billing.clock


def _place(phases: frozenset[Phase | None]) -> Place:
    if phases & END_PHASES:
        return Place.END
    return Place.BEGIN if Phase.BEGIN in phases else Place.INTERMEDIATE
