"""What makes verified records a billable transaction under German calibration law: the only maker of `Transaction`.

Place in the flow: `VerifiedRecord`s -> `assemble_transaction` -> `Transaction` -> `periods.py`. Nothing here raises
for content: every rule is one function of `checks.CHECKS` that returns findings, and one error stops billing.

Rules on the way from records to an energy:

1. Records are put in the order of the meter's own pagination: that is signed, the order of delivery is not.
2. Registers that count import at the vehicle outrank those at the meter, which outrank a single tariff rate's register.
   Only the highest rank that is signed may bill; all registers of that rank must tell the same energy.
3. The energy is the one end minus the one begin of one register, converted exactly. Where a format does not sign which
   is which, the meter's own count tells it: the first record is the begin, the last the end.
4. Codes that no table names (reason, meter status, error flags, identification level) are not billable.

The clock never decides on energy, only on `billable_time`, except where the official rules make it an error (R, then
not R).

Source: OCMF 1.4.1, "Signing and Verification Process", tables 4, 7, 10, 11, 19, 25; S.A.F.E. Transparenzsoftware
1.4.1, law checks for OCMF. Stricter than that tool where it bills what no meter vouches for: exceptions inside,
another user's record, repeated pagination, other serial numbers, units that are no energy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meter_sign.eichrecht.case import FLAG_TIME, Case, open_case
from meter_sign.eichrecht.checks import CHECKS
from meter_sign.model import END_PHASES, Phase, Place, Transaction, VerifiedRecord
from meter_sign.timestamps import BillableTime

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["assemble_transaction"]


def assemble_transaction(
    records: Sequence[VerifiedRecord], *, transaction_id: str | None, bad_values: int = 0
) -> Transaction:
    """Judge whether verified records form one billable transaction, and read its energy.

    Trusted: each record's signature held under a key. Not trusted: that they belong together, their order, and what
    the container says of them.

    Args:
        records: the verified records of one transaction, in any order.
        transaction_id: the id under which they were found, if any.
        bad_values: how many other values of this transaction did not verify; one is enough to stop billing.

    Returns:
        The transaction: `billable` only without an error among its findings. `energy_kwh` is the signed difference,
        100000 Wh to 110.5 kWh is 10.5 kWh, and None when no register may be billed.

    Source: OCMF 1.4.1, "Signing and Verification Process"; the rules stand in the package's docstring.
    """
    case = open_case(records, bad_values)
    billing = case.billing
    return Transaction(
        transaction_id=transaction_id,
        records=case.records,
        places=tuple(map(_place, case.phases)),
        readings=tuple(placed.reading for placed in billing.in_turn) if billing else (),
        findings=tuple(finding for check in CHECKS for finding in check(case)),
        billable_time=_billable_time(case),
        register=billing.register if billing else None,
        energy_kwh=billing.energy_kwh if billing else None,
    )


def _billable_time(case: Case) -> BillableTime:
    """What the clock allows, unless any reading says that its time may not be used."""
    flagged = any(FLAG_TIME in placed.reading.error_flags for placed in case.readings)
    return BillableTime.NONE if flagged or case.billing is None else case.billing.clock


def _place(phases: frozenset[Phase | None]) -> Place:
    if phases & END_PHASES:
        return Place.END
    return Place.BEGIN if Phase.BEGIN in phases else Place.INTERMEDIATE
